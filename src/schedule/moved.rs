//! Permanent redirects: believed after three consistent sightings over a day, and checked again every month.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::model::{Answer, Moved, PollState};

const SIGHTINGS: u32 = 3;
const OVER: TimeDelta = TimeDelta::hours(24);
const RECHECK: TimeDelta = TimeDelta::days(30);

/// Where the source has moved for good, as long as that need not be checked.
pub(super) fn believed(state: &PollState, now: DateTime<Utc>) -> Option<Url> {
    let moved = state.moved.as_ref()?;
    let is_sure = moved.seen >= SIGHTINGS && moved.checked - moved.since >= OVER;
    let is_fresh = now - moved.checked < RECHECK;
    if is_sure && is_fresh {
        Url::parse(&moved.to).ok()
    } else {
        None
    }
}

/// Takes note of where a good answer came from.
pub(super) fn observe(state: &mut PollState, answer: &Answer, now: DateTime<Utc>) {
    let asked = answer.hops.first().map_or(&answer.url, |hop| &hop.from);
    if *asked != state.url {
        // The new address was asked directly: that says nothing new about the old one.
        return;
    }
    // Only the permanent redirects before the first temporary one may be taken as permanent.
    let permanent = answer
        .hops
        .iter()
        .take_while(|hop| matches!(hop.status, 301 | 308))
        .last();
    state.moved = permanent.map(|hop| match state.moved.take() {
        Some(known) if known.to == hop.to => Moved {
            seen: known.seen.saturating_add(1),
            checked: now,
            ..known
        },
        _ => Moved {
            to: hop.to.clone(),
            seen: 1,
            since: now,
            checked: now,
        },
    });
}

/// A failure at the new address sends the next poll back to the configured one.
pub(super) fn doubt(state: &mut PollState, answer: Option<&Answer>) {
    let was_direct =
        answer.is_none_or(|answer| answer.hops.first().map_or(&answer.url, |hop| &hop.from) != &state.url);
    if was_direct {
        state.moved = None;
    }
}
