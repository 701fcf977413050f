//! Headlines without a text, that name whose article they are.

use super::duplicate::{Finding, HOUR, SHORTEST};
use super::features::Features;
use super::resolve::{Comparison, ItemKey, Neighbour};

/// Whether it is nothing but a headline, of another site's article.
pub(super) fn is_bare(of: &Features) -> bool {
    of.publisher != 0 && of.words < SHORTEST
}

/// What two articles are of which one at least is bare. A publisher sets one headline over one article within a day; two that
/// name one publisher are one if they are as close as headlines must be.
pub(super) fn announced(one: &Features, other: &Features, are_close: bool) -> Finding {
    const FEWEST_WORDS: usize = 4;
    let same_title = one.title != 0 && one.title == other.title;
    if !same_title || one.whose() != other.whose() || one.title_words().len() < FEWEST_WORDS {
        return Finding::TooShort;
    }
    let is_in_time = match (one.publisher, other.publisher) {
        (0, _) => is_in_time(other, one),
        (_, 0) => is_in_time(one, other),
        _ => are_close,
    };
    match is_in_time {
        true => Finding::SameHeadline,
        false => Finding::TooShort,
    }
}

/// Whether an aggregator showed a headline when it could: not long before its publisher, whose clock may be wrong by hours, and
/// not so late that it may be a daily's next article under the same one.
fn is_in_time(shown: &Features, article: &Features) -> bool {
    (-6 * HOUR..20 * HOUR).contains(&(shown.published - article.published))
}

/// Some titles come again: "Rates of the day", "Letter from the harbour". Where a publisher has set one over several articles,
/// a headline is only that of the one to which it is much nearer than these are to each other.
pub(super) fn doubt(new: &Features, candidates: &[Neighbour], compared: &mut [Comparison]) {
    /// Of the time between two articles.
    const PART: i64 = 4;
    let is_doubtful = |known: &Comparison| known.texts.finding == Finding::SameHeadline;
    if !compared.iter().any(is_doubtful) {
        return;
    }
    let Some(shortest) = shortest_interval(new, candidates, compared) else {
        return;
    };
    for (known, candidate) in compared.iter_mut().zip(candidates) {
        let gap = (candidate.features().published - new.published).abs();
        if is_doubtful(known) && is_bare_pair(new, candidate.features()) && gap * PART >= shortest {
            known.texts.finding = Finding::Recurring;
        }
    }
}

fn is_bare_pair(one: &Features, other: &Features) -> bool {
    is_bare(one) || is_bare(other)
}

/// Seconds between two articles that the publisher of a headline set under it, where there are two.
fn shortest_interval(new: &Features, candidates: &[Neighbour], compared: &[Comparison]) -> Option<i64> {
    let mut articles: Vec<(ItemKey, i64)> = candidates
        .iter()
        .map(|candidate| (candidate.known.original, candidate.features()))
        .filter(|(_, known)| known.publisher == 0 && known.title == new.title && known.site == new.whose())
        .map(|(original, known)| (original, known.published))
        .collect();
    articles.sort_unstable();
    articles.dedup_by_key(|(original, _)| *original);
    let mut dates: Vec<i64> = articles.into_iter().map(|(_, published)| published).collect();
    let is_copy = |known: &Comparison| matches!(known.texts.finding, Finding::SameText | Finding::SamePage);
    if new.publisher == 0 && !compared.iter().any(is_copy) {
        dates.push(new.published);
    }
    dates.sort_unstable();
    dates.windows(2).map(|pair| pair[1] - pair[0]).min()
}
