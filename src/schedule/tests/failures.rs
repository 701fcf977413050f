//! How long a source, and its host, waits after a failure.

use super::*;

#[test]
fn e34_failures_back_off_to_a_day_and_a_success_resets() {
    let mut state = fresh();
    let mut waits = Vec::new();
    for _ in 0..8 {
        (state, _) = after(
            &state,
            &failed(FailureKind::Transient, None),
            every("1h"),
            at(0),
            0.5,
        );
        waits.push(hours(&state, at(0)));
    }
    assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0, 24.0]);
    assert_eq!((state.health, state.failures), (Health::Failing, 8));
    let (state, _) = after(
        &state,
        &read(answer(), ScheduleHints::default()),
        every("1h"),
        at(0),
        0.0,
    );
    assert_eq!(
        (
            state.health,
            state.failures,
            state.last_error,
            hours(&fresh_next(), at(0))
        ),
        (Health::Ok, 0, None, 1.0)
    );
}

#[test]
fn e34_jitter_never_goes_below_the_floor() {
    let (state, _) = after(
        &fresh(),
        &failed(FailureKind::Transient, None),
        every("1h"),
        at(0),
        0.0,
    );
    assert_eq!(hours(&state, at(0)), 1.0);
}

#[test]
fn e40_a_source_that_failed_a_hundred_times_is_asked_within_a_day() {
    let mut state = fresh();
    for _ in 0..100 {
        (state, _) = after(
            &state,
            &failed(FailureKind::Transient, None),
            every("1h"),
            at(0),
            0.5,
        );
    }
    assert!(hours(&state, at(0)) <= 24.0);
}

#[test]
fn e29_retry_after_pauses_the_host() {
    let busy = Answer {
        status: 429,
        retry_after: Some(Duration::from_secs(7_200)),
        ..answer()
    };
    let (state, pause) = after(
        &fresh(),
        &failed(FailureKind::Busy, Some(busy)),
        every("1h"),
        at(0),
        0.0,
    );
    assert_eq!(
        pause,
        Some(HostPause {
            host: "source.example".into(),
            until: at(2)
        })
    );
    assert!(state.next_poll.unwrap() >= at(2));
}

#[test]
fn e31_retry_after_counts_on_success_too() {
    let slow = Answer {
        retry_after: Some(Duration::from_secs(6 * 3_600)),
        ..answer()
    };
    let (state, pause) = after(
        &fresh(),
        &read(slow, ScheduleHints::default()),
        every("1h"),
        at(0),
        0.0,
    );
    assert_eq!(
        (state.next_poll, pause.map(|pause| pause.until)),
        (Some(at(6)), Some(at(6)))
    );
}

#[test]
fn e33_absurd_retry_after_is_clamped() {
    for (seconds, expected) in [(0, 1), (u64::MAX, 31 * 24), (10 * 365 * 86_400, 31 * 24)] {
        let busy = Answer {
            status: 503,
            retry_after: Some(Duration::from_secs(seconds)),
            ..answer()
        };
        let (_, pause) = after(
            &fresh(),
            &failed(FailureKind::Busy, Some(busy)),
            every("1h"),
            at(0),
            0.0,
        );
        assert_eq!(pause.unwrap().until, at(expected), "{seconds}");
    }
}

#[test]
fn e32_a_busy_host_without_a_date_is_left_alone_for_hours() {
    let mut state = fresh();
    let mut waits = Vec::new();
    for _ in 0..4 {
        (state, _) = after(
            &state,
            &failed(FailureKind::Busy, Some(answer())),
            every("1h"),
            at(0),
            0.5,
        );
        waits.push(hours(&state, at(0)));
    }
    assert_eq!(waits, [4.0, 8.0, 16.0, 24.0]);
}

#[test]
fn e36_a_missing_feed_is_asked_for_weekly_after_a_month() {
    let mut state = fresh();
    (state, _) = after(
        &state,
        &failed(FailureKind::NotFound, Some(answer())),
        every("1h"),
        at(0),
        0.5,
    );
    assert_eq!(hours(&state, at(0)), 1.0);
    let later = at(31 * 24);
    (state, _) = after(
        &state,
        &failed(FailureKind::NotFound, Some(answer())),
        every("1h"),
        later,
        0.5,
    );
    assert_eq!(hours(&state, later), 7.0 * 24.0);
}

#[test]
fn e37_gone_is_never_due_again() {
    let (state, _) = after(
        &fresh(),
        &failed(FailureKind::Gone, Some(answer())),
        every("1h"),
        at(0),
        0.0,
    );
    assert_eq!(state.health, Health::Gone);
    assert!(!is_due(&state, at(365 * 24)));
}

#[test]
fn e38_a_host_that_forbids_is_left_alone_for_hours() {
    let (state, _) = after(
        &fresh(),
        &failed(FailureKind::Forbidden, Some(answer())),
        every("1h"),
        at(0),
        0.0,
    );
    assert!(hours(&state, at(0)) >= 4.0);
}

