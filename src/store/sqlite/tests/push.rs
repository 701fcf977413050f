//! Subscriptions, in both directions.

use super::*;
use crate::model::{Phase, PushChange, PushRecords, Subscriber, Subscription};

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
        ] {
            batch.save_push(&change).unwrap();
        }
    });
    let trial = trial.reopen();
    let expected = PushRecords {
        subscriptions: vec![("x".into(), active)],
        subscribers: vec![(
            "https://feeds.example/rss.xml".into(),
            "https://b.example/?1".into(),
            theirs,
        )],
    };
    assert_eq!(trial.store.push().unwrap(), expected);
}
