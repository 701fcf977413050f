//! What is known only while feedmill runs. Bounded, and shared by all that notes something.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// Warnings that are kept.
const WARNINGS: usize = 100;

/// Characters of a warning or an error that are kept: sources have a say in some.
const LONGEST: usize = 2_000;

/// Upper bounds of the time that polls took, in seconds.
pub(super) const BOUNDS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Something that the operator may want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// When.
    pub at: DateTime<Utc>,
    /// Which source it is about, if it is about one.
    pub source: Option<String>,
    /// What happened.
    pub message: String,
}

/// The last time that the configuration was read anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reload {
    /// When.
    pub at: DateTime<Utc>,
    /// What is wrong with the new one, so that the old one is in force; absent: nothing.
    pub error: Option<String>,
    /// What it says that only a restart brings.
    pub needs_restart: Option<String>,
}

/// Polls since the start and what came of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counters {
    /// With a document that could be read.
    pub read: u64,
    /// With nothing new (304).
    pub not_modified: u64,
    /// Without anything that could be used.
    pub failed: u64,
    /// New items.
    pub items: u64,
    /// Bytes received.
    pub bytes: u64,
    /// What they took together.
    pub seconds: f64,
    /// How many took no longer than each bound of the metrics.
    #[serde(skip)]
    pub(super) within: [u64; BOUNDS.len()],
}

/// One poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// A document that could be read.
    Read,
    /// Nothing new.
    NotModified,
    /// Nothing that could be used.
    Failed,
}

/// All of it.
#[derive(Debug)]
pub struct Live {
    started: DateTime<Utc>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    beat: Option<DateTime<Utc>>,
    counters: Counters,
    warnings: VecDeque<Warning>,
    reload: Option<Reload>,
    publish_error: Option<String>,
    store_error: Option<String>,
    offline: Option<DateTime<Utc>>,
}

impl Live {
    /// It runs since then.
    pub fn new(started: DateTime<Utc>) -> Self {
        Self {
            started,
            state: Mutex::default(),
        }
    }

    /// Since when it runs.
    pub fn started(&self) -> DateTime<Utc> {
        self.started
    }

    /// The loop that everything hangs on came round.
    pub fn beat(&self, now: DateTime<Utc>) {
        self.state().beat = Some(now);
    }

    /// Whether that loop came round of late. One that never said so is not waited for.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        // A clock that jumps tells nothing, once.
        self.state()
            .beat
            .is_none_or(|beat| now - beat < TimeDelta::minutes(2))
    }

    /// A poll is done.
    pub fn note_poll(&self, came: Came, items: u64, bytes: u64, took: Duration) {
        let mut state = self.state();
        let counters = &mut state.counters;
        match came {
            Came::Read => counters.read += 1,
            Came::NotModified => counters.not_modified += 1,
            Came::Failed => counters.failed += 1,
        }
        counters.items += items;
        counters.bytes += bytes;
        let seconds = took.as_secs_f64();
        counters.seconds += seconds;
        for (bound, within) in BOUNDS.iter().zip(&mut counters.within) {
            *within += u64::from(seconds <= *bound);
        }
    }

    /// Something for the operator; the oldest give way. The same again takes the place of the earlier one.
    pub fn warn(&self, at: DateTime<Utc>, source: Option<&str>, message: &str) {
        let warning = Warning {
            at,
            source: source.map(cut),
            message: cut(message),
        };
        let warnings = &mut self.state().warnings;
        warnings.retain(|known| known.source != warning.source || known.message != warning.message);
        warnings.push_front(warning);
        warnings.truncate(WARNINGS);
    }

    /// The configuration was read anew, or could not be.
    pub fn reloaded(&self, reload: Reload) {
        self.state().reload = Some(Reload {
            error: reload.error.as_deref().map(cut),
            ..reload
        });
    }

    /// The output was written, or could not be.
    pub fn published(&self, error: Option<&str>) {
        self.state().publish_error = error.map(cut);
    }

    /// What was polled was stored, or could not be.
    pub fn stored(&self, error: Option<&str>) {
        self.state().store_error = error.map(cut);
    }

    /// This machine seems to be offline, or not any more.
    pub fn offline(&self, since: Option<DateTime<Utc>>) {
        self.state().offline = since;
    }

    pub(super) fn offline_since(&self) -> Option<DateTime<Utc>> {
        self.state().offline
    }

    pub(super) fn store_error(&self) -> Option<String> {
        self.state().store_error.clone()
    }

    pub(super) fn counters(&self) -> Counters {
        self.state().counters.clone()
    }

    pub(super) fn warnings(&self) -> Vec<Warning> {
        self.state().warnings.iter().cloned().collect()
    }

    pub(super) fn reload(&self) -> Option<Reload> {
        self.state().reload.clone()
    }

    pub(super) fn publish_error(&self) -> Option<String> {
        self.state().publish_error.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
