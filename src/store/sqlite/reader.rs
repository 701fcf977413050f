//! Reading what is committed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::fault::Fault;
use super::rows::{self, StoredItem, guid_key, json, kind_code, load_item, time};
use super::window::{ShownStory, story_window, window};
use super::{alerts, archive, feeds, groups, missing, open, redate};
use crate::model::{
    Alert, Brought, CleanHtml, ClockRecord, Feed, FeedKey, FeedKind, Fingerprint, Guid, ItemId, Lender,
    PollState, PublishedItem, Related, SourceId, StoryEntry, Topic, TopicKey, TopicKind,
};
use crate::store::{ArchivePage, Error, Missing, Reader, StoredSighting};

/// Other outlets that an item names.
const MOST_COPIES: usize = 20;

/// Articles that a story lists.
const MOST_ARTICLES: usize = 30;

/// A connection of its own.
pub(in crate::store) struct SqliteReader {
    connection: Connection,
    path: PathBuf,
    names: RefCell<Names>,
}

/// Feeds as items refer to them, read once per state of the database.
#[derive(Default)]
struct Names {
    version: i64,
    topics: HashMap<i64, Option<Topic>>,
    sources: HashMap<i64, SourceId>,
}

impl SqliteReader {
    /// Of a database that was opened for writing before.
    pub(in crate::store) fn open(path: PathBuf) -> Result<Self, Error> {
        Ok(Self {
            connection: open::reader(&path).map_err(|fault| fault.at(&path))?,
            path,
            names: RefCell::default(),
        })
    }

