//! When a source is due next. Pure: time and chance come in as arguments.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::{HostPause, PollOutcome, PollState};

/// What the operator asks for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Floor between two polls.
    pub every: Duration,
    /// The operator set it for this source.
    pub every_is_set: bool,
}

/// Whether the source may be polled now.
pub fn is_due(_state: &PollState, _now: DateTime<Utc>) -> bool {
    true
}

/// The state after a poll, and a pause for the host if it asked for one. `chance` is uniform in 0..1.
pub fn after(
    state: &PollState,
    _outcome: &PollOutcome,
    _pace: Pace,
    _now: DateTime<Utc>,
    _chance: f64,
) -> (PollState, Option<HostPause>) {
    (state.clone(), None)
}

/// The address to ask first.
pub fn start(_state: &PollState, configured: &url::Url, _now: DateTime<Utc>) -> url::Url {
    configured.clone()
}

/// The validators to send there.
pub fn validators(_state: &PollState, _start: &url::Url) -> Option<crate::model::Validators> {
    None
}
