//! The hub for our own feeds (WebSub §5 to §7): it takes subscriptions, asks back, and sends what changed.
//!
//! A subscriber is due a delivery when its topic's bytes are not those it has: what was published while nobody looked,
//! and what could not be delivered, needs no other note. So a restart loses nothing, and several changes are one delivery.

mod deliver;
mod request;
mod topic;
mod verify;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, Semaphore, watch};
use url::Url;

use super::{Clock, Keep};
use crate::fetch::Fetcher;
use crate::model::{PushChange, PushRecords, Subscriber};

use request::Asked;
pub use topic::Topics;

/// What the hub lets others cost.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Where the output is public, ending in `/`: topics are below it.
    pub site: Url,
    /// Where the hub itself is public.
    pub hub: Url,
    /// The shortest, the usual and the longest lease.
    pub leases: [TimeDelta; 3],
    /// Subscribers over all topics.
    pub subscribers: usize,
    /// Subscribers, and requests for a subscription, of one callback host.
    pub per_host: usize,
    /// Requests in flight …
    pub concurrency: usize,
    /// … and to one callback host: fewer, so that one that is slow never takes all.
    pub at_once_per_host: usize,
    /// For one request.
    pub timeout: Duration,
}

impl HubSettings {
    /// The usual limits.
    pub fn new(site: Url, hub: Url) -> Self {
        Self {
            site,
            hub,
            leases: [TimeDelta::hours(1), TimeDelta::days(10), TimeDelta::days(30)],
            subscribers: 20_000,
            per_host: 2_000,
            concurrency: 64,
            at_once_per_host: 2,
            timeout: Duration::from_secs(10),
        }
    }
}

/// A callback is asked back within this, also after a restart.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// Topic and callback, as the subscriber wrote them.
type Key = (String, String);

/// The hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    settings: HubSettings,
    fetcher: Fetcher,
    topics: Arc<dyn Topics>,
    clock: Clock,
    keep: Keep,
    state: Mutex<State>,
    /// There may be something to do.
    woken: Notify,
    slots: Arc<Semaphore>,
    /// Requests in flight.
    flying: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    /// In order, so that those of a topic are one range.
    subscribers: BTreeMap<Key, Known>,
    /// Waiting to be asked back.
    asked: HashMap<Key, Asked>,
    hosts: HashMap<String, Arc<Semaphore>>,
}

struct Known {
    subscriber: Subscriber,
    /// Of the callback.
    host: String,
    is_flying: bool,
}

impl Hub {
    /// A hub with the subscribers of an earlier run, and with what was asked for then and is still to be confirmed. Our
    /// own subscriptions elsewhere are nothing to it.
    pub fn new(
        settings: HubSettings,
        records: PushRecords,
        fetcher: Fetcher,
        topics: Arc<dyn Topics>,
        clock: Clock,
        keep: Keep,
    ) -> Self {
        let known = records
            .subscribers
            .into_iter()
            .map(|(topic, callback, subscriber)| {
                let known = Known {
                    subscriber,
                    host: Url::parse(&callback).map_or_else(|_| String::new(), |url| host(&url)),
                    is_flying: false,
                };
                ((topic, callback), known)
            });
        let asked = records
            .requests
            .into_iter()
            .filter_map(|(topic, callback, request)| {
                let asked = Asked::again(&callback, request)?;
                Some(((topic, callback), asked))
            });
        let state = State {
            subscribers: known.collect(),
            asked: asked.collect(),
            ..State::default()
        };
        Self {
            inner: Arc::new(Inner {
                slots: Arc::new(Semaphore::new(settings.concurrency)),
                settings,
                fetcher,
                topics,
                clock,
                keep,
                state: Mutex::new(state),
                woken: Notify::new(),
                flying: watch::Sender::new(0),
            }),
        }
    }

