//! The first poll of a source, and dates that become known later.

use chrono::{DateTime, TimeDelta, Utc};

use crate::desk::Desk;
use crate::newsroom::Newsroom;
use crate::world::{Article, hour, rss};

fn undated(source: &'static str, numbers: std::ops::Range<usize>) -> Vec<Article> {
    let article = |number| Article {
        source,
        number,
        listed: 0,
        dated: None,
    };
    numbers.map(article).collect()
}

/// A document of these articles, dated as given.
fn list(source: &str, articles: &[Article], date: impl Fn(&Article) -> Option<i64>) -> String {
    rss(source, articles.iter().map(|article| article.rss(date(article))))
}

/// Addresses and dates of a published feed, in its order.
fn shown(desk: &Desk, folder: &str) -> Vec<(String, DateTime<Utc>)> {
    let feed = desk.program.json_feed(folder);
    let item = |item: &serde_json::Value| {
        (
            item["url"].as_str().unwrap().to_owned(),
            item["date_published"].as_str().unwrap().parse().unwrap(),
        )
    };
    feed["items"].as_array().unwrap().iter().map(item).collect()
}

fn tables(newsroom: &Newsroom, names: &[&str]) -> String {
    let table = |name: &&str| {
        let url = newsroom.url(&format!("/{name}.xml"));
        format!("[[source]]\nname = \"{name}\"\nfeed = \"{url}\"\n")
    };
    names.iter().map(table).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_poll_of_a_source_without_dates_floods_no_feed() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = Desk::with(&tables(&newsroom, &["daily", "plain"]));
    let daily = undated("daily", 0..8);
    newsroom.set(
        "/daily.xml",
        list("daily", &daily, |article| Some(-10 * article.number as i64)),
    );
    let plain = undated("plain", 0..60);
    newsroom.set("/plain.xml", list("plain", &plain, |_| None));
    desk.pass().await;
    let urls =
        |folder: &str| -> Vec<String> { shown(&desk, folder).into_iter().map(|(url, _)| url).collect() };
    let all: Vec<String> = daily.iter().chain(&plain).map(Article::url).collect();
    assert_eq!(
        urls("")[..50],
        all[..50],
        "below all that is dated, in their order"
    );
    assert_eq!(urls("source/plain/")[..50], all[8..58]);
    // What comes later is news.
    let later = undated("plain", 100..103);
    let grown = [later.clone(), plain].concat();
    newsroom.set("/plain.xml", list("plain", &grown, |_| None));
    desk.advance(TimeDelta::hours(2));
    desk.force().await;
    for (url, date) in &shown(&desk, "")[..3] {
        assert!(later.iter().any(|article| article.url() == *url), "{url}");
        assert_eq!(*date, hour(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_is_wrong_dates_no_news_a_week_back() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = Desk::with(&tables(&newsroom, &["ahead"]));
    let articles = undated("ahead", 0..3);
    let date = |article: &Article| Some(2 - 5 * article.number as i64);
    newsroom.set("/ahead.xml", list("ahead", &articles, date));
    desk.pass().await;
    let dates: Vec<DateTime<Utc>> = shown(&desk, "").into_iter().map(|(_, date)| date).collect();
    assert_eq!(dates, [hour(0), hour(-3), hour(-8)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_becomes_known_later_brings_nothing_up_beyond_it() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = Desk::with(&tables(&newsroom, &["daily", "plain"]));
    let daily = undated("daily", 0..5);
    newsroom.set(
        "/daily.xml",
        list("daily", &daily, |article| Some(-24 * article.number as i64)),
    );
    let plain = undated("plain", 0..3);
    newsroom.set("/plain.xml", list("plain", &plain, |_| None));
    desk.pass().await;
    // The second says three days and a half later; the third is dated when the feed is made.
    let date = |article: &Article| [None, Some(-84), Some(24)][article.number];
    newsroom.set("/plain.xml", list("plain", &plain, date));
    desk.advance(TimeDelta::hours(24));
    desk.force().await;
    let found = shown(&desk, "");
    let place = |article: &Article| found.iter().position(|(url, _)| *url == article.url()).unwrap();
    let dated = |article: &Article| found[place(article)].1;
    assert_eq!(dated(&plain[1]), hour(-84));
    assert!(place(&daily[3]) < place(&plain[1]) && place(&plain[1]) < place(&daily[4]));
    assert_eq!(dated(&plain[2]), hour(0), "not after it was seen");
    assert_eq!(place(&plain[0]), 7, "nothing is known of it");
}
