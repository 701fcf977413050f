//! Which source showed what under which guid and address.

use rusqlite::{OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{guid_key, item_id, json, title_key};
use super::settle::Topics;
use crate::model::{Guid, ItemId, Sighting};

/// Under how many guids at a time one source can show one item, which bounds what a change of it costs.
const GUIDS_PER_ITEM: usize = 16;

/// Where a sighting is filed.
pub(super) struct Filed {
    pub(super) source: i64,
    pub(super) key: i64,
}

impl SqliteBatch<'_> {
    /// An item is known under every address it was seen at; none is taken from another item.
    pub(super) fn note_address(&mut self, sighting: &Sighting, item: i64) -> Result<(), Fault> {
        let Some(url) = &sighting.item.url else {
            return Ok(());
        };
        let address = ItemId::of_url(url);
        if self.item_at(&address)?.is_none() {
            self.tx
                .prepare_cached("INSERT INTO address (uuid, item) VALUES (?, ?)")?
                .execute(params![address.as_bytes(), item])?;
        }
        Ok(())
    }

    /// Files a sighting of this item. True when the source never used its guid before.
    pub(super) fn note(
        &mut self,
        sighting: &Sighting,
        source: i64,
        item: i64,
        topics: Topics,
        now: i64,
    ) -> Result<bool, Fault> {
        let filed = Filed {
            source,
            key: guid_key(&sighting.guid),
        };
        let old: Option<(Option<i64>, String)> = self
            .tx
            .prepare_cached("SELECT item, topics FROM sighting WHERE source = ? AND key = ?")?
            .query_row([filed.source, filed.key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let is_new = old.is_none();
        let lost = match old {
            Some((Some(before), stored)) if before == item => json(&stored)?,
            Some((Some(before), _)) => {
                self.displace(sighting, &filed, before)?;
                self.limit_guids(source, item)?;
                Topics::new()
            }
            Some((None, _)) => {
                // The guid is that of something else now, or what was dropped is back.
                self.forget_tombstones(filed.source, filed.key)?;
                self.limit_guids(source, item)?;
                Topics::new()
            }
            None => {
                self.limit_guids(source, item)?;
                Topics::new()
            }
        };
        self.tx
            .prepare_cached(
                "INSERT INTO sighting (source, key, item, title, fingerprint, first_seen, guid, topics, terms)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET item = excluded.item, title = excluded.title, guid = excluded.guid,
                     fingerprint = excluded.fingerprint, topics = excluded.topics, terms = excluded.terms,
                     gone = NULL",
            )?
            .execute(params![
                filed.source,
                filed.key,
                item,
                title_key(&sighting.item.title),
                sighting.fingerprint.0 as i64,
                now,
                sighting.guid.as_str(),
                serde_json::to_string(&topics)?,
                serde_json::to_string(&sighting.terms)?,
            ])?;
        self.count_spellings(topics, lost);
        self.mark_seen(source)?;
        Ok(is_new)
    }

    /// The source gave the guid of an item to another article. It did show the first, so that sighting is kept, filed
    /// where no guid leads: nothing that was published vanishes because a source reuses its guids.
    fn displace(&mut self, sighting: &Sighting, filed: &Filed, item: i64) -> Result<(), Fault> {
        let id = item_id(self.head(item)?.place.uuid);
        let guid = Guid::new(format!("{}\n{id}", sighting.guid.as_str()));
        let aside = Filed {
            source: filed.source,
            key: guid_key(&guid),
        };
        let forgotten = self.forget(&aside)?;
        self.tx
            .prepare_cached("UPDATE sighting SET key = ?, guid = ? WHERE source = ? AND key = ?")?
            .execute(params![aside.key, guid.as_str(), filed.source, filed.key])?;
        if forgotten {
            let head = self.head(item)?;
            self.settle(&head, &head.place, false)?;
        }
        Ok(())
    }

    /// Forgets the oldest of too many guids under which a source shows an item.
    fn limit_guids(&mut self, source: i64, item: i64) -> Result<(), Fault> {
        let guids: Vec<(i64, i64)> = self
            .tx
            .prepare_cached("SELECT first_seen, key FROM sighting WHERE item = ? AND source = ?")?
            .query_map([item, source], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        if guids.len() >= GUIDS_PER_ITEM
            && let Some((_, key)) = guids.iter().min()
        {
            self.forget(&Filed { source, key: *key })?;
        }
        Ok(())
    }

    /// True when there was something to forget.
    fn forget(&mut self, filed: &Filed) -> Result<bool, Fault> {
        let topics: Option<String> = self
            .tx
            .prepare_cached("DELETE FROM sighting WHERE source = ? AND key = ? RETURNING topics")?
            .query_row([filed.source, filed.key], |row| row.get(0))
            .optional()?;
        let Some(topics) = topics else { return Ok(false) };
        self.forget_tombstones(filed.source, filed.key)?;
        self.count_spellings(Topics::new(), json(&topics)?);
        Ok(true)
    }

    pub(super) fn mark_seen(&mut self, source: i64) -> Result<(), Fault> {
        if !self.sources().get(source)?.seen {
            self.seen.insert(source);
        }
        Ok(())
    }
}
