//! From a source to a served feed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::newsroom::Newsroom;
use crate::newsroom::control::ITEMS;
use crate::program::Program;
use crate::running::{PATIENCE, Running, eventually};
use crate::server::{Answer, Server, Then, feed};

const LIBYA: &str = "/category/libya/rss.xml";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_item_is_in_the_served_feed() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let daemon = Running::start(&program);
    daemon.shows("/rss.xml", |status, text| {
        status == 200 && text.contains("Khalifa Haftar")
    });
    daemon.shows(LIBYA, |status, text| status == 200 && text.contains("<item>"));
    newsroom.publish("late-news", "Late news", &["Libya"]);
    program.refresh(&["--force", "--source", "Libya Review"], 0);
    let (status, text) = daemon.get(LIBYA);
    assert!(status == 200 && text.contains("Late news"), "{status}: {text}");
    assert_eq!(daemon.get("/healthz").0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_publishes_what_a_refresh_publishes() {
    let newsroom = Newsroom::start().await.unwrap();
    let (once, always) = (Program::polling(&newsroom), Program::polling(&newsroom));
    let summary = once.refresh(&[], 3);
    assert!(summary["items"]["new"].as_u64().unwrap() < ITEMS as u64);
    let daemon = Running::start(&always);
    // Items without a date bear that of their first sight, so that their files differ between any two passes.
    let published = |program: &Program| -> BTreeMap<String, BTreeSet<String>> {
        let names = program.files().into_keys();
        let titles = |name: String| {
            let titles = match name.strip_suffix("feed.json") {
                Some(folder) => program.titles(folder).into_iter().collect(),
                None => BTreeSet::new(),
            };
            (name, titles)
        };
        names.map(titles).collect()
    };
    let wanted = published(&once);
    assert!(wanted.len() > 300);
    daemon.shows("/rss.xml", |_, text| text.contains("Khalifa Haftar"));
    let summary = always.refresh(&[], 0);
    assert_eq!(summary["items"]["new"], 0, "all was polled: {summary}");
    assert_eq!(published(&always), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_does_not_hold_up_others() {
    let slow = Server::start("127.0.0.1", |_, _| Answer::raw("", Then::Silence)).await;
    let quick = Server::start("127.0.0.1", |_, _| Answer::new(200, &[], feed(&["quick"]))).await;
    let mut sources = String::new();
    for number in 0..10 {
        sources += &format!(
            "[[source]]\nname = \"Slow {number}\"\nfeed = \"{}\"\n",
            slow.url(&format!("/{number}"))
        );
    }
    sources += &format!(
        "[[source]]\nname = \"Quick\"\nfeed = \"{}\"\n",
        quick.url("/feed")
    );
    let program = Program::reading(&sources);
    let daemon = Running::start(&program);
    daemon.shows("/rss.xml", |_, text| text.contains("quick"));
    assert!(
        slow.count() >= 1,
        "the slow one was asked, and is still waited for"
    );
    assert_eq!(slow.most_in_flight(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn e27_a_start_with_a_thousand_overdue_sources_respects_concurrency_and_host_gap() {
    // Each address of 127/8 is a host of its own.
    let listener = |ip: u8| async move {
        Server::start(&format!("127.0.1.{ip}"), |asked, _| {
            Answer::new(
                200,
                &["ETag: \"1\""],
                feed(&[asked.target().trim_start_matches('/')]),
            )
        })
        .await
    };
    let mut servers = Vec::new();
    for ip in 1..=98 {
        servers.push(listener(ip).await);
    }
    let crowded = listener(99).await;
    let mut sources = String::new();
    for number in 0..980 {
        let url = servers[number % servers.len()].url(&format!("/s{number}"));
        sources += &format!("[[source]]\nname = \"S{number}\"\nfeed = \"{url}\"\n");
    }
    for number in 0..20 {
        sources += &format!(
            "[[source]]\nname = \"C{number}\"\nfeed = \"{}\"\n",
            crowded.url(&format!("/c{number}"))
        );
    }
    let program = Program::reading(&sources);
    program.reconfigure("host_gap = \"0s\"", "host_gap = \"100ms\"\nconcurrency = 8");
    let daemon = Running::start(&program);
    let all = || servers.iter().chain([&crowded]).map(Server::count).sum::<usize>();
    eventually(
        || (all() == 1_000).then_some(()),
        || format!("{} asked\n{}", all(), daemon.log()),
    );
    daemon.shows("/source/c19/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    assert_eq!(all(), 1_000, "each once");
    for server in servers.iter().chain([&crowded]) {
        assert_eq!(server.most_in_flight(), 1);
        let asked = server.asked();
        for pair in asked.windows(2) {
            let gap = pair[1].at - pair[0].answered.unwrap();
            // What the client measures begins a little later than what the server sees.
            assert!(gap >= Duration::from_millis(95), "{gap:?}");
        }
    }
    assert!(PATIENCE > Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_started_again_it_asks_nobody_early() {
    let source = Server::start("127.0.0.1", |_, _| {
        Answer::new(200, &["ETag: \"1\""], feed(&["one"]))
    })
    .await;
    let program = Program::reading(&format!(
        "[[source]]\nname = \"One\"\nfeed = \"{}\"\n",
        source.url("/feed")
    ));
    let mut daemon = Running::start(&program);
    daemon.shows("/rss.xml", |_, text| text.contains("<title>one</title>"));
    daemon.signal(Signal::SIGKILL);
    daemon.wait();
    assert!(
        program.folder().join("feedmill.db.sock").exists(),
        "it was killed"
    );

    let again = Running::start(&program);
    again.shows("/rss.xml", |_, text| text.contains("<title>one</title>"));
    // What is due is asked before this one, which is asked last.
    let summary = program.refresh(&[], 0);
    assert_eq!(summary["sources"]["skipped"], 1, "{summary}");
    assert_eq!(source.count(), 1);
}
