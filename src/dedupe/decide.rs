//! What becomes of a sighting.

use chrono::{DateTime, NaiveTime, Utc};

use crate::model::{Candidates, CanonicalUrl, Claim, Decision, Guid, Item, ItemId, Known, Sighting};

/// Where nobody owns an article, a text that is so much longer takes the place of another. A stub's article is several
/// times as long.
const FULLER: f64 = 1.2;

/// What becomes of a sighting: the item its source showed under its guid, else the one at its address, else
/// the one its source showed under its title, else a new one.
pub fn decide(sighting: &Sighting, candidates: &Candidates) -> Decision {
    match known(sighting, candidates) {
        Some(known) => Decision::Join {
            id: known.id,
            replace: may_replace(sighting, known, candidates.claim),
        },
        None if candidates.buried => Decision::Bury,
        // It moved after it was dropped: to https, to another path. A place in the document is no article's guid.
        None if candidates.buried_guid && !is_position(&sighting.guid) => Decision::Bury,
        None => Decision::Create(new_id(sighting)),
    }
}

/// An article with an address has the same id whoever shows it first.
fn new_id(sighting: &Sighting) -> ItemId {
    match &sighting.item.url {
        Some(url) => ItemId::of_url(url),
        None => ItemId::of_guid(&sighting.source, &sighting.guid),
    }
}

fn known<'a>(sighting: &Sighting, candidates: &'a Candidates) -> Option<&'a Known> {
    let by_guid = candidates
        .by_guid
        .as_ref()
        .filter(|known| is_same_guid(sighting, known));
    let by_url = candidates.by_url.as_ref();
    let by_title = candidates
        .by_title
        .as_ref()
        .filter(|known| is_same_title(sighting, known));
    match (by_guid, by_url) {
        // The guid's item is at another address, and this address is known as another item. An equal address
        // is the same article for everybody (rule 2), an equal guid is only this source's word for it: it has
        // given the guid to another article, or the link of another article to the guid. Either way readers
        // who follow the link find what the address names.
        (Some(guid), Some(url)) if guid.id != url.id => Some(url),
        (Some(guid), _) => Some(guid),
        (None, Some(url)) => Some(url),
        (None, None) => by_title,
    }
}

/// Whether the item that the source showed under this guid is still the one it shows.
///
/// Without a new address nothing speaks against it, nor when only the scheme, `www.` or the last slash are
/// new. Else either the article moved (a corrected slug, a new domain) or the guid was given to another
/// article (sources that number their items from the top do so at every poll). To take a move for a new
/// article doubles it; to take a new article for a move loses it, and overwrites another, which is worse. So
/// a move needs a sign: the same claimed date, or the same last part of the path; without dates to compare,
/// the guid is believed unless it looks like such a number. And only an item whose text is this source's own
/// can move with it: for all others the guid is merely a sighting at the address where it was seen (rule 1).
fn is_same_guid(sighting: &Sighting, known: &Known) -> bool {
    let (Some(shown), Some(stored)) = (&sighting.item.url, &known.url) else {
        return true;
    };
    if place(shown) == place(stored) {
        return true;
    }
    let same_date = match (sighting.item.published, known.claimed) {
        (Some(shown), Some(stored)) => shown == stored,
        _ => !is_position(&sighting.guid),
    };
    known.source == sighting.source
        && (same_date || last_part(shown).is_some_and(|part| Some(part) == last_part(stored)))
}

/// Up to three digits: a place in the document rather than an article.
fn is_position(guid: &Guid) -> bool {
    guid.as_str().len() <= 3 && guid.as_str().bytes().all(|byte| byte.is_ascii_digit())
}

/// An address without what sites change over all their articles at once.
fn place(url: &CanonicalUrl) -> &str {
    let after_scheme = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
    after_scheme
        .strip_prefix("www.")
        .unwrap_or(after_scheme)
        .trim_end_matches('/')
}

/// The last part of a path with its query, if it says something: `/2024/story-1/` and `/news/story-1` agree.
fn last_part(url: &CanonicalUrl) -> Option<&str> {
    const SHORTEST: usize = 8;
    let (_, after_scheme) = url.as_str().split_once("://")?;
    let (_, path) = after_scheme.split_once('/')?;
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|part| part.len() >= SHORTEST)
}

fn is_midnight(date: DateTime<Utc>) -> bool {
    date.time() == NaiveTime::MIN
}

/// Whether an equal title under another guid and address is the same article (rule 6). Titles recur
/// ("Weather", "Morning briefing"), so dates must agree too; while the source is changing all its guids it is
/// enough that they do not differ.
fn is_same_title(sighting: &Sighting, known: &Known) -> bool {
    if known.source != sighting.source || sighting.title_repeats {
        return false;
    }
    match (sighting.item.published, known.claimed) {
        // A date without a time is that of many.
        (Some(shown), Some(stored)) => shown == stored && (sighting.guids_changed || !is_midnight(shown)),
        _ => sighting.guids_changed,
    }
}

/// Whether the sighting's text becomes the item's. Who bears it may change it, unless another who shows it has a better
/// claim to its address. Who has the best claim takes it over; where nobody has any, the fuller text does. Nobody else
/// overwrites anything (rules 1 and 3).
fn may_replace(sighting: &Sighting, known: &Known, claim: Claim) -> bool {
    if known.source == sighting.source {
        return known.claim >= known.rival;
    }
    if claim < known.rival {
        return false;
    }
    let at_its_address = || sighting.item.url.is_some() && sighting.item.url == known.url;
    let is_fuller = || length(&sighting.item) as f64 > known.length as f64 * FULLER;
    let takes_over = || claim > known.claim || (!known.claim.is_owner() && !claim.is_owner() && is_fuller());
    !known.is_borne || (at_its_address() && takes_over())
}

/// Of its text, as [`Known::length`] counts it.
fn length(item: &Item) -> usize {
    let html = item.content.as_ref().or(item.summary.as_ref());
    html.map_or(0, |html| html.as_str().chars().count())
}

#[cfg(test)]
mod tests;
