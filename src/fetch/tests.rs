//! The whole client where names resolve as a test scripts it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use super::*;
use crate::model::FailureKind;

/// A fetcher for which every name has the addresses of the script, and how often it was asked.
fn fetcher(
    allow_private_hosts: bool,
    lookup: impl Fn(usize) -> std::io::Result<Vec<IpAddr>> + Send + Sync + 'static,
) -> (Fetcher, Arc<AtomicUsize>) {
    let settings = Settings {
        user_agent: user_agent(None, 1),
        from: None,
        concurrency: 8,
        per_host: 2,
        host_gap: Duration::ZERO,
        allow_private_hosts,
        connect_timeout: Duration::from_secs(10),
    };
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = lookups.clone();
    let lookup = move |_: &str| lookup(counted.fetch_add(1, Ordering::SeqCst));
    let client = client::Client::new(settings, Arc::new(lookup)).unwrap();
    (
        Fetcher {
            inner: Arc::new(client),
        },
        lookups,
    )
}

fn request(url: &str) -> Request {
    let url = Url::parse(url).unwrap();
    Request {
        configured: url.clone(),
        start: url,
        validators: None,
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        max_body: 1 << 20,
        wants: Wants::Feed,
    }
}

/// Answers every request with an empty document and closes; counts connections.
async fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4_096]).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer).await;
        }
    });
    (port, connections)
}

/// Where this machine has IPv6: a port of its loopback that takes no connection and refuses none, for its queue is full.
async fn blackhole(port: u16) -> Option<impl Sized> {
    let socket = TcpSocket::new_v6().ok()?;
    let address = format!("[::1]:{port}").parse().unwrap();
    socket.bind(address).ok()?;
    let listener = socket.listen(0).unwrap();
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let socket = TcpSocket::new_v6().unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "the test fills the queue of its own port"
        )]
        waiting.push(tokio::spawn(async move { socket.connect(address).await }));
    }
    while !waiting.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::task::yield_now().await;
    }
    Some((listener, waiting))
}

#[tokio::test]
async fn e54_a_dead_ipv6_address_delays_a_good_ipv4_one_by_less_than_two_seconds() {
    let (port, connections) = server().await;
    // Without IPv6 the first address is dead in another way: it cannot be reached at all.
    let _blackhole = blackhole(port).await;
    let (fetcher, _) = fetcher(true, |_| {
        Ok(vec!["::1".parse().unwrap(), "127.0.0.1".parse().unwrap()])
    });
    let request = request(&format!("http://dual.example:{port}/"));
    let asked = tokio::time::timeout(Duration::from_secs(2), fetcher.get(&request, Utc::now()));
    assert!(matches!(asked.await, Ok(Ok(Reply::Document { .. }))));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn e56_an_unknown_name_is_looked_up_once_for_all_its_sources() {
    let (fetcher, lookups) = fetcher(false, |_| Err(std::io::ErrorKind::NotFound.into()));
    for number in 0..20 {
        let request = request(&format!("http://nowhere.example/{number}"));
        let error = fetcher.get(&request, Utc::now()).await.unwrap_err();
        assert_eq!(error.failure.kind, FailureKind::Unreachable);
        assert!(
            error.failure.message.contains("nowhere.example"),
            "{}",
            error.failure.message
        );
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn t03_a_name_that_leads_inside_is_never_connected_to() {
    let (port, connections) = server().await;
    let inside = [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "::1",
        "10.0.0.1",
        "169.254.169.254",
    ];
    for address in inside {
        let (fetcher, lookups) = fetcher(false, move |_| Ok(vec![address.parse().unwrap()]));
        let error = fetcher
            .get(
                &request(&format!("http://metadata.google.internal:{port}/")),
                Utc::now(),
            )
            .await
            .unwrap_err();
        assert_eq!(error.failure.kind, FailureKind::Refused, "{address}");
        assert_eq!(lookups.load(Ordering::SeqCst), 1);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}
