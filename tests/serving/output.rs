//! A small output folder and a server in front of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use feedmill::serve::{self, Limits, Settings, Site, Withdrawn};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::{self, Answer};

/// What `Last-Modified` says of files that were not changed.
pub const WRITTEN: &str = "Sun, 15 Nov 2026 12:00:00 GMT";

/// 2026-11-15T12:00:00Z
pub fn written() -> SystemTime {
    httpdate::parse_http_date(WRITTEN).unwrap()
}

/// An RSS document with these items, large enough to be compressed.
pub fn rss(items: &[&str]) -> String {
    let item = |name: &&str| {
        format!(
            "\n<item><title>{name}</title><description>{}</description></item>",
            "text ".repeat(80)
        )
    };
    let items: String = items.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>t</title>{items}\n</channel></rss>"
    )
}

fn atom(items: &[&str]) -> String {
    let item = |name: &&str| {
        format!(
            "\n<entry><title>{name}</title><summary>{}</summary></entry>",
            "text ".repeat(80)
        )
    };
    let items: String = items.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>{items}\n</feed>"
    )
}

fn json(items: &[&str]) -> String {
    let item = |name: &&str| {
        format!(
            "{{\"id\":\"{name}\",\"content_text\":\"{}\"}}",
            "text ".repeat(80)
        )
    };
    let items: Vec<_> = items.iter().map(item).collect();
    format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[\n{}\n]}}",
        items.join(",\n")
    )
}

/// Writes a file as the publisher does: whole, renamed over the old one.
pub fn write(path: &Path, text: &str, time: SystemTime) {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    file.as_file().set_modified(time).unwrap();
    file.persist(path).unwrap();
}

/// The four files of a feed.
pub fn write_feed(folder: &Path, items: &[&str], time: SystemTime) {
    std::fs::create_dir_all(folder).unwrap();
    write(&folder.join("rss.xml"), &rss(items), time);
    write(&folder.join("atom.xml"), &atom(items), time);
    write(&folder.join("feed.json"), &json(items), time);
    let page = format!(
        "<!DOCTYPE html><title>{}</title>{}",
        items.join(" "),
        "<p>text</p>".repeat(100)
    );
    write(&folder.join("index.html"), &page, time);
}

/// An output folder inside a folder that also holds what nobody should get.
pub struct Output {
    outside: TempDir,
}

impl Output {
    pub fn new() -> Self {
        let output = Self {
            outside: tempfile::tempdir().unwrap(),
        };
        std::fs::write(output.outside.path().join("secret.xml"), "secret").unwrap();
        for folder in ["", "category/libya", "tag/africom", "source/libya-review"] {
            write_feed(&output.path().join(folder), &["one", "two", "three"], written());
        }
        for (name, text) in [
            ("style.css", "p { color: inherit }"),
            ("feeds.opml", "<opml version=\"2.0\"/>"),
            (".hidden.xml", "secret"),
            (".feedmill-unfinished-x.xml", "secret"),
            ("feedmill.db", "secret"),
            ("feedmill.db-wal", "secret"),
            ("notes", "secret"),
        ] {
            write(&output.path().join(name), text, written());
        }
        std::os::unix::fs::symlink(
            output.outside.path().join("secret.xml"),
            output.path().join("link.xml"),
        )
        .unwrap();
        output
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.outside.path().join("output")
    }

    /// A site that was read from here.
    pub fn site(&self, settings: Settings) -> Arc<Site> {
        let site = Arc::new(Site::new(self.path(), settings));
        site.reload(SystemTime::now()).unwrap();
        site
    }
}

/// The settings of an operator who set what there is.
pub fn settings() -> Settings {
    Settings {
        url: Some("https://feeds.example/".parse().unwrap()),
        ..Settings::default()
    }
}

/// A server on loopback, until it is dropped.
pub struct Served {
    pub address: SocketAddr,
    pub site: Arc<Site>,
    stop: Option<oneshot::Sender<()>>,
    pub running: tokio::task::JoinHandle<()>,
}

impl Served {
    pub async fn new(site: Arc<Site>, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(serve::serve(listener, site.clone(), limits, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            site,
            stop: Some(stop),
            running,
        }
    }

    /// A server of this folder with the usual settings.
    pub async fn of(output: &Output) -> Self {
        Self::new(output.site(settings()), Limits::default()).await
    }

    pub async fn get(&self, target: &str, headers: &[&str]) -> Answer {
        client::ask(self.address, "GET", target, headers).await
    }

    pub async fn ask(&self, method: &str, target: &str, headers: &[&str]) -> Answer {
        client::ask(self.address, method, target, headers).await
    }

    pub fn reload(&self) -> serve::Changes {
        self.site.reload(SystemTime::now()).unwrap()
    }

    pub fn withdraw(&self, gone: &[&str], moved: &[(&str, &str)]) {
        self.site.withdraw(Withdrawn {
            gone: gone.iter().map(|folder| (*folder).to_owned()).collect(),
            moved: moved
                .iter()
                .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
                .collect(),
        });
    }

    /// Asks it to stop.
    pub fn stop(&mut self) {
        self.stop.take();
    }
}

/// Limits that are reached soon.
pub fn short() -> Limits {
    let mut limits = Limits::default();
    limits.patience.head = Duration::from_millis(200);
    limits.patience.idle = Duration::from_millis(400);
    limits.patience.taking = Duration::from_millis(300);
    limits.drain = Duration::from_millis(500);
    limits
}
