//! Sitemaps (<https://www.sitemaps.org/protocol.html>): addresses with the day of their last change, with Google's
//! extensions for news and images, as XML, packed XML, or one address per line; and indexes of sitemaps.

use std::borrow::Cow;
use std::io::Read;

use chrono::{DateTime, Utc};
use flate2::bufread::GzDecoder;
use url::Url;

use super::token::{Token, Tokens};
use super::{Error, date, encoding};
use crate::model::entity::resolve_all;
use crate::model::{Body, ParsedChild, ParsedItem, ParsedSitemap, Term};

/// A sitemap holds no more addresses …
const MOST_ENTRIES: usize = 50_000;
/// … and no more bytes.
const MOST_BYTES: u64 = 50 << 20;
/// Keywords of one article.
const MOST_KEYWORDS: usize = 64;
/// A value longer than this is cut.
const LONGEST: usize = 8 << 10;

/// Reads a sitemap or an index of sitemaps. Never panics. `address` is where it came from.
///
/// # Errors
/// When it is something else, in words for the operator.
pub fn sitemap(bytes: &[u8], content_type: Option<&str>, address: &Url) -> Result<ParsedSitemap, Error> {
    let bytes = unpacked(bytes)?;
    let (text, warning) = encoding::decode(&bytes, content_type, address);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut sitemap = if text.starts_with('<') {
        xml(text, address)?
    } else {
        lines(text)?
    };
    sitemap.warnings.extend(warning);
    Ok(sitemap)
}

/// Sitemaps are often kept packed, and served as the packed file they are.
fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut all = Vec::new();
    let read = GzDecoder::new(bytes).take(MOST_BYTES + 1).read_to_end(&mut all);
    if all.len() as u64 > MOST_BYTES {
        return Err(Error(
            "the packed sitemap holds more than 50 MiB, which none may".into(),
        ));
    }
    // What came before the fault is as good as a sitemap that was cut.
    match read {
        Err(error) if all.is_empty() => Err(Error(format!("the packed sitemap is broken: {error}"))),
        _ => Ok(Cow::Owned(all)),
    }
}

