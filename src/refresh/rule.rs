//! What the operator says against what was found: this is another article, these two are the same.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use url::Url;

use super::keeper::Keeper;
use super::publish::Look;
use super::states::States;
use super::{Error, Listener, Lock, Release, Summary, open, release, setup};
use crate::config::Config;
use crate::model::{ItemId, ItemKey};
use crate::normalize;
use crate::store::Groups;

/// A decision that holds for good.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Ruling {
    /// This article is no copy of another, and belongs to no story.
    Split(String),
    /// The second article is a copy of the first.
    Merge(String, String),
    /// The second article belongs to the story of the first.
    MergeStory(String, String),
}

/// Decides, and publishes what follows. The summary's counts of files tell what readers see of it.
pub fn rule(
    config: &Config,
    ruling: &Ruling,
    now: DateTime<Utc>,
    listener: &Listener,
    stop: &watch::Receiver<bool>,
) -> Result<Summary, Error> {
    let _lock = Lock::acquire(&config.site.database)?;
    let classifier = setup::classifier(config);
    let setup = setup::setup(config, &classifier);
    let mut store = open(config)?;
    let stale = store.configure(&setup)?;
    setup::reclassify(store.as_mut(), config, &classifier, &setup, &stale)?;
    let mut batch = store.begin()?;
    decide(batch.groups(), ruling, now)?;
    batch.commit()?;
    let keeper = Keeper::open(store.as_ref(), Arc::new(move || now))?;
    let states = States::new(store.polls()?, &config.sources);
    let said = states.said();
    let mut summary = Summary::default();
    let what = Release {
        config,
        setup: &setup,
        said_before: &said,
        said: &said,
        states: &states,
        keeper: &keeper,
        look: Look::Everywhere,
        now: keeper.now(),
    };
    release(store.as_mut(), &what, listener, stop, &mut summary)?;
    Ok(summary)
}

/// Writes a decision down.
pub(crate) fn decide(groups: &mut dyn Groups, ruling: &Ruling, now: DateTime<Utc>) -> Result<(), Error> {
    let find = |groups: &dyn Groups, address: &str| find(groups, address);
    let (changed, ruled) = match ruling {
        Ruling::Split(address) => {
            let item = find(groups, address)?;
            (groups.part(item)?, vec![item])
        }
        Ruling::Merge(one, other) => {
            let (one, other) = (find(groups, one)?, find(groups, other)?);
            (groups.join_copy(other, one)?, vec![one, other])
        }
        Ruling::MergeStory(one, other) => {
            let (one, other) = (find(groups, one)?, find(groups, other)?);
            (groups.join_story(other, one)?, vec![one, other])
        }
    };
    for item in ruled {
        groups.rule(item)?;
    }
    groups.grow_stories(now)?;
    match changed {
        true => Ok(()),
        false => Err(Error::NothingToRule(match ruling {
            Ruling::Split(address) => {
                format!("{address} is with no other article: there is nothing to split")
            }
            Ruling::Merge(one, other) => format!("{one} and {other} are one article already"),
            Ruling::MergeStory(one, other) => format!("{one} and {other} are one story already"),
        })),
    }
}

/// The item that is known under an address: that of the article, or the id under which it is published.
pub(super) fn find(groups: &dyn Groups, address: &str) -> Result<ItemKey, Error> {
    let id = match ItemId::parse(address) {
        Some(id) => Some(id),
        None => Url::parse(address)
            .ok()
            .and_then(|url| normalize::canonical(&url))
            .map(|url| ItemId::of_url(&url)),
    };
    let Some(id) = id else {
        return Err(Error::NoItem(format!(
            "{address} is no address; give that of an article, as its feed links to it"
        )));
    };
    groups.find(&id)?.ok_or_else(|| {
        Error::NoItem(format!(
            "no item is stored under {address}; copy the link from the feed, or give its id (urn:uuid:…)"
        ))
    })
}
