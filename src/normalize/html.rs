//! HTML that readers can be given: an allow-list, addresses made absolute, pictures made real.
//!
//! Three layers. The scanner ([`super::scan`]) bounds what is looked at. The writer ([`super::write`]) leaves
//! out what is not allowed, repairs the rest, bounds depth and size, and writes one normal form. `ammonia`,
//! which parses that as a browser would, has the last word on all but the simplest HTML, and tests hold that
//! it would change nothing there either: on every item it would cost three times what scanning and writing
//! do.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::attributes::{Read, allowed};
use super::element::{Element, Kind, Treatment, treatment};
use super::escape::attribute;
use super::picture::{is_checked_srcset, is_web_address, video_page};
use super::scan::{Attributes, Scanner, Token};
use super::text::{beginning, cut, is_xml};
use super::write::Writer;
use crate::model::{Body, CleanHtml};

/// Bytes of a field that are looked at and, after cleaning, kept.
pub(super) const LONGEST: usize = 512 * 1024;

/// Cleans a body whose addresses are relative to `base`; `None` when nothing is left to read or see.
pub(super) fn clean(body: &Body, base: &Url) -> Option<CleanHtml> {
    let html = match body {
        Body::Html(html) => clean_html(html, base),
        Body::Plain(text) => paragraphs(text),
    };
    let clean = CleanHtml::already_clean(html);
    let shows = || {
        ["<img ", "<video", "<audio"]
            .iter()
            .any(|shown| clean.as_str().contains(shown))
    };
    (!beginning(&clean, 1).is_empty() || shows()).then_some(clean)
}

fn clean_html(html: &str, base: &Url) -> String {
    let html = cut(html, LONGEST);
    let mut cleaner = Cleaner {
        base,
        writer: Writer::with_capacity(html.len() + html.len() / 8),
        picture_ends: None,
        offered: None,
    };
    cleaner.run(Scanner::new(html));
    let written = cleaner.writer.finish();
    if written.simple {
        return written.html;
    }
    let mut safe = ALLOW_LIST.clean(&written.html).to_string();
    safe.retain(is_xml);
    safe
}

/// Plain text as paragraphs.
fn paragraphs(text: &str) -> String {
    const P: Element = Element {
        name: "p",
        kind: Kind::Paragraph,
    };
    const BR: Element = Element {
        name: "br",
        kind: Kind::Void,
    };
    let text = cut(text, LONGEST)
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('&', "&amp;");
    let mut writer = Writer::default();
    for paragraph in text
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
    {
        writer.start(P, "", true);
        for (index, line) in paragraph.trim().lines().enumerate() {
            if index > 0 {
                writer.start(BR, "", true);
            }
            writer.text(line.trim());
        }
        writer.end(P);
    }
    writer.finish().html
}

struct Cleaner<'a> {
    base: &'a Url,
    writer: Writer,
    /// Where the output stood after the last picture.
    picture_ends: Option<usize>,
    /// What the `picture` around offers so far.
    offered: Option<String>,
}

