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
        let (state, _) = after(&fresh(), &outcome, every("1h"), at(0), 0.0);
        assert!(
            (hours(&state, at(0)) - expected).abs() < 0.02,
            "{fresh_for:?} {ttl:?}: {}",
            hours(&state, at(0))
        );
    }
}

/// A news feed of ten items, one every so many minutes up to `now`.
fn news(minutes: i64, now: DateTime<Utc>) -> DocumentFacts {
    let published: Vec<_> = (0..10)
        .map(|n| now - TimeDelta::minutes(minutes * n + 1))
        .collect();
    DocumentFacts {
        fresh: Some(published.iter().copied().map(Some).collect()),
        published,
        items: 10,
        ..DocumentFacts::default()
    }
}

#[test]
fn e15_a_source_without_validators_waits_no_longer_than_others() {
    let polled = |etag: Option<Vec<u8>>, minutes: u64| {
        let outcome = PollOutcome::Read {
            answer: Answer { etag, ..answer() },
            facts: Box::new(news(30, at(0))),
        };
        after(&fresh(), &outcome, Duration::from_secs(minutes * 60), at(0), 0.0).0
    };
    for minutes in [5, 15, 60] {
        let (tagged, bare) = (polled(answer().etag, minutes), polled(None, minutes));
        assert_eq!(bare.next_poll, tagged.next_poll, "{minutes}");
        assert!(hours(&bare, at(0)) <= 1.0, "{minutes}");
    }
}

#[test]
fn e15_nobody_waits_longer_than_half_of_what_a_document_holds() {
    let asks_for_a_day = Answer {
        fresh_for: Some(Duration::from_secs(86_400)),
        ..answer()
    };
    for (minutes, floor, expected) in [
        // Ten items in 100 minutes; a document alone may show a quiet time.
        (10, "15m", 15.0..=25.0),
        (60, "15m", 120.0..=150.0),
        // A hostile source cannot make us ask sooner than the operator wants.
        (0, "1h", 60.0..=66.0),
        (1, "1h", 60.0..=66.0),
    ] {
        for chance in [0.0, 0.999] {
            let outcome = PollOutcome::Read {
                answer: asks_for_a_day.clone(),
                facts: Box::new(news(minutes, at(0))),
            };
            let (state, _) = after(&fresh(), &outcome, every(floor), at(0), chance);
            let wait = (state.next_poll.unwrap() - at(0)).num_seconds() as f64 / 60.0;
            assert!(expected.contains(&wait), "{minutes}: {wait}");
            let why = if wait < 67.0 && floor == "1h" {
                Waiting::Floor
            } else {
                Waiting::Window
            };
            assert!(
                state.waiting == Some(why) || wait <= 17.0,
                "{minutes}: {:?}",
                state.waiting
            );
        }
    }
}

#[test]
fn a_burst_is_remembered_for_weeks_and_not_for_ever() {
    let poll = |state: &PollState, facts: DocumentFacts, hour| {
        let outcome = PollOutcome::Read {
            answer: answer(),
            facts: Box::new(facts),
        };
        after(state, &outcome, every("15m"), at(hour), 0.0).0
    };
    let one = |hour| DocumentFacts {
        fresh: Some(vec![Some(at(hour) - TimeDelta::minutes(1))]),
        published: vec![at(hour) - TimeDelta::minutes(1)],
        items: 10,
        ..DocumentFacts::default()
    };
    let mut state = poll(&fresh(), news(600, at(0)), 0);
    state = poll(&state, news(2, at(1)), 1);
    let turnover = |state: &PollState, hour| turnover(state, at(hour)).unwrap().num_minutes();
    assert!(turnover(&state, 1) <= 20, "{}", turnover(&state, 1));
    for day in 1..=40 {
        state = poll(&state, one(24 * day), 24 * day);
        let is_known = turnover(&state, 24 * day) <= 20;
        assert!(is_known || day > 20, "{day}");
        assert!(!is_known || day < 36, "{day}");
    }
}

#[test]
fn e23_skipped_hours_and_days_are_not_polled() {
    let mornings = ScheduleHints {
        skip_hours: (0..12).collect(),
        ..ScheduleHints::default()
    };
    let (state, _) = after(&fresh(), &read(answer(), mornings), every("1h"), at(1), 0.5);
    assert_eq!(state.next_poll.unwrap(), at(12));
    let monday = ScheduleHints {
        skip_days: vec![0],
        ..ScheduleHints::default()
    };
    let (state, _) = after(&fresh(), &read(answer(), monday), every("1h"), at(3), 0.0);
    assert_eq!(state.next_poll.unwrap(), at(24));
    let all = ScheduleHints {
        skip_hours: (0..24).collect(),
        ..ScheduleHints::default()
    };
    let (state, _) = after(&fresh(), &read(answer(), all), every("1h"), at(3), 0.0);
    assert_eq!(state.next_poll.unwrap(), at(4));
}

#[test]
fn e26_chance_only_ever_delays_a_healthy_source() {
    for chance in [0.0, 0.3, 0.999] {
        let (state, _) = after(
            &fresh(),
            &read(answer(), ScheduleHints::default()),
            every("1h"),
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
        every("1h"),
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
    let (well, _) = after(&fresh(), &document, every("1h"), at(1), 0.0);
    assert!(hours(&well, at(1)) > 4.0, "{}", hours(&well, at(1)));
    let (ill, _) = after(
        &well,
        &failed(FailureKind::Transient, None),
        every("1h"),
        at(24),
        0.0,
    );
    let (again, _) = after(&ill, &document, every("1h"), at(26), 0.0);
    assert_eq!(hours(&again, at(26)), 1.0);
    let (later, _) = after(&again, &document, every("1h"), at(27), 0.0);
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
        every("1h"),
        at(year),
        0.0,
    );
    let (back, _) = after(
        &ahead.0,
        &PollOutcome::NotModified(answer()),
        every("1h"),
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
            state = after(&state, &outcome, every("1h"), now, chance).0;
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

#[test]
fn a_state_that_a_wrong_clock_wrote_is_made_as_if_it_had_been_right() {
    let state = |last: DateTime<Utc>| PollState {
        last_poll: Some(last),
        last_success: Some(last),
        first_success: Some(last),
        failing_since: Some(last),
        next_poll: Some(last + TimeDelta::hours(2)),
        ..PollState::default()
    };
    let now = at(0);
    let epoch = DateTime::UNIX_EPOCH;
    for wrong in [
        now + TimeDelta::days(1),
        now + TimeDelta::days(11_000),
        epoch,
        epoch + TimeDelta::days(9_000),
    ] {
        let due = PollState {
            next_poll: None,
            ..state(now)
        };
        assert_eq!(corrected(&state(wrong), now), Some(due), "{wrong}");
    }
    for right in [now, now - TimeDelta::days(1), now - TimeDelta::days(900)] {
        assert_eq!(corrected(&state(right), now), None, "{right}");
    }
}
