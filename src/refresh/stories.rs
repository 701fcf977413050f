//! The stage between commit and publishing: which new items are copies of one article, and which share a story.
//!
//! All items that came since the last time are looked at together, in an order that depends on them alone, so it does not
//! matter which source answered first, in how many batches they were committed, or whether the program ended in between.

mod sources;
mod tables;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{Error, again};
use crate::config::Config;
use crate::dedupe::{Aliases, Article, Changes, Index, Resolution, Settings};
use crate::model::{ItemKey, PollState, SourceId, Strictness};
use crate::store::{Groups, Store, Ungrouped, Waiting};
use sources::{Piece, Sources, measure};
pub(super) use tables::Tables;

/// Items compared per transaction, and at a time: their texts and words are in memory together.
const BATCH: usize = 2_000;
const PART: usize = 500;
/// Items of one source that are compared in a pass, the newest: what one source brings costs the others no more than these
/// do, a second or so. The rest waits for the next pass, and each is published alone meanwhile.
const MOST_OF_A_SOURCE: usize = 1_000;

/// Compares what is new, and lets stories grow. Returns how many items turned out to be copies of others. When it is told
/// to stop, what is not compared yet waits for the next time.
pub(super) fn group(
    store: &mut dyn Store,
    config: &Config,
    states: &HashMap<SourceId, PollState>,
    now: DateTime<Utc>,
    stop: &watch::Receiver<bool>,
) -> Result<usize, Error> {
    let sources = Sources::of(config, states);
    let settings = settings(config);
    let horizon = now - TimeDelta::seconds(settings.reach());
    // Most refreshes bring nothing that needs it.
    let mut index: Option<Index> = None;
    let mut copies = 0;
    let [waiting, later] = shares(store.begin()?.groups().ungrouped()?);
    if !later.is_empty() {
        let mut batch = store.begin()?;
        batch.groups().postpone(&later)?;
        batch.commit()?;
    }
    let mut waiting = &waiting[..];
    loop {
        let mut batch = store.begin()?;
        let (items, rest) = waiting.split_at(BATCH.min(waiting.len()));
        waiting = rest;
        let groups = batch.groups();
        for part in items.chunks(PART).take_while(|_| !*stop.borrow()) {
            let found = groups.to_compare(part)?;
            let is_compared = |item: &&Ungrouped| sources.strictness(&item.source) != Strictness::Off;
            let compared: Vec<&Ungrouped> = found.iter().filter(is_compared).collect();
            for alone in found
                .iter()
                .filter(|item| item.is_settled && !item.is_ruled && !is_compared(item))
            {
                // Nobody looks whether it is what it was.
                groups.part(alone.key)?;
            }
            if !compared.is_empty() {
                let index = index.get_or_insert_with(|| Index::new(settings, aliases(config)));
                copies += compare(groups, index, &compared, &sources, horizon)?;
            }
            groups.grouped(part)?;
        }
        if let Some(frequencies) = index.as_mut().and_then(Index::counted) {
            groups.keep_frequencies(&frequencies.encode())?;
        }
        let is_last = waiting.is_empty() || *stop.borrow();
        let has_grown = is_last && groups.grow_stories(now)? > 0;
        if has_grown || !items.is_empty() {
            if is_last {
                groups.forget(horizon)?;
            }
            batch.commit()?;
        }
        if is_last {
            return Ok(copies);
        }
    }
}

/// What is compared in this pass, in the order of the store, and what of the rest readers have not met yet.
fn shares(waiting: Vec<Waiting>) -> [Vec<ItemKey>; 2] {
    let mut taken: HashMap<SourceId, usize> = HashMap::new();
    let (mut now, mut later) = (Vec::new(), Vec::new());
    for item in waiting.into_iter().rev() {
        let of_source = taken.entry(item.source).or_default();
        *of_source += 1;
        if *of_source <= MOST_OF_A_SOURCE {
            now.push(item.key);
        } else if item.is_fresh {
            later.push(item.key);
        }
    }
    now.reverse();
    [now, later]
}

