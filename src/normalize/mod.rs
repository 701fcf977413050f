//! What sources wrote, made uniform: canonical URLs, clean HTML, plain text, believable dates, slugs.

use chrono::{DateTime, Utc};
use url::Url;

use crate::model::{Body, CanonicalUrl, CleanHtml, Item, ParsedItem, Slug};

/// Goes into every fingerprint: raise it when cleaning changes, and known items are cleaned again when next seen.
pub const VERSION: u32 = 1;

/// The canonical form of an article's address, or `None` when it is not http(s).
pub fn canonical(_url: &Url) -> Option<CanonicalUrl> {
    unimplemented!()
}

/// Cleans one item. `document` is the URL the feed came from, `language` the feed's own.
pub fn item(_parsed: &ParsedItem, _document: &Url, _language: Option<&str>, _now: DateTime<Utc>) -> Item {
    unimplemented!()
}

/// A title or name as one line of plain text, markup and entities resolved once.
pub fn plain(_body: &Body) -> String {
    unimplemented!()
}

/// One line of plain text without characters that XML cannot hold or that reorder or hide text.
pub fn line(_text: &str) -> String {
    unimplemented!()
}

/// The words of clean HTML, block elements separated by white space.
pub fn text(_html: &CleanHtml) -> String {
    unimplemented!()
}

/// The folder name for a name by transliteration; `None` when nothing of it is left.
pub fn slug(_name: &str) -> Option<Slug> {
    unimplemented!()
}

/// A well-formed BCP 47 language tag in conventional case, else `None`.
pub fn language(_tag: &str) -> Option<String> {
    unimplemented!()
}

/// `slug` told apart from its like by a short stable hash of `key`.
pub fn slug_with_suffix(slug: &Slug, _key: &str) -> Slug {
    slug.clone()
}

/// A folder name for a name of which nothing is left.
pub fn slug_of_hash(_key: &str) -> Slug {
    unimplemented!()
}

/// Cleans one body of an item.
pub fn html(_body: &Body, _parsed: &ParsedItem, _document: &Url) -> Option<CleanHtml> {
    unimplemented!()
}
