use proptest::prelude::*;

use super::*;
use crate::model::DocumentFacts;
use crate::schedule::news;

/// Takes note of a document that lists these.
fn observe(rhythm: &mut Rhythm, dates: &[DateTime<Utc>], now: DateTime<Utc>) {
    let facts = DocumentFacts {
        published: newest(dates.iter().copied()),
        ..DocumentFacts::default()
    };
    let came = news::came(
        &facts,
        rhythm.since.map(|_| now),
        rhythm.recent.first().copied(),
        now,
    );
    super::observe(rhythm, &came, now);
}

/// Hours from a Monday, 00:00 UTC.
fn at(hours: f64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_392_000, 0).unwrap() + TimeDelta::seconds((hours * 3_600.0) as i64)
}

fn hours(rhythm: &Rhythm, now: f64) -> f64 {
    in_hours(wait(rhythm, at(now), at(now)).span)
}

/// Of a document that lists these, read at hour 0.
fn read(published: impl Iterator<Item = f64>) -> Rhythm {
    let mut rhythm = Rhythm::default();
    observe(&mut rhythm, &newest(published.map(at)), at(0.0));
    rhythm
}

/// Every so many hours, now earlier and now later, back to `back` hours ago.
fn about_every(gap: f64, back: f64) -> impl Iterator<Item = f64> {
    let odd = move |number: u32| gap * (0.3 + 0.4 * f64::from(number * 7 % 4));
    (0..)
        .scan(0.0, move |date, number| {
            *date -= odd(number);
            Some(*date)
        })
        .take_while(move |date| *date > -back)
}

/// At these hours of these days of the week for six weeks before.
fn weekly(days: &[i32], of_day: std::ops::Range<u32>) -> Vec<f64> {
    let weeks = 0..=6;
    weeks
        .flat_map(|week| days.iter().map(move |day| f64::from(24 * (day - 7 * week))))
        .flat_map(|day| {
            of_day
                .clone()
                .map(move |hour| day + f64::from(hour) + f64::from(hour * 17 % 60) / 60.0)
        })
        .collect()
}

#[test]
fn waits_grow_with_the_gaps_but_less_than_they() {
    let mut last = 0.0;
    for (gap, expected) in [
        (0.1, 0.1..0.3),
        (1.0, 0.5..1.0),
        (10.0, 1.5..5.0),
        (100.0, 8.0..16.0),
    ] {
        let wait = hours(&read(about_every(gap, gap * 40.0)), 0.0);
        assert!(expected.contains(&wait), "{gap}: {wait}");
        assert!(wait > last);
        last = wait;
    }
}

#[test]
fn a_desk_that_sleeps_is_left_alone_until_it_wakes() {
    let published = weekly(&[0, 1, 2, 3, 4], 8..18);
    let at_hour = |now: f64| {
        let mut rhythm = Rhythm::default();
        let dates = published.iter().filter(|date| **date < now);
        observe(&mut rhythm, &newest(dates.map(|date| at(*date))), at(now));
        hours(&rhythm, now)
    };
    let tuesday = 24.0;
    let (noon, evening, saturday) = (
        at_hour(tuesday + 12.0),
        at_hour(tuesday + 20.0),
        at_hour(5.0 * 24.0 + 10.0),
    );
    assert!(noon < 1.2, "{noon}");
    assert!(evening > 3.0 * noon && evening < 14.0, "{evening}");
    assert!(saturday > 1.5 * noon, "{saturday}");
}

#[test]
fn what_comes_by_the_clock_is_asked_for_when_it_is_there() {
    // Each day at 06:30, give or take four minutes.
    let daily = read((1..=15).map(|day| f64::from(-24 * day) + 6.5 + f64::from(day % 5) / 60.0));
    for now in [0.0, 3.0, 6.0] {
        let wait = wait(&daily, at(now), at(now));
        let then = now + in_hours(wait.span);
        assert!(wait.is_timed && (6.55..6.75).contains(&then), "{now}: {then}");
    }
    // Late today: asked for again, and not only tomorrow.
    assert!(hours(&daily, 7.0) < 12.0, "{}", hours(&daily, 7.0));
}

