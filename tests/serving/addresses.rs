//! Which addresses there are, and what was there once.

use crate::client;
use crate::output::{Output, Served};

const CHROMIUM: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8";

#[tokio::test]
async fn s18_removed_feeds_are_gone_and_renamed_ones_have_moved() {
    let output = Output::new();
    let served = Served::of(&output).await;
    served.withdraw(&["tag/oil"], &[("category/libye", "category/libya")]);
    for target in [
        "/tag/oil/",
        "/tag/oil",
        "/tag/oil/rss.xml",
        "/tag/oil/feed/atom/",
        "/TAG/OIL/",
    ] {
        let answer = served.get(target, &[]).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (410, "public, max-age=3600"),
            "{target}"
        );
    }
    for (target, to) in [
        ("/category/libye/", "/category/libya/"),
        ("/category/libye/rss.xml", "/category/libya/rss.xml"),
        ("/category/libye/feed/", "/category/libya/feed/"),
        ("/category/libye/strange", "/category/libya/"),
    ] {
        let answer = served.get(target, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (301, to), "{target}");
    }
    // It holds over a reload, and ends when the feed is there again.
    served.reload();
    assert_eq!(served.get("/tag/oil/rss.xml", &[]).await.status, 410);
    crate::output::write_feed(
        &output.path().join("tag/oil"),
        &["back"],
        crate::output::written(),
    );
    served.reload();
    assert_eq!(served.get("/tag/oil/rss.xml", &[]).await.status, 200);
}

#[tokio::test]
async fn s19_there_is_one_way_to_write_an_address() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for (target, to) in [
        ("/category/libya", "/category/libya/"),
        ("/rss.xml/", "/rss.xml"),
        ("/category/libya/atom.xml/", "/category/libya/atom.xml"),
        ("/RSS.xml", "/rss.xml"),
        ("/Category/Libya/", "/category/libya/"),
        ("/%63ategory/libya/", "/category/libya/"),
        ("/category%2Flibya/rss.xml", "/category/libya/rss.xml"),
        ("//category//libya///rss.xml", "/category/libya/rss.xml"),
        ("///", "/"),
    ] {
        let answer = served.get(target, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (301, to), "{target}");
        assert!(answer.header("cache-control").contains("max-age"));
    }
}

#[tokio::test]
async fn s22_only_a_folder_is_negotiated() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let miniflux = "Accept: application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, text/html, */*;q=0.9";
    let freshrss = "Accept: application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, */*;q=0.1";
    for (accept, expected) in [
        (CHROMIUM, "text/html"),
        ("Accept: */*", "text/html"),
        ("Accept: text/html", "text/html"),
        ("Accept: text/plain", "text/html"),
        ("X-None: 1", "text/html"),
        (miniflux, "application/rss+xml"),
        (freshrss, "application/rss+xml"),
        ("Accept: application/atom+xml", "application/atom+xml"),
        (
            "Accept: application/atom+xml, application/rss+xml;q=0.9",
            "application/atom+xml",
        ),
        ("Accept: application/feed+json", "application/feed+json"),
        ("Accept: application/json", "application/feed+json"),
        ("Accept: application/xml", "application/rss+xml"),
        ("Accept: application/*, text/html;q=0.5", "application/rss+xml"),
        ("Accept: text/html;q=0, */*", "application/rss+xml"),
        (
            "Accept: application/rss+xml;q=0, application/atom+xml;q=0.1, text/html;q=0",
            "application/atom+xml",
        ),
    ] {
        for folder in ["/", "/category/libya/"] {
            let answer = served.get(folder, &[accept]).await;
            assert!(
                answer.header("content-type").starts_with(expected),
                "{folder} {accept}: {}",
                answer.head
            );
            assert_eq!(answer.header("vary"), "Accept, Sec-Fetch-Dest, Accept-Encoding");
            let file = match expected {
                "text/html" => "index.html",
                "application/rss+xml" => "rss.xml",
                "application/atom+xml" => "atom.xml",
                _ => "feed.json",
            };
            assert_eq!(answer.header("content-location"), format!("{folder}{file}"));
            let by_name = served.get(&format!("{folder}{file}"), &[accept]).await;
            assert_eq!(
                (&by_name.body, by_name.get("content-location")),
                (&answer.body, None)
            );
        }
        let fixed = served.get("/category/libya/atom.xml", &[accept]).await;
        assert_eq!(
            fixed.header("content-type"),
            "application/atom+xml; charset=utf-8"
        );
        assert_eq!(fixed.header("vary"), "Accept-Encoding");
    }
}

