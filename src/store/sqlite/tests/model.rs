//! What the store should hold, kept in plain maps and worked out anew each time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::dating::{Dates, is_rewritten};
use super::*;
use crate::model::{Candidates, Claim, Known};

pub(super) const NAMES: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) live: BTreeSet<usize>,
    pub(super) declared: BTreeSet<(TopicKind, TopicKey)>,
    /// Was declared once.
    pub(super) formerly: BTreeSet<(TopicKind, TopicKey)>,
    /// Was ever borne by a sighting.
    pub(super) met: BTreeSet<(TopicKind, TopicKey)>,
    pub(super) items: BTreeMap<ItemId, ModelItem>,
    /// By source, guid, and the item from which the guid was taken away.
    pub(super) sightings: BTreeMap<(usize, Guid, Option<ItemId>), ModelSighting>,
    /// Each with the sighting that it is remembered by.
    tombstones: BTreeSet<(ItemId, Key)>,
    created: usize,
}

type Key = (usize, Guid, Option<ItemId>);

#[derive(Clone)]
pub(super) struct ModelItem {
    order: usize,
    aged: i64,
    addresses: BTreeSet<ItemId>,
    url: Option<CanonicalUrl>,
    pub(super) shown: Item,
    pub(super) dates: Dates,
    pub(super) source: usize,
    length: usize,
}

#[derive(Clone)]
pub(super) struct ModelSighting {
    pub(super) item: Option<ItemId>,
    title: String,
    pub(super) topics: BTreeSet<(TopicKind, TopicKey)>,
    first_seen: i64,
    gone: Option<i64>,
}

pub(super) fn keys(topics: &[Topic]) -> BTreeSet<(TopicKind, TopicKey)> {
    topics
        .iter()
        .map(|topic| (topic.kind, topic.key.clone()))
        .collect()
}

pub(super) fn number(source: &SourceId) -> usize {
    NAMES
        .iter()
        .position(|name| SourceId::of(name) == *source)
        .unwrap()
}

fn claim(sighting: &Sighting) -> Option<i64> {
    sighting.item.published.map(|date| (date - at(0)).num_seconds())
}

impl Model {
    /// Each source is at home on the site of its name.
    fn claim(&self, source: usize, url: Option<&CanonicalUrl>) -> Claim {
        let is_home = url.is_some_and(|url| url.host() == format!("{}.example", NAMES[source]));
        match is_home && self.live.contains(&source) {
            true => Claim::Configured,
            false => Claim::None,
        }
    }

    fn known(&self, id: ItemId, asking: usize) -> Known {
        let item = &self.items[&id];
        let showing = self.showers(id);
        let rivals = showing.iter().filter(|(source, _)| *source != asking);
        Known {
            id,
            url: item.url.clone(),
            source: SourceId::of(NAMES[item.source]),
            is_borne: showing.iter().any(|(source, _)| *source == item.source),
            claim: self.claim(item.source, item.url.as_ref()),
            rival: rivals
                .map(|(source, _)| self.claim(*source, item.url.as_ref()))
                .max()
                .unwrap_or_default(),
            length: match self.claim(item.source, item.url.as_ref()).is_owner() {
                true => 0,
                false => item.length,
            },
            claimed: item.dates.claimed.map(at),
        }
    }

