//! One source through the stages, up to the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use super::Clock;
use super::articles::Articles;
use super::desk::{Arrived, Desk, Opened, Worked};
use super::document::unreadable;
use super::keeper::Keeper;
pub(crate) use super::polled::{Came, Manner, Polled};
use super::states::States;
use crate::classify::Classifier;
use crate::fetch::{self, Fetcher, Reply, Request, Wants};
use crate::model::{
    Answer, Failure, FailureKind, Guid, HostPause, PollOutcome, PollState, Sighting, Source, SourceKind,
};
use crate::schedule;
use crate::schedule::network::Network;
use crate::store::{self, Missing, Store};
use crate::websub;

/// A document that came without being asked for.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// Decoded.
    pub body: Bytes,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
}

/// All that polls share.
pub(crate) struct Poller {
    pub(super) fetcher: Fetcher,
    pub(super) clock: Clock,
    keeper: Arc<Keeper>,
    pub(super) states: Arc<States>,
    /// What is known of the way to all of them.
    pub(super) network: Arc<Mutex<Network>>,
    /// Parsing and cleaning are CPU work: more of it at once than there are cores only costs memory.
    working: Semaphore,
    desk: Arc<Desk>,
    pub(super) articles: Articles,
}

/// What was read in a poll, and what that took beside its first request.
struct Read {
    worked: Worked,
    fetched: Fetched,
}

/// Requests for what a document leads to.
#[derive(Default)]
pub(super) struct Fetched {
    pub articles: usize,
    pub bytes: u64,
}

/// What a document showed of what its source holds.
#[derive(Default)]
struct Shown {
    held: Option<Vec<Guid>>,
    missed: Vec<Missing>,
    first: Option<Url>,
}

/// How far a document is after its first look.
enum Step {
    Done(Box<Worked>),
    /// Pages have to be fetched for it.
    Fetch(Box<Opened>),
}

const STUMBLED: &str = "feedmill stumbled over this document (a bug: please report its address)";

