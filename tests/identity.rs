//! What happens to published items while sources edit, drop, rename and lose them, and while the operator changes
//! what is declared: nothing is lost, nothing is doubled, ids stay.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use newsroom::Newsroom;
use newsroom::control::{ARTICLES, REVIEW, WIRE};
use program::{Program, touched};
use serde_json::Value;

const NOTEBOOK: &str = "/notebook/feed.xml";
const BANK: &str = "Central Bank of Libya Reopens Dollar Sales for Importers After Two-Week Pause";

/// A newsroom and a folder that was refreshed from it once.
async fn refreshed() -> (Newsroom, Program) {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    program.refresh(&[], 3);
    (newsroom, program)
}

/// Id and title of each item, in order.
fn ids(program: &Program, folder: &str) -> Vec<(String, String)> {
    let feed = program.json_feed(folder);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = feed["items"].as_array().unwrap().iter();
    items
        .map(|item| (text(&item["id"]), text(&item["title"])))
        .collect()
}

fn published(item: &Value) -> DateTime<Utc> {
    item["date_published"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_article_keeps_its_id_and_its_date() {
    let (newsroom, program) = refreshed().await;
    let before = program.item("category/economy/", BANK);
    let count = program.titles("category/economy/").len();
    newsroom.edit(REVIEW, |feed| {
        let corrected = feed.replace(
            "Reopens Dollar Sales for Importers",
            "Reopens Currency Sales to Importers",
        );
        corrected.replace("rumours.</p>", "rumours. (Corrected.)</p>")
    });
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(summary["items"]["new"], 0);
    assert_eq!(summary["items"]["changed"], 1);
    let title = BANK.replace("Dollar Sales for", "Currency Sales to");
    for folder in [
        "category/economy/",
        "tag/central-bank-of-libya/",
        "source/maghreb-wire/",
    ] {
        let after = program.item(folder, &title);
        assert_eq!(after["id"], before["id"]);
        assert_eq!(after["date_published"], before["date_published"]);
        assert!(after["date_modified"].as_str() >= before["date_modified"].as_str());
        assert!(after["content_html"].as_str().unwrap().contains("(Corrected.)"));
        assert!(
            !program.titles(folder).iter().any(|title| title == BANK),
            "{folder}"
        );
    }
    assert_eq!(program.titles("category/economy/").len(), count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reprint_never_overrules_the_owner() {
    let (newsroom, program) = refreshed().await;
    let before = program.item("source/maghreb-wire/", BANK);
    newsroom.edit(WIRE, |feed| {
        let shouted = feed.replace(BANK, "CENTRAL BANK OPENS THE TAP!");
        shouted.replace(
            "requests for foreign currency, the",
            "requests. Buy our gold instead, the",
        )
    });
    program.refresh(&["--force"], 3);
    assert_eq!(program.item("source/maghreb-wire/", BANK), before);
    assert_eq!(program.item("source/libya-review/", BANK), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_left_its_source_stays_published() {
    let (newsroom, program) = refreshed().await;
    let before = program.files();
    newsroom.remove_item(REVIEW, "mayors-discuss-election-calendar");
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(summary["items"]["stored"], ARTICLES);
    assert_eq!(touched(&before, &program.files()), BTreeSet::new());
    program.item(
        "category/politics/",
        "Mayors From Three Regions Discuss Local Election Calendar With UN Mission",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_gives_new_guids_to_everything_doubles_nothing() {
    let (newsroom, program) = refreshed().await;
    let before = program.files();
    newsroom.flip_guids();
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(summary["items"]["new"], 0);
    assert_eq!(summary["items"]["stored"], ARTICLES);
    assert_eq!(touched(&before, &program.files()), BTreeSet::new());

    // The new guids are known now: an edit under one of them is an edit of the old item.
    let item = program.item("category/economy/", BANK);
    newsroom.edit(REVIEW, |feed| {
        feed.replace("Two-Week Pause</title>", "Pause</title>")
    });
    program.refresh(&["--force"], 3);
    let title = BANK.replace("Two-Week Pause", "Pause");
    assert_eq!(program.item("category/economy/", &title)["id"], item["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_cannot_overwrite_what_belongs_to_another() {
    let (newsroom, program) = refreshed().await;
    let before = ids(&program, "source/libya-review/");
    let item = program.item("source/libya-review/", BANK);
    // The attacker copies guid and link of an article, and the guid alone of another.
    let address = newsroom.address();
    newsroom.set(
        "/attacker.xml",
        "<rss version=\"2.0\"><channel><title>Attacker</title><link>https://attacker.example/</link>\
         <item><title>Forged</title><link>https://libyareview.example/2026/11/20/central-bank-reopens-dollar-sales/</link>\
         <guid isPermaLink=\"false\">https://libyareview.example/?p=48157</guid><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate>\
         <description>Forged text</description></item>\
         <item><title>Own</title><link>https://attacker.example/1</link>\
         <guid isPermaLink=\"false\">https://libyareview.example/?p=48120</guid><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate>\
         <description>Own text</description></item></channel></rss>",
    );
    let toml = program.configuration();
    program.configure(&format!(
        "{toml}\n[[source]]\nname = \"Attacker\"\nfeed = \"http://{address}/attacker.xml\"\n"
    ));
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(
        summary["items"]["new"], 1,
        "its own article is new, the other is known"
    );
    assert_eq!(ids(&program, "source/libya-review/"), before);
    assert_eq!(program.item("source/libya-review/", BANK), item);
    assert_eq!(program.titles("source/attacker/"), ["Own", BANK]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_for_wrong_and_missing_dates_stays_until_a_good_one_is_known() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let start = Utc::now();
    program.refresh(&[], 3);
    let end = Utc::now();
    let folder = "source/benghazi-notebook/";
    let dateless = [
        "Announced for the far future: a tram along the corniche",
        "Corrections",
        "Lost and found",
        "Neighbours plant two hundred carob trees",
        "The road to Benina, in numbers",
    ];
    let seen: Vec<Value> = dateless.map(|title| program.item(folder, title)).into();
    // Of a first poll: nobody knows how old they are, so they are below what is dated of late.
    let (oldest, newest) = (start - TimeDelta::days(8), end - TimeDelta::days(6));
    for item in &seen {
        let date = published(item);
        assert!(oldest <= date && date <= newest, "{item}");
    }
    let good = program.item(folder, "Old souk reopens after long repairs");
    assert_eq!(good["date_published"], "2026-11-19T08:30:00Z");

    // Still missing and still wrong: the first answer holds. A good date is better.
    newsroom.edit(NOTEBOOK, |feed| {
        let feed = feed.replace("yesterday afternoon", "the day before yesterday");
        let feed = feed.replace("Thu, 01 Jan 2099", "Fri, 01 Jan 2100");
        feed.replace("Fri, 31 Nov 2026 12:00:00 GMT", "Thu, 12 Nov 2026 12:00:00 GMT")
    });
    program.refresh(&["--force", "--unconditional"], 3);
    for (title, before) in dateless.iter().zip(&seen) {
        let after = program.item(folder, title);
        let expected = match *title {
            "The road to Benina, in numbers" => "2026-11-12T12:00:00Z".parse().unwrap(),
            _ => published(before),
        };
        assert_eq!((&after["id"], published(&after)), (&before["id"], expected));
    }
    // What comes without a date later is news.
    newsroom.edit(NOTEBOOK, |feed| {
        feed.replacen(
            "<item>",
            "<item><title>Just now</title><guid>bn-now</guid></item><item>",
            1,
        )
    });
    let start = Utc::now();
    program.refresh(&["--force", "--unconditional"], 3);
    let date = published(&program.item(folder, "Just now"));
    assert!(
        start.timestamp() <= date.timestamp() && date <= Utc::now(),
        "{date}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_that_is_no_longer_declared_becomes_a_tag() {
    let (newsroom, program) = refreshed().await;
    let opinions = ids(&program, "category/opinion/");
    assert_eq!(opinions.len(), 3);
    newsroom.take_requests();
    program.reconfigure(
        "[[category]]\nname = \"Opinion\"\naliases = [\"Opinions\", \"رأي\"]\n",
        "",
    );
    program.refresh(&[], 0);
    assert_eq!(newsroom.take_requests(), [], "this needs no poll");
    assert!(!program.output().join("category/opinion").exists());
    assert!(!program.read("feeds.opml").contains("category/opinion/"));
    assert!(!program.read("index.html").contains("category/opinion/"));
    let tags = ids(&program, "tag/opinion/");
    assert!(
        !tags.is_empty() && tags.iter().all(|item| opinions.contains(item)),
        "{tags:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_is_no_longer_declared_is_found_in_texts_no_more() {
    let (_newsroom, program) = refreshed().await;
    let before = program.titles("tag/sirte/");
    program.reconfigure(
        "[[tag]]\nname = \"Sirte\"\naliases = [\"سرت\"]\nmatch = true\n",
        "",
    );
    program.refresh(&[], 0);
    let after = program.titles("tag/sirte/");
    assert!(!after.is_empty(), "sources name it themselves");
    assert!(
        after.len() < before.len() && after.iter().all(|title| before.contains(title)),
        "{after:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alias_that_is_declared_later_sorts_what_is_stored() {
    let (newsroom, program) = refreshed().await;
    let pipelines = ids(&program, "tag/pipelines/");
    let oil = ids(&program, "tag/oil/");
    assert!(
        !pipelines.is_empty() && !oil.iter().any(|(_, title)| title == BANK),
        "{oil:?}"
    );
    newsroom.take_requests();
    program.reconfigure(
        "aliases = [\"crude\", ",
        "aliases = [\"Pipelines\", \"flour\", \"crude\", ",
    );
    program.refresh(&[], 0);
    assert_eq!(newsroom.take_requests(), []);
    // It is another name of Oil now; whoever reads the old feed finds it empty, not missing.
    assert_eq!(program.titles("tag/pipelines/"), Vec::<String>::new());
    let after: BTreeSet<_> = ids(&program, "tag/oil/").into_iter().collect();
    assert!(
        oil.iter().chain(&pipelines).all(|item| after.contains(item)),
        "{after:?}"
    );
    // Its text says "flour importer".
    program.item("tag/oil/", BANK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_removed_takes_its_feed_and_its_own_articles_along() {
    let (newsroom, program) = refreshed().await;
    let reprint = program.item("category/economy/", BANK);
    let own = "Tunisia and Libya keep Ras Ajdir open around the clock";
    let before = program.item("category/libya/", own);
    let wire = format!(
        "\n[[source]]\nname = \"Maghreb Wire\"\nfeed = \"http://{}{WIRE}\"\ncategory = \"Libya\"\n",
        newsroom.address()
    );
    program.reconfigure(&wire, "");
    program.refresh(&[], 0);
    assert!(!program.output().join("source/maghreb-wire").exists());
    for list in ["feeds.opml", "sources.opml", "index.html"] {
        assert!(!program.read(list).contains("Maghreb Wire"), "{list}");
    }
    assert!(!program.titles("category/libya/").iter().any(|title| title == own));
    assert_eq!(program.item("category/economy/", BANK)["id"], reprint["id"]);

    // An operator who comments it out and in again has lost nothing.
    let toml = program.configuration();
    program.configure(&format!("{toml}{wire}"));
    program.refresh(&["--force"], 3);
    assert_eq!(program.item("category/libya/", own), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_got_another_address_is_asked_there_and_doubles_nothing() {
    let (newsroom, program) = refreshed().await;
    newsroom.set("/moved/feed/", newsroom.body(REVIEW));
    program.reconfigure("/libya-review/feed/", "/moved/feed/");
    newsroom.take_requests();
    let summary = program.refresh(&[], 0);
    assert_eq!(summary["sources"]["polled"], 1, "the new address is due at once");
    assert_eq!(summary["items"]["stored"], ARTICLES);
    let requests = newsroom.take_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].path.as_str(), requests[0].status),
        ("/moved/feed/", 200)
    );
    assert_eq!(
        requests[0].header("if-none-match"),
        None,
        "these validators were of the old address"
    );
}
