//! A small newsroom that exists only on loopback: ten sources as feedmill meets them, good, odd and broken, with
//! 82 items that are 73 items of their own, one of them a copy of another. Its news is invented; its links lead to `.example` hosts, so that what is
//! published from it does not depend on the port. `feedmill demo` shows it, the tests poll it.
//!
//! One article, the meeting of the AFRICOM commander with Khalifa Haftar, is in four sources: the owner's,
//! the press office's, the wire's and the notebook's, each with its own guid and its own spelling of the address.
//!
//! Beside the sources it has two sites of web pages, [`REVIEW_SITE`] and [`PRESS_SITE`], each on a port of its own: to a
//! client a port is a host, with its own robots.txt. What is published from them names these ports.
#![allow(dead_code, reason = "the demo and each test file use their own part")]

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::task::JoinHandle;

#[cfg(test)]
pub mod control;
mod press;
pub mod review;
mod server;
mod template;

use self::review::Design;
use self::server::{Office, Page, serve};

/// A source of the newsroom.
pub struct Desk {
    /// As it is called in `feeds.toml`.
    pub name: &'static str,
    /// Where it is served.
    pub path: &'static str,
    /// More lines of its `[[source]]`.
    pub toml: &'static str,
    content_type: &'static str,
    body: &'static str,
    status: StatusCode,
}

const OK: StatusCode = StatusCode::OK;
const HTML: &str = "text/html; charset=utf-8";
const RSS: &str = "application/rss+xml; charset=UTF-8";

/// Owners come before those who reprint them: the first to show an article lends it its text.
const DESKS: &[Desk] = &[
    Desk {
        name: "Libya Review",
        path: "/libya-review/feed/",
        toml: r#"category = "Libya""#,
        content_type: RSS,
        body: include_str!("libya-review.xml"),
        status: OK,
    },
    Desk {
        name: "UN Mission Press Office",
        path: "/un-mission/atom",
        toml: "category = \"Libya\"\ntags = [\"UNSMIL\"]\ntrust = true",
        content_type: "application/atom+xml; charset=utf-8",
        body: include_str!("un-mission.atom"),
        status: OK,
    },
    Desk {
        name: "Sidra Energy Desk",
        path: "/sidra-energy/feed.json",
        toml: "categories = [\"Libya\", \"Economy\"]\ntags = [\"energy\"]",
        content_type: "application/feed+json",
        body: include_str!("sidra-energy.json"),
        status: OK,
    },
    Desk {
        name: "Tripoli Chronicle",
        path: "/tripoli-chronicle/index.rdf",
        toml: r#"tags = ["Tripoli"]"#,
        content_type: "application/rdf+xml",
        body: include_str!("tripoli-chronicle.rdf"),
        status: OK,
    },
    Desk {
        name: "أفق ليبيا",
        path: "/ufuq/rss",
        toml: r#"category = "Libya""#,
        content_type: RSS,
        body: include_str!("ufuq.xml"),
        status: OK,
    },
    Desk {
        name: "Stadium & Stage",
        path: "/stadium/rss",
        toml: "",
        content_type: RSS,
        body: include_str!("stadium.xml"),
        status: OK,
    },
    Desk {
        name: "Benghazi Notebook",
        path: "/notebook/feed.xml",
        toml: r#"tags = ["Benghazi"]"#,
        content_type: "text/xml",
        body: include_str!("notebook.xml"),
        status: OK,
    },
    Desk {
        name: "Embassy Bulletin",
        path: "/embassy/rss.xml",
        toml: "",
        content_type: "text/plain; charset=utf-8",
        body: "",
        status: StatusCode::INTERNAL_SERVER_ERROR,
    },
    Desk {
        name: "Weekend Magazine",
        path: "/magazine/",
        toml: "",
        content_type: HTML,
        body: include_str!("magazine.html"),
        status: OK,
    },
    Desk {
        name: "Maghreb Wire",
        path: "/wire/libya.rss?edition=en",
        toml: r#"category = "Libya""#,
        content_type: "application/xml",
        body: include_str!("maghreb-wire.xml"),
        status: OK,
    },
];

