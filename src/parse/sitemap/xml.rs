//! A sitemap as XML, with whatever prefixes, read as far as it goes.

use url::Url;

use super::{MOST_ENTRIES, is_feed, is_page, is_web, warn};
use crate::model::entity::resolve_all;
use crate::model::{Body, Origin, ParsedChild, ParsedItem, ParsedSitemap, Term};
use crate::parse::token::{Token, Tokens};
use crate::parse::{Error, date};

/// Keywords of one article.
const MOST_KEYWORDS: usize = 64;
/// Bytes of a value: a text that is longer is cut, and an address is none.
pub(super) const LONGEST: usize = 8 << 10;

pub(super) fn read(text: &str, address: &Url) -> Result<ParsedSitemap, Error> {
    const HTML: &[u8] = b"<!doctype html";
    if text
        .as_bytes()
        .get(..HTML.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(HTML))
    {
        return Err(is_page());
    }
    let mut reader = Reader::new(address);
    for token in Tokens::new(text) {
        match token {
            Token::Text(text) => reader.push(&resolve_all(text, false)),
            Token::Cdata(text) => reader.push(text),
            Token::Start { name, is_empty, .. } => reader.start(&local(name), is_empty)?,
            Token::End(name) => reader.end(&local(name)),
        }
        if reader.is_full {
            break;
        }
    }
    reader.sitemap()
}

/// The name without its prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// What an entry is made of, while it is read.
#[derive(Default)]
struct Entry {
    /// It names a sitemap, not a page.
    is_child: bool,
    address: String,
    changed: String,
    title: String,
    published: String,
    publication: String,
    language: String,
    keywords: String,
    image: String,
}

/// Where in an entry the reader is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Entry,
    News,
    Publication,
    Image,
}

struct Reader<'a> {
    address: &'a Url,
    sitemap: ParsedSitemap,
    entry: Option<Entry>,
    place: Place,
    /// Where the picture is that is being read; some write it among the news.
    around_image: Place,
    /// The text since the last tag.
    value: String,
    has_root: bool,
    is_closed: bool,
    is_full: bool,
    /// Entries without an address.
    unreadable: usize,
}

impl<'a> Reader<'a> {
    fn new(address: &'a Url) -> Self {
        Self {
            address,
            sitemap: ParsedSitemap::default(),
            entry: None,
            place: Place::default(),
            around_image: Place::default(),
            value: String::new(),
            has_root: false,
            is_closed: false,
            is_full: false,
            unreadable: 0,
        }
    }

    fn push(&mut self, text: &str) {
        let text = if self.value.is_empty() {
            text.trim_start()
        } else {
            text
        };
        // More than may be, by a whole character, so that what is too long shows.
        let left = (LONGEST + 4).saturating_sub(self.value.len());
        let mut end = left.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.value.push_str(&text[..end]);
    }

    fn start(&mut self, name: &str, is_empty: bool) -> Result<(), Error> {
        self.value.clear();
        if !self.has_root {
            refuse(name)?;
            self.has_root = true;
        }
        match name {
            "urlset" | "sitemapindex" => self.is_closed = is_empty,
            _ if is_empty => {}
            "url" | "sitemap" => {
                // The one before may not have been closed.
                self.finish();
                self.entry = Some(Entry {
                    is_child: name == "sitemap",
                    ..Entry::default()
                });
                self.place = Place::Entry;
            }
            "news" => self.place = Place::News,
            "publication" => self.place = Place::Publication,
            "image" => {
                if self.place != Place::Image {
                    self.around_image = self.place;
                }
                self.place = Place::Image;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "url" | "sitemap" => self.finish(),
            "urlset" | "sitemapindex" => {
                self.finish();
                self.is_closed = true;
            }
            "publication" => self.place = Place::News,
            "news" => self.place = Place::Entry,
            "image" => self.place = self.around_image,
            _ => {
                if let Some(entry) = &mut self.entry {
                    entry.note(self.place, name, &self.value);
                }
            }
        }
        self.value.clear();
    }

    /// Keeps the entry that was read, if it is one.
    fn finish(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        let Some(url) = web(&entry.address, self.address) else {
            self.unreadable += 1;
            return;
        };
        if self.sitemap.items.len() + self.sitemap.children.len() == MOST_ENTRIES {
            self.is_full = true;
        } else if entry.is_child {
            let changed = date(&entry.changed);
            self.sitemap.children.push(ParsedChild { url, changed });
        } else {
            self.sitemap.items.push(entry.item(url, self.address));
        }
    }

    /// An entry that is still open is left out: it was cut, and comes whole another time.
    fn sitemap(mut self) -> Result<ParsedSitemap, Error> {
        if !self.has_root {
            return Err(Error("it holds no sitemap".into()));
        }
        self.sitemap.is_cut = !self.is_closed && !self.is_full;
        warn(&mut self.sitemap, self.unreadable, self.is_full);
        Ok(self.sitemap)
    }
}

/// What is no sitemap is called what it is.
fn refuse(root: &str) -> Result<(), Error> {
    match root {
        "urlset" | "sitemapindex" => Ok(()),
        "rss" | "feed" | "rdf" => Err(is_feed()),
        "html" | "head" | "body" | "meta" | "title" | "script" | "div" | "p" => Err(is_page()),
        other => Err(Error(format!(
            "it is no sitemap: its first element is {other:.40}"
        ))),
    }
}

impl Entry {
    fn note(&mut self, place: Place, name: &str, value: &str) {
        let field = match (place, name) {
            (Place::Entry, "loc") => &mut self.address,
            (Place::Entry, "lastmod") => &mut self.changed,
            (Place::News, "title") => &mut self.title,
            (Place::News, "keywords") => &mut self.keywords,
            (Place::Publication, "name") => &mut self.publication,
            // Some write them on the wrong side of the publication's end.
            (Place::News | Place::Publication, "publication_date") => &mut self.published,
            (Place::News | Place::Publication, "language") => &mut self.language,
            (Place::Image, "loc") => &mut self.image,
            _ => return,
        };
        // The first picture is the one that stands for the article.
        if field.is_empty() {
            value.trim().clone_into(field);
        }
    }

    fn item(self, url: Url, base: &Url) -> ParsedItem {
        let keywords = self.keywords.split(',').map(str::trim);
        ParsedItem {
            url: Some(url),
            published: date(&self.published),
            updated: date(&self.changed),
            terms: keywords
                .filter(|name| !name.is_empty())
                .take(MOST_KEYWORDS)
                .map(|name| Term {
                    name: name.to_owned(),
                    scheme: None,
                })
                .collect(),
            image: web(&self.image, base),
            title: given(self.title).map(Body::Plain),
            language: given(self.language),
            origin: given(self.publication).map(|name| Origin {
                title: Some(name),
                url: None,
            }),
            ..ParsedItem::default()
        }
    }
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// An address of the web, whole.
fn web(written: &str, base: &Url) -> Option<Url> {
    if written.is_empty() || written.len() > LONGEST {
        return None;
    }
    base.join(written).ok().filter(is_web)
}
