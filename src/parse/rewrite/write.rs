//! Atom, written.

use std::fmt::Write as _;

use super::draft::{FeedDraft, ItemDraft, Link};
use crate::model::Body;

pub(super) fn beginning(length: usize) -> String {
    let mut atom = String::with_capacity(length + length / 16 + 256);
    atom.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">");
    atom
}

pub(super) fn end(atom: &mut String, feed: &FeedDraft) {
    if let Some(title) = feed.title.get() {
        body(atom, "title", title);
    }
    if let Some(address) = feed.link.get() {
        link(atom, "alternate", &Link::to(address));
    }
    if let Some(updated) = feed.updated.get() {
        text(atom, "updated", updated);
    }
    for name in &feed.authors {
        author(atom, name);
    }
    atom.push_str("</feed>");
}

pub(super) fn entry(atom: &mut String, item: &ItemDraft) {
    atom.push_str("<entry>");
    if let Some(guid) = item.guid.get() {
        text(atom, "id", guid);
    }
    if let Some(address) = item.link.get() {
        link(atom, "alternate", &Link::to(address));
    }
    for enclosure in &item.enclosures {
        link(atom, "enclosure", enclosure);
    }
    for (element, value) in [("published", &item.published), ("updated", &item.updated)] {
        if let Some(date) = value.get() {
            text(atom, element, date);
        }
    }
    for (element, value) in [
        ("title", &item.title),
        ("summary", &item.summary),
        ("content", &item.content),
    ] {
        if let Some(value) = value.get() {
            body(atom, element, value);
        }
    }
    for name in &item.authors {
        author(atom, name);
    }
    for term in &item.terms {
        atom.push_str("<category");
        attribute(atom, "term", &term.name);
        if let Some(scheme) = &term.scheme {
            attribute(atom, "scheme", scheme);
        }
        atom.push_str("/>");
    }
    atom.push_str("</entry>");
}

fn author(atom: &mut String, name: &str) {
    atom.push_str("<author>");
    text(atom, "name", name);
    atom.push_str("</author>");
}

fn body(atom: &mut String, element: &str, body: &Body) {
    let kind = if matches!(body, Body::Html(_)) {
        "html"
    } else {
        "text"
    };
    let _ = write!(atom, "<{element} type=\"{kind}\">");
    characters(atom, body.as_str());
    let _ = write!(atom, "</{element}>");
}

fn text(atom: &mut String, element: &str, value: &str) {
    let _ = write!(atom, "<{element}>");
    characters(atom, value);
    let _ = write!(atom, "</{element}>");
}

/// As CDATA, which is read faster than references.
fn characters(atom: &mut String, value: &str) {
    atom.push_str("<![CDATA[");
    let mut pieces = value.split("]]>");
    atom.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        atom.push_str("]]]]><![CDATA[>");
        atom.push_str(piece);
    }
    atom.push_str("]]>");
}

fn link(atom: &mut String, rel: &str, link: &Link) {
    atom.push_str("<link");
    attribute(atom, "rel", rel);
    attribute(atom, "href", &link.href);
    if let Some(kind) = &link.media_type {
        attribute(atom, "type", kind);
    }
    if let Some(length) = link.length {
        attribute(atom, "length", &length.to_string());
    }
    atom.push_str("/>");
}

fn attribute(atom: &mut String, name: &str, value: &str) {
    let _ = write!(atom, " {name}=\"");
    for c in value.chars() {
        match c {
            '"' => atom.push_str("&quot;"),
            '&' => atom.push_str("&amp;"),
            '<' => atom.push_str("&lt;"),
            // A reader turns these into spaces otherwise (XML 1.0 §3.3.3).
            '\n' | '\r' | '\t' => {
                let _ = write!(atom, "&#{};", u32::from(c));
            }
            _ => atom.push(c),
        }
    }
    atom.push('"');
}
