//! Random histories against a model that keeps everything in plain maps and works all feeds out anew.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::{Candidates, Known};

const NAMES: [&str; 3] = ["a", "b", "c"];
const SPAN: TimeDelta = TimeDelta::seconds(3);

#[derive(Clone, Debug)]
enum Step {
    Show(Shown, Fate),
    Reclassify {
        source: usize,
        guid: u8,
        topics: Vec<(u8, bool)>,
    },
    Configure {
        sources: [bool; 3],
        declared: [bool; 2],
    },
    Retire {
        age: i64,
        limit: usize,
    },
    Publish,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Committed,
    Dropped,
}

#[derive(Clone, Debug)]
struct Shown {
    source: usize,
    guid: u8,
    url: Option<u8>,
    title: u8,
    text: u8,
    date: Option<i64>,
    updated: Option<i64>,
    topics: Vec<(u8, bool)>,
    owns: bool,
    guids_changed: bool,
}

fn topics() -> impl Strategy<Value = Vec<(u8, bool)>> {
    prop::collection::vec((0..4_u8, any::<bool>()), 0..3)
}

fn step() -> impl Strategy<Value = Step> {
    let dates = (prop::option::of(0..12_i64), prop::option::of(0..20_i64));
    let shown = (
        0..3_usize,
        0..4_u8,
        prop::option::of(0..5_u8),
        0..3_u8,
        0..2_u8,
        dates,
        topics(),
        any::<[bool; 2]>(),
    );
    let shown = shown.prop_map(
        |(source, guid, url, title, text, (date, updated), topics, [owns, changed])| Shown {
            source,
            guid,
            url,
            title,
            text,
            date,
            updated: updated.filter(|updated| date.is_none_or(|date| *updated >= date)),
            topics,
            owns,
            guids_changed: changed,
        },
    );
    let fate = prop_oneof![9 => Just(Fate::Committed), 1 => Just(Fate::Dropped)];
    prop_oneof![
        20 => (shown, fate).prop_map(|(shown, fate)| Step::Show(shown, fate)),
        2 => (0..3_usize, 0..4_u8, topics())
            .prop_map(|(source, guid, topics)| Step::Reclassify { source, guid, topics }),
        2 => any::<([bool; 3], [bool; 2])>()
            .prop_map(|(sources, declared)| Step::Configure { sources, declared }),
        1 => (0..20_i64, 1..4_usize).prop_map(|(age, limit)| Step::Retire { age, limit }),
        4 => Just(Step::Publish),
    ]
}

/// The first topic is a category; each has two spellings.
fn named(topics: &[(u8, bool)]) -> Vec<Topic> {
    let mut named: Vec<Topic> = topics
        .iter()
        .map(|(n, upper)| {
            let kind = if *n == 0 {
                TopicKind::Category
            } else {
                TopicKind::Tag
            };
            topic(kind, &if *upper { format!("T{n}") } else { format!("t{n}") })
        })
        .collect();
    named.sort();
    named.dedup_by_key(|topic| topic.key.clone());
    named
}

fn as_sighting(shown: &Shown) -> Sighting {
    let mut made = sighting(NAMES[shown.source], "x", 0, &named(&shown.topics));
    made.guid = Guid::new(format!("g{}", shown.guid));
    made.owns = shown.owns;
    made.guids_changed = shown.guids_changed;
    made.item.url = shown.url.map(|n| url(&format!("{n}")));
    made.item.title = if shown.title == 0 {
        String::new()
    } else {
        format!("Title {}", shown.title)
    };
    made.item.summary = Some(crate::model::CleanHtml::already_clean(format!("{}", shown.text)));
    made.item.published = shown.date.map(at);
    made.item.updated = shown.updated.map(at);
    made
}

/// Enough of `dedupe::decide` to reach every path.
fn decide(sighting: &Sighting, found: &Candidates) -> Decision {
    let same = found
        .by_url
        .as_ref()
        .or(found
            .by_guid
            .as_ref()
            .filter(|known| known.url.is_none() || sighting.item.url.is_none()))
        .or(found.by_title.as_ref().filter(|_| sighting.guids_changed));
    match same {
        Some(known) => Decision::Join {
            id: known.id,
            replace: known.source == sighting.source || sighting.owns && !known.owned,
        },
        None if found.buried => Decision::Bury,
        None => Decision::Create(new_id(sighting)),
    }
}

