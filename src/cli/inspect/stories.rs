//! `feedmill inspect stories`

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Context;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use clap::Args;
use feedmill::dedupe::{Aliases, Article, EmptyShelf, Finding, Index, ItemKey, Resolution, Settings};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::super::Exit;
use super::super::terminal::{self, BOLD, DIM};
use crate::cli::out::{data, say};

/// Arguments of `feedmill inspect stories`.
#[derive(Args)]
#[command(after_help = "\
Each input line is an item: {\"id\", \"url\", \"title\", \"text\", \"published\", \"language\"}; only the id is needed.
Items are taken in by date, an hour at a time, as a refresh would see them.

Examples:
  feedmill inspect stories items.jsonl
  feedmill inspect stories --json --config feeds.toml items.jsonl")]
pub struct Arguments {
    /// A file with one JSON object per line
    #[arg(value_name = "ITEMS.jsonl")]
    items: PathBuf,
    /// Read the names of tags and categories from this configuration: their aliases are one name
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON object per item on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    url: Option<String>,
    title: Option<String>,
    text: Option<String>,
    published: Option<DateTime<Utc>>,
}

/// An item and what became of it.
struct Item {
    line: Line,
    host: String,
    published: DateTime<Utc>,
    resolution: Option<Resolution>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut items = read(&arguments.items)?;
    resolve(&mut items, aliases(arguments)?);
    match arguments.json {
        true => print_json(&items),
        false => print(&items),
    }
    Ok(Exit::Done)
}

fn aliases(arguments: &Arguments) -> anyhow::Result<Aliases> {
    let Some(file) = &arguments.config else {
        return Ok(Aliases::default());
    };
    let config = feedmill::config::load(file)
        .map_err(|error| anyhow::anyhow!("{}", error.render(terminal::stderr_has_colour())))?;
    Ok(Aliases::declared(config.tags.iter().chain(&config.categories)))
}

fn read(path: &PathBuf) -> anyhow::Result<Vec<Item>> {
    let shown = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let mut lines: Vec<Line> = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.with_context(|| format!("cannot read {shown}"))?;
        if !line.trim().is_empty() {
            let line = serde_json::from_str(&line)
                .with_context(|| format!("{shown}, line {}: this is no item", number + 1))?;
            lines.push(line);
        }
    }
    // What has no date is taken to come with what stands before it.
    let mut last = lines.iter().find_map(|line| line.published).unwrap_or_default();
    let items = lines.into_iter().map(|line| {
        last = line.published.unwrap_or(last);
        Item {
            host: host(line.url.as_deref()),
            published: last,
            line,
            resolution: None,
        }
    });
    Ok(items.collect())
}

fn host(url: Option<&str>) -> String {
    let url = url.and_then(|url| Url::parse(url).ok());
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// Takes the items in as refreshes would; their keys are their positions.
fn resolve(items: &mut [Item], aliases: Aliases) {
    let mut refreshes: BTreeMap<DateTime<Utc>, Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let hour = item
            .published
            .duration_trunc(TimeDelta::hours(1))
            .unwrap_or(item.published);
        refreshes.entry(hour).or_default().push(at);
    }
    let mut index = Index::new(Settings::default(), aliases);
    for refresh in refreshes.into_values() {
        let articles: Vec<(ItemKey, Article)> = refresh
            .iter()
            .map(|at| (ItemKey(*at as u64), article(&items[*at])))
            .collect();
        let Ok(resolutions) = index.add(&mut EmptyShelf, &articles);
        for (at, resolution) in refresh.into_iter().zip(resolutions) {
            items[at].resolution = Some(resolution);
        }
    }
}

fn article(item: &Item) -> Article<'_> {
    Article {
        host: &item.host,
        url: item.line.url.as_deref(),
        publisher: None,
        title: item.line.title.as_deref().unwrap_or_default(),
        text: item.line.text.as_deref().unwrap_or_default(),
        published: item.published,
        strictness: None,
    }
}

/// The lines of the `--json` contract, in the order of the input.
fn print_json(items: &[Item]) {
    for item in items {
        let resolution = item.resolution.as_ref();
        let original = resolution.and_then(|resolution| resolution.duplicate_of);
        let story = resolution.and_then(|resolution| resolution.story);
        data!(
            "{}",
            json!({
                "id": item.line.id,
                "duplicate_of": original.map(|key| &of(items, key).line.id),
                "story": &story.map_or(item, |key| of(items, key)).line.id,
            })
        );
    }
}

fn of(items: &[Item], key: ItemKey) -> &Item {
    &items[key.0 as usize]
}

/// Stories in the order in which they began, their items below them.
fn print(items: &[Item]) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|at| items[*at].published);
    let mut stories: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in order {
        let resolution = items[at].resolution.as_ref();
        let story = resolution.and_then(|resolution| resolution.story);
        stories
            .entry(story.map_or(at, |story| story.0 as usize))
            .or_default()
            .push(at);
    }
    let mut stories: Vec<Vec<usize>> = stories.into_values().collect();
    stories.sort_by_key(|story| items[story[0]].published);
    for story in &stories {
        for (nth, at) in story.iter().enumerate() {
            let item = &items[*at];
            let title = terminal::safe(item.line.title.as_deref().unwrap_or(&item.line.id));
            let day = item.published.format("%Y-%m-%d %H:%M");
            let host = terminal::safe(&item.host);
            match nth {
                0 => say!("{BOLD}{title}{BOLD:#}  {DIM}{day}  {host}{DIM:#}"),
                _ => say!("  {title}  {DIM}{day}  {host}  {}{DIM:#}", reason(item, items)),
            }
        }
    }
}

/// Why an item is in its story, in a few words.
fn reason(item: &Item, items: &[Item]) -> String {
    let Some(resolution) = &item.resolution else {
        return String::new();
    };
    match (resolution.duplicate_of, resolution.compared.first()) {
        (Some(original), Some(same)) => {
            let how = match same.texts.finding {
                Finding::SamePage => "same page as",
                Finding::SameHeadline => "same headline as",
                _ => "same text as",
            };
            format!("{how} {}", terminal::safe(&of(items, original).line.id))
        }
        _ => format!("similarity {:.2}", resolution.story_similarity),
    }
}
