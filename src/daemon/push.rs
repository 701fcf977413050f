//! WebSub in the daemon: what hubs push goes to the mill like a poll, and what the press published goes to subscribers.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};
use url::Url;

use super::handle::{Command, Event, Handle, Published};
use super::{Refused, Taken};
use crate::config::{Config, Hub as Choice};
use crate::fetch::Fetcher;
use crate::model::{FileFormat, Health, Phase, PollState, PushChange, PushRecords, Source, SourceId};
use crate::refresh::{self, Clock};
use crate::serve::Site;
use crate::websub::{self, Counter, Hub, HubSettings, Inbox, InboxSettings, Ping, Pushed, Wanted};

/// For one request to a hub or a callback.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Pushed documents that may wait …
const WAITING: usize = 64;
/// … and that are read at once.
const AT_ONCE: usize = 8;

/// Whatever of WebSub the operator wants.
pub(super) struct Push {
    hub: Option<Hub>,
    pings: Pings,
    receiving: Option<Receiving>,
}

/// What hubs push to us.
struct Receiving {
    inbox: Arc<Inbox>,
    pushed: mpsc::Receiver<Pushed>,
    /// Sources whose lease may be another one than before.
    leases: mpsc::UnboundedReceiver<SourceId>,
    /// What was pushed while nobody was here is nobody's fault.
    started: DateTime<Utc>,
}

impl Push {
    /// Takes up what an earlier run left, and has the server hand on what is for it. `keep` is told what to remember.
    pub(super) fn open(
        config: &Config,
        mut records: PushRecords,
        fetcher: &Fetcher,
        clock: &Clock,
        site: &Arc<Site>,
        keep: mpsc::UnboundedSender<PushChange>,
    ) -> Self {
        let (changed, leases) = mpsc::unbounded_channel();
        let keep: websub::Keep = Arc::new(move |change| {
            if let PushChange::Subscription(_, Some(subscription)) = &change {
                // Nobody listens when nothing is received.
                let _ = changed.send(subscription.source.clone());
            }
            // The press is gone only at the very end.
            let _ = keep.send(change);
        });
        let subscriptions = std::mem::take(&mut records.subscriptions);
        let mut push = Self {
            hub: None,
            pings: Pings {
                fetcher: fetcher.clone(),
                clock: clock.clone(),
                now: Mutex::default(),
            },
            receiving: None,
        };
        match (&config.publish.hub, config.hub()) {
            (Some(Choice::Own), Some(address)) => {
                let settings = HubSettings::new(config.site.url.clone(), address);
                push.hub = Some(Hub::new(
                    settings,
                    records,
                    fetcher.clone(),
                    site.clone(),
                    clock.clone(),
                    keep.clone(),
                ));
            }
            (None | Some(Choice::Other(_)), _) | (Some(Choice::Own), None) => {}
        }
        // Who does not want it any more gives up what there is.
        if config.fetch.push || !subscriptions.is_empty() {
            let settings = InboxSettings {
                site: config.site.url.clone(),
                sha1: config.fetch.push_sha1,
                secrets_in_clear: config.fetch.allow_private_hosts,
                timeout: TIMEOUT,
            };
            let (sender, pushed) = mpsc::channel(WAITING);
            let fetcher = fetcher.clone();
            let inbox = Inbox::new(settings, subscriptions, fetcher, clock.clone(), keep, sender);
            push.receiving = Some(Receiving {
                inbox: Arc::new(inbox),
                pushed,
                leases,
                started: clock(),
            });
        }
        if push.hub.is_some() || push.receiving.is_some() {
            site.hand_on(Arc::new(Counter {
                hub: push.hub.clone(),
                inbox: push.receiving.as_ref().map(|receiving| receiving.inbox.clone()),
            }));
        }
        push
    }

    /// Until when hubs push, by what an earlier run left.
    pub(super) fn leases(&self) -> HashMap<SourceId, DateTime<Utc>> {
        let inbox = self.receiving.iter().map(|receiving| &receiving.inbox);
        let all = inbox.flat_map(|inbox| inbox.subscriptions());
        all.filter_map(|(_, subscription)| match subscription.phase {
            Phase::Active { until, .. } => Some((subscription.source, until)),
            Phase::Asked { .. } | Phase::Leaving { .. } | Phase::Over { .. } => None,
        })
        .collect()
    }

