//! From the store to files: the feeds that changed, and what lists them.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use tokio::sync::watch;
use xxhash_rust::xxh3::Xxh3;

use super::{Error, Event, Listener, Release, Summary, setup};
use crate::config::Config;
use crate::model::{Collapse, Feed, FeedKey, ItemId, PollState, SourceId};
use crate::publish::{Claim, Page, Publisher, Site};
use crate::store::{ArchivePage, Reader, Setup, Store};

/// Pages of old items written in one pass; the rest waits for the next.
const PAGES: usize = 500;

/// What sources say of themselves that their feeds and items show: language and site.
pub(crate) type Said = HashMap<SourceId, (Option<String>, Option<String>)>;

/// What the sources that were ever read say of themselves.
pub(super) fn said(states: &HashMap<SourceId, PollState>) -> Said {
    let read = states.iter().filter(|(_, state)| state.last_success.is_some());
    read.map(|(id, state)| (id.clone(), (state.language.clone(), state.link.clone())))
        .collect()
}

/// What was published.
#[derive(Debug)]
pub(crate) struct Released {
    /// Feeds of which some file has other bytes than before.
    pub changed: Vec<Feed>,
    /// Feeds whose files were deleted.
    pub removed: Vec<Feed>,
    /// All that are published.
    pub feeds: Vec<Feed>,
    /// Another one when other feeds are listed.
    pub listed: u64,
    /// Folders of the output in which files came, changed or went.
    pub folders: BTreeSet<String>,
}

/// Which feeds a pass looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// All of them: somebody may have deleted their files.
    Everywhere,
    /// Those that may have changed since a pass of which `Released::listed` was this: what it costs does not grow with
    /// the others.
    Changed { listed: u64 },
}

/// One pass of publishing.
pub(super) struct Publishing<'a> {
    config: &'a Config,
    setup: &'a Setup,
    site: Site,
    /// A source says something else of itself than before, which no changed item tells: every feed is looked at.
    /// This is rare, and what turns out the same is not touched.
    everything: bool,
    look: Look,
}

impl<'a> Publishing<'a> {
    pub(super) fn new(what: &Release<'a>) -> Self {
        let (config, before, now) = (what.config, what.said_before, what.said);
        let mut site = setup::site(config);
        for (id, source) in &mut site.sources {
            if let Some((language, link)) = now.get(id) {
                source.language.clone_from(language);
                source.link = link.clone().or_else(|| source.link.take());
            }
        }
        Self {
            config,
            setup: what.setup,
            look: what.look,
            everything: before.iter().any(|(id, said)| now.get(id) != Some(said)),
            site,
        }
    }

