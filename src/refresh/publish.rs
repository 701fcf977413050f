//! From the store to files: the feeds that changed, and what lists them.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::{Error, Event, Listener, Summary, setup};
use crate::config::Config;
use crate::model::{Feed, FeedKey};
use crate::publish::Publisher;
use crate::store::{Reader, Setup, Store};

/// Writes every feed that may have changed or whose files are missing, and deletes those no longer published.
pub(super) fn publish(
    store: &mut dyn Store,
    config: &Config,
    setup: &Setup,
    listener: &Listener,
    stop: &watch::Receiver<bool>,
    summary: &mut Summary,
) -> Result<(), Error> {
    let reader = store.reader()?;
    let mut publisher = Publisher::new(setup::site(config), config.site.output.clone())?;
    let removed = reader.removed()?;
    for feed in &removed {
        publisher.remove(feed)?;
    }
    let feeds = reader.feeds()?;
    publisher.directory(&feeds)?;
    let dirty: BTreeSet<FeedKey> = reader.dirty()?.into_iter().map(|feed| feed.key).collect();
    let wanted: Vec<&Feed> = feeds
        .iter()
        .filter(|feed| {
            let lists_others = feed.slug.is_none() && publisher.directory_changed();
            dirty.contains(&feed.key) || lists_others || !publisher.is_complete(feed)
        })
        .collect();
    listener(Event::Publishing { feeds: wanted.len() });
    for feed in &wanted {
        if *stop.borrow() {
            return Err(Error::Stopped);
        }
        write(&mut publisher, reader.as_ref(), setup, feed)?;
        listener(Event::Published);
    }
    publisher.finish();
    if !dirty.is_empty() || !removed.is_empty() {
        let keys =
            |feeds: &mut dyn Iterator<Item = &Feed>| feeds.map(|feed| feed.key.clone()).collect::<Vec<_>>();
        let mut batch = store.begin()?;
        batch.published(&keys(&mut wanted.into_iter()))?;
        batch.deleted(&keys(&mut removed.iter()))?;
        batch.commit()?;
    }
    summary.feeds = feeds.len();
    summary.files = publisher.report;
    summary.stored_items = reader.item_count()?;
    Ok(())
}

fn write(publisher: &mut Publisher, reader: &dyn Reader, setup: &Setup, feed: &Feed) -> Result<(), Error> {
    let ids = reader.newest(&feed.key, setup.shown_items, setup.shown_span)?;
    publisher.feed(feed, &ids, &mut |missing| {
        reader.items(missing).map_err(Error::from)
    })
}