    /// Works until `stopped` turns true.
    pub(super) async fn run(self, handle: Handle, stopped: watch::Receiver<bool>) {
        let Self {
            hub,
            pings,
            receiving,
        } = self;
        let events = handle.board.events.subscribe();
        let stop = async || {
            let _ = stopped.clone().wait_for(|stopped| *stopped).await;
        };
        let hubbing = async {
            match &hub {
                Some(hub) => hub.run(stop()).await,
                None => stop().await,
            }
        };
        let pinging = pings.run(handle.configs(), stop());
        let inbox = receiving.as_ref().map(|receiving| receiving.inbox.clone());
        let started = receiving.as_ref().map(|receiving| receiving.started);
        let asking = async {
            match &inbox {
                Some(inbox) => inbox.run(stop()).await,
                None => stop().await,
            }
        };
        let desk = Desk {
            handle: &handle,
            hub: hub.as_ref(),
            pings: &pings,
            inbox: inbox.as_ref(),
            started,
        };
        let hearing = async {
            tokio::select! {
                () = desk.hear(events) => {}
                () = stop() => {}
            }
        };
        let taking = async {
            let Some(receiving) = receiving else { return };
            tokio::select! {
                ((), ()) = async { tokio::join!(take(&handle, receiving.pushed), desk.lease(receiving.leases)) } => {}
                () = stop() => {}
            }
        };
        tokio::join!(hubbing, pinging, asking, hearing, taking);
    }
}

/// Who tells the hub of somebody else, whichever that is at the moment.
struct Pings {
    fetcher: Fetcher,
    clock: Clock,
    now: Mutex<Option<(Url, Arc<Ping>)>>,
}

impl Pings {
    /// The one for the hub of this configuration. What the one before still had to tell is for nobody any more.
    fn of(&self, config: &Config) -> Option<Arc<Ping>> {
        let hub = match &config.publish.hub {
            Some(Choice::Other(hub)) => Some(hub),
            Some(Choice::Own) | None => None,
        };
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.as_ref().map(|(hub, _)| hub) != hub {
            *now = hub.map(|hub| {
                let ping = Ping::new(hub.clone(), self.fetcher.clone(), self.clock.clone(), TIMEOUT);
                (hub.clone(), ping)
            });
        }
        now.as_ref().map(|(_, ping)| ping.clone())
    }

    async fn run(&self, mut configs: watch::Receiver<Arc<Config>>, stop: impl Future<Output = ()>) {
        let following = async {
            loop {
                let ping = self.of(&configs.borrow_and_update().clone());
                let changed = async {
                    // Without a sender nothing changes any more.
                    if configs.changed().await.is_err() {
                        pending::<()>().await;
                    }
                };
                match ping {
                    Some(ping) => ping.run(changed).await,
                    None => changed.await,
                }
            }
        };
        tokio::select! {
            () = following => {}
            () = stop => {}
        }
    }
}

/// Who is told what happens in the daemon.
struct Desk<'a> {
    handle: &'a Handle,
    hub: Option<&'a Hub>,
    pings: &'a Pings,
    inbox: Option<&'a Arc<Inbox>>,
    started: Option<DateTime<Utc>>,
}

