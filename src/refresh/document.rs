//! A source's document, read as what the source says it is.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::sitemap;
use crate::model::{
    Body, DocumentFacts, Ending, Failure, FailureKind, ListingMoved, Offer, ParsedFeed, ParsedItem, Pattern,
    PollState, Source, SourceKind, Term,
};
use crate::normalize;
use crate::parse;
use crate::schedule;
use crate::scrape::listing::{self, Known, Listing, Obstacle, Reading, Select, Way, WayKind};
use crate::scrape::page::Page;

/// What came, and from where.
pub(super) struct Received<'a> {
    pub body: &'a [u8],
    pub content_type: Option<&'a str>,
    /// Where it was found, after redirects.
    pub found_at: &'a Url,
    /// What its relative addresses are resolved against.
    pub base: &'a Url,
}

/// A document after its stage.
#[derive(Default)]
pub(super) struct Document {
    pub facts: DocumentFacts,
    pub items: Vec<ParsedItem>,
    /// In words for the operator.
    pub warnings: Vec<String>,
    /// Documents that belong to it: the next page that a selector names, the sitemaps of an index.
    pub more: Vec<Url>,
}

/// Reads a document. `state` is what earlier polls learned of the source.
pub(super) fn read(
    source: &Source,
    state: &PollState,
    received: &Received<'_>,
    now: DateTime<Utc>,
) -> Result<Document, Failure> {
    match &source.kind {
        SourceKind::Feed => feed(received),
        SourceKind::Page(selectors) => {
            let select = selectors.as_ref().map(|selectors| {
                let select = selectors.compile();
                select.map_err(|_| unreadable("a selector in [source.select] is no CSS".into()))
            });
            let known = PageKnown {
                select: select.transpose()?,
                pattern: state.pattern.as_ref(),
                had_articles: state.items > 0,
            };
            page(&known, received, now)
        }
        SourceKind::Sitemap { max_age } => sitemap(state, *max_age, received, now),
    }
}

fn sitemap(
    state: &PollState,
    max_age: Duration,
    received: &Received<'_>,
    now: DateTime<Utc>,
) -> Result<Document, Failure> {
    let parsed = parse::sitemap(received.body, received.content_type, received.base);
    let sitemap = parsed.map_err(|error| unreadable(error.to_string()))?;
    let items = sitemap::items(sitemap.items, max_age, now);
    Ok(Document {
        facts: DocumentFacts {
            published: schedule::newest(items.iter().filter_map(|item| item.published.or(item.updated))),
            items: count(items.len()),
            is_cut: sitemap.is_cut,
            ..DocumentFacts::default()
        },
        items,
        more: sitemap::children(sitemap.children, state, max_age, now),
        warnings: sitemap.warnings,
    })
}

fn feed(received: &Received<'_>) -> Result<Document, Failure> {
    let parsed = parse::feed(received.body, received.content_type, received.base);
    let mut feed = parsed.map_err(|error| unreadable(with_advice(error.to_string(), received)))?;
    let mut items = std::mem::take(&mut feed.items);
    if feed.ending == Ending::InsideItem {
        // Half a guid or link would make another article of it; it comes whole with the next poll.
        items.pop();
    }
    Ok(Document {
        facts: facts(&feed, &items),
        items,
        warnings: feed.warnings,
        more: Vec::new(),
    })
}

fn facts(feed: &ParsedFeed, items: &[ParsedItem]) -> DocumentFacts {
    DocumentFacts {
        hints: feed.hints.clone(),
        published: schedule::newest(items.iter().filter_map(|item| item.published)),
        items: count(items.len()),
        is_cut: feed.ending != Ending::Whole,
        title: feed
            .title
            .as_ref()
            .map(normalize::plain)
            .filter(|title| !title.is_empty()),
        offer: Some(feed.offer.clone()),
        language: feed.language.as_deref().and_then(normalize::language),
        link: feed.link.as_ref().map(Url::to_string),
        ..DocumentFacts::default()
    }
}

/// A page instead of a feed often says where the feed is.
fn with_advice(error: String, received: &Received<'_>) -> String {
    if parse::sitemap(received.body, received.content_type, received.base).is_ok() {
        return "it is a sitemap, not a feed; use sitemap = \"…\" instead of feed".into();
    }
    let Ok(page) = Page::read(received.body, received.content_type, received.found_at) else {
        return error;
    };
    let is_page = page.document.select_single("body *").exists();
    let ways = if is_page {
        listing::better_ways(&page)
    } else {
        Vec::new()
    };
    let feed = ways
        .iter()
        .find(|way| matches!(way.kind, WayKind::Feed | WayKind::LinkedFeed | WayKind::WordPress));
    match feed {
        Some(Way { url, .. }) => format!("{error}; this page says that its feed is at {url}"),
        None => error,
    }
}

/// What is known of a page before it is read.
struct PageKnown<'a> {
    select: Option<Select>,
    pattern: Option<&'a Pattern>,
    had_articles: bool,
}

