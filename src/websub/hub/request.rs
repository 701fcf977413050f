//! Requests to subscribe and to unsubscribe (WebSub §5.1).

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{Hub, Key, State, host, topic};
use crate::model::PushRequest;
use crate::websub::form::Form;

/// The longest secret (WebSub §5.1).
const LONGEST_SECRET: usize = 199;
/// The longest callback.
const LONGEST_CALLBACK: usize = 2_048;
/// Requests that wait to be asked back.
const MOST_ASKED: usize = 2_000;

/// What was asked for, before the callback confirmed it.
#[derive(Clone)]
pub(super) struct Asked {
    pub url: Url,
    pub request: PushRequest,
    pub is_flying: bool,
}

impl Asked {
    /// As an earlier run left it.
    pub(super) fn again(callback: &str, request: PushRequest) -> Option<Self> {
        Some(Self {
            url: Url::parse(callback).ok()?,
            request,
            is_flying: false,
        })
    }
}

/// Why a request is refused, in words for the subscriber.
pub(in crate::websub) type Refusal = (StatusCode, &'static str);

impl Hub {
    /// Takes a request; the callback is asked back later.
    pub(in crate::websub) async fn request(&self, body: &[u8]) -> Result<(), Refusal> {
        let form = Form::read(body);
        let now = (self.inner.clock)();
        let (key, asked) = self.read(&form, now)?;
        let path = topic::path(&self.inner.settings.site, &key.0);
        let known = match path {
            Some(path) => self.inner.topics.version(path).await,
            None => Ok(None),
        };
        match known {
            Ok(Some(_)) => {}
            // Whoever wants to leave a feed that was removed may.
            _ if asked.request.lease.is_none() => {}
            Ok(None) => return Err((StatusCode::NOT_FOUND, "hub.topic is none of our feeds\n")),
            Err(_) => return Err((StatusCode::SERVICE_UNAVAILABLE, "not now; try again soon\n")),
        }
        {
            let mut state = self.inner.state();
            self.check_room(&state, &key, &asked)?;
            state.asked.insert(key.clone(), asked);
        }
        self.inner.remember(&key);
        self.inner.woken.notify_one();
        Ok(())
    }

    fn read(&self, form: &Form<'_>, now: DateTime<Utc>) -> Result<(Key, Asked), Refusal> {
        let wrong = |words| (StatusCode::BAD_REQUEST, words);
        let callback = form
            .get("hub.callback")
            .filter(|callback| callback.len() <= LONGEST_CALLBACK)
            .ok_or(wrong("hub.callback is missing or too long\n"))?;
        let topic = form.get("hub.topic").ok_or(wrong("hub.topic is missing\n"))?;
        let lease = match form.get("hub.mode") {
            Some("subscribe") => Some(self.lease(form.get("hub.lease_seconds"))),
            Some("unsubscribe") => None,
            _ => return Err(wrong("hub.mode must be subscribe or unsubscribe\n")),
        };
        let secret = form.get("hub.secret").filter(|secret| !secret.is_empty());
        if secret.is_some_and(|secret| secret.len() > LONGEST_SECRET) {
            return Err(wrong("hub.secret must be shorter than 200 bytes\n"));
        }
        let asked = Asked {
            url: self.callback(callback)?,
            request: PushRequest {
                lease: lease.map(|lease| lease.num_seconds()),
                secret: secret.map(str::to_owned),
                since: now,
                attempts: 0,
                next: now,
            },
            is_flying: false,
        };
        Ok(((topic.to_owned(), callback.to_owned()), asked))
    }

    /// An address of the web that the guard lets us ask. What its name resolves to is checked at each request.
    fn callback(&self, callback: &str) -> Result<Url, Refusal> {
        const WRONG: Refusal = (
            StatusCode::BAD_REQUEST,
            "hub.callback must be an http or https address that anybody can reach\n",
        );
        let url = Url::parse(callback).map_err(|_| WRONG)?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let permitted = self.inner.fetcher.permits(&url, Some(&self.inner.settings.site));
        match permitted {
            Ok(()) if is_plain => Ok(url),
            _ => Err(WRONG),
        }
    }

    /// Every lease ends.
    fn lease(&self, asked: Option<&str>) -> TimeDelta {
        let [shortest, usual, longest] = self.inner.settings.leases;
        let asked = asked.and_then(|seconds| seconds.parse::<i64>().ok());
        match asked.filter(|seconds| *seconds > 0) {
            Some(seconds) => {
                let lease = TimeDelta::try_seconds(seconds).unwrap_or(longest);
                lease.clamp(shortest, longest)
            }
            None => usual,
        }
    }

    fn check_room(&self, state: &State, key: &Key, asked: &Asked) -> Result<(), Refusal> {
        const FULL: Refusal = (
            StatusCode::SERVICE_UNAVAILABLE,
            "this hub has no room for more subscribers\n",
        );
        if state.subscribers.contains_key(key) || state.asked.contains_key(key) {
            return Ok(());
        }
        let settings = &self.inner.settings;
        let name = host(&asked.url);
        let waiting = state.asked.values().filter(|other| host(&other.url) == name);
        let known = state.subscribers.values().filter(|known| known.host == name);
        let is_full = state.asked.len() >= MOST_ASKED
            || state.subscribers.len() + state.asked.len() >= settings.subscribers
            || waiting.count() + known.count() >= settings.per_host;
        if is_full { Err(FULL) } else { Ok(()) }
    }
}
