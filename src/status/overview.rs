//! The overview itself. Its JSON is what scripts read: fields are added, never renamed.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use url::Url;

use super::feeds::{Readership, feeds};
use super::live::{Counters, Live, Reload, Warning};
use super::ready::{self, Unready};
use super::{DAYS, Stored};
use crate::alert;
use crate::config::Config;
use crate::model::{
    Alert, AlertKind, ClockTrouble, FeedKind, Healed, Health, PollState, Source, SourceId, Waiting,
};
use crate::schedule;
use crate::serve::{Counts, Readers};

/// All that is known at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// The title of the site.
    pub title: String,
    /// When this was so.
    pub at: DateTime<Utc>,
    /// In the order of the configuration.
    pub sources: Vec<SourceSeen>,
    /// All that are published.
    pub feeds: Vec<FeedSeen>,
    /// What is the matter, newest first.
    pub alerts: Vec<AlertSeen>,
    /// Sums.
    pub totals: Totals,
    /// What is the matter with the machine's clock; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockTrouble>,
    /// Why readers may be given something old; absent when all is well, and where nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unready: Option<Unready>,
    /// Of the running daemon; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
}

/// Sums over everything.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Totals {
    /// Items in the store.
    pub stored_items: u64,
    /// Items that came within the days that charts show.
    pub items: u64,
    /// Of what came within these days, what was there already.
    pub merged: u64,
}

/// A source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceSeen {
    /// Its name.
    pub name: String,
    /// `feed`, `page` or `sitemap`.
    pub kind: &'static str,
    /// The same word with its address, without what is secret.
    #[serde(flatten)]
    pub address: BTreeMap<&'static str, String>,
    /// How it is doing.
    pub health: Health,
    /// As it calls itself.
    pub title: Option<String>,
    /// Items in its last good document.
    pub items: u32,
    /// Since when that holds none.
    pub empty_since: Option<DateTime<Utc>>,
    /// Last attempt.
    pub last_poll: Option<DateTime<Utc>>,
    /// Last answer that could be used.
    pub last_success: Option<DateTime<Utc>>,
    /// Not before; absent: now, or never for one that is gone.
    pub next_poll: Option<DateTime<Utc>>,
    /// What it waits for until then: `floor` (`every`), `rhythm`, `window` (what its document holds), `hint` (of its
    /// publisher), `failure` or `host` (which asked for patience).
    pub waiting: Option<Waiting>,
    /// In how many seconds its document turns over at the fastest that was seen lately.
    pub turnover: Option<i64>,
    /// In a row.
    pub failures: u32,
    /// The first of them.
    pub failing_since: Option<DateTime<Utc>>,
    /// HTTP status of the last answer.
    pub last_status: Option<u16>,
    /// What went wrong, and what to do.
    pub last_error: Option<String>,
    /// The page has changed, and how it is read now.
    pub healed: Option<Healed>,
    /// Where a permanent redirect leads, without what is secret.
    pub moved_to: Option<String>,
    /// When its newest item was published.
    pub newest_item: Option<DateTime<Utc>>,
    /// Its silence is strange.
    pub silent: bool,
    /// New items on each of the last days, today last.
    pub items_by_day: Vec<u64>,
    /// On these days, what was there already.
    pub merged_by_day: Vec<u64>,
}

/// A feed.
#[derive(Clone, Debug, Serialize)]
pub struct FeedSeen {
    /// What it collects.
    pub kind: FeedKind,
    /// Its name; empty for the feed of everything.
    pub name: String,
    /// Below the output; empty for the feed of everything.
    pub folder: String,
    /// Items it holds.
    pub items: u64,
    /// People, as many as the services claim that ask for them; absent where nothing is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribers: Option<u64>,
    /// Other programs that asked for it of late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readers: Option<u64>,
}

/// An alert that goes on.
#[derive(Clone, Debug, Serialize)]
pub struct AlertSeen {
    /// The source.
    pub source: String,
    /// What is the matter.
    pub kind: AlertKind,
    /// When it was told.
    pub raised: DateTime<Utc>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// In words, a paragraph a line.
    pub words: String,
}

/// What is only known while it runs.
#[derive(Clone, Debug, Serialize)]
pub struct Running {
    /// Which feedmill.
    pub version: &'static str,
    /// Since when.
    pub started: DateTime<Utc>,
    /// Polls and what came of them.
    pub polls: Counters,
    /// Answers to readers.
    pub answers: Counts,
    /// Newest first.
    pub warnings: Vec<Warning>,
    /// The last time that the configuration was read anew.
    pub reload: Option<Reload>,
    /// Why the output could not be written the last time.
    pub publish_error: Option<String>,
    /// Since when this machine seems to be offline.
    pub offline: Option<DateTime<Utc>>,
}

/// What is known while it runs.
pub(super) struct Runs<'a> {
    pub live: &'a Live,
    pub readers: &'a HashMap<Box<str>, Readers>,
    pub answers: Counts,
}

