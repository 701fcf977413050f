//! What an element is, by where it stands and what it is called, and what becomes of it.

use url::Url;

use super::draft::{self, ItemDraft, Link};
use super::fields::Field;
use super::{MOST_ITEMS, Open, Rewriter, write};
use crate::model::{Format, Origin, Term};
use crate::parse::names::{self, Space};
use crate::parse::person;
use crate::parse::token::Attributes;

/// Where we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Outside of any feed.
    Document,
    /// `rss` or `rdf:RDF`, which hold a channel and perhaps items.
    Root,
    Channel,
    Item,
    /// Holds elements that could as well stand outside of it.
    Group,
    Person,
    /// Atom's `source`.
    Origin,
    Field(Field),
    /// An element inside a field.
    Markup,
    Skip,
}

/// The author that is being read.
#[derive(Clone, Debug, Default)]
pub(super) struct PersonDraft {
    pub text: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

pub(super) fn starts_item(local: &str) -> bool {
    local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")
}

impl<'a> Rewriter<'a> {
    /// What an element inside one with this role is.
    pub(super) fn enter(
        &mut self,
        role: Role,
        space: Space,
        name: &'a str,
        attributes: Attributes<'a>,
    ) -> Role {
        let (_, local) = names::split(name);
        let lower = local.to_ascii_lowercase();
        match role {
            Role::Document => self.root(&lower, name, attributes),
            Role::Root if lower == "channel" => Role::Channel,
            Role::Root if starts_item(&lower) => self.begin_item(attributes),
            Role::Channel if space == Space::Core => match lower.as_str() {
                "item" | "entry" => self.begin_item(attributes),
                "skiphours" | "skipdays" => Role::Group,
                "author" => self.begin_person(),
                "link" => self.channel_link(attributes),
                _ => self.begin(Field::of_channel(space, &lower), attributes),
            },
            Role::Channel => self.begin(Field::of_channel(space, &lower), attributes),
            Role::Item => self.item_element(space, &lower, attributes),
            Role::Group if self.item.is_some() => match space {
                Space::Media => self.item_element(space, &lower, attributes),
                _ => Role::Skip,
            },
            Role::Group => self.begin(Field::of_skip_list(&lower), attributes),
            Role::Person => self.begin(Field::of_person(&lower), attributes),
            Role::Origin => self.origin_element(&lower, attributes),
            Role::Field(field) if !field.is_text() => Role::Skip,
            Role::Field(_) | Role::Markup => {
                self.value.start(local, attributes);
                Role::Markup
            }
            Role::Root | Role::Skip => Role::Skip,
        }
    }

    /// Of what comes before the feed, only a web page is a reason not to look further: warnings of a broken script are not.
    fn root(&mut self, lower: &str, name: &'a str, attributes: Attributes<'a>) -> Role {
        let (format, role) = match lower {
            _ if self.format.is_some() => return Role::Skip,
            "rss" => (Format::Rss2, Role::Root),
            "rdf" => (Format::Rss1, Role::Root),
            "feed" => (Format::Atom, Role::Channel),
            "entry" => (Format::Atom, Role::Item),
            // Microsoft's CDF, or RSS whose beginning is lost.
            "channel" => (Format::Rss2, Role::Channel),
            _ => {
                self.first_element.get_or_insert(name);
                return if lower == "html" {
                    Role::Skip
                } else {
                    Role::Document
                };
            }
        };
        self.format = Some(format);
        self.feed.language = self.languages.last().map(|language| language.to_string());
        // A feed in a namespace that we do not know is in its own all the same.
        let (prefix, _) = names::split(name);
        if self.space(prefix) == Space::Other {
            self.prefixes.push((prefix, Space::Core));
        }
        if role == Role::Item {
            self.begin_item(attributes)
        } else {
            role
        }
    }

    fn begin(&mut self, field: Option<Field>, attributes: Attributes<'a>) -> Role {
        let Some(field) = field else { return Role::Skip };
        self.value.begin(field.is_text() && is_inline(attributes));
        self.attributes = attributes;
        Role::Field(field)
    }

    fn begin_person(&mut self) -> Role {
        self.person = PersonDraft::default();
        Role::Person
    }

