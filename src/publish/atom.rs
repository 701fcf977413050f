//! Atom 1.0.

use std::collections::BTreeMap;

use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Source, Text, WriteConfig,
};
use chrono::{DateTime, Utc};

use crate::model::{FeedKind, FileFormat, Topic, TopicKind};

use super::address::{kind_folder, media_type};
use super::related::Named;
use super::shown::{Head, Shown};
use super::topic::{self, PLACE};
use super::{Error, Site, between, unwritable, xml_opening};

/// One `<entry>…</entry>`.
pub fn entry(shown: &Shown<'_>, buffer: &mut Vec<u8>) -> Result<Box<str>, Error> {
    let mut authors: Vec<_> = shown.item.authors.iter().map(|name| person(name)).collect();
    if authors.is_empty() {
        authors.push(person(shown.source.name));
    }
    let entry = Entry {
        title: text(&shown.headline, shown, Text::plain),
        id: shown.id.to_string(),
        updated: fixed(shown.stamp()),
        published: Some(fixed(shown.published)),
        authors,
        categories: place(shown),
        links: links(shown),
        source: Some(source(shown)),
        summary: shown.summary().map(|html| text(&html, shown, Text::html)),
        content: content(shown),
        extensions: thumbnail(shown),
        ..Entry::default()
    };
    let feed = Feed {
        entries: vec![entry],
        ..Feed::default()
    };
    let entry = cut(&feed, "<entry>", "</entry>", buffer)?;
    let topics = shown.written.iter().map(|topic| &*topic.atom);
    Ok(topic::fill(entry, "<category term=\"", "\"/>", topics).into_boxed_str())
}

/// One `<category>`.
pub fn category(topic: &Topic, site: &Site) -> Result<Box<str>, Error> {
    let kind = match topic.kind {
        TopicKind::Category => FeedKind::Category,
        TopicKind::Tag => FeedKind::Tag,
    };
    let category = Category {
        term: topic.name.clone(),
        scheme: Some(format!("{}{}", site.url, kind_folder(kind))),
        label: Some(topic.name.clone()),
    };
    let feed = Feed {
        categories: vec![category],
        ..Feed::default()
    };
    cut(&feed, "<category ", "/>", &mut Vec::new()).map(Box::from)
}

/// The whole document around these entries.
pub fn document<'s>(
    head: &Head<'_>,
    entries: impl Iterator<Item = &'s str>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    const CLOSING: &str = "</feed>";
    let feed = Feed {
        title: Text::plain(&*head.title),
        id: head.home(),
        // Atom demands a date. A feed without items never changed.
        updated: fixed(head.updated.unwrap_or(NEVER)),
        authors: vec![Person {
            uri: Some(head.site.url.to_string()),
            ..person(&head.site.title)
        }],
        generator: Some(Generator {
            value: "feedmill".into(),
            ..Generator::default()
        }),
        links: feed_links(head),
        subtitle: Some(Text::plain(&*head.description)),
        namespaces: namespaces(head),
        extensions: archive(head),
        lang: Some(head.language.to_owned()),
        ..Feed::default()
    };
    let mut buffer = Vec::new();
    let frame = cut(&feed, "<feed ", CLOSING, &mut buffer)?;
    out.extend_from_slice(xml_opening(head).as_bytes());
    out.extend_from_slice(&frame.as_bytes()[..frame.len() - CLOSING.len()]);
    for entry in entries {
        out.push(b'\n');
        out.extend_from_slice(entry.as_bytes());
    }
    out.push(b'\n');
    out.extend_from_slice(CLOSING.as_bytes());
    Ok(())
}

/// The oldest date that validators hold for possible: 2000-01-01.
const NEVER: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("a date in range");

fn fixed(time: DateTime<Utc>) -> FixedDateTime {
    time.fixed_offset()
}

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        ..Person::default()
    }
}

fn text(value: &str, shown: &Shown<'_>, make: fn(String) -> Text) -> Text {
    Text {
        lang: shown.language.map(str::to_owned),
        ..make(value.to_owned())
    }
}

/// RFC 4287 §4.1.2: an entry without a link must have content. One without any text says at least its headline.
fn content(shown: &Shown<'_>) -> Option<Content> {
    let (value, content_type) = match (shown.content(), shown.summary()) {
        (Some(html), _) => (html, "html"),
        (None, Some(_)) if shown.link.is_some() => return None,
        (None, Some(html)) => (html, "html"),
        (None, None) => (shown.headline.to_string(), "text"),
    };
    Some(Content {
        value: Some(value),
        content_type: Some(content_type.into()),
        lang: shown.language.map(str::to_owned),
        ..Content::default()
    })
}

/// Where the topics come.
fn place(shown: &Shown<'_>) -> Vec<Category> {
    let place = Category {
        term: PLACE.into(),
        ..Category::default()
    };
    shown.written.first().map(|_| place).into_iter().collect()
}

fn link(rel: &str, href: String, media_type: Option<&str>) -> Link {
    Link {
        href,
        rel: rel.into(),
        mime_type: media_type.map(str::to_owned),
        ..Link::default()
    }
}

