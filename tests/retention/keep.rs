//! `keep`: what sources show stays, what they show no more goes when it is old, and no feed becomes empty by it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use feedmill::model::ItemId;
use feedmill::refresh::Options;
use url::Url;

use crate::desk::Desk;
use crate::server::Answer;
use crate::site::{Site, all_but, go_to, names};

fn source(name: &str, feed: &str) -> String {
    format!("[[source]]\nname = {name:?}\nfeed = {feed:?}\n")
}

/// Sources with `[publish]` as given.
fn desk(publish: &str, sources: &str) -> Desk {
    let desk = Desk::with(sources);
    let path = desk.program.folder().join("feeds.toml");
    let toml = std::fs::read_to_string(&path).unwrap();
    let publish = format!("[publish]\n{publish}\n");
    std::fs::write(&path, toml.replace("[publish]\n", &publish)).unwrap();
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_four_quiet_sources_lose_nothing_in_half_a_year_and_after() {
    let (mut sites, mut sources) = (Vec::new(), String::new());
    for number in 0..24_i64 {
        let site = Site::start(&format!("127.61.1.{}", number + 1)).await;
        let shown = (0..20).map(|n| (format!("s{number}-{n}"), -n)).collect();
        (site.content().shown, site.content().is_conditional) = (shown, true);
        sources += &source(&format!("Source {number}"), &site.feed());
        sites.push(site);
    }
    let desk = desk("keep = \"180d\"\nitems = 1000", &sources);
    let began = desk.now();
    for day in [0, 60, 120, 170, 185, 400] {
        go_to(&desk, began, day);
        let summary = desk.force().await;
        assert_eq!(summary.stored_items, 480, "day {day}");
        assert_eq!(names(&desk, "").len(), 480, "day {day}");
    }
    let full: usize = sites.iter().map(|site| site.content().full).sum();
    assert_eq!(full, 24, "all else was not modified");
    let unconditional = Options {
        force: true,
        unconditional: true,
        ..Options::default()
    };
    let summary = desk.pass_with(unconditional).await;
    assert_eq!((summary.new_items, summary.stored_items), (0, 480));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_month_with_a_keep_of_a_week_no_item_that_is_shown_is_lost() {
    // A day's news a source, and how many its feed holds: some turn over in hours, some hold a month, one never changes.
    let kinds = [(24, 30), (6, 10), (1, 20), (2, 200), (0, 15)];
    let (mut sites, mut sources) = (Vec::new(), String::new());
    for (number, (_, window)) in kinds.iter().enumerate() {
        let site = Site::start(&format!("127.61.2.{}", number + 1)).await;
        let old = (0..*window)
            .map(|n| (format!("k{number}-old{n}"), -n * 5))
            .collect();
        (site.content().shown, site.content().is_conditional) = (old, number % 2 == 0);
        sources += &source(&format!("Kind {number}"), &site.feed());
        sites.push(site);
    }
    let desk = desk("keep = \"7d\"\nitems = 20", &sources);
    let (mut showed, mut published) = (BTreeSet::new(), BTreeSet::new());
    let mut last_shown: BTreeMap<String, i64> = BTreeMap::new();
    let mut stored = 0;
    for hour in (0..24 * 30_i64).step_by(6) {
        for (number, (a_day, window)) in kinds.iter().enumerate() {
            let mut content = sites[number].content();
            let due = |hour: i64| hour * a_day / 24;
            for n in due(hour - 6)..due(hour) {
                content.shown.insert(0, (format!("k{number}-{n}"), hour - 1));
            }
            content.shown.truncate(*window as usize);
            for (name, _) in &content.shown {
                showed.insert(name.clone());
                last_shown.insert(name.clone(), hour);
            }
        }
        stored = desk.force().await.stored_items;
        published.extend(names(&desk, ""));
        for number in 0..kinds.len() {
            published.extend(names(&desk, &format!("source/kind-{number}/")));
        }
        desk.advance(TimeDelta::hours(6));
    }
    let end = 24 * 30 - 6;
    let should = last_shown.iter().filter(|(_, last)| end - **last <= 24 * 7);
    let lost: Vec<&String> = should
        .map(|(name, _)| name)
        .filter(|name| !is_stored(&desk, &sites, name))
        .collect();
    assert_eq!(lost, [""; 0], "shown within the week and not stored");
    // What was never among the newest twenty was never published: those of the window of 200 at the start.
    let unpublished = showed.iter().filter(|name| !published.contains(*name));
    assert!(
        unpublished.clone().all(|name| name.contains("-old")),
        "{:?}",
        unpublished.collect::<Vec<_>>()
    );
    let dropped = showed.len() - stored as usize;
    println!(
        "showed {}, stored {stored}, published {}, lost 0",
        showed.len(),
        published.len()
    );
    assert!(
        dropped > 200,
        "{dropped} that no source has shown for a week went"
    );
    for (number, (_, window)) in kinds.iter().enumerate() {
        let held = names(&desk, &format!("source/kind-{number}/")).len();
        assert!(held >= 20.min(*window as usize), "kind {number}: {held}");
    }
}

fn is_stored(desk: &Desk, sites: &[Site], name: &str) -> bool {
    let number: usize = name[1..2].parse().unwrap();
    let config = feedmill::config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    let address = sites[number].server.url(&format!("/news/{name}"));
    let id = ItemId::of_url(&feedmill::normalize::canonical(&Url::parse(&address).unwrap()).unwrap());
    let reader = feedmill::refresh::open(&config).unwrap().reader().unwrap();
    !reader.items(&[id]).unwrap().is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_nothing_away() {
    let site = Site::start("127.61.3.1").await;
    site.show(0..10);
    let desk = desk("keep = \"7d\"\nitems = 1", &source("Site", &site.feed()));
    let began = desk.now();
    desk.force().await;
    let cut = "<rss version=\"2.0\"><channel><title>Site</title><item><title>Title of new</title><guid>new</guid>\
               <pubDate>Sat, 14 Nov 2026 00:00:00 GMT</pubDate></item><item>";
    let delta = cut
        .replacen("<item>", "<item><link>http://127.0.0.1:9/x</link>", 1)
        .replace("</item><item>", "")
        + "</item></channel></rss>";
    let empty = "<rss version=\"2.0\"><channel><title>Site</title></channel></rss>";
    for (day, instead) in [
        (20, Answer::new(503, &[], "down")),
        (40, Answer::new(200, &[], empty)),
        (60, Answer::new(200, &[], cut)),
        (80, Answer::new(200, &[], "<html><title>Soon</title>")),
        (100, Answer::new(226, &["IM: feed", "ETag: \"x\""], delta)),
        (120, Answer::new(404, &[], "")),
        (140, Answer::new(410, &[], "")),
    ] {
        go_to(&desk, began, day);
        site.content().instead = Some(instead);
        desk.force().await;
        go_to(&desk, began, day + 10);
        assert!(desk.force().await.stored_items >= 10, "day {day}");
    }
    assert_eq!(site.asked(), [""; 0]);
    // It is back, with less; that is what begins their age.
    site.content().instead = None;
    site.show(8..12);
    go_to(&desk, began, 160);
    let stored = desk.force().await.stored_items;
    go_to(&desk, began, 166);
    assert_eq!(desk.force().await.stored_items, stored);
    go_to(&desk, began, 168);
    desk.force().await;
    assert_eq!(desk.force().await.stored_items, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_feed_is_empty_says_so() {
    let site = Site::start("127.61.4.1").await;
    site.show(0..3);
    let desk = Desk::new(&[("Site", &site.feed())]);
    desk.force().await;
    assert_eq!(desk.state("Site").empty_since, None);
    site.show(0..0);
    desk.advance(TimeDelta::hours(3));
    let since = desk.now();
    desk.force().await;
    desk.advance(TimeDelta::hours(3));
    desk.force().await;
    assert_eq!(desk.state("Site").empty_since, Some(since));
    assert_eq!(names(&desk, ""), all_but(3, &[]));
    let output = desk.program.run(&["status"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("empty") && said.contains("holds no item since 2026-11-15 15:00 UTC"),
        "{said}"
    );
    let output = desk.program.run(&["status", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["sources"][0]["empty_since"], "2026-11-15T15:00:00Z");
    site.show(0..3);
    desk.force().await;
    assert_eq!(desk.state("Site").empty_since, None);
}
