//! A look at a source that leaves no trace: what polling it would read. For those who add and check sources.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use tokio::sync::Semaphore;
use url::Url;

use super::document::{self, Document, Received, unreadable};
use super::poll::{chance, request, wants};
use super::{Clock, Error, Event, Listener, lanes, setup};
use crate::config::Config;
use crate::fetch::{Fetcher, Reply, Wants};
use crate::model::{
    Answer, CanonicalUrl, Failure, ListingMoved, ParsedItem, PollOutcome, PollState, Source, SourceKind,
};
use crate::normalize;
use crate::schedule;
use crate::scrape::listing::{self, Way};
use crate::scrape::page::Page;

/// What is at a source's address.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Where permanent redirects lead: the address to write.
    pub moved_to: Option<Url>,
    /// Its own title, plain.
    pub title: Option<String>,
    /// In the order of the document.
    pub items: Vec<PreviewItem>,
    /// What had to be mended or left out, in words for the operator.
    pub warnings: Vec<String>,
    /// The articles of a page are not where `[source.select]` says.
    pub moved: Option<ListingMoved>,
    /// The feeds, the API and the sitemaps that a page names, best first.
    pub better: Vec<Way>,
    /// Its items lead to comments on articles.
    pub is_of_comments: bool,
    /// What a first poll would remember of it: when it would be asked again, and why not before.
    pub state: PollState,
    /// Requests that it took.
    pub requests: usize,
    /// Bytes received.
    pub bytes: u64,
}

/// What would be an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewItem {
    /// Plain.
    pub title: String,
    /// As far as it can be believed.
    pub published: Option<DateTime<Utc>>,
    /// To be given to readers.
    pub link: Option<String>,
    /// What identifies it.
    pub url: Option<CanonicalUrl>,
}

impl Preview {
    /// The date of its newest item.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.items.iter().filter_map(|item| item.published).max()
    }
}

/// Looks at sources. Nothing that it learns is kept.
pub struct Previewer {
    fetcher: Fetcher,
    clock: Clock,
    /// Reading is CPU work: more of it at once than there are cores only costs memory.
    working: Arc<Semaphore>,
}

/// An answer, to be read as one thing or another.
#[derive(Clone)]
pub(super) struct Fetched {
    pub answer: Answer,
    pub body: Bytes,
    pub content_type: Option<String>,
    /// After redirects.
    pub found_at: Url,
}

/// Documents of a sitemap index that are read until one has items.
const MOST_PARTS: usize = 3;

impl Previewer {
    /// With the manners of this configuration. Hosts that asked an earlier refresh for patience are not asked.
    pub fn new(config: &Config, clock: Clock) -> Result<Self, Error> {
        let fetcher = setup::fetcher(config)?;
        if config.site.database.exists() {
            let store = super::open(config)?;
            for pause in store.pauses()? {
                fetcher.pause(&pause);
            }
            for record in store.robots()? {
                fetcher.know(record);
            }
        }
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            fetcher,
            clock,
            working: Arc::new(Semaphore::new(workers)),
        })
    }

    /// Asks a source, without validators, and reads what comes as a poll would. The pages behind its items are not read.
    pub async fn preview(&self, source: &Source) -> Result<Preview, Failure> {
        let fetched = self.fetch(source, source.address.clone(), wants(source)).await?;
        self.read(source, fetched).await
    }

    /// Asks all these sources, hosts at once and each host politely; the previews in the order of the sources.
    pub async fn preview_all(&self, config: &Config, listener: &Listener) -> Vec<Result<Preview, Failure>> {
        let sources = &config.sources;
        listener(Event::Started {
            sources: sources.len(),
        });
        let ask = |source: Source| async move {
            let asked = (self.clock)();
            let preview = self.preview(&source).await;
            listener(Event::Polled {
                failed: preview.is_err(),
                not_modified: false,
                new: 0,
                bytes: preview.as_ref().map_or(0, |preview| preview.bytes),
                took: ((self.clock)() - asked).to_std().unwrap_or_default(),
            });
            (source.id, preview)
        };
        let lanes = lanes(sources.clone(), config.fetch.per_host);
        let asked = futures_util::stream::iter(lanes).map(|lane| async move {
            let mut previews = Vec::with_capacity(lane.len());
            for source in lane {
                previews.push(ask(source).await);
            }
            previews
        });
        let lanes: Vec<_> = asked.buffer_unordered(config.fetch.concurrency).collect().await;
        let mut previews: std::collections::HashMap<_, _> = lanes.into_iter().flatten().collect();
        let preview = |source: &Source| {
            let preview = previews.remove(&source.id);
            preview.unwrap_or_else(|| Err(unreadable("it was not asked (a bug: please report it)".into())))
        };
        sources.iter().map(preview).collect()
    }

    pub(super) async fn fetch(
        &self,
        source: &Source,
        address: Url,
        wants: Wants,
    ) -> Result<Fetched, Failure> {
        let request = request(source, address.clone(), wants);
        let reply = self.fetcher.get(&request, (self.clock)()).await;
        match reply.map_err(|error| error.failure)? {
            Reply::Document {
                answer,
                body,
                content_type,
            } => Ok(Fetched {
                found_at: Url::parse(&answer.url).unwrap_or(address),
                answer,
                body,
                content_type,
            }),
            Reply::NotModified(_) => Err(unreadable("the server answered 304 to a first request".into())),
        }
    }

    /// Reads an answer as what the source says it is. What leads only to others, as an index of sitemaps does, is
    /// followed until there are items.
    pub(super) async fn read(&self, source: &Source, fetched: Fetched) -> Result<Preview, Failure> {
        let (mut preview, more) = self.open(source, fetched).await?;
        let mut failed = None;
        for address in more.into_iter().take(MOST_PARTS) {
            if !preview.items.is_empty() {
                break;
            }
            preview.requests += 1;
            match self.part(source, address).await {
                Ok(part) => {
                    preview.bytes += part.bytes;
                    preview.items = part.items;
                    preview.warnings.extend(part.warnings);
                }
                Err(failure) => failed = Some(failure),
            }
        }
        match failed {
            Some(failure) if preview.items.is_empty() => Err(failure),
            _ => Ok(preview),
        }
    }

    async fn part(&self, source: &Source, address: Url) -> Result<Preview, Failure> {
        let fetched = self.fetch(source, address, wants(source)).await?;
        Ok(self.open(source, fetched).await?.0)
    }

    /// On a thread of its own: a panic on a hostile document costs this look at it.
    async fn open(&self, source: &Source, fetched: Fetched) -> Result<(Preview, Vec<Url>), Failure> {
        let _permit = self
            .working
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let (source, now) = (source.clone(), (self.clock)());
        let work = move || catch_unwind(AssertUnwindSafe(|| open(&source, &fetched, now)));
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(read)) => read,
            Ok(Err(_)) | Err(_) => {
                let message = "feedmill stumbled over this document (a bug: please report its address)";
                Err(unreadable(message.into()))
            }
        }
    }
}

