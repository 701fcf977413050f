//! What is kept between refreshes. SQLite today; nothing of it shows here, so that PostgreSQL can follow.

mod sqlite;

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::model::{
    Alert, Brought, Candidates, CleanHtml, ClockRecord, Collapse, Decision, DeclaredTopic, Delivery, Feed,
    FeedKey, Fingerprint, Guid, HostPause, ItemId, ItemKey, Origin, PollState, PublishedItem, PushChange,
    PushRecords, RobotsRecord, Sighting, Slug, SourceId, StoryEntry, Topic,
};

/// An item that came within this time of its date is found by that: feeds show so much more than what they have to.
pub const PROMPT: TimeDelta = TimeDelta::minutes(90);

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
    /// What feeds show no more is on pages of its own.
    pub archive: bool,
    /// What feeds show once.
    pub collapse: Collapse,
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
    /// What the operator gives to each of its items.
    pub given: Vec<Topic>,
    /// Its topics count for articles of other sites, too.
    pub trust: bool,
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
    pub html: Option<CleanHtml>,
}

/// An item that waits to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub key: ItemKey,
    /// Whose text it bears.
    pub source: SourceId,
    /// No reader has met it.
    pub is_fresh: bool,
}

/// An item that is to be compared with others.
#[derive(Clone, Debug)]
pub struct Ungrouped {
    /// Which.
    pub key: ItemKey,
    /// Its identity.
    pub id: ItemId,
    /// Whose text it bears.
    pub source: SourceId,
    /// Where it is.
    pub link: Option<String>,
    /// Plain text.
    pub title: String,
    /// The item's content, else its summary.
    pub html: Option<CleanHtml>,
    /// The date it is sorted by.
    pub published: DateTime<Utc>,
    /// Where its source says it is from.
    pub origin: Option<Origin>,
    /// It is part of a group or a story, or the operator said that it is not.
    pub is_settled: bool,
    /// The operator said where it belongs: what is found does not change that.
    pub is_ruled: bool,
}

/// A page of what a feed shows no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivePage {
    /// Of which feed.
    pub feed: Feed,
    /// The second of its newest item when it was begun, which tells it from others.
    pub until: i64,
    /// The older page next to it.
    pub before: Option<i64>,
    /// The newer page next to it.
    pub after: Option<i64>,
}

/// What is stored of an item, to explain it.
#[derive(Clone, Debug)]
pub struct ItemFacts {
    /// Which.
    pub key: ItemKey,
    /// Its identity.
    pub id: ItemId,
    /// Plain text.
    pub title: String,
    /// Where it is.
    pub link: Option<String>,
    /// Whose text it bears.
    pub source: SourceId,
    /// That source owns it.
    pub is_owned: bool,
    /// The item's content, else its summary.
    pub html: Option<CleanHtml>,
    /// The date it is sorted by.
    pub published: DateTime<Utc>,
    /// When it came.
    pub first_seen: DateTime<Utc>,
    /// The item that stands for it in merged feeds; itself if none does.
    pub lead: ItemKey,
    /// The copies of that item, without it.
    pub copies: Vec<ItemKey>,
    /// The copy whose text it shows, if that is another's.
    pub text_of: Option<ItemKey>,
    /// The articles of its story, if it is not alone.
    pub story: Vec<ItemKey>,
    /// Until when feeds that show a story once leave it out, as the story grew within the hour before it came.
    pub waits_until: Option<DateTime<Utc>>,
    /// The operator said where it belongs.
    pub is_ruled: bool,
    /// Since when its page is gone, so that no feed holds it.
    pub withdrawn: Option<DateTime<Utc>>,
    /// The feeds that hold it.
    pub feeds: Vec<Feed>,
    /// Where it was seen.
    pub sightings: Vec<SightingFacts>,
}

/// What is stored of a sighting, to explain it.
#[derive(Clone, Debug)]
pub struct SightingFacts {
    /// Who shows it.
    pub source: SourceId,
    /// Since when.
    pub first_seen: DateTime<Utc>,
    /// Categories and tags as the source names them.
    pub terms: Vec<String>,
    /// Since when it shows it no more.
    pub gone: Option<DateTime<Utc>>,
}

/// An item that a source shows no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The source's guid.
    pub guid: Guid,
    /// Its page.
    pub link: String,
    /// When it was published, as its source says.
    pub claimed: Option<DateTime<Utc>>,
    /// The date it is sorted by.
    pub published: DateTime<Utc>,
    /// All that it was known under.
    pub addresses: Vec<ItemId>,
    /// How much speaks for it that the source took it back; 0: not known yet.
    pub weight: u32,
}

