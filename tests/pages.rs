//! Sites without a feed, and feeds without the text: web pages become items as good as a real feed's, each article is
//! fetched once, and a redesign costs nothing but a note.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use newsroom::Newsroom;
use program::{Program, touched};
use serde_json::Value;

/// Slug, headline, day and tags of the articles of a small press office, newest first.
const ARTICLES: [(&str, &str, &str, &[&str]); 6] = [
    (
        "rate",
        "Central bank unifies the exchange rate",
        "August 27, 2024",
        &["libya", "money"],
    ),
    (
        "port",
        "Port of Misrata expands its container yard",
        "August 26, 2024",
        &["libya"],
    ),
    (
        "railway",
        "Study for a desert railway is handed in",
        "August 25, 2024",
        &["transport"],
    ),
    (
        "olives",
        "Olive harvest starts early in Gharyan",
        "August 24, 2024",
        &["farming"],
    ),
    (
        "museum",
        "Museum in Tripoli reopens after twelve years",
        "August 23, 2024",
        &["culture"],
    ),
    (
        "lagoon",
        "Fish return to the lagoon of Farwa",
        "August 22, 2024",
        &["nature"],
    ),
];

const HOME: &str = "/office/";

fn path(slug: &str) -> String {
    format!("/office/2024/{slug}-in-detail")
}

fn sentence(headline: &str, number: usize) -> String {
    format!(
        "{headline}: paragraph {number} tells in some detail what was decided, who was in the room, and why it took so long."
    )
}

/// The page of an article.
fn article(slug: &str, headline: &str, day: &str, tags: &[&str]) -> String {
    let paragraphs: String = (1..6)
        .map(|number| format!("<p>{}</p>", sentence(headline, number)))
        .collect();
    let tags: String = tags
        .iter()
        .map(|tag| format!("<a rel=\"tag\" href=\"/office/tag/{tag}\">{tag}</a> "))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><title>{headline} - Press office</title></head><body>\
         <nav><a href=\"/office/\">Home</a> <a href=\"/office/about\">About us</a></nav>\
         <article id=\"{slug}\"><h1>{headline}</h1><p class=\"meta\">Published on <span class=\"date\">{day}</span></p>\
         <div class=\"body\">{paragraphs}</div><p class=\"tags\">Tags: {tags}</p></article>\
         <footer><a href=\"/office/imprint\">Imprint</a></footer></body></html>"
    )
}

