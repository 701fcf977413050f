//! What is kept between refreshes. SQLite today; nothing of it shows here, so that PostgreSQL can follow.

mod sqlite;

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{
    Candidates, Decision, DeclaredTopic, Feed, FeedKey, Fingerprint, Guid, HostPause, ItemId, PollState,
    PublishedItem, PushChange, PushRecords, RobotsRecord, Sighting, Slug, SourceId, Topic,
};

/// Chooses the folder of a feed from its name and folded name, so that `taken` is false for it.
pub type Slugger = fn(name: &str, key: &str, taken: &dyn Fn(&Slug) -> bool) -> Slug;

/// Why the store cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

/// What the configuration asks the store to know.
#[derive(Clone, Debug)]
pub struct Setup {
    /// All configured sources.
    pub sources: Vec<SetupSource>,
    /// Declared categories: each has a feed, also while empty.
    pub categories: Vec<DeclaredTopic>,
    /// Declared tags: likewise.
    pub tags: Vec<DeclaredTopic>,
    /// `[publish] items` and the span that a feed shows at least: what lies outside does not make a feed dirty.
    pub shown_items: usize,
    /// See `shown_items`.
    pub shown_span: TimeDelta,
    /// A hash of everything else that rendered files depend on; when it changes every feed is dirty.
    pub rendering: u64,
}

/// One configured source.
#[derive(Clone, Debug)]
pub struct SetupSource {
    /// Identity.
    pub id: SourceId,
    /// As it is shown.
    pub name: String,
    /// A known source that vanished from the configuration and had this address was renamed, not removed.
    pub feed: String,
    /// A hash of the rules that classify its items.
    pub rules: u64,
}

/// A stored sighting with what is needed to classify it again.
#[derive(Clone, Debug)]
pub struct StoredSighting {
    /// Where to go on from, above 0.
    pub cursor: i64,
    /// The source's guid.
    pub guid: Guid,
    /// Names as the source gave them.
    pub terms: Vec<String>,
    /// The item's title.
    pub title: String,
    /// The item's content, else its summary.
    pub html: Option<crate::model::CleanHtml>,
}

/// What applying a sighting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new item.
    New,
    /// A known item changed: its text, or its topics.
    Changed,
    /// Only the sighting was noted.
    Noted,
}

/// The one writer.
pub trait Store: Send {
    /// Makes the configuration known; returns the sources whose items must be classified again.
    fn configure(&mut self, setup: &Setup) -> Result<Vec<SourceId>, Error>;
    /// What is remembered about polling, for all sources.
    fn polls(&self) -> Result<HashMap<SourceId, PollState>, Error>;
    /// Hosts that asked for patience.
    fn pauses(&self) -> Result<Vec<HostPause>, Error>;
    /// What sites asked of programs when they were last asked.
    fn robots(&self) -> Result<Vec<RobotsRecord>, Error>;
    /// Subscriptions to what others push, and of others to what we push.
    fn push(&self) -> Result<PushRecords, Error>;
    /// An independent view for reading, usable on another thread while batches are written.
    fn reader(&self) -> Result<Box<dyn Reader>, Error>;
    /// Starts a transaction; dropped without `commit`, nothing of it happened.
    fn begin(&mut self) -> Result<Box<dyn Batch + '_>, Error>;
}

/// Reads committed data.
pub trait Reader: Send {
    /// For each guid the fingerprint it was last stored with.
    fn fingerprints(&self, source: &SourceId, guids: &[Guid]) -> Result<Vec<Option<Fingerprint>>, Error>;
    /// Whether anything of this source was ever stored.
    fn has_history(&self, source: &SourceId) -> Result<bool, Error>;
    /// Sightings of a source after `cursor`, in a fixed order; 0 comes before the first.
    fn sightings(&self, source: &SourceId, cursor: i64, limit: usize) -> Result<Vec<StoredSighting>, Error>;
    /// All feeds that are published, with their sizes, sorted by kind, then slug.
    fn feeds(&self) -> Result<Vec<Feed>, Error>;
    /// Feeds whose files may differ from the store: all first, then categories, tags, sources; sorted by slug.
    fn dirty(&self) -> Result<Vec<Feed>, Error>;
    /// Feeds that are no longer published and whose files have not been deleted yet.
    fn removed(&self) -> Result<Vec<Feed>, Error>;
    /// Feeds that were published once and are no longer, whether their files are deleted or not; kept for good, so that
    /// readers can be told what became of them.
    fn withdrawn(&self) -> Result<Vec<Feed>, Error>;
    /// The ids a feed shows, newest first, ties by id: at least `items`, and all within `span` of its newest.
    fn newest(&self, feed: &FeedKey, items: usize, span: TimeDelta) -> Result<Vec<ItemId>, Error>;
    /// These items, in this order; unknown ids are left out.
    fn items(&self, ids: &[ItemId]) -> Result<Vec<PublishedItem>, Error>;
    /// How many items are stored.
    fn item_count(&self) -> Result<u64, Error>;
    /// How many tags have items and no feed, because there are too many tags.
    fn tags_without_feed(&self) -> Result<u64, Error>;
}

/// One transaction.
pub trait Batch {
    /// What this sighting might be.
    fn candidates(&self, sighting: &Sighting) -> Result<Candidates, Error>;
    /// Does what was decided.
    fn apply(
        &mut self,
        sighting: &Sighting,
        decision: &Decision,
        now: DateTime<Utc>,
    ) -> Result<Change, Error>;
    /// New topics for a stored sighting, after rules changed.
    fn reclassify(&mut self, source: &SourceId, guid: &Guid, topics: &[Topic]) -> Result<(), Error>;
    /// All sightings of this source bear the topics of these rules.
    fn classified(&mut self, source: &SourceId, rules: u64) -> Result<(), Error>;
    /// Remembers a poll.
    fn save_poll(&mut self, source: &SourceId, poll: &PollState) -> Result<(), Error>;
    /// Remembers a host's wish.
    fn save_pause(&mut self, pause: &HostPause) -> Result<(), Error>;
    /// Remembers what a site asks of programs, and forgets what others asked before `forgotten`.
    fn save_robots(&mut self, record: &RobotsRecord, forgotten: DateTime<Utc>) -> Result<(), Error>;
    /// Remembers or forgets a subscription.
    fn save_push(&mut self, change: &PushChange) -> Result<(), Error>;
    /// Their files are written. They must show what is committed: no batch that applied or retired anything may have
    /// come between reading the feeds and this.
    fn published(&mut self, feeds: &[FeedKey]) -> Result<(), Error>;
    /// Their files are deleted.
    fn deleted(&mut self, feeds: &[FeedKey]) -> Result<(), Error>;
    /// Drops items first seen before `before`, oldest first, at most `limit`; returns how many. They leave tombstones:
    /// a source that still shows one does not bring it back.
    fn retire(&mut self, before: DateTime<Utc>, limit: usize) -> Result<usize, Error>;
    /// Makes it so.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// Opens the SQLite database, creating or migrating it. One that is newer than this program, damaged, or not ours is refused.
pub fn open(path: &Path, slugger: Slugger) -> Result<Box<dyn Store>, Error> {
    Ok(Box::new(sqlite::Database::open(path, slugger)?))
}
