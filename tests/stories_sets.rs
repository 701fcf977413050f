//! Stories of newsrooms with one subject: a country, a port, a club, a parliament, a currency. All items are invented.
//!
//! Each file in `stories_sets/` is one newsroom's items in the form that `feedmill inspect stories` reads, and `event` says
//! which belong together. One half of the events, by a hash, was what the method was tuned on; of the other
//! only totals were seen meanwhile, and it is scored apart.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use feedmill::config;
use feedmill::dedupe::{Aliases, Article, EmptyShelf, Index, ItemKey, Settings};
use serde::Deserialize;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

const NEWSROOMS: [&str; 5] = ["bank", "libya", "parlement", "port", "verein"];
const HOUR: i64 = 3_600;

#[derive(Deserialize)]
struct Item {
    url: Url,
    title: String,
    text: String,
    published: DateTime<Utc>,
    event: String,
}

impl Item {
    fn article(&self) -> Article<'_> {
        Article {
            host: self.url.host_str().unwrap(),
            url: Some(self.url.as_str()),
            publisher: None,
            title: &self.title,
            text: &self.text,
            published: self.published,
            strictness: None,
        }
    }
}

/// The half that an event of a newsroom was put in: `false` was tuned on, `true` was not.
fn half(newsroom: &str, event: &str) -> bool {
    xxh3_64(format!("{newsroom} {event}").as_bytes()) >> 8 & 1 == 1
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories_sets")
}

fn items(newsroom: &str) -> Vec<Item> {
    let lines = std::fs::read_to_string(folder().join(format!("{newsroom}.jsonl"))).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The names of the newsroom's tags, if it has some.
fn aliases(newsroom: &str) -> Aliases {
    let file = folder().join(format!("{newsroom}.toml"));
    if !file.exists() {
        return Aliases::default();
    }
    let config = config::load(&file).unwrap_or_else(|error| panic!("{}", error.render(false)));
    Aliases::declared(config.tags.iter().chain(&config.categories))
}

/// The story of each item, by the position of its first; one refresh takes in all of so many hours.
fn stories(items: &[Item], aliases: Aliases, hours: i64) -> Vec<u64> {
    let mut refreshes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let refresh = item.published.timestamp().div_euclid(hours * HOUR);
        refreshes.entry(refresh).or_default().push(at);
    }
    let mut index = Index::new(Settings::default(), aliases);
    let mut stories: Vec<u64> = (0..).take(items.len()).collect();
    for refresh in refreshes.into_values() {
        let articles: Vec<(ItemKey, Article)> = refresh
            .iter()
            .map(|at| (ItemKey(*at as u64), items[*at].article()))
            .collect();
        let Ok(resolutions) = index.add(&mut EmptyShelf, &articles);
        for (at, resolution) in refresh.into_iter().zip(resolutions) {
            stories[at] = resolution.story.map_or(at as u64, |story| story.0);
        }
    }
    stories
}

/// Sums over items: BCubed precision and recall, and how many there are.
#[derive(Clone, Copy, Default)]
struct Score {
    precision: f64,
    recall: f64,
    items: f64,
}

impl Score {
    fn add(&mut self, at: usize, items: &[Item], stories: &[u64]) {
        let of_event = |other: &usize| items[*other].event == items[at].event;
        let of_story = |other: &usize| stories[*other] == stories[at];
        let all = || 0..items.len();
        let both = all().filter(of_event).filter(of_story).count() as f64;
        self.precision += both / all().filter(of_story).count() as f64;
        self.recall += both / all().filter(of_event).count() as f64;
        self.items += 1.0;
    }

    fn precision(&self) -> f64 {
        self.precision / self.items
    }

    fn recall(&self) -> f64 {
        self.recall / self.items
    }
}

/// Of the half that was tuned on and the one that was not.
fn score(hours: i64) -> [Score; 2] {
    let mut scores = [Score::default(); 2];
    for newsroom in NEWSROOMS {
        let items = items(newsroom);
        let stories = stories(&items, aliases(newsroom), hours);
        for (at, item) in items.iter().enumerate() {
            scores[usize::from(half(newsroom, &item.event))].add(at, &items, &stories);
        }
    }
    scores
}

#[test]
fn newsrooms_with_one_subject_have_right_stories() {
    // A refresh every hour, and one that brings all at once.
    for hours in [1, 24 * 365] {
        for (score, (precision, recall)) in score(hours).into_iter().zip([(0.99, 0.90), (0.97, 0.84)]) {
            let (p, r) = (score.precision(), score.recall());
            println!(
                "refreshes of {hours} hours: precision {p:.3}, recall {r:.3} of {} items",
                score.items
            );
            assert!(p >= precision && r >= recall, "precision {p:.3}, recall {r:.3}");
        }
    }
}

#[test]
fn what_comes_every_day_is_no_story() {
    for newsroom in NEWSROOMS {
        let items = items(newsroom);
        let stories = stories(&items, aliases(newsroom), 1);
        let recurring = |at: &usize| items[*at].event.ends_with(|last: char| last.is_ascii_digit());
        let of: Vec<u64> = (0..items.len()).filter(recurring).map(|at| stories[at]).collect();
        let different: BTreeSet<u64> = of.iter().copied().collect();
        assert_eq!(different.len(), of.len(), "{newsroom}");
    }
}

#[test]
fn two_languages_meet_by_what_the_operator_declared() {
    let items = items("bank");
    let stories = |aliases| stories(&items, aliases, 1);
    let joined = |stories: &[u64]| {
        let is_arabic = |item: &Item| item.url.host_str() == Some("iqtisad.example");
        let arabic = items.iter().zip(stories).filter(|(item, _)| is_arabic(item));
        arabic
            .filter(|(item, story)| {
                let others = items.iter().zip(stories);
                others
                    .filter(|(other, _)| !is_arabic(other) && other.event == item.event)
                    .any(|(_, other)| other == *story)
            })
            .count()
    };
    let (with, without) = (
        joined(&stories(aliases("bank"))),
        joined(&stories(Aliases::default())),
    );
    assert!(
        with >= 4 && without < with,
        "{with} with aliases, {without} without"
    );
}
