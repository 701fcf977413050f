//! The text of an article.

use dom_query::{Document, NodeRef};
use dom_smoothie::{Config, Readability, TextMode};

use super::json_ld;
use super::{clean, text};
use crate::model::{Body, CleanHtml, ParsedItem};
use crate::normalize;
use crate::scrape::page::Page;

/// The body and the method that found it.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) html: Option<CleanHtml>,
    pub(super) rule: &'static str,
}

pub(super) fn body(page: &Page, _node: Option<&json_ld::Article>, title: &str) -> Found {
    let document = page.document.clone();
    clean::before(&document);
    let html = readable(document);
    let rule = "readability";
    let fragment = Document::fragment(html.as_str());
    clean::after(&fragment, title);
    let text = text::blocks(&fragment.root());
    let html = normalize::body(
        &Body::Html(fragment.inner_html().to_string()),
        &ParsedItem::default(),
        &page.base,
    );
    Found { text, html, rule }
}

fn readable(document: Document) -> String {
    let config = Config {
        keep_classes: true,
        disable_json_ld: true,
        text_mode: TextMode::Raw,
        ..Config::default()
    };
    let Ok(mut readability) = Readability::with_document(document, None, Some(config)) else {
        return String::new();
    };
    readability
        .parse()
        .map(|article| article.content.to_string())
        .unwrap_or_default()
}
