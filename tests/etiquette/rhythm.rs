//! E25, E26 and what is said of hosts in E34: how often sources are asked over days.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::config;
use feedmill::refresh::{self, Options};

use crate::desk::{Desk, noon};
use crate::server::{Answer, Server, Then, feed};

/// One item every so many hours up to `last`, the newest twenty, each so many seconds after the hour.
fn items(last: DateTime<Utc>, hours: i64, after: i64) -> Vec<u8> {
    let span = hours * 3_600;
    let newest = last.timestamp() / span;
    let item = |number: i64| {
        let date = DateTime::from_timestamp(number * span + after, 0)
            .unwrap()
            .to_rfc2822();
        format!("<item><title>News {number}</title><guid>{number}</guid><pubDate>{date}</pubDate></item>")
    };
    let items: String = (newest - 20..=newest).rev().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>News</title>{items}</channel></rss>").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn e25_a_silent_feed_is_asked_once_a_day_and_an_active_one_at_its_floor() {
    let time = Arc::new(AtomicI64::new(noon().timestamp()));
    let shown = time.clone();
    let server = Server::start("127.1.25.1", move |asked, _| {
        let now = DateTime::from_timestamp(shown.load(Ordering::SeqCst), 0).unwrap();
        match asked.target().as_str() {
            "/active" => Answer::new(
                200,
                &[&format!("ETag: \"{}\"", now.timestamp())],
                items(now, 1, 0),
            ),
            _ if asked.is_conditional() => Answer::new(304, &[], ""),
            // Dates that are days and tell no time.
            "/days" => Answer::new(200, &["ETag: \"v\""], items(noon() - TimeDelta::days(4), 24, 0)),
            _ => Answer::new(
                200,
                &["ETag: \"v\""],
                items(noon() - TimeDelta::days(4), 24, 22_620),
            ),
        }
    })
    .await;
    let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
    for (target, first_day, last_day, last_gap) in [
        ("/silent", 2..=12, 0..=1, day..day + hour * 3),
        // How fast it is takes some watching.
        ("/days", 2..=20, 0..=2, day - hour * 4..day + hour * 3),
        ("/active", 18..=24, 18..=24, hour..hour * 2),
    ] {
        let desk = Desk::new(&[("One", &server.url(target))]);
        let mut gaps: Vec<TimeDelta> = Vec::new();
        while desk.now() < noon() + TimeDelta::days(14) {
            time.store(desk.now().timestamp(), Ordering::SeqCst);
            let summary = desk.pass().await;
            assert_eq!(summary.polled, 1, "{target}: {summary:?} {gaps:?}");
            let wait = desk.wait("One");
            gaps.push(wait);
            desk.advance(wait);
        }
        assert!(
            gaps.iter().all(|gap| *gap >= TimeDelta::hours(1)),
            "{target}: {gaps:?}"
        );
        assert!(last_gap.contains(gaps.last().unwrap()), "{target}: {gaps:?}");
        let within = |from: TimeDelta| {
            let mut then = TimeDelta::zero();
            let starts = gaps.iter().map(|gap| {
                let start = then;
                then += *gap;
                start
            });
            starts
                .filter(|start| (from..from + TimeDelta::days(1)).contains(start))
                .count()
        };
        assert!(
            first_day.contains(&within(TimeDelta::zero())),
            "{target}: {gaps:?}"
        );
        assert!(
            last_day.contains(&within(TimeDelta::days(12))),
            "{target}: {gaps:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e26_a_thousand_sources_asked_together_are_due_apart_and_none_early() {
    let server = Server::start("127.1.26.1", |_, _| {
        Answer::new(
            200,
            &["ETag: \"v\"", "Cache-Control: max-age=36000"],
            feed(&["a"]),
        )
    })
    .await;
    let source = |number| {
        format!(
            "[[source]]\nname = \"S{number}\"\nfeed = \"{}\"\n",
            server.url(&format!("/{number}"))
        )
    };
    let desk = Desk::with(&(0..1_000).map(source).collect::<String>());
    assert_eq!(desk.pass().await.polled, 1_000);
    let config = config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    let states = refresh::open(&config).unwrap().polls().unwrap();
    // Ten hours, of which a tenth is for chance.
    let mut minutes = vec![0_usize; 60];
    for state in states.values() {
        let wait = state.next_poll.unwrap() - noon();
        assert!(wait >= TimeDelta::hours(10), "{wait}");
        minutes[usize::try_from((wait - TimeDelta::hours(10)).num_minutes()).unwrap()] += 1;
    }
    assert!(
        minutes.iter().all(|count| *count <= 2 * 1_000 / 60),
        "{minutes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e34_a_host_where_nobody_answers_is_left_alone_by_all_its_sources() {
    let is_up = Arc::new(AtomicI64::new(0));
    let up = is_up.clone();
    let server = Server::start("127.1.34.1", move |_, _| match up.load(Ordering::SeqCst) {
        0 => Answer::raw("", Then::Close),
        _ => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    })
    .await;
    let other = Server::start("127.1.34.2", |_, _| {
        Answer::new(200, &["ETag: \"v\""], feed(&["a"]))
    })
    .await;
    let mut sources: Vec<(String, String)> = (0..5)
        .map(|n| (format!("S{n}"), server.url(&format!("/{n}"))))
        .collect();
    sources.push(("Other".into(), other.url("/")));
    let sources: Vec<(&str, &str)> = sources
        .iter()
        .map(|(name, url)| (name.as_str(), url.as_str()))
        .collect();
    let desk = Desk::new(&sources);
    let first = desk.pass().await;
    assert_eq!((first.failed.len(), first.skipped, server.count()), (2, 3, 2));
    assert_eq!(other.count(), 1);

    // Each failure doubles what all of them wait: a day of passes every ten minutes asks a handful of times.
    let asked = desk.passes(144, TimeDelta::minutes(10), || server.count()).await;
    assert!((3..=12).contains(&asked.len()), "{asked:?}");
    let rests: Vec<TimeDelta> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(rests.iter().any(|rest| *rest >= TimeDelta::hours(4)), "{rests:?}");

    // The operator may look all the same, and when somebody answers nobody waits any longer than by themselves.
    let before = server.count();
    is_up.store(1, Ordering::SeqCst);
    let options = Options {
        force: true,
        ..Options::default()
    };
    let forced = desk.pass_with(options).await;
    assert_eq!((forced.failed.len(), server.count() - before), (0, 5));
    desk.advance(TimeDelta::minutes(70));
    assert_eq!(desk.pass().await.skipped, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn e34_a_dead_target_of_a_redirect_is_not_held_against_the_host_that_redirects() {
    let dead = Server::start("127.1.34.3", |_, _| Answer::raw("", Then::Close)).await;
    let target = dead.url("/feed");
    let server = Server::start("127.1.34.4", move |asked, _| match asked.target().as_str() {
        "/well" => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
        _ => Answer::redirect(302, &target),
    })
    .await;
    let urls: Vec<String> = ["/a", "/b", "/c", "/well"]
        .iter()
        .map(|path| server.url(path))
        .collect();
    let desk = Desk::new(&[
        ("A", &urls[0]),
        ("B", &urls[1]),
        ("C", &urls[2]),
        ("Well", &urls[3]),
    ]);
    let summary = desk.pass().await;
    assert_eq!((summary.failed.len(), summary.skipped), (3, 0), "{summary:?}");
    assert_eq!(server.count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn e29_a_pause_that_was_noted_under_a_wrong_clock_is_not_kept_for_years() {
    let server = Server::start("127.1.29.9", |_, number| match number {
        0 => Answer::new(429, &["Retry-After: 3600"], ""),
        _ => Answer::new(200, &["ETag: \"v\""], feed(&["a"])),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.advance(TimeDelta::days(3_650));
    desk.pass().await;
    desk.advance(TimeDelta::days(-3_650));
    assert_eq!(desk.pass().await.polled, 1);
    assert_eq!(server.count(), 2);
}
