//! `Link` headers (RFC 8288): what a feed says of itself in its body, for those who read only headers.

use std::ops::Bound;

use axum::http::HeaderValue;
use url::Url;

use crate::model::FileFormat;

use super::kind::Kind;
use super::settings::Settings;
use super::site::Listed;

/// Whether the hub tells of changes of such a file: of feeds, and of texts that the operator adds.
pub fn names_hub(kind: Kind) -> bool {
    match kind {
        Kind::Feed(format) => format != FileFormat::Html,
        Kind::Other(media_type, _) => media_type.starts_with("text/plain"),
        Kind::Opml | Kind::Archive => false,
    }
}

fn of_text(root: &Url, hub: &Url, key: &str, kind: Kind) -> Option<HeaderValue> {
    let path = key.strip_prefix('/').filter(|_| names_hub(kind))?;
    let links = format!("<{root}{path}>; rel=\"self\", <{hub}>; rel=\"hub\"");
    HeaderValue::try_from(links).ok()
}

/// Pages of old items between two addresses, the oldest first.
fn pages<'f>(
    from: Bound<&str>,
    to: Bound<&str>,
    found: &'f Listed,
) -> impl DoubleEndedIterator<Item = &'f str> {
    let listed = found.range::<str, _>((from, to));
    listed
        .filter(|(_, (_, kind, _))| *kind == Kind::Archive)
        .filter_map(|(key, _)| key.strip_prefix('/'))
}

/// Behind all pages of this folder, whose names begin with a digit.
fn end_of(folder: &str) -> String {
    format!("{folder}:")
}

/// RFC 5005 §3 and §4. `last` is said here alone: in the documents it would change each of them whenever the oldest page
/// goes, and they are to stay as they are.
fn of_page(root: &Url, key: &str, found: &Listed) -> Option<HeaderValue> {
    let (folder, _) = key.split_at(key.rfind('/')? + 1);
    let home = folder.strip_prefix('/')?.strip_suffix("archive/")?;
    let end = end_of(folder);
    let (start, end) = (Bound::Included(folder), Bound::Excluded(end.as_str()));
    let newest = format!("{home}atom.xml");
    let older = pages(start, Bound::Excluded(key), found).next_back();
    let newer = pages(Bound::Excluded(key), end, found).next();
    let rels = [
        ("self", key.strip_prefix('/')),
        ("current", Some(newest.as_str())),
        ("first", Some(newest.as_str())),
        ("next-archive", newer),
        ("previous", newer.or(Some(newest.as_str()))),
        ("prev-archive", older),
        ("next", older),
        ("last", pages(start, end, found).next()),
    ];
    let mut links: Vec<String> = rels
        .into_iter()
        .filter_map(|(rel, path)| Some(link(root, path?, rel)))
        .collect();
    if found.contains_key(&format!("/{home}index.html")) {
        links.push(format!("<{root}{home}>; rel=\"alternate\"; type=\"text/html\""));
    }
    HeaderValue::try_from(links.join(", ")).ok()
}

/// The same for a feed in this folder that has pages. Pages are Atom: who reads RSS is shown the way there, and no more.
fn to_pages(root: &Url, folder: &str, format: FileFormat, found: &Listed) -> Vec<String> {
    let newest = format!("{folder}atom.xml");
    let folder = format!("/{folder}archive/");
    let end = end_of(&folder);
    let mut pages = pages(Bound::Included(&folder), Bound::Excluded(&end), found);
    let Some(oldest) = pages.next() else {
        return Vec::new();
    };
    let page = pages.next_back().unwrap_or(oldest);
    let rels: &[(&str, &str)] = match format {
        FileFormat::Rss => &[("prev-archive", page)],
        FileFormat::Atom => &[
            ("first", newest.as_str()),
            ("prev-archive", page),
            ("next", page),
            ("last", oldest),
        ],
        FileFormat::Json | FileFormat::Html => &[],
    };
    rels.iter().map(|(rel, path)| link(root, path, rel)).collect()
}

fn link(root: &Url, path: &str, rel: &str) -> String {
    format!("<{root}{path}>; rel=\"{rel}\"")
}

/// The links of a file: itself and its hub for a feed (as WebSub §4 wants), its page, and the feeds of a page.
pub fn of(settings: &Settings, key: &str, kind: Kind, found: &Listed) -> Option<HeaderValue> {
    let root = settings.url.as_ref()?;
    let is_there = |key: &str| found.contains_key(key);
    if kind == Kind::Archive {
        return of_page(root, key, found);
    }
    let Kind::Feed(format) = kind else {
        return settings
            .hub
            .as_ref()
            .and_then(|hub| of_text(root, hub, key, kind));
    };
    let (folder, name) = key.split_at(key.rfind('/')? + 1);
    let folder = folder.strip_prefix('/')?;
    if format == FileFormat::Html && name != "index.html" {
        return None;
    }
    let mut links = Vec::new();
    if format == FileFormat::Html {
        links.push(format!("<{root}{folder}>; rel=\"canonical\""));
        for (name, media_type) in [
            ("rss.xml", "application/rss+xml"),
            ("atom.xml", "application/atom+xml"),
            ("feed.json", "application/feed+json"),
        ] {
            if is_there(&format!("/{folder}{name}")) {
                links.push(format!(
                    "<{root}{folder}{name}>; rel=\"alternate\"; type=\"{media_type}\""
                ));
            }
        }
    } else {
        links.push(format!("<{root}{folder}{name}>; rel=\"self\""));
        links.extend(to_pages(root, folder, format, found));
        if let Some(hub) = &settings.hub {
            links.push(format!("<{hub}>; rel=\"hub\""));
        }
        if is_there(&format!("/{folder}index.html")) {
            links.push(format!("<{root}{folder}>; rel=\"alternate\"; type=\"text/html\""));
        }
    }
    HeaderValue::try_from(links.join(", ")).ok()
}
