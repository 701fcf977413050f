//! What a new article is to those that are known.

use super::duplicate::{self, TextComparison};
use super::features::Features;
use super::headline;
use super::shelf::Known;
use super::story;

pub use crate::model::ItemKey;

/// A story's number: that of its first item.
pub type StoryKey = ItemKey;

/// How strict to be, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Seconds between two articles that may be one.
    pub duplicate_window: i64,
    /// Seconds without a new article after which a story is over.
    pub story_window: i64,
    /// Seconds from its first article to its last.
    pub story_span: i64,
    /// How much must agree.
    pub strictness: Strictness,
}

/// How much two articles must have in common. Facts and denials that differ keep articles apart at any strictness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strictness {
    /// Only what is copied nearly word for word is one article, and a story is told in nearly the same words.
    Strict,
    /// As measured.
    #[default]
    Normal,
    /// What was rewritten in part is one article, too, and a story may be wide.
    Loose,
}

impl Strictness {
    /// The part of the shorter text's shingles that the longer one must hold. One word in 25 changed leaves 0.88.
    pub(super) fn same_text(self) -> f32 {
        match self {
            Self::Strict => 0.85,
            Self::Normal => 0.66,
            Self::Loose => 0.55,
        }
    }

    /// The mean cosine to its articles from which on an article belongs to a story, and what is asked for more for each day
    /// since.
    pub(super) fn story_similarity(self, gap: i64) -> f32 {
        const A_DAY: f32 = 0.003;
        let at_once = match self {
            Self::Strict => 0.17,
            Self::Normal => 0.12,
            Self::Loose => 0.095,
        };
        at_once + A_DAY * gap as f32 / DAY as f32
    }
}

const DAY: i64 = 86_400;

impl Settings {
    /// Seconds between two articles that may have to do with each other.
    pub fn reach(&self) -> i64 {
        self.duplicate_window.max(self.story_span)
    }

    /// For an article that has a strictness of its own.
    pub(super) fn of(&self, strictness: Option<Strictness>) -> Self {
        Self {
            strictness: strictness.unwrap_or(self.strictness),
            ..*self
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            duplicate_window: 14 * DAY,
            story_window: 7 * DAY,
            story_span: 21 * DAY,
            strictness: Strictness::Normal,
        }
    }
}

/// A known article that a new one might have to do with.
#[derive(Clone, Debug)]
pub(super) struct Neighbour {
    /// Which.
    pub key: ItemKey,
    /// What is known of it.
    pub known: Known,
}

impl Neighbour {
    /// What is kept of it.
    pub fn features(&self) -> &Features {
        &self.known.features
    }
}

/// By their ranks, as numbers follow the order in which sources answered.
pub(super) fn sort(neighbours: &mut [Neighbour]) {
    neighbours.sort_by(|one, other| one.features().rank().cmp(&other.features().rank()));
}

/// How a new article compares to a known one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The known one.
    pub key: ItemKey,
    /// Its original.
    pub original: ItemKey,
    /// Its story.
    pub story: StoryKey,
    /// As texts.
    pub texts: TextComparison,
    /// As subjects, from 0 to 1.
    pub similarity: f32,
}

/// What a new article is.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// The original it repeats.
    pub duplicate_of: Option<ItemKey>,
    /// The running story it belongs to; with none it may become one.
    pub story: Option<StoryKey>,
    /// Its mean similarity to the nearest story, joined or not.
    pub story_similarity: f32,
    /// What would be enough to join that story at its distance in time; nothing is if the story is over.
    pub story_asked: Option<f32>,
    /// All that it was compared with, the nearest first: the reasons.
    pub compared: Vec<Comparison>,
}

