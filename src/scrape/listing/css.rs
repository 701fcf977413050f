//! CSS selectors over an outline, with an end: a selector has few parts, and matching stops when its steps are
//! used up. Selectors come from configuration files and pages from anybody, so no pair of them may take long.

use std::cell::Cell;
use std::fmt;

use cssparser::{CowRcStr, ParseError, Parser, ToCss};
use dom_query::LocalName;
use html5ever::{Namespace, ns};
use precomputed_hash::PrecomputedHash;
use selectors::OpaqueElement;
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::context::{
    MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::{ElementSelectorFlags, MatchingContext, matches_selector_list};
use selectors::parser::{ParseRelative, SelectorImpl, SelectorList, SelectorParseErrorKind};

use super::outline::{Index, Outline};

/// Compound parts that a selector may have.
const MOST_PARTS: usize = 32;
/// Bytes of a selector.
const LONGEST: usize = 1_000;
/// Brackets in brackets.
const DEEPEST: u8 = 8;
/// Steps of all searches through one page: well over what real selectors take, and less than a second.
pub(super) const STEPS: u64 = 20_000_000;

/// A CSS selector as written, ready to match.
#[derive(Clone)]
pub struct Selector {
    written: String,
    list: SelectorList<Css>,
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({:?})", self.written)
    }
}

/// Why a text is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (column {column})")]
pub struct SelectorError {
    /// Where in the text, in characters, from 1.
    pub column: usize,
    /// In words for the operator.
    pub message: String,
}

/// The steps of one search were used up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the selector {0:?} takes too long on this page; make it simpler")]
pub struct TooSlow(pub String);

impl Selector {
    /// Reads a list of selectors, as CSS has them (Selectors level 4, without pseudo-elements).
    ///
    /// # Errors
    /// With the column, when the text is not CSS or has more than 32 parts.
    pub fn parse(written: &str) -> Result<Self, SelectorError> {
        let at = |byte: usize, message: &str| {
            let column = written
                .char_indices()
                .take_while(|(start, _)| *start < byte)
                .count()
                + 1;
            Err(SelectorError {
                column,
                message: message.to_owned(),
            })
        };
        if written.len() > LONGEST {
            return at(LONGEST, "a selector has at most 1000 characters");
        }
        if let Some((excess, message)) = excess(written) {
            return at(excess, message);
        }
        let mut parser = Parser::new(written);
        parser.set_nested_block_limit(DEEPEST);
        let reader = Reader::default();
        match SelectorList::parse(&reader, &mut parser, ParseRelative::No) {
            Ok(list) => Ok(Self {
                written: written.to_owned(),
                list,
            }),
            Err(error) => {
                let end = reader
                    .unknown_function
                    .get()
                    .unwrap_or(parser.position().byte_index());
                at(last_token(written, end), &explained(&error))
            }
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The elements inside `scope` that match, in order. The steps are taken from `left`.
    pub(super) fn all(
        &self,
        outline: &Outline<'_>,
        scope: std::ops::Range<Index>,
        left: &Cell<u64>,
    ) -> Result<Vec<Index>, TooSlow> {
        let search = Search { outline, left };
        let mut caches = SelectorCaches::default();
        let mut found = Vec::new();
        for index in scope {
            let mut context = context(&mut caches);
            if matches_selector_list(
                &self.list,
                &Node {
                    index,
                    search: &search,
                },
                &mut context,
            ) {
                found.push(index);
            }
            if left.get() == 0 {
                return Err(TooSlow(self.written.clone()));
            }
        }
        Ok(found)
    }
}

fn context(caches: &mut SelectorCaches) -> MatchingContext<'_, Css> {
    MatchingContext::new(
        MatchingMode::Normal,
        None,
        caches,
        QuirksMode::NoQuirks,
        NeedsSelectorFlags::No,
        MatchingForInvalidation::No,
    )
}

/// Where a selector goes beyond what is permitted, and what that is.
fn excess(written: &str) -> Option<(usize, &'static str)> {
    let mut parts = 0;
    let mut depth = 0;
    let mut between = true;
    let mut quote = None;
    for (at, c) in written.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c.is_whitespace() || matches!(c, '>' | '+' | '~' | ',' | '(') => between = true,
            None if between => {
                between = false;
                parts += 1;
            }
            None => {}
        }
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if parts > MOST_PARTS {
            return Some((at, "a selector has at most 32 parts"));
        }
        if depth > i32::from(DEEPEST) {
            return Some((at, "brackets are nested too deep in this selector"));
        }
    }
    None
}

/// Where the token begins that ends at `end`: the parser has already read what it did not like.
fn last_token(written: &str, end: usize) -> usize {
    let read = written.get(..end).unwrap_or(written);
    let name = read
        .trim_end_matches('(')
        .trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let start = name.trim_end_matches(':').len();
    if start < name.len() || name.len() < read.len() {
        start
    } else {
        read.len()
    }
}

