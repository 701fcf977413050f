//! Where things are: folders and file names under the output, and addresses fit for every format.

use std::borrow::Cow;

use url::{Host, Url};

use crate::model::{Feed, FeedKind, FileFormat};

use super::Error;

/// A feed's folder under the output, ending in `/`; empty for the feed of everything.
pub fn folder(feed: &Feed) -> Result<String, Error> {
    let kind = kind_folder(feed.key.kind);
    match &feed.slug {
        _ if feed.key.kind == FeedKind::All => Ok(String::new()),
        Some(slug) => Ok(format!("{kind}{slug}/")),
        None => Err(Error(format!("the feed {:?} has no folder name", feed.name))),
    }
}

/// The folder that holds the folders of a kind, ending in `/`.
pub fn kind_folder(kind: FeedKind) -> &'static str {
    match kind {
        FeedKind::All => "",
        FeedKind::Category => "category/",
        FeedKind::Tag => "tag/",
        FeedKind::Source => "source/",
        FeedKind::Health => "feedmill/",
    }
}

/// A feed's file of this format.
pub fn file_name(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Rss => "rss.xml",
        FileFormat::Atom => "atom.xml",
        FileFormat::Json => "feed.json",
        FileFormat::Html => "index.html",
    }
}

/// The folder of the pages with what a feed in this folder shows no more.
pub fn page_folder(folder: &str) -> String {
    format!("{folder}archive/")
}

/// Such a page's file, named by a second since 1970 (dates before 1990 are not believed). Names sort as their pages do.
pub fn page_name(until: i64) -> String {
    format!("{until:010}.xml")
}

/// Whether a file has such a name.
pub fn is_page_name(name: &str) -> bool {
    name.strip_suffix(".xml")
        .is_some_and(|until| until.len() >= 10 && until.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The media type of a format.
pub fn media_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Rss => "application/rss+xml",
        FileFormat::Atom => "application/atom+xml",
        FileFormat::Json => "application/feed+json",
        FileFormat::Html => "text/html",
    }
}

/// An http(s) address in the characters of RFC 3986, as RSS demands; `None` if it is not one.
pub fn web_address(text: &str) -> Option<Cow<'_, str>> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_plain)) {
        return Some(Cow::Borrowed(text));
    }
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if let Some(Host::Ipv6(_)) = url.host() {
        return Some(Cow::Owned(url.into()));
    }
    let mut address = String::with_capacity(text.len());
    for byte in url.as_str().bytes() {
        if is_plain(byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(Cow::Owned(address))
}

/// Characters of RFC 3986 that may stand anywhere behind the scheme.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b";/?:@&=+$-_.!~*'(),#%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_http_or_nothing() {
        for (text, expected) in [
            (
                "https://a.example/x?y=1&z=(2)#f",
                Some("https://a.example/x?y=1&z=(2)#f"),
            ),
            ("HTTPS://A.example/x", Some("https://a.example/x")),
            (
                "https://a.example/خبر",
                Some("https://a.example/%D8%AE%D8%A8%D8%B1"),
            ),
            (
                "https://a.example/a b|c[d]",
                Some("https://a.example/a%20b%7Cc%5Bd%5D"),
            ),
            ("http://[2001:db8::1]/x", Some("http://[2001:db8::1]/x")),
            (
                "https://a.example/\"><script>",
                Some("https://a.example/%22%3E%3Cscript%3E"),
            ),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("//a.example/x", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(web_address(text).as_deref(), expected, "{text}");
        }
    }
}
