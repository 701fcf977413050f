//! The stage between commit and publishing: which new items are copies of one article, and which share a story.
//!
//! All items that came since the last time are looked at together, in an order that depends on them alone, so it does not
//! matter which source answered first, in how many batches they were committed, or whether the program ended in between.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::Error;
use crate::config::Config;
use crate::dedupe::{
    self, Aliases, Article, Changes, Features, Frequencies, Index, Known, Lines, Resolution, Settings, Shelf,
};
use crate::model::{ItemKey, Source, SourceId, Strictness};
use crate::normalize;
use crate::store::{self, Groups, Store, Ungrouped};

/// Items compared per transaction, and at a time: their texts and words are in memory together.
const BATCH: usize = 2_000;
const PART: usize = 500;

/// Compares what is new, and lets stories grow. Returns how many items turned out to be copies of others.
pub(super) fn group(store: &mut dyn Store, config: &Config, now: DateTime<Utc>) -> Result<usize, Error> {
    let sources = Sources::of(config);
    let settings = settings(config);
    let horizon = now - TimeDelta::seconds(settings.reach());
    // Most refreshes bring nothing that needs it.
    let mut index: Option<Index> = None;
    let mut copies = 0;
    let waiting = store.begin()?.groups().ungrouped()?;
    let mut waiting = &waiting[..];
    loop {
        let mut batch = store.begin()?;
        let (items, rest) = waiting.split_at(BATCH.min(waiting.len()));
        waiting = rest;
        let groups = batch.groups();
        for part in items.chunks(PART) {
            let found = groups.to_compare(part)?;
            let is_compared = |item: &&Ungrouped| sources.strictness(&item.source) != Strictness::Off;
            let compared: Vec<&Ungrouped> = found.iter().filter(is_compared).collect();
            if !compared.is_empty() {
                let index = index.get_or_insert_with(|| Index::new(settings, aliases(config)));
                copies += compare(groups, index, &compared, &sources, horizon)?;
            }
            groups.grouped(part)?;
        }
        if let Some(frequencies) = index.as_mut().and_then(Index::counted) {
            groups.keep_frequencies(&frequencies.encode())?;
        }
        let is_last = waiting.is_empty();
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

/// What a stored item is nearest to, by what is known now; `None` where its text is not kept for comparisons.
pub(super) fn compared(
    groups: &mut dyn Groups,
    config: &Config,
    item: ItemKey,
) -> Result<Option<Resolution>, Error> {
    let mut index = Index::new(settings(config), aliases(config));
    let mut tables = Tables {
        groups,
        sources: &Sources::of(config),
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
    let texts: Vec<(String, String)> = items
        .iter()
        .map(|item| {
            let text = item.html.as_ref().map(normalize::text).unwrap_or_default();
            (sources.host(item), text)
        })
        .collect();
    let articles: Vec<(ItemKey, Article)> = items
        .iter()
        .zip(&texts)
        .map(|(item, (host, text))| {
            let article = Article {
                host,
                url: item.link.as_deref(),
                title: &item.title,
                text,
                published: item.published,
                strictness: measure(sources.strictness(&item.source)),
            };
            (item.key, article)
        })
        .collect();
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
    let mut copies = 0;
    for (item, resolution) in items.iter().zip(resolutions) {
        if item.is_settled {
            continue;
        }
        if let Some(original) = resolution.duplicate_of {
            copies += usize::from(groups.join_copy(item.key, original)?);
        } else if let Some(story) = resolution.story {
            groups.join_story(item.key, story)?;
        }
    }
    // The newest of them: items come by date.
    let newest = items.last().map_or(horizon, |item| item.published);
    keep(groups, &index.changes(), newest, horizon)?;
    index.shelved();
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

/// The store's tables as `dedupe` sees them. What an older version encoded is not known any more.
struct Tables<'a> {
    groups: &'a mut dyn Groups,
    sources: &'a Sources<'a>,
    /// Items that are in no story yet: nobody else is in theirs, so the store need not be asked.
    alone: HashSet<ItemKey>,
}

impl Shelf for Tables<'_> {
    type Error = store::Error;

    fn under(&mut self, key: u64) -> Result<Vec<ItemKey>, store::Error> {
        self.groups.filed(key)
    }

    fn known(&mut self, item: ItemKey) -> Result<Option<Known>, store::Error> {
        let known = self.groups.features(item)?.and_then(|stored| {
            // The operator may have said since that it is to be left alone.
            let strictness = measure(self.sources.strictness(&stored.source))?;
            Some(Known {
                features: Arc::new(Features::decode(&stored.data)?),
                original: stored.lead,
                story: stored.story,
                strictness: Some(strictness),
            })
        });
        Ok(known)
    }

    fn members(&mut self, story: ItemKey, most: usize) -> Result<Vec<ItemKey>, store::Error> {
        if self.alone.contains(&story) {
            return Ok(Vec::new());
        }
        self.groups.members(story, most)
    }

    fn lines(&mut self, host: u64) -> Result<Option<Lines>, store::Error> {
        Ok(self.groups.lines(host)?.and_then(|data| Lines::decode(&data)))
    }

    fn frequencies(&mut self) -> Result<Option<Frequencies>, store::Error> {
        let data = self.groups.frequencies()?;
        Ok(data.and_then(|data| Frequencies::decode(&data)))
    }
}

/// What the stage needs of the configured sources.
struct Sources<'a> {
    by_id: HashMap<&'a SourceId, &'a Source>,
    general: Strictness,
}

impl<'a> Sources<'a> {
    fn of(config: &'a Config) -> Self {
        Self {
            by_id: config.sources.iter().map(|source| (&source.id, source)).collect(),
            general: config.dedupe.strictness,
        }
    }

    /// How alike a source's articles must be to others.
    fn strictness(&self, source: &SourceId) -> Strictness {
        match self.general {
            Strictness::Off => Strictness::Off,
            general => self
                .by_id
                .get(source)
                .and_then(|source| source.dedupe)
                .unwrap_or(general),
        }
    }

    /// The host that shows an item: of its address, else of its source's.
    fn host(&self, item: &Ungrouped) -> String {
        let url = item.link.as_deref().and_then(|link| Url::parse(link).ok());
        let source = || {
            self.by_id
                .get(&item.source)
                .and_then(|source| source.address.host_str())
        };
        let host = url
            .as_ref()
            .and_then(Url::host_str)
            .or_else(source)
            .unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    }
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

/// How alike articles must be; `None` where none are compared.
fn measure(strictness: Strictness) -> Option<dedupe::Strictness> {
    match strictness {
        Strictness::Off => None,
        Strictness::Strict => Some(dedupe::Strictness::Strict),
        Strictness::Normal => Some(dedupe::Strictness::Normal),
        Strictness::Loose => Some(dedupe::Strictness::Loose),
    }
}

/// The names that the operator declared.
fn aliases(config: &Config) -> Aliases {
    Aliases::declared(config.tags.iter().chain(&config.categories))
}
