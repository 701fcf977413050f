//! What the operator reads.

use chrono::{DateTime, TimeDelta, Utc};

use super::Silence;
use crate::model::{Alert, PollState, Source};

/// Of a source that is not configured any more.
pub(super) const REMOVED: &str = "It is no longer in feeds.toml.";

pub(super) fn failing(
    source: &Source,
    state: &PollState,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> String {
    let last = match state.last_success {
        Some(last) => format!("It was last read on {}.", moment(last)),
        None => "It was never read.".to_owned(),
    };
    let next = state.next_poll.map_or(String::new(), |next| {
        format!(" It is asked again on {}.", moment(next))
    });
    format!(
        "Every poll has failed for {}, since {}: {}.\n{last} What it brought stays published.{next}\nIts address is {}; \
         feedmill check --online looks for a better one.",
        span(now - since),
        moment(since),
        error(state),
        source.published_address(),
    )
}

pub(super) fn gone(source: &Source, state: &PollState) -> String {
    format!(
        "It says that it is gone for good: {}.\nIt is not asked again. What it brought stays published.\nIts address is {}: \
         take it out of feeds.toml, or give its new address.",
        error(state),
        source.published_address(),
    )
}

pub(super) fn silent(source: &Source, silence: &Silence, now: DateTime<Utc>) -> String {
    format!(
        "It answers, but its newest item is of {}, {} ago. The longest of the {} pauses before was {}.\nIt may have moved, \
         or its feed may be broken: look at {}.",
        moment(silence.newest),
        span(now - silence.newest),
        silence.pauses,
        span(silence.longest),
        source.published_address(),
    )
}

pub(super) fn answers(state: &PollState, alert: &Alert) -> String {
    let Some(success) = state.last_success else {
        return "It was read again.".to_owned();
    };
    format!(
        "It was read on {}, after {}.",
        moment(success),
        span(success - alert.since)
    )
}

pub(super) fn publishes(newest: DateTime<Utc>, alert: &Alert) -> String {
    format!(
        "It has something new of {}, after {}.",
        moment(newest),
        span(newest - alert.since)
    )
}

fn error(state: &PollState) -> &str {
    state
        .last_error
        .as_deref()
        .unwrap_or("no reason is known")
        .trim_end_matches('.')
}

fn moment(time: DateTime<Utc>) -> String {
    time.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// In the largest unit that leaves a number above one.
fn span(span: TimeDelta) -> String {
    let units = [
        (span.num_days(), "days"),
        (span.num_hours(), "hours"),
        (span.num_minutes(), "minutes"),
    ];
    let unit = units.into_iter().find(|(number, _)| *number > 1);
    unit.map_or_else(
        || "a moment".to_owned(),
        |(number, unit)| format!("{number} {unit}"),
    )
}
