//! A clock that a test moves, and what was to be kept.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file that includes this uses its own part of it, and what fails here fails the test"
)]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::model::{PushChange, PushRecords};
use feedmill::websub;

/// Begins on a Sunday at noon.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn new() -> Self {
        let noon: DateTime<Utc> = "2026-11-15T12:00:00Z".parse().unwrap();
        Self(Arc::new(AtomicI64::new(noon.timestamp_millis())))
    }

    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub fn advance(&self, span: TimeDelta) {
        self.0.fetch_add(span.num_milliseconds(), Ordering::SeqCst);
    }

    pub fn shared(&self) -> websub::Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// What a store would hold.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<PushRecords>>);

impl Kept {
    pub fn keep(&self) -> websub::Keep {
        let kept = self.0.clone();
        Arc::new(move |change| note(&mut kept.lock().unwrap(), change))
    }

    pub fn records(&self) -> PushRecords {
        self.0.lock().unwrap().clone()
    }
}

fn note(records: &mut PushRecords, change: PushChange) {
    match change {
        PushChange::Subscription(path, subscription) => {
            records.subscriptions.retain(|(known, _)| *known != path);
            records
                .subscriptions
                .extend(subscription.map(|known| (path, known)));
        }
        PushChange::Subscriber {
            topic,
            callback,
            subscriber,
        } => {
            let is_same = |known: &String, at: &String| (known, at) == (&topic, &callback);
            records.subscribers.retain(|(known, at, _)| !is_same(known, at));
            records
                .subscribers
                .extend(subscriber.map(|known| (topic, callback, known)));
        }
    }
}
