//! How other parts of the program talk to the daemon.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::press::Prepared;
use super::{Refused, Standing};
use crate::config::Config;
use crate::model::{Feed, PollState, SourceId};
use crate::refresh::states::States;
use crate::refresh::{self, Options, Pushed, Ruling, Summary};
use crate::status::Live;

/// Commands that may wait for the loop.
pub(super) const COMMANDS: usize = 64;
/// Events that a listener may be behind before it misses some.
const EVENTS: usize = 1_024;

/// What happened in the daemon.
#[derive(Clone, Debug)]
pub enum Event {
    /// A source was polled, and what it brought is stored.
    Polled {
        /// Which.
        source: SourceId,
        /// When.
        at: DateTime<Utc>,
        /// Why it failed.
        failure: Option<String>,
        /// New items.
        new: usize,
        /// When these were published; for those that do not say, the poll before. Empty for what was pushed.
        fresh: Vec<DateTime<Utc>>,
        /// When it is due again; `None`: never, until the operator acts, or as before, for it was pushed.
        next_poll: Option<DateTime<Utc>>,
    },
    /// Files were written.
    Published(Arc<Published>),
    /// Another configuration is in force.
    Configured(Arc<Config>),
}

/// What was published together.
#[derive(Debug)]
pub struct Published {
    /// Feeds of which some file has other bytes than before.
    pub changed: Vec<Feed>,
    /// Feeds that are published no longer.
    pub removed: Vec<Feed>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What came of a document that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// New items.
    pub new: usize,
    /// Why it could not be read.
    pub failure: Option<String>,
}

pub(super) enum Command {
    Refresh {
        options: Options,
        progress: mpsc::UnboundedSender<refresh::Event>,
        reply: oneshot::Sender<Result<Summary, Refused>>,
    },
    Push {
        source: SourceId,
        document: Pushed,
        /// As which it is kept until it is stored.
        delivery: Option<i64>,
        reply: oneshot::Sender<Result<Taken, Refused>>,
    },
    /// A hub pushes a source until then, or does not.
    Lease {
        source: SourceId,
        until: Option<DateTime<Utc>>,
    },
    /// What a hub told of a source may not have come: the source is asked itself.
    Gap {
        source: SourceId,
    },
    Rule {
        ruling: Ruling,
        reply: oneshot::Sender<Result<Summary, Refused>>,
    },
    Reload,
    Stop,
}

/// What the daemon shows.
pub(super) struct Board {
    pub config: watch::Sender<Arc<Config>>,
    pub standing: watch::Sender<Standing>,
    pub states: RwLock<Arc<States>>,
    pub events: broadcast::Sender<Event>,
    /// What the operator's pages show of all this.
    pub live: Arc<Live>,
}

impl Board {
    pub(super) fn new(config: Arc<Config>, states: Arc<States>, now: DateTime<Utc>) -> Self {
        Self {
            config: watch::Sender::new(config),
            standing: watch::Sender::default(),
            states: RwLock::new(states),
            events: broadcast::Sender::new(EVENTS),
            live: Arc::new(Live::new(now)),
        }
    }

    pub(super) fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Notes how it is doing; who waits for changes wakes up only at one.
    pub(super) fn note(&self, change: impl FnOnce(&mut Standing)) {
        self.standing.send_if_modified(|standing| {
            let before = standing.clone();
            change(standing);
            self.live.published(standing.output_error.as_deref());
            self.live.offline(standing.offline);
            self.live.stored(standing.database_error.as_deref());
            *standing != before
        });
    }

    pub(super) fn states(&self) -> Arc<States> {
        self.states.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another configuration is in force.
    pub(super) fn show(&self, prepared: &Prepared) {
        *self.states.write().unwrap_or_else(PoisonError::into_inner) = prepared.states.clone();
        self.config.send_replace(prepared.config.clone());
    }

    pub(super) fn announce(&self, event: Event) {
        // Nobody may be listening.
        let _ = self.events.send(event);
    }
}

/// A way to a running daemon; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) board: Arc<Board>,
}

impl Handle {
    /// Takes a document of a source as if it had been polled, through the same stages; returns when it is stored. When
    /// the source is polled next does not change by it.
    ///
    /// # Errors
    /// When the daemon does not know the source, is busy or stopping.
    pub async fn push(&self, source: SourceId, document: Pushed) -> Result<Taken, Refused> {
        self.deliver(source, document, None).await
    }

    /// The same of a document that is kept under this number, and no longer when it is stored.
    pub(super) async fn deliver(
        &self,
        source: SourceId,
        document: Pushed,
        delivery: Option<i64>,
    ) -> Result<Taken, Refused> {
        let (reply, taken) = oneshot::channel();
        let command = Command::Push {
            source,
            document,
            delivery,
            reply,
        };
        self.commands.send(command).await.map_err(|_| Refused::Stopping)?;
        taken.await.unwrap_or(Err(Refused::Stopping))
    }

    /// Polls sources now as `feedmill refresh` would, and publishes; returns when it is done. Events of its progress go
    /// to `progress`.
    ///
    /// # Errors
    /// When the daemon does not know a source, cannot publish, or is stopping.
    pub async fn refresh(
        &self,
        options: Options,
        progress: mpsc::UnboundedSender<refresh::Event>,
    ) -> Result<Summary, Refused> {
        let (reply, summary) = oneshot::channel();
        let command = Command::Refresh {
            options,
            progress,
            reply,
        };
        self.commands.send(command).await.map_err(|_| Refused::Stopping)?;
        summary.await.unwrap_or(Err(Refused::Stopping))
    }

    /// Takes down what the operator decided about copies and stories, and publishes what follows.
    ///
    /// # Errors
    /// When there is nothing to decide, it cannot be stored or published, or the daemon is stopping.
    pub async fn rule(&self, ruling: Ruling) -> Result<Summary, Refused> {
        let (reply, summary) = oneshot::channel();
        let command = Command::Rule { ruling, reply };
        self.commands.send(command).await.map_err(|_| Refused::Stopping)?;
        summary.await.unwrap_or(Err(Refused::Stopping))
    }

    /// Reads `feeds.toml` again.
    pub async fn reload(&self) {
        // A daemon that has ended has nothing to reload.
        let _ = self.commands.send(Command::Reload).await;
    }

    /// Ends the daemon in an orderly way: `Daemon::run` returns when it is done.
    pub async fn stop(&self) {
        let _ = self.commands.send(Command::Stop).await;
    }

    /// What happens from now on. A listener that is far behind misses events and is told so.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.board.events.subscribe()
    }

    /// The configuration that is in force.
    pub fn config(&self) -> Arc<Config> {
        self.board.config.borrow().clone()
    }

    /// The same, to wait for changes.
    pub fn configs(&self) -> watch::Receiver<Arc<Config>> {
        self.board.config.subscribe()
    }

    /// How the daemon is doing, with the last error of a reload.
    pub fn standing(&self) -> Standing {
        self.board.standing()
    }

    /// The same, to wait for changes.
    pub fn standings(&self) -> watch::Receiver<Standing> {
        self.board.standing.subscribe()
    }

    /// What is remembered of each source after its latest poll.
    pub fn polls(&self) -> HashMap<SourceId, PollState> {
        self.board.states().all()
    }
}
