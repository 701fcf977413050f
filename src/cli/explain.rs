//! `feedmill explain`

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;
use feedmill::classify::Reason;
use feedmill::config::Config;
use feedmill::dedupe::{Comparison, Finding};
use feedmill::model::{Collapse, Feed, FeedKind, SourceId};
use feedmill::refresh::{self, Because, Explanation, Nearness, Other};
use feedmill::store::ItemFacts;
use serde_json::{Value, json};

use super::out::{data, say};
use super::terminal::{self, BOLD, DIM};
use super::{ConfigArgument, Exit};

/// Arguments of `feedmill explain`.
#[derive(Args)]
#[command(after_help = "\
Shows the sources that have the item, why it is in each of its feeds, which other items are the same article
or the same story, and the nearest that are neither. `feedmill split` and `feedmill merge` overrule it.

Examples:
  feedmill explain https://libyareview.com/40112/africom-commander-meets-haftar/
  feedmill explain urn:uuid:2b3e0c1a-5f63-5c3b-9f0e-6b1f5c1c7a55")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// The item's address, or its id in a feed
    #[arg(value_name = "ITEM-URL")]
    item: String,
    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = arguments.config.load()?;
    if !config.site.database.exists() {
        bail!(
            "{} does not exist yet; run feedmill refresh first",
            config.site.database.display()
        );
    }
    let explanation = refresh::explain(&config, &arguments.item)?;
    match arguments.json {
        true => data!("{}", as_json(&config, &explanation)),
        false => print(&config, &explanation),
    }
    Ok(Exit::Done)
}

fn name(config: &Config, id: &SourceId) -> String {
    let source = config.sources.iter().find(|source| source.id == *id);
    source.map_or_else(|| id.to_string(), |source| source.name.clone())
}

fn print(config: &Config, explanation: &Explanation) {
    let item = &explanation.item;
    say!("{BOLD}{}{BOLD:#}", terminal::safe(title(item)));
    say!(
        "  {}",
        terminal::safe(item.link.as_deref().unwrap_or("no address"))
    );
    say!(
        "  {DIM}{}, published {}, {}{DIM:#}",
        item.id,
        item.published.format("%Y-%m-%d %H:%M UTC"),
        terminal::safe(&whose(config, explanation)),
    );
    if let Some(lead) = &explanation.lead {
        say!("\n{BOLD}in merged feeds another copy stands for it{BOLD:#}");
        print_other(config, lead);
    }
    heading("seen in");
    for sighting in &item.sightings {
        let terms = match sighting.terms.is_empty() {
            true => String::new(),
            false => format!("; under {}", sighting.terms.join(", ")),
        };
        let minute = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC");
        let gone = sighting.gone.map(|gone| format!(", until {}", minute(gone)));
        let line = format!(
            "{}  since {}{}{terms}",
            name(config, &sighting.source),
            minute(sighting.first_seen),
            gone.unwrap_or_default()
        );
        say!("  {}", terminal::safe(&line));
    }
    heading("in these feeds");
    for (feed, because) in &explanation.feeds {
        let why: Vec<String> = because.iter().map(|because| words(config, because)).collect();
        let line = format!("{}  {}", feed_name(feed), why.join("; "));
        say!("  {}", terminal::safe(&line));
    }
    if explanation.feeds.is_empty() {
        say!("  none");
    }
    if let Some(since) = item.withdrawn {
        say!(
            "\nIts source took it back: its page was gone on {}. It is kept, and is in the feeds again when a source shows \
             it again; withdrawn = \"keep\" leaves such items in the feeds.",
            since.format("%Y-%m-%d %H:%M UTC")
        );
    }
    print_others(config, "the same article", &explanation.copies);
    print_others(config, "the same story", &explanation.story);
    if let Some(nearness) = &explanation.nearness {
        say!("\n{}", near(nearness));
    }
    if let Some(until) = waits_until(explanation) {
        say!(
            "\nFeeds with collapse = \"stories\" show it from {} on, as its story grew within the hour before.",
            until.format("%Y-%m-%d %H:%M UTC")
        );
    }
    print_others(config, "nearest, and something else", &explanation.nearest);
    if item.is_ruled {
        say!("\nYou decided where it belongs: what is found later does not change that.");
    }
    if !explanation.is_compared {
        say!(
            "\nIts text is not compared any more, since it is older than the windows of [dedupe] or dedupe is off."
        );
    }
}

/// Whose words are shown.
fn whose(config: &Config, explanation: &Explanation) -> String {
    let source = name(config, &explanation.item.source);
    let owner = if explanation.item.is_owned {
        ", its owner"
    } else {
        ""
    };
    match &explanation.text_of {
        None => format!("text of {source}{owner}"),
        Some(lender) if lender.item.source == explanation.item.source => {
            format!("text of {source}{owner}, from its fuller copy")
        }
        Some(lender) => format!("title of {source}, text of {}", name(config, &lender.item.source)),
    }
}

/// How near the nearest story is.
fn near(nearness: &Nearness) -> String {
    let similarity = nearness.similarity;
    match nearness.asked {
        Some(asked) => {
            format!(
                "To the articles of the nearest story its mean similarity is {similarity:.2}; {asked:.2} joins it."
            )
        }
        None => format!(
            "To the articles of the nearest story its mean similarity is {similarity:.2}, but that story is over."
        ),
    }
}

/// Until when it waits, if a feed makes it wait.
fn waits_until(explanation: &Explanation) -> Option<DateTime<Utc>> {
    let mut feeds = explanation.feeds.iter();
    let is_held = feeds.any(|(feed, _)| feed.collapse == Collapse::Stories);
    explanation.item.waits_until.filter(|_| is_held)
}

