//! The HTTP server of the newsroom: fixed pages with validators, and a record of what was asked.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use flate2::{Compression, write::GzEncoder};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::template::Document;
use super::{OK, REVIEW_SITE, Recorded, review};

/// Answers on a free port as this site.
pub(super) async fn serve(
    office: &Arc<Office>,
    site: &'static str,
) -> io::Result<(SocketAddr, JoinHandle<()>)> {
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
pub(super) struct Office {
    pages: Mutex<HashMap<String, Page>>,
    log: Mutex<Vec<Recorded>>,
}

impl Office {
    pub(super) fn pages(&self) -> MutexGuard<'_, HashMap<String, Page>> {
        self.pages.lock().expect("nobody panics while holding the pages")
    }

    /// Serves the documents of a site.
    pub(super) fn open(&self, site: &str, documents: Vec<Document>) {
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

    pub(super) fn log(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.log.lock().expect("nobody panics while holding the log")
    }
}

/// One address of the site.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
    gzip: Bytes,
    hash: String,
    pub(super) modified: SystemTime,
    /// How many posts and pages of them there are; only of the API.
    counts: Option<(usize, usize)>,
}

impl Page {
    pub(super) fn new(content_type: &'static str, body: Bytes, modified: Duration) -> Self {
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
