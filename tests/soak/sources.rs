//! Sources that are good, slow, broken and hostile, on one port: every address of 127/8 is a host of its own.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use feedmill::refresh::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How a source behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Healthy,
    /// Accepts and says nothing.
    Silent,
    /// 500.
    Broken,
    /// 200 with bytes that are no feed.
    Garbage,
    /// A byte now and then, for ever.
    Drip,
    /// Redirects in a circle.
    Circle,
    /// Hangs up.
    HangsUp,
}

/// Three in ten misbehave, each kind as often.
pub fn kind(number: usize) -> Kind {
    const FAULTS: [Kind; 6] = [
        Kind::Silent,
        Kind::Broken,
        Kind::Garbage,
        Kind::Drip,
        Kind::Circle,
        Kind::HangsUp,
    ];
    match number % 10 {
        7..=9 => FAULTS[(number / 10 * 3 + number % 10 - 7) % 6],
        _ => Kind::Healthy,
    }
}

/// A healthy source has something new every so many hours.
pub fn hours(number: usize) -> usize {
    [6, 8, 12, 24][number % 4]
}

/// Seconds between two items, and how far from the hour they are.
fn period(number: usize) -> (i64, i64) {
    let period = hours(number) as i64 * 3_600;
    (period, (number as i64 * 617) % period)
}

/// The newest item of a healthy source at that time.
pub fn latest(number: usize, now: DateTime<Utc>) -> i64 {
    let (period, shift) = period(number);
    (now.timestamp() - shift) / period
}

/// When it published this item.
pub fn time(number: usize, item: i64) -> DateTime<Utc> {
    let (period, shift) = period(number);
    DateTime::from_timestamp(item * period + shift, 0).unwrap()
}

/// Items that a healthy source has published recently enough to show them.
pub const SHOWN: usize = 10;

pub fn configuration(count: usize, port: u16) -> String {
    let mut toml = String::from(
        "[site]\ntitle = \"Soak\"\nurl = \"https://feeds.example/\"\n[fetch]\nallow_private_hosts = true\n\
         timeout = \"30s\"\nevery = \"3h\"\n[publish]\nformats = [\"json\"]\nkeep = \"5d\"\n",
    );
    for number in 0..count {
        let (high, low) = (number / 250 + 1, number % 250 + 1);
        let _ = write!(
            toml,
            "[[source]]\nname = \"s{number}\"\nfeed = \"http://127.9.{high}.{low}:{port}/{number}\"\n"
        );
    }
    toml
}

/// Serves all of them, until the test ends.
pub async fn serve(clock: Clock) -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let clock = clock.clone();
            tokio::spawn(async move {
                // A client that hangs up is no trouble of ours.
                let _ = converse(stream, &clock).await;
            });
        }
    });
    port
}

async fn converse(mut stream: TcpStream, clock: &Clock) -> std::io::Result<()> {
    let mut read = Vec::new();
    loop {
        while !read.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&read).into_owned();
        read.clear();
        let path = head.split(' ').nth(1).unwrap_or_default();
        let name = path.trim_start_matches('/').trim_end_matches('x');
        let number: usize = name.parse().unwrap();
        match kind(number) {
            Kind::Healthy => {
                let answer = healthy(number, &head, clock());
                stream.write_all(answer.as_bytes()).await?;
            }
            Kind::Silent => return stream.read_u8().await.map(|_| ()),
            Kind::Broken => {
                stream
                    .write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
                    .await?
            }
            Kind::Garbage => {
                let garbage = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x00<\xff&&>]]>";
                stream.write_all(garbage).await?;
            }
            Kind::Drip => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n<rss>")
                    .await?;
                loop {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    stream.write_all(b" ").await?;
                }
            }
            Kind::Circle => {
                let to = if path.ends_with('x') {
                    name.to_owned()
                } else {
                    format!("{name}x")
                };
                let answer = format!("HTTP/1.1 302 Found\r\nLocation: /{to}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await?;
            }
            Kind::HangsUp => return Ok(()),
        }
    }
}

fn healthy(number: usize, head: &str, now: DateTime<Utc>) -> String {
    let latest = latest(number, now);
    let tag = format!("\"{latest}\"");
    if head.contains(&tag) {
        return format!("HTTP/1.1 304 Same\r\nETag: {tag}\r\n\r\n");
    }
    let mut items = String::new();
    for item in (0..SHOWN as i64).map(|back| latest - back) {
        let date = time(number, item);
        let _ = write!(
            items,
            "<item><title>Item {item} of {number}</title><guid>{number}-{item}</guid>\
             <link>https://s{number}.example/{item}</link><pubDate>{}</pubDate>\
             <description>Source {number} says {item}.</description></item>",
            date.to_rfc2822()
        );
    }
    let body = format!("<rss version=\"2.0\"><channel><title>Source {number}</title>{items}</channel></rss>");
    format!(
        "HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