/// What a stored item is nearest to, by what is known now; `None` where its text is not kept for comparisons.
pub(super) fn compared(
    groups: &mut dyn Groups,
    config: &Config,
    item: ItemKey,
) -> Result<Option<Resolution>, Error> {
    let mut index = Index::new(settings(config), aliases(config));
    let mut tables = Tables {
        groups,
        sources: &Sources::of(config, &HashMap::new()),
        alone: HashSet::new(),
    };
    Ok(index.explain(&mut tables, item)?)
}

/// Returns how many are copies of others.
fn compare(
    groups: &mut dyn Groups,
    index: &mut Index,
    items: &[&Ungrouped],
    sources: &Sources<'_>,
    horizon: DateTime<Utc>,
) -> Result<usize, Error> {
    let pieces: Vec<Piece> = items.iter().map(|item| sources.read(item)).collect();
    let articles: Vec<(ItemKey, Article)> = pieces.iter().map(Piece::article).collect();
    let mut tables = Tables {
        groups,
        sources,
        alone: items
            .iter()
            .filter(|item| !item.is_settled)
            .map(|item| item.key)
            .collect(),
    };
    let resolutions = index.add(&mut tables, &articles)?;
    let (mut copies, mut refused) = (0, false);
    for (item, resolution) in items.iter().zip(resolutions) {
        if item.is_settled {
            continue;
        }
        let original = match resolution.duplicate_of {
            Some(original) if again::is_only_chained(index, &mut tables, item, original, &resolution)? => {
                refused = true;
                None
            }
            original => original,
        };
        if let Some(original) = original {
            copies += usize::from(tables.groups.join_copy(item.key, original)?);
        } else if let Some(story) = resolution.story {
            tables.groups.join_story(item.key, story)?;
        }
    }
    let groups = tables.groups;
    // The newest of them: items come by date.
    let newest = items.last().map_or(horizon, |item| item.published);
    keep(groups, &index.changes(), newest, horizon)?;
    index.shelved();
    let changed: Vec<ItemKey> = items
        .iter()
        .filter(|item| item.is_settled && !item.is_ruled)
        .map(|item| item.key)
        .collect();
    if refused || !changed.is_empty() {
        index.regrouped();
    }
    let mut tables = Tables {
        groups,
        sources,
        alone: HashSet::new(),
    };
    for item in changed {
        again::review(index, &mut tables, item)?;
    }
    Ok(copies)
}

/// Puts what was learnt into the store, without what is too old to matter to anything that comes.
fn keep(
    groups: &mut dyn Groups,
    changes: &Changes,
    newest: DateTime<Utc>,
    horizon: DateTime<Utc>,
) -> Result<(), Error> {
    for (item, known) in &changes.known {
        let published = DateTime::from_timestamp(known.features.published(), 0).unwrap_or(horizon);
        if published >= horizon {
            groups.keep_features(*item, published, &known.features.encode())?;
        }
    }
    if newest >= horizon {
        for (key, items) in &changes.under {
            groups.file(*key, items, newest)?;
        }
    }
    for (host, lines) in &changes.lines {
        groups.keep_lines(*host, &lines.encode())?;
    }
    Ok(())
}

fn settings(config: &Config) -> Settings {
    let seconds = |duration: std::time::Duration| duration.as_secs().min(i64::MAX as u64) as i64;
    let story_window = seconds(config.dedupe.story_window);
    Settings {
        duplicate_window: seconds(config.dedupe.window),
        story_window,
        story_span: 3 * story_window,
        strictness: measure(config.dedupe.strictness).unwrap_or_default(),
    }
}

/// The names that the operator declared.
fn aliases(config: &Config) -> Aliases {
    Aliases::declared(config.tags.iter().chain(&config.categories))
}

#[cfg(test)]
mod tests;
