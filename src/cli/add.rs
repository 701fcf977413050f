//! `feedmill add`

mod name;
mod show;

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use chrono::Utc;
use clap::Args;
use feedmill::config::{Draft, NewSource};
use feedmill::model::Source;
use feedmill::refresh::{self, Choice, Discovery, Previewer};
use url::Url;

use super::out::{data, note, say};
use super::terminal::{self, BAD, BOLD, GOOD};
use super::{ConfigArgument, Exit};

/// Arguments of `feedmill add`.
#[derive(Args)]
#[command(after_help = "\
Tries, in this order: the address as a feed; feeds that the page names; its WordPress API; its sitemaps; the page itself.
Shows what each gave and the items that would come, then asks before it writes.

Examples:
  feedmill add https://libyareview.com/category/libya/
  feedmill add https://example.org/news/ --category Libya --tag oil
  feedmill add https://example.org/feed/ --name Example --yes     in a script
  feedmill add https://example.org/ --dry-run                     only look")]
pub struct Arguments {
    /// The address of a feed, a page that lists articles, or a site
    url: String,
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// What to call the source; without it, what the site calls itself
    #[arg(long)]
    name: Option<String>,
    /// A declared category for each of its items; may be given several times
    #[arg(long = "category", value_name = "CATEGORY")]
    categories: Vec<String>,
    /// A tag for each of its items; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Write without asking
    #[arg(long)]
    yes: bool,
    /// Write nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Print one JSON object on stdout; asks nothing
    #[arg(long)]
    json: bool,
}

/// All that is known when it is to be written or not.
struct Finding<'a> {
    address: &'a Url,
    discovery: &'a Discovery,
    /// What was chosen, and the source that would be written for it.
    new: Option<(&'a Choice, NewSource)>,
    /// The source that has its address already.
    known: Option<&'a Source>,
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Written,
    OnlyLooked,
    Declined,
    CannotAsk,
    Known,
    Nothing,
}

impl Outcome {
    fn exit(self) -> Exit {
        match self {
            Self::Written | Self::OnlyLooked | Self::Known => Exit::Done,
            Self::Declined => Exit::CouldNotRun,
            Self::CannotAsk => Exit::WrongUsage,
            Self::Nothing => Exit::SomeSourceFailed,
        }
    }
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let draft = Draft::open(&arguments.config.config)
        .map_err(|error| anyhow!("{}", error.render(terminal::stderr_has_colour())))?;
    let (address, categories) = match (address(&arguments.url), wanted(arguments, &draft)) {
        (Ok(address), Ok(categories)) => (address, categories),
        (Err(message), _) | (_, Err(message)) => {
            note!("{BAD}error{BAD:#}: {}", terminal::safe(&message));
            return Ok(Exit::WrongUsage);
        }
    };
    if let Some(known) = refresh::configured(draft.config(), &address) {
        show::known(arguments, &address, known);
        return Ok(Outcome::Known.exit());
    }
    let discovery = match discover(&draft, &address)? {
        Ok(discovery) => discovery,
        Err(message) => {
            show::unreachable(arguments, &address, &message);
            return Ok(Exit::SomeSourceFailed);
        }
    };
    let new = discovery.choice.as_ref().map(|choice| {
        let name = arguments.name.clone();
        let name = name.unwrap_or_else(|| name::of(&draft, &address, &discovery, choice));
        let source = NewSource {
            name,
            key: choice.place.kind().key(),
            address: choice.address.clone(),
            categories,
            tags: arguments.tags.clone(),
        };
        (choice, source)
    });
    let known = new
        .as_ref()
        .and_then(|(choice, _)| refresh::configured(draft.config(), &choice.address));
    let finding = Finding {
        address: &address,
        discovery: &discovery,
        new,
        known,
    };
    conclude(arguments, &draft, &finding)
}

/// The address as it was typed; `https://` may be left out, as in a browser.
fn address(typed: &str) -> Result<Url, String> {
    let typed = typed.trim();
    let rest = typed.strip_prefix("feed:").unwrap_or(typed);
    let whole = if rest.starts_with("//") {
        format!("http:{rest}")
    } else if rest.contains("://") {
        rest.to_owned()
    } else {
        format!("https://{rest}")
    };
    let url = Url::parse(&whole).ok();
    let mut url = url
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| format!("\"{typed}\" is no http or https address"))?;
    url.set_fragment(None);
    Ok(url)
}

