//! Hub 100 to 106: what websub.rocks asks of a hub, and what of a publisher.

use chrono::TimeDelta;

use crate::publisher::{Publisher, deliveries, subscriber, subscriber_that};
use crate::server::{Answer, ask};

#[tokio::test(flavor = "multi_thread")]
async fn hub_100_a_typical_request() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(204).await;
    let callback = subscriber.url("/cb?key=a%2Fb&x=1");
    let answer = publisher.subscribe(&callback, "rss.xml", &[]).await;
    assert_eq!(answer.status, 202);
    let asked = subscriber.asked().pop().unwrap();
    assert_eq!(asked.method(), "GET");
    assert!(
        asked.target().starts_with("/cb?key=a%2Fb&x=1&"),
        "{}",
        asked.target()
    );
    let topic = publisher.topic("rss.xml");
    assert_eq!(asked.parameter("hub.mode").as_deref(), Some("subscribe"));
    assert_eq!(asked.parameter("hub.topic"), Some(topic.clone()));
    assert_eq!(asked.parameter("hub.lease_seconds").as_deref(), Some("864000"));
    assert!(asked.parameter("hub.challenge").unwrap().len() >= 22);
    // Nothing has changed, nothing is sent.
    publisher.turn().await;
    assert_eq!(subscriber.count(), 1);
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    let [delivery] = &deliveries(&subscriber)[..] else {
        panic!("one delivery")
    };
    assert_eq!(delivery.target(), "/cb?key=a%2Fb&x=1");
    let itself = ask("GET", &topic, &[], b"").await;
    assert_eq!(delivery.body, itself.body);
    assert_eq!(delivery.header("content-type"), itself.header("content-type"));
    let links = format!(
        "<{}websub/hub>; rel=\"hub\", <{topic}>; rel=\"self\"",
        publisher.site
    );
    assert_eq!(delivery.header("link"), Some(links.as_str()));
    assert_eq!(delivery.header("x-hub-signature"), None);
    // And once only.
    publisher.turn().await;
    assert_eq!(subscriber.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_101_with_a_secret_deliveries_are_signed() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let secret = "a secret & more";
    let answer = publisher
        .subscribe(&subscriber.url("/cb"), "rss.xml", &[("hub.secret", secret)])
        .await;
    assert_eq!(answer.status, 202);
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    let delivery = deliveries(&subscriber).pop().unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = ring::hmac::sign(&key, &delivery.body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = format!("sha256={hex}");
    assert_eq!(delivery.header("x-hub-signature"), Some(expected.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_102_further_parameters_are_ignored() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let more = [("hub.verify", "sync"), ("foo", "bar"), ("hub.mode", "publish")];
    let answer = publisher
        .subscribe(&subscriber.url("/cb"), "rss.xml", &more)
        .await;
    assert_eq!(answer.status, 202);
    let asked = subscriber.asked().pop().unwrap();
    assert_eq!(asked.parameter("foo"), None);
    assert_eq!(publisher.hub.subscribers(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_103_subscribing_again_changes_the_subscription_and_makes_no_second_one() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let callback = subscriber.url("/cb");
    let old = [("hub.secret", "old"), ("hub.lease_seconds", "7200")];
    publisher.subscribe(&callback, "rss.xml", &old).await;
    assert_eq!(publisher.lease(), TimeDelta::hours(2));
    publisher.clock.advance(TimeDelta::hours(1));
    let new = [("hub.secret", "new"), ("hub.lease_seconds", "86400")];
    publisher.subscribe(&callback, "rss.xml", &new).await;
    assert_eq!(publisher.lease(), TimeDelta::days(1));
    // The first lease would have ended by now.
    publisher.clock.advance(TimeDelta::hours(3));
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    let [delivery] = &deliveries(&subscriber)[..] else {
        panic!("one delivery")
    };
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"new");
    let tag = ring::hmac::sign(&key, &delivery.body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        delivery.header("x-hub-signature").unwrap(),
        format!("sha256={hex}")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_104_who_unsubscribes_is_asked_back_and_gets_nothing_more() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let callback = subscriber.url("/cb");
    publisher.subscribe(&callback, "rss.xml", &[]).await;
    assert_eq!(publisher.unsubscribe(&callback, "rss.xml").await.status, 202);
    let asked = subscriber.asked().pop().unwrap();
    assert_eq!(asked.parameter("hub.mode").as_deref(), Some("unsubscribe"));
    assert_eq!(asked.parameter("hub.topic"), Some(publisher.topic("rss.xml")));
    assert_eq!(asked.parameter("hub.lease_seconds"), None);
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    assert_eq!(deliveries(&subscriber).len(), 0);
    assert_eq!(publisher.kept.records().subscribers, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_104_nobody_unsubscribes_another() {
    let publisher = Publisher::new().await;
    // It confirms only that it wants to subscribe.
    let subscriber = subscriber_that(|_| Answer::status(200)).await;
    let callback = subscriber.url("/cb");
    publisher.subscribe(&callback, "rss.xml", &[]).await;
    let stubborn = crate::server::Server::start(|asked| {
        match (
            asked.parameter("hub.mode").as_deref(),
            asked.parameter("hub.challenge"),
        ) {
            (Some("subscribe"), Some(challenge)) => Answer::new(200, &[], challenge),
            _ => Answer::status(404),
        }
    })
    .await;
    let callback = stubborn.url("/cb");
    publisher.subscribe(&callback, "rss.xml", &[]).await;
    assert_eq!(publisher.hub.subscribers(), 2);
    assert_eq!(publisher.unsubscribe(&callback, "rss.xml").await.status, 202);
    assert_eq!(publisher.hub.subscribers(), 2);
}

async fn topic_of_type(file: &str, media_type: &str, before: &str, after: &str) {
    let publisher = Publisher::new().await;
    publisher.publish(file, before);
    let subscriber = subscriber(200).await;
    let answer = publisher.subscribe(&subscriber.url("/cb"), file, &[]).await;
    assert_eq!(answer.status, 202);
    publisher.publish(file, after);
    publisher.turn().await;
    let delivery = deliveries(&subscriber).pop().unwrap();
    assert_eq!(delivery.body, after.as_bytes());
    assert_eq!(delivery.header("content-type"), Some(media_type));
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_105_a_topic_in_plain_text() {
    topic_of_type("notes.txt", "text/plain; charset=utf-8", "one\n", "two\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_106_a_topic_in_json() {
    topic_of_type(
        "tag/oil/feed.json",
        "application/feed+json",
        "{}",
        "{\"items\":[]}",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publisher_a_feed_names_its_hub_and_the_hub_tells_of_its_changes() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let itself = ask("GET", &publisher.topic("rss.xml"), &[], b"").await;
    let links = itself.header("link").unwrap();
    let hub = format!("<{}websub/hub>; rel=\"hub\"", publisher.site);
    let topic = format!("<{}>; rel=\"self\"", publisher.topic("rss.xml"));
    assert!(links.contains(&hub) && links.contains(&topic), "{links}");
    publisher.subscribe(&subscriber.url("/cb"), "rss.xml", &[]).await;
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    assert_eq!(deliveries(&subscriber)[0].body, b"<rss>second</rss>");
}
