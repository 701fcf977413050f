//! `feedmill inspect article`

use std::time::Duration;

use chrono::Utc;
use clap::Args;
use feedmill::scrape::article::{self, Article, Found};
use serde_json::{Value, json};
use url::Url;

use super::super::Exit;
use super::super::terminal::{self, BOLD, DIM};
use super::{Document, complain, date, document};
use crate::cli::out::{self, data, say};

/// How long the reading of one page may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Arguments of `feedmill inspect article`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  feedmill inspect article https://example.org/2024/08/a-story/
  feedmill inspect article --json --url https://example.org/2024/08/a-story/ saved.html")]
pub struct Arguments {
    /// Files, or http(s) addresses
    #[arg(value_name = "PATH|URL", required = true)]
    documents: Vec<String>,
    /// The address that files came from, for their relative links
    #[arg(long, value_name = "BASE")]
    url: Option<Url>,
    /// Print one JSON object per page on stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for path in &arguments.documents {
        if out::has_ended() {
            break;
        }
        let article = document(path, arguments.url.as_ref()).and_then(|document| {
            let Document {
                bytes,
                content_type,
                address,
            } = document;
            Ok(article::read(
                bytes,
                content_type.as_deref(),
                &address,
                article::Part::first(&address),
                Utc::now(),
                LIMIT,
            )?)
        });
        match article {
            Ok((article, _)) if arguments.json => data!("{}", as_json(path, &article)),
            Ok((article, notes)) => print(path, &article, &notes),
            Err(error) => {
                exit = Exit::SomeSourceFailed;
                complain(path, &error, arguments.json);
            }
        }
    }
    Ok(exit)
}

fn value<T>(found: Option<&Found<T>>) -> Option<&T> {
    found.map(|found| &found.value)
}

/// The line of the `--json` contract.
fn as_json(path: &str, article: &Article) -> Value {
    json!({
        "path": path,
        "url": article.url.value,
        "title": value(article.title.as_ref()),
        "published": date(value(article.published.as_ref()).copied()),
        "updated": date(value(article.updated.as_ref()).copied()),
        "authors": value(article.authors.as_ref()).cloned().unwrap_or_default(),
        "image": value(article.image.as_ref()),
        "section": value(article.section.as_ref()),
        "tags": value(article.tags.as_ref()).cloned().unwrap_or_default(),
        "language": value(article.language.as_ref()),
        "text": article.text,
        "html": article.html.as_ref().map(|html| html.as_str()),
    })
}

fn print(path: &str, article: &Article, notes: &[String]) {
    let title = value(article.title.as_ref()).map_or("", String::as_str);
    say!(
        "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}",
        terminal::safe(title),
        terminal::safe(path)
    );
    let line = |name: &str, value: Option<String>, rule: &str| {
        let value = value.unwrap_or_else(|| "none".into());
        say!("{name:<10} {}  {DIM}{rule}{DIM:#}", terminal::safe(&value));
    };
    let moment = |found: &Option<Found<_>>| date(value(found.as_ref()).copied());
    line("url", Some(article.url.value.to_string()), article.url.rule);
    line(
        "title",
        value(article.title.as_ref()).cloned(),
        rule(article.title.as_ref()),
    );
    line(
        "published",
        moment(&article.published),
        rule(article.published.as_ref()),
    );
    line(
        "updated",
        moment(&article.updated),
        rule(article.updated.as_ref()),
    );
    if let Some(next) = &article.next {
        line("next part", Some(next.to_string()), "link to the same address");
    }
    let list = |found: &Option<Found<Vec<String>>>| value(found.as_ref()).map(|names| names.join(", "));
    line("authors", list(&article.authors), rule(article.authors.as_ref()));
    line(
        "section",
        value(article.section.as_ref()).cloned(),
        rule(article.section.as_ref()),
    );
    line("tags", list(&article.tags), rule(article.tags.as_ref()));
    line(
        "image",
        value(article.image.as_ref()).map(Url::to_string),
        rule(article.image.as_ref()),
    );
    line(
        "language",
        value(article.language.as_ref()).cloned(),
        rule(article.language.as_ref()),
    );
    let words = terminal::count(article.text.split_whitespace().count() as u64, "word");
    line("body", Some(words), article.body_rule);
    for paragraph in article.text.lines() {
        say!("\n  {}", terminal::safe(paragraph));
    }
    for note in notes {
        say!("{DIM}note: {}{DIM:#}", terminal::safe(note));
    }
}

fn rule<T>(found: Option<&Found<T>>) -> &'static str {
    found.map_or("", |found| found.rule)
}
