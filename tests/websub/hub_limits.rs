//! W9: the hub does no harm and takes none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use feedmill::model::PushRecords;
use feedmill::serve::Topic;
use futures_util::future::BoxFuture;

use crate::publisher::{Publisher, deliveries, subscriber, subscriber_that};
use crate::server::{Answer, Server, ask};

#[tokio::test(flavor = "multi_thread")]
async fn w9_what_is_no_request_is_refused() {
    let publisher = Publisher::new().await;
    let topic = publisher.topic("rss.xml");
    let right = [
        ("hub.mode", "subscribe"),
        ("hub.topic", topic.as_str()),
        ("hub.callback", "http://127.0.0.1:9/cb"),
    ];
    let secret = "x".repeat(200);
    let long = format!("http://127.0.0.1:9/{}", "x".repeat(3_000));
    for (name, value, status) in [
        ("hub.mode", "publish", 400),
        ("hub.mode", "", 400),
        ("hub.topic", "https://other.example/rss.xml", 404),
        ("hub.topic", &publisher.topic("tag/none/rss.xml"), 404),
        ("hub.topic", &publisher.topic("websub/hub"), 404),
        ("hub.topic", &publisher.topic("rss.xml?x=1"), 404),
        ("hub.topic", "", 404),
        ("hub.callback", "", 400),
        ("hub.callback", "nonsense", 400),
        ("hub.callback", "ftp://127.0.0.1/", 400),
        ("hub.callback", "http://user:pass@127.0.0.1:9/", 400),
        ("hub.callback", "http://127.0.0.1:9/#fragment", 400),
        ("hub.callback", &long, 400),
        ("hub.secret", &secret, 400),
    ] {
        let mut fields: Vec<_> = right
            .iter()
            .filter(|(known, _)| *known != name)
            .copied()
            .collect();
        fields.push((name, value));
        assert_eq!(
            publisher.request(&fields).await.status,
            status,
            "{name} = {value}"
        );
    }
    for missing in ["hub.mode", "hub.topic", "hub.callback"] {
        let fields: Vec<_> = right
            .iter()
            .filter(|(name, _)| *name != missing)
            .copied()
            .collect();
        assert_eq!(publisher.request(&fields).await.status, 400, "{missing}");
    }
    let hub = publisher.topic("websub/hub");
    assert_eq!(
        ask("POST", &hub, &["Content-Type: application/json"], b"{}")
            .await
            .status,
        415
    );
    assert_eq!(ask("GET", &hub, &[], b"").await.status, 405);
    let form = "Content-Type: application/x-www-form-urlencoded";
    assert_eq!(
        ask("POST", &hub, &[form], &vec![b'x'; 70 << 10]).await.status,
        413
    );
    publisher.turn().await;
    assert_eq!(publisher.hub.subscribers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_every_lease_ends() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let callback = subscriber.url("/cb");
    for (asked, lease) in [
        ("864000", TimeDelta::days(10)),
        ("1", TimeDelta::hours(1)),
        ("0", TimeDelta::days(10)),
        ("-5", TimeDelta::days(10)),
        ("for ever", TimeDelta::days(10)),
        ("9223372036854775807", TimeDelta::days(30)),
        ("99999999999999999999", TimeDelta::days(10)),
    ] {
        let more = [("hub.lease_seconds", asked)];
        publisher.subscribe(&callback, "rss.xml", &more).await;
        assert_eq!(publisher.lease(), lease, "{asked}");
        let said = subscriber.asked().pop().unwrap().parameter("hub.lease_seconds");
        assert_eq!(said, Some(lease.num_seconds().to_string()));
    }
    publisher
        .clock
        .advance(TimeDelta::days(10) + TimeDelta::seconds(1));
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    assert_eq!(deliveries(&subscriber).len(), 0);
    assert_eq!(publisher.kept.records().subscribers, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_who_does_not_confirm_is_not_subscribed() {
    let publisher = Publisher::new().await;
    for (number, answer) in [
        Answer::new(200, &[], "something else"),
        Answer::status(404),
        Answer::new(302, &["Location: /confirmed"], ""),
        Answer::status(200),
    ]
    .into_iter()
    .enumerate()
    {
        let refusing = Server::start(move |asked| match asked.path() {
            "/confirmed" => Answer::new(200, &[], asked.parameter("hub.challenge").unwrap_or_default()),
            _ => answer.clone(),
        })
        .await;
        let answer = publisher.subscribe(&refusing.url("/cb"), "rss.xml", &[]).await;
        // Verification comes after the answer.
        assert_eq!(answer.status, 202);
        assert_eq!(refusing.count(), 1, "{number}");
        assert_eq!(publisher.hub.subscribers(), 0, "{number}");
    }
    // One that echoes everything confirms, but one that echoes more than the challenge does not.
    let more = Server::start(|asked| {
        Answer::new(
            200,
            &[],
            format!("{}x", asked.parameter("hub.challenge").unwrap_or_default()),
        )
    })
    .await;
    publisher.subscribe(&more.url("/cb"), "rss.xml", &[]).await;
    assert_eq!(publisher.hub.subscribers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_a_callback_in_trouble_is_asked_back_three_times() {
    let publisher = Publisher::new().await;
    let broken = Server::start(|_| Answer::status(500)).await;
    publisher.subscribe(&broken.url("/cb"), "rss.xml", &[]).await;
    for _ in 0..10 {
        publisher.clock.advance(TimeDelta::minutes(2));
        publisher.turn().await;
    }
    assert_eq!(broken.count(), 3);
    assert_eq!(publisher.hub.subscribers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_no_callback_leads_to_an_inner_address() {
    let publisher = Publisher::with(false, |_| ()).await;
    let inner = subscriber(200).await;
    let port = inner.address.port();
    for callback in [
        inner.url("/cb"),
        format!("http://[::1]:{port}/cb"),
        format!("http://2130706433:{port}/cb"),
        format!("http://[::ffff:127.0.0.1]:{port}/cb"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/cb".to_owned(),
        "https://mail.example:25/cb".to_owned(),
    ] {
        let answer = publisher.subscribe(&callback, "rss.xml", &[]).await;
        assert_eq!(answer.status, 400, "{callback}");
    }
    // A name says nothing; where it leads is looked at when it is asked.
    let named = format!("http://localhost:{port}/cb");
    let strict = [80, 443, 8_080, 8_443].contains(&port);
    let answer = publisher.subscribe(&named, "rss.xml", &[]).await;
    assert_eq!(answer.status, if strict { 202 } else { 400 });
    let answer = publisher
        .subscribe("http://localhost:8080/cb", "rss.xml", &[])
        .await;
    assert_eq!(answer.status, 202);
    assert_eq!(inner.count(), 0);
    assert_eq!(publisher.hub.subscribers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_the_guard_looks_at_each_delivery() {
    // The operator allowed private hosts, somebody subscribed, and then the operator took it back.
    let before = Publisher::new().await;
    let subscriber = subscriber(200).await;
    let named = format!("http://localhost:{}/cb", subscriber.address.port());
    for callback in [subscriber.url("/cb"), named] {
        before.subscribe(&callback, "rss.xml", &[]).await;
    }
    let known = before.kept.records().subscribers;
    assert_eq!(known.len(), 2);
    let site: url::Url = before.site.parse().unwrap();
    let settings = feedmill::websub::HubSettings::new(site.clone(), site.join("websub/hub").unwrap());
    struct Changed;
    impl feedmill::websub::Topics for Changed {
        fn topic<'t>(&'t self, _: &'t str) -> BoxFuture<'t, std::io::Result<Option<Topic>>> {
            let topic = Topic {
                body: bytes::Bytes::from_static(b"second"),
                media_type: "application/rss+xml",
                version: 2,
            };
            Box::pin(async { Ok(Some(topic)) })
        }

        fn version<'t>(&'t self, _: &'t str) -> BoxFuture<'t, std::io::Result<Option<u64>>> {
            Box::pin(async { Ok(Some(2)) })
        }
    }
    let hub = feedmill::websub::Hub::new(
        settings,
        PushRecords {
            subscribers: known,
            ..PushRecords::default()
        },
        crate::reader::fetcher_that(false),
        Arc::new(Changed),
        before.clock.shared(),
        before.kept.keep(),
    );
    hub.turn().await;
    hub.settle().await;
    assert_eq!(deliveries(&subscriber).len(), 0);
    let after = before.kept.records().subscribers;
    let failures: Vec<u32> = after.iter().map(|(_, _, known)| known.failures).collect();
    assert_eq!(failures, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_redirects_are_not_followed_and_bodies_not_read() {
    let publisher = Publisher::new().await;
    let elsewhere = subscriber(200).await;
    let to = elsewhere.url("/");
    let redirecting = subscriber_that(move |_| Answer::new(307, &[&format!("Location: {to}")], "")).await;
    let talkative = subscriber_that(|_| Answer::new(200, &[], vec![b'x'; 8 << 20])).await;
    publisher.subscribe(&redirecting.url("/cb"), "rss.xml", &[]).await;
    publisher.subscribe(&talkative.url("/cb"), "rss.xml", &[]).await;
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    assert_eq!(elsewhere.count(), 0);
    assert_eq!(
        (deliveries(&redirecting).len(), deliveries(&talkative).len()),
        (1, 1)
    );
    let failures: u32 = publisher
        .kept
        .records()
        .subscribers
        .iter()
        .map(|(_, _, subscriber)| subscriber.failures)
        .sum();
    assert_eq!(failures, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_failed_deliveries_are_tried_again_ever_more_seldom_with_what_is_there_then() {
    let publisher = Publisher::new().await;
    let status = Arc::new(AtomicU16::new(500));
    let answers = status.clone();
    let failing = subscriber_that(move |_| Answer::status(answers.load(Ordering::SeqCst))).await;
    publisher.subscribe(&failing.url("/cb"), "rss.xml", &[]).await;
    publisher.publish("rss.xml", "<rss>second</rss>");
    let began = publisher.clock.now();
    let mut at = Vec::new();
    while publisher.clock.now() - began < TimeDelta::days(4) {
        let before = deliveries(&failing).len();
        publisher.turn().await;
        at.extend((before..deliveries(&failing).len()).map(|_| publisher.clock.now() - began));
        publisher.clock.advance(TimeDelta::seconds(30));
        if at.len() == 3 {
            publisher.publish("rss.xml", "<rss>third</rss>");
        }
    }
    let gaps: Vec<_> = at
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).num_minutes())
        .collect();
    for (gap, pause) in gaps.iter().zip([1, 5, 30, 120, 360, 1_440, 1_440]) {
        assert!((pause..=pause + pause / 4 + 1).contains(gap), "{gaps:?}");
    }
    assert!((7..=9).contains(&at.len()), "{at:?}");
    status.store(200, Ordering::SeqCst);
    publisher.clock.advance(TimeDelta::hours(31));
    publisher.turn().await;
    assert_eq!(deliveries(&failing).pop().unwrap().body, b"<rss>third</rss>");
    let count = deliveries(&failing).len();
    publisher.clock.advance(TimeDelta::days(1));
    publisher.turn().await;
    assert_eq!(deliveries(&failing).len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn w8_a_callback_that_is_gone_gets_nothing_more() {
    let publisher = Publisher::new().await;
    let gone = subscriber(410).await;
    publisher.subscribe(&gone.url("/cb"), "rss.xml", &[]).await;
    publisher.publish("rss.xml", "<rss>second</rss>");
    publisher.turn().await;
    publisher.publish("rss.xml", "<rss>third</rss>");
    publisher.turn().await;
    assert_eq!(deliveries(&gone).len(), 1);
    assert_eq!(publisher.kept.records().subscribers, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_a_slow_subscriber_delays_nobody() {
    let publisher = Publisher::with(true, |settings| settings.at_once_per_site = 1).await;
    let slow = subscriber_that(|_| Answer {
        after: Duration::from_secs(4),
        ..Answer::status(200)
    })
    .await;
    // Another name of this machine, so that it is another host.
    let slow_callback = format!("http://localhost:{}/cb", slow.address.port());
    let mut quick = Vec::new();
    publisher.subscribe(&slow_callback, "rss.xml", &[]).await;
    for _ in 0..20 {
        let subscriber = subscriber(200).await;
        publisher.subscribe(&subscriber.url("/cb"), "rss.xml", &[]).await;
        quick.push(subscriber);
    }
    assert_eq!(publisher.hub.subscribers(), 21);
    publisher.publish("rss.xml", "<rss>second</rss>");
    let began = Instant::now();
    publisher.hub.turn().await;
    for subscriber in &quick {
        subscriber.until(2).await;
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    publisher.hub.settle().await;
    assert_eq!(deliveries(&slow).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_subscribers_survive_a_restart_with_what_they_are_owed() {
    let publisher = Publisher::new().await;
    let subscriber = subscriber(200).await;
    publisher.subscribe(&subscriber.url("/cb"), "rss.xml", &[]).await;
    publisher.publish("rss.xml", "<rss>while nobody looked</rss>");
    let again = publisher.restarted();
    assert_eq!(again.subscribers(), 1);
    again.turn().await;
    again.settle().await;
    assert_eq!(deliveries(&subscriber)[0].body, b"<rss>while nobody looked</rss>");
    let third = publisher.restarted();
    third.turn().await;
    third.settle().await;
    assert_eq!(deliveries(&subscriber).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_there_is_room_for_so_many_and_so_many_of_a_site() {
    let publisher = Publisher::with(true, |settings| {
        settings.subscribers.all.count = 4;
        settings.subscribers.each.count = 3;
    })
    .await;
    let subscriber = subscriber(200).await;
    for (number, status) in [(1, 202), (2, 202), (3, 202), (4, 503)] {
        let callback = subscriber.url(&format!("/cb/{number}"));
        let answer = publisher.subscribe(&callback, "rss.xml", &[]).await;
        assert_eq!(answer.status, status, "{number}");
    }
    // Another name of that address is no other subscriber, once it is known where it leads.
    let named = format!("http://localhost:{}/cb/5", subscriber.address.port());
    assert_eq!(publisher.subscribe(&named, "rss.xml", &[]).await.status, 202);
    assert_eq!(publisher.hub.subscribers(), 3);
    let other = Server::start_at("127.0.1.1:0", |asked| {
        Answer::new(200, &[], asked.parameter("hub.challenge").unwrap_or_default())
    })
    .await;
    for (number, status) in [(6, 202), (7, 503)] {
        let callback = other.url(&format!("/cb/{number}"));
        let answer = publisher.subscribe(&callback, "rss.xml", &[]).await;
        assert_eq!(answer.status, status, "{number}");
    }
    // Who is there may renew.
    let answer = publisher
        .subscribe(&subscriber.url("/cb/1"), "rss.xml", &[])
        .await;
    assert_eq!(answer.status, 202);
    assert_eq!(publisher.hub.subscribers(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn w3_subscribers_of_a_feed_that_was_removed_are_told_once() {
    let publisher = Publisher::new().await;
    publisher.publish("tag/oil/rss.xml", "<rss/>");
    let subscriber = subscriber(200).await;
    publisher
        .subscribe(&subscriber.url("/cb?a=1"), "tag/oil/rss.xml", &[])
        .await;
    publisher.withdraw("tag/oil/rss.xml");
    publisher.turn().await;
    publisher.turn().await;
    let told = subscriber.asked().pop().unwrap();
    assert_eq!((subscriber.count(), told.method()), (2, "GET"));
    assert_eq!(told.parameter("a").as_deref(), Some("1"));
    assert_eq!(told.parameter("hub.mode").as_deref(), Some("denied"));
    assert_eq!(
        told.parameter("hub.topic"),
        Some(publisher.topic("tag/oil/rss.xml"))
    );
    assert_eq!(publisher.kept.records().subscribers, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_nothing_is_stored_before_a_callback_confirmed() {
    let publisher = Publisher::new().await;
    let is_ready = Arc::new(AtomicU16::new(0));
    let ready = is_ready.clone();
    let late = Server::start(move |asked| match ready.load(Ordering::SeqCst) {
        0 => Answer::status(503),
        _ => Answer::new(200, &[], asked.parameter("hub.challenge").unwrap_or_default()),
    })
    .await;
    let more = [("hub.lease_seconds", "7200"), ("hub.secret", "s")];
    publisher.subscribe(&late.url("/cb"), "rss.xml", &more).await;
    assert_eq!((publisher.hub.subscribers(), late.count()), (0, 1));
    assert_eq!(publisher.kept.records(), PushRecords::default());
    is_ready.store(1, Ordering::SeqCst);
    publisher.clock.advance(TimeDelta::minutes(1));
    publisher.turn().await;
    assert_eq!((publisher.hub.subscribers(), late.count()), (1, 2));
    let records = publisher.kept.records();
    assert_eq!(records.subscribers[0].2.secret.as_deref(), Some("s"));
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_who_is_not_subscribed_has_nothing_to_leave() {
    let publisher = Publisher::new().await;
    let named = Server::start(|_| Answer::status(200)).await;
    let callback = named.url("/cb");
    for topic in [publisher.topic("rss.xml"), "x".repeat(10 << 10)] {
        let fields = [
            ("hub.mode", "unsubscribe"),
            ("hub.topic", topic.as_str()),
            ("hub.callback", &callback),
        ];
        assert_eq!(publisher.request(&fields).await.status, 202);
        publisher.turn().await;
    }
    assert_eq!(
        (named.count(), publisher.kept.records()),
        (0, PushRecords::default())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_asking_again_and_again_asks_the_callback_no_sooner_and_once_at_a_time() {
    let publisher = Publisher::new().await;
    let broken = Server::start(|_| Answer::status(500)).await;
    for _ in 0..50 {
        publisher.subscribe(&broken.url("/cb"), "rss.xml", &[]).await;
    }
    assert_eq!(broken.count(), 1);
}
