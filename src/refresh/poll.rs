//! One source through the stages, up to the writer.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use super::{Clock, Options};
use crate::classify::Classifier;
use crate::dedupe;
use crate::fetch::{Fetcher, Reply, Request};
use crate::model::{
    Answer, Body, CanonicalUrl, Ending, Failure, FailureKind, FeedFacts, Fingerprint, Guid, HostPause,
    ParsedFeed, ParsedItem, PollOutcome, PollState, Sighting, Source, SourceId,
};
use crate::normalize;
use crate::parse;
use crate::schedule::{self, Pace};
use crate::store::{self, Reader, Store};

/// A poll on its way to the writer.
pub(super) struct Polled {
    pub source: Source,
    pub at: DateTime<Utc>,
    pub state: PollState,
    pub pause: Option<HostPause>,
    /// New and changed ones only.
    pub sightings: Vec<Sighting>,
    pub came: Came,
    pub bytes: u64,
}

/// What came of it.
pub(super) enum Came {
    NotModified,
    /// With warnings.
    Read(Vec<String>),
    Failed(String),
    /// Its host asked for patience: it was not asked.
    Paused,
}

/// All that polls share.
pub(super) struct Poller {
    fetcher: Fetcher,
    clock: Clock,
    unconditional: bool,
    states: HashMap<SourceId, PollState>,
    /// Parsing and cleaning are CPU work: more of it at once than there are cores only costs memory.
    working: Semaphore,
    desk: Arc<Desk>,
}

/// What the CPU work needs, shared with the blocking threads.
struct Desk {
    classifier: Arc<Classifier>,
    readers: Mutex<Vec<Box<dyn Reader>>>,
}

/// A document after all pure stages.
struct Worked {
    facts: FeedFacts,
    sightings: Vec<Sighting>,
    warnings: Vec<String>,
}

impl Poller {
    pub(super) fn new(
        fetcher: Fetcher,
        classifier: Arc<Classifier>,
        store: &dyn Store,
        states: HashMap<SourceId, PollState>,
        clock: Clock,
        options: &Options,
    ) -> Result<Self, store::Error> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let readers = (0..workers)
            .map(|_| store.reader())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            fetcher,
            clock,
            unconditional: options.unconditional,
            states,
            working: Semaphore::new(workers),
            desk: Arc::new(Desk {
                classifier,
                readers: Mutex::new(readers),
            }),
        })
    }

    /// Asks a source and takes its answer as far as it goes without writing. Never fails: a failure is an outcome.
    pub(super) async fn poll(&self, source: Source) -> Polled {
        let state = super::current(&self.states, &source)
            .cloned()
            .unwrap_or_else(|| PollState {
                url: source.feed.to_string(),
                ..PollState::default()
            });
        let asked = (self.clock)();
        let (outcome, sightings, came) = match self
            .fetcher
            .get(&self.request(&source, &state, asked), asked)
            .await
        {
            Ok(Reply::NotModified(answer)) => {
                (PollOutcome::NotModified(answer), Vec::new(), Came::NotModified)
            }
            Ok(Reply::Document {
                answer,
                body,
                content_type,
            }) => self.read(&source, answer, body, content_type).await,
            Err(error) => failed(error.answer.map(|answer| *answer), error.failure),
        };
        let now = (self.clock)();
        let pace = Pace {
            every: source.every,
            every_is_set: source.every_is_set,
        };
        let (state, pause) = schedule::after(&state, &outcome, pace, now, chance(&source.feed));
        let bytes = match &outcome {
            PollOutcome::NotModified(answer) | PollOutcome::Read { answer, .. } => answer.wire_bytes,
            PollOutcome::Failed { answer, .. } => answer.as_ref().map_or(0, |answer| answer.wire_bytes),
        };
        Polled {
            source,
            at: now,
            state,
            pause,
            sightings,
            came,
            bytes,
        }
    }

    fn request(&self, source: &Source, state: &PollState, now: DateTime<Utc>) -> Request {
        let start = schedule::start(state, &source.feed, now);
        let validators = if self.unconditional {
            None
        } else {
            state.validators.clone()
        };
        Request {
            configured: source.feed.clone(),
            start,
            validators,
            headers: source.headers.clone(),
            timeout: source.timeout,
            max_body: source.max_body,
        }
    }

    async fn read(
        &self,
        source: &Source,
        answer: Answer,
        body: Bytes,
        content_type: Option<String>,
    ) -> (PollOutcome, Vec<Sighting>, Came) {
        let _permit = self
            .working
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let (desk, source, now) = (self.desk.clone(), source.clone(), (self.clock)());
        let address = Url::parse(&answer.url).unwrap_or_else(|_| source.feed.clone());
        let address = source.base(&address);
        let work = tokio::task::spawn_blocking(move || {
            // A panic on a hostile document costs this poll, not the pass.
            catch_unwind(AssertUnwindSafe(|| {
                desk.work(&source, &address, &body, content_type.as_deref(), now)
            }))
        });
        match work.await {
            Ok(Ok(Ok(worked))) => {
                let outcome = PollOutcome::Read {
                    answer,
                    facts: worked.facts,
                };
                (outcome, worked.sightings, Came::Read(worked.warnings))
            }
            Ok(Ok(Err(message))) => failed(Some(answer), unreadable(message)),
            Ok(Err(_)) | Err(_) => {
                let message = "feedmill stumbled over this document (a bug: please report its address)";
                failed(Some(answer), unreadable(message.into()))
            }
        }
    }
}

