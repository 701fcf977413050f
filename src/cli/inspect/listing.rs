//! `feedmill inspect listing`

use chrono::Utc;
use clap::Args;
use feedmill::scrape::listing::{self, Known, Listing, Reading, Way};
use feedmill::scrape::page::Page;
use serde_json::{Value, json};
use url::Url;

use super::super::Exit;
use super::super::terminal::{self, BOLD, DIM};
use super::{complain, date, document};
use crate::cli::out::{self, data, say};

/// Arguments of `feedmill inspect listing`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  feedmill inspect listing https://example.org/news/
  feedmill inspect listing --json --url https://example.org/news/ saved.html")]
pub struct Arguments {
    /// Files, or http(s) addresses
    #[arg(value_name = "PATH|URL", required = true)]
    documents: Vec<String>,
    /// The address that files came from, for their relative links
    #[arg(long, value_name = "BASE")]
    url: Option<Url>,
    /// Print one JSON object per document on stdout
    #[arg(long)]
    json: bool,
}

/// What was seen in one page.
struct Seen {
    listing: Listing,
    ways: Vec<Way>,
    notes: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for path in &arguments.documents {
        if out::has_ended() {
            break;
        }
        match seen(path, arguments.url.as_ref()) {
            Ok(seen) if arguments.json => data!("{}", as_json(path, &seen.listing)),
            Ok(seen) => print(path, &seen),
            Err(error) => {
                exit = Exit::SomeSourceFailed;
                complain(path, &error, arguments.json);
            }
        }
    }
    Ok(exit)
}

fn seen(path: &str, base: Option<&Url>) -> anyhow::Result<Seen> {
    let document = document(path, base)?;
    let page = Page::read(
        &document.bytes,
        document.content_type.as_deref(),
        &document.address,
    )?;
    let listing = match listing::read(&page, Known::default(), Utc::now())? {
        Reading::AsKnown(listing) | Reading::Moved { listing, .. } => listing,
        Reading::Obstructed(obstacle) => anyhow::bail!("the page is {obstacle}"),
        Reading::Nothing => Listing::default(),
    };
    Ok(Seen {
        listing,
        ways: listing::better_ways(&page),
        notes: page.notes,
    })
}

/// The line of the `--json` contract.
fn as_json(path: &str, listing: &Listing) -> Value {
    let items: Vec<Value> = listing
        .items
        .iter()
        .map(|item| {
            json!({
                "url": item.url,
                "title": item.title,
                "published": date(item.published),
                "summary": item.summary,
                "image": item.image,
            })
        })
        .collect();
    json!({ "path": path, "items": items })
}

fn print(path: &str, seen: &Seen) {
    let listing = &seen.listing;
    let articles = terminal::count(listing.items.len() as u64, "article");
    say!("{BOLD}{}{BOLD:#}  {articles}", terminal::safe(path));
    for way in &seen.ways {
        let title = way.title.as_deref().unwrap_or_default();
        say!(
            "better: {}  {}  {DIM}{}{DIM:#}",
            super::way(way.kind),
            terminal::safe(way.url.as_str()),
            terminal::safe(title)
        );
    }
    for item in &listing.items {
        print_item(item);
    }
    if !listing.why.is_empty() {
        let points = |(what, points): &(&str, f64)| format!("{what} {points:+.0}");
        let why: Vec<String> = listing
            .why
            .iter()
            .filter(|(_, points)| points.abs() >= 0.5)
            .map(points)
            .collect();
        say!("\n{DIM}these blocks, because: {}{DIM:#}", why.join(" · "));
    }
    if let Some(next) = &listing.next {
        say!("{DIM}next page: {}{DIM:#}", terminal::safe(next.as_str()));
    }
    if let Some(pattern) = &listing.pattern {
        say!("\nTo say the same in feeds.toml, below the [[source]]:");
        for line in pattern.as_toml().lines() {
            say!("  {}", terminal::safe(line));
        }
    }
    for note in &seen.notes {
        say!("{DIM}note: {}{DIM:#}", terminal::safe(note));
    }
}

/// An item, each part with the rule that gave it.
fn print_item(item: &listing::Item) {
    let by = |rule: Option<&str>| {
        rule.map(|rule| format!("  {DIM}[{rule}]{DIM:#}"))
            .unwrap_or_default()
    };
    let title = item.title.as_deref().unwrap_or("no title");
    say!(
        "\n  {BOLD}{}{BOLD:#}{}",
        terminal::safe(title),
        by(item.rules.title)
    );
    say!("  {}", terminal::safe(item.url.as_str()));
    let published = date(item.published).unwrap_or_else(|| "no date".into());
    say!("  {published}{}", by(item.rules.published));
    if let Some(summary) = &item.summary {
        let short: String = summary.chars().take(100).collect();
        let more = if short.len() < summary.len() { "…" } else { "" };
        say!("  {}{more}{}", terminal::safe(&short), by(item.rules.summary));
    }
    if let Some(image) = &item.image {
        say!("  {}{}", terminal::safe(image.as_str()), by(item.rules.image));
    }
    if !item.authors.is_empty() {
        say!("  by {}", terminal::safe(&item.authors.join(", ")));
    }
}
