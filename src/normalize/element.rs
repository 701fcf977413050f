//! The elements of HTML that are kept, and what the parser of every browser does when one opens or closes.

/// How an element behaves inside its parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Anchor,
    /// Reopened in the next block when a block cuts it short.
    Formatting,
    Inline,
    Ruby,
    RubyPart,
    Paragraph,
    Heading,
    Item,
    List,
    Definition,
    Block,
    /// `div` and `address`: blocks that an open list item looks through.
    Plain,
    Pre,
    Table,
    Caption,
    RowGroup,
    Row,
    Cell,
    Void,
    Rule,
}

impl Kind {
    /// Opening it closes an open paragraph.
    pub(super) fn ends_paragraph(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Paragraph | Heading | Item | List | Definition | Block | Plain | Pre | Table | Rule
        )
    }

    /// It may stand directly in a table.
    pub(super) fn is_table_part(self) -> bool {
        matches!(self, Kind::Caption | Kind::RowGroup | Kind::Row | Kind::Cell)
    }

    /// Its children can only be parts of a table.
    pub(super) fn holds_table_parts(self) -> bool {
        matches!(self, Kind::Table | Kind::RowGroup | Kind::Row)
    }

    /// What is outside it is not seen from inside, except by the parts of its table.
    pub(super) fn is_wall(self) -> bool {
        matches!(self, Kind::Cell | Kind::Caption | Kind::Table)
    }

    fn is_phrasing(self) -> bool {
        use Kind::*;
        matches!(self, Anchor | Formatting | Inline | Ruby | RubyPart | Void)
    }

    /// An end tag of `self` does not reach past an open `outer`.
    pub(super) fn end_stops_at(self, outer: Kind) -> bool {
        use Kind::*;
        match self {
            Table | Caption | RowGroup | Row | Cell => outer == Table,
            _ if outer.is_wall() => true,
            Anchor | Formatting => !outer.is_phrasing() && outer != Paragraph,
            Inline | Ruby | RubyPart => !outer.is_phrasing(),
            Item => outer == List,
            _ => false,
        }
    }

    /// A new `li`, `dd` or `dt` looks for an open one of its kind no further than this.
    pub(super) fn stops_item_search(self) -> bool {
        !self.is_phrasing() && !matches!(self, Kind::Plain | Kind::Paragraph)
    }
}

/// An element that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

impl Element {
    /// Parsers do nothing with it but open and close it.
    pub(super) fn is_simple(self) -> bool {
        use Kind::*;
        match self.kind {
            Anchor | Formatting | Paragraph | Heading | Item | List | Block | Plain | Rule => true,
            Void => self.name != "source",
            Inline => !matches!(self.name, "audio" | "picture" | "video"),
            Ruby | RubyPart | Definition | Pre | Table | Caption | RowGroup | Row | Cell => false,
        }
    }

    /// It stands between words.
    pub(super) fn separates_text(self) -> bool {
        !self.kind.is_phrasing() || (self.kind == Kind::Void && self.name != "wbr")
    }
}

/// What to do with a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Written, with its allowed attributes.
    Keep(Element),
    /// The tag goes, its content stays.
    Unwrap,
    /// The tag goes with all up to its end tag.
    Drop(&'static str),
    /// As `Drop`, but the video it shows becomes a link.
    Frame,
    /// Only its pictures are used, and only where the page has not shown one already.
    Noscript,
}

/// What to do with the element of this lower-case name.
pub(super) fn treatment(name: &str) -> Treatment {
    use Kind::*;
    let (name, kind) = match name {
        "a" => ("a", Anchor),
        "b" => ("b", Formatting),
        "code" => ("code", Formatting),
        "em" => ("em", Formatting),
        "i" => ("i", Formatting),
        "s" | "strike" => ("s", Formatting),
        "small" => ("small", Formatting),
        "strong" => ("strong", Formatting),
        "tt" => ("tt", Formatting),
        "u" => ("u", Formatting),
        "abbr" | "acronym" => ("abbr", Inline),
        "audio" => ("audio", Inline),
        "bdi" => ("bdi", Inline),
        "bdo" => ("bdo", Inline),
        "cite" => ("cite", Inline),
        "del" => ("del", Inline),
        "dfn" => ("dfn", Inline),
        "ins" => ("ins", Inline),
        "kbd" => ("kbd", Inline),
        "mark" => ("mark", Inline),
        "picture" => ("picture", Inline),
        "q" => ("q", Inline),
        "samp" => ("samp", Inline),
        "span" => ("span", Inline),
        "sub" => ("sub", Inline),
        "sup" => ("sup", Inline),
        "time" => ("time", Inline),
        "var" => ("var", Inline),
        "video" => ("video", Inline),
        "ruby" => ("ruby", Ruby),
        "rt" => ("rt", RubyPart),
        "rp" => ("rp", RubyPart),
        "p" => ("p", Paragraph),
        "h1" => ("h1", Heading),
        "h2" => ("h2", Heading),
        "h3" => ("h3", Heading),
        "h4" => ("h4", Heading),
        "h5" => ("h5", Heading),
        "h6" => ("h6", Heading),
        "li" => ("li", Item),
        "ul" | "menu" | "dir" => ("ul", List),
        "ol" => ("ol", List),
        "dd" => ("dd", Definition),
        "dt" => ("dt", Definition),
        "article" => ("article", Block),
        "aside" => ("aside", Block),
        "blockquote" => ("blockquote", Block),
        "details" => ("details", Block),
        "dl" => ("dl", Block),
        "figcaption" => ("figcaption", Block),
        "figure" => ("figure", Block),
        "footer" => ("footer", Block),
        "header" => ("header", Block),
        "section" => ("section", Block),
        "summary" => ("summary", Block),
        "address" => ("address", Plain),
        "div" | "body" | "center" | "fieldset" | "form" | "hgroup" | "legend" | "main" | "nav" | "search" => {
            ("div", Plain)
        }
        "pre" | "listing" | "xmp" => ("pre", Pre),
        "table" => ("table", Table),
        "caption" => ("caption", Caption),
        "tbody" => ("tbody", RowGroup),
        "thead" => ("thead", RowGroup),
        "tfoot" => ("tfoot", RowGroup),
        "tr" => ("tr", Row),
        "td" => ("td", Cell),
        "th" => ("th", Cell),
        "br" => ("br", Void),
        "img" | "amp-img" => ("img", Void),
        "source" => ("source", Void),
        "wbr" => ("wbr", Void),
        "hr" => ("hr", Rule),
        "iframe" => return Treatment::Frame,
        "noscript" => return Treatment::Noscript,
        _ => return dropped(name).map_or(Treatment::Unwrap, Treatment::Drop),
    };
    Treatment::Keep(Element { name, kind })
}

fn dropped(name: &str) -> Option<&'static str> {
    const DROPPED: [&str; 13] = [
        "script", "style", "template", "svg", "math", "title", "textarea", "select", "noembed", "noframes",
        "object", "canvas", "frameset",
    ];
    DROPPED.into_iter().find(|dropped| *dropped == name)
}

/// Whether a title may hold this element as markup: names that are no HTML are text, as in `Vec<T>`.
pub(super) fn is_html(name: &str) -> bool {
    !matches!(treatment(name), Treatment::Unwrap)
        || matches!(
            name,
            "font" | "big" | "nobr" | "label" | "button" | "input" | "html" | "head" | "meta"
        )
        || matches!(
            name,
            "link" | "embed" | "param" | "col" | "colgroup" | "option" | "data" | "rtc" | "rb"
        )
}
