//! Known articles in memory, found by their keys: what the store does with tables.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::alias::Aliases;
use super::boilerplate::Lines;
use super::features::{Article, Draft, Features};
use super::frequency::Frequencies;
use super::resolve::{ItemKey, Neighbour, Resolution, Settings, StoryKey, compare, resolve, stories};

/// Newest articles that are looked up under one key.
pub const MOST_UNDER_A_KEY: usize = 48;
/// Candidates that are compared.
pub const MOST_CANDIDATES: usize = 24;
/// Newest articles of a story that are compared.
pub const MOST_MEMBERS: usize = 16;

/// Articles of the window.
#[derive(Default)]
pub struct Index {
    settings: Settings,
    aliases: Aliases,
    lines: HashMap<u64, Lines>,
    frequencies: Frequencies,
    items: Vec<Stored>,
    under: HashMap<u64, VecDeque<u32>>,
    members: HashMap<StoryKey, Vec<u32>>,
}

struct Stored {
    features: Features,
    original: ItemKey,
    story: StoryKey,
}

impl Index {
    /// An empty index.
    pub fn new(settings: Settings, aliases: Aliases) -> Self {
        Self {
            settings,
            aliases,
            ..Self::default()
        }
    }

    /// Takes in the articles of one refresh and says under which key each is known from now on, and what it is. Their order
    /// does not matter: they are looked at by date, then by address and words. Keys count up from 0 over all refreshes.
    pub fn add(&mut self, articles: &[Article]) -> Vec<(ItemKey, Resolution)> {
        let mut order: Vec<usize> = (0..articles.len()).collect();
        order.sort_by_key(|at| {
            let article = &articles[*at];
            let words = (article.title, article.text);
            (article.published, article.url, article.host, words)
        });
        let features = self.features(order.iter().map(|at| &articles[*at]));
        let mut resolved: Vec<(usize, (ItemKey, Resolution))> = order
            .into_iter()
            .zip(features)
            .map(|(at, features)| {
                let resolution = self.resolve(&features);
                (at, (self.keep(features, &resolution), resolution))
            })
            .collect();
        resolved.sort_unstable_by_key(|(at, _)| *at);
        resolved.into_iter().map(|(_, resolved)| resolved).collect()
    }

    /// All lines and words of a refresh are counted before any features are made.
    fn features<'a>(&mut self, articles: impl Iterator<Item = &'a Article<'a>>) -> Vec<Features> {
        let mut drafts: Vec<Draft> = articles
            .map(|article| Draft::of(article, &self.aliases))
            .collect();
        for draft in &drafts {
            draft.observe_lines(self.lines.entry(draft.host()).or_default());
        }
        for draft in &mut drafts {
            if let Some(lines) = self.lines.get(&draft.host()) {
                draft.drop_boilerplate(lines);
            }
            draft.observe_words(&mut self.frequencies);
        }
        drafts
            .iter()
            .map(|draft| draft.features(&self.frequencies))
            .collect()
    }

    fn resolve(&self, new: &Features) -> Resolution {
        let neighbours: Vec<Neighbour> = self
            .candidates(new)
            .into_iter()
            .map(|at| self.neighbour(at))
            .collect();
        let compared = compare(new, &neighbours, &self.settings);
        let members: Vec<Neighbour> = stories(&compared)
            .iter()
            .filter_map(|story| self.members.get(story))
            .flat_map(|members| members.iter().rev().take(MOST_MEMBERS))
            .map(|at| self.neighbour(*at))
            .collect();
        resolve(new, compared, &members, &self.settings)
    }

    /// Those that share the most keys; of these, the newest.
    fn candidates(&self, new: &Features) -> Vec<u32> {
        let mut shared: BTreeMap<u32, u32> = BTreeMap::new();
        for key in new.keys() {
            for at in self.under.get(&key).into_iter().flatten() {
                *shared.entry(*at).or_default() += 1;
            }
        }
        let mut candidates: Vec<(u32, u32)> = shared.into_iter().map(|(at, keys)| (keys, at)).collect();
        candidates.sort_unstable_by(|one, other| other.cmp(one));
        candidates.truncate(MOST_CANDIDATES);
        candidates.into_iter().map(|(_, at)| at).collect()
    }

    fn neighbour(&self, at: u32) -> Neighbour<'_> {
        let stored = &self.items[at as usize];
        Neighbour {
            key: ItemKey(u64::from(at)),
            features: &stored.features,
            original: stored.original,
            story: stored.story,
        }
    }

    fn keep(&mut self, features: Features, resolution: &Resolution) -> ItemKey {
        let at = self.items.len() as u32;
        let key = ItemKey(u64::from(at));
        for under in features.keys() {
            let articles = self.under.entry(under).or_default();
            if articles.len() == MOST_UNDER_A_KEY {
                articles.pop_front();
            }
            articles.push_back(at);
        }
        let story = resolution.story.unwrap_or(key);
        self.members.entry(story).or_default().push(at);
        self.items.push(Stored {
            features,
            original: resolution.duplicate_of.unwrap_or(key),
            story,
        });
        key
    }
}
