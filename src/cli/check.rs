//! `feedmill check`

mod online;

use chrono::Utc;
use clap::Args;
use feedmill::config::Config;
use feedmill::model::{DeclaredTopic, Source, SourceKind};
use serde_json::{Value, json};

use self::online::Asked;
use super::out::{data, say};
use super::terminal::{self, BAD, BOLD, DIM, GOOD, WARN};
use super::{ConfigArgument, Exit};

/// Arguments of `feedmill check`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  feedmill check              is feeds.toml right? What was understood?
  feedmill check --online     does each source give items? Is there a better way to them? Nothing is stored")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// Also ask each source once, and say what came
    #[arg(long)]
    online: bool,
    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = arguments.config.load()?;
    if !arguments.json {
        print(&config);
    }
    let asked = match arguments.online {
        true => online::ask(&config)?,
        false => Vec::new(),
    };
    let failed = asked.iter().filter(|asked| asked.has_failed()).count();
    if arguments.json {
        data!("{}", as_json(arguments, &config, &asked));
    } else {
        conclude(arguments, &asked, failed);
    }
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::SomeSourceFailed
    })
}

fn conclude(arguments: &Arguments, asked: &[Asked<'_>], failed: usize) {
    let file = terminal::safe(&arguments.config.config.display().to_string());
    if arguments.online {
        say!("{BOLD}asked{BOLD:#}");
        online::print(asked, Utc::now());
    }
    if failed == 0 {
        say!("{GOOD}{file} is fine{GOOD:#}");
    } else {
        let failed = terminal::count(failed as u64, "source");
        say!("{GOOD}{file} is fine{GOOD:#}, but {BAD}{failed} failed{BAD:#}");
    }
}

/// What was understood; with `--online` each source as it answered.
fn as_json(arguments: &Arguments, config: &Config, asked: &[Asked<'_>]) -> Value {
    let offline = |source: &Source| {
        json!({
            "name": source.name,
            "kind": source.kind.key(),
            "url": source.published_address(),
        })
    };
    let sources: Vec<Value> = match arguments.online {
        true => asked.iter().map(online::json).collect(),
        false => config.sources.iter().map(offline).collect(),
    };
    json!({
        "config": arguments.config.config,
        "title": config.site.title,
        "sources": sources,
        "categories": config.categories,
        "tags": config.tags,
    })
}

fn print(config: &Config) {
    let site = &config.site;
    say!(
        "{BOLD}{}{BOLD:#}  {}",
        terminal::safe(&site.title),
        terminal::safe(site.url.as_str())
    );
    say!(
        "  output    {}",
        terminal::safe(&site.output.display().to_string())
    );
    say!(
        "  database  {}",
        terminal::safe(&site.database.display().to_string())
    );
    let formats: Vec<String> = config
        .publish
        .formats
        .iter()
        .map(|format| format!("{format:?}").to_lowercase())
        .collect();
    say!(
        "  feeds     {}; at least {}; items kept for {}",
        formats.join(", "),
        terminal::count(config.publish.items as u64, "item"),
        humantime::format_duration(config.publish.keep),
    );
    say!(
        "  polling   every {} at most, as a source publishes and before its document turns over; {} at once, {} to one host, {} apart",
        humantime::format_duration(config.fetch.every),
        terminal::count(config.fetch.concurrency as u64, "request"),
        config.fetch.per_host,
        humantime::format_duration(config.fetch.host_gap),
    );
    if config.fetch.contact.is_none() {
        say!("  {DIM}hint: [fetch] contact = \"https://…\" tells publishers who asks{DIM:#}");
    }
    operator(config);
    topics("categories", &config.categories);
    topics("tags", &config.tags);
    say!(
        "\n{BOLD}{}{BOLD:#}",
        terminal::count(config.sources.len() as u64, "source")
    );
    let width = terminal::widest(config.sources.iter().map(|source| source.name.as_str()), 32);
    for source in &config.sources {
        say!(
            "  {}  {}",
            terminal::column(&source.name, width),
            terminal::safe(&line(source))
        );
    }
    say!();
}

/// What the operator will see, where.
fn operator(config: &Config) {
    let mut places = Vec::new();
    if let Some(admin) = config.serve.admin {
        places.push(format!("status on http://{admin}/"));
    }
    if config.serve.token.is_some() {
        places.push("status for who knows the token".to_owned());
    }
    if config.publish.alerts {
        places.push("alerts in feedmill/health/".to_owned());
    }
    if !places.is_empty() {
        say!("  operator  {}", places.join("; "));
    }
    if config.serve.admin.is_some_and(|admin| !admin.ip().is_loopback()) {
        say!(
            "  {WARN}hint: whoever reaches [serve] admin sees everything; 127.0.0.1 is for this machine alone{WARN:#}"
        );
    }
}

fn topics(heading: &str, topics: &[DeclaredTopic]) {
    if topics.is_empty() {
        return;
    }
    say!("\n{BOLD}{heading}{BOLD:#}");
    for topic in topics {
        let aliases = if topic.aliases.is_empty() {
            String::new()
        } else {
            format!(" = {}", topic.aliases.join(" = "))
        };
        let found = if topic.matches_text {
            "  (also found in text)"
        } else {
            ""
        };
        say!(
            "  {}{}{DIM}{found}{DIM:#}",
            terminal::safe(&topic.name),
            terminal::safe(&aliases)
        );
    }
}

fn line(source: &Source) -> String {
    let mut parts = vec![
        match source.kind {
            SourceKind::Feed => source.published_address(),
            _ => format!("{} {}", source.kind.key(), source.published_address()),
        },
        format!("every {}", humantime::format_duration(source.every)),
    ];
    if source.kind == SourceKind::Feed && source.full_text {
        parts.push("full text".into());
    }
    if let SourceKind::Page(Some(_)) = source.kind {
        parts.push("with selectors".into());
    }
    if !source.categories.is_empty() {
        parts.push(format!("category {}", source.categories.join(", ")));
    }
    if !source.tags.is_empty() {
        parts.push(format!("tags {}", source.tags.join(", ")));
    }
    if !source.headers.is_empty() {
        let names: Vec<&str> = source.headers.iter().map(|(name, _)| name.as_str()).collect();
        parts.push(format!("sends {}", names.join(", ")));
    }
    parts.join("  ")
}