impl Poller {
    pub(crate) fn new(
        fetcher: Fetcher,
        classifier: Arc<Classifier>,
        store: &dyn Store,
        states: Arc<States>,
        keeper: &Arc<Keeper>,
        articles: Articles,
        network: Arc<Mutex<Network>>,
    ) -> Result<Self, store::Error> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let readers = (0..workers)
            .map(|_| store.reader())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            fetcher,
            clock: keeper.clock(),
            keeper: keeper.clone(),
            states,
            network,
            working: Semaphore::new(workers),
            desk: Arc::new(Desk::new(classifier, readers)),
            articles,
        })
    }

    /// Asks a source and takes its answer as far as it goes without writing. Never fails: a failure is an outcome.
    pub(crate) async fn poll(&self, source: Source, manner: Manner) -> Polled {
        let mut state = self.states.of(&source);
        let asked = (self.clock)();
        if !manner.force
            && let Some(until) = self.states.rest(&source, asked)
        {
            return self.left_alone(source, state, asked, until);
        }
        let machine = self.keeper.machine();
        let reply = self
            .fetcher
            .get(&self.request(&source, &state, asked, manner), asked)
            .await;
        if let Some(answer) = answered(&reply) {
            self.keeper.hear(&source, answer, machine);
        }
        let mut fetched = Fetched::default();
        let mut shown = Shown::default();
        let (outcome, sightings, mut came) = match reply {
            Ok(Reply::NotModified(answer)) => {
                (PollOutcome::NotModified(answer), Vec::new(), Came::NotModified)
            }
            Ok(Reply::Document {
                answer,
                body,
                content_type,
            }) => match self.read(&source, &state, &answer, body, content_type).await {
                Ok(read) => {
                    fetched = read.fetched;
                    let Worked {
                        mut facts,
                        sightings,
                        warnings,
                        held,
                        missed,
                        first,
                    } = read.worked;
                    shown = Shown { held, missed, first };
                    facts.offer = websub::offer(&source, &answer, facts.offer.as_ref());
                    (
                        PollOutcome::Read {
                            answer,
                            facts: Box::new(facts),
                        },
                        sightings,
                        Came::Read(warnings),
                    )
                }
                Err(failure) => failed(Some(answer), failure),
            },
            Err(error) => failed(error.answer.map(|answer| *answer), error.failure),
        };
        let now = (self.clock)();
        if let (false, Came::Failed(message)) = (self.is_its_own(&source, &state, &outcome, now), &came) {
            let message = message.clone();
            return Polled {
                took: (now - asked).to_std().unwrap_or_default(),
                before: state.last_poll,
                ..Polled::of(source, now, Came::Offline(message))
            };
        }
        let looked = match &outcome {
            PollOutcome::Failed { .. } => None,
            _ => self.look(&source, &mut state, &shown.missed, shown.first).await,
        };
        let (after, pause) = self.remember(&source, &state, &outcome, now);
        if let Came::Read(warnings) = &mut came {
            warnings.extend(healed(&source, &state, &after));
        }
        let bytes = match &outcome {
            PollOutcome::NotModified(answer) | PollOutcome::Read { answer, .. } => answer.wire_bytes,
            PollOutcome::Failed { answer, .. } => answer.as_ref().map_or(0, |answer| answer.wire_bytes),
        };
        Polled {
            took: (now - asked).to_std().unwrap_or_default(),
            before: state.last_poll,
            failures: state.failures,
            state: Some(after),
            pause,
            sightings,
            held: shown.held,
            doubts: shown.missed.iter().map(Missing::doubt).collect(),
            looked,
            articles: fetched.articles,
            bytes: bytes + fetched.bytes,
            ..Polled::of(source, self.keeper.moment().now, came)
        }
    }

    /// Nobody answers on its host: it waits with the others.
    fn left_alone(
        &self,
        source: Source,
        mut state: PollState,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Polled {
        state.next_poll = Some(until);
        self.states.put(&source, state.clone());
        Polled {
            state: Some(state),
            ..Polled::of(source, now, Came::Paused)
        }
    }

    /// Takes a document that came by itself the same way as one that was asked for. When the source is polled next
    /// stays as it is, and so do its validators: they belong to what is polled.
    pub(crate) async fn take(&self, source: Source, pushed: Pushed) -> Polled {
        let state = self.states.of(&source);
        let bytes = pushed.body.len() as u64;
        let answer = Answer {
            url: match &state.validators {
                Some(validators) => validators.url.clone(),
                None => source.address.to_string(),
            },
            ..Answer::default()
        };
        let read = self.read(&source, &state, &answer, pushed.body, pushed.content_type);
        let (sightings, came, fetched) = match read.await {
            Ok(read) => (
                read.worked.sightings,
                Came::Read(read.worked.warnings),
                read.fetched,
            ),
            Err(failure) => (Vec::new(), Came::Failed(failure.message), Fetched::default()),
        };
        Polled {
            sightings,
            articles: fetched.articles,
            bytes: bytes + fetched.bytes,
            ..Polled::of(source, self.keeper.moment().now, came)
        }
    }

    /// What stands for a poll that a panic cut short.
    pub(crate) fn stumbled(&self, source: Source) -> Polled {
        let (outcome, _, came) = failed(None, unreadable(STUMBLED.into()));
        let (state, now) = (self.states.of(&source), (self.clock)());
        let (after, pause) = self.remember(&source, &state, &outcome, now);
        Polled {
            failures: state.failures,
            state: Some(after),
            pause,
            ..Polled::of(source, now, came)
        }
    }

    /// What is remembered after a poll, from now on.
    fn remember(
        &self,
        source: &Source,
        state: &PollState,
        outcome: &PollOutcome,
        now: DateTime<Utc>,
    ) -> (PollState, Option<HostPause>) {
        let chance = chance(&source.address);
        let (after, pause) = schedule::after(state, outcome, source.every, now, chance);
        self.states.put(source, after.clone());
        (after, pause)
    }

    fn request(&self, source: &Source, state: &PollState, now: DateTime<Utc>, manner: Manner) -> Request {
        let validators = if manner.unconditional {
            None
        } else {
            state.validators.clone()
        };
        Request {
            validators,
            ..request(
                source,
                schedule::start(state, &source.address, now),
                wants(source),
            )
        }
    }

    /// Reads an answer, and fetches what it leads to.
    async fn read(
        &self,
        source: &Source,
        state: &PollState,
        answer: &Answer,
        body: Bytes,
        content_type: Option<String>,
    ) -> Result<Read, Failure> {
        let found_at = Url::parse(&answer.url).unwrap_or_else(|_| source.address.clone());
        let arrived = self.arrived(source, state, body, content_type, found_at.clone());
        // RFC 3229: 226 holds what is new. What is pushed does, too.
        let is_all = answer.status == 200;
        let step = self.work(move |desk| {
            let mut opened = desk.open(&arrived)?;
            opened.held = opened.held.filter(|_| is_all);
            let is_complete = opened.found.is_empty() || !arrived.source.full_text;
            Ok(match !is_complete || !opened.more.is_empty() {
                true => Step::Fetch(Box::new(opened)),
                false => Step::Done(Box::new(desk.close(&arrived.source, opened, arrived.moment))),
            })
        });
        let mut fetched = Fetched::default();
        let worked = match step.await? {
            Step::Done(worked) => *worked,
            Step::Fetch(mut opened) => {
                self.follow(source, state, found_at, &mut opened, &mut fetched)
                    .await;
                if source.full_text {
                    self.read_articles(source, state, &mut opened, &mut fetched).await;
                }
                let (source, moment) = (source.clone(), self.keeper.moment());
                self.work(move |desk| Ok(desk.close(&source, *opened, moment)))
                    .await?
            }
        };
        Ok(Read { worked, fetched })
    }

    pub(super) fn arrived(
        &self,
        source: &Source,
        state: &PollState,
        body: Bytes,
        content_type: Option<String>,
        found_at: Url,
    ) -> Arrived {
        Arrived {
            source: source.clone(),
            state: state.clone(),
            body,
            content_type,
            found_at,
            moment: self.keeper.moment(),
        }
    }

    /// CPU work on a thread of its own. A panic on a hostile document costs this poll, not the pass.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let _permit = self
            .working
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let desk = self.desk.clone();
        let work = tokio::task::spawn_blocking(move || catch_unwind(AssertUnwindSafe(|| work(&desk))));
        match work.await {
            Ok(Ok(worked)) => worked,
            Ok(Err(_)) | Err(_) => Err(unreadable(STUMBLED.into())),
        }
    }
}

