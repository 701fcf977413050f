//! The articles at work: a bounded part of what is on the shelf, and what has to be put there.

mod again;
mod held;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::alias::Aliases;
use super::boilerplate::Lines;
use super::cache::{Cache, Mix};
use super::draft::{Article, Draft};
use super::features::Features;
use super::frequency::Frequencies;
use super::resolve::{
    ItemKey, Neighbour, Resolution, Settings, StoryKey, Strictness, compare, resolve, sort, stories,
};
use super::shelf::{Changes, Known, Shelf};

/// Newest articles that are looked up under one key.
pub const MOST_UNDER_A_KEY: usize = 48;
/// Candidates that are compared.
pub const MOST_CANDIDATES: usize = 12;
/// Newest articles of a story that are compared.
pub const MOST_MEMBERS: usize = 16;

/// What [`Index::shelved`] leaves of each at most, twice: about 30 megabytes in all.
const MOST_LISTS: usize = 50_000;
const MOST_KNOWN: usize = 5_000;
const MOST_STORIES: usize = 5_000;
const MOST_HOSTS: usize = 1_000;

/// Says of new articles what they are, by what a shelf knows of others. What it has read is kept at hand, and so is what
/// it has learnt, until [`Index::changes`] are put on the shelf and [`Index::shelved`] says so.
///
/// After an error, or when changes could not be shelved, it knows more than the shelf does: it must be made anew.
#[derive(Default)]
pub struct Index {
    settings: Settings,
    aliases: Aliases,
    frequencies: Option<Frequencies>,
    /// Whether words were counted that the shelf does not know of.
    is_counted: bool,
    lines: Cache<u64, Lines>,
    known: Cache<ItemKey, Known>,
    /// In the order in which articles were filed, which is the same whatever their numbers.
    under: Cache<u64, Vec<ItemKey>>,
    /// The newest, ascending by their ranks.
    members: Cache<StoryKey, Vec<ItemKey>>,
    changed: Changed,
    work: Work,
    /// Room for those that share keys with an article; empty in between.
    found: HashMap<ItemKey, u32, Mix>,
}

/// What an [`Index`] has done, whatever the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Places in lists that were looked at for candidates.
    pub listed: u64,
    /// Pairs of articles that were compared.
    pub compared: u64,
}

/// What is not on the shelf yet; with repetitions.
#[derive(Default)]
struct Changed {
    lines: Vec<u64>,
    known: Vec<ItemKey>,
    under: Vec<u64>,
}

