//! The sample newsroom itself keeps what the other tests build on.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;

use std::collections::BTreeSet;
use std::io::Read;

use newsroom::Newsroom;
use newsroom::control::{ITEMS, READABLE, REVIEW, SHARED};
use newsroom::review::Design;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Position, Url};

/// One raw request, so that nothing stands between the test and the bytes.
#[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
async fn get(newsroom: &Newsroom, path: &str, headers: &str) -> (String, Vec<u8>) {
    let url: Url = newsroom.url(path).parse().unwrap();
    let address = url.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).await.unwrap();
    let target = &url[Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: newsroom\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    (
        String::from_utf8(answer[..end].to_vec()).unwrap(),
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
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let known = format!("If-None-Match: {}\r\n", field(&head, "etag"));
    let dated = format!("If-Modified-Since: {}\r\n", "Fri, 20 Nov 2026 08:00:00 GMT");
    let zipped = get(&newsroom, REVIEW, "Accept-Encoding: gzip, br\r\n").await;
    assert_eq!(field(&zipped.0, "content-encoding"), "gzip");
    assert!(zipped.1.len() < body.len() / 2);
    assert_ne!(field(&zipped.0, "etag"), field(&head, "etag"));

    for conditions in [&known, &dated] {
        let (head, body) = get(&newsroom, REVIEW, conditions).await;
        assert!(
            head.starts_with("HTTP/1.1 304") && body.is_empty(),
            "{conditions}: {head}"
        );
    }
    newsroom.publish("late-news", "Late news", &["Libya"]);
    for conditions in [&known, &dated] {
        let (head, body) = get(&newsroom, REVIEW, conditions).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{conditions}: {head}");
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
        head.starts_with("HTTP/1.1 503") && !head.contains("etag"),
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

/// What a site's path serves, which must be there.
async fn text(newsroom: &Newsroom, path: &str) -> String {
    let (head, body) = get(newsroom, path, "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    String::from_utf8(body).unwrap()
}

/// The addresses between `before` and `after` in a document.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts.map(|part| part.split_once(after).unwrap().0).collect()
}

#[tokio::test]
async fn the_documents_of_the_sites_have_their_types() {
    let newsroom = Newsroom::start().await.unwrap();
    for (path, content_type) in [
        ("//review/", "text/html; charset=UTF-8"),
        ("//review/category/libya/page/2/", "text/html; charset=UTF-8"),
        ("//review/feed/", "application/rss+xml; charset=UTF-8"),
        (
            "//review/category/sport/feed/",
            "application/rss+xml; charset=UTF-8",
        ),
        ("//review/wp-json/", "application/json; charset=UTF-8"),
        (
            "//review/wp-json/wp/v2/posts?per_page=2",
            "application/json; charset=UTF-8",
        ),
        (
            "//review/wp-json/wp/v2/posts/48720",
            "application/json; charset=UTF-8",
        ),
        ("//review/sitemap_index.xml", "text/xml; charset=UTF-8"),
        ("//review/post-sitemap2.xml.gz", "application/x-gzip"),
        ("//review/robots.txt", "text/plain; charset=utf-8"),
        ("//press/", "text/html"),
    ] {
        let (head, body) = get(&newsroom, path, "Accept-Encoding: gzip\r\n").await;
        assert_eq!(field(&head, "content-type"), content_type, "{path}");
        let etag = format!("If-None-Match: {}\r\n", field(&head, "etag"));
        let dated = format!("If-Modified-Since: {}\r\n", field(&head, "last-modified"));
        assert!(body.starts_with(&[0x1f, 0x8b]), "{path}");
        for condition in [etag, dated] {
            let (head, body) = get(&newsroom, path, &condition).await;
            assert!(
                head.starts_with("HTTP/1.1 304") && body.is_empty(),
                "{path}: {head}"
            );
        }
    }
    for path in [
        "//press/feed/",
        "//press/robots.txt",
        "//review/comments/",
        "/category/libya/",
    ] {
        let (head, _) = get(&newsroom, path, "").await;
        assert!(head.starts_with("HTTP/1.1 404"), "{path}: {head}");
    }
    let last = newsroom.requests().pop().unwrap();
    assert_eq!((last.path.as_str(), last.status), ("/category/libya/", 404));
}

#[tokio::test]
async fn every_article_is_in_the_sitemaps_once_and_served() {
    let newsroom = Newsroom::start().await.unwrap();
    let home = newsroom.url("//review");
    let path = |url: &str| format!("//review{}", url.strip_prefix(&home).unwrap());
    let index = text(&newsroom, "//review/sitemap_index.xml").await;
    let maps = between(&index, "<loc>", "</loc>");
    let mut found = Vec::new();
    for map in &maps {
        let (_, body) = get(&newsroom, &path(map), "").await;
        let mut text = String::new();
        if map.ends_with(".gz") {
            flate2::read::GzDecoder::new(&*body)
                .read_to_string(&mut text)
                .unwrap();
        } else {
            text = String::from_utf8(body).unwrap();
        }
        found.extend(between(&text, "<loc>", "</loc>").into_iter().map(path));
    }
    let unique: BTreeSet<&String> = found.iter().collect();
    assert_eq!(unique.len(), found.len());
    for article in newsroom.articles() {
        assert!(
            found.contains(&format!("//review{}", article.path())),
            "{}",
            article.title
        );
    }
    for path in &found {
        text(&newsroom, path).await;
    }
    let news = text(&newsroom, "//review/news-sitemap.xml").await;
    assert_eq!(between(&news, "<news:title>", "</news:title>").len(), 5);

    let robots = text(&newsroom, "//review/robots.txt").await;
    assert!(
        robots.contains(&format!("Sitemap: {home}/sitemap_index.xml\n")),
        "{robots}"
    );
    let forbidden = between(&robots, "Disallow: ", "\n");
    assert!(forbidden.contains(&"/wp-admin/"));
    let front = text(&newsroom, "//review/").await;
    assert!(front.contains(&format!("{home}{}a-queue-is", "/48655/")) && forbidden.contains(&"/48655/"));
}

#[tokio::test]
async fn no_listed_article_leads_nowhere_in_either_design() {
    let newsroom = Newsroom::start().await.unwrap();
    let home = newsroom.url("//review");
    for design in [Design::JNews, Design::Blocks] {
        newsroom.redesign(design);
        for listing in [
            "//review/",
            "//review/category/libya/",
            "//review/category/libya/page/2/",
        ] {
            let html = text(&newsroom, listing).await;
            let prefix = format!("href=\"{home}/");
            let links: BTreeSet<&str> = between(&html, &prefix, "\"").into_iter().collect();
            let shown = links.iter().filter(|link| {
                let is_article = link.starts_with(|c: char| c.is_ascii_digit()) && !link.contains('#');
                is_article || link.starts_with("category/")
            });
            for link in shown {
                text(&newsroom, &format!("//review/{link}")).await;
            }
        }
    }
}

#[tokio::test]
async fn the_api_tells_categories_from_tags_and_pages_through_posts() {
    let newsroom = Newsroom::start().await.unwrap();
    let posts = "//review/wp-json/wp/v2/posts";
    let read = |text: String| -> Vec<Value> { serde_json::from_str(&text).unwrap() };
    let (head, body) = get(
        &newsroom,
        &format!("{posts}?_embed&categories=2&per_page=4&page=3"),
        "",
    )
    .await;
    assert_eq!(
        (field(&head, "x-wp-total"), field(&head, "x-wp-totalpages")),
        ("10", "3")
    );
    let last = read(String::from_utf8(body).unwrap());
    let ids: Vec<_> = last.iter().map(|post| post["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [47988, 47951]);

    let embedded = read(text(&newsroom, &format!("{posts}?_embed=1")).await);
    assert_eq!(embedded.len(), 10);
    let names = |terms: &Value| -> Vec<String> {
        let terms = terms.as_array().unwrap().iter();
        terms
            .map(|term| term["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let terms = &embedded[2]["_embedded"]["wp:term"];
    assert_eq!(names(&terms[0]), ["Libya"]);
    assert_eq!(
        names(&terms[1]),
        [
            "AFRICOM",
            "Joint Military Cooperation",
            "khalifa haftar",
            "libya",
            "LNA"
        ]
    );
    let plain = read(
        text(
            &newsroom,
            &format!("{posts}?after=2024-08-28T00:00:00&_fields=id,link"),
        )
        .await,
    );
    assert_eq!(plain.len(), 1);
    let fields: Vec<&String> = plain[0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["id", "link"]);

    let (head, _) = get(&newsroom, &format!("{posts}?page=9"), "").await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}

#[tokio::test]
async fn a_redesign_changes_the_pages_and_their_validators_and_nothing_else() {
    let newsroom = Newsroom::start().await.unwrap();
    let page = "//review/category/libya/";
    let (head, before) = get(&newsroom, page, "").await;
    let known = format!("If-None-Match: {}\r\n", field(&head, "etag"));
    let dated = format!("If-Modified-Since: {}\r\n", field(&head, "last-modified"));
    let feed = get(&newsroom, "//review/feed/", "").await.1;
    newsroom.redesign(Design::Blocks);
    for condition in [known, dated] {
        let (head, body) = get(&newsroom, page, &condition).await;
        assert!(head.starts_with("HTTP/1.1 200") && body != before, "{head}");
        assert!(!String::from_utf8(body).unwrap().contains("jeg_"));
    }
    assert_eq!(get(&newsroom, "//review/feed/", "").await.1, feed);
    newsroom.redesign(Design::JNews);
    assert_eq!(get(&newsroom, page, "").await.1, before);
}

#[tokio::test]
async fn two_newsrooms_serve_the_same_but_for_their_ports() {
    let (one, other) = (Newsroom::start().await.unwrap(), Newsroom::start().await.unwrap());
    let mut with_metadata = 0;
    for article in one.articles() {
        let path = format!("//review{}", article.path());
        let html = text(&one, &path).await;
        // With the colon: a port may be the number of an article, too.
        let [from, to] = [port(&one), port(&other)];
        let moved = html.replace(&format!(":{from}"), &format!(":{to}"));
        let moved = moved.replace(&format!("%3A{from}"), &format!("%3A{to}"));
        assert_eq!(moved, text(&other, &path).await, "{path}");
        let graphs = between(&html, "class=\"yoast-schema-graph\">", "</script>");
        assert_eq!(graphs.len(), usize::from(article.metadata), "{path}");
        assert_eq!(html.contains("property=\"article:"), article.metadata, "{path}");
        for graph in graphs {
            let graph: Value = serde_json::from_str(graph).unwrap();
            assert_eq!(graph["@graph"][0]["headline"], *article.title);
            with_metadata += 1;
        }
    }
    assert!((9..=10).contains(&with_metadata), "{with_metadata} of 19");
}

/// The port of the WordPress site.
fn port(newsroom: &Newsroom) -> String {
    let url: Url = newsroom.url("//review/").parse().unwrap();
    url.port().unwrap().to_string()
}
