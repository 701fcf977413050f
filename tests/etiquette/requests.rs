//! E47 to E50 and E58: what a request says, and what it does not.

use std::io::Write;

use feedmill::fetch::{Fetcher, Reply, Settings};
use feedmill::model::Validators;

use crate::desk::{Desk, ask, noon, refusal, request, settings};
use crate::server::{Answer, Asked, Server, feed};

/// Answers in turn: a feed with a cookie, a redirect to another host, trouble.
async fn two_hosts(octet: u8) -> (Server, Server) {
    let other = Server::start(&format!("127.1.{octet}.2"), |asked, _| {
        match asked.is_conditional() {
            true => Answer::new(304, &["Set-Cookie: c=3"], ""),
            false => Answer::new(200, &["ETag: \"v\"", "Set-Cookie: b=2"], feed(&["a"])),
        }
    })
    .await;
    let target = other.url("/target");
    let first = Server::start(&format!("127.1.{octet}.1"), move |asked, _| {
        match asked.target().as_str() {
            "/moved" => Answer::new(
                302,
                &[&format!("Location: {target}"), "Set-Cookie: a=1; Path=/"],
                "",
            ),
            "/ill" => Answer::new(500, &["Set-Cookie: d=4"], ""),
            _ => Answer::new(200, &["ETag: \"v\"", "Set-Cookie: a=1; Path=/"], feed(&["a"])),
        }
    })
    .await;
    let sources = [first.url("/plain?x=1"), first.url("/moved"), first.url("/ill")];
    let desk = Desk::new(&[
        ("Plain", &sources[0]),
        ("Moved", &sources[1]),
        ("Ill", &sources[2]),
    ]);
    for _ in 0..3 {
        desk.force().await;
    }
    assert_eq!((first.count(), other.count()), (9, 3));
    (first, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn e47_every_request_says_who_asks() {
    let (first, other) = two_hosts(47).await;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("feedmill/{version} (+https://operator.example/bot; 1 subscribers)");
    for asked in [first.asked(), other.asked()].concat() {
        assert_eq!(
            asked.header("user-agent").as_ref(),
            Some(&name),
            "{}",
            asked.text()
        );
    }
    assert_eq!(
        feedmill::fetch::user_agent(None, 7),
        format!("feedmill/{version} (7 subscribers)")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e48_no_cookie_no_referer_and_nothing_added_to_the_address() {
    let (first, other) = two_hosts(48).await;
    for asked in [first.asked(), other.asked()].concat() {
        assert_eq!(
            (asked.header("cookie"), asked.header("referer")),
            (None, None),
            "{}",
            asked.text()
        );
        assert!(["/plain?x=1", "/moved", "/ill", "/target"].contains(&asked.target().as_str()));
    }
}

fn packed(coding: &str, body: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" | "x-gzip" => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            gzip.write_all(body).unwrap();
            gzip.finish().unwrap()
        }
        "deflate" => {
            let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            zlib.write_all(body).unwrap();
            zlib.finish().unwrap()
        }
        "br" => {
            let mut packed = Vec::new();
            brotli::CompressorWriter::new(&mut packed, 4_096, 5, 22)
                .write_all(body)
                .unwrap();
            packed
        }
        "zstd" => zstd::encode_all(body, 3).unwrap(),
        _ => body.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e49_codings_are_asked_for_and_undone_and_a_bad_one_is_one_error() {
    let document = feed(&["a", "b", "c"]);
    for coding in ["identity", "gzip", "x-gzip", "br", "zstd", "deflate"] {
        let body = packed(coding, &document);
        let server = Server::start("127.1.49.1", move |_, _| {
            Answer::new(200, &[&format!("Content-Encoding: {coding}")], &body)
        })
        .await;
        match ask(&request(&server.url("/feed"))).await {
            Ok(Reply::Document { body, .. }) => assert_eq!(body, document, "{coding}"),
            other => panic!("{coding}: {other:?}"),
        }
        let asked = &server.asked()[0];
        assert_eq!(asked.header("accept-encoding").unwrap(), "gzip, br, zstd");
        let accept = asked.header("accept").unwrap();
        for kind in [
            "application/rss+xml",
            "application/atom+xml",
            "application/feed+json",
        ] {
            assert!(accept.contains(kind), "{accept}");
        }
        assert!(accept.contains(";q=0."), "{accept}");
    }
    for coding in ["compress", "gzip, br", "br", "zstd"] {
        let server = Server::start("127.1.49.2", move |_, _| {
            Answer::new(200, &[&format!("Content-Encoding: {coding}")], feed(&["a"]))
        })
        .await;
        refusal(&request(&server.url("/feed"))).await;
        assert_eq!(server.count(), 1, "{coding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e50_from_is_sent_exactly_when_there_is_a_mailbox() {
    let server = Server::start("127.1.50.1", |_, _| Answer::new(200, &[], feed(&["a"]))).await;
    for from in [None, Some("operator@example.org")] {
        let fetcher = Fetcher::new(Settings {
            from: from.map(str::to_owned),
            ..settings()
        })
        .unwrap();
        fetcher.get(&request(&server.url("/feed")), noon()).await.unwrap();
    }
    // From feeds.toml: a mail address is one, a web address is not.
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.force().await;
    let written = std::fs::read_to_string(desk.program.folder().join("feeds.toml")).unwrap();
    desk.program
        .configure(&written.replace("https://operator.example/bot", "mailto:bot@operator.example"));
    desk.force().await;
    let sent: Vec<_> = server
        .asked()
        .iter()
        .map(|asked: &Asked| asked.header("from"))
        .collect();
    let some = |address: &str| Some(address.to_owned());
    assert_eq!(
        sent,
        [
            None,
            some("operator@example.org"),
            None,
            some("bot@operator.example")
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e58_a_delta_is_asked_for_with_a_tag_only_and_takes_nothing_away() {
    let server = Server::start("127.1.58.1", |asked, _| match asked.header("a-im") {
        Some(_) => Answer::new(226, &["ETag: \"v2\"", "IM: feed"], feed(&["c"])),
        None => Answer::new(200, &["ETag: \"v1\""], feed(&["a", "b"])),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.pass().await;
    assert_eq!(desk.force().await.new_items, 1);
    desk.force().await;
    let asked = server.asked();
    let wishes: Vec<_> = asked.iter().map(|asked| asked.header("a-im")).collect();
    assert_eq!(wishes, [None, Some("feed".into()), Some("feed".into())]);
    assert_eq!(asked[2].header("if-none-match"), Some("\"v2\"".to_owned()));
    assert_eq!(desk.program.titles("").len(), 3);

    // A date alone is not enough for a delta.
    let mut dated = request(&server.url("/feed"));
    dated.validators = Some(Validators {
        url: dated.start.to_string(),
        etag: None,
        last_modified: Some(b"then".to_vec()),
    });
    assert!(
        matches!(ask(&dated).await, Ok(Reply::Document { .. })),
        "{}",
        noon()
    );
    let last = server.asked().pop().unwrap();
    assert_eq!(
        (last.header("a-im"), last.header("if-modified-since").as_deref()),
        (None, Some("then"))
    );
}
