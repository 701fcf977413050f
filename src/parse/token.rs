//! XML as a sequence of tags and text, however broken it is: linear in the bytes, building nothing.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::model::entity;

/// A tag longer than this is not one.
const LONGEST_TAG: usize = 256 << 10;
/// Bytes that are looked through in vain for the end of quotes, in all tags of a document. Past that, quotes mean nothing
/// any more: else a document of tags that end nowhere would be read once for each of them.
const MOST_IN_VAIN: usize = 16 * LONGEST_TAG;

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Start {
        /// As written, with its prefix.
        name: &'a str,
        attributes: Attributes<'a>,
        is_empty: bool,
    },
    /// The name as written.
    End(&'a str),
    /// Characters; references are not yet resolved.
    Text(&'a str),
    /// Characters that mean themselves.
    Cdata(&'a str),
}

/// Walks over a document. Comments, doctypes and processing instructions are passed over.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// Where the next `>` was seen, in bytes before the document's end; 0 when there is none.
    close: Option<usize>,
    /// What is left of [`MOST_IN_VAIN`].
    in_vain: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(document: &'a str) -> Self {
        Self {
            rest: document,
            close: None,
            in_vain: MOST_IN_VAIN,
        }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Passes over everything up to and with `end`; without one, everything.
    fn until(&mut self, end: &str) -> &'a str {
        match memmem::find(self.rest.as_bytes(), end.as_bytes()) {
            Some(at) => {
                let before = self.take(at);
                self.take(end.len());
                before
            }
            None => self.take(self.rest.len()),
        }
    }

    /// A doctype may hold declarations in brackets; what they declare is never expanded.
    fn pass_doctype(&mut self) {
        let end = memchr(b'>', self.rest.as_bytes()).unwrap_or(self.rest.len());
        if memchr(b'[', &self.rest.as_bytes()[..end]).is_some() {
            self.until("]");
        }
        self.until(">");
    }

    fn end_tag(&mut self) -> Token<'a> {
        self.take(2);
        let length = self.rest.find(['>', '<']).unwrap_or(self.rest.len());
        let name = self.take(length).trim();
        if self.rest.starts_with('>') {
            self.take(1);
        }
        Token::End(name)
    }

    /// `None` when the `<` here starts no tag.
    fn start_tag(&mut self) -> Option<Token<'a>> {
        let after = &self.rest[1..];
        if !after.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return None;
        }
        let length = self.tag_length()?;
        let inside = &self.take(length + 2)[1..=length];
        let (inside, is_empty) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let name_length = inside
            .find(|c: char| c.is_whitespace() || c == '/')
            .unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(name_length);
        Some(Token::Start {
            name,
            attributes: Attributes { rest: attributes },
            is_empty,
        })
    }

    /// Bytes between the `<` here and the `>` that ends the tag; one inside quotes does not, unless the quote never ends.
    fn tag_length(&mut self) -> Option<usize> {
        let after = &self.rest.as_bytes()[1..];
        let first = self.first_close(after)?;
        let within = &after[..after.len().min(LONGEST_TAG)];
        if first >= within.len() {
            return None;
        }
        if self.in_vain == 0 {
            return Some(first);
        }
        outside_quotes(within).or_else(|| {
            self.in_vain = self.in_vain.saturating_sub(within.len());
            Some(first)
        })
    }

    /// How far the next `>` is. It is looked for once, and then known until it is passed.
    fn first_close(&mut self, after: &[u8]) -> Option<usize> {
        let close = match self.close {
            Some(close) if close <= after.len() => close,
            _ => memchr(b'>', after).map_or(0, |at| after.len() - at),
        };
        self.close = Some(close);
        (close > 0).then(|| after.len() - close)
    }

    fn text(&mut self) -> Token<'a> {
        // The first character may be a `<` that starts nothing.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let length = memchr(b'<', &self.rest.as_bytes()[first..]).map_or(self.rest.len(), |at| at + first);
        Token::Text(self.take(length))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if !self.rest.starts_with('<') {
                return Some(self.text());
            }
            if self.rest.starts_with("</") {
                return Some(self.end_tag());
            }
            if self.rest.starts_with("<!--") {
                self.take(4);
                self.until("-->");
            } else if self.rest.starts_with("<![CDATA[") {
                self.take(9);
                return Some(Token::Cdata(self.until("]]>")));
            } else if self.rest.starts_with("<!") {
                self.pass_doctype();
            } else if self.rest.starts_with("<?") {
                self.until(">");
            } else {
                return Some(self.start_tag().unwrap_or_else(|| self.text()));
            }
        }
    }
}

