//! E51 to E56: one request at a time, few connections, and an end to every wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feedmill::fetch::{Fetcher, Settings};
use feedmill::model::FailureKind;
use tokio::net::{TcpListener, TcpSocket};

use crate::desk::{Desk, noon, request, settings};
use crate::server::{Answer, Server, Then, feed};

/// Asks for fifty addresses of a server at once.
async fn fifty(server: &Server, settings: Settings) {
    let fetcher = Fetcher::new(settings).unwrap();
    let requests = (0..50).map(|number| {
        let (fetcher, request) = (fetcher.clone(), request(&server.url(&format!("/{number}"))));
        tokio::spawn(async move { fetcher.get(&request, noon()).await.unwrap() })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
    assert_eq!(server.count(), 50);
}

/// Takes its time, so that requests which may overlap do.
fn slowly(_: &crate::server::Asked, _: usize) -> Answer {
    std::thread::sleep(Duration::from_millis(2));
    Answer::new(200, &[], feed(&["a"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn e51_one_request_at_a_time_and_a_pause_between() {
    let gap = Duration::from_millis(20);
    let server = Server::start("127.1.51.1", slowly).await;
    fifty(
        &server,
        Settings {
            host_gap: gap,
            ..settings()
        },
    )
    .await;
    assert_eq!(server.most_in_flight(), 1);
    let asked = server.asked();
    for pair in asked.windows(2) {
        assert!(pair[1].at - pair[0].answered.unwrap() >= gap);
    }
    // As many as the operator allows, and no more.
    let server = Server::start("127.1.51.2", slowly).await;
    fifty(
        &server,
        Settings {
            per_host: 3,
            ..settings()
        },
    )
    .await;
    assert!(
        (2..=3).contains(&server.most_in_flight()),
        "{}",
        server.most_in_flight()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e52_a_batch_for_a_host_takes_one_or_two_connections() {
    // Answers that are no document leave the connection usable, too.
    let server = Server::start("127.1.52.1", |asked, number| match number % 5 {
        _ if asked.target() == "/end" => Answer::new(200, &[], feed(&["a"])),
        0 => Answer::redirect(302, "/end"),
        1 => Answer::new(404, &[], "nothing here ".repeat(100)),
        2 => Answer::new(500, &[], "trouble"),
        3 => Answer::new(410, &[], ""),
        _ => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    })
    .await;
    let urls: Vec<String> = (0..50).map(|number| server.url(&format!("/{number}"))).collect();
    let names: Vec<String> = (0..50).map(|number| format!("Source {number}")).collect();
    let sources: Vec<(&str, &str)> = names
        .iter()
        .zip(&urls)
        .map(|(name, url)| (name.as_str(), url.as_str()))
        .collect();
    let desk = Desk::new(&sources);
    // Without any pause the next request may come before the connection is known to be free.
    let written = std::fs::read_to_string(desk.program.folder().join("feeds.toml")).unwrap();
    desk.program
        .configure(&written.replace("host_gap = \"0s\"", "host_gap = \"20ms\""));
    desk.pass().await;
    assert!(server.count() > 50);
    assert!(server.connections() <= 2, "{} connections", server.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn g8_connections_to_many_hosts_do_not_pile_up() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let server = Server::on(listener, |_, _| Answer::new(200, &[], feed(&["a"])));
    let fetcher = Fetcher::new(settings()).unwrap();
    for number in 0..250 {
        let url = format!("http://127.2.{number}.8:{}/feed", server.address.port());
        fetcher.get(&request(&url), noon()).await.unwrap();
    }
    assert_eq!((server.count(), server.connections()), (250, 250));
    server.hung_up(250 - 128).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e53_every_wait_ends() {
    let limit = Duration::from_millis(300);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    for (fault, answer) in [
        ("no answer", Answer::raw("", Then::Silence)),
        ("half a body", Answer::raw(format!("{head}<rss>"), Then::Silence)),
        (
            "16 bytes a second",
            Answer::raw(head, Then::Repeat(b"x".to_vec(), Duration::from_millis(62))),
        ),
    ] {
        let server = Server::start("127.1.53.1", move |_, _| answer.clone()).await;
        let mut request = request(&server.url("/feed"));
        request.timeout = limit;
        let error = crate::desk::ask(&request).await.unwrap_err();
        assert_eq!(error.failure.kind, FailureKind::Transient, "{fault}");
        assert!(
            error.failure.message.contains("300ms"),
            "{fault}: {}",
            error.failure.message
        );
        server.hung_up(1).await;
        assert_eq!(server.count(), 1, "{fault}");
    }
    // The limit is for all hops together.
    let server = Server::start("127.1.53.2", |_, number| {
        std::thread::sleep(Duration::from_millis(120));
        Answer::redirect(302, &format!("/{number}"))
    })
    .await;
    let mut request = request(&server.url("/feed"));
    request.timeout = limit;
    let error = crate::desk::ask(&request).await.unwrap_err();
    assert!(
        error.failure.message.contains("300ms"),
        "{}",
        error.failure.message
    );
    assert!(server.count() <= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn e53_connecting_ends_by_itself() {
    let (_blackhole, address, _filled) = blackhole("127.1.53.3").await;
    let fetcher = Fetcher::new(Settings {
        connect_timeout: Duration::from_millis(200),
        ..settings()
    })
    .unwrap();
    let error = fetcher
        .get(&request(&format!("http://{address}/feed")), noon())
        .await
        .unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::Unreachable);
    assert!(
        error.failure.message.contains("does not answer"),
        "{}",
        error.failure.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e53_waiting_for_the_turn_of_a_host_takes_nothing_from_the_time_of_a_request() {
    let server = Server::start("127.1.53.4", |_, _| Answer::new(200, &[], feed(&["a"]))).await;
    let fetcher = Fetcher::new(Settings {
        host_gap: Duration::from_millis(300),
        ..settings()
    })
    .unwrap();
    for target in ["/one", "/two", "/three"] {
        let mut request = request(&server.url(target));
        request.timeout = Duration::from_millis(250);
        fetcher.get(&request, noon()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e53_a_refusal_whose_text_never_ends_is_still_a_refusal() {
    let server = Server::start("127.1.53.5", |_, _| {
        let head = "HTTP/1.1 429 Slow Down\r\nRetry-After: 7200\r\nContent-Length: 100000\r\n\r\n";
        Answer::raw(head, Then::Silence)
    })
    .await;
    let mut request = request(&server.url("/feed"));
    request.timeout = Duration::from_secs(5);
    let error = crate::desk::ask(&request).await.unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::Busy);
    assert_eq!(
        error.answer.unwrap().retry_after,
        Some(Duration::from_secs(7_200))
    );
}

/// A port that takes no connection and refuses none: its queue is full. Full as long as what is returned lives.
async fn blackhole(ip: &str) -> (TcpListener, std::net::SocketAddr, Vec<TcpSocketFuture>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{ip}:0").parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut filled = Vec::new();
    // Some wait in the queue, the rest wait for a place in it.
    for _ in 0..4 {
        let waiting = tokio::spawn(async move { connect(address).await });
        filled.push(waiting);
    }
    while filled.iter().filter(|waiting| waiting.is_finished()).count() < 2 {
        tokio::task::yield_now().await;
    }
    (listener, address, filled)
}

type TcpSocketFuture = tokio::task::JoinHandle<std::io::Result<tokio::net::TcpStream>>;

#[expect(
    clippy::disallowed_methods,
    reason = "the test fills the queue of a port that it opened itself"
)]
async fn connect(address: std::net::SocketAddr) -> std::io::Result<tokio::net::TcpStream> {
    tokio::net::TcpStream::connect(address).await
}

/// Accepts TLS with a certificate that nobody vouches for; counts connections, and requests that got through.
async fn untrusted(expired: bool) -> (std::net::SocketAddr, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut certificate = rcgen::CertificateParams::new(vec!["127.1.55.1".to_owned()]).unwrap();
    if expired {
        certificate.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }
    let certificate = certificate.self_signed(&key).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.1.55.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (connections, trusted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (connections.clone(), trusted.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::SeqCst);
            if acceptor.accept(stream).await.is_ok() {
                trusted.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    (address, counters.0, counters.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn e55_a_bad_certificate_ends_the_poll_after_one_connection() {
    for expired in [false, true] {
        let (address, connections, trusted) = untrusted(expired).await;
        let desk = Desk::new(&[("One", &format!("https://{address}/feed"))]);
        let summary = desk.pass().await;
        let message = &summary.failed[0].message;
        assert!(message.contains("certificate"), "{message}");
        assert_eq!(
            (connections.load(Ordering::SeqCst), trusted.load(Ordering::SeqCst)),
            (1, 0)
        );
    }
    // Nor is a server that speaks no TLS asked without it.
    let plain = Server::start("127.1.55.2", |_, _| Answer::new(200, &[], feed(&["a"]))).await;
    let error = crate::desk::ask(&request(&plain.url("/feed").replace("http:", "https:")))
        .await
        .unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::Unreachable);
    assert_eq!((plain.connections(), plain.count()), (1, 0));
}
