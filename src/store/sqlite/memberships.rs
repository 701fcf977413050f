//! The rows of `membership` that a transaction gains and loses. They are written at its end, in their order: neighbours
//! share pages, and an item's own rows lie far apart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::fault::Fault;

/// feed, published, uuid: the primary key, and so the order in the file.
type Row = (i64, Reverse<i64>, [u8; 16]);

/// Rows that will be there, or no longer.
#[derive(Default)]
pub(super) struct Memberships(BTreeMap<Row, bool>);

impl Memberships {
    /// The feed, which does not hold the item, will.
    pub(super) fn enter(&mut self, feed: i64, published: i64, uuid: [u8; 16]) {
        self.set((feed, Reverse(published), uuid), true);
    }

    /// The feed, which holds the item, will no longer.
    pub(super) fn leave(&mut self, feed: i64, published: i64, uuid: [u8; 16]) {
        self.set((feed, Reverse(published), uuid), false);
    }

    fn set(&mut self, row: Row, there: bool) {
        // A change and its opposite leave the file as it is.
        if self.0.get(&row) == Some(&!there) {
            self.0.remove(&row);
        } else {
            self.0.insert(row, there);
        }
    }

    /// Writes what was gathered.
    pub(super) fn save(&mut self, connection: &Connection) -> Result<(), Fault> {
        let mut insert =
            connection.prepare_cached("INSERT INTO membership (feed, published, uuid) VALUES (?, ?, ?)")?;
        let mut delete = connection
            .prepare_cached("DELETE FROM membership WHERE feed = ? AND published = ? AND uuid = ?")?;
        for ((feed, Reverse(published), uuid), there) in std::mem::take(&mut self.0) {
            let statement = if there { &mut insert } else { &mut delete };
            statement.execute(params![feed, published, uuid])?;
        }
        Ok(())
    }
}
