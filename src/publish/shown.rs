//! What the renderers are given: an item and a feed's own data with everything decided that all formats share.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::model::{Feed, FeedKey, FeedKind, FileFormat, Item, ItemId, PublishedItem, SourceId, Topic};

use super::address::{file_name, folder, page_folder, page_name, web_address};
use super::archive::Page;
use super::excerpt::{excerpt, without_credit};
use super::related::{self, Credit, Named};
use super::topic::Written;
use super::{Error, Site};

/// An item, ready to be written.
pub struct Shown<'a> {
    pub id: ItemId,
    pub item: &'a Item,
    /// To the second.
    pub published: DateTime<Utc>,
    /// To the second.
    pub updated: DateTime<Utc>,
    /// The title; for an item without one the beginning of its text, else its address. Never empty.
    pub headline: Cow<'a, str>,
    pub link: Option<Cow<'a, str>>,
    pub image: Option<Cow<'a, str>>,
    pub attachments: Vec<Attachment<'a>>,
    pub source: Origin<'a>,
    /// The item's own language, else its source's.
    pub language: Option<&'a str>,
    pub topics: &'a [Topic],
    /// The same, as formats write them.
    pub written: &'a [Arc<Written>],
    /// The beginning of the summary or content as plain text.
    pub excerpt: String,
    /// Whose text it is, if not the source's: the content, the summary and the excerpt say so.
    pub credit: Option<Credit<'a>>,
    /// Other outlets that have the article.
    pub copies: Vec<Named<'a>>,
    /// Further articles of the story that it stands for.
    pub others: Vec<Named<'a>>,
}

/// An attached file with a media type that every format demands.
pub struct Attachment<'a> {
    pub url: Cow<'a, str>,
    pub media_type: &'a str,
    pub length: Option<u64>,
}

/// The source an item is from.
pub struct Origin<'a> {
    pub name: &'a str,
    /// Its feed; unknown for a source that the operator has removed.
    pub feed: Option<Cow<'a, str>>,
    /// Its site.
    pub site: Option<Cow<'a, str>>,
    /// The folder of its feed under the output.
    pub folder: Option<&'a str>,
}

impl<'a> Shown<'a> {
    pub fn new(
        published: &'a PublishedItem,
        written: &'a [Arc<Written>],
        site: &'a Site,
        folders: &'a HashMap<FeedKey, String>,
    ) -> Self {
        let item = &published.item;
        let source = site.sources.get(&published.source);
        let text = item.summary.as_ref().or(item.content.as_ref());
        let mut excerpt = text
            .map(|html| excerpt(without_credit(html.as_str(), &item.title)))
            .unwrap_or_default();
        let language = item
            .language
            .as_deref()
            .or(source.and_then(|source| source.language.as_deref()));
        let credit = published
            .lender
            .as_ref()
            .map(|lender| related::credit(lender, site));
        // Another's words are no title of this.
        let own = if credit.is_none() { excerpt.as_str() } else { "" };
        let link = item.link.as_deref().and_then(web_address);
        let named = |related| related::named(related, site);
        let headline = headline(&item.title, own, link.as_deref());
        if let Some(credit) = credit.as_ref().filter(|_| !excerpt.is_empty()) {
            excerpt = format!("{excerpt} {}", related::plain_text_of(credit, language));
        }
        Self {
            id: published.id,
            item,
            published: published.published.trunc_subsecs(0),
            updated: published.updated.trunc_subsecs(0),
            headline,
            image: item.image.as_deref().and_then(web_address),
            attachments: attachments(item),
            source: origin(&published.source, site, folders),
            language,
            topics: &published.topics,
            written,
            link,
            excerpt,
            credit,
            copies: named(&published.copies),
            others: named(&published.others),
        }
    }

    /// HTML with what is said of other articles at its end, and of whose words it is.
    pub fn with_related(&self, html: &str) -> String {
        let html = self.with_credit(html);
        let also = related::also_in(&self.copies, self.language);
        let story = related::story(&self.others, self.language);
        format!("{html}{}{}", also.into_string(), story.into_string())
    }

    fn with_credit(&self, html: &str) -> String {
        let credit = self.credit.as_ref().filter(|_| !html.is_empty());
        let credit = credit.map(|credit| related::text_of(credit, self.language).into_string());
        format!("{html}{}", credit.unwrap_or_default())
    }

    /// The content as it is published. Where there is none, the summary says what there is to say of other articles.
    pub fn content(&self) -> Option<String> {
        let content = self.item.content.as_ref()?;
        Some(self.with_related(content.as_str()))
    }

    /// The summary as it is published.
    pub fn summary(&self) -> Option<String> {
        let summary = self.item.summary.as_ref().map_or("", |html| html.as_str());
        let summary = match self.item.content {
            Some(_) => self.with_credit(summary),
            None => self.with_related(summary),
        };
        Some(summary).filter(|summary| !summary.is_empty())
    }

    /// The last change with a fraction of a second taken from the id. Articles of different sources often bear the
    /// same second, and Atom readers that page by `updated` (as the feed validator does) want no two entries alike.
    pub fn stamp(&self) -> DateTime<Utc> {
        let [a, b, c, ..] = *self.id.as_bytes();
        self.updated + TimeDelta::microseconds(i64::from(u32::from_be_bytes([0, a, b, c]) % 1_000_000))
    }
}

fn headline<'a>(title: &'a str, excerpt: &str, link: Option<&str>) -> Cow<'a, str> {
    const LONGEST: usize = 80;
    if !title.trim().is_empty() {
        return Cow::Borrowed(title);
    }
    let text = if excerpt.is_empty() {
        link.unwrap_or("Untitled")
    } else {
        excerpt
    };
    match text.char_indices().nth(LONGEST) {
        None => Cow::Owned(text.to_owned()),
        Some((end, _)) => {
            let cut = &text[..end];
            let words = cut.rfind(' ').map_or(cut, |space| &cut[..space]);
            Cow::Owned(format!("{words}…"))
        }
    }
}