#[test]
fn a_paused_host_is_no_failure_of_the_source() {
    let state = fresh_next();
    let rest = Answer {
        retry_after: Some(Duration::from_secs(3_600)),
        ..answer()
    };
    let (paused, pause) = after(
        &state,
        &failed(FailureKind::Paused, Some(rest)),
        every("15m"),
        at(2),
        0.0,
    );
    assert_eq!(
        (paused.health, paused.failures, paused.next_poll, pause),
        (Health::Ok, 0, Some(at(3)), None)
    );
}

#[test]
fn e34_a_host_that_cannot_be_reached_is_left_alone_by_all_its_sources() {
    let lost = |state: &PollState, hour| {
        after(
            state,
            &failed(FailureKind::Transient, None),
            every("1h"),
            at(hour),
            0.5,
        )
        .0
    };
    let rest = |states: &[&PollState], hour| {
        let every = Duration::from_secs(3_600);
        let pause = unreachable("source.example", states.iter().copied(), every, at(hour), 0.5)?;
        Some((pause.until - at(hour)).num_hours())
    };
    let well = fresh_next();
    let once = lost(&well, 1);
    assert_eq!(rest(&[&once, &well, &fresh()], 1), None);
    let another = lost(&well, 1);
    assert_eq!(rest(&[&once, &another, &fresh()], 1), Some(1));
    let twice = lost(&once, 2);
    assert_eq!(rest(&[&twice, &another], 2), Some(2));
    let mut often = twice.clone();
    for hour in 3..20 {
        often = lost(&often, hour);
    }
    assert_eq!(rest(&[&often, &another], 20), Some(24));
    // A source of it that answers ends that, even with an error.
    let (answers, _) = after(
        &another,
        &failed(
            FailureKind::Transient,
            Some(Answer {
                status: 502,
                ..answer()
            }),
        ),
        every("1h"),
        at(20),
        0.5,
    );
    assert_eq!(rest(&[&often, &answers], 20), None);
    let single = lost(&often, 21);
    assert_eq!(answers.unanswered, 0);
    assert!(rest(&[&single, &answers], 21).is_some());
}

/// Six a day for two weeks, day and night.
fn six_a_day() -> PollState {
    let published: Vec<_> = (0..84)
        .map(|n| at(-4 * n) - TimeDelta::minutes(n * 37 % 60))
        .collect();
    let facts = DocumentFacts {
        fresh: Some(published.iter().copied().map(Some).collect()),
        published,
        items: 20,
        ..DocumentFacts::default()
    };
    let outcome = PollOutcome::Read {
        answer: answer(),
        facts: Box::new(facts),
    };
    after(&fresh(), &outcome, every("15m"), at(0), 0.0).0
}

#[test]
fn e34_back_off_ends_at_what_is_usual_for_a_source() {
    let gaps = |kind, status, hours: i64| {
        let mut state = six_a_day();
        let mut now = at(0);
        let mut longest = TimeDelta::zero();
        while now < at(hours) {
            let answer = Answer { status, ..answer() };
            state = after(&state, &failed(kind, Some(answer)), every("15m"), now, 0.999).0;
            let next = state.next_poll.unwrap();
            longest = longest.max(next - now);
            now = next;
        }
        assert_eq!(state.waiting, Some(Waiting::Failure));
        longest
    };
    // After three days it is asked again within a few of its usual waits; the longer it lasts, the more rarely.
    let short = gaps(FailureKind::Transient, 503, 72);
    assert!(
        short >= TimeDelta::hours(1) && short <= TimeDelta::hours(5),
        "{short}"
    );
    let long = gaps(FailureKind::Transient, 500, 24 * 60);
    assert!(
        long >= TimeDelta::hours(24) && long <= TimeDelta::hours(30),
        "{long}"
    );
    // Who says more than that it fails is believed.
    assert!(gaps(FailureKind::Busy, 429, 72) >= TimeDelta::hours(24));
    assert!(gaps(FailureKind::NotFound, 404, 72) >= TimeDelta::hours(24));
}

#[test]
fn e34_the_first_good_answer_of_a_host_wakes_its_other_sources() {
    let fail = |state: &PollState, status, hour| {
        let answer = Answer { status, ..answer() };
        after(
            state,
            &failed(FailureKind::Transient, Some(answer)),
            every("1h"),
            at(hour),
            0.5,
        )
        .0
    };
    let down = (0..5).fold(fresh_next(), |state, hour| fail(&state, 502, hour));
    let (back, _) = after(
        &down,
        &read(answer(), ScheduleHints::default()),
        every("1h"),
        at(5),
        0.5,
    );
    let recovered = back.recovered.unwrap();
    assert_eq!(recovered, at(5));
    assert!(down.next_poll > Some(at(6)));
    assert_eq!(woken(&down, recovered, every("1h")), Some(at(5)));
    // Not before `every`, not for what is the source's own, and once.
    assert_eq!(woken(&down, recovered, every("3h")), Some(at(7)));
    assert_eq!(woken(&fail(&fresh_next(), 404, 4), recovered, every("1h")), None);
    assert_eq!(woken(&fail(&down, 502, 6), recovered, every("1h")), None);
    assert_eq!(woken(&back, recovered, every("1h")), None);
    // One that was well all the time says nothing new.
    let (well, _) = after(
        &back,
        &read(answer(), ScheduleHints::default()),
        every("1h"),
        at(9),
        0.5,
    );
    assert_eq!(well.recovered, Some(at(5)));
}
