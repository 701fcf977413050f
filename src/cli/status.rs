//! `feedmill status`

use std::collections::HashMap;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;
use feedmill::config::Config;
use feedmill::model::{Feed, FeedKind, Health, Moved, PollState, Source, SourceId};
use feedmill::refresh;
use serde_json::json;
use url::Url;

use super::terminal::{self, BAD, BOLD, DIM, GOOD, WARN};
use super::{ConfigArgument, Exit};

/// Feeds listed for people; `--json` lists all.
const LARGEST: usize = 20;

/// Arguments of `feedmill status`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = arguments.config.load()?;
    let database = &config.site.database;
    if !database.exists() {
        bail!(
            "{} does not exist yet; run feedmill refresh first",
            database.display()
        );
    }
    let store = refresh::open(&config)?;
    let (polls, feeds) = (store.polls()?, store.reader()?.feeds()?);
    let now = Utc::now();
    if arguments.json {
        println!("{}", as_json(&config, &polls, &feeds));
    } else {
        print_sources(&config, &polls, now);
        print_feeds(&feeds);
    }
    Ok(Exit::Done)
}

/// What is remembered about a source at its present address.
fn state<'a>(polls: &'a HashMap<SourceId, PollState>, source: &Source) -> Option<&'a PollState> {
    polls
        .get(&source.id)
        .filter(|state| state.url == source.question())
}

/// Where a redirect leads, without what is secret.
fn moved_to(source: &Source, moved: &Moved) -> Option<String> {
    Some(source.published(&Url::parse(&moved.to).ok()?))
}

fn as_json(config: &Config, polls: &HashMap<SourceId, PollState>, feeds: &[Feed]) -> serde_json::Value {
    let source = |source: &Source| {
        let state = state(polls, source).cloned().unwrap_or_default();
        json!({
            "name": source.name,
            "kind": source.kind.key(),
            (source.kind.key()): source.published_address(),
            "health": state.health,
            "title": state.title,
            "items": state.items,
            "last_poll": state.last_poll,
            "last_success": state.last_success,
            "next_poll": state.next_poll,
            "failures": state.failures,
            "failing_since": state.failing_since,
            "last_status": state.last_status,
            "last_error": state.last_error,
            "healed": state.healed,
            "moved_to": state.moved.as_ref().and_then(|moved| moved_to(source, moved)),
        })
    };
    let feed = |feed: &Feed| {
        json!({
            "kind": feed.key.kind,
            "name": feed.name,
            "folder": feed.folder(),
            "items": feed.size,
        })
    };
    json!({
        "sources": config.sources.iter().map(source).collect::<Vec<_>>(),
        "feeds": feeds.iter().map(feed).collect::<Vec<_>>(),
    })
}

fn print_sources(config: &Config, polls: &HashMap<SourceId, PollState>, now: DateTime<Utc>) {
    let width = terminal::widest(config.sources.iter().map(|source| source.name.as_str()), 32);
    anstream::println!(
        "{BOLD}{}  health   items  last success  next poll{BOLD:#}",
        terminal::column("source", width)
    );
    for source in &config.sources {
        let fresh = PollState::default();
        let state = state(polls, source).unwrap_or(&fresh);
        let (style, health) = match state.health {
            Health::New => (DIM, "new    "),
            Health::Ok => (GOOD, "ok     "),
            Health::Failing => (BAD, "failing"),
            Health::Gone => (BAD, "gone   "),
        };
        let success = state
            .last_success
            .map_or("never".into(), |then| terminal::relative(then, now));
        let next = match (state.health, state.next_poll) {
            (Health::Gone, _) => "never; remove it, or give its new address".into(),
            (_, Some(then)) if then > now => terminal::relative(then, now),
            _ => "now".to_owned(),
        };
        anstream::println!(
            "{}  {style}{health}{style:#}  {:>5}  {}  {next}",
            terminal::column(&source.name, width),
            state.items,
            terminal::column(&success, 12),
        );
        if let Some(error) = &state.last_error {
            let times = terminal::count(u64::from(state.failures), "failure");
            anstream::println!("    {BAD}{}{BAD:#} {DIM}({times}){DIM:#}", terminal::safe(error));
        }
        if let Some(healed) = &state.healed {
            let words = healed.words(state.items);
            let mut lines = words.lines();
            let first = lines.next().unwrap_or_default();
            anstream::println!("    {WARN}{}{WARN:#}", terminal::safe(first));
            for line in lines {
                anstream::println!("      {}", terminal::safe(line));
            }
        }
        if let Some(to) = state.moved.as_ref().and_then(|moved| moved_to(source, moved)) {
            anstream::println!("    {DIM}moved to {}{DIM:#}", terminal::safe(&to));
        }
    }
}

fn print_feeds(feeds: &[Feed]) {
    let mut topics: Vec<&Feed> = feeds
        .iter()
        .filter(|feed| feed.key.kind != FeedKind::Source)
        .collect();
    topics.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.key.cmp(&b.key)));
    anstream::println!("\n{BOLD}{}{BOLD:#}", terminal::count(feeds.len() as u64, "feed"));
    for feed in topics.iter().take(LARGEST) {
        let name = if feed.name.is_empty() {
            "everything"
        } else {
            &feed.name
        };
        let folder = feed.folder();
        anstream::println!(
            "  {:>7}  {}  {DIM}{}{DIM:#}",
            terminal::thousands(feed.size),
            terminal::column(name, 28),
            if folder.is_empty() { "." } else { &folder },
        );
    }
    if topics.len() > LARGEST {
        anstream::println!("  {DIM}and {} more{DIM:#}", topics.len() - LARGEST);
    }
}
