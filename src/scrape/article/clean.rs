//! What is no part of an article, before and after its body is found.

use std::collections::HashMap;

use dom_query::{Document, NodeRef};

use super::junk;
use super::markup::text_of;
use super::text::fold;

/// Elements that never hold an article's text.
const NEVER: &str = "script, style, template, svg, noscript, iframe, object, embed, button, input, select, textarea, nav, \
                     [hidden], dialog, canvas, video, audio, figcaption, footer, [role=navigation], [role=dialog], \
                     [role=complementary], [role=contentinfo], link, meta";

/// Removes what surrounds and interrupts articles, by the names that sites give it.
pub(super) fn before(document: &Document) {
    document.select(NEVER).remove();
    for figure in document.select("figure").nodes() {
        if figure.descendants_it().all(|inner| {
            !["table", "pre", "blockquote"]
                .iter()
                .any(|name| inner.has_name(name))
        }) {
            without_text(figure);
        }
    }
    let Some(body) = document.body() else { return };
    let all = prose(&body);
    // Some wrap the whole page in a form; and a name says nothing against most of the text.
    let holds_most =
        |node: &NodeRef| prose(node) * 5 > all * 2 || node.descendants_it().any(|inner| inner.has_name("h1"));
    let mut node = body.first_child();
    while let Some(current) = node {
        if current.is_element() && junk::is_junk(&current) && !holds_most(&current) {
            node = after_subtree(&current, &body);
            current.remove_from_parent();
            continue;
        }
        node = current.first_child().or_else(|| after_subtree(&current, &body));
    }
}

/// Leaves the pictures of a figure.
fn without_text(figure: &NodeRef) {
    for text in figure.descendants().iter().filter(|inner| inner.is_text()) {
        text.remove_from_parent();
    }
}

/// The next node in the page's order that is not inside `node`.
fn after_subtree<'a>(node: &NodeRef<'a>, root: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    let mut walk = *node;
    while walk.id != root.id {
        if let Some(sibling) = walk.next_sibling() {
            return Some(sibling);
        }
        walk = walk.parent()?;
    }
    None
}

/// Characters in paragraphs below a node.
fn prose(node: &NodeRef) -> usize {
    node.descendants_it()
        .filter(|inner| inner.has_name("p"))
        .map(|paragraph| paragraph.normalized_char_count())
        .sum()
}

/// Removes from a body what its extractor left in.
pub(super) fn after(fragment: &Document, title: &str) {
    let root = fragment.root();
    let title = fold(title);
    let blocks: Vec<NodeRef> = root.descendants_it().filter(|node| is_leaf_block(node)).collect();
    let texts: Vec<String> = blocks.iter().map(text_of).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for text in &texts {
        *counts.entry(text).or_default() += 1;
    }
    let linked: usize = blocks
        .iter()
        .zip(&texts)
        .filter(|(block, _)| is_link(block))
        .count();
    // A page of links is about them.
    let links_are_text = linked * 2 > blocks.len();
    let end = end(&texts);
    for (at, (block, text)) in blocks.iter().zip(&texts).enumerate() {
        let is_repeated = counts[text.as_str()] > 2 && text.split_whitespace().count() < 8;
        let is_title = !title.is_empty() && fold(text) == title;
        let goes = at >= end
            || is_repeated
            || is_title
            || junk::is_notice(text)
            || (!links_are_text && is_link(block));
        if goes {
            block.remove_from_parent();
        }
    }
}

/// The first block in the last part of a text that introduces what comes after articles.
fn end(texts: &[String]) -> usize {
    let length: usize = texts.iter().map(String::len).sum();
    let mut before = 0;
    for (at, text) in texts.iter().enumerate() {
        if before * 10 > length * 6 && junk::ends_article(text) {
            return at;
        }
        before += text.len();
    }
    texts.len()
}

/// A block with no block inside.
fn is_leaf_block(node: &NodeRef) -> bool {
    super::text::is_block(node)
        && !node.has_name("br")
        && !node.has_name("hr")
        && node
            .descendants_it()
            .all(|inner| !super::text::is_block(&inner) || inner.has_name("br"))
}

/// Nothing but a link, which leads to another article.
fn is_link(block: &NodeRef) -> bool {
    let length = block.normalized_char_count();
    let linked: usize = block
        .descendants_it()
        .filter(|inner| inner.has_name("a"))
        .map(|link| link.normalized_char_count())
        .sum();
    length > 0 && linked * 10 >= length * 8
}
