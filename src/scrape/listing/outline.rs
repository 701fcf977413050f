//! A page laid flat: its elements in document order, the text of all of them in one string. What is asked of a
//! page again and again (is there a picture in this block, what text does it hold) is then a look-up.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use dom_query::{Document, LocalName, NodeId, NodeRef, Tree};
use tendril::StrTendril;
use xxhash_rust::xxh3::Xxh3Default;

use super::region::{self, Region};

/// Boxes for sharing, searching or subscribing hold no more text than this (bytes).
const LONGEST_NOISE: usize = 1_500;
/// Page numbers take no more text than this (bytes).
const LONGEST_PAGES: usize = 400;

/// Position of an element in document order.
pub(super) type Index = usize;

/// One element.
#[derive(Debug)]
pub(super) struct Element {
    node: NodeId,
    pub(super) tag: LocalName,
    pub(super) parent: Option<Index>,
    /// One past the last element inside.
    pub(super) end: Index,
    /// How many elements of the same parent come before.
    pub(super) position: usize,
    /// The child of the same parent right before it.
    pub(super) before: Option<Index>,
    /// How many elements are its children.
    pub(super) children: usize,
    pub(super) class: StrTendril,
    pub(super) id: StrTendril,
    /// What it is by itself.
    pub(super) own: Region,
    /// What it is or is in.
    pub(super) region: Region,
    text: Range<usize>,
}

/// A page laid flat.
pub(super) struct Outline<'p> {
    tree: &'p Tree,
    elements: Vec<Element>,
    text: String,
    links: Vec<Index>,
    images: Vec<Index>,
    times: Vec<Index>,
    headings: Vec<Index>,
    /// Equal for elements at the same path of tags and classes.
    paths: Vec<u64>,
    /// Equal for elements of the same tag and classes.
    labels: Vec<u64>,
    /// Equal for elements of the same kind of classes.
    kinds: Vec<u64>,
}

