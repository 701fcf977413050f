//! Weeks of a source's life, poll by poll as the schedule has it, and what the operator is told meanwhile.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{Watched, changes, expected, silence};
use crate::model::{
    Alert, AlertKind, Answer, DocumentFacts, Failure, FailureKind, Health, PollOutcome, PollState, Source,
    SourceId, SourceKind, Told,
};
use crate::schedule;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn source(name: &str) -> Source {
    Source {
        id: SourceId::of(name),
        name: name.into(),
        kind: SourceKind::Feed,
        address: Url::parse("https://me:pass@a.example/feed?token=t").unwrap(),
        full_text: false,
        articles: 0,
        has_secret_address: false,
        has_secret_path: false,
        every: Duration::from_secs(3_600),
        timeout: Duration::ZERO,
        max_body: 0,
        headers: Vec::new(),
        categories: Vec::new(),
        tags: Vec::new(),
        trust: false,
        dedupe: None,
        keeps_withdrawn: false,
    }
}

/// A source on its way through time, with what was told of it.
struct Life {
    source: Source,
    state: PollState,
    now: DateTime<Utc>,
    alerts: Vec<Alert>,
    /// All that was told, in order.
    told: Vec<(AlertKind, Told, DateTime<Utc>)>,
    /// When an alert was to be expected, as each poll left it.
    expected: Vec<Option<DateTime<Utc>>>,
}

