//! A request that is no poll: what WebSub sends to hubs and to subscribers. One hop to an address that somebody else
//! named, so the guard looks at it each time; a redirect is only reported.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::client::Client;
use super::headers::retry_after;
use super::{Fetcher, error, guard};
use crate::model::{Failure, FailureKind};

/// One request.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Where to.
    pub url: Url,
    /// A POST with this body; else it is a GET.
    pub body: Option<Bytes>,
    /// Beside those that every request has.
    pub headers: HeaderMap,
    /// From connecting to the end of the answer.
    pub timeout: Duration,
    /// So much of the answer's body is read, and the rest left.
    pub most: usize,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Errands {
    /// The status.
    pub status: u16,
    /// Who answered.
    pub peer: Option<IpAddr>,
    /// Where it redirects to.
    pub location: Option<Url>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub body: Bytes,
}

impl Fetcher {
    /// Whether requests may be sent there, as far as the address itself tells. `from` is who named it.
    pub fn permits(&self, url: &Url, from: Option<&Url>) -> Result<(), String> {
        self.inner.guard.check(url, from)?;
        let port = url.port_or_known_default().unwrap_or_default();
        match guard::literal(url) {
            Some(ip) if self.inner.own.listens(ip, port) => {
                Err(format!("{ip}:{port} leads to this very server"))
            }
            _ => Ok(()),
        }
    }

    /// Says where this program listens itself: no errand leads there. The first word counts.
    pub fn avoid(&self, own: Vec<SocketAddr>) {
        self.inner.own.set(own);
    }

    /// Sends it. Names are resolved now, and only to addresses that may be asked.
    pub async fn run(&self, errand: &Errand, now: DateTime<Utc>) -> Result<Errands, Failure> {
        let refused = |message| error::failure(FailureKind::Refused, message);
        self.permits(&errand.url, None).map_err(refused)?;
        match tokio::time::timeout(errand.timeout, send(&self.inner, errand, now)).await {
            Ok(sent) => sent,
            Err(_) => Err(error::timeout(errand.timeout)),
        }
    }
}

async fn send(client: &Client, errand: &Errand, now: DateTime<Utc>) -> Result<Errands, Failure> {
    let connection = client.connection(&errand.url)?;
    let request = match &errand.body {
        Some(body) => connection.post(errand.url.clone()).body(body.clone()),
        None => connection.get(errand.url.clone()),
    };
    let sent = request.headers(errand.headers.clone()).send().await;
    let response = sent.map_err(|failed| error::of_request(failed, &errand.url))?;
    let headers = response.headers();
    let location = headers.get(header::LOCATION);
    let location = location.and_then(|location| errand.url.join(location.to_str().ok()?).ok());
    Ok(Errands {
        status: response.status().as_u16(),
        peer: response.remote_addr().map(|peer| peer.ip()),
        location,
        retry_after: retry_after(headers, now),
        body: beginning(response, errand.most).await,
    })
}

async fn beginning(mut response: Response, most: usize) -> Bytes {
    let mut body = Vec::new();
    while body.len() < most
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
    }
    body.into()
}
