//! Articles that a source deletes leave the feeds; whatever else makes them vanish from a document takes nothing away.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use feedmill::refresh::Options;
use serde_json::Value;

use crate::desk::Desk;
use crate::server::Answer;
use crate::site::{Site, all_but, names};

/// A site with ten articles, and a desk that polled it.
async fn polled(ip: &str) -> (Site, Desk) {
    let site = Site::start(ip).await;
    site.show(0..10);
    let desk = Desk::new(&[("Site", &site.feed())]);
    desk.force().await;
    (site, desk)
}

/// So many more polls, an hour apart; none asks for more than one page, wherever that leads.
async fn polls(site: &Site, desk: &Desk, count: usize) {
    let questions = || {
        site.asked()
            .iter()
            .filter(|page| !page.starts_with("front"))
            .count()
    };
    for _ in 0..count {
        let before = questions();
        desk.advance(TimeDelta::hours(1));
        desk.force().await;
        assert!(questions() <= before + 1, "{:?}", site.asked());
    }
}

fn explained(desk: &Desk, site: &Site, name: &str) -> Value {
    let address = site.server.url(&format!("/news/{name}"));
    let output = desk.program.run(&["explain", "--json", &address]);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_article_leaves_all_feeds_and_comes_back_when_it_is_shown() {
    let (site, desk) = polled("127.62.1.1").await;
    site.delete("a7");
    polls(&site, &desk, 1).await;
    // Its pages were never seen to answer: first one that is there is asked for.
    assert_eq!(site.asked(), ["a9"]);
    polls(&site, &desk, 3).await;
    assert_eq!(site.asked(), ["a9", "a7"]);
    for folder in ["", "source/site/"] {
        assert_eq!(names(&desk, folder), all_but(10, &["a7"]));
    }
    let why = explained(&desk, &site, "a7");
    assert!(
        why["withdrawn"].is_string() && why["feeds"].as_array().unwrap().is_empty(),
        "{why}"
    );
    let words = desk.program.run(&["explain", &site.server.url("/news/a7")]);
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("Its source took it back"), "{words}");
    // The site may answer otherwise by now: again one that is there is asked for before.
    site.delete("a3");
    site.content()
        .pages
        .insert("a3".to_owned(), Answer::new(410, &[], ""));
    polls(&site, &desk, 2).await;
    assert_eq!(names(&desk, ""), all_but(10, &["a3", "a7"]));
    assert_eq!(site.asked(), ["a9", "a7", "a9", "a3"]);
    // Restored as it was.
    site.show(0..10);
    polls(&site, &desk, 1).await;
    assert_eq!(names(&desk, ""), all_but(10, &[]));
    assert_eq!(explained(&desk, &site, "a7")["withdrawn"], Value::Null);
    assert_eq!(site.asked().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_deletions_are_asked_for_one_at_a_time_also_when_nothing_is_new() {
    let (site, desk) = polled("127.62.2.1").await;
    site.content().is_conditional = true;
    for name in ["a8", "a5", "a2"] {
        site.delete(name);
    }
    polls(&site, &desk, 6).await;
    assert_eq!(site.asked(), ["a9", "a8", "a5", "a2"]);
    assert_eq!(names(&desk, ""), all_but(10, &["a2", "a5", "a8"]));
    assert_eq!(site.content().full, 2, "all others were not modified");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_one_is_missed_when_the_document_gets_shorter() {
    let (site, desk) = polled("127.62.3.1").await;
    site.delete("a0");
    polls(&site, &desk, 3).await;
    assert_eq!(names(&desk, ""), all_but(10, &["a0"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_answers_otherwise_keeps_its_item_and_is_not_asked_again() {
    /// Where the site listens, what the page of the article answers, and how often it is asked for.
    type Case = (&'static str, fn(&str) -> Answer, usize);
    let elsewhere = |site: &Site| site.server.url("/news/front");
    let answers: [Case; 7] = [
        (
            "127.62.4.1",
            |_| Answer::new(200, &["Content-Type: text/html"], "<p>Here.</p>"),
            1,
        ),
        ("127.62.4.2", |to| Answer::redirect(301, to), 1),
        (
            "127.62.4.3",
            |to| Answer::redirect(302, &format!("{to}-missing")),
            1,
        ),
        ("127.62.4.4", |_| Answer::new(403, &[], ""), 1),
        ("127.62.4.5", |_| Answer::new(451, &[], ""), 1),
        ("127.62.4.6", |_| Answer::new(500, &[], ""), 3),
        ("127.62.4.7", |_| Answer::new(503, &[], ""), 3),
    ];
    for (ip, answer, times) in answers {
        let (site, desk) = polled(ip).await;
        let gone = || Answer::new(404, &[], "");
        site.content().pages.insert("front-missing".to_owned(), gone());
        site.delete("a7");
        site.content()
            .pages
            .insert("a7".to_owned(), answer(&elsewhere(&site)));
        polls(&site, &desk, 8).await;
        let asked = site.asked().iter().filter(|page| *page == "a7").count();
        assert_eq!(asked, times, "{ip}: {:?}", site.asked());
        assert_eq!(names(&desk, ""), all_but(10, &[]), "{ip}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_404_to_programs_loses_nothing() {
    let (site, desk) = polled("127.62.5.1").await;
    for n in 0..10 {
        let name = format!("a{n}");
        site.content().pages.insert(name, Answer::new(404, &[], ""));
    }
    for name in ["a8", "a6", "a4"] {
        site.delete(name);
        polls(&site, &desk, 4).await;
    }
    assert_eq!(names(&desk, ""), all_but(10, &[]));
    assert!(site.asked().iter().all(|page| page == "a9"), "{:?}", site.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_can_keep_what_is_withdrawn() {
    for (ip, source, fetch) in [
        ("127.62.6.1", "withdrawn = \"keep\"\n", ""),
        ("127.62.6.2", "", "withdrawn = \"keep\"\n"),
    ] {
        let site = Site::start(ip).await;
        site.show(0..10);
        let desk = Desk::with(&format!(
            "[[source]]\nname = \"Site\"\nfeed = {:?}\n{source}",
            site.feed()
        ));
        let path = desk.program.folder().join("feeds.toml");
        let toml = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, toml.replace("[fetch]\n", &format!("[fetch]\n{fetch}"))).unwrap();
        desk.force().await;
        site.delete("a7");
        polls(&site, &desk, 4).await;
        assert_eq!(site.asked(), [""; 0]);
        assert_eq!(names(&desk, ""), all_but(10, &[]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_source_shows_stays() {
    let site = Site::start("127.62.7.1").await;
    site.show(0..10);
    let other = Site::start("127.62.7.2").await;
    let host = site.server.address.to_string();
    let copy = format!(
        "<rss version=\"2.0\"><channel><title>Other</title><item><title>Title of a7</title>\
         <link>http://{host}/news/a7</link><guid>7</guid></item></channel></rss>"
    );
    other.content().instead = Some(Answer::new(200, &[], copy));
    let desk = Desk::new(&[("Site", &site.feed()), ("Other", &other.feed())]);
    desk.force().await;
    site.delete("a7");
    polls(&site, &desk, 4).await;
    assert_eq!(site.asked(), [""; 0]);
    assert_eq!(names(&desk, ""), all_but(10, &[]));
}

/// What happens to a site, and how many pages may be asked for because of it in twelve polls.
async fn nothing_is_taken(ip: &str, most: usize, happens: impl Fn(&Site)) {
    let (site, desk) = polled(ip).await;
    let before = names(&desk, "");
    happens(&site);
    // The old pages are not there any more, whatever the reason.
    polls(&site, &desk, 12).await;
    let asked = site.asked();
    let old: BTreeSet<String> = names(&desk, "");
    assert!(
        before.is_subset(&old),
        "{ip}: {:?} left; asked {asked:?}",
        before.difference(&old)
    );
    assert!(asked.len() <= most, "{ip}: {asked:?}");
}

fn lose_pages(site: &Site) {
    for n in 0..10 {
        let name = format!("a{n}");
        site.content().pages.insert(name, Answer::new(404, &[], ""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_deletion_takes_nothing_away() {
    let empty = "<rss version=\"2.0\"><channel><title>Site</title></channel></rss>";
    nothing_is_taken("127.62.8.1", 0, |site| site.content().guids = "new-".to_owned()).await;
    // All guids and addresses at once, and the old addresses lead nowhere.
    nothing_is_taken("127.62.8.2", 0, |site| {
        site.content().guids = "new-".to_owned();
        site.content().folder = "2026/articles".to_owned();
    })
    .await;
    // Other articles in place of these.
    nothing_is_taken("127.62.8.3", 0, |site| {
        site.content().shown = (0..10).map(|n| (format!("b{n}"), n)).collect();
        lose_pages(site);
    })
    .await;
    // A window that gets shorter.
    nothing_is_taken("127.62.8.4", 1, |site| site.show(8..10)).await;
    nothing_is_taken("127.62.8.5", 2, |site| site.show(1..10)).await;
    // New ones push out old ones, whose pages the site throws away.
    nothing_is_taken("127.62.8.6", 0, |site| {
        site.show(3..13);
        lose_pages(site);
    })
    .await;
    nothing_is_taken("127.62.8.7", 0, |site| {
        site.content().instead = Some(Answer::new(200, &[], empty));
        lose_pages(site);
    })
    .await;
    nothing_is_taken("127.62.8.8", 0, |site| {
        site.content().instead = Some(Answer::new(503, &[], "down"));
        lose_pages(site);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_always_shows_an_old_item_is_asked_about_once() {
    let site = Site::start("127.62.9.1").await;
    let desk = Desk::new(&[("Site", &site.feed())]);
    let show = |from: i64| {
        site.show(from..from + 10);
        site.content().shown.insert(0, ("pinned".to_owned(), -9_000));
    };
    show(0);
    desk.force().await;
    for from in 1..20 {
        show(from);
        polls(&site, &desk, 1).await;
    }
    assert!(site.asked().len() <= 2, "{:?}", site.asked());
    assert_eq!(names(&desk, "").len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_taken_down_costs_few_requests() {
    let site = Site::start("127.62.10.1").await;
    site.show(0..300);
    let desk = Desk::new(&[("Site", &site.feed())]);
    desk.force().await;
    // A hundred are missing between others.
    site.content().shown.retain(|(_, n)| n % 3 != 0);
    polls(&site, &desk, 30).await;
    assert!(site.asked().len() <= 12, "{:?}", site.asked().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_noticed_whatever_the_manner_of_polling() {
    let (site, desk) = polled("127.62.11.1").await;
    site.delete("a7");
    for _ in 0..3 {
        desk.advance(TimeDelta::hours(1));
        let options = Options {
            unconditional: true,
            force: true,
            ..Options::default()
        };
        desk.pass_with(options).await;
    }
    assert_eq!(names(&desk, ""), all_but(10, &["a7"]));
}
