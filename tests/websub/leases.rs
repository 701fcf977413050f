//! W1, W2 and W10: leases are renewed in time under another callback, and push that does not hold is not relied on.

use chrono::TimeDelta;
use feedmill::model::Phase;
use futures_util::FutureExt;

use crate::reader::{Reader, back, deliver, offer, signature, silent_hub, verify, wire};

const TOPIC: &str = "https://wire.example/feed";
const BODY: &[u8] = b"<rss version=\"2.0\"><channel><title>Wire</title></channel></rss>";

#[tokio::test(flavor = "multi_thread")]
async fn w1_w2_a_lease_is_renewed_in_time_with_another_callback_and_secret() {
    let hub = silent_hub().await;
    let mut reader = Reader::new().await;
    let first = reader.subscribed(&hub, TOPIC).await;
    reader.clock.advance(TimeDelta::days(8));
    reader.turn().await;
    let second = hub.asked()[1].clone();
    assert_eq!(second.field("hub.mode").as_deref(), Some("subscribe"));
    assert_ne!(second.field("hub.callback"), first.field("hub.callback"));
    assert_ne!(second.field("hub.secret"), first.field("hub.secret"));
    // Until the hub has asked back the old one holds.
    let signed = signature(&first, "sha256", BODY);
    assert_eq!(deliver(&first, BODY, &[&signed]).await.status, 202);
    reader.pushed.recv().await.unwrap();
    assert_eq!(verify(&second, TOPIC, "864000").await.status, 200);
    // What was sent before that is still taken …
    assert_eq!(deliver(&first, BODY, &[&signed]).await.status, 202);
    reader.pushed.recv().await.unwrap();
    // … and the hub is told to let go of the old one.
    reader.turn().await;
    let left = hub.asked()[2].clone();
    assert_eq!(left.field("hub.mode").as_deref(), Some("unsubscribe"));
    assert_eq!(left.field("hub.callback"), first.field("hub.callback"));
    let leave = [
        ("hub.mode", "unsubscribe"),
        ("hub.topic", TOPIC),
        ("hub.challenge", "bye"),
    ];
    assert_eq!(back(&left, &leave).await.text(), "bye");
    assert_eq!(back(&second, &leave).await.status, 404);
    reader.clock.advance(TimeDelta::minutes(11));
    assert_eq!(deliver(&first, BODY, &[&signed]).await.status, 410);
    let signed = signature(&second, "sha256", BODY);
    assert_eq!(deliver(&second, BODY, &[&signed]).await.status, 202);
    let (_, until) = reader.inbox.lease(&wire()).unwrap();
    assert!(until > reader.clock.now() + TimeDelta::days(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn w2_leases_are_renewed_between_half_and_four_fifths_and_not_all_at_once() {
    let hub = silent_hub().await;
    let mut renewals = Vec::new();
    for _ in 0..30 {
        let reader = Reader::new().await;
        reader.subscribed(&hub, TOPIC).await;
        let Phase::Active { since, until, renew } = reader.active().phase else {
            panic!("it is active")
        };
        assert_eq!(until - since, TimeDelta::seconds(864_000));
        let share = (renew - since).num_seconds() as f64 / 864_000.0;
        assert!((0.499..=0.801).contains(&share), "{share}");
        renewals.push(renew);
    }
    renewals.sort();
    assert!(renewals[29] - renewals[0] > TimeDelta::days(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn w2_absurd_leases_are_not_believed() {
    let hub = silent_hub().await;
    for (lease, expected) in [
        ("1", TimeDelta::minutes(5)),
        ("86400", TimeDelta::days(1)),
        ("18446744073709551615", TimeDelta::days(60)),
        ("-1", TimeDelta::days(1)),
        ("soon", TimeDelta::days(1)),
    ] {
        let reader = Reader::new().await;
        let asked = reader.subscribe(&hub, TOPIC).await;
        assert_eq!(verify(&asked, TOPIC, lease).await.status, 200);
        let (since, until) = reader.inbox.lease(&wire()).unwrap();
        assert_eq!(until - since, expected, "{lease}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w2_a_lease_that_nobody_renews_lapses() {
    let hub = silent_hub().await;
    let reader = Reader::new().await;
    reader.subscribed(&hub, TOPIC).await;
    let (_, until) = reader.inbox.lease(&wire()).unwrap();
    assert_eq!(
        reader.inbox.gap().now_or_never(),
        Some(wire()),
        "it has just begun"
    );
    // The hub accepts the renewal, but never asks back.
    while reader.clock.now() < until {
        assert!(reader.is_active());
        reader.clock.advance(TimeDelta::hours(6));
        reader.turn().await;
    }
    assert!(!reader.is_active());
    reader.turn().await;
    assert_eq!(reader.inbox.gap().now_or_never(), Some(wire()), "it has ended");
    assert_eq!(reader.inbox.gap().now_or_never(), None);
    assert!(hub.count() > 2);
    // It is still asked, and may come back.
    let asked = hub.asked().pop().unwrap();
    assert_eq!(verify(&asked, TOPIC, "864000").await.status, 200);
    assert!(reader.is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn w2_subscriptions_survive_a_restart() {
    let hub = silent_hub().await;
    let reader = Reader::new().await;
    reader.subscribed(&hub, TOPIC).await;
    let again = reader.restarted();
    assert_eq!(again.lease(&wire()), reader.inbox.lease(&wire()));
    assert_eq!(again.subscriptions(), reader.inbox.subscriptions());
    // Nothing is given up before it is known what is wanted, and nobody is asked anew.
    again.turn();
    again.settle().await;
    assert_eq!(again.subscriptions(), reader.inbox.subscriptions());
    let wanted = feedmill::websub::Wanted {
        offer: offer(&hub.url("/hub"), TOPIC),
        max_body: 1_024,
    };
    again.want([(wire(), wanted)].into());
    again.turn();
    again.settle().await;
    assert_eq!(hub.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn w2_a_source_that_names_another_hub_or_itself_otherwise_is_subscribed_anew() {
    let (hub, other) = (silent_hub().await, silent_hub().await);
    let reader = Reader::new().await;
    reader.subscribed(&hub, TOPIC).await;
    reader.want(offer(&other.url("/hub"), "https://wire.example/new"));
    reader.turn().await;
    assert_eq!(hub.asked()[1].field("hub.mode").as_deref(), Some("unsubscribe"));
    let asked = other.asked().pop().unwrap();
    assert_eq!(
        asked.field("hub.topic").as_deref(),
        Some("https://wire.example/new")
    );
    assert!(!reader.is_active());
}

#[tokio::test(flavor = "multi_thread")]
async fn w10_push_that_did_not_tell_of_everything_is_not_relied_on() {
    let hub = silent_hub().await;
    let reader = Reader::new().await;
    reader.subscribed(&hub, TOPIC).await;
    reader.inbox.missed(&wire());
    assert!(!reader.is_active());
    reader.turn().await;
    assert_eq!(hub.asked()[1].field("hub.mode").as_deref(), Some("unsubscribe"));
    for _ in 0..29 {
        reader.clock.advance(TimeDelta::days(1));
        reader.turn().await;
    }
    assert_eq!(hub.count(), 2);
    reader.clock.advance(TimeDelta::days(2));
    reader.turn().await;
    assert_eq!(hub.asked()[2].field("hub.mode").as_deref(), Some("subscribe"));
}
