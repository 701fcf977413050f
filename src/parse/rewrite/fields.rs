//! Elements that hold text, and what the text is for.

use super::Rewriter;
use super::draft::{self, ItemDraft, Ranked};
use super::element::no_origin;
use crate::model::{Body, Format, entity};
use crate::parse::names::Space;
use crate::parse::{date, person};

/// What the text of an element is for. A number is the rank among elements that say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title(u8),
    Summary(u8),
    Content(u8),
    Link(u8),
    Guid(u8),
    Published(u8),
    Updated(u8),
    /// `dc:date`: of what, it does not say.
    Date,
    Author,
    /// Stands for the author when there is none.
    Publisher,
    Category,
    /// Several categories with commas between them.
    Keywords,
    Image,
    Language,
    Origin,
    PersonName,
    PersonEmail,
    Ttl,
    SkipHour,
    SkipDay,
    UpdatePeriod,
    UpdateFrequency,
}

impl Field {
    /// May hold markup.
    pub(super) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Title(_) | Self::Summary(_) | Self::Content(_) | Self::Origin
        )
    }

    /// Ends at the latest where the next field begins.
    pub(super) fn is_line(self) -> bool {
        !matches!(self, Self::Summary(_) | Self::Content(_) | Self::Image)
    }

    pub(super) fn of_channel(space: Space, lower: &str) -> Option<Self> {
        Some(match (space, lower) {
            (Space::Core, "title") => Self::Title(0),
            (Space::Dublin, "title") => Self::Title(1),
            (Space::Core, "lastbuilddate" | "updated" | "modified") => Self::Updated(0),
            (Space::Core, "pubdate" | "published") | (Space::Dublin, "date") => Self::Updated(1),
            (Space::Core | Space::Dublin, "language") => Self::Language,
            (Space::Core, "ttl") => Self::Ttl,
            (Space::Syndication, "updateperiod") => Self::UpdatePeriod,
            (Space::Syndication, "updatefrequency") => Self::UpdateFrequency,
            _ => return None,
        })
    }

    pub(super) fn of_item(space: Space, lower: &str) -> Option<Self> {
        Some(match (space, lower) {
            (Space::Core, "title") => Self::Title(0),
            (Space::Media, "title") => Self::Title(1),
            (Space::Dublin, "title") => Self::Title(2),
            (Space::Core, "description") => Self::Summary(0),
            (Space::Core, "summary" | "abstract") => Self::Summary(1),
            (Space::Dublin, "description") => Self::Summary(2),
            (Space::Itunes, "summary") => Self::Summary(3),
            (Space::Media, "description") => Self::Summary(4),
            (Space::Itunes, "subtitle") => Self::Summary(5),
            (Space::Content, "encoded") | (Space::Core, "content") => Self::Content(0),
            (Space::Core | Space::Xhtml, "body") | (Space::Core, "fullitem") => Self::Content(1),
            (Space::Xhtml, "div") => Self::Content(2),
            (Space::Feedburner, "origlink") => Self::Link(0),
            (Space::Core, "link") => Self::Link(1),
            (Space::Core, "guid" | "id") => Self::Guid(0),
            (Space::Dublin, "identifier") => Self::Guid(2),
            (Space::Core, "pubdate" | "published") => Self::Published(0),
            (Space::Core | Space::Dublin, "issued") => Self::Published(1),
            (Space::Core | Space::Dublin, "created") => Self::Published(2),
            (Space::Core, "updated" | "modified") => Self::Updated(0),
            (Space::Dublin, "modified") => Self::Updated(1),
            (Space::Dublin, "date") => Self::Date,
            (Space::Dublin, "creator" | "author") => Self::Author,
            (Space::Itunes, "author") | (Space::Dublin, "publisher") => Self::Publisher,
            (Space::Core | Space::Media, "category") | (Space::Dublin, "subject") => Self::Category,
            (Space::Core, "keywords" | "tags") | (Space::Media | Space::Itunes, "keywords") => Self::Keywords,
            (Space::Core, "image") => Self::Image,
            (Space::Dublin, "language") => Self::Language,
            (Space::Core, "source") => Self::Origin,
            _ => return None,
        })
    }

    pub(super) fn of_person(lower: &str) -> Option<Self> {
        match lower {
            "name" => Some(Self::PersonName),
            "email" => Some(Self::PersonEmail),
            _ => None,
        }
    }

    pub(super) fn of_skip_list(lower: &str) -> Option<Self> {
        match lower {
            "hour" => Some(Self::SkipHour),
            "day" => Some(Self::SkipDay),
            _ => None,
        }
    }
}

/// Fields of items that hold one line, by which an unclosed one before them is found out.
pub(super) fn is_line_of_item(local: &str) -> bool {
    const LINES: [&str; 10] = [
        "author",
        "category",
        "description",
        "enclosure",
        "guid",
        "link",
        "pubdate",
        "published",
        "title",
        "updated",
    ];
    LINES.iter().any(|line| line.eq_ignore_ascii_case(local))
}

