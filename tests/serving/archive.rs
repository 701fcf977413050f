//! What feeds show no more, walked as RFC 5005 says: from the feed to the page before it, and so on to the oldest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use feed_rs::model::Feed;
use feedmill::serve::{Limits, Site};

use crate::client::Answer;
use crate::newsroom::Newsroom;
use crate::newsroom::control::REVIEW;
use crate::output::{Served, settings};
use crate::program::{Files, Program, touched};

/// Items of the document below.
const ITEMS: i64 = 420;

/// The feeds that hold them all.
const FOLDERS: [&str; 3] = ["", "category/libya/", "source/libya-review/"];

struct Archived {
    newsroom: Newsroom,
    program: Program,
    served: Served,
    now: chrono::DateTime<Utc>,
}

impl Archived {
    /// A source with items of seven months, two each day and a night, published with pages.
    async fn new() -> Self {
        let newsroom = Newsroom::start().await.unwrap();
        let program = Program::polling(&newsroom);
        program.reconfigure("[fetch]", "[publish]\narchive = true\n\n[fetch]");
        let site = Arc::new(Site::new(program.output(), settings()));
        let archived = Self {
            newsroom,
            program,
            served: Served::new(site, Limits::default()).await,
            now: Utc::now(),
        };
        archived.bring(&[]);
        archived.program.refresh(&[], 3);
        archived.served.reload();
        archived
    }

    /// The source's document from now on, with further items of these names and ages in hours.
    fn bring(&self, further: &[(&str, i64)]) {
        let usual = (0..ITEMS).map(|number| (format!("n{number}"), 1 + number * 12));
        let further = further.iter().map(|(name, hours)| ((*name).to_owned(), *hours));
        let item = |(name, hours): (String, i64)| {
            let date = (self.now - TimeDelta::hours(hours)).to_rfc2822();
            format!(
                "<item><title>Sheet {name}</title><link>https://libyareview.example/s/{name}</link>\
                 <guid>{name}</guid><category>Libya</category><pubDate>{date}</pubDate></item>"
            )
        };
        let items: String = usual.chain(further).map(item).collect();
        let document = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
        self.newsroom.set(REVIEW, document);
    }

    /// A pass; the files that it touched.
    fn pass(&self) -> BTreeSet<String> {
        let before = self.files();
        self.program.refresh(&["--force"], 3);
        self.served.reload();
        touched(&before, &self.files())
    }

    fn files(&self) -> Files {
        let mut files = self.program.files();
        // What the operator is told of other sources.
        files.retain(|name, _| !name.starts_with("feedmill/"));
        files
    }

    /// The documents from this one to the oldest, with their paths.
    async fn walk(&self, start: String) -> Vec<(String, Answer, Feed)> {
        let mut documents: Vec<(String, Answer, Feed)> = Vec::new();
        let mut next = Some(start);
        while let Some(path) = next {
            assert!(
                documents.iter().all(|(known, ..)| *known != path),
                "round and round"
            );
            let answer = self.served.get(&path, &[]).await;
            assert_eq!(answer.status, 200, "{path}");
            let feed = feed_rs::parser::parse(&*answer.body).unwrap();
            next = links(&feed).get("prev-archive").map(|href| local(href));
            documents.push((path, answer, feed));
        }
        documents
    }
}

/// The way to other documents, by its relation.
fn links(feed: &Feed) -> BTreeMap<String, String> {
    let known = [
        "self",
        "current",
        "first",
        "previous",
        "next",
        "last",
        "prev-archive",
        "next-archive",
        "hub",
    ];
    let links = feed.links.iter().filter_map(|link| {
        let rel = link.rel.clone()?;
        known.contains(&&*rel).then(|| (rel, link.href.clone()))
    });
    links.collect()
}

/// The same, as the header has it, which says also which page is the last.
fn linked(answer: &Answer) -> BTreeMap<String, String> {
    let links = answer.header("link").split(", ").filter_map(|link| {
        let (href, rest) = link.strip_prefix('<')?.split_once(">; rel=\"")?;
        let rel = rest.split('"').next()?;
        (rel != "alternate").then(|| (rel.to_owned(), href.to_owned()))
    });
    links.collect()
}

fn local(href: &str) -> String {
    href.strip_prefix("https://feeds.example").unwrap().to_owned()
}

fn titles(documents: &[(String, Answer, Feed)]) -> Vec<String> {
    let entries = documents.iter().flat_map(|(.., feed)| &feed.entries);
    let titles = entries.map(|entry| entry.title.as_ref().unwrap().content.clone());
    titles.filter(|title| title.starts_with("Sheet ")).collect()
}

