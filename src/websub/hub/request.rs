//! Requests to subscribe and to unsubscribe (WebSub §5.1).

use std::net::IpAddr;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::waiting::{Asked, Wish};
use super::{Hub, topic};
use crate::websub::form::Form;
use crate::websub::party;

/// The longest secret (WebSub §5.1).
const LONGEST_SECRET: usize = 199;
/// The longest callback.
const LONGEST_CALLBACK: usize = 2_048;

/// Why a request is refused, in words for the subscriber.
pub(in crate::websub) type Refusal = (StatusCode, &'static str);

const FULL: Refusal = (
    StatusCode::SERVICE_UNAVAILABLE,
    "this hub has no room for more subscribers\n",
);

impl Hub {
    /// Takes a request; the callback is asked back later. `client` is whose request it is, if that is known.
    pub(in crate::websub) async fn request(
        &self,
        body: &[u8],
        client: Option<IpAddr>,
    ) -> Result<(), Refusal> {
        let form = Form::read(body);
        let now = (self.inner.clock)();
        let (wish, mut asked) = self.read(&form, now)?;
        asked.block = client.map(party::block);
        if wish.leaves {
            // Also a feed that was removed. Of whoever is not subscribed there is nothing to end, and nobody to ask.
            if self.inner.state().book.get(&wish.key).is_none() {
                return Ok(());
            }
        } else {
            let known = match topic::path(&self.inner.settings.site, &wish.key.0) {
                Some(path) => self.inner.topics.version(path).await,
                None => Ok(None),
            };
            match known {
                Ok(Some(_)) => {}
                Ok(None) => return Err((StatusCode::NOT_FOUND, "hub.topic is none of our feeds\n")),
                Err(_) => return Err((StatusCode::SERVICE_UNAVAILABLE, "not now; try again soon\n")),
            }
        }
        {
            let mut state = self.inner.state();
            let has_room = state.book.has_room(&wish.key, &asked.site);
            if !has_room || !state.waiting.insert(wish, asked) {
                return Err(FULL);
            }
        }
        self.inner.woken.notify_one();
        Ok(())
    }

    fn read(&self, form: &Form<'_>, now: DateTime<Utc>) -> Result<(Wish, Asked), Refusal> {
        let wrong = |words| (StatusCode::BAD_REQUEST, words);
        let callback = form
            .get("hub.callback")
            .filter(|callback| callback.len() <= LONGEST_CALLBACK)
            .ok_or(wrong("hub.callback is missing or too long\n"))?;
        let topic = form.get("hub.topic").ok_or(wrong("hub.topic is missing\n"))?;
        let leaves = match form.get("hub.mode") {
            Some("subscribe") => false,
            Some("unsubscribe") => true,
            _ => return Err(wrong("hub.mode must be subscribe or unsubscribe\n")),
        };
        let secret = form.get("hub.secret").filter(|secret| !secret.is_empty());
        if secret.is_some_and(|secret| secret.len() > LONGEST_SECRET) {
            return Err(wrong("hub.secret must be shorter than 200 bytes\n"));
        }
        let url = self.callback(callback)?;
        let asked = Asked {
            site: party::site(&url),
            url,
            block: None,
            lease: self.lease(form.get("hub.lease_seconds")).num_seconds(),
            secret: secret.map(str::to_owned),
            since: now,
            attempts: 0,
            next: now,
            is_flying: false,
            is_renewed: false,
        };
        let key = (topic.into(), callback.into());
        Ok((Wish { key, leaves }, asked))
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
}
