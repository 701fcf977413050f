//! The two sites of pages in the sample newsroom, polled: a WordPress magazine and a press office without a feed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use newsroom::Newsroom;
use newsroom::review::Design;
use program::{Program, touched};
use serde_json::json;

const HOME: &str = "//review/";
const LIBYA: &str = "//review/category/libya/";
const FEED: &str = "//review/feed/";
const RAJMA: &str = "Haftar and AFRICOM Commander Review Training Plan in Rajma";
const RAJMA_PAGE: &str = "//review/48720/haftar-africom-commander-review-training-plan-in-rajma/";

fn program(newsroom: &Newsroom, sources: &[(&str, &str, &str)]) -> Program {
    let source = |(name, key, path): &(&str, &str, &str)| {
        format!(
            "[[source]]\nname = \"{name}\"\n{key} = \"{}\"\n",
            newsroom.url(path)
        )
    };
    Program::reading(&sources.iter().map(source).collect::<String>())
}

fn asked(newsroom: &Newsroom, path: &str) -> usize {
    newsroom
        .requests()
        .iter()
        .filter(|request| request.path == path)
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_meeting_in_rajma_is_published_exactly() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom, &[("Syrtis", "page", LIBYA)]);
    program.refresh(&[], 0);
    let item = program.item("category/libya/", RAJMA);
    assert_eq!(item["url"], newsroom.url(RAJMA_PAGE));
    assert!(
        item["date_published"]
            .as_str()
            .unwrap()
            .starts_with("2024-08-27T"),
        "{item}"
    );
    assert_eq!(
        item["tags"],
        json!([
            "Libya",
            "AFRICOM",
            "Joint Military Cooperation",
            "khalifa haftar",
            "LNA"
        ])
    );
    let expected: String = newsroom
        .articles()
        .into_iter()
        .find(|article| article.title == RAJMA)
        .unwrap()
        .text()
        .iter()
        .map(|paragraph| format!("<p>{paragraph}</p>"))
        .collect();
    // The picture at the head of the page comes with its text.
    let page = url::Url::parse(&newsroom.url(RAJMA_PAGE)).unwrap();
    let picture = page
        .join(
            "/wp-content/uploads/2024/08/haftar-africom-commander-review-training-plan-in-rajma-750x500.jpg",
        )
        .unwrap();
    let expected = format!(
        "<figure><img src=\"{picture}\" alt=\"\" width=\"750\" height=\"500\"></figure><div><div>{expected}</div></div>"
    );
    assert_eq!(item["content_html"].as_str().unwrap().replace('\n', ""), expected);
    for folder in [
        "tag/africom/",
        "tag/joint-military-cooperation/",
        "tag/khalifa-haftar/",
        "tag/lna/",
    ] {
        assert!(program.titles(folder).contains(&RAJMA.to_owned()), "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_site_through_its_feed_and_through_its_page_is_one() {
    let newsroom = Newsroom::start().await.unwrap();
    let both = program(
        &newsroom,
        &[("By feed", "feed", FEED), ("By page", "page", LIBYA)],
    );
    let summary = both.refresh(&[], 0);
    let mut titles = both.titles("");
    let count = titles.len();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), count, "{titles:?}");
    assert!(summary["items"]["duplicates"].as_u64().unwrap() >= 5, "{summary}");
    assert!(both.titles("source/by-feed/").contains(&RAJMA.to_owned()));
    assert!(both.titles("source/by-page/").contains(&RAJMA.to_owned()));
    let id = &both.item("source/by-feed/", RAJMA)["id"];
    assert_eq!(&both.item("source/by-page/", RAJMA)["id"], id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_robots_txt_forbids_is_listed_and_not_fetched() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom, &[("Syrtis", "page", HOME)]);
    let summary = program.refresh(&[], 0);
    assert!(
        Program::notes(&summary).contains("(Disallow: /48655/)"),
        "{summary}"
    );
    let forbidden = newsroom
        .requests()
        .into_iter()
        .find(|request| request.path.starts_with("//review/48655/"));
    assert_eq!(forbidden, None);
    assert_eq!(asked(&newsroom, "//review/robots.txt"), 1);
    let expected: Vec<String> = newsroom
        .articles()
        .into_iter()
        .map(|article| article.title)
        .collect();
    let found = program.titles("");
    assert_eq!(found.len(), 14);
    assert!(found.iter().all(|title| expected.contains(title)), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_theme_costs_no_item_and_no_request_and_is_told_once() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom, &[("Syrtis", "page", LIBYA)]);
    program.refresh(&[], 0);
    newsroom.redesign(Design::Blocks);
    newsroom.take_requests();
    let before = program.files();
    let summary = program.refresh(&["--force"], 0);
    assert!(
        Program::notes(&summary).contains("the page has changed"),
        "{summary}"
    );
    assert_eq!(
        (&summary["items"]["new"], &summary["articles"]),
        (&json!(0), &json!(0))
    );
    assert!(touched(&before, &program.files()).is_empty());
    assert_eq!(newsroom.take_requests().len(), 1);
    assert_eq!(Program::notes(&program.refresh(&["--force"], 0)), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_office_without_a_feed_has_one() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom, &[("Press", "page", "//press/")]);
    let summary = program.refresh(&[], 0);
    assert_eq!(Program::notes(&summary), "");
    let feed = program.json_feed("source/press/");
    let items = feed["items"].as_array().unwrap();
    assert_eq!(summary["items"]["new"], items.len());
    assert!(items.len() >= 6);
    for item in items {
        assert!(
            item["date_published"].as_str().unwrap().starts_with("2024-0"),
            "{item}"
        );
        assert!(item["content_html"].as_str().unwrap().len() > 200, "{item}");
    }
}

