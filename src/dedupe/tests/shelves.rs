//! What is known outlives the process, and numbers decide nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use proptest::prelude::*;

use super::texts::{DAM, DAM_ARABIC, LIBRARY, first_sentence, half};
use super::*;
use crate::dedupe::{Changes, Features, Frequencies, Known, Lines, Shelf, StoryKey};

/// A store in memory, which keeps bytes as a store would.
#[derive(Default)]
struct Archive {
    under: BTreeMap<u64, Vec<ItemKey>>,
    known: BTreeMap<ItemKey, (Vec<u8>, ItemKey, StoryKey)>,
    lines: BTreeMap<u64, Vec<u8>>,
    frequencies: Option<Vec<u8>>,
}

impl Archive {
    fn put(&mut self, changes: Changes) {
        self.under
            .extend(changes.under.iter().map(|(key, items)| (*key, items.to_vec())));
        let known = changes.known.into_iter();
        self.known
            .extend(known.map(|(key, known)| (key, (known.features.encode(), known.original, known.story))));
        let lines = changes.lines.into_iter();
        self.lines
            .extend(lines.map(|(host, lines)| (host, lines.encode())));
    }
}

impl Shelf for Archive {
    type Error = Infallible;

    fn under(&mut self, key: u64) -> Result<Vec<ItemKey>, Infallible> {
        Ok(self.under.get(&key).cloned().unwrap_or_default())
    }

    fn known(&mut self, item: ItemKey) -> Result<Option<Known>, Infallible> {
        Ok(self.known.get(&item).map(|(bytes, original, story)| Known {
            features: Arc::new(Features::decode(bytes).unwrap()),
            original: *original,
            story: *story,
            strictness: None,
        }))
    }

    fn members(&mut self, story: StoryKey, most: usize) -> Result<Vec<ItemKey>, Infallible> {
        let mut members: Vec<(i64, &Vec<u8>, ItemKey)> = self
            .known
            .iter()
            .filter(|(_, (.., of))| *of == story)
            .map(|(key, (bytes, ..))| (Features::decode(bytes).unwrap().published(), bytes, *key))
            .collect();
        members.sort_by(|one, other| other.cmp(one));
        Ok(members.into_iter().take(most).map(|(.., key)| key).collect())
    }

    fn lines(&mut self, host: u64) -> Result<Option<Lines>, Infallible> {
        Ok(self.lines.get(&host).map(|bytes| Lines::decode(bytes).unwrap()))
    }

    fn frequencies(&mut self) -> Result<Option<Frequencies>, Infallible> {
        let bytes = self.frequencies.as_ref();
        Ok(bytes.map(|bytes| Frequencies::decode(bytes).unwrap()))
    }
}

fn index() -> Index {
    Index::new(Settings::default(), Aliases::default())
}

/// Refreshes one after the other; each ends with everything on the shelf, some with the process.
struct Reader {
    index: Index,
    archive: Archive,
}

impl Reader {
    fn new() -> Self {
        Self {
            index: index(),
            archive: Archive::default(),
        }
    }

    fn refresh(&mut self, articles: &[(ItemKey, Article)], restarts: bool) -> Vec<Resolution> {
        let Ok(resolutions) = self.index.add(&mut self.archive, articles);
        self.archive.put(self.index.changes());
        self.index.shelved_but(usize::MAX);
        if let Some(frequencies) = self.index.counted() {
            self.archive.frequencies = Some(frequencies.encode());
        }
        if restarts {
            self.index = index();
        }
        resolutions
    }

    fn known(&mut self, key: u64) -> Known {
        let Ok(known) = self.archive.known(ItemKey(key));
        known.unwrap()
    }
}

const HOSTS: [&str; 4] = ["a.example", "b.example", "c.example", "d.example"];

/// Sentences of three texts, from which articles are made that overlap in parts.
fn sentences() -> Vec<&'static str> {
    [DAM, LIBRARY, DAM_ARABIC]
        .iter()
        .flat_map(|text| text.lines().flat_map(|line| line.split(". ")))
        .collect()
}

