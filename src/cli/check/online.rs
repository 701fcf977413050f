//! `feedmill check --online`: each source asked once, and what came, in words.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use feedmill::config::Config;
use feedmill::model::{Failure, PollState, Source, SourceKind};
use feedmill::refresh::{self, Preview, Previewer};
use feedmill::schedule;
use feedmill::scrape::listing::{Way, WayKind};
use serde_json::{Value, json};

use super::super::inspect::{date, way};
use super::super::progress::Progress;
use super::super::terminal::{self, BAD, DIM, GOOD, WARN};
use crate::cli::out::say;

/// Better ways of one page that are named.
const WAYS: usize = 5;

/// A source and what came of asking it.
pub(super) struct Asked<'a> {
    source: &'a Source,
    preview: Result<Preview, Failure>,
    /// Ways to the articles of a page that are no sources yet.
    better: Vec<Way>,
}

impl Asked<'_> {
    pub(super) fn has_failed(&self) -> bool {
        self.preview.is_err()
    }

    /// Where permanent redirects lead, as it may be shown.
    fn moved_to(&self) -> Option<String> {
        let moved = self.preview.as_ref().ok()?.moved_to.as_ref()?;
        Some(self.source.published(moved))
    }

    /// What is not wrong enough to fail, several lines each.
    fn notes(&self) -> Vec<String> {
        let Ok(preview) = &self.preview else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        if let Some(moved) = &preview.moved {
            let found = terminal::count(preview.items.len() as u64, "article");
            let select = moved.select.as_ref().filter(|_| moved.is_configured);
            let works = select.map_or_else(String::new, |select| {
                format!("; what works now:\n{}", select.trim_end())
            });
            notes.push(format!(
                "{}, but {found} elsewhere on the page{works}",
                moved.broken
            ));
        }
        if preview.items.is_empty() {
            notes.push("it is fine, but holds no items at present".into());
        }
        if preview.is_of_comments {
            notes.push("its items are comments on articles".into());
        }
        notes.extend(preview.warnings.iter().cloned());
        if let Some(moved) = self.moved_to() {
            let key = self.source.kind.key();
            notes.push(format!("it has moved for good; write {key} = \"{moved}\""));
        }
        notes
    }
}

/// Asks all sources.
pub(super) fn ask(config: &Config) -> anyhow::Result<Vec<Asked<'_>>> {
    let progress = Progress::new();
    let previews = super::super::runtime()?.block_on(async {
        let previewer = Previewer::new(config, Arc::new(Utc::now))?;
        Ok::<_, anyhow::Error>(previewer.preview_all(config, &progress.listener()).await)
    });
    progress.clear();
    let asked = config.sources.iter().zip(previews?);
    let asked = asked.map(|(source, preview)| Asked {
        source,
        better: better(config, &preview),
        preview,
    });
    Ok(asked.collect())
}

fn better(config: &Config, preview: &Result<Preview, Failure>) -> Vec<Way> {
    let ways = preview.iter().flat_map(|preview| &preview.better);
    let is_new = |way: &&Way| refresh::configured(config, &way.url).is_none();
    ways.filter(is_new).take(WAYS).cloned().collect()
}

/// The key of `feeds.toml` for such a way.
fn key(way: &Way) -> &'static str {
    match way.kind {
        WayKind::Feed | WayKind::LinkedFeed | WayKind::WordPress => SourceKind::Feed.key(),
        WayKind::Sitemap => "sitemap",
    }
}

pub(super) fn print(asked: &[Asked<'_>], now: DateTime<Utc>) {
    let width = terminal::widest(asked.iter().map(|asked| asked.source.name.as_str()), 32);
    for asked in asked {
        let name = terminal::column(&asked.source.name, width);
        match &asked.preview {
            Ok(preview) => {
                let items = terminal::count(preview.items.len() as u64, "item");
                let newest = match preview.newest() {
                    Some(newest) => format!(", newest {}", terminal::relative(newest, now)),
                    None if preview.items.is_empty() => String::new(),
                    None => ", without dates".to_owned(),
                };
                say!("  {name}  {GOOD}fine{GOOD:#}  {items}{newest}");
                say!("    {DIM}{}{DIM:#}", waiting(&preview.state, now));
            }
            Err(failure) => {
                say!(
                    "  {name}  {BAD}failed{BAD:#}  {}",
                    terminal::safe(&failure.message)
                );
            }
        }
        for note in asked.notes() {
            let mut lines = note.lines();
            let first = lines.next().unwrap_or_default();
            say!("    {WARN}note{WARN:#}  {}", terminal::safe(first));
            for line in lines {
                say!("      {}", terminal::safe(line));
            }
        }
        for better in &asked.better {
            say!(
                "    {WARN}better{WARN:#}  {} = \"{}\"  {DIM}{}{DIM:#}",
                key(better),
                terminal::safe(better.url.as_str()),
                way(better.kind)
            );
        }
    }
    say!();
}

/// When a source that was just polled would be asked again, and why not before.
fn waiting(state: &PollState, now: DateTime<Utc>) -> String {
    let mut words = "asked again".to_owned();
    if let (Some(next), Some(why)) = (state.next_poll, state.waiting) {
        words = format!(
            "{words} {}: it waits for {}",
            terminal::relative(next, now),
            why.words()
        );
    }
    if let Some(turnover) = schedule::turnover(state, now) {
        let within = terminal::relative(now + turnover, now).replace("now", "at once");
        words = format!("{words}; at the fastest its document turns over {within}");
    }
    if state.validators.is_none() {
        words.push_str("; without ETag and Last-Modified, each answer is a whole document");
    }
    words
}

/// An entry of `sources` in the `--json` contract.
pub(super) fn json(asked: &Asked<'_>) -> Value {
    let preview = asked.preview.as_ref();
    let better = asked.better.iter();
    let better =
        better.map(|better| json!({ "kind": way(better.kind), "url": better.url, "title": better.title }));
    json!({
        "name": asked.source.name,
        "kind": asked.source.kind.key(),
        "url": asked.source.published_address(),
        "ok": preview.is_ok(),
        "title": preview.ok().and_then(|preview| preview.title.as_deref()),
        "items": preview.ok().map(|preview| preview.items.len()),
        "newest": preview.ok().and_then(|preview| date(preview.newest())),
        "next_poll": preview.ok().and_then(|preview| preview.state.next_poll),
        "waiting": preview.ok().and_then(|preview| preview.state.waiting),
        "turnover": preview.ok().and_then(|preview| {
            let state = &preview.state;
            Some(schedule::turnover(state, state.last_poll?)?.num_seconds())
        }),
        "validators": preview.ok().map(|preview| preview.state.validators.is_some()),
        "error": preview.err().map(|failure| &failure.message),
        "notes": asked.notes(),
        "moved_to": asked.moved_to(),
        "better": better.collect::<Vec<_>>(),
    })
}
