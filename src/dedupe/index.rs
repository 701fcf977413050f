//! The articles at work: a bounded part of what is on the shelf, and what has to be put there.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::alias::Aliases;
use super::boilerplate::Lines;
use super::cache::{Cache, Mix};
use super::draft::{Article, Draft};
use super::features::Features;
use super::frequency::Frequencies;
use super::resolve::{ItemKey, Neighbour, Resolution, Settings, StoryKey, compare, resolve, stories};
use super::shelf::{Changes, Known, Shelf};

/// Newest articles that are looked up under one key.
pub const MOST_UNDER_A_KEY: usize = 48;
/// Candidates that are compared.
pub const MOST_CANDIDATES: usize = 16;
/// Newest articles of a story that are compared.
pub const MOST_MEMBERS: usize = 16;

/// What [`Index::trim`] leaves of each at most, twice: about 30 megabytes in all.
const MOST_LISTS: usize = 50_000;
const MOST_KNOWN: usize = 5_000;
const MOST_STORIES: usize = 5_000;
const MOST_HOSTS: usize = 1_000;

/// Says of new articles what they are, by what a shelf knows of others. What it has read is kept at hand, and so is what
/// it has learnt, until [`Index::changes`] is put on the shelf and [`Index::trim`] called.
///
/// After an error, or when changes could not be shelved, it knows more than the shelf does: it must be made anew.
#[derive(Default)]
pub struct Index {
    settings: Settings,
    aliases: Aliases,
    frequencies: Frequencies,
    /// Whether the shelf was asked for frequencies, and whether they changed since.
    counts: (bool, bool),
    lines: Cache<u64, Lines>,
    known: Cache<ItemKey, Known>,
    /// In the order in which articles were filed, which is the same whatever their numbers.
    under: Cache<u64, Vec<ItemKey>>,
    /// The newest, ascending by their ranks.
    members: Cache<StoryKey, Vec<ItemKey>>,
    changed: Changed,
    /// Room for those that share keys with an article; empty in between.
    found: HashMap<ItemKey, u32, Mix>,
}

/// What is not on the shelf yet; with repetitions.
#[derive(Default)]
struct Changed {
    lines: Vec<u64>,
    known: Vec<ItemKey>,
    under: Vec<u64>,
}

impl Index {
    /// An index that holds nothing yet.
    pub fn new(settings: Settings, aliases: Aliases) -> Self {
        Self {
            settings,
            aliases,
            ..Self::default()
        }
    }

    /// Takes in the articles of one refresh and says what each is, in the order given. Neither that order nor their numbers
    /// matter: they are looked at by date, then by address and words.
    ///
    /// A known article that comes again has changed: what was kept of it is replaced. What others were joined to stays
    /// where it is.
    pub fn add<S: Shelf>(
        &mut self,
        shelf: &mut S,
        articles: &[(ItemKey, Article)],
    ) -> Result<Vec<Resolution>, S::Error> {
        let mut order: Vec<usize> = (0..articles.len()).collect();
        order.sort_by_key(|at| {
            let article = &articles[*at].1;
            let words = (article.title, article.text);
            (article.published, article.url, article.host, words)
        });
        let drafts = self.read(shelf, order.iter().map(|at| &articles[*at]))?;
        let mut resolved: Vec<(usize, Resolution)> = Vec::with_capacity(order.len());
        for (at, draft) in order.into_iter().zip(drafts) {
            let features = draft.features(&self.frequencies);
            let (key, article) = &articles[at];
            let settings = Settings {
                strictness: article.strictness.unwrap_or(self.settings.strictness),
                ..self.settings
            };
            resolved.push((at, self.take_in(shelf, *key, features, &settings)?));
        }
        resolved.sort_unstable_by_key(|(at, _)| *at);
        Ok(resolved.into_iter().map(|(_, resolution)| resolution).collect())
    }

