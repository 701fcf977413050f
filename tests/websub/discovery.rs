//! 100 to 104 and 200 to 202: which hub is asked for what, after a poll of a publisher by the whole pipeline.

use crate::reader::{Reader, deliver, polled, signature, silent_hub, wire};
use crate::server::{Answer, Asked, Server};

const FEED: &str = "<title>Wire</title><item><title>One</title><link>https://articles.example/1</link>\
                    <guid>1</guid></item>";

fn rss(links: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>{links}{FEED}</channel></rss>"
    )
}

/// Polls the publisher at `/start`, asks the hub that it names, and takes what this then pushes. `topic` is a path of
/// the publisher.
async fn subscribes(key: &str, publisher: &Server, hub: &Server, topic: &str) -> Asked {
    let source = format!(
        "[[source]]\nname = \"Wire\"\n{key} = {:?}\n",
        publisher.url("/start")
    );
    let offer = polled(&source).await.expect("a hub is on offer");
    let mut reader = Reader::new().await;
    let asked = {
        reader.want(offer);
        reader.turn().await;
        assert_eq!(hub.count(), 1, "the hub was asked once");
        hub.asked().pop().unwrap()
    };
    let topic = publisher.url(topic);
    assert_eq!(asked.field("hub.topic"), Some(topic.clone()));
    assert_eq!(crate::reader::verify(&asked, &topic, "864000").await.status, 200);
    let body = rss("");
    let signed = signature(&asked, "sha256", body.as_bytes());
    let answer = deliver(&asked, body.as_bytes(), &[&signed]).await;
    assert_eq!(answer.status, 202);
    let pushed = reader.pushed.recv().await.unwrap();
    assert_eq!((pushed.source, pushed.topic), (wire(), topic));
    assert_eq!(pushed.body, body.as_bytes());
    asked
}

