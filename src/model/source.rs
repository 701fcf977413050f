//! What is polled.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Secret, fold};

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

/// A `[[source]]` of `feeds.toml`, with the defaults of `[fetch]` filled in.
#[derive(Clone, Debug)]
pub struct Source {
    /// Identity.
    pub id: SourceId,
    /// As the operator spelt it.
    pub name: String,
    /// The configured address, as configured.
    pub feed: Url,
    /// Parts of the address came from the environment: it is shown and published without them.
    pub has_secret_address: bool,
    /// These parts are before the query.
    pub has_secret_path: bool,
    /// Floor of the time between two polls.
    pub every: Duration,
    /// The operator set `every` for this source, so it overrides the longer floor for sources without validators.
    pub every_is_set: bool,
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
}

impl Source {
    /// The address as it may be shown and published.
    pub fn published_feed(&self) -> String {
        self.published(&self.feed)
    }

    /// An address that this source led to as it may be shown and published: without userinfo, and only the site when
    /// parts of the configured one are secret, for redirects repeat what they were asked with.
    pub fn published(&self, address: &Url) -> String {
        if self.has_secret_address {
            return format!("{}/", address.origin().ascii_serialization());
        }
        without_userinfo(address.clone()).into()
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