fn explained(error: &ParseError<SelectorParseErrorKind>) -> String {
    use cssparser::ParseErrorKind::{Basic, Custom};
    use selectors::parser::SelectorParseErrorKind as Kind;
    let words = match &error.kind {
        Basic(_) => "this is not CSS",
        Custom(Kind::EmptySelector) => "a selector is missing",
        Custom(Kind::DanglingCombinator) => "something must follow the combinator",
        Custom(Kind::ClassNeedsIdent) => "a class name must follow the dot",
        Custom(Kind::UnsupportedPseudoClassOrElement) => {
            "feedmill does not know this pseudo-class or pseudo-element"
        }
        Custom(
            Kind::NoQualifiedNameInAttributeSelector
            | Kind::UnexpectedTokenInAttributeSelector
            | Kind::ExpectedBarInAttr
            | Kind::BadValueInAttr
            | Kind::InvalidQualNameInAttr,
        ) => "this is no attribute selector; write [name=\"value\"]",
        Custom(_) => "this is not a CSS selector",
    };
    words.to_owned()
}

/// The kind of selectors that we read.
#[derive(Clone, Debug)]
struct Css;

/// A name or value in a selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Name(LocalName);

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
struct AnyLink;

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
enum NoPseudoElement {}

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

#[derive(Default)]
struct Reader {
    /// Where the arguments of a function begin that CSS does not have: `:contains(`.
    unknown_function: Cell<Option<usize>>,
}

impl<'i> selectors::parser::Parser<'i> for Reader {
    type Impl = Css;
    type Error = SelectorParseErrorKind;

    fn parse_is_and_where(&self) -> bool {
        true
    }

    fn parse_has(&self) -> bool {
        true
    }

    fn parse_nth_child_of(&self) -> bool {
        true
    }

    fn parse_non_ts_pseudo_class(&self, name: CowRcStr<'i>) -> Result<AnyLink, ParseError<Self::Error>> {
        if name.eq_ignore_ascii_case("any-link") || name.eq_ignore_ascii_case("link") {
            return Ok(AnyLink);
        }
        Err(ParseError::custom(
            SelectorParseErrorKind::UnsupportedPseudoClassOrElement,
        ))
    }

    fn parse_non_ts_functional_pseudo_class(
        &self,
        _: CowRcStr<'i>,
        arguments: &mut Parser<'i>,
        _: bool,
    ) -> Result<AnyLink, ParseError<Self::Error>> {
        self.unknown_function.set(Some(arguments.position().byte_index()));
        Err(ParseError::custom(
            SelectorParseErrorKind::UnsupportedPseudoClassOrElement,
        ))
    }
}

/// One search through a page.
struct Search<'o> {
    outline: &'o Outline<'o>,
    left: &'o Cell<u64>,
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
struct Node<'s> {
    index: Index,
    search: &'s Search<'s>,
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "element {}", self.index)
    }
}

impl<'s> Node<'s> {
    fn element(&self) -> &'s super::outline::Element {
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

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;

    fn matched(html: &str, selector: &str) -> Vec<String> {
        let document = Document::from(html);
        let outline = Outline::new(&document);
        let found = Selector::parse(selector)
            .unwrap()
            .all(&outline, 0..outline.len(), &Cell::new(STEPS))
            .unwrap();
        found
            .into_iter()
            .map(|index| outline.text(index).to_owned())
            .collect()
    }

    #[test]
    fn selectors_match_as_in_a_browser() {
        let html = r##"<div id="a" class="x y"><p>1</p><p class="on">2</p><a href="/3" data-k="v w">3</a><P>4</P></div><p>5</p>"##;
        for (selector, expected) in [
            ("p", "1 2 4 5"),
            ("#a > p", "1 2 4"),
            (".x.y p.on", "2"),
            ("p.on ~ p, a", "3 4"),
            ("p + a", "3"),
            ("p:nth-child(2)", "2 5"),
            ("p:not(.on)", "1 4 5"),
            ("div:has(a) p:last-of-type", "4"),
            ("[data-k~=w]", "3"),
            ("a[href^=\"/\"]", "3"),
            ("P:first-child", "1"),
            (":link", "3"),
            ("span", ""),
        ] {
            assert_eq!(matched(html, selector).join(" "), expected, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_told_with_its_column() {
        for (selector, column) in [
            ("", 1),
            ("article >", 10),
            ("article..x", 10),
            ("é .x[", 6),
            ("a::before", 2),
            ("p:contains(\"x\")", 2),
            (&"* ".repeat(40), 65),
            (&"a:not(".repeat(20), 54),
        ] {
            let error = Selector::parse(selector).unwrap_err();
            assert_eq!(error.column, column, "{selector}: {error}");
        }
    }

    #[test]
    fn a_slow_selector_on_a_large_page_ends() {
        let html = "<i></i>".repeat(60_000);
        let document = Document::from(html);
        let outline = Outline::new(&document);
        for selector in [
            "i ~ i ~ i ~ b ~ i",
            "i:has(~ b)",
            "i:nth-last-child(7) ~ i",
            "* * * * *",
        ] {
            let selector = Selector::parse(selector).unwrap();
            let started = std::time::Instant::now();
            let _ = selector.all(&outline, 0..outline.len(), &Cell::new(STEPS));
            assert!(
                started.elapsed().as_secs() < 20,
                "{selector:?} took {:?}",
                started.elapsed()
            );
        }
    }
}
