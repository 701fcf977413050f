//! One hop: one request to one address, its answer read and unpacked within limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::connections::{Connections, share_of_files};
use super::decode::{Coding, decode};
use super::error;
use super::guard::{Guard, Own};
use super::headers::retry_after;
use super::hosts::{self, Hosts};
use super::resolver::{Lookup, Resolver};
use super::robots::Gate;
use super::shared::Shared;
use super::{Request, Settings, Wants, too_large};
use crate::model::{Failure, FailureKind, Validators};

const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml;q=0.9, application/xml;q=0.8, */*;q=0.1";
const ACCEPT_TEXT: &str = "text/plain, */*;q=0.1";
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                      text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1";
/// Every coding that [`decode`] undoes and that is worth asking for.
const ACCEPT_ENCODING: &str = "gzip, br, zstd";

/// Of an answer that is no document so much is read, so that its connection can be used again.
const SMALL_TALK: u64 = 64 << 10;
/// … for so long at most: what it says is not read.
const SMALL_TALK_TIME: Duration = Duration::from_secs(1);
/// A packed body from this size on is unpacked on a thread of its own.
const HEAVY: usize = 64 << 10;
/// A host that says "not now" without saying for how long.
const PATIENCE: TimeDelta = TimeDelta::hours(4);
/// One that says "not now" but asks for next to nothing is in trouble all the same: the rest of this pass is too early.
const SHORTEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// No host is believed to want more.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(31);

const A_IM: HeaderName = HeaderName::from_static("a-im");

pub(super) struct Client {
    settings: Settings,
    pub(super) guard: Guard,
    pub(super) hosts: Hosts,
    pub(super) shared: Shared,
    pub(super) robots: Gate,
    connections: Connections,
    pub(super) own: Own,
    /// It was said already that this machine is short of something.
    was_short: AtomicBool,
}

/// An answer to one hop.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Unpacked; empty unless the status is that of a document.
    pub body: Bytes,
    /// Bytes of the body as it came.
    pub wire: u64,
}

/// What a hop asks with.
pub(super) struct Hop<'a> {
    pub url: &'a Url,
    pub request: &'a Request,
    /// They are bound to this very URL.
    pub validators: Option<&'a Validators>,
    /// This is the configured origin, to which custom headers and userinfo may go.
    pub is_home: bool,
}

impl Client {
    pub(super) fn new(settings: Settings, lookup: Lookup) -> Result<Self, Failure> {
        let guard = Guard {
            allow_private_hosts: settings.allow_private_hosts,
        };
        let resolver = Arc::new(Resolver::new(guard, lookup));
        Ok(Self {
            guard,
            connections: Connections::new(&settings, resolver)?,
            hosts: Hosts::new(
                settings.concurrency.min(share_of_files()),
                settings.per_host,
                settings.host_gap,
            ),
            shared: Shared::default(),
            robots: Gate::default(),
            was_short: AtomicBool::new(false),
            settings,
            own: Own::default(),
        })
    }

    /// Waits for the host's turn and asks. `left` is what remains of the request's time; waiting for a turn takes none of
    /// it, for it is not the source's fault.
    pub(super) async fn hop(
        &self,
        hop: &Hop<'_>,
        now: DateTime<Utc>,
        left: &mut Duration,
    ) -> Result<Answered, Failure> {
        if left.is_zero() {
            return Err(error::timeout(hop.request.timeout));
        }
        let host = hosts::name(hop.url);
        self.check_pause(&host, now)?;
        let turn = self.hosts.turn(&host).await;
        // Another source of this host may have been told to wait meanwhile.
        self.check_pause(&host, now)?;
        let started = Instant::now();
        let mut lacking = None;
        let answered = match tokio::time::timeout(*left, self.ask_patiently(hop, &mut lacking)).await {
            Ok(answered) => answered,
            Err(_) => Err(lacking.unwrap_or_else(|| error::timeout(hop.request.timeout))),
        };
        *left = left.saturating_sub(started.elapsed());
        turn.end().await;
        if let Ok(answered) = &answered {
            self.heed(&host, answered, now);
        }
        answered
    }

