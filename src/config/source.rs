//! `[[source]]` and what belongs to it.

use std::time::Duration;

use url::Url;

use super::expand::{Environment, expand, has_secret_path};
use super::problem::Problems;
use super::read::{ARTICLES, DAY, EVERY, HOUR, MAX_BODY, TIMEOUT, keeps_withdrawn};
use super::same::strictness;
use super::select::select;
use super::table::{Placed, Table};
use super::{Fetch, names};
use crate::model::{Secret, Source, SourceId, SourceKind};

const KNOWN: [&str; 18] = [
    "name",
    "feed",
    "page",
    "sitemap",
    "select",
    "full_text",
    "articles",
    "max_age",
    "every",
    "timeout",
    "max_body",
    "category",
    "categories",
    "tags",
    "trust",
    "headers",
    "dedupe",
    "withdrawn",
];

/// For a later version.
const PLANNED: [&str; 2] = ["include", "exclude"];

/// How long ago an entry of a sitemap may have changed to be read.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(7 * 86_400);

/// Headers that belong to the client: set by hand they would break conditional requests, limits or manners.
const OWN_HEADERS: [&str; 15] = [
    "a-im",
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "from",
    "host",
    "if-modified-since",
    "if-none-match",
    "range",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// One source. `None` only together with a problem.
pub(super) fn source(
    table: &Table<'_>,
    fetch: &Fetch,
    names: &mut names::Names,
    env: Environment<'_>,
    problems: &mut Problems,
) -> Option<Source> {
    table.check_keys(&KNOWN, &PLANNED, problems);
    let name = table.required("name", "\"Libya Review\"", problems);
    if let Some(name) = &name {
        names.source(name, problems);
    }
    let place = place(table, problems);
    let written = place.as_ref().map(|(_, written)| written.value.clone());
    let kind = place.as_ref().map(|(key, _)| kind(key, table, problems));
    let address = place.and_then(|(key, written)| address(key, &expand(written, env, problems), problems));
    let every = table.duration("every", EVERY, problems);
    let one = table.text("category", "a name such as \"Libya\"", problems);
    let categories: Vec<Placed<String>> = one
        .into_iter()
        .chain(table.texts("categories", "a list of names", problems))
        .collect();
    for category in &categories {
        names.category(category, problems);
    }
    let headers = headers(table, env, problems);
    let (name, kind, address, written) = (name?.value, kind?, address?, written?);
    Some(Source {
        id: SourceId::of(&name),
        name,
        full_text: table.flag("full_text", kind != SourceKind::Feed, problems),
        articles: table.number("articles", fetch.articles, ARTICLES, problems),
        kind,
        address,
        has_secret_address: written.contains("${"),
        has_secret_path: has_secret_path(&written),
        every: every.unwrap_or(fetch.every),
        timeout: table
            .duration("timeout", TIMEOUT, problems)
            .unwrap_or(fetch.timeout),
        max_body: table
            .size("max_body", MAX_BODY, problems)
            .unwrap_or(fetch.max_body),
        headers,
        categories: categories.into_iter().map(|category| category.value).collect(),
        tags: table
            .texts("tags", "a list of names", problems)
            .into_iter()
            .map(|tag| tag.value)
            .collect(),
        trust: table.flag("trust", false, problems),
        dedupe: strictness(table, problems),
        keeps_withdrawn: keeps_withdrawn(table, problems).unwrap_or(fetch.keeps_withdrawn),
    })
}

/// Which of the three keys names the address, and what it says.
fn place(table: &Table<'_>, problems: &mut Problems) -> Option<(&'static str, Placed<String>)> {
    const KEYS: [(&str, &str); 3] = [
        ("feed", "\"https://libyareview.com/feed/\""),
        ("page", "\"https://libyareview.com/category/libya/\""),
        ("sitemap", "\"https://libyareview.com/sitemap_index.xml\""),
    ];
    let mut given = KEYS.into_iter().filter(|(key, _)| table.has(key));
    let Some((key, example)) = given.next() else {
        problems.advise(
            table.span.clone(),
            "[[source]] has no `feed`",
            "add feed = \"https://libyareview.com/feed/\"; or page = \"…\" for a web page, sitemap = \"…\" for a sitemap",
        );
        return None;
    };
    if let Some((second, _)) = given.next() {
        problems.advise(
            table.key_span(second),
            format!("[[source]] has both `{key}` and `{second}`"),
            "a source has one address: make two sources of it",
        );
    }
    Some((key, table.text(key, example, problems)?))
}

fn kind(key: &str, table: &Table<'_>, problems: &mut Problems) -> SourceKind {
    let only_with = |wanted: &'static str, name: &'static str, problems: &mut Problems| {
        if key != wanted && table.has(name) {
            problems.advise(
                table.key_span(name),
                format!("`{name}` says something about a {wanted}, and this source has a `{key}`"),
                format!("take it out, or write {wanted} = \"…\""),
            );
        }
    };
    only_with("page", "select", problems);
    only_with("sitemap", "max_age", problems);
    match key {
        "page" => SourceKind::Page(select(table, problems).map(Box::new)),
        "sitemap" => SourceKind::Sitemap {
            max_age: table
                .duration("max_age", HOUR..=DAY * 3_650, problems)
                .unwrap_or(MAX_AGE),
        },
        _ => SourceKind::Feed,
    }
}

fn address(key: &str, text: &Placed<String>, problems: &mut Problems) -> Option<Url> {
    // feed: is what browsers once put before a feed's address: feed:https://… or feed://host/…
    let address = match text
        .value
        .strip_prefix("feed:")
        .or_else(|| text.value.strip_prefix("feeds:"))
    {
        Some(rest) if rest.starts_with("//") => {
            let scheme = if text.value.starts_with("feeds:") {
                "https:"
            } else {
                "http:"
            };
            format!("{scheme}{rest}")
        }
        Some(rest) => rest.to_owned(),
        None => text.value.clone(),
    };
    let url = Url::parse(&address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_none() {
        let advice = "write the whole http or https address, such as \"https://libyareview.com/feed/\"";
        problems.advise(
            text.span.clone(),
            format!("`{key}` in [[source]] is no address"),
            advice,
        );
    }
    url
}

fn headers(table: &Table<'_>, env: Environment<'_>, problems: &mut Problems) -> Vec<(String, Secret)> {
    let mut headers = Vec::new();
    for (name, value) in table.pairs("headers", "{ Authorization = \"Bearer ${TOKEN}\" }", problems) {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let span = value.span.clone();
        let value = expand(value, env, problems).value;
        if name.is_empty() || !name.bytes().all(is_token) {
            problems.add(span, format!("`{name}` is no name of a header"));
        } else if OWN_HEADERS.contains(&name.to_lowercase().as_str()) {
            problems.advise(
                span,
                format!("feedmill sets the header {name} itself"),
                "take it out",
            );
        } else if !value.bytes().all(|b| (0x20..0x7f).contains(&b) || b == b'\t') {
            problems.add(
                span,
                format!("the value of the header {name} holds characters that a header cannot"),
            );
        } else {
            headers.push((name, Secret::new(value)));
        }
    }
    headers
}
