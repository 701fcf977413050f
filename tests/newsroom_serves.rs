//! The sample newsroom itself keeps what the other tests build on.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;

use newsroom::Newsroom;
use newsroom::control::{ITEMS, READABLE, REVIEW, SHARED};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One raw request, so that nothing stands between the test and the bytes.
#[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
async fn get(newsroom: &Newsroom, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(newsroom.address()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: newsroom\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    (
        String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase(),
        answer[end..].to_vec(),
    )
}

fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let line = head.lines().find_map(|line| line.strip_prefix(name)).expect(name);
    line.trim_start_matches(':').trim()
}

#[tokio::test]
async fn conditional_requests_get_304_until_the_page_changes() {
    let newsroom = Newsroom::start().await.unwrap();
    let (head, body) = get(&newsroom, REVIEW, "").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let known = format!("If-None-Match: {}\r\n", field(&head, "etag"));
    let dated = format!("If-Modified-Since: {}\r\n", "Fri, 20 Nov 2026 08:00:00 GMT");
    let zipped = get(&newsroom, REVIEW, "Accept-Encoding: gzip, br\r\n").await;
    assert_eq!(field(&zipped.0, "content-encoding"), "gzip");
    assert!(zipped.1.len() < body.len() / 2);
    assert_ne!(field(&zipped.0, "etag"), field(&head, "etag"));

    for conditions in [&known, &dated] {
        let (head, body) = get(&newsroom, REVIEW, conditions).await;
        assert!(
            head.starts_with("http/1.1 304") && body.is_empty(),
            "{conditions}: {head}"
        );
    }
    newsroom.publish("late-news", "Late news", &["Libya"]);
    for conditions in [&known, &dated] {
        let (head, body) = get(&newsroom, REVIEW, conditions).await;
        assert!(head.starts_with("http/1.1 200"), "{conditions}: {head}");
        assert!(String::from_utf8(body).unwrap().contains("Late news"));
    }
    let statuses: Vec<u16> = newsroom
        .take_requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [200, 200, 304, 304, 200, 200]);
    assert!(newsroom.requests().is_empty());
}

#[tokio::test]
async fn a_failing_page_recovers_unchanged() {
    let newsroom = Newsroom::start().await.unwrap();
    let before = get(&newsroom, REVIEW, "").await;
    newsroom.fail(REVIEW, 503);
    let (head, body) = get(&newsroom, REVIEW, "X-Probe: a\r\n").await;
    assert!(
        head.starts_with("http/1.1 503") && !head.contains("etag"),
        "{head}"
    );
    assert!(!String::from_utf8(body).unwrap().contains("<rss"));
    assert_eq!(newsroom.requests()[1].header("x-probe"), Some("a"));
    newsroom.recover(REVIEW);
    assert_eq!(get(&newsroom, REVIEW, "").await.1, before.1);
}

#[tokio::test]
async fn items_can_be_removed_and_renamed() {
    let newsroom = Newsroom::start().await.unwrap();
    let count = |path: &str| {
        let body = newsroom.body(path);
        body.matches("</item>").count() + body.matches("</entry>").count() + body.matches("\"id\":").count()
    };
    let all: usize = newsroom.sources().iter().map(|desk| count(desk.path)).sum();
    assert_eq!(all, ITEMS);
    assert_eq!(
        newsroom
            .sources()
            .iter()
            .filter(|desk| count(desk.path) > 0)
            .count(),
        READABLE
    );

    let before = count(REVIEW);
    newsroom.remove_item(REVIEW, SHARED);
    assert_eq!(count(REVIEW), before - 1);
    assert!(!newsroom.body(REVIEW).contains(SHARED));
    newsroom.flip_guids();
    assert!(!newsroom.body(REVIEW).contains(">https://libyareview.example/?p="));
}

#[tokio::test]
async fn its_configuration_is_toml_whatever_the_folder_is_called() {
    let newsroom = Newsroom::start().await.unwrap();
    let output = std::path::Path::new("/tmp/a \"quoted\" \\ folder");
    let config: toml::Table = newsroom.config(output, "news.db".as_ref()).parse().unwrap();
    assert_eq!(config["site"]["output"].as_str(), output.to_str());
    assert_eq!(
        config["source"].as_array().unwrap().len(),
        newsroom.sources().len()
    );
}
