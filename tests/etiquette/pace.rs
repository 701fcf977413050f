//! E15 to E21: no source is asked more often than it, its answers and the operator want.

use chrono::TimeDelta;

use crate::desk::{Desk, noon};
use crate::server::{Answer, Server, feed};

/// The shortest time between two of these moments.
fn shortest_gap(asked: &[TimeDelta]) -> TimeDelta {
    asked.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap()
}

/// Time until the next poll, after a first one that got this answer.
async fn wait_after(ip: &str, fields: &[&str]) -> TimeDelta {
    let mut fields = fields.to_vec();
    fields.push("ETag: \"v\"");
    let answer = Answer::new(200, &fields, feed(&["a"]));
    let server = Server::start(ip, move |_, _| answer.clone()).await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.pass().await;
    desk.wait("One")
}

/// What a wait may be when nothing but the floor counts.
fn is_floor(wait: TimeDelta) -> bool {
    (TimeDelta::minutes(60)..=TimeDelta::minutes(66)).contains(&wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn e15_an_hour_lies_between_polls_and_a_day_where_there_are_no_validators() {
    let server = Server::start("127.1.15.1", |asked, _| match asked.target().as_str() {
        "/bare" => Answer::new(200, &[], feed(&["a"])),
        _ if asked.is_conditional() => Answer::new(304, &[], ""),
        _ => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    })
    .await;
    for (target, floor, polls) in [
        ("/tagged", TimeDelta::hours(1), 30..=48),
        ("/bare", TimeDelta::hours(24), 2..=2),
    ] {
        let desk = Desk::new(&[("One", &server.url(target))]);
        let asked = desk
            .passes(48 * 2, TimeDelta::minutes(30), || server.count())
            .await;
        assert!(shortest_gap(&asked) >= floor, "{target}: {asked:?}");
        assert!(polls.contains(&asked.len()), "{target}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e16_one_address_of_several_sources_is_asked_once_a_period() {
    let server = Server::start("127.1.16.1", |asked, _| match asked.is_conditional() {
        true => Answer::new(304, &[], ""),
        false => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    })
    .await;
    let url = server.url("/feed");
    let fragment = format!("{url}#world");
    let desk = Desk::with(&format!(
        "[[category]]\nname = \"World\"\n[[category]]\nname = \"Africa\"\n\
         [[source]]\nname = \"One\"\nfeed = {url:?}\ncategory = \"World\"\n\
         [[source]]\nname = \"Two\"\nfeed = {url:?}\ncategory = \"Africa\"\n\
         [[source]]\nname = \"Three\"\nfeed = {fragment:?}\n"
    ));
    let asked = desk.passes(100, TimeDelta::minutes(2), || server.count()).await;
    assert!(shortest_gap(&asked) >= TimeDelta::hours(1), "{asked:?}");
    assert_eq!(asked.len(), 4, "{asked:?}");
    for folder in ["category/world/", "category/africa/"] {
        assert_eq!(desk.program.titles(folder), ["a"], "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e17_max_age_less_age_delays_the_next_poll() {
    for (fields, least) in [
        (&["Cache-Control: max-age=7200", "Age: 600"][..], 6_600),
        (&["Cache-Control: PUBLIC, MAX-AGE=\"7200\""], 7_200),
        (
            &["Cache-Control: private", "Cache-Control: max-age=18000"],
            18_000,
        ),
    ] {
        let wait = wait_after("127.1.17.1", fields).await.num_seconds();
        assert!(
            (least..=least * 11 / 10 + 1).contains(&wait),
            "{fields:?}: {wait}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e18_max_age_of_a_304_counts_too() {
    let server = Server::start("127.1.18.1", |_, number| match number {
        0 => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
        _ => Answer::new(304, &["Cache-Control: max-age=7200", "Age: 600"], ""),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.pass().await;
    assert!(is_floor(desk.wait("One")));
    desk.force().await;
    assert!(desk.wait("One") >= TimeDelta::seconds(6_600));
}

#[tokio::test(flavor = "multi_thread")]
async fn e19_max_age_beats_expires_and_a_bad_expires_means_the_floor() {
    let far = "Expires: Mon, 16 Nov 2026 12:00:00 GMT";
    assert!(is_floor(
        wait_after("127.1.19.1", &["Cache-Control: max-age=60", far]).await
    ));
    assert!(wait_after("127.1.19.1", &[far]).await >= TimeDelta::hours(24));
    for bad in ["Expires: 0", "Expires: -1", "Expires: soon"] {
        let server = Server::start("127.1.19.2", move |_, _| {
            Answer::new(200, &[bad, "ETag: \"v\""], feed(&["a"]))
        })
        .await;
        let desk = Desk::new(&[("One", &server.url("/feed"))]);
        desk.pass().await;
        assert!(is_floor(desk.wait("One")), "{bad}");
        desk.advance(TimeDelta::minutes(67));
        desk.pass().await;
        assert!(server.asked()[1].is_conditional(), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e20_no_cache_means_the_floor_and_no_body_is_written_to_disk() {
    for directive in ["no-cache", "no-store"] {
        let body = [&feed(&["a"])[..], b"<!-- canary in the raw body -->"].concat();
        let fields = [
            format!("Cache-Control: {directive}, max-age=7200"),
            "ETag: \"v\"".to_owned(),
        ];
        let server = Server::start("127.1.20.1", move |_, _| {
            Answer::new(200, &[&fields[0], &fields[1]], &body)
        })
        .await;
        let desk = Desk::new(&[("One", &server.url("/feed"))]);
        desk.pass().await;
        assert!(is_floor(desk.wait("One")), "{directive}");
        let files = desk.program.everything();
        assert!(files.len() > 3);
        for (name, bytes) in files {
            let found = bytes.windows(6).any(|window| window == b"canary");
            assert!(!found, "{directive}: {name} holds the raw body");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e21_freshness_counts_from_the_date_of_the_source() {
    for days in [-1, 0, 1] {
        let there = noon() + TimeDelta::days(days);
        let http = |then: chrono::DateTime<chrono::Utc>| then.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let fields = [
            format!("Date: {}", http(there)),
            format!("Expires: {}", http(there + TimeDelta::hours(3))),
        ];
        let wait = wait_after("127.1.21.1", &[&fields[0], &fields[1]]).await;
        assert!((180..=199).contains(&wait.num_minutes()), "{days}: {wait}");
    }
}
