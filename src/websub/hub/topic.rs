//! What can be subscribed to: the published files that name the hub.

use std::io;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use crate::serve::Site;

/// A topic as it is published now.
#[derive(Clone, Debug)]
pub struct Topic {
    /// What a GET gives.
    pub body: Bytes,
    /// `Content-Type` of that.
    pub media_type: &'static str,
}

impl Topic {
    pub(super) fn hash(&self) -> u64 {
        xxh3_64(&self.body)
    }
}

/// Gives topics.
pub trait Topics: Send + Sync {
    /// The topic at a path of the site, such as `/category/libya/rss.xml`; `None` when there is none, or not any more.
    fn topic<'t>(&'t self, path: &'t str) -> BoxFuture<'t, io::Result<Option<Topic>>>;
}

impl Topics for Site {
    fn topic<'t>(&'t self, path: &'t str) -> BoxFuture<'t, io::Result<Option<Topic>>> {
        Box::pin(async move {
            let topic = Site::topic(self, path).await?;
            Ok(topic.map(|(body, media_type)| Topic { body, media_type }))
        })
    }
}

/// The path of a topic on our server, which the site's address leads to.
pub(super) fn path<'t>(site: &Url, topic: &'t str) -> Option<&'t str> {
    // The slash that the site's address ends in is the one that paths begin with.
    let rest = topic.strip_prefix(site.as_str().trim_end_matches('/'))?;
    rest.starts_with('/').then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_the_site_is_a_topic() {
        let site = Url::parse("https://feeds.example/news/").unwrap();
        for (topic, expected) in [
            ("https://feeds.example/news/rss.xml", Some("/rss.xml")),
            (
                "https://feeds.example/news/category/libya/atom.xml",
                Some("/category/libya/atom.xml"),
            ),
            ("https://feeds.example/newsroom/rss.xml", None),
            ("https://feeds.example/rss.xml", None),
            ("http://feeds.example/news/rss.xml", None),
            ("https://feeds.example.evil.example/news/rss.xml", None),
        ] {
            assert_eq!(path(&site, topic), expected, "{topic}");
        }
    }
}