    pub(super) fn candidates(&self, sighting: &Sighting) -> Candidates {
        let source = number(&sighting.source);
        let filed = self.sightings.get(&(source, sighting.guid.clone(), None));
        let address = sighting.item.url.as_ref().map(ItemId::of_url);
        let by_url = address.and_then(|id| self.items.iter().find(|(_, item)| item.addresses.contains(&id)));
        let titled = self.sightings.iter().filter(|((showing, guid, taken), filed)| {
            let other = *guid != sighting.guid || taken.is_some();
            *showing == source && other && filed.item.is_some() && filed.title == sighting.item.title
        });
        let newest = titled
            .filter_map(|(_, filed)| filed.item)
            .max_by_key(|id| self.items[id].order);
        Candidates {
            by_guid: filed
                .and_then(|filed| filed.item)
                .map(|id| self.known(id, source)),
            by_url: by_url.map(|(id, _)| self.known(*id, source)),
            by_title: newest
                .filter(|_| !sighting.item.title.is_empty())
                .map(|id| self.known(id, source)),
            claim: self.claim(source, sighting.item.url.as_ref()),
            buried: {
                let id = address.unwrap_or_else(|| ItemId::of_guid(&sighting.source, &sighting.guid));
                self.tombstones.iter().any(|(uuid, _)| *uuid == id)
            },
            buried_guid: filed.filter(|filed| filed.item.is_none()).is_some_and(|filed| {
                let key = (source, sighting.guid.clone(), None);
                let is_older =
                    claim(sighting).is_none_or(|date| date <= filed.gone.unwrap_or(filed.first_seen));
                is_older && self.tombstones.iter().any(|(_, by)| *by == key)
            }),
        }
    }

    pub(super) fn apply(&mut self, sighting: &Sighting, decision: &Decision, now: i64) {
        let key = (number(&sighting.source), sighting.guid.clone(), None);
        match decision {
            Decision::Bury => {
                let old = self.sightings.get(&key);
                if old.is_none_or(|filed| filed.item.is_none()) {
                    let stub = ModelSighting {
                        item: None,
                        title: String::new(),
                        topics: BTreeSet::new(),
                        first_seen: old.map_or(now, |old| old.first_seen),
                        gone: None,
                    };
                    self.tombstones.insert((new_id(sighting), key.clone()));
                    self.sightings.insert(key, stub);
                }
            }
            Decision::Create(id) if !self.items.contains_key(id) => {
                self.created += 1;
                // What was dropped under rules that are no longer in force comes back as what it was.
                let stub = self.sightings.get(&key).filter(|filed| filed.item.is_none());
                let is_buried = self.tombstones.iter().any(|(_, by)| *by == key);
                let seen = stub.filter(|_| !is_buried).map_or(now, |stub| stub.first_seen);
                let item = ModelItem {
                    order: self.created,
                    aged: seen,
                    addresses: BTreeSet::from([*id]),
                    url: sighting.item.url.clone(),
                    shown: sighting.item.clone(),
                    dates: Dates::first(claim(sighting), sighting.arrival, seen),
                    source: key.0,
                    length: length(sighting),
                };
                self.items.insert(*id, item);
                self.note(key, sighting, *id, now);
            }
            Decision::Create(id) => self.note(key, sighting, *id, now),
            Decision::Join { id, replace } => {
                self.note(key, sighting, *id, now);
                if *replace {
                    self.replace(sighting, *id, now);
                } else {
                    self.date(sighting, *id, now);
                }
            }
        }
        self.settle();
    }

    fn note(&mut self, key: (usize, Guid, Option<ItemId>), sighting: &Sighting, id: ItemId, now: i64) {
        if let Some(address) = sighting.item.url.as_ref().map(ItemId::of_url)
            && !self.items.values().any(|item| item.addresses.contains(&address))
        {
            self.items.get_mut(&id).unwrap().addresses.insert(address);
        }
        let mut first_seen = now;
        if let Some(old) = self.sightings.get(&key).cloned() {
            match old.item {
                Some(other) if other != id => {
                    let aside = (key.0, key.1.clone(), Some(other));
                    if self.sightings.insert(aside.clone(), old).is_some() {
                        self.tombstones.retain(|(_, by)| *by != aside);
                    }
                }
                Some(_) => first_seen = old.first_seen,
                None => {
                    self.tombstones.retain(|(_, by)| *by != key);
                    first_seen = old.first_seen;
                }
            }
        }
        let topics = keys(&sighting.topics);
        self.met.extend(topics.clone());
        let filed = ModelSighting {
            item: Some(id),
            title: sighting.item.title.clone(),
            topics,
            first_seen,
            gone: None,
        };
        self.sightings.insert(key, filed);
    }

