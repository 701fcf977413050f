//! An article after cleaning.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CanonicalUrl, Origin};

/// The identity of an item for good: published as `urn:uuid:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(Uuid);

impl ItemId {
    /// The id of the article at this address.
    pub fn of_url(url: &CanonicalUrl) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, url.as_str().as_bytes()))
    }

    /// The id of an article that has no address: its source and the source's guid for it.
    pub fn of_guid(source: &super::SourceId, guid: &super::Guid) -> Self {
        let name = format!("{}\u{0}{}", source.as_str(), guid.as_str());
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }

    /// Reads what it is shown as: `urn:uuid:…`.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = text.strip_prefix("urn:uuid:")?;
        Uuid::try_parse(uuid).ok().map(Self)
    }

    /// The id of something that feedmill says itself.
    pub(super) fn of_own(id: Uuid) -> Self {
        Self(id)
    }

    /// 16 bytes, for the store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Read back by the store.
    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:uuid:{}", self.0)
    }
}

/// HTML that went through the allow-list: balanced, absolute addresses, nothing that runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CleanHtml(String);

impl CleanHtml {
    /// For `normalize`, which has just cleaned it, and for the store, which kept it so.
    pub(crate) fn already_clean(html: String) -> Self {
        Self(html)
    }

    /// Both, one after the other.
    pub(crate) fn followed_by(mut self, further: &Self) -> Self {
        self.0.push_str(&further.0);
        self
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A picture that stands for an item.
pub type Image = String;

/// An attached file; the address is absolute http(s).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enclosure {
    /// Where it is.
    pub url: String,
    /// A syntactically valid media type, else `None`.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
}

/// One article, cleaned. All text is plain, single-line where it is a name or title, and holds no character that XML cannot.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The address that identifies it, when it has one.
    pub url: Option<CanonicalUrl>,
    /// The address to give to readers: as the source wrote it, without tracking parameters.
    pub link: Option<String>,
    /// Plain text, entities resolved once; may be empty.
    pub title: String,
    /// The date the source claims, if it can be believed (rule 4 of identity).
    pub published: Option<DateTime<Utc>>,
    /// Last change as claimed, if it can be believed and is not before `published`.
    pub updated: Option<DateTime<Utc>>,
    /// Names.
    pub authors: Vec<String>,
    /// The short form, absent when it only repeats the content.
    pub summary: Option<CleanHtml>,
    /// The long form.
    pub content: Option<CleanHtml>,
    /// Absolute http(s) address of a picture.
    pub image: Option<Image>,
    /// Attached files.
    pub enclosures: Vec<Enclosure>,
    /// Well-formed BCP 47 tag.
    pub language: Option<String>,
    /// Where its source says it is from, if that is somewhere else: plain text and an absolute http(s) address.
    pub origin: Option<Origin>,
}
