//! A site with one feed and a page for each article, which the test edits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use crate::desk::{Desk, noon};
use crate::server::{Answer, Asked, Server};

/// What it shows.
#[derive(Default)]
pub struct Content {
    /// Names of articles with the hours after noon at which they were published, in the order of the feed.
    pub shown: Vec<(String, i64)>,
    /// Answers of pages that are not simply there, by name.
    pub pages: BTreeMap<String, Answer>,
    /// In place of the feed.
    pub instead: Option<Answer>,
    /// Before each guid.
    pub guids: String,
    /// Folder of the articles.
    pub folder: String,
    /// It has validators.
    pub is_conditional: bool,
    /// Feeds that were answered in full.
    pub full: usize,
}

pub struct Site {
    pub server: Server,
    content: Arc<Mutex<Content>>,
}

impl Site {
    pub async fn start(ip: &str) -> Self {
        let content = Arc::new(Mutex::new(Content {
            folder: "news".to_owned(),
            ..Content::default()
        }));
        let shared = content.clone();
        let server = Server::start(ip, move |asked, _| {
            let mut content = shared.lock().unwrap();
            match asked.target().as_str() {
                "/feed" => content.feed(asked),
                "/robots.txt" => Answer::new(404, &[], ""),
                page => content.page(page.rsplit('/').next().unwrap_or_default()),
            }
        })
        .await;
        Self { server, content }
    }

    pub fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap()
    }

    /// Articles a0, a1, …, each an hour after the one before; the newest first.
    pub fn show(&self, numbers: std::ops::Range<i64>) {
        self.content().shown = numbers.rev().map(|n| (format!("a{n}"), n)).collect();
    }

    /// Takes an article out of the feed, and its page away.
    pub fn delete(&self, name: &str) {
        let mut content = self.content();
        content.shown.retain(|(shown, _)| shown != name);
        content
            .pages
            .insert(name.to_owned(), Answer::new(404, &[], "gone"));
    }

    /// The pages of articles that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        let pages = self.server.targets().into_iter();
        pages
            .filter(|target| target != "/feed" && target != "/robots.txt")
            .map(|target| target.rsplit('/').next().unwrap().to_owned())
            .collect()
    }

    pub fn feed(&self) -> String {
        self.server.url("/feed")
    }
}

impl Content {
    fn feed(&mut self, asked: &Asked) -> Answer {
        if let Some(answer) = &self.instead {
            return answer.clone();
        }
        let host = asked.header("host").unwrap();
        let item = |(name, hours): &(String, i64)| {
            let date = noon() + chrono::TimeDelta::hours(*hours);
            format!(
                "<item><title>Title of {name}</title><link>http://{host}/{}/{name}</link><guid>{}{name}</guid>\
                 <pubDate>{}</pubDate><description>About {name}.</description></item>",
                self.folder,
                self.guids,
                date.to_rfc2822()
            )
        };
        let items: String = self.shown.iter().map(item).collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>Site</title>{items}</channel></rss>");
        let names: Vec<&str> = self.shown.iter().map(|(name, _)| name.as_str()).collect();
        let tag = format!("\"{}\"", names.join("-"));
        if !self.is_conditional {
            self.full += 1;
            return Answer::new(200, &[], feed);
        }
        if asked.header("if-none-match").as_deref() == Some(&tag) {
            return Answer::new(304, &[], "");
        }
        self.full += 1;
        Answer::new(200, &[&format!("ETag: {tag}")], feed)
    }

    fn page(&self, name: &str) -> Answer {
        let there = || Answer::new(200, &["Content-Type: text/html"], format!("<p>About {name}.</p>"));
        self.pages.get(name).cloned().unwrap_or_else(there)
    }
}

/// The names of the articles that a folder's feed shows.
pub fn names(desk: &Desk, folder: &str) -> BTreeSet<String> {
    let titles = desk.program.titles(folder).into_iter();
    titles
        .map(|title| title.trim_start_matches("Title of ").to_owned())
        .collect()
}

/// a0 to a9, without these.
pub fn all_but(count: i64, missing: &[&str]) -> BTreeSet<String> {
    let all = (0..count).map(|n| format!("a{n}"));
    all.filter(|name| !missing.contains(&name.as_str())).collect()
}

/// Moves the clock to so many days after the start.
pub fn go_to(desk: &Desk, began: DateTime<Utc>, days: i64) {
    desk.advance(began + chrono::TimeDelta::days(days) - desk.now());
}
