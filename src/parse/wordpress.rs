//! The posts of WordPress' REST API (<https://developer.wordpress.org/rest-api/reference/posts/>), as a feed. With
//! `_embed` they bear the names of their authors, categories and tags, and their picture.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use super::date;
use crate::model::{Body, Ending, Format, ParsedFeed, ParsedItem, ScheduleHints, Term};

/// The API gives 100 at most.
const MOST_ITEMS: usize = 1_000;
/// Authors, categories and tags of one post.
const MOST_NAMES: usize = 64;

/// Whether a list of JSON values is one of posts; an empty one is, if its address says so.
pub(super) fn is_posts(values: &[Value], base: &Url) -> bool {
    match values.first() {
        Some(first) => first.get("link").is_some() && first.pointer("/title/rendered").is_some(),
        None => base.path().contains("/wp/v2/"),
    }
}

/// What the API says when it has no posts to give.
pub(super) fn complaint(value: &Map<String, Value>) -> Option<String> {
    let message = value.get("message")?.as_str()?;
    let code = value.get("code")?.as_str()?;
    code.starts_with("rest_")
        .then(|| format!("the WordPress API answers: {message} ({code})"))
}

pub(super) fn feed(values: &[Value], base: &Url) -> ParsedFeed {
    let mut warnings = Vec::new();
    if values.len() > MOST_ITEMS {
        warnings.push(format!(
            "it holds more than {MOST_ITEMS} posts; the rest was left out"
        ));
    }
    ParsedFeed {
        format: Format::WordPress,
        title: None,
        link: base.join("/").ok(),
        language: None,
        updated: None,
        hints: ScheduleHints::default(),
        items: values
            .iter()
            .take(MOST_ITEMS)
            .map(|post| item(post, base))
            .collect(),
        // Half of a JSON document is none.
        ending: Ending::Whole,
        warnings,
    }
}

fn item(post: &Value, base: &Url) -> ParsedItem {
    let text = |pointer: &str| {
        let text = post.pointer(pointer)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let address = |pointer: &str| base.join(&text(pointer)?).ok();
    ParsedItem {
        guid: text("/guid/rendered").or_else(|| Some(post.get("id")?.as_i64()?.to_string())),
        guid_is_permalink: false,
        url: address("/link"),
        title: text("/title/rendered").map(Body::Html),
        published: moment(post, "date"),
        updated: moment(post, "modified"),
        authors: names(post, "/_embedded/author"),
        terms: terms(post),
        summary: text("/excerpt/rendered").map(Body::Html),
        content: text("/content/rendered").map(Body::Html),
        image: address("/_embedded/wp:featuredmedia/0/source_url"),
        ..ParsedItem::default()
    }
}

/// `date_gmt` is UTC and does not say so; `date` is local time of a zone that is not told.
fn moment(post: &Value, name: &str) -> Option<DateTime<Utc>> {
    let utc = post.get(format!("{name}_gmt")).and_then(Value::as_str);
    let written = utc.or_else(|| post.get(name)?.as_str())?;
    date(written)
}

fn names(value: &Value, pointer: &str) -> Vec<String> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .take(MOST_NAMES)
        .filter_map(|entry| Some(entry.get("name")?.as_str()?.trim().to_owned()))
        .filter(|name| !name.is_empty())
        .collect()
}

/// Each taxonomy is a list of its own: categories before tags, and those of a theme after them.
fn terms(post: &Value) -> Vec<Term> {
    let taxonomies = post.pointer("/_embedded/wp:term").and_then(Value::as_array);
    let entries = taxonomies
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten();
    entries
        .take(MOST_NAMES)
        .filter_map(|term| {
            let name = term.get("name")?.as_str()?.trim();
            // What a post is in when its author chose nothing.
            let is_none = term.get("slug").and_then(Value::as_str) == Some("uncategorized");
            (!name.is_empty() && !is_none).then(|| Term {
                name: name.to_owned(),
                scheme: term.get("taxonomy").and_then(Value::as_str).map(str::to_owned),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Error;

    fn base() -> Url {
        Url::parse("https://news.example/wp-json/wp/v2/posts?_embed").unwrap()
    }

    fn read(text: &str) -> Result<ParsedFeed, Error> {
        crate::parse::feed(text.as_bytes(), Some("application/json"), &base())
    }

    #[test]
    fn a_post_is_an_item() {
        let feed = read(
            r#"[{"id":7,"date":"2024-08-27T12:00:00","date_gmt":"2024-08-27T10:00:00","modified_gmt":"2024-08-27T11:00:00",
            "guid":{"rendered":"https://news.example/?p=7"},"link":"https://news.example/7/oil/","title":{"rendered":"Oil &#038; gas"},
            "excerpt":{"rendered":"<p>Short</p>\n"},"content":{"rendered":"<p>Long</p>\n","protected":false},
            "_embedded":{"author":[{"name":"Amal"}],"wp:featuredmedia":[{"source_url":"https://news.example/7.jpg"}],
            "wp:term":[[{"name":"Libya","taxonomy":"category","slug":"libya"},{"name":"None","slug":"uncategorized"}],
            [{"name":"AFRICOM","taxonomy":"post_tag","slug":"africom"}]]}}]"#,
        )
        .unwrap();
        assert_eq!(feed.format, Format::WordPress);
        let [item] = &feed.items[..] else {
            panic!("{:?}", feed.items)
        };
        assert_eq!(item.guid.as_deref(), Some("https://news.example/?p=7"));
        assert_eq!(item.url.as_ref().unwrap().as_str(), "https://news.example/7/oil/");
        assert_eq!(item.title, Some(Body::Html("Oil &#038; gas".into())));
        assert_eq!(item.published.unwrap().to_rfc3339(), "2024-08-27T10:00:00+00:00");
        assert_eq!(item.updated.unwrap().to_rfc3339(), "2024-08-27T11:00:00+00:00");
        assert_eq!(item.authors, ["Amal"]);
        assert_eq!(
            item.image.as_ref().unwrap().as_str(),
            "https://news.example/7.jpg"
        );
        let terms: Vec<_> = item
            .terms
            .iter()
            .map(|term| (term.name.as_str(), term.scheme.as_deref()))
            .collect();
        assert_eq!(
            terms,
            [("Libya", Some("category")), ("AFRICOM", Some("post_tag"))]
        );
        assert_eq!(item.content, Some(Body::Html("<p>Long</p>".into())));
    }

    #[test]
    fn odd_posts_cost_only_themselves_and_other_lists_are_none() {
        let feed = read(r#"[{"link":"/1","title":{"rendered":"A"}},{"link":3},null,"x"]"#).unwrap();
        assert_eq!(feed.items.len(), 4);
        assert_eq!(read("[]").unwrap().items.len(), 0);
        assert!(read("[1, 2]").is_err());
        assert!(read(r#"[{"a": 1}]"#).is_err());
        let error = read(r#"{"code":"rest_no_route","message":"No route was found.","data":{"status":404}}"#);
        assert!(error.unwrap_err().to_string().contains("No route was found"));
    }
}
