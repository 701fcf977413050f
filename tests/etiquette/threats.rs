//! T01, T02 and T07: no address is connected to that should not be, and none by way of a stranger.

use std::process::Command;

use feedmill::fetch::{Fetcher, Settings};
use feedmill::model::FailureKind;

use crate::desk::{Desk, noon, refusal, request, settings};
use crate::server::{Answer, Server, feed};

#[tokio::test(flavor = "multi_thread")]
async fn t01_no_spelling_of_loopback_is_connected_to() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server::on(listener, |_, _| Answer::new(200, &[], feed(&["a"])));
    let strict = Fetcher::new(Settings {
        allow_private_hosts: false,
        ..settings()
    })
    .unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "00000000",
        "127.127.127.127",
        "１２７.0.0.1",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "%31%32%37.0.0.1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "user:pass@127.0.0.1",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::7f00:1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "198.18.0.1",
    ] {
        let request = request(&format!("http://{host}:{port}/feed"));
        let failure = strict.get(&request, noon()).await.unwrap_err().failure;
        assert_eq!(failure.kind, FailureKind::Refused, "{host}: {}", failure.message);
        assert!(
            failure.message.contains("allow_private_hosts"),
            "{host}: {}",
            failure.message
        );
    }
    assert_eq!(server.connections(), 0);
    // The server is there for who may ask it.
    crate::desk::ask(&request(&format!("http://127.0.0.1:{port}/feed")))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t02_each_hop_of_a_redirect_is_checked() {
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://0.0.0.0/",
        "http://2852039166/",
        "//169.254.169.254/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "data:text/xml,<rss/>",
        "javascript:alert(1)",
    ] {
        let server = Server::start("127.1.2.2", move |asked, _| match asked.target().as_str() {
            "/feed" => Answer::redirect(302, "/next"),
            _ => Answer::redirect(302, target),
        })
        .await;
        let error = crate::desk::ask(&request(&server.url("/feed")))
            .await
            .unwrap_err();
        assert_eq!(
            error.failure.kind,
            FailureKind::Refused,
            "{target}: {}",
            error.failure.message
        );
        assert_eq!(server.count(), 2, "{target}");
    }
    // So are addresses of other kinds that a caller may give.
    for address in ["file:///etc/passwd", "ftp://127.0.0.1/feed"] {
        assert!(
            refusal(&request(address)).await.contains("no web address"),
            "{address}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t07_proxies_of_the_environment_are_not_used() {
    let proxy = Server::start("127.1.7.7", |_, _| {
        Answer::new(200, &[], feed(&["from the proxy"]))
    })
    .await;
    let server = Server::start("127.1.7.8", |_, _| Answer::new(200, &[], feed(&["direct"]))).await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    let names = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let refreshed = Command::new(env!("CARGO_BIN_EXE_feedmill"))
        .current_dir(desk.program.folder())
        .arg("refresh")
        .envs(names.map(|name| (name, proxy.url(""))))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(refreshed.status.success());
    assert_eq!((server.count(), proxy.connections()), (1, 0));
    assert_eq!(desk.program.titles(""), ["direct"]);
}
