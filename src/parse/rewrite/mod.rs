//! Every dialect rewritten as the one that can say most: a well-formed Atom 1.0 document, for `feed-rs` to read.
//!
//! What `feed-rs` cannot take is mended or taken out on the way, so that one odd element costs that element: markup that
//! is not balanced, references that are not declared, characters that XML cannot hold, types and addresses that mean
//! nothing. What the reader would lose (whether a guid is a link, origins, languages, the base of addresses, what a feed
//! says about polling) is kept beside the document as [`Notes`], in the order of the entries.

mod draft;
mod element;
mod fields;
mod value;
mod write;

use std::borrow::Cow;

use url::Url;

use super::Error;
use super::names::{self, Space};
use super::token::{Attributes, Token, Tokens};
use crate::model::{Ending, Format, Offer, Origin, ScheduleHints};
use draft::{FeedDraft, ItemDraft};
use element::{PersonDraft, Role};
use value::Value;

/// Elements inside each other; real feeds stay below 60.
const DEEPEST: usize = 256;
/// Attributes of one tag.
const MOST_ATTRIBUTES: usize = 256;
/// Items of one document; the rest is left out.
const MOST_ITEMS: usize = 20_000;
/// Declarations of namespaces in force: each tag may be compared with all of them.
const MOST_PREFIXES: usize = 256;

/// A document as Atom, and what does not fit into that.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub atom: String,
    pub format: Format,
    pub hints: ScheduleHints,
    pub offer: Offer,
    pub language: Option<String>,
    pub items: Vec<Notes>,
    pub ending: Ending,
    pub warnings: Vec<String>,
}

/// What `feed-rs` would lose of an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub guid_is_permalink: bool,
    pub language: Option<String>,
    pub origin: Option<Origin>,
    pub base: Option<Url>,
    pub image: Option<Url>,
}

/// Rewrites a document that came from `base`.
pub(super) fn rewrite(document: &str, base: &Url) -> Result<Rewritten, Error> {
    let legal = without_illegal(document);
    let mut rewriter = Rewriter::new(&legal, base);
    rewriter.run()?;
    let mut rewritten = rewriter.finish()?;
    if matches!(legal, Cow::Owned(_)) {
        rewritten
            .warnings
            .push("it holds characters that XML forbids; they were left out".into());
    }
    Ok(rewritten)
}

/// Whether XML can hold this character (XML 1.0 §2.2).
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn without_illegal(document: &str) -> Cow<'_, str> {
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF in UTF-8.
    let bytes = document.as_bytes();
    let has_control = bytes
        .iter()
        .any(|b| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'));
    let has_noncharacter = || memchr::memmem::find(bytes, b"\xef\xbf").is_some();
    if has_control || has_noncharacter() && document.contains(|c| !is_legal(c)) {
        return document
            .chars()
            .filter(|c| is_legal(*c))
            .collect::<String>()
            .into();
    }
    document.into()
}

/// An element that is not closed yet.
struct Open<'a> {
    /// As written.
    name: &'a str,
    role: Role,
    /// How many prefixes were bound outside of it.
    prefixes: usize,
    /// How many languages were set outside of it.
    languages: usize,
    bases: usize,
}

struct Rewriter<'a> {
    document: &'a str,
    tokens: Tokens<'a>,
    open: Vec<Open<'a>>,
    prefixes: Vec<(&'a str, Space)>,
    languages: Vec<Cow<'a, str>>,
    bases: Vec<Url>,
    format: Option<Format>,
    /// The text of the field that is being read.
    value: Value,
    /// Of that field.
    attributes: Attributes<'a>,
    person: PersonDraft,
    feed: FeedDraft,
    item: Option<ItemDraft>,
    atom: String,
    items: Vec<Notes>,
    /// Names of top-level elements that are no feed, for the error.
    first_element: Option<&'a str>,
    /// The item before this one was not closed, or closed by another's end.
    is_mended: bool,
    is_full: bool,
    ending: Ending,
}

impl<'a> Rewriter<'a> {
    fn new(document: &'a str, base: &Url) -> Self {
        Self {
            document,
            tokens: Tokens::new(document),
            open: Vec::new(),
            prefixes: Vec::new(),
            languages: Vec::new(),
            bases: vec![base.clone()],
            format: None,
            value: Value::default(),
            attributes: Attributes::none(),
            person: PersonDraft::default(),
            feed: FeedDraft::default(),
            item: None,
            atom: write::beginning(document.len()),
            items: Vec::new(),
            first_element: None,
            is_mended: false,
            is_full: false,
            ending: Ending::Whole,
        }
    }

    fn run(&mut self) -> Result<(), Error> {
        while let Some(token) = self.tokens.next() {
            if self.is_full {
                break;
            }
            match token {
                Token::Start {
                    name,
                    attributes,
                    is_empty,
                } => self.start(name, attributes, is_empty)?,
                Token::End(name) => self.end(name),
                Token::Text(text) => self.text(text, true),
                Token::Cdata(text) => self.text(text, false),
            }
        }
        if !self.open.is_empty() && !self.is_full {
            self.is_mended = true;
            let is_feed = |open: &Open| matches!(open.role, Role::Root | Role::Channel);
            if self.item.is_some() {
                self.ending = Ending::InsideItem;
            } else if self.open.iter().any(is_feed) {
                self.ending = Ending::Early;
            }
        }
        while !self.open.is_empty() {
            self.close();
        }
        Ok(())
    }

    fn role(&self) -> Role {
        self.open.last().map_or(Role::Document, |open| open.role)
    }

