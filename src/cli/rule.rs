//! `feedmill split` and `feedmill merge`

use std::sync::Arc;

use anyhow::bail;
use chrono::Utc;
use clap::Args;
use feedmill::daemon::{self, Unasked};
use feedmill::refresh::{self, Error, Ruling};
use tokio::sync::watch;

use super::out::{note, say};
use super::terminal::{self, BAD, WARN};
use super::{ConfigArgument, Exit};

/// Arguments of `feedmill split`.
#[derive(Args)]
#[command(after_help = "\
It stays so for good, whatever is found later. `feedmill explain` shows what an item is counted with.

Example:
  feedmill split https://libyareview.com/40112/africom-commander-meets-haftar/")]
pub struct Split {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// The item's address, or its id in a feed
    #[arg(value_name = "ITEM-URL")]
    item: String,
}

/// Arguments of `feedmill merge`.
#[derive(Args)]
#[command(after_help = "\
The first one stands for both in merged feeds and keeps its id and link. It stays so for good.

Examples:
  feedmill merge https://one.example/a https://two.example/b
  feedmill merge --story https://one.example/a https://three.example/c")]
pub struct Merge {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// The item that stands for both
    #[arg(value_name = "ITEM-URL")]
    item: String,
    /// The item that is the same
    #[arg(value_name = "OTHER-URL")]
    other: String,
    /// They are different articles on one story
    #[arg(long)]
    story: bool,
}

pub fn split(arguments: &Split) -> anyhow::Result<Exit> {
    rule(&arguments.config, Ruling::Split(arguments.item.clone()))
}

pub fn merge(arguments: &Merge) -> anyhow::Result<Exit> {
    let (one, other) = (arguments.item.clone(), arguments.other.clone());
    let ruling = match arguments.story {
        true => Ruling::MergeStory(one, other),
        false => Ruling::Merge(one, other),
    };
    rule(&arguments.config, ruling)
}

fn rule(config: &ConfigArgument, ruling: Ruling) -> anyhow::Result<Exit> {
    let config = config.load()?;
    let (_running, stop) = watch::channel(false);
    let summary = match refresh::rule(&config, &ruling, Utc::now(), &(Arc::new(|_| {}) as _), &stop) {
        Ok(summary) => summary,
        Err(locked @ Error::Locked(_)) => {
            let waiting = |words: &str| note!("{WARN}waiting{WARN:#}: {}", terminal::safe(words));
            let asked = super::runtime()?.block_on(daemon::rule(&config.site.database, &ruling, &waiting));
            match asked {
                Ok(summary) => summary,
                Err(stopping @ Unasked::Stopping) => {
                    note!("{BAD}error{BAD:#}: {stopping}");
                    return Ok(Exit::Locked);
                }
                Err(Unasked::Refused(words)) => bail!(words),
                Err(Unasked::Nobody) => {
                    note!("{BAD}error{BAD:#}: {}", terminal::safe(&locked.to_string()));
                    return Ok(Exit::Locked);
                }
            }
        }
        Err(error) => return Err(error.into()),
    };
    let done = match ruling {
        Ruling::Split(_) => "it stands alone from now on",
        Ruling::Merge(..) => "they are one article from now on",
        Ruling::MergeStory(..) => "they are one story from now on",
    };
    say!(
        "{done}; {} written",
        terminal::count(summary.files.written, "file")
    );
    Ok(Exit::Done)
}