#[derive(Clone, Default)]
struct Model {
    live: BTreeSet<usize>,
    declared: BTreeSet<(TopicKind, TopicKey)>,
    /// Was declared once.
    formerly: BTreeSet<(TopicKind, TopicKey)>,
    /// Was ever borne by a sighting.
    met: BTreeSet<(TopicKind, TopicKey)>,
    items: BTreeMap<ItemId, ModelItem>,
    /// By source, guid, and the item from which the guid was taken away.
    sightings: BTreeMap<(usize, Guid, Option<ItemId>), ModelSighting>,
    tombstones: BTreeSet<ItemId>,
    created: usize,
}

#[derive(Clone)]
struct ModelItem {
    order: usize,
    first_seen: i64,
    addresses: BTreeSet<ItemId>,
    url: Option<CanonicalUrl>,
    title: String,
    published: i64,
    claimed: Option<i64>,
    source: usize,
    owned: bool,
}

#[derive(Clone)]
struct ModelSighting {
    item: Option<ItemId>,
    title: String,
    topics: BTreeSet<(TopicKind, TopicKey)>,
    owns: bool,
    first_seen: i64,
}

fn keys(topics: &[Topic]) -> BTreeSet<(TopicKind, TopicKey)> {
    topics
        .iter()
        .map(|topic| (topic.kind, topic.key.clone()))
        .collect()
}

fn number(source: &SourceId) -> usize {
    NAMES
        .iter()
        .position(|name| SourceId::of(name) == *source)
        .unwrap()
}

impl Model {
    fn known(&self, id: ItemId) -> Known {
        let item = &self.items[&id];
        Known {
            id,
            url: item.url.clone(),
            source: SourceId::of(NAMES[item.source]),
            owned: item.owned,
            claimed: item.claimed.map(at),
        }
    }

