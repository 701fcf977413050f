//! Two thousand sources, three in ten misbehaving, for two simulated weeks through the real daemon, HTTP and database:
//!
//! `cargo test --release --test soak -- --ignored --nocapture`
//!
//! `SOAK_SOURCES` and `SOAK_DAYS` change the size. Time is simulated: when nobody has anything to do, it is moved to the
//! next moment at which somebody has. It prints what it measured and fails when memory or tasks grow, when a source is
//! polled late, or when an item of a healthy source does not come.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod sources;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::daemon::{Daemon, Event, Handle, Start};
use feedmill::model::SourceId;
use feedmill::refresh::Clock;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use self::sources::{Kind, kind};

/// Later than planned by more than this is late.
const LATE: TimeDelta = TimeDelta::minutes(5);

fn size(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn began() -> DateTime<Utc> {
    "2026-11-16T00:00:00Z".parse().unwrap()
}

/// What is seen of the polls.
#[derive(Default)]
struct Seen {
    polls: HashMap<usize, usize>,
    items: HashMap<usize, usize>,
    due: HashMap<usize, DateTime<Utc>>,
    /// How much later than planned polls were, in seconds.
    lateness: Vec<i64>,
}

impl Seen {
    fn note(&mut self, source: &SourceId, at: DateTime<Utc>, new: usize, next: Option<DateTime<Utc>>) {
        let number = source.as_str().trim_start_matches('s').parse().unwrap();
        *self.polls.entry(number).or_default() += 1;
        *self.items.entry(number).or_default() += new;
        if let Some(due) = self.due.get(&number)
            && kind(number) == Kind::Healthy
        {
            self.lateness.push((at - *due).num_seconds());
        }
        if let Some(next) = next {
            self.due.insert(number, next);
        }
    }
}

/// Megabytes that this process holds.
fn memory() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4.0 / 1_024.0
}

#[test]
#[ignore = "takes minutes; the command is above"]
fn two_weeks_of_two_thousand_sources_of_which_three_in_ten_misbehave() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(soak(size("SOAK_SOURCES", 2_000), size("SOAK_DAYS", 14)));
}

async fn soak(count: usize, days: usize) {
    let zero = Instant::now();
    let clock: Clock = Arc::new(move || began() + TimeDelta::from_std(zero.elapsed()).unwrap());
    let port = sources::serve(clock.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeds.toml");
    std::fs::write(&path, sources::configuration(count, port)).unwrap();
    let mut start = Start::load(path).unwrap();
    start.listen = Some("127.0.0.1:0".parse().unwrap());
    start.clock = clock.clone();
    let daemon = Daemon::open(start).await.unwrap();
    let handle = daemon.handle();
    let running = tokio::spawn(async move { daemon.run().await.unwrap() });
    let (seen, days_seen) = watch(&handle, &clock, days).await;
    handle.stop().await;
    running.await.unwrap();
    judge(&seen, &days_seen, count, days);
}

/// Looks on for so many days; memory and tasks at the end of each.
async fn watch(handle: &Handle, clock: &Clock, days: usize) -> (Seen, Vec<(f64, usize)>) {
    let (mut seen, mut ends) = (Seen::default(), Vec::new());
    let mut events = handle.events();
    let real = std::time::Instant::now();
    while ends.len() < days {
        match events.recv().await {
            Ok(Event::Polled {
                source,
                at,
                new,
                next_poll,
                ..
            }) => seen.note(&source, at, new, next_poll),
            Ok(Event::Published(_) | Event::Configured(_)) => {}
            Err(RecvError::Lagged(missed)) => panic!("{missed} events were missed"),
            Err(RecvError::Closed) => panic!("the daemon ended"),
        }
        if clock() >= began() + TimeDelta::days(ends.len() as i64 + 1) {
            let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
            println!(
                "day {:>3}: {:>7} polls, {:>6} items, {:>6.1} MB, {tasks} tasks, {:.0} s",
                ends.len() + 1,
                seen.polls.values().sum::<usize>(),
                seen.items.values().sum::<usize>(),
                memory(),
                real.elapsed().as_secs_f64(),
            );
            ends.push((memory(), tasks));
        }
    }
    (seen, ends)
}

fn judge(seen: &Seen, ends: &[(f64, usize)], count: usize, days: usize) {
    let mut late = seen.lateness.clone();
    late.sort_unstable();
    let part = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
    println!(
        "healthy sources were asked after their time by: median {} s, 95 % {} s, most {} s",
        part(0.5),
        part(0.95),
        part(1.0)
    );
    assert!(part(1.0) <= LATE.num_seconds());
    for number in 0..count {
        let polls = seen.polls.get(&number).copied().unwrap_or_default();
        // Back-off ends at a day.
        assert!(polls >= days * 2 / 3, "source {number} is starved: {polls} polls");
        if kind(number) == Kind::Healthy {
            let items = seen.items[&number];
            let published = sources::SHOWN + days * 24 / sources::hours(number);
            // What came within the last day may still be on its way.
            let least = published - 24 / sources::hours(number) - 1;
            assert!(
                items >= least && items <= published + 1,
                "source {number}: {items} of {published}"
            );
        }
    }
    let (settled, end) = (&ends[ends.len() / 2], &ends[ends.len() - 1]);
    assert!(end.0 <= settled.0 * 1.25 + 16.0, "memory grows: {ends:?}");
    assert!(end.1 <= settled.1 + 300, "tasks grow: {ends:?}");
}
