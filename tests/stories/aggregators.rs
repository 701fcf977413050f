//! What aggregators show of an article: its headline, a link of their own, and who published it.

use serde_json::Value;

use crate::desk::{Desk, REPORT, Story, agency, paragraphs, path};

const HEADLINE: &str = "Khoms port strike ends after nine days";

/// An item without a text, whose link leads through the aggregator.
fn shown(id: &str, title: &str, publisher: &str, site: &str, date: &str) -> String {
    let link = format!("https://rival.example/rss/articles/CBMi{id}?oc=5");
    format!(
        "<item><title>{title} - {publisher}</title><link>{link}</link><guid isPermaLink=\"false\">CBMi{id}</guid>\
         <pubDate>{date}</pubDate><description>&lt;a href=\"{link}\" target=\"_blank\"&gt;{title}&lt;/a&gt;&amp;nbsp;&amp;nbsp;\
         &lt;font color=\"#6f6f6f\"&gt;{publisher}&lt;/font&gt;</description>{site}</item>"
    )
}

fn site(host: &str, name: &str) -> String {
    format!("<source url=\"https://www.{host}\">{name}</source>")
}

fn aggregate(desk: &Desk, items: &[String]) {
    desk.newsroom.set(
        &path("Rival"),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>Rival News: port</title>\
             <link>https://rival.example/</link><description>d</description>{}</channel></rss>",
            items.concat()
        ),
    );
}

const SOON: &str = "Sun, 15 Nov 2026 11:00:00 GMT";

fn titles(feed: &Value) -> Vec<String> {
    let items = feed["items"].as_array().unwrap().iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headline_joins_its_article_whichever_comes_first() {
    // Named by its site, by its name in the title alone, and by a name that the title does not have.
    for named in [site("agency.example", "Agency"), String::new()] {
        for is_first in [true, false] {
            let desk = Desk::new("").await;
            let item = shown("a", HEADLINE, "Agency", &named, SOON);
            if is_first {
                // Its site says what it is called before anything of it is seen.
                aggregate(&desk, std::slice::from_ref(&item));
                desk.refresh();
                assert_eq!(desk.links("").len(), 1, "alone, it stands for itself");
                desk.show("Agency", &[agency()]);
            } else {
                desk.show("Agency", &[agency()]);
                desk.refresh();
                aggregate(&desk, &[item]);
            }
            assert_eq!(desk.refresh()["items"]["copies"], 1, "{named} {is_first}");
            let item = desk.only("");
            let html = item["content_html"].as_str().unwrap();
            let has_text = html.contains("Santa Rosalia");
            assert_eq!(
                has_text, !is_first,
                "nobody's text is under a link of another: {html}"
            );
            assert!(html.contains("Also in: "), "{html}");
            let explained = desk.explain(agency().link);
            assert_eq!(
                explained["copies"].as_array().map_or(0, Vec::len) + usize::from(is_first),
                1
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headline_of_another_publisher_or_day_or_title_stands_alone() {
    for item in [
        shown("b", HEADLINE, "Echo", &site("echo.example", "Echo"), SOON),
        shown("c", HEADLINE, "Paper", "", SOON),
        shown(
            "d",
            HEADLINE,
            "Agency",
            &site("agency.example", "Agency"),
            "Mon, 16 Nov 2026 11:00:00 GMT",
        ),
        shown(
            "e",
            "Khoms port strike goes on",
            "Agency",
            &site("agency.example", "Agency"),
            SOON,
        ),
    ] {
        let desk = Desk::new("").await;
        desk.show("Agency", &[agency()]);
        aggregate(&desk, std::slice::from_ref(&item));
        desk.refresh();
        assert_eq!(titles(&desk.program.json_feed("")).len(), 2, "{item}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_publication_that_two_lists_of_an_aggregator_show_is_one_item() {
    let desk = Desk::new("").await;
    let echo = site("echo.example", "Echo");
    aggregate(
        &desk,
        &[
            shown("f", HEADLINE, "Echo", &echo, SOON),
            shown("g", HEADLINE, "Echo", &echo, SOON),
        ],
    );
    desk.refresh();
    assert_eq!(desk.links("").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_of_its_own_that_names_its_source_is_an_article() {
    let desk = Desk::new("").await;
    let text = paragraphs(&REPORT[2..]);
    let story = Story {
        link: "https://agency.example/what-comes-next",
        guid: "a2",
        title: HEADLINE,
        html: paragraphs(&REPORT[..2]),
        ..agency()
    };
    desk.show("Agency", &[story]);
    aggregate(
        &desk,
        &[format!(
            "<item><title>{HEADLINE} - Agency</title><link>https://rival.example/x</link><pubDate>{SOON}</pubDate>\
             <description><![CDATA[{text}]]></description></item>"
        )],
    );
    desk.refresh();
    assert_eq!(desk.links("").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headline_welds_no_two_articles_that_its_publisher_set_it_over() {
    let second = || Story {
        guid: "a2",
        link: "https://agency.example/khoms-strike-ends-2",
        date: "Sun, 15 Nov 2026 16:30:00 GMT",
        html: paragraphs(&[
            "Crane drivers at the mine railway of Jadu went back to their cabins on Sunday evening, and the first wagons of gypsum \
             rolled down to the coast road before nightfall, watched by a crowd of schoolchildren.",
            "The mayor, who had promised them helmets and a canteen in June, carried the kettle himself; a clerk read out the \
             names of those who had been dismissed in spring and are to be hired again on the first of next month.",
        ]),
        ..agency()
    };
    for is_headline_known in [true, false] {
        let desk = Desk::new("").await;
        let headline = shown(
            "g",
            HEADLINE,
            "Agency",
            &site("agency.example", "Agency"),
            "Sun, 15 Nov 2026 16:00:00 GMT",
        );
        desk.show("Agency", &[agency()]);
        desk.refresh();
        aggregate(&desk, &[headline]);
        if is_headline_known {
            desk.refresh();
        }
        desk.show("Agency", &[second(), agency()]);
        desk.refresh();
        let feed = desk.program.json_feed("");
        let texts: Vec<&str> = feed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["content_html"].as_str().unwrap())
            .collect();
        for words in ["gypsum", "Santa Rosalia"] {
            let with = texts.iter().filter(|text| text.contains(words)).count();
            assert_eq!(with, 1, "{words}, {is_headline_known}: {texts:?}");
        }
    }
}
