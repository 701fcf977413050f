//! The parser with a gate in it.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use dom_query::{Document, NodeId};
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, QualName, TokenizerResult};

use super::Error;

/// How deep tags may be open. Of some 2,700 news pages the deepest had 51.
pub const MOST_DEPTH: u16 = 256;

/// Elements, texts and attributes of a tree.
pub const MOST_PIECES: usize = 600_000;

/// Bytes that the tokeniser is given at once.
const CHUNK: usize = 16 * 1024;

/// Separators of attributes that may pass with no token coming of them: no comment or data address has so many, and
/// comparing as many attributes with each other is still a matter of a second.
const MOST_SILENT: usize = 40_000;

/// The tree of a page and a word on what is not in it.
pub(super) fn tree(html: &str) -> Result<(Document, Option<String>), Error> {
    let options = TreeBuilderOpts {
        // What stands in `noscript` is part of the page for those who run no scripts.
        scripting_enabled: false,
        ..TreeBuilderOpts::default()
    };
    let gate = Gate {
        builder: TreeBuilder::new(Sink::default(), options),
        passed: Cell::new(0),
        is_shut: Cell::new(false),
        left_out: Cell::new(false),
    };
    let tokenizer = Tokenizer::new(gate, TokenizerOpts::default());
    let is_complete = feed(&tokenizer, html);
    tokenizer.end();
    let gate = tokenizer.sink;
    let (left_out, is_shut) = (gate.left_out.get(), gate.is_shut.get());
    let document = gate.builder.sink.document;
    if depth(&document) > 2 * usize::from(MOST_DEPTH) {
        return Err(Error::TooDeep);
    }
    let note = if is_shut || !is_complete {
        Some("the page has too many tags; its end was not read".to_owned())
    } else {
        left_out.then(|| format!("tags nested more than {MOST_DEPTH} deep were left out"))
    };
    Ok((document, note))
}

/// Whether all was read.
fn feed(tokenizer: &Tokenizer<Gate>, html: &str) -> bool {
    let input = BufferQueue::default();
    let mut rest = html;
    let (mut silent, mut passed) = (0, 0);
    while !rest.is_empty() {
        let mut end = rest.len().min(CHUNK);
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (chunk, after) = rest.split_at(end);
        rest = after;
        input.push_back(StrTendril::from_slice(chunk));
        // It stops at scripts, which are not run, and at words on the encoding, which is settled.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        if tokenizer.sink.is_shut.get() {
            return false;
        }
        let now_passed = tokenizer.sink.passed.get();
        silent = if now_passed == passed { silent } else { 0 };
        passed = now_passed;
        silent += chunk
            .bytes()
            .filter(|byte| byte.is_ascii_whitespace() || *byte == b'=')
            .count();
        if silent > MOST_SILENT {
            return false;
        }
    }
    true
}

/// The depth of the deepest node.
pub(super) fn depth(document: &Document) -> usize {
    let mut deepest = 0;
    let mut depth = 0_usize;
    let mut node = document.root();
    loop {
        deepest = deepest.max(depth);
        if let Some(child) = node.first_child() {
            node = child;
            depth += 1;
            continue;
        }
        loop {
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                break;
            }
            let Some(parent) = node.parent() else {
                return deepest;
            };
            node = parent;
            depth = depth.saturating_sub(1);
        }
    }
}

/// Between tokeniser and tree builder.
struct Gate {
    builder: TreeBuilder<Handle, Sink>,
    /// Tokens so far.
    passed: Cell<usize>,
    /// The tree is full: nothing passes any more.
    is_shut: Cell<bool>,
    /// A tag was too deep.
    left_out: Cell<bool>,
}

impl TokenSink for Gate {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        match &token {
            // Nobody reads these, and a hostile page has one per byte.
            Token::ParseError(_) | Token::CommentToken(_) => {
                self.passed
                    .set(self.passed.get() + usize::from(matches!(token, Token::CommentToken(_))));
                return TokenSinkResult::Continue;
            }
            Token::TagToken(Tag {
                kind: TagKind::StartTag,
                ..
            }) if self.builder.sink.inside.get() >= MOST_DEPTH => {
                self.left_out.set(true);
                return TokenSinkResult::Continue;
            }
            Token::EOFToken => {}
            _ if self.builder.sink.pieces.get() > MOST_PIECES => self.is_shut.set(true),
            _ => {}
        }
        if self.is_shut.get() && !matches!(token, Token::EOFToken) {
            return TokenSinkResult::Continue;
        }
        self.passed.set(self.passed.get() + 1);
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// A node and its number in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Handle {
    node: NodeId,
    number: usize,
}

/// A document that counts what is put into it.
struct Sink {
    document: Document,
    /// The depth of each node when it was put into the tree.
    depths: RefCell<Vec<u16>>,
    /// The depth at which the last node was put, or to which was returned since.
    inside: Cell<u16>,
    pieces: Cell<usize>,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            document: Document::default(),
            depths: RefCell::new(vec![0]),
            inside: Cell::new(0),
            pieces: Cell::new(0),
        }
    }
}

impl Sink {
    fn made(&self, node: NodeId, pieces: usize) -> Handle {
        let mut depths = self.depths.borrow_mut();
        depths.push(0);
        self.pieces.set(self.pieces.get() + pieces);
        Handle {
            node,
            number: depths.len() - 1,
        }
    }

    /// Notes that `child` goes into `parent`, or beside it, and gives what the document wants.
    fn placed(&self, parent: usize, child: NodeOrText<Handle>) -> NodeOrText<NodeId> {
        let mut depths = self.depths.borrow_mut();
        let depth = depths[parent];
        self.inside.set(depth);
        match child {
            NodeOrText::AppendNode(child) => {
                depths[child.number] = depth.saturating_add(1);
                NodeOrText::AppendNode(child.node)
            }
            NodeOrText::AppendText(text) => {
                self.pieces.set(self.pieces.get() + 1);
                NodeOrText::AppendText(text)
            }
        }
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Document;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Document {
        self.document
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle {
            node: self.document.get_document(),
            number: 0,
        }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> Self::ElemName<'a> {
        self.document.elem_name(&target.node)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Handle {
        let pieces = 1 + attributes.len();
        self.made(self.document.create_element(name, attributes, flags), pieces)
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.made(self.document.create_comment(text), 1)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        self.made(self.document.create_pi(target, data), 1)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.document
            .append(&parent.node, self.placed(parent.number, child));
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        let child = self.placed(previous.number, child);
        self.document
            .append_based_on_parent_node(&element.node, &previous.node, child);
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        self.document
            .append_before_sibling(&sibling.node, self.placed(sibling.number, child));
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.document
            .append_doctype_to_document(name, public_id, system_id);
    }

    fn pop(&self, node: &Handle) {
        let depth = self.depths.borrow()[node.number].saturating_sub(1);
        self.inside.set(self.inside.get().min(depth));
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        Handle {
            node: self.document.get_template_contents(&target.node),
            number: target.number,
        }
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.node == y.node
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.document.set_quirks_mode(mode);
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        self.pieces.set(self.pieces.get() + attributes.len());
        self.document.add_attrs_if_missing(&target.node, attributes);
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.document.remove_from_parent(&target.node);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        self.document.reparent_children(&node.node, &new_parent.node);
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &Handle) -> bool {
        self.document
            .is_mathml_annotation_xml_integration_point(&handle.node)
    }
}
