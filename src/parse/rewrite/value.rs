//! The text of one field while it is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::is_legal;
use crate::model::Body;
use crate::model::entity;
use crate::parse::token::Attributes;

/// Elements of HTML that have no end.
const VOID: [&str; 10] = [
    "area", "br", "col", "embed", "hr", "img", "input", "source", "track", "wbr",
];

/// Text, and whether elements were found in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    text: String,
    /// Text outside of elements is markup too, as in Atom's xhtml.
    is_markup: bool,
    has_elements: bool,
}

impl Value {
    pub(super) fn begin(&mut self, is_markup: bool) {
        self.text.clear();
        self.is_markup = is_markup;
        self.has_elements = false;
    }

    pub(super) fn push(&mut self, text: &str, has_references: bool) {
        if self.is_markup {
            return self.push_in_markup(text, has_references);
        }
        push(&mut self.text, text, has_references);
    }

    /// Text inside an element of the field: what it stands for has to stand there again.
    pub(super) fn push_in_markup(&mut self, text: &str, has_references: bool) {
        if !has_references {
            return escape(text, &mut self.text);
        }
        let mut resolved = String::new();
        push(&mut resolved, text, true);
        escape(&resolved, &mut self.text);
    }

    pub(super) fn start(&mut self, local: &str, attributes: Attributes<'_>) {
        self.has_elements = true;
        self.text.push('<');
        self.text.push_str(local);
        for (name, value) in attributes {
            if name.starts_with("xmlns") || !is_plain_name(name) {
                continue;
            }
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            let value = entity::resolve_all(value, true);
            for c in value.chars().filter(|c| is_legal(*c)) {
                match c {
                    '"' => self.text.push_str("&quot;"),
                    '&' => self.text.push_str("&amp;"),
                    '<' => self.text.push_str("&lt;"),
                    _ => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        self.text.push('>');
    }

    pub(super) fn end(&mut self, local: &str) {
        if !VOID.contains(&local) {
            self.text.push_str("</");
            self.text.push_str(local);
            self.text.push('>');
        }
    }

    /// The text without white space around it.
    pub(super) fn line(&self) -> &str {
        self.text.trim()
    }

    /// Takes the text as `kind` says, or as markup if there was some.
    pub(super) fn take(&mut self, kind: fn(String) -> Body) -> Option<Body> {
        let is_markup = self.is_markup || self.has_elements;
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return None;
        }
        Some(if is_markup { Body::Html(text) } else { kind(text) })
    }

    /// Takes HTML that was packed in base64; of anything else nothing is left.
    pub(super) fn take_base64(&mut self) -> Option<Body> {
        let mut packed = std::mem::take(&mut self.text);
        packed.retain(|c| !c.is_whitespace());
        let text = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
        let text: String = text.chars().filter(|c| is_legal(*c)).collect();
        Some(text).filter(|text| !text.trim().is_empty()).map(Body::Html)
    }
}

/// Appends what a piece of text stands for.
pub(super) fn push(out: &mut String, text: &str, has_references: bool) {
    if !has_references {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match entity::resolve(rest, true) {
            Some(((first, second), length)) => {
                out.extend(
                    [Some(first), second]
                        .into_iter()
                        .flatten()
                        .filter(|c| is_legal(*c)),
                );
                length
            }
            None => {
                out.push('&');
                1
            }
        };
        rest = &rest[length..];
    }
    out.push_str(rest);
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
}

fn is_plain_name(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
}
