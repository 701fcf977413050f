//! RSS 2.0 with atom:link, content, dc and media.

use std::collections::BTreeMap;

use ::rss::extension::atom::{AtomExtension, Link};
use ::rss::extension::dublincore::DublinCoreExtension;
use ::rss::extension::{Extension, ExtensionMap};
use ::rss::{Category, Channel, Enclosure, Guid, Item, Source};
use chrono::{DateTime, Utc};

use crate::model::{FileFormat, Topic};

use super::address::media_type;
use super::shown::{Head, Shown};
use super::topic::{self, PLACE};
use super::{Error, Site, between, unwritable, xml_opening};

/// One `<item>…</item>`.
pub fn item(shown: &Shown<'_>, buffer: &mut Vec<u8>) -> Result<Box<str>, Error> {
    let content = shown.content();
    let item = Item {
        title: Some(shown.headline.to_string()),
        link: shown.link.as_deref().map(str::to_owned),
        description: description(shown),
        content,
        categories: place(shown),
        enclosure: shown.attachments.first().map(|attachment| Enclosure {
            url: attachment.url.to_string(),
            // RSS 2.0 demands a length; 0 stands for unknown.
            length: attachment.length.unwrap_or(0).to_string(),
            mime_type: attachment.media_type.to_owned(),
        }),
        guid: Some(Guid {
            value: shown.id.to_string(),
            permalink: false,
        }),
        pub_date: Some(date(shown.published)),
        source: shown.source.feed.as_ref().map(|feed| Source {
            url: feed.to_string(),
            title: Some(shown.source.name.to_owned()),
        }),
        extensions: media(shown),
        dublin_core_ext: dublin_core(shown),
        ..Item::default()
    };
    let channel = Channel {
        items: vec![item],
        ..Channel::default()
    };
    let item = cut(&channel, "<item>", "</item>", buffer)?;
    let topics = shown.written.iter().map(|topic| &*topic.rss);
    Ok(with_safe_title(topic::fill(
        item,
        "<category>",
        "</category>",
        topics,
    )))
}

/// One `<category>`. Its domain is the address of the topic's own feed, if it has one.
pub fn category(topic: &Topic, folder: Option<&str>, site: &Site) -> Result<Box<str>, Error> {
    let category = Category {
        name: topic.name.clone(),
        domain: folder.map(|folder| format!("{}{folder}", site.url)),
    };
    let channel = Channel {
        categories: vec![category],
        ..Channel::default()
    };
    cut(&channel, "<category", "</category>", &mut Vec::new()).map(Box::from)
}

/// The whole document around these items.
pub fn document<'s>(
    head: &Head<'_>,
    items: impl Iterator<Item = &'s str>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    const CLOSING: &str = "</channel></rss>";
    let namespaces = [
        ("atom", "http://www.w3.org/2005/Atom"),
        ("content", "http://purl.org/rss/1.0/modules/content/"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("media", "http://search.yahoo.com/mrss/"),
    ];
    let itself = Link {
        href: head.url(FileFormat::Rss),
        rel: "self".into(),
        mime_type: Some(media_type(FileFormat::Rss).into()),
        ..Link::default()
    };
    let hub = head.site.hub.iter().map(|hub| Link {
        href: hub.to_string(),
        rel: "hub".into(),
        ..Link::default()
    });
    // RFC 5005, appendix B: in Atom, under the same ids.
    let older = head.before.map(|before| Link {
        href: head.page_url(before),
        rel: "prev-archive".into(),
        mime_type: Some(media_type(FileFormat::Atom).into()),
        ..Link::default()
    });
    let links = std::iter::once(itself).chain(older).chain(hub).collect();
    let channel = Channel {
        title: head.title.clone(),
        link: head.page(),
        description: head.description.clone(),
        language: Some(head.language.to_owned()),
        last_build_date: head.updated.map(date),
        generator: Some("feedmill".into()),
        docs: Some("https://www.rssboard.org/rss-specification".into()),
        ttl: (head.site.ttl_minutes > 0).then(|| head.site.ttl_minutes.to_string()),
        atom_ext: Some(AtomExtension { links }),
        namespaces: namespaces
            .map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()))
            .into(),
        ..Channel::default()
    };
    let mut buffer = Vec::new();
    let frame = cut(&channel, "<rss ", CLOSING, &mut buffer)?;
    out.extend_from_slice(xml_opening(head).as_bytes());
    out.extend_from_slice(&frame.as_bytes()[..frame.len() - CLOSING.len()]);
    for item in items {
        out.push(b'\n');
        out.extend_from_slice(item.as_bytes());
    }
    out.push(b'\n');
    out.extend_from_slice(CLOSING.as_bytes());
    Ok(())
}

