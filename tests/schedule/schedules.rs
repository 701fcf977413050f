//! Ours, and what others do.

use chrono::{DateTime, Utc};
use feedmill::model::{Answer, DocumentFacts, PollOutcome, PollState};
use feedmill::schedule;

use crate::sources::{START, Source};

/// How long a document is.
const LISTED: usize = 30;

pub trait Schedule {
    type Memory: Default;

    /// When a source is polled next, in seconds: of what it has published, `known` items were known before this poll.
    fn next(
        &self,
        memory: &mut Self::Memory,
        source: &Source,
        known: usize,
        published: usize,
        now: i64,
    ) -> i64;
}

/// Every so many minutes. Miniflux's round robin is this too, where documents and answers ask for nothing.
pub struct Every(pub f64);

impl Schedule for Every {
    type Memory = ();

    fn next(&self, (): &mut (), _: &Source, _: usize, _: usize, now: i64) -> i64 {
        now + ((self.0 * 60.0) as i64).max(1)
    }
}

/// Miniflux's entry frequency: the mean gap between the entries of the last week, between 5 minutes and a day, divided
/// by a factor. That Miniflux looks only now and then for what is due is left out, in its favour.
pub struct EntryFrequency(pub f64);

impl Schedule for EntryFrequency {
    type Memory = ();

    fn next(&self, (): &mut (), source: &Source, _: usize, published: usize, now: i64) -> i64 {
        let week = source.published[..published].partition_point(|date| *date < now - 7 * 86_400);
        let entries = &source.published[week..published];
        let longest = 24.0 * 60.0;
        let minutes = match entries {
            [first, .., last] if last > first => {
                let gap = (last - first) as f64 / (entries.len() - 1) as f64;
                let weekly = (7.0 * 86_400.0 / gap).ceil();
                (7.0 * 24.0 * 60.0 / (weekly * self.0)).round()
            }
            _ => longest,
        };
        now + (minutes.clamp(5.0, longest) * 60.0) as i64
    }
}

/// feedmill's, through the same function that a poll goes through.
pub struct Ours {
    every: std::time::Duration,
}

impl Ours {
    pub fn new(floor_minutes: u64) -> Self {
        Self {
            every: std::time::Duration::from_secs(floor_minutes * 60),
        }
    }
}

pub fn date(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(START + seconds, 0).unwrap()
}

impl Schedule for Ours {
    type Memory = PollState;

    fn next(&self, state: &mut PollState, source: &Source, known: usize, published: usize, now: i64) -> i64 {
        let answer = Answer {
            status: 200,
            url: "https://source.example/".into(),
            host: "source.example".into(),
            etag: Some(published.to_string().into_bytes()),
            ..Answer::default()
        };
        let is_new = published > known || state.last_success.is_none();
        let outcome = if is_new {
            let fresh = &source.published[known.max(published.saturating_sub(LISTED))..published];
            let listed = &source.published[published.saturating_sub(LISTED)..published];
            let facts = DocumentFacts {
                items: u32::try_from(listed.len()).unwrap(),
                published: schedule::newest(listed.iter().map(|seconds| date(*seconds))),
                fresh: Some(fresh.iter().map(|seconds| Some(date(*seconds))).collect()),
                ..DocumentFacts::default()
            };
            PollOutcome::Read {
                answer,
                facts: Box::new(facts),
            }
        } else {
            PollOutcome::NotModified(answer)
        };
        let (next, pause) = schedule::after(state, &outcome, self.every, date(now), source.chance);
        assert_eq!(pause, None);
        *state = next;
        state.next_poll.unwrap().timestamp() - START + 1
    }
}
