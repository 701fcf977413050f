//! Hands on the newsroom, for tests: change what it serves between two refreshes.

use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::StatusCode;

use super::review::{self, Article, Design};
use super::{HTML, Newsroom, PUBLISHED, Page, REVIEW_SITE, RSS, Recorded};

/// Items that all sources show together.
pub const ITEMS: usize = 82;
/// Addresses of articles among them, each once.
pub const ARTICLES: usize = 73;
/// Of these, copies of others.
pub const COPIES: usize = 1;
/// Sources that have a feed to read.
pub const READABLE: usize = 8;
/// The article that four sources show, under its canonical address.
pub const SHARED: &str = "https://libyareview.example/2026/11/19/africom-commander-meets-khalifa-haftar/";
/// The path of the WordPress feed.
pub const REVIEW: &str = "/libya-review/feed/";
/// The path of the wire, which reprints from three others.
pub const WIRE: &str = "/wire/libya.rss?edition=en";

impl Recorded {
    /// The value of a request header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Newsroom {
    /// Requests so far, which are forgotten with this.
    pub fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.office.log())
    }

    /// What a path serves as text.
    pub fn body(&self, path: &str) -> String {
        let pages = self.office.pages();
        String::from_utf8(pages[path].body.to_vec()).expect("the newsroom writes UTF-8")
    }

    /// Serves this under a path from now on, with new validators and status 200; a path that was not served before becomes
    /// an RSS feed, or a page if it begins as one.
    pub fn set(&self, path: &str, body: impl Into<String>) {
        let body = Bytes::from(body.into());
        let mut pages = self.office.pages();
        let page = match pages.get(path) {
            Some(page) => {
                let since = page.modified.duration_since(SystemTime::UNIX_EPOCH);
                let since = since.expect("pages are younger than 1970");
                Page::new(page.content_type, body, since + Duration::from_secs(60))
            }
            None => {
                let is_page = body.starts_with(b"<!doctype html>");
                Page::new(if is_page { HTML } else { RSS }, body, PUBLISHED)
            }
        };
        pages.insert(path.to_owned(), page);
    }

    /// Serves what it served, changed. Panics when the change changes nothing, which would test nothing.
    pub fn edit(&self, path: &str, change: impl FnOnce(&str) -> String) {
        let before = self.body(path);
        let after = change(&before);
        assert_ne!(before, after, "the edit of {path} changes nothing");
        self.set(path, after);
    }

    /// Gives the pages of Syrtis Review another look from now on: other classes, another structure, the same articles
    /// under the same addresses. What is for machines, and pages that look the same, keep their validators.
    pub fn redesign(&self, design: Design) {
        for document in review::documents(&format!("http://{}", self.review), design) {
            let path = format!("{REVIEW_SITE}{}", document.path);
            let is_same = self.office.pages()[&path].body == document.body;
            if !is_same {
                let html = String::from_utf8(document.body).expect("only pages look different");
                self.set(&path, html);
            }
        }
    }

    /// The articles of Syrtis Review, newest first.
    pub fn articles(&self) -> Vec<Article> {
        review::articles()
    }

    /// Answers with this status, a line of plain text and no validators until `set` or `recover`.
    pub fn fail(&self, path: &str, status: u16) {
        self.status(path, StatusCode::from_u16(status).expect("a status code"));
    }

    /// Answers as before `fail`.
    pub fn recover(&self, path: &str) {
        self.status(path, StatusCode::OK);
    }

    fn status(&self, path: &str, status: StatusCode) {
        let mut pages = self.office.pages();
        pages
            .get_mut(path)
            .unwrap_or_else(|| panic!("the newsroom has no {path}"))
            .status = status;
    }

    /// Publishes an article in the WordPress feed, on top, and returns its address.
    pub fn publish(&self, slug: &str, title: &str, categories: &[&str]) -> String {
        let url = format!("https://libyareview.example/2026/11/20/{slug}/");
        let names: String = categories
            .iter()
            .map(|c| format!("<category><![CDATA[{c}]]></category>"))
            .collect();
        let item = format!(
            "<item><title>{title}</title><link>{url}</link><dc:creator>Salma Ferjani</dc:creator>\
             <pubDate>Fri, 20 Nov 2026 09:30:00 +0000</pubDate>{names}\
             <guid isPermaLink=\"false\">https://libyareview.example/?p={slug}</guid>\
             <description><![CDATA[<p>{title}, in short.</p>]]></description>\
             <content:encoded><![CDATA[<p>{title}, at length.</p>]]></content:encoded></item>\n\t"
        );
        self.edit(REVIEW, |feed| {
            feed.replacen("<item>", &format!("{item}<item>"), 1)
        });
        url
    }

    /// Takes the one item that holds this text out of an RSS, RDF or Atom feed.
    pub fn remove_item(&self, path: &str, text: &str) {
        self.edit(path, |feed| {
            let at = feed
                .find(text)
                .unwrap_or_else(|| panic!("{path} holds no {text:?}"));
            let name = if feed.contains("<entry>") { "entry" } else { "item" };
            let close = format!("</{name}>");
            let start = feed[..at]
                .rfind(&format!("<{name}"))
                .expect("the text is in an item");
            let end = at + feed[at..].find(&close).expect("the item ends") + close.len();
            format!("{}{}", &feed[..start], &feed[end..])
        });
    }

    /// Gives a new guid to every item of the WordPress feed, as after a move to another host.
    pub fn flip_guids(&self) {
        self.edit(REVIEW, |feed| {
            feed.replace("libyareview.example/?p=", "new.libyareview.example/?p=9")
        });
    }
}
