//! Random histories, compared after each step with a model that works everything out anew.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::model::{Model, NAMES, keys, number};
use super::*;
use crate::model::{Candidates, CleanHtml};

/// Dates and times are whole numbers of these.
const HOUR: i64 = 3_600;
const SPAN: TimeDelta = TimeDelta::hours(3);
const TEXTS: [&str; 2] = [
    "One two three four five six",
    "Seven eight nine ten eleven twelve",
];

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
    Hold {
        source: usize,
        guids: Vec<u8>,
    },
    Retire {
        keep: i64,
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
    backlog: Option<u32>,
    topics: Vec<(u8, bool)>,
    guids_changed: bool,
}

fn topics() -> impl Strategy<Value = Vec<(u8, bool)>> {
    prop::collection::vec((0..4_u8, any::<bool>()), 0..3)
}

fn step() -> impl Strategy<Value = Step> {
    // Long ago, or about the time of the steps.
    let date = prop_oneof![0..12_i64, 90..150_i64];
    let dates = (
        prop::option::of(date),
        prop::option::of(0..160_i64),
        prop::option::of(0..9_u32),
    );
    let shown = (
        0..3_usize,
        0..4_u8,
        prop::option::of(0..5_u8),
        0..3_u8,
        0..2_u8,
        dates,
        topics(),
        any::<bool>(),
    );
    let shown = shown.prop_map(
        |(source, guid, url, title, text, (date, updated, backlog), topics, changed)| Shown {
            source,
            guid,
            url,
            title,
            text,
            date,
            updated: updated.filter(|updated| date.is_none_or(|date| *updated >= date)),
            backlog,
            topics,
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
        3 => (0..3_usize, prop::collection::vec(0..4_u8, 0..4))
            .prop_map(|(source, guids)| Step::Hold { source, guids }),
        2 => (0..20_i64, 1..9_usize).prop_map(|(keep, limit)| Step::Retire { keep, limit }),
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

fn as_sighting(shown: &Shown, now: i64) -> Sighting {
    let mut made = sighting(NAMES[shown.source], "x", 0, &named(&shown.topics));
    made.guid = Guid::new(format!("g{}", shown.guid));
    made.guids_changed = shown.guids_changed;
    // On a site of nobody, and on those of two sources.
    let hosts = ["news", "a", "news", "b", "news"];
    made.item.url = shown.url.map(|n| {
        let host = hosts[usize::from(n)];
        CanonicalUrl::already_canonical(format!("https://{host}.example/{n}"))
    });
    made.item.title = if shown.title == 0 {
        String::new()
    } else {
        format!("Title {}", shown.title)
    };
    made.item.summary = Some(CleanHtml::already_clean(
        TEXTS[usize::from(shown.text)].to_owned(),
    ));
    made.item.content = None;
    made.arrival = shown
        .backlog
        .map_or(Arrival::News, |place| Arrival::Backlog { place });
    let believable = |date: &i64| date * HOUR <= now;
    made.item.published = shown.date.filter(believable).map(|date| at(date * HOUR));
    made.item.updated = shown.updated.filter(believable).map(|date| at(date * HOUR));
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
            replace: match known.source == sighting.source {
                true => known.claim >= known.rival,
                false => found.claim >= known.rival && (!known.is_borne || found.claim > known.claim),
            },
        },
        None if found.buried => Decision::Bury,
        None => Decision::Create(new_id(sighting)),
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
            now: 100 * HOUR,
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
        for source in (0..3).filter(|source| sources[*source]) {
            if !self.model.live.contains(&source) {
                self.model.revive(source);
            }
        }
        self.model.live = (0..3).filter(|source| sources[*source]).collect();
        self.model.settle();
    }

    fn show(&mut self, shown: &Shown, fate: Fate) {
        let sighting = as_sighting(shown, self.now);
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
        self.now += HOUR;
        match step {
            Step::Show(shown, fate) => self.show(shown, *fate),
            Step::Reclassify { source, guid, topics } => self.reclassify(*source, *guid, topics),
            Step::Configure { sources, declared } => self.configure(*sources, *declared),
            Step::Hold { source, guids } => {
                let guids: Vec<Guid> = guids.iter().map(|guid| Guid::new(format!("g{guid}"))).collect();
                let (name, now) = (SourceId::of(NAMES[*source]), at(self.now));
                self.trial.write(|batch| batch.hold(&name, &guids, now).unwrap());
                self.model.hold(*source, &guids, self.now);
            }
            Step::Retire { keep, limit } => {
                let (now, span) = (at(self.now), TimeDelta::seconds(*keep));
                let looked_at = self.trial.write(|batch| batch.retire(now, span, *limit).unwrap());
                assert_eq!(looked_at, self.model.retire(self.now, *keep, *limit));
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
            assert_eq!(found.published, at(item.dates.published));
            assert_eq!(found.item.title, item.shown.title);
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
