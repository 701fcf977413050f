//! Which sources need the operator. Pure: states, time and what was told before come in, what is new comes out.
//!
//! A source that has failed for a day, one that says that it is gone, and one that is silent against its own rhythm raise
//! one alert, and one more word when that is over. What was told is known from the store, so that neither a restart nor
//! the next line of cron tells it again.

mod silence;
mod words;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::model::{Alert, AlertKind, Ended, Health, PollState, Source, SourceId};

pub use silence::{Silence, silence};

/// A source that fails for less is left to the next polls: most sites that are down come back within hours.
const FAILED: TimeDelta = TimeDelta::days(1);

/// A source and what is remembered of its polls at its present address, if it was polled there.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// As it is configured.
    pub source: &'a Source,
    /// See `PollState`.
    pub state: Option<&'a PollState>,
}

/// A poll may take so long, and publishing, too.
const ABOUT: TimeDelta = TimeDelta::minutes(1);

/// The alerts that are new and those of `open` that have come to an end, to be stored and told. `open` are all that were
/// told and are not over.
pub fn changes(watched: &[Watched<'_>], open: &[Alert], now: DateTime<Utc>) -> Vec<Alert> {
    let now = now.trunc_subsecs(0);
    let by_source: HashMap<&SourceId, &Watched<'_>> = watched
        .iter()
        .map(|watched| (&watched.source.id, watched))
        .collect();
    let ended = open.iter().filter_map(|alert| {
        let words = over(by_source.get(&alert.source).copied(), alert)?;
        let ended = Some(Ended { at: now, words });
        Some(Alert {
            ended,
            ..alert.clone()
        })
    });
    let told: HashSet<(&SourceId, AlertKind)> =
        open.iter().map(|alert| (&alert.source, alert.kind)).collect();
    let is_told = |alert: &Alert| told.contains(&(&alert.source, alert.kind));
    let raised = watched
        .iter()
        .filter_map(|watched| raised(watched.source, watched.state?, now))
        .filter(|alert| !is_told(alert));
    ended.chain(raised).collect()
}

/// What is the matter with a source, if it is something for the operator.
fn raised(source: &Source, state: &PollState, now: DateTime<Utc>) -> Option<Alert> {
    let alert = |kind, since: DateTime<Utc>, words| Alert {
        source: source.id.clone(),
        name: source.name.clone(),
        kind,
        raised: now,
        since: since.trunc_subsecs(0),
        words,
        ended: None,
    };
    match state.health {
        Health::New => None,
        Health::Ok => {
            let silence = silence(state).filter(Silence::is_strange)?;
            let words = words::silent(source, &silence, now);
            Some(alert(AlertKind::Silent, silence.newest, words))
        }
        // A poll that is due may be the one that succeeds: a machine that slept for a day knows no better yet.
        Health::Failing => {
            let since = state.failing_since?;
            let is_due = state.next_poll.is_none_or(|next| next <= now);
            let is_long = now - since >= FAILED && state.failures > 1;
            (is_long && !is_due).then(|| {
                alert(
                    AlertKind::Failing,
                    since,
                    words::failing(source, state, since, now),
                )
            })
        }
        // It is not asked again: waiting would change nothing.
        Health::Gone => {
            let since = state.failing_since.unwrap_or(now);
            Some(alert(AlertKind::Failing, since, words::gone(source, state)))
        }
    }
}

/// From when on a source needs the operator, if nothing is heard of it until then; `None` while it does not.
pub fn expected(source: &Source, state: &PollState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(alert) = raised(source, state, now) {
        return Some(alert.raised);
    }
    let is_failing = state.health == Health::Failing && state.failures > 1;
    let due = state.failing_since.filter(|_| is_failing)?.trunc_subsecs(0) + FAILED;
    // A poll before that, or at about that time, may change it.
    let is_heard_of = |next: DateTime<Utc>| next <= due + ABOUT || next <= now;
    (!state.next_poll.is_none_or(is_heard_of)).then_some(due)
}

/// How an alert came to its end; `None` while it goes on, or while nothing else is known.
fn over(watched: Option<&Watched<'_>>, alert: &Alert) -> Option<String> {
    let Some(watched) = watched else {
        return Some(words::REMOVED.to_owned());
    };
    let state = watched.state?;
    match alert.kind {
        AlertKind::Failing => (state.health == Health::Ok).then(|| words::answers(state, alert)),
        AlertKind::Silent => {
            let newest = state.rhythm.recent.first()?.trunc_subsecs(0);
            (newest > alert.since).then(|| words::publishes(newest, alert))
        }
    }
}