fn links(shown: &Shown<'_>) -> Vec<Link> {
    let article = shown
        .link
        .iter()
        .map(|href| link("alternate", href.to_string(), None));
    let attached = shown.attachments.iter().map(|attachment| Link {
        length: attachment.length.map(|length| length.to_string()),
        ..link(
            "enclosure",
            attachment.url.to_string(),
            Some(attachment.media_type),
        )
    });
    let related = |named: &Named<'_>, title: String| Link {
        title: Some(title),
        ..link("related", named.link.to_string(), None)
    };
    let copies = shown
        .copies
        .iter()
        .map(|copy| related(copy, copy.source.to_owned()));
    // RFC 4287 §4.2.7.2: the source of what the entry holds.
    let via = shown.credit.as_ref().and_then(|credit| {
        Some(Link {
            title: Some(credit.source.to_owned()),
            ..link("via", credit.link.as_ref()?.to_string(), None)
        })
    });
    let others = shown.others.iter();
    let others = others.map(|other| related(other, format!("{}: {}", other.source, other.title)));
    article
        .chain(attached)
        .chain(via)
        .chain(copies)
        .chain(others)
        .collect()
}

/// Itself, its page, the same in other formats, and where the feed belongs: an operator's whole site, or all its
/// feeds. The page is the only alternate: some readers take the first and some the last for the feed's address, and
/// would send people to the JSON.
fn feed_links(head: &Head<'_>) -> Vec<Link> {
    let atom = |rel, href| link(rel, href, Some(media_type(FileFormat::Atom)));
    let before = head.before.map(|before| head.page_url(before));
    // Some follow only `next`, of RFC 5005 §3; both lead to what is older. There, the newest comes first.
    let older = before
        .into_iter()
        .flat_map(|href| [atom("prev-archive", href.clone()), atom("next", href)]);
    let newest = head.url(FileFormat::Atom);
    if let Some(page) = head.page {
        let after = page.after.map(|after| head.page_url(after));
        let mut links = vec![
            atom("self", head.page_url(page.until)),
            atom("current", newest.clone()),
            atom("first", newest.clone()),
        ];
        links.extend(after.iter().map(|href| atom("next-archive", href.clone())));
        links.push(atom("previous", after.unwrap_or(newest)));
        links.extend(older);
        links.push(link("alternate", head.page(), Some(media_type(FileFormat::Html))));
        return links;
    }
    let mut links = vec![atom("self", newest.clone())];
    links.extend(head.before.map(|_| atom("first", newest)));
    links.extend(older);
    links.extend(head.site.hub.iter().map(|hub| link("hub", hub.to_string(), None)));
    links.push(link("alternate", head.page(), Some(media_type(FileFormat::Html))));
    for format in [FileFormat::Rss, FileFormat::Json] {
        if head.site.publishes(format) {
            links.push(link("related", head.url(format), Some(media_type(format))));
        }
    }
    links.push(match head.is_root() {
        true => link(
            "related",
            format!("{}feeds.opml", head.site.url),
            Some("text/x-opml"),
        ),
        false => link("related", head.site.url.to_string(), Some("text/html")),
    });
    links
}

fn namespaces(head: &Head<'_>) -> BTreeMap<String, String> {
    let media = ("media", "http://search.yahoo.com/mrss/");
    let archive = head
        .page
        .map(|_| ("fh", "http://purl.org/syndication/history/1.0"));
    std::iter::once(media)
        .chain(archive)
        .map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()))
        .collect()
}

/// RFC 5005 §4: what tells a page of old items from a feed to subscribe to.
fn archive(head: &Head<'_>) -> ExtensionMap {
    let mark = head.page.map(|_| Extension {
        name: "fh:archive".into(),
        ..Extension::default()
    });
    mark.into_iter()
        .map(|mark| ("fh".to_owned(), [("archive".to_owned(), vec![mark])].into()))
        .collect()
}

/// RFC 4287 §4.2.11: where the entry was first. Its `updated` is the entry's, the only change of the source that is
/// known to concern it.
fn source(shown: &Shown<'_>) -> Source {
    let itself = shown
        .source
        .feed
        .iter()
        .map(|feed| link("self", feed.to_string(), None));
    let site = shown
        .source
        .site
        .iter()
        .map(|site| link("alternate", site.to_string(), None));
    let unknown = || format!("urn:feedmill:source:{}", percent(shown.source.name));
    Source {
        title: Text::plain(shown.source.name),
        id: shown
            .source
            .feed
            .as_ref()
            .map_or_else(unknown, |feed| feed.to_string()),
        updated: fixed(shown.updated),
        links: itself.chain(site).collect(),
        ..Source::default()
    }
}

/// A name inside a URN.
fn percent(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes())
        .map(|part| part.replace('+', "%20"))
        .collect()
}

fn thumbnail(shown: &Shown<'_>) -> ExtensionMap {
    let Some(image) = &shown.image else {
        return ExtensionMap::new();
    };
    // The crate writes attributes of extensions as they are.
    let url = quick_xml::escape::escape(&**image).into_owned();
    let thumbnail = Extension {
        name: "media:thumbnail".into(),
        attrs: [("url".to_owned(), url)].into(),
        ..Extension::default()
    };
    [(
        "media".to_owned(),
        [("thumbnail".to_owned(), vec![thumbnail])].into(),
    )]
    .into()
}

/// `feed` as XML in the buffer, from the first `from` to the last `to`, both included.
fn cut<'b>(feed: &Feed, from: &str, to: &str, buffer: &'b mut Vec<u8>) -> Result<&'b str, Error> {
    let config = WriteConfig {
        write_document_declaration: false,
        indent_size: None,
    };
    buffer.clear();
    feed.write_with_config(&mut *buffer, config)
        .map_err(|error| unwritable("Atom", &error))?;
    between(buffer, from, to)
}
