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
    for (fresh_for, ttl, gap, expected) in [
        (None, None, None, 1.0),
        (minutes(110), None, None, 110.0 / 60.0),
        (minutes(30), None, None, 1.0),
        (None, minutes(720), None, 12.0),
        (None, minutes(u64::MAX / 120), None, 168.0),
        (None, None, Some(10 * 3_600), 5.0),
        (None, None, Some(u64::MAX), 24.0),
        (None, None, Some(60), 1.0),
        (minutes(180), minutes(120), None, 3.0),
    ] {
        let facts = DocumentFacts {
            hints: ScheduleHints {
                interval: ttl,
                ..ScheduleHints::default()
            },
            item_gap: gap,
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
            "{fresh_for:?} {ttl:?} {gap:?}: {}",
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
