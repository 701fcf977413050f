//! A thousand sources that exist nowhere: what they are called, where they are, what they have to tell.
//!
//! Proportions: RSS 2.0, Atom, RDF and JSON Feed as 70 : 25 : 2.5 : 2.5; three in five sources give the full text;
//! 30 to 50 items in most, up to 350 in one of twenty; a few categories and up to five of 200 tags on each item, some
//! of them often and most seldom; 15 % of the items are another source's article again, half of these under the
//! same address with tracking parameters, half as a lightly edited copy under an address of their own.

use std::collections::HashSet;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::words::{Chance, Words, Zipf};

pub const CATEGORIES: [&str; 30] = [
    "Politics",
    "World",
    "Africa",
    "Libya",
    "Economy",
    "Security",
    "Defence",
    "Technology",
    "Science",
    "Health",
    "Sports",
    "Culture",
    "Climate",
    "Energy",
    "Migration",
    "Diplomacy",
    "Sahel",
    "Egypt",
    "Tunisia",
    "Sudan",
    "Chad",
    "Niger",
    "Mali",
    "Elections",
    "Oil",
    "Human Rights",
    "Education",
    "Travel",
    "Opinion",
    "Courts",
];
const PLACES: [&str; 10] = [
    "North", "South", "East", "West", "Central", "New", "Joint", "United", "Royal", "High",
];
const BODIES: [&str; 20] = [
    "Command", "Council", "Forces", "Border", "Talks", "Summit", "Exports", "Port", "Grid", "Court", "Bank",
    "Fund", "Mission", "Patrol", "Accord", "Ministry", "Airport", "Refinery", "Pipeline", "Valley",
];
const TRACKERS: [&str; 5] = [
    "utm_source=rss&utm_medium=feed&utm_campaign=x",
    "fbclid=IwAR",
    "gclid=Cj",
    "mc_cid=",
    "utm_content=",
];

/// 1 June 2024, 12:00 UTC: before any clock that reads this.
const EPOCH: i64 = 1_717_243_200;
/// From one filling to the next.
const ROUND: TimeDelta = TimeDelta::days(4);
/// Of the articles that others may copy.
const POOL: usize = 20_000;
const COPIES: f64 = 0.15;
const CHANGED: f64 = 0.05;

pub fn tags() -> Vec<String> {
    let names = PLACES
        .iter()
        .flat_map(|place| BODIES.iter().map(move |body| format!("{place} {body}")));
    names.collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rss,
    Atom,
    Rdf,
    Json,
}

/// A source and what it shows at the moment.
pub struct Source {
    pub kind: Kind,
    pub name: String,
    /// Which of the hosts it is on.
    pub host: usize,
    pub category: usize,
    /// It gives the whole text of its articles.
    pub full: bool,
    /// Its HTML is escaped rather than in CDATA sections.
    pub escaped: bool,
    /// Newest first.
    pub items: Vec<Item>,
    pub built: DateTime<Utc>,
    /// Between two of its items.
    gap: TimeDelta,
}

#[derive(Clone)]
pub struct Item {
    pub article: Rc<Article>,
    pub link: String,
    pub guid: String,
    pub title: String,
    pub published: DateTime<Utc>,
    /// The first sentence.
    pub lead: String,
    /// Which paragraphs follow.
    pub body: Vec<usize>,
}

/// What all copies have in common.
pub struct Article {
    pub number: usize,
    pub author: String,
    pub categories: Vec<usize>,
    pub tags: Vec<usize>,
}

/// How many items were shown since the beginning, for checking what is made of them.
#[derive(Clone, Copy, Default)]
pub struct Told {
    pub items: u64,
    /// Under an address of their own.
    pub addresses: u64,
    /// Of these, edited copies of an article.
    pub edited: u64,
}

pub struct Corpus {
    pub sources: Vec<Source>,
    pub paragraphs: Vec<String>,
    pub tags: Vec<String>,
    pub told: Told,
    words: Words,
    chance: Chance,
    by_category: Zipf,
    by_tag: Zipf,
    pool: Vec<(usize, Item)>,
    articles: usize,
    now: DateTime<Utc>,
}

