//! The pictures of an article, put back among its lines.
//!
//! What finds texts drops pictures for many reasons, none of which is about pictures: a block without words, a caption, a
//! box called after its slider, a lead picture beside the text. So the text is found first. The lines that it still shares
//! with the page then say where in the page the article is, and the pictures that stand there come back after the line
//! that they follow in the page.

mod judge;
mod lines;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use dom_query::{Document, NodeId, NodeRef};
use url::Url;

use self::judge::{Judge, Place, Shown};
use self::lines::{Line, Piece, pieces, shared};
use super::junk;
use crate::scrape::page::Page;

/// Pictures that an article keeps.
pub(super) const MOST_PICTURES: usize = 200;

/// Puts the pictures of the article into `fragment`, which was taken from the page; `lead` is the picture that the page
/// calls its own, and the one that was taken for it.
pub(super) fn put_back(fragment: &Document, page: &Page, lead: [Option<&Url>; 2]) {
    let root = fragment.root();
    let in_page = pieces(&page.document.root());
    let in_body = pieces(&root);
    let shared = shared(&in_page, &in_body);
    let (Some(first), Some(last)) = (shared.first(), shared.last()) else {
        return;
    };
    let followed: HashMap<usize, usize> = shared.iter().copied().collect();
    let anchors: Vec<NodeRef> = shared
        .iter()
        .filter_map(|(at, _)| line(&in_page[*at]).map(|line| line.end))
        .collect();
    let around: HashSet<NodeId> = anchors
        .iter()
        .flat_map(|anchor| anchor.ancestors_it(None).chain([*anchor]))
        .map(|node| node.id)
        .collect();
    let holder = common_ancestor(&anchors);
    let title = in_page[..first.0]
        .iter()
        .rposition(|piece| matches!(piece, Piece::Title));
    let mut judge = Judge::new(&page.url, &page.base, lead, around);
    let mut chosen: Vec<(Option<usize>, Shown)> = Vec::new();
    let mut before = None;
    for (at, piece) in in_page.iter().enumerate() {
        if let Some(in_body) = followed.get(&at) {
            before = Some(*in_body);
        }
        match piece {
            // Whatever is said after the last line of the article begins something else.
            Piece::Line(line) if at > last.0 && !judge.is_caption(line) => break,
            Piece::Picture(image) => {
                let place = place(image, at, [first.0, last.0], title, holder);
                if let Some(place) = place
                    && let Some(shown) = judge.shown(image, place)
                {
                    chosen.push((before, shown));
                }
            }
            _ => {}
        }
        if chosen.len() >= MOST_PICTURES {
            break;
        }
    }
    clear(fragment);
    write(&root, &in_body, &chosen);
}

fn place(
    image: &NodeRef,
    at: usize,
    [first, last]: [usize; 2],
    title: Option<usize>,
    holder: Option<NodeId>,
) -> Option<Place> {
    let is_inside = || image.ancestors_it(None).any(|node| Some(node.id) == holder);
    if at > last {
        return is_inside().then_some(Place::Under);
    }
    if at > first {
        return Some(Place::Between);
    }
    let is_near = title.is_some_and(|title| at > title) || is_inside();
    Some(if is_near { Place::Over } else { Place::Off })
}

fn line<'p, 'a>(piece: &'p Piece<'a>) -> Option<&'p Line<'a>> {
    match piece {
        Piece::Line(line) => Some(line),
        _ => None,
    }
}

/// The smallest element around all nodes.
fn common_ancestor(nodes: &[NodeRef]) -> Option<NodeId> {
    let first = nodes.first()?;
    let mut common: Vec<NodeId> = first.ancestors_it(None).map(|node| node.id).collect();
    for node in &nodes[1..] {
        let around: HashSet<NodeId> = node.ancestors_it(None).map(|node| node.id).collect();
        let from = common.iter().position(|id| around.contains(id))?;
        common.drain(..from);
    }
    common.first().copied()
}