impl<'p> Outline<'p> {
    pub(super) fn new(document: &'p Document) -> Self {
        let mut outline = Self {
            tree: &document.tree,
            elements: Vec::new(),
            text: String::new(),
            links: Vec::new(),
            images: Vec::new(),
            times: Vec::new(),
            headings: Vec::new(),
            paths: Vec::new(),
            labels: Vec::new(),
            kinds: Vec::new(),
        };
        Walk::default().all(document.root(), &mut outline);
        outline.inherit_regions();
        outline.name_paths();
        outline
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn at(&self, index: Index) -> &Element {
        &self.elements[index]
    }

    /// The element and all that are around it, innermost first.
    pub(super) fn around(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        std::iter::successors(Some(index), |inner| self.elements[*inner].parent)
    }

    /// The direct children, in order.
    pub(super) fn children(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        let end = self.elements[index].end;
        let first = Some(index + 1).filter(|first| *first < end);
        std::iter::successors(first, move |child| {
            Some(self.elements[*child].end).filter(|next| *next < end)
        })
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, index: Index, name: &str) -> Option<StrTendril> {
        NodeRef::new(self.elements[index].node, self.tree).attr(name)
    }

    /// Reads the attributes of an element where they are.
    pub(super) fn with_node<T>(
        &self,
        index: Index,
        read: impl FnOnce(&dom_query::Element) -> T,
    ) -> Option<T> {
        let node = NodeRef::new(self.elements[index].node, self.tree);
        node.element_ref().map(|element| read(&element))
    }

    /// The text of an element, white space folded.
    pub(super) fn text(&self, index: Index) -> &str {
        self.slice(self.elements[index].text.clone())
    }

    /// The text between the start of one element and the end of another.
    pub(super) fn text_of(&self, elements: &Range<Index>) -> &str {
        self.slice(self.text_range(elements))
    }

    /// Where in the page's text the elements' text is.
    pub(super) fn text_range(&self, elements: &Range<Index>) -> Range<usize> {
        let Some(first) = self.elements.get(elements.start).filter(|_| !elements.is_empty()) else {
            return 0..0;
        };
        let end = self
            .elements
            .get(elements.end)
            .map_or(self.text.len(), |next| next.text.start);
        // What follows the last element directly, as text of its parent, belongs to the last element's parent.
        let inside = self.ends_of(elements).unwrap_or(end);
        first.text.start..inside.min(end).max(first.text.start)
    }

    /// The end of the text of the outermost elements of a range.
    fn ends_of(&self, elements: &Range<Index>) -> Option<usize> {
        let parent = self.elements[elements.start].parent;
        let last = self
            .around(elements.end - 1)
            .find(|outer| self.elements[*outer].parent == parent)?;
        Some(self.elements[last].text.end)
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text[range].trim()
    }

    /// All text of the page.
    pub(super) fn all_text(&self) -> &str {
        &self.text
    }

    pub(super) fn links(&self) -> &[Index] {
        &self.links
    }

    pub(super) fn links_in(&self, elements: &Range<Index>) -> &[Index] {
        within(&self.links, elements)
    }

    pub(super) fn images_in(&self, elements: &Range<Index>) -> &[Index] {
        within(&self.images, elements)
    }

    pub(super) fn times_in(&self, elements: &Range<Index>) -> &[Index] {
        within(&self.times, elements)
    }

    pub(super) fn headings_in(&self, elements: &Range<Index>) -> &[Index] {
        within(&self.headings, elements)
    }

    /// The element and what is inside it.
    pub(super) fn range(&self, index: Index) -> Range<Index> {
        index..self.elements[index].end
    }

    pub(super) fn path(&self, index: Index) -> u64 {
        self.paths[index]
    }

    pub(super) fn label(&self, index: Index) -> u64 {
        self.labels[index]
    }

    /// Equal for elements that the same classes call the same kind of thing.
    pub(super) fn kind(&self, index: Index) -> u64 {
        self.kinds[index]
    }

    pub(super) fn is(&self, index: Index, tag: &str) -> bool {
        *self.elements[index].tag == *tag
    }

    /// Regions go from the outside in. What a name says of a part that holds most of the page is not believed:
    /// a wrapper may be called `content-sidebar-wrap`.
    fn inherit_regions(&mut self) {
        let total = self.text.len();
        for index in 0..self.elements.len() {
            let parent = self.elements[index].parent.map(|parent| &self.elements[parent]);
            let (outer, in_article) = parent.map_or((Region::default(), false), |parent| {
                (
                    parent.region.only(Region::INHERITED),
                    parent.region.has(Region::ARTICLE),
                )
            });
            let element = &self.elements[index];
            let mut own = element.own;
            if element.text.len() * 5 > total * 3 {
                own = own.without(Region::ELSEWHERE).without(Region::ARTICLE);
            }
            // A list that can be paged may be called so; page numbers have no headings and hardly any words.
            if own.has(Region::PAGES)
                && (element.text.len() > LONGEST_PAGES || !self.headings_in(&self.range(index)).is_empty())
            {
                own = own.without(Region::PAGES);
            }
            // Menus are links and little else, whatever a part with texts is called.
            if own.has(Region::MENU) && self.reads_as_text(index) {
                own = own.without(Region::MENU);
            }
            if own.has(Region::NOISE) && element.text.len() > LONGEST_NOISE {
                own = own.without(Region::NOISE);
            }
            if in_article {
                // An article has a header and a footer of its own.
                own = own.without(Region::HEADER).without(Region::FOOTER);
            }
            let element = &mut self.elements[index];
            element.own = own;
            element.region = outer.with(own);
        }
    }

    /// Whether an element by another name than `nav` holds more text than links.
    fn reads_as_text(&self, index: Index) -> bool {
        let element = &self.elements[index];
        let linked: usize = self
            .links_in(&self.range(index))
            .iter()
            .map(|link| self.elements[*link].text.len())
            .sum();
        let by_tag = matches!(&*element.tag, "nav" | "menu");
        !by_tag && element.text.len() > 400 && linked * 2 < element.text.len()
    }

    fn name_paths(&mut self) {
        let kept = self.kept_classes();
        for (index, kept) in kept.iter().enumerate() {
            let element = &self.elements[index];
            let mut label = Xxh3Default::new();
            element.tag.hash(&mut label);
            kept.hash(&mut label);
            self.place_among_siblings(index).hash(&mut label);
            let label = label.finish();
            let mut path = Xxh3Default::new();
            element
                .parent
                .map_or(0, |parent| self.paths[parent])
                .hash(&mut path);
            label.hash(&mut path);
            self.labels.push(label);
            self.paths.push(path.finish());
        }
        self.kinds = kept;
    }

    /// In which column a cell is, or which of the two or three links of its parent a link is: these are roles
    /// when nothing else names them. Zero elsewhere.
    fn place_among_siblings(&self, index: Index) -> usize {
        let element = &self.elements[index];
        let Some(parent) = element.parent else { return 0 };
        let few = |tag: &str| {
            let alike = self.children(parent).take(6).filter(|child| self.is(*child, tag));
            let (before, all) = alike.fold((0, 0), |(before, all), child| {
                (before + usize::from(child < index), all + 1)
            });
            (before, all)
        };
        match &*element.tag {
            "td" if self.elements[parent].children > 1 => element.position.min(8) + 1,
            "a" if matches!(&*self.elements[parent].tag, "li" | "td" | "p" | "h2" | "h3") => {
                let (before, all) = few("a");
                if (2..=3).contains(&all) { before + 1 } else { 0 }
            }
            _ => 0,
        }
    }

    /// The classes of each element that say what kind of thing it is, hashed.
    fn kept_classes(&self) -> Vec<u64> {
        let mut kept = vec![0; self.elements.len()];
        let mut by_tag: HashMap<LocalName, Vec<Index>> = HashMap::new();
        for parent in 0..self.elements.len() {
            for child in self.children(parent) {
                by_tag
                    .entry(self.elements[child].tag.clone())
                    .or_default()
                    .push(child);
            }
            for (_, siblings) in by_tag.drain() {
                self.keep_common(&siblings, &mut kept);
            }
        }
        kept
    }

    /// Of siblings in a row, a class that only a few have is one's own: its number, category or state.
    fn keep_common(&self, siblings: &[Index], kept: &mut [u64]) {
        let classes = |index: Index| {
            let all = self.elements[index].class.split_ascii_whitespace();
            all.take(region::MOST_NAMES).filter_map(kind_of_class)
        };
        let mut count: HashMap<String, usize> = HashMap::new();
        if siblings.len() >= 4 {
            siblings
                .iter()
                .flat_map(|sibling| classes(*sibling))
                .for_each(|class| *count.entry(class).or_default() += 1);
        }
        let shares_a_class = count.values().any(|count| count * 5 >= siblings.len() * 4);
        for sibling in siblings {
            let list_like = matches!(
                &*self.elements[*sibling].tag,
                "li" | "tr" | "article" | "a" | "p" | "dt" | "dd"
            );
            let drop_rare = siblings.len() >= 4 && (shares_a_class || list_like);
            let mut names: Vec<String> = classes(*sibling)
                .filter(|class| {
                    !drop_rare
                        || count
                            .get(class)
                            .is_some_and(|count| count * 10 >= siblings.len() * 7)
                })
                .collect();
            names.sort_unstable();
            names.dedup();
            let mut hash = Xxh3Default::new();
            names.hash(&mut hash);
            kept[*sibling] = hash.finish();
        }
    }
}

/// The positions in a sorted list that are inside a range.
fn within<'a>(sorted: &'a [Index], range: &Range<Index>) -> &'a [Index] {
    let start = sorted.partition_point(|index| *index < range.start);
    let end = sorted.partition_point(|index| *index < range.end);
    &sorted[start..end.max(start)]
}

