//! Whether it is this machine that reaches nobody, rather than each source that cannot be reached. Pure: time comes in
//! as an argument.
//!
//! When many hosts that answered before cannot be reached one after the other, and nobody answers in between, it is the
//! way that all of them share. Then no failure is a source's, not even those by which it was noticed; the first answer
//! ends it.
//!
//! A single pass asks only those that are due, often too few to be many. When it ends and nobody has answered, those that
//! failed in the passes before count with those that did now.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::model::{Health, PollState, Source, SourceId};

/// Hosts that say enough: a part of those that answer, but no fewer than the first and no more than the last number.
const PART: usize = 4;
const FEWEST: usize = 3;
const MOST: usize = 20;

/// What a poll says about the way to its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// Somebody answered, whatever it was.
    Answered,
    /// No address was found, or no connection came about.
    Unreachable,
    /// There was a connection, or one of old, and no answer.
    Unclear,
}

/// A poll, as far as the way to its host goes.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// Who was asked.
    pub source: &'a Source,
    /// Where, with its port when that is not the scheme's own.
    pub host: &'a str,
    /// What came of it.
    pub contact: Contact,
    /// What was remembered before.
    pub before: &'a PollState,
    /// When it ended.
    pub at: DateTime<Utc>,
}

/// How many hosts there are, to know what is many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// All that have sources.
    pub all: usize,
    /// Those that answered when they were last asked.
    pub well: usize,
    /// Some host has answered some time.
    pub is_any_known: bool,
}

/// A failure that may not be its source's.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Whose.
    pub source: Source,
    /// What was remembered before it.
    pub before: PollState,
    host: String,
    at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug)]
struct Offline {
    since: DateTime<Utc>,
    /// It is about others than this machine and those beside it.
    is_far: bool,
}

/// What is known about the way to everybody.
#[derive(Debug, Default)]
pub struct Network {
    /// Since somebody answered.
    suspects: BTreeMap<SourceId, Suspect>,
    offline: Option<Offline>,
    /// Whose failure did not count and who has not answered since: the next one does, so that it is put off once.
    spared: HashSet<SourceId>,
    wronged: Vec<Suspect>,
    /// Somebody on this machine or beside it has answered, and somebody else.
    heard: (bool, bool),
    /// A single pass: who answers late in it shows that the way is open as well.
    is_pass: bool,
}

impl Network {
    /// Since when this machine seems to be offline.
    pub fn offline(&self) -> Option<DateTime<Utc>> {
        self.offline.map(|offline| offline.since)
    }

