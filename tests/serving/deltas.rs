//! RFC 3229: only what a reader does not have.

use std::time::SystemTime;

use crate::output::{Output, Served, write_feed};

#[tokio::test]
async fn a_reader_that_can_take_parts_gets_only_new_and_changed_items() {
    let output = Output::new();
    let served = Served::of(&output).await;
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        served.get(&format!("/{file}"), &["Accept-Encoding: gzip"]).await;
    }
    let mut before = Vec::new();
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        let answer = served.get(&format!("/{file}"), &["Accept-Encoding: gzip"]).await;
        before.push((file, answer.header("etag").to_owned()));
    }
    write_feed(&output.path(), &["zero", "one", "two"], SystemTime::now());
    served.reload();
    for (file, tag) in before {
        let (target, condition) = (format!("/{file}"), format!("If-None-Match: {tag}"));
        let whole = served.get(&target, &[&condition]).await;
        assert_eq!(whole.status, 200);
        let part = served.get(&target, &[&condition, "A-IM: feed"]).await;
        assert_eq!((part.status, part.header("im")), (226, "feed"), "{file}");
        assert_eq!(part.header("cache-control"), "no-store, im");
        assert_eq!(part.header("etag"), whole.header("etag"));
        assert_eq!(part.header("content-type"), whole.header("content-type"));
        let (text, all) = (part.text(), whole.text());
        let has = |name: &str| text.contains(&format!(">{name}<")) || text.contains(&format!("\"{name}\""));
        assert!(
            has("zero") && !has("one") && !has("two") && !has("three"),
            "{text}"
        );
        assert_eq!(text[text.len() - 3..], all[all.len() - 3..]);

        let coded = served
            .get(
                &target,
                &[
                    &condition,
                    "A-IM: gzip, feed",
                    "Accept-Encoding: gzip, identity;q=0",
                ],
            )
            .await;
        assert_eq!((coded.status, coded.header("content-encoding")), (226, "gzip"));
        let now = format!("If-None-Match: {}", whole.header("etag"));
        assert_eq!(served.get(&target, &[&now, "A-IM: feed"]).await.status, 304);
        // One whose version nobody knows any more gets the whole.
        let unknown = served
            .get(&target, &["If-None-Match: \"unknown\"", "A-IM: feed"])
            .await;
        assert_eq!((unknown.status, unknown.get("im")), (200, None));
        assert_eq!(served.get(&target, &["A-IM: feed"]).await.status, 200);
        assert_eq!(
            served.get(&target, &[&condition, "A-IM: vcdiff"]).await.status,
            200
        );
    }
}

#[tokio::test]
async fn a_feed_that_is_all_new_comes_whole() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let tag = served.get("/rss.xml", &[]).await.header("etag").to_owned();
    write_feed(&output.path(), &["four", "five"], SystemTime::now());
    served.reload();
    let condition = format!("If-None-Match: {tag}");
    assert_eq!(
        served.get("/rss.xml", &[&condition, "A-IM: feed"]).await.status,
        200
    );
}
