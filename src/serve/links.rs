//! `Link` headers (RFC 8288): what a feed says of itself in its body, for those who read only headers.

use axum::http::HeaderValue;

use crate::model::FileFormat;

use super::kind::Kind;
use super::settings::Settings;

/// The links of a file: itself and its hub for a feed (as WebSub §4 wants), its page, and the feeds of a page.
pub fn of(
    settings: &Settings,
    key: &str,
    kind: Kind,
    is_there: impl Fn(&str) -> bool,
) -> Option<HeaderValue> {
    let Kind::Feed(format) = kind else { return None };
    let root = settings.url.as_ref()?;
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