    /// While this lives, the database is locked once and not for each statement, which would cost as much as reading.
    fn snapshot(&self) -> Result<Transaction<'_>, Fault> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// Its number, and whether anything of it was ever stored.
    fn source(&self, source: &SourceId) -> Result<Option<(i64, bool)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, seen FROM source WHERE key = ?")?;
        Ok(statement
            .query_row([source.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    fn find_fingerprints(
        &self,
        source: &SourceId,
        guids: &[Guid],
    ) -> Result<Vec<Option<Fingerprint>>, Fault> {
        let Some((source, true)) = self.source(source)? else {
            return Ok(vec![None; guids.len()]);
        };
        let _snapshot = self.snapshot()?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT fingerprint FROM sighting WHERE source = ? AND key = ?")?;
        let mut find = |guid: &Guid| -> Result<_, Fault> {
            let found = statement
                .query_row([source, guid_key(guid)], |row| row.get::<_, i64>(0))
                .optional()?;
            Ok(found.map(|fingerprint| Fingerprint(fingerprint as u64)))
        };
        guids.iter().map(&mut find).collect()
    }

    fn list_sightings(
        &self,
        source: &SourceId,
        cursor: i64,
        limit: usize,
    ) -> Result<Vec<StoredSighting>, Fault> {
        let Some((source, _)) = self.source(source)? else {
            return Ok(Vec::new());
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT key, guid, terms, item.title, coalesce(content, summary)
             FROM sighting JOIN item ON item.id = sighting.item JOIN body ON body.item = sighting.item
             WHERE sighting.source = ? AND key > ? ORDER BY key LIMIT ?",
        )?;
        let mut rows = statement.query(params![source, cursor, rows::limit(limit)])?;
        let mut sightings = Vec::new();
        while let Some(row) = rows.next()? {
            sightings.push(StoredSighting {
                cursor: row.get(0)?,
                guid: Guid::new(row.get::<_, String>(1)?),
                terms: json(&row.get::<_, String>(2)?)?,
                title: row.get(3)?,
                html: row.get::<_, Option<String>>(4)?.map(CleanHtml::already_clean),
            });
        }
        Ok(sightings)
    }

    /// Asks about a source; nothing where it is not known.
    fn ask<T: Default>(
        &self,
        source: &SourceId,
        ask: impl FnOnce(&Connection, i64) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let asked = || match self.source(source)? {
            Some((number, _)) => {
                let _snapshot = self.snapshot()?;
                ask(&self.connection, number)
            }
            None => Ok(T::default()),
        };
        asked().map_err(|fault: Fault| fault.at(&self.path))
    }

    fn list(&self, sql: &str) -> Result<Vec<Feed>, Fault> {
        feeds::list(&self.connection, sql, [])
    }

    fn show(&self, feed: &FeedKey, items: usize, span: TimeDelta) -> Result<Vec<ItemId>, Fault> {
        let Some(id) = self.feed_id(feed)? else {
            return Ok(Vec::new());
        };
        let sealed = archive::sealed(&self.connection, id)?;
        Ok(window(&self.connection, id, items, span, sealed)?.items)
    }

    fn load(&self, ids: &[ItemId]) -> Result<Vec<PublishedItem>, Fault> {
        let _snapshot = self.snapshot()?;
        let mut names = self.names.borrow_mut();
        // It changes with every transaction of another connection, and this one writes nothing.
        let version = self.number("PRAGMA data_version")?;
        if names.version != version {
            *names = Names {
                version,
                ..Names::default()
            };
        }
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(mut stored) = load_item(&self.connection, id)? else {
                continue;
            };
            let mut lender = None;
            if let Some(copy) = stored.text_of {
                rows::borrow_text(&self.connection, copy, &mut stored.item)?;
                lender = self.lender(&mut names, copy, stored.source)?;
            }
            let mut topics = Vec::new();
            for feed in &stored.topics {
                topics.extend(self.topic(&mut names, *feed)?);
            }
            topics.sort();
            let copies = self.copies(&mut names, &stored)?;
            items.push(PublishedItem {
                id: *id,
                item: stored.item,
                published: time(stored.published)?,
                updated: time(stored.updated)?,
                source: self.source_id(&mut names, stored.source)?,
                topics,
                lender,
                copies,
                story: stored
                    .story
                    .map(|story| self.story_id(story))
                    .transpose()?
                    .flatten(),
                others: Vec::new(),
            });
        }
        Ok(items)
    }

    /// Whose text a copy's is, if not that of the source that is named.
    fn lender(&self, names: &mut Names, copy: i64, named: i64) -> Result<Option<Lender>, Fault> {
        let found: Option<(i64, Option<String>)> = self
            .connection
            .prepare_cached("SELECT source, coalesce(link, url) FROM item WHERE id = ?")?
            .query_row([copy], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((source, link)) = found.filter(|(source, _)| *source != named) else {
            return Ok(None);
        };
        Ok(Some(Lender {
            source: self.source_id(names, source)?,
            link,
        }))
    }

    /// Other outlets that have the same article, each once.
    fn copies(&self, names: &mut Names, lead: &StoredItem) -> Result<Vec<Related>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT item.source, title, coalesce(link, url), published FROM item JOIN source ON source.id = item.source
             WHERE lead = ? AND further = 0 AND live AND withdrawn IS NULL ORDER BY published, uuid",
        )?;
        let mut rows = statement.query([lead.row])?;
        let mut told = BTreeSet::from([lead.source]);
        let mut copies = Vec::new();
        while let Some(row) = rows.next()? {
            let source = row.get(0)?;
            let Some(link) = row.get::<_, Option<String>>(2)? else {
                continue;
            };
            if copies.len() < MOST_COPIES && told.insert(source) {
                copies.push(Related {
                    source: self.source_id(names, source)?,
                    title: row.get(1)?,
                    link,
                    published: time(row.get(3)?)?,
                });
            }
        }
        Ok(copies)
    }

    fn story_id(&self, story: i64) -> Result<Option<ItemId>, Fault> {
        let found: Option<[u8; 16]> = self
            .connection
            .prepare_cached("SELECT uuid FROM story WHERE id = ?")?
            .query_row([story], |row| row.get(0))
            .optional()?;
        Ok(found.map(rows::item_id))
    }

    fn list_stories(
        &self,
        feed: &FeedKey,
        entries: usize,
        span: TimeDelta,
    ) -> Result<Vec<StoryEntry>, Fault> {
        let _snapshot = self.snapshot()?;
        let Some(id) = self.feed_id(feed)? else {
            return Ok(Vec::new());
        };
        let mut names = self.names.borrow_mut();
        let sealed = archive::sealed(&self.connection, id)?;
        let shown = story_window(&self.connection, id, entries, span, sealed)?.entries;
        let entry = |entry: ShownStory| -> Result<StoryEntry, Fault> {
            Ok(StoryEntry {
                id: entry.id,
                items: entry.items,
                all: match entry.story {
                    Some(story) => self.articles(&mut names, story)?,
                    None => Vec::new(),
                },
                grown: entry.grown.map(time).transpose()?,
            })
        };
        shown.into_iter().map(entry).collect()
    }

    /// The articles of a story, newest first.
    fn articles(&self, names: &mut Names, story: i64) -> Result<Vec<(ItemId, Related)>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT item.uuid, item.source, title, coalesce(link, url), published
             FROM item JOIN story ON story.id = item.story JOIN source ON source.id = item.source
             WHERE item.story = ? AND lead IS NULL AND told = 1 AND live AND withdrawn IS NULL
             ORDER BY published DESC, item.uuid LIMIT ?",
        )?;
        let mut rows = statement.query(params![story, rows::limit(MOST_ARTICLES)])?;
        let mut articles = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(link) = row.get(3)? {
                let related = Related {
                    source: self.source_id(names, row.get(1)?)?,
                    title: row.get(2)?,
                    link,
                    published: time(row.get(4)?)?,
                };
                articles.push((rows::item_id(row.get(0)?), related));
            }
        }
        Ok(articles)
    }

    fn feed_id(&self, feed: &FeedKey) -> Result<Option<i64>, Fault> {
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM feed WHERE kind = ? AND key = ?")?
            .query_row(params![kind_code(feed.kind), feed.key], |row| row.get(0))
            .optional()?)
    }

    fn topic(&self, names: &mut Names, feed: i64) -> Result<Option<Topic>, Fault> {
        if let Some(topic) = names.topics.get(&feed) {
            return Ok(topic.clone());
        }
        let (kind, key, name): (i64, String, String) = self
            .connection
            .prepare_cached("SELECT kind, key, name FROM feed WHERE id = ?")?
            .query_row([feed], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let kind = match rows::kind(kind)? {
            FeedKind::Category => Some(TopicKind::Category),
            FeedKind::Tag => Some(TopicKind::Tag),
            FeedKind::All | FeedKind::Source | FeedKind::Health => None,
        };
        let topic = kind.map(|kind| Topic {
            kind,
            key: TopicKey::of(&key),
            name,
        });
        names.topics.insert(feed, topic.clone());
        Ok(topic)
    }

    fn source_id(&self, names: &mut Names, source: i64) -> Result<SourceId, Fault> {
        if let Some(id) = names.sources.get(&source) {
            return Ok(id.clone());
        }
        let key: String = self
            .connection
            .prepare_cached("SELECT key FROM source WHERE id = ?")?
            .query_row([source], |row| row.get(0))?;
        let id = SourceId::of(&key);
        names.sources.insert(source, id.clone());
        Ok(id)
    }

    fn count(&self, sql: &str) -> Result<u64, Fault> {
        rows::count(self.number(sql)?)
    }

    fn number(&self, sql: &str) -> Result<i64, Fault> {
        Ok(self
            .connection
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))?)
    }
}

