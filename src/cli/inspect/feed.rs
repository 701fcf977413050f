//! `feedmill inspect feed`

use chrono::Utc;
use clap::Args;
use feedmill::model::{Body, Ending, Format, Item, ParsedFeed, ParsedItem, ParsedSitemap, ScheduleHints};
use feedmill::{normalize, parse};
use serde_json::{Value, json};
use url::Url;

use super::super::Exit;
use super::super::terminal::{self, BOLD, DIM};
use super::{complain, date, document};

/// Arguments of `feedmill inspect feed`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  feedmill inspect feed https://example.org/feed/
  feedmill inspect feed https://example.org/news-sitemap.xml
  feedmill inspect feed --json --url https://example.org/feed/ saved.xml")]
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

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for path in &arguments.documents {
        let feed = document(path, arguments.url.as_ref()).and_then(|document| {
            let (bytes, content_type) = (&document.bytes, document.content_type.as_deref());
            let feed = parse::feed(bytes, content_type, &document.address).or_else(|error| {
                let sitemap = parse::sitemap(bytes, content_type, &document.address);
                sitemap.map(as_feed).map_err(|_| error)
            })?;
            Ok((feed, document.address))
        });
        match feed {
            Ok((feed, address)) if arguments.json => println!("{}", as_json(path, &feed, &address)),
            Ok((feed, address)) => print(path, &feed, &address),
            Err(error) => {
                exit = Exit::SomeSourceFailed;
                complain(path, &error, arguments.json);
            }
        }
    }
    Ok(exit)
}

/// A sitemap's addresses, or the sitemaps of an index, shown like the items of a feed.
fn as_feed(sitemap: ParsedSitemap) -> ParsedFeed {
    let children = sitemap.children.into_iter().map(|child| ParsedItem {
        url: Some(child.url),
        updated: child.changed,
        ..ParsedItem::default()
    });
    ParsedFeed {
        format: Format::Sitemap,
        title: None,
        link: None,
        language: None,
        updated: None,
        hints: ScheduleHints::default(),
        items: sitemap.items.into_iter().chain(children).collect(),
        ending: if sitemap.is_cut {
            Ending::Early
        } else {
            Ending::Whole
        },
        warnings: sitemap.warnings,
    }
}

/// The line of the `--json` contract.
fn as_json(path: &str, feed: &ParsedFeed, address: &Url) -> Value {
    let items: Vec<Value> = feed
        .items
        .iter()
        .map(|item| item_as_json(item, feed, address))
        .collect();
    json!({
        "path": path,
        "format": feed.format,
        "title": feed.title.as_ref().map(normalize::plain),
        "link": feed.link,
        "language": feed.language,
        "updated": date(feed.updated),
        "items": items,
    })
}

fn item_as_json(parsed: &ParsedItem, feed: &ParsedFeed, address: &Url) -> Value {
    let item = clean(parsed, feed, address);
    json!({
        "id": parsed.guid,
        "url": parsed.url,
        "title": parsed.title.as_ref().map(normalize::plain),
        "published": date(parsed.published),
        "updated": date(parsed.updated),
        "authors": parsed.authors,
        "categories": parsed.terms.iter().map(|term| normalize::plain(&Body::Html(term.name.clone()))).collect::<Vec<_>>(),
        "summary": parsed.summary.as_ref().and_then(|body| normalize::body(body, parsed, address)).map(|html| html.as_str().to_owned()),
        "content": item.content.as_ref().map(|html| html.as_str()),
        "enclosures": parsed.enclosures.iter().map(|enclosure| json!({
            "url": enclosure.url, "type": enclosure.media_type, "length": enclosure.length,
        })).collect::<Vec<_>>(),
        "language": parsed.language,
    })
}

fn clean(parsed: &ParsedItem, feed: &ParsedFeed, address: &Url) -> Item {
    normalize::item(parsed, address, feed.language.as_deref(), Utc::now())
}

fn print(path: &str, feed: &ParsedFeed, address: &Url) {
    let title = feed.title.as_ref().map(normalize::plain).unwrap_or_default();
    anstream::println!(
        "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}",
        terminal::safe(&title),
        terminal::safe(path)
    );
    let items = terminal::count(feed.items.len() as u64, "item");
    anstream::println!(
        "{:?}, {items}, language {}",
        feed.format,
        feed.language.as_deref().unwrap_or("not given")
    );
    for parsed in &feed.items {
        let item = clean(parsed, feed, address);
        anstream::println!("\n  {BOLD}{}{BOLD:#}", terminal::safe(&item.title));
        let published = date(item.published).unwrap_or_else(|| "no believable date".into());
        anstream::println!(
            "  {published}  {}",
            terminal::safe(item.link.as_deref().unwrap_or("no link"))
        );
        let terms: Vec<&str> = parsed.terms.iter().map(|term| term.name.as_str()).collect();
        if !terms.is_empty() {
            anstream::println!("  {DIM}{}{DIM:#}", terminal::safe(&terms.join(", ")));
        }
    }
    for warning in &feed.warnings {
        anstream::println!("{DIM}note: {}{DIM:#}", terminal::safe(warning));
    }
}
