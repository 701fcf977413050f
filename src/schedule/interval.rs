//! How long to wait.

use std::time::Duration;

use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Timelike, Utc};

use super::span;
use crate::model::{FailureKind, PollState, ScheduleHints};

pub(super) const DAY: TimeDelta = TimeDelta::days(1);
const WEEK: TimeDelta = TimeDelta::weeks(1);
pub(super) const MONTH: TimeDelta = TimeDelta::days(31);

/// A host that refuses is not asked again soon.
const REFUSED: TimeDelta = TimeDelta::hours(4);

/// After so long a missing feed is asked for once a week.
const LOST: TimeDelta = TimeDelta::days(30);

/// The longest of what the operator, the document, the answer and the source's own rhythm ask for.
pub(super) fn after_success(state: &PollState, floor: TimeDelta, chance: f64) -> TimeDelta {
    let seconds = |seconds| span(Duration::from_secs(seconds));
    let rhythm = state.item_gap.map(|gap| seconds(gap / 2));
    let adaptive = rhythm.map_or(floor, |gap| gap.clamp(floor.min(DAY), floor.max(DAY)));
    let hint = state
        .hints
        .interval
        .map(span)
        .max(state.fresh_for.map(seconds))
        .unwrap_or_default();
    let wait = floor.max(adaptive).max(hint).clamp(floor, floor.max(WEEK));
    scaled(wait, 1.0 + 0.1 * chance)
}

/// Grows with every failure in a row.
pub(super) fn after_failure(
    state: &PollState,
    kind: FailureKind,
    floor: TimeDelta,
    now: DateTime<Utc>,
    chance: f64,
) -> TimeDelta {
    let base = match kind {
        FailureKind::Busy | FailureKind::Forbidden => floor.max(REFUSED),
        _ => floor,
    };
    let is_lost =
        kind == FailureKind::NotFound && state.failing_since.is_some_and(|since| now - since >= LOST);
    let longest = if is_lost { WEEK } else { DAY };
    let doublings = state.failures.saturating_sub(1).min(20);
    let grown = if is_lost {
        WEEK
    } else {
        scaled(base, f64::from(1_u32 << doublings))
    };
    scaled(grown.min(longest.max(base)), 0.75 + 0.5 * chance).max(base)
}

fn scaled(span: TimeDelta, factor: f64) -> TimeDelta {
    let millis = span.num_milliseconds() as f64 * factor;
    TimeDelta::milliseconds((millis as i64).min(i64::MAX / 4))
}

/// The first moment from `then` on that lies in no hour or day that the document asks to skip (GMT).
pub(super) fn outside_skipped(then: DateTime<Utc>, hints: &ScheduleHints) -> DateTime<Utc> {
    let is_skipped = |moment: &DateTime<Utc>| {
        hints
            .skip_hours
            .iter()
            .any(|hour| u32::from(*hour) == moment.hour())
            || hints
                .skip_days
                .iter()
                .any(|day| u32::from(*day) == moment.weekday().num_days_from_monday())
    };
    if !is_skipped(&then) {
        return then;
    }
    let next_hour = then.duration_trunc(TimeDelta::hours(1)).unwrap_or(then);
    let hours = (1..=7 * 24).map(|hour| next_hour + TimeDelta::hours(hour));
    // A document that skips every hour of the week has said nothing.
    hours
        .into_iter()
        .find(|moment| !is_skipped(moment))
        .unwrap_or(then)
}