impl Life {
    fn new() -> Self {
        Self {
            source: source("Wire"),
            state: PollState::default(),
            now: start(),
            alerts: Vec::new(),
            told: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// As a restart leaves it: only what is stored.
    fn restart(&mut self) {
        let state = serde_json::to_string(&self.state).unwrap();
        self.state = serde_json::from_str(&state).unwrap();
        self.look();
    }

    fn look(&mut self) {
        let open: Vec<Alert> = self
            .alerts
            .iter()
            .filter(|a| a.ended.is_none())
            .cloned()
            .collect();
        let watched = [Watched {
            source: &self.source,
            state: Some(&self.state),
        }];
        for changed in changes(&watched, &open, self.now) {
            let told = if changed.ended.is_some() {
                Told::Ended
            } else {
                Told::Raised
            };
            self.told.push((changed.kind, told, self.now));
            self.alerts
                .retain(|a| a.item(Told::Raised) != changed.item(Told::Raised));
            self.alerts.push(changed);
        }
    }

    /// Polls whenever it is due and looks every ten minutes, until `span` has passed.
    fn live(&mut self, span: TimeDelta, outcome: impl Fn(DateTime<Utc>) -> PollOutcome) {
        let end = self.now + span;
        let every = self.source.every;
        while self.now < end {
            if schedule::is_due(&self.state, self.now) {
                let (state, _) = schedule::after(&self.state, &outcome(self.now), every, self.now, 0.5);
                self.state = state;
                self.expected.push(expected(&self.source, &self.state, self.now));
            }
            self.look();
            self.now += TimeDelta::minutes(10);
        }
    }

    fn kinds(&self) -> Vec<(AlertKind, Told)> {
        self.told.iter().map(|(kind, told, _)| (*kind, *told)).collect()
    }
}

/// A document whose newest item was published then, and before that one every `gap`.
fn document(newest: DateTime<Utc>, gap: TimeDelta) -> PollOutcome {
    PollOutcome::Read {
        answer: Answer {
            status: 200,
            etag: Some(b"\"1\"".to_vec()),
            ..Answer::default()
        },
        facts: Box::new(DocumentFacts {
            published: (0..20).map(|n| newest - gap * n).collect(),
            items: 20,
            ..DocumentFacts::default()
        }),
    }
}

/// As a source that publishes every `gap` on the dot looks.
fn regular(gap: TimeDelta) -> impl Fn(DateTime<Utc>) -> PollOutcome {
    move |now| {
        let passed = (now - start()).num_seconds() / gap.num_seconds();
        document(start() + gap * passed as i32, gap)
    }
}

fn failure(kind: FailureKind) -> PollOutcome {
    PollOutcome::Failed {
        answer: None,
        failure: Failure {
            kind,
            message: "a.example does not answer".into(),
        },
    }
}

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);
const FAILING: AlertKind = AlertKind::Failing;
const SILENT: AlertKind = AlertKind::Silent;

#[test]
fn what_is_told_was_expected_then_and_only_then() {
    let told_when_expected = |life: &Life| {
        let expected: Vec<DateTime<Utc>> = life.expected.iter().copied().flatten().collect();
        let (_, _, told) = life.told[0];
        assert!(
            told - expected[0] <= TimeDelta::minutes(10),
            "{told} {expected:?}"
        );
        assert!(told >= expected[0]);
    };
    let mut dies = Life::new();
    dies.live(DAY, regular(HOUR));
    dies.live(DAY * 2, |_| failure(FailureKind::Transient));
    told_when_expected(&dies);
    let mut gone = Life::new();
    gone.live(HOUR * 2, |_| failure(FailureKind::Gone));
    told_when_expected(&gone);
    let mut silent = Life::new();
    silent.live(DAY, regular(HOUR));
    let last = silent.now;
    silent.live(DAY * 9, |_| regular(HOUR)(last));
    told_when_expected(&silent);
    let mut well = Life::new();
    well.live(DAY * 9, |now| match now.timestamp() % 3 {
        0 => failure(FailureKind::Transient),
        _ => regular(HOUR)(now),
    });
    assert!(well.told.is_empty() && well.expected.iter().all(Option::is_none));
}

#[test]
fn a_source_that_fails_for_a_day_is_told_once_and_its_recovery_too() {
    let mut life = Life::new();
    life.live(DAY, regular(HOUR));
    let died = life.now;
    life.live(TimeDelta::days(9), |_| failure(FailureKind::Transient));
    assert_eq!(life.kinds(), [(FAILING, Told::Raised)]);
    // The first poll after it died comes within an hour and some; the alert a day after that.
    let told = life.told[0].2 - died;
    assert!((DAY..DAY + HOUR * 3).contains(&told), "{told}");
    life.restart();
    life.restart();
    life.live(TimeDelta::days(2), regular(HOUR));
    assert_eq!(life.kinds(), [(FAILING, Told::Raised), (FAILING, Told::Ended)]);
    // The next time is another one.
    life.live(TimeDelta::days(3), |_| failure(FailureKind::Transient));
    assert_eq!(life.kinds().len(), 3);
    let ids: std::collections::HashSet<_> = life.alerts.iter().map(|a| a.item(Told::Raised)).collect();
    assert_eq!(ids.len(), 2);
}

#[test]
fn trouble_of_hours_is_not_told() {
    let mut life = Life::new();
    for _ in 0..10 {
        life.live(DAY, regular(HOUR));
        life.live(HOUR * 12, |_| failure(FailureKind::Transient));
    }
    assert_eq!(life.told, []);
}

#[test]
fn a_source_that_is_gone_is_told_at_once() {
    let mut life = Life::new();
    life.live(DAY, regular(HOUR));
    life.live(HOUR * 2, |_| failure(FailureKind::Gone));
    assert_eq!(life.state.health, Health::Gone);
    assert_eq!(life.kinds(), [(FAILING, Told::Raised)]);
    life.live(DAY * 30, |_| failure(FailureKind::Gone));
    assert_eq!(life.told.len(), 1);
}

#[test]
fn a_machine_that_slept_asks_before_it_tells() {
    let mut life = Life::new();
    life.live(DAY, regular(HOUR));
    life.live(HOUR * 6, |_| failure(FailureKind::Transient));
    assert!(life.state.failures > 1);
    life.now += DAY * 3;
    life.look();
    assert_eq!(life.told, []);
    life.live(HOUR, regular(HOUR));
    assert_eq!(life.told, []);
}

#[test]
fn silence_is_told_against_the_rhythm_of_the_source() {
    for (gap, least, most) in [
        // Four days, however busy it was before.
        (HOUR, DAY * 4, DAY * 5),
        // Three times its longest pause.
        (DAY * 2, DAY * 6, DAY * 8),
        (DAY * 7, DAY * 21, DAY * 23),
    ] {
        let mut life = Life::new();
        life.live(gap * 10, regular(gap));
        assert_eq!(life.told, [], "{gap}");
        let last = life.state.rhythm.recent[0];
        life.live(DAY * 40, |_| document(last, gap));
        assert_eq!(life.kinds(), [(SILENT, Told::Raised)], "{gap}");
        let told = life.told[0].2 - last;
        assert!((least..most).contains(&told), "{gap}: {told}");
        life.restart();
        life.live(DAY * 2, regular(gap));
        assert_eq!(
            life.kinds(),
            [(SILENT, Told::Raised), (SILENT, Told::Ended)],
            "{gap}"
        );
    }
}

#[test]
fn weekends_and_nights_are_no_silence() {
    // Every hour from six to sixteen, Monday to Friday; a holiday on a Monday, too.
    let is_open = |time: DateTime<Utc>| {
        use chrono::{Datelike, Timelike};
        let holiday = (start() + DAY * 20).iso_week();
        time.weekday().num_days_from_monday() < 5
            && (6..=16).contains(&time.hour())
            && !(time.iso_week() == holiday && time.weekday() == chrono::Weekday::Mon)
    };
    let mut life = Life::new();
    life.live(TimeDelta::weeks(8), |now| {
        let hours = (0..).map(|n| now - HOUR * n);
        let published: Vec<_> = hours.filter(|time| is_open(*time)).take(20).collect();
        let PollOutcome::Read { answer, facts } = document(now, HOUR) else {
            unreachable!()
        };
        let facts = Box::new(DocumentFacts { published, ..*facts });
        PollOutcome::Read { answer, facts }
    });
    assert_eq!(life.told, []);
}

#[test]
fn too_few_dates_say_nothing() {
    let mut life = Life::new();
    life.live(DAY * 60, |_| {
        let PollOutcome::Read { answer, facts } = document(start(), DAY) else {
            unreachable!()
        };
        let published = facts.published[..6].to_vec();
        let facts = Box::new(DocumentFacts { published, ..*facts });
        PollOutcome::Read { answer, facts }
    });
    assert_eq!(life.told, []);
    assert_eq!(silence(&life.state), None);
}

#[test]
fn a_source_that_was_dead_before_it_was_added_is_watched_first() {
    let mut life = Life::new();
    let last = start() - DAY * 200;
    life.live(DAY * 3, |_| document(last, HOUR));
    assert_eq!(life.told, []);
    life.live(DAY * 3, |_| document(last, HOUR));
    assert_eq!(life.kinds(), [(SILENT, Told::Raised)]);
}

#[test]
fn a_silent_source_that_fails_is_told_of_both_and_each_ends_by_itself() {
    let mut life = Life::new();
    life.live(DAY, regular(HOUR));
    let last = life.state.rhythm.recent[0];
    life.live(DAY * 6, |_| document(last, HOUR));
    life.live(DAY * 2, |_| failure(FailureKind::NotFound));
    assert_eq!(life.kinds(), [(SILENT, Told::Raised), (FAILING, Told::Raised)]);
    life.live(DAY * 2, |_| document(last, HOUR));
    assert_eq!(life.kinds()[2..], [(FAILING, Told::Ended)]);
    life.live(DAY * 2, regular(HOUR));
    assert_eq!(life.kinds()[3..], [(SILENT, Told::Ended)]);
}

#[test]
fn a_source_that_is_taken_out_is_told_of_no_more() {
    let mut life = Life::new();
    life.live(DAY * 3, |_| failure(FailureKind::Transient));
    assert_eq!(life.kinds(), [(FAILING, Told::Raised)]);
    // Another address is not known to be better until it was asked.
    let unknown = [Watched {
        source: &life.source,
        state: None,
    }];
    assert_eq!(changes(&unknown, &life.alerts, life.now), []);
    let ended = changes(&[], &life.alerts, life.now);
    assert_eq!(ended.len(), 1);
    assert!(ended[0].ended.is_some());
    assert_eq!(changes(&[], &[], life.now), []);
}

#[test]
fn the_words_say_what_happened_and_hold_no_secret() {
    let mut life = Life::new();
    life.live(DAY, regular(HOUR));
    life.live(DAY * 2, |_| failure(FailureKind::Transient));
    life.live(DAY, regular(HOUR));
    let last = life.state.rhythm.recent[0];
    life.live(DAY * 5, |_| document(last, HOUR));
    let all: Vec<String> = life
        .alerts
        .iter()
        .flat_map(|alert| {
            [
                Some(alert.words.clone()),
                alert.ended.as_ref().map(|e| e.words.clone()),
            ]
        })
        .flatten()
        .collect();
    insta::assert_snapshot!(all.join("\n---\n"));
    assert!(!all.concat().contains("pass") && !all.concat().contains("token"));
}
