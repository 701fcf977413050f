//! The posts of WordPress' REST API (<https://developer.wordpress.org/rest-api/reference/posts/>), as a feed. With
//! `_embed` they bear the names of their authors, categories and tags, and their picture.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use super::date;
use crate::model::{Body, Ending, Format, Offer, ParsedFeed, ParsedItem, ScheduleHints, Term};

/// The API gives 100 at most.
const MOST_ITEMS: usize = 1_000;
/// Authors, categories and tags of one post.
const MOST_NAMES: usize = 64;

/// Whether a list of JSON values is one of posts. An empty one says nothing of itself: what HTTP says of it and its
/// address must.
pub(super) fn is_posts(values: &[Value], content_type: Option<&str>, base: &Url) -> bool {
    if values.is_empty() {
        return content_type.is_some_and(is_json) && is_posts_address(base);
    }
    values.iter().any(is_post)
}

fn is_post(value: &Value) -> bool {
    value.get("link").is_some() && value.pointer("/title/rendered").is_some()
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// `/wp-json/wp/v2/posts`, or `?rest_route=/wp/v2/posts` on sites with plain addresses.
fn is_posts_address(address: &Url) -> bool {
    let is_route = |path: &str| path.trim_end_matches('/').ends_with("/wp/v2/posts");
    is_route(address.path())
        || address
            .query_pairs()
            .any(|(name, value)| name == "rest_route" && is_route(&value))
}

/// What the API says when it has no posts to give: `code`, `message` and `data.status`. Errors of its own begin with
/// `rest_`, those of plugins do not.
pub(super) fn complaint(value: &Map<String, Value>) -> Option<String> {
    let code = value.get("code")?.as_str()?;
    let message = value.get("message")?.as_str()?.trim();
    let has_status = value.get("data").is_some_and(|data| data.get("status").is_some());
    (code.starts_with("rest_") || has_status)
        .then(|| format!("the WordPress API answers: {message:.300} ({code:.60})"))
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
        offer: Offer::default(),
        items: values
            .iter()
            .take(MOST_ITEMS)
            .filter(|value| value.is_object())
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
    // A draft's is 0000-00-00T00:00:00.
    [format!("{name}_gmt"), name.to_owned()]
        .iter()
        .find_map(|name| date(post.get(name)?.as_str()?))
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
        assert_eq!(feed.items.len(), 2);
        let feed = read(r#"[null,{"link":"/1","title":{"rendered":"A"}}]"#).unwrap();
        assert_eq!(feed.items.len(), 1);
        assert!(read("[1, 2]").is_err());
        assert!(read(r#"[{"a": 1}]"#).is_err());
    }

    #[test]
    fn an_empty_list_is_a_feed_where_http_and_the_address_say_so() {
        const JSON: Option<&str> = Some("application/json; charset=UTF-8");
        for (address, content_type, is_feed) in [
            ("https://a.example/wp-json/wp/v2/posts?_embed", JSON, true),
            ("https://a.example/en/wp-json/wp/v2/posts/", JSON, true),
            ("https://a.example/?rest_route=/wp/v2/posts&_embed=1", JSON, true),
            ("https://a.example/?rest_route=%2Fwp%2Fv2%2Fposts", JSON, true),
            (
                "https://a.example/wp-json/wp/v2/posts",
                Some("application/hal+json"),
                true,
            ),
            ("https://a.example/wp-json/wp/v2/posts", Some("text/html"), false),
            ("https://a.example/wp-json/wp/v2/posts", None, false),
            ("https://a.example/wp-json/wp/v2/categories", JSON, false),
            ("https://a.example/api/news", JSON, false),
        ] {
            let read = crate::parse::feed(b"[]", content_type, &Url::parse(address).unwrap());
            assert_eq!(
                read.is_ok_and(|feed| feed.items.is_empty()),
                is_feed,
                "{address} {content_type:?}"
            );
        }
    }

    #[test]
    fn an_error_of_the_api_is_told_in_its_own_words() {
        for (answer, words) in [
            (
                r#"{"code":"rest_no_route","message":"No route was found.","data":{"status":404}}"#,
                "No route was found. (rest_no_route)",
            ),
            (
                r#"{"code":"internal_server_error","message":"A critical error.","data":{"status":500}}"#,
                "A critical error. (internal_server_error)",
            ),
            (
                r#"{"code":"other","message":"No error of the API"}"#,
                "it has no items",
            ),
            (r#"{"code":7,"message":[]}"#, "it has no items"),
        ] {
            let error = read(answer).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let long = format!(r#"{{"code":"rest_x","message":"{}"}}"#, "é".repeat(100_000));
        assert!(read(&long).unwrap_err().to_string().chars().count() < 400);
    }

    #[test]
    fn a_date_that_is_none_gives_way_to_the_local_one() {
        let feed = read(
            r#"[{"link":"/1","title":{"rendered":"A"},"date_gmt":"0000-00-00T00:00:00","date":"2024-08-27T12:00:00",
                "modified_gmt":"soon","modified":7}]"#,
        )
        .unwrap();
        assert_eq!(
            feed.items[0].published.unwrap().to_rfc3339(),
            "2024-08-27T12:00:00+00:00"
        );
        assert_eq!(feed.items[0].updated, None);
    }
}
