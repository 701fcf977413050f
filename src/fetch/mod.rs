//! The HTTP client: the only part of feedmill that opens outgoing connections.
//!
//! A request is a chain of hops: `client` sends one, `follow` decides on the next. Every hop's address is checked by
//! `guard`, its name resolved by `resolver`, its turn given by `hosts` and its connection by `connections`; bodies are
//! undone by `decode` under a limit.

mod client;
mod connections;
mod decode;
mod errand;
mod error;
mod follow;
mod guard;
mod headers;
mod hosts;
mod resolver;
mod robots;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use url::Url;

use crate::model::{Answer, Failure, HostPause, RobotsRecord, Secret, Validators};

pub use errand::{Errand, Errands};

/// What is the same for every request.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `feedmill/VERSION (+CONTACT; N subscribers)`, see [`user_agent`].
    pub user_agent: String,
    /// Sent as `From` when the operator gave a mail address as contact.
    pub from: Option<String>,
    /// Requests in flight over all hosts.
    pub concurrency: usize,
    /// Requests in flight to one host.
    pub per_host: usize,
    /// Pause between two requests to one host.
    pub host_gap: Duration,
    /// May connect to loopback and private addresses.
    pub allow_private_hosts: bool,
    /// Of `timeout`, how long connecting may take.
    pub connect_timeout: Duration,
}

/// One conditional GET.
#[derive(Clone, Debug)]
pub struct Request {
    /// The configured address: custom headers and userinfo are for its origin only.
    pub configured: Url,
    /// The address to ask first: the configured one, or where a remembered permanent redirect leads.
    pub start: Url,
    /// Sent only to the very URL they are bound to.
    pub validators: Option<Validators>,
    /// Custom headers.
    pub headers: Vec<(String, Secret)>,
    /// The whole request with all its redirects.
    pub timeout: Duration,
    /// Bytes after decompression.
    pub max_body: u64,
    /// What is asked for.
    pub wants: Wants,
}

/// What a request is for: it decides on `Accept`, and whether robots.txt is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// A feed.
    Feed,
    /// A web page or a sitemap, as far as robots.txt lets it be read.
    Page,
    /// robots.txt itself.
    Rules,
}

/// An answer that is not a failure.
#[derive(Clone, Debug)]
pub enum Reply {
    /// 304.
    NotModified(Answer),
    /// 200 or 226 with a complete, decoded body.
    Document {
        /// What outlives it.
        answer: Answer,
        /// Decoded.
        body: Bytes,
        /// `Content-Type` as sent.
        content_type: Option<String>,
    },
}

/// No usable answer.
#[derive(Clone, Debug)]
pub struct Error {
    /// The answer, if there was one.
    pub answer: Option<Box<Answer>>,
    /// What went wrong.
    pub failure: Failure,
}

/// One per refresh, or per daemon; cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<client::Client>,
}

impl Fetcher {
    /// Builds the client. Fails only when the `User-Agent` is none that can be sent.
    pub fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(Self {
            inner: Arc::new(client::Client::new(settings, resolver::system())?),
        })
    }

    /// Nothing is sent to this host before then.
    pub fn pause(&self, pause: &HostPause) {
        self.inner.hosts.pause(&pause.host, pause.until);
    }

    /// The hosts that are to be left alone beyond `now`.
    pub fn pauses(&self, now: DateTime<Utc>) -> Vec<HostPause> {
        self.inner.hosts.pauses(now)
    }

    /// What a site asked of programs when an earlier pass looked; it holds for a day.
    pub fn know(&self, record: RobotsRecord) {
        self.inner.robots.know(record);
    }

    /// The rules of sites that were asked for since the last call.
    pub fn robots(&self) -> Vec<RobotsRecord> {
        self.inner.robots.fetched()
    }

    /// Announces where a source will lead: the address that is asked first, and where its redirects led last time. An
    /// address that several lead to is fetched once.
    pub fn expect(&self, start: Url, known: Option<Url>) {
        self.inner.shared.expect(start, known);
    }

    /// Forgets what was announced.
    pub fn expect_nothing(&self) {
        self.inner.shared.expect_nothing();
    }

    /// An answer is good for other sources that lead to the same address for so long only; without this, for as long as
    /// this fetcher is there.
    pub fn share_for(&self, lifetime: Duration) {
        self.inner.shared.limit(lifetime);
    }

    /// Asks, following redirects; `now` is used for Retry-After dates and pauses.
    pub async fn get(&self, request: &Request, now: DateTime<Utc>) -> Result<Reply, Error> {
        follow::get(&self.inner, request, now).await
    }
}

/// The `User-Agent` of every request (etiquette E47).
pub fn user_agent(contact: Option<&str>, subscribers: u64) -> String {
    let contact = contact.map(|contact| format!("+{contact}; ")).unwrap_or_default();
    format!(
        "feedmill/{} ({contact}{subscribers} subscribers)",
        env!("CARGO_PKG_VERSION")
    )
}

/// What an answer that is too long is told.
fn too_large(max: u64) -> String {
    format!(
        "the document is larger than {}; raise max_body if it should be read",
        bytesize::ByteSize(max)
    )
}

#[cfg(test)]
mod tests;
