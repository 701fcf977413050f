//! Sitemaps (<https://www.sitemaps.org/protocol.html>): addresses with the day of their last change, with Google's
//! extensions for news and images, as XML, packed XML, or one address per line; and indexes of sitemaps.

mod lines;
#[cfg(test)]
mod tests;
mod unpack;
mod xml;

use url::Url;

use super::{Error, encoding, json};
use crate::model::ParsedSitemap;

/// A sitemap holds no more addresses …
const MOST_ENTRIES: usize = 50_000;
/// … and no more bytes.
const MOST_BYTES: u64 = 50 << 20;

/// Reads a sitemap or an index of sitemaps. Never panics. `address` is where it came from. Addresses of other hosts are
/// kept: whether one may name them is said by their robots.txt.
///
/// # Errors
/// When it is something else, in words for the operator.
pub fn sitemap(bytes: &[u8], content_type: Option<&str>, address: &Url) -> Result<ParsedSitemap, Error> {
    let unpacked = unpack::unpacked(bytes)?;
    let (text, warning) = encoding::decode(&unpacked.bytes, content_type, address);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut sitemap = if text.starts_with('<') {
        xml::read(text, address)?
    } else if text.starts_with(['{', '[']) {
        return Err(other_json(text, content_type, address));
    } else {
        lines::read(text, unpacked.is_cut)?
    };
    sitemap.warnings.extend(warning);
    Ok(sitemap)
}

/// JSON is never a sitemap, but may be a feed.
fn other_json(text: &str, content_type: Option<&str>, address: &Url) -> Error {
    match json::feed(text, content_type, address) {
        Ok(_) => is_feed(),
        Err(error) => Error(format!("it is no sitemap: {error}")),
    }
}

fn is_feed() -> Error {
    Error("it is a feed, not a sitemap; use feed = \"…\" instead of sitemap".into())
}

fn is_page() -> Error {
    Error("it is a web page, not a sitemap; use page = \"…\" instead of sitemap".into())
}

/// An address that a poll can ask for.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Tells the operator what is missing from `sitemap`.
fn warn(sitemap: &mut ParsedSitemap, unreadable: usize, is_full: bool) {
    if unreadable > 0 {
        sitemap.warnings.push(format!(
            "{unreadable} of its entries have no address that can be read, and were left out"
        ));
    }
    if is_full {
        sitemap.warnings.push(format!(
            "it holds more than {MOST_ENTRIES} addresses; the rest was left out"
        ));
    }
}
