//! Sources of which something may have been pushed that did not come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::model::SourceId;

#[derive(Default)]
pub(super) struct Gaps {
    state: Mutex<State>,
    came: Notify,
}

/// Bounded by the sources that there are.
#[derive(Default)]
struct State {
    untold: BTreeSet<SourceId>,
    /// When we did not take something last: that is not the hub's fault.
    ours: BTreeMap<SourceId, DateTime<Utc>>,
}

impl Gaps {
    pub(super) fn note(&self, source: &SourceId) {
        self.state().untold.insert(source.clone());
        self.came.notify_one();
    }

    /// The same, by our own fault.
    pub(super) fn note_ours(&self, source: &SourceId, now: DateTime<Utc>) {
        self.state().ours.insert(source.clone(), now);
        self.note(source);
    }

    pub(super) fn of_ours(&self, source: &SourceId) -> Option<DateTime<Utc>> {
        self.state().ours.get(source).copied()
    }

    pub(super) async fn next(&self) -> SourceId {
        loop {
            let came = self.came.notified();
            if let Some(source) = self.state().untold.pop_first() {
                return source;
            }
            came.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
