//! Our subscriptions at the hubs that sources name (WebSub §5 and §8), and what these push.
//!
//! Each subscription has a callback of its own under a path that nobody can guess; that path alone says which one it is.
//! It is renewed as another one with another path, after which the old one is given up.

mod answer;
mod ask;
mod gaps;
mod place;
mod plan;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};
use url::Url;

use self::ask::Asking;
use self::gaps::Gaps;
pub use self::place::Place;
use self::place::Places;
use super::lines::Lines;
use super::room::Limits;
use super::{Clock, Keep};
use crate::fetch::Fetcher;
use crate::model::{Offer, Phase, PushChange, SourceId, Subscription};

/// A hub that says less is asked again for nothing else; one that says more is not believed.
const LEASES: [TimeDelta; 2] = [TimeDelta::minutes(5), TimeDelta::days(60)];

/// Requests to hubs at once …
const AT_ONCE: usize = 16;
/// … and to one of them: fewer, so that one that is slow keeps nobody else waiting.
const AT_ONCE_PER_HUB: usize = 2;

/// How push is received.
#[derive(Clone, Debug)]
pub struct InboxSettings {
    /// Where the output is public, ending in `/`: callbacks are below it.
    pub site: Url,
    /// Signatures with SHA-1 count.
    pub sha1: bool,
    /// Secrets are sent over connections that anybody can listen to: for hubs on this machine.
    pub secrets_in_clear: bool,
    /// For one request with all its redirects.
    pub timeout: Duration,
    /// For documents that are being received, or wait to be read: of each source, and of all.
    pub room: Limits,
}

impl InboxSettings {
    /// The usual limits.
    pub fn new(site: Url) -> Self {
        Self {
            site,
            sha1: false,
            secrets_in_clear: false,
            timeout: Duration::from_secs(10),
            room: place::ROOM,
        }
    }
}

/// A source that a hub could push.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What its last document offered.
    pub offer: Offer,
    /// Bytes of a document.
    pub max_body: u64,
}

/// A document that was pushed, with a signature that is right where there has to be one.
#[derive(Debug)]
pub struct Pushed {
    /// Whose it is.
    pub source: SourceId,
    /// What the hub calls it: relative addresses in it are meant from there.
    pub topic: String,
    /// As it came.
    pub body: Bytes,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// What it takes up of the room for such documents, as long as this is kept.
    pub place: Place,
}

/// Keeps a document that was pushed, so that nothing takes it away any more; false, when that cannot be, or not soon.
pub type Shelve = Arc<dyn Fn(Pushed) -> BoxFuture<'static, bool> + Send + Sync>;

/// Our subscriptions.
pub struct Inbox {
    settings: InboxSettings,
    fetcher: Fetcher,
    clock: Clock,
    keep: Keep,
    shelve: Shelve,
    places: Places,
    gaps: Gaps,
    state: Mutex<State>,
    woken: Notify,
    flying: watch::Sender<usize>,
}

struct State {
    /// Somebody said what is wanted: until then nothing is given up.
    is_told: bool,
    wanted: HashMap<SourceId, Wanted>,
    /// By path.
    subscriptions: BTreeMap<String, Subscription>,
    /// What hubs are to be asked.
    lines: Lines<Asking>,
}

impl Inbox {
    /// An inbox with the subscriptions of an earlier run. What is pushed goes to `shelve`; when it is not kept there, the
    /// hub is asked to come again.
    pub fn new(
        settings: InboxSettings,
        known: Vec<(String, Subscription)>,
        fetcher: Fetcher,
        clock: Clock,
        keep: Keep,
        shelve: Shelve,
    ) -> Self {
        let state = State {
            is_told: false,
            wanted: HashMap::new(),
            subscriptions: known.into_iter().collect(),
            lines: Lines::new(AT_ONCE, AT_ONCE_PER_HUB),
        };
        Self {
            places: Places::new(settings.room),
            settings,
            fetcher,
            clock,
            keep,
            shelve,
            gaps: Gaps::default(),
            state: Mutex::new(state),
            woken: Notify::new(),
            flying: watch::Sender::new(0),
        }
    }

    /// Says which sources could be pushed: all of them, each time. Before the first time no hub is asked for anything.
    pub fn want(&self, wanted: HashMap<SourceId, Wanted>) {
        let mut state = self.state();
        state.wanted = wanted;
        state.is_told = true;
        drop(state);
        self.woken.notify_one();
    }

