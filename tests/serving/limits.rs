//! Slow, greedy and broken clients, starting and stopping.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use bytes::Bytes;
use feedmill::serve::{Inlet, Limits, Rate, Reply, Server, Settings, Site};
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::client::{self, Answer};
use crate::output::{Output, Served, settings, short, write, written};

const REQUEST: &str = "GET /rss.xml HTTP/1.1\r\nHost: feeds.example\r\n\r\n";

#[tokio::test]
async fn s26_too_many_requests_of_one_client_and_too_early_ones_are_told_when_to_come_back() {
    let output = Output::new();
    let limits = Limits {
        rate: Some(Rate {
            per_second: 1,
            burst: 5,
        }),
        rate_here: true,
        ..Limits::default()
    };
    let served = Served::new(output.site(settings()), limits).await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(served.get("/rss.xml", &[]).await);
    }
    let refused: Vec<_> = statuses.iter().filter(|answer| answer.status == 429).collect();
    assert!(statuses[..5].iter().all(|answer| answer.status == 200));
    assert!(refused.len() >= 2, "{statuses:?}");
    let wait: u64 = refused[0].header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&wait));

    let starting = Arc::new(Site::new(output.path(), settings()));
    let served = Served::new(starting, Limits::default()).await;
    let early = served.get("/rss.xml", &[]).await;
    assert_eq!((early.status, early.header("retry-after")), (503, "10"));
    assert_eq!(early.header("cache-control"), "no-store");
    served.reload();
    assert_eq!(served.get("/rss.xml", &[]).await.status, 200);
}

/// What a client of this behaviour sees, and when, on a clock that jumps from event to event.
async fn on_a_pipe(client: impl AsyncFnOnce(&mut tokio::io::DuplexStream)) -> (Vec<u8>, Duration) {
    let output = Output::new();
    let site = output.site(settings());
    // Read before the clock stands still: files are read on other threads.
    let (request, now) = (
        axum::http::Request::get("/rss.xml").header("host", "x").body(()),
        std::time::SystemTime::now(),
    );
    site.answer(&request.unwrap().into_parts().0, now).await;
    tokio::time::pause();
    let server = Server::new(site, Limits::default());
    let (mut here, there) = tokio::io::duplex(1 << 10);
    let (_stop, stopped) = watch::channel(false);
    let start = Instant::now();
    let mut answer = Vec::new();
    let asking = async {
        client(&mut here).await;
        here.read_to_end(&mut answer).await.unwrap();
    };
    tokio::join!(server.converse(there, [192, 0, 2, 1].into(), stopped), asking);
    (answer, start.elapsed())
}

fn is_about(elapsed: Duration, seconds: u64) -> bool {
    (Duration::from_secs(seconds)..Duration::from_millis(seconds * 1000 + 100)).contains(&elapsed)
}

#[tokio::test]
async fn s29_slow_clients_are_waited_for_only_so_long() {
    let (answer, elapsed) = on_a_pipe(async |_| {}).await;
    assert!(answer.is_empty() && is_about(elapsed, 60), "silent: {elapsed:?}");
}

#[tokio::test]
async fn s29_half_a_head_is_waited_for_ten_seconds() {
    let (_, elapsed) = on_a_pipe(async |stream| stream.write_all(b"GET /rss.xml HT").await.unwrap()).await;
    assert!(is_about(elapsed, 10), "{elapsed:?}");
}

