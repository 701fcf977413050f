//! An item as one source shows it.

use chrono::{DateTime, Utc};

use super::{CanonicalUrl, Claim, Item, ItemId, SourceId, Topic, Uncertain};

/// A source's own id for an item. It means nothing outside that source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(String);

impl Guid {
    /// The guid a sighting is filed under; see `dedupe::guids` for how one is chosen.
    pub fn new(guid: impl Into<String>) -> Self {
        Self(guid.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A hash of everything a source said about an item and of the rules that clean it: while it is equal, nothing needs doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u64);

/// An item seen in a source, cleaned and classified, on its way to the store.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Who shows it.
    pub source: SourceId,
    /// Under which id.
    pub guid: Guid,
    /// Of the raw item.
    pub fingerprint: Fingerprint,
    /// Names of categories and tags as the source gave them, kept so that changed rules can be applied to old items.
    pub terms: Vec<String>,
    /// What they, the source's own topics and the text come to under the present rules.
    pub topics: Vec<Topic>,
    /// The article.
    pub item: Item,
    /// Its link was seen in this source before under another guid while most of the document changed its guids (rule 6),
    /// so an equal title may identify it.
    pub guids_changed: bool,
    /// Other items of its document have the same title and date, so those do not identify it.
    pub title_repeats: bool,
    /// How it came, if it is new.
    pub arrival: Arrival,
    /// Why its dates may have to be found anew.
    pub uncertain: Uncertain,
}

/// How an item came that nobody had shown before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// As news: feeds show it for a day from then on, whatever its date. Without one it is dated then.
    News,
    /// With what its source had before it was read, from an archive for instance: its date alone says where it belongs.
    /// Without one it is older than what is dated.
    Backlog {
        /// How many stand above it in its document.
        place: u32,
    },
}

/// What the store knows that a sighting might be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// The item this source showed under this guid before.
    pub by_guid: Option<Known>,
    /// The item known under this canonical URL, from any source.
    pub by_url: Option<Known>,
    /// The newest item that this source showed with the same folded, non-empty title under another guid.
    pub by_title: Option<Known>,
    /// The URL, or for an item without one its (source, guid), was dropped for age.
    pub buried: bool,
    /// What its source showed under its guid was dropped for age, wherever it led then.
    pub buried_guid: bool,
    /// The claim of the sighting's source to the URL.
    pub claim: Claim,
}

/// As much of a stored item as decisions need.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Identity.
    pub id: ItemId,
    /// Its address.
    pub url: Option<CanonicalUrl>,
    /// Whose text it bears.
    pub source: SourceId,
    /// That source still shows it.
    pub is_borne: bool,
    /// The claim of that source to its address.
    pub claim: Claim,
    /// The best claim to its address among all others that show it, without the source that asks.
    pub rival: Claim,
    /// Of its text, in characters of HTML; 0 where that source owns it, as nobody's longer text counts there.
    pub length: usize,
    /// The date the bearing source claimed when it was stored.
    pub claimed: Option<DateTime<Utc>>,
}

/// What becomes of a sighting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A new item with this id.
    Create(ItemId),
    /// One more sighting of a known item; its text replaces the stored one when `replace`.
    Join {
        /// The item.
        id: ItemId,
        /// The sighting's title, text and dates become the item's.
        replace: bool,
    },
    /// Dropped for age before: it stays dropped.
    Bury,
}
