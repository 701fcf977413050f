//! A web page as a tree, whatever its bytes are.
//!
//! The work that a parser does for a page must not depend on what its author wants it to be. `html5ever` builds the tree by
//! the rules of browsers, and has no limits of its own: its time grows with the square of the depth and of the attributes
//! of a tag. So limits stand on both sides of it. Before it, a pass over the tags drops attributes that are too many and
//! cuts the text; between its tokeniser and its tree builder, a gate lets no tag through that would go too deep or make the
//! tree too large. What was left out is said in [`Page::notes`].

mod build;
mod guard;

use dom_query::Document;
use url::Url;

use crate::parse;

pub use self::build::{MOST_DEPTH, MOST_PIECES};
pub use self::guard::{MOST_ATTRIBUTES, MOST_BYTES};

/// A page that is safe to walk over: at most [`MOST_DEPTH`] deep (twice that where tags are misnested), within
/// [`MOST_PIECES`].
pub struct Page {
    /// The tree. It must not leave its thread.
    pub document: Document,
    /// Where the page was found, after redirects.
    pub url: Url,
    /// What addresses in the page are relative to: `<base href>`, else `url`.
    pub base: Url,
    /// What was left out or guessed, in words for the operator.
    pub notes: Vec<String>,
}

/// Why a page could not be read, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing in it.
    #[error("the page is empty")]
    Empty,
    /// Misnested tags made it deeper than the limit on open tags allows.
    #[error("the page's tags are nested more than {} deep", 2 * MOST_DEPTH)]
    TooDeep,
    /// Bytes that are no text: a picture, an archive, a PDF.
    #[error("this is no web page but {0}")]
    NotText(&'static str),
}

impl Page {
    /// Reads a page. `content_type` is what HTTP said of it, `url` where it was found. Takes time and memory that are bounded
    /// whatever the bytes; never panics.
    pub fn read(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Result<Self, Error> {
        if let Some(kind) = binary_kind(bytes) {
            return Err(Error::NotText(kind));
        }
        let mut notes = Vec::new();
        let within = &bytes[..bytes.len().min(MOST_BYTES)];
        if within.len() < bytes.len() {
            notes.push(format!(
                "the page has {} bytes; only the first {MOST_BYTES} were read",
                bytes.len()
            ));
        }
        let (text, guess) = parse::decode(within, content_type, url);
        notes.extend(guess);
        if text.trim_ascii().is_empty() {
            return Err(Error::Empty);
        }
        let (text, guarded) = guard::bounded(&text);
        notes.extend(guarded);
        let (document, built) = build::tree(&text)?;
        notes.extend(built);
        let base = document
            .base_uri()
            .and_then(|base| url.join(base.trim()).ok())
            .filter(|base| matches!(base.scheme(), "http" | "https"))
            .unwrap_or_else(|| url.clone());
        Ok(Self {
            document,
            url: url.clone(),
            base,
            notes,
        })
    }
}

/// What the first bytes say of files that are often linked like pages.
fn binary_kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 8] = [
        (b"%PDF-", "a PDF document"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"RIFF", "a picture or a recording"),
        (b"PK\x03\x04", "an archive"),
        (b"\x1f\x8b", "compressed data"),
        (b"\x00\x00\x00\x20ftyp", "a film"),
    ];
    KINDS
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests;