impl Reader for SqliteReader {
    fn fingerprints(&self, source: &SourceId, guids: &[Guid]) -> Result<Vec<Option<Fingerprint>>, Error> {
        self.find_fingerprints(source, guids)
            .map_err(|fault| fault.at(&self.path))
    }

    fn has_history(&self, source: &SourceId) -> Result<bool, Error> {
        let found = self.source(source).map_err(|fault| fault.at(&self.path))?;
        Ok(found.is_some_and(|(_, seen)| seen))
    }

    fn sightings(&self, source: &SourceId, cursor: i64, limit: usize) -> Result<Vec<StoredSighting>, Error> {
        self.list_sightings(source, cursor, limit)
            .map_err(|fault| fault.at(&self.path))
    }

    fn missing(&self, source: &SourceId, held: &[Guid]) -> Result<Vec<Missing>, Error> {
        self.ask(source, |connection, number| {
            missing::missing(connection, number, held)
        })
    }

    fn shown_count(&self, source: &SourceId) -> Result<usize, Error> {
        self.ask(source, missing::shown_count)
    }

    fn doubted(&self, source: &SourceId, now: DateTime<Utc>) -> Result<Vec<Missing>, Error> {
        self.ask(source, |connection, number| {
            missing::doubted(connection, number, now.timestamp())
        })
    }

