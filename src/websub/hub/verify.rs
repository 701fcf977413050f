//! Asking back: whether the callback wants what somebody asked for in its name (WebSub §5.3), and telling it that there
//! will be nothing more (§5.2).

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use tracing::{debug, info};
use url::Url;

use super::request::Asked;
use super::{Hub, Key, Known, host, topic};
use crate::fetch::Errand;
use crate::model::Subscriber;
use crate::websub::form;
use crate::websub::token::token;

/// Attempts to reach a callback, and the pause before the second; each further one is twice as long.
const ATTEMPTS: u32 = 3;
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// What the callback says.
enum Word {
    Yes,
    No,
    /// Nothing that can be understood; perhaps later.
    Silence,
}

impl Hub {
    pub(super) fn start_verifications(&self, now: DateTime<Utc>) {
        let due: Vec<(Key, Asked)> = {
            let mut state = self.inner.state();
            let due = state.asked.iter_mut();
            due.filter(|(_, asked)| asked.request.next <= now && !asked.is_flying)
                .map(|(key, asked)| {
                    asked.is_flying = true;
                    asked.request.attempts += 1;
                    (key.clone(), asked.clone())
                })
                .collect()
        };
        for (key, asked) in due {
            let hub = self.clone();
            self.fly(async move { hub.verify(key, asked).await });
        }
    }

    async fn verify(&self, key: Key, asked: Asked) {
        let word = self.ask(&key.0, &asked).await;
        let now = (self.inner.clock)();
        match word {
            Word::Silence if asked.request.attempts < ATTEMPTS => {
                let pause = PAUSE * 2_i32.pow(asked.request.attempts.saturating_sub(1));
                if let Some(known) = self.inner.state().asked.get_mut(&key) {
                    known.is_flying = false;
                    known.request.next = now + pause;
                }
                self.inner.remember(&key);
                return;
            }
            Word::Yes => self.confirm(&key, &asked, now).await,
            Word::No | Word::Silence => {
                debug!(topic = %key.0, "a callback did not confirm what was asked for in its name");
            }
        }
        self.inner.state().asked.remove(&key);
        self.inner.remember(&key);
    }

    async fn ask(&self, topic: &str, asked: &Asked) -> Word {
        let Some(challenge) = token() else {
            return Word::Silence;
        };
        let lease = asked.request.lease.map(|lease| lease.to_string());
        let mode = if lease.is_some() {
            "subscribe"
        } else {
            "unsubscribe"
        };
        let mut fields = vec![
            ("hub.mode", mode),
            ("hub.topic", topic),
            ("hub.challenge", &challenge),
        ];
        fields.extend(lease.as_ref().map(|lease| ("hub.lease_seconds", lease.as_str())));
        let url = form::with_query(&asked.url, &fields);
        match self.get(&asked.url, url, challenge.len() + 1).await {
            Some((200..=299, body)) if body == challenge.as_bytes() => Word::Yes,
            Some((200..=499, _)) => Word::No,
            Some(_) | None => Word::Silence,
        }
    }

    /// A GET of a callback, when it is its turn; `None` without an answer.
    async fn get(&self, callback: &Url, url: Url, most: usize) -> Option<(u16, Bytes)> {
        let host = self.inner.host(callback);
        let _here = host.acquire().await.ok()?;
        let _slot = self.inner.slots.acquire().await.ok()?;
        let errand = Errand {
            url,
            body: None,
            headers: HeaderMap::new(),
            timeout: self.inner.settings.timeout,
            most,
        };
        let got = self.inner.fetcher.run(&errand, (self.inner.clock)()).await;
        match got {
            Ok(got) => Some((got.status, got.body)),
            Err(failure) => {
                debug!(reason = %failure.message, "a callback cannot be reached");
                None
            }
        }
    }

    async fn confirm(&self, key: &Key, asked: &Asked, now: DateTime<Utc>) {
        let Some(lease) = asked.request.lease else {
            self.inner.forget(key);
            return;
        };
        // What is there now it can read itself; what comes is delivered.
        let has = match topic::path(&self.inner.settings.site, &key.0) {
            Some(path) => self.inner.topics.version(path).await.ok().flatten(),
            None => None,
        };
        let Some(has) = has else { return };
        let subscriber = {
            let mut state = self.inner.state();
            let before = state.subscribers.get(key);
            let subscriber = Subscriber {
                secret: asked.request.secret.clone(),
                until: now + TimeDelta::try_seconds(lease).unwrap_or_default(),
                // A delivery that is still owed stays so.
                has: before.map_or(has, |before| before.subscriber.has),
                failures: 0,
                next: None,
            };
            let known = Known {
                subscriber: subscriber.clone(),
                host: host(&asked.url),
                is_flying: before.is_some_and(|before| before.is_flying),
            };
            state.subscribers.insert(key.clone(), known);
            subscriber
        };
        info!(topic = %key.0, until = %subscriber.until, "a subscriber was added or renewed");
    }

    /// Ends all subscriptions to a topic that is gone, and tells the subscribers once.
    pub(super) fn deny(&self, topic: &str) {
        let keys: Vec<Key> = {
            let state = self.inner.state();
            let keys = state.subscribers.keys().filter(|key| key.0 == topic);
            keys.cloned().collect()
        };
        for key in keys {
            self.inner.forget(&key);
            let Ok(callback) = Url::parse(&key.1) else {
                continue;
            };
            let hub = self.clone();
            self.fly(async move {
                let fields = [
                    ("hub.mode", "denied"),
                    ("hub.topic", key.0.as_str()),
                    ("hub.reason", "this feed was removed"),
                ];
                let url = form::with_query(&callback, &fields);
                hub.get(&callback, url, 0).await;
            });
        }
    }
}
