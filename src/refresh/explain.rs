//! Why an item is where it is.

use std::collections::HashMap;

use super::rule::find;
use super::{Error, open, setup, stories};
use crate::classify::{Classifier, Reason};
use crate::config::Config;
use crate::dedupe::Comparison;
use crate::model::{Feed, FeedKind, ItemKey, Source, SourceId, Topic, TopicKey, TopicKind};
use crate::normalize;
use crate::store::{Groups, ItemFacts};

/// Articles that are something else, to tell how near they are.
const NEAREST: usize = 5;

/// An item and its reasons.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The item.
    pub item: ItemFacts,
    /// The item that stands for it in merged feeds, if it does not itself.
    pub lead: Option<Other>,
    /// The copy whose text it shows, if that is another's.
    pub text_of: Option<Other>,
    /// The feeds that hold it, each with why.
    pub feeds: Vec<(Feed, Vec<Because>)>,
    /// Other copies of the article.
    pub copies: Vec<Other>,
    /// Other articles of its story.
    pub story: Vec<Other>,
    /// How near it is to the nearest story, its own or another.
    pub nearness: Option<Nearness>,
    /// What is nearest to it and something else.
    pub nearest: Vec<Other>,
    /// Its text is kept for comparisons; if not, it is too old, or the operator wants none.
    pub is_compared: bool,
}

/// How near an article is to a story, by what is known now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// The mean similarity to its articles, from 0 to 1.
    pub similarity: f32,
    /// What is asked for to join it; `None` if it is over.
    pub asked: Option<f32>,
}

/// Why an item is in a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The source whose sighting it is about.
    pub source: SourceId,
    /// `None`: the source shows it.
    pub reason: Option<Reason>,
}

/// Another item, and how alike the two are.
#[derive(Clone, Debug)]
pub struct Other {
    /// It.
    pub item: ItemFacts,
    /// As they were compared; `None`: they are not among each other's nearest.
    pub compared: Option<Comparison>,
}

/// Explains the item at an address. Reads only.
pub fn explain(config: &Config, address: &str) -> Result<Explanation, Error> {
    let mut store = open(config)?;
    let mut batch = store.begin()?;
    let groups = batch.groups();
    let key = find(groups, address)?;
    let resolution = stories::compared(groups, config, key)?;
    let is_compared = resolution.is_some();
    let nearness = resolution
        .as_ref()
        .filter(|found| found.duplicate_of.is_none() && found.story_similarity > 0.0)
        .map(|found| Nearness {
            similarity: found.story_similarity,
            asked: found.story_asked,
        });
    let compared: Vec<Comparison> = resolution.map(|found| found.compared).unwrap_or_default();
    let by_key: HashMap<ItemKey, Comparison> = compared.iter().map(|other| (other.key, *other)).collect();
    let other = |key: ItemKey| -> Result<Option<Other>, Error> {
        let found = groups.facts(key)?.map(|item| Other {
            compared: by_key.get(&key).copied(),
            item,
        });
        Ok(found)
    };
    let others = |keys: &mut dyn Iterator<Item = ItemKey>| -> Result<Vec<Other>, Error> {
        let all: Result<Vec<Option<Other>>, Error> = keys.map(other).collect();
        Ok(all?.into_iter().flatten().collect())
    };
    let item = stored(groups, key)?;
    let group: Vec<ItemKey> = std::iter::once(item.lead)
        .chain(item.copies.iter().copied())
        .collect();
    let is_same = |other: &ItemKey| group.contains(other);
    let lead = match item.lead == key {
        true => None,
        false => other(item.lead)?,
    };
    let text_of = match item.text_of {
        Some(copy) => other(copy)?,
        None => None,
    };
    Ok(Explanation {
        copies: others(
            &mut group
                .iter()
                .copied()
                .filter(|copy| *copy != key && *copy != item.lead),
        )?,
        story: others(&mut item.story.iter().copied().filter(|other| !is_same(other)))?,
        nearest: others(
            &mut compared
                .iter()
                .map(|other| other.key)
                .filter(|other| !is_same(other) && !item.story.contains(other))
                .take(NEAREST),
        )?,
        feeds: reasons(config, groups, &item)?,
        text_of,
        lead,
        item,
        nearness,
        is_compared,
    })
}

fn stored(groups: &dyn Groups, key: ItemKey) -> Result<ItemFacts, Error> {
    let found = groups.facts(key)?;
    found.ok_or_else(|| Error::NoItem("the item was dropped just now".to_owned()))
}

/// Why an item is in each of its feeds. One that stands for others is where they belong, too.
fn reasons(
    config: &Config,
    groups: &dyn Groups,
    item: &ItemFacts,
) -> Result<Vec<(Feed, Vec<Because>)>, Error> {
    let classifier = setup::classifier(config);
    let mut members = vec![item.clone()];
    if item.lead == item.key {
        for copy in &item.copies {
            members.extend(groups.facts(*copy)?);
        }
    }
    let mut explained: Vec<(Feed, Vec<Because>)> = Vec::new();
    for feed in &item.feeds {
        let mut because = Vec::new();
        for member in &members {
            because.extend(why(config, &classifier, feed, member));
        }
        because.dedup();
        explained.push((feed.clone(), because));
    }
    Ok(explained)
}

fn why(config: &Config, classifier: &Classifier, feed: &Feed, item: &ItemFacts) -> Vec<Because> {
    let kind = match feed.key.kind {
        FeedKind::Category => Some(TopicKind::Category),
        FeedKind::Tag => Some(TopicKind::Tag),
        FeedKind::All | FeedKind::Source | FeedKind::Health => None,
    };
    let text = item.html.as_ref().map(normalize::text).unwrap_or_default();
    let mut because = Vec::new();
    for sighting in &item.sightings {
        let source: Option<&Source> = config.sources.iter().find(|source| source.id == sighting.source);
        let Some(source) = source else { continue };
        let mut add = |reason| {
            because.push(Because {
                source: source.id.clone(),
                reason,
            });
        };
        match kind {
            None if feed.key.kind == FeedKind::All || feed.key.key == source.id.as_str() => add(None),
            None => {}
            Some(kind) => {
                let topic = Topic {
                    kind,
                    key: TopicKey::of(&feed.key.key),
                    name: feed.name.clone(),
                };
                let given = [source.categories.as_slice(), source.tags.as_slice()];
                let reasons = classifier.reasons(&topic, &sighting.terms, given, &item.title, &text);
                reasons.into_iter().map(Some).for_each(add);
            }
        }
    }
    because
}
