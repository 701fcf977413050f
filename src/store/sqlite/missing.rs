//! Items that a source showed and shows no more, for those who want to know why.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::batch::Shown;
use super::fault::Fault;
use super::held::DOUBTED;
use super::retire::Ends;
use super::rows::{guid_key, item_id, json, time};
use crate::model::Guid;
use crate::store::Missing;

/// Of a document that holds nothing of what it held, so much is looked at.
const MOST: usize = 200;

/// What may be asked for: nobody else shows it, and it was not taken back yet. Parameters: source, key.
const ITEM: &str =
    "SELECT sighting.guid, coalesce(item.link, item.url), claimed, item.published, item.uuid, feeds, item.id
     FROM sighting JOIN item ON item.id = sighting.item
     WHERE sighting.source = ?1 AND sighting.key = ?2 AND withdrawn IS NULL AND url IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM sighting other JOIN source ON source.id = other.source
          WHERE other.item = item.id AND other.gone IS NULL AND live
              AND (other.source <> ?1 OR other.key <> ?2))";

/// See [`crate::store::Reader::missing`].
pub(super) fn missing(connection: &Connection, source: i64, held: &[Guid]) -> Result<Vec<Missing>, Fault> {
    let held: HashSet<i64> = held.iter().map(guid_key).collect();
    let mut shown = connection.prepare_cached(
        "SELECT key FROM sighting INDEXED BY sighting_shown WHERE source = ? AND gone IS NULL AND item IS NOT NULL",
    )?;
    let keys = shown
        .query_map([source], |row| row.get(0))?
        .filter(|key| key.as_ref().is_ok_and(|key| !held.contains(key)))
        .take(MOST)
        .map(|key| Ok((key?, 0)))
        .collect::<Result<_, rusqlite::Error>>()?;
    load(connection, source, keys)
}

/// See [`crate::store::Reader::shown_count`].
pub(super) fn shown_count(connection: &Connection, source: i64) -> Result<usize, Fault> {
    let count: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM sighting INDEXED BY sighting_shown
             WHERE source = ? AND gone IS NULL AND item IS NOT NULL",
        )?
        .query_row([source], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// See [`crate::store::Reader::doubted`].
pub(super) fn doubted(connection: &Connection, source: i64, now: i64) -> Result<Vec<Missing>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT key, weight FROM doubt JOIN sighting USING (source, key) WHERE source = ? AND gone >= ?",
    )?;
    let keys = statement
        .query_map([source, now.saturating_sub(DOUBTED)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    load(connection, source, keys)
}

fn load(connection: &Connection, source: i64, keys: Vec<(i64, u32)>) -> Result<Vec<Missing>, Fault> {
    let shown = Shown::load(connection)?.items;
    let (mut ends, mut found) = (Ends::default(), Vec::new());
    let mut item = connection.prepare_cached(ITEM)?;
    let mut further = connection.prepare_cached("SELECT uuid FROM address WHERE item = ?")?;
    for (key, weight) in keys {
        let mut rows = item.query(params![source, key])?;
        let Some(row) = rows.next()? else { continue };
        let (published, uuid) = (row.get(3)?, row.get(4)?);
        let mut is_seen = false;
        for feed in json::<Vec<i64>>(&row.get::<_, String>(5)?)? {
            is_seen = is_seen || ends.is_among(connection, feed, shown, published, uuid)?;
        }
        if !is_seen {
            continue;
        }
        let addresses = further.query_map([row.get::<_, i64>(6)?], |row| row.get(0).map(item_id))?;
        found.push(Missing {
            guid: Guid::new(row.get::<_, String>(0)?),
            link: row.get(1)?,
            claimed: row.get::<_, Option<i64>>(2)?.map(time).transpose()?,
            published: time(published)?,
            addresses: std::iter::once(Ok(item_id(uuid)))
                .chain(addresses)
                .collect::<Result<_, rusqlite::Error>>()?,
            weight,
        });
    }
    Ok(found)
}