/// The groups under two labels, by position of the articles.
fn groups(labels: &[(u64, ItemKey, StoryKey)]) -> [BTreeSet<Vec<usize>>; 2] {
    let group = |label: &dyn Fn(&(u64, ItemKey, StoryKey)) -> ItemKey| {
        let mut groups: BTreeMap<ItemKey, Vec<usize>> = BTreeMap::new();
        for (at, labels) in labels.iter().enumerate() {
            groups.entry(label(labels)).or_default().push(at);
        }
        groups.into_values().collect()
    };
    [group(&|(_, original, _)| *original), group(&|(.., story)| *story)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Three refreshes, once as they are, once shuffled, under other numbers and with restarts.
    #[test]
    fn neither_numbers_nor_order_nor_restarts_matter(
        written in prop::collection::vec((prop::collection::vec(0usize..12, 2..5), 0i64..3, 0usize..4), 6..18),
        shuffles in prop::collection::vec(any::<u32>(), 18),
        numbers in Just((0..18u64).collect::<Vec<u64>>()).prop_shuffle(),
        restarts in any::<[bool; 3]>(),
    ) {
        let sentences = sentences();
        let texts: Vec<String> = written
            .iter()
            .map(|(parts, ..)| parts.iter().map(|part| sentences[part % sentences.len()]).collect::<Vec<_>>().join(". "))
            .collect();
        let articles: Vec<Article> = written
            .iter()
            .zip(&texts)
            .map(|((parts, hour, host), text)| article(*hour, HOSTS[*host], sentences[parts[0] % sentences.len()], text))
            .collect();
        let run = |shuffled: bool| {
            let mut reader = Reader::new();
            let key = |at: usize| ItemKey(if shuffled { 100 + numbers[at] } else { at as u64 });
            for (refresh, restarts) in restarts.into_iter().enumerate() {
                let mut order: Vec<usize> = (0..articles.len()).filter(|at| at % 3 == refresh).collect();
                if shuffled {
                    order.sort_by_key(|at| shuffles[*at]);
                }
                let articles: Vec<(ItemKey, Article)> = order.iter().map(|at| (key(*at), articles[*at])).collect();
                reader.refresh(&articles, shuffled && restarts);
            }
            let label = |at| {
                let known = reader.known(key(at).0);
                (at as u64, known.original, known.story)
            };
            let labels: Vec<(u64, ItemKey, StoryKey)> = (0..articles.len()).map(label).collect();
            groups(&labels)
        };
        prop_assert_eq!(run(false), run(true));
    }
}

#[test]
fn numbers_decide_nothing_among_more_equals_than_are_compared() {
    // One form with another number each, posted in one second: more than can be candidates of one another.
    let texts: Vec<String> = (0..60)
        .map(|number| format!("Lot {number}: a chair of oak from the old town hall, with arms and a cushion, is for sale again."))
        .collect();
    let article = |text| article(0, "sale.example", "A chair", text);
    let run = |keys: &dyn Fn(usize) -> u64| {
        let mut reader = Reader::new();
        let (first, second) = texts.split_at(30);
        for (part, from) in [(first, 0), (second, 30)] {
            let mut articles: Vec<(ItemKey, Article)> = part
                .iter()
                .zip(from..)
                .map(|(text, at)| (ItemKey(keys(at)), article(text)))
                .collect();
            articles.sort_by_key(|(key, _)| *key);
            reader.refresh(&articles, true);
        }
        let copy = reader
            .refresh(&[(ItemKey(1_000), article(&texts[7]))], true)
            .remove(0);
        let mut compared: Vec<usize> = copy
            .compared
            .iter()
            .map(|known| (0..60).position(|at| keys(at) == known.key.0).unwrap())
            .collect();
        compared.sort_unstable();
        compared
    };
    assert_eq!(run(&|at| at as u64), run(&|at| 60 - at as u64));
    assert_eq!(run(&|at| at as u64), run(&|at| (at as u64 * 37) % 61));
}

#[test]
fn what_is_too_old_to_matter_hides_nothing_that_does() {
    const MONTH: i64 = 31 * 24;
    let hosts: Vec<String> = (0..20).map(|at| format!("{at}.example")).collect();
    let mut articles: Vec<Article> = hosts
        .iter()
        .map(|host| article(0, host, "Spillway reopens", DAM))
        .collect();
    let cut = half(DAM);
    articles.push(article(MONTH, "wire.example", "Water runs again", cut));
    articles.push(article(MONTH + 1, "town.example", "Spillway reopens", DAM));
    let resolutions = one_by_one(&articles, Aliases::default());
    assert_eq!(resolutions[20].duplicate_of, None);
    assert_eq!(resolutions[21].duplicate_of, Some(ItemKey(20)));
    assert!(resolutions[21].compared.iter().all(|known| known.key.0 >= 20));
}

#[test]
fn nothing_is_shelved_twice() {
    let mut reader = Reader::new();
    let articles = [
        article(0, "wire.example", "Spillway reopens", DAM),
        article(1, "town.example", "Library", LIBRARY),
    ];
    let Ok(_) = reader.index.add(&mut reader.archive, &numbered(&articles));
    let changes = reader.index.changes();
    let keys: Vec<u64> = changes.known.iter().map(|(key, _)| key.0).collect();
    assert_eq!(keys, [0, 1]);
    assert_eq!(changes.lines.len(), 2);
    assert!(changes.under.is_sorted_by_key(|(key, _)| *key) && !changes.under.is_empty());
    assert!(reader.index.counted().is_some());
    reader.index.shelved();
    assert!(reader.index.changes().is_empty());
    assert!(reader.index.counted().is_none());
    let copy = article(2, "mirror.example", "Spillway", DAM);
    let Ok(_) = reader.index.add(&mut reader.archive, &[(ItemKey(2), copy)]);
    let changes = reader.index.changes();
    assert_eq!((changes.known.len(), changes.lines.len()), (1, 1));
}

#[test]
fn a_deleted_article_is_passed_over() {
    let mut reader = Reader::new();
    reader.refresh(&[(ItemKey(1), article(0, "wire.example", "Spillway", DAM))], true);
    reader.archive.known.clear();
    let found = reader
        .refresh(&[(ItemKey(2), article(1, "town.example", "Spillway", DAM))], true)
        .remove(0);
    assert_eq!(
        (found.duplicate_of, found.story, found.compared.len()),
        (None, None, 0)
    );
}

#[test]
fn a_teaser_that_becomes_an_article_is_compared_again() {
    let teaser = "The water is back. More soon on this page of ours, so come again later in the day.";
    let mut reader = Reader::new();
    reader.refresh(
        &[(ItemKey(1), article(0, "wire.example", "Spillway reopens", DAM))],
        true,
    );
    let found = reader
        .refresh(
            &[(ItemKey(2), article(1, "town.example", "Good news", teaser))],
            true,
        )
        .remove(0);
    assert_eq!(found.duplicate_of, None);
    let whole = [(ItemKey(2), article(1, "town.example", "Good news", DAM))];
    let found = reader.refresh(&whole, true).remove(0);
    assert_eq!(found.duplicate_of, Some(ItemKey(1)));
    // Again, nothing changes, and it is no copy of itself.
    let found = reader.refresh(&whole, true).remove(0);
    assert_eq!(found.duplicate_of, Some(ItemKey(1)));
    assert!(found.compared.iter().all(|known| known.key != ItemKey(2)));
    // Nothing of the teaser is left.
    let found = reader
        .refresh(
            &[(ItemKey(3), article(2, "other.example", "Good news", teaser))],
            true,
        )
        .remove(0);
    assert_eq!(found.duplicate_of, None);
    assert!(
        reader
            .archive
            .under
            .values()
            .all(|list| list.iter().collect::<BTreeSet<_>>().len() == list.len())
    );
}

#[test]
fn an_article_that_others_are_copies_of_stays_the_original() {
    let mut reader = Reader::new();
    reader.refresh(
        &[(ItemKey(1), article(0, "wire.example", "Library", LIBRARY))],
        true,
    );
    reader.refresh(
        &[(ItemKey(2), article(0, "paper.example", "Spillway", DAM))],
        true,
    );
    reader.refresh(
        &[(ItemKey(3), article(1, "town.example", "Water", half(DAM)))],
        true,
    );
    assert_eq!(reader.known(3).original, ItemKey(2));
    // It is about another thing now, and would be a copy itself.
    let found = reader
        .refresh(
            &[(ItemKey(2), article(0, "paper.example", "Books", LIBRARY))],
            true,
        )
        .remove(0);
    assert_eq!((found.duplicate_of, found.story), (None, None));
    assert_eq!(
        (reader.known(2).original, reader.known(3).original),
        (ItemKey(2), ItemKey(2))
    );
    // The copy goes its own way.
    let found = reader.refresh(
        &[(
            ItemKey(3),
            article(1, "town.example", "Note", first_sentence(DAM_ARABIC)),
        )],
        true,
    );
    assert_eq!((found[0].duplicate_of, found[0].story), (None, None));
    assert_eq!(reader.known(3).original, ItemKey(3));
}
