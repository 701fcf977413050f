//! Who is asked next. Pure: time comes in as an argument.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::SourceId;
use crate::refresh::poll::Manner;

/// How many polls may run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub everywhere: usize,
    pub per_host: usize,
}

/// What is known of a source as far as its turn depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub host: String,
    /// Who comes first of those that are due at one moment. Sources with one address have one order, so that they are
    /// asked one after the other and it is fetched once.
    pub order: usize,
    /// `None`: never, until the operator acts.
    pub due: Option<DateTime<Utc>>,
    /// Its last poll got no answer: the next one may hold its place for long.
    pub is_ailing: bool,
}

type Turn = (DateTime<Utc>, usize, SourceId);

struct Running {
    /// `None`: it is not asking any more, only what it brought is not stored yet.
    host: Option<String>,
    is_ailing: bool,
}

/// All sources: who waits until when, and who is being polled.
pub(super) struct Agenda {
    limits: Limits,
    entries: HashMap<SourceId, Entry>,
    waiting: BTreeSet<Turn>,
    asked: VecDeque<(SourceId, Manner)>,
    running: HashMap<SourceId, Running>,
    hosts: HashMap<String, usize>,
}

impl Agenda {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: HashMap::new(),
            waiting: BTreeSet::new(),
            asked: VecDeque::new(),
            running: HashMap::new(),
            hosts: HashMap::new(),
        }
    }

    /// Takes over new limits and sources. Those that run go on running, and nothing is asked for any more that is gone.
    pub(super) fn replace(&mut self, limits: Limits, entries: HashMap<SourceId, Entry>) {
        self.limits = limits;
        self.waiting.clear();
        self.asked.retain(|(id, _)| entries.contains_key(id));
        self.entries.clear();
        for (id, entry) in entries {
            self.set(&id, entry);
        }
    }

    /// When a source is due; one that is being polled waits for its end.
    pub(super) fn set(&mut self, id: &SourceId, entry: Entry) {
        if let Some(old) = self.entries.get(id).and_then(|old| turn(id, old)) {
            self.waiting.remove(&old);
        }
        self.waiting.extend(turn(id, &entry));
        self.entries.insert(id.clone(), entry);
    }

    /// The operator wants this source to be asked, before all that is merely due.
    pub(super) fn ask(&mut self, id: &SourceId, manner: Manner) {
        match self.asked.iter_mut().find(|(asked, _)| asked == id) {
            Some((_, known)) => {
                known.force |= manner.force;
                known.unconditional |= manner.unconditional;
            }
            None => self.asked.push_back((id.clone(), manner)),
        }
    }

    /// The next source that may be polled now. It counts as running until `end`.
    pub(super) fn next(&mut self, now: DateTime<Utc>) -> Option<(SourceId, Manner)> {
        self.next_asked().or_else(|| self.next_due(now))
    }

    /// The same of those that the operator wants to be asked.
    pub(super) fn next_asked(&mut self) -> Option<(SourceId, Manner)> {
        if self.running.len() >= self.limits.everywhere {
            return None;
        }
        let asked = self.asked.iter().position(|(id, _)| self.is_free(id, true))?;
        let (id, manner) = self.asked.remove(asked)?;
        self.begin(&id);
        Some((id, manner))
    }

    /// The same of those that are due.
    pub(super) fn next_due(&mut self, now: DateTime<Utc>) -> Option<(SourceId, Manner)> {
        if self.running.len() >= self.limits.everywhere {
            return None;
        }
        let due = self.waiting.iter().take_while(|(due, ..)| *due <= now);
        let next = due.map(|(.., id)| id).find(|id| self.is_free(id, false))?.clone();
        self.begin(&next);
        Some((next, Manner::default()))
    }

    /// Whether nothing keeps a source from being polled. Those that get no answer share half of the places, so that the
    /// others never wait for them.
    fn is_free(&self, id: &SourceId, is_asked: bool) -> bool {
        let Some(entry) = self.entries.get(id) else {
            return false;
        };
        let on_host = self.hosts.get(&entry.host).copied().unwrap_or_default();
        let ailing = || self.running.values().filter(|running| running.is_ailing).count();
        !self.running.contains_key(id)
            && on_host < self.limits.per_host
            && (is_asked || !entry.is_ailing || ailing() < (self.limits.everywhere / 2).max(1))
    }

    fn begin(&mut self, id: &SourceId) {
        let Some(entry) = self.entries.get(id) else { return };
        if let Some(turn) = turn(id, entry) {
            self.waiting.remove(&turn);
        }
        *self.hosts.entry(entry.host.clone()).or_default() += 1;
        let running = Running {
            host: Some(entry.host.clone()),
            is_ailing: entry.is_ailing,
        };
        self.running.insert(id.clone(), running);
    }

    /// The poll of this source asks its host no more: another may.
    pub(super) fn leave(&mut self, id: &SourceId) {
        let left = self.running.get_mut(id).and_then(|running| running.host.take());
        let Some(host) = left else { return };
        if let Some(count) = self.hosts.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.hosts.remove(&host);
            }
        }
    }

    /// What the poll of this source brought is stored. `set` says when it is due again.
    pub(super) fn end(&mut self, id: &SourceId) {
        self.leave(id);
        self.running.remove(id);
    }

    pub(super) fn is_running(&self, id: &SourceId) -> bool {
        self.running.contains_key(id)
    }

    /// Whether it is still to be asked because the operator wants it.
    pub(super) fn is_asked(&self, id: &SourceId) -> bool {
        self.asked.iter().any(|(asked, _)| asked == id)
    }

    pub(super) fn running(&self) -> usize {
        self.running.len()
    }

    /// The first moment after `now` at which somebody becomes due.
    pub(super) fn wake(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = (now + TimeDelta::nanoseconds(1), 0, SourceId::of(""));
        self.waiting.range(after..).next().map(|(due, ..)| *due)
    }
}

fn turn(id: &SourceId, entry: &Entry) -> Option<Turn> {
    entry.due.map(|due| (due, entry.order, id.clone()))
}
