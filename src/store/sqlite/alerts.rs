//! What the operator was told of, and what sources brought day by day.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rusqlite::{Connection, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{self, count, time};
use crate::model::{Alert, AlertKind, Brought, Ended, SourceId};

const DAY: i64 = 86_400;

/// Days that are kept.
const DAYS: i64 = 100;

/// Those that were raised or ended last first: as far as the limit goes, one range of the index.
pub(super) const NEWEST: &str = "SELECT source.key, kind, raised, alert.name, since, words, ended, ending
    FROM alert JOIN source ON source.id = alert.source
    WHERE changed > 0 ORDER BY changed DESC, alert.source DESC, kind DESC, raised DESC LIMIT ?";

/// Those that have not ended, newest first.
pub(super) const OPEN: &str = "SELECT source.key, kind, raised, alert.name, since, words, ended, ending
    FROM alert JOIN source ON source.id = alert.source
    WHERE ended IS NULL AND raised > 0 ORDER BY raised DESC, alert.source DESC, kind DESC LIMIT ?";

/// Reads alerts.
pub(super) fn read(connection: &Connection, sql: &str, limit: usize) -> Result<Vec<Alert>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([rows::limit(limit)])?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        let ended: Option<i64> = row.get(6)?;
        let ended = ended.map(|at| -> Result<_, Fault> {
            Ok(Ended {
                at: time(at)?,
                words: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
            })
        });
        alerts.push(Alert {
            source: SourceId::of(&row.get::<_, String>(0)?),
            kind: kind(row.get(1)?)?,
            raised: time(row.get(2)?)?,
            name: row.get(3)?,
            since: time(row.get(4)?)?,
            words: row.get(5)?,
            ended: ended.transpose()?,
        });
    }
    Ok(alerts)
}

/// What was brought from a day on, oldest first.
pub(super) fn days(connection: &Connection, from: NaiveDate) -> Result<Vec<Brought>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT source.key, day, items, merged FROM day JOIN source ON source.id = day.source
         WHERE day >= ? ORDER BY day, day.source",
    )?;
    let mut rows = statement.query([(from - NaiveDate::default()).num_days()])?;
    let mut days = Vec::new();
    while let Some(row) = rows.next()? {
        let day = TimeDelta::try_days(row.get(1)?)
            .and_then(|days| NaiveDate::default().checked_add_signed(days))
            .ok_or_else(|| Fault::damaged("a day out of range"))?;
        days.push(Brought {
            source: SourceId::of(&row.get::<_, String>(0)?),
            day,
            items: count(row.get(2)?)?,
            merged: count(row.get(3)?)?,
        });
    }
    Ok(days)
}

fn kind_code(kind: AlertKind) -> i64 {
    match kind {
        AlertKind::Failing => 0,
        AlertKind::Silent => 1,
    }
}

fn kind(code: i64) -> Result<AlertKind, Fault> {
    match code {
        0 => Ok(AlertKind::Failing),
        1 => Ok(AlertKind::Silent),
        _ => Err(Fault::damaged("an alert of unknown kind")),
    }
}

impl SqliteBatch<'_> {
    /// A source brought an item, new or known.
    pub(super) fn brought(&mut self, source: i64, now: i64, is_new: bool) {
        let counts = self
            .brought
            .entry((now.div_euclid(DAY), source))
            .or_insert((0, 0));
        if is_new {
            counts.0 += 1;
        } else {
            counts.1 += 1;
        }
    }

    /// An item that was counted as new is a copy of one that was there.
    pub(super) fn copied(&mut self, item: i64) -> Result<(), Fault> {
        let (source, first_seen): (i64, i64) = self
            .tx
            .prepare_cached("SELECT source, first_seen FROM item WHERE id = ?")?
            .query_row([item], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let counts = self
            .brought
            .entry((first_seen.div_euclid(DAY), source))
            .or_insert((0, 0));
        counts.0 -= 1;
        counts.1 += 1;
        Ok(())
    }

    pub(super) fn save_days(&self) -> Result<(), Fault> {
        let Some(newest) = self.brought.keys().map(|(day, _)| *day).max() else {
            return Ok(());
        };
        let mut add = self.tx.prepare_cached(
            // Of an item that came with an older version nothing may have been counted.
            "INSERT INTO day (day, source, items, merged) VALUES (?1, ?2, max(?3, 0), ?4)
             ON CONFLICT DO UPDATE SET items = max(items + ?3, 0), merged = merged + ?4",
        )?;
        for ((day, source), (items, merged)) in &self.brought {
            add.execute(params![day, source, items, merged])?;
        }
        self.tx
            .prepare_cached("DELETE FROM day WHERE day < ?")?
            .execute([newest - DAYS])?;
        Ok(())
    }

    pub(super) fn note_alert(&self, alert: &Alert, forgotten: DateTime<Utc>) -> Result<(), Fault> {
        self.tx
            .prepare_cached("DELETE FROM alert WHERE changed < ? AND ended IS NOT NULL")?
            .execute([forgotten.timestamp()])?;
        let (source, _) = self.source(&alert.source)?;
        let raised = alert.raised.timestamp();
        let ended = alert.ended.as_ref().map(|ended| ended.at.timestamp());
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO alert (source, kind, raised, name, since, words, ended, ending, changed)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                source,
                kind_code(alert.kind),
                raised,
                alert.name,
                alert.since.timestamp(),
                alert.words,
                ended,
                alert.ended.as_ref().map(|ended| &ended.words),
                ended.unwrap_or(raised),
            ])?;
        Ok(())
    }
}
