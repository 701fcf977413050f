//! What is seen of sources and of what is published: who was asked when, and how old items were when they were out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::daemon::Published;
use feedmill::model::{FeedKind, SourceId};

use super::sources::{self, Kind, kind};

/// Later than planned by more than this is late. A request may take half a minute, redirects and a host's turn included.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// No healthy source waits longer: `every`, and the rhythm of one that has something new once a day.
const LONGEST: TimeDelta = TimeDelta::hours(30);

struct Source {
    polls: usize,
    items: usize,
    asked: DateTime<Utc>,
    due: DateTime<Utc>,
    /// How long it was to wait before it was asked last.
    waited: TimeDelta,
    /// The newest item that its published feed shows.
    out: Option<i64>,
}

pub struct Ledger {
    /// Where feeds of sources are published.
    folder: PathBuf,
    sources: Vec<Source>,
    /// How much later than planned polls were, in seconds; of healthy sources and of others.
    late: [Vec<i64>; 2],
    /// How old items were when they were out, in minutes, by the hours between two items of their source.
    ages: Vec<(usize, i64)>,
    latest_today: i64,
    polls: usize,
    items: usize,
}

impl Ledger {
    pub fn new(count: usize, now: DateTime<Utc>, folder: PathBuf) -> Self {
        let source = || Source {
            polls: 0,
            items: 0,
            asked: now,
            due: now,
            waited: TimeDelta::zero(),
            out: None,
        };
        Self {
            folder,
            sources: std::iter::repeat_with(source).take(count).collect(),
            late: [Vec::new(), Vec::new()],
            ages: Vec::new(),
            latest_today: 0,
            polls: 0,
            items: 0,
        }
    }

    pub fn polled(&mut self, id: &SourceId, at: DateTime<Utc>, new: usize, next: Option<DateTime<Utc>>) {
        let number = number(id.as_str());
        let is_healthy = kind(number) == Kind::Healthy;
        let source = &mut self.sources[number];
        let late = (at - source.due).num_seconds();
        self.late[usize::from(!is_healthy)].push(late);
        self.latest_today = self.latest_today.max(late);
        let next = next.unwrap_or_else(|| panic!("source {number} is never asked again"));
        assert!(
            !is_healthy || next - at <= LONGEST,
            "source {number} waits until {next}, from {at}"
        );
        source.waited = source.due - source.asked;
        (source.asked, source.due) = (at, next);
        source.polls += 1;
        source.items += new;
        self.polls += 1;
        self.items += new;
    }

    /// Looks into every feed of a source that changed for what it shows.
    pub fn published(&mut self, published: &Published) {
        let of_sources = published
            .changed
            .iter()
            .filter(|feed| feed.key.kind == FeedKind::Source);
        for slug in of_sources.filter_map(|feed| feed.slug.as_ref()) {
            let number = number(slug.as_str());
            let shown = self.shown(number);
            let source = &mut self.sources[number];
            let Some(newest) = shown.last().copied() else {
                assert!(source.out.is_none(), "source {number} shows nothing any more");
                continue;
            };
            for item in source.out.map_or(newest, |out| out + 1)..=newest {
                assert!(shown.contains(&item), "source {number}: item {item} is not out");
                if source.out.is_some() {
                    let age = published.at - sources::time(number, item);
                    assert!(
                        age <= source.waited + LATE,
                        "source {number}: item {item} is out after {age}, and the source waited {}",
                        source.waited
                    );
                    self.ages.push((sources::hours(number), age.num_minutes()));
                }
            }
            source.out = source.out.max(Some(newest));
        }
    }

    /// The items of a source's published feed.
    fn shown(&self, number: usize) -> BTreeSet<i64> {
        let file = self.folder.join(format!("s{number}/feed.json"));
        let feed: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let items = feed["items"].as_array().unwrap().iter();
        let item = |item: &serde_json::Value| {
            let address = item["url"].as_str().unwrap();
            address.rsplit('/').next().unwrap().parse().unwrap()
        };
        items.map(item).collect()
    }

    /// Whether somebody is waiting at this moment that should not.
    pub fn look(&self, now: DateTime<Utc>) {
        for (number, source) in self.sources.iter().enumerate() {
            assert!(
                now - source.due <= LATE,
                "source {number} is starved: due since {}, and it is {now}",
                source.due
            );
            if kind(number) == Kind::Healthy {
                let since = now - (source.due - source.asked) - LATE;
                let (wanted, out) = (sources::latest(number, since), source.out);
                assert!(
                    out >= Some(wanted),
                    "source {number}: item {wanted} is not out, only {out:?}"
                );
            }
        }
    }

    /// What there is to say at the end of a day.
    pub fn day(&mut self) -> String {
        let latest = std::mem::take(&mut self.latest_today);
        format!(
            "{:>6} polls (at most {latest} s late), {:>6} items,",
            self.polls, self.items
        )
    }

    pub fn print(&mut self) {
        for (who, late) in ["healthy", "other"].into_iter().zip(&mut self.late) {
            println!("{who} sources were asked after their time by: {} s", parts(late));
        }
        for hours in [6, 8, 12, 24] {
            let of_these = self.ages.iter().filter(|(of, _)| *of == hours);
            let mut ages: Vec<i64> = of_these.map(|(_, age)| *age).collect();
            println!(
                "{} items, one every {hours} h, were out after: {} min",
                ages.len(),
                parts(&mut ages)
            );
        }
    }

    pub fn judge(&self, days: usize) {
        let latest = self.late.iter().flatten().max().unwrap();
        assert!(*latest <= LATE.num_seconds(), "a poll was {latest} s late");
        for (number, source) in self.sources.iter().enumerate() {
            // Back-off ends at a day.
            assert!(
                source.polls >= days * 2 / 3,
                "source {number} is starved: {} polls",
                source.polls
            );
            if kind(number) != Kind::Healthy {
                assert_eq!(source.items, 0, "source {number} has no items");
                continue;
            }
            let published = sources::SHOWN + days * 24 / sources::hours(number);
            // What came within the last day may still be on its way.
            let least = published - 24 / sources::hours(number) - 1;
            assert!(
                (least..=published + 1).contains(&source.items),
                "source {number}: {} items of {published}",
                source.items
            );
        }
    }
}

fn number(name: &str) -> usize {
    name.trim_start_matches('s').parse().unwrap()
}

fn parts(values: &mut [i64]) -> String {
    values.sort_unstable();
    let part = |share: f64| values.get((values.len().saturating_sub(1) as f64 * share) as usize);
    match (part(0.5), part(0.95), part(1.0)) {
        (Some(median), Some(most), Some(last)) => format!("median {median}, 95 % {most}, most {last}"),
        _ => "none".to_owned(),
    }
}
