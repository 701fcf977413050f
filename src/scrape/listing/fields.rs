//! What a block says of its article: date, summary, picture, author.

use std::ops::Range;

use chrono::{DateTime, Utc};
use url::Url;

use super::group::{Links, Member};
use super::outline::{Index, Outline};
use super::region::Region;
use super::{dates, words};
use crate::normalize::{self, WrittenPicture};
use crate::scrape::date::{self, Shown};

/// Elements of a block that are looked at.
const MOST_ELEMENTS: usize = 400;
/// Characters of a summary that are kept.
const LONGEST_SUMMARY: usize = 1_000;
/// Shorter texts are labels.
const SHORTEST_SUMMARY: usize = 30;

/// A value, the element that holds it and the rule that found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value<T> {
    pub(super) value: T,
    pub(super) element: Index,
    pub(super) rule: &'static str,
}

/// The parts of a block, nearest to the link first: its core, then the siblings that belong to it.
fn parts(member: &Member, outline: &Outline<'_>) -> [Range<Index>; 3] {
    let core = outline.range(member.core);
    [
        core.clone(),
        core.end..member.block.end.max(core.end),
        member.block.start..core.start,
    ]
}

/// The date of a block: `<time>`, then what is called a date, then any date among its words.
pub(super) fn published(
    outline: &Outline<'_>,
    member: &Member,
    title: Option<Index>,
    now: DateTime<Utc>,
) -> Option<Value<Shown>> {
    parts(member, outline)
        .into_iter()
        .find_map(|part| published_in(outline, part, title, now))
}

fn published_in(
    outline: &Outline<'_>,
    part: Range<Index>,
    title: Option<Index>,
    now: DateTime<Utc>,
) -> Option<Value<Shown>> {
    let elements = || part.clone().take(MOST_ELEMENTS);
    let machine = |element: Index| {
        [
            "datetime",
            "data-date",
            "data-datetime",
            "data-published",
            "data-time",
        ]
        .into_iter()
        .filter_map(|name| outline.attribute(element, name))
        .find_map(|written| date::machine(&written))
        .map(Shown::exact)
    };
    let by_time = outline.times_in(&part).iter().take(8).find_map(|time| {
        let value = machine(*time).or_else(|| dates::human(outline.text(*time), now))?;
        Some(Value {
            value,
            element: *time,
            rule: "time element",
        })
    });
    let by_property = || {
        elements().find_map(|element| {
            let property = outline.attribute(element, "itemprop")?;
            let written = outline
                .attribute(element, "content")
                .filter(|_| property.contains("datePublished"))?;
            Some(Value {
                value: Shown::exact(date::machine(&written)?),
                element,
                rule: "microdata",
            })
        })
    };
    let by_name = || {
        let named = elements().filter(|element| outline.at(*element).own.has(Region::DATE));
        named.take(8).find_map(|element| {
            let value = machine(element).or_else(|| dates::human(outline.text(element), now))?;
            Some(Value {
                value,
                element,
                rule: "element called date",
            })
        })
    };
    // Only short texts and the ends of longer ones: a date in a sentence is part of the story.
    let by_words = || {
        let is_leaf = |element: &Index| Some(*element) != title && dates::stands_out(outline.text(*element));
        elements().filter(is_leaf).take(8).find_map(|element| {
            // The words around the innermost element that still holds the date are the least.
            let inner = outline
                .children(element)
                .find(|child| is_leaf(child))
                .unwrap_or(element);
            Some(Value {
                value: dates::human(outline.text(inner), now)?,
                element: inner,
                rule: "words that are a date",
            })
        })
    };
    by_time.or_else(by_property).or_else(by_name).or_else(by_words)
}

/// The excerpt of a block.
pub(super) fn summary(
    outline: &Outline<'_>,
    links: &Links,
    member: &Member,
    title: &str,
) -> Option<Value<String>> {
    parts(member, outline).into_iter().find_map(|part| {
        let usable = |element: &Index| is_summary(outline, links, *element, title);
        let elements = || part.clone().take(MOST_ELEMENTS);
        let named = elements()
            .filter(|element| outline.at(*element).own.has(Region::SUMMARY))
            .find(usable);
        let paragraph = || {
            let texts =
                elements().filter(|element| matches!(&*outline.at(*element).tag, "p" | "dd" | "blockquote"));
            texts
                .filter(usable)
                .max_by_key(|element| (outline.text(*element).len(), std::cmp::Reverse(*element)))
        };
        // Text beside the link, in an element without parts of its own.
        let plain = || {
            let leaves = elements()
                .filter(|element| outline.at(*element).children == 0 && outline.at(*element).tag != *"a");
            leaves
                .filter(usable)
                .max_by_key(|element| (outline.text(*element).len(), std::cmp::Reverse(*element)))
        };
        let found = named
            .map(|element| (element, "element called summary"))
            .or_else(|| paragraph().map(|element| (element, "longest paragraph")))
            .or_else(|| plain().map(|element| (element, "longest text")))?;
        Some(Value {
            value: without_more(outline, found.0),
            element: found.0,
            rule: found.1,
        })
    })
}

