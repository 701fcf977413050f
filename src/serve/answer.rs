//! From a request to an answer.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::SystemTime;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
use tracing::warn;

use crate::model::FileFormat;

use super::accept;
use super::address::Found;
use super::body::Content;
use super::coding::Coding;
use super::condition;
use super::delta;
use super::file::{Facts, File, seconds};
use super::inlet::Inlet;
use super::kind::Kind;
use super::listen::Answers;
use super::plain::{self, Reply};
use super::range::{self, Wanted};
use super::refusal::refusal;
use super::site::{BodyOf, Site, Snapshot};
use super::traffic::Traffic;

/// How a file was found, as far as the answer tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Name,
    /// By another name: `Content-Location` says the right one.
    Alias,
    /// By the client's wishes.
    Choice,
}

/// A file and what the client may be sent of it.
struct Chosen<'a> {
    file: &'a Arc<File>,
    facts: &'a Facts,
    coding: Coding,
    by: By,
    /// `Last-Modified`, unless it would be later than `Date`, which RFC 9110 §8.8.2.1 forbids.
    modified: Option<u64>,
}

/// A file that has to be read or compressed first.
pub struct Later {
    file: Arc<File>,
    by: By,
}

impl Answers for Site {
    type Later = Later;

    /// Nearly always all that it takes is in memory.
    fn at_once(&self, request: &Parts, now: SystemTime) -> Result<Reply, Later> {
        if let Some(refusal) = refusal(request) {
            return Ok(refusal);
        }
        if self.settings.health
            && let Some(health) = self.health(request.uri.path())
        {
            return Ok(health);
        }
        let Some(snapshot) = self.snapshot() else {
            return Ok(plain::retry(StatusCode::SERVICE_UNAVAILABLE, 10));
        };
        let (file, by) = match self.look_up(request, &snapshot) {
            ControlFlow::Break(reply) => return Ok(reply),
            ControlFlow::Continue(found) => found,
        };
        self.send_at_once(request, file, by, now).ok_or_else(|| Later {
            file: file.clone(),
            by,
        })
    }

    /// After the file was read and compressed.
    async fn later(&self, request: &Parts, later: Later, now: SystemTime) -> Reply {
        let sent = self.send(request, &later.file, later.by, now).await;
        sent.unwrap_or_else(|error| {
            warn!(file = &*later.file.key, %error, "cannot be read");
            plain::retry(StatusCode::SERVICE_UNAVAILABLE, 60)
        })
    }

    fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    fn inlet(&self) -> Option<&dyn Inlet> {
        self.inlet.get().map(|inlet| &**inlet)
    }
}

impl Site {
    /// The answer to a request that came at `now`. A body of the request is not read.
    pub async fn answer(&self, request: &Parts, now: SystemTime) -> Response<Full<Bytes>> {
        match self.at_once(request, now) {
            Ok(reply) => reply,
            Err(later) => self.later(request, later, now).await,
        }
    }

