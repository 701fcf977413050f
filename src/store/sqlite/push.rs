//! Subscriptions, in both directions.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::{Database, rows};
use crate::model::{PushChange, PushRecords, PushRequest, Subscriber};

/// What is stored of one of theirs. The fields of the subscriber stand beside the request, as they did when they were all.
#[derive(Serialize, Deserialize)]
struct Theirs {
    #[serde(flatten)]
    subscriber: Option<Subscriber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<PushRequest>,
}

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
            let Theirs { subscriber, request } = rows::json(state)?;
            if subscriber.is_none() && request.is_none() {
                return Err(Fault::damaged("a subscriber of whom nothing is known"));
            }
            let (topic, callback): (String, String) = (row.get(0)?, row.get(1)?);
            let request = request.map(|request| (topic.clone(), callback.clone(), request));
            records.requests.extend(request);
            records
                .subscribers
                .extend(subscriber.map(|known| (topic, callback, known)));
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
                request: None,
            } => {
                self.tx
                    .prepare_cached("DELETE FROM subscriber WHERE topic = ? AND callback = ?")?
                    .execute([topic, callback])?;
            }
            PushChange::Subscriber {
                topic,
                callback,
                subscriber,
                request,
            } => {
                let state = serde_json::to_string(&Theirs {
                    subscriber: subscriber.clone(),
                    request: request.clone(),
                })?;
                let sql = "INSERT OR REPLACE INTO subscriber (topic, callback, state) VALUES (?, ?, ?)";
                self.tx
                    .prepare_cached(sql)?
                    .execute(params![topic, callback, state])?;
            }
        }
        Ok(())
    }
}
