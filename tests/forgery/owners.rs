//! Whose article it is.

use crate::desk::{REPORT, paragraphs};
use crate::town::{AGGREGATOR, BURNER, EVIL, OTHER, Town, VICTIM, html, story};

const POST: &str = "https://blog.example/post";
const STUB: &str = "<p>Points: 71</p>";

fn forged() -> String {
    format!("<p>Buy gold now.</p>{}", paragraphs(&REPORT).repeat(3))
}

/// Who is named for the blog's post in the feed of everything, and whether its text is the blog's.
fn bearer(town: &Town) -> (String, bool) {
    let item = town.item("", POST);
    (
        item["_source"]["name"].as_str().unwrap().to_owned(),
        html(&item).contains("Santa Rosalia") && !html(&item).contains("gold"),
    )
}

#[test]
fn a_stub_gives_way_to_the_blog_whose_feed_another_host_serves() {
    let text = paragraphs(&REPORT);
    let rss = crate::desk::feed("blog.example", &[story(POST, "The blog's title", "Ports", &text)]);
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Blog</title><id>urn:blog</id>\
         <link rel=\"self\" href=\"http://feeds.other.example/blog\"/>\
         <link rel=\"alternate\" href=\"https://blog.example/\"/><updated>2026-11-15T10:00:00Z</updated>\
         <entry><title>The blog's title</title><id>urn:1</id><link href=\"{POST}\"/>\
         <updated>2026-11-15T10:00:00Z</updated><content type=\"html\"><![CDATA[{text}]]></content></entry></feed>"
    );
    let json = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1", "title": "Blog", "home_page_url": "https://blog.example/",
        "feed_url": "https://cdn.example/feed.json",
        "items": [{"id": "1", "url": POST, "title": "The blog's title", "content_html": text,
                   "date_published": "2026-11-15T10:00:00Z"}],
    });
    for document in [rss, atom, json.to_string()] {
        let town = Town::new(&[(AGGREGATOR, "")]);
        town.show(
            AGGREGATOR,
            AGGREGATOR,
            &[story(POST, "As others call it", "", STUB)],
        );
        town.refresh();
        assert_eq!(bearer(&town), ("Aggregator".to_owned(), false));
        let id = town.item("", POST)["id"].clone();

        town.serve(BURNER, document.clone());
        town.subscribe(BURNER, "");
        town.refresh();
        assert_eq!(bearer(&town), ("Blog".to_owned(), true), "{document}");
        let item = town.item("source/aggregator/", POST);
        assert_eq!(item["title"], "The blog's title");
        assert_eq!(item["id"], id, "for readers it is the same item");
        // And it stays so, however often the stub changes.
        town.show(
            AGGREGATOR,
            AGGREGATOR,
            &[story(POST, "As others call it", "", &STUB.repeat(900))],
        );
        town.refresh();
        assert_eq!(bearer(&town), ("Blog".to_owned(), true));
    }
}

#[test]
fn a_home_that_becomes_known_later_takes_over_then() {
    let text = paragraphs(&REPORT);
    let post = || [story(POST, "Title", "", &text)];
    let long = format!("{STUB}{}", "<p>Comments, comments.</p>".repeat(200));
    let silent = crate::desk::feed("x", &post()).replace("<link>https://x/</link>", "");
    let town = Town::new(&[(AGGREGATOR, ""), (BURNER, "")]);
    town.show(AGGREGATOR, AGGREGATOR, &[story(POST, "Title", "", &long)]);
    town.serve(BURNER, silent);
    town.refresh();
    town.refresh();
    assert_eq!(
        bearer(&town),
        ("Aggregator".to_owned(), false),
        "its text is longer"
    );
    town.show(BURNER, "blog.example", &post());
    // One poll tells the home, the next brings the words.
    town.refresh();
    town.refresh();
    assert_eq!(bearer(&town), ("Blog".to_owned(), true));
}

#[test]
fn a_home_that_is_only_claimed_gives_nothing_where_another_is_at_home() {
    let link = format!("http://{VICTIM}/article");
    let text = paragraphs(&REPORT);
    let own = [story(&link, "The victim's title", "", &text)];
    let forged_text = forged();
    let forgery = [story(&link, "Forged", "", &forged_text)];
    for evil_first in [true, false] {
        let hosts = if evil_first {
            [EVIL, VICTIM]
        } else {
            [VICTIM, EVIL]
        };
        let town = Town::new(&[(hosts[0], "")]);
        town.show(VICTIM, VICTIM, &own);
        town.show(EVIL, VICTIM, &forgery);
        town.refresh();
        town.subscribe(hosts[1], "trust = true");
        for _ in 0..2 {
            town.refresh();
            let item = town.item("", &link);
            assert_eq!(item["title"], "The victim's title");
            assert_eq!(item["_source"]["name"], "Victim");
            assert!(!html(&item).contains("gold"), "{item}");
        }
        // Nor when it says so under new guids, nor when it edits what it shows.
        let mut again = story(&link, "Forged again", "", &forged_text);
        again.guid = "new";
        town.show(EVIL, VICTIM, &[again]);
        town.refresh();
        assert_eq!(town.item("source/evil/", &link)["title"], "The victim's title");
    }
}

#[test]
fn of_two_that_claim_one_home_the_first_holds_it_and_the_later_takes_nothing() {
    let text = paragraphs(&REPORT);
    let (blog, forged_text) = ([story(POST, "Title", "", &text)], forged());
    let forgery = [story(POST, "Forged", "", &forged_text)];
    let town = Town::new(&[(EVIL, ""), (BURNER, "")]);
    // First configured, but it came to say so later.
    town.show(EVIL, EVIL, &[story("http://127.0.0.3/x", "Harmless", "", STUB)]);
    town.show(BURNER, "blog.example", &blog);
    town.refresh();
    town.show(EVIL, "blog.example", &forgery);
    for _ in 0..2 {
        town.refresh();
        assert_eq!(bearer(&town), ("Blog".to_owned(), true));
    }

    // Both said so from the beginning: the operator's order, or the operator's trust.
    for (first, second, lines, expected) in
        [(BURNER, EVIL, "", "Blog"), (EVIL, BURNER, "trust = true", "Blog")]
    {
        let town = Town::new(&[(first, ""), (second, lines)]);
        town.show(EVIL, "blog.example", &forgery);
        town.show(BURNER, "blog.example", &blog);
        town.refresh();
        town.refresh();
        assert_eq!(bearer(&town).0, expected);
    }
}

#[test]
fn where_nobody_is_at_home_the_fuller_text_wins_under_its_own_name() {
    let text = paragraphs(&REPORT);
    let town = Town::new(&[(AGGREGATOR, ""), (OTHER, "")]);
    let mut stub = story(POST, "As the aggregator calls it", "", STUB);
    stub.date = "Sat, 14 Nov 2026 10:00:00 GMT";
    town.show(AGGREGATOR, AGGREGATOR, &[stub]);
    town.refresh();
    let before = town.item("", POST);
    town.show(OTHER, OTHER, &[story(POST, "As the other calls it", "", &text)]);
    town.refresh();
    let after = town.item("", POST);
    assert_eq!(
        after["title"], "As the other calls it",
        "words and title go together"
    );
    assert_eq!(bearer(&town), ("Other".to_owned(), true));
    for kept in ["id", "url", "date_published"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    // Who was overtaken does not take turns with it.
    town.show(
        AGGREGATOR,
        AGGREGATOR,
        &[story(POST, "Again", "", "<p>Points: 72</p>")],
    );
    town.refresh();
    assert_eq!(town.item("", POST), after);
}
