//! One item, cleaned.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use url::Url;

use super::date::believable;
use super::entity::resolve_all;
use super::text::{cut, line, plain, text};
use super::url::{canonical, public};
use super::{html, language};
use crate::model::{Body, CleanHtml, Enclosure, Image, Item, ParsedEnclosure, ParsedItem, fold};

/// Cleans one item. `document` is the URL the feed came from, `language` the feed's own.
pub fn item(parsed: &ParsedItem, document: &Url, language: Option<&str>, now: DateTime<Utc>) -> Item {
    let address = address(parsed);
    let base = parsed.base.as_ref().or(address.as_ref()).unwrap_or(document);
    let (summary, content) = bodies(parsed, base);
    let title = title(parsed, content.as_ref().or(summary.as_ref()));
    let updated = believable(parsed.updated, now);
    // Many Atom feeds give no other date than that of the last change: better than the time of first sight.
    let published = believable(parsed.published, now).or(updated);
    let enclosures = enclosures(&parsed.enclosures);
    let image = image(parsed, &enclosures, [content.as_ref(), summary.as_ref()]);
    let declared = parsed.language.as_deref().and_then(language::language);
    Item {
        url: address.as_ref().and_then(canonical),
        link: address.as_ref().and_then(public).map(String::from),
        title,
        published,
        updated: updated.filter(|updated| published.is_none_or(|published| *updated >= published)),
        authors: authors(&parsed.authors),
        summary,
        content,
        image,
        enclosures,
        language: declared.or_else(|| language.and_then(language::language)),
    }
}

/// Where the article is: its link, else a guid that says of itself that it is one.
fn address(parsed: &ParsedItem) -> Option<Url> {
    let guid = || {
        let guid = parsed.guid.as_deref().filter(|_| parsed.guid_is_permalink)?;
        Url::parse(guid.trim()).ok()
    };
    let web = |url: &Url| matches!(url.scheme(), "http" | "https");
    parsed.url.clone().filter(web).or_else(|| guid().filter(web))
}

/// Summary and content. A summary that only repeats the beginning of the content is none.
fn bodies(parsed: &ParsedItem, base: &Url) -> (Option<CleanHtml>, Option<CleanHtml>) {
    let clean = |body: &Option<Body>| body.as_ref().and_then(|body| html::clean(body, base));
    let content = clean(&parsed.content);
    if content.is_some() && parsed.summary == parsed.content {
        return (None, content);
    }
    let summary = clean(&parsed.summary);
    let repeats = match (&summary, &content) {
        (Some(summary), Some(content)) => repeats_beginning(&text(summary), &text(content)),
        _ => false,
    };
    (summary.filter(|_| !repeats), content)
}

/// Whether `summary`, but for the dots it trails off with, is how `content` begins.
fn repeats_beginning(summary: &str, content: &str) -> bool {
    let trails_off = |c: char| c.is_whitespace() || matches!(c, '.' | '…' | '[' | ']' | '(' | ')');
    let mut content = content.split_whitespace();
    let summary = summary.trim_end_matches(trails_off);
    let mut words = summary.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(beginning) = content.next() else {
            return false;
        };
        // The last word may be cut.
        if beginning != word && !(words.peek().is_none() && beginning.starts_with(word)) {
            return false;
        }
    }
    true
}

/// The title, else the first words of the text: readers list items by something.
fn title(parsed: &ParsedItem, body: Option<&CleanHtml>) -> String {
    const LONGEST: usize = 80;
    let title = parsed.title.as_ref().map(plain).unwrap_or_default();
    if !title.is_empty() {
        return title;
    }
    let text = body.map(text).unwrap_or_default();
    let text = line(cut(&text, 4 * LONGEST));
    let Some((end, _)) = text.char_indices().nth(LONGEST) else {
        return text;
    };
    let beginning = &text[..end];
    let words = beginning
        .rfind(' ')
        .map_or(beginning, |space| &beginning[..space]);
    format!("{words}…")
}

/// Names, each once, in order.
fn authors(written: &[String]) -> Vec<String> {
    const MOST: usize = 16;
    const LONGEST: usize = 200;
    let mut seen = HashSet::new();
    let mut authors = Vec::new();
    for name in written.iter().take(4 * MOST) {
        let name = line(cut(name, LONGEST));
        if !name.is_empty() && seen.insert(fold(&name)) {
            authors.push(name);
        }
    }
    authors.truncate(MOST);
    authors
}

/// Files on the web, each once.
fn enclosures(written: &[ParsedEnclosure]) -> Vec<Enclosure> {
    const MOST: usize = 32;
    let mut enclosures: Vec<Enclosure> = Vec::new();
    for file in written {
        let Some(url) = public_file(&file.url) else {
            continue;
        };
        if enclosures.iter().any(|known| known.url == url) {
            continue;
        }
        let declared = file.media_type.as_deref().and_then(media_type);
        enclosures.push(Enclosure {
            media_type: declared.or_else(|| guessed_type(&file.url).map(str::to_owned)),
            url,
            length: file.length.filter(|length| *length > 0),
        });
        if enclosures.len() == MOST {
            break;
        }
    }
    enclosures
}

/// A file's address as written (its parameters may be a signature), without a user name.
fn public_file(url: &Url) -> Option<String> {
    super::url::absolute(url.as_str(), url)
}

/// A media type of RFC 6838 §4.2 without parameters, in lower case.
fn media_type(written: &str) -> Option<String> {
    let essence = written.split(';').next().unwrap_or(written).trim();
    let (kind, subtype) = essence.split_once('/')?;
    let restricted = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        let starts = name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        starts && name.len() <= 127 && name.bytes().all(allowed)
    };
    (restricted(kind) && restricted(subtype)).then(|| essence.to_ascii_lowercase())
}

fn guessed_type(url: &Url) -> Option<&'static str> {
    let (_, extension) = url.path().rsplit_once('.')?;
    let known = match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" => "audio/ogg",
        "opus" => "audio/opus",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "pdf" => "application/pdf",
        _ => return None,
    };
    Some(known)
}

/// The picture that stands for the item: as declared, else an attached one, else the first in its text.
fn image(parsed: &ParsedItem, enclosures: &[Enclosure], bodies: [Option<&CleanHtml>; 2]) -> Option<Image> {
    let declared = parsed.image.as_ref().and_then(public_file);
    let is_picture = |file: &&Enclosure| {
        file.media_type
            .as_deref()
            .is_some_and(|kind| kind.starts_with("image/"))
    };
    let attached = || enclosures.iter().find(is_picture).map(|file| file.url.clone());
    let shown = || bodies.into_iter().flatten().find_map(first_picture);
    declared.or_else(attached).or_else(shown)
}

/// Clean HTML writes `src` first.
fn first_picture(html: &CleanHtml) -> Option<Image> {
    let (_, after) = html.as_str().split_once("<img src=\"")?;
    let (src, _) = after.split_once('"')?;
    Some(resolve_all(src, true).into_owned())
}