/// Compares a new article with candidates, in any order. Two are one by the stricter of their measures: the new one's, and
/// the known one's own or the general one.
pub(super) fn compare(
    new: &Features,
    mut candidates: Vec<Neighbour>,
    settings: &Settings,
    general: &Settings,
) -> Vec<Comparison> {
    sort(&mut candidates);
    let mut compared: Vec<Comparison> = candidates
        .iter()
        .map(|candidate| {
            let features = candidate.features();
            let theirs = general.of(candidate.known.strictness);
            let stricter = settings.of(Some(settings.strictness.min(theirs.strictness)));
            let texts = duplicate::compare(new, features, &stricter);
            let series = story::is_next_of_series(new, features, &texts);
            let similarity = if series {
                0.0
            } else {
                story::similarity(new, features)
            };
            Comparison {
                key: candidate.key,
                original: candidate.known.original,
                story: candidate.known.story,
                texts,
                similarity,
            }
        })
        .collect();
    headline::doubt(new, &candidates, &mut compared);
    compared.sort_by(|one, other| {
        let duplicate = |c: &Comparison| c.texts.finding.is_duplicate();
        let shingles = |c: &Comparison| c.texts.shingles.ratio();
        duplicate(other)
            .cmp(&duplicate(one))
            .then(other.similarity.total_cmp(&one.similarity))
            .then(shingles(other).total_cmp(&shingles(one)))
    });
    compared
}

/// Stories to weigh: those of the most similar candidates.
pub(super) fn stories(compared: &[Comparison]) -> Vec<StoryKey> {
    const MOST: usize = 4;
    let mut stories = Vec::with_capacity(MOST);
    for known in compared.iter().filter(|known| known.similarity > 0.0) {
        if !stories.contains(&known.story) {
            stories.push(known.story);
        }
        if stories.len() == MOST {
            break;
        }
    }
    stories
}

/// Decides. `members` are the newest articles of each of [`stories`], with no need to be among `compared`.
pub(super) fn resolve(
    new: &Features,
    compared: Vec<Comparison>,
    members: &[Neighbour],
    settings: &Settings,
) -> Resolution {
    if let Some(same) = compared
        .first()
        .filter(|known| known.texts.finding.is_duplicate())
    {
        return Resolution {
            duplicate_of: Some(same.original),
            story: Some(same.story),
            story_similarity: same.similarity,
            story_asked: None,
            compared,
        };
    }
    let mut nearest: Option<(Weighed, StoryKey)> = None;
    for key in stories(&compared) {
        let members: Vec<&Neighbour> = members
            .iter()
            .filter(|member| member.known.story == key)
            .collect();
        let Some(weighed) = weigh(new, &members, settings) else {
            continue;
        };
        let better = nearest.is_none_or(|(best, _)| weighed.worth() > best.worth());
        if better {
            nearest = Some((weighed, key));
        }
    }
    Resolution {
        duplicate_of: None,
        story: nearest.filter(|(best, _)| best.joins()).map(|(_, key)| key),
        story_similarity: nearest.map_or(0.0, |(best, _)| best.similarity),
        story_asked: nearest.and_then(|(best, _)| best.asked),
        compared,
    }
}

/// A story, as a place for a new article.
#[derive(Clone, Copy)]
pub(super) struct Weighed {
    /// The mean to its articles.
    pub(super) similarity: f32,
    /// What is enough; nothing if the story is over.
    pub(super) asked: Option<f32>,
}

impl Weighed {
    fn joins(self) -> bool {
        self.asked.is_some_and(|asked| self.similarity >= asked)
    }

    fn worth(self) -> (bool, f32) {
        (self.joins(), self.similarity)
    }
}

pub(super) fn weigh(new: &Features, members: &[&Neighbour], settings: &Settings) -> Option<Weighed> {
    let dates = || members.iter().map(|member| member.features().published);
    let (first, last) = (dates().min()?, dates().max()?);
    let gap = (new.published - last).max(first - new.published).max(0);
    let span = new.published.max(last) - new.published.min(first);
    let sum: f32 = compare_subjects(new, members, settings).sum();
    let runs = gap <= settings.story_window && span <= settings.story_span;
    Some(Weighed {
        similarity: sum / members.len() as f32,
        asked: runs.then(|| settings.strictness.story_similarity(gap)),
    })
}

fn compare_subjects<'a>(
    new: &'a Features,
    members: &'a [&'a Neighbour],
    settings: &'a Settings,
) -> impl Iterator<Item = f32> + 'a {
    members.iter().map(|member| {
        // A series is one site's: no other texts need to be compared.
        let features = member.features();
        if new.host == features.host {
            let texts = duplicate::compare(new, features, settings);
            if story::is_next_of_series(new, features, &texts) {
                return 0.0;
            }
        }
        story::similarity(new, features)
    })
}