impl Missing {
    /// What is remembered of it until its page was asked for.
    pub fn doubt(&self) -> Doubt {
        Doubt {
            guid: self.guid.clone(),
            weight: self.weight,
        }
    }
}

/// An item that a source may have taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The source's guid.
    pub guid: Guid,
    /// How much speaks for it.
    pub weight: u32,
}

/// What came of asking for the page of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// There is none any more.
    Gone,
    /// It is there, or cannot be asked for.
    There,
    /// Nobody answered.
    Nobody,
}

/// What is kept of a compared item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFeatures {
    /// In the encoding of `dedupe`.
    pub data: Vec<u8>,
    /// The item that stands for it; itself if none does.
    pub lead: ItemKey,
    /// Its story; its lead if it is alone.
    pub story: ItemKey,
    /// Whose text they are of.
    pub source: SourceId,
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose text it bears.
    pub source: SourceId,
    /// The item that stands for it in merged feeds; itself if none does.
    pub lead: ItemKey,
    /// Its story, if it is not alone.
    pub story: Option<ItemKey>,
    /// The operator said where it belongs.
    pub is_ruled: bool,
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
    /// What names this database for good, wherever its file is.
    fn identity(&mut self) -> Result<String, Error>;
    /// What is remembered about polling, for all sources.
    fn polls(&self) -> Result<HashMap<SourceId, PollState>, Error>;
    /// Hosts that asked for patience.
    fn pauses(&self) -> Result<Vec<HostPause>, Error>;
    /// What sites asked of programs when they were last asked.
    fn robots(&self) -> Result<Vec<RobotsRecord>, Error>;
    /// Subscriptions to what others push, and of others to what we push, and what was pushed and is not read yet.
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
    /// The items that a source showed until now and that are not among these, as far as feeds show them among their newest,
    /// no other source shows them and they have an address. At most a few hundred.
    fn missing(&self, source: &SourceId, held: &[Guid]) -> Result<Vec<Missing>, Error>;
    /// How many sightings of a source are shown still.
    fn shown_count(&self, source: &SourceId) -> Result<usize, Error>;
    /// The items of a source whose pages are to be asked for at `now`, under the conditions of `missing`.
    fn doubted(&self, source: &SourceId, now: DateTime<Utc>) -> Result<Vec<Missing>, Error>;
    /// Sightings of a source after `cursor`, in a fixed order; 0 comes before the first.
    fn sightings(&self, source: &SourceId, cursor: i64, limit: usize) -> Result<Vec<StoredSighting>, Error>;
    /// What is remembered about polling, for all sources.
    fn polls(&self) -> Result<HashMap<SourceId, PollState>, Error>;
    /// What is remembered of the machine's clock; `None` before the first pass.
    fn clock(&self) -> Result<Option<ClockRecord>, Error>;
    /// Alerts, those that were raised or ended last first.
    fn alerts(&self, limit: usize) -> Result<Vec<Alert>, Error>;
    /// All alerts that have not ended, newest first.
    fn open_alerts(&self) -> Result<Vec<Alert>, Error>;
    /// What sources brought from a day on, oldest first; some months are kept.
    fn brought(&self, from: NaiveDate) -> Result<Vec<Brought>, Error>;
    /// All feeds that are published, with their sizes, sorted by kind, then slug.
    fn feeds(&self) -> Result<Vec<Feed>, Error>;
    /// Feeds whose files may differ from the store: all first, then categories, tags, sources; sorted by slug.
    fn dirty(&self) -> Result<Vec<Feed>, Error>;
    /// Feeds that are no longer published and whose files have not been deleted yet.
    fn removed(&self) -> Result<Vec<Feed>, Error>;
    /// Feeds that were published once and are no longer, whether their files are deleted or not; kept for good, so that
    /// readers can be told what became of them.
    fn withdrawn(&self) -> Result<Vec<Feed>, Error>;
    /// The ids a feed shows, newest first, ties by id: at least `items`, and all that are dated, or came as news, within
    /// `span` of the last of them. There is a bound; where it is reached, those are left out that came first.
    fn newest(&self, feed: &FeedKey, items: usize, span: TimeDelta) -> Result<Vec<ItemId>, Error>;
    /// The stories a feed shows, those with the newest article first: at least `entries`, and all with articles that
    /// `newest` would give.
    fn stories(&self, feed: &FeedKey, entries: usize, span: TimeDelta) -> Result<Vec<StoryEntry>, Error>;
    /// When the next story that waits to grow may; while items wait to be compared, long ago, another time for each number.
    fn next_growth(&self) -> Result<Option<DateTime<Utc>>, Error>;
    /// The newest page of what a feed shows no more.
    fn newest_page(&self, feed: &FeedKey) -> Result<Option<i64>, Error>;
    /// Pages whose files may differ from the store, newest first, at most `limit`.
    fn stale_pages(&self, limit: usize) -> Result<Vec<ArchivePage>, Error>;
    /// What is on a page, newest first.
    fn on_page(&self, page: &ArchivePage) -> Result<Vec<ItemId>, Error>;
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
    /// Remembers a poll. What it says of where the source is at home counts for what is applied after it.
    fn save_poll(&mut self, source: &SourceId, poll: &PollState) -> Result<(), Error>;
    /// Remembers a host's wish.
    fn save_pause(&mut self, pause: &HostPause) -> Result<(), Error>;
    /// Remembers what a site asks of programs, and forgets what others asked before `forgotten`.
    fn save_robots(&mut self, record: &RobotsRecord, forgotten: DateTime<Utc>) -> Result<(), Error>;
    /// Remembers an alert, or that it ended, and forgets those that ended before `forgotten`.
    fn save_alert(&mut self, alert: &Alert, forgotten: DateTime<Utc>) -> Result<(), Error>;
    /// Remembers or forgets a subscription.
    fn save_push(&mut self, change: &PushChange) -> Result<(), Error>;
    /// Keeps a document that a hub pushed until what is in it is stored; its number, higher than that of all that are kept.
    fn keep_delivery(&mut self, delivery: &Delivery) -> Result<i64, Error>;
    /// What is in this document is stored, or it is of no use: it is kept no longer.
    fn delivered(&mut self, number: i64) -> Result<(), Error>;
    /// Their files are written. They must show what is committed: no batch that applied or retired anything may have
    /// come between reading the feeds and this.
    fn published(&mut self, feeds: &[FeedKey]) -> Result<(), Error>;
    /// Their files are deleted.
    fn deleted(&mut self, feeds: &[FeedKey]) -> Result<(), Error>;
    /// Begins those pages of these feeds that can be full; all pages of the feeds in `again` are to be written anew.
    fn seal(&mut self, feeds: &[FeedKey], again: &[FeedKey]) -> Result<(), Error>;
    /// The files of these pages are written, or deleted, as `published` has it.
    fn archived(&mut self, written: &[ArchivePage], gone: &[ArchivePage]) -> Result<(), Error>;
    /// A source's document holds these, and of what it showed before nothing else. Its items were applied before.
    fn hold(&mut self, source: &SourceId, held: &[Guid], now: DateTime<Utc>) -> Result<(), Error>;
    /// The pages of these are to be asked for, the first ones first, as far as there is room.
    fn doubt(&mut self, source: &SourceId, doubts: &[Doubt]) -> Result<(), Error>;
    /// The page of an item was asked for. One that is gone leaves all feeds, unless a source shows it; then it is true.
    fn looked(
        &mut self,
        source: &SourceId,
        guid: &Guid,
        looked: Looked,
        now: DateTime<Utc>,
    ) -> Result<bool, Error>;
    /// Looks at items that may be too old, at most `limit`; returns how many, which is fewer when all were looked at. Dropped
    /// are those that no source has shown for `keep`; of what a source shows for good, the newest thousand are not too old.
    /// The newest items of a feed stay, so that none becomes empty. What is dropped leaves tombstones, so that no source
    /// brings it back; they are forgotten when none has shown it for as long again.
    fn retire(&mut self, now: DateTime<Utc>, keep: TimeDelta, limit: usize) -> Result<usize, Error>;
    /// Dates items anew whose dates are of a clock that was in doubt, or are later than `now`: of at most `limit`, those
    /// after `cursor`, 0 being before the first. Where to go on from, while there may be more.
    fn redate(&mut self, now: DateTime<Utc>, cursor: i64, limit: usize) -> Result<Option<i64>, Error>;
    /// Remembers what is known of the machine's clock.
    fn save_clock(&mut self, record: &ClockRecord) -> Result<(), Error>;
    /// What is the same article and what is one story, in this transaction.
    fn groups(&mut self) -> &mut dyn Groups;
    /// Makes it so.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// Copies and stories, and what is kept to find them. `Vec<u8>`s are in the encoding of `dedupe`.