    /// Writes every feed that may have changed or whose files are seen to be missing, and deletes those no longer
    /// published.
    pub(super) fn run(
        self,
        store: &mut dyn Store,
        listener: &Listener,
        stop: &watch::Receiver<bool>,
        summary: &mut Summary,
    ) -> Result<Released, Error> {
        if let Claim::Refused(words) = super::claim(store, self.config, false)? {
            return Err(crate::publish::Error(words).into());
        }
        let reader = store.reader()?;
        let mut publisher = Publisher::new(self.site, self.config.site.output.clone())?;
        let removed = reader.removed()?;
        for feed in &removed {
            publisher.remove(feed)?;
        }
        let feeds = reader.feeds()?;
        let listed = listed(&feeds);
        match self.look == (Look::Changed { listed }) && !self.everything {
            true => publisher.remember(&feeds)?,
            false => publisher.directory(&feeds)?,
        }
        let dirty: BTreeSet<FeedKey> = reader.dirty()?.into_iter().map(|feed| feed.key).collect();
        let wanted: Vec<&Feed> = feeds
            .iter()
            .filter(|feed| {
                let lists_others = feed.slug.is_none() && publisher.directory_changed();
                let is_missing = || self.look == Look::Everywhere && !publisher.is_complete(feed);
                self.everything || dirty.contains(&feed.key) || lists_others || is_missing()
            })
            .collect();
        if self.config.publish.archive {
            let again = |feed: &&&Feed| self.everything || !publisher.is_complete(feed);
            let mut batch = store.begin()?;
            batch.seal(
                &keys(&mut wanted.iter().copied()),
                &keys(&mut wanted.iter().filter(again).copied()),
            )?;
            batch.commit()?;
        }
        listener(Event::Publishing { feeds: wanted.len() });
        let mut changed = Vec::new();
        for feed in &wanted {
            if *stop.borrow() {
                return Err(Error::Stopped);
            }
            let before = publisher.report.written;
            publisher.archive(feed, reader.newest_page(&feed.key)?)?;
            write(&mut publisher, reader.as_ref(), self.setup, feed)?;
            if publisher.report.written > before {
                changed.push((*feed).clone());
            }
            listener(Event::Published);
        }
        let alerts = match self.config.publish.alerts {
            true => Some(reader.alerts(Publisher::ALERTS)?),
            false => None,
        };
        publisher.health(alerts.as_deref())?;
        let (written, gone) = archive(&mut publisher, reader.as_ref(), stop)?;
        publisher.finish();
        if !written.is_empty() || !gone.is_empty() {
            let mut batch = store.begin()?;
            batch.archived(&written, &gone)?;
            batch.commit()?;
        }
        if !dirty.is_empty() || !removed.is_empty() {
            let mut batch = store.begin()?;
            batch.published(&keys(&mut wanted.into_iter()))?;
            batch.deleted(&keys(&mut removed.iter()))?;
            batch.commit()?;
        }
        summary.feeds = feeds.len();
        summary.files = publisher.report;
        summary.stored_items = reader.item_count()?;
        Ok(Released {
            changed,
            removed,
            feeds,
            listed,
            folders: publisher.take_touched(),
        })
    }
}

/// A hash of what is listed of these feeds.
fn listed(feeds: &[Feed]) -> u64 {
    let mut hash = Xxh3::new();
    for feed in feeds {
        (&feed.key, &feed.name, &feed.slug).hash(&mut hash);
    }
    hash.digest()
}

fn keys(feeds: &mut dyn Iterator<Item = &Feed>) -> Vec<FeedKey> {
    feeds.map(|feed| feed.key.clone()).collect()
}

/// Writes the pages that changed. One from which everything was dropped is deleted when it is the oldest, so that the
/// others still lead to each other.
fn archive(
    publisher: &mut Publisher,
    reader: &dyn Reader,
    stop: &watch::Receiver<bool>,
) -> Result<(Vec<ArchivePage>, Vec<ArchivePage>), Error> {
    let (mut written, mut gone) = (Vec::new(), Vec::new());
    let mut load = |missing: &[ItemId]| reader.items(missing).map_err(Error::from);
    for page in reader.stale_pages(PAGES)? {
        if *stop.borrow() {
            return Err(Error::Stopped);
        }
        let items = reader.on_page(&page)?;
        if items.is_empty() && page.before.is_none() && page.after.is_some() {
            publisher.remove_page(&page.feed, page.until)?;
            gone.push(page);
        } else {
            let place = Page {
                until: page.until,
                before: page.before,
                after: page.after,
            };
            publisher.page(&page.feed, place, &items, &mut load)?;
            written.push(page);
        }
    }
    Ok((written, gone))
}

fn write(publisher: &mut Publisher, reader: &dyn Reader, setup: &Setup, feed: &Feed) -> Result<(), Error> {
    let (items, span) = (setup.shown_items, setup.shown_span);
    let mut load = |missing: &[ItemId]| reader.items(missing).map_err(Error::from);
    match feed.collapse {
        Collapse::None | Collapse::Duplicates => {
            publisher.feed(feed, &reader.newest(&feed.key, items, span)?, &mut load)
        }
        Collapse::Stories => publisher.stories(feed, &reader.stories(&feed.key, items, span)?, &mut load),
    }
}
