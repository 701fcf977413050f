//! Some sites, each on an address of its own: to feedmill these are sites as different as registrable domains are.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::desk::{Story, feed};
use crate::program::Program;

/// Who lives where. Articles of the blog are on a site that serves no feed itself.
pub const VICTIM: &str = "127.0.0.2";
pub const EVIL: &str = "127.0.0.3";
pub const OTHER: &str = "127.0.0.4";
pub const BURNER: &str = "127.0.0.5";
pub const AGGREGATOR: &str = "127.0.0.6";

type Feeds = Arc<Mutex<BTreeMap<String, String>>>;

pub struct Town {
    feeds: Feeds,
    at: BTreeMap<&'static str, SocketAddr>,
    pub program: Program,
}

impl Town {
    /// Serves these sites, and polls one source each, in this order, with further lines of its `[[source]]`.
    pub fn new(sources: &[(&'static str, &str)]) -> Self {
        let feeds = Feeds::default();
        let mut at = BTreeMap::new();
        for host in [VICTIM, EVIL, OTHER, BURNER, AGGREGATOR] {
            let listener = TcpListener::bind((host, 0)).unwrap();
            at.insert(host, listener.local_addr().unwrap());
            let feeds = feeds.clone();
            // It ends with the process.
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    // Who hangs up early has lost interest.
                    let _ = answer(stream, host, &feeds);
                }
            });
        }
        let town = Self {
            feeds,
            at,
            program: Program::reading(""),
        };
        for (host, lines) in sources {
            town.subscribe(host, lines);
        }
        town
    }

    /// One more source, at the end of `feeds.toml`.
    pub fn subscribe(&self, host: &'static str, lines: &str) {
        let toml = self.program.configuration();
        let source = format!(
            "\n[[source]]\nname = \"{}\"\nfeed = \"http://{}/feed\"\n{lines}\n",
            name(host),
            self.at[host]
        );
        self.program.configure(&format!("{toml}{source}"));
    }

    /// A site's feed says that `home` is its home, and lists these.
    pub fn show(&self, host: &str, home: &str, stories: &[Story<'_>]) {
        self.serve(host, feed(home, stories));
    }

    pub fn serve(&self, host: &str, document: String) {
        self.feeds.lock().unwrap().insert(host.to_owned(), document);
    }

    pub fn refresh(&self) -> Value {
        self.program.refresh(&["--force"], 0)
    }

    /// The items of a feed.
    pub fn items(&self, folder: &str) -> Vec<Value> {
        let feed = self.program.json_feed(folder);
        feed["items"].as_array().unwrap().clone()
    }

    pub fn links(&self, folder: &str) -> Vec<String> {
        let items = self.items(folder);
        items
            .iter()
            .map(|item| item["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The item at an address in a feed, where it is once.
    pub fn item(&self, folder: &str, url: &str) -> Value {
        let mut found = self.items(folder);
        found.retain(|item| item["url"] == url);
        assert_eq!(found.len(), 1, "{folder} {url}: {:?}", self.links(folder));
        found.remove(0)
    }

    /// All that is published as text, but for the feed of that source and what lists sources.
    pub fn files_without(&self, source: &str) -> BTreeMap<String, String> {
        let files = self.program.files().into_iter();
        files
            .filter(|(file, _)| !file.starts_with(&format!("source/{source}/")) && file.contains('/'))
            .map(|(file, (bytes, _))| (file, String::from_utf8(bytes).unwrap()))
            .collect()
    }
}

pub fn name(host: &str) -> &'static str {
    match host {
        VICTIM => "Victim",
        EVIL => "Evil",
        OTHER => "Other",
        BURNER => "Blog",
        _ => "Aggregator",
    }
}

fn answer(mut stream: TcpStream, host: &str, feeds: &Feeds) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let body = feeds.lock().unwrap().get(host).cloned();
    let body = body.unwrap_or_else(|| feed(host, &[]));
    let (status, body) = match request.starts_with("GET /feed ") {
        true => ("200 OK", body),
        false => ("404 Not Found", String::new()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// An article at an address, under that as its guid.
pub fn story<'a>(link: &'a str, title: &'a str, category: &'a str, html: &str) -> Story<'a> {
    Story {
        guid: link,
        link,
        title,
        date: "Sun, 15 Nov 2026 10:00:00 GMT",
        category,
        html: html.to_owned(),
    }
}

pub fn html(item: &Value) -> &str {
    item["content_html"].as_str().unwrap_or_default()
}
