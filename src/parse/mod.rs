//! Bytes of a feed document to its items: encodings, mending, formats, dates.
//!
//! XML of every dialect is first rewritten as well-formed Atom 1.0, within limits on depth, attributes and items, and then
//! read by `feed-rs`; what it would lose is kept beside. JSON Feed is read directly.

mod date;
mod encoding;
mod json;
mod names;
mod person;
mod read;
mod rewrite;
mod sitemap;
mod token;
mod wordpress;

pub(crate) use date::month;
pub(crate) use date::read as date;
pub(crate) use encoding::decode;
pub use sitemap::sitemap;

use url::Url;

use crate::model::ParsedFeed;

/// Why a document could not be read, in words for the operator (without the source's name).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

/// Reads a feed document. Never panics. `base` is the URL it came from.
pub fn feed(bytes: &[u8], content_type: Option<&str>, base: &Url) -> Result<ParsedFeed, Error> {
    let (text, warning) = encoding::decode(bytes, content_type, base);
    let beginning = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut feed = if beginning.starts_with(['{', '[']) {
        json::feed(beginning, content_type, base)?
    } else {
        let rewritten = rewrite::rewrite(&text, base)?;
        // Its bytes are not needed any more, and what comes next takes as many again.
        drop(text);
        read::feed(rewritten)?
    };
    feed.warnings.extend(warning);
    Ok(feed)
}

#[cfg(test)]
mod tests;
