//! The same article once, and stories: what merged feeds show when several outlets have one text, and what the operator can
//! say to it.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;

use newsroom::Newsroom;
use program::Program;
use serde_json::Value;

/// An agency's report, as its own site has it.
const REPORT: [&str; 4] = [
    "Port workers in Khoms ended a nine-day strike on Sunday after the harbour authority agreed to pay overtime owed \
     since March, the dockers' union said.",
    "Eleven freighters had waited off the breakwater with flour, tyres and cement; the first of them, the Maltese-flagged \
     Santa Rosalia, was brought in before noon.",
    "Union secretary Mabruka Swehli told reporters that 412 workers would receive the first of two payments within ten days, \
     and that night shifts would be limited to six hours.",
    "The authority's director, Fathi Graziani, said losses came to 3.1 million dinars and that he expected the backlog to be \
     cleared by the end of the week.",
];

/// Another text about the same event.
const OTHER_REPORT: [&str; 3] = [
    "Cranes are moving again in the harbour of Khoms: the strike that had stopped the port for nine days is over.",
    "Dockers returned to the quays on Sunday when Fathi Graziani, who runs the port authority, promised the overtime pay that \
     Mabruka Swehli and her union of port workers had demanded.",
    "Importers in Khoms say the Santa Rosalia and ten more freighters carry goods that shops have been short of.",
];

struct Story<'a> {
    guid: &'a str,
    link: &'a str,
    title: &'a str,
    date: &'a str,
    category: &'a str,
    html: String,
}

fn paragraphs(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<p>{text}</p>")).collect()
}

fn feed(site: &str, stories: &[Story<'_>]) -> String {
    let items: String = stories
        .iter()
        .map(|story| {
            format!(
                "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate>\
                 <category>{}</category><description><![CDATA[{}]]></description></item>",
                story.title, story.link, story.guid, story.date, story.category, story.html
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>{site}</title>\
         <link>https://{site}/</link><description>d</description><language>en</language>{items}</channel></rss>"
    )
}

/// The agency's own, on its own host.
fn agency() -> Story<'static> {
    Story {
        guid: "a1",
        link: "https://agency.example/khoms-strike-ends",
        title: "Khoms port strike ends after nine days",
        date: "Sun, 15 Nov 2026 10:00:00 GMT",
        category: "Ports",
        html: paragraphs(&REPORT),
    }
}

/// A paper's copy: another headline, cut by the end.
fn paper() -> Story<'static> {
    Story {
        guid: "p1",
        link: "https://paper.example/2026/11/dockers-back",
        title: "Dockers back at work in Khoms",
        date: "Sun, 15 Nov 2026 11:30:00 GMT",
        category: "Labour",
        html: paragraphs(&REPORT[..3]),
    }
}

fn rival() -> Story<'static> {
    Story {
        guid: "r1",
        link: "https://rival.example/khoms-cranes",
        title: "Cranes move again in Khoms as port strike ends",
        date: "Sun, 15 Nov 2026 12:10:00 GMT",
        category: "Ports",
        html: paragraphs(&OTHER_REPORT),
    }
}

const OUTLETS: [&str; 3] = ["Agency", "Paper", "Rival"];

/// Three outlets that a test fills, polled from one folder.
struct Desk {
    newsroom: Newsroom,
    program: Program,
}

impl Desk {
    async fn new(more: &str) -> Self {
        let newsroom = Newsroom::start().await.unwrap();
        for name in OUTLETS {
            newsroom.set(&path(name), feed(&host(name), &[]));
        }
        let sources: String = OUTLETS.iter().map(|name| source(&newsroom, name)).collect();
        let program = Program::reading(&format!("{sources}{more}"));
        Self { newsroom, program }
    }

