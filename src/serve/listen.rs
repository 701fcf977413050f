//! Accepting connections and answering on them, with limits and an orderly end.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::accept::SEC_FETCH_DEST;
use super::inlet::Inlet;
use super::patient::{Patience, Patient, Turns};
use super::plain::{self, Reply};
use super::rate::{Clients, Rate};
use super::traffic::Traffic;

/// What is behind a listener.
pub trait Answers: Send + Sync + 'static {
    /// What it takes to answer a request later.
    type Later: Send;

    /// The answer to a request that came at `now`, if there is nothing to wait for. A body of the request is not read.
    fn at_once(&self, request: &Parts, now: SystemTime) -> Result<Reply, Self::Later>;

    /// The answer, after the file was read, or whatever else it takes.
    fn later(
        &self,
        request: &Parts,
        later: Self::Later,
        now: SystemTime,
    ) -> impl Future<Output = Reply> + Send;

    /// Where it is counted what was asked and answered.
    fn traffic(&self) -> &Traffic;

    /// Who answers requests that are for no file.
    fn inlet(&self) -> Option<&dyn Inlet> {
        None
    }
}

type Answer<'a> = Either<Ready<Result<Reply, Infallible>>, BoxFuture<'a, Result<Reply, Infallible>>>;

/// What clients may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more wait until one ends.
    pub connections: usize,
    /// How long clients are waited for.
    pub patience: Patience,
    /// For each client; `None` where another server in front counts. Clients on this machine are such servers.
    pub rate: Option<Rate>,
    /// Count clients on this machine, too.
    pub rate_here: bool,
    /// How long running answers may take after the signal to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            patience: Patience {
                head: Duration::from_secs(10),
                idle: Duration::from_secs(60),
                taking: Duration::from_secs(30),
            },
            rate: Some(Rate {
                per_second: 20,
                burst: 600,
            }),
            rate_here: false,
            drain: Duration::from_secs(10),
        }
    }
}

/// A site, or what else there is, with the limits that it is served under.
pub struct Server<A> {
    behind: Arc<A>,
    limits: Limits,
    clients: Clients,
}

