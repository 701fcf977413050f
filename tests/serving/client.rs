//! Raw requests, so that nothing stands between a test and the bytes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes))) + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: bytes[end..].to_vec(),
        }
    }

    /// The value of a header; panics when it came twice.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        let value = values.next();
        assert_eq!(values.next(), None, "{name} came twice: {}", self.head);
        value
    }

    pub fn header(&self, name: &str) -> &str {
        self.get(name)
            .unwrap_or_else(|| panic!("no {name}: {}", self.head))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The headers, without those of the connection and the date, in an order of their own.
    pub fn fields(&self) -> Vec<String> {
        let left_out = ["date:", "connection:"];
        let lines = self.head.lines().skip(1).map(str::to_lowercase);
        let mut fields: Vec<_> = lines
            .filter(|line| !line.is_empty() && !left_out.iter().any(|name| line.starts_with(name)))
            .collect();
        fields.sort();
        fields
    }
}

/// One request on a connection of its own; `headers` as `Name: value`.
pub async fn ask(server: SocketAddr, method: &str, target: &str, headers: &[&str]) -> Answer {
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: feeds.example\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    Answer::read(&send(server, request.as_bytes()).await)
}

/// All that comes back for these bytes, until the server ends the connection.
pub async fn send(server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(server).await;
    // A server that refuses may close before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
pub async fn connect(server: SocketAddr) -> TcpStream {
    TcpStream::connect(server).await.unwrap()
}
