//! The hub for our own feeds (WebSub §5 to §7): it takes subscriptions, asks back, and sends what changed.
//!
//! A subscriber is due a delivery when its topic's bytes are not those it has: what was published while nobody looked,
//! and what could not be delivered, needs no other note. So a restart loses nothing, and several changes are one delivery.
//! What a callback has not confirmed costs a place in memory for a while, and nothing else.

mod book;
mod deliver;
mod request;
mod topic;
mod verify;
mod waiting;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, Semaphore, watch};
use url::Url;

use self::book::{Book, Known};
use self::deliver::Job;
pub use self::topic::Topics;
use self::waiting::Waiting;
use super::lines::Lines;
use super::room::{Held, Limits};
use super::{Clock, Keep};
use crate::fetch::Fetcher;
use crate::model::{PushChange, PushRecords};

/// What the hub lets others cost.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Where the output is public, ending in `/`: topics are below it.
    pub site: Url,
    /// Where the hub itself is public.
    pub hub: Url,
    /// The shortest, the usual and the longest lease.
    pub leases: [TimeDelta; 3],
    /// Subscribers over all topics, and those of one domain or block of addresses.
    pub subscribers: Limits,
    /// Requests whose callback is still to confirm them, and those for callbacks of one domain or block of addresses, or
    /// from one such block.
    pub asked: Limits,
    /// Deliveries in flight, and callbacks that are being asked back …
    pub concurrency: usize,
    /// … and to one domain or block of addresses: fewer, so that one that is slow never takes all.
    pub at_once_per_site: usize,
    /// For a delivery; asking back has half of it.
    pub timeout: Duration,
}

impl HubSettings {
    /// The usual limits.
    pub fn new(site: Url, hub: Url) -> Self {
        let held = |count, bytes| Held { count, bytes };
        Self {
            site,
            hub,
            leases: [TimeDelta::hours(1), TimeDelta::days(10), TimeDelta::days(30)],
            subscribers: Limits {
                each: held(10_000, 16 << 20),
                all: held(100_000, 128 << 20),
            },
            asked: Limits {
                each: held(200, 2 << 20),
                all: held(2_000, 16 << 20),
            },
            concurrency: 64,
            at_once_per_site: 2,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Topic and callback, as the subscriber wrote them.
type Key = (Arc<str>, Arc<str>);

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
    /// For asking back.
    slots: Semaphore,
    /// Requests in flight.
    flying: watch::Sender<usize>,
}

struct State {
    book: Book,
    waiting: Waiting,
    lines: Lines<Job>,
    /// Who may ask back how many callbacks of a site, or for a client, at once.
    parties: HashMap<String, Arc<Semaphore>>,
    /// Topics may have other bytes than before.
    is_published: bool,
    /// When a lease ends or a delivery is tried again, at the earliest.
    next: Option<DateTime<Utc>>,
}

impl State {
    /// Something is due then.
    fn expect(&mut self, at: DateTime<Utc>) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

impl Hub {
    /// A hub with the subscribers of an earlier run. Our own subscriptions elsewhere are nothing to it.
    pub fn new(
        settings: HubSettings,
        records: PushRecords,
        fetcher: Fetcher,
        topics: Arc<dyn Topics>,
        clock: Clock,
        keep: Keep,
    ) -> Self {
        let mut book = Book::new(settings.subscribers);
        let mut topic: Arc<str> = Arc::from("");
        for (of, callback, subscriber) in records.subscribers {
            // They come in order: equal ones are kept once.
            if *topic != *of {
                topic = of.into();
            }
            let key = (topic.clone(), callback.into());
            let known = Known::new(&key, subscriber);
            book.insert(&key, known);
        }
        let state = State {
            book,
            waiting: Waiting::new(settings.asked),
            lines: Lines::new(settings.concurrency, settings.at_once_per_site),
            parties: HashMap::new(),
            is_published: true,
            next: None,
        };
        Self {
            inner: Arc::new(Inner {
                slots: Semaphore::new(settings.concurrency),
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
        // Thousands of answers may come at once; a look for each would be too much.
        const SHORTEST: TimeDelta = TimeDelta::milliseconds(100);
        let mut stop = std::pin::pin!(stop);
        loop {
            let now = (self.inner.clock)();
            let next = self.look().await.map_or(LONGEST, |next| next - now);
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
        self.inner.state().is_published = true;
        self.inner.woken.notify_one();
    }

    /// Starts all that is due now, as after a publication; when something is due next.
    pub async fn turn(&self) -> Option<DateTime<Utc>> {
        self.inner.state().is_published = true;
        self.look().await
    }

    /// Starts what is due now. All subscribers are looked at only when there is something to find.
    async fn look(&self) -> Option<DateTime<Utc>> {
        let now = (self.inner.clock)();
        self.inner.state().waiting.give_up(now);
        self.start_verifications(now);
        let topics = {
            let mut state = self.inner.state();
            let is_due = state.next.is_some_and(|next| next <= now);
            let is_to_look = std::mem::take(&mut state.is_published) || is_due;
            is_to_look.then(|| {
                state.next = None;
                state.book.topics()
            })
        };
        if let Some(topics) = topics {
            self.inner.end_leases(now);
            for topic in topics {
                self.queue(&topic, now).await;
            }
            self.start();
        }
        let state = self.inner.state();
        [state.next, state.waiting.next(now)].into_iter().flatten().min()
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
        self.inner.state().book.len()
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

    /// Has what is known of a subscriber kept.
    fn remember(&self, key: &Key) {
        let state = self.state();
        // Told under the lock, so that the last word is the last one.
        (self.keep)(PushChange::Subscriber {
            topic: key.0.to_string(),
            callback: key.1.to_string(),
            subscriber: state.book.get(key).map(|known| known.subscriber.clone()),
        });
    }

    fn forget(&self, key: &Key) {
        let forgotten = self.state().book.remove(key);
        if forgotten.is_some() {
            self.remember(key);
        }
    }

    /// Ends leases, and finds when the next one ends or a delivery is tried again.
    fn end_leases(&self, now: DateTime<Utc>) {
        let mut ended = Vec::new();
        {
            let mut state = self.state();
            let mut next = state.next;
            for (key, known) in state.book.iter() {
                let subscriber = &known.subscriber;
                if subscriber.until <= now {
                    ended.push(key);
                    continue;
                }
                let attempt = subscriber.next.filter(|next| *next > now);
                next = [next, Some(subscriber.until), attempt]
                    .into_iter()
                    .flatten()
                    .min();
            }
            state.next = next;
        }
        for key in &ended {
            self.forget(key);
        }
    }

    /// How many callbacks of a site, or for a client, may be asked back at once.
    fn party(&self, name: &str) -> Arc<Semaphore> {
        let mut state = self.state();
        if state.parties.len() > 2 * self.settings.asked.all.count {
            state.parties.retain(|_, party| Arc::strong_count(party) > 1);
        }
        let fresh = || Arc::new(Semaphore::new(self.settings.at_once_per_site));
        state.parties.entry(name.to_owned()).or_insert_with(fresh).clone()
    }
}
