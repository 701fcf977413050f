//! E57 and T14 to T17: answers that are too long in any way are cut off.

use std::io::Write;
use std::time::Duration;

use feedmill::fetch::Reply;
use feedmill::model::FailureKind;

use crate::desk::{ask, request};
use crate::server::{Answer, Server, Then, feed};

const CAP: u64 = 256 << 10;
/// What the buffers of the system take before the server notices that nobody reads.
const BUFFERS: usize = 12 << 20;

/// Why a body is not taken with a cap of 256 KiB, and how much of it the server could send.
async fn cut_off(answer: Answer) -> (String, usize) {
    let server = Server::start("127.1.57.1", move |_, _| answer.clone()).await;
    let mut request = request(&server.url("/feed"));
    request.max_body = CAP;
    let error = ask(&request).await.unwrap_err();
    assert_eq!(
        error.failure.kind,
        FailureKind::Unreadable,
        "{}",
        error.failure.message
    );
    assert_eq!(server.count(), 1);
    server.hung_up(1).await;
    (error.failure.message, server.sent())
}

fn gzip_zeros(length: usize) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let piece = vec![0; 1 << 20];
    for _ in 0..length >> 20 {
        gzip.write_all(&piece).unwrap();
    }
    gzip.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn e57_t14_a_body_without_end_is_cut_off() {
    let endless = |head: &str, piece: Vec<u8>| {
        Answer::raw(
            format!("HTTP/1.1 200 OK\r\n{head}\r\n"),
            Then::Repeat(piece, Duration::ZERO),
        )
    };
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    for answer in [
        endless("Connection: close\r\n", vec![b' '; 0x10000]),
        endless("Transfer-Encoding: chunked\r\n", chunk),
        endless("Content-Encoding: gzip\r\n", vec![b' '; 0x10000]),
    ] {
        let (message, sent) = cut_off(answer).await;
        assert!(message.contains("larger than 256.0 KiB"), "{message}");
        assert!(sent <= CAP as usize + BUFFERS, "{sent} bytes were taken");
    }
    // One that says how long it is need not be read at all.
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_u64 << 30);
    let (message, _) = cut_off(Answer::raw(head, Then::Silence)).await;
    assert!(message.contains("larger than"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e57_t15_what_counts_is_the_size_after_unpacking() {
    let small = gzip_zeros(1 << 20);
    assert!((small.len() as u64) < CAP / 100);
    let packed =
        |coding: &str, body: Vec<u8>| Answer::new(200, &[&format!("Content-Encoding: {coding}")], body);
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 4_096, 5, 22)
        .write_all(&vec![0; 1 << 20])
        .unwrap();
    for answer in [
        packed("gzip", small.clone()),
        packed("gzip", gzip_zeros(64 << 20)),
        // Members count together.
        packed("gzip", small.repeat(10)),
        packed("br", brotli),
        packed("zstd", zstd::encode_all(&vec![0; 1 << 20][..], 3).unwrap()),
    ] {
        let (message, _) = cut_off(answer).await;
        assert!(message.contains("larger than"), "{message}");
    }
    // Two codings, one inside the other, are not undone.
    let twice = packed("gzip, gzip", small);
    assert!(cut_off(twice).await.0.contains("encoding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn t15_a_million_empty_members_are_no_work() {
    let empty = gzip_zeros(0);
    let members = empty.repeat((CAP as usize - 1) / empty.len());
    let (message, _) = cut_off(Answer::new(200, &["Content-Encoding: gzip"], members)).await;
    assert!(message.contains("pieces"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_slow_and_endless_heads_end_at_the_deadline() {
    let early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n".repeat(20);
    for (fault, answer) in [
        ("silence", Answer::raw("HTTP/1.1 200 OK\r\n", Then::Silence)),
        (
            "slow head",
            Answer::raw(
                "HTTP/1.1 200 OK\r\nX: ",
                Then::Repeat(b"x".to_vec(), Duration::from_millis(20)),
            ),
        ),
        (
            "slow headers",
            Answer::raw(
                "HTTP/1.1 200 OK\r\n",
                Then::Repeat(b"X: y\r\n".to_vec(), Duration::from_millis(20)),
            ),
        ),
        (
            "slow body",
            Answer::raw(
                "HTTP/1.1 200 OK\r\n\r\n",
                Then::Repeat(b" ".to_vec(), Duration::from_millis(20)),
            ),
        ),
        (
            "slow 1xx",
            Answer::raw("", Then::Repeat(early[..45].to_vec(), Duration::from_millis(20))),
        ),
        ("fast 1xx", Answer::raw("", Then::Repeat(early, Duration::ZERO))),
    ] {
        let server = Server::start("127.1.16.16", move |_, _| answer.clone()).await;
        let mut request = request(&server.url("/feed"));
        request.timeout = Duration::from_millis(300);
        let error = ask(&request).await.unwrap_err();
        assert_eq!(error.failure.kind, FailureKind::Transient, "{fault}");
        server.hung_up(1).await;
        assert_eq!(server.count(), 1, "{fault}");
    }
}

#[tokio::test]
async fn t43_what_a_server_says_makes_no_long_message() {
    let coding = format!("Content-Encoding: x\u{9b}2J{}", "y".repeat(10_000));
    let server = Server::start("127.1.43.1", move |_, _| Answer::new(200, &[&coding], "")).await;
    let message = ask(&request(&server.url("/feed")))
        .await
        .unwrap_err()
        .failure
        .message;
    assert!(message.contains("encoding"), "{message}");
    assert!(message.chars().count() <= 301, "{message}");
    assert!(!message.contains(char::is_control), "{message:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_header_bombs_are_one_error() {
    let many = |count: usize| -> Vec<String> { (0..count).map(|number| format!("X-{number}: y")).collect() };
    let ask_with = async |fields: Vec<String>| {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let answer = Answer::new(200, &fields, feed(&["a"]));
        let server = Server::start("127.1.17.17", move |_, _| answer.clone()).await;
        let answered = ask(&request(&server.url("/feed"))).await;
        assert_eq!(server.count(), 1);
        answered
    };
    assert!(matches!(ask_with(many(90)).await, Ok(Reply::Document { .. })));
    for fields in [
        many(101),
        many(5_000),
        vec![format!("X-Long: {}", "y".repeat(1 << 20))],
    ] {
        let message = ask_with(fields).await.unwrap_err().failure.message;
        assert!(message.contains("more headers than are read"), "{message}");
    }
}
