//! Thirty days of a thousand sources in simulated time: how long what they publish takes to reach our feeds, for how
//! many polls, beside the schedules that others use.
//!
//! `cargo test --test schedule -- --nocapture` prints the table.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod contest;
mod schedules;
mod sources;

use contest::{Score, run};
use schedules::{EntryFrequency, Every, Ours, Schedule};
use sources::Newsstand;

/// Scales a schedule until it polls as often as `polls`.
fn as_often<S: Schedule>(stand: &Newsstand, polls: usize, scaled: impl Fn(f64) -> S) -> Score {
    let (mut less, mut more) = (0.001_f64, 1_000.0_f64);
    let mut score = run(stand, &scaled(1.0));
    for _ in 0..40 {
        if score.polls.abs_diff(polls) * 500 <= polls {
            break;
        }
        let factor = (less * more).sqrt();
        score = run(stand, &scaled(factor));
        if score.polls < polls {
            less = factor;
        } else {
            more = factor;
        }
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
        println!("\n{name}, as many polls, beside feedmill, by kind of source");
        println!("{}", ours.by_kind(other));
    }
}