    /// The file that is asked for, or an answer that needs none.
    fn look_up<'s>(
        &self,
        request: &Parts,
        snapshot: &'s Snapshot,
    ) -> ControlFlow<Reply, (&'s Arc<File>, By)> {
        let found = snapshot.addresses.find(request.uri.path(), &snapshot.withdrawn);
        let (file, by) = match found {
            Found::File(file) => (file, By::Name),
            Found::Alias(file) => (file, By::Alias),
            Found::Folder(folder) => match choose(snapshot, folder, &request.headers) {
                Some(file) => (file, By::Choice),
                None => return ControlFlow::Break(plain::error(StatusCode::NOT_FOUND)),
            },
            Found::Moved(to) => return ControlFlow::Break(plain::moved(&to, &self.fixed.cache)),
            Found::Gone => return ControlFlow::Break(plain::error(StatusCode::GONE)),
            Found::Nothing => return ControlFlow::Break(plain::error(StatusCode::NOT_FOUND)),
        };
        if by != By::Choice
            && let Some(page) = page_instead(snapshot, file, &request.headers)
        {
            return ControlFlow::Break(plain::see(&page));
        }
        ControlFlow::Continue((file, by))
    }

    /// `/healthz`: 200 as long as anything is answered. `/readyz`: 200 when there is an output, else 503.
    pub fn health(&self, path: &str) -> Option<Reply> {
        match path {
            "/healthz" => Some(plain::health(Ok(()))),
            "/readyz" => {
                let is_ready = self.is_ready().then_some(());
                Some(plain::health(is_ready.ok_or_else(|| plain::NO_OUTPUT.to_owned())))
            }
            _ => None,
        }
    }

    fn send_at_once(&self, request: &Parts, file: &Arc<File>, by: By, now: SystemTime) -> Option<Reply> {
        let now = seconds(now);
        file.touch(now);
        let facts = file.facts()?;
        let chosen = match self.weigh(&request.headers, file, &facts, by, now) {
            ControlFlow::Continue(chosen) => chosen,
            ControlFlow::Break(reply) => return Some(reply),
        };
        if may_be_part(&request.headers, file.kind) {
            return None;
        }
        let (facts, content) = file.content()?;
        let body = content.body.get(chosen.coding)?;
        Some(self.whole(
            request,
            &Chosen {
                facts: &facts,
                ..chosen
            },
            body,
        ))
    }

    async fn send(&self, request: &Parts, file: &Arc<File>, by: By, now: SystemTime) -> io::Result<Reply> {
        let headers = &request.headers;
        let (facts, content) = self.content(file).await?;
        let chosen = match self.weigh(headers, file, &facts, by, seconds(now)) {
            ControlFlow::Continue(chosen) => chosen,
            ControlFlow::Break(reply) => return Ok(reply),
        };
        if may_be_part(headers, file.kind)
            && let Some(part) = self.part(headers, &chosen, &content).await?
        {
            return Ok(part);
        }
        let body = self.coded(file, chosen.coding, BodyOf::Whole(content)).await?;
        Ok(self.whole(request, &chosen, body))
    }

    /// What of a file the client may be sent; an answer when it can take nothing, or has it already.
    fn weigh<'a>(
        &self,
        headers: &HeaderMap,
        file: &'a Arc<File>,
        facts: &'a Facts,
        by: By,
        now: u64,
    ) -> ControlFlow<Reply, Chosen<'a>> {
        let Some(coding) = Coding::choose(headers, file.kind.is_text(), facts.length) else {
            return ControlFlow::Break(vary(plain::error(StatusCode::NOT_ACCEPTABLE), by));
        };
        let chosen = Chosen {
            file,
            facts,
            coding,
            by,
            modified: Some(facts.modified).filter(|modified| (1..=now).contains(modified)),
        };
        let version = condition::Version {
            hash: &facts.hash,
            modified: chosen.modified,
        };
        if condition::has(headers, &version) {
            return ControlFlow::Break(self.unchanged(&chosen));
        }
        ControlFlow::Continue(chosen)
    }

    fn unchanged(&self, chosen: &Chosen<'_>) -> Reply {
        let mut reply = Response::new(Full::default());
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
        let headers = reply.headers_mut();
        // As many as there are, at most: the allocator is quicker with less than a kilobyte.
        headers.reserve(6);
        self.describe(headers, chosen);
        if chosen.file.kind.is_shared() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        reply
    }

    /// The file, or the range of it that was asked for.
    fn whole(&self, request: &Parts, chosen: &Chosen<'_>, body: Bytes) -> Reply {
        let length = body.len();
        let etag = chosen.facts.etag(chosen.coding);
        let wanted = if request.method == Method::GET
            && condition::allows_range(&request.headers, etag, chosen.modified)
        {
            range::wanted(&request.headers, length)
        } else {
            Wanted::All
        };
        let (status, body, range) = match wanted {
            Wanted::All => (StatusCode::OK, body, None),
            Wanted::Part(part) => {
                let range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
                (StatusCode::PARTIAL_CONTENT, body.slice(part), Some(range))
            }
            Wanted::Nothing => {
                let reply = plain::error(StatusCode::RANGE_NOT_SATISFIABLE);
                return plain::with_range(reply, &format!("bytes */{length}"));
            }
        };
        let mut reply = Response::new(Full::new(body.clone()));
        *reply.status_mut() = status;
        let headers = reply.headers_mut();
        headers.reserve(12);
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        self.describe(headers, chosen);
        self.present(headers, chosen);
        match range {
            Some(range) => plain::with_range(reply, &range),
            None => reply,
        }
    }

    /// Only the items that the client does not have: RFC 3229.
    async fn part(
        &self,
        headers: &HeaderMap,
        chosen: &Chosen<'_>,
        content: &Content,
    ) -> io::Result<Option<Reply>> {
        let file = chosen.file;
        let Some((since, known)) = condition::tags(headers).find_map(|tag| file.earlier(tag)) else {
            return Ok(None);
        };
        let Some(part) = content.part(since, known, &self.memory) else {
            return Ok(None);
        };
        let Some(coding) = Coding::choose(headers, true, part.plain().len()) else {
            return Ok(None);
        };
        let body = self.coded(file, coding, BodyOf::Part(part)).await?;
        let mut reply = Response::new(Full::new(body.clone()));
        *reply.status_mut() = StatusCode::IM_USED;
        let headers = reply.headers_mut();
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        // RFC 3229 §10.5.1: the tag is that of the version the client has from now on.
        let chosen = Chosen { coding, ..*chosen };
        self.describe(headers, &chosen);
        self.present(headers, &chosen);
        headers.insert("im", HeaderValue::from_static("feed"));
        // Caches that do not know instance manipulations must not take it for the whole feed.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, im"));
        headers.remove(header::ACCEPT_RANGES);
        Ok(Some(reply))
    }

    /// What stands in a 200 and in a 304 (RFC 9110 §15.4.5).
    fn describe(&self, headers: &mut HeaderMap, chosen: &Chosen<'_>) {
        headers.insert(header::ETAG, chosen.facts.etag(chosen.coding).clone());
        if chosen.modified.is_some() {
            headers.insert(header::LAST_MODIFIED, chosen.facts.last_modified.clone());
        }
        let cache = match chosen.file.kind {
            Kind::Archive => &self.fixed.archive,
            Kind::Feed(_) | Kind::Opml | Kind::Other(..) => &self.fixed.cache,
        };
        headers.insert(header::CACHE_CONTROL, cache.clone());
        if let Some(vary) = vary_on(chosen.by, chosen.file.kind) {
            headers.insert(header::VARY, HeaderValue::from_static(vary));
        }
        if chosen.by != By::Name
            && let Ok(location) = HeaderValue::from_str(&chosen.file.key)
        {
            headers.insert(header::CONTENT_LOCATION, location);
        }
    }

    /// What stands beside a body.
    fn present(&self, headers: &mut HeaderMap, chosen: &Chosen<'_>) {
        let kind = chosen.file.kind;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.media_type()));
        if chosen.coding != Coding::Identity {
            headers.insert(
                header::CONTENT_ENCODING,
                HeaderValue::from_static(chosen.coding.name()),
            );
        }
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, plain::NO_SNIFF);
        if let Some(links) = &chosen.file.links {
            headers.insert(header::LINK, links.clone());
        }
        if kind.is_shared() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("ETag, Last-Modified, Link"),
            );
        }
        if kind.is_page() {
            headers.insert(header::CONTENT_SECURITY_POLICY, plain::PAGE_POLICY);
            headers.insert(header::REFERRER_POLICY, plain::NO_REFERRER);
        }
        if let Some(robots) = &self.settings.robots {
            headers.insert("x-robots-tag", robots.clone());
        }
    }
}

