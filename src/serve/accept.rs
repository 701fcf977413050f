//! Which format a folder's address gives: a browser gets the page, a feed reader the feed.

use axum::http::{HeaderMap, HeaderName, header};

use super::weight::weighted;
use crate::model::FileFormat;

/// Formats from the most to the least understood by readers.
pub const FEEDS: [FileFormat; 3] = [FileFormat::Rss, FileFormat::Atom, FileFormat::Json];

/// What for a browser asks: <https://www.w3.org/TR/fetch-metadata/>
pub const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// How much a client wants a format: its weight, and how closely it was named.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    weight: u16,
    /// 0 by `*/*`, 1 by `type/*`, 2 by a type that also other things have, 3 by the format's own type.
    closeness: u8,
}

/// The best of `offered` for these headers. A page when the client does not care, as any static host gives; never
/// nothing, since a page is better than an error.
///
/// Many readers name `text/html` beside the feed types, with the same weight, to find feeds in pages; no browser names
/// a feed type. So between equals the feed wins when it is named.
pub fn choose(headers: &HeaderMap, offered: impl Fn(FileFormat) -> bool) -> Option<FileFormat> {
    let feeds = FEEDS.into_iter().filter(|format| offered(*format));
    let page = offered(FileFormat::Html).then_some(FileFormat::Html);
    if navigates(headers) && page.is_some() {
        return page;
    }
    let wishes = [
        FileFormat::Html,
        FileFormat::Rss,
        FileFormat::Atom,
        FileFormat::Json,
    ]
    .map(|format| wish(headers, format));
    let wish = |format: FileFormat| match format {
        FileFormat::Html => wishes[0],
        FileFormat::Rss => wishes[1],
        FileFormat::Atom => wishes[2],
        FileFormat::Json => wishes[3],
    };
    let feed = feeds
        .clone()
        .min_by_key(|format| std::cmp::Reverse(wish(*format)));
    match (page, feed) {
        (Some(page), Some(feed)) => {
            let (by_page, by_feed) = (wish(page), wish(feed));
            let feed_wins = by_feed.weight > by_page.weight
                || (by_feed.weight == by_page.weight && by_feed.weight > 0 && by_feed.closeness == 3);
            Some(if feed_wins { feed } else { page })
        }
        (page, feed) => page.or(feed),
    }
}

/// Whether a person follows a link or types an address.
pub fn navigates(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_DEST)
        .is_some_and(|destination| destination == "document")
}

/// RFC 9110 §12.5.1: the closest range that matches decides.
fn wish(headers: &HeaderMap, format: FileFormat) -> Wish {
    if !headers.contains_key(header::ACCEPT) {
        return Wish {
            weight: 1000,
            closeness: 0,
        };
    }
    weighted(headers, &header::ACCEPT)
        .filter_map(|(range, weight)| closeness(range, format).map(|closeness| Wish { weight, closeness }))
        .max_by_key(|wish| (wish.closeness, wish.weight))
        .unwrap_or_default()
}

fn closeness(range: &str, format: FileFormat) -> Option<u8> {
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(range));
    let (own, shared, family): (&[&str], &[&str], &[&str]) = match format {
        FileFormat::Html => (&["text/html", "application/xhtml+xml"], &[], &["text/*"]),
        FileFormat::Rss => (
            &[
                "application/rss+xml",
                "application/x-rss+xml",
                "application/rdf+xml",
            ],
            &["application/xml", "text/xml"],
            &["application/*"],
        ),
        FileFormat::Atom => (
            &["application/atom+xml"],
            &["application/xml", "text/xml"],
            &["application/*"],
        ),
        FileFormat::Json => (
            &["application/feed+json"],
            &["application/json"],
            &["application/*"],
        ),
    };
    match range {
        "*/*" => Some(0),
        _ if is(own) => Some(3),
        _ if is(shared) => Some(2),
        _ if is(family) => Some(1),
        _ => None,
    }
}
