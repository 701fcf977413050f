//! Asking back: whether the callback wants what somebody asked for in its name (WebSub §5.3), and telling it that there
//! will be nothing more (§5.2).

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use tracing::{debug, info};
use url::Url;

use super::book::Known;
use super::waiting::{Asked, Wish};
use super::{Hub, Key, topic};
use crate::fetch::{Errand, Errands};
use crate::model::Subscriber;
use crate::websub::form;
use crate::websub::token::token;

/// Attempts to reach a callback, and the pause before the second; each further one is twice as long.
const ATTEMPTS: u32 = 3;
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// What the callback says.
enum Word {
    /// From where.
    Yes(Option<IpAddr>),
    No,
    /// Nothing that can be understood; perhaps later.
    Silence,
}

impl Hub {
    pub(super) fn start_verifications(&self, now: DateTime<Utc>) {
        let due = self.inner.state().waiting.take_due(now);
        for (wish, asked) in due {
            let hub = self.clone();
            self.fly(async move { hub.verify(wish, asked).await });
        }
    }

    async fn verify(&self, wish: Wish, asked: Asked) {
        let word = self.ask(&wish, &asked).await;
        let now = (self.inner.clock)();
        match word {
            Word::Yes(from) => self.confirm(&wish, &asked, from, now).await,
            Word::Silence if asked.attempts < ATTEMPTS => {
                if let Some(known) = self.inner.state().waiting.get_mut(&wish) {
                    (known.is_flying, known.is_renewed) = (false, false);
                    known.next = now + PAUSE * 2_i32.pow(asked.attempts.saturating_sub(1));
                }
                return;
            }
            Word::No | Word::Silence => {
                debug!(topic = %wish.key.0, "a callback did not confirm what was asked for in its name");
            }
        }
        let mut state = self.inner.state();
        match state.waiting.get_mut(&wish) {
            // What was asked for meanwhile is another question.
            Some(known) if known.is_renewed => {
                (known.is_flying, known.is_renewed) = (false, false);
                (known.attempts, known.next) = (0, now);
            }
            _ => drop(state.waiting.remove(&wish)),
        }
    }

    async fn ask(&self, wish: &Wish, asked: &Asked) -> Word {
        let Some(challenge) = token() else {
            return Word::Silence;
        };
        let lease = asked.lease.to_string();
        let mode = if wish.leaves { "unsubscribe" } else { "subscribe" };
        let mut fields = vec![
            ("hub.mode", mode),
            ("hub.topic", &*wish.key.0),
            ("hub.challenge", &challenge),
        ];
        if !wish.leaves {
            fields.push(("hub.lease_seconds", &lease));
        }
        let url = form::with_query(&asked.url, &fields);
        // Of a site and of a client a few at once: who hangs keeps nobody else waiting.
        let (site, client) = (self.inner.party(&asked.site), asked.block.as_ref());
        let client = client.map(|block| self.inner.party(&format!("from {block}")));
        let Ok(_site) = site.acquire().await else {
            return Word::Silence;
        };
        let _client = match &client {
            Some(client) => client.acquire().await.ok(),
            None => None,
        };
        let Ok(_slot) = self.inner.slots.acquire().await else {
            return Word::Silence;
        };
        match self.get(url, challenge.len() + 1).await {
            Some(got) => match got.status {
                200..=299 if got.body == challenge.as_bytes() => Word::Yes(got.peer),
                200..=499 => Word::No,
                _ => Word::Silence,
            },
            None => Word::Silence,
        }
    }

    /// A GET of a callback; `None` without an answer.
    async fn get(&self, url: Url, most: usize) -> Option<Errands> {
        let errand = Errand {
            url,
            body: None,
            headers: HeaderMap::new(),
            timeout: self.inner.settings.timeout / 2,
            most,
        };
        let got = self.inner.fetcher.run(&errand, (self.inner.clock)()).await;
        got.inspect_err(|failure| debug!(reason = %failure.message, "a callback cannot be reached"))
            .ok()
    }

    async fn confirm(&self, wish: &Wish, asked: &Asked, from: Option<IpAddr>, now: DateTime<Utc>) {
        let key = &wish.key;
        if wish.leaves {
            self.inner.forget(key);
            return;
        }
        // What is there now it can read itself; what comes is delivered.
        let has = match topic::path(&self.inner.settings.site, &key.0) {
            Some(path) => self.inner.topics.version(path).await.ok().flatten(),
            None => None,
        };
        let Some(has) = has else { return };
        let until = now + TimeDelta::try_seconds(asked.lease).unwrap_or_default();
        {
            let mut state = self.inner.state();
            let before = state.book.get(key);
            let subscriber = Subscriber {
                secret: asked.secret.clone(),
                until,
                // A delivery that is still owed stays so.
                has: before.map_or(has, |before| before.subscriber.has),
                failures: 0,
                next: None,
                from,
            };
            let is_owed = subscriber.has != has;
            let known = Known {
                is_flying: before.is_some_and(|before| before.is_flying),
                ..Known::new(key, subscriber)
            };
            if !state.book.has_room_for(key, &known) {
                debug!(topic = %key.0, "no room for one more subscriber from there");
                return;
            }
            state.book.insert(key, known);
            state.expect(until);
            state.is_published |= is_owed;
        }
        self.inner.remember(key);
        info!(topic = %key.0, %until, "a subscriber was added or renewed");
    }

    /// Tells a callback that there will be nothing more.
    pub(super) async fn tell_denied(&self, key: &Key) {
        let Ok(callback) = Url::parse(&key.1) else { return };
        let fields = [
            ("hub.mode", "denied"),
            ("hub.topic", &*key.0),
            ("hub.reason", "this feed was removed"),
        ];
        self.get(form::with_query(&callback, &fields), 0).await;
    }
}
