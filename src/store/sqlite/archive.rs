//! Old items of a feed on pages. A page is begun only when it can be full, so that it never grows; what is too old to be
//! shown and not yet on a page is shown until then.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::feeds;
use super::rows::{item_id, limit};
use super::window::{story_window, window};
use crate::model::{Collapse, Feed, FeedKey, ItemId};
use crate::store::ArchivePage;

/// Items of a page; more where many bear one second.
pub(super) const ITEMS: i64 = 100;

/// A page to which more came late is divided.
const MOST: i64 = 400;

/// Up to where a feed has pages.
pub(super) fn sealed(connection: &Connection, feed: i64) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT sealed FROM feed WHERE id = ?")?;
    Ok(statement
        .query_row([feed], |row| row.get(0))
        .optional()?
        .flatten())
}

/// Pages whose files may differ from the store, the newest first.
pub(super) fn stale(connection: &Connection, most: usize) -> Result<Vec<ArchivePage>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT feed, until,
                (SELECT max(until) FROM archive WHERE feed = page.feed AND until < page.until),
                (SELECT min(until) FROM archive WHERE feed = page.feed AND until > page.until)
         FROM archive AS page WHERE dirty = 1 ORDER BY until DESC, feed LIMIT ?",
    )?;
    let mut rows = statement.query([limit(most)])?;
    let mut pages = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(feed) = published(connection, row.get(0)?)? else {
            continue;
        };
        pages.push(ArchivePage {
            feed,
            until: row.get(1)?,
            before: row.get(2)?,
            after: row.get(3)?,
        });
    }
    Ok(pages)
}

fn published(connection: &Connection, feed: i64) -> Result<Option<Feed>, Fault> {
    let sql = "SELECT kind, key, name, slug, size, collapse FROM feed WHERE id = ? AND state = 1";
    Ok(feeds::list(connection, sql, [feed])?.pop())
}

/// The newest page of a feed.
pub(super) fn newest(connection: &Connection, feed: i64) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT max(until) FROM archive WHERE feed = ?")?;
    Ok(statement.query_row([feed], |row| row.get(0))?)
}

/// What is on a page, newest first.
pub(super) fn items(
    connection: &Connection,
    feed: i64,
    after: Option<i64>,
    until: i64,
) -> Result<Vec<ItemId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT uuid FROM membership WHERE feed = ? AND published > ? AND published <= ?
         ORDER BY published DESC, uuid",
    )?;
    let after = after.unwrap_or(i64::MIN);
    let rows = statement.query_map(params![feed, after, until], |row| row.get(0))?;
    rows.map(|uuid| Ok(item_id(uuid?))).collect()
}

/// Something on the page that holds this second changed; of all pages for `i64::MAX`.
pub(super) fn dirty(connection: &Connection, feed: i64, published: i64) -> Result<(), Fault> {
    if published == i64::MAX {
        connection
            .prepare_cached("UPDATE archive SET dirty = 1 WHERE feed = ? AND dirty = 0")?
            .execute([feed])?;
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE archive SET dirty = 1 WHERE feed = ?1 AND dirty = 0
             AND until = (SELECT min(until) FROM archive WHERE feed = ?1 AND until >= ?2)",
        )?
        .execute(params![feed, published])?;
    Ok(())
}

/// How many items of a feed bear each second between two, oldest first.
fn counts(connection: &Connection, feed: i64, after: i64, before: i64) -> Result<Vec<(i64, i64)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT published, count(*) FROM membership WHERE feed = ? AND published > ? AND published < ?
         GROUP BY published ORDER BY published",
    )?;
    let rows = statement.query_map(params![feed, after, before], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Begins a page. The one before it names it from now on, once and for all: RFC 5005 §4 wants `next-archive` as soon as
/// there is a following page, and not earlier.
fn begin(connection: &Connection, feed: i64, until: i64) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE archive SET dirty = 1 WHERE feed = ?1 AND dirty = 0
             AND until = (SELECT max(until) FROM archive WHERE feed = ?1 AND until < ?2)",
        )?
        .execute(params![feed, until])?;
    connection
        .prepare_cached("INSERT INTO archive (feed, until, dirty) VALUES (?, ?, 1)")?
        .execute(params![feed, until])?;
    Ok(())
}

