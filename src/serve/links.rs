//! `Link` headers (RFC 8288): what a feed says of itself in its body, for those who read only headers.

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

/// The newest page of old items in a folder, or the newest that is older than the one at an address.
fn newest_before<'f>(folder: &str, page: Option<&str>, found: &'f Listed) -> Option<&'f str> {
    // Behind all names that begin with a digit.
    let end = page.map_or_else(|| format!("{folder}:"), str::to_owned);
    let mut earlier = found.range(folder.to_owned()..end).rev();
    let (key, _) = earlier.find(|(_, (_, kind, _))| *kind == Kind::Archive)?;
    key.strip_prefix('/')
}

fn older(root: &Url, page: &str, names_next: bool) -> Vec<String> {
    let mut rels = vec!["prev-archive"];
    rels.extend(names_next.then_some("next"));
    let link = |rel| format!("<{root}{page}>; rel=\"{rel}\"");
    rels.into_iter().map(link).collect()
}

fn of_page(root: &Url, key: &str, found: &Listed) -> Option<HeaderValue> {
    let (pages, _) = key.split_at(key.rfind('/')? + 1);
    let folder = pages.strip_prefix('/')?.strip_suffix("archive/")?;
    let page = key.strip_prefix('/')?;
    let mut links = vec![
        format!("<{root}{page}>; rel=\"self\""),
        format!("<{root}{folder}atom.xml>; rel=\"current\""),
        format!("<{root}{folder}atom.xml>; rel=\"first\""),
    ];
    links.extend(
        newest_before(pages, Some(key), found)
            .into_iter()
            .flat_map(|before| older(root, before, true)),
    );
    if found.contains_key(&format!("/{folder}index.html")) {
        links.push(format!("<{root}{folder}>; rel=\"alternate\"; type=\"text/html\""));
    }
    HeaderValue::try_from(links.join(", ")).ok()
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
        if let Some(page) = matches!(format, FileFormat::Rss | FileFormat::Atom)
            .then(|| newest_before(&format!("/{folder}archive/"), None, found))
            .flatten()
        {
            links.extend(older(root, page, format == FileFormat::Atom));
        }
        if let Some(hub) = &settings.hub {
            links.push(format!("<{hub}>; rel=\"hub\""));
        }
        if is_there(&format!("/{folder}index.html")) {
            links.push(format!("<{root}{folder}>; rel=\"alternate\"; type=\"text/html\""));
        }
    }
    HeaderValue::try_from(links.join(", ")).ok()
}
