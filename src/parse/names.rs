//! Namespaces, and what the prefixes mean that documents use without declaring them.

/// What an element's namespace is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS in all its versions, Atom in both, and none at all: their names do not clash.
    Core,
    Content,
    Dublin,
    Feedburner,
    Itunes,
    Media,
    Rdf,
    Syndication,
    Xhtml,
    /// One whose names mean nothing to us.
    Other,
}

impl Space {
    /// The namespace with this name. Capitals, `www.`, the scheme and a slash at the end are written this way and that.
    pub(super) fn of(uri: &str) -> Self {
        let uri = uri.trim().trim_end_matches(['/', '#']).to_ascii_lowercase();
        let uri = uri
            .strip_prefix("https://")
            .or_else(|| uri.strip_prefix("http://"))
            .unwrap_or(&uri);
        match uri.strip_prefix("www.").unwrap_or(uri) {
            "" | "w3.org/2005/atom" | "purl.org/atom/ns" | "purl.org/rss/1.0" | "purl.org/net/rss1.1" => {
                Self::Core
            }
            "my.netscape.com/rdf/simple/0.9" | "channel.netscape.com/rdf/simple/0.9" => Self::Core,
            uri if uri.starts_with("backend.userland.com/") || uri.starts_with("blogs.law.harvard.edu/") => {
                Self::Core
            }
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc/terms" => Self::Dublin,
            "rssnamespace.org/feedburner/ext/1.0" => Self::Feedburner,
            "itunes.com/dtds/podcast-1.0.dtd" => Self::Itunes,
            "search.yahoo.com/mrss" | "search.yahoo.com/rss" | "video.search.yahoo.com/mrss" => Self::Media,
            "w3.org/1999/02/22-rdf-syntax-ns" => Self::Rdf,
            "purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "w3.org/1999/xhtml" => Self::Xhtml,
            _ => Self::Other,
        }
    }

    /// What a prefix means that the document does not declare.
    pub(super) fn of_undeclared(prefix: &str) -> Self {
        match prefix {
            "" | "atom" | "atom03" | "a10" | "rss" => Self::Core,
            "content" => Self::Content,
            "dc" | "dcterms" => Self::Dublin,
            "feedburner" => Self::Feedburner,
            "itunes" => Self::Itunes,
            "media" => Self::Media,
            "rdf" => Self::Rdf,
            "sy" => Self::Syndication,
            "xhtml" => Self::Xhtml,
            _ => Self::Other,
        }
    }
}

/// Prefix and local name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
