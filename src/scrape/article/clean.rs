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
        .filter(|(block, text)| is_link(block, text))
        .count();
    // A page of links is about them.
    let links_are_text = linked * 2 > blocks.len();
    for (block, text) in blocks.iter().zip(&texts) {
        let is_repeated = counts[text.as_str()] > 2 && text.split_whitespace().count() < 8;
        let is_title = !title.is_empty() && fold(text) == title;
        let goes =
            is_repeated || is_title || junk::is_notice(text) || (!links_are_text && is_link(block, text));
        if goes {
            block.remove_from_parent();
        }
    }
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
fn is_link(block: &NodeRef, text: &str) -> bool {
    let length = text.chars().count();
    let linked: usize = block
        .descendants_it()
        .filter(|inner| inner.has_name("a"))
        .map(|link| link.normalized_char_count())
        .sum();
    length > 0 && linked * 10 >= length * 8
}
