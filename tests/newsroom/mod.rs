//! A small newsroom that exists only on loopback: ten sources as feedmill meets them, good, odd and broken, with
//! 81 items that are 72 articles. Its news is invented; its links lead to `.example` hosts, so that what is
//! published from it does not depend on the port. `feedmill demo` shows it, the tests poll it.
//!
//! One article, the meeting of the AFRICOM commander with Khalifa Haftar, is in four sources: the owner's,
//! the press office's, the wire's and the notebook's, each with its own guid and its own spelling of the address.
//!
//! Beside the sources it has two sites of web pages, [`REVIEW_SITE`] and [`PRESS_SITE`], each on a port of its own: to a
//! client a port is a host, with its own robots.txt. What is published from them names these ports.
#![allow(dead_code, reason = "the demo and each test file use their own part")]

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use flate2::{Compression, write::GzEncoder};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[cfg(test)]
pub mod control;
mod press;
pub mod review;
mod template;

use self::review::Design;
use self::template::Document;

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
        toml: "category = \"Libya\"\ntags = [\"UNSMIL\"]",
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
            let page = Page::new(desk.content_type, desk.body.into(), PUBLISHED);
            let page = Page {
                status: desk.status,
                ..page
            };
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

/// Answers on a free port as this site.
async fn serve(office: &Arc<Office>, site: &'static str) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .fallback(answer)
        .with_state((Arc::clone(office), site));
    let server = tokio::spawn(async move {
        // Accept errors are waited out inside; this ends only with the task.
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, server))
}

/// What the server knows.
#[derive(Default)]
struct Office {
    pages: Mutex<HashMap<String, Page>>,
    log: Mutex<Vec<Recorded>>,
}

impl Office {
    fn pages(&self) -> MutexGuard<'_, HashMap<String, Page>> {
        self.pages.lock().expect("nobody panics while holding the pages")
    }

    /// Serves the documents of a site.
    fn open(&self, site: &str, documents: Vec<Document>) {
        let mut pages = self.pages();
        for document in documents {
            let modified = Duration::from_secs(document.modified);
            let page = Page::new(document.content_type, document.body.into(), modified);
            pages.insert(format!("{site}{}", document.path), page);
        }
    }

    fn page(&self, path: &str) -> Option<Page> {
        let (bare, query) = path.split_once('?').unwrap_or((path, ""));
        let pages = self.pages();
        if bare.strip_prefix(REVIEW_SITE) == Some(review::POSTS) {
            return pages.get(bare).map(|posts| posts.chosen(query));
        }
        pages.get(path).cloned()
    }

    fn log(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.log.lock().expect("nobody panics while holding the log")
    }
}

/// One address of the site.
#[derive(Clone)]
struct Page {
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
    gzip: Bytes,
    hash: String,
    modified: SystemTime,
    /// How many posts and pages of them there are; only of the API.
    counts: Option<(usize, usize)>,
}

impl Page {
    fn new(content_type: &'static str, body: Bytes, modified: Duration) -> Self {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&body).expect("writing to memory succeeds");
        Self {
            status: OK,
            content_type,
            gzip: gzip.finish().expect("writing to memory succeeds").into(),
            hash: blake3::hash(&body).to_hex()[..16].to_owned(),
            body,
            modified: SystemTime::UNIX_EPOCH + modified,
            counts: None,
        }
    }

    /// What the API answers to a query out of all posts.
    fn chosen(&self, query: &str) -> Self {
        if self.status != OK {
            return self.clone();
        }
        let since = self.modified.duration_since(SystemTime::UNIX_EPOCH);
        let since = since.expect("pages are younger than 1970");
        match review::answer(&self.body, query) {
            Some((body, total, pages)) => Self {
                counts: Some((total, pages)),
                ..Self::new(self.content_type, body.into(), since)
            },
            None => Self {
                status: StatusCode::BAD_REQUEST,
                ..self.clone()
            },
        }
    }

    /// Whether the client already has this (RFC 9110 §13.2.2: `If-None-Match` beats `If-Modified-Since`).
    fn is_known(&self, headers: &HeaderMap) -> bool {
        if let Some(tags) = headers.get(header::IF_NONE_MATCH) {
            return tags
                .to_str()
                .is_ok_and(|tags| tags == "*" || tags.contains(&self.hash));
        }
        let since = headers
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|date| date.to_str().ok());
        since
            .and_then(|date| httpdate::parse_http_date(date).ok())
            .is_some_and(|date| self.modified <= date)
    }

    fn response(&self, headers: &HeaderMap) -> Response<Body> {
        if self.status != OK {
            return plain(self.status, "This desk is closed.\n");
        }
        let accepted = headers
            .get(header::ACCEPT_ENCODING)
            .and_then(|codings| codings.to_str().ok());
        let zipped =
            accepted.is_some_and(|codings| codings.contains("gzip")) && !self.content_type.ends_with("gzip");
        let etag = if zipped {
            format!("\"{}-gzip\"", self.hash)
        } else {
            format!("\"{}\"", self.hash)
        };
        let response = Response::builder()
            .header(header::ETAG, etag)
            .header(header::LAST_MODIFIED, httpdate::fmt_http_date(self.modified))
            .header(header::VARY, "Accept-Encoding");
        let response = match self.counts {
            Some((posts, pages)) => response
                .header("X-WP-Total", posts)
                .header("X-WP-TotalPages", pages),
            None => response,
        };
        let response = if self.is_known(headers) {
            response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
        } else if zipped {
            let response = response.header(header::CONTENT_TYPE, self.content_type);
            response
                .header(header::CONTENT_ENCODING, "gzip")
                .body(self.gzip.clone().into())
        } else {
            response
                .header(header::CONTENT_TYPE, self.content_type)
                .body(self.body.clone().into())
        };
        response.expect("these headers are valid")
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
    response.body(body.into()).expect("these headers are valid")
}

async fn answer(
    State((office, site)): State<(Arc<Office>, &'static str)>,
    request: Request,
) -> Response<Body> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = format!("{site}{path}");
    let page = office.page(&path);
    let response = match page {
        _ if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD only\n")
        }
        Some(page) => page.response(request.headers()),
        None => plain(StatusCode::NOT_FOUND, "no such page\n"),
    };
    let value = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request
        .headers()
        .iter()
        .map(|(name, v)| (name.to_string(), value(v)))
        .collect();
    let status = response.status().as_u16();
    office.log().push(Recorded {
        method: request.method().to_string(),
        path,
        headers,
        status,
    });
    response
}