/// What its published site is called.
pub const TITLE: &str = "Sample Newsroom";

/// 20 November 2026, 08:00 UTC: when everything here was last changed.
const PUBLISHED: Duration = Duration::from_secs(1_795_161_600);

/// The WordPress site Syrtis Review, as the start of its addresses in the newsroom: `//review/feed/`.
pub const REVIEW_SITE: &str = "//review";
/// The press office that has no feed.
pub const PRESS_SITE: &str = "//press";

/// A request and what it was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `GET` …
    pub method: String,
    /// With its query; of a site, after the site's name.
    pub path: String,
    /// In the order they came.
    pub headers: Vec<(String, String)>,
    /// Of the answer.
    pub status: u16,
}

/// The server; it stops when this is dropped.
pub struct Newsroom {
    address: SocketAddr,
    review: SocketAddr,
    press: SocketAddr,
    office: Arc<Office>,
    servers: [JoinHandle<()>; 3],
}

impl Newsroom {
    /// Serves on free ports of 127.0.0.1. Must be called inside a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        let office = Arc::new(Office::default());
        for desk in DESKS {
            let mut page = Page::new(desk.content_type, desk.body.into(), PUBLISHED);
            page.status = desk.status;
            office.pages().insert(desk.path.to_owned(), page);
        }
        let (address, desks) = serve(&office, "").await?;
        let (review, reviews) = serve(&office, REVIEW_SITE).await?;
        let (press, releases) = serve(&office, PRESS_SITE).await?;
        let pages = review::documents(&format!("http://{review}"), Design::JNews);
        office.open(REVIEW_SITE, pages);
        office.open(PRESS_SITE, press::documents(PUBLISHED.as_secs()));
        Ok(Self {
            address,
            review,
            press,
            office,
            servers: [desks, reviews, releases],
        })
    }

    /// Where the sources are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The whole address of a path, or of a site's: `/stadium/rss`, `//review/category/libya/`.
    pub fn url(&self, path: &str) -> String {
        let sites = [
            (REVIEW_SITE, self.review),
            (PRESS_SITE, self.press),
            ("", self.address),
        ];
        let found = sites
            .iter()
            .find_map(|(name, address)| Some((address, path.strip_prefix(name)?)));
        let (address, path) = found.expect("every path starts with nothing");
        format!("http://{address}{path}")
    }

    /// What it offers, in the order of [`Newsroom::config`].
    pub fn sources(&self) -> &'static [Desk] {
        DESKS
    }

    /// A `feeds.toml` that polls all of it and publishes into `output`.
    pub fn config(&self, output: &Path, database: &Path) -> String {
        let quoted = |path: &Path| toml::Value::from(&*path.to_string_lossy()).to_string();
        let mut config = include_str!("feeds.toml")
            .replace("{title}", &toml::Value::from(TITLE).to_string())
            .replace("{output}", &quoted(output))
            .replace("{database}", &quoted(database));
        for desk in self.sources() {
            let Desk { name, path, toml, .. } = desk;
            let address = self.address;
            config +=
                &format!("\n[[source]]\nname = \"{name}\"\nfeed = \"http://{address}{path}\"\n{toml}\n");
        }
        config
    }

    /// More for the end of [`Newsroom::config`]: the two sites of pages. The addresses of their articles depend on the
    /// ports.
    pub fn page_sources(&self) -> String {
        format!(
            "\n[[source]]\nname = \"Syrtis Review\"\npage = \"{}\"\n\
             \n[[source]]\nname = \"Coastal Press Office\"\npage = \"{}\"\ncategory = \"Politics\"\n",
            self.url("//review/"),
            self.url("//press/"),
        )
    }

    /// Everything it was asked so far, in the order of its answers.
    pub fn requests(&self) -> Vec<Recorded> {
        self.office.log().clone()
    }
}

impl Drop for Newsroom {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}