/// The categories as they are declared. What is wrong with the arguments is said before anyone is asked.
fn wanted(arguments: &Arguments, draft: &Draft) -> Result<Vec<String>, String> {
    if let Some(name) = &arguments.name {
        if name.trim().is_empty() {
            return Err("--name is empty".into());
        }
        if draft.is_taken(name) {
            return Err(format!(
                "a source is called \"{name}\" already; choose another --name"
            ));
        }
    }
    let mut categories = Vec::new();
    for category in &arguments.categories {
        let category = draft.category(category)?;
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    Ok(categories)
}

/// `Err` inside: there was no answer.
fn discover(draft: &Draft, address: &Url) -> anyhow::Result<Result<Discovery, String>> {
    super::runtime()?.block_on(async {
        let config = draft.config();
        let previewer = Previewer::new(config, Arc::new(Utc::now))?;
        let discovery = refresh::discover(&previewer, config, address).await;
        Ok(discovery.map_err(|failure| failure.message))
    })
}

fn conclude(arguments: &Arguments, draft: &Draft, finding: &Finding<'_>) -> anyhow::Result<Exit> {
    if !arguments.json {
        show::text(finding);
    }
    let outcome = match &finding.new {
        None => Outcome::Nothing,
        Some(_) if finding.known.is_some() => Outcome::Known,
        Some(_) if arguments.dry_run => Outcome::OnlyLooked,
        Some((_, source)) => match agreed(arguments, draft)? {
            Outcome::Written => {
                draft.save(source).map_err(|error| match error {
                    feedmill::config::Unsaved::Wrong(errors) => {
                        anyhow!("{}", errors.render(terminal::stderr_has_colour()))
                            .context("with this source the file would not be right, so it was left as it was")
                    }
                    other => anyhow!(other),
                })?;
                Outcome::Written
            }
            other => other,
        },
    };
    if arguments.json {
        data!("{}", show::json(arguments, finding, outcome));
    }
    say(arguments, draft, finding, outcome);
    Ok(outcome.exit())
}

/// Whether to write: [`Outcome::Written`], [`Outcome::Declined`] or [`Outcome::CannotAsk`].
fn agreed(arguments: &Arguments, draft: &Draft) -> anyhow::Result<Outcome> {
    if arguments.yes {
        return Ok(Outcome::Written);
    }
    let stdin = std::io::stdin();
    if arguments.json || !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(Outcome::CannotAsk);
    }
    let file = terminal::safe(&arguments.config.config.display().to_string());
    let what = if draft.is_new() {
        format!("{file} does not exist yet. Make it, with this source?")
    } else {
        format!("Write this into {file}?")
    };
    anstream::eprint!("{BOLD}{what}{BOLD:#} [y/N] ");
    std::io::stderr().flush().context("cannot ask")?;
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Outcome::Written,
        _ => Outcome::Declined,
    })
}

/// The closing words. With `--json` stdout is for JSON only.
fn say(arguments: &Arguments, draft: &Draft, finding: &Finding<'_>, outcome: Outcome) {
    let file = terminal::safe(&arguments.config.config.display().to_string());
    let words = match outcome {
        Outcome::CannotAsk => {
            note!(
                "{BAD}nothing was written{BAD:#}: there is no terminal to ask on; add --yes to write it, or --dry-run to only look"
            );
            return;
        }
        Outcome::Declined => {
            note!("nothing was written");
            return;
        }
        Outcome::Nothing => {
            let address = terminal::safe(finding.address.as_str());
            note!(
                "{BAD}error{BAD:#}: no way to items was found at {address}; feedmill inspect listing shows what is seen on the page"
            );
            return;
        }
        Outcome::Written if draft.is_new() => {
            format!("{GOOD}{file} was made{GOOD:#}; look at [site] in it, then run feedmill refresh")
        }
        Outcome::Written => format!("{GOOD}written into {file}{GOOD:#}; the next feedmill refresh polls it"),
        Outcome::OnlyLooked => "nothing was written (--dry-run)".to_owned(),
        Outcome::Known => {
            let name = finding
                .known
                .map(|source| source.name.as_str())
                .unwrap_or_default();
            format!("{}; nothing was written", terminal::safe(&show::already(name)))
        }
    };
    if !arguments.json {
        say!("{words}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_type_them() {
        for (typed, expected) in [
            ("https://a.example/x#y", Some("https://a.example/x")),
            (" a.example ", Some("https://a.example/")),
            ("a.example:8080/news", Some("https://a.example:8080/news")),
            ("feed://a.example/rss", Some("http://a.example/rss")),
            ("feed:https://a.example/rss", Some("https://a.example/rss")),
            ("ftp://a.example/", None),
            ("", None),
            ("two words", None),
        ] {
            let address = address(typed);
            assert_eq!(address.ok().as_ref().map(Url::as_str), expected, "{typed}");
        }
    }
}