/// A publisher with one document at `/start`, and the hub that it names as `HUB`; `SELF` is its own address.
async fn publisher(hub: &Server, headers: &'static [&'static str], body: String) -> Server {
    let address = hub.url("/hub");
    Server::start(move |asked| {
        let fill = |text: &str| {
            let host = asked.header("host").unwrap();
            text.replace("HUB", &address)
                .replace("SELF", &format!("http://{host}"))
        };
        if asked.path() == "/robots.txt" {
            return Answer::status(404);
        }
        let headers: Vec<String> = headers.iter().map(|header| fill(header)).collect();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        Answer::new(200, &headers, fill(&body))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn w100_http_header_discovery() {
    let hub = silent_hub().await;
    for headers in [
        &[
            "Content-Type: application/rss+xml",
            "Link: <HUB>; rel=\"hub\", <SELF/start>; rel=\"self\"",
        ][..],
        &[
            "Content-Type: application/rss+xml",
            "Link: </start>; rel=self",
            "Link: <HUB>; title=\"a, b\"; rel=\"alternate hub\"",
        ],
    ] {
        let hub = silent_hub().await;
        let publisher = publisher(&hub, headers, rss("")).await;
        subscribes("feed", &publisher, &hub, "/start").await;
        assert!(publisher.asked().iter().all(|asked| asked.method() == "GET"));
    }
    assert_eq!(hub.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w101_html_tag_discovery() {
    let hub = silent_hub().await;
    let articles: String = (1..9)
        .map(|n| {
            format!(
                "<article><h2><a href=\"/2026/11/article-{n}\">The ministry opens bridge number {n} in the south</a></h2>\
                 <time datetime=\"2026-11-14T10:0{n}:00Z\">today</time><p>About it.</p></article>"
            )
        })
        .collect();
    let page = format!(
        "<!doctype html><html><head><title>Wire</title><link rel=\"hub\" href=\"HUB\"><link rel=\"self\" \
         href=\"SELF/start\"></head><body><main>{articles}</main></body></html>"
    );
    let publisher = publisher(&hub, &["Content-Type: text/html; charset=utf-8"], page).await;
    let source = format!("articles = 0\npage = {:?}\n", publisher.url("/start"));
    let offer = polled(&format!("[[source]]\nname = \"Wire\"\n{source}"))
        .await
        .unwrap();
    assert_eq!(offer.hubs, [hub.url("/hub")]);
    subscribes("articles = 0\npage", &publisher, &hub, "/start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w102_atom_feed_discovery() {
    let hub = silent_hub().await;
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Wire</title><id>urn:wire</id>\
                <link rel=\"hub\" href=\"HUB\"/><link rel=\"self\" href=\"SELF/start\"/>\
                <entry><id>urn:1</id><title>One</title><link href=\"https://articles.example/1\"/>\
                <link rel=\"hub\" href=\"https://entry.example/\"/></entry></feed>";
    let publisher = publisher(&hub, &["Content-Type: application/atom+xml"], atom.into()).await;
    subscribes("feed", &publisher, &hub, "/start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w103_rss_feed_discovery() {
    let hub = silent_hub().await;
    let links = "<atom:link rel=\"hub\" href=\"HUB\"/><atom:link rel=\"self\" href=\"SELF/start\"/>";
    let publisher = publisher(&hub, &["Content-Type: application/rss+xml"], rss(links)).await;
    subscribes("feed", &publisher, &hub, "/start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w103_json_feed_discovery() {
    let hub = silent_hub().await;
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Wire","feed_url":"SELF/start",
        "hubs":[{"type":"rssCloud","url":"https://cloud.example/"},{"type":"WebSub","url":"HUB"}],
        "items":[{"id":"1","url":"https://articles.example/1","content_text":"One"}]}"#;
    let publisher = publisher(&hub, &["Content-Type: application/feed+json"], json.into()).await;
    subscribes("feed", &publisher, &hub, "/start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w104_headers_come_before_the_body() {
    let (hub, wrong) = (silent_hub().await, silent_hub().await);
    let links = format!(
        "<atom:link rel=\"hub\" href=\"{}\"/><atom:link rel=\"self\" href=\"SELF/wrong\"/>",
        wrong.url("/hub")
    );
    let headers = &[
        "Content-Type: application/rss+xml",
        "Link: <HUB>; rel=\"hub\"",
        "Link: <SELF/start>; rel=\"self\"",
    ];
    let publisher = publisher(&hub, headers, rss(&links)).await;
    subscribes("feed", &publisher, &hub, "/start").await;
    assert_eq!(wrong.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w200_the_topic_is_what_the_document_calls_itself() {
    let hub = silent_hub().await;
    let headers = &[
        "Content-Type: application/rss+xml",
        "Link: <HUB>; rel=\"hub\", <SELF/right>; rel=\"self\"",
    ];
    let publisher = publisher(&hub, headers, rss("")).await;
    subscribes("feed", &publisher, &hub, "/right").await;
}

async fn after_redirect(status: u16) {
    let hub = silent_hub().await;
    let address = hub.url("/hub");
    let publisher = Server::start(move |asked| {
        let itself = format!("http://{}/moved", asked.header("host").unwrap());
        if asked.path() == "/start" {
            // What the redirect offers is not about the document.
            let links = "Link: <https://wrong.example/>; rel=\"hub\"";
            return Answer::new(status, &["Location: /moved", links], "");
        }
        let links = format!("Link: <{address}>; rel=\"hub\", <{itself}>; rel=\"self\"");
        Answer::new(200, &["Content-Type: application/rss+xml", &links], rss(""))
    })
    .await;
    subscribes("feed", &publisher, &hub, "/moved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w201_a_topic_that_is_elsewhere_for_now() {
    after_redirect(302).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w202_a_topic_that_is_elsewhere_for_good() {
    after_redirect(301).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_no_hub_is_told_of_an_address_that_bears_a_secret() {
    let hub = silent_hub().await;
    let headers = &[
        "Content-Type: application/rss+xml",
        "Link: <HUB>; rel=\"hub\", <SELF/start>; rel=\"self\"",
    ];
    let publisher = publisher(&hub, headers, rss("")).await;
    let source = format!(
        "[[source]]\nname = \"Wire\"\nfeed = {:?}\n",
        publisher.url("/start")
    );
    assert!(polled(&source).await.is_some());
    let keyed = format!("{source}headers = {{ X-Key = \"k\" }}\n");
    assert_eq!(polled(&keyed).await, None);
}