    /// Takes up what passes before left, when this one begins: who could not be reached, for the first time, since anybody
    /// answered.
    pub fn recall<'a>(&mut self, sources: impl Iterator<Item = (&'a Source, String, &'a PollState)>) {
        self.is_pass = true;
        let known: Vec<_> = sources.collect();
        let answered = |state: &PollState| state.last_status.map_or(state.last_success, |_| state.last_poll);
        let far = known.iter().filter(|(_, host, _)| !is_near(host));
        let last = far.filter_map(|(_, _, state)| answered(state)).max();
        for (source, host, state) in known {
            let failed = state.last_poll.filter(|poll| {
                state.failures == 1
                    && state.unanswered == 1
                    && state.last_success.is_some()
                    && Some(*poll) > last
            });
            let Some(at) = failed else { continue };
            let suspect = Suspect {
                source: source.clone(),
                before: unfailed(state),
                host,
                at,
            };
            self.suspects.insert(source.id.clone(), suspect);
        }
    }

    /// At the end of a pass: when nobody has answered in it, a few hosts say enough.
    pub fn conclude(&mut self) {
        let is_far = self.suspects.values().any(|suspect| !is_near(&suspect.host));
        let is_heard = self.heard.1 || (self.heard.0 && !is_far);
        if self.offline.is_none() && !is_heard && self.hosts().len() >= FEWEST {
            self.lose();
        }
    }

    /// Hears of a poll; whether what came of it is its source's. `hosts` is asked only where it matters.
    pub fn hear(&mut self, tried: Tried<'_>, hosts: impl FnOnce() -> Hosts) -> bool {
        let id = &tried.source.id;
        match (tried.contact, self.offline) {
            (Contact::Answered, _) => {
                self.answered(&tried);
                true
            }
            (Contact::Unclear, None) => true,
            (Contact::Unclear | Contact::Unreachable, Some(_)) => {
                self.spared.insert(id.clone());
                false
            }
            // It had its chance when the others came back.
            (Contact::Unreachable, None) if self.spared.remove(id) => true,
            (Contact::Unreachable, None) => !self.suspect(&tried, hosts()),
        }
    }

    /// Takes out the failures that were counted before it was known what they are; `false` leaves one for later.
    pub fn wronged(&mut self, is_taken: impl Fn(&SourceId) -> bool) -> Vec<Suspect> {
        let all = std::mem::take(&mut self.wronged);
        let (taken, left) = all.into_iter().partition(|wronged| is_taken(&wronged.source.id));
        self.wronged = left;
        taken
    }

    fn answered(&mut self, tried: &Tried<'_>) {
        let id = &tried.source.id;
        match is_near(tried.host) {
            true => self.heard.0 = true,
            false => self.heard.1 = true,
        }
        self.spared.remove(id);
        self.suspects.remove(id);
        self.wronged.retain(|wronged| wronged.source.id != *id);
        // Who is on this machine, or beside it, answers also while the rest of the world is away.
        let is_far = self.suspects.values().any(|suspect| !is_near(&suspect.host));
        if is_near(tried.host) && (is_far || self.offline.is_some_and(|offline| offline.is_far)) {
            return;
        }
        self.suspects.clear();
        self.offline = None;
    }

    /// Takes note of a failure; whether enough of them have come together.
    fn suspect(&mut self, tried: &Tried<'_>, hosts: Hosts) -> bool {
        let is_evidence = match tried.before.health {
            Health::Ok => true,
            Health::New => !hosts.is_any_known,
            Health::Failing | Health::Gone => false,
        };
        if !is_evidence {
            return false;
        }
        // These are not among those that are well any more.
        let well = hosts.well + self.hosts().len();
        let suspect = Suspect {
            source: tried.source.clone(),
            before: tried.before.clone(),
            host: tried.host.to_owned(),
            at: tried.at,
        };
        self.suspects.insert(tried.source.id.clone(), suspect);
        let all = if hosts.is_any_known { well } else { hosts.all };
        if self.is_pass || self.hosts().len() < (all / PART).clamp(FEWEST, MOST) {
            return false;
        }
        self.lose();
        // This one has not been counted yet.
        self.wronged
            .retain(|wronged| wronged.source.id != tried.source.id);
        true
    }

    /// From now on it is the way, and so it was with all that are suspects.
    fn lose(&mut self) {
        let suspects = std::mem::take(&mut self.suspects);
        let since = suspects.values().map(|suspect| suspect.at).min();
        self.offline = since.map(|since| Offline {
            since,
            is_far: suspects.values().any(|suspect| !is_near(&suspect.host)),
        });
        self.spared.extend(suspects.keys().cloned());
        self.wronged.extend(suspects.into_values());
    }

    fn hosts(&self) -> BTreeSet<&str> {
        self.suspects
            .values()
            .map(|suspect| suspect.host.as_str())
            .collect()
    }
}

/// As if it had not been asked.
fn unfailed(state: &PollState) -> PollState {
    PollState {
        health: Health::Ok,
        next_poll: None,
        waiting: None,
        last_poll: state.last_success,
        failures: 0,
        unanswered: 0,
        failing_since: None,
        last_error: None,
        ..state.clone()
    }
}

/// Whether a host is on this machine or in its own network, as far as its name says.
pub(super) fn is_near(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    match name.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