    fn polls(&self) -> Result<HashMap<SourceId, PollState>, Error> {
        rows::polls(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn clock(&self) -> Result<Option<ClockRecord>, Error> {
        redate::clock(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn alerts(&self, limit: usize) -> Result<Vec<Alert>, Error> {
        alerts::read(&self.connection, alerts::NEWEST, limit).map_err(|fault| fault.at(&self.path))
    }

    fn open_alerts(&self) -> Result<Vec<Alert>, Error> {
        alerts::read(&self.connection, alerts::OPEN, usize::MAX).map_err(|fault| fault.at(&self.path))
    }

    fn brought(&self, from: NaiveDate) -> Result<Vec<Brought>, Error> {
        alerts::days(&self.connection, from).map_err(|fault| fault.at(&self.path))
    }

    fn feeds(&self) -> Result<Vec<Feed>, Error> {
        self.list(
            "SELECT kind, key, name, slug, size, collapse FROM feed WHERE state = 1 ORDER BY kind, slug",
        )
        .map_err(|fault| fault.at(&self.path))
    }

    fn dirty(&self) -> Result<Vec<Feed>, Error> {
        self.list(
            "SELECT kind, key, name, slug, size, collapse FROM feed WHERE dirty = 1 ORDER BY kind, slug",
        )
        .map_err(|fault| fault.at(&self.path))
    }

    fn removed(&self) -> Result<Vec<Feed>, Error> {
        self.list(
            "SELECT kind, key, name, slug, size, collapse FROM feed WHERE state = 2 ORDER BY kind, slug",
        )
        .map_err(|fault| fault.at(&self.path))
    }

    fn withdrawn(&self) -> Result<Vec<Feed>, Error> {
        self.list("SELECT kind, key, name, slug, size, collapse FROM feed WHERE state IN (2, 3) ORDER BY kind, slug")
            .map_err(|fault| fault.at(&self.path))
    }

    fn next_growth(&self) -> Result<Option<DateTime<Utc>>, Error> {
        groups::next_growth(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn newest(&self, feed: &FeedKey, items: usize, span: TimeDelta) -> Result<Vec<ItemId>, Error> {
        self.show(feed, items, span).map_err(|fault| fault.at(&self.path))
    }

    fn stories(&self, feed: &FeedKey, entries: usize, span: TimeDelta) -> Result<Vec<StoryEntry>, Error> {
        self.list_stories(feed, entries, span)
            .map_err(|fault| fault.at(&self.path))
    }

    fn newest_page(&self, feed: &FeedKey) -> Result<Option<i64>, Error> {
        let find = || match self.feed_id(feed)? {
            Some(id) => archive::newest(&self.connection, id),
            None => Ok(None),
        };
        find().map_err(|fault: Fault| fault.at(&self.path))
    }

    fn stale_pages(&self, limit: usize) -> Result<Vec<ArchivePage>, Error> {
        archive::stale(&self.connection, limit).map_err(|fault| fault.at(&self.path))
    }

    fn on_page(&self, page: &ArchivePage) -> Result<Vec<ItemId>, Error> {
        let find = || match self.feed_id(&page.feed.key)? {
            Some(id) => archive::items(&self.connection, id, page.before, page.until),
            None => Ok(Vec::new()),
        };
        find().map_err(|fault: Fault| fault.at(&self.path))
    }

    fn items(&self, ids: &[ItemId]) -> Result<Vec<PublishedItem>, Error> {
        self.load(ids).map_err(|fault| fault.at(&self.path))
    }

    fn item_count(&self) -> Result<u64, Error> {
        self.count("SELECT value FROM meta WHERE key = 'items'")
            .map_err(|fault| fault.at(&self.path))
    }

    fn tags_without_feed(&self) -> Result<u64, Error> {
        self.count("SELECT count(*) FROM feed WHERE state IN (0, 2, 3) AND kind = 2 AND size > 0")
            .map_err(|fault| fault.at(&self.path))
    }
}
