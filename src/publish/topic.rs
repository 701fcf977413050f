//! Categories and tags as items show them, written once for all items: they are a good part of what an item is made of,
//! and hundreds of items share them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{FeedKey, Topic};

use super::{Error, Site, atom, html, rss};

/// Topics that are remembered; a pass over a thousand feeds meets some hundreds.
const MOST: usize = 10_000;

/// Stands in a rendered item for its topics. No item holds a NUL of its own (see `legal`).
pub const PLACE: char = '\0';

/// A topic in each format that marks it up.
pub struct Written {
    pub rss: Box<str>,
    pub atom: Box<str>,
    pub html: Box<str>,
}

/// The topics of a pass.
#[derive(Default)]
pub struct Topics(HashMap<Topic, Arc<Written>>);

impl Topics {
    /// These topics, with links to those of their feeds that have a folder.
    pub fn written(
        &mut self,
        topics: &[Topic],
        site: &Site,
        folders: &HashMap<FeedKey, String>,
    ) -> Result<Vec<Arc<Written>>, Error> {
        let mut all = Vec::with_capacity(topics.len());
        for topic in topics {
            if let Some(known) = self.0.get(topic) {
                all.push(Arc::clone(known));
                continue;
            }
            let folder = folders.get(&FeedKey::topic(topic.kind, &topic.key));
            let folder = folder.map(String::as_str);
            let written = Arc::new(Written {
                rss: rss::category(topic, folder, site)?,
                atom: atom::category(topic, site)?,
                html: html::topic(topic, folder),
            });
            if self.0.len() >= MOST {
                self.0.clear();
            }
            self.0.insert(topic.clone(), Arc::clone(&written));
            all.push(written);
        }
        Ok(all)
    }
}

/// `item` with the topics in the place that was left for them, a [`PLACE`] between `opening` and `closing`.
pub fn fill<'t>(
    item: &str,
    opening: &str,
    closing: &str,
    topics: impl Iterator<Item = &'t str> + Clone,
) -> String {
    let place = item.split_once(PLACE).and_then(|(before, after)| {
        let before = before.strip_suffix(opening)?;
        Some((before, after.strip_prefix(closing)?))
    });
    let Some((before, after)) = place else {
        return item.to_owned();
    };
    let length = topics.clone().map(str::len).sum::<usize>();
    let mut filled = String::with_capacity(before.len() + length + after.len());
    filled.push_str(before);
    topics.for_each(|topic| filled.push_str(topic));
    filled.push_str(after);
    filled
}