impl Changed {
    /// Each once, ascending.
    fn settle(&mut self) {
        fn settle<T: Ord>(keys: &mut Vec<T>) {
            keys.sort_unstable();
            keys.dedup();
        }
        settle(&mut self.lines);
        settle(&mut self.known);
        settle(&mut self.under);
    }
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
            let features = draft.features(self.frequencies(shelf)?);
            let (key, article) = &articles[at];
            let resolution = self.take_in(shelf, *key, features, article.strictness)?;
            resolved.push((at, resolution));
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
        let mut drafts: Vec<(Draft, bool)> = Vec::new();
        for (key, article) in articles {
            let draft = Draft::of(article, &self.aliases);
            let host = draft.host();
            let read = || shelf.lines(host).map(Option::unwrap_or_default);
            draft.observe_lines(self.lines.held(host, read)?);
            self.changed.lines.push(host);
            let is_known = self.known(shelf, *key)?.is_some();
            drafts.push((draft, is_known));
        }
        for (draft, is_known) in &mut drafts {
            if let Some(lines) = self.lines.get(draft.host()) {
                draft.drop_boilerplate(lines);
            }
            if !*is_known {
                draft.observe_words(self.frequencies(shelf)?);
                self.is_counted = true;
            }
        }
        Ok(drafts.into_iter().map(|(draft, _)| draft).collect())
    }

    /// What a known article would be, came it now, and what it was compared with. Nothing is learnt from it.
    pub fn explain<S: Shelf>(&mut self, shelf: &mut S, key: ItemKey) -> Result<Option<Resolution>, S::Error> {
        let Some(known) = self.known(shelf, key)?.cloned() else {
            return Ok(None);
        };
        let keys = known.features.keys();
        self.judge(shelf, key, &known.features, &keys, known.strictness)
            .map(Some)
    }

    fn take_in<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        features: Features,
        strictness: Option<Strictness>,
    ) -> Result<Resolution, S::Error> {
        let before = self.known(shelf, key)?.cloned();
        let (mut resolution, keys) = match self.again(shelf, key, &features, strictness)? {
            // What finds the first finds its copies.
            Some(resolution) if before.is_none() => (resolution, features.own_keys()),
            Some(resolution) => (resolution, features.keys()),
            None => {
                let keys = features.keys();
                (self.judge(shelf, key, &features, &keys, strictness)?, keys)
            }
        };
        if let Some(before) = &before {
            self.stay(shelf, key, before, &mut resolution)?;
        }
        let keys_before = before
            .as_ref()
            .map_or_else(Vec::new, |known| known.features.keys());
        self.file(shelf, key, &keys_before, &keys)?;
        let known = Known {
            features: Arc::new(features),
            original: resolution.duplicate_of.unwrap_or(key),
            story: resolution.story.unwrap_or(key),
            strictness,
        };
        self.keep(shelf, key, known, before)?;
        Ok(resolution)
    }

    /// What an article is whose text is known word by word: one comparison tells, however many have it.
    fn again<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        features: &Features,
        strictness: Option<Strictness>,
    ) -> Result<Option<Resolution>, S::Error> {
        let Some(under) = features.text_key() else {
            return Ok(None);
        };
        let mut others = self.list(shelf, under)?.iter().rev().copied();
        let newest = others.find(|item| *item != key);
        let newest = self.neighbours(shelf, newest.into_iter())?;
        if newest.iter().all(|known| known.features().text != features.text) {
            return Ok(None);
        }
        self.work.compared += 1;
        let settings = self.settings.of(strictness);
        let compared = compare(features, newest, &settings, &self.settings);
        let resolution = resolve(features, compared, &[], &settings);
        Ok(Some(resolution).filter(|resolution| resolution.duplicate_of.is_some()))
    }

    fn judge<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        features: &Features,
        keys: &[u64],
        strictness: Option<Strictness>,
    ) -> Result<Resolution, S::Error> {
        let candidates = self.candidates(shelf, (key, features.published), keys)?;
        let settings = self.settings.of(strictness);
        let compared = compare(features, candidates, &settings, &self.settings);
        self.work.compared += compared.len() as u64;
        let mut members: Vec<Neighbour> = Vec::new();
        for story in stories(&compared) {
            let all = self.members(shelf, story)?.into_iter();
            members.extend(all.filter(|member| member.key != key));
        }
        self.work.compared += members.len() as u64;
        Ok(resolve(features, compared, &members, &settings))
    }

    /// Those that share the most keys, a shingle counting for two words; of these, the ones filed last. What was published so
    /// long before or after that it cannot be a copy, nor of its story, is none.
    fn candidates<S: Shelf>(
        &mut self,
        shelf: &mut S,
        (new, published): (ItemKey, i64),
        keys: &[u64],
    ) -> Result<Vec<Neighbour>, S::Error> {
        /// What a key weighs; below it, ages are summed.
        const WORD: u32 = 1 << 16;
        const TEXT: u32 = 2 * WORD;
        let mut found = std::mem::take(&mut self.found);
        for key in keys {
            // How many were filed after it stands for its age, as numbers say nothing.
            let weight = if Features::is_word(*key) { WORD } else { TEXT };
            let list = self.under.held(*key, || shelf.under(*key))?;
            for (item, age) in list.iter().rev().zip(0..) {
                *found.entry(*item).or_default() += weight + age;
            }
            self.work.listed += list.len() as u64;
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
            candidates.extend(self.newest(shelf, equal, published, room)?);
            if candidates.len() == MOST_CANDIDATES {
                break;
            }
        }
        Ok(candidates)
    }

    /// Of articles that nothing but their numbers orders, the newest known ones within reach, at most `most`.
    fn newest<S: Shelf>(
        &mut self,
        shelf: &mut S,
        equal: impl Iterator<Item = ItemKey>,
        published: i64,
        most: usize,
    ) -> Result<Vec<Neighbour>, S::Error> {
        let reach = self.settings.reach();
        let mut known = self.neighbours(shelf, equal)?;
        known.retain(|other| other.features().published.abs_diff(published) <= reach.unsigned_abs());
        if known.len() > most {
            sort(&mut known);
            known.drain(..known.len() - most);
        }
        Ok(known)
    }

    /// A changed article that others are copies of, or whose story others joined, stays where it is.
    fn stay<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        before: &Known,
        resolution: &mut Resolution,
    ) -> Result<(), S::Error> {
        let members = self.members(shelf, before.story)?;
        let others = || members.iter().filter(|other| other.key != key);
        let is_original = others().any(|other| other.known.original == key);
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

    /// Files an article under its keys, and no more under those that it does not have now.
    fn file<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        before: &[u64],
        keys: &[u64],
    ) -> Result<(), S::Error> {
        for under in before.iter().filter(|under| !keys.contains(under)) {
            self.list(shelf, *under)?.retain(|item| *item != key);
            self.changed.under.push(*under);
        }
        for under in keys {
            let list = self.list(shelf, *under)?;
            // Of a copy, not every key was filed.
            if before.contains(under) && list.contains(&key) {
                continue;
            }
            if list.len() >= MOST_UNDER_A_KEY {
                list.drain(..=list.len() - MOST_UNDER_A_KEY);
            }
            list.push(key);
            self.changed.under.push(*under);
        }
        Ok(())
    }

    fn keep<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        known: Known,
        before: Option<Known>,
    ) -> Result<(), S::Error> {
        let story = known.story;
        self.known.insert(key, known);
        self.changed.known.push(key);
        if let Some(before) = before.filter(|before| before.story != story) {
            let left = self.members(shelf, before.story)?;
            self.put_members(before.story, left.into_iter().filter(|member| member.key != key));
        }
        self.join(shelf, key, story)
    }

    fn join<S: Shelf>(&mut self, shelf: &mut S, key: ItemKey, story: StoryKey) -> Result<(), S::Error> {
        let mut members = self.members(shelf, story)?;
        if members.iter().all(|member| member.key != key) {
            members.extend(self.neighbours(shelf, std::iter::once(key))?);
        }
        sort(&mut members);
        let older = members.len().saturating_sub(MOST_MEMBERS);
        self.put_members(story, members.into_iter().skip(older));
        Ok(())
    }

    /// What has to be put on the shelf, until [`Index::shelved`] says that it is there.
    pub fn changes(&mut self) -> Changes<'_> {
        self.changed.settle();
        let Changed { lines, known, under } = &self.changed;
        Changes {
            under: under
                .iter()
                .filter_map(|key| Some((*key, self.under.get(*key)?.as_slice())))
                .collect(),
            known: known
                .iter()
                .filter_map(|key| Some((*key, self.known.get(*key)?)))
                .collect(),
            lines: lines
                .iter()
                .filter_map(|host| Some((*host, self.lines.get(*host)?)))
                .collect(),
        }
    }

    /// What was done since it was made.
    pub fn work(&self) -> Work {
        self.work
    }

    /// How common words are, if that changed since it was last asked.
    pub fn counted(&mut self) -> Option<&Frequencies> {
        let is_counted = std::mem::take(&mut self.is_counted);
        self.frequencies.as_ref().filter(|_| is_counted)
    }

    /// All [`Index::changes`] are on the shelf: what was not used lately is forgotten.
    pub fn shelved(&mut self) {
        self.shelved_but(1);
    }

    /// As [`Index::shelved`], but leaves only one in `parts` of what it would.
    pub(super) fn shelved_but(&mut self, parts: usize) {
        self.changed = Changed::default();
        self.lines.trim(MOST_HOSTS / parts);
        self.known.trim(MOST_KNOWN / parts);
        self.under.trim(MOST_LISTS / parts);
        self.members.trim(MOST_STORIES / parts);
    }
}
