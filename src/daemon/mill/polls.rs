//! Starting polls, and what happens when they end.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError};
use tracing::error;

use super::{Mill, offline};
use crate::alert;
use crate::config::Config;
use crate::daemon::agenda::{Entry, Limits};
use crate::daemon::press::{Arrival, Committed, Job};
use crate::daemon::{Refused, Taken};
use crate::model::{PollState, Source, SourceId};
use crate::refresh::Pushed;
use crate::refresh::poll::{Manner, Polled};
use crate::refresh::states;
use crate::schedule;

/// Whatever else may be wrong, no source is asked again sooner than this.
pub(super) const SHORTEST: TimeDelta = TimeDelta::seconds(10);

/// A poll that waits for a host's turn needs a place but no connection: there are more places than connections.
pub(super) fn limits(config: &Config) -> Limits {
    Limits {
        everywhere: config.fetch.concurrency * 2,
        per_host: config.fetch.per_host,
    }
}

/// A source, and who comes before it.
pub(super) struct Planned {
    pub source: Source,
    pub order: usize,
}

fn entry(
    source: &Source,
    state: &PollState,
    order: usize,
    due: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Entry {
    let start = schedule::start(state, &source.address, now);
    Entry {
        host: states::host(&start),
        order,
        due,
        is_ailing: state.unanswered > 0,
    }
}

/// From when on the operator is to be told of a source, if they want that.
fn alarm(config: &Config, source: &Source, state: &PollState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let is_wanted = config.publish.alerts;
    is_wanted.then(|| alert::expected(source, state, now))?
}

impl Mill {
    /// Plans all sources of the configuration by what is remembered of them.
    pub(super) fn plan(&mut self) {
        let now = (self.clock)();
        let config = &self.prepared.config;
        // Owners of articles stand before those who reprint them: the order of the file is kept where it can be.
        let mut orders = HashMap::new();
        let mut entries = HashMap::with_capacity(config.sources.len());
        self.sources.clear();
        for (index, source) in config.sources.iter().enumerate() {
            let state = self.prepared.states.of(source);
            let start = schedule::start(&state, &source.address, now);
            let order = *orders.entry(start).or_insert(index);
            let due = self.due(source, &state, now);
            entries.insert(source.id.clone(), entry(source, &state, order, due, now));
            self.alarms.set(&source.id, alarm(config, source, &state, now));
            let planned = Planned {
                source: source.clone(),
                order,
            };
            self.sources.insert(source.id.clone(), planned);
        }
        self.alarms.keep(|id| entries.contains_key(id));
        self.gaps.keep(|id| entries.contains_key(id));
        self.agenda.replace(limits(config), entries);
    }

    /// A source of the configuration.
    pub(super) fn source(&self, id: &SourceId) -> Option<Source> {
        self.sources.get(id).map(|planned| planned.source.clone())
    }

    /// When a source is due, with regard to a hub that pushes it.
    fn due(&self, source: &Source, state: &PollState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = match self.leases.get(&source.id) {
            Some(until) if *until > now => schedule::due_while_pushed(state, *until, now),
            _ => schedule::due(state, now),
        }?;
        let after_gap = self.gaps.due(&source.id, state, now);
        Some(after_gap.map_or(due, |after| after.min(due)))
    }

    /// What a hub told of a source may not have come.
    pub(super) fn gap(&mut self, id: &SourceId) {
        self.gaps.open(id);
        // One that is being polled is planned when that is over.
        if !self.agenda.is_running(id) {
            self.plan_again(id, TimeDelta::zero());
        }
    }

    /// A hub pushes a source until then, or does not any more.
    pub(super) fn lease(&mut self, id: &SourceId, until: Option<DateTime<Utc>>) {
        match until {
            Some(until) => self.leases.insert(id.clone(), until),
            None => self.leases.remove(id),
        };
        // One that is being polled is planned when that is over.
        if !self.agenda.is_running(id) {
            self.plan_again(id, TimeDelta::zero());
        }
    }

    /// Plans a source by what is remembered of it, not before `rest` is over.
    pub(super) fn plan_again(&mut self, id: &SourceId, rest: TimeDelta) {
        let Some(Planned { source, order }) = self.sources.get(id) else {
            return;
        };
        let now = (self.clock)();
        let state = self.prepared.states.of(source);
        let due = self.due(source, &state, now).map(|due| due.max(now + rest));
        self.agenda.set(id, entry(source, &state, *order, due, now));
        self.alarms
            .set(id, alarm(&self.prepared.config, source, &state, now));
    }

    /// Starts all polls that may run now.
    pub(super) fn launch(&mut self) {
        if self.deadline.is_some() {
            return;
        }
        let now = (self.clock)();
        while let Some((id, manner)) = self.next(now) {
            match self.source(&id) {
                Some(source) => self.poll(source, manner),
                None => self.agenda.end(&id),
            }
        }
    }

    fn poll(&mut self, source: Source, manner: Manner) {
        let (poller, jobs) = (self.prepared.poller.clone(), self.jobs.clone());
        let generation = self.prepared.generation;
        self.gaps.asking(&source.id, &self.prepared.states.of(&source));
        let polled = source.clone();
        let task = self.polls.spawn(async move {
            let polled = poller.poll(source, manner).await;
            deliver(&jobs, polled, generation, None).await;
        });
        self.tasks.insert(task.id(), polled);
    }

    /// Takes a document that came by itself.
    pub(super) fn take(
        &mut self,
        id: &SourceId,
        document: Pushed,
        delivery: Option<i64>,
        reply: oneshot::Sender<Result<Taken, Refused>>,
    ) {
        let Some(source) = self.source(id) else {
            // Who sent it may have gone.
            let _ = reply.send(Err(Refused::Unknown(id.to_string())));
            return;
        };
        if self.polls.len() >= limits(&self.prepared.config).everywhere * 2 {
            let _ = reply.send(Err(Refused::Busy));
            return;
        }
        let (poller, jobs) = (self.prepared.poller.clone(), self.jobs.clone());
        let generation = self.prepared.generation;
        self.polls.spawn(async move {
            let taking = AssertUnwindSafe(poller.take(source, document)).catch_unwind();
            match taking.await {
                Ok(polled) => {
                    let polled = Polled { delivery, ..polled };
                    deliver(&jobs, polled, generation, Some(reply)).await;
                }
                Err(_) => {
                    let words = "feedmill stumbled over it (a bug: please report the address of this source)";
                    // Who sent it may have gone.
                    let _ = reply.send(Err(Refused::Failed(words.into())));
                }
            }
        });
    }

    /// A poll's task ended. What it brought is with the press, unless a panic ended it.
    pub(super) fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, has_failed) = match &ended {
            Ok((id, ())) => (*id, false),
            Err(failed) => (failed.id(), failed.is_panic()),
        };
        let source = self.tasks.remove(&id);
        if let Some(source) = &source {
            self.agenda.leave(&source.id);
        }
        if let (Some(source), true) = (source, has_failed) {
            error!(source = %source.name, "a poll stumbled (a bug: please report the address of this source)");
            let polled = self.prepared.poller.stumbled(source);
            self.store(polled);
        }
    }

    /// Hands on what is to be stored without having been polled.
    pub(super) fn store(&mut self, polled: Polled) {
        let (jobs, generation) = (self.jobs.clone(), self.prepared.generation);
        self.polls
            .spawn(async move { deliver(&jobs, polled, generation, None).await });
    }

    /// What a poll brought is stored: the source may be asked again when it is due.
    pub(super) fn committed(&mut self, committed: &Committed) {
        let id = &committed.source;
        self.agenda.end(id);
        if let Some(source) = self.source(id) {
            let state = self.prepared.states.of(&source);
            self.gaps.polled(id, &state, (self.clock)());
        }
        let rest = self.offline.map_or(SHORTEST, |_| offline::PAUSE);
        self.plan_again(id, rest);
        let woken = self
            .source(id)
            .map(|source| self.prepared.states.woken_by(&source));
        for other in woken.into_iter().flatten() {
            // One that is being polled is planned when that is over.
            if !self.agenda.is_running(&other) {
                self.plan_again(&other, rest);
            }
        }
        // A poll that ran before may have asked in another way than wanted.
        if !self.agenda.is_asked(id) {
            for asked in &mut self.asked {
                asked.hear(committed);
            }
        }
        self.finish_asked();
    }
}

async fn deliver(
    jobs: &tokio::sync::mpsc::Sender<Job>,
    polled: Polled,
    generation: u64,
    pushed: Option<oneshot::Sender<Result<Taken, Refused>>>,
) {
    let arrival = Arrival {
        polled,
        generation,
        pushed,
    };
    // The press ends only after all senders.
    let _ = jobs.send(Job::Poll(Box::new(arrival))).await;
}
