//! What the page behind an item adds to what its source shows.

use std::collections::HashMap;

use chrono::{NaiveTime, TimeDelta};
use url::Url;

use super::desk::Found;
use crate::model::{Body, ParsedItem, Source, SourceKind, Term};
use crate::normalize;
use crate::scrape::article::{Article, Found as Stated};

/// Completes each item whose page was read.
pub(super) fn with_articles(source: &Source, found: &mut [Found]) {
    let mut claims: HashMap<String, usize> = HashMap::new();
    let own = |found: &Found| Some(found.article.as_ref()?.url.value.to_string());
    for address in found.iter().filter_map(own) {
        *claims.entry(address).or_default() += 1;
    }
    for found in found {
        let Some(article) = found.article.clone() else {
            continue;
        };
        if source.kind == SourceKind::Feed {
            add(&mut found.item, &article);
        } else {
            // Sites that give one canonical address to all their pages mean something else by it.
            let is_alone = claims.get(article.url.value.as_str()) == Some(&1);
            replace(&mut found.item, &article, is_alone);
        }
    }
}

/// A feed knows its items; the page has the text that the feed cuts.
fn add(item: &mut ParsedItem, article: &Article) {
    let length = |body: &Option<Body>| body.as_ref().map_or(0, |body| normalize::plain(body).len());
    if let Some(html) = &article.html
        && article.text.len() > length(&item.content).max(length(&item.summary))
    {
        if item.summary.is_none() {
            item.summary = item.content.take();
        }
        item.content = Some(Body::Html(html.as_str().to_owned()));
    }
    item.published = item.published.or(value(&article.published));
    item.updated = item.updated.or(value(&article.updated));
    if item.authors.is_empty() {
        item.authors = value(&article.authors).unwrap_or_default();
    }
    fill(item, article);
}

/// A page that lists articles shows little of them, and some of it cut; what they say of themselves counts.
fn replace(item: &mut ParsedItem, article: &Article, is_canonical: bool) {
    if is_canonical
        && item
            .url
            .as_ref()
            .is_some_and(|url| is_same_site(url, &article.url.value))
    {
        item.url = Some(article.url.value.clone());
    }
    if let Some(title) = value(&article.title) {
        item.title = Some(Body::Plain(title));
    }
    let shown = item.published;
    item.published = value(&article.published).or(shown);
    // A list may tell the hour where the article only tells the day.
    if let (Some(stated), Some(shown)) = (item.published, shown)
        && stated.time() == NaiveTime::MIN
        && (TimeDelta::zero()..TimeDelta::days(1)).contains(&(shown - stated))
    {
        item.published = Some(shown);
    }
    item.updated = value(&article.updated).or(item.updated);
    if let Some(authors) = value(&article.authors) {
        item.authors = authors;
    }
    if let Some(html) = &article.html {
        item.content = Some(Body::Html(html.as_str().to_owned()));
    }
    if let Some(image) = value(&article.image) {
        item.image = Some(image);
    }
    fill(item, article);
}

fn fill(item: &mut ParsedItem, article: &Article) {
    item.image = item.image.take().or_else(|| value(&article.image));
    item.language = item.language.take().or_else(|| value(&article.language));
    let names = value(&article.section)
        .into_iter()
        .chain(value(&article.tags).unwrap_or_default());
    for name in names {
        if item.terms.iter().all(|term| term.name != name) {
            item.terms.push(Term { name, scheme: None });
        }
    }
}

/// An address is believed to be an article's other one on its own host only, and never the front page.
fn is_same_site(url: &Url, canonical: &Url) -> bool {
    url.host_str() == canonical.host_str() && (canonical.path() != "/" || canonical.query().is_some())
}

fn value<T: Clone>(stated: &Option<Stated<T>>) -> Option<T> {
    stated.as_ref().map(|stated| stated.value.clone())
}
