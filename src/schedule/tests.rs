use super::*;
use crate::model::{FailureKind, Hop, ScheduleHints};

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

fn pace(every: &str) -> Pace {
    Pace {
        every: humantime::parse_duration(every).unwrap(),
        every_is_set: true,
    }
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
fn e34_failures_back_off_to_a_day_and_a_success_resets() {
    let mut state = fresh();
    let mut waits = Vec::new();
    for _ in 0..8 {
        (state, _) = after(
            &state,
            &failed(FailureKind::Transient, None),
            pace("1h"),
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
        pace("1h"),
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

fn fresh_next() -> PollState {
    after(
        &fresh(),
        &read(answer(), ScheduleHints::default()),
        pace("1h"),
        at(0),
        0.0,
    )
    .0
}

#[test]
fn e34_jitter_never_goes_below_the_floor() {
    let (state, _) = after(
        &fresh(),
        &failed(FailureKind::Transient, None),
        pace("1h"),
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
            pace("1h"),
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
        pace("1h"),
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
        pace("1h"),
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
            pace("1h"),
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
            pace("1h"),
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
        pace("1h"),
        at(0),
        0.5,
    );
    assert_eq!(hours(&state, at(0)), 1.0);
    let later = at(31 * 24);
    (state, _) = after(
        &state,
        &failed(FailureKind::NotFound, Some(answer())),
        pace("1h"),
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
        pace("1h"),
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
        pace("1h"),
        at(0),
        0.0,
    );
    assert!(hours(&state, at(0)) >= 4.0);
}

#[test]
fn e41_a_permanent_redirect_is_believed_after_three_sightings_over_a_day() {
    let hop = |status, to: &str| Hop {
        status,
        from: URL.into(),
        to: to.into(),
    };
    let moved = |status| Answer {
        url: "https://new.example/".into(),
        hops: vec![hop(status, "https://new.example/")],
        ..answer()
    };
    let configured = Url::parse(URL).unwrap();
    let ask = |state: &PollState, now| start(state, &configured, now).to_string();
    let poll = |state: &PollState, answer: Answer, now| {
        after(
            state,
            &read(answer, ScheduleHints::default()),
            pace("1h"),
            now,
            0.0,
        )
        .0
    };
    let mut state = fresh();
    for hour in [0, 1, 2] {
        state = poll(&state, moved(301), at(hour));
        assert_eq!(ask(&state, at(hour)), URL);
    }
    state = poll(&state, moved(308), at(24));
    assert_eq!(ask(&state, at(25)), "https://new.example/");
    // Asked directly, it stays believed; after a month the old address is asked again.
    state = poll(
        &state,
        Answer {
            url: "https://new.example/".into(),
            ..answer()
        },
        at(25),
    );
    assert_eq!(ask(&state, at(26)), "https://new.example/");
    assert_eq!(ask(&state, at(24 + 30 * 24)), URL);
    // Where the old address answers by itself again, the redirect is forgotten.
    let back = poll(&state, answer(), at(24 + 30 * 24));
    assert_eq!(back.moved, None);
    // A failure at the new address sends the next poll to the old one.
    let (lost, _) = after(
        &state,
        &failed(FailureKind::NotFound, None),
        pace("1h"),
        at(26),
        0.0,
    );
    assert_eq!(ask(&lost, at(27)), URL);
}

#[test]
fn e42_e43_only_permanent_hops_before_a_temporary_one_count() {
    let hop = |status, from: &str, to: &str| Hop {
        status,
        from: from.into(),
        to: to.into(),
    };
    for (hops, to) in [
        (vec![hop(302, URL, "https://b.example/")], None),
        (
            vec![
                hop(307, URL, "https://b.example/"),
                hop(301, "https://b.example/", "https://c.example/"),
            ],
            None,
        ),
        (
            vec![
                hop(301, URL, "https://b.example/"),
                hop(302, "https://b.example/", "https://c.example/"),
            ],
            Some("https://b.example/"),
        ),
        (
            vec![
                hop(301, URL, "https://b.example/"),
                hop(308, "https://b.example/", "https://c.example/"),
            ],
            Some("https://c.example/"),
        ),
    ] {
        let url = hops.last().unwrap().to.clone();
        let (state, _) = after(
            &fresh(),
            &read(
                Answer {
                    url,
                    hops,
                    ..answer()
                },
                ScheduleHints::default(),
            ),
            pace("1h"),
            at(0),
            0.0,
        );
        assert_eq!(state.moved.map(|moved| moved.to).as_deref(), to);
    }
}

#[test]
fn e05_e06_e07_validators_follow_the_newest_answer() {
    let poll = |state: &PollState, outcome: PollOutcome| after(state, &outcome, pace("1h"), at(0), 0.0).0;
    let both = Answer {
        etag: Some(b"W/\"1\"".to_vec()),
        last_modified: Some(b"yesterday".to_vec()),
        ..answer()
    };
    let state = poll(&fresh(), read(both, ScheduleHints::default()));
    let newer = Answer {
        status: 304,
        etag: Some(b"W/\"2\"".to_vec()),
        ..answer()
    };
    let merged = poll(&state, PollOutcome::NotModified(newer)).validators.unwrap();
    assert_eq!(
        (merged.etag.as_deref(), merged.last_modified.as_deref()),
        (Some(&b"W/\"2\""[..]), Some(&b"yesterday"[..]))
    );
    let bare = poll(
        &state,
        PollOutcome::NotModified(Answer {
            status: 304,
            etag: None,
            ..answer()
        }),
    );
    assert_eq!(bare.validators, state.validators);
    let dropped = poll(
        &state,
        read(
            Answer {
                etag: None,
                ..answer()
            },
            ScheduleHints::default(),
        ),
    );
    assert_eq!(dropped.validators, None);
}

#[test]
fn e09_e10_failures_leave_validators_and_what_was_learned() {
    let state = fresh_next();
    for kind in [
        FailureKind::Transient,
        FailureKind::Unreadable,
        FailureKind::Forbidden,
        FailureKind::NotFound,
    ] {
        let other = Answer {
            status: 500,
            etag: Some(b"\"error page\"".to_vec()),
            ..answer()
        };
        let (after, _) = after(&state, &failed(kind, Some(other)), pace("1h"), at(1), 0.0);
        assert_eq!(
            (after.validators, after.last_success),
            (state.validators.clone(), state.last_success)
        );
    }
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
        pace("15m"),
        at(2),
        0.0,
    );
    assert_eq!(
        (paused.health, paused.failures, paused.next_poll, pause),
        (Health::Ok, 0, Some(at(3)), None)
    );
}

#[test]
fn e14_a_month_of_304_never_drops_the_validators() {
    let mut state = fresh_next();
    for day in 1..=30 {
        let unchanged = PollOutcome::NotModified(Answer {
            status: 304,
            etag: None,
            ..answer()
        });
        (state, _) = after(&state, &unchanged, pace("1h"), at(day * 24), 0.5);
        assert!(
            state
                .validators
                .as_ref()
                .is_some_and(|validators| validators.etag.is_some()),
            "day {day}"
        );
    }
}

#[test]
fn a_page_that_changed_is_told_once_and_until_it_is_mended() {
    let moved = |broken: &str, is_configured| DocumentFacts {
        moved: Some(ListingMoved {
            broken: broken.to_owned(),
            select: Some("[source.select]\nitem = \"article\"\n".to_owned()),
            is_configured,
        }),
        ..DocumentFacts::default()
    };
    let poll = |state: &PollState, facts: DocumentFacts, hour| {
        let outcome = PollOutcome::Read {
            answer: answer(),
            facts: Box::new(facts),
        };
        after(state, &outcome, pace("1h"), at(hour), 0.0).0
    };
    let well = poll(&fresh(), DocumentFacts::default(), 0);
    assert_eq!(well.healed, None);
    let broken = poll(&well, moved("item", true), 1);
    let healed = broken.healed.clone().unwrap();
    assert_eq!((healed.since, healed.worked), (at(1), Some(at(0))));
    // The next polls say nothing new, however long it takes.
    let still = poll(&broken, moved("item", true), 24 * 30);
    assert_eq!(still.healed, broken.healed);
    let other = poll(&still, moved("link", true), 24 * 30 + 1);
    assert_eq!(other.healed.as_ref().unwrap().since, at(24 * 30 + 1));
    assert_eq!(poll(&other, DocumentFacts::default(), 24 * 31).healed, None);
    // Where nobody has anything to mend it is shown for a week.
    let found = poll(&well, moved("item", false), 1);
    let later = poll(&found, DocumentFacts::default(), 24 * 7);
    assert_eq!(later.healed, found.healed);
    assert_eq!(poll(&later, DocumentFacts::default(), 24 * 8 + 2).healed, None);
}

#[test]
fn articles_that_cannot_be_read_yet_are_counted_until_they_are() {
    let poll = |state: &PollState, has_unread| {
        let facts = DocumentFacts {
            has_unread,
            is_cut: has_unread,
            ..DocumentFacts::default()
        };
        let outcome = PollOutcome::Read {
            answer: answer(),
            facts: Box::new(facts),
        };
        after(state, &outcome, pace("1h"), at(0), 0.0).0
    };
    let twice = poll(&poll(&fresh(), true), true);
    assert_eq!(twice.unread, 2);
    assert_eq!(poll(&twice, false).unread, 0);
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
fn what_an_older_version_stored_is_read() {
    let old = r#"{"url":"https://source.example/feed","health":"ok","failures":0,"item_gap":3600,"items":3}"#;
    let state: PollState = serde_json::from_str(old).unwrap();
    assert_eq!(
        (state.items, state.rhythm, state.unanswered),
        (3, Default::default(), 0)
    );
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
fn e34_a_host_that_cannot_be_reached_is_left_alone_by_all_its_sources() {
    let lost = |state: &PollState, hour| {
        after(
            state,
            &failed(FailureKind::Transient, None),
            pace("1h"),
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
        pace("1h"),
        at(20),
        0.5,
    );
    assert_eq!(rest(&[&often, &answers], 20), None);
    let single = lost(&often, 21);
    assert_eq!(answers.unanswered, 0);
    assert!(rest(&[&single, &answers], 21).is_some());
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
