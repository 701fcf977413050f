//! What a page's own data says of its articles: JSON-LD (`ItemList`, `NewsArticle` …) and microdata.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::scrape::date;
use crate::scrape::page::Page;

/// Nodes of JSON-LD that are looked at, and how deep.
const MOST_NODES: usize = 20_000;
const DEEPEST: usize = 32;

/// An article as the page's data has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) title: Option<String>,
    pub(super) published: Option<DateTime<Utc>>,
    pub(super) summary: Option<String>,
    pub(super) image: Option<Url>,
}

impl Declared {
    /// A page may name an article twice: as an entry of a list and in full.
    fn complete(&mut self, other: Self) {
        self.title = self.title.take().or(other.title);
        self.published = self.published.or(other.published);
        self.summary = self.summary.take().or(other.summary);
        self.image = self.image.take().or(other.image);
    }
}

/// The JSON-LD of a page.
pub(super) fn data(page: &Page) -> Vec<Value> {
    const MOST_SCRIPTS: usize = 32;
    let scripts = page.document.select(r#"script[type="application/ld+json"]"#);
    let texts = scripts.iter().take(MOST_SCRIPTS).map(|script| script.text());
    texts
        .filter_map(|text| serde_json::from_str(text.trim()).ok())
        .collect()
}

/// The articles that JSON-LD names, by address without fragment.
pub(super) fn articles(data: &[Value], base: &Url) -> HashMap<Url, Declared> {
    let mut articles: HashMap<Url, Declared> = HashMap::new();
    let mut budget = MOST_NODES;
    let mut open: Vec<(&Value, usize)> = data.iter().map(|value| (value, 0)).collect();
    while let Some((value, depth)) = open.pop() {
        budget = match budget.checked_sub(1) {
            Some(left) if depth < DEEPEST => left,
            Some(left) => {
                budget = left;
                continue;
            }
            None => break,
        };
        match value {
            Value::Array(values) => open.extend(values.iter().rev().map(|value| (value, depth + 1))),
            Value::Object(fields) => {
                // Its entries are sections.
                if types(fields).any(|name| name == "BreadcrumbList") {
                    continue;
                }
                if let Some((url, declared)) = article(fields, base) {
                    articles.entry(url).or_default().complete(declared);
                }
                open.extend(fields.values().map(|value| (value, depth + 1)));
            }
            _ => {}
        }
    }
    articles
}

fn article(fields: &serde_json::Map<String, Value>, base: &Url) -> Option<(Url, Declared)> {
    let is = |kinds: &[&str]| types(fields).any(|name| kinds.contains(&name));
    let article = is(&[
        "Article",
        "NewsArticle",
        "BlogPosting",
        "Report",
        "LiveBlogPosting",
        "TechArticle",
        "ScholarlyArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "ReportageNewsArticle",
        "SocialMediaPosting",
        "VideoObject",
        "PodcastEpisode",
    ]);
    if !article && !is(&["ListItem"]) {
        return None;
    }
    let address = ["url", "@id", "mainEntityOfPage", "item"]
        .iter()
        .find_map(|key| address(fields.get(*key)?))?;
    let mut url = base
        .join(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_fragment(None);
    let text = |key: &str| {
        fields
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
    };
    let line = |text: &str| crate::normalize::plain(&crate::model::Body::Html(text.to_owned()));
    Some((
        url,
        Declared {
            title: text("headline").or_else(|| text("name")).map(line),
            published: text("datePublished").and_then(date::machine),
            summary: text("description").map(line),
            image: fields
                .get("image")
                .and_then(address_of_image)
                .and_then(|image| base.join(image).ok()),
        },
    ))
}

fn types(fields: &serde_json::Map<String, Value>) -> impl Iterator<Item = &str> {
    let (one, many) = match fields.get("@type") {
        Some(Value::String(name)) => (Some(name.as_str()), None),
        Some(Value::Array(names)) => (None, Some(names.iter().filter_map(Value::as_str))),
        _ => (None, None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

fn address(value: &Value) -> Option<&str> {
    match value {
        Value::String(url) => Some(url),
        Value::Object(fields) => fields
            .get("@id")
            .or_else(|| fields.get("url"))
            .and_then(Value::as_str),
        _ => None,
    }
}

fn address_of_image(value: &Value) -> Option<&str> {
    match value {
        Value::String(url) => Some(url),
        Value::Array(values) => address_of_image_flat(values.first()?),
        _ => address_of_image_flat(value),
    }
}

fn address_of_image_flat(value: &Value) -> Option<&str> {
    match value {
        Value::String(url) => Some(url),
        Value::Object(fields) => fields
            .get("url")
            .or_else(|| fields.get("contentUrl"))
            .and_then(Value::as_str),
        _ => None,
    }
}
