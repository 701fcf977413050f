//! One article in several outlets.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::desk::{Desk, OUTLETS, REPORT, Story, agency, feed, paper, paragraphs, path, rival, source, tags};
use crate::newsroom::Newsroom;
use crate::program::{self, Program};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_one_item_in_merged_feeds_that_names_the_other_outlet() {
    let desk = Desk::new("").await;
    desk.show("Agency", &[agency()]);
    desk.show("Paper", &[paper()]);
    let summary = desk.refresh();
    assert_eq!(summary["items"]["new"], 2);
    assert_eq!(summary["items"]["copies"], 1);
    for folder in ["", "category/libya/", "tag/ports/"] {
        let item = desk.only(folder);
        assert_eq!(
            item["url"],
            agency().link,
            "{folder}: the fullest copy stands for both"
        );
        assert_eq!(tags(&item), BTreeSet::from(["Libya", "Ports"]));
        let html = item["content_html"].as_str().unwrap();
        assert!(
            html.ends_with(
                "<p>Also in: <a href=\"https://paper.example/2026/11/dockers-back\">Paper</a></p>"
            ),
            "{html}"
        );
        assert_eq!(item["_related"]["also_in"][0]["source"], "Paper");
        assert_eq!(item["_related"]["also_in"][0]["url"], paper().link);
    }
    let copy = desk.only("tag/labour/");
    assert_eq!(copy["url"], paper().link, "what only the copy is about");
    assert_eq!(tags(&copy), BTreeSet::from(["Labour", "Libya"]));
    assert_eq!(desk.only("source/paper/"), copy, "also in its source's feed");
    let atom = desk.program.read("tag/ports/atom.xml");
    assert!(
        atom.contains(
            "<link href=\"https://paper.example/2026/11/dockers-back\" rel=\"related\" title=\"Paper\"/>"
        ),
        "{atom}"
    );
    assert!(desk.program.read("tag/ports/rss.xml").contains("Also in: "));
    assert!(desk.program.read("tag/ports/index.html").contains("Also in: "));
    assert_eq!(desk.links("source/agency/"), [agency().link]);
    assert_eq!(
        desk.links("source/paper/"),
        [paper().link],
        "a source's own feed has its own copy"
    );

    let before = desk.program.files();
    let again = desk.refresh();
    assert_eq!(again["files"]["written"], 0);
    assert!(program::touched(&before, &desk.program.files()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_leads_does_not_depend_on_the_order_of_sources() {
    let mut outputs = Vec::new();
    for reversed in [false, true] {
        let newsroom = Newsroom::start().await.unwrap();
        newsroom.set(&path("Agency"), feed("agency.example", &[agency()]));
        newsroom.set(&path("Paper"), feed("paper.example", &[paper()]));
        newsroom.set(&path("Rival"), feed("rival.example", &[rival()]));
        let mut sources: Vec<String> = OUTLETS.iter().map(|name| source(&newsroom, name)).collect();
        if reversed {
            sources.reverse();
        }
        let program = Program::reading(&sources.concat());
        program.refresh(&[], 0);
        let port = newsroom.address().port().to_string();
        outputs.push(program.read("category/libya/atom.xml").replace(&port, "PORT"));
    }
    assert_eq!(outputs[0], outputs[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_fuller_copy_improves_the_text_of_what_nobody_owns_and_never_the_identity() {
    for owned in [false, true] {
        let desk = Desk::new("").await;
        let teaser = Story {
            html: paragraphs(&REPORT[..1]),
            ..paper()
        };
        // Else the paper lists what is on another site.
        let home = if owned { "paper.example" } else { "portal.example" };
        desk.newsroom.set(&path("Paper"), feed(home, &[teaser]));
        desk.refresh();
        let before = desk.only("category/libya/");
        desk.show("Agency", &[agency()]);
        let summary = desk.refresh();
        assert_eq!(summary["items"]["copies"], 1, "{summary}");
        let after = desk.only("category/libya/");
        for kept in ["id", "url", "title", "date_published"] {
            assert_eq!(after[kept], before[kept]);
        }
        let html = after["content_html"].as_str().unwrap();
        assert_eq!(html.contains("Fathi Graziani"), !owned, "the whole text: {html}");
        let credit = "<p>Text: <a href=\"https://agency.example/khoms-strike-ends\">Agency</a></p>";
        assert_eq!(html.contains(credit), !owned, "{html}");
        assert!(
            html.contains("Also in: <a href=\"https://agency.example/khoms-strike-ends\">Agency</a>"),
            "{html}"
        );
        assert_eq!(desk.only("source/paper/")["id"], before["id"]);
        assert_eq!(desk.links("source/agency/"), [agency().link]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repost_under_a_new_guid_and_address_is_no_second_item() {
    let desk = Desk::new("").await;
    desk.show("Agency", &[agency()]);
    desk.refresh();
    let repost = Story {
        guid: "a2",
        link: "https://agency.example/2026/khoms-strike-ends-2",
        date: "Sun, 15 Nov 2026 15:00:00 GMT",
        ..agency()
    };
    desk.show("Agency", &[repost, agency()]);
    desk.refresh();
    assert_eq!(desk.only("category/libya/")["url"], agency().link);
    assert_eq!(desk.only("source/agency/")["url"], agency().link);
    let also = desk.only("category/libya/");
    assert_eq!(also["_related"], Value::Null, "no other outlet has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_numbers_other_days_and_denials_stay_apart() {
    let rates = |day: &'static str, dollar: &'static str, euro: &'static str, n: u32| {
        (
            format!("Dinar rates for {day}"),
            format!(
                "<p>The parallel market in Tripoli closed on {day} with the dollar at {dollar} dinars and the euro at {euro} \
                 dinars. Gold of 18 carats cost 1,{n}5 dinars a gram. Traders at the Mushir market expect no larger moves before \
                 the central bank sells currency again.</p>"
            ),
            format!("https://rival.example/rates-{n}"),
            format!("Mon, {n} Nov 2026 18:00:00 GMT"),
        )
    };
    let days = [
        rates("Monday", "7.12", "7.80", 16),
        rates("Tuesday", "7.15", "7.83", 17),
        rates("Wednesday", "7.09", "7.78", 18),
    ];
    let stories: Vec<Story> = days
        .iter()
        .map(|(title, html, link, date)| Story {
            guid: link,
            link,
            title,
            date,
            category: "Rates",
            html: html.clone(),
        })
        .collect();
    let denial = Story {
        guid: "d",
        link: "https://paper.example/denial",
        title: "Port workers in Khoms have not ended their strike",
        html: paragraphs(&REPORT).replace(
            "ended a nine-day strike",
            "denied that they had ended a nine-day strike",
        ),
        ..paper()
    };
    let desk = Desk::new("").await;
    desk.show("Rival", &stories);
    desk.show("Agency", &[agency()]);
    desk.show("Paper", &[denial]);
    let summary = desk.refresh();
    assert_eq!(summary["items"]["copies"], 0);
    assert_eq!(desk.links("tag/rates/").len(), 3);
    assert_eq!(desk.links("category/libya/").len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_source_that_leads_is_removed_another_copy_takes_its_place() {
    let desk = Desk::new("").await;
    desk.show("Agency", &[agency()]);
    desk.show("Paper", &[paper()]);
    desk.refresh();
    assert_eq!(desk.only("category/libya/")["url"], agency().link);
    let agency_source = source(&desk.newsroom, "Agency");
    desk.program.reconfigure(&agency_source, "");
    desk.refresh();
    let item = desk.only("category/libya/");
    assert_eq!(item["url"], paper().link);
    assert_eq!(item["_related"], Value::Null, "what was removed is not named");
    assert_eq!(tags(&item), BTreeSet::from(["Labour", "Libya"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_that_lead_to_one_page_are_articles_of_their_own() {
    let episode = |number: usize| Story {
        guid: ["e1", "e2", "e3"][number],
        link: "https://paper.example/show/",
        title: ["Salt roads", "The last lighthouse keeper", "Nine wells of Ghat"][number],
        html: paragraphs(&[[
            "Camels, customs and a tax on weight.",
            "Forty winters on a rock, told by his daughter.",
            "Who digs, who drinks, who pays.",
        ][number]]),
        ..paper()
    };
    let desk = Desk::new("").await;
    desk.show("Paper", &[episode(1), episode(0)]);
    desk.refresh();
    assert_eq!(desk.links("source/paper/").len(), 2);
    desk.show("Paper", &[episode(2), episode(1), episode(0)]);
    assert_eq!(desk.refresh()["items"]["new"], 1);
    let links = desk.links("source/paper/");
    assert_eq!(links.len(), 3, "{links:?}");
    desk.refresh();
    assert_eq!(desk.links("source/paper/").len(), 3);
}
