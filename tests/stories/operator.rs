//! What the operator is told, and what they can say to it.

use serde_json::Value;

use crate::desk::{Desk, REPORT, Story, agency, paper, paragraphs, rival, source};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explain_says_how_near_a_story_is_and_until_when_an_article_waits() {
    let desk = Desk::new("[[tag]]\nname = \"Ports\"\ncollapse = \"stories\"\n").await;
    desk.show("Agency", &[agency()]);
    desk.show("Rival", &[rival()]);
    desk.refresh();
    let shown = desk.explain(rival().link);
    assert_eq!(shown["waits_until"], Value::Null, "a new story shows all it has");
    let nearness = |of: &Value| {
        let number = |name: &str| of["nearest_story"][name].as_f64().unwrap();
        (number("similarity"), number("asked"))
    };
    let (similarity, asked) = nearness(&shown);
    assert!(similarity >= asked && asked >= 0.12, "{shown}");

    // An hour has not passed.
    let third = Story {
        guid: "p2",
        link: "https://paper.example/2026/11/khoms-ships",
        title: "First ships leave Khoms after the port strike",
        date: "Sun, 15 Nov 2026 13:00:00 GMT",
        category: "Ports",
        html: "<p>Two ships left the port of Khoms on Sunday, an hour after the strike of its dockers ended and cranes moved \
               again. The port authority of Khoms said nineteen more wait outside the harbour for the crane drivers.</p>"
            .to_owned(),
    };
    desk.show("Paper", std::slice::from_ref(&third));
    desk.refresh();
    let waiting = desk.explain(third.link);
    assert!(!waiting["story"].as_array().unwrap().is_empty(), "{waiting}");
    let until = waiting["waits_until"].as_str().expect("it waits for its story");
    let until = chrono::DateTime::parse_from_rfc3339(until).unwrap();
    let minutes = (until.to_utc() - chrono::Utc::now()).num_minutes();
    assert!((50..=60).contains(&minutes), "{minutes} minutes from now");
    let said = desk.program.run(&["explain", third.link]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("show it from") && said.contains("joins it"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_splits_and_merges_for_good() {
    let desk = Desk::new("").await;
    desk.show("Agency", &[agency()]);
    desk.show("Paper", &[paper()]);
    desk.show("Rival", &[rival()]);
    desk.refresh();
    let merged = desk.only("tag/labour/");
    assert_eq!(merged["url"], paper().link, "the copy that belongs there");
    let explained = desk.explain(paper().link);
    assert_eq!(explained["lead"]["url"], agency().link);
    assert_eq!(explained["lead"]["compared"]["finding"], "the same text");
    let labour = desk.explain(agency().link);
    assert_eq!(labour["copies"][0]["url"], paper().link);
    assert_eq!(labour["story"][0]["url"], rival().link);
    let feeds = explained["feeds"].as_array().unwrap();
    let tag = feeds.iter().find(|feed| feed["name"] == "Labour").unwrap();
    assert_eq!(tag["because"][0]["source"], "Paper");
    assert_eq!(tag["because"][0]["reason"]["term"], "Labour");

    desk.rule(&["split", paper().link], 0);
    assert_eq!(desk.links("category/libya/").len(), 3);
    assert_eq!(desk.only("tag/labour/")["url"], paper().link);
    assert_eq!(desk.only("tag/labour/")["id"], merged["id"]);
    assert!(
        desk.rule(&["split", paper().link], 1)
            .contains("nothing to split")
    );

    // Its text changes: that does not bring it back.
    let edited = Story {
        html: paragraphs(&REPORT),
        ..paper()
    };
    desk.show("Paper", &[edited]);
    desk.refresh();
    assert_eq!(desk.links("category/libya/").len(), 3);

    desk.rule(&["merge", agency().link, rival().link], 0);
    assert_eq!(desk.links("category/libya/"), [paper().link, agency().link]);
    assert_eq!(desk.explain(rival().link)["ruled"], true);
    assert!(
        desk.rule(&["merge", agency().link, "https://nowhere.example/x"], 1)
            .contains("no item is stored")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_feeds_and_all_can_be_left_as_they_are() {
    let libya = |desk: &Desk| desk.links("category/libya/").len();
    let desk =
        Desk::new("[[tag]]\nname = \"Labour\"\ncollapse = \"none\"\n[[tag]]\nname = \"Ports\"\n").await;
    desk.show("Agency", &[agency()]);
    desk.show("Paper", &[paper()]);
    desk.refresh();
    assert_eq!(libya(&desk), 1);
    assert_eq!(desk.links("tag/labour/"), [paper().link], "its own copy");
    assert_eq!(desk.links("tag/ports/"), [agency().link]);

    desk.program
        .reconfigure("[[category]]", "[dedupe]\nstrictness = \"off\"\n[[category]]");
    desk.refresh();
    assert_eq!(libya(&desk), 2, "what was merged comes apart");
    desk.program
        .reconfigure("strictness = \"off\"", "strictness = \"normal\"");
    desk.refresh();
    assert_eq!(libya(&desk), 1);

    let desk = Desk::new("dedupe = \"off\"\n").await;
    desk.show("Agency", &[agency()]);
    desk.show(
        "Rival",
        &[Story {
            guid: "r9",
            link: "https://rival.example/copy",
            ..paper()
        }],
    );
    desk.refresh();
    assert_eq!(libya(&desk), 2, "the last source is left alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_may_be_judged_more_strictly_than_others() {
    // Cut, with a word changed here and there: a copy, but not a verbatim one.
    let edited = || Story {
        html: paragraphs(&REPORT[..3])
            .replace("ended a nine-day strike", "called off a nine-day walkout")
            .replace(
                "had waited off the breakwater",
                "were waiting outside the breakwater",
            )
            .replace("was brought in before noon", "came in before noon")
            .replace("told reporters that", "said that")
            .replace("would be limited to", "were limited to"),
        ..paper()
    };
    // Whichever of the two came first.
    for (strict, items) in [(None, 1), (Some("Paper"), 2), (Some("Agency"), 2)] {
        for first in ["Paper", "Agency"] {
            let desk = Desk::new("").await;
            if let Some(name) = strict {
                let table = source(&desk.newsroom, name);
                desk.program
                    .reconfigure(&table, &format!("{table}dedupe = \"strict\"\n"));
            }
            desk.show(first, &[if first == "Paper" { edited() } else { agency() }]);
            desk.refresh();
            desk.show("Agency", &[agency()]);
            desk.show("Paper", &[edited()]);
            desk.refresh();
            let found = desk.links("category/libya/").len();
            assert_eq!(found, items, "{strict:?} is strict, {first} came first");
        }
    }
}
