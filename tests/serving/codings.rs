//! Compression, and what caches are told.

use std::io::Read;
use std::time::Duration;

use feedmill::serve::{Limits, Settings};

use crate::output::{Output, Served, rss};

fn decoded(coding: Option<&str>, body: &[u8]) -> String {
    let mut plain = String::new();
    let read = match coding {
        None => (&mut &*body).read_to_string(&mut plain),
        Some("gzip") => flate2::read::GzDecoder::new(body).read_to_string(&mut plain),
        Some("br") => brotli::Decompressor::new(body, 4096).read_to_string(&mut plain),
        Some("zstd") => zstd::stream::read::Decoder::new(body)
            .unwrap()
            .read_to_string(&mut plain),
        Some(other) => panic!("{other}"),
    };
    read.unwrap();
    plain
}

#[tokio::test]
async fn s09_codings_follow_the_weights() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for (accepted, expected) in [
        (None, Some("")),
        (Some(""), Some("")),
        (Some("gzip"), Some("gzip")),
        (Some("x-gzip"), Some("gzip")),
        (Some("gzip, deflate, br, zstd"), Some("br")),
        (Some("gzip, br;q=0.5"), Some("gzip")),
        (Some("GZIP;Q=0.1, identity;q=0.05"), Some("gzip")),
        (Some("gzip;q=0.5, identity"), Some("")),
        (Some("gzip;q=0"), Some("")),
        (Some("*"), Some("br")),
        (Some("*;q=0, zstd"), Some("zstd")),
        (Some("deflate"), Some("")),
        (Some("identity;q=0, gzip"), Some("gzip")),
        (Some("identity;q=0"), None),
        (Some("*;q=0"), None),
        (Some("deflate, identity;q=0"), None),
    ] {
        let header = accepted.map(|accepted| format!("Accept-Encoding: {accepted}"));
        let headers: Vec<_> = header.iter().map(String::as_str).collect();
        let answer = served.get("/rss.xml", &headers).await;
        let Some(expected) = expected else {
            assert_eq!(answer.status, 406, "{accepted:?}");
            continue;
        };
        assert_eq!(answer.status, 200, "{accepted:?}");
        assert_eq!(
            answer.get("content-encoding").unwrap_or(""),
            expected,
            "{accepted:?}"
        );
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert_eq!(
            decoded(answer.get("content-encoding"), &answer.body),
            rss(&["one", "two", "three"])
        );
        if !expected.is_empty() {
            assert!(answer.body.len() < rss(&["one", "two", "three"]).len() / 2);
        }
    }
    // Nothing is gained by compressing what is tiny.
    assert_eq!(
        served
            .get("/style.css", &["Accept-Encoding: gzip"])
            .await
            .get("content-encoding"),
        None
    );
}

#[tokio::test]
async fn s10_every_answer_that_could_be_compressed_says_so() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for target in [
        "/rss.xml",
        "/atom.xml",
        "/feed.json",
        "/index.html",
        "/feeds.opml",
        "/style.css",
        "/feed/",
    ] {
        for headers in [
            &["Accept-Encoding: gzip"][..],
            &[],
            &["If-None-Match: *"],
            &["Accept-Encoding: *;q=0"],
        ] {
            let answer = served.get(target, headers).await;
            assert_eq!(answer.header("vary"), "Accept-Encoding", "{target} {headers:?}");
        }
    }
}

#[tokio::test]
async fn s11_caches_keep_answers_until_the_next_build_is_due() {
    for (rebuild, age) in [(900, 900), (10, 300), (1_000_000, 86_400)] {
        let settings = Settings {
            rebuild: Duration::from_secs(rebuild),
            ..Settings::default()
        };
        let served = Served::new(Output::new().site(settings), Limits::default()).await;
        let expected = format!("public, max-age={age}, stale-while-revalidate={age}, stale-if-error=86400");
        for headers in [&[][..], &["If-None-Match: *"]] {
            // The folder is gone with `Output`, so an answer without a file is one of memory.
            let answer = served.get("/robots.txt", headers).await;
            assert_eq!(answer.header("cache-control"), expected);
        }
    }
    let output = Output::new();
    let served = Served::of(&output).await;
    assert_eq!(
        served.get("/none", &[]).await.header("cache-control"),
        "public, max-age=60"
    );
}

#[tokio::test]
async fn memory_holds_what_is_used_and_forgets_the_rest() {
    let output = Output::new();
    let folders: Vec<_> = (0..40).map(|n| format!("tag/t{n}")).collect();
    for folder in &folders {
        crate::output::write_feed(
            &output.path().join(folder),
            &["one", folder],
            crate::output::written(),
        );
    }
    let settings = Settings {
        memory: 20_000,
        ..Settings::default()
    };
    let served = Served::new(output.site(settings), Limits::default()).await;
    assert_eq!(served.site.memory(), 0);
    let mut tags = Vec::new();
    for folder in &folders {
        let answer = served
            .get(&format!("/{folder}/rss.xml"), &["Accept-Encoding: gzip"])
            .await;
        assert!(served.site.memory() <= 20_000);
        tags.push(answer.header("etag").to_owned());
    }
    // What was forgotten is as it was.
    for (folder, tag) in folders.iter().zip(tags) {
        let target = format!("/{folder}/rss.xml");
        let condition = format!("If-None-Match: {tag}");
        assert_eq!(served.get(&target, &[&condition]).await.status, 304);
        assert!(
            served
                .get(&target, &[])
                .await
                .text()
                .contains(&format!("<title>{folder}</title>"))
        );
    }
}
