//! Twenty-five sources as an operator has them, asked by a line of cron every quarter of an hour: how late their articles
//! are, for how many requests.

use std::time::Duration;

use crate::papers::{Dates, Paper};
use crate::sources::{Chance, DAYS, Place, clock, newsroom, random};

const DAY: f64 = 86_400.0;

/// Items a day, items of the document, dates, validators.
const DESKS: [(f64, usize, Dates, bool); 19] = [
    (40.0, 50, Dates::True, true),
    (20.0, 10, Dates::True, true),
    (15.0, 10, Dates::True, false),
    (14.0, 10, Dates::True, true),
    (12.0, 20, Dates::True, true),
    (11.0, 40, Dates::True, false),
    (10.0, 15, Dates::Off(2), true),
    (9.0, 10, Dates::True, true),
    (8.0, 20, Dates::True, true),
    (8.0, 20, Dates::Off(-3), true),
    (7.0, 20, Dates::True, true),
    (7.0, 10, Dates::Day, false),
    (6.0, 15, Dates::True, true),
    (6.0, 15, Dates::None, true),
    (6.0, 10, Dates::True, true),
    (5.0, 20, Dates::True, true),
    (4.0, 40, Dates::True, true),
    (3.0, 20, Dates::True, true),
    (2.0, 15, Dates::True, false),
];

fn papers(seed: u64) -> Vec<Paper> {
    let mut chance = Chance::new(seed);
    let place = Place::new(&mut chance);
    let paper = |mut times: Vec<f64>, window, dates, has_validators, chance: &mut Chance| {
        times.sort_unstable_by(f64::total_cmp);
        Paper {
            published: times.into_iter().map(|time| time as i64).collect(),
            window,
            dates,
            has_validators,
            max_age: None,
            chance: chance.part(),
        }
    };
    let mut papers = Vec::new();
    for (number, (rate, window, dates, has_validators)) in DESKS.into_iter().enumerate() {
        let (night, weekend) = (chance.within(0.02..0.2), chance.within(0.4..1.0));
        let mut times = random(&mut chance, rate / 24.0 * 1.7, newsroom(&place, night, weekend));
        if number == 0 {
            for start in random(&mut chance, 2.5 / 24.0, newsroom(&place, 0.0, 0.8)) {
                let items = chance.within(7.0..14.0) as usize;
                times.extend((0..items).map(|_| start + chance.within(0.0..1_200.0)));
            }
        }
        papers.push(paper(times, window, dates, has_validators, &mut chance));
    }
    for (days, window) in [(1.0, 15), (1.0, 20), (2.0, 20), (7.0, 10), (7.0, 12), (30.0, 12)] {
        let phase = chance.within(6.0..18.0) * 3_600.0;
        let times = clock(&mut chance, days * DAY, phase, 1.0);
        papers.push(paper(times, window, Dates::True, days != 1.0, &mut chance));
    }
    papers
}

#[test]
fn nearly_all_articles_come_within_an_hour_and_a_half_at_a_fair_price() {
    for seed in 1..=5 {
        let every = Duration::from_secs(900);
        let read: Vec<_> = papers(seed)
            .iter()
            .map(|paper| paper.read(every, 900, 0..0))
            .collect();
        let mut delays: Vec<f64> = read.iter().flat_map(|read| read.delays.iter().copied()).collect();
        delays.sort_unstable_by(f64::total_cmp);
        let at = |part: f64| delays[(delays.len() as f64 * part) as usize];
        let polls = read.iter().map(|read| read.polls).sum::<usize>() as f64 / DAYS as f64;
        let lost: usize = read.iter().map(|read| read.lost).sum();
        println!(
            "newsroom {seed}: {polls:.0} polls a day, {} articles, median {:.0} min, 95 % within {:.0} min, lost {lost}",
            delays.len(),
            at(0.5),
            at(0.95),
        );
        assert!(at(0.95) <= 90.0, "{}", at(0.95));
        // The rest of four hundred requests is for robots.txt and the pages of articles.
        assert!(polls <= 380.0, "{polls}");
        assert_eq!(lost, 0);
    }
}

#[test]
fn a_source_is_asked_soon_after_it_has_recovered() {
    let mut chance = Chance::new(3);
    let place = Place::new(&mut chance);
    let mut times = random(&mut chance, 6.0 / 24.0 * 1.7, newsroom(&place, 0.1, 0.8));
    times.sort_unstable_by(f64::total_cmp);
    let paper = Paper {
        published: times.into_iter().map(|time| time as i64).collect(),
        window: 20,
        dates: Dates::True,
        has_validators: true,
        max_age: None,
        chance: 0.5,
    };
    for hours in [3, 24, 72] {
        for hour in (0..24).step_by(3) {
            let begin = 15 * 86_400 + hour * 3_600;
            let end = begin + hours * 3_600;
            let read = paper.read(Duration::from_secs(900), 900, begin..end);
            let back = read.asked.iter().find(|asked| **asked >= end).unwrap() - end;
            assert!(
                back <= 5 * 3_600,
                "down for {hours} h from {hour}: back after {} min",
                back / 60
            );
            let asked = read
                .asked
                .iter()
                .filter(|asked| (begin..end).contains(*asked))
                .count();
            assert!(asked as i64 <= 6 + hours, "{asked} polls in {hours} h of trouble");
        }
    }
}
