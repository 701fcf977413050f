//! When a source is due next, and what is remembered of its last answer. Pure: time and chance come in as arguments.

pub mod clock;
mod interval;
mod moved;
pub mod network;
mod news;
mod rhythm;
mod turnover;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::model::{
    Answer, DocumentFacts, Failure, FailureKind, Healed, Health, HostPause, ListingMoved, PollOutcome,
    PollState, Validators, Waiting,
};

use interval::Wait;
pub use rhythm::newest;

/// How long the operator is told that a page was read in a new way, when there is nothing for them to mend.
const HEALED: TimeDelta = TimeDelta::weeks(1);

/// When a source is asked again that this machine could not ask because it lacked something.
const SHORT: TimeDelta = TimeDelta::minutes(1);

/// No wait is longer, whatever it comes from.
const LONGEST: TimeDelta = TimeDelta::days(31 + 7);

/// Whether the source may be polled now.
pub fn is_due(state: &PollState, now: DateTime<Utc>) -> bool {
    due(state, now).is_some_and(|due| due <= now)
}

/// In what time the source's document turns over at the fastest that was seen lately; `None` where that is not known.
pub fn turnover(state: &PollState, now: DateTime<Utc>) -> Option<TimeDelta> {
    turnover::fastest(&state.rhythm, state.items, now)
}

/// When the source may be polled, `now` at the earliest; `None`: never, until the operator acts.
pub fn due(state: &PollState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if state.health == Health::Gone {
        return None;
    }
    let next = state.next_poll.filter(|next| is_credible(state, *next, now));
    Some(next.map_or(now, |next| next.max(now)))
}

/// When a source may be polled while a hub pushes its news until `pushed`: once a day, to see whether the hub tells of
/// everything. A source in trouble is polled as ever, and so is everyone once the lease has ended.
pub fn due_while_pushed(
    state: &PollState,
    pushed: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let normal = due(state, now)?;
    let last = state.last_poll.filter(|last| state.failures == 0 && *last <= now);
    Some(last.map_or(normal, |last| normal.max((last + interval::DAY).min(pushed))))
}

/// A clock that was wrong may have put off a poll for years. One that was set back by less than the wait does no harm:
/// the source rests at most twice as long.
fn is_credible(state: &PollState, next: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    match state.last_poll {
        Some(last) if last > now => last - now <= next - last,
        _ => next - now <= LONGEST,
    }
}

/// A state without the times that a wrong clock wrote into it, those to come and those before there was a feedmill; `None`
/// if there are none. A source that was polled then is due.
pub fn corrected(state: &PollState, now: DateTime<Utc>) -> Option<PollState> {
    let mut next = state.clone();
    let times = [
        &mut next.last_poll,
        &mut next.last_success,
        &mut next.first_success,
        &mut next.failing_since,
    ];
    for time in times {
        *time = time.map(|time| if clock::is_possible(time, now) { time } else { now });
    }
    if next.last_poll != state.last_poll {
        next.next_poll = None;
    }
    (next != *state).then_some(next)
}

/// The pause of a host that cannot be reached, after a poll of one of its sources that had no answer. `sources` are all
/// of this host, that one as it is now. A single failure may be that of a single connection; from the second in a row
/// on, whichever source it was, nobody asks, and each further one doubles the pause, up to a day.
pub fn unreachable<'a>(
    host: &str,
    sources: impl IntoIterator<Item = &'a PollState>,
    every: Duration,
    now: DateTime<Utc>,
    chance: f64,
) -> Option<HostPause> {
    let sources: Vec<&PollState> = sources.into_iter().collect();
    // An error page shows too that somebody is there.
    let answered = |state: &&PollState| state.last_status.map_or(state.last_success, |_| state.last_poll);
    let answered = sources.iter().filter_map(answered).max();
    let since = sources.iter().filter(|state| state.last_poll > answered);
    let failures = since.fold(0_u32, |sum, state| sum.saturating_add(state.unanswered));
    let doublings = failures.checked_sub(2)?;
    let longest = sources.iter().map(|state| interval::longest(state, now)).min();
    let longest = longest.unwrap_or(interval::DAY);
    Some(HostPause {
        host: host.to_owned(),
        until: now + interval::grown(span(every), doublings, longest, chance),
    })
}

