//! The tables of `feeds.toml`, one function each.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::expand::{Environment, expand, has_secret_path};
use super::problem::{Problems, nearest};
use super::table::{Placed, Table, typed};
use super::{Config, Fetch, Publish, Site, names};
use crate::model::{DeclaredTopic, FileFormat, Secret, Source, SourceId};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

const EVERY: RangeInclusive<Duration> = MINUTE..=Duration::from_secs(31 * 86_400);
const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
const MAX_BODY: RangeInclusive<u64> = 1_024..=256 << 20;

/// A source to paste, for a file that has none.
const EXAMPLE_SOURCE: &str =
    "add at least one:\n[[source]]\nname = \"Libya Review\"\nfeed = \"https://libyareview.com/feed/\"";

const FORMATS: [(&str, FileFormat); 4] = [
    ("rss", FileFormat::Rss),
    ("atom", FileFormat::Atom),
    ("json", FileFormat::Json),
    ("html", FileFormat::Html),
];

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

/// The whole file. `None` only together with a problem.
pub(super) fn config(
    root: &DeTable<'_>,
    path: &Path,
    env: Environment<'_>,
    problems: &mut Problems,
) -> Option<Config> {
    Table::new(root, "the file", 0..0).check_keys(
        &["site", "fetch", "publish", "source", "category", "tag"],
        &["feed"],
        problems,
    );
    let empty = DeTable::new();
    let section = |key, name, problems: &mut Problems| section(root, &empty, key, name, problems);
    let folder = path.parent().unwrap_or(Path::new(""));
    let site = site(&section("site", "[site]", problems), folder, env, problems);
    let fetch = fetch(&section("fetch", "[fetch]", problems), env, problems);
    let publish = publish(&section("publish", "[publish]", problems), problems);
    let mut names = names::Names::default();
    let categories = topics(root, "category", &mut names, problems);
    let tags = topics(root, "tag", &mut names, problems);
    let sources = list(root, "source", "[[source]]", problems)
        .iter()
        .filter_map(|table| source(table, &fetch, &mut names, env, problems))
        .collect();
    if !root.contains_key("source") {
        problems.advise(0..0, "no [[source]]: there is nothing to poll", EXAMPLE_SOURCE);
    }
    Some(Config {
        site: site?,
        fetch,
        publish,
        sources,
        categories,
        tags,
    })
}

/// A `[table]`, or an empty one in its place.
fn section<'a>(
    root: &'a DeTable<'a>,
    empty: &'a DeTable<'a>,
    key: &str,
    name: &'static str,
    problems: &mut Problems,
) -> Table<'a> {
    let Some(value) = root.get(key) else {
        return Table::new(empty, name, 0..0);
    };
    match value.get_ref() {
        DeValue::Table(table) => Table::new(table, name, value.span()),
        other => {
            problems.advise(
                value.span(),
                format!("`{key}` is {}", typed(other)),
                format!("write {name}"),
            );
            Table::new(empty, name, value.span())
        }
    }
}

/// The tables of an `[[array]]`.
fn list<'a>(root: &'a DeTable<'a>, key: &str, name: &'static str, problems: &mut Problems) -> Vec<Table<'a>> {
    let Some(value) = root.get(key) else {
        return Vec::new();
    };
    let mut wrong = |value: &Spanned<DeValue<'_>>| {
        let message = format!("`{key}` is {}", typed(value.get_ref()));
        problems.advise(value.span(), message, format!("write {name}, once for each"));
    };
    let DeValue::Array(array) = value.get_ref() else {
        wrong(value);
        return Vec::new();
    };
    let mut tables = Vec::new();
    for entry in array {
        match entry.get_ref() {
            DeValue::Table(table) => tables.push(Table::new(table, name, entry.span())),
            _ => wrong(entry),
        }
    }
    tables
}

fn site(table: &Table<'_>, folder: &Path, env: Environment<'_>, problems: &mut Problems) -> Option<Site> {
    table.check_keys(&["title", "url", "output", "database", "language"], &[], problems);
    let title = table.required("title", "\"Maghreb Wire\"", problems);
    let url = table.required(
        "url",
        "\"https://feeds.example.org/\", where output/ is public",
        problems,
    );
    let url = url.and_then(|url| site_url(&expand(url, env, problems), problems));
    let path = |key: &str, default: &str, problems: &mut Problems| {
        let given = table.text(key, "a path", problems).map(|path| path.value);
        folder.join(given.unwrap_or_else(|| default.to_owned()))
    };
    let output = path("output", "output", problems);
    let database = path("database", "feedmill.db", problems);
    let language = table
        .text("language", "a language tag such as \"en\"", problems)
        .and_then(|tag| {
            let is_tag =
                |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
            if !tag.value.split('-').all(is_tag) {
                problems.advise(
                    tag.span,
                    "this is no language tag",
                    "write \"en\", \"ar\" or \"fr-TN\" (BCP 47)",
                );
                return None;
            }
            Some(tag.value)
        });
    Some(Site {
        title: title?.value,
        url: url?,
        output,
        database,
        language: language.unwrap_or("en".into()),
    })
}

/// Ends in a slash, so that the addresses of feeds can be joined to it.
fn site_url(text: &Placed<String>, problems: &mut Problems) -> Option<Url> {
    let slashed = if text.value.ends_with('/') {
        text.value.clone()
    } else {
        format!("{}/", text.value)
    };
    let is_plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
    };
    let url = Url::parse(&slashed).ok().filter(is_plain);
    if url.is_none() {
        let advice = "write an http or https address without ? and #, such as \"https://feeds.example.org/\"";
        problems.advise(
            text.span.clone(),
            "`url` in [site] is no address of a site",
            advice,
        );
    }
    url
}

