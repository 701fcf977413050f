//! The tables of `feeds.toml`, one function each.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::expand::{Environment, expand};
use super::problem::{Problems, nearest};
use super::same::{collapse, dedupe};
use super::source::source;
use super::table::{Placed, Table, typed};
use super::{Config, Fetch, Hub, Publish, Site, names, operate};
use crate::model::{DeclaredTopic, FileFormat};

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const DAY: Duration = Duration::from_secs(86_400);

pub(super) const EVERY: RangeInclusive<Duration> = MINUTE..=Duration::from_secs(31 * 86_400);
pub(super) const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
pub(super) const ARTICLES: RangeInclusive<usize> = 0..=10_000;
pub(super) const MAX_BODY: RangeInclusive<u64> = 1_024..=256 << 20;

/// A source to paste, for a file that has none.
const EXAMPLE_SOURCE: &str =
    "add at least one:\n[[source]]\nname = \"Libya Review\"\nfeed = \"https://libyareview.com/feed/\"";

const FORMATS: [(&str, FileFormat); 4] = [
    ("rss", FileFormat::Rss),
    ("atom", FileFormat::Atom),
    ("json", FileFormat::Json),
    ("html", FileFormat::Html),
];

/// The whole file. `None` only together with a problem.
pub(super) fn config(
    root: &DeTable<'_>,
    path: &Path,
    env: Environment<'_>,
    problems: &mut Problems,
) -> Option<Config> {
    Table::new(root, "the file", 0..0).check_keys(
        &[
            "site", "fetch", "publish", "dedupe", "serve", "log", "source", "category", "tag",
        ],
        &["feed"],
        problems,
    );
    let empty = DeTable::new();
    let section = |key, name, problems: &mut Problems| section(root, &empty, key, name, problems);
    let folder = path.parent().unwrap_or(Path::new(""));
    let site = site(&section("site", "[site]", problems), folder, env, problems);
    let fetch = fetch(&section("fetch", "[fetch]", problems), env, problems);
    let publish = publish(&section("publish", "[publish]", problems), env, problems);
    let dedupe = dedupe(&section("dedupe", "[dedupe]", problems), problems);
    let serve = operate::serve(&section("serve", "[serve]", problems), env, problems);
    let log = operate::log(&section("log", "[log]", problems), problems);
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
        dedupe,
        serve,
        log,
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
        "articles",
        "withdrawn",
        "allow_private_hosts",
        "push",
        "push_sha1",
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
        articles: table.number("articles", 50, ARTICLES, problems),
        keeps_withdrawn: keeps_withdrawn(table, problems).unwrap_or(false),
        allow_private_hosts: table.flag("allow_private_hosts", false, problems),
        push: table.flag("push", false, problems),
        push_sha1: table.flag("push_sha1", false, problems),
    }
}

/// Whether items stay in the feeds that their source has taken back, where it is said.
pub(super) fn keeps_withdrawn(table: &Table<'_>, problems: &mut Problems) -> Option<bool> {
    let given = table.text("withdrawn", "\"drop\" or \"keep\"", problems)?;
    match given.value.as_str() {
        "drop" => Some(false),
        "keep" => Some(true),
        _ => {
            let message = format!("`{}` is nothing that becomes of items", given.value);
            let advice = "write \"drop\" for feeds without what their sources took back, or \"keep\"";
            problems.advise(given.span, message, advice);
            None
        }
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

fn publish(table: &Table<'_>, env: Environment<'_>, problems: &mut Problems) -> Publish {
    table.check_keys(
        &["formats", "items", "keep", "collapse", "alerts", "archive", "hub"],
        &[],
        problems,
    );
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
    let archive = table.flag("archive", false, problems);
    if archive && !formats.contains(&FileFormat::Atom) {
        let message = "`archive` in [publish] needs feeds in Atom";
        problems.advise(table.key_span("archive"), message, "add \"atom\" to `formats`");
    }
    let keep = DAY..=Duration::from_secs(100 * 365 * 86_400);
    Publish {
        formats,
        items: table.number("items", 50, 1..=1_000, problems),
        keep: table.duration("keep", keep, problems).unwrap_or(DAY * 180),
        collapse: collapse(table, problems).unwrap_or_default(),
        alerts: table.flag("alerts", true, problems),
        archive,
        hub: hub(table, env, problems),
    }
}

fn hub(table: &Table<'_>, env: Environment<'_>, problems: &mut Problems) -> Option<Hub> {
    const EXAMPLE: &str = "\"self\" for the one in `feedmill run`, or the address of another hub";
    let hub = expand(table.text("hub", EXAMPLE, problems)?, env, problems);
    if hub.value == "self" {
        return Some(Hub::Own);
    }
    let url = Url::parse(&hub.value)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    if url.is_none() {
        let advice = format!("write {EXAMPLE}");
        problems.advise(hub.span, "`hub` in [publish] is no address of a hub", advice);
    }
    url.map(Hub::Other)
}

fn topics(
    root: &DeTable<'_>,
    key: &'static str,
    names: &mut names::Names,
    problems: &mut Problems,
) -> Vec<DeclaredTopic> {
    let (name, known): (_, &[&str]) = match key {
        "category" => ("[[category]]", &["name", "aliases", "collapse"]),
        _ => ("[[tag]]", &["name", "aliases", "match", "collapse"]),
    };
    let mut topics = Vec::new();
    for table in list(root, key, name, problems) {
        table.check_keys(known, &[], problems);
        let aliases = table.texts("aliases", "a list such as [\"Libye\", \"ليبيا\"]", problems);
        let matches_text = key == "tag" && table.flag("match", false, problems);
        let collapse = collapse(&table, problems);
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
            collapse,
        });
    }
    topics
}
