//! What is polled.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Secret, Selectors, Strictness, fold};

/// Which source: the folded name, unique in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// The id of the source with this name.
    pub fn of(name: &str) -> Self {
        Self(fold(name))
    }

    /// The folded name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is at a source's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// RSS, Atom, JSON Feed, or the posts of WordPress' API.
    Feed,
    /// A web page that lists articles; without selectors they are detected.
    Page(Option<Box<Selectors>>),
    /// A sitemap or an index of sitemaps.
    Sitemap {
        /// What changed longer ago is passed over.
        max_age: Duration,
    },
}

impl SourceKind {
    /// The key of `feeds.toml` that names the address of such a source.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Page(_) => "page",
            Self::Sitemap { .. } => "sitemap",
        }
    }
}

/// A `[[source]]` of `feeds.toml`, with the defaults of `[fetch]` filled in.
#[derive(Clone, Debug)]
pub struct Source {
    /// Identity.
    pub id: SourceId,
    /// As the operator spelt it.
    pub name: String,
    /// What is at its address.
    pub kind: SourceKind,
    /// The configured address, as configured.
    pub address: Url,
    /// The page behind each new item is read, too.
    pub full_text: bool,
    /// So many of these pages are fetched in one poll at most.
    pub articles: usize,
    /// Parts of the address came from the environment: it is shown and published without them.
    pub has_secret_address: bool,
    /// These parts are before the query.
    pub has_secret_path: bool,
    /// Floor of the time between two polls.
    pub every: Duration,
    /// The whole request.
    pub timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body: u64,
    /// Sent to the source's own origin only.
    pub headers: Vec<(String, Secret)>,
    /// Category names given to each of its items.
    pub categories: Vec<String>,
    /// Tag names given to each of its items.
    pub tags: Vec<String>,
    /// Its categories and tags count for articles of other sites, too.
    pub trust: bool,
    /// How alike its articles must be to others, if not as `[dedupe]` says.
    pub dedupe: Option<Strictness>,
    /// What it takes back stays in the feeds.
    pub keeps_withdrawn: bool,
}

impl Source {
    /// The address as it may be shown and published.
    pub fn published_address(&self) -> String {
        self.published(&self.address)
    }

    /// What the memory of earlier polls is about: an answer is not modified only for one who reads it as before.
    pub fn question(&self) -> String {
        let address = &self.address;
        match &self.kind {
            SourceKind::Feed if self.full_text => format!("{address} with full text"),
            SourceKind::Feed => address.to_string(),
            SourceKind::Page(None) => format!("{address} as page"),
            SourceKind::Page(Some(selectors)) => {
                let selectors = serde_json::to_string(selectors).unwrap_or_default();
                format!("{address} as page with {selectors}")
            }
            SourceKind::Sitemap { .. } => format!("{address} as sitemap"),
        }
    }

    /// An address that this source led to as it may be shown and published: without userinfo and parameters that
    /// carry a key, and only the site when parts of the configured one are secret, for redirects repeat what they were asked with.
    pub fn published(&self, address: &Url) -> String {
        if self.has_secret_address {
            return format!("{}/", address.origin().ascii_serialization());
        }
        without_keys(without_userinfo(address.clone())).into()
    }

    /// What relative addresses in a document from `address` are resolved against. Userinfo, the query, and a path that is
    /// secret are not handed on to links; only a link to the document itself would need them.
    pub fn base(&self, address: &Url) -> Url {
        let mut base = without_userinfo(address.clone());
        base.set_query(None);
        if self.has_secret_path {
            base.set_path("/");
        }
        base
    }
}

fn without_userinfo(mut url: Url) -> Url {
    // Both fail only for URLs that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Without the parameters that carry a key.
fn without_keys(mut url: Url) -> Url {
    let parameters = url.query().unwrap_or_default().split('&');
    let open: Vec<&str> = parameters.filter(|parameter| !is_secret(parameter)).collect();
    let open = open.join("&");
    if url.query().is_some_and(|query| query != open) {
        url.set_query(Some(open.as_str()).filter(|open| !open.is_empty()));
    }
    url
}

/// What sites call the parameters of an address that carry keys, in letters only.
const SECRETS: [&str; 16] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "auth",
    "authkey",
    "authtoken",
    "key",
    "passwd",
    "password",
    "pwd",
    "secret",
    "sessionid",
    "sig",
    "signature",
    "token",
];

fn is_secret(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    let letters = name.chars().filter(char::is_ascii_alphabetic);
    let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    SECRETS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_published_without_what_opens_it() {
        for (feed, expected) in [
            ("https://a.example/feed", "https://a.example/feed"),
            (
                "https://a.example/feed?cat=3&lang=ar",
                "https://a.example/feed?cat=3&lang=ar",
            ),
            ("https://a.example/feed?", "https://a.example/feed?"),
            ("https://me:pass@a.example/feed", "https://a.example/feed"),
            ("https://a.example/feed?token=t", "https://a.example/feed"),
            (
                "https://a.example/feed?api_key=k&cat=3&Access-Token=t",
                "https://a.example/feed?cat=3",
            ),
            (
                "https://a.example/feed?keyword=oil&author=x",
                "https://a.example/feed?keyword=oil&author=x",
            ),
            (
                "https://a.example/feed?a=%D9%86&key=k&b=%26",
                "https://a.example/feed?a=%D9%86&b=%26",
            ),
        ] {
            let source = Source {
                id: SourceId::of("a"),
                name: "a".into(),
                kind: SourceKind::Feed,
                address: Url::parse(feed).unwrap(),
                full_text: false,
                articles: 0,
                has_secret_address: false,
                has_secret_path: false,
                every: Duration::ZERO,
                timeout: Duration::ZERO,
                max_body: 0,
                headers: Vec::new(),
                categories: Vec::new(),
                tags: Vec::new(),
                trust: false,
                dedupe: None,
                keeps_withdrawn: false,
            };
            assert_eq!(source.published_address(), expected, "{feed}");
        }
    }
}
