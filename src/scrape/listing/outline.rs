//! A page laid flat: its elements in document order, the text of all of them in one string. What is asked of a
//! page again and again (is there a picture in this block, what text does it hold) is then a look-up.

mod label;
mod walk;

use std::ops::Range;

use dom_query::{Document, LocalName, NodeId, NodeRef, Tree};
use tendril::StrTendril;

use self::walk::Walk;
use super::region::Region;

/// Boxes for sharing, searching or subscribing hold no more text than this (bytes).
const LONGEST_NOISE: usize = 1_500;
/// Page numbers take no more text than this (bytes).
const LONGEST_PAGES: usize = 400;

pub(super) use self::label::kind_of_class;

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
}

/// The positions in a sorted list that are inside a range.
fn within<'a>(sorted: &'a [Index], range: &Range<Index>) -> &'a [Index] {
    let start = sorted.partition_point(|index| *index < range.start);
    let end = sorted.partition_point(|index| *index < range.end);
    &sorted[start..end.max(start)]
}
