//! E61: a source whose hub pushes is left in peace.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use feedmill::fetch::Fetcher;
use feedmill::model::SourceId;
use feedmill::schedule;
use feedmill::serve::{Inlet, Reply};
use feedmill::websub::{Counter, Inbox, InboxSettings, Wanted};

use crate::desk::{Desk, settings};
use crate::scripted;
use crate::server::{Answer, Server};

/// A GET of our callback by a hub.
async fn back(counter: &Counter, callback: &str, parameters: &[(&str, &str)]) -> Reply {
    let query = String::from_utf8(scripted::form(parameters)).unwrap();
    let path = callback.strip_prefix("https://feeds.example").unwrap();
    let request = Request::get(format!("{path}?{query}")).body(()).unwrap();
    counter.answer(request.into_parts().0, Bytes::new()).await
}

/// Polls every hour if the source is due, with regard to its lease, until `end`; when it was asked.
async fn poll(desk: &Desk, inbox: &Arc<Inbox>, server: &Server, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let source = SourceId::of("Wire");
    let mut asked = Vec::new();
    while desk.now() < end {
        let state = desk.state("Wire");
        let due = match inbox.lease(&source) {
            Some((_, until)) => schedule::due_while_pushed(&state, until, desk.now()),
            None => schedule::due(&state, desk.now()),
        };
        if due.is_some_and(|due| due <= desk.now()) {
            let before = server.count();
            desk.pass().await;
            asked.extend((before..server.count()).map(|_| desk.now()));
        }
        desk.advance(TimeDelta::hours(1));
        inbox.turn();
        inbox.settle().await;
    }
    asked
}

fn gaps(asked: &[DateTime<Utc>]) -> Vec<i64> {
    asked
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).num_hours())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn e61_while_a_hub_pushes_a_source_is_polled_daily_and_as_ever_when_the_lease_lapses() {
    let hub = scripted::Server::start(|_| scripted::Answer::status(202)).await;
    let links = format!(
        "Link: <{}>; rel=\"hub\", <https://wire.example/feed>; rel=\"self\"",
        hub.url("/")
    );
    let server = Server::start("127.0.0.1", move |asked, _| {
        let item = "<item><title>One</title><guid>1</guid></item>";
        let feed = format!("<rss version=\"2.0\"><channel><title>Wire</title>{item}</channel></rss>");
        match asked.is_conditional() {
            true => Answer::new(304, &["ETag: \"1\""], ""),
            false => Answer::new(200, &["ETag: \"1\"", &links], feed),
        }
    })
    .await;
    let desk = Arc::new(Desk::new(&[("Wire", &server.url("/feed"))]));
    let clock = desk.clone();
    let inbox = Arc::new(Inbox::new(
        InboxSettings {
            secrets_in_clear: true,
            timeout: Duration::from_secs(5),
            ..InboxSettings::new("https://feeds.example/".parse().unwrap())
        },
        Vec::new(),
        Fetcher::new(settings()).unwrap(),
        Arc::new(move || clock.now()),
        Arc::new(|_| {}),
        Arc::new(|_| Box::pin(std::future::ready(true))),
    ));
    let counter = Counter {
        hub: None,
        inbox: Some(inbox.clone()),
    };
    desk.pass().await;
    let before = poll(&desk, &inbox, &server, desk.now() + TimeDelta::days(2)).await;
    // A source of which little is known is asked at least every six hours and a little, here looked at hourly.
    const NORMAL: i64 = 7;
    assert!(gaps(&before).iter().all(|gap| *gap <= NORMAL), "{before:?}");

    let offer = desk.state("Wire").offer.expect("its headers name a hub");
    let wanted = Wanted {
        offer,
        max_body: 1_024,
    };
    inbox.want(HashMap::from([(SourceId::of("Wire"), wanted)]));
    inbox.turn();
    inbox.settle().await;
    let form = hub.asked().pop().unwrap();
    let callback = form.field("hub.callback").unwrap();
    let answer = back(
        &counter,
        &callback,
        &[
            ("hub.mode", "subscribe"),
            ("hub.topic", "https://wire.example/feed"),
            ("hub.challenge", "x"),
            ("hub.lease_seconds", "864000"),
        ],
    )
    .await;
    assert_eq!(answer.status(), 200);
    let (_, until) = inbox.lease(&SourceId::of("Wire")).unwrap();
    assert_eq!(until - desk.now(), TimeDelta::days(10));
    let last = *before.last().unwrap();
    let mut during = vec![last];
    during.extend(poll(&desk, &inbox, &server, until).await);
    assert!(gaps(&during).iter().all(|gap| *gap >= 24), "{during:?}");
    assert!((9..=11).contains(&during.len()), "{during:?}");

    // The hub did not renew: within one interval polling is as before.
    assert_eq!(inbox.lease(&SourceId::of("Wire")), None);
    let after = poll(&desk, &inbox, &server, until + TimeDelta::days(2)).await;
    assert!(after[0] - until <= TimeDelta::hours(NORMAL), "{after:?}");
    assert!(gaps(&after).iter().all(|gap| *gap <= NORMAL), "{after:?}");
}
