use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

use super::*;
use crate::classify::Classifier;
use crate::config;
use crate::model::{Arrival, CleanHtml, Decision, Fingerprint, Guid, Item, ItemId, Sighting};
use crate::refresh::{open, setup};

/// Two sources whose items wait to be compared.
struct Trial {
    _folder: TempDir,
    config: Config,
    store: Box<dyn Store>,
    now: DateTime<Utc>,
}

impl Trial {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let text = "[site]\ntitle = \"T\"\nurl = \"https://t.example/\"\n[[source]]\nname = \"Loud\"\nfeed = \"https://loud.example/\"\n\
                    [[source]]\nname = \"Quiet\"\nfeed = \"https://quiet.example/\"\n";
        let config = config::parse(text, &folder.path().join("feeds.toml"), &|_| None).unwrap();
        let mut store = open(&config).unwrap();
        let classifier: Classifier = setup::classifier(&config);
        store.configure(&setup::setup(&config, &classifier)).unwrap();
        Self {
            _folder: folder,
            config,
            store,
            now: DateTime::from_timestamp(1_795_161_600, 0).unwrap(),
        }
    }

    /// So many items of a source, all with one text.
    fn bring(&mut self, source: &str, items: i64) {
        let mut batch = self.store.begin().unwrap();
        for n in 0..items {
            let sighting = sighting(source, n, self.now - TimeDelta::seconds(items - n));
            let id = ItemId::of_guid(&sighting.source, &sighting.guid);
            batch.apply(&sighting, &Decision::Create(id), self.now).unwrap();
        }
        batch.commit().unwrap();
    }

    fn group(&mut self, stops: bool) -> usize {
        let stop = watch::channel(stops).1;
        group(&mut *self.store, &self.config, &HashMap::new(), self.now, &stop).unwrap()
    }

    fn waiting(&mut self) -> Vec<Waiting> {
        self.store.begin().unwrap().groups().ungrouped().unwrap()
    }

    /// When the daemon has something to do for them.
    fn is_due(&self) -> bool {
        let grows = self.store.reader().unwrap().next_growth().unwrap();
        grows.is_some_and(|grows| grows <= self.now)
    }
}

fn sighting(source: &str, n: i64, published: DateTime<Utc>) -> Sighting {
    let text = "The pier at Sabra was closed when a barge hit it, and nine years of quarrels went by before it opened again.";
    Sighting {
        source: SourceId::of(source),
        guid: Guid::new(n.to_string()),
        fingerprint: Fingerprint(n as u64),
        terms: Vec::new(),
        topics: Vec::new(),
        arrival: Arrival::News,
        uncertain: crate::model::Uncertain::default(),
        item: Item {
            url: None,
            link: Some(format!("https://{source}.example/{n}")),
            title: "Pier opens".to_owned(),
            published: Some(published),
            updated: None,
            authors: Vec::new(),
            summary: None,
            content: Some(CleanHtml::already_clean(text.to_owned())),
            image: None,
            enclosures: Vec::new(),
            language: None,
            origin: None,
        },
        guids_changed: false,
        title_repeats: false,
    }
}

#[test]
fn one_source_has_its_share_of_a_pass_and_others_have_theirs() {
    let item = |key: usize, source: &str| Waiting {
        key: ItemKey(key as u64),
        source: SourceId::of(source),
        is_fresh: !key.is_multiple_of(2),
    };
    let flood = 3 * MOST_OF_A_SOURCE;
    let mut waiting = vec![item(flood, "quiet")];
    waiting.extend((0..flood).map(|key| item(key, "loud")));
    let [now, later] = shares(waiting);
    let newest = (flood - MOST_OF_A_SOURCE..flood).map(|key| ItemKey(key as u64));
    let expected: Vec<ItemKey> = std::iter::once(ItemKey(flood as u64)).chain(newest).collect();
    assert_eq!(now, expected);
    // Those that readers met already need no word.
    assert_eq!(later.len(), MOST_OF_A_SOURCE);
    assert!(later.iter().all(|key| key.0 % 2 == 1 && key.0 < 2_000));
}

#[test]
fn what_is_too_much_for_a_pass_is_compared_in_the_next() {
    let mut trial = Trial::new();
    trial.bring("Quiet", 1);
    trial.bring("Loud", MOST_OF_A_SOURCE as i64 + 30);
    assert_eq!(trial.group(false), MOST_OF_A_SOURCE);
    let waiting = trial.waiting();
    assert_eq!(waiting.len(), 30);
    assert!(
        waiting.iter().all(|item| !item.is_fresh),
        "readers meet them meanwhile"
    );
    assert!(trial.is_due());
    assert_eq!(trial.group(false), 30);
    assert!(trial.waiting().is_empty() && !trial.is_due());
}

#[test]
fn a_pass_gives_way_when_it_is_told_to_stop() {
    let mut trial = Trial::new();
    trial.bring("Loud", 40);
    assert_eq!(trial.group(true), 0);
    let waiting = trial.waiting();
    assert_eq!(waiting.len(), 40);
    assert!(waiting.iter().all(|item| item.is_fresh));
    assert_eq!(trial.group(false), 39);
}
