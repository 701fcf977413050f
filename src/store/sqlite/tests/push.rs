//! Subscriptions, in both directions.

use super::*;
use crate::model::{Phase, PushChange, PushRecords, PushRequest, Subscriber, Subscription};

#[test]
fn subscriptions_are_kept_changed_and_forgotten() {
    let ours = Subscription {
        source: SourceId::of("a"),
        hub: "https://hub.example/".into(),
        topic: "https://a.example/feed".into(),
        secret: Some("s".into()),
        phase: Phase::Asked {
            attempts: 1,
            next: at(5),
        },
    };
    let active = Subscription {
        phase: Phase::Active {
            since: at(6),
            until: at(9),
            renew: at(8),
        },
        ..ours.clone()
    };
    let theirs = Subscriber {
        secret: None,
        until: at(9),
        has: u64::MAX,
        failures: 2,
        next: Some(at(7)),
    };
    let subscriber = |callback: &str, subscriber: Option<&Subscriber>| PushChange::Subscriber {
        topic: "https://feeds.example/rss.xml".into(),
        callback: callback.into(),
        subscriber: subscriber.cloned(),
        request: None,
    };
    let request = PushRequest {
        lease: Some(3_600),
        secret: Some("t".into()),
        since: at(1),
        attempts: 1,
        next: at(2),
    };
    let asking = |callback: &str, subscriber: Option<&Subscriber>| PushChange::Subscriber {
        topic: "https://feeds.example/rss.xml".into(),
        callback: callback.into(),
        subscriber: subscriber.cloned(),
        request: Some(request.clone()),
    };
    let mut trial = Trial::new();
    trial.write(|batch| {
        for change in [
            PushChange::Subscription("x".into(), Some(ours.clone())),
            PushChange::Subscription("y".into(), Some(ours.clone())),
            PushChange::Subscription("x".into(), Some(active.clone())),
            PushChange::Subscription("y".into(), None),
            subscriber("https://b.example/?1", Some(&theirs)),
            subscriber("https://b.example/?2", Some(&theirs)),
            subscriber("https://b.example/?2", None),
            asking("https://c.example/?3", None),
            asking("https://c.example/?4", Some(&theirs)),
            subscriber("https://c.example/?5", None),
        ] {
            batch.save_push(&change).unwrap();
        }
    });
    let trial = trial.reopen();
    let topic = || "https://feeds.example/rss.xml".to_owned();
    let callback = |n| format!("https://{}.example/?{n}", if n < 3 { "b" } else { "c" });
    let expected = PushRecords {
        subscriptions: vec![("x".into(), active)],
        subscribers: [1, 4].map(|n| (topic(), callback(n), theirs.clone())).to_vec(),
        requests: [3, 4].map(|n| (topic(), callback(n), request.clone())).to_vec(),
    };
    assert_eq!(trial.store.push().unwrap(), expected);
}