pub fn site(host: usize) -> String {
    format!("site{host}.example")
}

impl Corpus {
    /// The sources, with nothing to tell yet.
    pub fn new(sources: usize) -> Self {
        let mut chance = Chance::new(1);
        let words = Words::invent(&mut chance);
        let tags = tags();
        let mut paragraphs: Vec<String> = (0..4_000)
            .map(|_| {
                let length = chance.between(40, 100);
                words.paragraph(&mut chance, length)
            })
            .collect();
        // Now and then the text names what is also a tag, or quotes somebody.
        for paragraph in paragraphs.iter_mut().step_by(50) {
            *paragraph += &format!(" So said the {} to R&D staff.", chance.of(&tags));
        }
        let mut corpus = Self {
            by_category: Zipf::new(CATEGORIES.len(), 0.9),
            by_tag: Zipf::new(tags.len(), 1.0),
            now: DateTime::from_timestamp(EPOCH, 0).expect("a date"),
            sources: Vec::new(),
            paragraphs,
            tags,
            told: Told::default(),
            words,
            chance,
            pool: Vec::new(),
            articles: 0,
        };
        corpus.sources = (0..sources).map(|index| corpus.found(index, sources)).collect();
        corpus
    }

    /// Most sources share their host with few; some platforms have many.
    fn found(&mut self, index: usize, sources: usize) -> Source {
        let hosts = (sources * 7 / 10).max(1);
        let platforms = Zipf::new((hosts / 20).max(2).min(hosts), 0.95);
        let chance = &mut self.chance;
        let host = if chance.one_in(0.7) {
            chance.between(0, hosts - 1)
        } else {
            platforms.draw(chance)
        };
        let kind = match chance.unit() {
            p if p < 0.70 => Kind::Rss,
            p if p < 0.95 => Kind::Atom,
            p if p < 0.975 => Kind::Rdf,
            _ => Kind::Json,
        };
        let category = self.by_category.draw(chance);
        // Twelve a day to one a week. That is 2.7 a day on average, which fits what a change brings: of hourly polls
        // one in twenty finds something, two items as a rule.
        let gap = TimeDelta::seconds((7_200.0 * 84_f64.powf(chance.unit())) as i64);
        Source {
            kind,
            name: format!(
                "{} {} {index}",
                CATEGORIES[category],
                self.words.sentence(chance, 2)
            ),
            host,
            category,
            full: chance.one_in(0.62),
            escaped: chance.one_in(0.3),
            items: Vec::new(),
            built: self.now,
            gap,
        }
    }

    /// All sources move on: nothing of what they showed is shown any more.
    pub fn fill(&mut self) {
        self.now += ROUND;
        for index in 0..self.sources.len() {
            let chance = &mut self.chance;
            let length = if chance.one_in(0.95) {
                chance.between(30, 50)
            } else {
                chance.between(50, 350)
            };
            let source = &self.sources[index];
            let idle = source.gap.num_seconds() as f64 * chance.unit();
            let (gap, newest) = (source.gap, self.now - TimeDelta::seconds(idle as i64));
            let items = (0..length as i32)
                .map(|n| self.tell(index, newest - gap * n))
                .collect();
            self.show(index, newest, items);
        }
    }

    /// One source in twenty has one to three new items; returns which.
    pub fn change(&mut self) -> Vec<usize> {
        self.now += TimeDelta::minutes(10);
        let count = (self.sources.len() as f64 * CHANGED).round() as usize;
        let mut changed = HashSet::new();
        while changed.len() < count {
            changed.insert(self.chance.between(0, self.sources.len() - 1));
        }
        let mut changed: Vec<usize> = changed.into_iter().collect();
        changed.sort_unstable();
        for index in &changed {
            let shown = self.sources[*index].items.len();
            let new = self.chance.between(1, 3) as i64;
            let newest = self.now;
            let mut items: Vec<Item> = (0..new)
                .map(|n| self.tell(*index, newest - TimeDelta::minutes(n)))
                .collect();
            items.append(&mut self.sources[*index].items);
            items.truncate(shown);
            self.show(*index, newest, items);
        }
        changed
    }