/// The summary; without one the beginning of the content, as HTML, since readers take it for that.
fn description(shown: &Shown<'_>) -> Option<String> {
    match (shown.summary(), &shown.item.content) {
        (Some(summary), _) => Some(summary),
        (None, Some(_)) => Some(maud::html! { (shown.excerpt) }.into_string()),
        (None, None) => None,
    }
}

/// Where the topics come.
fn place(shown: &Shown<'_>) -> Vec<Category> {
    let place = Category {
        name: PLACE.into(),
        domain: None,
    };
    shown.written.first().map(|_| place).into_iter().collect()
}

/// `dc:creator`, not `author`, which is for e-mail addresses.
fn dublin_core(shown: &Shown<'_>) -> Option<DublinCoreExtension> {
    let creators = shown.item.authors.clone();
    let languages: Vec<_> = shown
        .language
        .iter()
        .map(|language| (*language).to_owned())
        .collect();
    let sources: Vec<_> = shown
        .credit
        .iter()
        .map(|credit| credit.source.to_owned())
        .collect();
    (!creators.is_empty() || !languages.is_empty() || !sources.is_empty()).then(|| DublinCoreExtension {
        creators,
        languages,
        sources,
        ..DublinCoreExtension::default()
    })
}

/// The picture, and the attachments that one `enclosure` does not hold.
fn media(shown: &Shown<'_>) -> ExtensionMap {
    let attached = |url: &str| shown.attachments.iter().any(|attachment| attachment.url == url);
    let mut contents = Vec::new();
    if let Some(image) = shown.image.as_deref().filter(|image| !attached(image)) {
        contents.push(media_content([("url", image), ("medium", "image")]));
    }
    for attachment in shown.attachments.iter().skip(1) {
        let mut content = media_content([("url", &*attachment.url), ("type", attachment.media_type)]);
        if let Some(length) = attachment.length.filter(|length| *length > 0) {
            content.attrs.insert("fileSize".into(), length.to_string());
        }
        contents.push(content);
    }
    match contents.is_empty() {
        true => ExtensionMap::new(),
        false => [("media".to_owned(), [("content".to_owned(), contents)].into())].into(),
    }
}

fn media_content<const N: usize>(attributes: [(&str, &str); N]) -> Extension {
    let attrs: BTreeMap<_, _> = attributes
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    Extension {
        name: "media:content".into(),
        attrs,
        ..Extension::default()
    }
}

/// RFC 822 with a four-digit year and a two-digit day, as strict readers expect.
fn date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `channel` as XML in the buffer, from the first `from` to the last `to`, both included.
fn cut<'b>(channel: &Channel, from: &str, to: &str, buffer: &'b mut Vec<u8>) -> Result<&'b str, Error> {
    buffer.clear();
    channel
        .write_to(&mut *buffer)
        .map_err(|error| unwritable("RSS", &error))?;
    between(buffer, from, to)
}

/// RSS titles are plain text, yet many readers take them for HTML. The RSS Advisory Board's best practice is to
/// write `&` and `<` in them as hexadecimal references, which both kinds of reader show as meant.
fn with_safe_title(item: String) -> Box<str> {
    match item.split_once("</title>") {
        Some((title, rest)) if title.contains('&') => {
            let title = title.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;");
            format!("{title}</title>{rest}").into_boxed_str()
        }
        _ => item.into_boxed_str(),
    }
}
