//! What the selector engine asks of an element of an outline.

use std::cell::Cell;
use std::fmt;

use cssparser::ToCss;
use dom_query::LocalName;
use html5ever::{Namespace, ns};
use precomputed_hash::PrecomputedHash;
use selectors::OpaqueElement;
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::matching::{ElementSelectorFlags, MatchingContext};
use selectors::parser::SelectorImpl;

use super::super::outline::{Element, Index, Outline};

/// The kind of selectors that we read.
#[derive(Clone, Debug)]
pub(super) struct Css;

/// A name or value in a selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name(LocalName);

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl ToCss for Name {
    fn to_css<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        cssparser::serialize_identifier(&self.0, out)
    }
}

impl PrecomputedHash for Name {
    fn precomputed_hash(&self) -> u32 {
        self.0.precomputed_hash()
    }
}

/// `:link` and `:any-link`; the other pseudo-classes of this sort say what a user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AnyLink;

impl ToCss for AnyLink {
    fn to_css<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        out.write_str(":any-link")
    }
}

impl selectors::parser::NonTSPseudoClass for AnyLink {
    fn is_active_or_hover(&self) -> bool {
        false
    }

    fn is_user_action_state(&self) -> bool {
        false
    }
}

/// There is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPseudoElement {}

impl ToCss for NoPseudoElement {
    fn to_css<W: fmt::Write>(&self, _: &mut W) -> fmt::Result {
        match *self {}
    }
}

impl selectors::parser::PseudoElement for NoPseudoElement {}

impl SelectorImpl for Css {
    type ExtraMatchingData<'a> = ();
    type AttrValue = Name;
    type Identifier = Name;
    type LocalName = Name;
    type NamespaceUrl = Namespace;
    type NamespacePrefix = Name;
    type BorrowedNamespaceUrl = Namespace;
    type BorrowedLocalName = Name;
    type NonTSPseudoClass = AnyLink;
    type PseudoElement = NoPseudoElement;
}

/// One search through a page.
pub(super) struct Search<'o> {
    pub(super) outline: &'o Outline<'o>,
    pub(super) left: &'o Cell<u64>,
}

impl Search<'_> {
    /// Takes a step; `false` once there are none left.
    fn step(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

/// An element during a search.
#[derive(Clone)]
pub(super) struct Node<'s> {
    pub(super) index: Index,
    pub(super) search: &'s Search<'s>,
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "element {}", self.index)
    }
}

impl<'s> Node<'s> {
    fn element(&self) -> &'s Element {
        self.search.outline.at(self.index)
    }

    /// The element at a neighbouring place. It stays reachable when the steps are used up, for what was counted
    /// once (`:nth-child`) must be counted alike again; nothing matches then, which ends the search soon.
    fn moved(&self, to: Option<Index>) -> Option<Self> {
        self.search.step();
        to.map(|index| Self {
            index,
            search: self.search,
        })
    }
}

impl selectors::Element for Node<'_> {
    type Impl = Css;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.element())
    }

    fn parent_element(&self) -> Option<Self> {
        self.moved(self.element().parent)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.moved(self.element().before)
    }

    fn next_sibling_element(&self) -> Option<Self> {
        let element = self.element();
        let parent_ends = element
            .parent
            .map_or(0, |parent| self.search.outline.at(parent).end);
        self.moved(Some(element.end).filter(|next| *next < parent_ends))
    }

    fn first_element_child(&self) -> Option<Self> {
        self.moved(Some(self.index + 1).filter(|child| *child < self.element().end))
    }

    fn has_local_name(&self, name: &Name) -> bool {
        self.search.step() && self.element().tag == name.0
    }

    fn has_id(&self, id: &Name, case: CaseSensitivity) -> bool {
        let own = &self.element().id;
        self.search.step() && !own.is_empty() && case.eq(id.0.as_bytes(), own.as_bytes())
    }

    fn has_class(&self, name: &Name, case: CaseSensitivity) -> bool {
        let mut classes = self.element().class.split_ascii_whitespace();
        self.search.step() && classes.any(|class| case.eq(name.0.as_bytes(), class.as_bytes()))
    }

    fn attr_matches(
        &self,
        namespace: &NamespaceConstraint<&Namespace>,
        name: &Name,
        operation: &AttrSelectorOperation<&Name>,
    ) -> bool {
        let fits = |attribute: &html5ever::Attribute| {
            let in_namespace = match *namespace {
                NamespaceConstraint::Any => true,
                NamespaceConstraint::Specific(url) => *url == attribute.name.ns,
            };
            in_namespace && attribute.name.local == name.0 && operation.eval_str(&attribute.value)
        };
        let read = |element: &dom_query::Element| element.attrs.iter().any(fits);
        self.search.step() && self.search.outline.with_node(self.index, read).unwrap_or(false)
    }

    fn match_non_ts_pseudo_class(&self, _: &AnyLink, _: &mut MatchingContext<'_, Css>) -> bool {
        matches!(&*self.element().tag, "a" | "area")
            && self.search.outline.attribute(self.index, "href").is_some()
    }

    fn is_empty(&self) -> bool {
        self.element().children == 0 && self.search.outline.text(self.index).is_empty()
    }

    fn is_root(&self) -> bool {
        self.element().parent.is_none()
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.element().tag == other.element().tag
    }

    fn has_namespace(&self, namespace: &Namespace) -> bool {
        // SVG and MathML are not in an outline.
        *namespace == ns!(html)
    }

    fn is_html_element_in_html_document(&self) -> bool {
        true
    }

    fn is_link(&self) -> bool {
        false
    }

    fn match_pseudo_element(&self, element: &NoPseudoElement, _: &mut MatchingContext<'_, Css>) -> bool {
        match *element {}
    }

    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_custom_state(&self, _: &Name) -> bool {
        false
    }

    fn imported_part(&self, _: &Name) -> Option<Name> {
        None
    }

    fn is_part(&self, _: &Name) -> bool {
        false
    }

    fn add_element_unique_hashes(&self, _: &mut BloomFilter) -> bool {
        false
    }
}
