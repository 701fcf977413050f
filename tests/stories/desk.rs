//! Three outlets, what they report, and what is published of it.

use std::collections::BTreeSet;

use crate::newsroom::Newsroom;
use crate::program::Program;
use serde_json::Value;

/// An agency's report, as its own site has it.
pub const REPORT: [&str; 4] = [
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
pub const OTHER_REPORT: [&str; 3] = [
    "Cranes are moving again in the harbour of Khoms: the strike that had stopped the port for nine days is over.",
    "Dockers returned to the quays on Sunday when Fathi Graziani, who runs the port authority, promised the overtime pay that \
     Mabruka Swehli and her union of port workers had demanded.",
    "Importers in Khoms say the Santa Rosalia and ten more freighters carry goods that shops have been short of.",
];

pub struct Story<'a> {
    pub guid: &'a str,
    pub link: &'a str,
    pub title: &'a str,
    pub date: &'a str,
    pub category: &'a str,
    pub html: String,
}

pub fn paragraphs(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<p>{text}</p>")).collect()
}

pub fn feed(site: &str, stories: &[Story<'_>]) -> String {
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
pub fn agency() -> Story<'static> {
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
pub fn paper() -> Story<'static> {
    Story {
        guid: "p1",
        link: "https://paper.example/2026/11/dockers-back",
        title: "Dockers back at work in Khoms",
        date: "Sun, 15 Nov 2026 11:30:00 GMT",
        category: "Labour",
        html: paragraphs(&REPORT[..3]),
    }
}

pub fn rival() -> Story<'static> {
    Story {
        guid: "r1",
        link: "https://rival.example/khoms-cranes",
        title: "Cranes move again in Khoms as port strike ends",
        date: "Sun, 15 Nov 2026 12:10:00 GMT",
        category: "Ports",
        html: paragraphs(&OTHER_REPORT),
    }
}

pub const OUTLETS: [&str; 3] = ["Agency", "Paper", "Rival"];

/// Three outlets that a test fills, polled from one folder.
pub struct Desk {
    pub newsroom: Newsroom,
    pub program: Program,
}

impl Desk {
    pub async fn new(more: &str) -> Self {
        let newsroom = Newsroom::start().await.unwrap();
        for name in OUTLETS {
            newsroom.set(&path(name), feed(&host(name), &[]));
        }
        let sources: String = OUTLETS.iter().map(|name| source(&newsroom, name)).collect();
        let program = Program::reading(&format!("{sources}{more}"));
        Self { newsroom, program }
    }

    pub fn show(&self, name: &str, stories: &[Story<'_>]) {
        self.newsroom.set(&path(name), feed(&host(name), stories));
    }

    pub fn refresh(&self) -> Value {
        self.program.refresh(&["--force"], 0)
    }

    pub fn links(&self, folder: &str) -> Vec<String> {
        let feed = self.program.json_feed(folder);
        let items = feed["items"].as_array().unwrap().iter();
        items
            .map(|item| item["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The only item of a feed.
    pub fn only(&self, folder: &str) -> Value {
        let feed = self.program.json_feed(folder);
        let items = feed["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{items:#?}");
        items[0].clone()
    }

    pub fn explain(&self, address: &str) -> Value {
        let output = self.program.run(&["explain", "--json", address]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn rule(&self, arguments: &[&str], code: i32) -> String {
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

pub fn path(name: &str) -> String {
    format!("/{}/feed.xml", name.to_lowercase())
}

pub fn host(name: &str) -> String {
    format!("{}.example", name.to_lowercase())
}

pub fn source(newsroom: &Newsroom, name: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nfeed = \"{}\"\ncategory = \"Libya\"\n",
        newsroom.url(&path(name))
    )
}

pub fn tags(item: &Value) -> BTreeSet<&str> {
    item["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag.as_str().unwrap())
        .collect()
}
