//! What is published.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Collapse, Item, ItemId, Lender, Related, SourceId, Topic, TopicKey, TopicKind};

/// What a feed collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// Everything.
    All,
    /// One category.
    Category,
    /// One tag.
    Tag,
    /// One source.
    Source,
    /// What feedmill tells its operator. It is in no list: readers need not know.
    Health,
}

/// Which feed: its kind and the folded name of what it collects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedKey {
    /// What it collects.
    pub kind: FeedKind,
    /// The folded name; empty for the feed of everything.
    pub key: String,
}

impl FeedKey {
    /// The feed of everything.
    pub fn all() -> Self {
        Self {
            kind: FeedKind::All,
            key: String::new(),
        }
    }

    /// The feed of a source.
    pub fn source(id: &SourceId) -> Self {
        Self {
            kind: FeedKind::Source,
            key: id.as_str().to_owned(),
        }
    }

    /// The feed of a category or tag.
    pub fn topic(kind: TopicKind, key: &TopicKey) -> Self {
        let feed_kind = match kind {
            TopicKind::Category => FeedKind::Category,
            TopicKind::Tag => FeedKind::Tag,
        };
        Self {
            kind: feed_kind,
            key: key.as_str().to_owned(),
        }
    }
}

/// A folder name under the output: lower-case ASCII `[a-z0-9-]`, 1 to 80 bytes, neither starting nor ending with `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Longest slug, in bytes.
    pub const MAX: usize = 80;

    /// `text` if it is a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = !text.is_empty() && text.len() <= Self::MAX && text.bytes().all(allowed);
        (fits && !text.starts_with('-') && !text.ends_with('-')).then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A published feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Identity.
    pub key: FeedKey,
    /// As it is shown; empty for the feed of everything, which bears the site's title.
    pub name: String,
    /// Its folder inside its kind's; `None` for the feed of everything, which is the root.
    pub slug: Option<Slug>,
    /// Items it holds in the store, shown or not.
    pub size: u64,
    /// What it shows once.
    pub collapse: Collapse,
}

/// A file format of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// `rss.xml`
    Rss,
    /// `atom.xml`
    Atom,
    /// `feed.json`
    Json,
    /// `index.html`
    Html,
}

/// An item with everything that is said about it in a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedItem {
    /// For good.
    pub id: ItemId,
    /// The article; `item.published` is what the source claimed, see `published`.
    pub item: Item,
    /// The date it is sorted by and shown with: claimed if believed, else first sight.
    pub published: DateTime<Utc>,
    /// Last change, never before `published`.
    pub updated: DateTime<Utc>,
    /// Where it is from: the owner, else who showed it first.
    pub source: SourceId,
    /// Its categories and tags in their settled spelling, categories first, then by key.
    pub topics: Vec<Topic>,
    /// Whose text it shows, if that is not its source's.
    pub lender: Option<Lender>,
    /// Other outlets that have the same article, the first to publish first.
    pub copies: Vec<Related>,
    /// The first item of the story that it shares with others.
    pub story: Option<ItemId>,
    /// Of an item that stands for a whole story: the other articles, newest first.
    pub others: Vec<Related>,
}

impl Feed {
    /// Where its files are below the output: `tag/africom`; empty for the feed of everything. Always with `/`.
    pub fn folder(&self) -> String {
        let kind = match self.key.kind {
            FeedKind::All => "",
            FeedKind::Category => "category/",
            FeedKind::Tag => "tag/",
            FeedKind::Source => "source/",
            FeedKind::Health => "feedmill/",
        };
        format!("{kind}{}", self.slug.as_ref().map_or("", Slug::as_str))
    }
}