impl Overview {
    /// Where nothing runs.
    pub fn of(config: &Config, stored: &Stored, now: DateTime<Utc>) -> Self {
        Self::new(config, stored, None, now)
    }

    /// While the daemon runs: `readers` by the addresses that they ask for.
    pub fn running(
        config: &Config,
        stored: &Stored,
        live: &Live,
        readers: &HashMap<Box<str>, Readers>,
        answers: Counts,
        now: DateTime<Utc>,
    ) -> Self {
        let runs = Runs {
            live,
            readers,
            answers,
        };
        Self::new(config, stored, Some(&runs), now)
    }

    fn new(config: &Config, stored: &Stored, runs: Option<&Runs<'_>>, now: DateTime<Utc>) -> Self {
        let days = Days::new(stored, now);
        let sources: Vec<SourceSeen> = config
            .sources
            .iter()
            .map(|source| seen(source, state(stored, source), &days))
            .collect();
        let of_days = |pick: fn(&SourceSeen) -> &Vec<u64>| sources.iter().flat_map(pick).sum();
        Self {
            title: config.site.title.clone(),
            at: now,
            totals: Totals {
                stored_items: stored.items,
                items: of_days(|source| &source.items_by_day),
                merged: of_days(|source| &source.merged_by_day),
            },
            feeds: feeds(
                stored,
                runs.map(|runs| Readership::new(&stored.feeds, runs.readers)),
            ),
            alerts: stored.alerts.iter().map(alert_seen).collect(),
            clock: stored.clock.clone(),
            unready: runs.and_then(|runs| ready::trouble(config, stored, runs.live, now)),
            running: runs.map(|runs| Running {
                version: env!("CARGO_PKG_VERSION"),
                started: runs.live.started(),
                polls: runs.live.counters(),
                answers: runs.answers,
                warnings: runs.live.warnings(),
                reload: runs.live.reload(),
                publish_error: runs.live.publish_error(),
                offline: runs.live.offline_since(),
            }),
            sources,
        }
    }
}

/// What is remembered about a source at its present address.
pub(super) fn state<'a>(stored: &'a Stored, source: &Source) -> Option<&'a PollState> {
    let state = stored.polls.get(&source.id);
    state.filter(|state| state.url == source.question())
}

fn alert_seen(alert: &Alert) -> AlertSeen {
    AlertSeen {
        source: alert.name.clone(),
        kind: alert.kind,
        raised: alert.raised,
        since: alert.since,
        words: alert.words.clone(),
    }
}

fn seen(source: &Source, state: Option<&PollState>, days: &Days) -> SourceSeen {
    let fresh = PollState::default();
    let state = state.unwrap_or(&fresh);
    // A redirect repeats what it was asked with.
    let moved_to = |to: &str| Some(source.published(&Url::parse(to).ok()?));
    let (items_by_day, merged_by_day) = days.of(&source.id);
    SourceSeen {
        name: source.name.clone(),
        kind: source.kind.key(),
        address: BTreeMap::from([(source.kind.key(), source.published_address())]),
        health: state.health,
        title: state.title.clone(),
        items: state.items,
        empty_since: state.empty_since,
        last_poll: state.last_poll,
        last_success: state.last_success,
        next_poll: state.next_poll.filter(|_| state.health != Health::Gone),
        waiting: state.waiting.filter(|_| state.health != Health::Gone),
        turnover: schedule::turnover(state, days.now).map(|turnover| turnover.num_seconds()),
        failures: state.failures,
        failing_since: state.failing_since,
        last_status: state.last_status,
        last_error: state.last_error.clone(),
        healed: state.healed.clone(),
        moved_to: state.moved.as_ref().and_then(|moved| moved_to(&moved.to)),
        newest_item: state.rhythm.recent.first().copied(),
        silent: alert::silence(state).is_some_and(|silence| silence.is_strange()),
        items_by_day,
        merged_by_day,
    }
}

/// What sources brought, by day.
struct Days {
    now: DateTime<Utc>,
    counts: HashMap<SourceId, (Vec<u64>, Vec<u64>)>,
}

impl Days {
    fn new(stored: &Stored, now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        let place = |day: NaiveDate| {
            let ago = usize::try_from((today - day).num_days()).ok()?;
            (DAYS - 1).checked_sub(ago)
        };
        let mut counts: HashMap<SourceId, (Vec<u64>, Vec<u64>)> = HashMap::new();
        for brought in &stored.brought {
            // A clock that was set back left days that are still to come.
            let Some(place) = place(brought.day) else { continue };
            let (items, merged) = counts
                .entry(brought.source.clone())
                .or_insert_with(|| (vec![0; DAYS], vec![0; DAYS]));
            items[place] += brought.items;
            merged[place] += brought.merged;
        }
        Self { now, counts }
    }

    fn of(&self, source: &SourceId) -> (Vec<u64>, Vec<u64>) {
        let counts = self.counts.get(source).cloned();
        counts.unwrap_or_else(|| (vec![0; DAYS], vec![0; DAYS]))
    }
}
