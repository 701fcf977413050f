//! Copies and stories: which item leads, which feeds hold it, and that feeds are written anew whenever they would differ.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{CleanHtml, Collapse, ItemKey, StoryEntry};
use crate::store::{ItemFacts, Looked};

const HOUR: i64 = 3_600;

/// As a source shows it, with so many words.
pub(super) fn article(name: &str, path: &str, date: i64, topics: &[Topic], words: usize) -> Sighting {
    let mut shown = sighting(name, path, date, topics);
    shown.item.content = Some(CleanHtml::already_clean("word ".repeat(words)));
    shown
}

impl Trial {
    fn key(&mut self, id: ItemId) -> ItemKey {
        self.write(|batch| batch.groups().find(&id).unwrap().unwrap())
    }

    pub(super) fn copy(&mut self, item: ItemId, of: ItemId) -> bool {
        let (item, of) = (self.key(item), self.key(of));
        self.write(|batch| batch.groups().join_copy(item, of).unwrap())
    }

    pub(super) fn tell(&mut self, item: ItemId, of: ItemId) -> bool {
        let (item, of) = (self.key(item), self.key(of));
        self.write(|batch| batch.groups().join_story(item, of).unwrap())
    }

    pub(super) fn part(&mut self, item: ItemId) -> bool {
        let item = self.key(item);
        self.write(|batch| batch.groups().part(item).unwrap())
    }

    pub(super) fn grow(&mut self, now: i64) -> usize {
        self.write(|batch| batch.groups().grow_stories(at(now)).unwrap())
    }

    /// What is new so far was compared, and so may have been published.
    pub(super) fn compared(&mut self) {
        self.write(|batch| {
            let waiting = batch.groups().ungrouped().unwrap();
            let keys: Vec<ItemKey> = waiting.iter().map(|item| item.key).collect();
            batch.groups().grouped(&keys).unwrap();
        });
    }

    pub(super) fn facts(&mut self, item: ItemId) -> ItemFacts {
        let item = self.key(item);
        self.write(|batch| batch.groups().facts(item).unwrap().unwrap())
    }

    fn stories(&self, feed: &FeedKey) -> Vec<StoryEntry> {
        self.read().stories(feed, 10, TimeDelta::zero()).unwrap()
    }
}

#[test]
fn the_owners_copy_leads_else_the_fullest_else_the_first() {
    for (copies, best) in [
        ([(1, 50, false), (2, 10, true), (3, 90, false)], 1),
        ([(1, 50, false), (2, 10, false), (3, 90, false)], 2),
        ([(2, 50, false), (1, 50, false), (3, 50, false)], 1),
    ] {
        let mut trial = Trial::new();
        let ids: Vec<ItemId> = copies
            .iter()
            .zip(["a", "b", "c"])
            .map(|((date, words, owns), name)| {
                let shown = article(name, name, *date, &[tag("All"), tag(name)], *words);
                let shown = if *owns { on_site_of(name, shown) } else { shown };
                trial.create(&shown, 0)
            })
            .collect();
        assert!(trial.copy(ids[1], ids[0]) && trial.copy(ids[2], ids[0]));
        assert!(!trial.copy(ids[2], ids[1]), "that is known");
        assert_eq!(trial.newest(&FeedKey::all()), [ids[best]]);
        for (id, name) in ids.iter().zip(["a", "b", "c"]) {
            assert_eq!(trial.newest(&FeedKey::source(&SourceId::of(name))), [*id]);
            assert_eq!(
                trial.newest(&tag_feed(name)),
                [*id],
                "each stands for the article where only it belongs"
            );
            let topics = trial.item(*id).topics;
            assert!(
                topics.contains(&tag("All")) && topics.contains(&tag(name)),
                "{topics:?}"
            );
            assert_eq!(topics.len(), 2, "what only another copy says is not said of it");
        }
        assert_eq!(trial.newest(&tag_feed("all")), [ids[best]], "once in each feed");
        let lead = trial.item(ids[best]);
        assert_eq!(lead.copies.len(), 2);
        assert!(lead.copies.iter().all(|copy| copy.link.ends_with("?ref=feed")));
    }
}

