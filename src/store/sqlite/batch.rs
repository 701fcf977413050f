//! One write transaction and what it carries to its end.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::feeds::{Feeds, State};
use super::homes::claimable;
use super::memberships::Memberships;
use super::rows::{guid_key, json, title_key};
use super::sources::{SourceRow, Sources};
use super::window::{story_window, window};
use crate::model::{
    Alert, Candidates, ClockRecord, Collapse, Decision, Delivery, FeedKey, Guid, HostPause, ItemId,
    PollState, PushChange, RobotsRecord, Sighting, SourceId, Topic,
};
use crate::store::{ArchivePage, Batch, Change, Doubt, Error, Groups, Looked, Slugger};

/// What a feed shows at least, from the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    pub(super) items: usize,
    pub(super) seconds: i64,
    /// Of feeds for which the operator says nothing else.
    #[serde(default)]
    pub(super) collapse: Collapse,
    /// Old items are on pages of their own.
    #[serde(default)]
    pub(super) archive: bool,
}

impl Shown {
    /// As configured last.
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let stored: Option<String> = connection
            .prepare_cached("SELECT value FROM meta WHERE key = 'shown'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        stored.map_or(Ok(Self::default()), |stored| json(&stored))
    }
}

/// What the store keeps in memory between transactions.
pub(super) struct Memory {
    pub(super) sources: Sources,
    pub(super) shown: Shown,
    pub(super) slugger: Slugger,
    pub(super) tag_cap: usize,
}

/// A transaction. What many items change (feeds, spellings, counters) is gathered here and written once.
pub(super) struct SqliteBatch<'a> {
    pub(super) tx: Transaction<'a>,
    pub(super) path: &'a Path,
    memory: &'a mut Memory,
    /// Replaces `memory.sources` when committed.
    pub(super) sources: Option<Sources>,
    pub(super) shown: Shown,
    pub(super) feeds: Feeds,
    pub(super) memberships: Memberships,
    /// (feed, spelling) -> uses gained.
    pub(super) spellings: HashMap<(i64, String), i64>,
    /// Items gained.
    pub(super) items: i64,
    /// Stories that have another article, or lost one.
    pub(super) grown: BTreeSet<i64>,
    /// Sources that had nothing stored before.
    pub(super) seen: BTreeSet<i64>,
    classified: Vec<(i64, u64)>,
    /// (day since 1970, source) -> new items, known items.
    pub(super) brought: HashMap<(i64, i64), (i64, i64)>,
}

impl<'a> SqliteBatch<'a> {
    pub(super) fn begin(
        connection: &'a mut Connection,
        path: &'a Path,
        memory: &'a mut Memory,
    ) -> Result<Self, Fault> {
        Ok(Self {
            tx: connection.transaction_with_behavior(TransactionBehavior::Immediate)?,
            path,
            sources: None,
            shown: memory.shown,
            feeds: Feeds::new(memory.slugger, memory.tag_cap),
            memory,
            memberships: Memberships::default(),
            spellings: HashMap::new(),
            items: 0,
            grown: BTreeSet::new(),
            seen: BTreeSet::new(),
            classified: Vec::new(),
            brought: HashMap::new(),
        })
    }

    pub(super) fn sources(&self) -> &Sources {
        self.sources.as_ref().unwrap_or(&self.memory.sources)
    }

    /// A source that is or was configured.
    pub(super) fn source(&self, id: &SourceId) -> Result<(i64, &SourceRow), Fault> {
        let number = self.sources().number(id);
        let number = number.ok_or_else(|| Fault(format!("source {:?} was never configured", id.as_str())))?;
        Ok((number, self.sources().get(number)?))
    }

