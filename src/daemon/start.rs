//! From a configuration to a running daemon, and its orderly end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::Utc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use super::Error;
use super::file::Watched;
use super::handle::{Board, COMMANDS, Handle};
use super::mill::{Mill, Parts};
use super::notify::Notifier;
use super::press::{Job, Press, Shelf, prepare};
use super::push::Push;
use super::reload::Pinned;
use super::socket::Socket;
use crate::config::{self, Config};
use crate::publish::{self, Claim};
use crate::refresh::keeper::Keeper;
use crate::refresh::{self, Clock, Lock};
use crate::serve::{self, Admin, Limits, Public, Settings, Site};

/// Jobs that may wait for the press.
const JOBS: usize = 64;

/// Answers to readers that are still being sent at the stop.
const ANSWERS: Duration = Duration::from_secs(8);

/// What a daemon is started with.
pub struct Start {
    config: Config,
    path: PathBuf,
    file: Watched,
    /// In place of the address in the configuration.
    pub listen: Option<SocketAddr>,
    /// Write into an output folder that holds another's files.
    pub adopt: bool,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Start {
    /// Reads `feeds.toml`, from which on every change of it is noticed. The clock is that of the system.
    ///
    /// # Errors
    /// All that is wrong with the file.
    pub fn load(path: PathBuf) -> Result<Self, config::Errors> {
        // Looked at first: what changes while it is being read is a change.
        let file = Watched::new(path.clone());
        Ok(Self {
            config: config::load(&path)?,
            path,
            file,
            listen: None,
            adopt: false,
            clock: Arc::new(Utc::now),
        })
    }
}

/// A daemon that holds the database and its address, and is about to run.
pub struct Daemon {
    parts: Parts,
    press: Press,
    press_jobs: mpsc::Receiver<Job>,
    /// Nothing is stored yet.
    is_first: bool,
    push: Push,
    cut: watch::Sender<bool>,
    site: Arc<Site>,
    public: Arc<Public>,
    listener: TcpListener,
    address: SocketAddr,
    /// The operator's own listener.
    admin: Option<(TcpListener, Arc<Admin>)>,
    socket: Option<Socket>,
    handle: Handle,
    _lock: Lock,
}

impl Daemon {
    /// Takes the lock, opens the database and the address, and serves nothing yet.
    ///
    /// # Errors
    /// When another process holds the database, or one of these cannot be opened.
    pub async fn open(start: Start) -> Result<Self, Error> {
        let Start {
            config,
            path,
            file,
            listen,
            adopt,
            clock,
        } = start;
        let lock = Lock::acquire(&config.site.database)?;
        let pinned = Pinned {
            output: config.site.output.clone(),
            database: config.site.database.clone(),
            url: config.site.url.clone(),
            hub: config.publish.hub.clone(),
            push: super::reload::push(&config),
            listen: listen.is_none().then_some(config.serve.listen),
            admin: config.serve.admin,
        };
        let (listener, address) = bind(listen.unwrap_or(config.serve.listen)).await?;
        let admin_listener = match config.serve.admin {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let own = admin_listener.iter().map(|(_, address)| *address);
        let own = own.chain([address]).collect();
        let socket = socket(&config);
        let site = Arc::new(Site::new(config.site.output.clone(), settings(&config)));

        let config = Arc::new(config);
        let opening = config.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let mut store = refresh::open(&opening)?;
            // A disk that refuses now may not do so later; another's folder stays another's.
            if let Ok(Claim::Refused(words)) = refresh::claim(store.as_mut(), &opening, adopt) {
                return Err(publish::Error(words).into());
            }
            let keeper = Keeper::open(store.as_ref(), clock)?;
            let prepared = prepare(store.as_mut(), opening, None, &keeper)?;
            let is_first = store.reader()?.item_count()? == 0;
            Ok::<_, refresh::Error>((store, prepared, is_first))
        });
        let (store, prepared, is_first) =
            opened.await.map_err(|_| Error::Ended("opening the database"))??;

        let clock = prepared.keeper.clock();
        let now = clock();
        let board = Arc::new(Board::new(config, prepared.states.clone(), now));
        board.note(|standing| standing.configured = Some(now));
        let configs = board.config.subscribe();
        let admin = Arc::new(Admin::new(configs, board.live.clone(), site.clone())?);
        let public = Arc::new(Public::new(site.clone(), Some(admin.clone())));
        let (jobs, press_jobs) = mpsc::channel(JOBS);
        let (reporter, reports) = mpsc::unbounded_channel();
        prepared.fetcher.avoid(own);
        let (noter, notes) = mpsc::unbounded_channel();
        let push = Push::open(
            &prepared.config,
            store.push()?,
            &prepared.fetcher,
            &clock,
            &site,
            noter,
        );
        let (commander, commands) = mpsc::channel(COMMANDS);
        let cut = watch::Sender::new(false);
        let shelf = Shelf::new(store, prepared.clone());
        let press = Press::new(
            shelf,
            clock.clone(),
            board.clone(),
            site.clone(),
            cut.subscribe(),
            reporter,
            notes,
        );
        Ok(Self {
            handle: Handle {
                commands: commander,
                board: board.clone(),
            },
            parts: Parts {
                prepared,
                path,
                file,
                pinned,
                leases: push.leases(),
                gaps: push.gaps(),
                clock,
                board,
                notifier: Notifier::new(&|name| std::env::var_os(name)),
                jobs,
                reports,
                commands,
            },
            press,
            press_jobs,
            is_first,
            push,
            cut,
            site,
            public,
            listener,
            address,
            admin: admin_listener.map(|(listener, _)| (listener, admin)),
            socket,
            _lock: lock,
        })
    }