#[test]
fn e25_a_silent_source_is_asked_once_a_day_and_a_flurry_at_once() {
    let rhythm = read(about_every(3.0, 200.0));
    let waits: Vec<f64> = [0.0, 24.0, 48.0, 96.0, 336.0]
        .map(|now| hours(&rhythm, now))
        .to_vec();
    assert!(
        waits.is_sorted() && waits[0] < 2.0 && waits[4] == 24.0,
        "{waits:?}"
    );
    let mut rhythm = rhythm;
    let dates: Vec<DateTime<Utc>> = (0..12)
        .map(|number| at(336.0 - f64::from(number) / 6.0))
        .collect();
    observe(&mut rhythm, &dates, at(336.0));
    assert!(hours(&rhythm, 336.0) < 1.0, "{}", hours(&rhythm, 336.0));
    assert!(hours(&rhythm, 342.0) > 2.0 * hours(&rhythm, 336.0));
}

#[test]
fn a_source_of_which_nothing_is_known_is_asked_less_only_after_days() {
    for (now, expected) in [(0.0, 0.0), (48.0, 1.0), (480.0, 6.0), (10_000.0, 6.0)] {
        assert!(
            (hours(&read(std::iter::empty()), now) - expected).abs() < 0.1,
            "{now}"
        );
    }
}

#[test]
fn an_item_counts_once_and_a_batch_is_one_occasion() {
    let document: Vec<DateTime<Utc>> = about_every(2.0, 40.0).map(at).collect();
    let mut rhythm = Rhythm::default();
    observe(&mut rhythm, &document, at(0.0));
    let once = rhythm.clone();
    observe(&mut rhythm, &document, at(0.5));
    assert_eq!(rhythm, once);
    let batch: Vec<DateTime<Utc>> = (0..30)
        .map(|second| at(0.0) + TimeDelta::seconds(second))
        .collect();
    observe(&mut rhythm, &batch, at(0.5));
    assert_eq!(rhythm.recent.len(), (once.recent.len() + 1).min(RECENT));
}

#[test]
fn a_pinned_old_item_does_not_make_a_source_slow() {
    let plain = read(about_every(1.0, 20.0));
    let pinned = read(about_every(1.0, 20.0).chain([-20_000.0]));
    assert!((hours(&plain, 0.0) - hours(&pinned, 0.0)).abs() < 0.05);
}

#[test]
fn old_habits_are_forgotten() {
    let mut rhythm = read(weekly(&[0, 1, 2, 3, 4, 5, 6], 0..6).into_iter());
    for day in 0..90 {
        let hours = (12..18).map(|hour| at(f64::from(day * 24 + hour) + f64::from(hour % 5) / 7.0));
        observe(&mut rhythm, &newest(hours), at(f64::from(day * 24 + 19)));
    }
    let morning = hours(&rhythm, 90.0 * 24.0);
    let noon = hours(&rhythm, 90.0 * 24.0 + 12.0);
    assert!(noon * 3.0 < morning, "{noon} {morning}");
}

#[test]
fn a_rhythm_is_small() {
    let mut rhythm = Rhythm::default();
    for day in 0..60 {
        let hours = (0..24 * 30).map(|item| at(f64::from(day * 24) + f64::from(item) / 30.0));
        observe(&mut rhythm, &newest(hours), at(f64::from(day * 24 + 24)));
    }
    let stored = serde_json::to_string(&rhythm).unwrap();
    assert!(stored.len() < 2_500, "{}", stored.len());
    assert_eq!(serde_json::from_str::<Rhythm>(&stored).unwrap(), rhythm);
}

proptest! {
    #[test]
    fn any_dates_and_any_clock_give_a_wait_of_at_most_a_day(
        polls in prop::collection::vec(
            (-2_000_000_000_000_i64..4_000_000_000_000, prop::collection::vec(any::<i64>(), 0..40)), 1..8),
        near in prop::collection::vec(-5_000_000_i64..5_000_000, 0..40),
    ) {
        let mut rhythm = Rhythm::default();
        for (now, dates) in polls {
            let now = DateTime::from_timestamp(now, 0).unwrap();
            let dates = dates.into_iter().filter_map(|date| DateTime::from_timestamp(date % 8_000_000_000_000, 0));
            let near = near.iter().map(|date| now + TimeDelta::seconds(*date));
            observe(&mut rhythm, &newest(dates.chain(near)), now);
            let wait = wait(&rhythm, now, now).span;
            prop_assert!(wait >= TimeDelta::zero() && wait <= DAY);
        }
    }
}