    /// The words of all articles, without boilerplate. All lines and words of a refresh are counted before any features are
    /// made, those of an article once.
    fn read<'a, S: Shelf>(
        &mut self,
        shelf: &mut S,
        articles: impl Iterator<Item = &'a (ItemKey, Article<'a>)>,
    ) -> Result<Vec<Draft>, S::Error> {
        if !self.counts.0 {
            self.frequencies = shelf.frequencies()?.unwrap_or_default();
            self.counts.0 = true;
        }
        let mut drafts: Vec<(Draft, bool)> = Vec::new();
        for (key, article) in articles {
            let draft = Draft::of(article, &self.aliases);
            let host = draft.host();
            if !self.lines.renew(host) {
                self.lines.insert(host, shelf.lines(host)?.unwrap_or_default());
            }
            draft.observe_lines(self.lines.entry(host));
            self.changed.lines.push(host);
            drafts.push((draft, self.load(shelf, *key)?));
        }
        for (draft, is_known) in &mut drafts {
            if let Some(lines) = self.lines.get(draft.host()) {
                draft.drop_boilerplate(lines);
            }
            if !*is_known {
                draft.observe_words(&mut self.frequencies);
                self.counts.1 = true;
            }
        }
        Ok(drafts.into_iter().map(|(draft, _)| draft).collect())
    }

    /// What a known article would be, came it now, and what it was compared with. Nothing is learnt from it.
    pub fn explain<S: Shelf>(&mut self, shelf: &mut S, key: ItemKey) -> Result<Option<Resolution>, S::Error> {
        self.load(shelf, key)?;
        let Some(features) = self.known.get(key).map(|known| known.features.clone()) else {
            return Ok(None);
        };
        let settings = self.settings;
        self.judge(shelf, key, &features, &settings).map(Some)
    }

    fn take_in<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        features: Features,
        settings: &Settings,
    ) -> Result<Resolution, S::Error> {
        let mut resolution = self.judge(shelf, key, &features, settings)?;
        if let Some(before) = self.known.get(key).cloned() {
            self.stay(shelf, key, &before, &mut resolution)?;
        }
        self.keep(shelf, key, features, &resolution)?;
        Ok(resolution)
    }

    fn judge<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        features: &Features,
        settings: &Settings,
    ) -> Result<Resolution, S::Error> {
        let candidates = self.candidates(shelf, key, features)?;
        let compared = compare(features, self.neighbours(&candidates), settings);
        let mut members: Vec<ItemKey> = Vec::new();
        for story in stories(&compared) {
            members.extend(
                self.members(shelf, story)?
                    .iter()
                    .filter(|member| **member != key),
            );
        }
        Ok(resolve(features, compared, &self.neighbours(&members), settings))
    }

    /// Those that share the most keys, a shingle counting for two words; of these, the ones filed last.
    fn candidates<S: Shelf>(
        &mut self,
        shelf: &mut S,
        new: ItemKey,
        features: &Features,
    ) -> Result<Vec<ItemKey>, S::Error> {
        /// What a key weighs; below it, ages are summed.
        const WORD: u32 = 1 << 16;
        const TEXT: u32 = 2 * WORD;
        let mut found = std::mem::take(&mut self.found);
        for key in features.keys() {
            let list = self.list(shelf, key)?;
            // How many were filed after it stands for its age, as numbers say nothing.
            let weight = if Features::is_word(key) { WORD } else { TEXT };
            for (item, age) in list.iter().rev().zip(0..) {
                *found.entry(*item).or_default() += weight + age;
            }
        }
        found.remove(&new);
        let mut shared: Vec<((Reverse<u32>, u32), ItemKey)> = found
            .drain()
            .map(|(item, sum)| ((Reverse(sum / WORD), sum % WORD), item))
            .collect();
        self.found = found;
        // Some may have been deleted.
        if shared.len() > 2 * MOST_CANDIDATES {
            let last = shared.select_nth_unstable(2 * MOST_CANDIDATES).1.0;
            shared.retain(|(order, _)| *order <= last);
        }
        shared.sort_unstable();
        let mut candidates = Vec::with_capacity(MOST_CANDIDATES);
        for equal in shared.chunk_by(|one, next| one.0 == next.0) {
            let room = MOST_CANDIDATES - candidates.len();
            let equal = equal.iter().map(|(_, item)| *item);
            candidates.extend(self.newest(shelf, equal, room)?);
            if candidates.len() == MOST_CANDIDATES {
                break;
            }
        }
        Ok(candidates)
    }

    /// Of articles that nothing but their numbers orders, the newest known ones, at most `most`.
    fn newest<S: Shelf>(
        &mut self,
        shelf: &mut S,
        equal: impl Iterator<Item = ItemKey>,
        most: usize,
    ) -> Result<Vec<ItemKey>, S::Error> {
        let mut known = Vec::new();
        for item in equal {
            if self.load(shelf, item)? {
                known.push(item);
            }
        }
        if known.len() > most {
            self.sort_by_rank(&mut known);
            known.drain(..known.len() - most);
        }
        Ok(known)
    }

    fn sort_by_rank(&self, items: &mut [ItemKey]) {
        let features = |item: &ItemKey| self.known.get(*item).map(|known| &known.features);
        items.sort_by(|one, other| {
            let rank = |item| features(item).map(Features::rank);
            rank(one).cmp(&rank(other))
        });
    }

    /// What is known of loaded articles.
    fn neighbours(&self, items: &[ItemKey]) -> Vec<Neighbour<'_>> {
        let neighbour = |key: &ItemKey| {
            let known = self.known.get(*key)?;
            Some(Neighbour {
                key: *key,
                features: &known.features,
                original: known.original,
                story: known.story,
            })
        };
        items.iter().filter_map(neighbour).collect()
    }

    /// A changed article that others are copies of, or whose story others joined, stays where it is.
    fn stay<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        before: &Known,
        resolution: &mut Resolution,
    ) -> Result<(), S::Error> {
        let others = self.members(shelf, before.story)?.to_vec();
        let others = self.neighbours(&others);
        let others = || others.iter().filter(|other| other.key != key);
        let is_original = others().any(|other| other.original == key);
        if is_original || (before.story == key && others().next().is_some()) {
            let in_story = |original: &ItemKey| others().any(|other| other.key == *original);
            resolution.duplicate_of = resolution
                .duplicate_of
                .filter(|original| !is_original && in_story(original));
            resolution.story = Some(before.story);
        }
        resolution.duplicate_of = resolution.duplicate_of.filter(|original| *original != key);
        resolution.story = resolution.story.filter(|story| *story != key);
        Ok(())
    }

    fn keep<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        features: Features,
        resolution: &Resolution,
    ) -> Result<(), S::Error> {
        let before = self.known.get(key);
        let story_before = before.map(|known| known.story);
        let keys_before = before.map_or_else(Vec::new, |known| known.features.keys());
        let keys = features.keys();
        for under in keys_before.iter().filter(|under| !keys.contains(under)) {
            self.list(shelf, *under)?.retain(|item| *item != key);
            self.changed.under.push(*under);
        }
        for under in keys.iter().filter(|under| !keys_before.contains(under)) {
            let list = self.list(shelf, *under)?;
            if list.len() >= MOST_UNDER_A_KEY {
                list.drain(..=list.len() - MOST_UNDER_A_KEY);
            }
            list.push(key);
            self.changed.under.push(*under);
        }
        let story = resolution.story.unwrap_or(key);
        let known = Known {
            features,
            original: resolution.duplicate_of.unwrap_or(key),
            story,
        };
        self.known.insert(key, known);
        self.changed.known.push(key);
        if let Some(left) = story_before.filter(|left| *left != story) {
            self.members(shelf, left)?.retain(|member| *member != key);
        }
        self.join(shelf, key, story)
    }

    fn join<S: Shelf>(&mut self, shelf: &mut S, key: ItemKey, story: StoryKey) -> Result<(), S::Error> {
        let mut members = std::mem::take(self.members(shelf, story)?);
        if !members.contains(&key) {
            members.push(key);
        }
        self.sort_by_rank(&mut members);
        members.drain(..members.len().saturating_sub(MOST_MEMBERS));
        self.members.insert(story, members);
        Ok(())
    }

    /// Whether the article is known; if so, it is at hand from now on.
    fn load<S: Shelf>(&mut self, shelf: &mut S, item: ItemKey) -> Result<bool, S::Error> {
        if self.known.renew(item) {
            return Ok(true);
        }
        let known = shelf.known(item)?;
        let is_known = known.is_some();
        if let Some(known) = known {
            self.known.insert(item, known);
        }
        Ok(is_known)
    }

    fn list<S: Shelf>(&mut self, shelf: &mut S, key: u64) -> Result<&mut Vec<ItemKey>, S::Error> {
        if !self.under.renew(key) {
            self.under.insert(key, shelf.under(key)?);
        }
        Ok(self.under.entry(key))
    }

    /// The newest articles of a story, all of them at hand.
    fn members<S: Shelf>(&mut self, shelf: &mut S, story: StoryKey) -> Result<&mut Vec<ItemKey>, S::Error> {
        let is_new = !self.members.renew(story);
        if is_new {
            self.members.insert(story, shelf.members(story, MOST_MEMBERS)?);
        }
        let mut members = std::mem::take(self.members.entry(story));
        for member in &members {
            self.load(shelf, *member)?;
        }
        if is_new {
            members.retain(|member| self.known.get(*member).is_some_and(|known| known.story == story));
            self.sort_by_rank(&mut members);
        }
        let held = self.members.entry(story);
        *held = members;
        Ok(held)
    }

    /// What has to be put on the shelf since this was last asked.
    pub fn changes(&mut self) -> Changes {
        let Changed {
            mut lines,
            mut known,
            mut under,
        } = std::mem::take(&mut self.changed);
        lines.sort_unstable();
        lines.dedup();
        known.sort_unstable();
        known.dedup();
        under.sort_unstable();
        under.dedup();
        let is_counted = std::mem::take(&mut self.counts.1);
        Changes {
            under: under
                .into_iter()
                .filter_map(|key| Some((key, self.under.get(key)?.clone())))
                .collect(),
            known: known
                .into_iter()
                .filter_map(|key| Some((key, self.known.get(key)?.clone())))
                .collect(),
            lines: lines
                .into_iter()
                .filter_map(|host| Some((host, self.lines.get(host)?.clone())))
                .collect(),
            frequencies: is_counted.then(|| self.frequencies.clone()),
        }
    }

    /// Forgets what is on the shelf and was not used lately. Call it after [`Index::changes`] were put there: before, it does
    /// nothing.
    pub fn trim(&mut self) {
        self.trim_to(1);
    }

    /// As [`Index::trim`], but leaves only one in `parts` of it.
    pub(super) fn trim_to(&mut self, parts: usize) {
        let Changed { lines, known, under } = &self.changed;
        if lines.is_empty() && known.is_empty() && under.is_empty() {
            self.lines.trim(MOST_HOSTS / parts);
            self.known.trim(MOST_KNOWN / parts);
            self.under.trim(MOST_LISTS / parts);
            self.members.trim(MOST_STORIES / parts);
        }
    }
}