impl Rewriter<'_> {
    pub(super) fn end_field(&mut self, field: Field) {
        match field {
            Field::Title(rank) => self.end_text(rank, |item| &mut item.title),
            Field::Summary(rank) => self.end_body(rank, |item| &mut item.summary),
            Field::Content(rank) => self.end_body(rank, |item| &mut item.content),
            _ if self.value.line().is_empty() => {}
            Field::Link(_) | Field::Guid(_) | Field::Image => self.end_address(field),
            Field::Published(rank) => self.end_date(Some(rank), None),
            Field::Updated(rank) => self.end_date(None, Some(rank)),
            Field::Date => self.end_date(Some(3), Some(2)),
            Field::Origin => self.end_origin(),
            _ => self.end_line(field),
        }
    }

    /// A title, of the feed or of the item.
    fn end_text(&mut self, rank: u8, slot: fn(&mut ItemDraft) -> &mut Ranked<Body>) {
        let body = self.take_body();
        match &mut self.item {
            Some(item) => slot(item).offer(rank, body),
            None => self.feed.title.offer(rank, body),
        }
    }

    fn end_body(&mut self, rank: u8, slot: fn(&mut ItemDraft) -> &mut Ranked<Body>) {
        let body = self.take_body();
        let base = (self.bases.len() > 1).then(|| self.base().clone());
        let language = self.languages.last().map(|language| language.to_string());
        self.with_item(|item| {
            if body.is_some() {
                item.notes.base = base.or(item.notes.base.take());
                item.notes.language = language.or(item.notes.language.take());
            }
            slot(item).offer(rank, body);
        });
    }

    /// The text as what it is declared or usual to be: HTML in RSS, plain in Atom.
    fn take_body(&mut self) -> Option<Body> {
        let kind = self.attributes.get("type").unwrap_or_default();
        if self.attributes.get("mode").is_some_and(|mode| mode == "base64") {
            return self.value.take_base64();
        }
        let is_atom = self.format == Some(Format::Atom);
        match kind.trim().to_ascii_lowercase().as_str() {
            "html" | "text/html" | "xhtml" | "application/xhtml+xml" => self.value.take(Body::Html),
            "text" | "text/plain" | "plain" => self.value.take(Body::Plain),
            "" if is_atom => self.value.take(plain_unless_marked_up),
            // RFC 4287 §4.1.3.3: what is neither text nor XML is in base64.
            kind if is_atom && !kind.starts_with("text/") && !kind.ends_with("xml") => {
                self.value.take_base64()
            }
            _ => self.value.take(Body::Html),
        }
    }

    fn end_address(&mut self, field: Field) {
        let line = self.value.line().to_owned();
        match field {
            Field::Link(rank) => {
                let address = self.resolve(&line);
                match &mut self.item {
                    Some(item) => item.link.offer(rank, address),
                    None => self.feed.link.offer(rank, address),
                }
            }
            Field::Guid(rank) => {
                let denies = self.attributes.get("isPermaLink").is_some_and(|value| {
                    matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "no" | "0")
                });
                let is_permalink = rank == 0 && self.format != Some(Format::Atom) && !denies;
                self.with_item(|item| {
                    item.notes.guid_is_permalink = is_permalink || item.notes.guid_is_permalink;
                    item.guid.offer(rank, line);
                });
            }
            _ => self.image(3, line.starts_with("http").then_some(line.as_str())),
        }
    }

    /// Only a date that can be read counts: an odd one must not hide another.
    fn end_date(&mut self, published: Option<u8>, updated: Option<u8>) {
        let line = self.value.line();
        if date::read(line).is_none() {
            return;
        }
        let line = line.to_owned();
        match (&mut self.item, updated) {
            (Some(item), _) => {
                if let Some(rank) = updated {
                    item.updated.offer(rank, line.clone());
                }
                if let Some(rank) = published {
                    item.published.offer(rank, line);
                }
            }
            (None, Some(rank)) => self.feed.updated.offer(rank, line),
            (None, None) => {}
        }
    }

    fn end_origin(&mut self) {
        let name = self.value.line().to_owned();
        let address = self.attributes.get("url").map(|url| self.resolve(&url));
        self.with_item(|item| {
            let origin = item.notes.origin.get_or_insert_with(no_origin);
            origin.title = Some(name);
            if let Some(address) = address {
                origin.url = url::Url::parse(&address).ok();
            }
        });
    }

    fn end_line(&mut self, field: Field) {
        let line = self.value.line().to_owned();
        match field {
            Field::Author => {
                let name = person::name(&line);
                if let Some(name) = name {
                    self.with_item(|item| draft::sign(&mut item.authors, name));
                }
            }
            Field::Publisher => self.with_item(|item| item.publisher = person::name(&line)),
            Field::Category => {
                let scheme = ["domain", "scheme"]
                    .iter()
                    .find_map(|name| self.attributes.get(name));
                let scheme = scheme.map(|scheme| scheme.trim().to_owned());
                self.term(&line, scheme);
            }
            Field::Keywords => line
                .split([',', '،', ';'])
                .for_each(|name| self.term(name.trim(), None)),
            Field::Language => match &mut self.item {
                Some(item) => item.notes.language = Some(line),
                None => self.feed.language = Some(line),
            },
            Field::PersonName => self.person.name = Some(line),
            Field::PersonEmail => self.person.email = Some(line),
            Field::Ttl => self.feed.ttl = line.parse().ok(),
            Field::SkipHour => self.feed.skip_hour(&line),
            Field::SkipDay => self.feed.skip_day(&line),
            Field::UpdatePeriod => self.feed.update_period(&line),
            Field::UpdateFrequency => self.feed.frequency = line.parse().ok(),
            _ => {}
        }
    }
}

/// Atom without a type is plain text, but much of it is HTML that was forgotten to be declared.
fn plain_unless_marked_up(text: String) -> Body {
    let is_reference = |at: usize| entity::resolve(&text[at..], true).is_some();
    let has_tags =
        text.contains("</") || text.contains("/>") || text.contains("<br>") || text.contains("<p>");
    if has_tags || text.match_indices('&').any(|(at, _)| is_reference(at)) {
        Body::Html(text)
    } else {
        Body::Plain(text)
    }
}
