//! What is remembered of sources while they are polled.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use url::Url;

use super::poll::chance;
use super::publish::{Said, said};
use crate::model::{Health, PollState, Source, SourceId};
use crate::schedule::{self, network};

/// The state of each source after its latest poll, and which sources share a host.
pub(crate) struct States {
    known: Mutex<HashMap<SourceId, PollState>>,
    hosts: HashMap<String, Vec<SourceId>>,
}

/// The host that is asked first, with its port when that is not the scheme's own.
pub(crate) fn host(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    address
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl States {
    pub(crate) fn new(known: HashMap<SourceId, PollState>, sources: &[Source]) -> Self {
        let mut hosts: HashMap<String, Vec<SourceId>> = HashMap::new();
        for source in sources {
            hosts
                .entry(host(&source.address))
                .or_default()
                .push(source.id.clone());
        }
        Self {
            known: Mutex::new(known),
            hosts,
        }
    }

    /// What is remembered of a source; of one that is new or was edited, nothing. One that is in trouble with its host is
    /// due when another one there is out of it.
    pub(crate) fn of(&self, source: &Source) -> PollState {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || PollState {
            url: source.question(),
            ..PollState::default()
        };
        let mut state = super::current(&known, source).cloned().unwrap_or_else(fresh);
        if state.failures > 0 {
            let there = self.hosts.get(&host(&source.address)).into_iter().flatten();
            let recovered = there.filter_map(|id| known.get(id)?.recovered).max();
            let woken = recovered.and_then(|then| schedule::woken(&state, then, source.every));
            state.next_poll = match (state.next_poll, woken) {
                (Some(next), Some(woken)) => Some(next.min(woken)),
                (next, _) => next,
            };
        }
        state
    }

    /// The others on the host of a source that has just come out of trouble: they may be due.
    pub(crate) fn woken_by(&self, source: &Source) -> Vec<SourceId> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = known
            .get(&source.id)
            .is_some_and(|state| state.recovered.is_some() && state.recovered == state.last_poll);
        let there = self.hosts.get(&host(&source.address)).filter(|_| is_news);
        let others = there.into_iter().flatten().filter(|id| **id != source.id);
        others.cloned().collect()
    }

    pub(crate) fn put(&self, source: &Source, state: PollState) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(source.id.clone(), state);
    }

    /// These are as they should have been.
    pub(super) fn replace(&self, states: Vec<(SourceId, PollState)>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(states);
    }

    /// What sources say of themselves.
    pub(crate) fn said(&self) -> Said {
        self.look(said)
    }

    /// Looks at all of them; who polls waits for that.
    pub(super) fn look<T>(&self, look: impl FnOnce(&HashMap<SourceId, PollState>) -> T) -> T {
        look(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All of them.
    pub(crate) fn all(&self) -> HashMap<SourceId, PollState> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many hosts there are, and how many of them are well.
    pub(crate) fn hosts(&self) -> network::Hosts {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_well = |id: &SourceId| known.get(id).is_some_and(|state| state.health == Health::Ok);
        network::Hosts {
            all: self.hosts.len(),
            well: self.hosts.values().filter(|ids| ids.iter().any(is_well)).count(),
            is_any_known: known.values().any(|state| state.last_success.is_some()),
        }
    }

    /// Takes back a failure that was not the source's, unless something else is known of it by now.
    pub(crate) fn restore(&self, source: &Source, before: &PollState) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = known.get_mut(&source.id) else {
            return false;
        };
        let is_last = state.url == before.url && state.failures == before.failures + 1;
        if is_last {
            state.clone_from(before);
        }
        is_last
    }

    /// Until when the host of this source is left alone because nobody answers there.
    pub(crate) fn rest(&self, source: &Source, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let host = host(&source.address);
        let ids = self.hosts.get(&host)?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let states: Vec<&PollState> = ids.iter().filter_map(|id| known.get(id)).collect();
        let failed = states.iter().filter(|state| state.unanswered > 0);
        let last = failed.filter_map(|state| state.last_poll).max()?;
        let pause = schedule::unreachable(&host, states, source.every, last, chance(&source.address))?;
        // A clock that was wrong must not put it off for ever.
        (last <= now && pause.until > now).then_some(pause.until)
    }
}