#[tokio::test]
async fn s29_a_head_that_drips_in_is_waited_for_ten_seconds() {
    let (_, elapsed) = on_a_pipe(async |stream| {
        for byte in REQUEST.bytes().take(REQUEST.len() - 1) {
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    })
    .await;
    assert!(
        (Duration::from_secs(10)..Duration::from_secs(16)).contains(&elapsed),
        "{elapsed:?}"
    );
}

#[tokio::test]
async fn s29_a_connection_is_kept_for_a_minute_after_the_last_answer() {
    let (answer, elapsed) = on_a_pipe(async |stream| {
        let mut part = vec![0; 64 << 10];
        for _ in 0..3 {
            stream.write_all(REQUEST.as_bytes()).await.unwrap();
            let mut read = 0;
            while !String::from_utf8_lossy(&part[..read]).contains("</rss>") {
                read += stream.read(&mut part[read..]).await.unwrap();
            }
            assert!(part.starts_with(b"HTTP/1.1 200"));
            tokio::time::sleep(Duration::from_secs(50)).await;
        }
    })
    .await;
    // Three answers, fifty seconds apart, and ten more seconds after the last pause.
    assert!(answer.is_empty() && is_about(elapsed, 160), "{elapsed:?}");
}

#[tokio::test]
async fn s30_a_request_for_two_hosts_is_for_none() {
    let output = Output::new();
    let served = Served::new(output.site(settings()), Limits::default()).await;
    for method in ["GET", "POST"] {
        let request = format!("{method} /rss.xml HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n");
        let answer = client::send(served.address, request.as_bytes()).await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

/// Takes a body, and says how long it was.
struct Taker;

impl Inlet for Taker {
    fn takes(&self, _: &mut Parts, _: IpAddr) -> Option<Result<u64, Reply>> {
        Some(Ok(1_000))
    }

    fn answer(&self, _: Parts, body: Bytes) -> BoxFuture<'_, Reply> {
        Box::pin(async move { Reply::new(body.len().to_string().into()) })
    }
}

#[tokio::test(start_paused = true)]
async fn s30_a_body_that_drips_in_is_waited_for_a_minute() {
    let output = Output::new();
    let site = Arc::new(Site::new(output.path(), settings()));
    site.hand_on(Arc::new(Taker));
    let server = Server::new(site, Limits::default());
    let (mut here, there) = tokio::io::duplex(1 << 10);
    let (_stop, stopped) = watch::channel(false);
    let start = Instant::now();
    let asking = async {
        let head = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
        here.write_all(head).await.unwrap();
        let mut answer = Vec::new();
        // One byte in five seconds, as long as somebody listens.
        loop {
            let _ = here.write_all(b"x").await;
            let part = tokio::time::timeout(Duration::from_secs(5), here.read_buf(&mut answer)).await;
            if matches!(part, Ok(Ok(0) | Err(_))) {
                return String::from_utf8(answer).unwrap();
            }
        }
    };
    let conversing = server.converse(there, [192, 0, 2, 1].into(), stopped);
    let ((), answer) = tokio::join!(conversing, asking);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(is_about(start.elapsed(), 60), "{:?}", start.elapsed());
}

#[tokio::test]
async fn s29_a_client_that_takes_nothing_of_its_answer_is_left() {
    let (answer, elapsed) = on_a_pipe(async |stream| {
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(31)).await;
    })
    .await;
    // What had been sent is there, and nothing more comes.
    assert!(
        !answer.ends_with(b"</rss>") && is_about(elapsed, 31),
        "{elapsed:?}"
    );
}

#[tokio::test]
async fn s29_connections_are_counted_and_the_next_one_waits() {
    let output = Output::new();
    let mut limits = short();
    limits.connections = 2;
    let served = Served::new(output.site(settings()), limits).await;
    let mut silent = [
        client::connect(served.address).await,
        client::connect(served.address).await,
    ];
    // Answered when the silent ones have been closed.
    assert_eq!(served.get("/rss.xml", &[]).await.status, 200);
    for stream in &mut silent {
        assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    }
}

#[tokio::test]
async fn s29_a_second_request_follows_on_the_same_connection() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let two = format!("{REQUEST}GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answers = String::from_utf8(client::send(served.address, two.as_bytes()).await).unwrap();
    assert!(
        answers.starts_with("HTTP/1.1 200") && answers.contains("HTTP/1.1 404"),
        "{answers}"
    );
}

#[tokio::test]
async fn s30_requests_that_are_too_long_are_refused() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let long = "a".repeat(9 << 10);
    assert_eq!(served.get(&format!("/{long}"), &[]).await.status, 414);
    assert_eq!(served.get(&format!("/rss.xml?{long}"), &[]).await.status, 414);
    assert_eq!(
        served
            .get(&format!("/rss.xml?{}", &long[..8000]), &[])
            .await
            .status,
        200
    );
    let header = format!("X-Long: {}", "a".repeat(33 << 10));
    assert_eq!(served.get("/rss.xml", &[&header]).await.status, 431);
    let huge = format!("X-Long: {}", "a".repeat(1 << 20));
    let answer = client::send(
        served.address,
        format!("GET / HTTP/1.1\r\nHost: x\r\n{huge}\r\n\r\n").as_bytes(),
    )
    .await;
    assert!(answer.is_empty() || Answer::read(&answer).status == 431);
    let many: Vec<_> = (0..200).map(|n| format!("X-{n}: 1")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(served.get("/rss.xml", &many).await.status, 431);
    for body in [
        "Content-Length: 70000",
        "Content-Length: 1",
        "Transfer-Encoding: chunked",
    ] {
        let answer = served.get("/rss.xml", &[body]).await;
        assert_eq!(
            (answer.status, answer.header("connection")),
            (413, "close"),
            "{body}"
        );
    }
    assert_eq!(served.get("/rss.xml", &["Content-Length: 0"]).await.status, 200);
    for broken in [
        "GET /rss.xml HTTP/1.1\r\n\r\n",
        "GET\r\n\r\n",
        "\0\0\0\r\n\r\n",
        "GET /rss.xml HTTP/1.1\r\nHost : x\r\n\r\n",
    ] {
        let answer = client::send(served.address, broken.as_bytes()).await;
        assert!(
            answer.is_empty() || Answer::read(&answer).status == 400,
            "{broken:?}"
        );
    }
    assert_eq!(served.get("/rss.xml", &[]).await.status, 200);
}

#[tokio::test]
async fn s42_health_is_told_only_where_it_was_asked_for() {
    let output = Output::new();
    let public = Served::of(&output).await;
    for target in ["/healthz", "/readyz", "/metrics", "/status"] {
        assert_eq!(public.get(target, &[]).await.status, 404, "{target}");
    }
    let health = |folder: PathBuf| {
        let settings = Settings {
            health: true,
            ..settings()
        };
        Arc::new(Site::new(folder, settings))
    };
    let served = Served::new(health(output.path()), Limits::default()).await;
    assert_eq!(served.get("/healthz", &[]).await.status, 200);
    assert_eq!(served.get("/readyz", &[]).await.status, 503);
    served.reload();
    for target in ["/healthz", "/readyz"] {
        let answer = served.get(target, &[]).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    }
    let empty = tempfile::tempdir().unwrap();
    let served = Served::new(health(empty.path().to_owned()), Limits::default()).await;
    served.reload();
    assert_eq!(served.get("/readyz", &[]).await.status, 503);
}

#[tokio::test]
async fn stopping_finishes_answers_and_closes_idle_connections() {
    let output = Output::new();
    let big = crate::output::rss(&vec!["item"; 20_000]);
    write(&output.path().join("rss.xml"), &big, written());
    let mut limits = short();
    limits.patience.idle = Duration::from_secs(600);
    limits.patience.taking = Duration::from_secs(600);
    limits.drain = Duration::from_secs(600);
    let mut served = Served::new(output.site(settings()), limits).await;
    let mut idle = client::connect(served.address).await;
    let mut running = client::connect(served.address).await;
    running.write_all(REQUEST.as_bytes()).await.unwrap();
    let mut first = [0; 1024];
    running.read_exact(&mut first).await.unwrap();
    served.stop();
    assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0);
    let mut rest = Vec::new();
    running.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"</rss>"));
    (&mut served.running).await.unwrap();
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let output = Output::new();
    let big = crate::output::rss(&vec!["item"; 20_000]);
    write(&output.path().join("rss.xml"), &big, written());
    let mut limits = short();
    limits.patience.taking = Duration::from_secs(600);
    let mut served = Served::new(output.site(settings()), limits).await;
    let mut stuck = client::connect(served.address).await;
    stuck.write_all(REQUEST.as_bytes()).await.unwrap();
    stuck.read_exact(&mut [0; 1024]).await.unwrap();
    served.stop();
    (&mut served.running).await.unwrap();
}
