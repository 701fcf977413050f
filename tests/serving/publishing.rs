//! What is served is what was published: the files of real refreshes of the sample newsroom.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::model::TopicKind;
use feedmill::serve::{Limits, Site, Withdrawn};
use serde_json::Value;

use crate::client::Answer;
use crate::newsroom::Newsroom;
use crate::newsroom::control::REVIEW;
use crate::output::{Output, Served, rss, settings, write};
use crate::program::Program;

/// A newsroom, what was published from it, and the server of that.
struct Published {
    newsroom: Newsroom,
    program: Program,
    served: Served,
}

impl Published {
    async fn new() -> Self {
        let newsroom = Newsroom::start().await.unwrap();
        let program = Program::polling(&newsroom);
        program.refresh(&[], 3);
        let site = Arc::new(Site::new(program.output(), settings()));
        site.reload(SystemTime::now()).unwrap();
        Self {
            newsroom,
            program,
            served: Served::new(site, Limits::default()).await,
        }
    }

    async fn refresh(&self) {
        self.program.refresh(&["--force"], 3);
        self.served.reload();
    }

    async fn json(&self, target: &str) -> Value {
        serde_json::from_slice(&self.served.get(target, &[]).await.body).unwrap()
    }

    /// Every published file, as it is served.
    async fn all(&self) -> Vec<(String, Answer)> {
        let mut all = Vec::new();
        for name in self.program.files().keys().filter(|name| !name.starts_with('.')) {
            all.push((name.clone(), self.served.get(&format!("/{name}"), &[]).await));
        }
        assert!(all.len() > 100);
        all
    }
}

