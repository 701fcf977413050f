//! JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>), read leniently: ids may be numbers, and one odd field
//! costs that field.

use serde_json::{Map, Value};
use url::Url;

use super::{Error, date, wordpress};
use crate::model::{
    Body, Ending, Format, Offer, ParsedEnclosure, ParsedFeed, ParsedItem, ScheduleHints, Term,
};

/// Items of one document; the rest is left out.
const MOST_ITEMS: usize = 20_000;
/// Tags, authors and attachments of one item.
const MOST_PARTS: usize = 64;

type Object = Map<String, Value>;

pub(super) fn feed(text: &str, content_type: Option<&str>, base: &Url) -> Result<ParsedFeed, Error> {
    let document: Value =
        serde_json::from_str(text).map_err(|error| Error(format!("it is not valid JSON: {error}")))?;
    let feed = match document {
        Value::Object(feed) => feed,
        Value::Array(values) if wordpress::is_posts(&values, content_type, base) => {
            return Ok(wordpress::feed(&values, base));
        }
        _ => return Err(Error("it is JSON, but not a JSON Feed".into())),
    };
    if let Some(complaint) = wordpress::complaint(&feed) {
        return Err(Error(complaint));
    }
    let Some(Value::Array(items)) = feed.get("items") else {
        return Err(Error("it is JSON, but not a JSON Feed: it has no items".into()));
    };
    let mut warnings = Vec::new();
    if items.len() > MOST_ITEMS {
        warnings.push(format!(
            "it holds more than {MOST_ITEMS} items; the rest was left out"
        ));
    }
    let authors = authors(&feed);
    let objects = items.iter().take(MOST_ITEMS).filter_map(Value::as_object);
    Ok(ParsedFeed {
        format: Format::Json,
        title: line(&feed, "title").map(Body::Plain),
        link: address(&feed, "home_page_url", base),
        language: line(&feed, "language"),
        updated: None,
        hints: ScheduleHints::default(),
        offer: offer(&feed, base),
        items: objects.map(|object| item(object, base, &authors)).collect(),
        // Half of a JSON document is none.
        ending: Ending::Whole,
        warnings,
    })
}

/// `hubs`, of which we know only those that speak WebSub, and `feed_url`.
fn offer(feed: &Object, base: &Url) -> Offer {
    const MOST: usize = 4;
    let is_websub = |hub: &Object| {
        line(hub, "type").is_some_and(|kind| {
            ["websub", "pubsubhubbub"]
                .iter()
                .any(|known| kind.eq_ignore_ascii_case(known))
        })
    };
    let hubs = list(feed, "hubs")
        .filter_map(Value::as_object)
        .filter(|hub| is_websub(hub))
        .filter_map(|hub| address(hub, "url", base))
        .take(MOST);
    Offer {
        hubs: hubs.map(String::from).collect(),
        topic: address(feed, "feed_url", base).map(String::from),
    }
}

fn item(object: &Object, base: &Url, feed_authors: &[String]) -> ParsedItem {
    let url = address(object, "url", base);
    let outside = || address(object, "external_url", base);
    let mut authors = authors(object);
    if authors.is_empty() {
        authors = feed_authors.to_vec();
    }
    let image = address(object, "image", base).or_else(|| address(object, "banner_image", base));
    let text = |name: &str, kind: fn(String) -> Body| {
        let text = object
            .get(name)?
            .as_str()
            .filter(|text| !text.trim().is_empty())?;
        Some(kind(text.to_owned()))
    };
    ParsedItem {
        guid: line(object, "id"),
        // §items: an id is preferably the item's address, where nothing else says what that is.
        guid_is_permalink: url.is_none(),
        url: url.or_else(outside),
        title: line(object, "title").map(Body::Plain),
        published: moment(object, "date_published"),
        updated: moment(object, "date_modified"),
        authors,
        terms: list(object, "tags")
            .filter_map(|tag| {
                let name = tag.as_str().map(str::trim).filter(|name| !name.is_empty())?;
                Some(Term {
                    name: name.to_owned(),
                    scheme: None,
                })
            })
            .collect(),
        summary: text("summary", Body::Plain),
        content: text("content_html", Body::Html).or_else(|| text("content_text", Body::Plain)),
        enclosures: list(object, "attachments")
            .filter_map(|file| enclosure(file.as_object()?, base))
            .collect(),
        image,
        language: line(object, "language"),
        origin: None,
        base: None,
    }
}

fn enclosure(file: &Object, base: &Url) -> Option<ParsedEnclosure> {
    Some(ParsedEnclosure {
        url: address(file, "url", base)?,
        media_type: line(file, "mime_type"),
        length: file.get("size_in_bytes").and_then(Value::as_u64),
    })
}

/// `authors` of 1.1, else `author` of 1.0.
fn authors(object: &Object) -> Vec<String> {
    let name = |author: &Value| line(author.as_object()?, "name");
    let several: Vec<String> = list(object, "authors").filter_map(name).collect();
    if several.is_empty() {
        object.get("author").and_then(name).into_iter().collect()
    } else {
        several
    }
}

fn list<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Value> {
    object
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(MOST_PARTS)
}

/// A string or a number, without white space around it.
fn line(object: &Object, name: &str) -> Option<String> {
    let line = match object.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(line).filter(|line| !line.is_empty())
}

fn moment(object: &Object, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    date::read(&line(object, name)?)
}

fn address(object: &Object, name: &str, base: &Url) -> Option<Url> {
    base.join(&line(object, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://news.example/feed.json").unwrap()
    }

    #[test]
    fn a_feed_is_read_with_all_it_says() {
        let text = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Desk","home_page_url":"/","language":"ar",
            "authors":[{"name":"The desk"}],
            "items":[{"id":7,"url":"/a","title":"A","content_html":"<p>x</p>","summary":"s","image":"/i.jpg",
                "date_published":"2026-11-15T10:15:00+02:00","tags":["LNA"," "],"authors":[{"name":"Jo"},{"url":"x"}],
                "attachments":[{"url":"/a.mp3","mime_type":"audio/mpeg","size_in_bytes":9}]},
                {"id":"https://news.example/b","content_text":"t"},"junk"]}"#;
        let feed = feed(text, None, &base()).unwrap();
        assert_eq!(feed.title, Some(Body::Plain("Desk".into())));
        assert_eq!(feed.link.unwrap().as_str(), "https://news.example/");
        let [a, b] = &feed.items[..] else {
            panic!("{:?}", feed.items)
        };
        assert_eq!(a.guid.as_deref(), Some("7"));
        assert_eq!(a.url.as_ref().unwrap().as_str(), "https://news.example/a");
        assert!(!a.guid_is_permalink && b.guid_is_permalink);
        assert_eq!(a.published.unwrap().to_rfc3339(), "2026-11-15T08:15:00+00:00");
        assert_eq!(a.terms.len(), 1);
        assert_eq!(
            (&a.authors, &b.authors),
            (&vec!["Jo".to_owned()], &vec!["The desk".to_owned()])
        );
        assert_eq!(a.enclosures[0].length, Some(9));
        assert_eq!(b.content, Some(Body::Plain("t".into())));
    }

    #[test]
    fn what_is_no_json_feed_says_so() {
        let deep = "[".repeat(100_000);
        for text in ["{", "[]", "{}", r#"{"items":{}}"#, &deep] {
            assert!(feed(text, None, &base()).is_err());
        }
    }
}
