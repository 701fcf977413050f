//! Subscriptions, in both directions.

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::{Database, rows};
use crate::model::{PushChange, PushRecords};

impl Database {
    pub(super) fn read_push(&self) -> Result<PushRecords, Fault> {
        let mut records = PushRecords::default();
        let sql = "SELECT path, state FROM subscription";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let state = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            records.subscriptions.push((row.get(0)?, rows::json(state)?));
        }
        let sql = "SELECT topic, callback, state FROM subscriber";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let state = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
            let known = (row.get(0)?, row.get(1)?, rows::json(state)?);
            records.subscribers.push(known);
        }
        Ok(records)
    }
}

impl SqliteBatch<'_> {
    pub(super) fn note_push(&self, change: &PushChange) -> Result<(), Fault> {
        match change {
            PushChange::Subscription(path, Some(subscription)) => {
                let state = serde_json::to_string(subscription)?;
                self.tx
                    .prepare_cached("INSERT OR REPLACE INTO subscription (path, state) VALUES (?, ?)")?
                    .execute(params![path, state])?;
            }
            PushChange::Subscription(path, None) => {
                self.tx
                    .prepare_cached("DELETE FROM subscription WHERE path = ?")?
                    .execute([path])?;
            }
            PushChange::Subscriber {
                topic,
                callback,
                subscriber: Some(subscriber),
            } => {
                let state = serde_json::to_string(subscriber)?;
                let sql = "INSERT OR REPLACE INTO subscriber (topic, callback, state) VALUES (?, ?, ?)";
                self.tx
                    .prepare_cached(sql)?
                    .execute(params![topic, callback, state])?;
            }
            PushChange::Subscriber {
                topic,
                callback,
                subscriber: None,
            } => {
                self.tx
                    .prepare_cached("DELETE FROM subscriber WHERE topic = ? AND callback = ?")?
                    .execute([topic, callback])?;
            }
        }
        Ok(())
    }
}