    /// The way to the host of this address, which somebody else named.
    pub(super) fn connection(&self, url: &Url) -> Result<reqwest::Client, Failure> {
        self.connections.client_but(url, Some(&self.own))
    }

    fn check_pause(&self, host: &str, now: DateTime<Utc>) -> Result<(), Failure> {
        match self.hosts.paused(host, now) {
            Some(until) => Err(Failure {
                kind: FailureKind::Paused,
                message: format!(
                    "{host} asked for patience until {}; nothing was sent",
                    until.format("%Y-%m-%d %H:%M UTC")
                ),
            }),
            None => Ok(()),
        }
    }

    /// A host that asks for patience gets it, for all its sources, from now on.
    fn heed(&self, host: &str, answered: &Answered, now: DateTime<Utc>) {
        let status = answered.status;
        let is_busy = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        let asked = retry_after(&answered.headers, now).filter(|_| !status.is_success());
        let wait = match asked.map(|wait| TimeDelta::from_std(wait).unwrap_or(LONGEST_PAUSE)) {
            Some(wait) if is_busy => wait.clamp(SHORTEST_PAUSE, LONGEST_PAUSE),
            Some(wait) => wait.min(LONGEST_PAUSE),
            None if status == StatusCode::TOO_MANY_REQUESTS => PATIENCE,
            None => return,
        };
        self.hosts.pause(host, now + wait);
    }

    /// Asks again after a moment where this machine lacks what it takes to ask; `lacking` says so meanwhile.
    async fn ask_patiently(&self, hop: &Hop<'_>, lacking: &mut Option<Failure>) -> Result<Answered, Failure> {
        const TRIES: u32 = 7;
        let mut moment = Duration::from_millis(100);
        for _ in 0..TRIES {
            match self.ask(hop).await {
                Err(failure) if failure.kind == FailureKind::Short => {
                    if !self.was_short.swap(true, Ordering::Relaxed) {
                        tracing::warn!("{}", failure.message);
                    }
                    *lacking = Some(failure);
                }
                answered => return answered,
            }
            // What is open and idle is the first thing to do without.
            self.connections.let_go();
            tokio::time::sleep(moment).await;
            moment *= 2;
        }
        self.ask(hop).await
    }

    async fn ask(&self, hop: &Hop<'_>) -> Result<Answered, Failure> {
        let mut url = hop.url.clone();
        let configured = &hop.request.configured;
        let (name, password) = match hop.is_home {
            // A redirect within the origin need not repeat them.
            true if url.username().is_empty() => (configured.username(), configured.password()),
            true => (hop.url.username(), hop.url.password()),
            false => ("", None),
        };
        // Both fail only for URLs that cannot have them.
        let _ = url.set_username(name);
        let _ = url.set_password(password);
        let request = self
            .connections
            .client(&url)?
            .get(url)
            .headers(self.headers(hop)?);
        let response = request
            .send()
            .await
            .map_err(|error| error::of_request(error, hop.url))?;
        let status = response.status();
        let headers = response.headers().clone();
        if !is_document(status) {
            let wire = small_talk(response).await;
            return Ok(Answered {
                status,
                headers,
                body: Bytes::new(),
                wire,
            });
        }
        let max = hop.request.max_body;
        let packed = read(response, max, hop.request.wants == Wants::Rules)
            .await
            .map_err(|fault| fault.failure(hop.url, max))?;
        let wire = packed.len() as u64;
        let body = unpack(packed, &headers, max).await?;
        Ok(Answered {
            status,
            headers,
            body,
            wire,
        })
    }

