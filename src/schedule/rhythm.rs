//! How often a source publishes, learned from the dates of its items, and when it is worth asking again.
//!
//! Items are counted by the hour of the week in which they were published, and those of three weeks ago count half. Where
//! an hour of the week has little history, it is taken to be like that hour of any day, and that like the average; so a
//! source that sleeps at night or on Fridays is known as soon as there is enough of it, in whatever time zone it is.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Timelike, Utc};

use super::interval::DAY;
use super::news::{AHEAD, Came};
use crate::model::Rhythm;

const WEEK_HOURS: usize = 168;

/// After so long an item counts half.
const HALF_LIFE: TimeDelta = TimeDelta::weeks(3);

/// Items older than this say nothing about today.
const OLDEST: TimeDelta = TimeDelta::weeks(8);

/// Newest dates that are remembered one by one.
const RECENT: usize = 20;

/// Dates of one document that are looked at.
const MOST_DATES: usize = 500;

/// A source that publishes every so many hours is asked as often: a faster one less often than it publishes, a slower
/// one more often.
const EVEN_GAP: f64 = 0.4;

/// How waits grow with gaps, as an exponent. With 1 each poll would bring one item, and what is rare would come late;
/// with 0.5 the items of all sources together would wait shortest on average for the same number of polls. Somewhat more
/// makes the greater part of the items come sooner, and those of slow sources somewhat later.
const SHARE: f64 = 0.6;

/// Nearly all items come within an hour and a half: where some are expected a source is asked so often an hour, …
const PROMPT: f64 = 0.78;

/// … unless that would be more often than so many times for each of them.
const WORTH: f64 = 5.0;

/// A second, in hours.
const INSTANT: f64 = 1.0 / 3_600.0;

/// What is expected of a source that publishes by the clock before its time, as a part of what is expected otherwise.
const EARLY: f64 = 0.1;

/// Gaps that must be known before a source is said to publish by the clock.
const CLOCKED: usize = 6;

/// How much the gaps of such a source may differ, as a part of their median.
const PUNCTUAL: f64 = 0.25;

/// How long a flurry of items is expected to last, in hours.
const FLURRY: f64 = 3.0;

/// What the average is worth beside the count of an hour of the day, and that beside an hour of the week, in items.
const PRIOR: f64 = 1.0;

/// Of sources that are silent, so many are so for good even before their silence is strange.
const DEAD: f64 = 0.05;

/// Dates that make a rhythm: two are a single gap, which may be any.
const KNOWN: usize = 3;

/// A source with less than that is asked again after this part of the time for which it has
/// been silent.
const PATIENCE: i32 = 48;

/// It is not left alone for longer than that: nothing speaks against its publishing at any time.
const UNKNOWN: TimeDelta = TimeDelta::hours(6);

/// The dates of a document that say something about its rhythm: newest first.
pub fn newest(dates: impl Iterator<Item = DateTime<Utc>>) -> Vec<DateTime<Utc>> {
    let mut dates: Vec<DateTime<Utc>> = dates.collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.truncate(MOST_DATES);
    dates
}

/// Takes note of when new items came.
pub(super) fn observe(rhythm: &mut Rhythm, came: &[Came], now: DateTime<Utc>) {
    // What a wrong clock wrote down once would hide everything until then.
    rhythm.recent.retain(|date| *date <= now + AHEAD);
    rhythm.since = rhythm.since.filter(|since| *since <= now + AHEAD);
    weigh(rhythm, now);
    let minute = |date: DateTime<Utc>| date.duration_trunc(TimeDelta::minutes(1)).ok();
    let mut minutes: Vec<DateTime<Utc>> = came.iter().filter_map(|came| minute(came.middle())).collect();
    minutes.sort_unstable_by(|a, b| b.cmp(a));
    // Items that come in one batch are one occasion to ask.
    minutes.dedup();
    let since = *rhythm.since.get_or_insert_with(|| {
        let reach = reach(&minutes);
        reach.unwrap_or(now).clamp(now - OLDEST, now)
    });
    let mut counted: HashMap<Came, f64> = HashMap::new();
    for came in came.iter().filter(|came| came.from > since) {
        let exact = came.is_exact().then(|| minute(came.from)).flatten();
        let times = counted.entry(exact.map_or(*came, Came::at)).or_default();
        // Of what came within some hours at an unknown time, as many may be batches of their own.
        if *times < in_hours(came.to - came.from).max(1.0) {
            *times += 1.0;
            count(rhythm, *came, now);
        }
    }
    minutes.append(&mut rhythm.recent);
    minutes.sort_unstable_by(|a, b| b.cmp(a));
    minutes.dedup();
    minutes.truncate(RECENT);
    rhythm.recent = minutes;
}

