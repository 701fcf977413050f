//! Whose failure it is when nobody can be reached: the source's, or that of this machine's own network.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::poll::{Came, Polled, Poller};
use super::states;
use crate::model::{FailureKind, PollOutcome, PollState, Source, SourceId};
use crate::schedule::network::{Contact, Network, Suspect, Tried};

impl Poller {
    /// Whether what came of a poll is its source's.
    pub(super) fn is_its_own(
        &self,
        source: &Source,
        before: &PollState,
        outcome: &PollOutcome,
        now: DateTime<Utc>,
    ) -> bool {
        let contact = match outcome {
            PollOutcome::Failed {
                answer: None,
                failure,
            } => match failure.kind {
                FailureKind::Unreachable => Contact::Unreachable,
                _ => Contact::Unclear,
            },
            PollOutcome::Failed { failure, .. }
                if matches!(failure.kind, FailureKind::Paused | FailureKind::Short) =>
            {
                return true;
            }
            PollOutcome::NotModified(_) | PollOutcome::Read { .. } | PollOutcome::Failed { .. } => {
                Contact::Answered
            }
        };
        let tried = Tried {
            source,
            host: &states::host(&source.address),
            contact,
            before,
            at: now,
        };
        lock(&self.network).hear(tried, || self.states.hosts())
    }

    /// Takes up what the passes before this one left.
    pub(super) fn recall(&self, sources: &[Source]) {
        self.states.look(|known| {
            let of =
                |source: &'_ Source| Some((states::host(&source.address), super::current(known, source)?));
            let asked = sources.iter().filter_map(|source| {
                let (host, state) = of(source)?;
                Some((source, host, state))
            });
            lock(&self.network).recall(asked);
        });
    }

    /// Decides at the end of a pass whose the failures were.
    pub(super) fn conclude(&self) {
        lock(&self.network).conclude();
    }

    /// For a poller that takes the place of this one.
    pub(crate) fn network(&self) -> Arc<Mutex<Network>> {
        self.network.clone()
    }

    /// Since when this machine seems to be offline.
    pub(crate) fn offline(&self) -> Option<DateTime<Utc>> {
        lock(&self.network).offline()
    }

    /// Takes back the failures that were counted before it was known that this machine is offline, of those sources that
    /// may be touched now: as if they had not been asked.
    pub(crate) fn taken_back(&self, is_free: impl Fn(&SourceId) -> bool) -> Vec<Polled> {
        let now = (self.clock)();
        let wronged = lock(&self.network).wronged(is_free);
        let restored = wronged
            .into_iter()
            .filter(|Suspect { source, before, .. }| self.states.restore(source, before));
        let polled = restored.map(|Suspect { source, before, .. }| Polled {
            state: Some(before),
            ..Polled::of(source, now, Came::TakenBack)
        });
        polled.collect()
    }
}

fn lock(network: &Mutex<Network>) -> MutexGuard<'_, Network> {
    network.lock().unwrap_or_else(PoisonError::into_inner)
}
