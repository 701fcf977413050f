//! Bytes of a feed document to its items: encodings, mending, formats, dates.

use url::Url;

use crate::model::ParsedFeed;

/// Why a document could not be read, in words for the operator (without the source's name).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

/// Reads a feed document. Never panics. `base` is the URL it came from.
pub fn feed(_bytes: &[u8], _content_type: Option<&str>, _base: &Url) -> Result<ParsedFeed, Error> {
    unimplemented!()
}