fn origin<'a>(id: &'a SourceId, site: &'a Site, folders: &'a HashMap<FeedKey, String>) -> Origin<'a> {
    let source = site.sources.get(id);
    Origin {
        name: source.map_or(id.as_str(), |source| &source.name),
        feed: source
            .and_then(|source| source.feed.as_deref())
            .and_then(web_address),
        site: source
            .and_then(|source| source.link.as_deref())
            .and_then(web_address),
        folder: folders.get(&FeedKey::source(id)).map(String::as_str),
    }
}

fn attachments(item: &Item) -> Vec<Attachment<'_>> {
    let known = item.enclosures.iter().filter_map(|enclosure| {
        let url = web_address(&enclosure.url)?;
        let declared = enclosure
            .media_type
            .as_deref()
            .filter(|media_type| is_media_type(media_type));
        Some(Attachment {
            media_type: declared.unwrap_or_else(|| media_type_of(&url)),
            url,
            length: enclosure.length,
        })
    });
    known.collect()
}

/// `type/subtype` of RFC 6838 names, with or without parameters.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or("");
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.is_ascii()
        && essence
            .split_once('/')
            .is_some_and(|(a, b)| is_name(a.trim()) && is_name(b.trim()))
}

/// What an address without a declared type most likely holds.
fn media_type_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or("");
    match path
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .as_deref()
    {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("mp4" | "m4v") => "video/mp4",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// What a feed's documents say of themselves.
pub struct Head<'a> {
    pub site: &'a Site,
    pub feed: &'a Feed,
    /// Under the output; empty for the root.
    pub folder: String,
    pub title: String,
    pub description: String,
    pub language: &'a str,
    /// The newest change among the items; `None` for an empty feed.
    pub updated: Option<DateTime<Utc>>,
    /// The page of old items that this is.
    pub page: Option<Page>,
    /// The page with the next older items.
    pub before: Option<i64>,
}

impl<'a> Head<'a> {
    pub fn new(site: &'a Site, feed: &'a Feed, updated: Option<DateTime<Utc>>) -> Result<Self, Error> {
        let folder = folder(feed)?;
        let (name, of) = (&feed.name, &site.title);
        let title = if feed.key.kind == FeedKind::All {
            of.clone()
        } else {
            format!("{name} · {of}")
        };
        let description = match feed.key.kind {
            FeedKind::All => format!("Everything in {of}, newest first"),
            FeedKind::Category => format!("The category {name} in {of}, newest first"),
            FeedKind::Tag => format!("What is tagged {name} in {of}, newest first"),
            FeedKind::Source => format!("What {of} has from {name}, newest first"),
            FeedKind::Health => {
                format!("Sources of {of} that fail or have gone silent, and those that are well again")
            }
        };
        // A source's feed is in its source's language; what is mixed is in the site's.
        let source = match feed.key.kind {
            FeedKind::Source => site.sources.get(&SourceId::of(&feed.key.key)),
            _ => None,
        };
        let language = source
            .and_then(|source| source.language.as_deref())
            .unwrap_or(&site.language);
        Ok(Self {
            site,
            feed,
            folder,
            title,
            description,
            language,
            updated,
            page: None,
            before: None,
        })
    }

    /// Whether this is the feed of everything.
    pub fn is_root(&self) -> bool {
        self.feed.key.kind == FeedKind::All
    }

    /// The public folder of this feed.
    pub fn home(&self) -> String {
        format!("{}{}", self.site.url, self.folder)
    }

    /// The public address of a file of this feed.
    pub fn url(&self, format: FileFormat) -> String {
        format!("{}{}", self.home(), file_name(format))
    }

    /// The public address of a page of old items of this feed.
    pub fn page_url(&self, until: i64) -> String {
        format!(
            "{}{}{}",
            self.site.url,
            page_folder(&self.folder),
            page_name(until)
        )
    }

    /// Where people read this feed: its page, or the site when pages are not published.
    pub fn page(&self) -> String {
        if self.site.publishes(FileFormat::Html) {
            self.home()
        } else {
            self.site.url.to_string()
        }
    }

    /// From this feed's folder to the root, as a relative address.
    pub fn way_to_root(&self) -> &'static str {
        match (self.is_root(), self.page.is_some()) {
            (true, false) => "",
            (true, true) => "../",
            (false, false) => "../../",
            (false, true) => "../../../",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_without_title_is_called_by_its_first_words() {
        let words = "word ".repeat(40);
        for (title, excerpt, link, expected) in [
            ("A title", "text", None, "A title"),
            ("", "Short text", None, "Short text"),
            (" ", "", Some("https://a.example/1"), "https://a.example/1"),
            ("", "", None, "Untitled"),
            ("", words.trim(), None, &format!("{}…", "word ".repeat(16).trim())),
        ] {
            assert_eq!(headline(title, excerpt, link), expected);
        }
    }

    #[test]
    fn every_attachment_has_a_media_type() {
        for (declared, expected) in [
            ("audio/ogg", true),
            ("audio/ogg; codecs=opus", true),
            ("image/svg+xml", true),
            ("jpg", false),
            ("/", false),
            ("a/b\"c", false),
            ("", false),
        ] {
            assert_eq!(is_media_type(declared), expected, "{declared}");
        }
        assert_eq!(media_type_of("https://a.example/x.MP3?y=.png"), "audio/mpeg");
        assert_eq!(media_type_of("https://a.example/x"), "application/octet-stream");
    }
}
