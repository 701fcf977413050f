//! The rows of `membership` that a transaction gains and loses. They are written at its end, in their order: neighbours
//! share pages, and an item's own rows lie far apart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::settle::Place;

/// feed, published, uuid: the primary key, and so the order in the file.
type Row = (i64, Reverse<i64>, [u8; 16]);

/// The rest of a row that is there: when the item arrived, if that was late.
type There = Option<Option<i64>>;

/// What rows are, and what they will be.
#[derive(Default)]
pub(super) struct Memberships(BTreeMap<Row, (There, There)>);

impl Memberships {
    /// The feed, which does not hold the item, will.
    pub(super) fn enter(&mut self, feed: i64, place: &Place) {
        self.set(feed, place, None, Some(place.arrived));
    }

    /// The feed, which holds the item, will no longer.
    pub(super) fn leave(&mut self, feed: i64, place: &Place) {
        self.set(feed, place, Some(place.arrived), None);
    }

    fn set(&mut self, feed: i64, place: &Place, is: There, will: There) {
        let row = (feed, Reverse(place.published), place.uuid);
        self.0.entry(row).or_insert((is, is)).1 = will;
    }

    /// Writes what was gathered. A change and its opposite leave the file as it is.
    pub(super) fn save(&mut self, connection: &Connection) -> Result<(), Fault> {
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO membership (feed, published, uuid, arrived) VALUES (?, ?, ?, ?)",
        )?;
        let mut delete = connection
            .prepare_cached("DELETE FROM membership WHERE feed = ? AND published = ? AND uuid = ?")?;
        for ((feed, Reverse(published), uuid), (is, will)) in std::mem::take(&mut self.0) {
            match will {
                _ if is == will => 0,
                Some(arrived) => insert.execute(params![feed, published, uuid, arrived])?,
                None => delete.execute(params![feed, published, uuid])?,
            };
        }
        Ok(())
    }
}
