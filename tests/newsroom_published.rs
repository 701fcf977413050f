//! Syrtis Review from its pages to published feeds, by the real program: the same article through page and feed is one
//! item, exactly as its editors wrote it, and stays that when the site changes its theme.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use newsroom::Newsroom;
use newsroom::review::Design;
use program::Program;
use serde_json::{Value, json};

const RAJMA: &str = "Haftar and AFRICOM Commander Review Training Plan in Rajma";

/// A program that polls the section Libya as a page and the whole site as a feed.
fn program(newsroom: &Newsroom) -> Program {
    Program::with(|output, database| {
        format!(
            "[site]\ntitle = \"Wire\"\nurl = \"https://feeds.example/\"\noutput = '{}'\ndatabase = '{}'\n\
             [fetch]\nallow_private_hosts = true\nhost_gap = \"0s\"\n[publish]\nkeep = \"3650d\"\n\
             [[category]]\nname = \"Libya\"\n\
             [[source]]\nname = \"Libya section\"\npage = \"{}\"\n\
             [[source]]\nname = \"Syrtis Review\"\nfeed = \"{}\"\n",
            output.display(),
            database.display(),
            newsroom.url("//review/category/libya/"),
            newsroom.url("//review/feed/"),
        )
    })
}

/// The item, but for its id, its excerpt and what is the host's.
fn essence(item: &Value) -> Value {
    let html = item["content_html"].as_str().unwrap();
    json!({
        "title": item["title"], "day": item["date_published"].as_str().unwrap()[..10], "tags": item["tags"],
        "authors": item["authors"][0]["name"], "html": html.replace("<div>", "").replace("</div>", "").replace('\n', ""),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_article_through_page_and_feed_is_one_item_exactly_as_written() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom);
    let summary = program.refresh(&[], 0);
    assert_eq!(program.titles("source/libya-section/").len(), 7, "{summary}");
    assert_eq!(program.titles("source/syrtis-review/").len(), 10);
    assert_eq!(program.titles("").len(), 11, "six articles are in both");

    let articles = newsroom.articles();
    let written = articles.iter().find(|article| article.title == RAJMA).unwrap();
    let expected = json!({
        "title": RAJMA, "day": "2024-08-27", "authors": "Omar Tellisi", "html": written.body.concat(),
        "tags": ["Libya", "AFRICOM", "Joint Military Cooperation", "khalifa haftar", "LNA"],
    });
    for folder in [
        "",
        "source/libya-section/",
        "source/syrtis-review/",
        "category/libya/",
        "tag/africom/",
        "tag/lna/",
    ] {
        assert_eq!(essence(&program.item(folder, RAJMA)), expected, "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redesign_brings_no_item_twice_and_is_said_once() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom);
    program.refresh(&[], 0);
    let before = program.json_feed("");
    newsroom.redesign(Design::Blocks);
    newsroom.take_requests();
    let summary = program.refresh(&["--force"], 0);
    assert_eq!(summary["items"]["new"], 0, "{summary}");
    assert_eq!(program.json_feed(""), before);
    let notes = |summary: &Value| {
        summary["warnings"]
            .to_string()
            .matches("the page has changed")
            .count()
    };
    assert_eq!(notes(&summary), 1, "{summary}");
    let again = program.refresh(&["--force"], 0);
    assert_eq!(notes(&again), 0, "{again}");
}
