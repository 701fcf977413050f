//! `feedmill inspect`

use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use feedmill::model::{Body, Item, ParsedFeed, ParsedItem};
use feedmill::{normalize, parse};
use serde_json::{Value, json};
use url::Url;

use super::Exit;
use super::terminal::{self, BAD, BOLD, DIM};

#[derive(Subcommand)]
pub enum Command {
    /// Show the items of feed documents
    Feed(FeedArguments),
}

/// Arguments of `feedmill inspect feed`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  feedmill inspect feed https://example.org/feed/
  feedmill inspect feed --json --url https://example.org/feed/ saved.xml")]
pub struct FeedArguments {
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

/// A document and what HTTP said of it.
struct Document {
    bytes: Vec<u8>,
    content_type: Option<String>,
    address: Url,
}

pub fn run(command: &Command) -> anyhow::Result<Exit> {
    let Command::Feed(arguments) = command;
    let mut exit = Exit::Done;
    for path in &arguments.documents {
        let feed = document(path, arguments.url.as_ref()).and_then(|document| {
            let feed = parse::feed(
                &document.bytes,
                document.content_type.as_deref(),
                &document.address,
            )?;
            Ok((feed, document.address))
        });
        match feed {
            Ok((feed, address)) if arguments.json => println!("{}", as_json(path, &feed, &address)),
            Ok((feed, address)) => print(path, &feed, &address),
            Err(error) => {
                exit = Exit::SomeSourceFailed;
                if arguments.json {
                    println!("{}", json!({ "path": path, "error": format!("{error:#}") }));
                } else {
                    anstream::eprintln!(
                        "{BAD}{}{BAD:#}: {}",
                        terminal::safe(path),
                        terminal::safe(&format!("{error:#}"))
                    );
                }
            }
        }
    }
    Ok(exit)
}

fn document(path: &str, base: Option<&Url>) -> anyhow::Result<Document> {
    let is_address = ["http://", "https://"]
        .iter()
        .any(|scheme| path.starts_with(scheme));
    if is_address {
        return fetched(&Url::parse(path).context("this is not an address")?);
    }
    let bytes = std::fs::read(path).context("cannot read this file")?;
    let address = match base {
        Some(base) => base.clone(),
        None => Url::from_file_path(std::path::absolute(Path::new(path))?)
            .map_err(|()| anyhow::anyhow!("give the document's address with --url"))?,
    };
    Ok(Document {
        bytes,
        content_type: None,
        address,
    })
}

fn fetched(address: &Url) -> anyhow::Result<Document> {
    use feedmill::fetch::Reply;
    let reply = super::runtime()?.block_on(feedmill::refresh::fetch_once(address, Utc::now()));
    match reply.map_err(|error| anyhow::anyhow!(error.failure.message))? {
        Reply::Document {
            answer,
            body,
            content_type,
        } => {
            let address = Url::parse(&answer.url).unwrap_or_else(|_| address.clone());
            Ok(Document {
                bytes: body.to_vec(),
                content_type,
                address,
            })
        }
        Reply::NotModified(_) => anyhow::bail!("the server answered 304 to a request without validators"),
    }
}

fn date(date: Option<DateTime<Utc>>) -> Option<String> {
    date.map(|date| date.to_rfc3339_opts(SecondsFormat::Secs, true))
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
