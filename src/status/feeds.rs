//! Feeds and who reads them.

use std::collections::HashMap;

use super::Stored;
use super::overview::FeedSeen;
use crate::model::Feed;
use crate::serve::Readers;

/// Readers by the folder of a feed.
pub(super) struct Readership(HashMap<String, Readers>);

impl Readership {
    /// A feed has many addresses, and those that readers guess lie below its folder, too: the deepest folder counts.
    pub(super) fn new(feeds: &[Feed], readers: &HashMap<Box<str>, Readers>) -> Self {
        let mut folders: HashMap<String, Readers> = feeds
            .iter()
            .map(|feed| (feed.folder(), Readers::default()))
            .collect();
        for (address, readers) in readers {
            let mut folder = address.trim_matches('/');
            loop {
                if let Some(sum) = folders.get_mut(folder) {
                    sum.subscribers = sum.subscribers.saturating_add(readers.subscribers);
                    sum.others = sum.others.saturating_add(readers.others);
                    break;
                }
                let Some(slash) = folder.rfind('/') else {
                    if folder.is_empty() {
                        break;
                    }
                    folder = "";
                    continue;
                };
                folder = &folder[..slash];
            }
        }
        Self(folders)
    }
}

/// All feeds, those with the most readers first where readers are known.
pub(super) fn feeds(stored: &Stored, readership: Option<Readership>) -> Vec<FeedSeen> {
    let seen = |feed: &Feed| {
        let folder = feed.folder();
        let readers = readership
            .as_ref()
            .and_then(|Readership(known)| known.get(&folder));
        FeedSeen {
            kind: feed.key.kind,
            name: feed.name.clone(),
            folder,
            items: feed.size,
            subscribers: readers.map(|readers| readers.subscribers),
            readers: readers.map(|readers| readers.others),
        }
    };
    stored.feeds.iter().map(seen).collect()
}
