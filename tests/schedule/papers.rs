//! Sources as documents of limited length: what comes and goes between two polls was never seen.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use feedmill::model::{Answer, DocumentFacts, PollOutcome, PollState};
use feedmill::schedule;

use crate::schedules::date;
use crate::sources::DAYS;

/// What a document says of when an item was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    /// The truth.
    True,
    /// Nothing.
    None,
    /// The day.
    Day,
    /// The truth, so many hours off.
    Off(i64),
}

/// From then on, in seconds, what is lost counts: a burst must have been seen once.
const LEARNT: i64 = 7 * 86_400;

/// A source.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Seconds from the start, oldest first.
    pub published: Vec<i64>,
    /// Items of its document.
    pub window: usize,
    pub dates: Dates,
    pub has_validators: bool,
    pub max_age: Option<Duration>,
    /// What its address makes of it.
    pub chance: f64,
}

/// What came of a paper.
#[derive(Default)]
pub struct Read {
    pub polls: usize,
    /// Of each item, in minutes.
    pub delays: Vec<f64>,
    /// Items that nobody saw.
    pub lost: usize,
    /// When it was asked, in seconds from the start.
    pub asked: Vec<i64>,
    state: PollState,
}

impl Paper {
    fn shown(&self, published: i64) -> Option<DateTime<Utc>> {
        let truth = date(published);
        match self.dates {
            Dates::True => Some(truth),
            Dates::None => None,
            Dates::Day => truth.duration_trunc(TimeDelta::days(1)).ok(),
            Dates::Off(hours) => Some(truth + TimeDelta::hours(hours)),
        }
    }

    fn answer(&self, from: usize, to: usize) -> Answer {
        Answer {
            status: 200,
            url: "https://source.example/".into(),
            host: "source.example".into(),
            etag: self.has_validators.then(|| format!("{from}-{to}").into_bytes()),
            fresh_for: self.max_age,
            ..Answer::default()
        }
    }

    /// Read for all the days, by a program that looks every so many seconds for what is due; with failures in a time.
    pub fn read(&self, every: Duration, pass: i64, down: std::ops::Range<i64>) -> Read {
        let mut read = Read::default();
        let (mut seen, mut known) = (HashSet::new(), None);
        let mut last = 0;
        for now in (420..DAYS * 86_400).step_by(usize::try_from(pass).unwrap()) {
            if !schedule::is_due(&read.state, date(now)) {
                continue;
            }
            let to = self.published.partition_point(|date| *date <= now);
            let from = to.saturating_sub(self.window);
            let is_first = read.polls == 0;
            let outcome = if down.contains(&now) {
                crate::failed()
            } else if self.has_validators && known == Some(to) {
                PollOutcome::NotModified(self.answer(from, to))
            } else {
                let fresh: Vec<usize> = (from..to).filter(|item| seen.insert(*item)).collect();
                if !is_first {
                    let delay = |item: &usize| (now - self.published[*item]) as f64 / 60.0;
                    read.delays.extend(fresh.iter().map(delay));
                }
                known = Some(to);
                self.document(from, to, &fresh)
            };
            (last, read.polls) = (now, read.polls + 1);
            read.asked.push(now);
            let (next, _) = schedule::after(&read.state, &outcome, every, date(now), self.chance);
            read.state = next;
        }
        let first = self.published.partition_point(|date| *date < LEARNT);
        let end = self.published.partition_point(|date| *date <= last);
        read.lost = (first..end).filter(|item| !seen.contains(item)).count();
        read
    }

    fn document(&self, from: usize, to: usize, fresh: &[usize]) -> PollOutcome {
        let shown = |item: usize| self.shown(self.published[item]);
        let facts = DocumentFacts {
            items: u32::try_from(to - from).unwrap(),
            published: schedule::newest((from..to).filter_map(shown)),
            fresh: Some(fresh.iter().map(|item| shown(*item)).collect()),
            ..DocumentFacts::default()
        };
        PollOutcome::Read {
            answer: self.answer(from, to),
            facts: Box::new(facts),
        }
    }
}