/// A page that lists articles, each in a block of this class.
fn listing<'a>(
    class: &str,
    articles: impl IntoIterator<Item = &'a (&'a str, &'a str, &'a str, &'a [&'a str])>,
) -> String {
    let blocks: String = articles
        .into_iter()
        .map(|(slug, headline, day, _)| {
            format!(
                "<div class=\"{class}\"><h3 class=\"{class}-title\"><a href=\"{}\">{headline}</a></h3>\
                 <span class=\"{class}-day\">{day}</span><p>What the office says about it, in one short sentence.</p></div>",
                path(slug)
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Press office</title></head><body>\
         <nav><a href=\"/office/\">Home</a> <a href=\"/office/about\">About us</a> <a href=\"/office/contact\">Contact</a></nav>\
         <main><h1>News</h1>{blocks}</main><footer><a href=\"/office/imprint\">Imprint</a></footer></body></html>"
    )
}

/// A newsroom with the press office in it.
async fn office() -> Newsroom {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.set(HOME, listing("teaser", &ARTICLES));
    for (slug, headline, day, tags) in ARTICLES {
        newsroom.set(&path(slug), article(slug, headline, day, tags));
    }
    newsroom
}

/// A program with these sources, each `name`, `key = "path"` and further lines.
fn program(newsroom: &Newsroom, sources: &[(&str, &str, &str, &str)]) -> Program {
    let address = newsroom.address();
    let source = |(name, key, path, lines): &(&str, &str, &str, &str)| {
        format!("\n[[source]]\nname = \"{name}\"\n{key} = \"http://{address}{path}\"\n{lines}\n")
    };
    Program::reading(&sources.iter().map(source).collect::<String>())
}

/// How often each path was asked for since the last look, but for robots.txt.
fn asked(newsroom: &Newsroom, wanted: &str) -> usize {
    newsroom
        .requests()
        .iter()
        .filter(|request| request.path == wanted)
        .count()
}

fn pages_asked(newsroom: &Newsroom) -> usize {
    newsroom
        .take_requests()
        .iter()
        .filter(|request| request.path.starts_with("/office/2024/"))
        .count()
}

fn headlines() -> Vec<&'static str> {
    ARTICLES.map(|(_, headline, ..)| headline).to_vec()
}

fn text(item: &Value) -> &str {
    item["content_html"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_a_feed_becomes_one_with_full_texts() {
    let newsroom = office().await;
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    let summary = program.refresh(&[], 0);
    assert_eq!(
        (&summary["items"]["new"], &summary["articles"]),
        (&6.into(), &6.into())
    );
    assert_eq!(program.titles("source/office/"), headlines());
    let item = program.item("", ARTICLES[0].1);
    assert_eq!(item["date_published"], "2024-08-27T00:00:00Z");
    assert_eq!(item["tags"], serde_json::json!(["Libya", "money"]));
    assert_eq!(item["language"], "en");
    assert!(
        item["url"]
            .as_str()
            .unwrap()
            .ends_with("/office/2024/rate-in-detail"),
        "{item}"
    );
    let paragraphs: String = (1..6)
        .map(|number| format!("<p>{}</p>", sentence(ARTICLES[0].1, number)))
        .collect();
    assert_eq!(text(&item), paragraphs);
    assert_eq!(program.titles("category/libya/"), [ARTICLES[0].1, ARTICLES[1].1]);
    let opml = program.read("sources.opml");
    assert!(
        opml.contains("type=\"link\" url=\"http://") && !opml.contains("xmlUrl"),
        "{opml}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_is_fetched_once_and_again_only_when_the_listing_shows_that_it_changed() {
    let newsroom = office().await;
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    newsroom.set(HOME, listing("teaser", &ARTICLES[1..]));
    program.refresh(&[], 0);
    assert_eq!(pages_asked(&newsroom), 5);
    // Nothing changed: one request, answered with 304.
    let before = program.files();
    program.refresh(&["--force"], 0);
    let requests = newsroom.take_requests();
    let about_office: Vec<_> = requests
        .iter()
        .map(|request| (request.path.as_str(), request.status))
        .collect();
    assert_eq!(
        about_office
            .iter()
            .filter(|(path, _)| *path == HOME)
            .collect::<Vec<_>>(),
        [&(HOME, 304)]
    );
    assert!(
        about_office
            .iter()
            .all(|(path, _)| !path.starts_with("/office/2024/")),
        "{about_office:?}"
    );
    assert!(touched(&before, &program.files()).is_empty());
    // An article that is new.
    newsroom.set(HOME, listing("teaser", &ARTICLES));
    let summary = program.refresh(&["--force"], 0);
    assert_eq!(summary["items"]["new"], 1);
    assert_eq!(pages_asked(&newsroom), 1);
    // One whose headline changed: its page is read again, and it stays the same item.
    let item = program.item("", ARTICLES[3].1);
    let (slug, _, day, tags) = ARTICLES[3];
    let headline = "Olive harvest starts later than it did in Gharyan";
    newsroom.set(&path(slug), article(slug, headline, day, tags));
    newsroom.edit(HOME, |page| page.replace(ARTICLES[3].1, headline));
    let summary = program.refresh(&["--force"], 0);
    assert_eq!(
        (&summary["items"]["new"], &summary["items"]["changed"]),
        (&0.into(), &1.into())
    );
    assert_eq!(pages_asked(&newsroom), 1);
    assert_eq!(program.item("", headline)["id"], item["id"]);
    // What only the listing's layout shows otherwise is no change of an article.
    newsroom.edit(HOME, |page| page.replace("in one short sentence", "in two"));
    program.refresh(&["--force"], 0);
    assert_eq!(pages_asked(&newsroom), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_fetches_no_more_articles_than_its_budget_and_the_next_go_on() {
    let newsroom = office().await;
    let program = program(&newsroom, &[("Office", "page", HOME, "articles = 2")]);
    for (round, full) in [(1, 2), (2, 4), (3, 6), (4, 6)] {
        let summary = program.refresh(&["--force"], 0);
        let fetched = if round < 4 { 2 } else { 0 };
        assert_eq!(pages_asked(&newsroom), fetched, "round {round}");
        let waits = Program::notes(&summary).contains("still to be read");
        assert_eq!(waits, full < 6, "round {round}: {summary}");
        // All are published at once, as far as the page shows them.
        let feed = program.json_feed("");
        let items = feed["items"].as_array().unwrap();
        assert_eq!(items.len(), 6);
        let complete = items
            .iter()
            .filter(|item| text(item).contains("paragraph 5"))
            .count();
        assert_eq!(complete, full, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_that_fails_is_published_as_shown_and_read_when_it_can_be() {
    let newsroom = office().await;
    newsroom.fail(&path("rate"), 500);
    newsroom.fail(&path("port"), 404);
    newsroom.edit(HOME, |page| {
        page.replace(&path("lagoon"), "/office/2024/lagoon.pdf")
    });
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    let summary = program.refresh(&[], 0);
    assert_eq!(program.titles(""), headlines());
    let note = Program::notes(&summary);
    assert!(
        note.contains("2 articles could not be read") && note.contains("500"),
        "{note}"
    );
    assert!(text(&program.item("", ARTICLES[0].1)).contains("in one short sentence"));
    // A file is no page: it is linked to, not fetched.
    assert_eq!(asked(&newsroom, "/office/2024/lagoon.pdf"), 0);
    assert_eq!(pages_asked(&newsroom), 5);
    // Only what may pass is tried again, though the listing is as it was.
    newsroom.recover(&path("rate"));
    newsroom.recover(&path("port"));
    let summary = program.refresh(&["--force"], 0);
    assert_eq!(pages_asked(&newsroom), 1);
    assert_eq!(
        (&summary["items"]["changed"], Program::notes(&summary).as_str()),
        (&1.into(), "")
    );
    assert!(text(&program.item("", ARTICLES[0].1)).contains("paragraph 5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_an_article_that_goes_on_failing_is_not_asked_for_ever() {
    let newsroom = office().await;
    newsroom.fail(&path("rate"), 500);
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    let tries: Vec<usize> = (0..6)
        .map(|_| {
            program.refresh(&["--force"], 0);
            let asked = asked(&newsroom, &path("rate"));
            newsroom.take_requests();
            asked
        })
        .collect();
    assert_eq!(tries, [1, 1, 1, 1, 0, 0]);
}

/// A feed of the press office with this content for its first article.
fn feed(newsroom: &Newsroom, teaser: &str) -> String {
    let link = format!("http://{}{}", newsroom.address(), path("rate"));
    format!(
        "<rss version=\"2.0\"><channel><title>Office</title><link>https://office.example/</link><item>\
         <title>{}</title><link>{link}?utm_source=rss</link><guid isPermaLink=\"false\">17</guid>\
         <pubDate>Tue, 27 Aug 2024 09:30:00 GMT</pubDate><category>exclusive</category>\
         <description>{teaser}</description></item></channel></rss>",
        ARTICLES[0].1
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_text_replaces_a_teaser_and_nothing_else() {
    let newsroom = office().await;
    newsroom.set("/office/feed", feed(&newsroom, "Only the beginning of it."));
    let program = program(&newsroom, &[("Feed", "feed", "/office/feed", "full_text = true")]);
    program.refresh(&[], 0);
    let item = program.item("", ARTICLES[0].1);
    assert!(text(&item).contains("paragraph 5"), "{item}");
    assert_eq!(item["summary"], "Only the beginning of it.");
    assert_eq!(item["date_published"], "2024-08-27T09:30:00Z");
    assert_eq!(item["tags"], serde_json::json!(["Libya", "exclusive", "money"]));
    program.refresh(&["--force"], 0);
    assert_eq!(pages_asked(&newsroom), 1);
    // What the feed has in full is left alone.
    let long = "A text that is longer than what the page has to say about it. ".repeat(40);
    newsroom.set("/office/feed", feed(&newsroom, &long));
    program.refresh(&["--force"], 0);
    let item = program.item("", ARTICLES[0].1);
    assert!(text(&item).starts_with("A text that is longer"), "{item}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_article_through_feed_and_page_is_one_item_and_one_request() {
    let newsroom = office().await;
    newsroom.set("/office/feed", feed(&newsroom, "Only the beginning of it."));
    let program = program(
        &newsroom,
        &[
            ("Feed", "feed", "/office/feed", "full_text = true"),
            ("Office", "page", HOME, ""),
            ("Again", "page", "/office/again/", ""),
        ],
    );
    newsroom.set("/office/again/", listing("card", &ARTICLES));
    let summary = program.refresh(&[], 0);
    assert_eq!(
        (&summary["items"]["new"], &summary["articles"]),
        (&6.into(), &6.into())
    );
    assert_eq!(pages_asked(&newsroom), 6);
    assert_eq!(program.json_feed("")["items"].as_array().unwrap().len(), 6);
    assert_eq!(program.titles("source/office/"), headlines());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redesign_is_healed_and_the_operator_told_once_what_to_write() {
    let newsroom = office().await;
    let selectors = "[source.select]\nitem = \".teaser\"\ntitle = \"h3\"\nlink = \"h3 a\"";
    let program = program(&newsroom, &[("Office", "page", HOME, selectors)]);
    assert_eq!(Program::notes(&program.refresh(&[], 0)), "");
    newsroom.take_requests();
    newsroom.set(HOME, listing("story-card", &ARTICLES));
    let before = program.files();
    let summary = program.refresh(&["--force"], 0);
    let note = Program::notes(&summary);
    assert!(
        note.contains("item = \".teaser\" finds no article since 20"),
        "{note}"
    );
    assert!(
        note.contains("[source.select]\nitem = ") && note.contains("story-card"),
        "{note}"
    );
    // Known articles are neither new nor fetched again.
    assert_eq!(
        (&summary["items"]["new"], &summary["articles"]),
        (&0.into(), &0.into())
    );
    assert!(touched(&before, &program.files()).is_empty());
    // The next poll goes on, and says nothing more; `status` still does.
    newsroom.set(HOME, listing("story-card", &ARTICLES[..5]));
    assert_eq!(Program::notes(&program.refresh(&["--force"], 0)), "");
    let status = String::from_utf8(program.run(&["status"]).stdout).unwrap();
    assert!(
        status.contains("finds no article since") && status.contains("story-card"),
        "{status}"
    );
    // What it says to write works.
    let pasted = note.split_once("[source.select]\n").unwrap().1;
    let pasted: String = pasted
        .lines()
        .take_while(|line| line.contains(" = "))
        .map(|line| format!("{line}\n"))
        .collect();
    program.reconfigure("item = \".teaser\"\ntitle = \"h3\"\nlink = \"h3 a\"", &pasted);
    newsroom.set(HOME, listing("story-card", &ARTICLES));
    assert_eq!(Program::notes(&program.refresh(&["--force"], 0)), "");
    let status = String::from_utf8(program.run(&["status"]).stdout).unwrap();
    assert!(!status.contains("finds no article"), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_detection_found_before_is_found_again_after_a_redesign() {
    let newsroom = office().await;
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    program.refresh(&[], 0);
    newsroom.set(HOME, listing("story-card", &ARTICLES));
    let summary = program.refresh(&["--force"], 0);
    let note = Program::notes(&summary);
    assert!(
        note.contains("the page has changed") && note.contains("teaser"),
        "{note}"
    );
    assert_eq!(
        (&summary["items"]["new"], &summary["articles"]),
        (&0.into(), &0.into())
    );
    newsroom.set(HOME, listing("story-card", &ARTICLES[..5]));
    assert_eq!(Program::notes(&program.refresh(&["--force"], 0)), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_in_place_of_the_page_is_a_failure_that_says_so() {
    let newsroom = office().await;
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    program.refresh(&[], 0);
    let before = program.files();
    for (page, words) in [
        (
            "<title>Just a moment...</title><body><p>Verify you are human by completing the action below.</p>",
            "whether a person asks",
        ),
        (
            "<title>Before you continue</title><body><p>We value your privacy. Accept all cookies to continue.</p><a href=/a>Accept</a>",
            "accept cookies",
        ),
        (
            "<title>Error</title><body><h1>Error establishing a database connection</h1>",
            "error text",
        ),
        (
            "<title>News</title><body><p>There is nothing here.</p>",
            "no articles are on the page any more",
        ),
    ] {
        newsroom.set(HOME, format!("<!doctype html><html>{page}</html>"));
        let summary = program.refresh(&["--force"], 3);
        let message = summary["failures"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert!(touched(&before, &program.files()).is_empty(), "{words}");
    }
    newsroom.set(HOME, listing("teaser", &ARTICLES));
    program.refresh(&["--force"], 0);
    assert_eq!(program.titles(""), headlines());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn further_pages_are_followed_while_they_are_new_and_never_endlessly() {
    let newsroom = office().await;
    let next = |page: String, to: &str| {
        page.replace(
            "</main>",
            &format!("<a class=\"older\" href=\"{to}\">Older</a></main>"),
        )
    };
    newsroom.set(HOME, next(listing("teaser", &ARTICLES[..3]), "/office/?page=2"));
    newsroom.set(
        "/office/?page=2",
        next(listing("teaser", &ARTICLES[3..]), "/office/?page=3"),
    );
    // From here on the pages lead to themselves and to each other.
    newsroom.set(
        "/office/?page=3",
        next(listing("teaser", &ARTICLES), "/office/?page=2"),
    );
    let selectors = "[source.select]\nnext = \"a.older\"";
    let program = program(&newsroom, &[("Office", "page", HOME, selectors)]);
    program.refresh(&[], 0);
    assert_eq!(program.titles(""), headlines());
    assert_eq!(asked(&newsroom, "/office/?page=2"), 1);
    newsroom.take_requests();
    // One more on the first page: the second brings nothing new, and there the poll ends.
    let newest = (
        "bridge",
        "A bridge is opened in Derna",
        "August 28, 2024",
        &["libya"] as &[&str],
    );
    newsroom.set(&path(newest.0), article(newest.0, newest.1, newest.2, newest.3));
    let first = [newest, ARTICLES[0], ARTICLES[1]];
    newsroom.set(HOME, next(listing("teaser", &first), "/office/?page=2"));
    program.refresh(&["--force"], 0);
    assert_eq!(
        (
            asked(&newsroom, "/office/?page=2"),
            asked(&newsroom, "/office/?page=3")
        ),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_is_a_page_is_told_where_the_feed_is() {
    let newsroom = office().await;
    newsroom.edit(HOME, |page| {
        page.replace(
            "</head>",
            "<link rel=\"alternate\" type=\"application/rss+xml\" title=\"News\" href=\"/office/feed\"></head>",
        )
    });
    let program = program(&newsroom, &[("Office", "feed", HOME, "")]);
    let summary = program.refresh(&[], 3);
    let message = summary["failures"][0]["message"].as_str().unwrap();
    let feed = format!("http://{}/office/feed", newsroom.address());
    assert!(message.contains(&feed), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_on_several_pages_is_joined() {
    let newsroom = office().await;
    let (slug, headline, day, tags) = ARTICLES[0];
    let part = |number: usize| {
        let page = article(slug, headline, day, tags)
            .replace(": paragraph ", &format!(": part {number}, paragraph "));
        let links: String = (1..=3)
            .map(|other| format!("<a href=\"{}/{other}/\">{other}</a> ", path(slug)))
            .collect();
        page.replace(
            "</article>",
            &format!("<div class=\"page-links\">Pages: {links}</div></article>"),
        )
    };
    newsroom.set(&path(slug), part(1));
    for number in [2, 3] {
        newsroom.set(&format!("{}/{number}/", path(slug)), part(number));
    }
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    program.refresh(&[], 0);
    let item = program.item("", headline);
    let order: Vec<usize> = (1..=3)
        .map(|number| text(&item).find(&format!("part {number}, paragraph 5")).unwrap())
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(!text(&item).contains("Pages:"), "{item}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_behind_a_wall_is_published_as_the_listing_shows_it() {
    let newsroom = office().await;
    newsroom.set(
        &path("rate"),
        "<!doctype html><html><title>Just a moment...</title><body><p>Verify you are human by completing the action.</p></html>",
    );
    let program = program(&newsroom, &[("Office", "page", HOME, "")]);
    let summary = program.refresh(&[], 0);
    assert!(
        Program::notes(&summary).contains("whether a person asks"),
        "{summary}"
    );
    let item = program.item("", ARTICLES[0].1);
    assert!(
        text(&item).contains("in one short sentence") && !text(&item).contains("Verify"),
        "{item}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_without_end_is_read_as_far_as_ten_pages() {
    let newsroom = office().await;
    for number in 1..=15 {
        // A calendar: every page leads to the next year, and shows something that was not there before.
        let blocks: String = (0..6)
            .map(|day| {
                format!(
                    "<div class=\"teaser\"><h3><a href=\"/office/2024/{number}-{day}.pdf\">Minutes of day {day} in the year {number}</a></h3></div>"
                )
            })
            .collect();
        let page = listing("teaser", &[]).replace(
            "</main>",
            &format!(
                "{blocks}<a class=\"older\" href=\"/office/?page={}\">Next year</a></main>",
                number + 1
            ),
        );
        let path = if number == 1 {
            HOME.to_owned()
        } else {
            format!("{HOME}?page={number}")
        };
        newsroom.set(&path, page);
    }
    let selectors = "[source.select]\nnext = \"a.older\"";
    let program = program(&newsroom, &[("Office", "page", HOME, selectors)]);
    let summary = program.refresh(&[], 0);
    assert_eq!(summary["items"]["new"], 60);
    assert!(
        Program::notes(&summary).contains("only the first 10 of its documents were read"),
        "{summary}"
    );
    let pages = newsroom
        .requests()
        .into_iter()
        .filter(|request| request.path.starts_with(HOME));
    assert_eq!(pages.count(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_in_pages_end_with_a_word_and_cost_their_neighbours_nothing() {
    let newsroom = office().await;
    let page = |body: String| format!("<!doctype html><html><title>Bomb</title><body>{body}</html>");
    let bombs = [
        ("/large/", page("<p>word ".repeat(2 << 20)), "larger than"),
        (
            "/deep/",
            page((0..300_000).map(|n| format!("<div id={n}>")).collect()),
            "no list of articles",
        ),
        ("/binary/", "%PDF-1.7 \u{0}\u{1}\u{2}".repeat(100), "PDF"),
        (
            "/links/",
            page((0..100_000).map(|n| format!("<a href=/l/{n}>{n}</a>")).collect()),
            "no list of articles",
        ),
    ];
    let mut sources = vec![("Office", "page", HOME, "")];
    for (path, body, _) in &bombs {
        newsroom.set(path, body.clone());
        sources.push((path.trim_matches('/'), "page", path, ""));
    }
    // An article whose data is a bomb still has its text.
    let (slug, headline, day, tags) = ARTICLES[0];
    let nested = format!(
        "<script type=\"application/ld+json\">{}{}</script></head>",
        "{\"@type\":\"NewsArticle\",\"headline\":".repeat(100_000),
        "[".repeat(100_000)
    );
    newsroom.set(
        &path(slug),
        article(slug, headline, day, tags).replace("</head>", &nested),
    );
    let program = program(&newsroom, &sources);
    let summary = program.refresh(&[], 3);
    let failures = summary["failures"].as_array().unwrap();
    assert_eq!(failures.len(), bombs.len(), "{summary}");
    for (path, _, words) in &bombs {
        let name = path.trim_matches('/');
        let failure = failures.iter().find(|failure| failure["source"] == name).unwrap();
        assert!(failure["message"].as_str().unwrap().contains(words), "{failure}");
    }
    assert_eq!(program.titles("source/office/"), headlines());
    assert!(text(&program.item("", headline)).contains("paragraph 5"));
}
