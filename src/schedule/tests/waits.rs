//! How long a source that answers waits.

use super::*;

#[test]
fn e17_the_longest_wish_counts_and_is_at_most_a_week() {
    let minutes = |minutes| Some(Duration::from_secs(minutes * 60));
    for (fresh_for, ttl, expected) in [
        (None, None, 1.0),
        (minutes(110), None, 110.0 / 60.0),
        (minutes(30), None, 1.0),
        (None, minutes(720), 12.0),
        (None, minutes(u64::MAX / 120), 168.0),
        (minutes(180), minutes(120), 3.0),
    ] {
        let facts = DocumentFacts {
            hints: ScheduleHints {
                interval: ttl,
                ..ScheduleHints::default()
            },
            ..DocumentFacts::default()
        };
        let facts = Box::new(facts);
        let outcome = PollOutcome::Read {
            answer: Answer {
                fresh_for,
                ..answer()
            },
            facts,
        };
        let (state, _) = after(&fresh(), &outcome, pace("1h"), at(0), 0.0);
        assert!(
            (hours(&state, at(0)) - expected).abs() < 0.02,
            "{fresh_for:?} {ttl:?}: {}",
            hours(&state, at(0))
        );
    }
}

#[test]
fn e15_a_source_without_validators_is_asked_once_a_day_unless_the_operator_says_otherwise() {
    let bare = || {
        read(
            Answer {
                etag: None,
                ..answer()
            },
            ScheduleHints::default(),
        )
    };
    let default = Pace {
        every: Duration::from_secs(3_600),
        every_is_set: false,
    };
    let (state, _) = after(&fresh(), &bare(), default, at(0), 0.0);
    assert_eq!(hours(&state, at(0)), 24.0);
    let (state, _) = after(&fresh(), &bare(), pace("1h"), at(0), 0.0);
    assert_eq!(hours(&state, at(0)), 1.0);
}

#[test]
fn e23_skipped_hours_and_days_are_not_polled() {
    let mornings = ScheduleHints {
        skip_hours: (0..12).collect(),
        ..ScheduleHints::default()
    };
    let (state, _) = after(&fresh(), &read(answer(), mornings), pace("1h"), at(1), 0.5);
    assert_eq!(state.next_poll.unwrap(), at(12));
    let monday = ScheduleHints {
        skip_days: vec![0],
        ..ScheduleHints::default()
    };
    let (state, _) = after(&fresh(), &read(answer(), monday), pace("1h"), at(3), 0.0);
    assert_eq!(state.next_poll.unwrap(), at(24));
    let all = ScheduleHints {
        skip_hours: (0..24).collect(),
        ..ScheduleHints::default()
    };
    let (state, _) = after(&fresh(), &read(answer(), all), pace("1h"), at(3), 0.0);
    assert_eq!(state.next_poll.unwrap(), at(4));
}

#[test]
fn e26_chance_only_ever_delays_a_healthy_source() {
    for chance in [0.0, 0.3, 0.999] {
        let (state, _) = after(
            &fresh(),
            &read(answer(), ScheduleHints::default()),
            pace("1h"),
            at(0),
            chance,
        );
        assert!((1.0..=1.1).contains(&hours(&state, at(0))));
    }
}

#[test]
fn e28_a_source_is_due_at_its_time_and_not_before() {
    let (state, _) = after(
        &fresh(),
        &read(answer(), ScheduleHints::default()),
        pace("1h"),
        at(0),
        0.0,
    );
    let due: Vec<i64> = (0..60)
        .filter(|minute| is_due(&state, at(0) + TimeDelta::minutes(*minute)))
        .collect();
    assert_eq!(due, Vec::<i64>::new());
    assert!(is_due(&state, at(1)) && is_due(&fresh(), at(0)));
}

#[test]
fn e34_a_source_that_answers_again_is_asked_without_regard_to_its_rhythm() {
    let daily = |outcome: fn(Answer, DocumentFacts) -> PollOutcome| {
        let published = (1..20).map(|day| at(-24 * day)).collect();
        let facts = DocumentFacts {
            published,
            ..DocumentFacts::default()
        };
        outcome(answer(), facts)
    };
    let document = daily(|answer, facts| PollOutcome::Read {
        answer,
        facts: Box::new(facts),
    });
    let (well, _) = after(&fresh(), &document, pace("1h"), at(1), 0.0);
    assert!(hours(&well, at(1)) > 4.0, "{}", hours(&well, at(1)));
    let (ill, _) = after(
        &well,
        &failed(FailureKind::Transient, None),
        pace("1h"),
        at(24),
        0.0,
    );
    let (again, _) = after(&ill, &document, pace("1h"), at(26), 0.0);
    assert_eq!(hours(&again, at(26)), 1.0);
    let (later, _) = after(&again, &document, pace("1h"), at(27), 0.0);
    assert!(hours(&later, at(27)) > 1.0);
}