impl Cleaner<'_> {
    fn run(&mut self, mut scanner: Scanner<'_>) {
        let mut name = String::new();
        while let Some(token) = scanner.next() {
            if self.writer.is_full() {
                return;
            }
            let (written, attributes) = match token {
                Token::Text(text) => {
                    self.writer.text(text);
                    continue;
                }
                Token::Start(written, attributes) => (written, Some(attributes)),
                Token::End(written) => (written, None),
            };
            name.clear();
            name.extend(written.chars().take(16).map(|c| c.to_ascii_lowercase()));
            match (treatment(&name), attributes) {
                (Treatment::Keep(element), Some(attributes)) => self.element(element, attributes),
                (Treatment::Keep(element), None) => self.end(element),
                (Treatment::Drop(dropped), Some(_)) => drop_content(&mut scanner, dropped),
                (Treatment::Frame, Some(attributes)) => {
                    self.frame(attributes);
                    drop_content(&mut scanner, "iframe");
                }
                (Treatment::Noscript, Some(_)) => {
                    if let Some(inside) = scanner.until_end_of("noscript") {
                        self.fallback(inside);
                    }
                }
                (_, _) => {}
            }
        }
    }

    fn end(&mut self, element: Element) {
        match element.name {
            "picture" => {
                self.offered = None;
                self.writer.end(element);
            }
            // As parsers do.
            "br" => self.writer.start(element, "", true),
            _ => self.writer.end(element),
        }
    }

    fn element(&mut self, element: Element, attributes: Attributes<'_>) {
        if element.name == "picture" {
            self.offered = None;
        }
        if attributes.is_empty() && !NEEDS_ATTRIBUTES.contains(&element.name) {
            self.writer.start(element, "", true);
            return;
        }
        let read = Read::new(allowed(element.name), attributes);
        let mut kept = String::new();
        let mut done = 0;
        if element.name == "source" && self.offered.is_none() {
            self.offered = read.offer(self.base);
        }
        if element.name == "img" {
            let Some(picture) = read.picture(self.offered.as_deref(), self.base) else {
                return;
            };
            attribute("src", &picture.src, &mut kept);
            if let Some(srcset) = &picture.srcset {
                attribute("srcset", srcset, &mut kept);
            }
            done = 2;
        }
        read.keep(element, done, self.base, |name, value| {
            attribute(name, value, &mut kept)
        });
        let means_something = match element.name {
            "a" => kept.starts_with(" href"),
            "source" => kept.starts_with(" src"),
            "span" => !kept.is_empty(),
            _ => true,
        };
        if element.kind == Kind::Anchor && means_something {
            kept.push_str(" rel=\"");
            kept.push_str(LINK_REL);
            kept.push('"');
        }
        if means_something || element.kind != Kind::Void {
            self.writer.start(element, &kept, means_something);
        }
        if element.name == "img" {
            self.picture_ends = Some(self.writer.len());
        }
    }

    /// A frame that shows a video becomes a link to it.
    fn frame(&mut self, attributes: Attributes<'_>) {
        const A: Element = Element {
            name: "a",
            kind: Kind::Anchor,
        };
        const DIV: Element = Element {
            name: "div",
            kind: Kind::Plain,
        };
        let read = Read::new(&["src", "title"], attributes);
        let frame = read
            .source()
            .and_then(|source| self.base.join(source.trim()).ok());
        let Some(page) = frame.as_ref().and_then(video_page) else {
            return;
        };
        let attributes = format!(" href=\"{page}\" rel=\"{LINK_REL}\"");
        self.writer.start(DIV, "", true);
        self.writer.start(A, &attributes, true);
        self.writer.text(&page);
        self.writer.end(A);
        self.writer.end(DIV);
    }

    /// What is shown without scripts: the pictures that no script-driven picture before it has shown.
    fn fallback(&mut self, html: &str) {
        let shown = |from| self.writer.since(from).trim().is_empty();
        if self.picture_ends.is_some_and(shown) {
            return;
        }
        for token in Scanner::new(html) {
            if let Token::Start(name, attributes) = token
                && name.eq_ignore_ascii_case("img")
                && let Treatment::Keep(element) = treatment("img")
            {
                self.element(element, attributes);
            }
        }
    }
}

/// Passes over the content of an element; one that never ends swallows the rest, as in a browser, if it is
/// raw text.
fn drop_content(scanner: &mut Scanner<'_>, name: &'static str) {
    let raw = !matches!(
        name,
        "svg" | "math" | "object" | "canvas" | "select" | "template" | "frameset"
    );
    if scanner.until_end_of(name).is_none() && raw {
        scanner.drop_rest();
    }
}

/// Nothing without attributes, or never without.
const NEEDS_ATTRIBUTES: [&str; 6] = ["a", "audio", "img", "source", "span", "video"];

const LINK_REL: &str = "noopener noreferrer";

/// The elements that may be stored; `element::treatment` writes no other.
const ELEMENTS: [&str; 71] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

static ALLOW_LIST: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let attributes: HashMap<&str, HashSet<&str>> = ELEMENTS
        .iter()
        .map(|name| (*name, allowed(name).iter().copied().collect()))
        .collect();
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.into_iter().collect())
        .clean_content_tags(
            ["script", "style", "svg", "math", "template", "iframe", "noscript"]
                .into_iter()
                .collect(),
        )
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(["http", "https", "mailto"].into_iter().collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL))
        .attribute_filter(|element, name, value| {
            let safe = match name {
                "href" => is_web_address(value) || value.starts_with("mailto:"),
                "src" | "poster" | "cite" => is_web_address(value),
                "srcset" => is_checked_srcset(value),
                _ => element != "a" || name != "target",
            };
            safe.then_some(Cow::Borrowed(value))
        });
    builder
});

#[cfg(test)]
mod tests;
