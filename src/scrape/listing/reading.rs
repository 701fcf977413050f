//! One look at a page whose articles have a known place: what became of it, and what to do when it is gone.

use chrono::{DateTime, Utc};

use super::item::View;
use super::obstacle::{self, Obstacle};
use super::select::Select;
use super::{Listing, TooSlow, detected, selected};
use crate::model::Pattern;
use crate::scrape::page::Page;

/// What is known of a page before it is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// What the operator configured.
    pub select: Option<&'k Select>,
    /// What an earlier poll found.
    pub pattern: Option<&'k Pattern>,
}

/// What became of a page.
#[derive(Clone, Debug)]
pub enum Reading {
    /// The articles are where they were, or nothing was known yet.
    AsKnown(Listing),
    /// They are elsewhere now: the operator is to be told, once. `listing.pattern` is what would work.
    Moved {
        /// What detection found.
        listing: Listing,
        /// What does not work any more, in words: `item = ".teaser" matches nothing`.
        broken: String,
    },
    /// It is not the page, whatever its status says.
    Obstructed(Obstacle),
    /// A page without articles.
    Nothing,
}

/// Of what a pattern found before, this share must still be there; the rest may be a quiet day.
const LEAST_SHARE: usize = 4;

/// Reads a page: with the operator's selectors, else where the articles were before, else wherever they are.
///
/// # Errors
/// When a configured selector takes too long on this page.
pub fn read(page: &Page, known: Known<'_>, now: DateTime<Utc>) -> Result<Reading, TooSlow> {
    let mut view = View::new(page, now);
    let configured = known
        .select
        .map(|select| selected(&mut view, select))
        .transpose()?;
    if let Some(listing) = configured.as_ref().filter(|listing| !listing.items.is_empty()) {
        return Ok(checked(&view, listing.clone()));
    }
    let remembered = known.pattern.filter(|_| known.select.is_none());
    let compiled = remembered.and_then(|pattern| Some((pattern, pattern.compile()?)));
    if let Some((pattern, select)) = &compiled {
        // A remembered selector that is too slow for what the page has become is as good as one that finds nothing.
        let listing = selected(&mut view, select).unwrap_or_default();
        if listing.items.len() * LEAST_SHARE >= pattern.count.max(1) {
            return Ok(checked(&view, listing));
        }
    }
    let listing = detected(&mut view);
    if let Some(obstacle) = obstacle::of(page, view.outline.all_text(), listing.items.len()) {
        return Ok(Reading::Obstructed(obstacle));
    }
    if listing.items.is_empty() {
        return Ok(Reading::Nothing);
    }
    let broken = match (known.select, &compiled) {
        (Some(select), _) => Some(words(select)),
        (None, Some((pattern, _))) => pattern
            .select
            .item
            .as_ref()
            .map(|item| format!("item = {item:?} no longer finds the articles")),
        (None, None) => None,
    };
    Ok(match broken {
        Some(broken) => Reading::Moved { listing, broken },
        None => Reading::AsKnown(listing),
    })
}

/// A listing, unless the page is none: a wall may have links, too.
fn checked(view: &View<'_>, listing: Listing) -> Reading {
    match obstacle::of(view.page, view.outline.all_text(), listing.items.len()) {
        Some(obstacle) => Reading::Obstructed(obstacle),
        None => Reading::AsKnown(listing),
    }
}

fn words(select: &Select) -> String {
    let keys = [("item", &select.item), ("link", &select.link)];
    let named = keys
        .into_iter()
        .find_map(|(key, selector)| Some((key, selector.as_ref()?)));
    named.map_or_else(
        || "the selectors find no article".to_owned(),
        |(key, selector)| format!("{key} = {:?} finds no article", selector.as_str()),
    )
}
