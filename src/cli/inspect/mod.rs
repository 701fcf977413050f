//! `feedmill inspect`: a file per kind of document.

mod article;
mod feed;
mod listing;
mod stories;

use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use feedmill::scrape::listing::WayKind;
use serde_json::json;
use url::Url;

use super::Exit;
use super::terminal::{self, BAD};
use crate::cli::out::{data, note};

#[derive(Subcommand)]
pub enum Command {
    /// Show the items of feed documents
    Feed(feed::Arguments),
    /// Show what is read from article pages, and which rule gave each field
    Article(article::Arguments),
    /// Show the articles that web pages list, and why these
    Listing(listing::Arguments),
    /// Show which items are the same article, and which tell of the same event
    Stories(stories::Arguments),
}

pub fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Feed(arguments) => feed::run(arguments),
        Command::Article(arguments) => article::run(arguments),
        Command::Listing(arguments) => listing::run(arguments),
        Command::Stories(arguments) => stories::run(arguments),
    }
}

/// A document and what HTTP said of it.
struct Document {
    bytes: Vec<u8>,
    content_type: Option<String>,
    address: Url,
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

pub(super) fn date(date: Option<DateTime<Utc>>) -> Option<String> {
    date.map(|date| date.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Says why one document could not be shown; the others still are.
fn complain(path: &str, error: &anyhow::Error, as_json: bool) {
    if as_json {
        data!("{}", json!({ "path": path, "error": format!("{error:#}") }));
    } else {
        note!(
            "{BAD}{}{BAD:#}: {}",
            terminal::safe(path),
            terminal::safe(&format!("{error:#}"))
        );
    }
}

/// What a better way leads to, in words.
pub(super) fn way(kind: WayKind) -> &'static str {
    match kind {
        WayKind::Feed => "feed",
        WayKind::LinkedFeed => "feed that the page links to",
        WayKind::WordPress => "WordPress API",
        WayKind::Sitemap => "sitemap",
    }
}
