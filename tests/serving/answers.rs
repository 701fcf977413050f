//! Methods, types, headers and errors.

use std::time::SystemTime;

use feedmill::serve::{Limits, Readers, Settings};

use crate::output::{Output, Served, rss, settings};

const FEEDS: [(&str, &str); 3] = [
    ("/rss.xml", "application/rss+xml; charset=utf-8"),
    ("/atom.xml", "application/atom+xml; charset=utf-8"),
    ("/feed.json", "application/feed+json"),
];
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn s08_only_get_head_and_options() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"] {
        let answer = served.ask(method, "/rss.xml", &[]).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    }
    let answer = served.ask("POST", "/rss.xml", &["Content-Length: 100000"]).await;
    assert_eq!((answer.status, answer.header("connection")), (405, "close"));
    for target in ["/rss.xml", "*"] {
        let answer = served.ask("OPTIONS", target, &[]).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (204, "GET, HEAD, OPTIONS")
        );
        assert_eq!(answer.get("access-control-allow-methods"), None);
    }
    let answer = served
        .ask("OPTIONS", "/rss.xml", &["Access-Control-Request-Method: GET"])
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("If-None-Match")
    );
}

#[tokio::test]
async fn s12_the_date_is_right_and_nothing_contradicts_max_age() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for headers in [&[][..], &["If-None-Match: *"]] {
        let answer = served.get("/rss.xml", headers).await;
        let date = httpdate::parse_http_date(answer.header("date")).unwrap();
        let now = std::time::SystemTime::now();
        let off = now.duration_since(date).unwrap_or_default();
        assert!(off.as_secs() <= 2 && date <= now, "{}", answer.head);
        assert_eq!((answer.get("expires"), answer.get("age")), (None, None));
    }
}

#[tokio::test]
async fn s13_types_are_exact() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let others = [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ];
    for (target, expected) in FEEDS.iter().chain(&others) {
        let answer = served.get(target, &[]).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, *expected),
            "{target}"
        );
        if expected.contains("+xml") {
            assert!(
                answer
                    .text()
                    .starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
            );
        }
    }
}

