//! The press with a store that cannot write for a while. The rest of it is tested from outside.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Utc;
use tokio::sync::{mpsc, watch};

use super::{Arrival, Job, Press, Shelf, prepare};
use crate::config::{self, Config};
use crate::daemon::handle::Board;
use crate::daemon::start;
use crate::model::{HostPause, PollState, PushRecords, RobotsRecord, SourceId};
use crate::refresh::keeper::Keeper;
use crate::refresh::{self, Clock};
use crate::serve::Site;
use crate::store::{Batch, Error, Reader, Setup, Store};

/// On a disk that is full, as long as it is.
struct Full {
    store: Box<dyn Store>,
    is_full: Arc<AtomicBool>,
}

impl Store for Full {
    fn configure(&mut self, setup: &Setup) -> Result<Vec<SourceId>, Error> {
        self.store.configure(setup)
    }

    fn identity(&mut self) -> Result<String, Error> {
        self.store.identity()
    }

    fn polls(&self) -> Result<HashMap<SourceId, PollState>, Error> {
        self.store.polls()
    }

    fn pauses(&self) -> Result<Vec<HostPause>, Error> {
        self.store.pauses()
    }

    fn robots(&self) -> Result<Vec<RobotsRecord>, Error> {
        self.store.robots()
    }

    fn push(&self) -> Result<PushRecords, Error> {
        self.store.push()
    }

    fn reader(&self) -> Result<Box<dyn Reader>, Error> {
        self.store.reader()
    }

    fn begin(&mut self) -> Result<Box<dyn Batch + '_>, Error> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(Error("its disk is full".into())),
            false => self.store.begin(),
        }
    }
}

fn configuration(folder: &Path) -> Arc<Config> {
    let toml = "[site]\ntitle = \"Wire\"\nurl = \"https://feeds.example/\"\n\
                [[source]]\nname = \"One\"\nfeed = \"https://one.example/\"\n\
                [[source]]\nname = \"Two\"\nfeed = \"https://two.example/\"\n";
    Arc::new(config::parse(toml, &folder.join("feeds.toml"), &|_| None).unwrap())
}

#[tokio::test(start_paused = true)]
async fn what_was_polled_while_the_disk_was_full_is_stored_when_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(folder.path());
    let clock: Clock = Arc::new(Utc::now);
    let is_full = Arc::new(AtomicBool::new(false));
    let mut store = Full {
        store: refresh::open(&config).unwrap(),
        is_full: is_full.clone(),
    };
    let keeper = Keeper::open(&store, clock.clone()).unwrap();
    let prepared = prepare(&mut store, config.clone(), None, &keeper).unwrap();
    let board = Arc::new(Board::new(config.clone(), prepared.states.clone(), clock()));
    let site = Arc::new(Site::new(config.site.output.clone(), start::settings(&config)));
    let (reporter, mut reports) = mpsc::unbounded_channel();
    let (_keeper, changes) = mpsc::unbounded_channel();
    let cut = watch::Sender::new(false);
    let press = Press::new(
        Shelf::new(Box::new(store), prepared.clone()),
        clock,
        board.clone(),
        site,
        cut.subscribe(),
        reporter,
        changes,
    );
    let (jobs, queue) = mpsc::channel(8);
    let pressing = tokio::spawn(press.run(queue));

    is_full.store(true, Ordering::SeqCst);
    for source in &config.sources {
        let arrival = Arrival {
            polled: prepared.poller.stumbled(source.clone()),
            generation: prepared.generation,
            pushed: None,
        };
        jobs.send(Job::Poll(Box::new(arrival))).await.ok().unwrap();
    }
    let mut standings = board.standing.subscribe();
    let full = standings.wait_for(|standing| standing.database_error.is_some());
    let error = full.await.unwrap().database_error.clone();
    assert_eq!(error.as_deref(), Some("its disk is full"));
    assert!(reports.try_recv().is_err(), "nothing is stored");
    assert_eq!(
        refresh::open(&config).unwrap().polls().unwrap().len(),
        0,
        "nothing is half stored"
    );

    is_full.store(false, Ordering::SeqCst);
    for source in &config.sources {
        assert_eq!(reports.recv().await.unwrap().source, source.id);
    }
    let mended = standings.wait_for(|standing| standing.database_error.is_none());
    drop(mended.await.unwrap());
    let polls = refresh::open(&config).unwrap().polls().unwrap();
    assert_eq!(polls.len(), 2);
    assert!(polls.values().all(|state| state.failures == 1));
    drop(jobs);
    pressing.await.unwrap();
}