    /// Writes what was gathered, then everything at once.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        self.touch_stories()?;
        self.memberships.save(&self.tx)?;
        self.save_days()?;
        self.settle_spellings()?;
        for feed in self.feeds.loaded() {
            self.feeds.review(&self.tx, feed)?;
        }
        self.feeds.save(&self.tx)?;
        if self.items != 0 {
            self.tx.execute(
                "UPDATE meta SET value = value + ? WHERE key = 'items'",
                [self.items],
            )?;
        }
        for source in &self.seen {
            self.tx
                .execute("UPDATE source SET seen = 1 WHERE id = ?", [source])?;
        }
        self.tx.commit()?;
        if let Some(sources) = self.sources {
            self.memory.sources = sources;
        }
        self.memory.shown = self.shown;
        for source in self.seen {
            self.memory.sources.mark_seen(source);
        }
        for (source, rules) in self.classified {
            self.memory.sources.mark_classified(source, rules);
        }
        Ok(())
    }

    /// Whether what a source showed under this guid was dropped for age, and this is not dated after that.
    fn was_dropped(&self, source: i64, key: i64, sighting: &Sighting) -> Result<bool, Fault> {
        let published = sighting.item.published.map_or(i64::MIN, |date| date.timestamp());
        let mut statement = self.tx.prepare_cached(
            "SELECT 1 FROM tombstone JOIN sighting USING (source, key)
             WHERE source = ?1 AND key = ?2 AND coalesce(gone, first_seen) >= ?3",
        )?;
        Ok(statement.exists(params![source, key, published])?)
    }

    fn find_candidates(&self, sighting: &Sighting) -> Result<Candidates, Fault> {
        let (source, _) = self.source(&sighting.source)?;
        let key = guid_key(&sighting.guid);
        let filed: Option<Option<i64>> = self
            .tx
            .prepare_cached("SELECT item FROM sighting WHERE source = ? AND key = ?")?
            .query_row([source, key], |row| row.get(0))
            .optional()?;
        let mut found = Candidates {
            by_guid: self.known(filed.flatten(), source)?,
            ..Candidates::default()
        };
        let address = match &sighting.item.url {
            Some(url) => {
                let address = ItemId::of_url(url);
                found.by_url = self.known(self.item_at(&address)?, source)?;
                address
            }
            None => ItemId::of_guid(&sighting.source, &sighting.guid),
        };
        found.buried = self
            .tx
            .prepare_cached("SELECT 1 FROM tombstone WHERE uuid = ?")?
            .exists([address.as_bytes()])?;
        found.buried_guid = filed == Some(None) && self.was_dropped(source, key, sighting)?;
        found.claim = self.claim(source, claimable(&sighting.item));
        if let Some(title) = title_key(&sighting.item.title) {
            let newest: Option<i64> = self
                .tx
                .prepare_cached(
                    "SELECT item FROM sighting WHERE source = ? AND title = ? AND item IS NOT NULL AND key <> ?
                     ORDER BY item DESC LIMIT 1",
                )?
                .query_row([source, title, key], |row| row.get(0))
                .optional()?;
            found.by_title = self.known(newest, source)?;
        }
        Ok(found)
    }

    /// The item known under an address.
    pub(super) fn item_at(&self, address: &ItemId) -> Result<Option<i64>, Fault> {
        let first = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE uuid = ?")?
            .query_row([address.as_bytes()], |row| row.get(0))
            .optional()?;
        if first.is_some() {
            return Ok(first);
        }
        let mut further = self
            .tx
            .prepare_cached("SELECT item FROM address WHERE uuid = ?")?;
        Ok(further
            .query_row([address.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    fn note_poll(&self, source: &SourceId, poll: &PollState) -> Result<(), Fault> {
        let (source, _) = self.source(source)?;
        let state = serde_json::to_string(poll)?;
        self.tx
            .prepare_cached(
                "INSERT INTO poll (source, state) VALUES (?, ?)
                 ON CONFLICT DO UPDATE SET state = excluded.state WHERE state <> excluded.state",
            )?
            .execute(params![source, state])?;
        Ok(())
    }

    fn note_pause(&self, pause: &HostPause) -> Result<(), Fault> {
        self.tx
            .prepare_cached(
                "INSERT INTO pause (host, until) VALUES (?, ?)
                 ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <> excluded.until",
            )?
            .execute(params![pause.host, pause.until.timestamp()])?;
        Ok(())
    }

    fn note_robots(&self, record: &RobotsRecord, forgotten: DateTime<Utc>) -> Result<(), Fault> {
        self.tx
            .prepare_cached("DELETE FROM robots WHERE fetched < ?")?
            .execute([forgotten.timestamp()])?;
        let rules = serde_json::to_string(&record.robots)?;
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO robots (origin, fetched, rules) VALUES (?, ?, ?)")?
            .execute(params![record.origin, record.fetched.timestamp(), rules])?;
        Ok(())
    }

    fn note_classified(&mut self, source: &SourceId, rules: u64) -> Result<(), Fault> {
        let (source, _) = self.source(source)?;
        self.tx.execute(
            "UPDATE source SET classified = ? WHERE id = ?",
            params![rules as i64, source],
        )?;
        self.classified.push((source, rules));
        Ok(())
    }

    fn note_published(&mut self, feeds: &[FeedKey]) -> Result<(), Fault> {
        self.memberships.save(&self.tx)?;
        let span = TimeDelta::try_seconds(self.shown.seconds).unwrap_or(TimeDelta::MAX);
        for key in feeds {
            let Some(id) = self.feeds.find(&self.tx, key.kind, &key.key)? else {
                continue;
            };
            let row = self.feeds.row(&self.tx, id)?;
            let (collapse, sealed) = (row.collapse(self.shown.collapse), row.sealed);
            let from = match collapse {
                Collapse::None | Collapse::Duplicates => {
                    window(&self.tx, id, self.shown.items, span, sealed)?.from
                }
                Collapse::Stories => story_window(&self.tx, id, self.shown.items, span, sealed)?.from,
            };
            let row = self.feeds.row(&self.tx, id)?;
            row.dirty = false;
            row.shown_from = from;
        }
        Ok(())
    }

    fn note_deleted(&mut self, feeds: &[FeedKey]) -> Result<(), Fault> {
        for key in feeds {
            let Some(id) = self.feeds.find(&self.tx, key.kind, &key.key)? else {
                continue;
            };
            let row = self.feeds.row(&self.tx, id)?;
            // It may have come back in the meantime.
            if row.state == State::Removed {
                row.state = State::Deleted;
                self.drop_pages(Some(id))?;
            }
        }
        Ok(())
    }
}

impl Batch for SqliteBatch<'_> {
    fn candidates(&self, sighting: &Sighting) -> Result<Candidates, Error> {
        self.find_candidates(sighting)
            .map_err(|fault| fault.at(self.path))
    }

    fn apply(
        &mut self,
        sighting: &Sighting,
        decision: &Decision,
        now: DateTime<Utc>,
    ) -> Result<Change, Error> {
        let now = now.timestamp();
        let applied = match decision {
            Decision::Create(id) => self.create(sighting, *id, now),
            Decision::Join { id, replace } => self.join(sighting, *id, *replace, now),
            Decision::Bury => self.bury(sighting, now),
        };
        applied.map_err(|fault| fault.at(self.path))
    }

    fn reclassify(&mut self, source: &SourceId, guid: &Guid, topics: &[Topic]) -> Result<(), Error> {
        self.give_topics(source, guid, topics)
            .map_err(|fault| fault.at(self.path))
    }

    fn classified(&mut self, source: &SourceId, rules: u64) -> Result<(), Error> {
        self.note_classified(source, rules)
            .map_err(|fault| fault.at(self.path))
    }

    fn save_poll(&mut self, source: &SourceId, poll: &PollState) -> Result<(), Error> {
        self.note_poll(source, poll)
            .and_then(|()| self.note_home(source, poll))
            .map_err(|fault| fault.at(self.path))
    }

    fn save_robots(&mut self, record: &RobotsRecord, forgotten: DateTime<Utc>) -> Result<(), Error> {
        self.note_robots(record, forgotten)
            .map_err(|fault| fault.at(self.path))
    }

    fn save_pause(&mut self, pause: &HostPause) -> Result<(), Error> {
        self.note_pause(pause).map_err(|fault| fault.at(self.path))
    }

    fn save_alert(&mut self, alert: &Alert, forgotten: DateTime<Utc>) -> Result<(), Error> {
        self.note_alert(alert, forgotten)
            .map_err(|fault| fault.at(self.path))
    }

    fn save_push(&mut self, change: &PushChange) -> Result<(), Error> {
        self.note_push(change).map_err(|fault| fault.at(self.path))
    }

    fn keep_delivery(&mut self, delivery: &Delivery) -> Result<i64, Error> {
        self.note_delivery(delivery).map_err(|fault| fault.at(self.path))
    }

    fn delivered(&mut self, number: i64) -> Result<(), Error> {
        self.drop_delivery(number).map_err(|fault| fault.at(self.path))
    }

    fn published(&mut self, feeds: &[FeedKey]) -> Result<(), Error> {
        self.note_published(feeds).map_err(|fault| fault.at(self.path))
    }

    fn deleted(&mut self, feeds: &[FeedKey]) -> Result<(), Error> {
        self.note_deleted(feeds).map_err(|fault| fault.at(self.path))
    }

    fn seal(&mut self, feeds: &[FeedKey], again: &[FeedKey]) -> Result<(), Error> {
        self.seal_feeds(feeds, again).map_err(|fault| fault.at(self.path))
    }

    fn archived(&mut self, written: &[ArchivePage], gone: &[ArchivePage]) -> Result<(), Error> {
        self.note_pages(written, gone)
            .map_err(|fault| fault.at(self.path))
    }

    fn hold(&mut self, source: &SourceId, held: &[Guid], now: DateTime<Utc>) -> Result<(), Error> {
        self.note_held(source, held, now.timestamp())
            .map_err(|fault| fault.at(self.path))
    }

    fn doubt(&mut self, source: &SourceId, doubts: &[Doubt]) -> Result<(), Error> {
        self.note_doubts(source, doubts)
            .map_err(|fault| fault.at(self.path))
    }

    fn looked(
        &mut self,
        source: &SourceId,
        guid: &Guid,
        looked: Looked,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.note_looked(source, guid, looked, now.timestamp())
            .map_err(|fault| fault.at(self.path))
    }

    fn retire(&mut self, now: DateTime<Utc>, keep: TimeDelta, limit: usize) -> Result<usize, Error> {
        self.drop_items(now.timestamp(), keep.num_seconds(), limit)
            .map_err(|fault| fault.at(self.path))
    }

    fn redate(&mut self, now: DateTime<Utc>, cursor: i64, limit: usize) -> Result<Option<i64>, Error> {
        self.redate_items(now.timestamp(), cursor, limit)
            .map_err(|fault| fault.at(self.path))
    }

    fn save_clock(&mut self, record: &ClockRecord) -> Result<(), Error> {
        self.note_clock(record).map_err(|fault| fault.at(self.path))
    }

    fn groups(&mut self) -> &mut dyn Groups {
        self
    }

    fn commit(self: Box<Self>) -> Result<(), Error> {
        let path = self.path;
        self.finish().map_err(|fault| fault.at(path))
    }
}
