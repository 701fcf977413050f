//! Before the parser: tags without excess attributes.

use std::borrow::Cow;

use crate::normalize::scan::{Scanner, Token};

/// Bytes of a page that are looked at.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Attributes of one tag that are kept.
pub const MOST_ATTRIBUTES: usize = 256;

/// Elements whose content is text up to their end tag, whatever it looks like.
const RAW: [&str; 8] = [
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];

/// `html` with no tag of more than [`MOST_ATTRIBUTES`] attributes, and a word if that changed it.
pub(super) fn bounded(html: &str) -> (Cow<'_, str>, Option<String>) {
    let mut scanner = Scanner::new(html);
    let mut kept = String::new();
    let mut copied = 0;
    let mut foreign = 0_usize;
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(name, attributes) => {
                // Inside pictures and formulas, `style` and `title` hold tags.
                let is_foreign = name.eq_ignore_ascii_case("svg") || name.eq_ignore_ascii_case("math");
                foreign += usize::from(is_foreign);
                if attributes.clone().nth(MOST_ATTRIBUTES).is_some() {
                    let tag = scanner.tag_as_written();
                    let end = scanner.position();
                    kept.push_str(&html[copied..end - tag.len()]);
                    push_tag(name, attributes.take(MOST_ATTRIBUTES), &mut kept);
                    copied = end;
                }
                if foreign == 0
                    && let Some(raw) = RAW.iter().find(|raw| name.eq_ignore_ascii_case(raw))
                {
                    // One that never ends swallows the rest, in which the parser sees no tags.
                    if scanner.until_end_of(raw).is_none() {
                        break;
                    }
                }
            }
            Token::End(name) if name.eq_ignore_ascii_case("svg") || name.eq_ignore_ascii_case("math") => {
                foreign = foreign.saturating_sub(1);
            }
            Token::End(_) | Token::Text(_) => {}
        }
    }
    if copied == 0 {
        return (html.into(), None);
    }
    kept.push_str(&html[copied..]);
    let note = format!("only the first {MOST_ATTRIBUTES} attributes of a tag were read");
    (kept.into(), Some(note))
}

fn push_tag<'a>(name: &str, attributes: impl Iterator<Item = (&'a str, &'a str)>, out: &mut String) {
    out.push('<');
    out.push_str(name);
    for (name, value) in attributes {
        let quote = if value.contains('"') { '\'' } else { '"' };
        out.extend([" ", name, "="]);
        out.push(quote);
        out.push_str(value);
        out.push(quote);
    }
    out.push('>');
}
