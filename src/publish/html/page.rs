//! The page around the articles of a feed.

use std::collections::HashMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::{Feed, FeedKind, FileFormat, ItemId};
use crate::publish::address::{file_name, media_type};
use crate::publish::shown::Head;

use super::{WAY_TO_ROOT, index, item};

/// Pages need their own style sheet and the articles' pictures, nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src https: http:; base-uri 'none'; form-action 'none'";

/// Where the articles go in the page that is rendered around them; NUL is in no text, see `WAY_TO_ROOT`.
const ITEMS: &str = "\0items\0";

/// Formats that readers subscribe to, in the order in which pages name them.
const SUBSCRIBABLE: [(FileFormat, &str); 3] = [
    (FileFormat::Rss, "RSS"),
    (FileFormat::Atom, "Atom"),
    (FileFormat::Json, "JSON Feed"),
];

/// The whole document around these articles. `feeds` are listed on the page of the feed of everything.
pub fn document<'s>(
    head: &Head<'_>,
    feeds: &[Feed],
    items: impl ExactSizeIterator<Item = (&'s str, Option<ItemId>)>,
    out: &mut Vec<u8>,
) {
    let page = page(head, feeds, items.len()).into_string();
    let (before, after) = page.split_once(ITEMS).expect("the page has one place for items");
    out.extend_from_slice(before.as_bytes());
    for (item, further) in stories(items) {
        write_item(head, item, out);
        if further.is_empty() {
            continue;
        }
        let more = further.len();
        let opening = html! { summary { (more) " more on this story" } }.into_string();
        out.extend_from_slice(b"<details class=\"story\">");
        out.extend_from_slice(opening.as_bytes());
        out.push(b'\n');
        for item in further {
            write_item(head, item, out);
        }
        out.extend_from_slice(b"</details>\n");
    }
    out.extend_from_slice(after.as_bytes());
}

/// Each story once, where its newest article stands, with its other articles.
fn stories<'s>(items: impl Iterator<Item = (&'s str, Option<ItemId>)>) -> Vec<(&'s str, Vec<&'s str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places = HashMap::new();
    for (item, story) in items {
        match story.and_then(|story| places.get(&story)) {
            Some(place) => {
                let (_, further): &mut (&str, Vec<&str>) = &mut groups[*place];
                further.push(item);
            }
            None => {
                places.extend(story.map(|story| (story, groups.len())));
                groups.push((item, Vec::new()));
            }
        }
    }
    groups
}

fn write_item(head: &Head<'_>, item: &str, out: &mut Vec<u8>) {
    for (n, part) in item.split(WAY_TO_ROOT).enumerate() {
        if n > 0 {
            out.extend_from_slice(head.way_to_root().as_bytes());
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'\n');
}

fn page(head: &Head<'_>, feeds: &[Feed], items: usize) -> Markup {
    let root = head.way_to_root();
    html! {
        (DOCTYPE)
        html lang="en" {
            (meta(head)) "\n"
            body class=[head.is_root().then_some("root")] {
                a.skip href="#items" { "Skip to the items" }
                header.site {
                    @if head.is_root() {
                        @if feeds.len() > 1 { nav aria-label="Site" { a href="#browse" { "Browse all feeds" } } }
                    } @else {
                        nav aria-label="Site" { a href={ (root) "index.html" } { bdi { (head.site.title) } } }
                    }
                }
                div.columns {
                    main {
                        (title(head, items)) "\n"
                        (subscribe(head)) "\n"
                        section #items aria-labelledby="latest" {
                            h2 #latest { "Latest" }
                            @if items == 0 { p.empty { "Nothing here yet. What comes in will be listed here." } }
                            (PreEscaped(ITEMS))
                        }
                    }
                    @if head.is_root() { (index::browse(feeds)) }
                }
                (footer(head))
            }
        }
    }
}

fn meta(head: &Head<'_>) -> Markup {
    let root = head.way_to_root();
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="referrer" content="no-referrer";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (head.title) }
            meta name="description" content=(head.description);
            link rel="canonical" href=(head.home());
            (alternates(head, "", &head.title))
            @if !head.is_root() { (alternates(head, root, &head.site.title)) }
            link rel="stylesheet" href={ (root) "style.css" };
        }
    }
}

fn alternates(head: &Head<'_>, way: &str, title: &str) -> Markup {
    html! {
        @for (format, name) in SUBSCRIBABLE {
            @if head.site.publishes(format) {
                link rel="alternate" type=(media_type(format)) title={ (title) " (" (name) ")" }
                    href={ (way) (file_name(format)) };
            }
        }
    }
}

fn title(head: &Head<'_>, items: usize) -> Markup {
    let (kind, name, about) = match head.feed.key.kind {
        FeedKind::All => (
            "All feeds",
            &head.site.title,
            "Everything from all sources, newest first.",
        ),
        FeedKind::Category => (
            "Category",
            &head.feed.name,
            "Everything in this category, newest first.",
        ),
        FeedKind::Tag => ("Tag", &head.feed.name, "Everything with this tag, newest first."),
        FeedKind::Source => (
            "Source",
            &head.feed.name,
            "Everything from this source, newest first.",
        ),
        FeedKind::Health => (
            "For the operator",
            &head.feed.name,
            "Sources that fail or have gone silent, and those that are well again, newest first.",
        ),
    };
    html! {
        p.kind { (kind) }
        h1 { bdi { (name) } }
        p.about { (about) }
        p.facts {
            span { @if items == 1 { "1 item" } @else { (items) " items" } }
            @if let Some(updated) = head.updated { span { "last change " (item::time(updated)) } }
            // What is mixed may be in many languages.
            @if head.feed.key.kind == FeedKind::Source { span { "in " (language(head.language)) } }
        }
    }
}

/// Languages that news most often comes in; others are named by their tag.
fn language(tag: &str) -> &str {
    match tag.split('-').next().unwrap_or(tag) {
        "ar" => "Arabic",
        "de" => "German",
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "it" => "Italian",
        "pt" => "Portuguese",
        "ru" => "Russian",
        "tr" => "Turkish",
        "zh" => "Chinese",
        _ => tag,
    }
}

/// The address to copy, selected by one click, and plain links for those who know what to do with them.
fn subscribe(head: &Head<'_>) -> Markup {
    let formats: Vec<_> = SUBSCRIBABLE
        .into_iter()
        .filter(|(format, _)| head.site.publishes(*format))
        .collect();
    let Some((first, _)) = formats.first() else {
        return html! {};
    };
    html! {
        section.subscribe aria-labelledby="subscribe" {
            h2 #subscribe { "Subscribe" }
            p { "Copy this address into your feed reader:" }
            p.address { code dir="ltr" { (head.url(*first)) } }
            p.formats {
                "This feed as "
                @for (n, (format, name)) in formats.iter().enumerate() {
                    @if n > 0 { " · " }
                    a href=(file_name(*format)) type=(media_type(*format)) { (name) }
                }
            }
        }
    }
}

fn footer(head: &Head<'_>) -> Markup {
    let root = head.way_to_root();
    html! {
        footer {
            p {
                "Headlines link to their publishers. For feed readers: "
                a href={ (root) "feeds.opml" } { "all feeds" } " and "
                a href={ (root) "sources.opml" } { "all sources" } " as OPML."
            }
        }
    }
}
