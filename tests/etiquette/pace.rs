//! E15 to E21: no source is asked more often than it, its answers and the operator want.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta};
use feedmill::model::Waiting;

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
async fn e15_an_hour_lies_between_polls_also_where_there_are_no_validators() {
    let server = Server::start("127.1.15.1", |asked, _| match asked.target().as_str() {
        "/bare" => Answer::new(200, &[], feed(&["a"])),
        _ if asked.is_conditional() => Answer::new(304, &[], ""),
        _ => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    })
    .await;
    for target in ["/tagged", "/bare"] {
        let desk = Desk::new(&[("One", &server.url(target))]);
        let asked = desk
            .passes(48 * 2, TimeDelta::minutes(30), || server.count())
            .await;
        assert!(shortest_gap(&asked) >= TimeDelta::hours(1), "{target}: {asked:?}");
        assert!((30..=48).contains(&asked.len()), "{target}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e15_nothing_of_a_news_feed_is_missed_without_validators_and_with_a_max_age_of_a_day() {
    let (fetch, source) = ("[fetch]\nhost_gap", "[[source]]\nname = \"One\"");
    for (fields, inherits) in [(&[][..], true), (&["Cache-Control: max-age=86400"], false)] {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let time = Arc::new(AtomicI64::new(noon().timestamp()));
        let shown = time.clone();
        // An item every eleven minutes, and the newest ten; the document says when it was made.
        let server = Server::start("127.1.15.2", move |_, _| {
            let now = shown.load(Ordering::SeqCst);
            let item = |number: i64| {
                let date = DateTime::from_timestamp(number * 660, 0).unwrap().to_rfc2822();
                format!("<item><title>News {number}</title><guid>{number}</guid><pubDate>{date}</pubDate></item>")
            };
            let items: String = (now / 660 - 9..=now / 660).rev().map(item).collect();
            let made = DateTime::from_timestamp(now, 0).unwrap().to_rfc2822();
            let body = format!(
                "<rss version=\"2.0\"><channel><title>T</title><lastBuildDate>{made}</lastBuildDate>{items}</channel></rss>"
            );
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            Answer::new(200, &fields, body.into_bytes())
        })
        .await;
        let url = server.url("/feed");
        let own = if inherits { "" } else { "every = \"15m\"\n" };
        let desk = Desk::with(&format!("{source}\nfeed = {url:?}\n{own}"));
        if inherits {
            let toml = desk.program.folder().join("feeds.toml");
            let text = std::fs::read_to_string(&toml).unwrap();
            std::fs::write(&toml, text.replace(fetch, "[fetch]\nevery = \"15m\"\nhost_gap")).unwrap();
        }
        let mut new = 0;
        let began = desk.now();
        for _ in 0..4 * 24 {
            time.store(desk.now().timestamp(), Ordering::SeqCst);
            new += desk.pass().await.new_items;
            desk.advance(TimeDelta::minutes(15));
        }
        let last = desk.state("One").last_poll.unwrap().timestamp();
        let published = usize::try_from(last / 660 - began.timestamp() / 660).unwrap() + 10;
        assert_eq!(new, published, "inherits: {inherits}");
        let (polls, state) = (server.count(), desk.state("One"));
        assert!((24..=96).contains(&polls), "{polls}");
        // By its rhythm it is asked about as often as the operator allows; a day would be too late.
        let is_right = match inherits {
            true => matches!(state.waiting, Some(Waiting::Rhythm | Waiting::Floor)),
            false => state.waiting == Some(Waiting::Window),
        };
        assert!(
            is_right,
            "inherits: {inherits}, {polls} polls, {:?}",
            state.waiting
        );
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
