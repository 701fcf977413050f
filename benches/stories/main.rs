//! What it costs to know an article again: `cargo bench --bench stories`.
//!
//! Invented news is taken in by one thread, a refresh of 200 articles at a time, until 40,000 and then 1,000,000 are
//! known; after each, some thousand more are timed: words, features, candidates, decision, and what is read from the shelf
//! and made ready for it. All lie within the windows, so that every article is a possible candidate: an archive in which
//! most are too old costs less. The yardstick for machines unlike ours is plain shingling: the same texts cut at white
//! space, in lower case, every three words hashed and the 128 smallest kept.
#![allow(missing_docs, reason = "a program, not a library")]

#[path = "../refresh/words.rs"]
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod words;

mod archive;
mod news;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use feedmill::dedupe::{Aliases, Article, Index, ItemKey, Settings};
use xxhash_rust::xxh3::xxh3_64;

use archive::{Archive, Asked};
use news::{News, Piece};

/// New articles taken in a second by one core, at least.
const TARGET: f64 = 5_000.0;
const REFRESH: usize = 200;

/// Measure duplicates and stories.
#[derive(Parser)]
struct Arguments {
    /// How many articles are known when new ones are timed
    #[arg(long, value_delimiter = ',', default_values_t = [40_000, 1_000_000])]
    stored: Vec<usize>,
    /// How many new ones are timed
    #[arg(long, default_value_t = 20_000)]
    new: usize,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What became of the timed articles.
#[derive(Default)]
struct Found {
    articles: usize,
    duplicates: usize,
    joined: usize,
    compared: usize,
    cpu: Duration,
    plain: Duration,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.bench {
        // `cargo test --all-targets` runs benchmarks too, without optimisation: it would measure nothing.
        return Ok(());
    }
    let mut mill = Mill {
        news: News::new(),
        index: Index::new(Settings::default(), Aliases::default()),
        archive: Archive::default(),
    };
    println!(
        "{:>10} {:>12} {:>10} {:>10} {:>11} {:>10} {:>10} {:>9} {:>9}",
        "stored",
        "new items/s",
        "µs an item",
        "x plain",
        "duplicates",
        "in a story",
        "compared",
        "look-ups",
        "MB"
    );
    for stored in &arguments.stored {
        while mill.archive.len() < *stored {
            mill.refresh(&mut Found::default());
        }
        let known = mill.archive.len();
        mill.archive.asked = Asked::default();
        let mut found = Found::default();
        while found.articles < arguments.new {
            mill.refresh(&mut found);
        }
        // Copies are an eighth, and some are of articles that were copies: a run that finds none measures nothing.
        ensure!(
            found.duplicates * 12 > found.articles,
            "only {} duplicates were found",
            found.duplicates
        );
        ensure!(
            found.joined * 4 > found.articles,
            "only {} stories were found",
            found.joined
        );
        report(known, &found, &mill.archive);
    }
    Ok(())
}

fn report(known: usize, found: &Found, archive: &Archive) {
    let articles = found.articles as f64;
    let speed = articles / found.cpu.as_secs_f64();
    let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / articles);
    let Asked {
        under,
        known: features,
        members,
        lines,
    } = archive.asked;
    println!(
        "{known:>10} {speed:>12.0} {:>10.0} {:>10.1} {:>11} {:>10} {:>10.1} {:>9.1} {:>9}",
        found.cpu.as_secs_f64() * 1e6 / articles,
        found.cpu.as_secs_f64() / found.plain.as_secs_f64(),
        share(found.duplicates),
        share(found.joined),
        found.compared as f64 / articles,
        (under + features + members + lines) as f64 / articles,
        memory().map_or("?".to_owned(), |bytes| (bytes / 1_000_000).to_string()),
    );
    let each = |count: usize| count as f64 / articles;
    let (bytes, keys) = archive.size();
    println!(
        "           look-ups an item: {:.1} keys, {:.1} articles, {:.2} stories, {:.2} hosts; {bytes} bytes an article, {keys} keys",
        each(under),
        each(features),
        each(members),
        each(lines),
    );
    if speed < TARGET {
        println!("           under the target of {TARGET} items/s");
    }
}

struct Mill {
    news: News,
    index: Index,
    archive: Archive,
}

impl Mill {
    /// One refresh; only what `feedmill` does is timed, without what a store takes to write.
    fn refresh(&mut self, found: &mut Found) {
        let pieces: Vec<Piece> = (0..REFRESH).map(|_| self.news.next()).collect();
        let first = self.archive.len() as u64;
        let articles: Vec<(ItemKey, Article)> = (first..)
            .map(ItemKey)
            .zip(pieces.iter().map(Piece::article))
            .collect();
        let started = cpu_time();
        for (_, article) in &articles {
            black_box(plain(article.text));
        }
        let shingled = cpu_time();
        let Ok(resolved) = self.index.add(&mut self.archive, &articles);
        let done = cpu_time();
        self.archive.put(self.index.changes());
        self.index.shelved();
        if let Some(frequencies) = self.index.counted() {
            self.archive.count(frequencies);
        }
        found.plain += shingled.saturating_sub(started);
        found.cpu += done.saturating_sub(shingled);
        found.articles += resolved.len();
        for resolution in resolved {
            found.duplicates += usize::from(resolution.duplicate_of.is_some());
            found.joined += usize::from(resolution.story.is_some());
            found.compared += resolution.compared.len();
        }
    }
}

/// The yardstick.
fn plain(text: &str) -> Vec<u64> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let mut shingles: Vec<u64> = words
        .windows(3)
        .map(|words| xxh3_64(words.join(" ").as_bytes()))
        .collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles.truncate(128);
    shingles
}

/// Of this thread, where the system tells; else the time since the start, which other programs disturb.
fn cpu_time() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Bytes in use, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1_024)
}