fn fetch(table: &Table<'_>, env: Environment<'_>, problems: &mut Problems) -> Fetch {
    let keys = [
        "every",
        "contact",
        "timeout",
        "max_body",
        "concurrency",
        "per_host",
        "host_gap",
        "allow_private_hosts",
    ];
    table.check_keys(&keys, &[], problems);
    let contact = table.text(
        "contact",
        "\"https://example.org/about-our-bot\" or a mail address",
        problems,
    );
    Fetch {
        every: table.duration("every", EVERY, problems).unwrap_or(HOUR),
        contact: contact.and_then(|contact| self::contact(expand(contact, env, problems), problems)),
        timeout: table.duration("timeout", TIMEOUT, problems).unwrap_or(MINUTE),
        max_body: table.size("max_body", MAX_BODY, problems).unwrap_or(8 << 20),
        concurrency: table.number("concurrency", 32, 1..=1_024, problems),
        per_host: table.number("per_host", 1, 1..=16, problems),
        host_gap: table
            .duration("host_gap", Duration::ZERO..=HOUR, problems)
            .unwrap_or(Duration::from_secs(1)),
        allow_private_hosts: table.flag("allow_private_hosts", false, problems),
    }
}

/// It goes into a header: visible ASCII without the parentheses of the comment it stands in.
fn contact(contact: Placed<String>, problems: &mut Problems) -> Option<String> {
    let is_clean = contact
        .value
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'\\' | b';'));
    let is_reachable = contact.value.contains('@') || contact.value.starts_with("http");
    if is_clean && is_reachable {
        return Some(contact.value);
    }
    let advice = "write a web address or a mail address, such as \"https://example.org/about-our-bot\"";
    problems.advise(contact.span, "`contact` in [fetch] is no address", advice);
    None
}

fn publish(table: &Table<'_>, problems: &mut Problems) -> Publish {
    table.check_keys(&["formats", "items", "keep"], &[], problems);
    let mut formats = Vec::new();
    for name in table.texts("formats", "[\"rss\", \"atom\", \"json\", \"html\"]", problems) {
        match FORMATS.iter().find(|(known, _)| *known == name.value) {
            Some((_, format)) if !formats.contains(format) => formats.push(*format),
            Some(_) => problems.add(name.span, format!("`{}` is there twice", name.value)),
            None => {
                let known = FORMATS.map(|(known, _)| known);
                let advice = nearest(&name.value, known).map_or_else(
                    || format!("formats: {}", known.join(", ")),
                    |right| format!("did you mean `{right}`?"),
                );
                problems.advise(name.span, format!("unknown format `{}`", name.value), advice);
            }
        }
    }
    if formats.is_empty() {
        formats = FORMATS.map(|(_, format)| format).to_vec();
    }
    let keep = DAY..=Duration::from_secs(100 * 365 * 86_400);
    Publish {
        formats,
        items: table.number("items", 50, 1..=1_000, problems),
        keep: table.duration("keep", keep, problems).unwrap_or(DAY * 180),
    }
}

fn topics(
    root: &DeTable<'_>,
    key: &'static str,
    names: &mut names::Names,
    problems: &mut Problems,
) -> Vec<DeclaredTopic> {
    let (name, known): (_, &[&str]) = match key {
        "category" => ("[[category]]", &["name", "aliases"]),
        _ => ("[[tag]]", &["name", "aliases", "match"]),
    };
    let mut topics = Vec::new();
    for table in list(root, key, name, problems) {
        table.check_keys(known, &[], problems);
        let aliases = table.texts("aliases", "a list such as [\"Libye\", \"ليبيا\"]", problems);
        let matches_text = key == "tag" && table.flag("match", false, problems);
        let Some(name) = table.required("name", "\"Libya\"", problems) else {
            continue;
        };
        names.declare(key, &name, problems);
        for alias in &aliases {
            names.declare(key, alias, problems);
        }
        let aliases = aliases.into_iter().map(|alias| alias.value).collect();
        topics.push(DeclaredTopic {
            name: name.value,
            aliases,
            matches_text,
        });
    }
    topics
}

fn source(
    table: &Table<'_>,
    fetch: &Fetch,
    names: &mut names::Names,
    env: Environment<'_>,
    problems: &mut Problems,
) -> Option<Source> {
    let known = [
        "name",
        "feed",
        "every",
        "timeout",
        "max_body",
        "category",
        "categories",
        "tags",
        "headers",
    ];
    let planned = ["page", "sitemap", "select", "full_text", "include", "exclude"];
    table.check_keys(&known, &planned, problems);
    let name = table.required("name", "\"Libya Review\"", problems);
    let written = table.required("feed", "\"https://libyareview.com/feed/\"", problems);
    if let Some(name) = &name {
        names.source(name, problems);
    }
    let shown_feed = written
        .as_ref()
        .map(|feed| feed.value.clone())
        .unwrap_or_default();
    let feed = written.and_then(|feed| feed_url(&expand(feed, env, problems), problems));
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
    let (name, feed) = (name?.value, feed?);
    Some(Source {
        id: SourceId::of(&name),
        name,
        feed,
        has_secret_address: shown_feed.contains("${"),
        has_secret_path: has_secret_path(&shown_feed),
        every: every.unwrap_or(fetch.every),
        every_is_set: every.is_some(),
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
    })
}

fn feed_url(text: &Placed<String>, problems: &mut Problems) -> Option<Url> {
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
            "`feed` in [[source]] is no address of a feed",
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