/// Divides the pages to which many items came late, so that none grows without end. The newest part keeps the name.
fn divide(connection: &Connection) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT feed, until, coalesce((SELECT max(until) FROM archive WHERE feed = page.feed AND until < page.until), ?)
         FROM archive AS page WHERE dirty = 1",
    )?;
    let pages: Vec<(i64, i64, i64)> = statement
        .query_map([i64::MIN], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (feed, until, after) in pages {
        let counts = counts(connection, feed, after, until.saturating_add(1))?;
        let mut left: i64 = counts.iter().map(|(_, count)| count).sum();
        if left <= MOST {
            continue;
        }
        let mut gathered = 0;
        for (published, count) in counts {
            gathered += count;
            left -= count;
            if gathered >= ITEMS && left >= ITEMS {
                gathered = 0;
                begin(connection, feed, published)?;
            }
        }
    }
    Ok(())
}

impl SqliteBatch<'_> {
    /// Begins the pages of a feed that can be full.
    pub(super) fn seal_feed(&mut self, id: i64) -> Result<(), Fault> {
        let (row, shown) = (self.feeds.row(&self.tx, id)?.clone(), self.shown);
        let span = TimeDelta::try_seconds(shown.seconds).unwrap_or(TimeDelta::MAX);
        let from = match row.collapse(shown.collapse) {
            Collapse::None | Collapse::Duplicates => window(&self.tx, id, shown.items, span, None)?.from,
            Collapse::Stories => story_window(&self.tx, id, shown.items, span, None)?.from,
        };
        let sealed = row.sealed.unwrap_or(i64::MIN);
        let (mut gathered, mut last) = (0, sealed);
        for (published, count) in counts(&self.tx, id, sealed, from)? {
            gathered += count;
            if gathered >= ITEMS {
                (gathered, last) = (0, published);
                begin(&self.tx, id, published)?;
            }
        }
        if row.sealed != Some(last) {
            self.tx
                .prepare_cached("UPDATE feed SET sealed = ? WHERE id = ?")?
                .execute(params![last, id])?;
            self.feeds.row(&self.tx, id)?.sealed = Some(last);
        }
        Ok(())
    }

    pub(super) fn seal_feeds(&mut self, feeds: &[FeedKey], again: &[FeedKey]) -> Result<(), Fault> {
        if !self.shown.archive {
            return Ok(());
        }
        self.memberships.save(&self.tx)?;
        divide(&self.tx)?;
        for key in feeds {
            if let Some(id) = self.feeds.find(&self.tx, key.kind, &key.key)? {
                self.seal_feed(id)?;
            }
        }
        for key in again {
            if let Some(id) = self.feeds.find(&self.tx, key.kind, &key.key)? {
                dirty(&self.tx, id, i64::MAX)?;
            }
        }
        Ok(())
    }

    pub(super) fn note_pages(&mut self, written: &[ArchivePage], gone: &[ArchivePage]) -> Result<(), Fault> {
        for page in written {
            if let Some(id) = self
                .feeds
                .find(&self.tx, page.feed.key.kind, &page.feed.key.key)?
            {
                self.tx
                    .prepare_cached("UPDATE archive SET dirty = 0 WHERE feed = ? AND until = ?")?
                    .execute(params![id, page.until])?;
            }
        }
        for page in gone {
            if let Some(id) = self
                .feeds
                .find(&self.tx, page.feed.key.kind, &page.feed.key.key)?
            {
                self.tx
                    .prepare_cached("DELETE FROM archive WHERE feed = ? AND until = ?")?
                    .execute(params![id, page.until])?;
                // The one after it names it no longer.
                dirty(&self.tx, id, page.until)?;
            }
        }
        Ok(())
    }

    /// A feed has no pages any more; without a feed, none has.
    pub(super) fn drop_pages(&mut self, feed: Option<i64>) -> Result<(), Fault> {
        let Some(id) = feed else {
            self.tx.execute("DELETE FROM archive", [])?;
            self.tx
                .execute("UPDATE feed SET sealed = NULL WHERE sealed IS NOT NULL", [])?;
            return Ok(());
        };
        self.tx.execute("DELETE FROM archive WHERE feed = ?", [id])?;
        self.tx
            .execute("UPDATE feed SET sealed = NULL WHERE id = ?", [id])?;
        self.feeds.row(&self.tx, id)?.sealed = None;
        Ok(())
    }
}