fn open(source: &Source, fetched: &Fetched, now: DateTime<Utc>) -> Result<(Preview, Vec<Url>), Failure> {
    let base = source.base(&fetched.found_at);
    let received = Received {
        body: &fetched.body,
        content_type: fetched.content_type.as_deref(),
        found_at: &fetched.found_at,
        base: &base,
    };
    let document = document::read(source, &PollState::default(), &received, now)?;
    let better = match source.kind {
        SourceKind::Page(_) => ways(fetched),
        SourceKind::Feed | SourceKind::Sitemap { .. } => Vec::new(),
    };
    let Document {
        facts,
        items,
        warnings,
        more,
    } = document;
    let outcome = PollOutcome::Read {
        answer: fetched.answer.clone(),
        facts: Box::new(facts.clone()),
    };
    let fresh = PollState {
        url: source.question(),
        ..PollState::default()
    };
    let (state, _) = schedule::after(&fresh, &outcome, source.every, now, chance(&source.address));
    let language = facts.language.as_deref();
    let is_of_comments = is_of_comments(&items);
    let item = |parsed| {
        let item = normalize::item(&parsed, &base, language, now);
        PreviewItem {
            title: item.title,
            published: item.published,
            link: item.link,
            url: item.url,
        }
    };
    let preview = Preview {
        moved_to: moved_to(&fetched.answer),
        title: facts.title.filter(|title| !title.is_empty()),
        items: items.into_iter().map(item).collect(),
        warnings,
        moved: facts.moved,
        better,
        is_of_comments,
        state,
        requests: 1,
        bytes: fetched.answer.wire_bytes,
    };
    Ok((preview, more))
}

/// Comments have addresses inside of their articles' pages: `…/article/#comment-12`.
fn is_of_comments(items: &[ParsedItem]) -> bool {
    let is_comment = |item: &&ParsedItem| {
        let fragment = item.url.as_ref().and_then(|url| url.fragment());
        fragment.is_some_and(|fragment| fragment.starts_with("comment"))
    };
    2 * items.iter().filter(is_comment).count() > items.len()
}

/// The better ways that a page names; of what is no page, none.
pub(super) fn ways(fetched: &Fetched) -> Vec<Way> {
    let page = Page::read(&fetched.body, fetched.content_type.as_deref(), &fetched.found_at);
    page.map(|page| listing::better_ways(&page)).unwrap_or_default()
}

/// Only the permanent redirects before the first temporary one may be taken as permanent.
fn moved_to(answer: &Answer) -> Option<Url> {
    let permanent = answer.hops.iter();
    let last = permanent
        .take_while(|hop| matches!(hop.status, 301 | 308))
        .last()?;
    Url::parse(&last.to).ok()
}
