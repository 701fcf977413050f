//! What the loop does while this machine seems to be offline: it tries now and then whether it still is, and catches up
//! at once when it is not.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use super::Mill;
use crate::model::SourceId;
use crate::refresh::poll::Manner;

/// How often it is tried. Who was asked in vain rests as long, so that others are asked first.
pub(super) const PAUSE: TimeDelta = TimeDelta::minutes(1);
/// How many are asked then: one alone may really be dead.
const TRIES: usize = 3;

/// It is offline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offline {
    pub since: DateTime<Utc>,
    /// The next tries.
    next: DateTime<Utc>,
    /// Tries that are left until then.
    left: usize,
}

impl Mill {
    /// Notes that nobody can be reached any more, or somebody again.
    pub(super) fn watch_network(&mut self) {
        let now = (self.clock)();
        match (self.prepared.poller.offline(), self.offline) {
            (Some(since), None) => {
                warn!(
                    "this machine seems to be offline since {}: hosts that answered before cannot be reached, and nobody \
                     else answers; no source is blamed for it, and it is tried again every minute",
                    since.format("%Y-%m-%d %H:%M:%S UTC")
                );
                self.offline = Some(Offline {
                    since,
                    next: now + PAUSE,
                    left: 0,
                });
            }
            (None, Some(Offline { since, .. })) => {
                info!(
                    minutes = (now - since).num_minutes(),
                    "online again: all that is due is polled now"
                );
                self.offline = None;
                self.plan();
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.take_back();
    }

    /// The failures by which it was noticed are not those of the sources either.
    fn take_back(&mut self) {
        let agenda = &self.agenda;
        for polled in self.prepared.poller.taken_back(|id| !agenda.is_running(id)) {
            self.plan_again(&polled.source.id, PAUSE);
            self.store(polled);
        }
    }

    /// The next source to poll.
    pub(super) fn next(&mut self, now: DateTime<Utc>) -> Option<(SourceId, Manner)> {
        let Some(offline) = &mut self.offline else {
            return self.agenda.next(now);
        };
        // A clock that was set back puts nothing off.
        if now >= offline.next || offline.next - now > PAUSE {
            offline.next = now + PAUSE;
            offline.left = TRIES;
        }
        // The operator may know better.
        if let Some(asked) = self.agenda.next_asked() {
            return Some(asked);
        }
        offline.left = offline.left.checked_sub(1)?;
        self.agenda.next_due(now)
    }
}
