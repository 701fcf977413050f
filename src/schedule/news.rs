//! When what is new in a document came: by its date where that can be true, else at some time since it was last looked
//! at without finding it.
//!
//! Lists that show days without a time, feeds that stamp everything with midnight or the full hour, dates in a wrong time
//! zone or in the future: they all say something that the first sight of an item contradicts.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::interval::DAY;
use crate::model::DocumentFacts;

/// A clock somewhere may be so much ahead.
pub(super) const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// What is first seen with a date before the last look is new all the same, unless it is older by so much: a day without
/// a time, in the zone that is farthest away. What is older was moved here from an archive.
const LATE: TimeDelta = TimeDelta::hours(38);

/// After so long without a look, what the store has already was pushed.
const PUSHED: TimeDelta = TimeDelta::hours(12);

/// Dates that make a habit of saying no time.
const SEVERAL: usize = 3;

/// An item came at some time from the one moment to the other; both are the same where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Came {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Came {
    pub(super) fn at(date: DateTime<Utc>) -> Self {
        Self { from: date, to: date }
    }

    pub(super) fn is_exact(self) -> bool {
        self.from == self.to
    }

    /// In the middle of the time that is possible.
    pub(super) fn middle(self) -> DateTime<Utc> {
        self.from + (self.to - self.from) / 2
    }
}

/// When the new items of a document came. `last`: when it was last looked at; `newest`: of what was known then.
pub(super) fn came(
    facts: &DocumentFacts,
    last: Option<DateTime<Utc>>,
    newest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Vec<Came> {
    let times = Times::of(&facts.published);
    let Some(last) = last.filter(|last| *last <= now) else {
        return archive(facts, &times, now);
    };
    let Some(fresh) = &facts.fresh else {
        let since = facts.published.iter().filter(|date| Some(**date) > newest);
        let told = since.filter(|date| times.tell(**date) && **date <= now + AHEAD);
        return told.copied().map(Came::at).collect();
    };
    let is_now = |date: DateTime<Utc>| last < date && date <= now + AHEAD;
    let mut came = Vec::with_capacity(fresh.len());
    for date in fresh {
        match date {
            Some(date) if times.tell(*date) && is_now(*date) => came.push(Came::at((*date).min(now))),
            Some(date) if *date < last - LATE => {}
            _ => came.push(Came { from: last, to: now }),
        }
    }
    if now - last >= PUSHED {
        let fresh: HashSet<&DateTime<Utc>> = fresh.iter().flatten().collect();
        let pushed = facts.published.iter().filter(|date| {
            times.tell(**date) && is_now(**date) && Some(**date) > newest && !fresh.contains(date)
        });
        came.extend(pushed.map(|date| Came::at((*date).min(now))));
    }
    came
}

/// What a document lists that is read for the first time.
fn archive(facts: &DocumentFacts, times: &Times, now: DateTime<Utc>) -> Vec<Came> {
    // The pages behind the items of a list know their times better.
    let read: Vec<DateTime<Utc>> = facts.fresh.iter().flatten().flatten().copied().collect();
    let (dates, times) = if read.len() >= facts.published.len() {
        (&read, &Times::of(&read))
    } else {
        (&facts.published, times)
    };
    let dates = dates.iter().filter(|date| **date <= now + AHEAD);
    let came = dates.map(|date| match times.tell(*date) {
        true => Came::at(*date),
        false => Came {
            from: (*date).min(now),
            to: (*date + DAY).min(now),
        },
    });
    came.collect()
}

/// Whether the dates of a document tell the time of day.
struct Times {
    /// What stands for none.
    none: Option<NaiveTime>,
}

impl Times {
    /// A time that most of them have, and some even on one day, is none.
    fn of(dates: &[DateTime<Utc>]) -> Self {
        let mut days: HashMap<NaiveTime, HashSet<DateTime<Utc>>> = HashMap::new();
        let mut counts: HashMap<NaiveTime, usize> = HashMap::new();
        for date in dates {
            *counts.entry(date.time()).or_default() += 1;
            days.entry(date.time()).or_default().insert(*date);
        }
        let most = counts.into_iter().max_by_key(|(time, count)| (*count, *time));
        let none = most.filter(|(time, count)| {
            let is_usual = *count >= SEVERAL && *count * 2 > dates.len();
            is_usual && days[time].len() < *count
        });
        Self {
            none: none.map(|(time, _)| time),
        }
    }

    fn tell(&self, date: DateTime<Utc>) -> bool {
        let time = date.time();
        time.num_seconds_from_midnight() > 0 && self.none != Some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours from a Monday, 00:00 UTC.
    fn at(hours: f64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_392_000, 0).unwrap() + TimeDelta::seconds((hours * 3_600.0) as i64)
    }

    fn facts(published: &[f64], fresh: Option<&[Option<f64>]>) -> DocumentFacts {
        DocumentFacts {
            published: published.iter().copied().map(at).collect(),
            fresh: fresh.map(|fresh| fresh.iter().map(|date| date.map(at)).collect()),
            ..DocumentFacts::default()
        }
    }

    fn hours(came: Vec<Came>) -> Vec<(f64, f64)> {
        let hours = |date: DateTime<Utc>| (date - at(0.0)).num_minutes() as f64 / 60.0;
        came.into_iter()
            .map(|came| (hours(came.from), hours(came.to)))
            .collect()
    }

    #[test]
    fn what_a_date_says_counts_only_where_it_can_be_true() {
        // Looked at at 10:00 and at 11:00, …
        for (what, date, expected) in [
            ("between", Some(10.5), &[(10.5, 10.5)][..]),
            ("no date", None, &[(10.0, 11.0)]),
            ("at midnight", Some(0.0), &[(10.0, 11.0)]),
            ("two hours ahead", Some(12.6), &[(10.0, 11.0)]),
            ("two hours behind", Some(8.6), &[(10.0, 11.0)]),
            ("at the full hour before", Some(10.0), &[(10.0, 11.0)]),
            ("a little ahead", Some(11.1), &[(11.0, 11.0)]),
            ("yesterday, in the farthest zone", Some(-27.0), &[(10.0, 11.0)]),
            ("from the archive", Some(-240.0), &[]),
        ] {
            let published: Vec<f64> = date.into_iter().collect();
            let facts = facts(&published, Some(&[date]));
            let came = came(&facts, Some(at(10.0)), Some(at(9.0)), at(11.0));
            assert_eq!(hours(came), expected, "{what}");
        }
    }

    #[test]
    fn what_is_known_and_dated_anew_is_no_news_unless_it_was_pushed() {
        let facts = facts(&[10.5, 3.0], Some(&[]));
        let came = |last: f64| came(&facts, Some(at(last)), Some(at(3.0)), at(11.0));
        assert_eq!(hours(came(10.0)), []);
        assert_eq!(hours(came(-13.0)), [(10.5, 10.5)]);
    }

    #[test]
    fn a_time_that_nearly_all_share_is_none() {
        let local_midnights = [-2.0, -2.0, -2.0, -26.0, -26.0, -50.0];
        let first = came(&facts(&local_midnights, None), None, None, at(10.0));
        assert_eq!(hours(first)[0], (-2.0, 10.0));
        let by_the_clock = [6.0, -18.0, -42.0, -66.0];
        let first = came(&facts(&by_the_clock, None), None, None, at(10.0));
        assert_eq!(hours(first)[0], (6.0, 6.0));
    }
}