/// Whether the client may be sent a part of this file.
fn may_be_part(headers: &HeaderMap, kind: Kind) -> bool {
    kind.subscribable().is_some() && delta::is_wanted(headers)
}

/// The file of a folder that the client wants most.
fn choose<'a>(snapshot: &'a Snapshot, folder: &str, headers: &HeaderMap) -> Option<&'a Arc<File>> {
    let files = snapshot.addresses.folders.get(folder)?;
    accept::choose(headers, |format| files.get(format).is_some()).and_then(|format| files.get(format))
}

/// The page to show to a person who opens a feed in a browser, which would show or save it as raw XML. The way to
/// subscribe is said there, so that a click on "RSS" leads to where one can go on.
fn page_instead(snapshot: &Snapshot, file: &File, headers: &HeaderMap) -> Option<String> {
    file.kind.subscribable()?;
    if !accept::navigates(headers) {
        return None;
    }
    let folder = &file.key[..=file.key.rfind('/')?];
    let page = snapshot.addresses.folders.get(folder)?.get(FileFormat::Html)?;
    let folder = &page.key[..=page.key.rfind('/')?];
    Some(format!("{folder}#subscribe"))
}

fn vary_on(by: By, kind: Kind) -> Option<&'static str> {
    match by {
        // The redirect of browsers from a feed to its page is not stored by caches, and a feed that a cache gives to a
        // browser does no harm: so `Sec-Fetch-Dest` need not split what all readers share.
        By::Choice => Some("Accept, Sec-Fetch-Dest, Accept-Encoding"),
        _ => kind.is_text().then_some("Accept-Encoding"),
    }
}

fn vary(mut reply: Reply, by: By) -> Reply {
    if let Some(vary) = vary_on(by, Kind::Opml) {
        reply
            .headers_mut()
            .insert(header::VARY, HeaderValue::from_static(vary));
    }
    reply
}