    fn begin_item(&mut self, attributes: Attributes<'a>) -> Role {
        if self.items.len() >= MOST_ITEMS {
            self.is_full = true;
            return Role::Skip;
        }
        let mut item = ItemDraft::default();
        // `rdf:about` of RSS 1.0, `href` and `lastmod` of CDF.
        let own = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| attributes.get(name))
                .map(|value| value.trim().to_owned())
        };
        item.guid
            .offer(1, own(&["rdf:about", "about"]).filter(|guid| !guid.is_empty()));
        item.link.offer(4, own(&["href"]).map(|href| self.resolve(&href)));
        item.updated.offer(4, own(&["lastmod"]));
        item.notes.language = self.languages.last().map(|language| language.to_string());
        self.item = Some(item);
        Role::Item
    }

    fn item_element(&mut self, space: Space, lower: &str, attributes: Attributes<'a>) -> Role {
        match (space, lower) {
            (Space::Core, "author") => return self.begin_person(),
            (Space::Core, "link") if attributes.get("href").is_some() => self.item_link(attributes),
            (Space::Core, "enclosure") => self.enclosure(attributes, "url", "length"),
            (Space::Core, "category") if attributes.get("term").is_some() => self.atom_category(attributes),
            (Space::Core, "source")
                if self.format == Some(Format::Atom) && attributes.get("url").is_none() =>
            {
                return Role::Origin;
            }
            (Space::Media, "group") => return Role::Group,
            (Space::Media, "content") => {
                self.media(attributes);
                return Role::Group;
            }
            (Space::Media, "thumbnail") => self.image(1, attributes.get("url").as_deref()),
            (Space::Itunes, "image") => self.image(2, attributes.get("href").as_deref()),
            (Space::Itunes, "category") => {
                if let Some(name) = attributes.get("text") {
                    self.term(name.trim(), None);
                }
            }
            _ => return self.begin(Field::of_item(space, lower), attributes),
        }
        Role::Skip
    }

    /// An address made absolute, or as it stands where it cannot be.
    pub(super) fn resolve(&self, written: &str) -> String {
        let written = written.trim();
        match Url::parse(written) {
            Err(url::ParseError::RelativeUrlWithoutBase) => self
                .base()
                .join(written)
                .map_or_else(|_| written.to_owned(), String::from),
            _ => written.to_owned(),
        }
    }

    fn channel_link(&mut self, attributes: Attributes<'a>) -> Role {
        let Some(href) = attributes.get("href") else {
            return self.begin(Some(Field::Link(1)), attributes);
        };
        let (rank, href) = (rank(attributes), self.resolve(&href));
        let relations = attributes.get("rel").unwrap_or_default();
        self.feed.related(&relations, &href);
        if rank <= 3 {
            self.feed.link.offer(rank, href);
        }
        Role::Skip
    }

    fn item_link(&mut self, attributes: Attributes<'a>) {
        let href = attributes
            .get("href")
            .map(|href| self.resolve(&href))
            .filter(|href| !href.is_empty());
        match rank(attributes) {
            5 => self.enclosure(attributes, "href", "length"),
            rank @ 0..=3 => self.with_item(|item| item.link.offer(rank, href)),
            _ => {}
        }
    }

    fn enclosure(&mut self, attributes: Attributes<'a>, address: &str, length: &str) {
        let Some(href) = attributes.get(address).filter(|href| !href.trim().is_empty()) else {
            return;
        };
        let link = Link {
            href: self.resolve(&href),
            media_type: attributes.get("type").map(|kind| kind.trim().to_owned()),
            length: attributes
                .get(length)
                .and_then(|length| length.trim().parse().ok()),
        };
        self.with_item(|item| item.enclose(link));
    }

    fn media(&mut self, attributes: Attributes<'a>) {
        let kind = attributes.get("type").unwrap_or_default();
        let medium = attributes.get("medium").unwrap_or_default();
        if kind.starts_with("image/") || medium.eq_ignore_ascii_case("image") {
            self.image(0, attributes.get("url").as_deref());
        } else {
            self.enclosure(attributes, "url", "fileSize");
        }
    }

    pub(super) fn image(&mut self, rank: u8, address: Option<&str>) {
        // WordPress shows the author's face before the article's picture.
        let is_face = |address: &str| address.contains("gravatar.com/avatar");
        let address = address.filter(|address| !address.trim().is_empty() && !is_face(address));
        let address = address.map(|address| self.resolve(address));
        self.with_item(|item| item.image.offer(rank, address));
    }

    fn atom_category(&mut self, attributes: Attributes<'a>) {
        let label = attributes.get("label").filter(|label| !label.trim().is_empty());
        let Some(name) = label.or_else(|| attributes.get("term")) else {
            return;
        };
        let scheme = attributes.get("scheme").map(|scheme| scheme.trim().to_owned());
        self.term(name.trim(), scheme);
    }

    pub(super) fn term(&mut self, name: &str, scheme: Option<String>) {
        if !name.is_empty() {
            let term = Term {
                name: name.to_owned(),
                scheme: scheme.filter(|scheme| !scheme.is_empty()),
            };
            self.with_item(|item| item.classify(term));
        }
    }

    fn origin_element(&mut self, lower: &str, attributes: Attributes<'a>) -> Role {
        match lower {
            "title" => self.begin(Some(Field::Origin), attributes),
            "link" if matches!(rank(attributes), 0..=3) => {
                let address = attributes
                    .get("href")
                    .and_then(|href| Url::parse(&self.resolve(&href)).ok());
                self.with_item(|item| item.notes.origin.get_or_insert_with(no_origin).url = address);
                Role::Skip
            }
            _ => Role::Skip,
        }
    }

    pub(super) fn with_item(&mut self, change: impl FnOnce(&mut ItemDraft)) {
        if let Some(item) = &mut self.item {
            change(item);
        }
    }

    /// What becomes of an element when it ends.
    pub(super) fn leave(&mut self, open: &Open<'a>) {
        match open.role {
            Role::Field(field) => self.end_field(field),
            Role::Markup => self.value.end(names::split(open.name).1),
            Role::Person => self.end_person(),
            Role::Item => self.end_item(),
            _ => {}
        }
    }

    fn end_person(&mut self) {
        let person = std::mem::take(&mut self.person);
        let name = person
            .name
            .filter(|name| !name.is_empty())
            .or_else(|| person::name(&person.text));
        let Some(name) = name.or(person.email).filter(|name| !name.is_empty()) else {
            return;
        };
        let authors = match &mut self.item {
            Some(item) => &mut item.authors,
            None => &mut self.feed.authors,
        };
        draft::sign(authors, name);
    }

    fn end_item(&mut self) {
        let Some(mut item) = self.item.take() else { return };
        let is_address = item.guid.get().is_some_and(|guid| guid.starts_with("http"));
        item.notes.guid_is_permalink |=
            item.link.get().is_none() && is_address && self.format != Some(Format::Rss2);
        if item.authors.is_empty() {
            item.authors.extend(item.publisher.take());
        }
        item.notes.image = item.image.get().and_then(|image| Url::parse(image).ok());
        write::entry(&mut self.atom, &item);
        self.items.push(item.notes);
    }
}

pub(super) fn no_origin() -> Origin {
    Origin {
        title: None,
        url: None,
    }
}

/// Elements inside are its text, and its own text is markup: Atom's xhtml, Atom 0.3's `mode="xml"`.
fn is_inline(attributes: Attributes<'_>) -> bool {
    let kind = attributes.get("type").unwrap_or_default();
    kind == "xhtml" || kind == "application/xhtml+xml"
}

/// How well a link says where something is: 2 and 3 for pages, 5 for files, 9 for anything else.
fn rank(attributes: Attributes<'_>) -> u8 {
    let rel = attributes.get("rel").unwrap_or_default();
    match rel.trim().to_ascii_lowercase().as_str() {
        "" | "alternate" => {
            let kind = attributes.get("type").unwrap_or_default();
            if kind.is_empty() || kind.contains("html") {
                2
            } else {
                3
            }
        }
        "enclosure" => 5,
        _ => 9,
    }
}
