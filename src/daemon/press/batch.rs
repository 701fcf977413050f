//! Polls that are committed together, and what becomes of one that cannot be.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::{error, warn};

use super::pace::Retry;
use super::store::Fault;
use super::{Arrival, Committed, Job, Press};
use crate::daemon::Refused;
use crate::daemon::handle::{Event, Taken};
use crate::refresh::poll::{Came, Polled};
use crate::refresh::writer::{BATCH_POLLS, BATCH_SIGHTINGS, BATCH_WAIT, Brought};
use crate::refresh::{self, Summary, setup, writer};
use crate::status;
use crate::store::Looked;

/// How often a poll is tried alone, while others can be stored, before it is given up.
const TRIES: u32 = 3;

/// Storing takes milliseconds: what takes longer is waited for, and those who wait for it are told.
const SLOW: Duration = Duration::from_millis(500);

/// Who hears what came of a document that was pushed.
type Pushed = Option<oneshot::Sender<Result<Taken, Refused>>>;
type Waiting = (Arc<Polled>, Pushed);

/// The polls to commit together with this one, and a job of another kind that ends them.
pub(super) async fn gather(first: Arrival, jobs: &mut mpsc::Receiver<Job>) -> (Vec<Arrival>, Option<Job>) {
    let deadline = Instant::now() + BATCH_WAIT;
    let mut sightings = first.polled.sightings.len();
    let mut arrivals = vec![first];
    while arrivals.len() < BATCH_POLLS && sightings < BATCH_SIGHTINGS {
        match tokio::time::timeout_at(deadline, jobs.recv()).await {
            Ok(Some(Job::Poll(next))) => {
                sightings += next.polled.sightings.len();
                arrivals.push(*next);
            }
            Ok(Some(other)) => return (arrivals, Some(other)),
            Ok(None) | Err(_) => break,
        }
    }
    (arrivals, None)
}

