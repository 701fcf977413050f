//! Dropping items for age, which begins when the last source stops showing them, and forgetting that they were there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{self, json};
use super::settle::Topics;

/// Of what a source shows for good, so many of the newest are kept: no feed shows more.
pub(super) const MOST_SHOWN: usize = 1_000;

/// An old item that a feed needs is looked at again a day later.
const AGAIN: i64 = 86_400;

/// Sightings of dropped items that are forgotten in one transaction, of those that were shown no more and of each source that
/// is no longer configured.
const FORGOTTEN: i64 = 2_000;

/// When a source that is no longer configured last showed what it had. Parameter: the source.
const CONFIRMED: &str = "SELECT unixepoch(json_extract(state, '$.last_success')) FROM poll WHERE source = ?";

/// Where the newest items of feeds end, each worked out once.
#[derive(Default)]
pub(super) struct Ends(HashMap<(i64, usize), End>);

#[derive(Clone, Copy)]
enum End {
    /// Nobody reads it.
    Unpublished,
    /// It holds fewer.
    Open,
    At(i64, [u8; 16]),
}

impl Ends {
    /// Whether an item that stands here in a published feed is one of the `most` newest of it.
    pub(super) fn is_among(
        &mut self,
        connection: &Connection,
        feed: i64,
        most: usize,
        published: i64,
        uuid: [u8; 16],
    ) -> Result<bool, Fault> {
        let end = match self.0.entry((feed, most)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => *unknown.insert(end(connection, feed, most)?),
        };
        Ok(match end {
            End::Unpublished => false,
            End::Open => true,
            End::At(last, id) => published > last || (published == last && uuid <= id),
        })
    }
}

