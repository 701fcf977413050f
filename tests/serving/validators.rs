//! Entity tags, dates and what a client has already.

use std::time::{Duration, SystemTime};

use feedmill::serve::Settings;

use crate::output::{Output, Served, WRITTEN, rss, write, written};

const CODINGS: [&str; 4] = ["identity", "gzip", "br", "zstd"];

/// The tag of a file in a coding.
async fn tag(served: &Served, target: &str, coding: &str) -> String {
    let accept = format!("Accept-Encoding: {coding}");
    served.get(target, &[&accept]).await.header("etag").to_owned()
}

#[tokio::test]
async fn s02_etags_are_strong_and_the_same_after_a_restart_and_on_every_node() {
    let (one, other) = (Output::new(), Output::new());
    let mut seen = Vec::new();
    for output in [&one, &one, &other] {
        let served = Served::of(output).await;
        let mut tags = Vec::new();
        for coding in CODINGS {
            tags.push(tag(&served, "/rss.xml", coding).await);
        }
        seen.push(tags);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    let hash = seen[0][0].trim_matches('"');
    assert_eq!(hash.len(), 32);
    let coded = ["gzip", "br", "zstd"].map(|coding| format!("\"{hash}-{coding}\""));
    assert_eq!(seen[0][1..], coded);
    let served = Served::of(&one).await;
    assert_ne!(tag(&served, "/atom.xml", "identity").await, seen[0][0]);
}

#[tokio::test]
async fn s03_last_modified_is_when_content_changed_and_never_goes_back() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let file = output.path().join("rss.xml");
    let date = async || {
        served
            .get("/rss.xml", &[])
            .await
            .get("last-modified")
            .map(str::to_owned)
    };
    assert_eq!(date().await.as_deref(), Some(WRITTEN));

    // Touched, with the same bytes.
    write(
        &file,
        &rss(&["one", "two", "three"]),
        written() + Duration::from_secs(3600),
    );
    served.reload();
    assert_eq!(date().await.as_deref(), Some(WRITTEN));

    // Changed by one whose clock was put back.
    write(&file, &rss(&["four"]), written() - Duration::from_secs(3600));
    served.reload();
    assert_eq!(date().await.as_deref(), Some("Sun, 15 Nov 2026 12:00:01 GMT"));

    // Changed by one whose clock is ahead: nothing that is not yet may be told.
    write(
        &output.path().join("atom.xml"),
        "<feed/>",
        SystemTime::now() + Duration::from_secs(86_400),
    );
    served.reload();
    let answer = served.get("/atom.xml", &[]).await;
    if let Some(modified) = answer.get("last-modified") {
        let (modified, date) = (
            httpdate::parse_http_date(modified),
            httpdate::parse_http_date(answer.header("date")),
        );
        assert!(modified.unwrap() <= date.unwrap());
    }
}

#[tokio::test]
async fn s04_if_none_match_takes_lists_stars_weak_tags_and_the_endings_of_proxies() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let hash = tag(&served, "/rss.xml", "identity")
        .await
        .trim_matches('"')
        .to_owned();
    for (value, expected) in [
        (format!("\"{hash}\""), 304),
        (format!("W/\"{hash}\""), 304),
        (format!("\"{hash}-gzip\""), 304),
        (format!("\"{hash}-br\""), 304),
        (format!("W/\"{hash};gzip\""), 304),
        (format!("\"{hash}--gzip\""), 304),
        (format!("\"other\", \"{hash}-zstd\""), 304),
        (hash.clone(), 304),
        ("*".to_owned(), 304),
        ("\"other\"".to_owned(), 200),
        (format!("\"{hash}-other\""), 200),
        (format!("\"{}\"", &hash[1..]), 200),
        ("\"\"".to_owned(), 200),
        (String::new(), 200),
    ] {
        for coding in ["Accept-Encoding: gzip", "Accept-Encoding: identity"] {
            let condition = format!("If-None-Match: {value}");
            let answer = served.get("/rss.xml", &[&condition, coding]).await;
            assert_eq!(answer.status, expected, "{condition}");
        }
    }
    // Two lines are one list.
    let condition = format!("If-None-Match: \"{hash}\"");
    let answer = served
        .get("/rss.xml", &["If-None-Match: \"other\"", &condition])
        .await;
    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn s05_if_modified_since_counts_only_alone() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for (value, expected) in [
        (WRITTEN, 304),
        ("Sun, 15 Nov 2026 12:00:01 GMT", 304),
        ("Sunday, 15-Nov-26 12:00:00 GMT", 304),
        ("Sun Nov 15 12:00:00 2026", 304),
        ("Sun, 15 Nov 2026 11:59:59 GMT", 200),
        ("yesterday", 200),
        ("", 200),
    ] {
        let condition = format!("If-Modified-Since: {value}");
        assert_eq!(
            served.get("/rss.xml", &[&condition]).await.status,
            expected,
            "{value}"
        );
        let with_tag = [&*condition, "If-None-Match: \"other\""];
        assert_eq!(served.get("/rss.xml", &with_tag).await.status, 200, "{value}");
    }
}