fn expected(further: &[&str]) -> BTreeSet<String> {
    let usual = (0..ITEMS).map(|number| format!("Sheet n{number}"));
    usual
        .chain(further.iter().map(|name| format!("Sheet {name}")))
        .collect()
}

/// RFC 5005 §3 (the newest document comes first) and §4, in bodies and headers, of documents from the feed to the oldest page.
fn check_ways(documents: &[(String, Answer, Feed)]) {
    let address = |place: usize| {
        let document = documents.get(place);
        document.map(|(path, ..)| format!("https://feeds.example{path}"))
    };
    for (place, (path, answer, feed)) in documents.iter().enumerate() {
        let (newer, older) = (place.checked_sub(1).and_then(address), address(place + 1));
        let expected = [
            ("self", address(place)),
            ("first", address(0)),
            ("previous", newer.clone()),
            ("next", older.clone()),
            ("prev-archive", older),
            // The feed follows the newest page, but is no archive.
            ("next-archive", newer.filter(|_| place > 1)),
            ("current", address(0).filter(|_| place > 0)),
        ];
        let expected: BTreeMap<String, String> = expected
            .into_iter()
            .filter_map(|(rel, href)| Some((rel.to_owned(), href?)))
            .collect();
        assert_eq!(links(feed), expected, "{path}");
        // It changes when the oldest page goes, and pages do not.
        let mut told = linked(answer);
        assert_eq!(told.remove("last"), address(documents.len() - 1), "{path}");
        assert_eq!(told, expected, "{path}");
    }
}

