//! What changed is compared again: what is no copy any more leaves the article that it was a copy of, and what has another
//! subject now leaves its story. Without this, a source could be counted to an article by a copy, and then say what it likes.

use super::Error;
use super::stories::Tables;
use crate::dedupe::{Finding, Index, Resolution};
use crate::model::ItemKey;
use crate::store::Ungrouped;

/// Copies of one article that are looked at when it changes. Where there are more, and one does not follow, it leaves them.
const MOST_COPIES: usize = 64;

/// Looks again at an item that has changed and that is counted to others.
pub(super) fn review(index: &mut Index, shelf: &mut Tables<'_>, item: ItemKey) -> Result<(), Error> {
    let Some(standing) = shelf.groups.standing(item)? else {
        return Ok(());
    };
    let moved = match standing.lead == item {
        true => review_copies(index, shelf, item)?,
        false if index.are_one(shelf, item, standing.lead)? => return Ok(()),
        false => shelf.groups.leave(item)?,
    };
    if moved {
        index.regrouped();
    }
    if let Some(story) = standing.story
        && !index.is_of_story(shelf, item, story)?
    {
        shelf.groups.leave_story(item)?;
        index.regrouped();
    }
    join(index, shelf, item)
}

/// Whether an item is a copy of an article only by way of another item of its own source, or of a bare headline: step by
/// step, that could lead from any article to any other, as sites set one headline over many.
pub(super) fn is_only_chained(
    index: &mut Index,
    shelf: &mut Tables<'_>,
    item: &Ungrouped,
    original: ItemKey,
    found: &Resolution,
) -> Result<bool, Error> {
    let Some(standing) = shelf.groups.standing(original)? else {
        return Ok(false);
    };
    let copies = found
        .compared
        .iter()
        .filter(|other| other.texts.finding.is_duplicate());
    let mut by_headline = true;
    let mut by_own = true;
    for other in copies.filter(|other| other.original == original) {
        let copy = shelf.groups.standing(other.key)?;
        by_headline &= other.texts.finding == Finding::SameHeadline;
        by_own &= other.key != standing.lead && copy.is_some_and(|copy| copy.source == item.source);
    }
    if by_headline && is_another_of_its_source(index, shelf, item, standing.lead)? {
        return Ok(true);
    }
    Ok(by_own && !index.are_one(shelf, item.key, standing.lead)?)
}

/// Whether an article holds an item of the same source with another text.
fn is_another_of_its_source(
    index: &mut Index,
    shelf: &mut Tables<'_>,
    item: &Ungrouped,
    lead: ItemKey,
) -> Result<bool, Error> {
    let mut others = shelf.groups.copies(lead, MOST_COPIES)?;
    others.push(lead);
    for other in others {
        let is_own = shelf
            .groups
            .standing(other)?
            .is_some_and(|other| other.source == item.source);
        if is_own && !index.are_one(shelf, item.key, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The article that stands for its copies has changed. Those that it has nothing to do with any more leave it, together; if
/// that is all of them, it leaves.
fn review_copies(index: &mut Index, shelf: &mut Tables<'_>, lead: ItemKey) -> Result<bool, Error> {
    let copies = shelf.groups.copies(lead, MOST_COPIES + 1)?;
    let (mut stays, mut leaves) = (0, Vec::new());
    for copy in copies.iter().take(MOST_COPIES) {
        let is_ruled = shelf.groups.standing(*copy)?.is_some_and(|copy| copy.is_ruled);
        if is_ruled || index.are_one(shelf, *copy, lead)? {
            stays += 1;
        } else {
            leaves.push(*copy);
        }
    }
    let Some(first) = leaves.first().copied() else {
        return Ok(false);
    };
    if stays == 0 || copies.len() > MOST_COPIES {
        return Ok(shelf.groups.leave(lead)?);
    }
    for copy in &leaves {
        shelf.groups.leave(*copy)?;
    }
    for copy in &leaves[1..] {
        if index.are_one(shelf, *copy, first)? {
            shelf.groups.join_copy(*copy, first)?;
        }
    }
    Ok(true)
}

/// Counts an item that is with no other now to the article, or the story, that it belongs to as it is.
fn join(index: &mut Index, shelf: &mut Tables<'_>, item: ItemKey) -> Result<(), Error> {
    let Some(standing) = shelf.groups.standing(item)? else {
        return Ok(());
    };
    if standing.lead != item || !shelf.groups.copies(item, 1)?.is_empty() {
        return Ok(());
    }
    let Some(found) = index.explain(shelf, item)? else {
        return Ok(());
    };
    let original = match found.duplicate_of {
        Some(original) => shelf.groups.standing(original)?.map(|original| original.lead),
        None => None,
    };
    let joined = match (original, found.story) {
        (Some(lead), _) if index.are_one(shelf, item, lead)? => shelf.groups.join_copy(item, lead)?,
        (_, Some(story)) if standing.story.is_none() && story != item => {
            shelf.groups.join_story(item, story)?
        }
        _ => false,
    };
    if joined {
        index.regrouped();
    }
    Ok(())
}