    fn base(&self) -> &Url {
        self.bases
            .last()
            .expect("the document's own base is never taken away")
    }

    fn start(&mut self, name: &'a str, attributes: Attributes<'a>, is_empty: bool) -> Result<(), Error> {
        if self.open.len() >= DEEPEST {
            return Err(Error(format!(
                "its elements are nested deeper than {DEEPEST}, which no feed is"
            )));
        }
        let (prefixes, languages, bases) = (self.prefixes.len(), self.languages.len(), self.bases.len());
        if !attributes.is_empty() {
            self.scope(attributes)?;
        }
        let (prefix, local) = names::split(name);
        let space = self.space(prefix);
        let mut role = self.role();
        if interrupts(role, space, local) {
            role = self.interrupt(element::starts_item(local));
        }
        let role = self.enter(role, space, name, attributes);
        self.open.push(Open {
            name,
            role,
            prefixes,
            languages,
            bases,
        });
        if is_empty {
            self.close();
        }
        Ok(())
    }

    /// Reads what a tag says about everything inside it.
    fn scope(&mut self, attributes: Attributes<'a>) -> Result<(), Error> {
        for (count, (name, value)) in attributes.enumerate() {
            if count >= MOST_ATTRIBUTES {
                return Err(Error(format!(
                    "a tag has more than {MOST_ATTRIBUTES} attributes, which none in a feed has"
                )));
            }
            match name.split_once(':') {
                None if name == "xmlns" => self.declare("", value),
                Some(("xmlns", prefix)) => self.declare(prefix, value),
                Some(("xml", "lang")) => self.languages.push(value.trim().into()),
                Some(("xml", "base")) => {
                    let value = crate::model::entity::resolve_all(value, true);
                    // One that is no address leaves the outer one in force.
                    self.bases.extend(self.base().join(value.trim()).ok());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Those beyond the limit are as if they were not declared.
    fn declare(&mut self, prefix: &'a str, name: &str) {
        if self.prefixes.len() < MOST_PREFIXES {
            self.prefixes.push((prefix, Space::of(name)));
        }
    }

    fn space(&self, prefix: &str) -> Space {
        let bound = self.prefixes.iter().rev().find(|(name, _)| *name == prefix);
        bound.map_or_else(|| Space::of_undeclared(prefix), |(_, space)| *space)
    }

    /// Closes what was left open: the field before a field, the item before an item.
    fn interrupt(&mut self, starts_item: bool) -> Role {
        self.is_mended = true;
        self.close();
        while starts_item && !matches!(self.role(), Role::Document | Role::Root | Role::Channel) {
            self.close();
        }
        self.role()
    }

    fn end(&mut self, name: &str) {
        let is_it = |open: &Open| open.name == name;
        let Some(at) = self.open.iter().rposition(is_it).or_else(|| {
            // `</Title>` ends `<title>`.
            self.open
                .iter()
                .rposition(|open| open.name.eq_ignore_ascii_case(name))
        }) else {
            return;
        };
        while self.open.len() > at {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.leave(&open);
        self.prefixes.truncate(open.prefixes);
        self.languages.truncate(open.languages);
        self.bases.truncate(open.bases);
    }

    fn text(&mut self, text: &str, has_references: bool) {
        match self.role() {
            Role::Field(_) => self.value.push(text, has_references),
            Role::Markup => self.value.push_in_markup(text, has_references),
            Role::Person => value::push(&mut self.person.text, text, has_references),
            _ => {}
        }
    }

    fn finish(mut self) -> Result<Rewritten, Error> {
        let Some(format) = self.format else {
            return Err(not_a_feed(self.document, self.first_element));
        };
        write::end(&mut self.atom, &self.feed);
        let mut warnings = Vec::new();
        if self.is_full {
            warnings.push(format!(
                "it holds more than {MOST_ITEMS} items; the rest was left out"
            ));
        }
        if self.is_mended {
            warnings.push("it is not well-formed XML: elements end in the wrong order or not at all".into());
        }
        Ok(Rewritten {
            atom: self.atom,
            format,
            hints: self.feed.hints(),
            offer: std::mem::take(&mut self.feed.offer),
            language: self.feed.language.take(),
            items: self.items,
            ending: self.ending,
            warnings,
        })
    }
}

/// Whether an element that starts here cannot be inside what is open: that was not closed.
fn interrupts(role: Role, space: Space, local: &str) -> bool {
    if space != Space::Core {
        return false;
    }
    match role {
        Role::Field(field) => {
            element::starts_item(local) || field.is_line() && fields::is_line_of_item(local)
        }
        Role::Item | Role::Markup => element::starts_item(local),
        _ => false,
    }
}

/// What to tell the operator about a document that is something else.
fn not_a_feed(document: &str, first_element: Option<&str>) -> Error {
    let beginning = &document.as_bytes()[..document.len().min(1_024)].to_ascii_lowercase();
    let begins_with = |what: &str| memchr::memmem::find(beginning, what.as_bytes()).is_some();
    let what = match first_element {
        _ if begins_with("<!doctype html") || begins_with("<html") => {
            "it is a web page, not a feed; look there for the address of the feed".to_owned()
        }
        Some(name) => format!(
            "it is XML, but not a feed (its first element is <{})>",
            short(name)
        )
        .replace(")>", ">)"),
        None if document.trim().is_empty() => "the document is empty".to_owned(),
        None => "it is neither XML nor JSON, so it is not a feed".to_owned(),
    };
    Error(what)
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