#[test]
fn what_readers_know_leads_and_borrows_a_better_text() {
    let mut trial = Trial::new();
    let known = trial.create(&article("a", "teaser", 5, &[], 20), 0);
    trial.compared();
    trial.publish();
    let fuller = trial.create(&article("b", "full", 1, &[], 80), 10);
    trial.copy(fuller, known);
    assert_eq!(trial.newest(&FeedKey::all()), [known]);
    assert_eq!(trial.dirty(), ["all", "source/a", "source/b"]);
    let shown = trial.item(known);
    assert_eq!(
        shown.item.content,
        Some(CleanHtml::already_clean("word ".repeat(80)))
    );
    assert_eq!(shown.item.title, "About teaser");
    assert_eq!(shown.item.link.unwrap(), "https://news.example/teaser?ref=feed");

    // The copy is cut again: its own text is the better one.
    trial.join(&article("b", "full", 1, &[], 5), fuller, true);
    assert_eq!(
        trial.item(known).item.content,
        Some(CleanHtml::already_clean("word ".repeat(20)))
    );
}

#[test]
fn a_source_that_shows_an_article_twice_has_it_once_in_its_feed() {
    let mut trial = Trial::new();
    let first = trial.create(&article("a", "first", 1, &[], 50), 0);
    trial.compared();
    let again = trial.create(&article("a", "again", 2, &[], 50), 1);
    trial.copy(again, first);
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("a"))), [first]);
    assert!(trial.item(first).copies.is_empty(), "no other outlet has it");
    assert!(trial.part(again));
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("a"))), [again, first]);
    assert!(!trial.part(again));
}

#[test]
fn a_tag_that_a_copy_gains_or_loses_comes_and_goes_with_it() {
    for trust in [false, true] {
        let mut trial = Trial::new();
        trial.configure(|setup| setup.sources[1].trust = trust);
        let one = trial.create(&on_site_of("a", article("a", "one", 1, &[], 50)), 0);
        let copy = trial.create(&article("b", "two", 2, &[tag("Oil")], 50), 0);
        trial.copy(copy, one);
        trial.compared();
        trial.publish();
        let guid = Guid::new("two");
        trial.write(|batch| {
            batch
                .reclassify(&SourceId::of("b"), &guid, &[tag("Gas")])
                .unwrap()
        });
        let stands = if trust { one } else { copy };
        assert_eq!(trial.newest(&tag_feed("gas")), [stands]);
        assert_eq!(trial.newest(&tag_feed("oil")), []);
        assert_eq!(trial.item(copy).topics, [tag("Gas")], "in the feed of its source");
        let topics = trial.item(one).topics;
        assert_eq!(topics.len(), usize::from(trust), "{topics:?}");
        for source in ["source/a", "source/b"] {
            assert!(
                trial.dirty().contains(&source.to_owned()),
                "{source} shows its tags"
            );
        }
    }
}

#[test]
fn an_owners_text_is_replaced_by_its_own_alone() {
    for (lender, owned, lends) in [
        ("b", true, false),
        ("a", true, true),
        ("b", false, true),
        ("a", false, true),
    ] {
        let mut trial = Trial::new();
        let teaser = article("a", "teaser", 1, &[], 20);
        let teaser = if owned { on_site_of("a", teaser) } else { teaser };
        let known = trial.create(&teaser, 0);
        trial.compared();
        let fuller = trial.create(&on_site_of(lender, article(lender, "full", 2, &[], 80)), 1);
        trial.copy(fuller, known);
        let shown = trial.item(known);
        let words = shown.item.content.unwrap().as_str().len() / "word ".len();
        assert_eq!(words, if lends { 80 } else { 20 }, "{lender} {owned}");
        let named = shown.lender.map(|lender| lender.source);
        let expected = (lends && lender == "b").then(|| SourceId::of("b"));
        assert_eq!(named, expected, "{lender} {owned}");
        // Who is gone lends nothing.
        if named.is_some() {
            trial.configure(|setup| drop(setup.sources.remove(1)));
            assert_eq!(trial.item(known).lender, None);
        }
    }
}

