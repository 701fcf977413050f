//! What is remembered from one poll to the next.

use super::*;
use crate::model::Hop;

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
            every("1h"),
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
        every("1h"),
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
            every("1h"),
            at(0),
            0.0,
        );
        assert_eq!(state.moved.map(|moved| moved.to).as_deref(), to);
    }
}

#[test]
fn e05_e06_e07_validators_follow_the_newest_answer() {
    let poll = |state: &PollState, outcome: PollOutcome| after(state, &outcome, every("1h"), at(0), 0.0).0;
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
        let (after, _) = after(&state, &failed(kind, Some(other)), every("1h"), at(1), 0.0);
        assert_eq!(
            (after.validators, after.last_success),
            (state.validators.clone(), state.last_success)
        );
    }
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
        (state, _) = after(&state, &unchanged, every("1h"), at(day * 24), 0.5);
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
        after(state, &outcome, every("1h"), at(hour), 0.0).0
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
        after(state, &outcome, every("1h"), at(0), 0.0).0
    };
    let twice = poll(&poll(&fresh(), true), true);
    assert_eq!(twice.unread, 2);
    assert_eq!(poll(&twice, false).unread, 0);
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
