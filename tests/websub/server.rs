//! A server that answers as a script says and records what reached it, bodies and all; and a client.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file that includes this uses its own part of it, and what fails here fails the test"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::form_urlencoded;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// A field of the form.
    pub fn field(&self, name: &str) -> Option<String> {
        field(&self.body, name)
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target().split_once('?').map_or("", |(_, query)| query);
        field(query.as_bytes(), name)
    }
}

fn field(form: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(form);
    fields
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// An answer, on either side.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// How long the server takes.
    pub after: Duration,
}

impl Answer {
    pub fn new(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        Self {
            status,
            headers: headers.iter().map(|header| (*header).to_owned()).collect(),
            body: body.as_ref().to_vec(),
            after: Duration::ZERO,
        }
    }

    pub fn status(status: u16) -> Self {
        Self::new(status, &[], "")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

type Script = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// Runs until the test ends.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    came: Arc<Notify>,
}

impl Server {
    pub async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", script).await
    }

    pub async fn start_at(address: &str, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
            came: Arc::default(),
        };
        let (script, asked, came): (Script, _, _) =
            (Arc::new(script), server.asked.clone(), server.came.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, script.clone(), asked.clone(), came.clone()));
            }
        });
        server
    }

    pub fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Waits until this many requests came.
    pub async fn until(&self, count: usize) {
        let enough = async {
            loop {
                let came = self.came.notified();
                if self.count() >= count {
                    return;
                }
                came.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), enough).await;
        waited.unwrap_or_else(|_| panic!("only {} of {count} requests came", self.count()));
    }
}

async fn converse(mut stream: TcpStream, script: Script, all: Arc<Mutex<Vec<Asked>>>, came: Arc<Notify>) {
    let mut read = Vec::new();
    while let Some((head, body)) = message(&mut stream, &mut read).await {
        let asked = Asked { head, body };
        all.lock().unwrap().push(asked.clone());
        came.notify_waiters();
        let answer = script(&asked);
        tokio::time::sleep(answer.after).await;
        let mut bytes = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
        for header in &answer.headers {
            bytes.push_str(header);
            bytes.push_str("\r\n");
        }
        if answer.status != 204 && answer.status != 304 {
            bytes.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(&answer.body);
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// The next head and body; `None` when the other side is gone.
async fn message(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    };
    let rest = read.split_off(end);
    let head = String::from_utf8(std::mem::replace(read, rest)).unwrap();
    let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    while read.len() < length {
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
    let rest = read.split_off(length);
    Some((head, std::mem::replace(read, rest)))
}

/// One request to an address of this machine.
#[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
pub async fn ask(method: &str, url: &str, headers: &[&str], body: &[u8]) -> Answer {
    let url = url::Url::parse(url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let mut head = format!(
        "{method} {} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n",
        &url[url::Position::BeforePath..],
        body.len()
    );
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses may close before it has read all.
    let _ = stream.write_all(body).await;
    let (head, body) = message(&mut stream, &mut Vec::new()).await.unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: head.lines().skip(1).map(str::to_owned).collect(),
        body,
        after: Duration::ZERO,
    }
}

/// The head of a request with a body that does not come.
#[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
pub async fn begin(method: &str, url: &str, header: &str) -> TcpStream {
    let url = url::Url::parse(url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "{method} {} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n\r\n",
        url.path()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// A form as a body.
pub fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish().into_bytes()
}
