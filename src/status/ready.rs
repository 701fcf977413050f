//! Whether readers are given what is new.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::overview::state;
use super::{Live, Stored};
use crate::config::Config;
use crate::model::{Health, Source};

/// A poll may be late by so much, for its host lets nobody ask faster, or because one before it takes its time: a request
/// may take ten minutes.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// Why what is served may be old.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Unready {
    /// Nobody can be reached.
    Offline {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Sources are due, and nobody asks.
    NotPolling {
        /// When the first of them was due.
        due: DateTime<Utc>,
        /// The last poll of any source.
        last_poll: Option<DateTime<Utc>>,
    },
    /// What was polled cannot be stored.
    NotStored {
        /// Why.
        error: String,
    },
    /// The output could not be written.
    NotPublished {
        /// Why.
        error: String,
    },
}

impl Unready {
    /// In one line.
    pub fn words(&self) -> String {
        match self {
            Self::Offline { since } => format!(
                "this machine seems to be offline since {}: no source can be reached",
                since.format("%Y-%m-%d %H:%M UTC")
            ),
            Self::NotPolling { due, last_poll } => {
                let last = last_poll.map_or("no source was ever polled".to_owned(), |last| {
                    format!("the last poll was on {}", last.format("%Y-%m-%d %H:%M UTC"))
                });
                format!(
                    "a source is due since {}, and {last}",
                    due.format("%Y-%m-%d %H:%M UTC")
                )
            }
            Self::NotStored { error } => format!("what was polled cannot be stored: {error}"),
            Self::NotPublished { error } => format!("the output could not be written: {error}"),
        }
    }
}

/// The schedule promises a poll at `next_poll`. That one source is late is the matter of that source; but when one is late
/// and none at all was polled meanwhile, nothing new comes.
pub(super) fn trouble(config: &Config, stored: &Stored, live: &Live, now: DateTime<Utc>) -> Option<Unready> {
    if let Some(error) = live.store_error() {
        return Some(Unready::NotStored { error });
    }
    if let Some(error) = live.publish_error() {
        return Some(Unready::NotPublished { error });
    }
    if let Some(since) = live.offline_since() {
        return Some(Unready::Offline { since });
    }
    // What was due long before the start could not be asked then.
    let due = |source: &Source| match state(stored, source) {
        Some(state) if state.health == Health::Gone => None,
        Some(state) => Some(state.next_poll.unwrap_or(live.started()).max(live.started())),
        None => Some(live.started()),
    };
    let due = config.sources.iter().filter_map(due).min()?;
    let last_poll = config
        .sources
        .iter()
        .filter_map(|source| state(stored, source)?.last_poll)
        .max();
    let is_late = |since: DateTime<Utc>| now - since > LATE;
    (is_late(due) && last_poll.is_none_or(is_late)).then_some(Unready::NotPolling { due, last_poll })
}
