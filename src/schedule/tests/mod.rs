//! The schedule by its rules; tests/etiquette shows the same of whole polls.

use super::*;
use crate::model::{FailureKind, ScheduleHints, Waiting};

mod failures;
mod memory;
mod waits;

const URL: &str = "https://source.example/feed";

fn at(hours: i64) -> DateTime<Utc> {
    // A Monday.
    DateTime::from_timestamp(1_795_392_000, 0).unwrap() + TimeDelta::hours(hours)
}

fn fresh() -> PollState {
    PollState {
        url: URL.into(),
        ..PollState::default()
    }
}

fn every(every: &str) -> Duration {
    humantime::parse_duration(every).unwrap()
}

fn answer() -> Answer {
    Answer {
        status: 200,
        url: URL.into(),
        host: "source.example".into(),
        etag: Some(b"x".to_vec()),
        ..Answer::default()
    }
}

fn read(answer: Answer, hints: ScheduleHints) -> PollOutcome {
    PollOutcome::Read {
        answer,
        facts: Box::new(DocumentFacts {
            hints,
            ..DocumentFacts::default()
        }),
    }
}

fn failed(kind: FailureKind, answer: Option<Answer>) -> PollOutcome {
    PollOutcome::Failed {
        answer,
        failure: Failure {
            kind,
            message: "it failed".into(),
        },
    }
}

fn hours(state: &PollState, now: DateTime<Utc>) -> f64 {
    (state.next_poll.unwrap() - now).num_minutes() as f64 / 60.0
}

fn fresh_next() -> PollState {
    after(
        &fresh(),
        &read(answer(), ScheduleHints::default()),
        every("1h"),
        at(0),
        0.0,
    )
    .0
}
