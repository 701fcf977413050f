//! 203 to 205 and W1, W3, W4: asking a hub, and being asked back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use feedmill::model::{Phase, SourceId};
use feedmill::websub::Wanted;
use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;

use crate::reader::{Reader, back, offer, silent_hub, verify, wire};
use crate::server::{Answer, Server};

const TOPIC: &str = "https://wire.example/feed?a=1&b=%20";

async fn after_redirect(status: u16) {
    let hub = silent_hub().await;
    let to = hub.url("/new?x=1");
    let old = Server::start(move |_| Answer::new(status, &[&format!("Location: {to}")], "")).await;
    let reader = Reader::new().await;
    let first = reader.subscribe(&old, TOPIC).await;
    let again = hub.asked().pop().expect("the form is sent on");
    assert_eq!((again.method(), again.target()), ("POST", "/new?x=1"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(verify(&again, TOPIC, "864000").await.status, 200);
    assert!(reader.is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn w203_a_hub_that_is_elsewhere_for_now() {
    after_redirect(307).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w204_a_hub_that_is_elsewhere_for_good() {
    after_redirect(308).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w203_a_redirect_that_would_turn_the_form_into_a_get_is_not_followed() {
    let elsewhere = silent_hub().await;
    let to = elsewhere.url("/");
    let hub = Server::start(move |_| Answer::new(302, &[&format!("Location: {to}")], "")).await;
    let reader = Reader::new().await;
    reader.subscribe(&hub, TOPIC).await;
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn w203_hubs_that_send_each_other_round_are_left_alone() {
    let hub = Server::start(|_| Answer::new(307, &["Location: /again"], "")).await;
    let reader = Reader::new().await;
    reader.want(offer(&hub.url("/hub"), TOPIC));
    reader.turn().await;
    assert_eq!(hub.count(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn w203_a_hub_that_is_slow_at_each_step_has_one_time_for_all() {
    let hub = Server::start(|_| Answer {
        after: Duration::from_millis(400),
        ..Answer::new(307, &["Location: /again"], "")
    })
    .await;
    let reader = Reader::with(|settings| settings.timeout = Duration::from_secs(1)).await;
    reader.want(offer(&hub.url("/hub"), TOPIC));
    let began = Instant::now();
    reader.turn().await;
    assert!(
        began.elapsed() < Duration::from_millis(2_200),
        "{:?}",
        began.elapsed()
    );
    assert!(hub.count() <= 3, "{}", hub.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_a_hub_that_never_ends_its_answer_is_not_listened_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 202 Accepted\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 4_096]).await.is_ok() {
            counted.fetch_add(4_096, Ordering::SeqCst);
        }
    });
    let reader = Reader::new().await;
    reader.want(offer(&format!("http://{address}/"), TOPIC));
    reader.turn().await;
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent < 16 << 20, "{sent} bytes were taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_a_hub_that_hangs_keeps_no_other_waiting() {
    let hanging = Server::start(|_| Answer {
        after: Duration::from_secs(4),
        ..Answer::status(202)
    })
    .await;
    let quick = silent_hub().await;
    let reader = Reader::new().await;
    let hub = format!("http://localhost:{}/", hanging.address.port());
    let mut all: HashMap<SourceId, Wanted> = HashMap::new();
    for number in 0..60 {
        let hub = if number == 59 {
            quick.url("/hub")
        } else {
            hub.clone()
        };
        let wanted = Wanted {
            offer: offer(&hub, TOPIC),
            max_body: 1,
        };
        all.insert(SourceId::of(&format!("s{number}")), wanted);
    }
    reader.inbox.want(all);
    reader.inbox.turn();
    let began = Instant::now();
    quick.until(1).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(hanging.count() <= 2, "{} at once", hanging.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn w205_a_topic_that_was_never_asked_for_is_not_confirmed() {
    let hub = silent_hub().await;
    let reader = Reader::new().await;
    let asked = reader.subscribe(&hub, TOPIC).await;
    assert_eq!(
        verify(&asked, "https://wire.example/other", "60").await.status,
        404
    );
    let parameters = [("hub.topic", TOPIC), ("hub.challenge", "x")];
    for mode in ["unsubscribe", "publish", ""] {
        let with = [&parameters[..], &[("hub.mode", mode)]].concat();
        assert_eq!(back(&asked, &with).await.status, 404, "{mode}");
    }
    let without = [("hub.mode", "subscribe"), ("hub.topic", TOPIC)];
    assert_eq!(back(&asked, &without).await.status, 404);
    // Nobody was given this path.
    let mut guessed = asked.clone();
    let callback = asked.field("hub.callback").unwrap();
    let end = if callback.ends_with('A') { 'B' } else { 'A' };
    let other = format!("{}{end}", &callback[..callback.len() - 1]);
    guessed.body = crate::server::form(&[("hub.callback", &other)]);
    assert_eq!(verify(&guessed, TOPIC, "864000").await.status, 404);
    assert!(!reader.is_active());
    assert_eq!(verify(&asked, TOPIC, "864000").await.status, 200);
    assert!(reader.is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_a_hub_is_asked_with_a_form_and_a_callback_that_nobody_can_guess() {
    let hub = silent_hub().await;
    let (mut callbacks, mut secrets) = (HashSet::new(), HashSet::new());
    for _ in 0..20 {
        let reader = Reader::new().await;
        let asked = reader.subscribe(&hub, TOPIC).await;
        assert_eq!(asked.method(), "POST");
        assert_eq!(
            asked.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        assert_eq!(asked.field("hub.mode").as_deref(), Some("subscribe"));
        assert_eq!(asked.field("hub.topic").as_deref(), Some(TOPIC));
        assert_eq!(asked.field("hub.lease_seconds").as_deref(), Some("864000"));
        let callback = asked.field("hub.callback").unwrap();
        let token = callback
            .strip_prefix(&format!("{}websub/in/", reader.site))
            .unwrap();
        // 6 bits a character.
        assert!(token.len() * 6 >= 128, "{token}");
        let secret = asked.field("hub.secret").unwrap();
        assert!((20..200).contains(&secret.len()));
        assert!(secrets.insert(secret) && callbacks.insert(token.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_a_secret_goes_over_https_only() {
    let hub = silent_hub().await;
    let reader = Reader::with(|settings| settings.secrets_in_clear = false).await;
    let asked = reader.subscribe(&hub, TOPIC).await;
    assert_eq!(asked.field("hub.secret"), None);
    // For a hub with https there is one, whether it can be reached or not.
    let reader = Reader::with(|settings| settings.secrets_in_clear = false).await;
    reader.want(offer("https://127.0.0.1:1/", TOPIC));
    reader.turn().await;
    assert!(reader.inbox.subscriptions()[0].1.secret.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_a_hub_that_cannot_be_reached_is_asked_again_ever_more_seldom() {
    let hub = Server::start(|_| Answer::status(500)).await;
    let reader = Reader::new().await;
    reader.subscribe(&hub, TOPIC).await;
    let began = reader.clock.now();
    let mut at = Vec::new();
    while reader.clock.now() - began < TimeDelta::days(7) {
        let before = hub.count();
        reader.turn().await;
        at.extend((before..hub.count()).map(|_| reader.clock.now() - began));
        reader.clock.advance(TimeDelta::minutes(5));
    }
    let gaps: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(at[0] >= TimeDelta::minutes(10), "{at:?}");
    assert!(gaps[0] >= TimeDelta::minutes(20), "{gaps:?}");
    assert!((10..16).contains(&at.len()), "{at:?}");
    let last = gaps.last().unwrap();
    assert!(
        *last >= TimeDelta::days(1) && *last <= TimeDelta::hours(31),
        "{gaps:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_a_hub_that_asks_for_patience_gets_it() {
    let hub = Server::start(|_| Answer::new(429, &["Retry-After: 7200"], "")).await;
    let reader = Reader::new().await;
    reader.subscribe(&hub, TOPIC).await;
    reader.clock.advance(TimeDelta::minutes(119));
    reader.turn().await;
    assert_eq!(hub.count(), 1);
    reader.clock.advance(TimeDelta::minutes(1));
    reader.turn().await;
    assert_eq!(hub.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn w1_another_of_its_hubs_is_asked_when_one_does_not_answer() {
    let (dead, hub) = (Server::start(|_| Answer::status(500)).await, silent_hub().await);
    let reader = Reader::new().await;
    let mut both = offer(&dead.url("/hub"), TOPIC);
    both.hubs.push(hub.url("/hub"));
    reader.want(both);
    reader.turn().await;
    reader.clock.advance(TimeDelta::minutes(15));
    reader.turn().await;
    assert_eq!((dead.count(), hub.count()), (1, 1));
    assert_eq!(verify(&hub.asked()[0], TOPIC, "864000").await.status, 200);
    assert!(reader.is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn w3_denied_ends_the_subscription() {
    let hub = silent_hub().await;
    for is_active in [false, true] {
        let reader = Reader::new().await;
        let asked = match is_active {
            true => reader.subscribed(&hub, TOPIC).await,
            false => reader.subscribe(&hub, TOPIC).await,
        };
        let denied = [
            ("hub.mode", "denied"),
            ("hub.topic", TOPIC),
            ("hub.reason", "no\u{7} room"),
        ];
        let elsewhere = [("hub.mode", "denied"), ("hub.topic", "https://other.example/")];
        assert_eq!(back(&asked, &elsewhere).await.status, 404);
        assert_eq!(reader.is_active(), is_active);
        let _ = reader.inbox.gap().now_or_never();
        assert_eq!(back(&asked, &denied).await.status, 200);
        assert_eq!(reader.inbox.gap().now_or_never(), Some(wire()));
        // Polling goes on as ever, …
        assert_eq!(reader.inbox.lease(&wire()), None);
        // … nothing is taken, and the hub is not asked again soon.
        let answer = crate::reader::deliver(&asked, b"<rss/>", &[]).await;
        assert_eq!(answer.status, 410);
        let before = hub.count();
        reader.clock.advance(TimeDelta::days(1));
        reader.turn().await;
        assert_eq!(hub.count(), before);
        let [Phase::Over { why, .. }] = &reader.phases()[..] else {
            panic!("{:?}", reader.phases())
        };
        assert_eq!(why, "the hub denied it: no room");
        reader.clock.advance(TimeDelta::days(7));
        reader.turn().await;
        assert_eq!(hub.count(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w4_the_challenge_comes_back_and_is_no_page() {
    let hub = silent_hub().await;
    let reader = Reader::new().await;
    let asked = reader.subscribe(&hub, TOPIC).await;
    let challenge = "<script>alert(1)</script> &\u{e9}";
    let parameters = [
        ("hub.mode", "subscribe"),
        ("hub.topic", TOPIC),
        ("hub.challenge", challenge),
        ("hub.lease_seconds", "864000"),
    ];
    let answer = back(&asked, &parameters).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, challenge));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let long = "x".repeat(5_000);
    let parameters = parameters.map(|(name, value)| match name {
        "hub.challenge" => (name, long.as_str()),
        _ => (name, value),
    });
    assert_eq!(back(&asked, &parameters).await.status, 404);
}