/// Whether the last poll failed in a way that may concern all sources of its host: nobody answered, or with a 5xx.
fn is_of_host(state: &PollState) -> bool {
    state.failures > 0 && state.last_status.is_none_or(|status| status >= 500)
}

/// When a source that failed is worth another try because another one of its host has `recovered` since: as soon as
/// `every` allows. `None`: not for that.
pub fn woken(state: &PollState, recovered: DateTime<Utc>, every: Duration) -> Option<DateTime<Utc>> {
    let last = state
        .last_poll
        .filter(|last| is_of_host(state) && *last <= recovered)?;
    Some(recovered.max(last + span(every)))
}

/// The address to ask first: the configured one, or where a permanent redirect that is believed leads.
pub fn start(state: &PollState, configured: &Url, now: DateTime<Utc>) -> Url {
    moved::believed(state, now).unwrap_or_else(|| configured.clone())
}

/// The state after a poll, and a pause for the host if it asked for one. `chance` is uniform in 0..1: it spreads
/// sources, and only ever makes a healthy one wait longer.
pub fn after(
    state: &PollState,
    outcome: &PollOutcome,
    every: Duration,
    now: DateTime<Utc>,
    chance: f64,
) -> (PollState, Option<HostPause>) {
    let floor = span(every);
    let mut next = state.clone();
    let answer = match outcome {
        PollOutcome::NotModified(answer) => {
            next.validators = Some(merged(state.validators.as_ref(), answer));
            next.fresh_for = seconds(answer.fresh_for).or(state.fresh_for);
            succeed(&mut next, answer, now);
            Some(answer)
        }
        PollOutcome::Read { answer, facts } => {
            if !facts.is_cut {
                next.validators = validators(answer);
                next.fresh_for = seconds(answer.fresh_for);
            }
            learn(&mut next, facts, now);
            next.answered = Some(answer.url.clone());
            succeed(&mut next, answer, now);
            Some(answer)
        }
        PollOutcome::Failed { answer, failure } => {
            if failure.kind == FailureKind::Short {
                next.next_poll = Some(now + SHORT);
                return (next, None);
            }
            if failure.kind == FailureKind::Paused {
                next.next_poll = answer.as_ref().map(|answer| now + resting(answer, floor));
                next.waiting = Some(Waiting::Host);
                return (next, None);
            }
            fail(&mut next, answer.as_ref(), failure, now);
            answer.as_ref()
        }
    };
    let Wait { span: wait, why } = match outcome {
        PollOutcome::Failed { failure, .. } => {
            interval::after_failure(&next, failure.kind, floor, now, chance)
        }
        _ => interval::after_success(&next, floor, state.failures > 0, now, chance),
    };
    next.next_poll = Some(interval::outside_skipped(now + wait, &next.hints));
    next.waiting = Some(why);
    let pause = answer.and_then(|answer| pause(answer, floor, wait, now));
    if let Some(pause) = pause.as_ref().filter(|pause| next.next_poll < Some(pause.until)) {
        (next.next_poll, next.waiting) = (Some(pause.until), Some(Waiting::Host));
    }
    (next, pause)
}

/// How long until asking makes sense again, when a host that asked for patience was not asked. A redirect on the way
/// to it was asked, and is asked again no sooner than after any other poll.
fn resting(answer: &Answer, floor: TimeDelta) -> TimeDelta {
    let wait = answer.retry_after.map(span).unwrap_or_default();
    if answer.hops.is_empty() {
        wait
    } else {
        wait.max(floor)
    }
}

/// `Retry-After` is about the host (RFC 9110 §10.2.3 leaves it open): none of its sources is asked before. So is 429
/// (RFC 6585 §4): without `Retry-After` the host rests as long as the source that was told.
fn pause(answer: &Answer, floor: TimeDelta, wait: TimeDelta, now: DateTime<Utc>) -> Option<HostPause> {
    let wait = match answer.retry_after {
        Some(asked) => span(asked).clamp(floor.min(interval::MONTH), interval::MONTH),
        None if answer.status == 429 => wait,
        None => return None,
    };
    Some(HostPause {
        host: answer.host.clone(),
        until: now + wait,
    })
}

