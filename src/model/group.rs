//! What is the same: copies of one article, articles of one story.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ItemId, SourceId};

/// The store's number for an item: short, and meaningless outside this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey(pub u64);

/// What a feed shows once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Collapse {
    /// Every copy of an article.
    None,
    /// An article.
    #[default]
    Duplicates,
    /// A story.
    Stories,
}

/// An article that is named under another one: a copy in another outlet, or a further one on the same story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Who has it.
    pub source: SourceId,
    /// Its title; may be empty.
    pub title: String,
    /// Where it is.
    pub link: String,
    /// When it was published.
    pub published: DateTime<Utc>,
}

/// A copy in another outlet that lends an article its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lender {
    /// Whose words they are.
    pub source: SourceId,
    /// Where they are.
    pub link: Option<String>,
}

/// How alike two articles must be to count as the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// None are looked for.
    Off,
    /// Verbatim copies only.
    Strict,
    /// As measured to be right.
    #[default]
    Normal,
    /// Rather one too many.
    Loose,
}

/// A story in a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryEntry {
    /// Of its first item, for good. Of an item that is alone, its own.
    pub id: ItemId,
    /// Its articles in this feed, the best first; never empty.
    pub items: Vec<ItemId>,
    /// All its articles, newest first; empty for an item that is alone.
    pub all: Vec<(ItemId, Related)>,
    /// When it grew last.
    pub grown: Option<DateTime<Utc>>,
}
