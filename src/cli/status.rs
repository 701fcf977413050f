//! `feedmill status`

use std::cmp::Reverse;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;
use feedmill::config;
use feedmill::daemon::{self, Standing};
use feedmill::model::{FeedKind, Health, Waiting};
use feedmill::refresh;
use feedmill::status::{AlertSeen, FeedSeen, Overview, SourceSeen, Stored};
use serde::Serialize;

use super::out::{data, note, say};
use super::terminal::{self, BAD, BOLD, DIM, GOOD, WARN};
use super::{ConfigArgument, Exit};

/// Feeds listed for people; `--json` lists all.
const LARGEST: usize = 20;

/// Arguments of `feedmill status`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = match arguments.config.load() {
        Ok(config) => config,
        Err(errors) => {
            // It is asked for when something is wrong: what is stored is there whatever the file says now.
            let Some(config) = config::salvage(&arguments.config.config) else {
                return Err(errors);
            };
            note!(
                "{}\n{WARN}warning{WARN:#}: {} is broken: what can be read of it is shown; a daemon that runs goes on with \
                 what it said before",
                terminal::error(&errors),
                arguments.config.config.display(),
            );
            config
        }
    };
    let database = &config.site.database;
    if !database.exists() {
        bail!(
            "{} does not exist yet; run feedmill refresh first",
            database.display()
        );
    }
    let now = Utc::now();
    // Opened as the writer does, which brings an older database up to date.
    let reader = refresh::open(&config)?.reader()?;
    let overview = Overview::of(&config, &Stored::read(reader.as_ref(), now)?, now);
    let daemon = super::runtime()?.block_on(daemon::standing(database)).ok();
    if arguments.json {
        let all = All {
            overview: &overview,
            daemon: daemon.as_ref(),
        };
        data!("{}", serde_json::to_string(&all)?);
    } else {
        if let Some(clock) = &overview.clock {
            say!("{BAD}clock{BAD:#}: {}", terminal::safe(&clock.message));
        }
        daemon.iter().for_each(print_daemon);
        print_sources(&overview.sources, now);
        print_alerts(&overview.alerts, now);
        print_feeds(&overview.feeds);
    }
    Ok(Exit::Done)
}

/// As JSON.
#[derive(Serialize)]
struct All<'a> {
    #[serde(flatten)]
    overview: &'a Overview,
    /// Of the one that holds the database; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    daemon: Option<&'a Standing>,
}

/// What troubles a daemon that runs.
fn print_daemon(standing: &Standing) {
    if let Some(since) = standing.offline {
        let since = since.format("%Y-%m-%d %H:%M UTC");
        say!("{BAD}this machine seems to be offline{BAD:#} since {since}: no source can be reached");
    }
    let troubles = [
        (
            "feeds.toml has errors, and is not in force",
            &standing.reload_error,
        ),
        ("a restart is needed", &standing.needs_restart),
        ("the daemon cannot store what it polls", &standing.database_error),
        ("the daemon cannot publish", &standing.output_error),
    ];
    for (trouble, words) in troubles {
        for line in words.iter().flat_map(|words| words.lines()) {
            say!("{WARN}{trouble}{WARN:#}: {}", terminal::safe(line));
        }
    }
}

fn print_sources(sources: &[SourceSeen], now: DateTime<Utc>) {
    let names = sources.iter().map(|source| source.name.as_str());
    let width = terminal::widest(names.chain(["source"]), 32);
    say!(
        "{BOLD}{}  health   items  last success  next poll{BOLD:#}",
        terminal::column("source", width)
    );
    for source in sources {
        let (style, health) = match source.health {
            Health::New => (DIM, "new    "),
            Health::Ok if source.empty_since.is_some() => (WARN, "empty  "),
            Health::Ok if source.silent => (WARN, "silent "),
            Health::Ok => (GOOD, "ok     "),
            Health::Failing => (BAD, "failing"),
            Health::Gone => (BAD, "gone   "),
        };
        let success = source
            .last_success
            .map_or("never".into(), |then| terminal::relative(then, now));
        let next = match (source.health, source.next_poll) {
            (Health::Gone, _) => "never; remove it, or give its new address".into(),
            (_, Some(then)) if then > now => {
                let why = source.waiting.map_or("", Waiting::words);
                format!("{}  {DIM}{why}{DIM:#}", terminal::relative(then, now))
            }
            _ => "now".to_owned(),
        };
        say!(
            "{}  {style}{health}{style:#}  {:>5}  {}  {next}",
            terminal::column(&source.name, width),
            source.items,
            terminal::column(&success, 12),
        );
        print_notes(source, now);
    }
}

fn print_notes(source: &SourceSeen, now: DateTime<Utc>) {
    if let Some(error) = &source.last_error {
        let times = terminal::count(u64::from(source.failures), "failure");
        say!("    {BAD}{}{BAD:#} {DIM}({times}){DIM:#}", terminal::safe(error));
    }
    if let Some(since) = source.empty_since {
        let since = since.format("%Y-%m-%d %H:%M UTC");
        say!("    {WARN}it answers, but holds no item since {since}; what it held before is kept{WARN:#}");
    }
    if let Some(newest) = source.newest_item.filter(|_| source.silent) {
        let then = terminal::relative(newest, now);
        say!("    {WARN}its newest item is of {then}, which is not its way{WARN:#}");
    }
    if let Some(healed) = &source.healed {
        let words = healed.words(source.items);
        let mut lines = words.lines();
        let first = lines.next().unwrap_or_default();
        say!("    {WARN}{}{WARN:#}", terminal::safe(first));
        for line in lines {
            say!("      {}", terminal::safe(line));
        }
    }
    if let Some(to) = &source.moved_to {
        say!("    {DIM}moved to {}{DIM:#}", terminal::safe(to));
    }
}

fn print_alerts(alerts: &[AlertSeen], now: DateTime<Utc>) {
    if alerts.is_empty() {
        return;
    }
    say!(
        "\n{BOLD}{}{BOLD:#}",
        terminal::count(alerts.len() as u64, "alert")
    );
    for alert in alerts {
        say!(
            "  {BAD}{}{BAD:#} {DIM}({}, told {}){DIM:#}",
            terminal::safe(&alert.source),
            alert.kind.key(),
            terminal::relative(alert.raised, now)
        );
    }
}

fn print_feeds(feeds: &[FeedSeen]) {
    let mut topics: Vec<&FeedSeen> = feeds
        .iter()
        .filter(|feed| feed.kind != FeedKind::Source)
        .collect();
    // Stable: by kind and folder among equals.
    topics.sort_by_key(|feed| Reverse(feed.items));
    say!("\n{BOLD}{}{BOLD:#}", terminal::count(feeds.len() as u64, "feed"));
    for feed in topics.iter().take(LARGEST) {
        let name = if feed.name.is_empty() {
            "everything"
        } else {
            &feed.name
        };
        say!(
            "  {:>7}  {}  {DIM}{}{DIM:#}",
            terminal::thousands(feed.items),
            terminal::column(name, 28),
            if feed.folder.is_empty() { "." } else { &feed.folder },
        );
    }
    if topics.len() > LARGEST {
        say!("  {DIM}and {} more{DIM:#}", topics.len() - LARGEST);
    }
}
