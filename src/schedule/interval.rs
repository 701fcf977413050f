//! How long to wait.

use std::time::Duration;

use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Timelike, Utc};

use super::{rhythm, span, turnover};
use crate::model::{FailureKind, PollState, ScheduleHints, Waiting};

pub(super) const DAY: TimeDelta = TimeDelta::days(1);
const WEEK: TimeDelta = TimeDelta::weeks(1);
pub(super) const MONTH: TimeDelta = TimeDelta::days(31);

/// Chance makes a wait longer by so much at most, as a part of it.
const JITTER: f64 = 0.1;

/// A host that refuses is not asked again soon.
const REFUSED: TimeDelta = TimeDelta::hours(4);

/// After so long a missing feed is asked for once a week.
const LOST: TimeDelta = TimeDelta::days(30);

/// The back-off of a source whose habits are known ends at so many of its usual waits, …
const FEW: i32 = 2;

/// … but nobody in trouble is asked more often than that at its end, …
const TROUBLED: TimeDelta = TimeDelta::minutes(30);

/// … and after so many times that span without an answer it has grown to that.
const PATIENCE: i32 = 24;

/// A wait that somebody asks for is believed when the source was watched for so many times as long.
const TRUST: i32 = 8;

/// A document of less turns over with each item, and nothing follows from that.
const FEWEST: u32 = 3;

/// What a source waits, and for what.
pub(super) struct Wait {
    pub span: TimeDelta,
    pub why: Waiting,
}

/// The longest of what the operator, the document, the answer and the source's own rhythm ask for, unless its document
/// could turn over meanwhile; never less than the operator asks for. A source that answers again is asked without regard
/// to its rhythm: what it could not publish meanwhile comes now.
pub(super) fn after_success(
    state: &PollState,
    floor: TimeDelta,
    answers_again: bool,
    now: DateTime<Utc>,
    chance: f64,
) -> Wait {
    let seconds = |seconds| span(Duration::from_secs(seconds));
    let rhythm = if answers_again {
        TimeDelta::zero().into()
    } else {
        rhythm::wait(&state.rhythm, now, now)
    };
    let hint = state
        .hints
        .interval
        .map(span)
        .max(state.fresh_for.map(seconds))
        .unwrap_or_default();
    let mut wait = Wait {
        span: rhythm.span.max(hint).min(WEEK),
        why: if hint > rhythm.span {
            Waiting::Hint
        } else {
            Waiting::Rhythm
        },
    };
    // States are kept in milliseconds.
    let most = TimeDelta::milliseconds(limit(state, now).num_milliseconds());
    if most < wait.span {
        // As much sooner as chance may make it later.
        (wait.span, wait.why) = (scaled(most, 1.0 / (1.0 + JITTER)), Waiting::Window);
    }
    if wait.span <= floor {
        (wait.span, wait.why) = (floor, Waiting::Floor);
    }
    let is_timed = rhythm.is_timed && wait.span == rhythm.span;
    let spread = if is_timed { floor } else { wait.span };
    let latest = match wait.why {
        Waiting::Floor => TimeDelta::MAX,
        _ => most.max(wait.span),
    };
    wait.span = (wait.span + scaled(spread, JITTER * chance)).min(latest);
    wait
}

/// Half the time in which the source's document would turn over at its fastest. While that is not known, who asks for
/// long waits is believed more and more.
fn limit(state: &PollState, now: DateTime<Utc>) -> TimeDelta {
    match turnover::fastest(&state.rhythm, state.items, now) {
        Some(fastest) => fastest / 2,
        None if state.items < FEWEST => TimeDelta::MAX,
        None => state
            .first_success
            .map_or(TimeDelta::zero(), |first| (now - first) / TRUST),
    }
}

/// Grows with every failure in a row.
pub(super) fn after_failure(
    state: &PollState,
    kind: FailureKind,
    floor: TimeDelta,
    now: DateTime<Utc>,
    chance: f64,
) -> Wait {
    let base = match kind {
        FailureKind::Busy | FailureKind::Forbidden => floor.max(REFUSED),
        _ => floor,
    };
    let failing = now - state.failing_since.unwrap_or(now);
    let span = if kind == FailureKind::NotFound && failing >= LOST {
        jittered(WEEK, chance).max(base)
    } else {
        let longest = match kind {
            FailureKind::Busy => DAY,
            FailureKind::NotFound if failing >= DAY => DAY,
            _ => longest(state, now),
        };
        grown(base, state.failures.saturating_sub(1), longest, chance)
    };
    Wait {
        span,
        why: Waiting::Failure,
    }
}

/// The end of a back-off: what the source would usually wait, a few times, no more than it takes to publish something and
/// no longer than its document holds; and a day where its habits are not known. It grows with the trouble itself.
pub(super) fn longest(state: &PollState, now: DateTime<Utc>) -> TimeDelta {
    let since = state.failing_since.unwrap_or(now).min(now);
    let Some(gap) = rhythm::gap(&state.rhythm, now) else {
        return DAY;
    };
    let usual = rhythm::wait(&state.rhythm, since, now).span * FEW;
    let habit = usual.min(gap).min(limit(state, now)).max(TROUBLED);
    habit.max((now - since) / PATIENCE).min(DAY)
}

/// Doubles up to `longest`, with a quarter of jitter either way, and is never shorter than `base`.
pub(super) fn grown(base: TimeDelta, doublings: u32, longest: TimeDelta, chance: f64) -> TimeDelta {
    let grown = scaled(base, f64::from(1_u32 << doublings.min(20)));
    jittered(grown.min(longest.max(base)), chance).max(base)
}

fn jittered(span: TimeDelta, chance: f64) -> TimeDelta {
    scaled(span, 0.75 + 0.5 * chance)
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
