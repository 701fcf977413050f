//! The names under which readers and people look for feeds.

use crate::output::{Output, Served};

#[tokio::test]
async fn feeds_answer_to_the_names_that_readers_guess() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for (alias, file) in [
        ("/feed/", "/rss.xml"),
        ("/feed", "/rss.xml"),
        ("/feed.xml", "/rss.xml"),
        ("/index.xml", "/rss.xml"),
        ("/rss", "/rss.xml"),
        ("/rss/", "/rss.xml"),
        ("/atom", "/atom.xml"),
        ("/feed/atom/", "/atom.xml"),
        ("/feed/json/", "/feed.json"),
        ("/category/libya/feed/", "/category/libya/rss.xml"),
        ("/category/libya/feed/rss2/", "/category/libya/rss.xml"),
        ("/category/libya/feed/atom/", "/category/libya/atom.xml"),
        ("/category/libya/feed.xml", "/category/libya/rss.xml"),
        ("/category/libya/index.xml", "/category/libya/rss.xml"),
        ("/tag/africom/feed/", "/tag/africom/rss.xml"),
        ("/source/libya-review/feed/", "/source/libya-review/rss.xml"),
        // Beside a pasted address, whichever that was.
        ("/category/libya/feed/atom.xml", "/category/libya/atom.xml"),
        ("/category/libya/rss.xml/feed.json", "/category/libya/feed.json"),
        ("/category/libya/index.html/rss.xml", "/category/libya/rss.xml"),
        ("/feed/rss.xml", "/rss.xml"),
    ] {
        for headers in [&[][..], &["Accept-Encoding: gzip"]] {
            let (by_alias, by_name) = (served.get(alias, headers).await, served.get(file, headers).await);
            assert_eq!(by_alias.status, 200, "{alias}");
            assert_eq!(by_alias.body, by_name.body, "{alias}");
            for name in ["etag", "content-type", "link", "cache-control", "vary"] {
                assert_eq!(by_alias.get(name), by_name.get(name), "{alias}: {name}");
            }
            assert_eq!(by_alias.header("content-location"), file);
        }
    }
    for nothing in [
        "/comments/feed/",
        "/category/feed/",
        "/category/none/feed/",
        "/feed/feed/feed/feed/",
        "/feed/x/",
    ] {
        assert_eq!(served.get(nothing, &[]).await.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn a_feed_without_rss_answers_with_what_it_has() {
    let output = Output::new();
    let served = Served::of(&output).await;
    std::fs::remove_file(output.path().join("tag/africom/rss.xml")).unwrap();
    std::fs::remove_file(output.path().join("tag/africom/index.html")).unwrap();
    served.reload();
    let answer = served.get("/tag/africom/feed/", &[]).await;
    assert_eq!(answer.header("content-location"), "/tag/africom/atom.xml");
    for nothing in ["/tag/africom/rss", "/tag/africom/index.html"] {
        assert_eq!(served.get(nothing, &[]).await.status, 404, "{nothing}");
    }
}