pub trait Groups {
    /// Items that are new or have a new text, in an order that depends on them alone.
    fn ungrouped(&self) -> Result<Vec<Waiting>, Error>;
    /// These are compared in a later pass; readers meet them as they are meanwhile.
    fn postpone(&mut self, items: &[ItemKey]) -> Result<(), Error>;
    /// What has to be known of such items to compare them, in the same order.
    fn to_compare(&self, items: &[ItemKey]) -> Result<Vec<Ungrouped>, Error>;
    /// These need not be compared any more.
    fn grouped(&mut self, items: &[ItemKey]) -> Result<(), Error>;
    /// The items that were filed under a key, the newest last.
    fn filed(&self, key: u64) -> Result<Vec<ItemKey>, Error>;
    /// What is kept of an item.
    fn features(&self, item: ItemKey) -> Result<Option<StoredFeatures>, Error>;
    /// The newest articles of a story; of an item that is alone, itself and its copies.
    fn members(&self, story: ItemKey, most: usize) -> Result<Vec<ItemKey>, Error>;
    /// Lines that a host repeats.
    fn lines(&self, host: u64) -> Result<Option<Vec<u8>>, Error>;
    /// How often words occur.
    fn frequencies(&self) -> Result<Option<Vec<u8>>, Error>;
    /// Files items under a key; `newest` is when the last of them was published.
    fn file(&mut self, key: u64, items: &[ItemKey], newest: DateTime<Utc>) -> Result<(), Error>;
    /// Keeps an item's features.
    fn keep_features(&mut self, item: ItemKey, published: DateTime<Utc>, data: &[u8]) -> Result<(), Error>;
    /// Keeps the lines of a host.
    fn keep_lines(&mut self, host: u64, data: &[u8]) -> Result<(), Error>;
    /// Keeps how often words occur.
    fn keep_frequencies(&mut self, data: &[u8]) -> Result<(), Error>;
    /// Forgets the features of what was published before, and every so often the keys that lead nowhere else.
    fn forget(&mut self, before: DateTime<Utc>) -> Result<(), Error>;
    /// Two items are copies of one article. False if that was known, or one of them is not stored.
    fn join_copy(&mut self, item: ItemKey, of: ItemKey) -> Result<bool, Error>;
    /// An item belongs to the story of another. False if that was known, or one of them is not stored.
    fn join_story(&mut self, item: ItemKey, of: ItemKey) -> Result<bool, Error>;
    /// Where an item stands; `None` if it is not stored.
    fn standing(&self, item: ItemKey) -> Result<Option<Standing>, Error>;
    /// The copies of an article, at most `most`.
    fn copies(&self, lead: ItemKey, most: usize) -> Result<Vec<ItemKey>, Error>;
    /// Takes an item away from its copies. Its story it keeps. False if it has none.
    fn leave(&mut self, item: ItemKey) -> Result<bool, Error>;
    /// Takes an item and its copies out of its story. False if it is in none.
    fn leave_story(&mut self, item: ItemKey) -> Result<bool, Error>;
    /// Takes an item out of its group and its story. False if it was alone.
    fn part(&mut self, item: ItemKey) -> Result<bool, Error>;
    /// The operator said where this item belongs: nothing that is found later changes it.
    fn rule(&mut self, item: ItemKey) -> Result<(), Error>;
    /// Feeds show what stories have gained, each story once an hour at most. Returns how many grew.
    fn grow_stories(&mut self, now: DateTime<Utc>) -> Result<usize, Error>;
    /// All that is stored of an item.
    fn facts(&self, item: ItemKey) -> Result<Option<ItemFacts>, Error>;
    /// The item at an address.
    fn find(&self, address: &ItemId) -> Result<Option<ItemKey>, Error>;
}

/// Opens the SQLite database, creating or migrating it. One that is newer than this program, damaged, or not ours is refused.
pub fn open(path: &Path, slugger: Slugger) -> Result<Box<dyn Store>, Error> {
    Ok(Box::new(sqlite::Database::open(path, slugger)?))
}

/// Opens a database that `open` has made, for reading beside the one that writes.
pub fn read(path: &Path) -> Result<Box<dyn Reader>, Error> {
    Ok(Box::new(sqlite::SqliteReader::open(path.to_owned())?))
}
