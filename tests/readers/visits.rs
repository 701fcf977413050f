//! A fortnight.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use feedmill::{config, refresh};

use crate::desk::Desk;
use crate::newsroom::Newsroom;
use crate::world::{Article, rss};

const STEP: i64 = 6;
const END: i64 = 14 * 24;
/// The hours in which `paper` answers 503.
const DOWN: std::ops::Range<i64> = 4 * 24..7 * 24;

/// How a source lists: at most so many.
const SOURCES: [(&str, usize); 6] = [
    ("wire", 60),
    ("paper", 30),
    ("digest", 4),
    ("undated", 10),
    ("backdated", 12),
    ("archive", 60),
];

/// All that is published: as `(every, from)` hours, `back` hours before it is listed.
fn publish(source: &'static str, every: usize, back: Option<i64>, into: &mut Vec<Article>) {
    let hours = (-96..END).step_by(every);
    into.extend(hours.enumerate().map(|(number, listed)| Article {
        source,
        number,
        listed,
        dated: back.map(|back| listed - back),
    }));
}

fn articles() -> Vec<Article> {
    let mut all = Vec::new();
    // More than a feed shows by number within two days.
    publish("wire", 1, Some(0), &mut all);
    publish("paper", 8, Some(0), &mut all);
    publish("digest", 5 * 24, Some(26), &mut all);
    publish("undated", 24, None, &mut all);
    // Dated when they were begun, four days before.
    publish("backdated", 36, Some(96), &mut all);
    publish("archive", 48, Some(0), &mut all);
    // On the ninth day it lists fifty old articles again, under other addresses.
    all.extend((1_000..1_050).map(|number| Article {
        source: "archive",
        number,
        listed: 9 * 24,
        dated: Some(-24 * i64::try_from(number - 900).unwrap()),
    }));
    all
}

/// What a source shows at this hour, newest first. `wire` dates two old articles anew each day.
fn document(articles: &[Article], (source, most): (&str, usize), now: i64) -> String {
    let mut shown: Vec<&Article> = articles
        .iter()
        .filter(|article| article.source == source && article.listed <= now)
        .collect();
    shown.sort_by_key(|article| std::cmp::Reverse((article.listed, article.number)));
    shown.truncate(most);
    let items = shown.iter().enumerate().map(|(place, article)| {
        let again = source == "wire" && place > 40 && article.number % 24 < 2;
        article.rss(if again { Some(now / 24 * 24) } else { article.dated })
    });
    rss(source, items.collect::<Vec<_>>())
}

/// What a reader of one feed has met.
#[derive(Default)]
struct Reader {
    met: BTreeSet<String>,
    last: BTreeSet<String>,
    /// Left the feed, and came back.
    again: Vec<String>,
}

impl Reader {
    fn visit(&mut self, desk: &Desk, folder: &str) {
        let separator = if folder.is_empty() { "" } else { "/" };
        let feed = desk.program.json_feed(&format!("{folder}{separator}"));
        let items = feed["items"].as_array().unwrap().iter();
        let now: BTreeSet<String> = items
            .map(|item| item["url"].as_str().unwrap().to_owned())
            .collect();
        let back = now
            .iter()
            .filter(|url| self.met.contains(*url) && !self.last.contains(*url));
        self.again.extend(back.cloned());
        self.met.extend(now.iter().cloned());
        self.last = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reader_meets_everything_that_comes_and_nothing_twice() {
    let newsroom = Newsroom::start().await.unwrap();
    let tables = SOURCES.map(|(name, _)| {
        let url = newsroom.url(&format!("/{name}.xml"));
        format!("[[source]]\nname = \"{name}\"\nfeed = \"{url}\"\ncategory = \"News\"\n")
    });
    let desk = Desk::with(&format!("[[category]]\nname = \"News\"\n{}", tables.concat()));
    let articles = articles();
    let folders: Vec<String> = ["", "category/news"]
        .into_iter()
        .map(str::to_owned)
        .chain(SOURCES.iter().map(|(name, _)| format!("source/{name}")))
        .collect();
    let mut readers: BTreeMap<(i64, &str), Reader> = BTreeMap::new();
    for now in (0..END).step_by(STEP as usize) {
        for source in SOURCES {
            newsroom.set(&format!("/{}.xml", source.0), document(&articles, source, now));
        }
        match DOWN.contains(&now) {
            true => newsroom.fail("/paper.xml", 503),
            false => newsroom.recover("/paper.xml"),
        }
        // A host that asks for patience gets it; the rest is asked all the same.
        desk.force().await;
        for (folder, every) in folders.iter().flat_map(|folder| [(folder, STEP), (folder, 24)]) {
            if now % every == 0 {
                readers.entry((every, folder)).or_default().visit(&desk, folder);
            }
        }
        desk.advance(TimeDelta::hours(STEP));
    }
    // Each of them in each feed that is said to hold it.
    let config = config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    // What is dated before its source was read was there before, as far as can be told.
    let is_news = |article: &&Article| {
        article.number < 1_000
            && (1..END - 24).contains(&article.listed)
            && article.dated.is_none_or(|dated| dated >= -48)
    };
    let mut count = 0;
    for article in articles.iter().filter(is_news) {
        let explained =
            refresh::explain(&config, &article.url()).unwrap_or_else(|error| panic!("{article:?}: {error}"));
        assert!(explained.feeds.len() >= 3, "{article:?}");
        for (feed, _) in &explained.feeds {
            let folder = feed.folder();
            for every in [STEP, 24] {
                let reader = &readers[&(every, folder.as_str())];
                assert!(
                    reader.met.contains(&article.url()),
                    "{article:?} in {} every {every} h",
                    folder
                );
            }
        }
        count += 1;
    }
    assert!(count > 350, "{count}");
    let met = &readers[&(STEP, "")].met;
    let flood = articles.iter().filter(|article| article.number >= 1_000);
    assert_eq!(
        flood.filter(|article| met.contains(&article.url())).count(),
        0,
        "what an archive opened is no news"
    );
    for ((every, folder), reader) in &readers {
        assert_eq!(reader.again, [""; 0], "in {folder} every {every} h");
    }
}