/// A class as the name of a kind: numbers in it count nothing (`col-md-4` stays apart from `col-lg-4`), what
/// WordPress writes for each post and what names a state is none.
pub(super) fn kind_of_class(class: &str) -> Option<String> {
    const OF_ONE: [&str; 8] = [
        "post-",
        "category-",
        "tag-",
        "status-",
        "format-",
        "author-",
        "type-",
        "has-",
    ];
    const STATES: [&str; 14] = [
        "odd", "even", "first", "last", "active", "current", "sticky", "clearfix", "selected", "open",
        "loaded", "alt", "hover", "clear",
    ];
    let lower = class.to_lowercase();
    let of_one = OF_ONE.iter().any(|prefix| {
        lower.strip_prefix(prefix).is_some_and(|rest| {
            *prefix != "post-" || rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
    });
    let last = lower.rsplit(['-', '_']).next().unwrap_or(&lower);
    if of_one
        || lower.len() > 80
        || STATES.contains(&lower.as_str())
        || ["odd", "even", "first", "last"].contains(&last)
    {
        return None;
    }
    let mut kind = String::with_capacity(lower.len());
    for c in lower.chars() {
        if !c.is_numeric() {
            kind.push(c);
        } else if !kind.ends_with('#') {
            kind.push('#');
        }
    }
    Some(kind)
}

/// The walk through the tree that fills an outline.
#[derive(Default)]
struct Walk {
    /// Elements that are open, outermost first, each with its last child so far.
    open: Vec<(Index, Option<Index>)>,
    /// Nothing but space since the last word.
    gap: bool,
    /// The last thing was the end of an element inside a line.
    inline_ended: bool,
}

impl Walk {
    fn all(&mut self, root: NodeRef<'_>, outline: &mut Outline<'_>) {
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