fn is_page(name: &str) -> bool {
    name.contains("archive/")
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_a_walk_through_all_pages_finds_every_item_once() {
    let archived = Archived::new().await;
    for folder in FOLDERS {
        let documents = archived.walk(format!("/{folder}atom.xml")).await;
        assert!(documents.len() >= 4, "{folder}: {}", documents.len());
        let told = titles(&documents);
        assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), expected(&[]));
        assert_eq!(told.len(), expected(&[]).len(), "each once");
        let entries = documents.iter().flat_map(|(.., feed)| &feed.entries);
        let ids: Vec<&str> = entries.map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        check_ways(&documents);
        for (path, answer, feed) in &documents {
            assert_eq!(
                answer.header("content-type"),
                "application/atom+xml; charset=utf-8",
                "{path}"
            );
            assert_eq!(feed.id, documents[0].2.id, "parts of one feed");
            let text = answer.text();
            let is_page = *path != format!("/{folder}atom.xml");
            assert_eq!(text.contains("<fh:archive>"), is_page, "{path}");
            assert_eq!(answer.header("cache-control").contains("max-age=604800"), is_page);
            let css = "../".repeat(path.matches('/').count() - 1);
            assert!(text.contains(&format!("href=\"{css}feed.css\"")), "{path}");
            if is_page {
                assert_eq!(feed.entries.len(), 100, "{path}");
                let tag = format!("If-None-Match: {}", answer.header("etag"));
                let same = archived.served.get(path, &[&tag]).await;
                assert_eq!(same.status, 304);
                assert!(same.header("cache-control").contains("max-age=604800"));
            }
        }
        // Those who read RSS find the same way.
        let rss = archived.served.get(&format!("/{folder}rss.xml"), &[]).await;
        let before = &links(&documents[0].2)["prev-archive"];
        assert_eq!(&linked(&rss)["prev-archive"], before);
        let link = format!("href=\"{before}\" rel=\"prev-archive\"");
        assert!(rss.text().contains(&link), "{}", &rss.text()[..2_000]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_pages_stay_as_they_are_until_an_item_on_them_changes() {
    let archived = Archived::new().await;
    assert_eq!(archived.pass(), BTreeSet::new(), "nothing new");
    // One new item: the feeds, and no page.
    archived.bring(&[("new", 0)]);
    let fresh = archived.pass();
    assert!(
        fresh.contains("atom.xml") && !fresh.iter().any(|name| is_page(name)),
        "{fresh:?}"
    );
    // One of long ago: its page in each feed that holds it, and no feed.
    archived.bring(&[("new", 0), ("late", 12 * 300)]);
    let late = archived.pass();
    assert!(late.iter().all(|name| is_page(name)), "{late:?}");
    let folders: BTreeSet<&str> = late
        .iter()
        .map(|name| name.split("archive/").next().unwrap())
        .collect();
    assert!(
        late.len() == folders.len() && folders.is_superset(&FOLDERS.into()),
        "{late:?}"
    );
    for folder in FOLDERS {
        let told = titles(&archived.walk(format!("/{folder}atom.xml")).await);
        assert_eq!(
            told.iter().cloned().collect::<BTreeSet<_>>(),
            expected(&["new", "late"])
        );
        assert_eq!(told.len(), expected(&["new", "late"]).len());
    }
    // They come back with the output.
    let before = archived.files();
    std::fs::remove_dir_all(archived.program.output()).unwrap();
    archived.pass();
    let after = archived.files();
    assert!(before.keys().eq(after.keys()));
    let differs = |name: &&String| before[*name].0 != after[*name].0;
    let different: Vec<&String> = before.keys().filter(differs).collect();
    // It names the sizes of feeds, and is not written for them alone.
    assert_eq!(different, ["index.html"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_a_page_names_the_one_after_it_as_soon_as_that_begins() {
    let archived = Archived::new().await;
    let mut before = Vec::new();
    for folder in FOLDERS {
        before.push(archived.walk(format!("/{folder}atom.xml")).await);
    }
    // A page full, at other hours than those.
    let further = (0..100).map(|number| (format!("f{number}"), 24 + number * 2));
    let further: Vec<(String, i64)> = further.collect();
    let further: Vec<(&str, i64)> = further
        .iter()
        .map(|(name, hours)| (name.as_str(), *hours))
        .collect();
    archived.bring(&further);
    let touched = archived.pass();
    for (folder, before) in FOLDERS.into_iter().zip(before) {
        let after = archived.walk(format!("/{folder}atom.xml")).await;
        check_ways(&after);
        assert_eq!(after.len(), before.len() + 1, "{folder}");
        let pages = format!("{folder}archive/");
        let written: Vec<&str> = touched
            .iter()
            .filter_map(|name| name.strip_prefix(&pages))
            .collect();
        let expected: Vec<&str> = [&after[2].0, &after[1].0]
            .map(|path| path.rsplit_once('/').unwrap().1)
            .into();
        assert_eq!(written, expected, "{folder}");
        // RFC 5005 §4: what is on a page stays.
        let ids = |feed: &Feed| feed.entries.iter().map(|entry| entry.id.clone()).collect();
        let (same, again): (Vec<String>, Vec<String>) = (ids(&before[1].2), ids(&after[2].2));
        assert_eq!(same, again);
    }
    archived.bring(&[further, vec![("new", 0)]].concat());
    assert!(!archived.pass().iter().any(|name| is_page(name)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_the_last_page_is_told_without_touching_the_others() {
    let archived = Archived::new().await;
    let before = archived.walk("/atom.xml".to_owned()).await;
    let (oldest, ..) = before.last().unwrap();
    std::fs::remove_file(archived.program.output().join(&oldest[1..])).unwrap();
    archived.served.reload();
    let expected = format!("https://feeds.example{}", before[before.len() - 2].0);
    for (path, answer, _) in &before[..before.len() - 1] {
        let now = archived.served.get(path, &[]).await;
        assert_eq!(linked(&now)["last"], expected, "{path}");
        assert_eq!(now.header("etag"), answer.header("etag"), "{path}");
    }
    assert_eq!(archived.served.get(oldest, &[]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn s17_pages_go_when_nobody_wants_them_any_more() {
    let archived = Archived::new().await;
    let pages: Vec<String> = archived
        .files()
        .into_keys()
        .filter(|name| is_page(name))
        .collect();
    assert!(pages.len() >= 9, "{pages:?}");
    archived.program.reconfigure("archive = true", "archive = false");
    archived.pass();
    assert!(!archived.files().keys().any(|name| is_page(name)));
    assert!(!archived.program.output().join("archive").exists());
    assert_eq!(
        archived.served.get(&format!("/{}", pages[0]), &[]).await.status,
        404
    );
    for name in ["atom.xml", "rss.xml"] {
        let answer = archived.served.get(&format!("/{name}"), &[]).await;
        assert!(!answer.text().contains("prev-archive") && !answer.head.contains("prev-archive"));
    }
    assert_eq!(archived.pass(), BTreeSet::new());
    archived.program.reconfigure("archive = false", "archive = true");
    archived.pass();
    let again: Vec<String> = archived
        .files()
        .into_keys()
        .filter(|name| is_page(name))
        .collect();
    assert_eq!(again, pages);
}
