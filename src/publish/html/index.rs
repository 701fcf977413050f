//! What the page of everything lists besides its articles: all other feeds.

use std::cmp::Reverse;

use maud::{Markup, html};

use crate::model::{Feed, FeedKind};
use crate::publish::address::folder;

/// This many tags are shown at once; the others unfold.
const TAGS_AT_ONCE: usize = 40;

/// Categories and sources by name, tags by size.
pub fn browse(feeds: &[Feed]) -> Markup {
    let of_kind = |kind| feeds.iter().filter(move |feed| feed.key.kind == kind);
    let categories: Vec<_> = of_kind(FeedKind::Category).collect();
    let sources: Vec<_> = of_kind(FeedKind::Source).collect();
    let mut tags: Vec<_> = of_kind(FeedKind::Tag).collect();
    tags.sort_by_key(|feed| (Reverse(feed.size), &feed.key));
    let (large, small) = tags.split_at(tags.len().min(TAGS_AT_ONCE));
    html! {
        @if !(categories.is_empty() && tags.is_empty() && sources.is_empty()) {
            aside #browse aria-label="All feeds" {
                (list("Categories", &categories))
                @if !tags.is_empty() {
                    section {
                        h2 { "Tags" }
                        ul.cloud { (entries(large)) }
                        @if !small.is_empty() {
                            details {
                                summary { (small.len()) " more" }
                                ul.cloud { (entries(small)) }
                            }
                        }
                    }
                }
                (list("Sources", &sources))
            }
        }
    }
}

fn list(name: &str, feeds: &[&Feed]) -> Markup {
    html! {
        @if !feeds.is_empty() {
            section {
                h2 { (name) }
                ul.plain { (entries(feeds)) }
            }
        }
    }
}

fn entries(feeds: &[&Feed]) -> Markup {
    html! {
        @for feed in feeds {
            @if let Ok(folder) = folder(feed) {
                li {
                    a href={ (folder) "index.html" } {
                        bdi { (feed.name) } " "
                        span.size { (feed.size) }
                    }
                }
            }
        }
    }
}