    /// Looks for what is to be done from now on until `stop`.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        const LONGEST: TimeDelta = TimeDelta::hours(1);
        // Thousands of answers may come at once; a look at all subscribers for each would be too much.
        const SHORTEST: TimeDelta = TimeDelta::milliseconds(100);
        let mut stop = std::pin::pin!(stop);
        loop {
            let now = (self.inner.clock)();
            let next = self.turn().await.map_or(LONGEST, |next| next - now);
            let wait = next.clamp(TimeDelta::zero(), LONGEST);
            let time = |span: TimeDelta| tokio::time::sleep(span.to_std().unwrap_or_default());
            let rest = async {
                tokio::select! {
                    () = self.inner.woken.notified() => {}
                    () = time(wait) => {}
                }
                time(SHORTEST).await;
            };
            tokio::select! {
                () = &mut stop => return,
                () = rest => {}
            }
        }
    }

    /// Says that feeds were published: what changed is delivered.
    pub fn published(&self) {
        self.inner.woken.notify_one();
    }

    /// Starts all that is due now; when something is due next.
    pub async fn turn(&self) -> Option<DateTime<Utc>> {
        let now = (self.inner.clock)();
        self.inner.end_leases(now);
        self.inner.give_up(now);
        self.start_verifications(now);
        let topics: BTreeSet<String> = {
            let state = self.inner.state();
            state.subscribers.keys().map(|(topic, _)| topic.clone()).collect()
        };
        for topic in topics {
            self.start_deliveries(&topic, now).await;
        }
        self.inner.next(now)
    }

    /// Waits until nothing is in flight.
    pub async fn settle(&self) {
        // The sender is in `self`.
        let _ = self
            .inner
            .flying
            .subscribe()
            .wait_for(|flying| *flying == 0)
            .await;
    }

    /// How many subscribers there are.
    pub fn subscribers(&self) -> usize {
        self.inner.state().subscribers.len()
    }

    /// A task that `settle` waits for.
    fn fly(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.flying.send_modify(|flying| *flying += 1);
        let hub = self.clone();
        tokio::spawn(async move {
            task.await;
            hub.inner.woken.notify_one();
            hub.inner.flying.send_modify(|flying| *flying -= 1);
        });
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has all that is known of a subscriber kept.
    fn remember(&self, key: &Key) {
        let state = self.state();
        // Told under the lock, so that the last word is the last one.
        (self.keep)(PushChange::Subscriber {
            topic: key.0.clone(),
            callback: key.1.clone(),
            subscriber: state.subscribers.get(key).map(|known| known.subscriber.clone()),
            request: state.asked.get(key).map(|asked| asked.request.clone()),
        });
    }

    fn forget(&self, key: &Key) {
        let forgotten = self.state().subscribers.remove(key);
        if forgotten.is_some() {
            self.remember(key);
        }
    }

    fn end_leases(&self, now: DateTime<Utc>) {
        let is_over = |known: &Known| known.subscriber.until <= now;
        let ended: Vec<Key> = {
            let state = self.state();
            let ended = state.subscribers.iter().filter(|(_, known)| is_over(known));
            ended.map(|(key, _)| key.clone()).collect()
        };
        for key in &ended {
            self.forget(key);
        }
    }

    /// Whoever asked so long ago has asked again, or does not expect anything any more.
    fn give_up(&self, now: DateTime<Utc>) {
        let is_old = |asked: &Asked| now - asked.request.since > PATIENCE && !asked.is_flying;
        let old: Vec<Key> = {
            let mut state = self.state();
            let old = state.asked.extract_if(|_, asked| is_old(asked));
            old.map(|(key, _)| key).collect()
        };
        for key in &old {
            self.remember(key);
        }
    }

    /// When something is due that no answer and no publication brings up.
    fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let state = self.state();
        let subscribers = state.subscribers.values().map(|known| &known.subscriber);
        let attempts = subscribers
            .clone()
            .filter_map(|subscriber| subscriber.next)
            .filter(|next| *next > now);
        let verifications = state.asked.values().map(|asked| asked.request.next);
        attempts
            .chain(verifications.filter(|next| *next > now))
            .chain(subscribers.map(|subscriber| subscriber.until))
            .min()
    }

    /// How many requests may be in flight to the host of a callback.
    fn host(&self, url: &Url) -> Arc<Semaphore> {
        let name = host(url);
        let mut state = self.state();
        if state.hosts.len() > self.settings.subscribers {
            state.hosts.retain(|_, host| Arc::strong_count(host) > 1);
        }
        let fresh = || Arc::new(Semaphore::new(self.settings.at_once_per_host));
        state.hosts.entry(name).or_insert_with(fresh).clone()
    }
}

/// The host of a callback, without its port: many ports are one machine.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
