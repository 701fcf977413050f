//! The sources, kept in memory: there are few, and every sighting names one.

use std::collections::HashMap;

use rusqlite::Connection;

use super::fault::Fault;
use crate::model::SourceId;

/// A row of `source`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceRow {
    pub(super) id: SourceId,
    pub(super) address: String,
    pub(super) live: bool,
    pub(super) feed: i64,
    pub(super) rules: u64,
    pub(super) classified: u64,
    pub(super) seen: bool,
}

/// All sources that were ever configured.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    rows: HashMap<i64, SourceRow>,
    by_id: HashMap<SourceId, i64>,
}

impl Sources {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let mut statement = connection
            .prepare_cached("SELECT id, key, address, live, feed, rules, classified, seen FROM source")?;
        let mut rows = statement.query([])?;
        let mut sources = Self::default();
        while let Some(row) = rows.next()? {
            let source = SourceRow {
                id: SourceId::of(&row.get::<_, String>(1)?),
                address: row.get(2)?,
                live: row.get(3)?,
                feed: row.get(4)?,
                rules: row.get::<_, i64>(5)? as u64,
                classified: row.get::<_, i64>(6)? as u64,
                seen: row.get(7)?,
            };
            sources.put(row.get(0)?, source);
        }
        Ok(sources)
    }

    /// Adds or replaces a row.
    pub(super) fn put(&mut self, number: i64, source: SourceRow) {
        if let Some(old) = self.rows.get(&number) {
            self.by_id.remove(&old.id);
        }
        self.by_id.insert(source.id.clone(), number);
        self.rows.insert(number, source);
    }

    pub(super) fn number(&self, id: &SourceId) -> Option<i64> {
        self.by_id.get(id).copied()
    }

    pub(super) fn get(&self, number: i64) -> Result<&SourceRow, Fault> {
        self.rows
            .get(&number)
            .ok_or_else(|| Fault::damaged("an item of an unknown source"))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &SourceRow)> {
        self.rows.iter().map(|(number, row)| (*number, row))
    }

    /// Something of it is stored from now on.
    pub(super) fn mark_seen(&mut self, number: i64) {
        if let Some(row) = self.rows.get_mut(&number) {
            row.seen = true;
        }
    }

    /// Its sightings bear the topics of these rules.
    pub(super) fn mark_classified(&mut self, number: i64, rules: u64) {
        if let Some(row) = self.rows.get_mut(&number) {
            row.classified = rules;
        }
    }
}