    /// Says what one source offers now, after it was polled; `None`: nothing.
    pub fn want_one(&self, source: &SourceId, wanted: Option<Wanted>) {
        let mut state = self.state();
        let before = state.wanted.get(source).map(|wanted| &wanted.offer);
        if before == wanted.as_ref().map(|wanted| &wanted.offer) {
            return;
        }
        match wanted {
            Some(wanted) => drop(state.wanted.insert(source.clone(), wanted)),
            None => drop(state.wanted.remove(source)),
        }
        drop(state);
        self.woken.notify_one();
    }

    /// Since when a hub pushes a source, and until when the lease holds.
    pub fn lease(&self, source: &SourceId) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let now = (self.clock)();
        let state = self.state();
        let mut active = state.subscriptions.values().filter_map(|subscription| {
            match (&subscription.source == source, &subscription.phase) {
                (true, Phase::Active { since, until, .. }) if *until > now => Some((*since, *until)),
                _ => None,
            }
        });
        active.next()
    }

    /// Says that a poll found an item that was there while the hub should have told of it: it is not relied on.
    pub fn missed(self: &Arc<Self>, source: &SourceId) {
        const SILENCE: TimeDelta = TimeDelta::days(30);
        let now = (self.clock)();
        let why = "a poll found what the hub did not tell of".to_owned();
        self.give_up(source, now, now + SILENCE, &why);
        tracing::warn!(%source, "push is not relied on for 30 days: a poll found what the hub did not tell of");
        self.woken.notify_one();
    }

    /// Does all that is due from now on until `stop`.
    pub async fn run(self: &Arc<Self>, stop: impl Future<Output = ()>) {
        const LONGEST: TimeDelta = TimeDelta::hours(1);
        // Many hubs may answer at once.
        const SHORTEST: Duration = Duration::from_millis(100);
        let mut stop = std::pin::pin!(stop);
        loop {
            let now = (self.clock)();
            let next = self.turn().map_or(LONGEST, |next| next - now);
            let wait = next.clamp(TimeDelta::zero(), LONGEST);
            let rest = async {
                tokio::select! {
                    () = self.woken.notified() => {}
                    () = tokio::time::sleep(wait.to_std().unwrap_or_default()) => {}
                }
                tokio::time::sleep(SHORTEST).await;
            };
            tokio::select! {
                () = &mut stop => return,
                () = rest => {}
            }
        }
    }

    /// Starts all that is due now; when something is due next.
    pub fn turn(self: &Arc<Self>) -> Option<DateTime<Utc>> {
        let now = (self.clock)();
        for asking in self.plan(now) {
            let site = asking.site();
            self.state().lines.push(&site, asking);
        }
        self.start();
        let state = self.state();
        let due = state
            .subscriptions
            .values()
            .map(|subscription| match &subscription.phase {
                Phase::Asked { next, .. } => *next,
                Phase::Active { until, renew, .. } => {
                    Some(*renew).filter(|renew| *renew > now).unwrap_or(*until)
                }
                Phase::Leaving { until, .. } | Phase::Over { until, .. } => *until,
            });
        due.filter(|due| *due > now).min()
    }

    /// Waits until nothing is in flight.
    pub async fn settle(&self) {
        // The sender is in `self`.
        let _ = self.flying.subscribe().wait_for(|flying| *flying == 0).await;
    }

    /// The subscriptions by path, for those who look.
    pub fn subscriptions(&self) -> Vec<(String, Subscription)> {
        let state = self.state();
        let all = state.subscriptions.iter();
        all.map(|(path, subscription)| (path.clone(), subscription.clone()))
            .collect()
    }

    /// A place for a document that an earlier run left.
    pub fn place(&self, source: &SourceId, bytes: usize) -> Place {
        self.places.occupy(source, bytes)
    }

    /// The next source of which something may have been pushed that did not come.
    pub async fn gap(&self) -> SourceId {
        self.gaps.next().await
    }

    /// Since when a hub that pushes a source should have told of everything, and could.
    pub fn told_since(&self, source: &SourceId) -> Option<DateTime<Utc>> {
        let (since, _) = self.lease(source)?;
        Some(self.gaps.of_ours(source).map_or(since, |gap| gap.max(since)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: &mut State, path: &str, subscription: Subscription) {
        (self.keep)(PushChange::Subscription(
            path.to_owned(),
            Some(subscription.clone()),
        ));
        state.subscriptions.insert(path.to_owned(), subscription);
    }

    fn remove(&self, state: &mut State, path: &str) {
        if state.subscriptions.remove(path).is_some() {
            (self.keep)(PushChange::Subscription(path.to_owned(), None));
        }
    }
}