fn heading(words: &str) {
    say!("\n{BOLD}{words}{BOLD:#}");
}

fn title(item: &ItemFacts) -> &str {
    match item.title.as_str() {
        "" => "(without title)",
        title => title,
    }
}

fn feed_name(feed: &Feed) -> String {
    match feed.key.kind {
        FeedKind::All => "everything".to_owned(),
        FeedKind::Category => format!("category {}", feed.name),
        FeedKind::Tag => format!("tag {}", feed.name),
        FeedKind::Health => "feed of alerts".to_owned(),
        FeedKind::Source => format!("source {}", feed.name),
    }
}

fn words(config: &Config, because: &Because) -> String {
    let source = name(config, &because.source);
    match &because.reason {
        None => format!("{source} shows it"),
        Some(Reason::Source) => format!("given to each item of {source}"),
        Some(Reason::Term(term)) => format!("{source} calls it \"{term}\""),
        Some(Reason::Text) => format!("its text in {source} names it"),
    }
}

fn print_others(config: &Config, words: &str, others: &[Other]) {
    if others.is_empty() {
        return;
    }
    heading(words);
    for other in others {
        print_other(config, other);
    }
}

fn print_other(config: &Config, other: &Other) {
    let item = &other.item;
    let line = format!(
        "{}  {}, {}",
        title(item),
        name(config, &item.source),
        item.published.format("%Y-%m-%d %H:%M UTC")
    );
    say!("  {}", terminal::safe(&line));
    let link = item.link.as_deref().unwrap_or("no address");
    say!("    {DIM}{}{DIM:#}", terminal::safe(link));
    let compared = match &other.compared {
        Some(compared) => scores(compared),
        None => "not among the nearest by its text; it came through others, or you decided it".to_owned(),
    };
    say!("    {DIM}{compared}{DIM:#}");
}

/// What the comparison of two texts came to.
fn scores(compared: &Comparison) -> String {
    let share =
        |name: &str, share: feedmill::dedupe::Share| format!("{name} {} of {}", share.found, share.of);
    format!(
        "{}: {}, {}, {}; similarity of subject {:.2}",
        finding(compared.texts.finding),
        share("phrases", compared.texts.shingles),
        share("numbers", compared.texts.numbers),
        share("names", compared.texts.names),
        compared.similarity,
    )
}

fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::SamePage => "one page under two addresses",
        Finding::SameText => "the same text",
        Finding::SameHeadline => "the same headline over next to no text",
        Finding::Recurring => "the same headline, which its site uses again and again",
        Finding::FarApart => "published too far apart",
        Finding::OtherText => "another text",
        Finding::OtherNumbers => "the same text with other numbers, days or a denial",
        Finding::OtherNames => "the same text with other names",
        Finding::OtherTitle => "the same text under a title that differs in a word",
        Finding::Quoted => "one quotes the other",
        Finding::TooShort => "too little text to say",
    }
}

fn as_json(config: &Config, explanation: &Explanation) -> Value {
    let item = &explanation.item;
    let others = |others: &[Other]| {
        others
            .iter()
            .map(|other| other_json(config, other))
            .collect::<Vec<_>>()
    };
    let because = |because: &Because| {
        json!({
            "source": name(config, &because.source),
            "reason": match &because.reason {
                None => json!("shown"),
                Some(Reason::Source) => json!("given"),
                Some(Reason::Term(term)) => json!({ "term": term }),
                Some(Reason::Text) => json!("text"),
            },
        })
    };
    json!({
        "id": item.id.to_string(),
        "url": item.link,
        "title": item.title,
        "published": item.published,
        "source": name(config, &item.source),
        "owned": item.is_owned,
        "text_of": explanation.text_of.as_ref().map(|lender| other_json(config, lender)),
        "ruled": item.is_ruled,
        "withdrawn": item.withdrawn,
        "compared": explanation.is_compared,
        "sightings": item.sightings.iter().map(|sighting| json!({
            "source": name(config, &sighting.source),
            "first_seen": sighting.first_seen,
            "terms": sighting.terms,
            "gone": sighting.gone,
        })).collect::<Vec<_>>(),
        "feeds": explanation.feeds.iter().map(|(feed, why)| json!({
            "kind": feed.key.kind,
            "name": feed.name,
            "folder": feed.folder(),
            "because": why.iter().map(because).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "lead": explanation.lead.as_ref().map(|lead| other_json(config, lead)),
        "copies": others(&explanation.copies),
        "story": others(&explanation.story),
        "nearest_story": explanation.nearness.map(|nearness| json!({
            "similarity": nearness.similarity,
            "asked": nearness.asked,
        })),
        "waits_until": waits_until(explanation),
        "nearest": others(&explanation.nearest),
    })
}

fn other_json(config: &Config, other: &Other) -> Value {
    let item = &other.item;
    let share = |share: feedmill::dedupe::Share| json!([share.found, share.of]);
    let compared = other.compared.as_ref().map(|compared| {
        json!({
            "finding": finding(compared.texts.finding),
            "phrases": share(compared.texts.shingles),
            "numbers": share(compared.texts.numbers),
            "names": share(compared.texts.names),
            "similarity": compared.similarity,
        })
    });
    json!({
        "id": item.id.to_string(),
        "url": item.link,
        "title": item.title,
        "published": item.published,
        "source": name(config, &item.source),
        "compared": compared,
    })
}
