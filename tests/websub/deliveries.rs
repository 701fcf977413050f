//! 300 to 302 and W5, W6, W8: what hubs push.

use chrono::TimeDelta;

use feedmill::model::SourceId;
use feedmill::websub::{Held, Limits, Wanted};

use crate::reader::{Reader, deliver, offer, signature, silent_hub, verify, wire};
use crate::server::{Asked, ask, begin};

const TOPIC: &str = "https://wire.example/feed";
const BODY: &[u8] = b"<rss version=\"2.0\"><channel><title>Wire</title></channel></rss>";

async fn subscribed() -> (Reader, Asked) {
    let hub = silent_hub().await;
    let reader = Reader::new().await;
    let asked = reader.subscribed(&hub, TOPIC).await;
    (reader, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn w300_a_delivery_is_answered_2xx() {
    let (mut reader, asked) = subscribed().await;
    let signed = signature(&asked, "sha256", BODY);
    assert_eq!(deliver(&asked, BODY, &[&signed]).await.status, 202);
    let pushed = reader.pushed.recv().await.unwrap();
    assert_eq!((pushed.source, &pushed.body[..]), (wire(), BODY));
    assert_eq!(pushed.content_type.as_deref(), Some("application/rss+xml"));
    // Without a secret nothing is signed.
    let hub = silent_hub().await;
    let mut reader = Reader::with(|settings| settings.secrets_in_clear = false).await;
    let asked = reader.subscribed(&hub, TOPIC).await;
    assert_eq!(deliver(&asked, BODY, &[]).await.status, 202);
    assert_eq!(reader.pushed.recv().await.unwrap().body, BODY);
}

#[tokio::test(flavor = "multi_thread")]
async fn w301_what_is_signed_wrongly_is_not_used() {
    let (mut reader, asked) = subscribed().await;
    let other = signature(&asked, "sha256", b"something else");
    let right = signature(&asked, "sha256", BODY);
    for wrong in [
        other.as_str(),
        "X-Hub-Signature: sha256=",
        "X-Hub-Signature: sha256=00",
        "X-Hub-Signature: nonsense",
        &right[..right.len() - 2],
    ] {
        assert_eq!(deliver(&asked, BODY, &[wrong]).await.status, 202, "{wrong}");
    }
    assert!(reader.pushed.try_recv().is_err());
    assert_eq!(deliver(&asked, BODY, &[&right]).await.status, 202);
    assert!(reader.pushed.try_recv().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn w302_what_is_not_signed_although_there_is_a_secret_is_not_used() {
    let (mut reader, asked) = subscribed().await;
    assert_eq!(deliver(&asked, BODY, &[]).await.status, 202);
    assert!(reader.pushed.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn w5_the_path_of_the_callback_says_whose_a_delivery_is() {
    let (mut reader, asked) = subscribed().await;
    let signed = signature(&asked, "sha256", BODY);
    let links = "Link: <https://other.example/feed>; rel=\"self\", <https://evil.example/>; rel=\"hub\"";
    assert_eq!(deliver(&asked, BODY, &[&signed, links]).await.status, 202);
    let pushed = reader.pushed.recv().await.unwrap();
    assert_eq!((pushed.source, pushed.topic.as_str()), (wire(), TOPIC));
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_signatures_of_every_kind_that_the_operator_allows() {
    let hub = silent_hub().await;
    for allows_sha1 in [false, true] {
        let mut reader = Reader::with(|settings| settings.sha1 = allows_sha1).await;
        let asked = reader.subscribed(&hub, TOPIC).await;
        for (algorithm, counts) in [
            ("sha1", allows_sha1),
            ("sha256", true),
            ("sha384", true),
            ("sha512", true),
        ] {
            let signed = signature(&asked, algorithm, BODY);
            assert_eq!(deliver(&asked, BODY, &[&signed]).await.status, 202);
            assert_eq!(reader.pushed.try_recv().is_ok(), counts, "{algorithm}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_a_body_is_read_up_to_the_limit_of_its_source() {
    let (mut reader, asked) = subscribed().await;
    let just = vec![b' '; 64 << 10];
    let signed = signature(&asked, "sha256", &just);
    assert_eq!(deliver(&asked, &just, &[&signed]).await.status, 202);
    assert_eq!(reader.pushed.recv().await.unwrap().body.len(), 64 << 10);
    let larger = vec![b' '; (64 << 10) + 1];
    let signed = signature(&asked, "sha256", &larger);
    assert_eq!(deliver(&asked, &larger, &[&signed]).await.status, 413);
    assert!(reader.pushed.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_deliveries_are_answered_when_they_are_kept_and_put_off_when_they_cannot_be() {
    let (mut reader, asked) = subscribed().await;
    let signed = signature(&asked, "sha256", BODY);
    assert_eq!(reader.inbox.gap().await, wire(), "it is known only now");
    // Nobody reads them, and four can be kept.
    for _ in 0..4 {
        assert_eq!(deliver(&asked, BODY, &[&signed]).await.status, 202);
    }
    reader.clock.advance(TimeDelta::hours(1));
    let full = deliver(&asked, BODY, &[&signed]).await;
    assert_eq!((full.status, full.header("retry-after")), (503, Some("60")));
    // What it told of is asked for, and not that it did not tell.
    assert_eq!(reader.inbox.gap().await, wire());
    assert_eq!(reader.inbox.told_since(&wire()), Some(reader.clock.now()));
    reader.pushed.recv().await.unwrap();
    assert_eq!(deliver(&asked, BODY, &[&signed]).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_what_is_signed_wrongly_is_a_gap() {
    let (reader, asked) = subscribed().await;
    reader.inbox.gap().await;
    let since = reader.inbox.told_since(&wire());
    reader.clock.advance(TimeDelta::hours(1));
    assert_eq!(deliver(&asked, BODY, &[]).await.status, 202);
    assert_eq!(reader.inbox.gap().await, wire());
    assert_eq!(reader.inbox.told_since(&wire()), since, "that is not our fault");
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_documents_that_wait_are_bounded_in_bytes_for_each_source() {
    let kib = |kib: usize| Held {
        count: 100,
        bytes: kib << 10,
    };
    let room = Limits {
        each: kib(8),
        all: kib(64),
    };
    let hub = silent_hub().await;
    let mut reader = Reader::with(|settings| settings.room = room).await;
    let asked = reader.subscribed(&hub, TOPIC).await;
    let large = vec![b'x'; 3 << 10];
    let signed = signature(&asked, "sha256", &large);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(deliver(&asked, &large, &[&signed]).await.status);
    }
    assert_eq!(statuses, [202, 202, 503], "eight KiB hold two of them");
    let small = signature(&asked, "sha256", BODY);
    assert_eq!(deliver(&asked, BODY, &[&small]).await.status, 202);
    // Room is free again when a document was read, and not before.
    let kept = reader.pushed.recv().await.unwrap();
    assert_eq!(deliver(&asked, &large, &[&signed]).await.status, 503);
    drop(kept);
    assert_eq!(deliver(&asked, &large, &[&signed]).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_documents_that_come_slowly_hold_the_room_of_their_source_alone() {
    let room = Limits {
        each: Held {
            count: 2,
            bytes: 16 << 10,
        },
        all: Held {
            count: 8,
            bytes: 64 << 10,
        },
    };
    let hub = silent_hub().await;
    let mut reader = Reader::with(|settings| settings.room = room).await;
    let other = SourceId::of("Other");
    let wanted = |topic: &str| Wanted {
        offer: offer(&hub.url("/hub"), topic),
        max_body: 4 << 10,
    };
    reader
        .inbox
        .want([(wire(), wanted(TOPIC)), (other, wanted("https://other.example/"))].into());
    reader.turn().await;
    let asked = hub.asked();
    for asked in &asked {
        let topic = asked.field("hub.topic").unwrap();
        assert_eq!(verify(asked, &topic, "864000").await.status, 200);
    }
    let slow = asked
        .iter()
        .find(|asked| asked.field("hub.topic").as_deref() == Some(TOPIC));
    let quick = asked
        .iter()
        .find(|asked| asked.field("hub.topic").as_deref() != Some(TOPIC));
    let (slow, quick) = (slow.unwrap(), quick.unwrap());
    // Without a length, a body may be as long as the source's may be.
    let mut dripping = Vec::new();
    let signed = signature(slow, "sha256", BODY);
    loop {
        for head in ["Content-Length: 4000", "Transfer-Encoding: chunked"] {
            dripping.push(begin("POST", &slow.field("hub.callback").unwrap(), head).await);
        }
        // The server may not have read both heads yet, or this had the place of one of them.
        match deliver(slow, BODY, &[&signed]).await.status {
            202 => drop(reader.pushed.recv().await.unwrap()),
            _ => break,
        }
    }
    assert_eq!(deliver(slow, BODY, &[&signed]).await.status, 503);
    let signed = signature(quick, "sha256", BODY);
    assert_eq!(deliver(quick, BODY, &[&signed]).await.status, 202);
    drop(dripping);
    let signed = signature(slow, "sha256", BODY);
    while deliver(slow, BODY, &[&signed]).await.status != 202 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn w8_a_callback_that_is_over_says_410() {
    let (reader, asked) = subscribed().await;
    let signed = signature(&asked, "sha256", BODY);
    let unknown = format!("{}websub/in/{}", reader.site, "A".repeat(32));
    for body in [&b""[..], BODY, &vec![b'x'; 100 << 10]] {
        assert_eq!(ask("POST", &unknown, &[], body).await.status, 410);
    }
    // The source is not wanted any more: what is on its way still comes, and then no more.
    reader.inbox.want([].into());
    reader.turn().await;
    reader.clock.advance(TimeDelta::minutes(11));
    reader.turn().await;
    assert_eq!(deliver(&asked, BODY, &[&signed]).await.status, 410);
    // Nothing of this redirects.
    let folder = format!("{}websub/in", reader.site);
    assert_eq!(ask("POST", &folder, &[], b"").await.status, 405);
}
