//! JSON Feed 1.1.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::model::FileFormat;

use super::related::Named;
use super::shown::{Head, Shown};
use super::{Error, between, unwritable};

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: String,
    feed_url: String,
    description: &'a str,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    _source: About,
    _related: About,
}

#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

/// What an extension of the items means.
#[derive(Serialize)]
struct About {
    about: &'static str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    _source: Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    _related: Option<Related<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Source<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_in: Vec<Other<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    story: Vec<Other<'a>>,
}

/// Whose words the content is.
#[derive(Serialize)]
struct Text<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Other<'a> {
    source: &'a str,
    title: &'a str,
    url: &'a str,
    date_published: String,
}

/// One member of `items`.
pub fn item(shown: &Shown<'_>, buffer: &mut Vec<u8>) -> Result<Box<str>, Error> {
    let html = shown.content().or_else(|| shown.summary());
    let item = Item {
        id: shown.id.to_string(),
        url: shown.link.as_deref(),
        title: &shown.item.title,
        // One of the two is required.
        content_text: html.is_none().then_some(&*shown.headline),
        content_html: html,
        summary: &shown.excerpt,
        image: shown.image.as_deref(),
        date_published: date(shown.published),
        date_modified: date(shown.updated),
        authors: shown.item.authors.iter().map(|name| Author { name }).collect(),
        tags: shown.topics.iter().map(|topic| topic.name.as_str()).collect(),
        language: shown.language,
        attachments: shown.attachments.iter().map(attachment).collect(),
        _source: Source {
            name: shown.source.name,
            url: shown.source.feed.as_deref(),
            home_page_url: shown.source.site.as_deref(),
        },
        _related: related(shown),
    };
    buffer.clear();
    serde_json::to_writer(&mut *buffer, &item).map_err(|error| unwritable("JSON", &error))?;
    between(buffer, "{", "}").map(Box::from)
}

/// The whole document around these items.
pub fn document<'s>(
    head: &Head<'_>,
    items: impl Iterator<Item = &'s str>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: &head.title,
        home_page_url: head.page(),
        feed_url: head.url(FileFormat::Json),
        description: &head.description,
        language: head.language,
        hubs: head.site.hub.iter().map(hub).collect(),
        _source: About {
            about: "https://www.rssboard.org/rss-specification#ltsourcegtSubelementOfLtitemgt",
        },
        _related: About {
            about: "https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7.2",
        },
    };
    serde_json::to_writer(&mut *out, &feed).map_err(|error| unwritable("JSON", &error))?;
    out.pop(); // the brace that closes the object: the items belong inside
    out.extend_from_slice(b",\"items\":[");
    for (n, item) in items.enumerate() {
        out.extend_from_slice(if n == 0 { b"\n" } else { b",\n" });
        out.extend_from_slice(item.as_bytes());
    }
    out.extend_from_slice(b"\n]}");
    Ok(())
}

/// The same article in other outlets, and the other articles of the story that the item stands for.
fn related<'a>(shown: &'a Shown<'_>) -> Option<Related<'a>> {
    let list = |named: &'a [Named<'_>]| -> Vec<Other<'a>> {
        let other = |named: &'a Named<'_>| Other {
            source: named.source,
            title: named.title,
            url: &named.link,
            date_published: date(named.published),
        };
        named.iter().map(other).collect()
    };
    let (also_in, story) = (list(&shown.copies), list(&shown.others));
    let text = shown.credit.as_ref().map(|credit| Text {
        source: credit.source,
        url: credit.link.as_deref(),
    });
    let is_any = text.is_some() || !also_in.is_empty() || !story.is_empty();
    is_any.then_some(Related { text, also_in, story })
}

fn hub(url: &url::Url) -> Hub<'_> {
    Hub {
        kind: "WebSub",
        url: url.as_str(),
    }
}

fn attachment<'a>(attachment: &'a super::shown::Attachment<'a>) -> Attachment<'a> {
    Attachment {
        url: &attachment.url,
        mime_type: attachment.media_type,
        size_in_bytes: attachment.length,
    }
}

fn date(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
