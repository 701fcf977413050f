//! Sending what changed (WebSub §7).

use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{debug, info, warn};
use url::Url;

use super::{Hub, Inner, Key, Known, State, topic};
use crate::fetch::Errand;
use crate::model::{Failure, Subscriber};
use crate::serve::Topic;
use crate::websub::signature;
use crate::websub::token::chance;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

/// Pauses after failed attempts, in minutes; the last one holds from then on, until the lease ends.
const PAUSES: [i64; 6] = [1, 5, 30, 2 * 60, 6 * 60, 24 * 60];

impl Hub {
    /// Starts what is due to the subscribers of a topic.
    pub(super) async fn start_deliveries(&self, topic: &str, now: DateTime<Utc>) {
        let topics = &self.inner.topics;
        let path = topic::path(&self.inner.settings.site, topic);
        let version = match path {
            Some(path) => topics.version(path).await,
            None => Ok(None),
        };
        let read = match (path, version) {
            (Some(_), Ok(Some(version))) if !self.inner.is_any_due(topic, version, now) => return,
            (Some(path), Ok(Some(_))) => topics.topic(path).await,
            // Or the site has another address now.
            (_, Ok(_)) => Ok(None),
            (_, Err(error)) => Err(error),
        };
        let document = match read {
            Ok(Some(document)) => document,
            Ok(None) => return self.deny(topic),
            Err(error) => {
                warn!(topic, %error, "cannot be read, so that it cannot be delivered");
                return;
            }
        };
        let due: Vec<(Key, Subscriber)> = {
            let mut state = self.inner.state();
            of_topic(&mut state, topic)
                .filter(|(_, known)| known.is_due(document.version, now))
                .map(|(key, known)| {
                    known.is_flying = true;
                    (key.clone(), known.subscriber.clone())
                })
                .collect()
        };
        for (key, subscriber) in due {
            let (hub, document) = (self.clone(), document.clone());
            self.fly(async move { hub.deliver(key, &subscriber, &document).await });
        }
    }

    async fn deliver(&self, key: Key, subscriber: &Subscriber, document: &Topic) {
        let sent = self.send(&key, subscriber, document).await;
        let now = (self.inner.clock)();
        let status = match &sent {
            Ok(status) => *status,
            Err(failure) => {
                debug!(topic = %key.0, reason = %failure, "a delivery failed");
                0
            }
        };
        if status == 410 {
            info!(topic = %key.0, "a subscriber wants nothing more");
            self.inner.forget(&key);
            return;
        }
        {
            let mut state = self.inner.state();
            // It may have unsubscribed meanwhile.
            let Some(known) = state.subscribers.get_mut(&key) else {
                return;
            };
            known.is_flying = false;
            let subscriber = &mut known.subscriber;
            if (200..300).contains(&status) {
                subscriber.has = document.version;
                subscriber.failures = 0;
                subscriber.next = None;
            } else {
                subscriber.failures = subscriber.failures.saturating_add(1);
                subscriber.next = Some(now + pause(subscriber.failures, chance()));
            }
        }
        self.inner.remember(&key);
    }

    /// The status of the answer; what else it says is not read, and where it redirects to is not asked.
    async fn send(&self, key: &Key, subscriber: &Subscriber, document: &Topic) -> Result<u16, String> {
        let url = Url::parse(&key.1).map_err(|error| error.to_string())?;
        let host = self.inner.host(&url);
        let _here = host.acquire().await.map_err(|error| error.to_string())?;
        let _slot = self
            .inner
            .slots
            .acquire()
            .await
            .map_err(|error| error.to_string())?;
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

impl Known {
    fn is_due(&self, version: u64, now: DateTime<Utc>) -> bool {
        let Subscriber { has, next, .. } = &self.subscriber;
        !self.is_flying && *has != version && next.is_none_or(|next| next <= now)
    }
}

impl Inner {
    fn is_any_due(&self, topic: &str, version: u64, now: DateTime<Utc>) -> bool {
        of_topic(&mut self.state(), topic).any(|(_, known)| known.is_due(version, now))
    }
}

fn of_topic<'s>(state: &'s mut State, topic: &str) -> impl Iterator<Item = (&'s Key, &'s mut Known)> {
    let first = (topic.to_owned(), String::new());
    let known = state.subscribers.range_mut(first..);
    known.take_while(move |(key, _)| key.0 == topic)
}

/// How long after so many failures in a row; up to a quarter longer, so that what failed together is not tried together.
fn pause(failures: u32, chance: f64) -> TimeDelta {
    let at = usize::try_from(failures.max(1) - 1).unwrap_or(usize::MAX);
    let minutes = PAUSES[at.min(PAUSES.len() - 1)];
    TimeDelta::seconds(minutes * 60 + (minutes as f64 * 15.0 * chance) as i64)
}
