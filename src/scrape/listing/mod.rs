//! The articles that a page lists, found without configuration: links at the same place of the page's structure,
//! weighed by what lists of articles have in common. Selectors of the operator override any part of it, and what was
//! found is remembered as selectors, so that a redesign is noticed and healed.

mod address;
mod choose;
mod css;
mod dates;
mod declared;
mod fields;
mod group;
mod item;
mod obstacle;
mod outline;
mod pattern;
mod reading;
mod region;
mod score;
mod select;
mod title;
mod ways;
mod words;

use chrono::{DateTime, Utc};
use url::Url;

pub use self::css::{Selector, SelectorError, TooSlow};
pub use self::obstacle::Obstacle;
pub use self::reading::{Known, Reading, read};
pub use self::select::Select;
pub use self::ways::{Way, WayKind, better_ways};

use self::group::Member;
use self::item::View;
use self::outline::Outline;
use self::score::Candidate;
use super::page::Page;
use crate::model::Pattern;

/// Articles of one page beyond this many are left out.
const MOST_ITEMS: usize = 2_000;

/// The articles of a page and how they were found.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// In page order.
    pub items: Vec<Item>,
    /// Their place in the page as selectors, if selectors can tell it.
    pub pattern: Option<Pattern>,
    /// The next page of the list, on the same host.
    pub next: Option<Url>,
    /// What spoke for the chosen blocks and against them, in words, with points; empty with selectors.
    pub why: Vec<Reason>,
    /// Keys of `[source.select]` whose selector matched in no block.
    pub unmatched: Vec<&'static str>,
}

/// What speaks for a group of blocks or against it, in words, and how many points.
pub type Reason = (&'static str, f64);

/// An article as its block in the page shows it. All text is plain and one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Without fragment.
    pub url: Url,
    /// `None` when the block shows none.
    pub title: Option<String>,
    /// As shown, or as the page's data says.
    pub published: Option<DateTime<Utc>>,
    /// `published` was counted back from `now`, as "3 hours ago" is; read again later, it is another moment.
    pub is_relative: bool,
    /// The excerpt.
    pub summary: Option<String>,
    /// The first picture that is no avatar or icon.
    pub image: Option<Url>,
    /// Names.
    pub authors: Vec<String>,
    /// Only with a selector.
    pub categories: Vec<String>,
    /// Only with a selector.
    pub tags: Vec<String>,
    /// Which rule gave each part.
    pub rules: Rules,
}

/// Which rule gave each part of an item, in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Of the title.
    pub title: Option<&'static str>,
    /// Of the date.
    pub published: Option<&'static str>,
    /// Of the summary.
    pub summary: Option<&'static str>,
    /// Of the picture.
    pub image: Option<&'static str>,
}

/// Finds the articles that a page lists. `now` is what "3 hours ago" counts from.
pub fn detect(page: &Page, now: DateTime<Utc>) -> Listing {
    detected(&mut View::new(page, now))
}

/// Finds the articles of a page with selectors; what they leave open is detected.
///
/// # Errors
/// When a selector takes too long on this page.
pub fn select(page: &Page, select: &Select, now: DateTime<Utc>) -> Result<Listing, TooSlow> {
    selected(&mut View::new(page, now), select)
}

/// What stands in place of a page, if it says so itself: see [`Obstacle`].
pub fn obstacle(page: &Page) -> Option<Obstacle> {
    obstacle::of(page, Outline::new(&page.document).all_text(), 0)
}

fn detected(view: &mut View<'_>) -> Listing {
    let Some((members, why)) = chosen(view) else {
        return Listing {
            next: view.next(None).unwrap_or_default(),
            ..Listing::default()
        };
    };
    let (items, places): (Vec<_>, Vec<_>) = members.iter().map(|member| view.item(member)).unzip();
    let pattern = Pattern::of(&view.outline, &places);
    Listing {
        items,
        pattern,
        next: view.next(None).unwrap_or_default(),
        why,
        unmatched: Vec::new(),
    }
}

fn selected(view: &mut View<'_>, select: &Select) -> Result<Listing, TooSlow> {
    let members = match &select.item {
        Some(item) => view.members(select, item)?,
        None => chosen(view).map(|(members, _)| members).unwrap_or_default(),
    };
    let mut unmatched = view.unmatched(select, &members)?;
    if select.item.is_some() && members.is_empty() {
        unmatched.insert(0, "item");
    }
    let mut items = Vec::new();
    let mut places = Vec::new();
    for member in members.iter().take(MOST_ITEMS) {
        let (mut item, place) = view.item(member);
        view.override_parts(&mut item, select, member)?;
        items.push(item);
        places.push(place);
    }
    let next = view.next(select.next.as_ref())?;
    Ok(Listing {
        items,
        pattern: Pattern::of(&view.outline, &places),
        next,
        why: Vec::new(),
        unmatched,
    })
}

/// The blocks that detection chooses, and what spoke for them.
fn chosen(view: &View<'_>) -> Option<(Vec<Member>, Vec<Reason>)> {
    let facts = view.facts();
    let groups = group::groups(&view.outline, &view.links);
    let mut candidates: Vec<Candidate> = groups
        .into_iter()
        .map(|group| score::candidate(&facts, group))
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let choice = choose::choose(&facts, &candidates)?;
    let mut members = group::members(&view.outline, &choice.links);
    members.truncate(MOST_ITEMS);
    Some((members, choice.best.parts.clone()))
}

#[cfg(test)]
mod tests;
