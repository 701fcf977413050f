//! `Link` headers (RFC 8288): what a feed says of itself in its body, for those who read only headers.

use axum::http::HeaderValue;
use url::Url;

use crate::model::FileFormat;

use super::kind::Kind;
use super::settings::Settings;

/// Whether the hub tells of changes of such a file: of feeds, and of texts that the operator adds.
pub fn names_hub(kind: Kind) -> bool {
    match kind {
        Kind::Feed(format) => format != FileFormat::Html,
        Kind::Other(media_type, _) => media_type.starts_with("text/plain"),
        Kind::Opml => false,
    }
}

fn of_text(root: &Url, hub: &Url, key: &str, kind: Kind) -> Option<HeaderValue> {
    let path = key.strip_prefix('/').filter(|_| names_hub(kind))?;
    let links = format!("<{root}{path}>; rel=\"self\", <{hub}>; rel=\"hub\"");
    HeaderValue::try_from(links).ok()
}

/// The links of a file: itself and its hub for a feed (as WebSub §4 wants), its page, and the feeds of a page.
pub fn of(
    settings: &Settings,
    key: &str,
    kind: Kind,
    is_there: impl Fn(&str) -> bool,
) -> Option<HeaderValue> {
    let root = settings.url.as_ref()?;
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
        if let Some(hub) = &settings.hub {
            links.push(format!("<{hub}>; rel=\"hub\""));
        }
        if is_there(&format!("/{folder}index.html")) {
            links.push(format!("<{root}{folder}>; rel=\"alternate\"; type=\"text/html\""));
        }
    }
    HeaderValue::try_from(links.join(", ")).ok()
}