#[tokio::test]
async fn s23_a_browser_that_opens_a_feed_is_shown_the_page() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let navigation = [CHROMIUM, "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"];
    for (target, page) in [
        ("/rss.xml", "/#subscribe"),
        ("/category/libya/feed.json", "/category/libya/#subscribe"),
        ("/category/libya/feed/", "/category/libya/#subscribe"),
    ] {
        let answer = served.get(target, &navigation).await;
        assert_eq!((answer.status, answer.header("location")), (303, page));
        // No cache may give this to a reader.
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert_eq!(answer.header("vary"), "Sec-Fetch-Dest");
    }
    for target in ["/category/libya/", "/index.html", "/feeds.opml", "/style.css"] {
        assert_eq!(served.get(target, &navigation).await.status, 200, "{target}");
    }
    assert_eq!(
        served
            .get("/rss.xml", &[CHROMIUM, "Sec-Fetch-Dest: empty"])
            .await
            .status,
        200
    );
    // Without a page there is nothing better to show.
    std::fs::remove_file(output.path().join("tag/africom/index.html")).unwrap();
    served.reload();
    for target in ["/tag/africom/rss.xml", "/tag/africom/"] {
        let answer = served.get(target, &navigation).await;
        assert_eq!(
            answer.header("content-type"),
            "application/rss+xml; charset=utf-8"
        );
    }
}

/// The ways out of a folder that lists of attacks name, in combination.
fn attacks() -> Vec<String> {
    let dots = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "%c0%ae%c0%ae",
        "..;",
        "....",
        ".%00.",
        "%uff0e%uff0e",
        "..%00",
        "%e0%80%ae%e0%80%ae",
    ];
    let slashes = [
        "/",
        "%2f",
        "%2F",
        "\\",
        "%5c",
        "%255c",
        "%252f",
        "//",
        "%c0%af",
        "/./",
        "%e0%80%af",
        ";/",
    ];
    let starts = [
        "/",
        "/category/libya/",
        "/rss.xml/",
        "/feed/",
        "//",
        "/tag/",
        "/%2f",
        "/category/../",
    ];
    let goals = [
        "secret.xml",
        "etc/passwd",
        "output/feedmill.db",
        "proc/self/environ",
        "secret.xml%00.xml",
        "rss.xml",
    ];
    let mut all = Vec::new();
    for start in starts {
        for dot in dots {
            for slash in slashes {
                for depth in [1, 2, 6] {
                    let way = format!("{dot}{slash}").repeat(depth);
                    all.extend(goals.iter().map(|goal| format!("{start}{way}{goal}")));
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn s31_no_request_leaves_the_table_of_addresses() {
    let output = Output::new();
    let site = output.site(crate::output::settings());
    let attacks = attacks();
    assert!(attacks.len() > 20_000);
    let mut published = std::collections::BTreeMap::new();
    for file in ["rss.xml", "atom.xml", "feed.json", "index.html"] {
        for folder in ["", "category/libya/"] {
            let path = format!("{folder}{file}");
            published.insert(std::fs::read(output.path().join(&path)).unwrap(), path);
        }
    }
    for target in &attacks {
        // What is no URI at all never gets here; the server refuses it.
        let Ok(request) = axum::http::Request::get(target.as_str())
            .header("host", "x")
            .body(())
        else {
            continue;
        };
        let answer = site
            .answer(&request.into_parts().0, std::time::SystemTime::now())
            .await;
        let status = answer.status().as_u16();
        if let Some(to) = answer.headers().get("location") {
            let to = to.to_str().unwrap();
            assert!(
                !to.contains("..") && !to.starts_with("//") && !to.contains('%'),
                "{target}: {to}"
            );
        }
        let body = http_body_util::BodyExt::collect(answer.into_body())
            .await
            .unwrap()
            .to_bytes();
        assert!(
            status == 301 || status == 404 || (status == 200 && published.contains_key(&body[..])),
            "{target}: {status}"
        );
    }
    let served = Served::new(site, Default::default()).await;
    for target in attacks.iter().step_by(97) {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = client::send(served.address, request.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(
            !text.contains("secret") && !text.contains("root:"),
            "{target}: {text}"
        );
    }
}

#[tokio::test]
async fn s32_nothing_is_listed_and_nothing_hidden_is_served() {
    let output = Output::new();
    let served = Served::of(&output).await;
    std::fs::write(output.path().join("odd name.xml"), "secret").unwrap();
    std::fs::create_dir(output.path().join(".git")).unwrap();
    std::fs::write(output.path().join(".git/config.txt"), "secret").unwrap();
    served.reload();
    for target in [
        "/category/",
        "/tag/",
        "/.hidden.xml",
        "/.feedmill-unfinished-x.xml",
        "/feedmill.db",
        "/feedmill.db-wal",
        "/notes",
        "/link.xml",
        "/odd%20name.xml",
        "/.git/config.txt",
        "/.git/",
        "/secret.xml",
    ] {
        let answer = served.get(target, &[]).await;
        assert_eq!(answer.status, 404, "{target}");
        assert!(!answer.text().contains("secret"));
    }
}