/// Counts an occasion in the hour of the week in which it was, or in parts in all those in which it may have been.
fn count(rhythm: &mut Rhythm, came: Came, now: DateTime<Utc>) {
    let weight = weight(now - came.middle());
    if came.is_exact() {
        if let Some(count) = rhythm.hours.get_mut(hour_of_week(came.from)) {
            *count += weight as f32;
        }
        return;
    }
    let span = in_hours(came.to - came.from).clamp(INSTANT, WEEK_HOURS as f64);
    for (hour, part) in steps(came.from, span) {
        if let Some(count) = rhythm.hours.get_mut(hour) {
            *count += (weight * part / span) as f32;
        }
    }
}

/// How far back a document lists everything: a few old items that are pinned, far behind the others, are not part of
/// that. A weekend is no such gap: there is much behind it.
pub(super) fn reach(newest_first: &[DateTime<Utc>]) -> Option<DateTime<Utc>> {
    let gaps = || newest_first.windows(2).map(|pair| pair[0] - pair[1]);
    let mut sorted: Vec<TimeDelta> = gaps().collect();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let is_odd = |gap: TimeDelta| sorted.len() >= 4 && gap > DAY.max(median * 30);
    let whole = gaps().take_while(|gap| !is_odd(*gap)).count();
    let behind = sorted.len().saturating_sub(whole);
    let is_pinned = behind <= 1.max(newest_first.len() / 10);
    let oldest = if is_pinned { whole } else { sorted.len() };
    newest_first.get(oldest).copied()
}

/// Lets the counts age, once a day: more often would only gather rounding errors.
fn weigh(rhythm: &mut Rhythm, now: DateTime<Utc>) {
    rhythm.hours.resize(WEEK_HOURS, 0.0);
    let weighed = rhythm.weighed.unwrap_or(now);
    let age = now - weighed;
    if age >= DAY {
        let weight = weight(age);
        for count in &mut rhythm.hours {
            // Short numbers make a small database.
            *count = ((f64::from(*count) * weight * 1_000.0).round() / 1_000.0) as f32;
        }
    }
    let is_over = age >= DAY || age <= -DAY;
    rhythm.weighed = Some(if is_over { now } else { weighed });
}

fn weight(age: TimeDelta) -> f64 {
    0.5_f64.powf(in_hours(age).max(0.0) / in_hours(HALF_LIFE))
}

fn in_hours(span: TimeDelta) -> f64 {
    span.num_seconds() as f64 / 3_600.0
}

fn hour_of_week(date: DateTime<Utc>) -> usize {
    (date.weekday().num_days_from_monday() * 24 + date.hour()) as usize
}

/// How long a source can be left alone.
pub(super) struct Wait {
    /// At most a day.
    pub span: TimeDelta,
    /// It ends when something that comes by the clock must be there: much later would be late.
    pub is_timed: bool,
}

impl From<TimeDelta> for Wait {
    fn from(span: TimeDelta) -> Self {
        Self {
            span,
            is_timed: false,
        }
    }
}

/// How long the source can be left alone from `now` on. It was listened to until `until`: who does not answer is not
/// silent.
pub(super) fn wait(rhythm: &Rhythm, until: DateTime<Utc>, now: DateTime<Utc>) -> Wait {
    let newest = rhythm.recent.first().copied().or(rhythm.since);
    let silence = newest.map_or(TimeDelta::zero(), |newest| {
        (until - newest).max(TimeDelta::zero())
    });
    match Expected::of(rhythm, now) {
        Some(expected) => expected.wait(rhythm, silence, now),
        None => (silence / PATIENCE).clamp(TimeDelta::zero(), UNKNOWN).into(),
    }
}