#[tokio::test]
async fn s14_no_guessing_of_types_and_feeds_for_scripts_of_all_sites() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for target in [
        "/rss.xml",
        "/feed.json",
        "/feeds.opml",
        "/index.html",
        "/style.css",
        "/none",
    ] {
        let answer = served.get(target, &[]).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{target}");
        let shared = target.ends_with(".xml") || target.ends_with(".json") || target.ends_with(".opml");
        assert_eq!(
            answer.get("access-control-allow-origin"),
            shared.then_some("*"),
            "{target}"
        );
        let exposed = shared.then_some("ETag, Last-Modified, Link");
        assert_eq!(answer.get("access-control-expose-headers"), exposed, "{target}");
    }
    let known = served.get("/rss.xml", &["If-None-Match: *"]).await;
    assert_eq!(known.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn s15_ranges_are_parts_of_the_version_that_is_meant() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let whole = served.get("/rss.xml", &["Accept-Encoding: gzip"]).await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let (tag, length) = (whole.header("etag"), whole.body.len());
    let same = format!("If-Range: {tag}");
    for (range, condition, expected) in [
        ("bytes=0-9", None, Some(0..10)),
        ("bytes=10-", Some(&*same), Some(10..length)),
        (
            "bytes=-5",
            Some("If-Range: Sun, 15 Nov 2026 12:00:00 GMT"),
            Some(length - 5..length),
        ),
        ("bytes=0-9", Some("If-Range: \"other\""), None),
        ("bytes=0-9", Some("If-Range: Sun, 15 Nov 2026 11:00:00 GMT"), None),
        ("bytes=0-9", Some("If-Range: Mon, 16 Nov 2026 12:00:00 GMT"), None),
        ("bytes=0-1,4-5", None, None),
        ("lines=0-1", None, None),
    ] {
        let range = format!("Range: {range}");
        let mut headers = vec!["Accept-Encoding: gzip", &*range];
        headers.extend(condition);
        let answer = served.get("/rss.xml", &headers).await;
        match expected {
            Some(part) => {
                let said = format!("bytes {}-{}/{length}", part.start, part.end - 1);
                assert_eq!((answer.status, answer.header("content-range")), (206, &*said));
                assert_eq!(answer.body, whole.body[part]);
                assert_eq!(
                    (answer.header("etag"), answer.header("content-encoding")),
                    (tag, "gzip")
                );
            }
            None => assert_eq!(
                (answer.status, answer.body),
                (200, whole.body.clone()),
                "{range} {condition:?}"
            ),
        }
    }
    let beyond = served
        .get("/rss.xml", &["Accept-Encoding: gzip", "Range: bytes=99999-"])
        .await;
    let said = format!("bytes */{length}");
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*said));
    // A tag of another coding names other bytes.
    let other = format!(
        "If-Range: \"{}-br\"",
        tag.trim_matches('"').trim_end_matches("-gzip")
    );
    let answer = served
        .get("/rss.xml", &["Accept-Encoding: gzip", "Range: bytes=0-9", &other])
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn s16_links_say_what_the_body_says() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let answer = served.get("/category/libya/atom.xml", &[]).await;
    let (itself, page) = (
        "<https://feeds.example/category/libya/atom.xml>; rel=\"self\"",
        "<https://feeds.example/category/libya/>; rel=\"alternate\"; type=\"text/html\"",
    );
    assert_eq!(answer.header("link"), format!("{itself}, {page}"));
    let html = served.get("/category/libya/index.html", &[]).await;
    for part in [
        "<https://feeds.example/category/libya/>; rel=\"canonical\"",
        "<https://feeds.example/category/libya/rss.xml>; rel=\"alternate\"; type=\"application/rss+xml\"",
        "<https://feeds.example/category/libya/feed.json>; rel=\"alternate\"; type=\"application/feed+json\"",
    ] {
        assert!(html.header("link").contains(part), "{}", html.head);
    }
    // An alias names the feed it stands for.
    let alias = served.get("/category/libya/feed/atom/", &[]).await;
    assert_eq!(alias.header("link"), answer.header("link"));

    let hub = Settings {
        hub: Some("https://hub.example/".parse().unwrap()),
        ..settings()
    };
    let served = Served::new(output.site(hub), Limits::default()).await;
    for method in ["GET", "HEAD"] {
        let answer = served.ask(method, "/category/libya/atom.xml", &[]).await;
        let hub = "<https://hub.example/>; rel=\"hub\"";
        assert_eq!(answer.header("link"), format!("{itself}, {hub}, {page}"));
    }
    let nameless = Served::new(output.site(Settings::default()), Limits::default()).await;
    assert_eq!(nameless.get("/rss.xml", &[]).await.get("link"), None);
}

#[tokio::test]
async fn s20_queries_change_nothing_and_come_back_nowhere() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let plain = served.get("/rss.xml", &[]).await;
    for query in [
        "?x=1",
        "?utm_source=a",
        "?",
        "?a=%3Cscript%3E&feed=atom",
        "?%00",
        "?/../..",
    ] {
        let answer = served.get(&format!("/rss.xml{query}"), &[]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.fields(), plain.fields(), "{query}");
        assert_eq!(answer.body, plain.body);
    }
    let moved = served.get("/category/libya?x=https://evil.example/", &[]).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, "/category/libya/")
    );
}

