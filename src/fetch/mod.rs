//! The HTTP client: the only part of feedmill that opens outgoing connections.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use url::Url;

use crate::model::{Answer, Failure, HostPause, Secret, Validators};

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
    pub answer: Option<Answer>,
    /// What went wrong.
    pub failure: Failure,
}

/// One per refresh; cheap to clone.
#[derive(Clone)]
pub struct Fetcher {}

impl Fetcher {
    /// Builds the client. Fails only when no TLS roots or resolver can be set up.
    pub fn new(_settings: Settings) -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Nothing is sent to this host before then.
    pub fn pause(&self, _pause: &HostPause) {}

    /// Announces what will be asked, so that an address asked for twice is fetched once.
    pub fn expect<'a>(&self, _urls: impl Iterator<Item = &'a Url>) {}

    /// Asks, following redirects; `now` is used for Retry-After dates and pauses.
    pub async fn get(&self, _request: &Request, _now: DateTime<Utc>) -> Result<Reply, Error> {
        unimplemented!()
    }
}

/// The `User-Agent` of every request (etiquette E47).
pub fn user_agent(_contact: Option<&str>, _subscribers: u64) -> String {
    String::new()
}
