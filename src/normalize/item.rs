//! One item, cleaned.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use url::Url;

use super::date::believable;
use super::enclosure::{enclosures, public_file};
use super::text::{beginning, cut, line, plain, text};
use super::url::{canonical, public};
use super::{html, language};
use crate::model::entity::resolve_all;
use crate::model::{Body, CleanHtml, Enclosure, Image, Item, Origin, ParsedItem, fold};

/// Cleans one item. `document` is the URL the feed came from, `language` the feed's own; dates after `now` are in the future.
pub fn item(parsed: &ParsedItem, document: &Url, language: Option<&str>, now: DateTime<Utc>) -> Item {
    let address = address(parsed);
    let (summary, content) = bodies(parsed, base(parsed, address.as_ref(), document));
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
        origin: parsed.origin.as_ref().and_then(origin),
    }
}

/// What is said of where it is from, if that says anything.
fn origin(said: &Origin) -> Option<Origin> {
    const LONGEST: usize = 200;
    let title = said.title.as_deref().map(|title| line(cut(title, LONGEST)));
    let origin = Origin {
        title: title.filter(|title| !title.is_empty()),
        url: said.url.as_ref().and_then(public),
    };
    (origin.title.is_some() || origin.url.is_some()).then_some(origin)
}

/// One body of an item, cleaned.
pub fn body(body: &Body, parsed: &ParsedItem, document: &Url) -> Option<CleanHtml> {
    html::clean(body, base(parsed, address(parsed).as_ref(), document))
}