/// The program with the clock that the newsroom's articles are young by: none older than ten years is passed over.
fn with_sitemap(newsroom: &Newsroom, path: &str) -> Program {
    let program = program(newsroom, &[("Map", "sitemap", path)]);
    program.reconfigure("sitemap =", "max_age = \"3650d\"\nsitemap =");
    program
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sitemap_is_a_source_of_articles() {
    let newsroom = Newsroom::start().await.unwrap();
    for path in [
        "//review/sitemap_index.xml",
        "//review/post-sitemap.xml",
        "//review/news-sitemap.xml",
    ] {
        let program = with_sitemap(&newsroom, path);
        let summary = program.refresh(&[], 0);
        let item = program.item("category/libya/", RAJMA);
        assert_eq!(
            item["tags"],
            json!([
                "Libya",
                "AFRICOM",
                "Joint Military Cooperation",
                "khalifa haftar",
                "LNA"
            ]),
            "{path}"
        );
        assert!(
            item["content_html"].as_str().unwrap().contains("interpreters"),
            "{path}"
        );
        let fetched = summary["articles"].as_u64().unwrap();
        assert!(fetched >= 5, "{path}: {summary}");
        newsroom.take_requests();
        let before = program.files();
        let summary = program.refresh(&["--force"], 0);
        assert_eq!(
            (&summary["items"]["new"], &summary["articles"]),
            (&json!(0), &json!(0)),
            "{path}"
        );
        assert!(touched(&before, &program.files()).is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_entry_of_a_sitemap_is_passed_over() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(&newsroom, &[("Map", "sitemap", "//review/post-sitemap.xml")]);
    let summary = program.refresh(&[], 0);
    assert_eq!(
        (&summary["items"]["new"], &summary["articles"]),
        (&json!(0), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_of_a_wordpress_site_is_a_feed() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = program(
        &newsroom,
        &[("Api", "feed", "//review/wp-json/wp/v2/posts?_embed&per_page=100")],
    );
    let summary = program.refresh(&[], 0);
    assert!(summary["items"]["new"].as_u64().unwrap() > 10, "{summary}");
    let item = program.item("category/libya/", RAJMA);
    assert_eq!(
        item["tags"],
        json!([
            "Libya",
            "AFRICOM",
            "Joint Military Cooperation",
            "khalifa haftar",
            "LNA"
        ])
    );
    assert_eq!(item["authors"], json!([{"name": "Omar Tellisi"}]));
    assert!(
        item["date_published"]
            .as_str()
            .unwrap()
            .starts_with("2024-08-27T14:35:48"),
        "{item}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_of_another_kind_is_told_which() {
    let newsroom = Newsroom::start().await.unwrap();
    for (key, path, words) in [
        ("feed", "//review/post-sitemap.xml", "use sitemap ="),
        ("sitemap", FEED, "use feed ="),
        ("sitemap", HOME, "use page ="),
        ("feed", HOME, "its feed is at"),
        ("page", FEED, "use feed ="),
    ] {
        let program = program(&newsroom, &[("It", key, path)]);
        let summary = program.refresh(&[], 3);
        let message = summary["failures"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{key} {path}: {message}");
    }
}
