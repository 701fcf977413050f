//! Writes HTML that every parser reads as the tree that was meant: what a browser would close, move or put in
//! between by itself is closed and put in between here.

use super::element::{Element, Kind};
use super::escape::push_text;

/// Deeper elements are left out, their content is not.
const DEEPEST: usize = 256;
/// More elements are left out, their content is not: a tree costs a hundred times its tags.
const MOST_ELEMENTS: usize = 20_000;
/// Nothing is written beyond, but for the end tags of what is open.
const LONGEST: usize = super::html::LONGEST - 8 * 1024;

#[derive(Debug)]
struct Open {
    element: Element,
    /// Some elements that would mean nothing are tracked, for their end tags, but not written.
    written: bool,
    /// The start tag in the output.
    tag: std::ops::Range<usize>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    open: Vec<Open>,
    elements: usize,
    full: bool,
    /// Where the text of a `pre` begins that has none yet.
    pre_starts: Option<usize>,
    /// Something had to be repaired, or is of a kind that parsers treat by rules of its own.
    intricate: bool,
}

/// What a [`Writer`] wrote.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) html: String,
    /// Every element was opened and closed in order by the source itself, and none is of a kind that parsers
    /// treat by rules of its own: no parser can read another tree than this, whatever the source had in mind.
    pub(super) simple: bool,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            out: String::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// All that was written, every element closed.
    pub(super) fn finish(mut self) -> Output {
        self.repair_to(0);
        Output {
            html: self.out,
            simple: !self.intricate && !self.full,
        }
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// What was written since `from`.
    pub(super) fn since(&self, from: usize) -> &str {
        &self.out[from..]
    }

    /// Nothing more will be written.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Opens `element`, whose attributes are `attributes` as [`super::escape::attribute`] wrote them. One
    /// without meaning (a span without attributes, a link to nowhere) is only remembered.
    pub(super) fn start(&mut self, element: Element, attributes: &str, means_something: bool) {
        let room = self.out.len() + element.name.len() + attributes.len() + 2 <= LONGEST;
        self.full |= !room;
        if !room || self.open.len() >= DEEPEST || self.elements >= MOST_ELEMENTS {
            return;
        }
        if !means_something || (element.kind == Kind::Anchor && self.in_link_across_blocks()) {
            self.push(element, false, self.out.len()..self.out.len());
            return;
        }
        if element.kind.is_table_part() {
            if !self.make_room_for_part(element.kind) {
                return;
            }
        } else {
            self.ensure_cell();
        }
        let cut_short = self.close_implied(element.kind);
        self.write_tag(element, attributes);
        if element.kind == Kind::Pre {
            self.pre_starts = Some(self.out.len());
        }
        for (element, attributes) in cut_short {
            self.write_tag(element, &attributes);
        }
    }

    /// Closes the element that an end tag of this name closes, if any, and all within it.
    pub(super) fn end(&mut self, element: Element) {
        for index in (0..self.open.len()).rev() {
            let open = self.open[index].element;
            let both_headings = open.kind == Kind::Heading && element.kind == Kind::Heading;
            if open.name == element.name || both_headings {
                let exact = open.name == element.name && index + 1 == self.open.len();
                self.intricate |= !exact;
                self.close_to(index);
                return;
            }
            if element.kind.end_stops_at(open.kind) {
                return;
            }
        }
    }

    /// Writes characters, whose references are resolved on the way.
    pub(super) fn text(&mut self, text: &str) {
        let in_table = self.top().is_some_and(Kind::holds_table_parts);
        if in_table && !text.bytes().all(|byte| byte.is_ascii_whitespace()) {
            self.ensure_cell();
        }
        let start = self.out.len();
        self.full |= !push_text(text, LONGEST, &mut self.out);
        if self.pre_starts == Some(start) {
            // The parser would swallow the first line break, on each reading another one.
            let lines = self.out[start..]
                .bytes()
                .take_while(|byte| *byte == b'\n')
                .count();
            self.out.drain(start..start + lines);
        }
    }

    /// Formatting of the link kind is open, with a block in between: closing it would break the block.
    fn in_link_across_blocks(&mut self) -> bool {
        let found = self.open.iter().rposition(|open| {
            open.element.kind.is_wall() || (open.written && open.element.kind == Kind::Anchor)
        });
        let Some(index) = found.filter(|index| self.open[*index].element.kind == Kind::Anchor) else {
            return false;
        };
        let blocks = |open: &Open| open.element.kind.ends_paragraph();
        if self.open[index..].iter().any(blocks) {
            return true;
        }
        self.repair_to(index);
        false
    }

    fn push(&mut self, element: Element, written: bool, tag: std::ops::Range<usize>) {
        self.elements += 1;
        self.open.push(Open {
            element,
            written,
            tag,
        });
    }

    fn write_tag(&mut self, element: Element, attributes: &str) {
        self.intricate |= !element.is_simple();
        let start = self.out.len();
        self.out.push('<');
        self.out.push_str(element.name);
        self.out.push_str(attributes);
        self.out.push('>');
        if matches!(element.kind, Kind::Void | Kind::Rule) {
            self.elements += 1;
        } else {
            self.push(element, true, start..self.out.len());
        }
    }

    /// Closes what the source left open.
    fn repair_to(&mut self, length: usize) {
        self.intricate |= self.open.len() > length;
        self.close_to(length);
    }

    fn close_to(&mut self, length: usize) {
        while self.open.len() > length {
            if let Some(closed) = self.open.pop()
                && closed.written
            {
                self.out.push_str("</");
                self.out.push_str(closed.element.name);
                self.out.push('>');
            }
        }
    }

    fn top(&self) -> Option<Kind> {
        self.open
            .iter()
            .rfind(|open| open.written)
            .map(|open| open.element.kind)
    }

    /// The innermost open element that `found` accepts, no further out than one that `stops`.
    fn innermost(&self, found: impl Fn(Kind) -> bool, stops: impl Fn(Kind) -> bool) -> Option<usize> {
        for (index, open) in self
            .open
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, open)| open.written)
        {
            if found(open.element.kind) {
                return Some(index);
            }
            if stops(open.element.kind) {
                return None;
            }
        }
        None
    }

    /// Closes what the parser closes by itself before `kind` opens. Formatting that a block cuts short with
    /// its paragraph is given back, to be opened again inside the block.
    fn close_implied(&mut self, kind: Kind) -> Vec<(Element, String)> {
        match kind {
            Kind::Item | Kind::Definition => {
                if let Some(index) = self.innermost(|open| open == kind, Kind::stops_item_search) {
                    self.repair_to(index);
                }
            }
            Kind::RubyPart => self.close_ruby_parts(),
            _ => {}
        }
        let mut cut_short = Vec::new();
        if kind.ends_paragraph()
            && let Some(index) = self.innermost(|open| open == Kind::Paragraph, Kind::is_wall)
        {
            if !matches!(kind, Kind::Rule | Kind::Table) {
                cut_short = self.reopenable(index + 1);
            }
            self.repair_to(index);
        }
        if kind == Kind::Heading && self.top() == Some(Kind::Heading) {
            let heading = self.innermost(|open| open == Kind::Heading, |_| true);
            self.repair_to(heading.unwrap_or(self.open.len()));
        }
        cut_short
    }

    /// The formatting among the elements from `index` on, as far as writing it twice costs little.
    fn reopenable(&self, index: usize) -> Vec<(Element, String)> {
        const MOST: usize = 4;
        const LONGEST_TAG: usize = 512;
        let again = self.open[index..].iter().filter(|open| {
            let formats = matches!(open.element.kind, Kind::Formatting | Kind::Anchor);
            open.written && formats && open.tag.len() <= LONGEST_TAG
        });
        let attributes = |open: &Open| {
            let start = open.tag.start + 1 + open.element.name.len();
            self.out[start..open.tag.end - 1].to_owned()
        };
        again
            .take(MOST)
            .map(|open| (open.element, attributes(open)))
            .collect()
    }

    fn close_ruby_parts(&mut self) {
        let in_ruby = self.innermost(|open| open == Kind::Ruby, Kind::is_wall).is_some();
        let implied = |kind| {
            matches!(
                kind,
                Kind::Item | Kind::Definition | Kind::Paragraph | Kind::RubyPart
            )
        };
        while in_ruby && self.top().is_some_and(implied) {
            self.repair_to(self.innermost(implied, |_| true).unwrap_or(self.open.len()));
        }
    }

    /// Closes and opens what must be for a part of a table; `false` when there is no table.
    fn make_room_for_part(&mut self, part: Kind) -> bool {
        let Some(table) = self.innermost(|open| open == Kind::Table, |_| false) else {
            return false;
        };
        let kind_at = |writer: &Self, index: usize| writer.open.get(index).map(|open| open.element.kind);
        let mut keep = table + 1;
        if matches!(part, Kind::Row | Kind::Cell) && kind_at(self, keep) == Some(Kind::RowGroup) {
            keep += 1;
            if part == Kind::Cell && kind_at(self, keep) == Some(Kind::Row) {
                keep += 1;
            }
        }
        self.repair_to(keep);
        if matches!(part, Kind::Row | Kind::Cell) && self.top() == Some(Kind::Table) {
            self.write_tag(TBODY, "");
        }
        if part == Kind::Cell && self.top() == Some(Kind::RowGroup) {
            self.write_tag(ROW, "");
        }
        true
    }

    /// What stands directly in a table gets a cell: a parser would move it out, before the table.
    fn ensure_cell(&mut self) {
        if self.top().is_some_and(Kind::holds_table_parts) && self.make_room_for_part(Kind::Cell) {
            self.write_tag(CELL, "");
        }
    }
}

const TBODY: Element = Element {
    name: "tbody",
    kind: Kind::RowGroup,
};
const ROW: Element = Element {
    name: "tr",
    kind: Kind::Row,
};
const CELL: Element = Element {
    name: "td",
    kind: Kind::Cell,
};
