//! Sending what changed (WebSub §7).

use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{debug, info, warn};
use url::Url;

use super::{Hub, Inner, Key, State, topic};
use crate::fetch::Errand;
use crate::model::{Failure, Subscriber};
use crate::serve::Topic;
use crate::websub::signature;
use crate::websub::token::chance;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

/// Pauses after failed attempts, in minutes; the last one holds from then on, until the lease ends.
const PAUSES: [i64; 6] = [1, 5, 30, 2 * 60, 6 * 60, 24 * 60];

/// What is to be sent.
pub(super) enum Job {
    /// What changed, to a subscriber.
    Deliver(Key),
    /// To one who was, that there will be nothing more.
    Deny(Key),
}

impl Hub {
    /// Puts into the lines what is due to the subscribers of a topic.
    pub(super) async fn queue(&self, topic: &str, now: DateTime<Utc>) {
        let path = topic::path(&self.inner.settings.site, topic);
        let version = match path {
            Some(path) => self.inner.topics.version(path).await,
            // The site has another address now.
            None => Ok(None),
        };
        match version {
            Ok(Some(version)) => self.inner.queue(topic, version, now),
            Ok(None) => self.inner.deny(topic),
            Err(error) => warn!(topic, %error, "cannot be read, so that it cannot be delivered"),
        }
    }

    /// Sends what there is place for.
    pub(super) fn start(&self) {
        loop {
            let next = self.inner.state().lines.next();
            let Some((site, job)) = next else { return };
            let hub = self.clone();
            self.fly(async move {
                match job {
                    Job::Deliver(key) => hub.deliver(key).await,
                    Job::Deny(key) => hub.tell_denied(&key).await,
                }
                hub.inner.state().lines.done(&site);
                hub.start();
            });
        }
    }

    /// Delivers what the topic is now.
    async fn deliver(&self, key: Key) {
        // It may have unsubscribed meanwhile.
        let known = self
            .inner
            .state()
            .book
            .get(&key)
            .map(|known| known.subscriber.clone());
        let Some(subscriber) = known else { return };
        let path = topic::path(&self.inner.settings.site, &key.0);
        let document = match path {
            Some(path) => self.inner.topics.topic(path).await.ok().flatten(),
            None => None,
        };
        let sent = match &document {
            Some(document) if document.version != subscriber.has => {
                Some((self.send(&key, &subscriber, document).await, document.version))
            }
            // The next look at all topics finds what is to be done.
            Some(_) | None => None,
        };
        let now = (self.inner.clock)();
        let (status, version) = match sent {
            Some((Ok(status), version)) => (status, version),
            Some((Err(failure), version)) => {
                debug!(topic = %key.0, reason = %failure, "a delivery failed");
                (0, version)
            }
            None => {
                if let Some(known) = self.inner.state().book.get_mut(&key) {
                    known.is_flying = false;
                }
                return;
            }
        };
        if status == 410 {
            info!(topic = %key.0, "a subscriber wants nothing more");
            self.inner.forget(&key);
            return;
        }
        if self.inner.note(&key, status, version, now) {
            self.inner.remember(&key);
        }
        // It may have changed again meanwhile.
        let current = match path {
            Some(path) => self.inner.topics.version(path).await.ok().flatten(),
            None => None,
        };
        if current != Some(version) {
            self.published();
        }
    }

    /// The status of the answer; what else it says is not read, and where it redirects to is not asked.
    async fn send(&self, key: &Key, subscriber: &Subscriber, document: &Topic) -> Result<u16, String> {
        let url = Url::parse(&key.1).map_err(|error| error.to_string())?;
        let errand = Errand {
            url,
            body: Some(document.body.clone()),
            headers: self.headers(&key.0, subscriber, document),
            timeout: self.inner.settings.timeout,
            most: 0,
        };
        let sent = self.inner.fetcher.run(&errand, (self.inner.clock)()).await;
        sent.map(|sent| sent.status)
            .map_err(|failure: Failure| failure.message)
    }

    fn headers(&self, topic: &str, subscriber: &Subscriber, document: &Topic) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(document.media_type));
        let links = format!(
            "<{}>; rel=\"hub\", <{topic}>; rel=\"self\"",
            self.inner.settings.hub
        );
        let signature = subscriber
            .secret
            .as_ref()
            .map(|secret| signature::sign(secret, &document.body));
        // A topic is one of our addresses, which are plain.
        for (name, value) in [(LINK, Some(links)), (SIGNATURE, signature)] {
            if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

impl Inner {
    fn queue(&self, topic: &str, version: u64, now: DateTime<Utc>) {
        let topic: Arc<str> = topic.into();
        let mut state = self.state();
        let State { book, lines, .. } = &mut *state;
        for (callback, known) in book.of_topic(&topic) {
            if known.is_due(version, now) {
                known.is_flying = true;
                lines.push(&known.site, Job::Deliver((topic.clone(), callback.clone())));
            }
        }
    }

    /// Ends all subscriptions to a topic that is gone; the subscribers are told once.
    fn deny(&self, topic: &str) {
        let topic: Arc<str> = topic.into();
        let keys: Vec<Key> = {
            let mut state = self.state();
            let callbacks = state.book.of_topic(&topic);
            callbacks
                .map(|(callback, _)| (topic.clone(), callback.clone()))
                .collect()
        };
        for key in keys {
            let forgotten = self.state().book.remove(&key);
            self.remember(&key);
            if let Some(known) = forgotten {
                self.state().lines.push(&known.site, Job::Deny(key));
            }
        }
    }

    /// Notes what came of a delivery; false, if nobody is subscribed any more.
    fn note(&self, key: &Key, status: u16, version: u64, now: DateTime<Utc>) -> bool {
        let mut state = self.state();
        let Some(known) = state.book.get_mut(key) else {
            return false;
        };
        known.is_flying = false;
        let subscriber = &mut known.subscriber;
        if (200..300).contains(&status) {
            (subscriber.has, subscriber.failures, subscriber.next) = (version, 0, None);
            return true;
        }
        subscriber.failures = subscriber.failures.saturating_add(1);
        let next = now + pause(subscriber.failures, chance());
        subscriber.next = Some(next);
        state.expect(next);
        true
    }
}

/// How long after so many failures in a row; up to a quarter longer, so that what failed together is not tried together.
fn pause(failures: u32, chance: f64) -> TimeDelta {
    let at = usize::try_from(failures.max(1) - 1).unwrap_or(usize::MAX);
    let minutes = PAUSES[at.min(PAUSES.len() - 1)];
    TimeDelta::seconds(minutes * 60 + (minutes as f64 * 15.0 * chance) as i64)
}
