//! Subscriptions, in both directions, and what was pushed.

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::{Database, rows};
use crate::model::{Delivery, PushChange, PushRecords, SourceId};

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
            records
                .subscribers
                .push((row.get(0)?, row.get(1)?, rows::json(state)?));
        }
        let sql = "SELECT id, source, content_type, body FROM pushed ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let source: String = row.get(1)?;
            let body: Vec<u8> = row.get(3)?;
            let delivery = Delivery {
                source: SourceId::of(&source),
                content_type: row.get(2)?,
                body: body.into(),
            };
            records.deliveries.push((row.get(0)?, delivery));
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
                subscriber: None,
            } => {
                self.tx
                    .prepare_cached("DELETE FROM subscriber WHERE topic = ? AND callback = ?")?
                    .execute([topic, callback])?;
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
        }
        Ok(())
    }

    pub(super) fn note_delivery(&self, delivery: &Delivery) -> Result<i64, Fault> {
        let sql = "INSERT INTO pushed (source, content_type, body) VALUES (?, ?, ?)";
        let values = params![
            delivery.source.as_str(),
            delivery.content_type,
            &delivery.body[..]
        ];
        Ok(self.tx.prepare_cached(sql)?.insert(values)?)
    }

    pub(super) fn drop_delivery(&self, number: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached("DELETE FROM pushed WHERE id = ?")?
            .execute([number])?;
        Ok(())
    }
}