    /// The way to it while it runs.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Where readers are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is served, with its numbers.
    pub fn site(&self) -> Arc<Site> {
        self.site.clone()
    }

    /// Runs until `Handle::stop`. Then no poll starts, running ones end or are abandoned, what was polled is stored and
    /// published, and answers are finished, all within ten seconds.
    ///
    /// # Errors
    /// When a part ends that should run for ever.
    pub async fn run(self) -> Result<(), Error> {
        let Self {
            parts,
            press,
            press_jobs,
            is_first,
            push,
            cut,
            site,
            public,
            listener,
            admin,
            socket,
            handle,
            _lock,
            ..
        } = self;
        // What was published before can be read from now on.
        if let Err(error) = site.reload(SystemTime::from((parts.clock)())) {
            info!(%error, "nothing is published yet");
        }
        // Changed rules, files that are missing, and what was stored but not published before a crash.
        let first = if is_first { Job::First } else { Job::Publish(None) };
        let _ = parts.jobs.send(first).await;
        let (stopping, stopped) = watch::channel(false);
        let pushing = tokio::spawn(push.run(handle.clone(), stopped.clone()));
        let talking = socket.map(|socket| tokio::spawn(socket.serve(handle)));
        let limits = Limits {
            drain: ANSWERS,
            ..Limits::default()
        };
        let mut serving = tokio::spawn(serve::serve(listener, public, limits, told(stopped.clone())));
        let showing = admin.map(|(listener, admin)| {
            if let Ok(address) = listener.local_addr() {
                info!("status on http://{address}/");
            }
            tokio::spawn(serve::serve(listener, admin, limits, told(stopped.clone())))
        });
        let mut pressing = tokio::spawn(press.run(press_jobs));
        let mut milling = tokio::spawn(Mill::new(parts).run(stopping));
        // Only the loop ends by itself, when it is told to; the others end after that.
        let (mut is_served, mut is_pressed) = (false, false);
        loop {
            let what = tokio::select! {
                biased;
                milled = &mut milling => {
                    milled.map_err(|_| Error::Ended("the loop of the daemon"))?;
                    break;
                }
                _ = &mut pressing, if !is_pressed => {
                    is_pressed = true;
                    "the writer"
                }
                _ = &mut serving, if !is_served => {
                    is_served = true;
                    "the server"
                }
            };
            if !*stopped.borrow() {
                return Err(Error::Ended(what));
            }
        }
        // It ends with the loop; what it still has to tell is told to the press before that stops.
        let _ = pushing.await;
        if !is_pressed {
            finish(pressing, &cut).await;
        }
        if !is_served && serving.await.is_err() {
            warn!("the server stumbled at its end");
        }
        if let Some(showing) = showing
            && showing.await.is_err()
        {
            warn!("the operator's listener stumbled at its end");
        }
        if let Some(talking) = talking {
            talking.abort();
            // Its end is what is waited for: the socket is gone then.
            let _ = talking.await;
        }
        info!("stopped");
        Ok(())
    }
}

/// Waits for the press to store and publish what it has; when that takes too long, it leaves the rest for later.
async fn finish(mut pressing: JoinHandle<()>, cut: &watch::Sender<bool>) {
    const LEFT: Duration = Duration::from_secs(3);
    if tokio::time::timeout(LEFT, &mut pressing).await.is_ok() {
        return;
    }
    let _ = cut.send(true);
    if tokio::time::timeout(Duration::from_millis(500), pressing)
        .await
        .is_err()
    {
        error!("not all was published before the end; the next start does it");
    }
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // Whoever holds the sender is gone: that is a stop, too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Without the socket the daemon works; only `feedmill refresh` cannot ask it.
fn socket(config: &Config) -> Option<Socket> {
    match Socket::bind(&config.site.database) {
        Ok(socket) => Some(socket),
        Err(error) => {
            let path = super::socket::path(&config.site.database);
            warn!(%error, "feedmill refresh cannot ask this daemon: {} cannot be made", path.display());
            None
        }
    }
}

/// What the server says of the site.
pub(in crate::daemon) fn settings(config: &Config) -> Settings {
    let contact = config.fetch.contact.as_deref();
    let contact = contact.and_then(|contact| {
        let address = match contact.contains("://") || contact.starts_with("mailto:") {
            true => contact.to_owned(),
            false => format!("mailto:{contact}"),
        };
        address.parse().ok()
    });
    Settings {
        url: Some(config.site.url.clone()),
        hub: config.hub(),
        contact,
        // Behind a proxy this address is public, too: how it is, is told by `Admin`.
        health: false,
        ..Settings::default()
    }
}
