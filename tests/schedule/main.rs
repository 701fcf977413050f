//! Thirty days of a thousand sources in simulated time: how long what they publish takes to reach our feeds, for how
//! many polls, beside the schedules that others use.
//!
//! `cargo test --test schedule -- --nocapture` prints the table.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod contest;
mod newsroom;
mod papers;
mod schedules;
mod sources;
mod windows;

use contest::{Score, run};
use feedmill::model::{Answer, Failure, FailureKind, PollOutcome};
use schedules::{EntryFrequency, Every, Ours, Schedule};
use sources::Newsstand;

/// A poll that nobody answers.
fn failed() -> PollOutcome {
    PollOutcome::Failed {
        answer: Some(Answer {
            status: 503,
            host: "source.example".into(),
            ..Answer::default()
        }),
        failure: Failure {
            kind: FailureKind::Transient,
            message: "it is down".into(),
        },
    }
}

/// Scales a schedule until it polls as often as `polls`, to within a part in two hundred.
fn as_often<S: Schedule>(stand: &Newsstand, polls: usize, scaled: impl Fn(f64) -> S) -> Score {
    let mut factor = 1.0;
    let mut score = run(stand, &scaled(factor));
    for _ in 0..20 {
        if score.polls.abs_diff(polls) * 200 <= polls {
            break;
        }
        factor *= polls as f64 / score.polls as f64;
        score = run(stand, &scaled(factor));
    }
    score
}

#[test]
fn items_come_sooner_than_with_other_schedules_for_as_many_polls() {
    let stand = Newsstand::new(1);
    let ours = run(&stand, &Ours::new(5));
    let every = as_often(&stand, ours.polls, |scale| Every(30.0 / scale));
    let frequency = as_often(&stand, ours.polls, EntryFrequency);
    let rows = [
        ("feedmill, floor 5 minutes", &ours),
        ("every 30 minutes", &run(&stand, &Every(30.0))),
        ("Miniflux round robin", &run(&stand, &Every(60.0))),
        ("Miniflux entry frequency", &run(&stand, &EntryFrequency(1.0))),
        ("either fixed, as many polls", &every),
        ("entry frequency, as many polls", &frequency),
    ];
    println!("{}", Score::HEAD);
    for (name, score) in rows {
        println!("{}", score.row(name));
    }
    for (name, other) in [("fixed", &every), ("entry frequency", &frequency)] {
        assert!(other.polls.abs_diff(ours.polls) * 100 <= ours.polls, "{name}");
        // That no document may turn over costs polls that those of busy sources would be better for.
        assert!(ours.median() < 1.05 * other.median(), "{name}");
        assert!(ours.late() < 0.8 * other.late(), "{name}");
        assert!(ours.mean() < 0.4 * other.mean(), "{name}");
        println!("\n{name}, as many polls, beside feedmill, by kind of source");
        println!("{}", ours.by_kind(other));
    }
}
