//! Two thousand sources, three in ten misbehaving, for two simulated weeks through the real daemon, HTTP and database:
//!
//! `cargo test --release --test soak -- --ignored --nocapture`
//!
//! `SOAK_SOURCES` and `SOAK_DAYS` change the size. Time is simulated: when nobody has anything to do, it is moved to the
//! next moment at which somebody has. It prints what it measured each day, and fails when memory grows although what is
//! stored does not, when a task or a file is left open, when a source, good or bad, is not asked in time, and when an
//! item of a healthy source is not in its published feed within the source's interval.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod ledger;
mod process;
mod sources;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::config::Config;
use feedmill::daemon::{Daemon, Event, Handle, Start};
use feedmill::refresh::Clock;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use self::ledger::Ledger;
use self::process::{Day, flat};

fn size(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn began() -> DateTime<Utc> {
    "2026-11-16T00:00:00Z".parse().unwrap()
}

#[test]
#[ignore = "takes many minutes; the command is above"]
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
    let config = feedmill::config::load(&path).unwrap();
    let (files, tasks) = (process::files(), process::tasks());

    let mut start = Start::load(path).unwrap();
    start.listen = Some("127.0.0.1:0".parse().unwrap());
    start.clock = clock.clone();
    let daemon = Daemon::open(start).await.unwrap();
    let handle = daemon.handle();
    let running = tokio::spawn(async move { daemon.run().await.unwrap() });
    let mut ledger = Ledger::new(count, began(), folder.path().join("output/source"));
    let ends = watch(&mut ledger, &handle, &clock, &config, days).await;
    handle.stop().await;
    drop(handle);
    running.await.unwrap();

    ledger.print();
    ledger.judge(days);
    flat(&ends);
    // Those that drip notice after some seconds that nobody listens any more.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(process::tasks(), tasks, "tasks that outlive the daemon");
    assert!(
        process::files() <= files,
        "{} files are left open",
        process::files() - files
    );
}

/// Looks on for so many days; how the process is at the end of each.
async fn watch(
    ledger: &mut Ledger,
    handle: &Handle,
    clock: &Clock,
    config: &Config,
    days: usize,
) -> Vec<Day> {
    let mut ends = Vec::new();
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
            }) => ledger.polled(&source, at, new, next_poll),
            Ok(Event::Published(published)) => ledger.published(&published),
            Ok(Event::Configured(_)) => {}
            Err(RecvError::Lagged(missed)) => panic!("{missed} events were missed"),
            Err(RecvError::Closed) => panic!("the daemon ended"),
        }
        if clock() >= began() + TimeDelta::days(ends.len() as i64 + 1) {
            ledger.look(clock());
            let day = Day::now(stored(config), size_of_database(&config.site.database));
            println!(
                "day {:>2}: {} {day}, {:.0} s",
                ends.len() + 1,
                ledger.day(),
                real.elapsed().as_secs_f64(),
            );
            ends.push(day);
        }
    }
    ends
}

/// Items in the database.
fn stored(config: &Config) -> u64 {
    let store = feedmill::refresh::open(config).unwrap();
    store.reader().unwrap().item_count().unwrap()
}

fn size_of_database(path: &Path) -> f64 {
    std::fs::metadata(path).unwrap().len() as f64 / (1 << 20) as f64
}
