//! Who subscribed to what, within limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;

use super::Key;
use crate::model::Subscriber;
use crate::websub::party;
use crate::websub::room::{Limits, Room};

/// What a subscriber weighs beside its topic, callback and secret.
const SHELL: usize = 256;

pub(super) struct Book {
    /// By topic and callback.
    topics: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Known>>,
    sites: Room<String>,
    blocks: Room<String>,
}

pub(super) struct Known {
    pub subscriber: Subscriber,
    /// Whose the callback is.
    pub site: String,
    /// A delivery is on its way, or has its place in the line.
    pub is_flying: bool,
}

impl Known {
    pub(super) fn new(key: &Key, subscriber: Subscriber) -> Self {
        Self {
            subscriber,
            site: Url::parse(&key.1).map_or_else(|_| String::new(), |url| party::site(&url)),
            is_flying: false,
        }
    }

    pub(super) fn is_due(&self, version: u64, now: DateTime<Utc>) -> bool {
        let Subscriber { has, next, .. } = &self.subscriber;
        !self.is_flying && *has != version && next.is_none_or(|next| next <= now)
    }

    fn block(&self) -> Option<String> {
        self.subscriber.from.map(party::block)
    }

    fn weight(&self, key: &Key) -> usize {
        let secret = self.subscriber.secret.as_ref().map_or(0, String::len);
        SHELL + key.0.len() + key.1.len() + secret
    }
}

impl Book {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            topics: BTreeMap::new(),
            sites: Room::new(limits),
            blocks: Room::new(limits),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.sites.held().count
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Known> {
        self.topics.get(&key.0)?.get(&key.1)
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Known> {
        self.topics.get_mut(&key.0)?.get_mut(&key.1)
    }

    /// The topics that somebody subscribed to.
    pub(super) fn topics(&self) -> Vec<Arc<str>> {
        self.topics.keys().cloned().collect()
    }

    pub(super) fn of_topic(&mut self, topic: &str) -> impl Iterator<Item = (&Arc<str>, &mut Known)> {
        self.topics.get_mut(topic).into_iter().flatten()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &Known)> {
        self.topics.iter().flat_map(|(topic, known)| {
            let key = move |callback: &Arc<str>| (topic.clone(), callback.clone());
            known.iter().map(move |(callback, known)| (key(callback), known))
        })
    }

    /// Whether there is room for one more of a site, or it is there already.
    pub(super) fn has_room(&self, key: &Key, site: &String) -> bool {
        self.get(key).is_some() || self.sites.has(site, SHELL + key.0.len() + key.1.len())
    }

    /// The same, when all is known.
    pub(super) fn has_room_for(&self, key: &Key, known: &Known) -> bool {
        let weight = known.weight(key);
        let block = known.block();
        self.get(key).is_some()
            || (self.sites.has(&known.site, weight)
                && block.is_none_or(|block| self.blocks.has(&block, weight)))
    }

    pub(super) fn insert(&mut self, key: &Key, known: Known) {
        self.remove(key);
        let weight = known.weight(key);
        self.sites.take(&known.site, weight);
        if let Some(block) = known.block() {
            self.blocks.take(&block, weight);
        }
        let of_topic = self.topics.entry(key.0.clone()).or_default();
        of_topic.insert(key.1.clone(), known);
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Known> {
        let of_topic = self.topics.get_mut(&key.0)?;
        let known = of_topic.remove(&key.1)?;
        if of_topic.is_empty() {
            self.topics.remove(&key.0);
        }
        let weight = known.weight(key);
        self.sites.give_back(&known.site, weight);
        if let Some(block) = known.block() {
            self.blocks.give_back(&block, weight);
        }
        Some(known)
    }
}
