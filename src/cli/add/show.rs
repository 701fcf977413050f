//! What was found, for people and for scripts.

use chrono::{DateTime, Utc};
use feedmill::model::Source;
use feedmill::refresh::{Came, Choice, PreviewItem, Step};
use serde_json::{Value, json};
use url::Url;

use super::super::inspect::{date, way};
use super::super::terminal::{self, BAD, BOLD, DIM, GOOD};
use super::{Arguments, Finding, Outcome};
use crate::cli::out::{data, note, say};

/// Items that are shown.
const ITEMS: usize = 10;
/// Other ways that are named to people.
const OTHERS: usize = 8;

pub(super) fn text(finding: &Finding<'_>) {
    let now = Utc::now();
    for step in &finding.discovery.steps {
        print_step(step, now);
    }
    let Some((choice, source)) = &finding.new else {
        return;
    };
    let kind = source.key;
    say!(
        "\n{GOOD}{BOLD}{kind}{BOLD:#}{GOOD:#}  {BOLD}{}{BOLD:#}\n{DIM}because {}{DIM:#}\n",
        terminal::safe(choice.address.as_str()),
        terminal::safe(&choice.why)
    );
    print_items(choice);
    let others = &finding.discovery.others;
    if !others.is_empty() {
        say!("\nother ways:");
    }
    for other in others.iter().take(OTHERS) {
        say!(
            "  {}  {}  {DIM}{}{DIM:#}",
            way(other.kind),
            terminal::safe(other.url.as_str()),
            terminal::safe(other.title.as_deref().unwrap_or_default())
        );
    }
    if others.len() > OTHERS {
        say!("  {DIM}and {} more{DIM:#}", others.len() - OTHERS);
    }
    if finding.known.is_none() {
        say!();
        for line in source.to_toml().lines() {
            say!("  {}", terminal::safe(line));
        }
    }
    say!();
}

fn print_step(step: &Step, now: DateTime<Utc>) {
    let (style, came) = match &step.came {
        Ok(came) => (GOOD, words(came, now)),
        Err(why) => (BAD, why.clone()),
    };
    say!(
        "{}  {}\n  {style}{}{style:#}",
        step.place.words(),
        terminal::safe(step.address.as_str()),
        terminal::safe(&came)
    );
}

fn words(came: &Came, now: DateTime<Utc>) -> String {
    let items = terminal::count(came.items as u64, "item");
    let newest = match came.newest {
        Some(newest) => format!("newest {}", terminal::relative(newest, now)),
        None => "without dates".to_owned(),
    };
    let fit = came.fit.map(|fit| format!("; {fit}")).unwrap_or_default();
    format!("{items}, {newest}{fit}")
}

fn print_items(choice: &Choice) {
    let items = &choice.preview.items;
    for item in items.iter().take(ITEMS) {
        let day = item
            .published
            .map(|date| date.format("%Y-%m-%d %H:%M").to_string());
        let title = match item.title.as_str() {
            "" => "no title yet; it is read from the article",
            title => title,
        };
        say!(
            "  {}  {}\n  {:16}  {DIM}{}{DIM:#}",
            terminal::column(day.as_deref().unwrap_or("no date"), 16),
            terminal::safe(title),
            "",
            terminal::safe(item.link.as_deref().unwrap_or("no link"))
        );
    }
    if items.len() > ITEMS {
        say!("  {DIM}and {} more{DIM:#}", items.len() - ITEMS);
    }
    for warning in &choice.preview.warnings {
        say!("  {DIM}note: {}{DIM:#}", terminal::safe(warning));
    }
}

/// The object of the `--json` contract.
pub(super) fn json(arguments: &Arguments, finding: &Finding<'_>, outcome: Outcome) -> Value {
    let discovery = finding.discovery;
    let choice = finding.new.as_ref().map(|(choice, source)| {
        json!({
            "place": choice.place,
            "kind": source.key,
            "url": choice.address,
            "title": choice.preview.title,
            "why": choice.why,
            "count": choice.preview.items.len(),
            "newest": date(choice.preview.newest()),
            "items": choice.preview.items.iter().take(ITEMS).map(item).collect::<Vec<_>>(),
            "warnings": choice.preview.warnings,
        })
    });
    let others = discovery.others.iter();
    let others =
        others.map(|other| json!({ "kind": way(other.kind), "url": other.url, "title": other.title }));
    let source = finding.new.as_ref().map(|(_, source)| {
        json!({
            "name": source.name,
            (source.key): source.address,
            "categories": source.categories,
            "tags": source.tags,
            "toml": source.to_toml(),
        })
    });
    json!({
        "url": finding.address,
        "steps": discovery.steps.iter().map(step).collect::<Vec<_>>(),
        "choice": choice,
        "others": others.collect::<Vec<_>>(),
        "source": source,
        "config": arguments.config.config,
        "written": outcome == Outcome::Written,
        "known_as": finding.known.map(|source| &source.name),
        "error": (outcome == Outcome::Nothing).then_some("no way to items was found"),
    })
}

fn step(step: &Step) -> Value {
    let came = step.came.as_ref();
    json!({
        "place": step.place,
        "url": step.address,
        "title": step.title,
        "items": came.ok().map(|came| came.items),
        "newest": came.ok().and_then(|came| date(came.newest)),
        "fit": came.ok().and_then(|came| came.fit),
        "problem": came.err(),
    })
}

fn item(item: &PreviewItem) -> Value {
    json!({ "title": item.title, "published": date(item.published), "url": item.link })
}

/// The address is that of a source already: nobody is asked.
pub(super) fn known(arguments: &Arguments, address: &Url, source: &Source) {
    if arguments.json {
        let config = &arguments.config.config;
        data!("{}", brief(address, config, Some(&source.name), None));
    } else {
        say!("{}; nothing was written", terminal::safe(&already(&source.name)));
    }
}

pub(super) fn already(name: &str) -> String {
    format!("source \"{name}\" has this address already")
}

/// There was no answer.
pub(super) fn unreachable(arguments: &Arguments, address: &Url, message: &str) {
    if arguments.json {
        data!(
            "{}",
            brief(address, &arguments.config.config, None, Some(message))
        );
    } else {
        let (address, message) = (terminal::safe(address.as_str()), terminal::safe(message));
        note!("{BAD}error{BAD:#}: {address}: {message}; nothing was written");
    }
}

/// The object where nothing was tried, or nothing answered.
fn brief(address: &Url, config: &std::path::Path, known_as: Option<&str>, error: Option<&str>) -> Value {
    json!({
        "url": address,
        "steps": [],
        "choice": null,
        "others": [],
        "source": null,
        "config": config,
        "written": false,
        "known_as": known_as,
        "error": error,
    })
}
