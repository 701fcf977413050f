//! What a published file is, by its name.

use crate::model::FileFormat;
use crate::publish::is_page_name;

/// What kind of file it is, and so how it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A feed in one of its formats; a page is one of them.
    Feed(FileFormat),
    /// A page of what a feed shows no more.
    Archive,
    /// A list of feeds.
    Opml,
    /// Anything else that may lie in the output, with its media type and whether it is text.
    Other(&'static str, bool),
}

impl Kind {
    /// The kind of a file of this name; `None` for what is not meant for readers: databases, notes, unfinished files.
    pub fn of(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match (name, extension) {
            ("rss.xml", _) => Self::Feed(FileFormat::Rss),
            ("atom.xml", _) => Self::Feed(FileFormat::Atom),
            ("feed.json", _) => Self::Feed(FileFormat::Json),
            (_, "html") => Self::Feed(FileFormat::Html),
            (_, "opml") => Self::Opml,
            (_, "css") => Self::Other("text/css; charset=utf-8", true),
            (_, "txt") => Self::Other("text/plain; charset=utf-8", true),
            (_, "xml") => Self::Other("application/xml; charset=utf-8", true),
            (_, "json") => Self::Other("application/json", true),
            (_, "svg") => Self::Other("image/svg+xml", true),
            (_, "ico") => Self::Other("image/x-icon", false),
            (_, "png") => Self::Other("image/png", false),
            (_, "jpg") => Self::Other("image/jpeg", false),
            (_, "webp") => Self::Other("image/webp", false),
            _ => return None,
        })
    }

    /// The same for a file at an address, which tells pages of old items from others.
    pub fn at(address: &str) -> Option<Self> {
        let (folder, name) = address.rsplit_once('/')?;
        if folder.ends_with("/archive") && is_page_name(name) {
            return Some(Self::Archive);
        }
        Self::of(name)
    }

    /// For `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Feed(FileFormat::Rss) => "application/rss+xml; charset=utf-8",
            Self::Feed(FileFormat::Atom) => "application/atom+xml; charset=utf-8",
            // RFC 8259 §11: JSON has no charset parameter.
            Self::Feed(FileFormat::Json) => "application/feed+json",
            Self::Feed(FileFormat::Html) => "text/html; charset=utf-8",
            Self::Archive => "application/atom+xml; charset=utf-8",
            Self::Opml => "text/x-opml; charset=utf-8",
            Self::Other(media_type, _) => media_type,
        }
    }

    /// Whether compressing it is worth the while.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Other(_, false))
    }

    /// Whether it is a page that a browser shows.
    pub fn is_page(self) -> bool {
        self == Self::Feed(FileFormat::Html)
    }

    /// The format that readers subscribe to, if it is one.
    pub fn subscribable(self) -> Option<FileFormat> {
        match self {
            Self::Feed(format) if format != FileFormat::Html => Some(format),
            _ => None,
        }
    }

    /// Whether scripts of other sites may read it: what is made for programs, not pages.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Opml | Self::Archive) || self.subscribable().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_for_readers_has_a_kind() {
        for (name, expected) in [
            ("rss.xml", Some("application/rss+xml; charset=utf-8")),
            ("atom.xml", Some("application/atom+xml; charset=utf-8")),
            ("feed.json", Some("application/feed+json")),
            ("index.html", Some("text/html; charset=utf-8")),
            ("feeds.opml", Some("text/x-opml; charset=utf-8")),
            ("feed.css", Some("text/css; charset=utf-8")),
            ("robots.txt", Some("text/plain; charset=utf-8")),
            ("logo.png", Some("image/png")),
            ("feedmill.db", None),
            ("feedmill.db-wal", None),
            ("README.md", None),
            ("notes", None),
            (".xml", None),
        ] {
            assert_eq!(Kind::of(name).map(Kind::media_type), expected, "{name}");
        }
        for (address, expected) in [
            ("/archive/1700000000.xml", Some(Kind::Archive)),
            ("/tag/africom/archive/0700000000.xml", Some(Kind::Archive)),
            ("/tag/archive/rss.xml", Kind::of("rss.xml")),
            ("/archive/170000000.xml", Kind::of("x.xml")),
            ("/1700000000.xml", Kind::of("x.xml")),
        ] {
            assert_eq!(Kind::at(address), expected, "{address}");
        }
    }
}