fn is_summary(outline: &Outline<'_>, links: &Links, element: Index, title: &str) -> bool {
    let text = outline.text(element);
    let linked: usize = links
        .inside(&outline.range(element))
        .iter()
        .map(|link| outline.text(link.element).len())
        .sum();
    let date_only = dates::dates(text).len() == 1 && words::count(text) <= 7;
    text.chars().count() >= SHORTEST_SUMMARY
        && text != title
        && !(title.len() > 20 && text.starts_with(title) && text.len() < title.len() + 40)
        && linked * 2 <= text.len()
        && !date_only
        && !outline
            .at(element)
            .own
            .has(Region::TITLE.with(Region::META).with(Region::NOISE))
}

/// The text of an excerpt without the "Read more" at its end.
fn without_more(outline: &Outline<'_>, element: Index) -> String {
    let text = outline.text(element);
    let last_link = outline.links_in(&outline.range(element)).last();
    let more = last_link
        .map(|link| outline.text(*link))
        .filter(|text| words::is_generic(text));
    let text = more
        .and_then(|more| text.strip_suffix(more))
        .unwrap_or(text)
        .trim_end();
    if text.chars().count() <= LONGEST_SUMMARY {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST_SUMMARY).collect();
    let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// The picture of a block: the first that is none of avatar, icon or logo.
pub(super) fn image(outline: &Outline<'_>, member: &Member, base: &Url) -> Option<Value<Url>> {
    parts(member, outline).into_iter().find_map(|part| {
        let shown = outline.images_in(&part).iter().take(12).find_map(|element| {
            Some(Value {
                value: picture(outline, *element, base)?,
                element: *element,
                rule: "first picture",
            })
        });
        shown.or_else(|| {
            part.clone().take(MOST_ELEMENTS).find_map(|element| {
                Some(Value {
                    value: background(outline, element, base)?,
                    element,
                    rule: "background picture",
                })
            })
        })
    })
}

/// The address of an `img`, also of one that scripts would load.
pub(super) fn picture(outline: &Outline<'_>, element: Index, base: &Url) -> Option<Url> {
    let get = |name: &str| {
        outline
            .attribute(element, name)
            .filter(|value| !value.trim().is_empty())
    };
    let side = |name: &str| get(name).and_then(|side| side.trim_end_matches("px").parse::<u32>().ok());
    let is_icon = [side("width"), side("height")]
        .into_iter()
        .flatten()
        .any(|side| side < 40);
    let named = |element: Index| {
        let names = format!("{} {}", outline.at(element).class, outline.at(element).id).to_lowercase();
        ["avatar", "icon", "logo", "emoji", "gravatar"]
            .iter()
            .any(|word| names.contains(word))
    };
    if is_icon
        || outline
            .around(element)
            .take(3)
            .any(|outer| named(outer) || outline.at(outer).own.has(Region::AUTHOR))
    {
        return None;
    }
    let url = Url::parse(
        &normalize::picture_of_tag(|name| get(name).map(|value| value.to_string()), None, base)?.src,
    )
    .ok()?;
    let path = url.path().to_lowercase();
    let is_ornament = ["gravatar", "/avatar", "/icons/", "spacer.", "blank.", "pixel."]
        .iter()
        .any(|word| url.as_str().contains(word));
    (!is_ornament && !path.ends_with(".svg")).then_some(url)
}

/// The picture behind an element: `style="background-image: url(…)"`, or what a script would make it.
pub(super) fn background(outline: &Outline<'_>, element: Index, base: &Url) -> Option<Url> {
    if !matches!(&*outline.at(element).tag, "div" | "a" | "span" | "figure" | "li") {
        return None;
    }
    let lazy = ["data-bg", "data-background", "data-background-image"]
        .iter()
        .find_map(|name| outline.attribute(element, name));
    let written = lazy.or_else(|| outline.attribute(element, "style"))?;
    let inside = match written.split_once("url(") {
        Some((_, rest)) => rest
            .split(')')
            .next()?
            .trim_matches(|c| matches!(c, '"' | '\'' | ' ')),
        None if !written.contains(':') || written.starts_with("http") => &written,
        None => return None,
    };
    let written = WrittenPicture {
        src: Some(inside),
        ..WrittenPicture::default()
    };
    Url::parse(&written.picture(base)?.src).ok()
}

/// The names that a block gives as authors.
pub(super) fn authors(outline: &Outline<'_>, member: &Member) -> Vec<String> {
    let by_rel = |element: Index| {
        outline
            .attribute(element, "rel")
            .is_some_and(|rel| rel.split_ascii_whitespace().any(|rel| rel == "author"))
    };
    let elements = member.block.clone().take(MOST_ELEMENTS);
    let mut found = elements.filter(|element| {
        by_rel(*element)
            || (outline.at(*element).own.has(Region::AUTHOR) && outline.at(*element).children == 0)
    });
    let text = found
        .find_map(|element| Some(outline.text(element)).filter(|text| !text.is_empty() && text.len() <= 80));
    let name = text.map(|text| {
        ["by ", "By ", "von ", "par ", "por ", "di "]
            .iter()
            .find_map(|by| text.strip_prefix(by))
            .unwrap_or(text)
    });
    name.map(str::to_owned).into_iter().collect()
}
