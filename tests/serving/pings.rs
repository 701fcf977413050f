//! S37: another hub is told of what was published.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use feedmill::fetch::{Fetcher, Settings};
use feedmill::websub::Ping;
use url::form_urlencoded;

use crate::clock::Clock;
use crate::scripted::{Answer, Asked, Server};

fn ping(hub: &Server, clock: &Clock) -> Arc<Ping> {
    let fetcher = Fetcher::new(Settings {
        user_agent: feedmill::fetch::user_agent(None, 1),
        from: None,
        concurrency: 1,
        per_host: 1,
        host_gap: Duration::ZERO,
        allow_private_hosts: true,
        connect_timeout: Duration::from_secs(2),
    });
    let hub = hub.url("/hub").parse().unwrap();
    Ping::new(hub, fetcher.unwrap(), clock.shared(), Duration::from_secs(5))
}

fn topics(paths: &[&str]) -> Vec<String> {
    paths
        .iter()
        .map(|path| format!("https://feeds.example/{path}"))
        .collect()
}

/// The addresses that a hub was told, as publishers of either time call them.
fn told(asked: &Asked, name: &str) -> Vec<String> {
    form_urlencoded::parse(&asked.body)
        .filter(|(field, _)| field == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_what_changes_together_is_told_together_and_once() {
    let hub = Server::start(|_| Answer::status(204)).await;
    let clock = Clock::new();
    let ping = ping(&hub, &clock);
    assert_eq!(ping.turn().await, None);
    ping.published(topics(&["rss.xml", "atom.xml"]));
    clock.advance(TimeDelta::seconds(3));
    ping.published(topics(&["tag/oil/rss.xml", "rss.xml"]));
    assert_eq!(ping.turn().await, Some(clock.now() + TimeDelta::seconds(7)));
    assert_eq!(hub.count(), 0);
    clock.advance(TimeDelta::seconds(7));
    assert_eq!(ping.turn().await, None);
    let [asked] = &hub.asked()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (asked.method(), asked.header("content-type")),
        ("POST", Some("application/x-www-form-urlencoded"))
    );
    assert_eq!(asked.field("hub.mode").as_deref(), Some("publish"));
    let all = topics(&["atom.xml", "rss.xml", "tag/oil/rss.xml"]);
    assert_eq!(told(asked, "hub.url"), all);
    assert_eq!(told(asked, "hub.topic"), all);
    clock.advance(TimeDelta::days(1));
    assert_eq!(ping.turn().await, None);
    assert_eq!(hub.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_a_hub_that_fails_is_told_later_with_what_came_meanwhile() {
    let status = Arc::new(AtomicU16::new(503));
    let answers = status.clone();
    let hub = Server::start(move |_| Answer::status(answers.load(Ordering::SeqCst))).await;
    let clock = Clock::new();
    let ping = ping(&hub, &clock);
    ping.published(topics(&["rss.xml"]));
    let mut waits = Vec::new();
    clock.advance(TimeDelta::seconds(10));
    for _ in 0..5 {
        let wait = ping.turn().await.unwrap() - clock.now();
        waits.push(wait.num_minutes());
        clock.advance(wait);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16]);
    ping.published(topics(&["atom.xml"]));
    status.store(202, Ordering::SeqCst);
    assert_eq!(ping.turn().await, None);
    assert_eq!(told(&hub.asked()[5], "hub.url"), topics(&["atom.xml", "rss.xml"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_nobody_waits_for_a_slow_hub() {
    let hub = Server::start(|_| Answer {
        after: Duration::from_secs(3),
        ..Answer::status(204)
    })
    .await;
    let clock = Clock::new();
    let ping = ping(&hub, &clock);
    ping.published(topics(&["rss.xml"]));
    clock.advance(TimeDelta::seconds(10));
    let telling = tokio::spawn({
        let ping = ping.clone();
        async move { ping.turn().await }
    });
    hub.until(1).await;
    let began = Instant::now();
    ping.published(topics(&["atom.xml"]));
    assert!(began.elapsed() < Duration::from_secs(1));
    // What came while it was told is told next.
    assert!(telling.await.unwrap().is_some());
    clock.advance(TimeDelta::seconds(10));
    ping.turn().await;
    assert_eq!(told(&hub.asked()[1], "hub.url"), topics(&["atom.xml"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_many_feeds_are_told_in_several_requests() {
    let hub = Server::start(|_| Answer::status(204)).await;
    let clock = Clock::new();
    let ping = ping(&hub, &clock);
    ping.published((0..250).map(|number| format!("https://feeds.example/tag/{number:03}/rss.xml")));
    clock.advance(TimeDelta::seconds(10));
    while ping.turn().await.is_some() {}
    let counts: Vec<usize> = hub
        .asked()
        .iter()
        .map(|asked| told(asked, "hub.url").len())
        .collect();
    assert_eq!(counts, [100, 100, 50]);
}
