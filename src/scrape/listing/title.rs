//! Which words of a block are the title of its article.

use std::ops::Range;

use super::group::{Link, Links, Member};
use super::outline::{Index, Outline};
use super::region::Region;
use super::{dates, words};

/// A title and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) text: String,
    pub(super) rule: Rule,
    /// The element whose text it is, if it is a text.
    pub(super) element: Option<Index>,
}

/// Which rule gave a title, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// A heading with the link in it, or in the link.
    Heading,
    /// The link's text, or a part of it that is called title.
    Link,
    /// Another link of the block with the same address.
    SameAddress,
    /// A heading of the block that is no link.
    Borrowed,
    /// `title`, `aria-label` or the picture's `alt`.
    Attribute,
}

impl Rule {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Heading => "heading of the link",
            Self::Link => "text of the link",
            Self::SameAddress => "another link to the same address",
            Self::Borrowed => "heading of the block",
            Self::Attribute => "attribute of the link or its picture",
        }
    }
}

/// Titles longer than this (characters) are texts.
const LONGEST: usize = 300;

/// The title of a block, if it has one.
pub(super) fn of(outline: &Outline<'_>, links: &Links, member: &Member) -> Option<Title> {
    let title = shown(outline, links, member)?;
    let text = uncut(outline, links, member, &title.text);
    Some(Title {
        text: text.unwrap_or(title.text),
        ..title
    })
}

fn shown(outline: &Outline<'_>, links: &Links, member: &Member) -> Option<Title> {
    let own = in_link(outline, member.link.element);
    if own.as_ref().is_some_and(|title| title.rule == Rule::Heading) {
        return own;
    }
    let same =
        same_address(outline, links, member).filter(|title| title.rule == Rule::Heading || own.is_none());
    same.map(|title| Title {
        rule: if title.rule == Rule::Heading {
            Rule::Heading
        } else {
            Rule::SameAddress
        },
        ..title
    })
    .or(own)
    .or_else(|| borrowed(outline, links, member, &outline.range(member.core)))
    .or_else(|| borrowed(outline, links, member, &member.block))
    .or_else(|| attributes(outline, member.link.element).next())
}

/// The whole of a title that the page cuts short ("Oil output rises in …") and gives in full in an attribute.
fn uncut(outline: &Outline<'_>, links: &Links, member: &Member, text: &str) -> Option<String> {
    let beginning = ["…", "...", "[…]", "[...]"]
        .iter()
        .find_map(|end| text.strip_suffix(end))?;
    let beginning = words::folded(beginning);
    let same = links
        .inside(&member.block)
        .iter()
        .filter(|link| link.address == member.link.address)
        .take(8);
    let mut whole = same
        .flat_map(|link| attributes(outline, link.element))
        .map(|title| title.text);
    whole.find(|whole| {
        let folded = words::folded(whole);
        folded.starts_with(&beginning) && folded.len() > beginning.len() && !whole.ends_with(['…', '.'])
    })
}

/// The title that a link itself holds.
pub(super) fn in_link(outline: &Outline<'_>, link: Index) -> Option<Title> {
    let range = outline.range(link);
    let titled = |element: Index, rule| found(outline, element, rule);
    if let Some(heading) = outline.headings_in(&range).first() {
        return titled(*heading, Rule::Heading);
    }
    // A heading around the link, with hardly more text than it.
    let heading = outline
        .around(link)
        .take(4)
        .find(|outer| is_heading(outline, *outer));
    let is_all = |heading: &Index| outline.text(*heading).len() <= outline.text(link).len() * 2 + 8;
    if heading.filter(is_all).is_some() && !words::is_generic(outline.text(link)) {
        return titled(link, Rule::Heading);
    }
    let parts = range.start + 1..range.end;
    if let Some(part) = parts.clone().find(|part| is_title_part(outline, *part)) {
        return titled(part, Rule::Link);
    }
    first_part(outline, link)
        .and_then(|part| titled(part, Rule::Link))
        .or_else(|| titled(link, Rule::Link))
}

