//! The conductor: many sources through the stages at once, then the feeds that changed.
//!
//! Polling, parsing and cleaning run concurrently; one writer thread commits polls in batches; publishing follows
//! when the last batch is committed and what is new was compared with what is known. Only this module knows the order of the stages.

mod again;
mod alerts;
mod arrival;
pub(crate) mod articles;
mod complete;
mod desk;
mod discover;
mod document;
mod explain;
mod follow;
pub(crate) mod keeper;
mod lock;
mod missed;
mod online;
pub(crate) mod poll;
mod polled;
mod preview;
pub(crate) mod publish;
mod release;
mod rule;
pub(crate) mod setup;
mod sitemap;
pub(crate) mod states;
mod stories;
mod summary;
pub(crate) mod writer;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use url::Url;

use self::keeper::Keeper;
use crate::config::Config;
use crate::fetch::{self, Fetcher, Reply};
use crate::model::{PollState, Source, SourceId};
use crate::publish::Claim;
use crate::schedule;
use crate::store::{self, Store};

pub use discover::{Came, Choice, Discovery, Fit, Place, Step, configured, discover};
pub use explain::{Because, Explanation, Nearness, Other, explain};
pub use lock::Lock;
pub use poll::Pushed;
pub use preview::{Preview, PreviewItem, Previewer};
pub(crate) use release::{Release, release};
pub(crate) use rule::decide;
pub use rule::{Ruling, rule};
pub use summary::{Summary, Trouble};

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What the caller of a refresh wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// Only these sources; empty: all.
    pub only: Vec<SourceId>,
    /// Also sources that are not due; still conditionally.
    pub force: bool,
    /// Send no validators.
    pub unconditional: bool,
    /// Write into an output folder that holds another's files.
    #[serde(default)]
    pub adopt: bool,
}

/// What happens during a refresh, for a progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// So many sources will be polled.
    Started {
        /// Number of sources.
        sources: usize,
    },
    /// One source is done.
    Polled {
        /// It failed.
        failed: bool,
        /// There was nothing new (304).
        not_modified: bool,
        /// New items found.
        new: usize,
        /// Bytes received.
        bytes: u64,
        /// How long it took.
        took: Duration,
    },
    /// Publishing starts.
    Publishing {
        /// Number of feeds that may have changed.
        feeds: usize,
    },
    /// One feed is done.
    Published,
}

/// Receives events, from several threads.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// Why a refresh could not run or finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process refreshes the same database.
    #[error("another refresh holds {}; wait for it to end", .0.display())]
    Locked(PathBuf),
    /// The lock file cannot be made.
    #[error("cannot lock {}: {source}; check that the folder exists and is writable", .path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// From the system.
        source: std::io::Error,
    },
    /// The HTTP client could not be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Fetcher(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The output folder.
    #[error(transparent)]
    Publish(#[from] crate::publish::Error),
    /// The operator asked for an item that is not there.
    #[error("{0}")]
    NoItem(String),
    /// The operator decided what is so already.
    #[error("{0}")]
    NothingToRule(String),
    /// The operator stopped it.
    #[error("stopped; what was polled is stored, and the next refresh publishes it")]
    Stopped,
}

/// Opens the database of a configuration.
pub fn open(config: &Config) -> Result<Box<dyn Store>, store::Error> {
    store::open(&config.site.database, setup::slug)
}

/// Takes the output folder for a database.
pub(crate) fn claim(store: &mut dyn Store, config: &Config, adopt: bool) -> Result<Claim, Error> {
    let identity = store.identity()?;
    let owner = crate::publish::Owner {
        identity: &identity,
        database: &config.site.database,
        site: &config.site.title,
    };
    let mut published = store.reader()?.feeds()?;
    // A new database has a feed of everything, too, but never wrote it.
    published.retain(|feed| feed.size > 0);
    Ok(crate::publish::claim(
        &config.site.output,
        &owner,
        &published,
        adopt,
    )?)
}

/// Fetches one address outside of any refresh, with the limits and manners of the defaults.
pub async fn fetch_once(address: &Url, now: DateTime<Utc>) -> Result<Reply, fetch::Error> {
    setup::fetch_once(address, now).await
}

/// One pass: polls every source that is due, then publishes what changed. `stop` turning true ends it early, with
/// the transaction at hand finished and the output whole.
pub async fn refresh(
    config: &Config,
    options: &Options,
    clock: Clock,
    listener: Listener,
    stop: watch::Receiver<bool>,
) -> Result<Summary, Error> {
    let _lock = Lock::acquire(&config.site.database)?;
    let classifier = Arc::new(setup::classifier(config));
    let setup = setup::setup(config, &classifier);
    let mut store = open(config)?;
    // What cannot be written now is polled and stored all the same; another's folder stays another's.
    if let Ok(Claim::Refused(words)) = claim(store.as_mut(), config, options.adopt) {
        return Err(crate::publish::Error(words).into());
    }
    let stale = store.configure(&setup)?;
    setup::reclassify(store.as_mut(), config, &classifier, &setup, &stale)?;

    let keeper = Keeper::open(store.as_ref(), clock)?;
    let started = keeper.now();
    let states = store.polls()?;
    let fetcher = setup::fetcher(config)?;
    remember_manners(store.as_ref(), &fetcher)?;
    let states = Arc::new(states::States::new(states, &config.sources));
    let (due, skipped) = due(config, options, &states, started);
    states.look(|known| expect(&fetcher, &due, known, started));
    listener(Event::Started { sources: due.len() });
    let said_before = states.said();

    let poller = poll::Poller::new(
        fetcher.clone(),
        classifier,
        store.as_ref(),
        states.clone(),
        &keeper,
        articles::Articles::default(),
        Arc::default(),
    )?;
    poller.recall(&config.sources);
    let manner = poll::Manner {
        force: options.force,
        unconditional: options.unconditional,
    };
    let mut summary = Summary {
        skipped,
        ..Summary::default()
    };
    let mut store = poll_all(
        store,
        poller,
        (due, manner),
        config,
        &listener,
        &stop,
        &mut summary,
    )
    .await?;

    // What was polled may have shown that it is another time.
    let now = keeper.now();
    writer::save_manners(store.as_mut(), &fetcher, now)?;
    let stopped = *stop.borrow();
    if stopped {
        return Err(Error::Stopped);
    }
    keeper.conclude();
    summary.clock = keeper.trouble();
    tokio::task::block_in_place(|| {
        let what = Release {
            config,
            setup: &setup,
            said_before: &said_before,
            said: &states.said(),
            states: &states,
            keeper: &keeper,
            look: publish::Look::Everywhere,
            now,
        };
        release(store.as_mut(), &what, &listener, &stop, &mut summary)
    })?;
    Ok(summary)
}