impl Press {
    /// Stores what polls brought, however long that takes, and reports each.
    pub(super) async fn commit(&mut self, arrivals: Vec<Arrival>) {
        let mut waiting: Vec<Waiting> = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            let Arrival {
                mut polled,
                generation,
                pushed,
            } = arrival;
            if generation == self.shelf.prepared.generation || self.adopt(&mut polled) {
                waiting.push((Arc::new(polled), pushed));
            } else {
                self.report(&polled, Err(Refused::Unknown(polled.source.name.clone())), pushed);
            }
        }
        let (mut retry, mut tries) = (Retry::default(), 0);
        while !waiting.is_empty() {
            let polls = waiting.iter().map(|(poll, _)| poll.clone()).collect();
            let fault = match self.try_commit(polls).await {
                Ok(written) => {
                    for ((poll, pushed), written) in waiting.into_iter().zip(written) {
                        self.report(&poll, Ok(written), pushed);
                    }
                    break;
                }
                Err(fault) => fault,
            };
            let before = waiting.len();
            waiting = self.commit_each(waiting, &mut tries).await;
            // As long as some can be stored, it is not the store that is at fault.
            if waiting.len() == before && !self.wait_for_store(&fault, &mut retry, before).await {
                return;
            }
        }
        self.board.note(|standing| standing.database_error = None);
    }

    /// Waits until the store may be tried again; false when there is no time for that.
    async fn wait_for_store(&mut self, fault: &Fault, retry: &mut Retry, polls: usize) -> bool {
        let wait = retry.next();
        let message = fault.to_string();
        warn!(
            "cannot store what was polled: {message}; it is kept, and tried again in {} s",
            wait.as_secs()
        );
        self.board
            .note(|standing| standing.database_error = Some(message));
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = self.cut.wait_for(|cut| *cut) => {
                error!(polls, "not stored before the end: these sources are asked again after the next start");
                false
            }
        }
    }

    /// One after the other, so that one that cannot be stored keeps back none of the others; those that are left.
    async fn commit_each(&mut self, waiting: Vec<Waiting>, tries: &mut u32) -> Vec<Waiting> {
        let before = waiting.len();
        let mut left = Vec::new();
        for (poll, pushed) in waiting {
            match self.try_commit(vec![poll.clone()]).await {
                Ok(mut written) => match written.pop() {
                    Some(written) => self.report(&poll, Ok(written), pushed),
                    None => left.push((poll, pushed)),
                },
                Err(Fault::Panic) => self.give_up(&poll, pushed).await,
                Err(Fault::Error(_)) => left.push((poll, pushed)),
            }
        }
        let others_went = left.len() < before;
        *tries = if others_went || *tries > 0 { *tries + 1 } else { 0 };
        if *tries >= TRIES {
            for (poll, pushed) in std::mem::take(&mut left) {
                self.give_up(&poll, pushed).await;
            }
        }
        left
    }

    async fn try_commit(&mut self, polls: Vec<Arc<Polled>>) -> Result<Vec<Brought>, Fault> {
        let board = &self.board;
        let committing = self
            .shelf
            .work(move |store| Ok(writer::commit(store, polls.iter().map(AsRef::as_ref))?));
        tokio::pin!(committing);
        tokio::select! {
            committed = &mut committing => return committed,
            () = tokio::time::sleep(SLOW) => {}
        }
        let since = (self.clock)();
        board.note(|standing| standing.storing = Some(since));
        let committed = committing.await;
        board.note(|standing| standing.storing = None);
        committed
    }

    /// A poll that cannot be stored is a failure of its source.
    async fn give_up(&mut self, poll: &Polled, pushed: Pushed) {
        let failed = Arc::new(Polled {
            delivery: poll.delivery,
            ..self.shelf.prepared.poller.stumbled(poll.source.clone())
        });
        let written = self.try_commit(vec![failed.clone()]).await;
        match written.ok().and_then(|mut written| written.pop()) {
            Some(written) => self.report(&failed, Ok(written), pushed),
            None => self.report(&failed, Err(Refused::Busy), pushed),
        }
    }

    /// Brings a poll that was made under an earlier configuration in line with this one; false if its source is gone
    /// or has another address.
    fn adopt(&self, polled: &mut Polled) -> bool {
        let prepared = &self.shelf.prepared;
        let mut sources = prepared.config.sources.iter();
        let Some(source) = sources.find(|source| source.id == polled.source.id) else {
            return false;
        };
        if source.question() != polled.source.question() {
            return false;
        }
        for sighting in &mut polled.sightings {
            let item = &sighting.item;
            let html = item.content.as_ref().or(item.summary.as_ref());
            sighting.topics = setup::topics(&prepared.classifier, source, &sighting.terms, &item.title, html);
        }
        if let Some(state) = &polled.state {
            prepared.states.put(source, state.clone());
        }
        polled.source = source.clone();
        true
    }

    /// Whether a poll may change what is published: by its items, by what its source took back, or by what it says of itself.
    fn is_news(&self, poll: &Polled) -> bool {
        let says_otherwise = || {
            let state = poll.state.as_ref().filter(|_| matches!(poll.came, Came::Read(_)));
            let says = state.map(|state| (state.language.clone(), state.link.clone()));
            says.is_some_and(|says| self.said.get(&poll.source.id) != Some(&says))
        };
        let has_withdrawn = || matches!(poll.looked, Some((_, Looked::Gone)));
        !poll.sightings.is_empty() || has_withdrawn() || says_otherwise()
    }

    /// Shows the operator what came of a poll. The log was told when it was stored.
    fn tell(&self, poll: &Polled, new: usize) {
        let live = &self.board.live;
        let came = match &poll.came {
            Came::Paused | Came::TakenBack => return,
            Came::NotModified => status::Came::NotModified,
            Came::Read(warnings) => {
                for warning in warnings {
                    live.warn(poll.at, Some(&poll.source.name), warning);
                }
                status::Came::Read
            }
            Came::Failed(_) | Came::Offline(_) => status::Came::Failed,
        };
        live.note_poll(came, new as u64, poll.bytes, poll.took);
    }

    fn report(&mut self, poll: &Polled, written: Result<Brought, Refused>, pushed: Pushed) {
        let failure = match &poll.came {
            Came::NotModified | Came::Read(_) | Came::Paused => None,
            Came::Failed(message) | Came::Offline(message) => Some(message.clone()),
            // Nobody was asked, and nobody waits for it.
            Came::TakenBack => return,
        };
        let (event, summary, mut fresh) = match &written {
            Ok((event, summary, fresh)) => (*event, summary.clone(), fresh.clone()),
            Err(_) => (IGNORED, Summary::default(), Vec::new()),
        };
        if pushed.is_some() {
            fresh.clear();
        }
        let new = summary.new_items;
        let source = poll.source.id.clone();
        if written.is_ok() {
            self.tell(poll, new);
            if self.is_news(poll) {
                self.pace.want(Instant::now());
            }
            self.board.announce(Event::Polled {
                source: source.clone(),
                at: poll.at,
                failure: failure.clone(),
                new,
                fresh,
                next_poll: poll.state.as_ref().and_then(|state| state.next_poll),
            });
        }
        match pushed {
            // Who sent it may have gone.
            Some(pushed) => drop(pushed.send(written.map(|_| Taken { new, failure }))),
            // The loop hears it as long as it lives.
            None => drop(self.reports.send(Committed {
                source,
                event,
                written: summary,
            })),
        }
    }
}

/// What stands for a poll that does not count.
const IGNORED: refresh::Event = refresh::Event::Polled {
    failed: false,
    not_modified: false,
    new: 0,
    bytes: 0,
    took: Duration::ZERO,
};