    fn show(&mut self, index: usize, built: DateTime<Utc>, items: Vec<Item>) {
        self.sources[index].items = items;
        self.sources[index].built = built;
    }

    /// A new item of this source: its own, or what another told before.
    fn tell(&mut self, index: usize, published: DateTime<Utc>) -> Item {
        self.told.items += 1;
        if self.chance.one_in(COPIES) && !self.pool.is_empty() {
            let (owner, original) = self.chance.of(&self.pool);
            if *owner != index {
                let original = original.clone();
                return self.copy(index, original, published);
            }
        }
        let item = self.write(index, published);
        self.told.addresses += 1;
        if self.pool.len() < POOL {
            self.pool.push((index, item.clone()));
        } else {
            let place = self.chance.between(0, POOL - 1);
            self.pool[place] = (index, item.clone());
        }
        item
    }

    fn write(&mut self, index: usize, published: DateTime<Utc>) -> Item {
        self.articles += 1;
        let (number, chance, words) = (self.articles, &mut self.chance, &self.words);
        let source = &self.sources[index];
        let mut categories: HashSet<usize> = HashSet::new();
        if chance.one_in(0.7) {
            categories.insert(source.category);
        }
        let wanted = *chance.of(&[1, 1, 2, 3]);
        while categories.len() < wanted {
            categories.insert(self.by_category.draw(chance));
        }
        let mut categories: Vec<usize> = categories.into_iter().collect();
        categories.sort_unstable();
        let mut tags: Vec<usize> = (0..*chance.of(&[0, 1, 2, 3, 5]))
            .map(|_| self.by_tag.draw(chance))
            .collect();
        tags.sort_unstable();
        tags.dedup();
        let length = chance.between(5, 11);
        let title = words.sentence(chance, length);
        let length = chance.between(12, 25);
        let lead = format!("{} in case {number}.", words.sentence(chance, length));
        let paragraphs = if source.full {
            chance.skewed(0.95, 0.65).round().max(1.0) as usize
        } else {
            0
        };
        let host = site(source.host);
        let link = format!(
            "https://{host}/{}/{number}-{}/",
            published.format("%Y/%m/%d"),
            address_words(&title)
        );
        let guid = if chance.one_in(0.5) {
            link.clone()
        } else {
            format!("tag:{host},2024:{number}")
        };
        Item {
            guid,
            link,
            title: format!("{}: {title}", CATEGORIES[categories[0]]),
            published,
            lead,
            body: (0..paragraphs)
                .map(|_| chance.between(0, self.paragraphs.len() - 1))
                .collect(),
            article: Rc::new(Article {
                number,
                author: words.sentence(chance, 2),
                categories,
                tags,
            }),
        }
    }

    fn copy(&mut self, index: usize, original: Item, published: DateTime<Utc>) -> Item {
        let number = self.told.items;
        let host = site(self.sources[index].host);
        let chance = &mut self.chance;
        let mut copy = Item {
            published,
            ..original
        };
        if chance.one_in(0.5) {
            copy.link = format!("{}?{}{number}", copy.link, chance.of(&TRACKERS));
            copy.guid = if chance.one_in(0.5) {
                copy.link.clone()
            } else {
                format!("tag:{host},2024:c{number}")
            };
            return copy;
        }
        copy.link = format!("https://{host}/wire/{number}");
        copy.guid.clone_from(&copy.link);
        copy.title += *chance.of(&["", &format!(" - {host}"), " (updated)", "!"]);
        let mut lead: Vec<&str> = copy.lead.split(' ').collect();
        for _ in 0..(lead.len() / 12).max(1) {
            let place = chance.between(0, lead.len() - 1);
            lead[place] = self.words.word(chance);
        }
        copy.lead = lead.join(" ");
        if copy.body.len() > 3 && chance.one_in(0.5) {
            copy.body.pop();
        }
        self.told.addresses += 1;
        self.told.edited += 1;
        copy
    }
}

fn address_words(title: &str) -> String {
    let kept = title
        .to_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    kept.chars().take(40).collect()
}