    fn headers(&self, hop: &Hop<'_>) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static(accept(hop.request.wants)),
        );
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
        let from = self.settings.from.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(from)) = from {
            headers.insert(header::FROM, from);
        }
        if let Some(validators) = hop.validators {
            let raw = |bytes: &Option<Vec<u8>>| HeaderValue::from_bytes(bytes.as_deref()?).ok();
            if let Some(etag) = raw(&validators.etag) {
                headers.insert(header::IF_NONE_MATCH, etag);
                // RFC 3229 §10.5.3: what is new since the instance with this tag.
                headers.insert(A_IM, HeaderValue::from_static("feed"));
            }
            if let Some(date) = raw(&validators.last_modified) {
                headers.insert(header::IF_MODIFIED_SINCE, date);
            }
        }
        if hop.is_home {
            for (name, value) in &hop.request.headers {
                let (Ok(name), Ok(mut value)) =
                    (HeaderName::try_from(name), HeaderValue::from_str(value.expose()))
                else {
                    return Err(error::setup(format!(
                        "the header {name:?} in headers = {{…}} cannot be sent"
                    )));
                };
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}

fn accept(wants: Wants) -> &'static str {
    match wants {
        Wants::Feed => ACCEPT,
        Wants::Page => ACCEPT_PAGE,
        Wants::Rules => ACCEPT_TEXT,
    }
}

fn is_document(status: StatusCode) -> bool {
    matches!(status, StatusCode::OK | StatusCode::IM_USED)
}

/// Why a body is not there.
enum Fault {
    TooLarge,
    Broken(reqwest::Error),
}

impl Fault {
    fn failure(self, url: &Url, max: u64) -> Failure {
        match self {
            Self::TooLarge => Failure {
                kind: FailureKind::Unreadable,
                message: too_large(max),
            },
            Self::Broken(broken) => error::of_request(broken, url),
        }
    }
}

/// The body as it comes, packed or not: what is packed is smaller than what it stands for.
/// With `cuts`, what is longer than `max` is cut, not refused.
async fn read(mut response: Response, max: u64, cuts: bool) -> Result<Bytes, Fault> {
    if !cuts && response.content_length().is_some_and(|length| length > max) {
        return Err(Fault::TooLarge);
    }
    // Most bodies of small feeds come in one piece, which need not be copied.
    let Some(first) = response.chunk().await.map_err(Fault::Broken)? else {
        return Ok(Bytes::new());
    };
    let mut all: Option<BytesMut> = None;
    let mut length = first.len() as u64;
    while let Some(chunk) = response.chunk().await.map_err(Fault::Broken)? {
        length += chunk.len() as u64;
        if length > max && !cuts {
            return Err(Fault::TooLarge);
        }
        all.get_or_insert_with(|| BytesMut::from(&first[..]))
            .extend_from_slice(&chunk);
        if length > max {
            break;
        }
    }
    if length > max && !cuts {
        Err(Fault::TooLarge)
    } else {
        Ok(all.map_or(first, BytesMut::freeze))
    }
}

async fn small_talk(mut response: Response) -> u64 {
    let mut length = 0;
    let listen = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            length += chunk.len() as u64;
            if length > SMALL_TALK {
                break;
            }
        }
    };
    // The status is known: a body that does not end must not turn it into a timeout.
    let _ = tokio::time::timeout(SMALL_TALK_TIME, listen).await;
    length
}

async fn unpack(packed: Bytes, headers: &HeaderMap, max: u64) -> Result<Bytes, Failure> {
    let coding = headers.get(header::CONTENT_ENCODING);
    let named = coding.map(|coding| String::from_utf8_lossy(coding.as_bytes()).into_owned());
    let Some(coding) = Coding::of(named.as_deref()) else {
        let message = format!(
            "the answer is in the encoding {:?}, which was not asked for",
            named.unwrap_or_default()
        );
        return Err(error::unreadable(message));
    };
    let unpacked = if packed.len() < HEAVY || coding == Coding::Identity {
        decode(packed, coding, max)
    } else {
        let work = tokio::task::spawn_blocking(move || decode(packed, coding, max));
        work.await
            .unwrap_or_else(|_| Err("unpacking the answer was cut short".into()))
    };
    unpacked.map_err(error::unreadable)
}
