//! Dating anew what was dated by a clock that was wrong.

use rusqlite::{OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{self, json};
use crate::model::{ClockRecord, Uncertain};

/// Clocks of sources may run ahead by this much.
const SKEW: i64 = 600;
/// 2020-01-01T00:00:00Z: what is noted as earlier was noted by a clock that had not been set.
const EARLIEST: i64 = 1_577_836_800;
/// What was seen in doubt was seen well enough if the clock was off by no more.
const NEAR: i64 = 3 * 3_600;

/// The dates of an item, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dates {
    first_seen: i64,
    /// Sorted by and shown.
    published: i64,
    /// When it came as news, if it did.
    arrived: Option<i64>,
    /// As its source says, and believed.
    claimed: Option<i64>,
    revised: Option<i64>,
    /// As its source says, and not believed.
    refused: Refused,
    /// First seen while the clock was in doubt.
    is_doubted: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Refused {
    claimed: Option<i64>,
    revised: Option<i64>,
}

impl Dates {
    /// What they are by a clock that is right: what the source says, if that can be; else they stay as far from the
    /// first sight as they were.
    fn anew(self, now: i64) -> Self {
        let latest = now.saturating_add(SKEW);
        let (good, bad) = (|date: &i64| *date <= latest, |date: &i64| *date > latest);
        let is_wrong =
            self.first_seen > latest || (self.is_doubted && now.abs_diff(self.first_seen) > NEAR as u64);
        let first_seen = if is_wrong { now } else { self.first_seen };
        let revised = self.revised.filter(good).or(self.refused.revised.filter(good));
        let claimed = self
            .claimed
            .filter(good)
            .or(self.refused.claimed.filter(good))
            .or(self.refused.revised.filter(good));
        let published = if self.claimed.is_none() || self.published == self.first_seen {
            let moved = self
                .published
                .saturating_add(first_seen.saturating_sub(self.first_seen));
            claimed.unwrap_or(moved.min(first_seen))
        } else if self.published > latest {
            claimed.unwrap_or(first_seen)
        } else {
            self.published
        };
        let came = |arrived: i64| arrived.saturating_add(first_seen.saturating_sub(self.first_seen));
        Self {
            first_seen,
            published,
            arrived: self.arrived.map(|arrived| came(arrived).min(latest)),
            claimed,
            revised,
            refused: Refused {
                claimed: self.refused.claimed.or(self.claimed).filter(bad),
                revised: self.refused.revised.or(self.revised).filter(bad),
            },
            is_doubted: false,
        }
    }

    fn updated(&self) -> i64 {
        self.revised.unwrap_or(self.published).max(self.published)
    }
}

impl SqliteBatch<'_> {
    /// Remembers why the dates of a new item may have to be found anew.
    pub(super) fn note_uncertain(&self, item: i64, dates: &Uncertain) -> Result<(), Fault> {
        if dates.is_none() {
            return Ok(());
        }
        let [claimed, revised] =
            [dates.published, dates.updated].map(|date| date.map(|date| date.timestamp()));
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO uncertain (item, seen, claimed, revised) VALUES (?, ?, ?, ?)",
            )?
            .execute(params![item, dates.seen, claimed, revised])?;
        Ok(())
    }

    /// Dates the next items after `cursor` anew that were dated in doubt, or later than now. Where to go on from, if there
    /// may be more.
    pub(super) fn redate_items(&mut self, now: i64, cursor: i64, limit: usize) -> Result<Option<i64>, Fault> {
        let items: Vec<i64> = self
            .tx
            .prepare_cached(
                "SELECT id FROM item WHERE id > ?1 AND
                     (first_seen > ?2 OR published > ?2 OR arrived > ?2 OR EXISTS (SELECT 1 FROM uncertain WHERE item = item.id))
                 ORDER BY id LIMIT ?3",
            )?
            .query_map(params![cursor, now.saturating_add(SKEW), rows::limit(limit)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for item in &items {
            self.redate(*item, now)?;
        }
        if cursor == 0 {
            let (earliest, latest) = (EARLIEST, now.saturating_add(SKEW));
            for statement in [
                "UPDATE item SET aged = ?1 WHERE aged > ?2 OR aged < ?3",
                "UPDATE sighting SET gone = ?1 WHERE gone > ?2 OR gone < ?3",
            ] {
                self.tx.execute(statement, params![now, latest, earliest])?;
            }
            // Of days to come nothing was brought yet, and no story has grown.
            self.tx
                .execute("DELETE FROM day WHERE day > ?", [now.div_euclid(86_400)])?;
            self.tx
                .execute("UPDATE story SET grown = ?1 WHERE grown > ?1", [now])?;
            self.tx
                .execute("UPDATE filed SET newest = ?1 WHERE newest > ?1", [now])?;
        }
        Ok(items.last().copied().filter(|_| items.len() == limit))
    }

    fn redate(&mut self, item: i64, now: i64) -> Result<(), Fault> {
        let old = self.dates(item)?;
        let new = old.anew(now);
        self.tx
            .prepare_cached("DELETE FROM uncertain WHERE item = ?")?
            .execute([item])?;
        if new.refused != Refused::default() {
            self.tx
                .prepare_cached("INSERT INTO uncertain (item, seen, claimed, revised) VALUES (?, 0, ?, ?)")?
                .execute(params![item, new.refused.claimed, new.refused.revised])?;
        }
        let certain = |dates: Dates| Dates {
            refused: Refused::default(),
            is_doubted: false,
            ..dates
        };
        if certain(old) == certain(new) {
            return Ok(());
        }
        let before = self.head(item)?.place;
        self.tx
            .prepare_cached(
                "UPDATE item SET first_seen = ?1, published = ?2, updated = ?3, claimed = ?4, revised = ?5,
                                 arrived = ?7, aged = CASE WHEN first_seen = ?1 THEN aged ELSE ?1 END WHERE id = ?6",
            )?
            .execute(params![
                new.first_seen,
                new.published,
                new.updated(),
                new.claimed,
                new.revised,
                item,
                new.arrived
            ])?;
        self.tx
            .prepare_cached("UPDATE sighting SET first_seen = ? WHERE item = ? AND first_seen = ?")?
            .execute(params![new.first_seen, item, old.first_seen])?;
        self.tx
            .prepare_cached("UPDATE feature SET published = ? WHERE item = ?")?
            .execute(params![new.published, item])?;
        let is_shown_otherwise = (old.published, old.updated()) != (new.published, new.updated());
        self.settle(&self.head(item)?, &before, is_shown_otherwise)?;
        Ok(())
    }

    fn dates(&self, item: i64) -> Result<Dates, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT first_seen, published, item.claimed, item.revised, uncertain.claimed, uncertain.revised,
                    coalesce(seen, 0), arrived
             FROM item LEFT JOIN uncertain ON uncertain.item = item.id WHERE item.id = ?",
        )?;
        Ok(statement.query_row([item], |row| {
            Ok(Dates {
                first_seen: row.get(0)?,
                published: row.get(1)?,
                claimed: row.get(2)?,
                revised: row.get(3)?,
                refused: Refused {
                    claimed: row.get(4)?,
                    revised: row.get(5)?,
                },
                is_doubted: row.get(6)?,
                arrived: row.get(7)?,
            })
        })?)
    }

    /// Remembers what is known of the clock.
    pub(super) fn note_clock(&self, record: &ClockRecord) -> Result<(), Fault> {
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES ('clock', ?)")?
            .execute([serde_json::to_string(record)?])?;
        Ok(())
    }
}