fn page(known: &PageKnown<'_>, received: &Received<'_>, now: DateTime<Utc>) -> Result<Document, Failure> {
    if is_feed(received) {
        return Err(unreadable(
            "it is a feed, not a web page; use feed = \"…\" instead of page".into(),
        ));
    }
    let read = Page::read(received.body, received.content_type, received.found_at);
    let page = read.map_err(|error| unreadable(error.to_string()))?;
    let reading = listing::read(
        &page,
        Known {
            select: known.select.as_ref(),
            pattern: known.pattern,
        },
        now,
    );
    let (listing, moved) = match reading.map_err(|slow| unreadable(slow.to_string()))? {
        Reading::AsKnown(listing) => (listing, None),
        Reading::Moved { listing, broken } => {
            let moved = ListingMoved {
                broken,
                select: listing.pattern.as_ref().map(Pattern::as_toml),
                is_configured: known.select.is_some(),
            };
            (listing, Some(moved))
        }
        Reading::Obstructed(obstacle) => return Err(obstructed(obstacle)),
        Reading::Nothing => return Err(nothing(&page, known.had_articles)),
    };
    let names_next = known.select.as_ref().is_some_and(|select| select.next.is_some());
    Ok(Document {
        more: listing.next.clone().filter(|_| names_next).into_iter().collect(),
        warnings: unmatched(&listing),
        facts: page_facts(&page, &listing, moved),
        items: listing.items.into_iter().map(item).collect(),
    })
}

/// Whether it begins as a feed does, and is one.
fn is_feed(received: &Received<'_>) -> bool {
    let head = &received.body[..received.body.len().min(2_048)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let has = |tag: &str| head.contains(tag);
    !has("<html")
        && (has("<rss") || has("<feed") || has("<rdf:rdf") || head.trim_start().starts_with(['{', '[']))
        && parse::feed(received.body, received.content_type, received.base).is_ok()
}

fn page_facts(page: &Page, listing: &Listing, moved: Option<ListingMoved>) -> DocumentFacts {
    let title = page.document.select_single("title").text();
    let language = page
        .document
        .select_single("html")
        .attr("lang")
        .map(|tag| tag.to_string());
    DocumentFacts {
        published: schedule::newest(listing.items.iter().filter_map(|item| item.published)),
        items: count(listing.items.len()),
        title: Some(normalize::line(&title)).filter(|title| !title.is_empty()),
        language: language.as_deref().and_then(normalize::language),
        pattern: listing.pattern.clone(),
        offer: Some(page_offer(page)),
        moved,
        ..DocumentFacts::default()
    }
}

/// The hubs that a page names, and what it is called there.
fn page_offer(page: &Page) -> Offer {
    const MOST: usize = 4;
    let links = |relation: &str| {
        let found = page
            .document
            .select(&format!("link[rel~=\"{relation}\" i][href]"));
        let address = |link: &dom_query::NodeRef<'_>| page.base.join(&link.attr("href")?).ok();
        let addresses = found.nodes().iter().filter_map(address);
        addresses.map(String::from).take(MOST).collect::<Vec<_>>()
    };
    Offer {
        hubs: links("hub"),
        topic: links("self").into_iter().next(),
    }
}

/// An article as a feed would have it.
fn item(shown: listing::Item) -> ParsedItem {
    let mut seen = HashSet::new();
    let names = shown.categories.into_iter().chain(shown.tags);
    ParsedItem {
        url: Some(shown.url),
        title: shown.title.map(Body::Plain),
        published: shown.published,
        authors: shown.authors,
        terms: names
            .filter(|name| seen.insert(name.clone()))
            .map(|name| Term { name, scheme: None })
            .collect(),
        summary: shown.summary.map(Body::Plain),
        image: shown.image,
        ..ParsedItem::default()
    }
}

fn unmatched(listing: &Listing) -> Vec<String> {
    let keys = listing.unmatched.iter();
    keys.map(|key| format!("{key} in [source.select] matches nothing on the page; that part is detected"))
        .collect()
}

fn obstructed(obstacle: Obstacle) -> Failure {
    let kind = match obstacle {
        Obstacle::BotCheck | Obstacle::Login | Obstacle::Consent => FailureKind::Forbidden,
        Obstacle::ErrorText => FailureKind::Transient,
        Obstacle::NeedsScript => FailureKind::Unreadable,
    };
    Failure {
        kind,
        message: format!("the page answers with {obstacle}; what it showed before is kept"),
    }
}

fn nothing(page: &Page, had_articles: bool) -> Failure {
    let better = listing::better_ways(page);
    let advice = match better.first() {
        Some(Way { url, .. }) => format!("a better way in may be {url}"),
        None => "say where they are with [source.select]; feedmill inspect listing shows what is seen".into(),
    };
    let what = if had_articles {
        "no articles are on the page any more"
    } else {
        "no list of articles was found on the page"
    };
    unreadable(format!("{what}; {advice}"))
}

pub(super) fn unreadable(message: String) -> Failure {
    Failure {
        kind: FailureKind::Unreadable,
        message,
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}
