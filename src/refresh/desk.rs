//! The stages that need no network, from a document's bytes to sightings.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use url::Url;

use super::arrival::{Claim, Watch};
use super::complete;
use super::document::{self, Received, unreadable};
use super::missed::{self, Window};
use crate::classify::Classifier;
use crate::dedupe::{self, Repeats, Signs};
use crate::model::{
    Arrival, Body, CanonicalUrl, DocumentFacts, Failure, Fingerprint, Guid, Item, ItemId, ParsedItem,
    PollState, Sighting, Source, SourceId, SourceKind, Uncertain, fold,
};
use crate::normalize;
use crate::schedule::clock::Moment;
use crate::scrape::article::Article;
use crate::store::{self, Missing, Reader};

/// New items of one document whose dates say something about when its source publishes.
const MOST_FRESH: usize = 500;

/// What the CPU work needs, shared with the blocking threads.
pub(super) struct Desk {
    classifier: Arc<Classifier>,
    readers: Mutex<Vec<Box<dyn Reader>>>,
}

/// A document as it came.
pub(super) struct Arrived {
    pub source: Source,
    pub state: PollState,
    pub body: bytes::Bytes,
    pub content_type: Option<String>,
    pub found_at: Url,
    pub moment: Moment,
}

/// A document that is read, with its items that the store does not know as they are.
pub(super) struct Opened {
    pub facts: DocumentFacts,
    pub found: Vec<Found>,
    pub warnings: Vec<String>,
    /// Further documents that belong to it.
    pub more: Vec<Url>,
    /// All that it holds; `None`: it is not known.
    pub held: Option<Held>,
    base: Url,
    watch: Watch,
}

/// What a document holds, known or not.
pub(super) struct Held {
    pub guids: Vec<Guid>,
    addresses: HashSet<ItemId>,
    /// The page of its first item.
    first: Option<Url>,
    /// What it should hold; `None`: that cannot be said.
    window: Option<Window>,
}

/// An item of a document that has to be cleaned and stored.
pub(super) struct Found {
    pub item: ParsedItem,
    pub fingerprint: Fingerprint,
    /// What the store holds.
    pub stored: Option<Fingerprint>,
    /// What its page says, where that is read.
    pub article: Option<Arc<Article>>,
    guid: Guid,
    guids_changed: bool,
    repeats: Repeats,
}

/// A poll's document after all stages.
pub(super) struct Worked {
    pub facts: DocumentFacts,
    pub sightings: Vec<Sighting>,
    pub warnings: Vec<String>,
    /// All that it holds; `None`: it is not known.
    pub held: Option<Vec<Guid>>,
    /// What it should hold and does not.
    pub missed: Vec<Missing>,
    /// The page of its first item.
    pub first: Option<Url>,
}

impl Desk {
    /// Takes one reader for each thread that may ask.
    pub(super) fn new(classifier: Arc<Classifier>, readers: Vec<Box<dyn Reader>>) -> Self {
        Self {
            classifier,
            readers: Mutex::new(readers),
        }
    }

    pub(super) fn open(&self, arrived: &Arrived) -> Result<Opened, Failure> {
        let source = &arrived.source;
        let base = source.base(&arrived.found_at);
        let received = Received {
            body: &arrived.body,
            content_type: arrived.content_type.as_deref(),
            // What is written in the address of a page counts where the page says what it is relative to.
            found_at: &arrived.found_at,
            base: &base,
        };
        let document = document::read(source, &arrived.state, &received, arrived.moment.now)?;
        let has_items = !document.items.is_empty();
        let dates = document.items.iter().filter_map(|item| item.published).collect();
        let (found, mut held) = self.unknown(source, document.items).map_err(unreadable)?;
        let is_alone = document.more.is_empty() && document.facts.moved.is_none();
        // What changed its guids, or is found elsewhere, is another document.
        held.window = held.window.filter(|_| is_alone).map(|window| Window {
            dates,
            items: document.facts.items,
            items_before: arrived.state.items,
            unfounded: arrived.state.missed.unfounded,
            ..window
        });
        let is_listing = matches!(source.kind, SourceKind::Page(_));
        let more = match found.is_empty() && is_listing {
            // Behind a page of what is known comes what is older.
            true => Vec::new(),
            false => document.more,
        };
        Ok(Opened {
            // An empty document says nothing about what it does not hold, nor does half a one.
            held: Some(held).filter(|_| has_items && !document.facts.is_cut),
            facts: document.facts,
            found,
            warnings: document.warnings,
            more,
            base,
            watch: Watch::of(&arrived.state, arrived.moment.now),
        })
    }