#[tokio::test]
async fn s21_errors_repeat_nothing_of_the_request() {
    let output = Output::new();
    let served = Served::of(&output).await;
    served.withdraw(&["tag/oil"], &[]);
    for target in [
        "/PAYLOAD<script>alert(1)</script>",
        "/PAYLOAD%3Cscript%3Ealert(1)%3C/script%3E",
        "/tag/oil/PAYLOAD",
        "/PAYLOAD%0d%0aSet-Cookie:%20a=b",
        "//PAYLOAD.example/rss.xml/",
        "/category/libya?PAYLOAD",
        "/\\PAYLOAD",
    ] {
        let answer = served.get(target, &["X-Other: PAYLOAD"]).await;
        assert!(
            [301, 400, 404, 410].contains(&answer.status),
            "{target}: {}",
            answer.head
        );
        assert!(
            !answer.head.contains("PAYLOAD") && !answer.text().contains("PAYLOAD"),
            "{target}"
        );
        assert!(answer.get("set-cookie").is_none());
        if answer.status != 400 {
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
}

#[tokio::test]
async fn s25_pages_have_a_strict_policy() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for target in ["/", "/category/libya/index.html", "/none"] {
        let answer = served.get(target, &[]).await;
        assert_eq!(answer.header("content-security-policy"), POLICY);
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    assert_eq!(
        served.get("/rss.xml", &[]).await.get("content-security-policy"),
        None
    );
}

#[tokio::test]
async fn s44_robots_and_security_txt() {
    let output = Output::new();
    let plain = Served::of(&output).await;
    assert_eq!(
        plain.get("/robots.txt", &[]).await.text(),
        "User-agent: *\nDisallow:\n"
    );
    assert_eq!(plain.get("/.well-known/security.txt", &[]).await.status, 404);
    assert_eq!(plain.get("/rss.xml", &[]).await.get("x-robots-tag"), None);

    let settings = Settings {
        contact: Some("mailto:security@feeds.example".parse().unwrap()),
        robots: Some("noindex".parse().unwrap()),
        ..settings()
    };
    let served = Served::new(output.site(settings), Limits::default()).await;
    for target in ["/security.txt", "/.well-known/security.txt"] {
        let text = served.get(target, &[]).await.text();
        let (contact, expires) = text.split_once("\nExpires: ").unwrap();
        assert_eq!(contact, "Contact: mailto:security@feeds.example");
        let expires: chrono::DateTime<chrono::Utc> = expires.trim().parse().unwrap();
        let days = (expires - chrono::Utc::now()).num_days();
        assert!((300..366).contains(&days), "{text}");
    }
    assert_eq!(
        served.get("/rss.xml", &[]).await.header("x-robots-tag"),
        "noindex"
    );

    // What the operator wrote comes first.
    std::fs::write(
        output.path().join("robots.txt"),
        "User-agent: *\nDisallow: /source/\n",
    )
    .unwrap();
    served.reload();
    assert!(served.get("/robots.txt", &[]).await.text().contains("/source/"));
}

#[tokio::test]
async fn s38_what_was_served_is_counted_with_the_subscribers_that_readers_report() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let reader =
        "User-Agent: Feedly/1.0 (+http://www.feedly.com/fetcher.html; 42 subscribers; like FeedFetcher)";
    let whole = served.get("/rss.xml", &[reader]).await;
    let condition = format!("If-None-Match: {}", whole.header("etag"));
    for _ in 0..2 {
        served.get("/rss.xml", &[reader, &condition]).await;
    }
    served.get("/none", &["User-Agent: x; 9 subscribers"]).await;
    let counts = served.site.traffic.counts();
    assert_eq!((counts.requests, counts.unchanged, counts.refused), (4, 2, 1));
    assert_eq!(
        counts.bytes,
        (rss(&["one", "two", "three"]).len() + "there is nothing here\n".len()) as u64
    );
    // Who does not say for how many it asks is one reader, and who looks at a page is none.
    served
        .get("/rss.xml", &["User-Agent: newsboat", &condition])
        .await;
    served
        .get("/", &["User-Agent: Mozilla/5.0", "Accept: text/html"])
        .await;
    served.get("/style.css", &["User-Agent: Mozilla/5.0"]).await;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let readers = served.site.traffic.readers(now.as_secs());
    assert_eq!(readers.len(), 1, "{readers:?}");
    let expected = Readers {
        subscribers: 42,
        others: 1,
    };
    assert_eq!(readers["/rss.xml"], expected);
}