#[test]
fn a_story_grows_once_an_hour_and_keeps_its_id() {
    let mut trial = Trial::new();
    let ids: Vec<ItemId> = (0..4)
        .map(|n| trial.create(&article("a", &format!("{n}"), n, &[], 50), n))
        .collect();
    trial.configure(|setup| setup.collapse = Collapse::Stories);
    let shown = |trial: &Trial| {
        let all = FeedKey::all();
        let stories = trial.stories(&all);
        stories
            .iter()
            .map(|entry| (entry.id, entry.items.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&trial).len(), 4);
    trial.tell(ids[1], ids[0]);
    assert_eq!(trial.grow(100), 1);
    assert_eq!(shown(&trial), [(ids[3], 1), (ids[2], 1), (ids[0], 2)]);
    trial.publish();

    trial.tell(ids[2], ids[1]);
    assert_eq!(trial.grow(100 + HOUR - 1), 0, "not within the hour");
    assert_eq!(
        shown(&trial),
        [(ids[3], 1), (ids[0], 2)],
        "it waits, and is no item of its own meanwhile"
    );
    assert_eq!(trial.grow(100 + HOUR), 1);
    assert_eq!(shown(&trial), [(ids[3], 1), (ids[0], 3)]);
    assert!(trial.dirty().contains(&"all".to_owned()));
    let grown = trial.stories(&FeedKey::all())[1].grown;
    assert_eq!(grown, Some(at(100 + HOUR)));

    trial.tell(ids[3], ids[0]);
    assert_eq!(
        trial.grow(-10 * HOUR),
        1,
        "a clock that was set back holds nothing up"
    );
    assert_eq!(shown(&trial), [(ids[0], 4)]);
    let mut trial = trial.reopen();
    assert_eq!(shown(&trial), [(ids[0], 4)]);
    assert_eq!(trial.grow(50 * HOUR), 0, "nothing waits");

    assert!(trial.part(ids[0]));
    assert_eq!(
        shown(&trial),
        [(ids[1], 3), (ids[0], 1)],
        "without its first, the story goes by the next"
    );
    assert!(trial.part(ids[2]) && trial.part(ids[3]));
    assert_eq!(shown(&trial).len(), 4);
    assert_eq!(trial.item(ids[1]).story, None);
}

#[test]
fn stories_that_prove_to_be_one_become_one() {
    let mut trial = Trial::new();
    let ids: Vec<ItemId> = (0..5)
        .map(|n| trial.create(&article("a", &format!("{n}"), n, &[], 50), n))
        .collect();
    trial.tell(ids[1], ids[0]);
    trial.tell(ids[3], ids[2]);
    trial.copy(ids[4], ids[3]);
    trial.grow(0);
    assert!(
        trial.tell(ids[1], ids[2]),
        "the story that began first keeps its name"
    );
    assert!(!trial.tell(ids[2], ids[0]));
    trial.grow(HOUR);
    let stories: Vec<Option<ItemId>> = ids.iter().map(|id| trial.item(*id).story).collect();
    assert_eq!(stories, [Some(ids[0]); 5]);
    let all = trial.stories(&FeedKey::all());
    assert_eq!(
        (all.len(), all[0].items.len(), all[0].all.len()),
        (1, 4, 4),
        "a copy is no article of its own"
    );
}

#[test]
fn copies_go_with_the_article_that_leads() {
    let mut trial = Trial::new();
    let lead = trial.create(&article("a", "one", 1, &[], 50), 0);
    trial.compared();
    let copy = trial.create(&article("b", "two", 2, &[], 50), 50);
    let other = trial.create(&article("c", "three", 3, &[], 50), 50);
    trial.copy(copy, lead);
    trial.configure(|setup| setup.shown_items = 1);
    for (name, guid) in [("a", "new"), ("b", "newer")] {
        trial.create(&article(name, guid, 4, &[], 50), 50);
    }
    trial.hold("a", &["new"], 60);
    assert_eq!(trial.retire(74, 10), 0, "its copy is shown still");
    trial.hold("b", &["newer"], 75);
    assert_eq!(trial.retire(85, 10), 0, "the youngest of its copies counts");
    assert_eq!(trial.retire(86, 10), 2);
    let left = trial.newest(&FeedKey::all());
    assert_eq!(
        (left.len(), left.last()),
        (3, Some(&other)),
        "a copy does not come up as news"
    );
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("b"))).len(), 1);
    assert_eq!(trial.read().item_count().unwrap(), 3);
    let shown = trial.write(|batch| batch.candidates(&sighting("b", "two", 2, &[])).unwrap());
    assert!(shown.buried);
}

#[test]
fn what_was_not_compared_waits_over_a_restart() {
    let mut trial = Trial::new();
    for (n, name) in [(2, "b"), (0, "a"), (1, "c")] {
        trial.create(&article(name, name, n, &[], 50), n);
    }
    let mut trial = trial.reopen();
    let waiting = |trial: &mut Trial| {
        trial.write(|batch| {
            let waiting = batch.groups().ungrouped().unwrap();
            let keys: Vec<ItemKey> = waiting.iter().map(|item| item.key).collect();
            let items = batch.groups().to_compare(&keys).unwrap();
            items.into_iter().map(|item| item.title).collect::<Vec<_>>()
        })
    };
    assert_eq!(
        waiting(&mut trial),
        ["About a", "About c", "About b"],
        "by date, whoever came first"
    );
    trial.compared();
    assert_eq!(waiting(&mut trial), [""; 0]);
    let one = ItemId::of_url(&url("a"));
    trial.join(&article("a", "a", 0, &[], 70), one, true);
    assert_eq!(waiting(&mut trial), ["About a"], "its text changed");
}