/// What an entry is made of, while it is read.
#[derive(Default)]
struct Entry {
    address: String,
    changed: String,
    title: String,
    published: String,
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

fn xml(text: &str, address: &Url) -> Result<ParsedSitemap, Error> {
    let mut sitemap = ParsedSitemap::default();
    let mut is_known = false;
    let mut entry: Option<Entry> = None;
    let mut place = Place::default();
    // The text since the last tag.
    let mut value = String::new();
    for token in Tokens::new(text) {
        match token {
            Token::Text(text) => push(&mut value, &resolve_all(text, false)),
            Token::Cdata(text) => push(&mut value, text),
            Token::Start { name, is_empty, .. } => {
                value.clear();
                let name = local(name);
                if !is_known {
                    is_known = true;
                    refuse(&name)?;
                }
                match name.as_str() {
                    "url" | "sitemap" if !is_empty => {
                        // The one before may not have been closed.
                        finish(
                            entry.replace(Entry::default()),
                            name == "sitemap",
                            address,
                            &mut sitemap,
                        );
                        place = Place::Entry;
                    }
                    "news" if !is_empty => place = Place::News,
                    "publication" if !is_empty => place = Place::Publication,
                    "image" if !is_empty => place = Place::Image,
                    _ => {}
                }
            }
            Token::End(name) => {
                let name = local(name);
                match (name.as_str(), &mut entry) {
                    ("url" | "sitemap", _) => {
                        finish(entry.take(), name == "sitemap", address, &mut sitemap);
                    }
                    ("publication", _) => place = Place::News,
                    ("news" | "image", _) => place = Place::Entry,
                    (_, Some(entry)) => entry.note(place, &name, &value),
                    (_, None) => {}
                }
                value.clear();
            }
        }
        if sitemap.items.len() + sitemap.children.len() >= MOST_ENTRIES {
            let message = format!("it holds {MOST_ENTRIES} addresses or more; the rest was left out");
            sitemap.warnings.push(message);
            return Ok(sitemap);
        }
    }
    sitemap.is_cut = !ends_whole(text);
    if is_known {
        Ok(sitemap)
    } else {
        Err(Error("it holds no sitemap".into()))
    }
}

fn ends_whole(text: &str) -> bool {
    let end = text.trim_end().as_bytes();
    // Only the closing tag of the document is looked for.
    let tail = &end[end.len().saturating_sub(64)..];
    let tail = String::from_utf8_lossy(tail).to_ascii_lowercase();
    tail.contains("urlset>") || tail.contains("sitemapindex>")
}

fn push(value: &mut String, text: &str) {
    if value.len() < LONGEST {
        value.push_str(text);
    }
}

/// The name without its prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// What is no sitemap is called what it is.
fn refuse(root: &str) -> Result<(), Error> {
    let message = match root {
        "urlset" | "sitemapindex" => return Ok(()),
        "rss" | "feed" | "rdf" => "it is a feed, not a sitemap; use feed = \"…\" instead of sitemap",
        "html" | "head" | "body" => "it is a web page, not a sitemap; use page = \"…\" instead of sitemap",
        other => {
            return Err(Error(format!(
                "it is no sitemap: its first element is {:.40}",
                other
            )));
        }
    };
    Err(Error(message.into()))
}

impl Entry {
    fn note(&mut self, place: Place, name: &str, value: &str) {
        let field = match (place, name) {
            (Place::Entry, "loc") => &mut self.address,
            (Place::Entry, "lastmod") => &mut self.changed,
            (Place::News, "title") => &mut self.title,
            (Place::News, "publication_date") => &mut self.published,
            (Place::News, "keywords") => &mut self.keywords,
            (Place::Publication, "language") => &mut self.language,
            (Place::Image, "loc") => &mut self.image,
            _ => return,
        };
        // The first picture is the one that stands for the article.
        if field.is_empty() {
            value.trim().clone_into(field);
        }
    }
}

fn finish(entry: Option<Entry>, is_child: bool, address: &Url, sitemap: &mut ParsedSitemap) {
    let Some(entry) = entry else { return };
    let web = |written: &str| {
        let url = address.join(written).ok();
        url.filter(|url| !written.is_empty() && matches!(url.scheme(), "http" | "https"))
    };
    let Some(url) = web(&entry.address) else { return };
    let changed = moment(&entry.changed);
    if is_child {
        sitemap.children.push(ParsedChild { url, changed });
        return;
    }
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    let keywords = entry
        .keywords
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    sitemap.items.push(ParsedItem {
        url: Some(url),
        title: text(entry.title).map(Body::Plain),
        published: moment(&entry.published),
        updated: changed,
        terms: keywords
            .take(MOST_KEYWORDS)
            .map(|name| Term {
                name: name.to_owned(),
                scheme: None,
            })
            .collect(),
        image: web(&entry.image),
        language: text(entry.language),
        ..ParsedItem::default()
    });
}

fn moment(written: &str) -> Option<DateTime<Utc>> {
    Some(written).filter(|written| !written.is_empty()).and_then(date)
}

/// One address per line.
fn lines(text: &str) -> Result<ParsedSitemap, Error> {
    let addresses = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let urls: Option<Vec<Url>> = addresses
        .take(MOST_ENTRIES)
        .map(|line| {
            Url::parse(line)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"))
        })
        .collect();
    match urls {
        Some(urls) if !urls.is_empty() => Ok(ParsedSitemap {
            items: urls
                .into_iter()
                .map(|url| ParsedItem {
                    url: Some(url),
                    ..ParsedItem::default()
                })
                .collect(),
            ..ParsedSitemap::default()
        }),
        _ => Err(Error(
            "it is no sitemap: neither XML nor a list of addresses".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn read(document: &[u8]) -> Result<ParsedSitemap, Error> {
        let address = Url::parse("https://news.example/maps/sitemap.xml").unwrap();
        sitemap(document, None, &address)
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://news.example/2024/a?x=1&amp;y=2</loc><lastmod>2024-08-28</lastmod>
 <n:news><n:publication><n:name>The Paper</n:name><n:language>ar</n:language></n:publication>
 <n:publication_date>2024-08-27T10:00:00+02:00</n:publication_date><n:title><![CDATA[Oil & gas]]></n:title>
 <n:keywords>Libya, oil , ,gas</n:keywords></n:news>
 <image:image><image:loc>https://cdn.example/1.jpg</image:loc><image:title>Not the title</image:title></image:image>
 <image:image><image:loc>https://cdn.example/2.jpg</image:loc></image:image></url>
<url><loc> /2024/b </loc></url>
<url><loc>javascript:alert(1)</loc></url>
</urlset>"#;

    #[test]
    fn an_entry_has_what_the_news_extension_says() {
        for document in [NEWS.as_bytes().to_vec(), packed(NEWS.as_bytes())] {
            let sitemap = read(&document).unwrap();
            assert!(!sitemap.is_cut && sitemap.children.is_empty());
            let [a, b] = &sitemap.items[..] else {
                panic!("{:?}", sitemap.items)
            };
            assert_eq!(
                a.url.as_ref().unwrap().as_str(),
                "https://news.example/2024/a?x=1&y=2"
            );
            assert_eq!(a.title, Some(Body::Plain("Oil & gas".into())));
            assert_eq!(a.published.unwrap().to_rfc3339(), "2024-08-27T08:00:00+00:00");
            assert_eq!(a.updated.unwrap().to_rfc3339(), "2024-08-28T00:00:00+00:00");
            assert_eq!(a.language.as_deref(), Some("ar"));
            assert_eq!(a.image.as_ref().unwrap().as_str(), "https://cdn.example/1.jpg");
            let names: Vec<&str> = a.terms.iter().map(|term| term.name.as_str()).collect();
            assert_eq!(names, ["Libya", "oil", "gas"]);
            assert_eq!(b.url.as_ref().unwrap().as_str(), "https://news.example/2024/b");
            assert_eq!((&b.title, b.published, b.updated), (&None, None, None));
        }
    }

    #[test]
    fn an_index_names_its_sitemaps() {
        let index = "<sitemapindex><sitemap><loc>https://news.example/post-1.xml</loc><lastmod>2024-08-01T00:00:00Z</lastmod></sitemap>\
                     <sitemap><loc>post-2.xml.gz</loc></sitemap></sitemapindex>";
        let sitemap = read(index.as_bytes()).unwrap();
        let children: Vec<(&str, bool)> = sitemap
            .children
            .iter()
            .map(|child| (child.url.as_str(), child.changed.is_some()))
            .collect();
        assert_eq!(
            children,
            [
                ("https://news.example/post-1.xml", true),
                ("https://news.example/maps/post-2.xml.gz", false)
            ]
        );
    }

    #[test]
    fn a_list_of_addresses_is_a_sitemap() {
        let sitemap = read(b"\xef\xbb\xbfhttps://news.example/1\r\n\r\nhttps://news.example/2\n").unwrap();
        assert_eq!(sitemap.items.len(), 2);
    }

    #[test]
    fn what_is_no_sitemap_is_called_what_it_is() {
        for (document, words) in [
            ("<!doctype html><html><body>Hello</body></html>", "use page"),
            (
                "<?xml version='1.0'?><rss version='2.0'><channel/></rss>",
                "use feed",
            ),
            ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "use feed"),
            ("<error/>", "its first element is error"),
            ("{\"a\": 1}", "neither XML nor"),
            ("", "neither XML nor"),
            ("<!-- nothing -->", "no sitemap"),
        ] {
            let error = read(document.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(words), "{document}: {error}");
        }
    }

    #[test]
    fn a_broken_sitemap_is_read_as_far_as_it_goes() {
        for (document, count, is_cut) in [
            (
                "<urlset><url><loc>https://a.example/1</loc></url><url><loc>https://a.exa",
                1,
                true,
            ),
            (
                "<urlset><url><loc>https://a.example/1</loc><url><loc>https://a.example/2</loc></url></urlset>",
                2,
                false,
            ),
            (
                "<urlset><url><loc>https://a.example/1</loc><lastmod>soon</lastmod></url></urlset>",
                1,
                false,
            ),
            ("<urlset></urlset>", 0, false),
        ] {
            let sitemap = read(document.as_bytes()).unwrap();
            assert_eq!(
                (sitemap.items.len(), sitemap.is_cut),
                (count, is_cut),
                "{document}"
            );
        }
        let whole = packed(NEWS.repeat(20).as_bytes());
        assert!(read(&whole[..whole.len() - 9]).is_ok());
        assert!(read(&[0x1f, 0x8b, 8, 0]).is_err());
    }

    #[test]
    fn bombs_end_within_limits() {
        let many = format!(
            "<urlset>{}</urlset>",
            "<url><loc>https://a.example/1</loc></url>".repeat(60_000)
        );
        let sitemap = read(many.as_bytes()).unwrap();
        assert_eq!((sitemap.items.len(), sitemap.warnings.len()), (MOST_ENTRIES, 1));
        let deep = format!("<urlset>{}", "<url>".repeat(1_000_000));
        assert_eq!(read(deep.as_bytes()).unwrap().items.len(), 0);
        let long = format!(
            "<urlset><url><loc>https://a.example/{}</loc></url></urlset>",
            "<![CDATA[x]]>".repeat(1_000_000)
        );
        assert!(
            read(long.as_bytes()).unwrap().items[0]
                .url
                .as_ref()
                .unwrap()
                .as_str()
                .len()
                < 2 * LONGEST
        );
        let bomb = packed(&vec![b' '; 60 << 20]);
        assert!(read(&bomb).unwrap_err().to_string().contains("50 MiB"));
    }

    proptest! {
        #[test]
        fn nothing_is_a_panic(text in "(</?(urlset|url|loc|news:news|image:image|sitemap|lastmod)>?|<!\\[CDATA\\[|\\]\\]>|https://a/|&amp;|&#|é| ){0,40}") {
            let _ = read(text.as_bytes());
            let _ = read(format!("<urlset>{text}").as_bytes());
        }
    }
}