/// The mean time between its items; `None` while too little is known.
pub(super) fn gap(rhythm: &Rhythm, now: DateTime<Utc>) -> Option<TimeDelta> {
    let expected = Expected::of(rhythm, now)?;
    let week: f64 = (0..WEEK_HOURS).map(|hour| expected.rate(hour)).sum();
    Some(TimeDelta::seconds(
        (WEEK_HOURS as f64 * 3_600.0 / week.max(0.01)) as i64,
    ))
}

/// Items an hour that may be expected.
struct Expected<'a> {
    counts: &'a [f32],
    /// By hour of the day.
    days: [f64; 24],
    /// The first hour of the week that was observed, and how many were since then.
    first: usize,
    hours: usize,
    /// What an hour of the week was observed that came round the lesser number of times, and one more time.
    observed: [f64; 2],
}

impl<'a> Expected<'a> {
    /// Nothing is expected of a source of which too little is known.
    fn of(rhythm: &'a Rhythm, now: DateTime<Utc>) -> Option<Self> {
        let since = rhythm.since?.max(now - OLDEST * 2);
        let total: f64 = rhythm.hours.iter().map(|count| f64::from(*count)).sum();
        if rhythm.hours.len() != WEEK_HOURS || rhythm.recent.len() < KNOWN || total < 0.01 {
            return None;
        }
        let half_life = in_hours(HALF_LIFE);
        let span = in_hours(now - since).max(0.1);
        let whole = half_life / std::f64::consts::LN_2 * (1.0 - 0.5_f64.powf(span / half_life));
        let weekly = 0.5_f64.powf(WEEK_HOURS as f64 / half_life);
        let observed = |weeks: i32| (1.0 - weekly.powi(weeks)) / (1.0 - weekly);
        let weeks = (span / WEEK_HOURS as f64) as i32;
        let mut expected = Self {
            counts: &rhythm.hours,
            days: [0.0; 24],
            first: hour_of_week(since),
            hours: span as usize,
            observed: [observed(weeks), observed(weeks + 1)],
        };
        expected.days = expected.by_day(total / whole);
        Some(expected)
    }

    fn observed(&self, hour: usize) -> f64 {
        let from_first = (hour + WEEK_HOURS - self.first) % WEEK_HOURS;
        self.observed[usize::from(from_first < self.hours % WEEK_HOURS)]
    }

    /// Each hour of the day with its neighbours: nobody's day begins on the hour.
    fn by_day(&self, average: f64) -> [f64; 24] {
        let mut count = [0.0; 24];
        let mut observed = [0.0; 24];
        for hour in 0..WEEK_HOURS {
            count[hour % 24] += f64::from(self.counts[hour]);
            observed[hour % 24] += self.observed(hour);
        }
        let smooth = |of: &[f64; 24], hour: usize| {
            of[(hour + 23) % 24] / 4.0 + of[hour] / 2.0 + of[(hour + 1) % 24] / 4.0
        };
        std::array::from_fn(|hour| {
            (smooth(&count, hour) + PRIOR) / (smooth(&observed, hour) + PRIOR / average)
        })
    }

    /// In this hour of the week.
    fn rate(&self, hour: usize) -> f64 {
        let day = self.days[hour % 24];
        (f64::from(self.counts[hour]) + PRIOR) / (self.observed(hour) + PRIOR / day)
    }

    /// Between two moments.
    fn items(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
        let span = in_hours(to - from).max(0.0);
        let weeks = (span / WEEK_HOURS as f64).floor();
        let rest = span - weeks * WEEK_HOURS as f64;
        let whole = if weeks > 0.0 {
            weeks * (0..WEEK_HOURS).map(|hour| self.rate(hour)).sum::<f64>()
        } else {
            0.0
        };
        whole
            + steps(from, rest)
                .map(|(hour, part)| self.rate(hour) * part)
                .sum::<f64>()
    }

    /// How much more than usual the source has published lately.
    fn flurry(&self, rhythm: &Rhythm, now: DateTime<Utc>) -> f64 {
        let mut from = now - TimeDelta::hours(FLURRY as i64);
        if rhythm.recent.len() == RECENT {
            from = from.max(rhythm.recent[RECENT - 1]);
        }
        let came = rhythm.recent.iter().filter(|date| **date > from).count();
        (came as f64 + PRIOR) / (self.items(from, now) + PRIOR)
    }