    fn date(&mut self, sighting: &Sighting, id: ItemId, now: i64) {
        let is_owner = |source: usize, url: Option<&CanonicalUrl>| self.claim(source, url).is_owner();
        let owns = is_owner(number(&sighting.source), sighting.item.url.as_ref());
        let owned = is_owner(self.items[&id].source, self.items[&id].url.as_ref());
        let item = self.items.get_mut(&id).unwrap();
        if let (None, Some(claim)) = (item.dates.claimed, claim(sighting))
            && (owns || !owned)
        {
            item.dates = item.dates.with(claim, false, || false, now);
        }
    }

    fn replace(&mut self, sighting: &Sighting, id: ItemId, now: i64) {
        let source = number(&sighting.source);
        let url = sighting.item.url.clone().or(self.items[&id].url.clone());
        let owns = self.claim(source, url.as_ref()).is_owner();
        let item = self.items.get_mut(&id).unwrap();
        let takes_over = item.source != source;
        let moves = !takes_over || owns || item.dates.claimed.is_none();
        if let Some(claim) = claim(sighting).filter(|_| moves) {
            let is_rewritten = || is_rewritten(&item.shown, &sighting.item);
            item.dates = item.dates.with(claim, takes_over, is_rewritten, now);
        }
        item.shown = sighting.item.clone();
        (item.url, item.source, item.length) = (url, source, length(sighting));
    }

    /// The sightings of an item that count.
    fn showers(&self, id: ItemId) -> Vec<(usize, &ModelSighting)> {
        let counts = |((source, ..), filed): &(&(usize, Guid, Option<ItemId>), &ModelSighting)| {
            filed.item == Some(id) && self.live.contains(source)
        };
        self.sightings
            .iter()
            .filter(counts)
            .map(|((source, ..), filed)| (*source, filed))
            .collect()
    }

    pub(super) fn settle(&mut self) {
        for id in self.items.keys().copied().collect::<Vec<_>>() {
            let showers = self.showers(id);
            if showers
                .iter()
                .any(|(source, _)| *source == self.items[&id].source)
            {
                continue;
            }
            let url = self.items[&id].url.as_ref();
            let next = showers
                .iter()
                .min_by_key(|(source, filed)| (Reverse(self.claim(*source, url)), filed.first_seen, *source));
            if let Some(source) = next.map(|(source, _)| *source) {
                self.items.get_mut(&id).unwrap().source = source;
            }
        }
    }

    /// Its topics by its owner, else by who bears it, and those that two agree on.
    fn counted(&self, id: ItemId) -> BTreeSet<(TopicKind, TopicKey)> {
        let (item, showers) = (&self.items[&id], self.showers(id));
        let is_owner = |source: usize| self.claim(source, item.url.as_ref()).is_owner();
        let is_owned = showers.iter().any(|(source, _)| is_owner(*source));
        let is_own = |source: usize| match is_owned {
            true => is_owner(source),
            false => source == item.source,
        };
        let all = showers.iter().flat_map(|(source, filed)| {
            let topics = filed.topics.iter();
            topics.map(|topic| (*source, topic))
        });
        let all: BTreeSet<(usize, &(TopicKind, TopicKey))> = all.collect();
        let counts = |(source, topic): &&(usize, &(TopicKind, TopicKey))| {
            is_own(*source) || all.iter().filter(|(_, other)| other == topic).count() > 1
        };
        all.iter()
            .filter(counts)
            .map(|(_, topic)| (*topic).clone())
            .collect()
    }

    /// A source shows these, and nothing else.
    pub(super) fn hold(&mut self, source: usize, guids: &[Guid], now: i64) {
        for ((showing, guid, aside), filed) in &mut self.sightings {
            if *showing != source {
                continue;
            }
            let is_held = aside.is_none() && guids.contains(guid);
            filed.gone = filed.gone.or(Some(now)).filter(|_| !is_held);
        }
    }