fn end(connection: &Connection, feed: i64, most: usize) -> Result<End, Fault> {
    let mut published = connection.prepare_cached("SELECT 1 FROM feed WHERE id = ? AND state = 1")?;
    if !published.exists([feed])? {
        return Ok(End::Unpublished);
    }
    let mut statement = connection.prepare_cached(
        "SELECT published, uuid FROM membership WHERE feed = ? ORDER BY published DESC, uuid LIMIT 1 OFFSET ?",
    )?;
    let last = statement
        .query_row(params![feed, rows::limit(most.saturating_sub(1))], |row| {
            Ok(End::At(row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(last.unwrap_or(End::Open))
}

/// How old an item is.
enum Age {
    /// A source shows it.
    Shown,
    /// None does since this second.
    Since(i64),
}

impl SqliteBatch<'_> {
    /// See [`crate::store::Batch::retire`].
    pub(super) fn drop_items(&mut self, now: i64, keep: i64, limit: usize) -> Result<usize, Fault> {
        let before = now.saturating_sub(keep);
        let old: Vec<i64> = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE aged < ? ORDER BY aged, id LIMIT ?")?
            .query_map(params![before, rows::limit(limit)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut ends = Ends::default();
        // Copies have one age: of a group of thousands each is not weighed for each.
        let mut looked_at: HashMap<i64, i64> = HashMap::new();
        for item in &old {
            // With an article go its copies: alone, they would come up again as news.
            let Some(lead) = self.lead_of(*item)? else {
                continue;
            };
            if let Some(later) = looked_at.get(&lead) {
                self.look_again(*item, *later)?;
                continue;
            }
            let group = self.whole_group(lead)?;
            match self.next_look(&group, now, before, &mut ends)? {
                Some(later) => {
                    looked_at.insert(lead, later);
                    self.look_again(*item, later)?;
                }
                None => self.drop_group(*item, group)?,
            }
        }
        self.forget_stubs(before.saturating_sub(keep))?;
        Ok(old.len())
    }

    fn look_again(&self, item: i64, later: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached("UPDATE item SET aged = ? WHERE id = ?")?
            .execute([later, item])?;
        Ok(())
    }

    /// From when on the age of these copies is to be looked at again; `None` when they are too old now.
    fn next_look(
        &mut self,
        group: &[i64],
        now: i64,
        before: i64,
        ends: &mut Ends,
    ) -> Result<Option<i64>, Fault> {
        let mut youngest = i64::MIN;
        for item in group {
            match self.age(*item, ends)? {
                Age::Shown => return Ok(Some(now.max(before))),
                Age::Since(second) => youngest = youngest.max(second),
            }
        }
        if youngest >= before {
            return Ok(Some(youngest));
        }
        for item in group {
            let place = self.head(*item)?.place;
            for feed in &place.feeds {
                if ends.is_among(&self.tx, *feed, self.shown.items, place.published, place.uuid)? {
                    return Ok(Some(before.saturating_add(AGAIN)));
                }
            }
        }
        Ok(None)
    }

    fn age(&self, item: i64, ends: &mut Ends) -> Result<Age, Fault> {
        let (published, uuid, mut since): (i64, [u8; 16], i64) = self
            .tx
            .prepare_cached("SELECT published, uuid, first_seen FROM item WHERE id = ?")?
            .query_row([item], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut statement = self
            .tx
            .prepare_cached("SELECT source, gone, first_seen FROM sighting WHERE item = ?")?;
        let mut rows = statement.query([item])?;
        while let Some(row) = rows.next()? {
            let (number, gone): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
            let source = self.sources().get(number)?;
            since = since.max(row.get(2)?).max(match gone {
                Some(gone) => gone,
                None if !source.live => self.confirmed(number)?,
                None if ends.is_among(&self.tx, source.feed, MOST_SHOWN, published, uuid)? => {
                    return Ok(Age::Shown);
                }
                None => i64::MIN,
            });
        }
        Ok(Age::Since(since))
    }

    fn confirmed(&self, source: i64) -> Result<i64, Fault> {
        let confirmed: Option<Option<i64>> = self
            .tx
            .prepare_cached(CONFIRMED)?
            .query_row([source], |row| row.get(0))
            .optional()?;
        Ok(confirmed.flatten().unwrap_or(i64::MIN))
    }

    fn drop_group(&mut self, item: i64, group: Vec<i64>) -> Result<(), Fault> {
        let (story, _) = self.story_of(item)?;
        for copy in group.into_iter().rev() {
            self.drop_item(copy)?;
        }
        if let Some(story) = story {
            self.review_story(story)?;
        }
        Ok(())
    }

    fn drop_item(&mut self, item: i64) -> Result<(), Fault> {
        let place = self.head(item)?.place;
        let topics: Vec<String> = self
            .tx
            .prepare_cached("SELECT topics FROM sighting WHERE item = ?")?
            .query_map([item], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for topics in topics {
            self.count_spellings(Topics::new(), json(&topics)?);
        }
        // The sightings stay as stubs: their fingerprints spare work, and with them go the tombstones.
        for statement in [
            "INSERT OR IGNORE INTO tombstone (uuid, source, key)
             SELECT uuid, sighting.source, key FROM sighting JOIN item ON item.id = sighting.item
             WHERE sighting.item = ?",
            "INSERT OR IGNORE INTO tombstone (uuid, source, key)
             SELECT uuid, source, key FROM sighting JOIN address USING (item) WHERE sighting.item = ?",
            "DELETE FROM doubt WHERE (source, key) IN (SELECT source, key FROM sighting WHERE item = ?)",
            "UPDATE sighting SET item = NULL, title = NULL, guid = '', topics = '[]', terms = '[]' WHERE item = ?",
            "DELETE FROM address WHERE item = ?",
            "DELETE FROM body WHERE item = ?",
            "DELETE FROM feature WHERE item = ?",
            "DELETE FROM ungrouped WHERE item = ?",
            "DELETE FROM item WHERE id = ?",
        ] {
            self.tx.prepare_cached(statement)?.execute([item])?;
        }
        self.place(&place, &place.nowhere(), false)?;
        self.items -= 1;
        Ok(())
    }

    /// Forgets dropped items that no source has shown since, with their tombstones; those that are too many for once, the
    /// next time.
    fn forget_stubs(&self, before: i64) -> Result<(), Fault> {
        let mut old: Vec<(i64, i64)> = self
            .tx
            .prepare_cached("SELECT source, key FROM sighting WHERE item IS NULL AND gone < ? LIMIT ?")?
            .query_map([before, FORGOTTEN], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (number, _) in self.sources().iter().filter(|(_, source)| !source.live) {
            let mut statement = self.tx.prepare_cached(
                "SELECT key FROM sighting WHERE item IS NULL AND gone IS NULL AND source = ? LIMIT ?",
            )?;
            let keys: Vec<i64> = statement
                .query_map([number, FORGOTTEN], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            if !keys.is_empty() && self.confirmed(number)? < before {
                old.extend(keys.into_iter().map(|key| (number, key)));
            }
        }
        for (source, key) in &old {
            self.forget_tombstones(*source, *key)?;
            self.tx
                .prepare_cached("DELETE FROM sighting WHERE source = ? AND key = ?")?
                .execute([*source, *key])?;
        }
        Ok(())
    }

    /// What was dropped with this sighting may come back, as far as it goes.
    pub(super) fn forget_tombstones(&self, source: i64, key: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached("DELETE FROM tombstone WHERE source = ? AND key = ?")?
            .execute([source, key])?;
        Ok(())
    }

    /// A source that is configured again may bring back what was dropped while it was not.
    pub(super) fn revive(&self, source: i64) -> Result<(), Fault> {
        let revived = self
            .tx
            .prepare_cached(
                "UPDATE sighting SET fingerprint = ~fingerprint WHERE source = ? AND item IS NULL",
            )?
            .execute([source])?;
        if revived > 0 {
            for statement in [
                "DELETE FROM tombstone WHERE source = ?",
                "UPDATE poll SET state = json_remove(state, '$.validators') WHERE source = ?",
            ] {
                self.tx.prepare_cached(statement)?.execute([source])?;
            }
        }
        Ok(())
    }
}
