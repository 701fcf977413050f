//! A feed document as its source wrote it, before any cleaning. Every string here is hostile.

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::Offer;

/// What kind of document it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Format {
    /// RSS 0.90 and 1.0 (RDF).
    #[serde(rename = "rss1")]
    Rss1,
    /// RSS 0.91 to 2.0.
    #[serde(rename = "rss2")]
    Rss2,
    /// Atom 0.3 and 1.0.
    #[serde(rename = "atom")]
    Atom,
    /// JSON Feed 1.0 and 1.1.
    #[serde(rename = "json")]
    Json,
    /// The posts of WordPress' REST API.
    #[serde(rename = "wordpress")]
    WordPress,
    /// A sitemap.
    #[serde(rename = "sitemap")]
    Sitemap,
}

/// Where a document stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// At its end.
    #[default]
    Whole,
    /// Before its end, after a whole item: more may have been meant to follow.
    Early,
    /// Inside of its last item.
    InsideItem,
}

/// A sitemap, or an index of sitemaps.
#[derive(Clone, Debug, Default)]
pub struct ParsedSitemap {
    /// Its addresses, in document order; `updated` is the last change.
    pub items: Vec<ParsedItem>,
    /// The sitemaps that an index names.
    pub children: Vec<ParsedChild>,
    /// It stops before its end.
    pub is_cut: bool,
    /// What had to be left out, in words for the operator.
    pub warnings: Vec<String>,
}

/// A sitemap that an index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedChild {
    /// Where it is.
    pub url: Url,
    /// Its last change.
    pub changed: Option<DateTime<Utc>>,
}

/// Text that may be markup.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// To be shown as it stands.
    Plain(String),
    /// HTML, after the document's own escaping is undone once.
    Html(String),
}

impl Body {
    /// The text as written, whichever kind it is.
    pub fn as_str(&self) -> &str {
        match self {
            Body::Plain(text) | Body::Html(text) => text,
        }
    }
}

/// A feed document.
#[derive(Clone, Debug)]
pub struct ParsedFeed {
    /// What it was.
    pub format: Format,
    /// The feed's own title.
    pub title: Option<Body>,
    /// The site it belongs to.
    pub link: Option<Url>,
    /// BCP 47 tag as declared.
    pub language: Option<String>,
    /// As declared.
    pub updated: Option<DateTime<Utc>>,
    /// What it says about polling.
    pub hints: ScheduleHints,
    /// What it says about being told of changes, resolved as far as that is possible.
    pub offer: Offer,
    /// In document order.
    pub items: Vec<ParsedItem>,
    /// Whether all of it came: without a length HTTP cannot tell a whole body from one that was cut short.
    pub ending: Ending,
    /// What had to be mended or left out, in words for the operator.
    pub warnings: Vec<String>,
}

/// What a document says about how often to poll it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ScheduleHints {
    /// RSS `ttl`, or the syndication module's period divided by its frequency, whichever is longer.
    pub interval: Option<Duration>,
    /// RSS `skipHours`, GMT, 0 to 23.
    #[serde(default)]
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`, 0 = Monday to 6 = Sunday.
    #[serde(default)]
    pub skip_days: Vec<u8>,
}

/// One item or entry of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedItem {
    /// The document's own id for it; `None` when the document gave none (a made-up one is not an id).
    pub guid: Option<String>,
    /// The guid says of itself that it is the item's address (RSS: `isPermaLink` absent or true).
    pub guid_is_permalink: bool,
    /// The article's address, resolved against `xml:base` and the document's URL.
    pub url: Option<Url>,
    /// Plain or marked up, as the document declares or the format allows.
    pub title: Option<Body>,
    /// First publication; `None` when missing or unreadable.
    pub published: Option<DateTime<Utc>>,
    /// Last change.
    pub updated: Option<DateTime<Utc>>,
    /// Names, in order, plain text.
    pub authors: Vec<String>,
    /// Categories and keywords, in order.
    pub terms: Vec<Term>,
    /// The short form.
    pub summary: Option<Body>,
    /// The long form.
    pub content: Option<Body>,
    /// Attached files.
    pub enclosures: Vec<ParsedEnclosure>,
    /// A picture that stands for the item (media:thumbnail, JSON Feed image …).
    pub image: Option<Url>,
    /// BCP 47 tag, the item's own or the nearest around it.
    pub language: Option<String>,
    /// Where the document says the item is from (RSS and Atom `source`).
    pub origin: Option<Origin>,
    /// Addresses in summary and content are relative to this.
    pub base: Option<Url>,
}

/// A category of a document: `<category domain>`, Atom `term`, `scheme` and `label`, a JSON Feed tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The human-readable name (Atom: label, else term).
    pub name: String,
    /// RSS `domain`, Atom `scheme`.
    pub scheme: Option<String>,
}

/// An attached file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParsedEnclosure {
    /// Where it is.
    pub url: Url,
    /// As declared.
    pub media_type: Option<String>,
    /// Bytes, as declared.
    pub length: Option<u64>,
}

/// RSS `<source url="…">name</source>` or Atom `<source>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Name of the feed it came from.
    pub title: Option<String>,
    /// That feed.
    pub url: Option<Url>,
}
