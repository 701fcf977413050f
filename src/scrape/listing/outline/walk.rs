//! The walk through a tree that fills an outline.

use dom_query::NodeRef;

use super::super::region::{self, Region};
use super::{Element, Index, Outline};

/// The walk through the tree that fills an outline.
#[derive(Default)]
pub(super) struct Walk {
    /// Elements that are open, outermost first, each with its last child so far.
    open: Vec<(Index, Option<Index>)>,
    /// Nothing but space since the last word.
    gap: bool,
    /// The last thing was the end of an element inside a line.
    inline_ended: bool,
}

impl Walk {
    /// Goes through the whole tree, without recursion: pages are deep.
    pub(super) fn all(&mut self, root: NodeRef<'_>, outline: &mut Outline<'_>) {
        let mut next = root.first_child();
        while let Some(node) = next {
            let entered = self.enter(&node, outline);
            next = if entered { node.first_child() } else { None };
            let mut done = node;
            let mut is_open = entered;
            while next.is_none() {
                if is_open {
                    self.leave(outline);
                }
                next = done.next_sibling();
                if next.is_none() {
                    match done.parent().filter(|parent| parent.is_element()) {
                        Some(parent) => done = parent,
                        None => return,
                    }
                    is_open = true;
                }
            }
        }
    }

    /// Whether the node is an element whose children are to be seen, too.
    fn enter(&mut self, node: &NodeRef<'_>, outline: &mut Outline<'_>) -> bool {
        if node.is_text() {
            self.words(&node.text(), outline);
            return false;
        }
        let Some((tag, class, id, role, is_article)) = node.element_ref().map(|element| {
            let text = |name| element.attr(name).unwrap_or_default();
            let kind = text("itemtype");
            let is_article = kind.ends_with("Article") || kind.ends_with("BlogPosting");
            (
                element.name.local.clone(),
                text("class"),
                text("id"),
                element.attr("role"),
                is_article,
            )
        }) else {
            return false;
        };
        if is_unseen(&tag) {
            return false;
        }
        if !is_inline(&tag) || self.inline_ended {
            self.gap = true;
        }
        self.inline_ended = false;
        let index = outline.elements.len();
        let (parent, before) = match self.open.last_mut() {
            Some((parent, last)) => (Some(*parent), last.replace(index)),
            None => (None, None),
        };
        let position = parent.map_or(0, |parent| {
            outline.elements[parent].children += 1;
            outline.elements[parent].children - 1
        });
        match &*tag {
            "a" | "area" if node.has_attr("href") => outline.links.push(index),
            "img" | "picture" => outline.images.push(index),
            "time" => outline.times.push(index),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => outline.headings.push(index),
            _ => {}
        }
        outline.elements.push(Element {
            node: node.id,
            own: region::of(&tag, role.as_deref(), &class, &id).with(if is_article {
                Region::ARTICLE
            } else {
                Region::default()
            }),
            region: Region::default(),
            tag,
            parent,
            before,
            end: index + 1,
            position,
            children: 0,
            class,
            id,
            text: outline.text.len()..outline.text.len(),
        });
        self.open.push((index, None));
        true
    }

    fn leave(&mut self, outline: &mut Outline<'_>) {
        let Some((index, _)) = self.open.pop() else { return };
        let end = outline.elements.len();
        let element = &mut outline.elements[index];
        element.end = end;
        element.text.end = outline.text.len();
        self.inline_ended = is_inline(&element.tag);
        self.gap |= !self.inline_ended;
    }

    fn words(&mut self, written: &str, outline: &mut Outline<'_>) {
        for c in written.chars() {
            if c.is_whitespace() || c.is_control() {
                self.gap = true;
            } else {
                if self.gap && !outline.text.is_empty() {
                    outline.text.push(' ');
                }
                self.gap = false;
                self.inline_ended = false;
                outline.text.push(c);
            }
        }
    }
}

/// Elements with nothing to read inside.
fn is_unseen(tag: &str) -> bool {
    matches!(
        tag,
        "head"
            | "script"
            | "style"
            | "noscript"
            | "template"
            | "svg"
            | "math"
            | "iframe"
            | "object"
            | "select"
            | "textarea"
            | "canvas"
    )
}

/// Elements that stand inside a line of text.
fn is_inline(tag: &str) -> bool {
    matches!(
        tag,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "u"
            | "var"
            | "wbr"
    )
}
