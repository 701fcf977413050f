//! Telling another hub that feeds changed (WebSub §6): it fetches them itself.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tracing::{debug, warn};
use url::Url;

use super::{Clock, form};
use crate::fetch::{Errand, Fetcher};

/// What changes within so long is told together.
const GATHERED: TimeDelta = TimeDelta::seconds(10);
/// Addresses in one request.
const AT_ONCE: usize = 100;
/// The pause after a failed attempt; each further one is twice as long, up to an hour.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// After so many attempts the hub is told with the next change.
const ATTEMPTS: u32 = 10;

/// Tells one hub. Nobody waits for it.
pub struct Ping {
    hub: Url,
    fetcher: Fetcher,
    clock: Clock,
    timeout: Duration,
    state: Mutex<State>,
    woken: Notify,
}

#[derive(Default)]
struct State {
    /// Addresses that are still to be told.
    topics: BTreeSet<String>,
    next: Option<DateTime<Utc>>,
    failures: u32,
}

impl Ping {
    /// Tells this hub.
    pub fn new(hub: Url, fetcher: Fetcher, clock: Clock, timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            hub,
            fetcher,
            clock,
            timeout,
            state: Mutex::default(),
            woken: Notify::new(),
        })
    }

    /// Says that the files at these addresses were published.
    pub fn published(&self, topics: impl IntoIterator<Item = String>) {
        let now = (self.clock)();
        let mut state = self.state();
        state.topics.extend(topics);
        if !state.topics.is_empty() {
            state.next.get_or_insert(now + GATHERED);
        }
        drop(state);
        self.woken.notify_one();
    }

    /// Tells what is due from now on until `stop`.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        const LONGEST: TimeDelta = TimeDelta::hours(1);
        let mut stop = std::pin::pin!(stop);
        loop {
            let told = async {
                let now = (self.clock)();
                let next = self.turn().await.map_or(LONGEST, |next| next - now);
                let wait = next.clamp(TimeDelta::zero(), LONGEST);
                tokio::select! {
                    () = self.woken.notified() => {}
                    () = tokio::time::sleep(wait.to_std().unwrap_or_default()) => {}
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = told => {}
            }
        }
    }

    /// Tells the hub if it is time; when it is time next.
    pub async fn turn(&self) -> Option<DateTime<Utc>> {
        let now = (self.clock)();
        let topics: Vec<String> = {
            let state = self.state();
            match state.next {
                Some(next) if next <= now => state.topics.iter().take(AT_ONCE).cloned().collect(),
                next => return next,
            }
        };
        let told = self.tell(&topics).await;
        let now = (self.clock)();
        let mut state = self.state();
        match told {
            Ok(()) => {
                debug!(hub = %self.hub, topics = topics.len(), "the hub was told");
                // What changed again meanwhile is told again, which does no harm: the hub looks itself.
                state.topics.retain(|topic| !topics.contains(topic));
                state.failures = 0;
                state.next = (!state.topics.is_empty()).then_some(now);
            }
            Err(reason) => {
                state.failures += 1;
                warn!(hub = %self.hub, %reason, "the hub could not be told of changes");
                let pause = PAUSE * 2_i32.pow((state.failures - 1).min(10));
                state.next = Some(now + pause.min(LONGEST));
                if state.failures >= ATTEMPTS {
                    *state = State::default();
                }
            }
        }
        state.next
    }

    async fn tell(&self, topics: &[String]) -> Result<(), String> {
        let mut fields = vec![("hub.mode", "publish")];
        // Hubs know either of these names.
        fields.extend(topics.iter().map(|topic| ("hub.url", topic.as_str())));
        fields.extend(topics.iter().map(|topic| ("hub.topic", topic.as_str())));
        let errand = Errand {
            url: self.hub.clone(),
            body: Some(Bytes::from(form::write(&fields))),
            headers: HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            )]),
            timeout: self.timeout,
            most: 0,
        };
        let sent = self.fetcher.run(&errand, (self.clock)()).await;
        match sent {
            Ok(sent) if (200..300).contains(&sent.status) => Ok(()),
            Ok(sent) => Err(format!("it answered {}", sent.status)),
            Err(failure) => Err(failure.message),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