/// What can happen to a handful of articles.
#[derive(Clone, Debug)]
enum Step {
    Create {
        source: usize,
        article: u8,
        topics: u8,
        words: u8,
    },
    Edit {
        article: u8,
        words: u8,
    },
    Compared,
    Copy(u8, u8),
    Story(u8, u8),
    Part(u8),
    Grow(i64),
    Hold(usize, u8),
    Withdraw(usize, u8),
    Retire(i64),
    Sources([bool; 3]),
    Collapse(u8, u8),
    Publish,
}

fn step() -> impl Strategy<Value = Step> {
    let any_article = 0u8..8;
    prop_oneof![
        4 => (0usize..3, any_article.clone(), 0u8..4, 1u8..90)
            .prop_map(|(source, article, topics, words)| Step::Create { source, article, topics, words }),
        1 => (any_article.clone(), 1u8..90).prop_map(|(article, words)| Step::Edit { article, words }),
        1 => Just(Step::Compared),
        3 => (any_article.clone(), any_article.clone()).prop_map(|(one, other)| Step::Copy(one, other)),
        3 => (any_article.clone(), any_article.clone()).prop_map(|(one, other)| Step::Story(one, other)),
        1 => any_article.prop_map(Step::Part),
        2 => (0i64..8_000).prop_map(Step::Grow),
        2 => (0usize..3, 0u8..8).prop_map(|(source, article)| Step::Hold(source, article)),
        2 => (0usize..3, 0u8..8).prop_map(|(source, article)| Step::Withdraw(source, article)),
        1 => (0i64..30).prop_map(Step::Retire),
        1 => any::<[bool; 3]>().prop_map(Step::Sources),
        1 => (0u8..3, 0u8..4).prop_map(|(site, tag)| Step::Collapse(site, tag)),
        3 => Just(Step::Publish),
    ]
}

/// What a feed's files are made of.
type Page = (Vec<PublishedItem>, Vec<StoryEntry>);

struct Groups {
    trial: Trial,
    now: i64,
    sources: [bool; 3],
    collapse: (u8, u8),
    pages: BTreeMap<FeedKey, Page>,
}

const NAMES: [&str; 3] = ["a", "b", "c"];

fn topics(bits: u8) -> Vec<Topic> {
    let all = [tag("AFRICOM"), tag("Oil")];
    all.into_iter()
        .enumerate()
        .filter(|(n, _)| bits & (1 << n) != 0)
        .map(|(_, tag)| tag)
        .collect()
}

fn collapse(number: u8) -> Collapse {
    [Collapse::None, Collapse::Duplicates, Collapse::Stories][usize::from(number % 3)]
}

impl Groups {
    fn id(article: u8) -> ItemId {
        ItemId::of_url(&url(&article.to_string()))
    }

    fn keys(&mut self, articles: [u8; 2]) -> Option<[ItemKey; 2]> {
        self.trial.write(|batch| {
            let [one, other] = articles.map(|article| batch.groups().find(&Self::id(article)).unwrap());
            Some([one?, other?])
        })
    }

    fn configure(&mut self) {
        let (sources, (site, own)) = (self.sources, self.collapse);
        self.trial.configure(|setup| {
            setup.sources.retain(|source| {
                NAMES
                    .iter()
                    .zip(sources)
                    .any(|(name, live)| live && source.id == SourceId::of(name))
            });
            setup.collapse = collapse(site);
            setup.tags[0].collapse = (own < 3).then(|| collapse(own));
        });
    }

    fn apply(&mut self, shown: &Sighting) {
        let mut batch = self.trial.store.begin().unwrap();
        let decision = crate::dedupe::decide(shown, &batch.candidates(shown).unwrap());
        batch.apply(shown, &decision, at(self.now)).unwrap();
        batch.commit().unwrap();
    }

