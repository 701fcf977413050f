//! The store seen through its traits, on a real file.

mod alerts;
mod archive;
mod arrivals;
mod crowd;
mod feeds;
mod file;
mod groups;
mod histories;
mod items;
mod model;
mod owners;
mod push;
mod redate;
mod retire;
mod sources;
mod withdrawn;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

use super::Database;
use crate::model::{
    Arrival, CanonicalUrl, Decision, DeclaredTopic, Feed, FeedKey, FeedKind, Fingerprint, Guid, Item, ItemId,
    PublishedItem, Sighting, Slug, SourceId, Topic, TopicKey, TopicKind,
};
use crate::store::{Batch, Change, Looked, Reader, Setup, SetupSource, Store};

/// A day in the life of the store.
const NOON: i64 = 1_700_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOON + seconds, 0).unwrap()
}

fn slugger(name: &str, _key: &str, taken: &dyn Fn(&Slug) -> bool) -> Slug {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let plain = plain.trim_matches('-');
    let base = if plain.is_empty() { "x" } else { plain };
    (1..)
        .map(|n| {
            if n == 1 {
                base.to_owned()
            } else {
                format!("{base}-{n}")
            }
        })
        .filter_map(|slug| Slug::parse(&slug))
        .find(|slug| !taken(slug))
        .unwrap()
}

/// A store in a folder of its own.
struct Trial {
    folder: TempDir,
    store: Database,
}

impl Trial {
    /// With the sources a, b and c, the category Libya and the tag AFRICOM; feeds show 3 items and 100 seconds.
    fn new() -> Self {
        let mut trial = Self::empty();
        assert_eq!(trial.store.configure(&setup()).unwrap(), []);
        trial
    }

    fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Database::open(&folder.path().join("feedmill.db"), slugger).unwrap();
        Self { folder, store }
    }

    fn reopen(self) -> Self {
        drop(self.store);
        let store = Database::open(&self.folder.path().join("feedmill.db"), slugger).unwrap();
        Self {
            folder: self.folder,
            store,
        }
    }

    fn read(&self) -> Box<dyn Reader> {
        self.store.reader().unwrap()
    }

    /// One committed transaction.
    fn write<T>(&mut self, work: impl FnOnce(&mut dyn Batch) -> T) -> T {
        let mut batch = self.store.begin().unwrap();
        let done = work(&mut *batch);
        batch.commit().unwrap();
        done
    }

    fn create(&mut self, sighting: &Sighting, now: i64) -> ItemId {
        let id = new_id(sighting);
        let change = self.write(|batch| batch.apply(sighting, &Decision::Create(id), at(now)).unwrap());
        assert_eq!(change, Change::New);
        id
    }

    fn join(&mut self, sighting: &Sighting, id: ItemId, replace: bool) -> Change {
        self.write(|batch| {
            batch
                .apply(sighting, &Decision::Join { id, replace }, at(0))
                .unwrap()
        })
    }

    /// The document of this source holds these guids.
    fn hold(&mut self, source: &str, guids: &[&str], now: i64) {
        let guids: Vec<Guid> = guids.iter().map(|guid| Guid::new(*guid)).collect();
        self.write(|batch| batch.hold(&SourceId::of(source), &guids, at(now)).unwrap());
    }

    /// The page behind this guid was asked for. True when its item left the feeds.
    fn looked(&mut self, source: &str, guid: &str, looked: Looked, now: i64) -> bool {
        self.write(|batch| {
            batch
                .looked(&SourceId::of(source), &Guid::new(guid), looked, at(now))
                .unwrap()
        })
    }

    /// Drops what is too old. How many items that were.
    fn retire(&mut self, now: i64, keep: i64) -> u64 {
        let before = self.read().item_count().unwrap();
        while self.write(|batch| batch.retire(at(now), TimeDelta::seconds(keep), 2).unwrap()) == 2 {}
        before - self.read().item_count().unwrap()
    }

    fn configure(&mut self, change: impl FnOnce(&mut Setup)) -> Vec<SourceId> {
        let mut setup = setup();
        change(&mut setup);
        self.store.configure(&setup).unwrap()
    }

    /// Everything was rendered.
    fn publish(&mut self) {
        let dirty: Vec<FeedKey> = self
            .read()
            .dirty()
            .unwrap()
            .into_iter()
            .map(|feed| feed.key)
            .collect();
        self.write(|batch| batch.published(&dirty).unwrap());
        assert_eq!(self.dirty(), [""; 0]);
    }

    fn dirty(&self) -> Vec<String> {
        paths(self.read().dirty().unwrap())
    }

    fn removed(&self) -> Vec<String> {
        paths(self.read().removed().unwrap())
    }

    fn withdrawn(&self) -> Vec<String> {
        paths(self.read().withdrawn().unwrap())
    }

    fn feeds(&self) -> Vec<(String, u64)> {
        let feeds = self.read().feeds().unwrap();
        feeds.into_iter().map(|feed| (path(&feed), feed.size)).collect()
    }

    fn size(&self, wanted: &str) -> u64 {
        let found = self.feeds().into_iter().find(|(path, _)| path == wanted);
        found.unwrap_or_else(|| panic!("{wanted} is not published")).1
    }

    fn newest(&self, feed: &FeedKey) -> Vec<ItemId> {
        self.read().newest(feed, 1_000, TimeDelta::zero()).unwrap()
    }

    fn item(&self, id: ItemId) -> PublishedItem {
        let mut found = self.read().items(&[id]).unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }
}

