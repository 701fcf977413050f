//! What is no part of an article, before and after its body is found.

use dom_query::{Document, NodeRef};

use super::text::fold;

/// Elements that never hold an article's text.
const NEVER: &str = "script, style, template, svg, noscript, iframe, object, embed, form, button, input, select, textarea, nav, \
                     [hidden], [aria-hidden=true], dialog, canvas, video, audio";

pub(super) fn before(document: &Document) {
    document.select(NEVER).remove();
}

pub(super) fn after(_fragment: &Document, _title: &str) {}
