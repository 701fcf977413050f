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
    let is_fresh = now - moved.checked < RECHECK;
    if is_sure(moved) && is_fresh && !moved.doubted {
        Url::parse(&moved.to).ok()
    } else {
        None
    }
}

fn is_sure(moved: &Moved) -> bool {
    moved.seen >= SIGHTINGS && moved.checked - moved.since >= OVER
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

/// Takes note of where a good answer came from.
pub(super) fn observe(state: &mut PollState, answer: &Answer, now: DateTime<Utc>) {
    let asked = answer.hops.first().map_or(&answer.url, |hop| &hop.from);
    if asked != without_fragment(&state.url) {
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
            doubted: false,
            ..known
        },
        _ => Moved {
            to: hop.to.clone(),
            seen: 1,
            since: now,
            checked: now,
            doubted: false,
        },
    });
}

/// After a failure the other address is asked next: trouble at the new one may mean that the redirect leads elsewhere
/// by now, and an old one that is gone takes nothing away from the new. Says whether the new address is worth asking.
pub(super) fn doubt(state: &mut PollState, now: DateTime<Utc>) -> bool {
    let was_direct = believed(state, now).is_some();
    match &mut state.moved {
        Some(moved) if was_direct => moved.doubted = true,
        Some(moved) if is_sure(moved) => {
            (moved.checked, moved.doubted) = (now, false);
            return true;
        }
        _ => {}
    }
    false
}