#[tokio::test]
async fn s06_a_304_carries_what_caches_renew_and_no_body() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for target in ["/rss.xml", "/feed/", "/category/libya/", "/feeds.opml"] {
        let full = served.get(target, &["Accept-Encoding: gzip"]).await;
        let condition = format!("If-None-Match: {}", full.header("etag"));
        let answer = served.get(target, &["Accept-Encoding: gzip", &condition]).await;
        assert_eq!(answer.status, 304);
        for name in [
            "etag",
            "last-modified",
            "cache-control",
            "vary",
            "content-location",
        ] {
            assert_eq!(answer.get(name), full.get(name), "{target}: {name}");
        }
        assert!(answer.get("date").is_some());
        assert!(answer.body.is_empty());
        assert_eq!(answer.get("content-length"), None, "{}", answer.head);
        assert_eq!(answer.get("transfer-encoding"), None);
    }
}

#[tokio::test]
async fn s07_head_is_get_without_a_body() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for target in [
        "/",
        "/rss.xml",
        "/feed.json",
        "/category/libya/feed/",
        "/feeds.opml",
        "/style.css",
        "/none",
        "/category/libya",
    ] {
        for headers in [&["Accept-Encoding: br"][..], &[], &["If-None-Match: *"]] {
            let (get, head) = (
                served.get(target, headers).await,
                served.ask("HEAD", target, headers).await,
            );
            assert_eq!(head.status, get.status, "{target}");
            assert_eq!(head.fields(), get.fields(), "{target}");
            assert!(head.body.is_empty(), "{target}");
        }
    }
}

#[tokio::test]
async fn s41_a_copied_output_keeps_its_etags() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let before = tag(&served, "/tag/africom/feed.json", "gzip").await;
    let file = output.path().join("tag/africom/feed.json");
    let text = std::fs::read_to_string(&file).unwrap();
    for time in [SystemTime::now(), SystemTime::UNIX_EPOCH] {
        write(&file, &text, time);
        assert_eq!(served.reload().changed, 1);
        assert_eq!(tag(&served, "/tag/africom/feed.json", "gzip").await, before);
        let copied = Served::new(output.site(Settings::default()), Default::default()).await;
        assert_eq!(tag(&copied, "/tag/africom/feed.json", "gzip").await, before);
    }
}

#[tokio::test]
async fn unchanged_files_are_not_read_again_and_changed_ones_are_seen_at_once() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let before = served.get("/rss.xml", &[]).await;
    assert_eq!(served.reload().changed, 0);
    write(&output.path().join("rss.xml"), &rss(&["new"]), SystemTime::now());
    assert_eq!(served.reload().changed, 1);
    let after = served.get("/rss.xml", &[]).await;
    assert!(after.text().contains("<title>new</title>"));
    assert_ne!(after.header("etag"), before.header("etag"));
    std::fs::remove_file(output.path().join("rss.xml")).unwrap();
    assert_eq!(served.reload().removed, 1);
    assert_eq!(served.get("/rss.xml", &[]).await.status, 404);
}