impl Desk<'_> {
    async fn hear(&self, mut events: tokio::sync::broadcast::Receiver<Event>) {
        self.want_all();
        loop {
            match events.recv().await {
                Ok(Event::Published(published)) => self.published(&published),
                Ok(Event::Polled {
                    source, at, fresh, ..
                }) => self.polled(&source, &fresh, at),
                Ok(Event::Configured(_)) => self.want_all(),
                Err(RecvError::Lagged(_)) => {
                    self.want_all();
                    if let Some(hub) = self.hub {
                        hub.published();
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn published(&self, published: &Published) {
        if let Some(hub) = self.hub {
            hub.published();
        }
        let config = self.handle.config();
        if let Some(ping) = self.pings.of(&config) {
            let feeds = published.changed.iter();
            ping.published(feeds.flat_map(|feed| topics(&config, &feed.folder())));
        }
    }

    fn polled(&self, source: &SourceId, fresh: &[DateTime<Utc>], at: DateTime<Utc>) {
        let (Some(inbox), Some(started)) = (self.inbox, self.started) else {
            return;
        };
        let config = self.handle.config();
        let Some(known) = config.sources.iter().find(|known| known.id == *source) else {
            return;
        };
        if let Some((since, _)) = inbox.lease(source)
            && websub::has_missed(fresh, since.max(started), at)
        {
            inbox.missed(source);
        }
        inbox.want_one(
            source,
            wanted(&config, known, &self.handle.board.states().of(known)),
        );
    }

    fn want_all(&self) {
        let Some(inbox) = self.inbox else { return };
        let (config, states) = (self.handle.config(), self.handle.board.states());
        let all = config.sources.iter().filter_map(|source| {
            let wanted = wanted(&config, source, &states.of(source))?;
            Some((source.id.clone(), wanted))
        });
        inbox.want(all.collect::<HashMap<_, _>>());
    }

    /// Tells the mill until when sources are pushed.
    async fn lease(&self, mut changed: mpsc::UnboundedReceiver<SourceId>) {
        let Some(inbox) = self.inbox else { return };
        while let Some(source) = changed.recv().await {
            self.tell(inbox, source).await;
        }
    }

    async fn tell(&self, inbox: &Inbox, source: SourceId) {
        let until = inbox.lease(&source).map(|(_, until)| until);
        // A daemon that is stopping polls nobody.
        let _ = self.handle.commands.send(Command::Lease { source, until }).await;
    }
}

/// What a source offers, unless it is gone or the operator wants none of it.
fn wanted(config: &Config, source: &Source, state: &PollState) -> Option<Wanted> {
    let is_wanted = config.fetch.push && state.health != Health::Gone;
    Some(Wanted {
        offer: state.offer.clone().filter(|_| is_wanted)?,
        max_body: source.max_body,
    })
}

/// The addresses of a feed's files that name the hub.
fn topics(config: &Config, folder: &str) -> Vec<String> {
    let slash = if folder.is_empty() { "" } else { "/" };
    let name = |format: &FileFormat| match format {
        FileFormat::Rss => Some("rss.xml"),
        FileFormat::Atom => Some("atom.xml"),
        FileFormat::Json => Some("feed.json"),
        FileFormat::Html => None,
    };
    let names = config.publish.formats.iter().filter_map(name);
    names
        .map(|name| format!("{}{folder}{slash}{name}", config.site.url))
        .collect()
}

/// Takes what is pushed, several at once.
async fn take(handle: &Handle, pushed: mpsc::Receiver<Pushed>) {
    let pushed = futures_util::stream::unfold(pushed, async |mut pushed| {
        let next = pushed.recv().await?;
        Some((next, pushed))
    });
    pushed
        .for_each_concurrent(AT_ONCE, |document| take_one(handle, document))
        .await;
}

async fn take_one(handle: &Handle, pushed: Pushed) {
    const PAUSES: [u64; 3] = [1, 5, 30];
    let source = pushed.source;
    let document = refresh::Pushed {
        body: pushed.body,
        content_type: pushed.content_type,
    };
    let mut pauses = PAUSES.into_iter();
    loop {
        match handle.push(source.clone(), document.clone()).await {
            Ok(Taken { new, failure: None }) => {
                info!(%source, new, "a hub pushed");
                return;
            }
            Ok(Taken {
                failure: Some(failure),
                ..
            }) => {
                warn!(%source, %failure, "what a hub pushed cannot be read");
                return;
            }
            Err(Refused::Busy) => match pauses.next() {
                Some(pause) => tokio::time::sleep(Duration::from_secs(pause)).await,
                None => {
                    warn!(%source, "what a hub pushed was left out: too much is to be done");
                    return;
                }
            },
            Err(refused) => {
                warn!(%source, %refused, "what a hub pushed was left out");
                return;
            }
        }
    }
}
