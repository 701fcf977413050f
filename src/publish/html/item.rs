//! One article on a page.

use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, PreEscaped, html};

use crate::model::{Topic, TopicKind};
use crate::publish::related;
use crate::publish::shown::Shown;

use super::WAY_TO_ROOT;

/// One `<article>`. Its direction is that of its headline: in Arabic the picture stands on the left.
pub fn item(shown: &Shown<'_>) -> Box<str> {
    let markup = html! {
        article.item dir="auto" lang=[shown.language] {
            @if let Some(image) = &shown.image {
                img src=(image) alt="" width="168" height="112" loading="lazy" decoding="async"
                    referrerpolicy="no-referrer";
            }
            div.words {
                h3 {
                    @match &shown.link {
                        Some(link) => a href=(link) { (shown.headline) },
                        None => (shown.headline),
                    }
                }
                p.from { (source(shown)) (time(shown.published)) (authors(shown)) }
                @if !shown.excerpt.is_empty() { p.excerpt { (shown.excerpt) } }
                @if !(shown.copies.is_empty() && shown.others.is_empty()) {
                    div.related {
                        (related::also_in(&shown.copies, None))
                        (related::story(&shown.others, None))
                    }
                }
                @if !shown.written.is_empty() {
                    ul.topics aria-label="Topics" {
                        @for topic in shown.written { (PreEscaped(&topic.html)) }
                    }
                }
            }
        }
    };
    markup.into_string().into_boxed_str()
}

fn source(shown: &Shown<'_>) -> Markup {
    html! {
        @match shown.source.folder {
            Some(folder) => a.source dir="auto" href=(page(folder)) { (shown.source.name) },
            None => span.source dir="auto" { (shown.source.name) },
        }
    }
}

fn authors(shown: &Shown<'_>) -> Markup {
    // A byline that only repeats the source says nothing.
    let authors: Vec<_> = shown
        .item
        .authors
        .iter()
        .filter(|name| *name != shown.source.name)
        .collect();
    html! {
        @if !authors.is_empty() {
            span.authors {
                @for (n, author) in authors.iter().enumerate() {
                    @if n > 0 { ", " }
                    bdi { (author) }
                }
            }
        }
    }
}

/// One `<li>`.
pub fn topic(topic: &Topic, folder: Option<&str>) -> Box<str> {
    let class = match topic.kind {
        TopicKind::Category => "category",
        TopicKind::Tag => "tag",
    };
    let markup = html! {
        li {
            @match folder {
                Some(folder) => a class=(class) dir="auto" href=(page(folder)) { (topic.name) },
                None => span class=(class) dir="auto" { (topic.name) },
            }
        }
    };
    markup.into_string().into_boxed_str()
}

/// Named in full, so that it opens from a disk too.
fn page(folder: &str) -> String {
    format!("{WAY_TO_ROOT}{folder}index.html")
}

pub fn time(time: DateTime<Utc>) -> Markup {
    html! {
        time dir="ltr" datetime=(time.to_rfc3339_opts(SecondsFormat::Secs, true)) {
            (time.format("%-d %b %Y, %H:%M UTC"))
        }
    }
}