impl Desk {
    fn work(
        &self,
        source: &Source,
        address: &Url,
        body: &[u8],
        content_type: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Worked, String> {
        let mut feed = parse::feed(body, content_type, address).map_err(|error| error.to_string())?;
        let mut items = std::mem::take(&mut feed.items);
        if feed.ending == Ending::InsideItem {
            // Half a guid or link would make another article of it; it comes whole with the next poll.
            items.pop();
        }
        let facts = facts(&feed, &items);
        let new = self.unknown(source, &items)?;
        let language = facts.language.as_deref();
        let clean = |found: Found| {
            let item = normalize::item(&items[found.index], address, language, now);
            self.sighting(source, address, &items[found.index], item, found)
        };
        let sightings = new.into_iter().map(clean).collect();
        Ok(Worked {
            facts,
            sightings,
            warnings: feed.warnings,
        })
    }

    /// The items that the store does not know as they are.
    fn unknown(&self, source: &Source, items: &[ParsedItem]) -> Result<Vec<Found>, String> {
        let links: Vec<Option<CanonicalUrl>> = items
            .iter()
            .map(|item| item.url.as_ref().and_then(normalize::canonical))
            .collect();
        let guids = dedupe::guids(items, &links);
        let (stored, has_history) = self.with_reader(|reader| {
            Ok((
                reader.fingerprints(&source.id, &guids)?,
                reader.has_history(&source.id)?,
            ))
        })?;
        let known: Vec<bool> = stored.iter().map(Option::is_some).collect();
        let guids_changed = dedupe::guids_changed(&known, has_history);
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for (index, (guid, stored)) in guids.into_iter().zip(stored).enumerate() {
            let fingerprint = dedupe::fingerprint(&items[index], normalize::VERSION);
            // The same item twice in one document counts once.
            if seen.insert(guid.clone()) && stored != Some(fingerprint) {
                found.push(Found {
                    index,
                    guid,
                    fingerprint,
                    guids_changed,
                });
            }
        }
        Ok(found)
    }

    fn sighting(
        &self,
        source: &Source,
        address: &Url,
        parsed: &ParsedItem,
        item: crate::model::Item,
        found: Found,
    ) -> Sighting {
        let html = item.content.as_ref().or(item.summary.as_ref());
        let text = html.map(normalize::text).unwrap_or_default();
        let terms: Vec<String> = parsed
            .terms
            .iter()
            .map(|term| normalize::plain(&Body::Html(term.name.clone())))
            .collect();
        let topics = self
            .classifier
            .topics(&terms, &source.categories, &source.tags, &item.title, &text);
        let owns = item
            .url
            .as_ref()
            .is_some_and(|url| dedupe::owns(address.host_str().unwrap_or_default(), url));
        Sighting {
            source: source.id.clone(),
            guid: found.guid,
            fingerprint: found.fingerprint,
            terms,
            topics,
            item,
            owns,
            guids_changed: found.guids_changed,
        }
    }

    /// Lends a reader to `ask`; there is one for each worker.
    fn with_reader<T>(&self, ask: impl FnOnce(&dyn Reader) -> Result<T, store::Error>) -> Result<T, String> {
        let taken = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = taken.ok_or("no reader of the database is free (a bug: please report it)")?;
        let answer = ask(reader.as_ref());
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(reader);
        answer.map_err(|error| error.to_string())
    }
}

/// An item of a document that has to be cleaned and stored.
struct Found {
    index: usize,
    guid: Guid,
    fingerprint: Fingerprint,
    guids_changed: bool,
}

fn facts(feed: &ParsedFeed, items: &[ParsedItem]) -> FeedFacts {
    FeedFacts {
        hints: feed.hints.clone(),
        item_gap: item_gap(items),
        items: u32::try_from(items.len()).unwrap_or(u32::MAX),
        is_cut: feed.ending != Ending::Whole,
        title: feed
            .title
            .as_ref()
            .map(normalize::plain)
            .filter(|title| !title.is_empty()),
        language: feed.language.as_deref().and_then(normalize::language),
        link: feed.link.as_ref().map(Url::to_string),
    }
}

/// Median seconds between the newest 20 dated items.
fn item_gap(items: &[ParsedItem]) -> Option<u64> {
    let mut dates: Vec<i64> = items
        .iter()
        .filter_map(|item| Some(item.published?.timestamp()))
        .collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.truncate(20);
    let mut gaps: Vec<u64> = dates.windows(2).map(|pair| pair[0].abs_diff(pair[1])).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}

fn failed(answer: Option<Answer>, failure: Failure) -> (PollOutcome, Vec<Sighting>, Came) {
    let came = match failure.kind {
        FailureKind::Paused => Came::Paused,
        _ => Came::Failed(failure.message.clone()),
    };
    (PollOutcome::Failed { answer, failure }, Vec::new(), came)
}

fn unreadable(message: String) -> Failure {
    Failure {
        kind: FailureKind::Unreadable,
        message,
    }
}

/// A number in 0..1 that spreads addresses and needs no random generator. Sources with one address stay due together,
/// so that it is fetched once for all of them.
fn chance(address: &Url) -> f64 {
    let seed = address.as_str().split('#').next().unwrap_or_default();
    (xxh3_64(seed.as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}