/// Takes out the pictures that came with the text, and the boxes that held nothing else.
fn clear(fragment: &Document) {
    let root = fragment.root();
    for image in fragment.select("img, amp-img").nodes() {
        let names = junk::names(image);
        let is_called = |words: &[&str]| names.iter().any(|name| words.contains(&name.as_str()));
        // Formulas are part of a sentence.
        if is_called(&["latex", "tex", "math", "mwe"]) {
            continue;
        }
        if is_called(&["emoji", "smiley"])
            && let Some(alt) = image.attr("alt")
        {
            image.before_html(escaped(&alt));
        }
        let mut emptied = image.parent();
        image.remove_from_parent();
        while let Some(node) = emptied.filter(|node| node.id != root.id && is_empty(node)) {
            emptied = node.parent();
            node.remove_from_parent();
        }
    }
    for frame in fragment.select("figure, picture").nodes() {
        if is_empty(frame) {
            frame.remove_from_parent();
        }
    }
}

fn is_empty(node: &NodeRef) -> bool {
    let holds = |inner: NodeRef| {
        (inner.is_text() && !inner.text().trim().is_empty())
            || ["img", "hr", "td", "th", "li"]
                .iter()
                .any(|name| inner.has_name(name))
    };
    !node.has_name("td") && !node.has_name("th") && !node.descendants_it().any(holds)
}

/// Writes each picture after the line that it follows, those that follow none first of all.
fn write(root: &NodeRef, in_body: &[Piece], chosen: &[(Option<usize>, Shown)]) {
    let opening: String = chosen
        .iter()
        .filter(|(before, _)| before.is_none())
        .map(|(_, shown)| figure(shown))
        .collect();
    let mut after: Vec<(usize, String)> = Vec::new();
    for (before, shown) in chosen {
        let Some(before) = before else { continue };
        match after.last_mut().filter(|(last, _)| last == before) {
            Some((_, html)) => html.push_str(&figure(shown)),
            None => after.push((*before, figure(shown))),
        }
    }
    for (at, html) in after {
        let Some(line) = line(&in_body[at]) else { continue };
        match spot(&line.end, root) {
            Spot::After(node) => node.after_html(html),
            Spot::In(node) => node.append_html(html),
        }
    }
    if !opening.is_empty() {
        root.prepend_html(opening);
    }
}

enum Spot<'a> {
    After(NodeRef<'a>),
    In(NodeRef<'a>),
}

/// Where something goes that follows a line: as far out as nothing else is said before.
fn spot<'a>(end: &NodeRef<'a>, root: &NodeRef<'a>) -> Spot<'a> {
    const PARTS: [&str; 9] = ["li", "td", "th", "tr", "tbody", "thead", "dt", "dd", "caption"];
    let is_part = |node: &NodeRef| PARTS.iter().any(|part| node.has_name(part));
    let mut node = *end;
    let mut holder = None;
    while let Some(parent) = node.parent().filter(|parent| parent.id != root.id) {
        let says_more = std::iter::successors(node.next_sibling(), NodeRef::next_sibling)
            .any(|sibling| says_anything(&sibling));
        if says_more {
            break;
        }
        node = parent;
        if holder.is_none()
            && ["li", "td", "th", "dd", "dt"]
                .iter()
                .any(|part| node.has_name(part))
        {
            holder = Some(node);
        }
    }
    match holder {
        Some(holder) if is_part(&node) => Spot::In(holder),
        _ => Spot::After(node),
    }
}

fn says_anything(node: &NodeRef) -> bool {
    let says = |node: &NodeRef| node.is_text() && !node.text().trim().is_empty();
    says(node) || node.descendants_it().any(|inner| says(&inner))
}

fn figure(shown: &Shown) -> String {
    let mut html = format!("<figure><img src=\"{}\"", escaped(&shown.picture.src));
    let mut attribute = |name: &str, value: &str| {
        html.extend([" ", name, "=\"", &escaped(value), "\""]);
    };
    if let Some(srcset) = &shown.picture.srcset {
        attribute("srcset", srcset);
    }
    attribute("alt", &shown.alt);
    for (name, side) in ["width", "height"].iter().zip(shown.sides) {
        if let Some(side) = side {
            attribute(name, &side.to_string());
        }
    }
    html.push('>');
    if let Some(caption) = &shown.caption {
        html.extend(["<figcaption>", &escaped(caption), "</figcaption>"]);
    }
    html.push_str("</figure>");
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
