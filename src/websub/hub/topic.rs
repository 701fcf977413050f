//! What can be subscribed to: the published files that name the hub.

use std::io;

use futures_util::future::BoxFuture;
use url::Url;

use crate::serve::{Site, Topic};

/// Gives topics by their path on the site, such as `/category/libya/rss.xml`; `None` where there is none, or not any more.
pub trait Topics: Send + Sync {
    /// A topic.
    fn topic<'t>(&'t self, path: &'t str) -> BoxFuture<'t, io::Result<Option<Topic>>>;
    /// Its version alone, which costs little.
    fn version<'t>(&'t self, path: &'t str) -> BoxFuture<'t, io::Result<Option<u64>>>;
}

impl Topics for Site {
    fn topic<'t>(&'t self, path: &'t str) -> BoxFuture<'t, io::Result<Option<Topic>>> {
        Box::pin(Site::topic(self, path))
    }

    fn version<'t>(&'t self, path: &'t str) -> BoxFuture<'t, io::Result<Option<u64>>> {
        Box::pin(self.topic_version(path))
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
