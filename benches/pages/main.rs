//! What reading a web page costs: `cargo bench --bench pages`.
//!
//! Invented pages of the sizes and the make-up of real ones are read as articles and as lists by one thread. Building
//! the tree alone and Readability alone are the yardsticks for machines unlike ours. `-- FOLDER` reads the HTML files
//! of a folder instead.
#![allow(missing_docs, reason = "a program, not a library")]

#[path = "../refresh/words.rs"]
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod words;

mod page;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::Parser;
use dom_query::Document;
use dom_smoothie::{Readability, TextMode};
use feedmill::scrape::article::{self, Part};
use feedmill::scrape::listing::{self, Known, Reading};
use feedmill::scrape::page::Page;
use url::Url;

/// Articles read in a second by one core, at least.
const TARGET: f64 = 300.0;

/// Measure the reading of web pages.
#[derive(Parser)]
struct Arguments {
    /// Read the HTML files of this folder instead of invented pages
    folder: Option<PathBuf>,
    /// How often; the fastest counts
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.bench {
        // `cargo test --all-targets` runs benchmarks too, without optimisation: it would measure nothing.
        return Ok(());
    }
    let pages = match &arguments.folder {
        Some(folder) => files(folder)?,
        None => page::invented(300),
    };
    ensure!(!pages.is_empty(), "there is no page to read");
    let bytes: usize = pages.iter().map(Vec::len).sum();
    println!(
        "{} pages, {} kB each in the middle",
        pages.len(),
        bytes / pages.len() / 1_000
    );
    println!(
        "{:<26} {:>10} {:>10} {:>8} {:>10}",
        "", "ms a page", "pages/s", "MB/s", "x tree"
    );
    let tree = row(
        "a tree, html5ever alone",
        &pages,
        arguments.repeat,
        None,
        |bytes, _| {
            black_box(Document::from(&*String::from_utf8_lossy(bytes)));
        },
    );
    let measure = |name, work: &dyn Fn(&[u8], &Url)| row(name, &pages, arguments.repeat, Some(tree), work);
    measure("a tree, within limits", &|bytes, url| {
        black_box(Page::read(bytes, None, url).is_ok());
    });
    measure("Readability alone", &|bytes, _| {
        let config = dom_smoothie::Config {
            text_mode: TextMode::Raw,
            ..dom_smoothie::Config::default()
        };
        let read = Readability::new(&*String::from_utf8_lossy(bytes), None, Some(config));
        black_box(read.ok().and_then(|mut read| read.parse().ok()));
    });
    measure("a list", &|bytes, url| {
        let page = Page::read(bytes, None, url).ok();
        black_box(page.map(|page| {
            matches!(
                listing::read(&page, Known::default(), now()),
                Ok(Reading::AsKnown(_))
            )
        }));
    });
    let articles = measure("an article", &|bytes, url| {
        let part = Part::first(url);
        let read = article::read(bytes.to_vec(), None, url, part, now(), Duration::from_secs(60));
        black_box(read.is_ok());
    });
    let speed = pages.len() as f64 / articles.as_secs_f64();
    let verdict = if speed < TARGET { ": under its target" } else { "" };
    println!("articles: {speed:.0} pages/s (at least {TARGET}){verdict}");
    Ok(())
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_161_600, 0).unwrap_or_default()
}

fn files(folder: &PathBuf) -> anyhow::Result<Vec<Vec<u8>>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

/// The shortest of several runs over all pages, printed beside that of the tree.
fn row(
    name: &str,
    pages: &[Vec<u8>],
    repeat: usize,
    tree: Option<Duration>,
    work: impl Fn(&[u8], &Url),
) -> Duration {
    let url = Url::parse("https://news.example/2026/11/20/what-happened/").expect("an address");
    let run = || {
        let started = Instant::now();
        pages.iter().for_each(|page| work(page, &url));
        started.elapsed()
    };
    let best = (0..repeat.max(1)).map(|_| run()).min().unwrap_or_default();
    let bytes: usize = pages.iter().map(Vec::len).sum();
    let seconds = best.as_secs_f64();
    println!(
        "{name:<26} {:>10.2} {:>10.0} {:>8.0} {:>10.1}",
        seconds * 1e3 / pages.len() as f64,
        pages.len() as f64 / seconds,
        bytes as f64 / seconds / 1e6,
        seconds / tree.unwrap_or(best).as_secs_f64(),
    );
    best
}
