//! One request at a time to a host, a pause between two, and silence where the host asked for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use crate::model::HostPause;

/// Hosts that are kept before those are looked for that nobody asks.
const MANY: usize = 4_096;
/// No host may ask for a longer pause: one that lasts longer was made under a clock that was wrong.
const LONGEST: TimeDelta = TimeDelta::days(31);

pub(super) struct Hosts {
    per_host: usize,
    gap: Duration,
    everywhere: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    pauses: Mutex<HashMap<String, DateTime<Utc>>>,
}

struct Host {
    permits: Arc<Semaphore>,
    /// No request starts before.
    next: tokio::sync::Mutex<Instant>,
    /// The pause between two requests.
    gap: Mutex<Duration>,
}

impl Host {
    fn gap(&self) -> Duration {
        *self.gap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to ask a host; given back when dropped.
pub(super) struct Turn {
    host: Arc<Host>,
    _here: OwnedSemaphorePermit,
    _everywhere: OwnedSemaphorePermit,
}

impl Turn {
    /// Ends the request: the gap counts from here.
    pub(super) async fn end(self) {
        let gap = self.host.gap();
        if !gap.is_zero() {
            *self.host.next.lock().await = Instant::now() + gap;
        }
    }
}

/// The name under which a host is known: with its port when that is not the scheme's own.
pub(super) fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Hosts {
    pub(super) fn new(concurrency: usize, per_host: usize, gap: Duration) -> Self {
        Self {
            per_host,
            gap,
            everywhere: Arc::new(Semaphore::new(concurrency)),
            hosts: Mutex::default(),
            pauses: Mutex::default(),
        }
    }

    /// Waits until this host may be asked. The host's own turn comes first, so that waiting for it keeps nobody else
    /// from asking another.
    pub(super) async fn turn(&self, name: &str) -> Turn {
        let host = self.host(name);
        let here = host
            .permits
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let gap = host.gap();
        if !gap.is_zero() {
            let mut next = host.next.lock().await;
            tokio::time::sleep_until(*next).await;
            *next = Instant::now() + gap;
        }
        let everywhere = self
            .everywhere
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        Turn {
            host,
            _here: here,
            _everywhere: everywhere,
        }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Host {
            permits: Arc::new(Semaphore::new(self.per_host)),
            next: tokio::sync::Mutex::new(Instant::now()),
            gap: Mutex::new(self.gap),
        };
        if hosts.len() >= MANY && !hosts.contains_key(name) {
            // Who was asked a moment ago, or asked for longer gaps, is remembered.
            let now = Instant::now();
            let is_idle = |host: &Arc<Host>| {
                let is_over = host.next.try_lock().is_ok_and(|next| *next <= now);
                Arc::strong_count(host) == 1 && is_over && host.gap() == self.gap
            };
            hosts.retain(|_, host| !is_idle(host));
        }
        hosts
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(fresh()))
            .clone()
    }

    /// This host asks for at least so long a pause between two requests.
    pub(super) async fn slow(&self, name: &str, gap: Duration) {
        let host = self.host(name);
        let is_news = {
            let mut known = host.gap.lock().unwrap_or_else(PoisonError::into_inner);
            let is_news = gap > *known;
            *known = gap.max(*known);
            is_news
        };
        if is_news {
            // It was asked a moment ago.
            let mut next = host.next.lock().await;
            *next = (*next).max(Instant::now() + gap);
        }
    }

    /// Nothing is sent to this host before `until`.
    pub(super) fn pause(&self, name: &str, until: DateTime<Utc>) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pauses.entry(name.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    fn holds(until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        until > now && until - now <= LONGEST
    }

    /// The hosts that asked for patience beyond `now`.
    pub(super) fn pauses(&self, now: DateTime<Utc>) -> Vec<HostPause> {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.retain(|_, until| Self::holds(*until, now));
        pauses
            .iter()
            .map(|(host, until)| HostPause {
                host: host.clone(),
                until: *until,
            })
            .collect()
    }

    /// When a host that asked for patience may be asked again.
    pub(super) fn paused(&self, name: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pauses.get(name).copied();
        known.filter(|until| Self::holds(*until, now))
    }
}
