//! How fast a document turns over: who asks later than that has lost what came and went meanwhile.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::news::Came;
use super::rhythm;
use crate::model::Rhythm;

/// Items that are looked at one by one. A document of more turns over as fast as so many of its items come.
const LOOKED_AT: usize = 60;

/// Items in a row that tell of a burst, at least.
const BURST: usize = 5;

/// So many weeks are remembered, the present one among them: bursts that are rarer than that are no habit.
const WEEKS: i64 = 4;

/// Takes note of how fast a document of so many items turned over. `last`: when it was looked at before.
pub(super) fn observe(
    rhythm: &mut Rhythm,
    came: &[Came],
    items: u32,
    last: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) {
    let items = items as usize;
    let gaps = items.min(LOOKED_AT);
    // An archive that does not say when its items came says nothing of their pace.
    let told: Vec<Came> = came
        .iter()
        .copied()
        .filter(|came| last.is_some() || came.is_exact())
        .collect();
    if told.is_empty() || gaps < 2 {
        return;
    }
    let came = told.as_slice();
    let was_guessed = rhythm.listed.len() <= gaps;
    let mut times: Vec<i64> = spread(came).iter().copied().map(minute).collect();
    times.append(&mut rhythm.listed);
    times.retain(|time| *time <= minute(now));
    times.sort_unstable_by(|a, b| b.cmp(a));
    let fresh = if was_guessed { times.len() } else { came.len() };
    let mut pace = fastest_of(&times, gaps, fresh);
    if times.len() <= gaps {
        pace = guessed(&times);
    }
    // A burst that is smaller than the document may be followed by another. What comes at once is no burst.
    let mut moments = times.clone();
    moments.dedup();
    let burst = fastest_of(&moments, (gaps / 2).max(BURST).min(gaps), fresh);
    pace = pace.into_iter().chain(burst).min_by(f32::total_cmp);
    // Nothing of what was there is left: more may have come and gone.
    if let Some(last) = last.filter(|_| came.len() >= items) {
        let lost = pace_of(now - last, gaps) / 4.0;
        pace = Some(pace.map_or(lost, |pace| pace.min(lost)));
    }
    times.truncate(gaps + 1);
    rhythm.listed = times;
    if was_guessed {
        rhythm.paces.clear();
    }
    if let Some(pace) = pace {
        note(rhythm, pace, now);
    }
}

/// The fastest that so many gaps passed, of those that end with one of the first.
fn fastest_of(newest_first: &[i64], gaps: usize, first: usize) -> Option<f32> {
    let oldest = newest_first.get(gaps..)?;
    let spans = newest_first.iter().zip(oldest).map(|(new, old)| new - old);
    spans
        .take(first)
        .min()
        .map(|span| pace_of(TimeDelta::minutes(span), gaps))
}

fn minute(date: DateTime<Utc>) -> i64 {
    date.timestamp().div_euclid(60)
}

/// Seconds an item.
fn pace_of(span: TimeDelta, gaps: usize) -> f32 {
    span.num_seconds().max(0) as f32 / gaps.max(1) as f32
}

/// By a document alone, before anything was seen to leave it: twice as fast as it looks, for it may be a quiet time. What
/// is pinned to it does not count.
fn guessed(newest_first: &[i64]) -> Option<f32> {
    let date = |minute: &i64| DateTime::from_timestamp(minute * 60, 0);
    let dates: Vec<DateTime<Utc>> = newest_first.iter().filter_map(date).collect();
    let oldest = rhythm::reach(&dates)?;
    let gaps = dates.iter().rposition(|date| *date == oldest)?;
    (gaps > 1).then(|| pace_of(dates[0] - oldest, gaps) / 2.0)
}

/// Items of which only a common span is known came at equal distances.
fn spread(came: &[Came]) -> Vec<DateTime<Utc>> {
    let mut alike: HashMap<Came, i32> = HashMap::new();
    for one in came {
        *alike.entry(*one).or_default() += 1;
    }
    let mut placed: HashMap<Came, i32> = HashMap::new();
    let place = |one: &Came| {
        let before = placed.entry(*one).or_default();
        *before += 1;
        one.from + (one.to - one.from) / (2 * alike[one]) * (2 * *before - 1)
    };
    came.iter().map(place).collect()
}

fn note(rhythm: &mut Rhythm, pace: f32, now: DateTime<Utc>) {
    let week = now.timestamp().div_euclid(7 * 86_400);
    rhythm
        .paces
        .retain(|(of, _)| (week - WEEKS + 1..=week).contains(of));
    let pace = (pace * 10.0).round() / 10.0;
    match rhythm.paces.iter_mut().find(|(of, _)| *of == week) {
        Some((_, fastest)) => *fastest = fastest.min(pace),
        None => rhythm.paces.push((week, pace)),
    }
}

/// In what time a document of so many items turned over at the fastest that was seen lately; `None` where that is not
/// known.
pub(super) fn fastest(rhythm: &Rhythm, items: u32, now: DateTime<Utc>) -> Option<TimeDelta> {
    let week = now.timestamp().div_euclid(7 * 86_400);
    // A few items say nothing of a long document.
    if rhythm.listed.len() * 2 <= (items as usize).min(LOOKED_AT) {
        return None;
    }
    let lately = rhythm
        .paces
        .iter()
        .filter(|(of, _)| (week - WEEKS..=week).contains(of));
    let pace = lately.map(|(_, pace)| *pace).min_by(f32::total_cmp)?;
    let seconds = f64::from(pace) * f64::from(items);
    Some(TimeDelta::seconds(seconds.clamp(0.0, 1e9) as i64))
}
