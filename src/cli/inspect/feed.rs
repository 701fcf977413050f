//! `feedmill inspect feed`

use chrono::Utc;
use clap::Args;
use feedmill::model::{
    Body, Ending, Format, Item, Offer, ParsedFeed, ParsedItem, ParsedSitemap, ScheduleHints,
};
use feedmill::{normalize, parse};
use serde_json::{Value, json};
use url::Url;

use super::super::Exit;
use super::super::terminal::{self, BOLD, DIM};
use super::{Document, complain, date, document};
use crate::cli::out::{self, data, say};

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
        if out::has_ended() {
            break;
        }
        let seen = document(path, arguments.url.as_ref()).and_then(|document| {
            let seen = Seen::read(&document)?;
            Ok((seen, document.address))
        });
        match seen {
            Ok((seen, address)) if arguments.json => data!("{}", as_json(path, &seen.feed, &address)),
            Ok((seen, address)) => print(path, &seen, &address),
            Err(error) => {
                exit = Exit::SomeSourceFailed;
                complain(path, &error, arguments.json);
            }
        }
    }
    Ok(exit)
}

/// A document, whatever it is, shown as a feed.
struct Seen {
    feed: ParsedFeed,
    /// In words for people.
    kind: String,
    /// What its items are.
    unit: &'static str,
}

impl Seen {
    fn read(document: &Document) -> Result<Self, parse::Error> {
        let (bytes, content_type) = (&document.bytes, document.content_type.as_deref());
        let as_feed = parse::feed(bytes, content_type, &document.address);
        let error = match as_feed {
            Ok(feed) => return Ok(Self::feed(feed)),
            Err(error) => error,
        };
        let sitemap = parse::sitemap(bytes, content_type, &document.address);
        sitemap.map(Self::sitemap).map_err(|of_sitemap| {
            // A body that is still packed can only be a sitemap.
            let is_packed = bytes.starts_with(&[0x1f, 0x8b]);
            if is_packed { of_sitemap } else { error }
        })
    }

    fn feed(feed: ParsedFeed) -> Self {
        Self {
            kind: format!("{:?}", feed.format),
            unit: "item",
            feed,
        }
    }

    /// A sitemap's addresses, or the sitemaps of an index.
    fn sitemap(sitemap: ParsedSitemap) -> Self {
        let (kind, unit) = match sitemap.children[..] {
            [] => ("Sitemap", "page"),
            _ => ("Index of sitemaps", "sitemap"),
        };
        let children = sitemap.children.into_iter().map(|child| ParsedItem {
            url: Some(child.url),
            updated: child.changed,
            ..ParsedItem::default()
        });
        let publication = sitemap.items.iter().find_map(|item| item.origin.clone()?.title);
        Self {
            kind: kind.to_owned(),
            unit,
            feed: ParsedFeed {
                format: Format::Sitemap,
                title: publication.map(Body::Plain),
                link: None,
                language: None,
                updated: None,
                hints: ScheduleHints::default(),
                offer: Offer::default(),
                items: sitemap.items.into_iter().chain(children).collect(),
                ending: if sitemap.is_cut {
                    Ending::Early
                } else {
                    Ending::Whole
                },
                warnings: sitemap.warnings,
            },
        }
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

fn print(path: &str, seen: &Seen, address: &Url) {
    let feed = &seen.feed;
    let title = feed.title.as_ref().map(normalize::plain).unwrap_or_default();
    say!(
        "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}",
        terminal::safe(&title),
        terminal::safe(path)
    );
    let items = terminal::count(feed.items.len() as u64, seen.unit);
    say!(
        "{}, {items}, language {}",
        seen.kind,
        feed.language.as_deref().unwrap_or("not given")
    );
    for parsed in &feed.items {
        let item = clean(parsed, feed, address);
        say!();
        if !item.title.is_empty() {
            say!("  {BOLD}{}{BOLD:#}", terminal::safe(&item.title));
        }
        let published = date(item.published).unwrap_or_else(|| "no believable date".into());
        say!(
            "  {published}  {}",
            terminal::safe(item.link.as_deref().unwrap_or("no link"))
        );
        let terms: Vec<&str> = parsed.terms.iter().map(|term| term.name.as_str()).collect();
        if !terms.is_empty() {
            say!("  {DIM}{}{DIM:#}", terminal::safe(&terms.join(", ")));
        }
    }
    for warning in &feed.warnings {
        say!("{DIM}note: {}{DIM:#}", terminal::safe(warning));
    }
}
