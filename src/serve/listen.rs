//! Accepting connections and answering on them, with limits and an orderly end.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use axum::http::{Request, StatusCode, header};
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

use super::patient::{Heads, Patience, Patient};
use super::plain::{self, Reply};
use super::rate::{Clients, Rate};
use super::site::Site;

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

/// A site with the limits it is served under.
pub struct Server {
    site: Arc<Site>,
    limits: Limits,
    clients: Clients,
}

/// Serves a site until `stop`; then no connection is accepted, idle ones are closed, and running answers are finished
/// within `Limits::drain`.
pub async fn serve(listener: TcpListener, site: Arc<Site>, limits: Limits, stop: impl Future<Output = ()>) {
    let server = Arc::new(Server::new(site, limits));
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

impl Server {
    /// A server of this site.
    pub fn new(site: Arc<Site>, limits: Limits) -> Self {
        Self {
            site,
            limits,
            clients: Clients::default(),
        }
    }

    /// Answers on one connection until either side ends it. After `stopped` turns true the running answer is the last.
    pub async fn converse<S>(&self, stream: S, client: IpAddr, mut stopped: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let heads = Heads::default();
        let io = TokioIo::new(Patient::new(stream, self.limits.patience, heads.clone()));
        let service = service_fn(|request: Request<Incoming>| {
            heads.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, Infallible>(self.answer(request, client).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Patient` tells idle connections and slow heads apart, which this cannot.
            .header_read_timeout(None)
            .max_buf_size(48 << 10)
            .max_headers(100)
            .serve_connection(io, service);
        let mut connection = pin!(connection);
        let served = tokio::select! {
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

    async fn answer(&self, request: Request<Incoming>, client: IpAddr) -> Reply {
        let (parts, _) = request.into_parts();
        let reply = match self.turn_away(client) {
            Some(reply) => reply,
            None => self.site.answer(&parts, SystemTime::now()).await,
        };
        let status = reply.status().as_u16();
        let bytes = reply.body().size_hint().lower();
        self.site.traffic.note(status, bytes);
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        if let Some(agent) = agent.filter(|_| matches!(status, 200 | 226 | 304)) {
            self.site.traffic.note_reader(parts.uri.path(), agent);
        }
        info!(
            target: "feedmill::access",
            %client,
            method = %parts.method,
            path = ?parts.uri.path(),
            status,
            bytes,
            agent = ?agent.unwrap_or_default(),
        );
        reply
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