    /// Cleans and classifies what was found.
    pub(super) fn close(&self, source: &Source, opened: Opened, moment: Moment) -> Worked {
        let Opened {
            mut facts,
            mut found,
            warnings,
            base,
            mut held,
            watch,
            ..
        } = opened;
        let missed = held.as_mut().map(|held| self.missed(source, held));
        complete::with_articles(source, &mut found);
        facts.fresh = fresh(&found);
        let language = facts.language.as_deref();
        let mut claims = Vec::with_capacity(found.len());
        let clean = |found: Found| {
            let item = normalize::item(&found.item, &base, language, moment.latest);
            claims.push(Claim {
                stated: found.item.published.or(found.item.updated),
                believed: item.published,
                is_known: found.stored.is_some(),
            });
            let uncertain = Uncertain {
                seen: moment.is_doubted,
                published: normalize::refused(found.item.published, moment.latest),
                updated: normalize::refused(found.item.updated, moment.latest),
            };
            Sighting {
                uncertain,
                ..self.sighting(source, item, found)
            }
        };
        let mut sightings: Vec<Sighting> = found.into_iter().map(clean).collect();
        for (sighting, arrival) in sightings.iter_mut().zip(watch.arrivals(&claims, moment.now)) {
            sighting.arrival = arrival;
        }
        Worked {
            sightings,
            facts,
            warnings,
            missed: missed.unwrap_or_default(),
            first: held.as_mut().and_then(|held| held.first.take()),
            held: held.map(|held| held.guids),
        }
    }

    /// What a source showed and may have taken back.
    fn missed(&self, source: &Source, held: &mut Held) -> Vec<Missing> {
        let Some(mut window) = held.window.take().filter(|_| !source.keeps_withdrawn) else {
            return Vec::new();
        };
        let asked = self.with_reader(|reader| {
            let mut missing = reader.missing(&source.id, &held.guids)?;
            missing.retain(|missing| missing.addresses.iter().all(|at| !held.addresses.contains(at)));
            if !missing.is_empty() {
                window.shown_before = reader.shown_count(&source.id)?;
            }
            Ok(missing)
        });
        missed::doubts(asked.unwrap_or_default(), &window)
    }

    /// What was missed before and is still to be asked for.
    pub(super) fn doubted(&self, source: &SourceId, now: DateTime<Utc>) -> Vec<Missing> {
        self.with_reader(|reader| reader.doubted(source, now))
            .unwrap_or_default()
    }