/// Tells the fetcher which hosts asked for patience, and what sites asked of programs.
pub(crate) fn remember_manners(store: &dyn Store, fetcher: &Fetcher) -> Result<(), store::Error> {
    for pause in store.pauses()? {
        fetcher.pause(&pause);
    }
    for record in store.robots()? {
        fetcher.know(record);
    }
    Ok(())
}

/// Runs all polls, with the writer on its own thread; gives the store back when the last one is committed.
async fn poll_all(
    store: Box<dyn Store>,
    poller: poll::Poller,
    (due, manner): (Vec<Source>, poll::Manner),
    config: &Config,
    listener: &Listener,
    stop: &watch::Receiver<bool>,
    summary: &mut Summary,
) -> Result<Box<dyn Store>, Error> {
    let (sender, receiver) = mpsc::channel(writer::QUEUE);
    let writing = writer::spawn(store, receiver, listener.clone());
    let lanes = lanes(due, config.fetch.per_host);
    {
        let polling =
            futures_util::stream::iter(lanes).for_each_concurrent(config.fetch.concurrency, |lane| {
                let (poller, sender) = (&poller, &sender);
                async move {
                    for source in lane {
                        let polled = poller.poll(source, manner).await;
                        // The writer is gone only when it failed; its error is reported when it is joined.
                        if sender.send(polled).await.is_err() {
                            return;
                        }
                    }
                }
            });
        let polling = async {
            polling.await;
            poller.conclude();
            for polled in poller.taken_back(|_| true) {
                // As above.
                let _ = sender.send(polled).await;
            }
        };
        let mut stop = stop.clone();
        tokio::select! {
            () = polling => {}
            _ = stop.wait_for(|stop| *stop) => {}
            () = sender.closed() => {}
        }
    }
    drop(sender);
    drop(poller);
    let (store, troubles) = tokio::task::spawn_blocking(move || writing.join())
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| store::Error("the writer stopped unexpectedly; run the refresh again".into()))??;
    summary.absorb(troubles);
    summary.sort();
    Ok(store)
}

/// Tells the fetcher where these sources lead, as far as that is known.
pub(crate) fn expect(
    fetcher: &Fetcher,
    due: &[Source],
    states: &HashMap<SourceId, PollState>,
    now: DateTime<Utc>,
) {
    for source in due {
        let state = current(states, source);
        let start = state.map_or_else(
            || source.address.clone(),
            |state| schedule::start(state, &source.address, now),
        );
        let answered = state.and_then(|state| Url::parse(&state.validators.as_ref()?.url).ok());
        fetcher.expect(start, answered);
    }
}

/// What is remembered of a source. It is about one address: an edited one starts afresh.
pub(crate) fn current<'a>(
    states: &'a HashMap<SourceId, PollState>,
    source: &Source,
) -> Option<&'a PollState> {
    states
        .get(&source.id)
        .filter(|state| state.url == source.question())
}

/// The sources to poll now, and how many are left for later.
fn due(
    config: &Config,
    options: &Options,
    states: &states::States,
    now: DateTime<Utc>,
) -> (Vec<Source>, usize) {
    let is_wanted = |source: &&Source| options.only.is_empty() || options.only.contains(&source.id);
    let is_due = |source: &Source| options.force || schedule::is_due(&states.of(source), now);
    let wanted: Vec<&Source> = config.sources.iter().filter(is_wanted).collect();
    let due: Vec<Source> = wanted
        .iter()
        .filter(|source| is_due(source))
        .map(|source| (*source).clone())
        .collect();
    let skipped = wanted.len() - due.len();
    (due, skipped)
}

/// Sources of one host form a lane and are polled one after the other; `per_host` lanes each. The longest lanes come
/// first, because the longest one decides when the pass ends.
fn lanes(due: Vec<Source>, per_host: usize) -> Vec<Vec<Source>> {
    let mut hosts: HashMap<String, Vec<Source>> = HashMap::new();
    for source in due {
        let host = source.address.host_str().unwrap_or_default().to_owned();
        hosts.entry(host).or_default().push(source);
    }
    let mut lanes = Vec::with_capacity(hosts.len());
    for sources in hosts.into_values() {
        let mut split: Vec<Vec<Source>> = vec![Vec::new(); per_host.clamp(1, sources.len())];
        let width = split.len();
        for (index, source) in sources.into_iter().enumerate() {
            split[index % width].push(source);
        }
        lanes.extend(split);
    }
    lanes.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a[0].id.cmp(&b[0].id)));
    lanes
}