    fn candidates(&self, sighting: &Sighting) -> Candidates {
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
            by_guid: filed.and_then(|filed| filed.item).map(|id| self.known(id)),
            by_url: by_url.map(|(id, _)| self.known(*id)),
            by_title: newest
                .filter(|_| !sighting.item.title.is_empty())
                .map(|id| self.known(id)),
            buried: match address {
                Some(id) => self.tombstones.contains(&id),
                None => filed.is_some_and(|filed| filed.item.is_none()),
            },
        }
    }

    fn apply(&mut self, sighting: &Sighting, decision: &Decision, now: i64) {
        let key = (number(&sighting.source), sighting.guid.clone(), None);
        match decision {
            Decision::Bury => {
                if self.sightings.get(&key).is_none_or(|filed| filed.item.is_none()) {
                    let stub = ModelSighting {
                        item: None,
                        title: String::new(),
                        topics: BTreeSet::new(),
                        owns: false,
                        first_seen: now,
                    };
                    self.sightings.insert(key, stub);
                }
            }
            Decision::Create(id) if !self.items.contains_key(id) => {
                let claimed = sighting.item.published.map(|date| (date - at(0)).num_seconds());
                self.created += 1;
                let item = ModelItem {
                    order: self.created,
                    first_seen: now,
                    addresses: BTreeSet::from([*id]),
                    url: sighting.item.url.clone(),
                    title: sighting.item.title.clone(),
                    published: claimed.unwrap_or(now),
                    claimed,
                    source: key.0,
                    owned: sighting.owns,
                };
                self.items.insert(*id, item);
                self.note(key, sighting, *id, now);
            }
            Decision::Create(id) => self.note(key, sighting, *id, now),
            Decision::Join { id, replace } => {
                self.note(key, sighting, *id, now);
                if *replace {
                    self.replace(sighting, *id);
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
                    self.sightings.insert((key.0, key.1.clone(), Some(other)), old);
                }
                _ => first_seen = old.first_seen,
            }
        }
        let topics = keys(&sighting.topics);
        self.met.extend(topics.clone());
        let filed = ModelSighting {
            item: Some(id),
            title: sighting.item.title.clone(),
            topics,
            owns: sighting.owns,
            first_seen,
        };
        self.sightings.insert(key, filed);
    }

    fn replace(&mut self, sighting: &Sighting, id: ItemId) {
        let item = self.items.get_mut(&id).unwrap();
        let claimed = sighting
            .item
            .published
            .map(|date| (date - at(0)).num_seconds())
            .or(item.claimed);
        if item.claimed == Some(item.published) {
            item.published = claimed.unwrap();
        }
        item.claimed = claimed;
        item.title = sighting.item.title.clone();
        item.url = sighting.item.url.clone().or(item.url.take());
        item.source = number(&sighting.source);
        item.owned = sighting.owns;
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

    fn settle(&mut self) {
        for id in self.items.keys().copied().collect::<Vec<_>>() {
            let showers = self.showers(id);
            if showers
                .iter()
                .any(|(source, _)| *source == self.items[&id].source)
            {
                continue;
            }
            let next = showers
                .iter()
                .min_by_key(|(source, filed)| (!filed.owns, filed.first_seen, *source));
            if let Some((source, owns)) = next.map(|(source, filed)| (*source, filed.owns)) {
                let item = self.items.get_mut(&id).unwrap();
                (item.source, item.owned) = (source, owns);
            }
        }
    }

    fn retire(&mut self, before: i64, limit: usize) -> usize {
        let mut old: Vec<(i64, usize, ItemId)> = self
            .items
            .iter()
            .map(|(id, item)| (item.first_seen, item.order, *id))
            .collect();
        old.retain(|(first_seen, ..)| *first_seen < before);
        old.sort();
        old.truncate(limit);
        for (.., id) in &old {
            self.tombstones.extend(self.items.remove(id).unwrap().addresses);
            for filed in self
                .sightings
                .values_mut()
                .filter(|filed| filed.item == Some(*id))
            {
                filed.item = None;
            }
        }
        old.len()
    }

    /// What every published feed holds, newest first.
    fn feeds(&self) -> BTreeMap<FeedKey, Vec<ItemId>> {
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
            for (source, filed) in self.showers(*id) {
                let mut holds = vec![FeedKey::all(), FeedKey::source(&SourceId::of(NAMES[source]))];
                holds.extend(filed.topics.iter().map(|(kind, key)| FeedKey::topic(*kind, key)));
                for feed in holds {
                    feeds.entry(feed).or_default().insert((-item.published, *id));
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

/// A feed as it would be rendered.
type Page = (String, Vec<PublishedItem>);

fn page(reader: &dyn Reader, feed: &Feed) -> Page {
    let ids = reader.newest(&feed.key, 2, SPAN).unwrap();
    let mut items = reader.items(&ids).unwrap();
    for shown in &mut items {
        // What a source claims is not shown, what was made of it is.
        (shown.item.published, shown.item.updated) = (None, None);
    }
    (feed.name.clone(), items)
}

struct History {
    trial: Trial,
    model: Model,
    pages: BTreeMap<FeedKey, Page>,
    now: i64,
}

impl History {
    fn new() -> Self {
        let mut history = Self {
            trial: Trial::empty(),
            model: Model::default(),
            pages: BTreeMap::new(),
            now: 100,
        };
        history.configure([true; 3], [false; 2]);
        history
    }

    fn configure(&mut self, sources: [bool; 3], names: [bool; 2]) {
        self.trial.configure(|setup| {
            setup.sources.retain(|source| sources[number(&source.id)]);
            setup.categories = ["T0"]
                .iter()
                .filter(|_| names[0])
                .map(|name| declared(name))
                .collect();
            setup.tags = ["T1"]
                .iter()
                .filter(|_| names[1])
                .map(|name| declared(name))
                .collect();
            (setup.shown_items, setup.shown_span) = (2, SPAN);
        });
        let topics = [
            (TopicKind::Category, TopicKey::of("t0")),
            (TopicKind::Tag, TopicKey::of("t1")),
        ];
        for (topic, is_declared) in topics.into_iter().zip(names) {
            if is_declared {
                self.model.formerly.remove(&topic);
                self.model.declared.insert(topic);
            } else if self.model.declared.remove(&topic) {
                self.model.formerly.insert(topic);
            }
        }
        self.model.live = (0..3).filter(|source| sources[*source]).collect();
        self.model.settle();
    }

    fn show(&mut self, shown: &Shown, fate: Fate) {
        let sighting = as_sighting(shown);
        let mut batch = self.trial.store.begin().unwrap();
        let found = batch.candidates(&sighting).unwrap();
        assert_eq!(found, self.model.candidates(&sighting));
        let decision = decide(&sighting, &found);
        let change = batch.apply(&sighting, &decision, at(self.now)).unwrap();
        if fate == Fate::Dropped {
            return;
        }
        batch.commit().unwrap();
        let count = self.model.items.len();
        self.model.apply(&sighting, &decision, self.now);
        assert_eq!(change == Change::New, self.model.items.len() > count);
        let known = self
            .trial
            .read()
            .fingerprints(&sighting.source, std::slice::from_ref(&sighting.guid))
            .unwrap();
        assert!(decision == Decision::Bury || known == [Some(sighting.fingerprint)]);
    }

    fn reclassify(&mut self, source: usize, guid: u8, topics: &[(u8, bool)]) {
        let (guid, topics) = (Guid::new(format!("g{guid}")), named(topics));
        self.trial.write(|batch| {
            batch
                .reclassify(&SourceId::of(NAMES[source]), &guid, &topics)
                .unwrap()
        });
        if let Some(filed) = self.model.sightings.get_mut(&(source, guid, None))
            && filed.item.is_some()
        {
            filed.topics = keys(&topics);
            self.model.met.extend(keys(&topics));
        }
    }

    fn publish(&mut self) {
        let reader = self.trial.read();
        for feed in reader.dirty().unwrap() {
            self.pages.insert(feed.key.clone(), page(&*reader, &feed));
        }
        self.trial.publish();
    }

    fn take(&mut self, step: &Step) {
        self.now += 1;
        match step {
            Step::Show(shown, fate) => self.show(shown, *fate),
            Step::Reclassify { source, guid, topics } => self.reclassify(*source, *guid, topics),
            Step::Configure { sources, declared } => self.configure(*sources, *declared),
            Step::Retire { age, limit } => {
                let before = self.now - age;
                let retired = self
                    .trial
                    .write(|batch| batch.retire(at(before), *limit).unwrap());
                assert_eq!(retired, self.model.retire(before, *limit));
            }
            Step::Publish => self.publish(),
        }
    }

    fn check(&self) {
        let reader = self.trial.read();
        let feeds = reader.feeds().unwrap();
        let stored: BTreeMap<FeedKey, Vec<ItemId>> = feeds
            .iter()
            .map(|feed| (feed.key.clone(), self.trial.newest(&feed.key)))
            .collect();
        assert_eq!(stored, self.model.feeds());
        for feed in &feeds {
            assert_eq!(feed.size, stored[&feed.key].len() as u64, "{feed:?}");
        }
        assert_eq!(reader.item_count().unwrap(), self.model.items.len() as u64);
        for (id, item) in &self.model.items {
            let found = self.trial.item(*id);
            assert_eq!(found.published, at(item.published));
            assert_eq!(found.item.title, item.title);
            assert_eq!(number(&found.source), item.source);
            assert!(found.updated >= found.published);
        }
        let dirty: BTreeSet<FeedKey> = reader.dirty().unwrap().into_iter().map(|feed| feed.key).collect();
        for feed in feeds.iter().filter(|feed| !dirty.contains(&feed.key)) {
            assert_eq!(
                self.pages[&feed.key],
                page(&*reader, feed),
                "{feed:?} is not dirty"
            );
        }
        let mut spelt: BTreeMap<i64, i64> = BTreeMap::new();
        let connection = &self.trial.store.connection;
        let mut statement = connection.prepare("SELECT feed, uses FROM spelling").unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            *spelt.entry(row.get(0).unwrap()).or_default() += row.get::<_, i64>(1).unwrap();
        }
        let borne: usize = self
            .model
            .sightings
            .values()
            .filter(|filed| filed.item.is_some())
            .map(|f| f.topics.len())
            .sum();
        assert_eq!(
            spelt.values().sum::<i64>(),
            borne as i64,
            "spellings are counted in and out"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_history_ends_as_if_worked_out_anew(steps in prop::collection::vec(step(), 1..60)) {
        let mut history = History::new();
        for step in &steps {
            history.take(step);
            history.check();
        }
    }
}