    /// How likely it is that a source that has been silent for so long will go on: silence is strange as far as something
    /// was expected meanwhile.
    fn alive(&self, silence: TimeDelta, now: DateTime<Utc>) -> f64 {
        if silence < DAY {
            return 1.0;
        }
        let missed = self.items(now - silence.min(OLDEST * 2), now);
        let chance = (-missed / 2.0).exp();
        (chance + DEAD * chance) / (chance + DEAD)
    }

    /// Time runs faster where more is expected: the wait ends when one unit of it has passed, or when what comes by the
    /// clock must be there.
    fn wait(&self, rhythm: &Rhythm, silence: TimeDelta, now: DateTime<Utc>) -> Wait {
        let flurry = self.flurry(rhythm, now) - 1.0;
        let alive = self.alive(silence, now);
        let window = Window::of(rhythm, now);
        let longest = window.as_ref().map_or(24.0, |window| window.end.min(24.0));
        let (mut passed, mut waited) = (0.0, 0.0);
        while waited < longest {
            let moment = now + TimeDelta::milliseconds((waited * 3_600_000.0).round() as i64);
            let mut part = until_next_hour(moment).min(longest - waited);
            let mut rate = self.rate(hour_of_week(moment)) * alive;
            rate *= 1.0 + flurry * (-(waited + part / 2.0) / FLURRY).exp();
            if let Some(window) = &window {
                if waited + INSTANT < window.start {
                    part = part.min(window.start - waited);
                    rate *= EARLY;
                } else {
                    rate = rate.max(1.0 / (window.end - window.start));
                }
            }
            let pace = pace(rate);
            if passed + pace * part >= 1.0 {
                waited += (1.0 - passed) / pace;
                break;
            }
            passed += pace * part;
            waited += part.max(INSTANT);
        }
        Wait {
            span: TimeDelta::seconds((waited * 3_600.0).ceil() as i64).min(DAY),
            is_timed: window.is_some() && longest < 24.0,
        }
    }
}

/// When the next item of a source that publishes by the clock comes, in hours from now.
struct Window {
    start: f64,
    end: f64,
}

impl Window {
    /// None for a source whose gaps differ, or whose next item is late.
    fn of(rhythm: &Rhythm, now: DateTime<Utc>) -> Option<Self> {
        let newest = *rhythm.recent.first()?;
        let mut gaps: Vec<f64> = rhythm
            .recent
            .windows(2)
            .map(|pair| in_hours(pair[0] - pair[1]))
            .collect();
        gaps.sort_unstable_by(f64::total_cmp);
        if gaps.len() < CLOCKED {
            return None;
        }
        let [early, median, late] = [1, 5, 9].map(|tenth| gaps[gaps.len() * tenth / 10]);
        if late - early > median * PUNCTUAL {
            return None;
        }
        let from_now = |gap: f64| gap - in_hours(now - newest);
        // Dates are known to the minute.
        let window = Self {
            start: from_now(early).max(0.0),
            end: from_now(late) + 2.0 / 60.0,
        };
        (window.end > window.start + INSTANT).then_some(window)
    }
}

/// How often to ask in an hour in which so many items are expected.
fn pace(rate: f64) -> f64 {
    let even = (rate * EVEN_GAP).powf(SHARE) / EVEN_GAP;
    even.max((rate * WORTH).min(PROMPT))
}

fn until_next_hour(moment: DateTime<Utc>) -> f64 {
    1.0 - f64::from(moment.minute() * 60 + moment.second()) / 3_600.0
}

/// The hours of the week from a moment on, each with the part of it that lies within `span` hours.
fn steps(from: DateTime<Utc>, span: f64) -> impl Iterator<Item = (usize, f64)> {
    let first = (hour_of_week(from), until_next_hour(from).min(span));
    let rest = (1..).map_while(move |step| {
        let left = span - first.1 - f64::from(step - 1);
        (left > 0.0).then_some(((first.0 + step as usize) % WEEK_HOURS, left.min(1.0)))
    });
    std::iter::once(first).chain(rest)
}

#[cfg(test)]
mod tests;
