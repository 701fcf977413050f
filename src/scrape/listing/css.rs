//! CSS selectors over an outline, with an end: a selector has few parts, and matching stops when its steps are
//! used up. Selectors come from configuration files and pages from anybody, so no pair of them may take long.

mod element;

use std::cell::Cell;
use std::fmt;

use cssparser::{CowRcStr, ParseError, Parser};
use selectors::context::{
    MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::{MatchingContext, matches_selector_list};
use selectors::parser::{ParseRelative, SelectorList, SelectorParseErrorKind};

use self::element::{AnyLink, Css, Node, Search};
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
