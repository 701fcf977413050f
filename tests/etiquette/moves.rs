//! E41 to E46: where redirects lead, what is remembered of them, and what is not.

use chrono::TimeDelta;
use feedmill::fetch::{Fetcher, Reply};
use feedmill::model::FailureKind;

use crate::desk::{Desk, ask, noon, request, settings};
use crate::server::{Answer, Server, feed};

fn tagged(asked: &crate::server::Asked) -> Answer {
    match asked.is_conditional() {
        true => Answer::new(304, &[], ""),
        false => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    }
}

/// A source at `/old` that redirects with this status to another server's `/new`.
async fn moved(octet: u8, status: u16) -> (Desk, Server, Server) {
    let new = Server::start(&format!("127.1.{octet}.2"), |asked, _| tagged(asked)).await;
    let target = new.url("/new");
    let old = Server::start(&format!("127.1.{octet}.1"), move |_, _| {
        Answer::redirect(status, &target)
    })
    .await;
    let desk = Desk::new(&[("One", &old.url("/old"))]);
    (desk, old, new)
}

#[tokio::test(flavor = "multi_thread")]
async fn e41_a_permanent_redirect_is_believed_after_a_day_and_checked_after_a_month() {
    for status in [301, 308] {
        let (desk, old, new) = moved(41, status).await;
        let asked = desk.passes(35 * 2, TimeDelta::hours(12), || old.count()).await;
        // At first every time, for a day; then once more after 30 days.
        let early = asked
            .iter()
            .filter(|asked| **asked <= TimeDelta::hours(30))
            .count();
        assert!(early >= 3, "{asked:?}");
        let believed = asked[early - 1];
        assert!(believed >= TimeDelta::hours(24), "{asked:?}");
        let late = &asked[early..];
        assert_eq!(late.len(), 1, "{asked:?}");
        assert!(late[0] - believed >= TimeDelta::days(30), "{asked:?}");
        assert!(new.count() > 50, "{}", new.count());
        assert!(new.asked()[1..].iter().all(crate::server::Asked::is_conditional));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e41_an_old_address_that_dies_does_not_take_the_new_one_with_it() {
    let new = Server::start("127.1.41.4", |asked, number| match number {
        // Trouble at the new address alone makes the old one be asked again.
        20 => Answer::new(500, &[], ""),
        _ => tagged(asked),
    })
    .await;
    let target = new.url("/new");
    let old = Server::start("127.1.41.3", move |_, number| match number {
        0..4 => Answer::redirect(301, &target),
        _ => Answer::new(410, &[], ""),
    })
    .await;
    let desk = Desk::new(&[("One", &old.url("/old"))]);
    desk.passes(60 * 2, TimeDelta::hours(12), || 0).await;
    // Three times in the first day, after the trouble, and when a month had passed.
    assert_eq!(old.count(), 5);
    assert!(new.count() > 100, "{}", new.count());
    let state = desk.state("One");
    assert!(
        desk.now() - state.last_success.unwrap() < TimeDelta::days(2),
        "{state:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e42_a_temporary_redirect_is_never_remembered() {
    for status in [302, 303, 307] {
        let (desk, old, new) = moved(42, status).await;
        desk.passes(20, TimeDelta::hours(6), || 0).await;
        assert!(old.count() >= 15);
        assert_eq!(old.count(), new.count(), "{status}");
        assert_eq!(desk.state("One").moved, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e43_of_a_chain_only_what_comes_before_the_temporary_hop_is_remembered() {
    let server = Server::start("127.1.43.1", |asked, _| match asked.target().as_str() {
        "/old" => Answer::redirect(301, "/newer"),
        "/newer" => Answer::redirect(302, "/newest"),
        _ => tagged(asked),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/old"))]);
    desk.passes(12, TimeDelta::hours(6), || 0).await;
    let targets = server.targets();
    assert_eq!(targets[..3], ["/old", "/newer", "/newest"]);
    let last = targets.len() - 4;
    assert_eq!(targets[last..], ["/newer", "/newest", "/newer", "/newest"]);
}

#[tokio::test]
async fn e44_t18_circles_and_long_chains_end_in_one_error() {
    let server = Server::start("127.1.44.1", |asked, number| match asked.target().as_str() {
        "/self" => Answer::redirect(301, "/self"),
        "/a" => Answer::redirect(302, "/b"),
        "/b" => Answer::redirect(302, "/a"),
        "/fragment" => Answer::redirect(302, "#again"),
        "/nowhere" => Answer::new(302, &[], ""),
        _ => Answer::redirect(302, &format!("/counter?n={number}")),
    })
    .await;
    for (target, most) in [
        ("/self", 1),
        ("/a", 2),
        ("/fragment", 1),
        ("/nowhere", 1),
        ("/counter", 6),
    ] {
        let before = server.count();
        let error = ask(&request(&server.url(target))).await.unwrap_err();
        assert_eq!(error.failure.kind, FailureKind::Refused, "{target}");
        assert!(
            error.failure.message.contains("redirect"),
            "{}",
            error.failure.message
        );
        assert_eq!(server.count() - before, most, "{target}");
    }
}

#[tokio::test]
async fn e46_a_body_that_several_sources_get_is_counted_once() {
    let body = feed(&["a"]);
    let length = body.len() as u64;
    let server = Server::start("127.1.46.3", move |_, _| Answer::new(200, &[], &body)).await;
    let fetcher = Fetcher::new(settings()).unwrap();
    let request = request(&server.url("/feed"));
    for _ in 0..2 {
        fetcher.expect(request.start.clone(), None);
    }
    for received in [length, 0] {
        match fetcher.get(&request, noon()).await.unwrap() {
            Reply::Document { answer, body, .. } => {
                assert_eq!((answer.wire_bytes, body.len() as u64), (received, length));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn e46_an_address_that_several_sources_lead_to_is_asked_once_in_a_pass() {
    let shared = Server::start("127.1.46.2", |asked, _| tagged(asked)).await;
    let target = shared.url("/feed");
    let old = Server::start("127.1.46.1", move |_, _| Answer::redirect(301, &target)).await;
    let desk = Desk::new(&[
        ("One", &old.url("/one")),
        ("Two", &old.url("/two")),
        ("Three", &shared.url("/feed")),
    ]);
    desk.force().await;
    // In the first pass nobody can know where the redirects lead before they are followed.
    assert!(shared.count() <= 2, "{}", shared.count());
    for _ in 0..3 {
        let before = shared.count();
        desk.advance(TimeDelta::hours(12));
        desk.force().await;
        assert_eq!(shared.count() - before, 1);
    }
    // By now the redirects are believed, and the address is asked for directly.
    let before = (old.count(), shared.count());
    desk.advance(TimeDelta::hours(12));
    desk.force().await;
    assert_eq!((old.count(), shared.count()), (before.0, before.1 + 1));
}
