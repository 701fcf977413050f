//! A server that answers as a script says, with any bytes, and records what it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Request line and headers, byte for byte.
    pub raw: Vec<u8>,
    /// The head was complete.
    pub at: Instant,
    /// The answer was sent.
    pub answered: Option<Instant>,
}

impl Asked {
    pub fn line(&self) -> String {
        self.text().lines().next().unwrap_or_default().to_owned()
    }

    pub fn target(&self) -> String {
        self.line().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// The value of a header as it came, without the blanks around it.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let lines = self.raw.split(|byte| *byte == b'\n').skip(1);
        lines
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                line[..colon]
                    .eq_ignore_ascii_case(name.as_bytes())
                    .then(|| line[colon + 1..].trim_ascii().to_vec())
            })
            .next()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.bytes(name)
            .map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    pub fn is_conditional(&self) -> bool {
        self.bytes("if-none-match").is_some() || self.bytes("if-modified-since").is_some()
    }
}

/// What happens after the bytes of an answer.
#[derive(Clone, Debug)]
pub enum Then {
    KeepAlive,
    Close,
    /// Nothing more comes, and the connection stays open.
    Silence,
    /// This again and again, with a pause between, until the client hangs up.
    Repeat(Vec<u8>, Duration),
}

/// What the server sends.
#[derive(Clone, Debug)]
pub struct Answer {
    pub bytes: Vec<u8>,
    pub then: Then,
}

impl Answer {
    /// A well-formed answer; each header as `Name: value`.
    pub fn new(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let fields: Vec<&[u8]> = headers.iter().map(|field| field.as_bytes()).collect();
        Self::with_bytes(status, &fields, body)
    }

    /// Like `new`, for headers that are no UTF-8.
    pub fn with_bytes(status: u16, headers: &[&[u8]], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!("HTTP/1.1 {status} Scripted\r\n").into_bytes();
        for field in headers {
            bytes.extend_from_slice(field);
            bytes.extend_from_slice(b"\r\n");
        }
        if status != 304 {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Self {
            bytes,
            then: Then::KeepAlive,
        }
    }

    pub fn raw(bytes: impl Into<Vec<u8>>, then: Then) -> Self {
        Self {
            bytes: bytes.into(),
            then,
        }
    }

    pub fn redirect(status: u16, to: &str) -> Self {
        Self::new(status, &[&format!("Location: {to}")], "")
    }
}

/// A feed with these items; the same names give the same bytes.
pub fn feed(items: &[&str]) -> Vec<u8> {
    let item = |(number, name): (usize, &&str)| {
        format!(
            "<item><title>{name}</title><link>https://articles.example/{name}</link><guid>{name}</guid>\
             <pubDate>Sun, 15 Nov 2026 {:02}:00:00 GMT</pubDate><description>About {name}.</description></item>",
            number % 12
        )
    };
    let items: String = items.iter().enumerate().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Scripted</title>{items}</channel></rss>").into_bytes()
}

#[derive(Default)]
struct Log {
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    /// Bytes that the client took.
    sent: AtomicUsize,
    hung_up: AtomicUsize,
}

type Script = Arc<dyn Fn(&Asked, usize) -> Answer + Send + Sync>;

/// Runs until the test ends.
pub struct Server {
    pub address: SocketAddr,
    log: Arc<Log>,
}

impl Server {
    /// Listens on this loopback address; the script sees each request and how many came before it.
    pub async fn start(ip: &str, script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        Self::on(listener, script)
    }

    pub fn on(
        listener: TcpListener,
        script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let (address, log) = (listener.local_addr().unwrap(), Arc::new(Log::default()));
        let (script, accepted): (Script, _) = (Arc::new(script), log.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(stream, script.clone(), accepted.clone()));
            }
        });
        Self { address, log }
    }

    pub fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.log.asked.lock().unwrap().clone()
    }

    /// The targets asked for, in order.
    pub fn targets(&self) -> Vec<String> {
        self.asked().iter().map(Asked::target).collect()
    }

    pub fn count(&self) -> usize {
        self.log.asked.lock().unwrap().len()
    }

    pub fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    pub fn most_in_flight(&self) -> usize {
        self.log.most_in_flight.load(Ordering::SeqCst)
    }

    pub fn sent(&self) -> usize {
        self.log.sent.load(Ordering::SeqCst)
    }

    /// Waits until the client has closed this many connections.
    pub async fn hung_up(&self, connections: usize) {
        let closed = async {
            while self.log.hung_up.load(Ordering::SeqCst) < connections {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), closed)
            .await
            .expect("the client hangs up");
    }
}

/// Serves one connection until either side closes it.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, script: Script, log: Arc<Log>) {
    let mut read = Vec::new();
    while let Some(raw) = head(&mut stream, &mut read).await {
        let asked = Asked {
            raw,
            at: Instant::now(),
            answered: None,
        };
        let flying = log.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        log.most_in_flight.fetch_max(flying, Ordering::SeqCst);
        let number = {
            let mut all = log.asked.lock().unwrap();
            all.push(asked.clone());
            all.len() - 1
        };
        let answer = script(&asked, number);
        // Counted before the last byte leaves: the next request may come as soon as it has.
        let keeps = matches!(answer.then, Then::KeepAlive);
        if keeps {
            log.in_flight.fetch_sub(1, Ordering::SeqCst);
            log.asked.lock().unwrap()[number].answered = Some(Instant::now());
        }
        let goes_on = send(&mut stream, &answer, &log).await;
        if !keeps {
            log.in_flight.fetch_sub(1, Ordering::SeqCst);
        }
        if !goes_on {
            break;
        }
    }
    log.hung_up.fetch_add(1, Ordering::SeqCst);
}

/// The next request head; `None` when the client is gone.
async fn head(stream: &mut (impl AsyncRead + Unpin), read: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return Some(std::mem::replace(read, rest));
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
}

/// Whether the connection can be used for another request.
async fn send<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, answer: &Answer, log: &Log) -> bool {
    if stream.write_all(&answer.bytes).await.is_err() {
        return false;
    }
    log.sent.fetch_add(answer.bytes.len(), Ordering::SeqCst);
    match &answer.then {
        Then::KeepAlive => true,
        Then::Close => false,
        Then::Silence => {
            // Ends when the client hangs up.
            let _ = stream.read(&mut [0]).await;
            false
        }
        Then::Repeat(bytes, pause) => {
            while stream.write_all(bytes).await.is_ok() {
                log.sent.fetch_add(bytes.len(), Ordering::SeqCst);
                tokio::time::sleep(*pause).await;
            }
            false
        }
    }
}
