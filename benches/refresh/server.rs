//! The sources' servers, as one process: every host is a loopback address of its own.
//!
//! Documents are served from memory, gzipped beforehand, with `ETag`, `Last-Modified` and 304. The bench steers
//! it through its standard input, a line for each command, and reads a line of JSON for each; when the bench is gone
//! the input ends, and the server with it.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use xxhash_rust::xxh3::xxh3_64;

use crate::corpus::Corpus;

/// What the servers were asked since they were last asked to count anew.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Counted {
    pub requests: u64,
    pub not_modified: u64,
    pub documents: u64,
    /// Requests to one host at a time, at most.
    pub per_host: u64,
}

/// Where a host is.
pub fn address(host: usize) -> Ipv4Addr {
    let [_, a, b, c] = u32::try_from(host).unwrap_or(u32::MAX).to_be_bytes();
    Ipv4Addr::new(127, a.saturating_add(1), b, c)
}

/// The way to the server, for the bench.
pub struct Server {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub port: u16,
}

impl Server {
    /// Starts this program again as the server.
    pub fn start(sources: usize) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", &sources.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = process.stdin.take().context("its input is piped")?;
        let answers = BufReader::new(process.stdout.take().context("its output is piped")?);
        let mut server = Self {
            process,
            commands,
            answers,
            port: 0,
        };
        server.port = server.answer()?;
        Ok(server)
    }

    /// See [`serve`] for the commands.
    pub fn tell<T: for<'a> Deserialize<'a>>(&mut self, command: &str) -> anyhow::Result<T> {
        writeln!(self.commands, "{command}")?;
        self.answer()
    }

    fn answer<T: for<'a> Deserialize<'a>>(&mut self) -> anyhow::Result<T> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).context("the source server died")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Default)]
struct Desk {
    documents: Vec<Document>,
    latency: Duration,
    counted: Counted,
    /// Requests being answered, for each host.
    busy: Vec<u64>,
}

#[derive(Clone)]
struct Document {
    host: usize,
    content_type: &'static str,
    gzip: Bytes,
    etag: String,
    modified: String,
}

impl Document {
    fn of(corpus: &Corpus, index: usize) -> Self {
        let source = &corpus.sources[index];
        let text = corpus.document(index);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text.as_bytes())
            .expect("writing to memory succeeds");
        Self {
            host: source.host,
            content_type: source.kind.content_type(),
            gzip: gzip.finish().expect("writing to memory succeeds").into(),
            etag: format!("\"{:016x}\"", xxh3_64(text.as_bytes())),
            modified: httpdate::fmt_http_date(source.built.into()),
        }
    }

    /// RFC 9110 §13.2.2: `If-None-Match` beats `If-Modified-Since`.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let sent = |name| headers.get(name).and_then(|value| value.to_str().ok());
        match sent(header::IF_NONE_MATCH) {
            Some(tags) => tags.contains(&self.etag),
            None => sent(header::IF_MODIFIED_SINCE).is_some_and(|date| date == self.modified),
        }
    }

    fn response(&self, headers: &HeaderMap) -> Response<Body> {
        let response = Response::builder()
            .header(header::ETAG, &self.etag)
            .header(header::LAST_MODIFIED, &self.modified)
            .header(header::VARY, "Accept-Encoding");
        let accepted = headers
            .get(header::ACCEPT_ENCODING)
            .and_then(|codings| codings.to_str().ok());
        let response = if self.is_known(headers) {
            response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
        } else if accepted.is_some_and(|codings| codings.contains("gzip")) {
            response
                .header(header::CONTENT_TYPE, self.content_type)
                .header(header::CONTENT_ENCODING, "gzip")
                .body(self.gzip.clone().into())
        } else {
            response.status(StatusCode::NOT_ACCEPTABLE).body(Body::empty())
        };
        response.expect("these headers are valid")
    }
}

type Shared = Arc<Mutex<Desk>>;

fn open(desk: &Shared) -> MutexGuard<'_, Desk> {
    desk.lock().expect("nobody panics while holding the desk")
}

/// Runs the server until its input ends. It prints its port, then answers each of these commands with a line:
/// `fill` gives every source new items, `change` some of them to one in twenty, `latency MILLISECONDS` slows all
/// answers, `count` tells what was asked since the last `count`.
pub fn serve(sources: usize) -> anyhow::Result<()> {
    let mut corpus = Corpus::new(sources);
    let hosts = corpus.sources.iter().map(|source| source.host + 1).max();
    let desk = Shared::default();
    open(&desk).busy = vec![0; hosts.unwrap_or(0)];
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let listener = listen()?;
    println!("{}", listener.local_addr()?.port());
    let router = Router::new().fallback(answer).with_state(Arc::clone(&desk));
    runtime.spawn(async move {
        // Both fail only before the first request, which then fails too.
        let listener = tokio::net::TcpListener::from_std(listener).expect("a socket that does not block");
        axum::serve(
            axum::serve::ListenerExt::tap_io(listener, |stream| {
                // Without it small answers may wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
            }),
            router,
        )
        .await
    });
    for line in std::io::stdin().lock().lines() {
        println!("{}", obey(&line?, &mut corpus, &desk)?);
    }
    Ok(())
}

fn obey(command: &str, corpus: &mut Corpus, desk: &Shared) -> anyhow::Result<String> {
    let (verb, number) = command.split_once(' ').unwrap_or((command, "0"));
    match verb {
        "fill" => {
            corpus.fill();
            let all = 0..corpus.sources.len();
            open(desk).documents = all.map(|index| Document::of(corpus, index)).collect();
        }
        "change" => {
            let changed = corpus.change();
            for index in &changed {
                let document = Document::of(corpus, *index);
                open(desk).documents[*index] = document;
            }
            return Ok(changed.len().to_string());
        }
        "latency" => open(desk).latency = Duration::from_millis(number.parse()?),
        "count" => {
            let counted = std::mem::take(&mut open(desk).counted);
            return Ok(serde_json::to_string(&counted)?);
        }
        _ => anyhow::bail!("no such command: {command}"),
    }
    Ok("null".into())
}

/// A socket that is bound to the loopback device sees all of 127.0.0.0/8, and nothing from elsewhere.
fn listen() -> anyhow::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind_device(Some(b"lo"))?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?;
    socket.listen(4_096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

async fn answer(State(desk): State<Shared>, request: Request) -> Response<Body> {
    let index = request.uri().path().strip_prefix("/feed/");
    let index = index.and_then(|index| index.parse::<usize>().ok());
    let (document, latency) = {
        let mut desk = open(&desk);
        desk.counted.requests += 1;
        let document = index.and_then(|index| desk.documents.get(index)).cloned();
        let Some(document) = document else {
            let response = Response::builder().status(StatusCode::NOT_FOUND);
            return response.body(Body::empty()).expect("no headers");
        };
        desk.busy[document.host] += 1;
        desk.counted.per_host = desk.counted.per_host.max(desk.busy[document.host]);
        (document, desk.latency)
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency.mul_f64(slowness(&document.etag))).await;
    }
    let response = document.response(request.headers());
    let mut desk = open(&desk);
    desk.busy[document.host] -= 1;
    if response.status() == StatusCode::NOT_MODIFIED {
        desk.counted.not_modified += 1;
    } else {
        desk.counted.documents += 1;
    }
    response
}

/// Between 0.5 and 2.5, mostly below 1, 1.17 on average.
fn slowness(etag: &str) -> f64 {
    let chance = (xxh3_64(etag.as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64;
    0.5 + 2.0 * chance * chance
}