/// Serves a site, or what else there is, until `stop`; then no connection is accepted, idle ones are closed, and running answers are finished
/// within `Limits::drain`.
pub async fn serve<A: Answers>(
    listener: TcpListener,
    behind: Arc<A>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let server = Arc::new(Server::new(behind, limits));
    let (stopping, stopped) = watch::channel(false);
    let room = Arc::new(Semaphore::new(limits.connections));
    let (mut stop, mut connections) = (pin!(stop), JoinSet::new());
    loop {
        let next = async {
            let permit = room.clone().acquire_owned().await.expect("it is never closed");
            (accept(&listener).await, permit)
        };
        let ((stream, client), permit) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        // An answer is written at once, and then there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let (server, stopped) = (server.clone(), stopped.clone());
        connections.spawn(async move {
            server.converse(stream, client.ip(), stopped).await;
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let _ = stopping.send(true);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, all).await.is_err() {
        warn!(
            connections = connections.len(),
            "stopped in the middle of answers"
        );
    }
}

/// Returns when it is time to stop.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // Whoever holds the sender is gone: that is a stop, too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// The next connection. Errors of single connections and a lack of file handles pass.
async fn accept(listener: &TcpListener) -> (tokio::net::TcpStream, SocketAddr) {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                warn!(%error, "cannot accept connections");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

/// Whether somebody was given a feed, or has it already. A 304 does not say what it is about: its address does, and only
/// a browser is given the page of a folder.
fn is_feed(request: &Parts, reply: &Reply) -> bool {
    match reply.status().as_u16() {
        200 | 226 => reply
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|media_type| media_type.to_str().ok())
            .is_some_and(|media_type| FEEDS.iter().any(|feed| media_type.starts_with(feed))),
        304 => {
            let name = request.uri.path().rsplit('/').next().unwrap_or_default();
            let is_other = [".html", ".css", ".opml", ".txt"]
                .iter()
                .any(|end| name.ends_with(end));
            !is_other && (!name.is_empty() || !request.headers.contains_key(SEC_FETCH_DEST))
        }
        _ => false,
    }
}

/// Their media types.
const FEEDS: [&str; 3] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
];

/// How long a body may take from its first byte to its last.
const BODY: Duration = Duration::from_secs(60);

/// Reads a body and hands it on. What is too long is refused unread where the head says so.
async fn hand_on(inlet: &dyn Inlet, request: Parts, body: Incoming, most: Result<u64, Reply>) -> Reply {
    let most = match most {
        Ok(0) if !body.is_end_stream() => return unread(inlet.answer(request, Bytes::new()).await),
        Ok(most) => most,
        Err(reply) if !body.is_end_stream() => return unread(reply),
        Err(reply) => return reply,
    };
    if body.size_hint().lower() > most {
        return plain::closing(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let limited = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX));
    match tokio::time::timeout(BODY, limited.collect()).await {
        Ok(Ok(body)) => inlet.answer(request, body.to_bytes()).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => plain::closing(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => plain::closing(StatusCode::BAD_REQUEST),
        Err(_) => plain::closing(StatusCode::REQUEST_TIMEOUT),
    }
}

/// An answer after which the connection ends: what follows the head is not read.
fn unread(mut reply: Reply) -> Reply {
    let close = HeaderValue::from_static("close");
    reply.headers_mut().insert(header::CONNECTION, close);
    reply
}

impl<A: Answers> Server<A> {
    /// A server of this site.
    pub fn new(behind: Arc<A>, limits: Limits) -> Self {
        Self {
            behind,
            limits,
            clients: Clients::default(),
        }
    }

    /// Answers on one connection until either side ends it. After `stopped` turns true the running answer is the last.
    pub async fn converse<S>(&self, stream: S, client: IpAddr, mut stopped: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let turns = Turns::default();
        let io = TokioIo::new(Patient::new(stream, self.limits.patience, turns.clone()));
        let service = service_fn(|request: Request<Incoming>| {
            turns.pass();
            self.answer(request, client, &turns)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Patient` tells idle connections and slow heads apart, which this cannot.
            .header_read_timeout(None)
            .max_buf_size(48 << 10)
            .serve_connection(io, service);
        let mut connection = pin!(connection);
        let served = tokio::select! {
            biased;
            served = &mut connection => served,
            () = told(&mut stopped) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            debug!(%client, %error, "connection ended");
        }
    }

    /// What takes no waiting is answered at once: a future that could wait is large, and would be moved about.
    fn answer<'a>(&'a self, request: Request<Incoming>, client: IpAddr, turns: &Turns) -> Answer<'a> {
        let (mut parts, body) = request.into_parts();
        if let Some(reply) = self.turn_away(client) {
            turns.pass();
            self.note(&parts, client, &reply, SystemTime::now());
            return Either::Left(ready(Ok(reply)));
        }
        if parts.headers.get_all(header::HOST).iter().nth(1).is_some() {
            // RFC 9112 §3.2: servers in front may have read the other one.
            let reply = plain::closing(StatusCode::BAD_REQUEST);
            turns.pass();
            self.note(&parts, client, &reply, SystemTime::now());
            return Either::Left(ready(Ok(reply)));
        }
        if let Some(inlet) = self.behind.inlet()
            && let Some(most) = inlet.takes(&mut parts, client)
        {
            let turns = turns.clone();
            return Either::Right(Box::pin(async move {
                let mut asked = parts.clone();
                // What is set aside for the body goes with the body.
                asked.extensions.clear();
                let reply = hand_on(inlet, parts, body, most).await;
                turns.pass();
                self.note(&asked, client, &reply, SystemTime::now());
                Ok(reply)
            }));
        }
        let now = SystemTime::now();
        match self.behind.at_once(&parts, now) {
            Ok(reply) => {
                turns.pass();
                self.note(&parts, client, &reply, now);
                Either::Left(ready(Ok(reply)))
            }
            Err(later) => {
                let turns = turns.clone();
                Either::Right(Box::pin(async move {
                    let reply = self.behind.later(&parts, later, now).await;
                    turns.pass();
                    self.note(&parts, client, &reply, now);
                    Ok(reply)
                }))
            }
        }
    }

    /// Counts and logs an answer.
    fn note(&self, request: &Parts, client: IpAddr, reply: &Reply, now: SystemTime) {
        let status = reply.status().as_u16();
        let bytes = reply.body().size_hint().lower();
        let traffic = self.behind.traffic();
        traffic.note(status, bytes);
        let agent = request.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        if is_feed(request, reply) {
            let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            traffic.note_reader(request.uri.path(), client, agent, now.as_secs());
        }
        info!(
            target: "feedmill::access",
            %client,
            method = %request.method,
            path = ?request.uri.path(),
            status,
            bytes,
            ?agent,
        );
    }

    fn turn_away(&self, client: IpAddr) -> Option<Reply> {
        let rate = self.limits.rate?;
        if client.to_canonical().is_loopback() && !self.limits.rate_here {
            return None;
        }
        let wait = self.clients.admit(client, rate, Instant::now()).err()?;
        Some(plain::retry(StatusCode::TOO_MANY_REQUESTS, wait.as_secs() + 1))
    }
}
