//! Every field of an item, attacked by a source that lists its address and by one that copies it.

use crate::desk::{REPORT, Story, feed, paragraphs};
use crate::town::{EVIL, Town, VICTIM, story};

const OWN: &str = "http://127.0.0.2/own";

/// All that an item can say, with other words.
fn forged(stories: &[Story<'_>]) -> String {
    let fields = "<author>Mallory</author><dc:creator>Mallory</dc:creator><dc:language>ar</dc:language>\
                  <enclosure url=\"http://127.0.0.3/a.mp3\" type=\"audio/mpeg\" length=\"9\"/>\
                  <media:thumbnail url=\"http://127.0.0.3/a.jpg\"/><atom:updated>2026-11-29T10:00:00Z</atom:updated>\
                  <source url=\"http://127.0.0.3/feed\">Mallory</source></item>";
    let namespaces = "<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
                      xmlns:atom=\"http://www.w3.org/2005/Atom\" ";
    let feed = feed(EVIL, stories).replace("</item>", fields);
    feed.replace("<rss ", namespaces)
}

#[test]
fn who_lists_an_address_sets_nothing_of_the_article_there() {
    let text = paragraphs(&REPORT);
    let town = Town::new(&[(VICTIM, ""), (EVIL, "")]);
    town.show(
        VICTIM,
        VICTIM,
        &[story(OWN, "The victim's title", "Ports", &text)],
    );
    town.refresh();
    let before = (town.item("", OWN), town.files_without("evil"));
    // Under the address, under the guid, and under both; with other dates each time.
    let forged_text = format!(
        "<img src=\"http://127.0.0.3/b.jpg\"><p>Forged.</p>{}",
        text.repeat(3)
    );
    for (guid, link, date) in [
        ("http://127.0.0.3/g", OWN, "Sun, 29 Nov 2026 10:00:00 GMT"),
        (OWN, OWN, "Sun, 01 Nov 2020 10:00:00 GMT"),
        (
            OWN,
            "http://127.0.0.2/own/?utm_source=evil",
            "Sun, 15 Nov 2026 10:00:00 GMT",
        ),
        (OWN, "http://127.0.0.2/own#evil", "Sun, 22 Nov 2026 10:00:00 GMT"),
    ] {
        let forgery = Story {
            guid,
            date,
            ..story(link, "Forged", "Forged", &forged_text)
        };
        town.serve(EVIL, forged(&[forgery]));
        town.refresh();
        assert_eq!(town.item("", OWN), before.0, "{guid} {link}");
        assert_eq!(town.item("source/evil/", OWN), before.0);
        let after = town.files_without("evil");
        for (file, bytes) in &before.1 {
            assert_eq!(after.get(file), Some(bytes), "{file}");
        }
    }
}

#[test]
fn who_copies_an_article_sets_nothing_of_it_but_that_it_is_also_there() {
    let text = paragraphs(&REPORT);
    let copy = "http://127.0.0.3/copy";
    let town = Town::new(&[(VICTIM, ""), (EVIL, "")]);
    town.show(
        VICTIM,
        VICTIM,
        &[story(OWN, "The victim's title", "Ports", &text)],
    );
    town.refresh();
    let mut before = town.item("", OWN);
    for date in ["Sat, 14 Nov 2026 10:00:00 GMT", "Wed, 18 Nov 2026 10:00:00 GMT"] {
        let more = format!("<img src=\"http://127.0.0.3/b.jpg\">{text}<p>And more.</p>");
        let forgery = Story {
            date,
            ..story(copy, "Forged", "Forged", &more)
        };
        town.serve(EVIL, forged(&[forgery]));
        town.refresh();
        let mut after = town.item("", OWN);
        assert_eq!(after["_related"]["also_in"][0]["url"], copy);
        let also = format!("<p>Also in: <a href=\"{copy}\">Evil</a></p>");
        let html = after["content_html"].as_str().unwrap().replace(&also, "");
        assert_eq!(html, before["content_html"]);
        for item in [&mut after, &mut before] {
            let fields = item.as_object_mut().unwrap();
            fields.remove("_related");
            fields.remove("content_html").unwrap();
        }
        assert_eq!(after, before);
        before = town.item("source/victim/", OWN);
        before["content_html"] = html.into();
    }
}
