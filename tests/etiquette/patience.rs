//! E29 to E38: a host that says "not now" is left alone, and so is one that has trouble.

use chrono::TimeDelta;
use feedmill::model::Health;

use crate::desk::{Desk, noon};
use crate::server::{Answer, Server, Then, feed};

/// Three sources of one host whose first request gets this answer, and later ones a feed; when it was asked, with a
/// pass every half hour for six hours.
async fn asked_after(ip: &str, first: Answer) -> Vec<TimeDelta> {
    let server = Server::start(ip, move |_, number| match number {
        0 => first.clone(),
        _ => Answer::new(
            200,
            &["ETag: \"v\"", "Cache-Control: max-age=86400"],
            feed(&["a"]),
        ),
    })
    .await;
    let urls: Vec<String> = ["/one", "/two", "/three"]
        .iter()
        .map(|target| server.url(target))
        .collect();
    let desk = Desk::new(&[("One", &urls[0]), ("Two", &urls[1]), ("Three", &urls[2])]);
    desk.passes(12, TimeDelta::minutes(30), || server.count()).await
}

/// Only the first of three sources was asked within the window, and the others once it had passed.
fn assert_paused(asked: &[TimeDelta], window: TimeDelta, what: &str) {
    assert_eq!(asked[0], TimeDelta::zero());
    let after = &asked[1..];
    assert!(after.len() >= 3, "{what}: {asked:?}");
    assert!(after.iter().all(|asked| *asked >= window), "{what}: {asked:?}");
    assert!(after[1] <= window + TimeDelta::minutes(30), "{what}: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e29_429_with_seconds_pauses_the_host() {
    let asked = asked_after("127.1.29.1", Answer::new(429, &["Retry-After: 7200"], "")).await;
    assert_paused(&asked, TimeDelta::hours(2), "429");
}

#[tokio::test(flavor = "multi_thread")]
async fn e30_429_with_a_date_pauses_the_host() {
    let date = noon() + TimeDelta::hours(2);
    let field = format!("Retry-After: {}", date.format("%a, %d %b %Y %H:%M:%S GMT"));
    let asked = asked_after("127.1.30.1", Answer::new(429, &[&field], "")).await;
    assert_paused(&asked, TimeDelta::hours(2), "429");
}

#[tokio::test(flavor = "multi_thread")]
async fn e31_503_and_redirects_with_retry_after_pause_the_host() {
    for status in [503, 301, 307, 500] {
        let answer = Answer::new(status, &["Retry-After: 7200", "Location: /elsewhere"], "");
        let asked = asked_after("127.1.31.1", answer).await;
        assert_paused(&asked, TimeDelta::hours(2), &status.to_string());
    }
    // One that names no time is followed at once.
    let server = Server::start("127.1.31.2", |asked, _| match asked.target().as_str() {
        "/feed" => Answer::new(301, &["Retry-After: 0", "Location: /elsewhere"], ""),
        _ => Answer::new(200, &[], feed(&["a"])),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    assert_eq!(desk.pass().await.new_items, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn e31_a_paused_target_of_a_redirect_does_not_make_its_origin_be_asked_again() {
    let busy = Server::start("127.1.31.4", |_, _| Answer::new(429, &["Retry-After: 28800"], "")).await;
    let target = busy.url("");
    let origin = Server::start("127.1.31.3", move |asked, _| {
        Answer::redirect(302, &format!("{target}{}", asked.target()))
    })
    .await;
    let desk = Desk::new(&[("One", &origin.url("/one")), ("Two", &origin.url("/two"))]);
    desk.passes(12, TimeDelta::minutes(30), || 0).await;
    assert_eq!(
        (origin.targets(), busy.count()),
        (vec!["/one".to_owned(), "/two".to_owned()], 1)
    );
    // Nothing was asked of the second source's host in vain, and it did not fail.
    assert_eq!(desk.state("Two").failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn e32_a_bare_429_means_four_hours_doubling() {
    let server = Server::start("127.1.32.1", |_, _| Answer::new(429, &[], "")).await;
    let desk = Desk::new(&[("One", &server.url("/one")), ("Two", &server.url("/two"))]);
    let asked = desk.passes(31, TimeDelta::hours(1), || server.count()).await;
    let gaps: Vec<i64> = asked
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).num_hours())
        .collect();
    // 4, 8 and 16 hours with a quarter of jitter either way, never below four, for both sources together.
    assert!((2..=3).contains(&gaps.len()), "{asked:?}");
    for (gap, hours) in gaps.iter().zip([4..=6, 6..=11, 12..=21]) {
        assert!(hours.contains(gap), "{gaps:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e33_absurd_retry_after_is_clamped() {
    for (value, longest) in [
        ("-5", TimeDelta::hours(6)),
        ("0", TimeDelta::hours(6)),
        ("in a while", TimeDelta::hours(6)),
        ("315360000", TimeDelta::days(31)),
        ("99999999999999999999999999", TimeDelta::days(31)),
        ("Fri, 15 Nov 2036 12:00:00 GMT", TimeDelta::days(31)),
    ] {
        let field = format!("Retry-After: {value}");
        let server = Server::start("127.1.33.1", move |_, _| Answer::new(429, &[&field], "")).await;
        let desk = Desk::new(&[("One", &server.url("/feed"))]);
        desk.pass().await;
        let wait = desk.wait("One");
        assert!(wait >= TimeDelta::hours(1) && wait <= longest, "{value}: {wait}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e33_a_busy_host_that_names_no_span_is_left_alone_for_the_rest_of_the_pass() {
    for (answer, asked) in [
        (Answer::new(429, &["Retry-After: 0"], ""), 1),
        (Answer::new(429, &["Retry-After: -5"], ""), 1),
        (Answer::new(503, &["Retry-After: 0"], ""), 1),
        // Some servers say so with every redirect.
        (Answer::new(301, &["Location: /end", "Retry-After: 0"], ""), 4),
    ] {
        let server = Server::start("127.1.33.2", move |asked, _| match asked.target().as_str() {
            "/end" => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
            _ => answer.clone(),
        })
        .await;
        let urls = ["/one", "/two", "/three"].map(|target| server.url(target));
        Desk::new(&[("One", &urls[0]), ("Two", &urls[1]), ("Three", &urls[2])])
            .pass()
            .await;
        assert_eq!(server.count(), asked, "{:?}", server.targets());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e34_trouble_backs_off_to_a_day_and_a_success_resets() {
    let server = Server::start("127.1.34.1", |_, number| match number {
        0..8 if number % 2 == 0 => Answer::new(502, &[], ""),
        0..8 => Answer::raw("", Then::Close),
        8 => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
        _ => Answer::new(500, &[], ""),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    let mut waits = Vec::new();
    for _ in 0..10 {
        desk.pass().await;
        waits.push(desk.wait("One").num_minutes() as f64 / 60.0);
        desk.advance(desk.wait("One"));
    }
    for (wait, hours) in waits
        .iter()
        .zip([1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0, 24.0, 1.0, 1.0])
    {
        assert!(
            *wait >= 1.0 && *wait >= hours * 0.74 && *wait <= hours * 1.26,
            "{waits:?}"
        );
    }
    assert_eq!(server.count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn e35_nothing_is_tried_twice_in_one_run() {
    for (fault, answer) in [
        ("500", Answer::new(500, &[], "")),
        ("503", Answer::new(503, &[], "")),
        ("408", Answer::new(408, &["Connection: close"], "")),
        ("hung up", Answer::raw("", Then::Close)),
        (
            "half a head",
            Answer::raw("HTTP/1.1 200 OK\r\nETag: x", Then::Close),
        ),
        (
            "half a body",
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss>", Then::Close),
        ),
        ("no HTTP", Answer::raw("220 ready for mail\r\n", Then::Close)),
        (
            "bad coding",
            Answer::new(200, &["Content-Encoding: compress"], "x"),
        ),
    ] {
        // First on a new connection, then on one that a good answer left open.
        let server = Server::start("127.1.35.1", move |asked, _| match asked.target().as_str() {
            "/good" => Answer::new(200, &[], feed(&["a"])),
            _ => answer.clone(),
        })
        .await;
        let (bad, good) = (server.url("/bad"), server.url("/good"));
        let alone = Desk::new(&[("Bad", &bad)]);
        assert_eq!(alone.pass().await.failed.len(), 1, "{fault}");
        assert_eq!(server.count(), 1, "{fault}");
        let behind = Desk::new(&[("Good", &good), ("Bad", &bad)]);
        assert_eq!(behind.pass().await.failed.len(), 1, "{fault}");
        assert_eq!(server.targets(), ["/bad", "/good", "/bad"], "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e37_gone_is_never_asked_again_until_the_operator_acts() {
    let server = Server::start("127.1.37.1", |asked, _| match asked.target().as_str() {
        "/feed" => Answer::new(410, &[], ""),
        _ => Answer::new(200, &[], feed(&["a"])),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.passes(20, TimeDelta::days(30), || 0).await;
    assert_eq!(server.count(), 1);
    assert_eq!(desk.state("One").health, Health::Gone);
    desk.force().await;
    assert_eq!(server.count(), 2);
    desk.configure(&format!(
        "[[source]]\nname = \"One\"\nfeed = {:?}\n",
        server.url("/moved")
    ));
    assert_eq!(desk.pass().await.new_items, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn e38_who_forbids_is_left_alone_and_asked_by_the_same_name() {
    for status in [401, 403] {
        let server = Server::start("127.1.38.1", move |_, _| {
            Answer::new(status, &["WWW-Authenticate: Basic"], "")
        })
        .await;
        let desk = Desk::new(&[("One", &server.url("/feed"))]);
        let asked = desk.passes(24, TimeDelta::hours(2), || server.count()).await;
        assert!(asked.len() > 2, "{asked:?}");
        let gaps: Vec<TimeDelta> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap >= TimeDelta::hours(4)), "{gaps:?}");
        let requests = server.asked();
        let first = &requests[0];
        assert!(first.header("user-agent").unwrap().starts_with("feedmill/"));
        assert!(
            requests.iter().all(|asked| asked.raw == first.raw),
            "{status}: requests differ"
        );
    }
}
