//! `feedmill check`

use clap::Args;
use feedmill::config::Config;
use feedmill::model::{DeclaredTopic, Source, SourceKind};

use super::terminal::{self, BOLD, DIM, GOOD};
use super::{ConfigArgument, Exit};

/// Arguments of `feedmill check`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = arguments.config.load()?;
    print(&config);
    anstream::println!(
        "{GOOD}{} is fine{GOOD:#}",
        terminal::safe(&arguments.config.config.display().to_string())
    );
    Ok(Exit::Done)
}

fn print(config: &Config) {
    let site = &config.site;
    anstream::println!(
        "{BOLD}{}{BOLD:#}  {}",
        terminal::safe(&site.title),
        terminal::safe(site.url.as_str())
    );
    anstream::println!(
        "  output    {}",
        terminal::safe(&site.output.display().to_string())
    );
    anstream::println!(
        "  database  {}",
        terminal::safe(&site.database.display().to_string())
    );
    let formats: Vec<String> = config
        .publish
        .formats
        .iter()
        .map(|format| format!("{format:?}").to_lowercase())
        .collect();
    anstream::println!(
        "  feeds     {}; at least {}; items kept for {}",
        formats.join(", "),
        terminal::count(config.publish.items as u64, "item"),
        humantime::format_duration(config.publish.keep),
    );
    anstream::println!(
        "  polling   every {} at most; {} at once, {} to one host, {} apart",
        humantime::format_duration(config.fetch.every),
        terminal::count(config.fetch.concurrency as u64, "request"),
        config.fetch.per_host,
        humantime::format_duration(config.fetch.host_gap),
    );
    if config.fetch.contact.is_none() {
        anstream::println!("  {DIM}hint: [fetch] contact = \"https://…\" tells publishers who asks{DIM:#}");
    }
    topics("categories", &config.categories);
    topics("tags", &config.tags);
    anstream::println!(
        "\n{BOLD}{}{BOLD:#}",
        terminal::count(config.sources.len() as u64, "source")
    );
    let width = terminal::widest(config.sources.iter().map(|source| source.name.as_str()), 32);
    for source in &config.sources {
        anstream::println!(
            "  {}  {}",
            terminal::column(&source.name, width),
            terminal::safe(&line(source))
        );
    }
    println!();
}

fn topics(heading: &str, topics: &[DeclaredTopic]) {
    if topics.is_empty() {
        return;
    }
    anstream::println!("\n{BOLD}{heading}{BOLD:#}");
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
        anstream::println!(
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
