//! The lines and pictures of a page in its order, and which of its lines a text taken from it still has.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use dom_query::NodeRef;

use crate::scrape::article::text::{fold, is_block};

/// What stands in a page.
pub(super) enum Piece<'a> {
    Line(Line<'a>),
    Picture(NodeRef<'a>),
    /// A heading of the first rank begins.
    Title,
}

/// Text between two borders of blocks.
pub(super) struct Line<'a> {
    /// Stands for letters and digits.
    key: u64,
    pub(super) characters: usize,
    /// Of these, in links.
    pub(super) linked: usize,
    /// Its last text node.
    pub(super) end: NodeRef<'a>,
}

/// Lines and pictures that are looked at.
pub(super) const MOST_PIECES: usize = 50_000;

/// All pieces below a node. Captions are not lines, and neither is what stands in for scripts.
pub(super) fn pieces<'a>(root: &NodeRef<'a>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut line = Unended::default();
    let mut node = root.first_child();
    while let Some(current) = node {
        if pieces.len() >= MOST_PIECES {
            break;
        }
        let mut inner = current.first_child();
        if current.is_text() {
            line.push(&current);
        } else if current.is_element() {
            let name = current.node_name().unwrap_or_default();
            match &*name {
                "img" | "amp-img" => pieces.push(Piece::Picture(current)),
                "h1" => pieces.push(Piece::Title),
                _ => {}
            }
            if is_skipped(&name) {
                inner = None;
            }
            line.links += usize::from(&*name == "a" && inner.is_some());
            line.silent += usize::from(&*name == "noscript" && inner.is_some());
            if is_block(&current) {
                line.end(&mut pieces);
            }
        }
        node = inner;
        let mut walk = current;
        while node.is_none() && walk.id != root.id {
            if is_block(&walk) {
                line.end(&mut pieces);
            }
            if walk.first_child().is_some() {
                line.links -= usize::from(walk.has_name("a"));
                line.silent -= usize::from(walk.has_name("noscript"));
            }
            node = walk.next_sibling();
            let Some(parent) = walk.parent() else { break };
            walk = parent;
        }
    }
    line.end(&mut pieces);
    pieces.truncate(MOST_PIECES);
    pieces
}

/// Elements in which no line and no picture of an article stands.
fn is_skipped(name: &str) -> bool {
    matches!(
        name,
        "head"
            | "script"
            | "style"
            | "template"
            | "svg"
            | "iframe"
            | "object"
            | "select"
            | "textarea"
            | "canvas"
            | "dialog"
            | "figcaption"
    )
}

#[derive(Default)]
struct Unended<'a> {
    text: String,
    linked: usize,
    end: Option<NodeRef<'a>>,
    /// Links around what comes now.
    links: usize,
    /// Elements around it whose text nobody sees.
    silent: usize,
}

impl<'a> Unended<'a> {
    fn push(&mut self, node: &NodeRef<'a>) {
        let text = node.text();
        if self.silent > 0 || text.trim().is_empty() {
            return;
        }
        self.text.push_str(&text);
        if self.links > 0 {
            self.linked += text.trim().chars().count();
        }
        self.end = Some(*node);
    }

    fn end(&mut self, pieces: &mut Vec<Piece<'a>>) {
        let linked = std::mem::take(&mut self.linked);
        let text = std::mem::take(&mut self.text);
        let Some(end) = self.end.take() else { return };
        let folded = fold(&text);
        if folded.is_empty() {
            return;
        }
        let mut hasher = DefaultHasher::new();
        folded.hash(&mut hasher);
        pieces.push(Piece::Line(Line {
            key: hasher.finish(),
            characters: text.trim().chars().count(),
            linked,
            end,
        }));
    }
}

/// The longest run of lines that stand in both in the same order, by their places.
pub(super) fn shared(page: &[Piece], body: &[Piece]) -> Vec<(usize, usize)> {
    /// Places of one line in the page that are looked at.
    const MOST_PLACES: usize = 4;
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, line) in lines(page) {
        let places = places.entry(line.key).or_default();
        if places.len() < MOST_PLACES {
            places.push(at);
        }
    }
    // Of pairs in the order of the body, later places first, the longest that rises in both.
    let mut pairs: Vec<(usize, usize, Option<usize>)> = Vec::new();
    let mut tails: Vec<usize> = Vec::new();
    for (in_body, line) in lines(body) {
        for in_page in places.get(&line.key).into_iter().flatten().rev().copied() {
            let length = tails.partition_point(|tail| pairs[*tail].0 < in_page);
            let before = length.checked_sub(1).map(|shorter| tails[shorter]);
            pairs.push((in_page, in_body, before));
            let new = pairs.len() - 1;
            match tails.get_mut(length) {
                Some(tail) => *tail = new,
                None => tails.push(new),
            }
        }
    }
    let mut shared = Vec::new();
    let mut walk = tails.last().copied();
    while let Some(pair) = walk {
        let (in_page, in_body, before) = pairs[pair];
        shared.push((in_page, in_body));
        walk = before;
    }
    shared.reverse();
    shared
}

fn lines<'p, 'a>(pieces: &'p [Piece<'a>]) -> impl Iterator<Item = (usize, &'p Line<'a>)> {
    pieces.iter().enumerate().filter_map(|(at, piece)| match piece {
        Piece::Line(line) => Some((at, line)),
        _ => None,
    })
}