/// Whoever answered, whatever it was.
fn answered(reply: &Result<Reply, fetch::Error>) -> Option<&Answer> {
    match reply {
        Ok(Reply::NotModified(answer) | Reply::Document { answer, .. }) => Some(answer),
        Err(error) => error.answer.as_deref(),
    }
}

/// A first request for something that a source leads to.
pub(super) fn request(source: &Source, url: Url, wants: Wants) -> Request {
    Request {
        configured: source.address.clone(),
        start: url,
        validators: None,
        headers: source.headers.clone(),
        timeout: source.timeout,
        max_body: source.max_body,
        wants,
    }
}

pub(super) fn wants(source: &Source) -> Wants {
    match source.kind {
        SourceKind::Feed => Wants::Feed,
        SourceKind::Page(_) | SourceKind::Sitemap { .. } => Wants::Page,
    }
}

/// What the operator is told, once, of a page that was read in a new way.
fn healed(source: &Source, before: &PollState, after: &PollState) -> Option<String> {
    let healed = after.healed.as_ref()?;
    if before
        .healed
        .as_ref()
        .is_some_and(|known| known.since == healed.since)
    {
        return None;
    }
    let words = healed.words(after.items);
    tracing::warn!(source = %source.name, "{}", words.replace('\n', " | "));
    Some(words)
}

fn failed(answer: Option<Answer>, failure: Failure) -> (PollOutcome, Vec<Sighting>, Came) {
    let came = match failure.kind {
        FailureKind::Paused | FailureKind::Short => Came::Paused,
        _ => Came::Failed(failure.message.clone()),
    };
    (PollOutcome::Failed { answer, failure }, Vec::new(), came)
}

/// A number in 0..1 that spreads addresses and needs no random generator. Sources with one address stay due together,
/// so that it is fetched once for all of them.
pub(super) fn chance(address: &Url) -> f64 {
    let seed = address.as_str().split('#').next().unwrap_or_default();
    (xxh3_64(seed.as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}
