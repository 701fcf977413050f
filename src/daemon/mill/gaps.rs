//! Sources whose hub may have told of something that did not come: each is asked itself, once for a gap. Pure: time comes
//! in as an argument.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::polls::SHORTEST;
use crate::model::{PollState, SourceId};

/// Between two polls for gaps, for a hub that makes one after the other: that is not the publisher's fault.
const REST: TimeDelta = TimeDelta::minutes(5);
/// For so long an answer is shared with other sources of its address; asked again sooner, it says nothing new.
const SHARED: TimeDelta = TimeDelta::seconds(31);

#[derive(Default)]
pub(super) struct Gaps(HashMap<SourceId, Gap>);

#[derive(Default)]
struct Gap {
    is_open: bool,
    /// Since the last poll, whatever it was for.
    rest: TimeDelta,
    /// What was known of the source when the poll began that is to close it.
    asked: Option<Known>,
    /// The last one was closed.
    closed: Option<DateTime<Utc>>,
}

/// What every poll that comes through changes.
type Known = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn known(state: &PollState) -> Known {
    (state.last_poll, state.next_poll)
}

impl Gaps {
    /// A gap of each of these: nobody was here to be told.
    pub(super) fn of_all<'a>(sources: impl IntoIterator<Item = &'a SourceId>) -> Self {
        let mut gaps = Self::default();
        for source in sources {
            gaps.open(source);
        }
        for gap in gaps.0.values_mut() {
            gap.rest = SHORTEST;
        }
        gaps
    }

    pub(super) fn open(&mut self, source: &SourceId) {
        let gap = self.0.entry(source.clone()).or_default();
        // A poll that is under way may have read the document before this.
        (gap.is_open, gap.asked, gap.rest) = (true, None, SHARED);
    }

    /// When a source may be polled for its gap. One in trouble is polled as ever.
    pub(super) fn due(
        &self,
        source: &SourceId,
        state: &PollState,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let gap = self.0.get(source)?;
        if !gap.is_open || state.failures > 0 {
            return None;
        }
        // Of what a clock that was set back says of the future nothing follows.
        let after = |then: Option<DateTime<Utc>>, rest: TimeDelta| {
            let then = then.filter(|then| *then <= now);
            then.map(|then| then + rest)
        };
        let rested = after(gap.closed, REST).max(after(state.last_poll, gap.rest));
        Some(rested.map_or(now, |rested| rested.max(now)))
    }

    /// A poll begins.
    pub(super) fn asking(&mut self, source: &SourceId, state: &PollState) {
        if let Some(gap) = self.0.get_mut(source) {
            gap.asked = Some(known(state));
        }
    }

    /// A poll is over. It closes the gap before it, unless nothing came of it, not even a failure.
    pub(super) fn polled(&mut self, source: &SourceId, state: &PollState, now: DateTime<Utc>) {
        if let Some(gap) = self.0.get_mut(source)
            && gap.is_open
            && gap.asked.is_some_and(|asked| asked != known(state))
        {
            *gap = Gap {
                closed: Some(now),
                ..Gap::default()
            };
        }
    }

    /// Forgets sources that are configured no longer.
    pub(super) fn keep(&mut self, is_known: impl Fn(&SourceId) -> bool) {
        self.0.retain(|id, _| is_known(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn polled(last: i64) -> PollState {
        PollState {
            last_poll: Some(at(last)),
            next_poll: Some(at(last + 3_600)),
            ..PollState::default()
        }
    }

    #[test]
    fn a_source_is_asked_once_for_a_gap() {
        let id = SourceId::of("a");
        let mut gaps = Gaps::of_all([&id]);
        assert_eq!(gaps.due(&id, &polled(-60), at(0)), Some(at(0)));
        assert_eq!(
            gaps.due(&id, &polled(0), at(1)),
            Some(at(10)),
            "it was just asked"
        );
        assert_eq!(gaps.due(&SourceId::of("b"), &polled(0), at(1)), None);
        let failed = PollState {
            failures: 1,
            ..polled(0)
        };
        assert_eq!(gaps.due(&id, &failed, at(1)), None, "its failures say when");
        gaps.asking(&id, &polled(0));
        gaps.polled(&id, &polled(0), at(20));
        assert!(gaps.due(&id, &polled(0), at(20)).is_some(), "nothing came of it");
        gaps.asking(&id, &polled(0));
        gaps.polled(&id, &polled(30), at(30));
        assert_eq!(gaps.due(&id, &polled(30), at(30)), None);
    }

    #[test]
    fn a_poll_that_began_before_the_gap_does_not_close_it() {
        let id = SourceId::of("a");
        let mut gaps = Gaps::of_all([&id]);
        gaps.asking(&id, &polled(0));
        gaps.open(&id);
        gaps.polled(&id, &polled(30), at(30));
        assert_eq!(gaps.due(&id, &polled(30), at(30)), Some(at(61)));
    }

    #[test]
    fn gap_after_gap_makes_no_poll_after_poll() {
        let id = SourceId::of("a");
        let mut gaps = Gaps::default();
        let (mut now, mut last, mut polls) = (0, -60, 0);
        while now < 3_600 {
            gaps.open(&id);
            if gaps.due(&id, &polled(last), at(now)) == Some(at(now)) {
                gaps.asking(&id, &polled(last));
                (last, polls) = (now, polls + 1);
                gaps.polled(&id, &polled(last), at(now));
            }
            now += 1;
        }
        assert_eq!(polls, 12, "one in five minutes");
    }
}
