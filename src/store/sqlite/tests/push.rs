//! Subscriptions, in both directions.

use super::super::open;
use super::*;
use crate::model::{Delivery, Phase, PushChange, PushRecords, Subscriber, Subscription};

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
        from: Some("192.0.2.1".parse().unwrap()),
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
            subscriber("https://b.example/?3", None),
        ] {
            batch.save_push(&change).unwrap();
        }
    });
    let trial = trial.reopen();
    let topic = || "https://feeds.example/rss.xml".to_owned();
    let expected = PushRecords {
        subscriptions: vec![("x".into(), active)],
        subscribers: vec![(topic(), "https://b.example/?1".into(), theirs)],
        deliveries: Vec::new(),
    };
    assert_eq!(trial.store.push().unwrap(), expected);
}

#[test]
fn subscribers_of_an_earlier_version_are_kept_and_what_nobody_confirmed_is_not() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("feedmill.db");
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    let steps = open::MIGRATIONS;
    let step = steps.iter().position(|step| step.contains("CREATE TABLE pushed"));
    open::migrate(&mut connection, &steps[..step.unwrap()]).unwrap();
    let known = r#""secret":"s","until":"2030-01-01T00:00:00Z","has":7,"failures":0,"next":null"#;
    let request = r#""request":{"lease":60,"secret":null,"since":"2026-01-01T00:00:00Z","attempts":1,"next":"2026-01-01T00:00:00Z"}"#;
    for (callback, state) in [
        ("a", format!("{{{known}}}")),
        ("b", format!("{{{request}}}")),
        ("c", format!("{{{known},{request}}}")),
    ] {
        let sql = "INSERT INTO subscriber (topic, callback, state) VALUES ('t', ?, ?)";
        connection.execute(sql, [callback, &state]).unwrap();
    }
    drop(connection);
    let records = Database::open(&path, slugger).unwrap().push().unwrap();
    let callbacks: Vec<&str> = records
        .subscribers
        .iter()
        .map(|(_, callback, _)| &**callback)
        .collect();
    assert_eq!(callbacks, ["a", "c"]);
    assert_eq!(records.subscribers[1].2.has, 7);
}

#[test]
fn what_was_pushed_is_kept_in_order_until_it_is_stored() {
    let delivery = |body: &'static str| Delivery {
        source: SourceId::of("a"),
        content_type: Some("application/rss+xml".into()),
        body: body.into(),
    };
    let mut trial = Trial::new();
    let mut numbers = Vec::new();
    trial.write(|batch| {
        for body in ["one", "two", "three"] {
            numbers.push(batch.keep_delivery(&delivery(body)).unwrap());
        }
    });
    trial.write(|batch| batch.delivered(numbers[1]).unwrap());
    // Given up in the middle, nothing of it happened.
    drop({
        let mut batch = trial.store.begin().unwrap();
        batch.delivered(numbers[0]).unwrap();
        batch
    });
    let trial = trial.reopen();
    let expected = [(numbers[0], delivery("one")), (numbers[2], delivery("three"))];
    assert_eq!(trial.store.push().unwrap().deliveries, expected);
}