fn succeed(state: &mut PollState, answer: &Answer, now: DateTime<Utc>) {
    moved::observe(state, answer, now);
    if is_of_host(state) {
        state.recovered = Some(now);
    }
    state.health = Health::Ok;
    state.last_poll = Some(now);
    state.last_success = Some(now);
    state.first_success.get_or_insert(now);
    state.last_status = Some(answer.status);
    state.last_error = None;
    state.failures = 0;
    state.unanswered = 0;
    state.failing_since = None;
}

fn learn(state: &mut PollState, facts: &DocumentFacts, now: DateTime<Utc>) {
    state.hints = facts.hints.clone();
    let last = state.last_success.filter(|_| state.rhythm.since.is_some());
    let came = news::came(facts, last, state.rhythm.recent.first().copied(), now);
    rhythm::observe(&mut state.rhythm, &came, now);
    turnover::observe(&mut state.rhythm, &came, facts.items, last, now);
    state.items = facts.items;
    state.empty_since = (facts.items == 0).then(|| state.empty_since.unwrap_or(now));
    state.title.clone_from(&facts.title);
    state.language.clone_from(&facts.language);
    state.link.clone_from(&facts.link);
    state.offer.clone_from(&facts.offer);
    state.pattern = facts.pattern.clone().or_else(|| state.pattern.take());
    state.unread = if facts.has_unread {
        state.unread.saturating_add(1)
    } else {
        0
    };
    heal(state, facts.moved.as_ref(), now);
}

/// Notes that a page's articles are elsewhere, once; that they are back where the operator says; and forgets what
/// concerned nobody but us.
fn heal(state: &mut PollState, moved: Option<&ListingMoved>, now: DateTime<Utc>) {
    let Some(moved) = moved else {
        let is_over = |healed: &Healed| healed.is_configured || (now - healed.since).abs() > HEALED;
        state.healed = state.healed.take().filter(|healed| !is_over(healed));
        return;
    };
    let known = state
        .healed
        .take()
        .filter(|healed| healed.is_configured && healed.broken == moved.broken);
    let (since, worked) = known.map_or((now, state.last_success), |known| (known.since, known.worked));
    state.healed = Some(Healed {
        broken: moved.broken.clone(),
        since,
        worked,
        select: moved.select.clone(),
        is_configured: moved.is_configured,
    });
}

/// Validators and all that was learned stay: a failure says nothing about them.
fn fail(state: &mut PollState, answer: Option<&Answer>, failure: &Failure, now: DateTime<Utc>) {
    let has_moved = moved::doubt(state, now);
    state.health = if failure.kind == FailureKind::Gone && !has_moved {
        Health::Gone
    } else {
        Health::Failing
    };
    state.last_poll = Some(now);
    state.last_status = answer.map(|answer| answer.status);
    state.last_error = Some(failure.message.clone());
    state.failures = state.failures.saturating_add(1);
    state.unanswered = match (answer, failure.kind) {
        (None, FailureKind::Transient | FailureKind::Unreachable) => state.unanswered.saturating_add(1),
        _ => 0,
    };
    state.failing_since.get_or_insert(now);
}

/// The validators of a full answer; those that it does not have any more are forgotten.
fn validators(answer: &Answer) -> Option<Validators> {
    let has_any = answer.etag.is_some() || answer.last_modified.is_some();
    has_any.then(|| Validators {
        url: answer.url.clone(),
        etag: answer.etag.clone(),
        last_modified: answer.last_modified.clone(),
    })
}

/// A 304 replaces the validators that it carries and leaves the others (RFC 9111 §4.3.4).
fn merged(known: Option<&Validators>, answer: &Answer) -> Validators {
    let known = known.filter(|known| known.url == answer.url);
    let or_known = |new: &Option<Vec<u8>>, old: fn(&Validators) -> Option<Vec<u8>>| {
        new.clone().or_else(|| known.and_then(old))
    };
    Validators {
        url: answer.url.clone(),
        etag: or_known(&answer.etag, |known| known.etag.clone()),
        last_modified: or_known(&answer.last_modified, |known| known.last_modified.clone()),
    }
}

fn seconds(duration: Option<Duration>) -> Option<u64> {
    duration.map(|duration| duration.as_secs())
}

/// Absurd lengths become a century, which every clamp then cuts.
fn span(duration: Duration) -> TimeDelta {
    let century = TimeDelta::days(36_500);
    TimeDelta::from_std(duration).map_or(century, |span| span.min(century))
}

#[cfg(test)]
mod tests;