    fn take(&mut self, step: &Step) {
        self.now += 1;
        match *step {
            Step::Create {
                source,
                article: n,
                topics: bits,
                words,
            } => {
                let date = i64::from(n) * 7;
                self.apply(&article(
                    NAMES[source],
                    &n.to_string(),
                    date,
                    &topics(bits),
                    usize::from(words),
                ));
            }
            Step::Edit { article: n, words } => {
                let mut shown = article("a", &n.to_string(), i64::from(n) * 7, &[], usize::from(words));
                shown.item.title = format!("Edited {words}");
                self.apply(&shown);
            }
            Step::Compared => self.trial.compared(),
            Step::Copy(one, other) => {
                if let Some([one, other]) = self.keys([one, other]) {
                    self.trial
                        .write(|batch| batch.groups().join_copy(one, other).unwrap());
                }
            }
            Step::Story(one, other) => {
                if let Some([one, other]) = self.keys([one, other]) {
                    self.trial
                        .write(|batch| batch.groups().join_story(one, other).unwrap());
                }
            }
            Step::Part(one) => {
                if let Some([one, _]) = self.keys([one, one]) {
                    self.trial.write(|batch| batch.groups().part(one).unwrap());
                }
            }
            Step::Grow(later) => {
                self.now += later;
                self.trial.grow(self.now);
            }
            Step::Hold(source, article) => {
                self.trial.hold(NAMES[source], &[&article.to_string()], self.now);
            }
            Step::Withdraw(source, article) => {
                self.trial
                    .looked(NAMES[source], &article.to_string(), Looked::Gone, self.now);
            }
            Step::Retire(age) => {
                let before = self.now - age;
                let keep = TimeDelta::seconds(self.now - before);
                self.trial
                    .write(|batch| batch.retire(at(self.now), keep, 3).unwrap());
            }
            Step::Sources(live) => {
                self.sources = live;
                self.configure();
            }
            Step::Collapse(site, own) => {
                self.collapse = (site, own);
                self.configure();
            }
            Step::Publish => self.publish(),
        }
    }

    fn page(reader: &dyn Reader, feed: &Feed) -> Page {
        let span = TimeDelta::seconds(10);
        match feed.collapse {
            Collapse::None | Collapse::Duplicates => {
                let ids = reader.newest(&feed.key, 3, span).unwrap();
                (reader.items(&ids).unwrap(), Vec::new())
            }
            Collapse::Stories => {
                let stories = reader.stories(&feed.key, 3, span).unwrap();
                let leads: Vec<ItemId> = stories.iter().map(|entry| entry.items[0]).collect();
                (reader.items(&leads).unwrap(), stories)
            }
        }
    }

    fn publish(&mut self) {
        let reader = self.trial.read();
        for feed in reader.dirty().unwrap() {
            self.pages.insert(feed.key.clone(), Self::page(&*reader, &feed));
        }
        self.trial.publish();
    }

    fn check(&self) {
        let reader = self.trial.read();
        let feeds = reader.feeds().unwrap();
        let dirty: Vec<FeedKey> = reader.dirty().unwrap().into_iter().map(|feed| feed.key).collect();
        for feed in &feeds {
            assert_eq!(feed.size, self.trial.newest(&feed.key).len() as u64, "{feed:?}");
            if !dirty.contains(&feed.key) {
                assert_eq!(
                    self.pages[&feed.key],
                    Self::page(&*reader, feed),
                    "{feed:?} is not dirty"
                );
            }
        }
        self.check_rows();
    }

    /// What the tables say of each other.
    fn check_rows(&self) {
        let none = |sql: &str| {
            let connection = &self.trial.store.connection;
            let wrong: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(wrong, 0, "{sql}");
        };
        none(
            "SELECT count(*) FROM item WHERE lead IS NOT NULL AND lead NOT IN (SELECT id FROM item WHERE lead IS NULL)",
        );
        none(
            "SELECT count(*) FROM item AS copy JOIN item AS lead ON lead.id = copy.lead WHERE lead.story IS NOT copy.story",
        );
        none(
            "SELECT count(*) FROM item WHERE text_of IS NOT NULL AND text_of NOT IN (SELECT copy.id FROM item AS copy WHERE copy.lead = item.id)",
        );
        none("SELECT count(*) FROM item WHERE story IS NOT NULL AND story NOT IN (SELECT id FROM story)");
        none("SELECT count(*) FROM item WHERE withdrawn IS NOT NULL AND feeds <> '[]'");
        none(
            "SELECT count(*) FROM membership JOIN item USING (uuid) WHERE membership.published <> item.published
                OR membership.arrived IS NOT iif(item.arrived - item.published > 5400, item.arrived, NULL)",
        );
        none("SELECT count(*) FROM ungrouped WHERE item NOT IN (SELECT id FROM item)");
        if collapse(self.collapse.0) != Collapse::None {
            none(
                "SELECT count(*) FROM membership JOIN item USING (uuid) WHERE feed = 1 AND lead IS NOT NULL",
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn feeds_are_written_anew_whenever_they_would_differ(steps in prop::collection::vec(step(), 1..40)) {
        let mut groups = Groups {
            trial: Trial::empty(),
            now: 100,
            sources: [true; 3],
            collapse: (1, 3),
            pages: BTreeMap::new(),
        };
        groups.configure();
        for step in &steps {
            groups.take(step);
            groups.check();
        }
    }
}