    fn show(&self, name: &str, stories: &[Story<'_>]) {
        self.newsroom.set(&path(name), feed(&host(name), stories));
    }

    fn refresh(&self) -> Value {
        self.program.refresh(&["--force"], 0)
    }

    fn links(&self, folder: &str) -> Vec<String> {
        let feed = self.program.json_feed(folder);
        let items = feed["items"].as_array().unwrap().iter();
        items
            .map(|item| item["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The only item of a feed.
    fn only(&self, folder: &str) -> Value {
        let feed = self.program.json_feed(folder);
        let items = feed["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{items:#?}");
        items[0].clone()
    }

    fn explain(&self, address: &str) -> Value {
        let output = self.program.run(&["explain", "--json", address]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn rule(&self, arguments: &[&str], code: i32) -> String {
        let output = self.program.run(arguments);
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }
}

fn path(name: &str) -> String {
    format!("/{}/feed.xml", name.to_lowercase())
}

fn host(name: &str) -> String {
    format!("{}.example", name.to_lowercase())
}

fn source(newsroom: &Newsroom, name: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nfeed = \"{}\"\ncategory = \"Libya\"\n",
        newsroom.url(&path(name))
    )
}

fn tags(item: &Value) -> BTreeSet<&str> {
    item["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag.as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_one_item_in_merged_feeds_that_names_the_other_outlet() {
    let desk = Desk::new("").await;
    desk.show("Agency", &[agency()]);
    desk.show("Paper", &[paper()]);
    let summary = desk.refresh();
    assert_eq!(summary["items"]["new"], 2);
    assert_eq!(summary["items"]["copies"], 1);
    for folder in ["", "category/libya/", "tag/ports/", "tag/labour/"] {
        let item = desk.only(folder);
        assert_eq!(
            item["url"],
            agency().link,
            "{folder}: the fullest copy stands for both"
        );
        assert_eq!(tags(&item), BTreeSet::from(["Labour", "Libya", "Ports"]));
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
async fn a_late_fuller_copy_improves_the_text_and_never_the_identity() {
    let desk = Desk::new("").await;
    let teaser = Story {
        html: paragraphs(&REPORT[..1]),
        ..paper()
    };
    desk.show("Paper", &[teaser]);
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
    assert!(html.contains("Fathi Graziani"), "the whole text: {html}");
    assert!(
        html.contains("Also in: <a href=\"https://agency.example/khoms-strike-ends\">Agency</a>"),
        "{html}"
    );
    assert_eq!(desk.only("source/paper/")["id"], before["id"]);
    assert_eq!(desk.links("source/agency/"), [agency().link]);
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
async fn a_feed_may_show_each_story_once_and_pages_show_groups() {
    let desk = Desk::new("[[tag]]\nname = \"Ports\"\ncollapse = \"stories\"\n").await;
    desk.show("Agency", &[agency()]);
    desk.refresh();
    let alone = desk.only("tag/ports/");
    desk.show("Rival", &[rival()]);
    desk.refresh();
    let story = desk.only("tag/ports/");
    assert_eq!(story["id"], alone["id"], "the id stays when the story grows");
    assert_eq!(story["date_published"], alone["date_published"]);
    assert!(story["date_modified"].as_str() > alone["date_modified"].as_str());
    assert_eq!(story["url"], agency().link, "the best article");
    assert_eq!(story["_related"]["story"][0]["url"], rival().link);
    let html = story["content_html"].as_str().unwrap();
    assert!(
        html.contains("More on this story:") && html.contains("(Rival, 15 Nov 2026, 12:10 UTC)"),
        "{html}"
    );
    assert_eq!(
        desk.links("category/libya/"),
        [rival().link, agency().link],
        "other feeds have all articles"
    );
    let page = desk.program.read("category/libya/index.html");
    assert!(
        page.contains("<details class=\"story\"><summary>1 more on this story</summary>"),
        "{page}"
    );

    // A copy is no growth: it is named, and the story is the same.
    desk.show("Paper", &[paper()]);
    desk.refresh();
    let copied = desk.only("tag/ports/");
    assert_eq!(copied["date_modified"], story["date_modified"]);
    assert_eq!(copied["_related"]["also_in"][0]["source"], "Paper");
}

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
    let explained = desk.explain(paper().link);
    assert_eq!(explained["lead"]["url"], agency().link);
    assert_eq!(explained["lead"]["compared"]["finding"], "the same text");
    let labour = desk.explain(agency().link);
    assert_eq!(labour["copies"][0]["url"], paper().link);
    assert_eq!(labour["story"][0]["url"], rival().link);
    let feeds = labour["feeds"].as_array().unwrap();
    let tag = feeds.iter().find(|feed| feed["name"] == "Labour").unwrap();
    assert_eq!(tag["because"][0]["source"], "Paper");
    assert_eq!(tag["because"][0]["reason"]["term"], "Labour");

    desk.rule(&["split", paper().link], 0);
    assert_eq!(desk.links("category/libya/").len(), 3);
    assert_eq!(desk.only("tag/labour/")["url"], paper().link);
    assert_ne!(desk.only("tag/labour/")["id"], merged["id"]);
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