    /// The items that the store does not know as they are, and all that there are.
    fn unknown(&self, source: &Source, items: Vec<ParsedItem>) -> Result<(Vec<Found>, Held), String> {
        let links: Vec<Option<CanonicalUrl>> = items
            .iter()
            .map(|item| item.url.as_ref().and_then(normalize::canonical))
            .collect();
        let titles: Vec<String> = items
            .iter()
            .map(|item| {
                item.title
                    .as_ref()
                    .map_or_else(String::new, |title| fold(&normalize::plain(title)))
            })
            .collect();
        let signs: Vec<Signs> = items
            .iter()
            .zip(&links)
            .zip(&titles)
            .map(|((item, link), title)| Signs {
                guid: item.guid.as_deref(),
                link: link.as_ref(),
                title,
                published: item.published,
            })
            .collect();
        let repeats = dedupe::repeats(&signs);
        let told_apart: Vec<Option<CanonicalUrl>> = links
            .iter()
            .zip(&repeats)
            .map(|(link, repeats)| link.clone().filter(|_| !repeats.link))
            .collect();
        let guids = dedupe::guids(&items, &told_apart);
        let (stored, has_history) = self.with_reader(|reader| {
            Ok((
                reader.fingerprints(&source.id, &guids)?,
                reader.has_history(&source.id)?,
            ))
        })?;
        let known: Vec<bool> = stored.iter().map(Option::is_some).collect();
        let guids_changed = dedupe::guids_changed(&known, has_history);
        let held = Held {
            guids: guids.clone(),
            addresses: links.iter().flatten().map(ItemId::of_url).collect(),
            first: items
                .iter()
                .find_map(|item| normalize::public(item.url.as_ref()?)),
            window: (!guids_changed).then(Window::default),
        };
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for (((item, guid), stored), repeats) in items.into_iter().zip(guids).zip(stored).zip(repeats) {
            let fingerprint = fingerprint(source, &item);
            // The same item twice in one document counts once.
            if seen.insert(guid.clone()) && stored != Some(fingerprint) {
                found.push(Found {
                    item,
                    fingerprint,
                    stored,
                    article: None,
                    guid,
                    guids_changed,
                    repeats,
                });
            }
        }
        Ok((found, held))
    }

    fn sighting(&self, source: &Source, mut item: Item, found: Found) -> Sighting {
        if found.repeats.link {
            // It still leads there, but does not say which article it is.
            item.url = None;
        }
        let html = item.content.as_ref().or(item.summary.as_ref());
        let text = html.map(normalize::text).unwrap_or_default();
        let terms: Vec<String> = found
            .item
            .terms
            .iter()
            .map(|term| normalize::plain(&Body::Html(term.name.clone())))
            .collect();
        let topics = self
            .classifier
            .topics(&terms, &source.categories, &source.tags, &item.title, &text);
        Sighting {
            source: source.id.clone(),
            guid: found.guid,
            fingerprint: found.fingerprint,
            terms,
            topics,
            item,
            guids_changed: found.guids_changed,
            title_repeats: found.repeats.title,
            arrival: Arrival::News,
            uncertain: Uncertain::default(),
        }
    }

    /// Lends a reader to `ask`; there is one for each worker.
    fn with_reader<T>(&self, ask: impl FnOnce(&dyn Reader) -> Result<T, store::Error>) -> Result<T, String> {
        let taken = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = taken.ok_or("no reader of the database is free (a bug: please report it)")?;
        let lent = Lent {
            reader: Some(reader),
            desk: self,
        };
        let reader = lent.reader.as_deref().expect("it is given back when dropped");
        ask(reader).map_err(|error| error.to_string())
    }
}

/// A reader that goes back also when a panic cuts the work short.
struct Lent<'a> {
    reader: Option<Box<dyn Reader>>,
    desk: &'a Desk,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut readers = self.desk.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.extend(self.reader.take());
    }
}

/// The dates of those items that are seen for the first time; not known where all have new guids.
fn fresh(found: &[Found]) -> Option<Vec<Option<DateTime<Utc>>>> {
    let is_known = !found.iter().any(|found| found.guids_changed);
    let fresh = found.iter().filter(|found| found.stored.is_none());
    is_known.then(|| fresh.map(|found| found.item.published).take(MOST_FRESH).collect())
}

/// The fingerprint of an item that is stored as it should be.
fn fingerprint(source: &Source, item: &ParsedItem) -> Fingerprint {
    let shown = match source.kind {
        SourceKind::Feed | SourceKind::Sitemap { .. } => dedupe::fingerprint(item, normalize::VERSION),
        // A page shows an article now with an excerpt and now without, but its title changes with the article.
        SourceKind::Page(_) => {
            let shown = ParsedItem {
                url: item.url.clone(),
                title: item.title.clone(),
                ..ParsedItem::default()
            };
            dedupe::fingerprint(&shown, normalize::VERSION)
        }
    };
    if source.full_text {
        dedupe::with_article(shown)
    } else {
        shown
    }
}