fn bodies(answers: Vec<(String, Answer)>) -> Vec<(String, Vec<u8>, String)> {
    let body = |(name, answer): (String, Answer)| {
        let tag = answer.header("etag").to_owned();
        (name, answer.body, tag)
    };
    answers.into_iter().map(body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s01_the_same_content_gives_the_same_bytes() {
    let published = Published::new().await;
    let before = bodies(published.all().await);
    std::fs::remove_dir_all(published.program.output()).unwrap();
    published.refresh().await;
    assert_eq!(bodies(published.all().await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn s13_every_published_file_is_served_as_it_is() {
    let published = Published::new().await;
    let files = published.program.files();
    for (name, answer) in published.all().await {
        assert_eq!((answer.status, &answer.body), (200, &files[&name].0), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s18_feeds_that_the_operator_removes_or_renames_are_gone_or_have_moved() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let (before, after) = (
        "name = \"Sport\"\naliases = [\"Sports\",",
        "name = \"Sports\"\naliases = [\"Sport\",",
    );
    let astronomy = "[[category]]\nname = \"Astronomy\"\n\n[[category]]\nname = \"Politics\"";
    program.reconfigure("[[category]]\nname = \"Politics\"", astronomy);
    program.refresh(&[], 3);
    let site = Arc::new(Site::new(program.output(), settings()));
    let served = Served::new(site, Limits::default()).await;
    let look = || {
        let config = feedmill::config::load(&program.folder().join("feeds.toml")).unwrap();
        let reader = feedmill::refresh::open(&config).unwrap().reader().unwrap();
        let categories = config.categories.iter().map(|topic| (TopicKind::Category, topic));
        let tags = config.tags.iter().map(|topic| (TopicKind::Tag, topic));
        let (withdrawn, published) = (reader.withdrawn().unwrap(), reader.feeds().unwrap());
        served
            .site
            .withdraw(Withdrawn::of(&withdrawn, &published, categories.chain(tags)));
        served.reload();
    };
    look();
    for target in ["/category/astronomy/rss.xml", "/category/sport/rss.xml"] {
        assert_eq!(served.get(target, &[]).await.status, 200, "{target}");
    }
    program.reconfigure(before, after);
    program.reconfigure(astronomy, "[[category]]\nname = \"Politics\"");
    program.refresh(&["--force"], 3);
    look();
    assert_eq!(served.get("/category/astronomy/rss.xml", &[]).await.status, 410);
    let moved = served.get("/category/sport/rss.xml", &[]).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, "/category/sports/rss.xml")
    );
    assert_eq!(served.get("/category/sports/rss.xml", &[]).await.status, 200);
    program.reconfigure("[[category]]\nname = \"Politics\"", astronomy);
    program.refresh(&["--force"], 3);
    look();
    assert_eq!(served.get("/category/astronomy/rss.xml", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s24_every_feed_has_a_page_that_names_it_and_is_listed() {
    let published = Published::new().await;
    let opml = published.served.get("/feeds.opml", &[]).await.text();
    let root = published.served.get("/", &[]).await.text();
    let mut feeds = 0;
    for (name, answer) in published.all().await {
        let Some(folder) = name.strip_suffix("index.html") else {
            continue;
        };
        feeds += 1;
        let page = answer.text();
        for (media_type, file) in [
            ("application/rss+xml", "rss.xml"),
            ("application/atom+xml", "atom.xml"),
            ("application/feed+json", "feed.json"),
        ] {
            let link = page
                .split("<link ")
                .find(|link| link.contains(media_type))
                .unwrap_or_else(|| panic!("{name} names no {media_type}"));
            assert!(
                link.starts_with("rel=\"alternate\"") && link.contains(&format!("href=\"{file}\"")),
                "{link}"
            );
        }
        // What feedmill tells its operator is nothing for readers.
        if folder == "feedmill/health/" {
            assert!(!opml.contains(folder) && !root.contains(folder));
            continue;
        }
        assert!(opml.contains(&format!("{folder}rss.xml\"")), "{name}");
        assert!(
            folder.is_empty() || root.contains(&format!("href=\"{folder}")),
            "{name}"
        );
    }
    assert!(feeds > 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn s27_what_was_published_is_served_while_sources_fail() {
    let published = Published::new().await;
    let before = bodies(published.all().await);
    for desk in published.newsroom.sources() {
        published.newsroom.fail(desk.path, 503);
    }
    published.refresh().await;
    assert_eq!(bodies(published.all().await), before);
    // A folder that cannot be read takes nothing away either.
    let output = published.program.output();
    let away = output.with_extension("away");
    std::fs::rename(&output, &away).unwrap();
    assert!(published.served.site.reload(SystemTime::now()).is_err());
    assert_eq!(
        published
            .served
            .get("/rss.xml", &["If-None-Match: *"])
            .await
            .status,
        304
    );
    std::fs::rename(&away, &output).unwrap();
    assert_eq!(bodies(published.all().await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_no_reader_ever_sees_half_a_file() {
    let output = Output::new();
    let served = Served::of(&output).await;
    let file = output.path().join("rss.xml");
    let (site, done) = (served.site.clone(), Arc::new(AtomicBool::new(false)));
    let finished = done.clone();
    let writer = std::thread::spawn(move || {
        for build in 0..1_000 {
            let items = [format!("build {build}"), format!("build {build}")];
            write(&file, &rss(&[&items[0], &items[1]]), SystemTime::now());
            // Now and then a reader comes before the server has heard of the change.
            if build % 3 != 0 {
                site.reload(SystemTime::now()).unwrap();
            }
        }
        site.reload(SystemTime::now()).unwrap();
        finished.store(true, Ordering::SeqCst);
    });
    let mut builds = BTreeSet::new();
    let mut last = (String::new(), Vec::new());
    while !done.load(Ordering::SeqCst) {
        let answer = served.get("/rss.xml", &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.head);
        let text = answer.text();
        assert!(text.ends_with("</channel></rss>"));
        let titles: Vec<_> = text
            .match_indices("<title>build ")
            .map(|(at, _)| &text[at..at + 20])
            .collect();
        assert!(titles.is_empty() || titles[0] == titles[1], "{titles:?}");
        builds.insert(titles.first().map(|title| (*title).to_owned()));
        // The same tag always means the same bytes.
        let now = (answer.header("etag").to_owned(), answer.body.clone());
        assert!(now.0 != last.0 || now.1 == last.1);
        last = now;
    }
    writer.join().unwrap();
    assert!(builds.len() > 5, "{}", builds.len());
    assert!(served.get("/rss.xml", &[]).await.text().contains("build 999"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s33_feeds_say_how_often_they_are_built() {
    let published = Published::new().await;
    let config = feedmill::config::load(&published.program.folder().join("feeds.toml")).unwrap();
    let minutes = config.fetch.every.as_secs() / 60;
    let text = published.served.get("/rss.xml", &[]).await.text();
    assert_eq!(text.contains(&format!("<ttl>{minutes}</ttl>")), minutes > 0);
    assert_eq!(text.contains("<ttl>"), minutes > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn s34_ids_are_urns_and_the_same_in_every_format_and_database() {
    let published = Published::new().await;
    let ids = |feed: &Value| -> Vec<String> {
        let items = feed["items"].as_array().unwrap().iter();
        items
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (feed, rss, atom) = (
        published.json("/feed.json").await,
        published.served.get("/rss.xml", &[]).await.text(),
        published.served.get("/atom.xml", &[]).await.text(),
    );
    let known = ids(&feed);
    assert!(known.len() >= 50);
    for id in &known {
        assert!(id.starts_with("urn:uuid:"), "{id}");
        assert!(rss.contains(&format!("<guid isPermaLink=\"false\">{id}</guid>")));
        assert!(atom.contains(&format!("<id>{id}</id>")));
    }
    // A database of its own gives the same ids.
    let other = Program::polling(&published.newsroom);
    other.refresh(&[], 3);
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    assert_eq!(sorted(ids(&other.json_feed(""))), sorted(known));
}

#[tokio::test(flavor = "multi_thread")]
async fn s35_the_newest_come_first_and_ties_are_settled_by_id() {
    let published = Published::new().await;
    for target in [
        "/feed.json",
        "/category/libya/feed.json",
        "/tag/africom/feed.json",
    ] {
        let feed = published.json(target).await;
        let items = feed["items"].as_array().unwrap().iter();
        let order: Vec<(DateTime<Utc>, String)> = items
            .map(|item| {
                let date = item["date_published"].as_str().unwrap().parse().unwrap();
                (date, item["id"].as_str().unwrap().to_owned())
            })
            .collect();
        assert!(order.len() > 3, "{target}");
        assert!(
            order.windows(2).all(|pair| pair[0].0 >= pair[1].0),
            "{target}: {order:?}"
        );
    }
    // Items of one second, in any order of the source.
    let same = ["b", "d", "a", "c"];
    let mut orders = Vec::new();
    for turn in 0..2 {
        let mut names = same;
        names.rotate_left(turn * 2);
        published
            .newsroom
            .set(REVIEW, document(&names, |_| TimeDelta::zero()));
        let program = Program::polling(&published.newsroom);
        program.refresh(&[], 3);
        orders.push(program.titles("source/libya-review/"));
    }
    assert_eq!(orders[0].len(), 4);
    assert_eq!(orders[0], orders[1]);
}

/// An RSS document with items of these names, each so long before an hour ago.
fn document(names: &[&str], age: impl Fn(usize) -> TimeDelta) -> String {
    let now = Utc::now() - TimeDelta::hours(1);
    let item = |(number, name): (usize, &&str)| {
        let date = (now - age(number)).to_rfc2822();
        format!(
            "<item><title>Report {name}</title><link>https://libyareview.example/s/{name}</link>\
             <guid>{name}</guid><pubDate>{date}</pubDate></item>"
        )
    };
    let items: String = names.iter().enumerate().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

#[tokio::test(flavor = "multi_thread")]
async fn s36_a_feed_shows_fifty_items_and_a_whole_day() {
    let published = Published::new().await;
    let names: Vec<_> = (0..90).map(|n| format!("n{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for (age, expected) in [(15, 90), (24 * 60, 50)] {
        let minutes = |number: usize| TimeDelta::minutes(age * i64::try_from(number).unwrap());
        published.newsroom.set(REVIEW, document(&names, minutes));
        let program = Program::polling(&published.newsroom);
        program.refresh(&[], 3);
        let site = Arc::new(Site::new(program.output(), settings()));
        site.reload(SystemTime::now()).unwrap();
        let served = Served::new(site, Limits::default()).await;
        let feed = served.get("/source/libya-review/rss.xml", &[]).await.text();
        assert_eq!(feed.matches("</item>").count(), expected, "every {age} minutes");
    }
}

#[tokio::test]
async fn s39_the_hosting_guide_says_what_the_server_does() {
    let readme = include_str!("../../README.md");
    let output = Output::new();
    let served = Served::of(&output).await;
    for (target, rule) in [
        (
            "/rss.xml",
            r"location ~ /rss\.xml$   { types {} default_type application/rss+xml; }",
        ),
        (
            "/atom.xml",
            r"location ~ /atom\.xml$  { types {} default_type application/atom+xml; }",
        ),
        (
            "/feed.json",
            r"location ~ /feed\.json$ { types {} default_type application/feed+json; }",
        ),
        (
            "/feeds.opml",
            r"location ~ \.opml$      { types {} default_type text/x-opml; }",
        ),
    ] {
        assert!(readme.contains(rule), "{rule}");
        let answer = served.get(target, &[]).await;
        let essence = answer.header("content-type").split(';').next().unwrap();
        assert!(
            rule.contains(&format!("default_type {essence};")),
            "{target}: {essence}"
        );
    }
    let page = served.get("/", &[]).await;
    for header in [
        "content-security-policy",
        "referrer-policy",
        "x-content-type-options",
    ] {
        let value = page.header(header);
        // For nginx and for Caddy.
        assert!(readme.matches(value).count() >= 2, "{header}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s40_documents_say_themselves_what_they_are() {
    let published = Published::new().await;
    for (name, answer) in published.all().await {
        let text = String::from_utf8(answer.body).unwrap_or_else(|_| panic!("{name} is not UTF-8"));
        let declared = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
        match name.rsplit('/').next().unwrap() {
            "rss.xml" => assert!(text.starts_with(declared) && text.contains("<rss "), "{name}"),
            "atom.xml" => {
                assert!(text.starts_with(declared), "{name}");
                assert!(text.contains("xmlns=\"http://www.w3.org/2005/Atom\""), "{name}");
            }
            "feed.json" => assert!(
                text.starts_with("{\"version\":\"https://jsonfeed.org/version/1"),
                "{name}"
            ),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s43_pages_need_no_scripts_and_nothing_of_others_but_pictures() {
    let published = Published::new().await;
    for (name, answer) in published.all().await {
        if !name.ends_with(".html") {
            continue;
        }
        let page = answer.text();
        assert!(
            !page.contains("<script") && !page.contains("<iframe") && !page.contains("javascript:"),
            "{name}"
        );
        for image in page.split("<img").skip(1) {
            let tag = &image[..image.find('>').unwrap()];
            assert!(tag.contains("loading=\"lazy\""), "{name}: {tag}");
        }
        for link in page
            .split("<link")
            .skip(1)
            .map(|link| &link[..link.find('>').unwrap()])
        {
            let own = !link.contains("href=\"http") || link.contains("rel=\"canonical\"");
            assert!(own, "{name}: {link}");
        }
    }
    let style = published.served.get("/style.css", &[]).await.text();
    assert!(!style.contains("http") && !style.contains("@import"));
}
