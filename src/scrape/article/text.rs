//! Texts as pages write them, made comparable.

use dom_query::NodeRef;

use crate::model::Body;
use crate::normalize;

/// One line of plain text out of what may hold markup and references.
pub(super) fn plain(text: &str) -> String {
    normalize::plain(&Body::Html(text.to_owned()))
}

/// Letters and digits in lower case with single spaces, for comparing.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.ends_with(' ') && !matches!(c, '\'' | '’') {
            folded.push(' ');
        }
    }
    folded.trim().to_owned()
}

/// The members of a written list.
pub(super) fn list(text: &str) -> Vec<String> {
    let text = text.trim().trim_matches(['[', ']']);
    let separator: &[char] = if text.contains(';') && !text.contains(',') {
        &[';']
    } else if !text.contains([',', '،', '、']) && text.contains('|') {
        &['|']
    } else {
        &[',', '،', '、']
    };
    // Chinese keywords need no more than a space between them.
    let is_spaced = !text.contains(separator)
        && text.contains(' ')
        && text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    let separator = if is_spaced { &[' '] } else { separator };
    text.split(separator)
        .map(|part| plain(part.trim().trim_matches(['"', '\''])))
        .filter(|part| !part.is_empty())
        .collect()
}

/// The text below a node, a line per block.
pub(super) fn blocks(root: &NodeRef) -> String {
    let mut out = String::new();
    let mut node = root.first_child();
    while let Some(current) = node {
        if current.is_text() {
            push(&current.text(), &mut out);
        } else if is_block(&current) {
            end_line(&mut out);
        }
        node = current.first_child();
        let mut walk = current;
        while node.is_none() && walk.id != root.id {
            if is_block(&walk) {
                end_line(&mut out);
            }
            node = walk.next_sibling();
            let Some(parent) = walk.parent() else { break };
            walk = parent;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Elements that stand on lines of their own.
pub(super) fn is_block(node: &NodeRef) -> bool {
    node.qual_name_ref().is_some_and(|name| {
        matches!(
            &*name.local,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "body"
                | "br"
                | "caption"
                | "dd"
                | "details"
                | "div"
                | "dl"
                | "dt"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "header"
                | "hr"
                | "li"
                | "main"
                | "ol"
                | "p"
                | "pre"
                | "section"
                | "summary"
                | "table"
                | "tbody"
                | "td"
                | "tfoot"
                | "th"
                | "thead"
                | "tr"
                | "ul"
                | "fieldset"
        )
    })
}

fn end_line(out: &mut String) {
    let length = out.trim_end_matches(' ').len();
    out.truncate(length);
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn push(text: &str, out: &mut String) {
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}
