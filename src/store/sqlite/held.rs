//! What a source still shows, what it shows no more, and what it has taken back.

use std::collections::HashSet;

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::guid_key;
use crate::model::{Guid, SourceId};
use crate::store::{Doubt, Looked};

/// Pages of one source that are still to be asked for.
pub(super) const MOST_DOUBTS: usize = 10;
/// An item that left longer ago is let be.
pub(super) const DOUBTED: i64 = 2 * 86_400;
/// A page that gives no answer is asked for so often.
const MOST_ASKED: i64 = 3;

impl SqliteBatch<'_> {
    /// See [`crate::store::Batch::hold`].
    pub(super) fn note_held(&mut self, source: &SourceId, held: &[Guid], now: i64) -> Result<(), Fault> {
        let (source, _) = self.source(source)?;
        let held: HashSet<i64> = held.iter().map(guid_key).collect();
        let shown: HashSet<i64> = self
            .tx
            .prepare_cached(
                "SELECT key FROM sighting INDEXED BY sighting_shown WHERE source = ? AND gone IS NULL",
            )?
            .query_map([source], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut leave = self
            .tx
            .prepare_cached("UPDATE sighting SET gone = ? WHERE source = ? AND key = ?")?;
        for key in shown.difference(&held) {
            leave.execute(params![now, source, key])?;
        }
        let mut stay = self.tx.prepare_cached(
            "UPDATE sighting SET gone = NULL WHERE source = ? AND key = ? AND gone IS NOT NULL",
        )?;
        for key in held.difference(&shown) {
            stay.execute(params![source, key])?;
        }
        self.tx
            .prepare_cached(
                "DELETE FROM doubt WHERE source = ?1 AND NOT EXISTS
                     (SELECT 1 FROM sighting WHERE source = ?1 AND key = doubt.key AND gone >= ?2)",
            )?
            .execute([source, now.saturating_sub(DOUBTED)])?;
        Ok(())
    }

    /// See [`crate::store::Batch::doubt`].
    pub(super) fn note_doubts(&mut self, source: &SourceId, doubts: &[Doubt]) -> Result<(), Fault> {
        let (source, _) = self.source(source)?;
        let mut insert = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO doubt (source, key, weight, asked)
             SELECT source, key, ?3, 0 FROM sighting WHERE source = ?1 AND key = ?2 AND gone IS NOT NULL
                 AND (SELECT count(*) FROM doubt WHERE source = ?1) < ?4",
        )?;
        for doubt in doubts {
            let key = guid_key(&doubt.guid);
            insert.execute(params![source, key, doubt.weight, MOST_DOUBTS as i64])?;
        }
        Ok(())
    }

    /// See [`crate::store::Batch::looked`].
    pub(super) fn note_looked(
        &mut self,
        source: &SourceId,
        guid: &Guid,
        looked: Looked,
        now: i64,
    ) -> Result<bool, Fault> {
        let (source, _) = self.source(source)?;
        let key = guid_key(guid);
        if looked == Looked::Nobody {
            self.tx
                .prepare_cached("UPDATE doubt SET asked = asked + 1 WHERE source = ? AND key = ?")?
                .execute([source, key])?;
        }
        self.tx
            .prepare_cached("DELETE FROM doubt WHERE source = ? AND key = ? AND (?3 OR asked >= ?4)")?
            .execute(params![source, key, looked != Looked::Nobody, MOST_ASKED])?;
        match looked {
            Looked::Gone => self.withdraw(source, key, now),
            Looked::There | Looked::Nobody => Ok(false),
        }
    }

    /// Takes an item out of all feeds, if no source shows it by now.
    fn withdraw(&mut self, source: i64, key: i64, now: i64) -> Result<bool, Fault> {
        let item: Vec<i64> = self
            .tx
            .prepare_cached(
                "SELECT item FROM sighting WHERE source = ? AND key = ? AND item IS NOT NULL AND gone IS NOT NULL",
            )?
            .query_map([source, key], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let Some(item) = item.first().copied() else {
            return Ok(false);
        };
        let mut shown = self
            .tx
            .prepare_cached("SELECT source FROM sighting WHERE item = ? AND gone IS NULL")?;
        let showing: Vec<i64> = shown
            .query_map([item], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        drop(shown);
        for source in showing {
            if self.sources().get(source)?.live {
                return Ok(false);
            }
        }
        self.tx
            .prepare_cached("UPDATE item SET withdrawn = ? WHERE id = ?")?
            .execute([now, item])?;
        // Shown again, it is looked at as if it were new, and comes back.
        self.tx
            .prepare_cached("UPDATE sighting SET fingerprint = ~fingerprint WHERE item = ?")?
            .execute([item])?;
        self.resettle(item)?;
        Ok(true)
    }

    /// Shown again, an item is in the feeds again.
    pub(super) fn take_back(&self, item: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached("UPDATE item SET withdrawn = NULL WHERE id = ? AND withdrawn IS NOT NULL")?
            .execute([item])?;
        Ok(())
    }

    fn resettle(&mut self, item: i64) -> Result<(), Fault> {
        let head = self.head(item)?;
        self.settle(&head, &head.place, true)?;
        Ok(())
    }
}