fn path(feed: &Feed) -> String {
    let slug = feed.slug.as_ref().map_or("", Slug::as_str);
    match feed.key.kind {
        FeedKind::All => "all".to_owned(),
        FeedKind::Category => format!("category/{slug}"),
        FeedKind::Tag => format!("tag/{slug}"),
        FeedKind::Source => format!("source/{slug}"),
        FeedKind::Health => format!("feedmill/{slug}"),
    }
}

fn paths(feeds: Vec<Feed>) -> Vec<String> {
    feeds.iter().map(path).collect()
}

fn source(name: &str) -> SetupSource {
    SetupSource {
        id: SourceId::of(name),
        name: name.to_owned(),
        feed: format!("https://{}.example/feed", name.to_lowercase()),
        rules: 1,
        given: Vec::new(),
        trust: false,
    }
}

fn declared(name: &str) -> DeclaredTopic {
    DeclaredTopic {
        name: name.to_owned(),
        aliases: Vec::new(),
        matches_text: false,
        collapse: None,
    }
}

fn setup() -> Setup {
    Setup {
        sources: vec![source("a"), source("b"), source("c")],
        categories: vec![declared("Libya")],
        tags: vec![declared("AFRICOM")],
        shown_items: 3,
        collapse: crate::model::Collapse::Duplicates,
        shown_span: TimeDelta::seconds(100),
        archive: false,
        rendering: 1,
    }
}

fn url(path: &str) -> CanonicalUrl {
    CanonicalUrl::already_canonical(format!("https://news.example/{path}"))
}

fn tag(name: &str) -> Topic {
    topic(TopicKind::Tag, name)
}

fn category(name: &str) -> Topic {
    topic(TopicKind::Category, name)
}

fn topic(kind: TopicKind, name: &str) -> Topic {
    Topic {
        kind,
        key: TopicKey::of(name),
        name: name.to_owned(),
    }
}

fn tag_feed(name: &str) -> FeedKey {
    FeedKey::topic(TopicKind::Tag, &TopicKey::of(name))
}

/// What `name` shows at news.example/`path`, under the path as its guid, published `date` seconds after noon.
fn sighting(name: &str, path: &str, date: i64, topics: &[Topic]) -> Sighting {
    Sighting {
        source: SourceId::of(name),
        guid: Guid::new(path),
        fingerprint: Fingerprint(u64::MAX - date as u64),
        terms: topics.iter().map(|topic| topic.name.clone()).collect(),
        topics: topics.to_vec(),
        item: Item {
            url: Some(url(path)),
            link: Some(format!("https://news.example/{path}?ref=feed")),
            title: format!("About {path}"),
            published: Some(at(date)),
            updated: None,
            authors: vec!["Mona Elfeitori".to_owned()],
            summary: None,
            content: Some(crate::model::CleanHtml::already_clean(format!("<p>{path}</p>"))),
            image: None,
            enclosures: Vec::new(),
            language: Some("en".to_owned()),
            origin: None,
        },
        guids_changed: false,
        title_repeats: false,
        arrival: Arrival::News,
        uncertain: crate::model::Uncertain::default(),
    }
}

/// The same article on the site of `name`, who owns it there.
fn on_site_of(name: &str, mut shown: Sighting) -> Sighting {
    let path = shown.guid.as_str().to_owned();
    shown.item.url = Some(CanonicalUrl::already_canonical(format!(
        "https://{name}.example/{path}"
    )));
    shown.item.link = Some(format!("https://{name}.example/{path}?ref=feed"));
    shown
}

fn new_id(sighting: &Sighting) -> ItemId {
    match &sighting.item.url {
        Some(url) => ItemId::of_url(url),
        None => ItemId::of_guid(&sighting.source, &sighting.guid),
    }
}