/// Where the first `>` outside of quotes is.
fn outside_quotes(within: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b'>', b'"', b'\'', &within[at..]) {
        let found = at + found;
        let quote = within[found];
        if quote == b'>' {
            return Some(found);
        }
        // A quote that opens nothing, as in `<a b=c">`, is passed over.
        let opens = within[..found].trim_ascii_end().last() == Some(&b'=');
        at = match memchr(quote, &within[found + 1..]) {
            Some(end) if opens => found + end + 2,
            _ => found + 1,
        };
    }
    None
}

/// The attributes of a tag, not yet read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn none() -> Self {
        Self { rest: "" }
    }

    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// The value of the first one with this name, whatever its case.
    pub(super) fn get(mut self, name: &str) -> Option<Cow<'a, str>> {
        self.find_map(|(found, value)| {
            found
                .eq_ignore_ascii_case(name)
                .then(|| entity::resolve_all(value, true))
        })
    }
}

/// Names and raw values.
impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let separates = |c: char| c.is_whitespace() || matches!(c, '/' | '=' | '"' | '\'');
        let rest = self.rest.trim_start_matches(separates);
        let name_length = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (name, rest) = rest.split_at(name_length);
        self.rest = rest;
        if name.is_empty() {
            return None;
        }
        let Some(rest) = rest.trim_start().strip_prefix('=') else {
            return Some((name, ""));
        };
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quote.and_then(|quote| rest[1..].split_once(quote)) {
            Some(quoted) => quoted,
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(document: &str) -> String {
        let tokens = Tokens::new(document).map(|token| match token {
            Token::Start {
                name,
                attributes,
                is_empty,
            } => {
                let attributes: Vec<String> = attributes.map(|(n, v)| format!(" {n}={v}")).collect();
                format!(
                    "[{name}{}{}]",
                    attributes.concat(),
                    if is_empty { "/" } else { "" }
                )
            }
            Token::End(name) => format!("[/{name}]"),
            Token::Text(text) => text.to_owned(),
            Token::Cdata(text) => format!("C({text})"),
        });
        tokens.collect()
    }

    #[test]
    fn broken_markup_is_read_as_it_was_meant() {
        for (document, expected) in [
            ("<a b='1' c=\"2>\" d=3 e><f/></a>", "[a b=1 c=2> d=3 e=][f/][/a]"),
            ("x < y <3 <b>z</b", "x < y <3 [b]z[/b]"),
            (
                "<!-- <a> --><?xml version='1.0'?><!DOCTYPE r [<!ENTITY e 'v'>]><r/>",
                "[r/]",
            ),
            ("<a><![CDATA[<b>&amp;]]></a>", "[a]C(<b>&amp;)[/a]"),
            ("<a b=\"1>t</a>", "[a b=\"1]t[/a]"),
            ("<a b=c\">t</a>", "[a b=c\"]t[/a]"),
            ("<a b='x' b2 = \"y\"/>", "[a b=x b2=y/]"),
            ("<a", "<a"),
            ("<", "<"),
            ("<ليبيا>t</ليبيا >", "[ليبيا]t[/ليبيا]"),
            ("</a</b>", "[/a][/b]"),
        ] {
            assert_eq!(shown(document), expected, "{document}");
        }
    }

    /// Without the limits each of these takes minutes.
    #[test]
    fn tags_that_end_nowhere_cost_no_more_than_their_bytes() {
        for (unit, is_in_vain) in [("<a", false), ("<aa=\">\"b", true), ("<aa='>'b", true)] {
            let document = unit.repeat((8 << 20) / unit.len());
            let mut tokens = Tokens::new(&document);
            let read: usize = tokens.by_ref().count();
            assert!(read >= document.len() / LONGEST_TAG, "{unit}: {read}");
            assert_eq!(tokens.in_vain == 0, is_in_vain, "{unit}");
        }
    }

    #[test]
    fn a_tag_ends_at_the_first_close_that_is_ahead() {
        // The `>` in quotes is seen first, and behind when the second tag is looked at.
        assert_eq!(shown("<a b='>'><c>d</c>"), "[a b=>][c]d[/c]");
        assert_eq!(shown("a <b c<d>e<f"), "a [b c<d=]e<f");
        let long = format!("<a b=\"{}\">c", "x".repeat(LONGEST_TAG));
        assert_eq!(shown(&long), long);
    }

    proptest! {
        #[test]
        fn any_text_is_walked_to_its_end(document in "[<>/=\"'&a-c!\\[\\]?é -]{0,60}") {
            shown(&document);
        }
    }
}
