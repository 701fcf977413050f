//! Nothing that a source shows is missed because its document has turned over in between.

use std::time::Duration;

use crate::papers::{Dates, Paper};
use crate::sources::{Chance, DAYS, Place, newsroom, random};

/// How a source publishes.
struct Manner {
    name: &'static str,
    window: usize,
    /// Minutes between two polls at least: in these a document does not turn over.
    every: u64,
    /// Items a day, beside bursts.
    rate: f64,
    /// Items of a burst, and the minutes that it takes.
    burst: (usize, f64),
    /// Days between bursts.
    rest: f64,
    /// What is left of it at night and at weekends.
    quiet: (f64, f64),
}

const fn manner(name: &'static str, window: usize, every: u64, rate: f64) -> Manner {
    Manner {
        name,
        window,
        every,
        rate,
        burst: (0, 0.0),
        rest: 1.0,
        quiet: (0.2, 0.6),
    }
}

impl Manner {
    const fn bursts(mut self, items: usize, minutes: f64, rest: f64) -> Self {
        (self.burst, self.rest) = ((items, minutes), rest);
        self
    }

    const fn quiet(mut self, night: f64, weekend: f64) -> Self {
        self.quiet = (night, weekend);
        self
    }
}

const MANNERS: [Manner; 9] = [
    manner("ten items, sleeps", 10, 60, 12.0).quiet(0.0, 0.6),
    manner("ten items, busy", 10, 15, 60.0),
    manner("ten items, bursts", 10, 15, 5.0).bursts(8, 40.0, 1.5),
    manner("ten items, long bursts", 10, 15, 3.0)
        .bursts(24, 360.0, 3.0)
        .quiet(1.0, 1.0),
    manner("ten items, bursts of more", 10, 5, 6.0).bursts(14, 20.0, 2.0),
    manner("twenty items, bursts", 20, 5, 30.0).bursts(9, 20.0, 0.5),
    manner("twenty-five items, rare", 25, 15, 2.0)
        .bursts(10, 20.0, 6.0)
        .quiet(0.1, 0.1),
    manner("thirty items, all day", 30, 15, 120.0)
        .bursts(14, 20.0, 0.7)
        .quiet(1.0, 1.0),
    manner("an agency of fifty", 50, 15, 150.0).bursts(40, 60.0, 0.6),
];

fn paper(manner: &Manner, seed: u64) -> Paper {
    let mut chance = Chance::new(seed);
    let place = Place::new(&mut chance);
    let awake = newsroom(&place, manner.quiet.0, manner.quiet.1);
    // Noon is busiest.
    let mut times = random(&mut chance, manner.rate / 24.0 * 1.6, &awake);
    let (items, minutes) = manner.burst;
    for start in random(&mut chance, 1.0 / manner.rest / 24.0, |_| 1.0) {
        times.extend((0..items).map(|_| start + chance.within(0.0..minutes.max(1.0)) * 60.0));
    }
    times.sort_unstable_by(f64::total_cmp);
    Paper {
        published: times.into_iter().map(|time| time as i64).collect(),
        window: manner.window,
        dates: Dates::True,
        has_validators: true,
        max_age: None,
        chance: chance.part(),
    }
}

#[test]
fn no_item_leaves_a_document_unseen() {
    let day = Some(Duration::from_secs(86_400));
    println!("manner                     every   validators  max-age  dates     polls a day  lost of items");
    let (mut certain, mut other, mut all) = (0, 0, 0);
    for manner in &MANNERS {
        for (has_validators, max_age, dates) in [
            (true, None, Dates::True),
            (false, None, Dates::True),
            (false, None, Dates::None),
            (true, day, Dates::True),
            (false, day, Dates::Day),
            (true, day, Dates::Off(2)),
        ] {
            let (mut polls, mut items, mut lost) = (0, 0, 0);
            for seed in 1..=5 {
                let paper = Paper {
                    has_validators,
                    max_age,
                    dates,
                    ..paper(manner, seed)
                };
                let read = paper.read(Duration::from_secs(manner.every * 60), 60, 0..0);
                polls += read.polls;
                items += read.delays.len();
                lost += read.lost;
            }
            println!(
                "{:26} {:2} min  {has_validators:10}  {:7}  {:8}  {:11.1}  {lost} of {items}",
                manner.name,
                manner.every,
                max_age.map_or("none", |_| "a day"),
                format!("{dates:?}"),
                polls as f64 / 5.0 / DAYS as f64,
            );
            match (dates, max_age) {
                (Dates::True, None) => certain += lost,
                _ => other += lost,
            }
            all += items;
        }
    }
    assert_eq!(certain, 0, "items that nobody saw, where dates are true");
    // Where they are not, or the publisher asks for long waits, bursts are known less well.
    assert!(other * 10_000 <= all, "{other} of {all}");
}