/// What is remembered of the clock.
pub(super) fn clock(connection: &rusqlite::Connection) -> Result<Option<ClockRecord>, Fault> {
    let stored: Option<String> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'clock'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    stored.map(|stored| json(&stored)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000;
    const DAY: i64 = 86_400;
    const YEAR: i64 = 365 * DAY;

    fn seen(first_seen: i64) -> Dates {
        Dates {
            first_seen,
            published: first_seen,
            arrived: Some(first_seen),
            claimed: None,
            revised: None,
            refused: Refused::default(),
            is_doubted: true,
        }
    }

    fn dated(first_seen: i64, date: i64) -> Dates {
        Dates {
            published: date,
            claimed: Some(date),
            ..seen(first_seen)
        }
    }

    fn refused(first_seen: i64, date: i64) -> Dates {
        Dates {
            refused: Refused {
                claimed: Some(date),
                revised: None,
            },
            ..seen(first_seen)
        }
    }

    #[test]
    fn what_a_wrong_clock_dated_gets_the_date_of_its_source_else_of_the_first_sight() {
        for off in [-DAY, -200 * DAY, -30 * YEAR, -NOW, DAY, 200 * DAY, 30 * YEAR] {
            let then = NOW + off;
            let dates = |dates: Dates| {
                let new = dates.anew(NOW);
                assert_eq!(new.arrived, Some(NOW), "{off}");
                (new.first_seen, new.published)
            };
            assert_eq!(dates(seen(then)), (NOW, NOW), "{off}");
            assert_eq!(dates(dated(then, NOW - DAY)), (NOW, NOW - DAY), "{off}");
            assert_eq!(dates(refused(then, NOW - DAY)), (NOW, NOW - DAY), "{off}");
            // What is in the future by the right clock, too, is no date.
            assert_eq!(dates(refused(then, NOW + YEAR)), (NOW, NOW), "{off}");
            assert_eq!(dates(dated(then, NOW + YEAR)), (NOW, NOW), "{off}");
            let kept = dated(then, NOW + YEAR).anew(NOW);
            assert_eq!((kept.claimed, kept.refused.claimed), (None, Some(NOW + YEAR)));
            assert_eq!(kept.anew(NOW + 2 * YEAR).published, NOW + YEAR);
            // One that stands below those of today stays below them.
            let below = Dates {
                published: then - 500,
                ..seen(then)
            };
            assert_eq!(dates(below), (NOW, NOW - 500), "{off}");
        }
    }

    #[test]
    fn what_a_right_clock_dated_stays() {
        let sure = |dates: Dates| Dates {
            is_doubted: false,
            ..dates
        };
        for dates in [
            sure(seen(NOW - YEAR)),
            sure(dated(NOW - YEAR, NOW - 2 * YEAR)),
            sure(seen(NOW + SKEW)),
            // In doubt, but not wrong.
            seen(NOW - NEAR),
        ] {
            assert_eq!(dates.anew(NOW), sure(dates));
        }
    }
}
