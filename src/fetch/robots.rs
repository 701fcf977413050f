//! robots.txt before pages: each site is asked for its rules once, and they hold for a day.
//!
//! Feeds are exempt: they are made for programs, and the operator subscribed to them as any reader does.

mod rules;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OnceCell;
use url::Url;

use super::client::Client;
use super::{Reply, Request, Wants, error, follow, hosts};
use crate::model::{Failure, FailureKind, Robots, RobotsRecord};

/// RFC 9309 §2.4: rules are not used for longer, unless the site cannot be reached …
const FRESH: TimeDelta = TimeDelta::hours(24);
/// … and then not for ever (§2.3.1.4).
const STALE: TimeDelta = TimeDelta::days(30);
/// A site whose rules could not be asked for is asked again.
const TROUBLE: TimeDelta = TimeDelta::hours(1);

const TIMEOUT: Duration = Duration::from_secs(30);
/// What is longer is cut: no more of it is read anyway.
const MOST_BYTES: u64 = 512 << 10;
/// Sites whose rules are kept before those are looked for that are too old.
const MANY: usize = 4_096;
/// A site that wants to be asked less often than this should say so with other means.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The rules of all sites that pages are read from.
#[derive(Default)]
pub(super) struct Gate {
    state: Mutex<State>,
}

/// What a site asks, and since when it is known; or why nothing was sent.
type Rules = Result<(Robots, DateTime<Utc>), Failure>;

#[derive(Default)]
struct State {
    /// From earlier passes, or asked for in this one.
    known: HashMap<String, RobotsRecord>,
    cells: HashMap<String, Arc<OnceCell<Rules>>>,
    /// Asked for since they were last taken.
    fetched: Vec<RobotsRecord>,
}

impl State {
    /// Lets go of what would be asked for again anyway.
    fn forget(&mut self, now: DateTime<Utc>) {
        let is_kept = |rules: &Rules| rules.as_ref().is_ok_and(|rules| is_fresh(rules, now));
        self.cells.retain(|_, cell| cell.get().is_none_or(is_kept));
        self.known.retain(|_, known| now - known.fetched < STALE);
    }
}

impl Gate {
    pub(super) fn know(&self, record: RobotsRecord) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.known.insert(record.origin.clone(), record);
    }

    pub(super) fn fetched(&self) -> Vec<RobotsRecord> {
        std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).fetched)
    }
}

/// Whether the site of this address lets it be read.
pub(super) async fn check(client: &Client, url: &Url, now: DateTime<Utc>) -> Result<(), Failure> {
    let origin = url.origin().ascii_serialization();
    let (cell, known) = {
        let mut state = client.robots.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.cells.len() >= MANY {
            state.forget(now);
        }
        let cell = state.cells.entry(origin.clone()).or_default();
        // Whoever runs for long asks again when they are too old; where nothing was sent, nothing is known.
        if cell
            .get()
            .is_some_and(|rules| !rules.as_ref().is_ok_and(|rules| is_fresh(rules, now)))
        {
            *cell = Arc::default();
        }
        (cell.clone(), state.known.get(&origin).cloned())
    };
    let robots = cell
        .get_or_init(async || {
            let known = known.map(|known| (known.robots, known.fetched));
            match known {
                Some(known) if is_fresh(&known, now) => Ok(known),
                known => ask(client, url, origin.clone(), known, now).await,
            }
        })
        .await
        .clone();
    let (robots, _) = robots?;
    if let Some(delay) = robots.crawl_delay {
        let delay = Duration::from_secs(delay.into()).min(LONGEST_DELAY);
        client.hosts.slow(&hosts::name(url), delay).await;
    }
    if robots.is_closed {
        let message = "robots.txt of this site cannot be read, so its pages may not be; it is asked for again in an hour";
        return Err(error::failure(FailureKind::Transient, message));
    }
    match rules::deciding(&robots, url) {
        // The rule is public, the address need not be.
        Some(rule) if !rule.allows => {
            let message = format!(
                "robots.txt of this site forbids it to feedmill (Disallow: {}); ask the site, or use its feed",
                rule.pattern
            );
            Err(error::failure(FailureKind::Forbidden, message))
        }
        _ => Ok(()),
    }
}

async fn ask(
    client: &Client,
    url: &Url,
    origin: String,
    known: Option<(Robots, DateTime<Utc>)>,
    now: DateTime<Utc>,
) -> Rules {
    let mut address = url.clone();
    address.set_path("/robots.txt");
    address.set_query(None);
    address.set_fragment(None);
    let request = Request {
        configured: address.clone(),
        start: address,
        validators: None,
        headers: Vec::new(),
        timeout: TIMEOUT,
        max_body: MOST_BYTES,
        wants: Wants::Rules,
    };
    let robots = match Box::pin(follow::get(client, &request, now)).await {
        Ok(Reply::Document { body, .. }) => rules::parse(&body),
        Ok(Reply::NotModified(_)) => Robots::default(),
        // The host will be asked when it wants to be.
        Err(error)
            if error.failure.kind == FailureKind::Paused
                && client.hosts.paused(&hosts::name(url), now).is_some() =>
        {
            return Err(error.failure);
        }
        Err(error) if is_unavailable(&error) => Robots::default(),
        // §2.3.1.4: without an answer nothing may be read, but an older answer holds on.
        Err(error) => {
            let is_usable =
                |(known, fetched): &(Robots, DateTime<Utc>)| !known.is_closed && now - *fetched < STALE;
            if let Some((known, _)) = known.filter(is_usable) {
                return Ok((known, now - FRESH + TROUBLE));
            }
            // Nobody is there to be asked for a page either: when somebody is, the rules are asked for first.
            let is_unasked = matches!(error.failure.kind, FailureKind::Unreachable | FailureKind::Short);
            if is_unasked && error.answer.is_none() {
                return Err(error.failure);
            }
            Robots {
                is_closed: true,
                ..Robots::default()
            }
        }
    };
    let record = RobotsRecord {
        origin: origin.clone(),
        fetched: now,
        robots: robots.clone(),
    };
    let mut state = client.robots.state.lock().unwrap_or_else(PoisonError::into_inner);
    state.fetched.push(record.clone());
    state.known.insert(origin, record);
    Ok((robots, now))
}

/// Whether rules hold. They may be a little younger than `now`: polls that began at several times share them.
fn is_fresh((robots, fetched): &(Robots, DateTime<Utc>), now: DateTime<Utc>) -> bool {
    let longest = if robots.is_closed { TROUBLE } else { FRESH };
    (-TROUBLE..longest).contains(&(now - *fetched))
}

/// §2.3.1.3 and §2.3.1.2: a site that has no rules, or whose redirects lead nowhere, forbids nothing.
fn is_unavailable(error: &super::Error) -> bool {
    let status = error.answer.as_ref().map(|answer| answer.status);
    match (error.failure.kind, status) {
        (FailureKind::Unreadable, _) | (FailureKind::Refused, Some(_)) => true,
        (_, Some(status)) => (400..500).contains(&status) && status != 429,
        (_, None) => false,
    }
}
