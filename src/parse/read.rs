//! From the Atom that [`super::rewrite`] made to our own model, by way of `feed-rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{Entry, Feed, Text};
use feed_rs::parser::Builder;
use url::Url;

use super::rewrite::{Notes, Rewritten};
use super::{Error, date};
use crate::model::{Body, Format, ParsedEnclosure, ParsedFeed, ParsedItem, Term};

pub(super) fn feed(rewritten: Rewritten) -> Result<ParsedFeed, Error> {
    let Rewritten {
        atom,
        format,
        hints,
        offer,
        language,
        items,
        ending,
        warnings,
    } = rewritten;
    let mut feed = read(&atom)?;
    drop(atom);
    if feed.entries.len() != items.len() {
        return Err(Error(
            "some of its items could not be told apart (a bug: please report its address)".into(),
        ));
    }
    let authors = names(&feed.authors);
    let entries = std::mem::take(&mut feed.entries);
    let mut items: Vec<ParsedItem> = entries
        .into_iter()
        .zip(items)
        .map(|(entry, notes)| item(entry, notes))
        .collect();
    // RFC 4287 §4.2.1: an entry without an author has the feed's.
    if format == Format::Atom {
        for item in items.iter_mut().filter(|item| item.authors.is_empty()) {
            item.authors.clone_from(&authors);
        }
    }
    Ok(ParsedFeed {
        format,
        title: feed.title.map(body),
        link: feed.links.iter().find_map(|link| Url::parse(&link.href).ok()),
        language,
        updated: feed.updated,
        hints,
        offer,
        items,
        ending,
        warnings,
    })
}

/// A panic of the parser on a document nobody thought of costs that document.
fn read(atom: &str) -> Result<Feed, Error> {
    let parser = Builder::new()
        .sanitize_content(false)
        .timestamp_parser(date::read)
        // An id that the document does not give is none: one that is made up would change with each poll.
        .id_generator(|_, _, _| String::new())
        .build();
    match catch_unwind(AssertUnwindSafe(|| parser.parse(atom.as_bytes()))) {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(error)) => Err(Error(format!("it cannot be read as a feed ({error})"))),
        Err(_) => Err(Error(
            "the parser stumbled over it (a bug: please report its address)".into(),
        )),
    }
}

fn item(entry: Entry, notes: Notes) -> ParsedItem {
    let mut url = None;
    let mut enclosures = Vec::new();
    for link in entry.links {
        let Ok(address) = Url::parse(&link.href) else {
            continue;
        };
        if link.rel.as_deref() == Some("enclosure") {
            enclosures.push(ParsedEnclosure {
                url: address,
                media_type: link.media_type,
                length: link.length,
            });
        } else {
            url = url.or(Some(address));
        }
    }
    let content = entry.content.and_then(|content| {
        let is_html = content.content_type.subty() == "html";
        let text = content.body?;
        Some(if is_html {
            Body::Html(text)
        } else {
            Body::Plain(text)
        })
    });
    ParsedItem {
        guid: Some(entry.id).filter(|id| !id.is_empty()),
        guid_is_permalink: notes.guid_is_permalink,
        url,
        title: entry.title.map(body),
        published: entry.published,
        updated: entry.updated,
        authors: names(&entry.authors),
        terms: entry
            .categories
            .into_iter()
            .map(|category| Term {
                name: category.term,
                scheme: category.scheme,
            })
            .collect(),
        summary: entry.summary.map(body),
        content,
        enclosures,
        image: notes.image,
        language: notes.language,
        origin: notes.origin,
        base: notes.base,
    }
}

fn names(people: &[feed_rs::model::Person]) -> Vec<String> {
    people.iter().filter_map(|person| person.name.clone()).collect()
}

fn body(text: Text) -> Body {
    if text.content_type.subty() == "html" {
        Body::Html(text.content)
    } else {
        Body::Plain(text.content)
    }
}