/// What the addresses in an item's bodies are relative to.
fn base<'a>(parsed: &'a ParsedItem, address: Option<&'a Url>, document: &'a Url) -> &'a Url {
    parsed.base.as_ref().or(address).unwrap_or(document)
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
        (Some(summary), Some(content)) => {
            let summary = text(summary);
            repeats_beginning(&summary, &beginning(content, summary.len() + 1))
        }
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
    let text = line(&body.map(|body| beginning(body, 4 * LONGEST)).unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn at(text: &str) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc())
    }

    fn html(text: &str) -> Option<Body> {
        Some(Body::Html(text.to_owned()))
    }

    fn cleaned(parsed: &ParsedItem) -> Item {
        let now = at("2024-06-01T12:00:00Z").unwrap();
        item(parsed, &url("https://news.example/feed/"), Some("en_us"), now)
    }

    #[test]
    fn an_item_has_an_identity_and_a_link_to_follow() {
        let parsed = ParsedItem {
            url: Some(url("https://me:pw@News.example/a%2db?utm_source=rss&id=1#part")),
            ..ParsedItem::default()
        };
        let item = cleaned(&parsed);
        assert_eq!(item.url.unwrap().as_str(), "https://news.example/a-b?id=1");
        assert_eq!(item.link.as_deref(), Some("https://news.example/a%2db?id=1#part"));
        for (guid, is_permalink, linked) in [
            ("https://news.example/1", true, true),
            ("https://news.example/1", false, false),
            ("1", true, false),
        ] {
            let parsed = ParsedItem {
                guid: Some(guid.to_owned()),
                guid_is_permalink: is_permalink,
                url: Some(url("javascript:alert(1)")),
                ..ParsedItem::default()
            };
            let item = cleaned(&parsed);
            assert_eq!(
                (item.url.is_some(), item.link.is_some()),
                (linked, linked),
                "{guid}"
            );
        }
    }

    #[test]
    fn addresses_are_relative_to_the_base_else_the_article_else_the_document() {
        let image = |base: Option<&str>, article: Option<&str>| {
            let parsed = ParsedItem {
                base: base.map(url),
                url: article.map(url),
                content: html("<img src=x.jpg>"),
                ..ParsedItem::default()
            };
            cleaned(&parsed).image.unwrap()
        };
        assert_eq!(image(None, None), "https://news.example/feed/x.jpg");
        assert_eq!(
            image(None, Some("https://news.example/a/b")),
            "https://news.example/a/x.jpg"
        );
        assert_eq!(
            image(Some("https://cdn.example/"), Some("https://news.example/a/b")),
            "https://cdn.example/x.jpg"
        );
    }

    #[test]
    fn a_summary_that_repeats_the_content_is_none() {
        for (summary, repeats) in [
            ("<p>The council met</p>", true),
            ("The council met on Mon […]", true),
            ("The council met on Monday. It agreed.", true),
            ("<img src=/x.jpg>The council...", true),
            ("A short word on the council", false),
            (
                "The council met on Monday. It agreed. And more than the content says",
                false,
            ),
        ] {
            let parsed = ParsedItem {
                summary: html(summary),
                content: html("<p>The <b>council</b> met on Monday.</p><p>It agreed.</p>"),
                ..ParsedItem::default()
            };
            let item = cleaned(&parsed);
            assert_eq!(item.summary.is_none(), repeats, "{summary}");
            assert!(item.content.is_some());
        }
        let alone = ParsedItem {
            summary: html("Only this"),
            ..ParsedItem::default()
        };
        assert_eq!(cleaned(&alone).summary.unwrap().as_str(), "Only this");
    }

    #[test]
    fn an_item_without_title_is_called_by_its_first_words() {
        let title = |title: &str, content: &str| {
            let parsed = ParsedItem {
                title: html(title),
                content: html(content),
                ..ParsedItem::default()
            };
            cleaned(&parsed).title
        };
        assert_eq!(title("Oil &amp; <i>gas</i>", "x"), "Oil & gas");
        assert_eq!(title(" <b></b> ", "<p>Short</p><p>post</p>"), "Short post");
        assert_eq!(title("", ""), "");
        let long = title("", &"ليبيا اليوم ".repeat(50));
        assert!(long.ends_with("ليبيا…") && long.chars().count() <= 81, "{long}");
    }

    #[test]
    fn dates_are_believed_only_when_they_can_be() {
        for (published, updated, expected) in [
            (
                "2024-05-01T10:00:00Z",
                "2024-05-02T10:00:00Z",
                ("2024-05-01T10:00:00Z", "2024-05-02T10:00:00Z"),
            ),
            (
                "2024-05-01T10:00:00Z",
                "2024-04-30T10:00:00Z",
                ("2024-05-01T10:00:00Z", ""),
            ),
            (
                "2024-05-01T10:00:00Z",
                "2099-01-01T00:00:00Z",
                ("2024-05-01T10:00:00Z", ""),
            ),
            ("2099-01-01T00:00:00Z", "", ("", "")),
            (
                "1970-01-01T00:00:00Z",
                "2024-05-02T10:00:00Z",
                ("2024-05-02T10:00:00Z", "2024-05-02T10:00:00Z"),
            ),
            (
                "",
                "2024-05-02T10:00:00Z",
                ("2024-05-02T10:00:00Z", "2024-05-02T10:00:00Z"),
            ),
        ] {
            let parsed = ParsedItem {
                published: at(published),
                updated: at(updated),
                ..ParsedItem::default()
            };
            let item = cleaned(&parsed);
            assert_eq!(
                (item.published, item.updated),
                (at(expected.0), at(expected.1)),
                "{published} {updated}"
            );
        }
    }

    #[test]
    fn authors_are_named_once() {
        let written = ["  Ann\tAuthor ", "ANN AUTHOR", "", "\u{202e}Bob\u{0}"]
            .map(str::to_owned)
            .to_vec();
        let parsed = ParsedItem {
            authors: written,
            ..ParsedItem::default()
        };
        assert_eq!(cleaned(&parsed).authors, ["Ann Author", "Bob"]);
        let many = ParsedItem {
            authors: (0..1_000).map(|n| n.to_string()).collect(),
            ..ParsedItem::default()
        };
        assert_eq!(cleaned(&many).authors.len(), 16);
    }

    #[test]
    fn the_picture_is_the_declared_one_else_the_first_shown() {
        let parsed = |image: Option<&str>| ParsedItem {
            image: image.map(url),
            content: html(
                "<img src=/t.gif width=1 height=1><p><img src='/x.jpg?a=1&amp;b=2'><img src=/y.jpg>",
            ),
            ..ParsedItem::default()
        };
        let image = |image| cleaned(&parsed(image)).image.unwrap();
        assert_eq!(
            image(Some("https://news.example/lead.jpg")),
            "https://news.example/lead.jpg"
        );
        assert_eq!(image(None), "https://news.example/x.jpg?a=1&b=2");
        assert_eq!(
            image(Some("data:image/png;base64,AA")),
            "https://news.example/x.jpg?a=1&b=2"
        );
    }

    #[test]
    fn the_language_is_the_items_else_the_feeds() {
        for (own, expected) in [(Some("ar-ly"), "ar-LY"), (Some("?"), "en-US"), (None, "en-US")] {
            let parsed = ParsedItem {
                language: own.map(str::to_owned),
                ..ParsedItem::default()
            };
            assert_eq!(cleaned(&parsed).language.as_deref(), Some(expected), "{own:?}");
        }
    }
}