    /// A source is configured again.
    pub(super) fn revive(&mut self, source: usize) {
        self.tombstones.retain(|(_, (showing, ..))| *showing != source);
    }

    /// Looks at what may be too old; returns how many items that were.
    pub(super) fn retire(&mut self, now: i64, keep: i64, limit: usize) -> usize {
        let before = now - keep;
        let mut old: Vec<(i64, usize, ItemId)> = self
            .items
            .iter()
            .map(|(id, item)| (item.aged, item.order, *id))
            .collect();
        old.retain(|(aged, ..)| *aged < before);
        old.sort();
        old.truncate(limit);
        let needed: BTreeSet<ItemId> = self
            .feeds()
            .into_values()
            .flat_map(|items| items.into_iter().take(2))
            .collect();
        for (.., id) in &old {
            let mut since = self.items[id].dates.first_seen;
            let mut is_shown = false;
            for ((source, ..), filed) in self.sightings.iter().filter(|(_, filed)| filed.item == Some(*id)) {
                is_shown |= filed.gone.is_none() && self.live.contains(source);
                since = since.max(filed.first_seen).max(filed.gone.unwrap_or(i64::MIN));
            }
            let later = match (is_shown, since < before) {
                (true, _) => Some(now),
                (_, false) => Some(since),
                _ => needed.contains(id).then_some(before + 86_400),
            };
            match later {
                Some(later) => self.items.get_mut(id).unwrap().aged = later,
                None => self.drop(*id),
            }
        }
        let live = &self.live;
        let is_over = |(source, ..): &Key, filed: &ModelSighting| {
            let over = match filed.gone {
                Some(gone) => gone < before - keep,
                None => !live.contains(source),
            };
            filed.item.is_none() && over
        };
        self.sightings.retain(|key, filed| !is_over(key, filed));
        let left = &self.sightings;
        self.tombstones.retain(|(_, by)| left.contains_key(by));
        old.len()
    }

    fn drop(&mut self, id: ItemId) {
        let item = self.items.remove(&id).unwrap();
        for (key, filed) in self
            .sightings
            .iter_mut()
            .filter(|(_, filed)| filed.item == Some(id))
        {
            filed.item = None;
            let buried = item.addresses.iter().map(|address| (*address, key.clone()));
            self.tombstones.extend(buried);
        }
    }

    /// What every published feed holds, newest first.
    pub(super) fn feeds(&self) -> BTreeMap<FeedKey, Vec<ItemId>> {
        let mut feeds: BTreeMap<FeedKey, BTreeSet<(i64, ItemId)>> = BTreeMap::new();
        feeds.entry(FeedKey::all()).or_default();
        for source in &self.live {
            feeds
                .entry(FeedKey::source(&SourceId::of(NAMES[*source])))
                .or_default();
        }
        for (kind, key) in self.declared.iter().chain(self.met.difference(&self.formerly)) {
            feeds.entry(FeedKey::topic(*kind, key)).or_default();
        }
        for (id, item) in &self.items {
            let counted = self.counted(*id);
            for (source, _) in self.showers(*id) {
                let mut holds = vec![FeedKey::all(), FeedKey::source(&SourceId::of(NAMES[source]))];
                holds.extend(counted.iter().map(|(kind, key)| FeedKey::topic(*kind, key)));
                for feed in holds {
                    feeds
                        .entry(feed)
                        .or_default()
                        .insert((-item.dates.published, *id));
                }
            }
        }
        let ids = |items: BTreeSet<(i64, ItemId)>| items.into_iter().map(|(_, id)| id).collect();
        feeds
            .into_iter()
            .map(|(feed, items)| (feed, ids(items)))
            .collect()
    }
}

fn length(sighting: &Sighting) -> usize {
    let html = sighting.item.content.as_ref().or(sighting.item.summary.as_ref());
    html.map_or(0, |html| html.as_str().len())
}