#[test]
fn a_restart_polls_nothing_that_was_polled_a_minute_ago() {
    let stored = serde_json::to_string(&fresh_next()).unwrap();
    let state: PollState = serde_json::from_str(&stored).unwrap();
    assert_eq!(state, fresh_next());
    assert!(!is_due(&state, at(0) + TimeDelta::minutes(1)));
    assert_eq!(due(&state, at(0)), Some(at(1)));
    // Overdue for long: once, now.
    assert_eq!(due(&state, at(500)), Some(at(500)));
}

#[test]
fn a_clock_that_jumps_puts_nothing_off_for_long() {
    let state = |last: Option<i64>, next: i64| PollState {
        last_poll: last.map(at),
        next_poll: Some(at(next)),
        ..fresh()
    };
    let year = 365 * 24;
    for (what, state, is_expected) in [
        ("set back by half the wait", state(Some(1), 3), false),
        ("set back by more than the wait", state(Some(3), 4), true),
        ("set back by a year", state(Some(year), year + 24), true),
        ("paused under a wrong clock", state(None, year), true),
        (
            "paused under a wrong clock, asked before",
            state(Some(-5), year),
            true,
        ),
        ("a month of patience", state(Some(-1), 31 * 24 - 1), false),
        ("set forward by a year", state(Some(-year), -year + 24), true),
    ] {
        assert_eq!(is_due(&state, at(0)), is_expected, "{what}");
    }
    // What was polled under the wrong clock is polled once, and then as ever.
    let ahead = after(
        &fresh(),
        &read(answer(), ScheduleHints::default()),
        pace("1h"),
        at(year),
        0.0,
    );
    let (back, _) = after(
        &ahead.0,
        &PollOutcome::NotModified(answer()),
        pace("1h"),
        at(0),
        0.0,
    );
    assert_eq!(due(&back, at(0)), Some(at(1)));
}

#[test]
fn e26_a_thousand_sources_that_start_together_spread() {
    let mut minutes = vec![0; 60];
    for number in 0..1_000 {
        let chance = f64::from(number * 617 % 1_000) / 1_000.0;
        let mut state = fresh();
        let mut now = at(0);
        let mut wishes = 0;
        while now < at(24 * 7) {
            let outcome = if wishes == 0 {
                read(answer(), ScheduleHints::default())
            } else {
                PollOutcome::NotModified(answer())
            };
            let before = now;
            state = after(&state, &outcome, pace("1h"), now, chance).0;
            now = state.next_poll.unwrap();
            assert!(now - before >= TimeDelta::hours(1));
            wishes += 1;
        }
        minutes[((now - at(24 * 7)).num_minutes() % 60) as usize] += 1;
    }
    assert!(
        minutes.iter().all(|count| *count <= 2 * 1_000 / 60),
        "{minutes:?}"
    );
}

#[test]
fn e61_w2_while_a_hub_pushes_a_source_is_polled_once_a_day_and_after_that_as_ever() {
    let polled = PollState {
        health: Health::Ok,
        last_poll: Some(at(0)),
        next_poll: Some(at(1)),
        ..fresh()
    };
    let failing = PollState {
        failures: 1,
        ..polled.clone()
    };
    let patient = PollState {
        next_poll: Some(at(48)),
        ..polled.clone()
    };
    for (state, pushed, now, expected) in [
        // Once a day, …
        (&polled, 240, 2, 24),
        (&polled, 240, 30, 30),
        // … but not later than the lease ends: what came meanwhile is looked for at once.
        (&polled, 12, 2, 12),
        (&polled, 12, 13, 13),
        // The source wants more patience than that.
        (&patient, 240, 2, 48),
        // A source in trouble, or that was never polled.
        (&failing, 240, 0, 1),
        (&fresh(), 240, 0, 0),
    ] {
        let due = due_while_pushed(state, at(pushed), at(now));
        assert_eq!(due, Some(at(expected)), "{pushed} {now}");
    }
    let gone = PollState {
        health: Health::Gone,
        ..polled
    };
    assert_eq!(due_while_pushed(&gone, at(240), at(2)), None);
}
