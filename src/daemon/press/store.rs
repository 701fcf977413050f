//! The store in the hands of the press, and what follows from a configuration.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::classify::Classifier;
use crate::config::{Config, Fetch};
use crate::fetch::Fetcher;
use crate::refresh::articles::Articles;
use crate::refresh::keeper::Keeper;
use crate::refresh::poll::Poller;
use crate::refresh::states::States;
use crate::refresh::{self, Error, setup, writer};
use crate::store::{Setup, Store};

/// An answer is shared by sources that ask for it within so long: less than any source waits between two polls.
const SHARED: Duration = Duration::from_secs(30);
/// The page of an article is not fetched again within so long, whoever shows it.
const ARTICLES: Duration = Duration::from_secs(600);

/// Everything that follows from a configuration.
#[derive(Clone)]
pub(in crate::daemon) struct Prepared {
    pub config: Arc<Config>,
    pub setup: Arc<Setup>,
    pub classifier: Arc<Classifier>,
    pub states: Arc<States>,
    pub fetcher: Fetcher,
    pub poller: Arc<Poller>,
    pub keeper: Arc<Keeper>,
    /// Grows with every configuration.
    pub generation: u64,
}

/// Makes a configuration known to the store, and gets ready to poll by it.
pub(in crate::daemon) fn prepare(
    store: &mut dyn Store,
    config: Arc<Config>,
    before: Option<&Prepared>,
    keeper: &Arc<Keeper>,
) -> Result<Prepared, Error> {
    let now = keeper.now();
    let classifier = Arc::new(setup::classifier(&config));
    let setup = setup::setup(&config, &classifier);
    configure(store, &config, &setup, &classifier)?;
    if let Some(before) = before {
        writer::save_manners(store, &before.fetcher, now)?;
    }
    let same = before.filter(|before| asks_alike(&before.config.fetch, &config.fetch));
    let fetcher = match same {
        // It knows when each host was asked last.
        Some(before) => before.fetcher.clone(),
        None => {
            let fetcher = setup::fetcher(&config)?;
            fetcher.share_for(SHARED);
            refresh::remember_manners(store, &fetcher)?;
            fetcher
        }
    };
    let polls = store.polls()?;
    fetcher.expect_nothing();
    refresh::expect(&fetcher, &config.sources, &polls, now);
    let states = Arc::new(States::new(polls, &config.sources));
    let poller = Poller::new(
        fetcher.clone(),
        classifier.clone(),
        store,
        states.clone(),
        keeper,
        Articles::kept_for(ARTICLES),
        before.map(|before| before.poller.network()).unwrap_or_default(),
    )?;
    Ok(Prepared {
        config,
        setup: Arc::new(setup),
        classifier,
        states,
        fetcher,
        poller: Arc::new(poller),
        keeper: keeper.clone(),
        generation: before.map_or(0, |before| before.generation + 1),
    })
}

fn configure(store: &mut dyn Store, config: &Config, setup: &Setup, rules: &Classifier) -> Result<(), Error> {
    let stale = store.configure(setup)?;
    setup::reclassify(store, config, rules, setup, &stale)
}

/// Whether a fetcher of one is as good for the other.
fn asks_alike(one: &Fetch, other: &Fetch) -> bool {
    let of = |fetch: &Fetch| {
        (
            fetch.contact.clone(),
            fetch.concurrency,
            fetch.per_host,
            fetch.host_gap,
            fetch.allow_private_hosts,
        )
    };
    of(one) == of(other)
}

/// Why the store did not do something.
#[derive(Debug)]
pub(super) enum Fault {
    Error(Error),
    /// What was to be done is at fault, not the store.
    Panic,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Panic => f.write_str("feedmill stumbled (a bug: please report it)"),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The store, and by which configuration it works.
pub(in crate::daemon) struct Shelf {
    /// `None` after a panic in the middle of something: it is opened afresh.
    store: Option<Box<dyn Store>>,
    pub(super) prepared: Prepared,
}

impl Shelf {
    pub(in crate::daemon) fn new(store: Box<dyn Store>, prepared: Prepared) -> Self {
        Self {
            store: Some(store),
            prepared,
        }
    }

    /// Does this on a thread where it may wait for the disk.
    pub(super) async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut dyn Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Fault> {
        let (store, prepared) = (self.store.take(), self.prepared.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut store = match store {
                Some(store) => store,
                None => reopen(&prepared)?,
            };
            match catch_unwind(AssertUnwindSafe(|| work(store.as_mut()))) {
                Ok(done) => Ok((store, done)),
                Err(_) => Err(Fault::Panic),
            }
        });
        let (store, done) = done.await.unwrap_or(Err(Fault::Panic))?;
        self.store = Some(store);
        Ok(done?)
    }

    /// Works by another configuration from now on; if that cannot be stored, by the one before.
    pub(super) async fn configure(&mut self, config: Arc<Config>) -> Result<Prepared, String> {
        let before = self.prepared.clone();
        let prepared = self
            .work(move |store| prepare(store, config, Some(&before), &before.keeper))
            .await;
        match prepared {
            Ok(prepared) => {
                self.prepared = prepared.clone();
                Ok(prepared)
            }
            Err(fault) => {
                // It may know half of the new one.
                self.store = None;
                Err(fault.to_string())
            }
        }
    }
}

fn reopen(prepared: &Prepared) -> Result<Box<dyn Store>, Fault> {
    let mut store = refresh::open(&prepared.config).map_err(Error::from)?;
    configure(
        store.as_mut(),
        &prepared.config,
        &prepared.setup,
        &prepared.classifier,
    )?;
    Ok(store)
}