fn is_heading(outline: &Outline<'_>, element: Index) -> bool {
    matches!(&*outline.at(element).tag, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_title_part(outline: &Outline<'_>, element: Index) -> bool {
    outline.at(element).own.has(Region::TITLE) && words::count(outline.text(element)) >= 2
}

/// Of a whole card that is a link, without a heading: the first part that has a few words and is neither date nor
/// author.
fn first_part(outline: &Outline<'_>, link: Index) -> Option<Index> {
    let mut whole = link;
    // A wrapper with nothing beside it.
    while let Some(only) = outline
        .children(whole)
        .next()
        .filter(|only| outline.text(*only) == outline.text(whole))
    {
        whole = only;
    }
    let children = || {
        outline
            .children(whole)
            .filter(|child| !outline.text(*child).is_empty())
    };
    if children().count() < 2 {
        return None;
    }
    let aside = Region::DATE.with(Region::META).with(Region::SUMMARY);
    let is_part = |child: &Index| {
        let text = outline.text(*child);
        !outline.at(*child).own.has(aside)
            && words::count(text) >= 2
            && dates::dates(text).first().is_none_or(|date| date.start > 0)
    };
    let part = children().find(is_part)?;
    // Words beside the part (`<a>Title <b>by x</b></a>`) are part of the title, too.
    let beside: usize = children().map(|child| outline.text(child).len() + 1).sum();
    (outline.text(whole).len() <= beside + 8).then_some(part)
}

fn found(outline: &Outline<'_>, element: Index, rule: Rule) -> Option<Title> {
    let text = outline.text(element);
    let is_title = !words::is_generic(text) && text.chars().count() <= LONGEST;
    is_title.then(|| Title {
        text: text.to_owned(),
        rule,
        element: Some(element),
    })
}

/// The best title among the block's other links to the address.
fn same_address(outline: &Outline<'_>, links: &Links, member: &Member) -> Option<Title> {
    let same = |link: &&Link| link.address == member.link.address && link.element != member.link.element;
    let others = links.inside(&member.block).iter().filter(same).take(8);
    others
        .filter_map(|link| in_link(outline, link.element))
        .min_by_key(|title| title.rule)
}

/// A heading of the block, or what is called its title, or what is bold; not what is the link of something else.
fn borrowed(outline: &Outline<'_>, links: &Links, member: &Member, block: &Range<Index>) -> Option<Title> {
    let another = |part: Index| {
        let around = outline.around(part).take(4).find(|outer| outline.is(*outer, "a"));
        let range = outline.range(around.unwrap_or(part));
        links.inside(&range).iter().any(|link| {
            link.address != member.link.address
                && outline.text(link.element).len() * 2 > outline.text(part).len()
        })
    };
    let parts = || block.clone().take(200).filter(|part| !another(*part));
    let first = |fits: &dyn Fn(Index) -> bool| {
        parts()
            .find(|part| fits(*part))
            .and_then(|part| found(outline, part, Rule::Borrowed))
    };
    first(&|part| is_heading(outline, part) && words::count(outline.text(part)) >= 1)
        .or_else(|| first(&|part| is_title_part(outline, part)))
        .or_else(|| {
            first(&|part| {
                matches!(&*outline.at(part).tag, "strong" | "b") && words::count(outline.text(part)) >= 2
            })
        })
}

/// What the attributes of a link and of its pictures say.
fn attributes(outline: &Outline<'_>, link: Index) -> impl Iterator<Item = Title> {
    let range = outline.range(link);
    let images = outline.images_in(&range).iter().map(|image| (*image, "alt"));
    let names = [(link, "aria-label"), (link, "title")].into_iter().chain(images);
    let values = names.filter_map(|(element, name)| outline.attribute(element, name));
    values.filter_map(|value| {
        let text = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_title =
            words::count(&text) >= 2 && !words::is_generic(&text) && text.chars().count() <= LONGEST;
        is_title.then_some(Title {
            text,
            rule: Rule::Attribute,
            element: None,
        })
    })
}
