//! Whatever sources say, files are well-formed and nothing in them runs.

use quick_xml::Reader;
use quick_xml::events::Event;
use tempfile::tempdir;

use crate::model::{Enclosure, PublishedItem, TopicKind};

use super::sample::{bare, full, html, publish, publisher, read, root, tag, topic};

/// Strings that break out of whatever they are pasted into.
fn hostile() -> Vec<String> {
    let mut strings: Vec<String> = [
        "</title><script>alert(1)</script>",
        "]]><script>alert(1)</script>",
        "]]\u{1}><script>",
        "<![CDATA[ x ]]>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</article></main></body></html>",
        "<!-- --!> -->",
        "&amp;lt; &#0; &#x1F; &nbsp; &unknown;",
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e \"x\">]>&e;",
        "\u{202E}gnp.exe\u{2066}",
        "\u{FFFE}\u{FFFF}\u{FEFF}\u{0}",
        "\0items\0",
        "javascript:alert(1)",
        "\\\"},{\"id\":\"x",
        "line\nbreak\r\ttab",
        "</item><item>",
        "</entry><entry>",
        "</channel></rss>",
        "{{7*7}} ${x} %s %n",
        "𝕏🏴‍☠️ا\u{64B}",
    ]
    .map(str::to_owned)
    .into();
    strings.extend((0..0x20).filter_map(char::from_u32).map(|c| format!("a{c}b")));
    strings.push("x".repeat(10_000));
    strings
}

/// An item that says `text` wherever text can be said.
fn saying(n: u32, text: &str) -> PublishedItem {
    let mut hostile = full();
    hostile.id = bare(n).id;
    let item = &mut hostile.item;
    item.title = text.to_owned();
    item.authors = vec![text.to_owned()];
    item.link = Some(format!("https://wire.example/{text}"));
    item.image = Some(text.to_owned());
    item.language = Some("en".into());
    item.enclosures = vec![Enclosure {
        url: format!("https://wire.example/?{text}"),
        media_type: Some(text.to_owned()),
        length: None,
    }];
    // What the allow-list lets through is text with its markup escaped.
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    item.content = html(&format!("<p>{escaped}</p>"));
    item.summary = html(&escaped);
    hostile.topics = vec![topic(TopicKind::Tag, text)];
    hostile
}

/// The names of all elements of a well-formed document.
fn elements(xml: &str) -> Vec<String> {
    let illegal = |c: char| (c < ' ' && !"\t\n\r".contains(c)) || c == '\u{FFFE}' || c == '\u{FFFF}';
    assert!(!xml.contains(illegal), "illegal characters");
    let mut reader = Reader::from_str(xml);
    reader.config_mut().enable_all_checks(true);
    let mut names = Vec::new();
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error} in {xml}"))
        {
            Event::Start(start) | Event::Empty(start) => {
                start
                    .attributes()
                    .for_each(|attribute| drop(attribute.expect("an attribute")));
                names.push(start.name().as_ref().to_owned());
            }
            Event::Eof => return names,
            _ => {}
        }
    }
}

#[test]
fn hostile_text_changes_no_structure() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    let plain = saying(0, "plain");
    publish(&mut publisher, &root(), &[plain]).expect("published");
    let expected = ["rss.xml", "atom.xml"].map(|name| elements(&read(output.path(), name)));
    let tags = markup(&read(output.path(), "index.html"));
    for (n, text) in (1..).zip(hostile()) {
        publish(&mut publisher, &root(), &[saying(n, &text)]).expect("published");
        for (name, expected) in ["rss.xml", "atom.xml"].iter().zip(&expected) {
            let mut found = elements(&read(output.path(), name));
            // An image is shown only when it is an address.
            let mut expected = expected.clone();
            for names in [&mut found, &mut expected] {
                names.retain(|name| !name.starts_with("media:"));
            }
            assert_eq!(found, expected, "{name} {text:?}");
            let feed = feed_rs::parser::parse(read(output.path(), name).as_bytes()).expect("a feed");
            assert_eq!(feed.entries.len(), 1, "{name} {text:?}");
        }
        let json: serde_json::Value = serde_json::from_str(&read(output.path(), "feed.json")).expect("JSON");
        assert_eq!(json["items"].as_array().map(Vec::len), Some(1), "{text:?}");
        let page = read(output.path(), "index.html");
        assert_eq!(markup(&page), tags, "{page}");
        assert!(!page.contains('\0') && !page.contains("=\"javascript:"), "{page}");
    }
}

/// How many tags and attributes a page has: text holds neither `<` nor `"` of its own.
fn markup(page: &str) -> (usize, usize) {
    (page.matches('<').count(), page.matches('"').count())
}

#[test]
fn hostile_names_of_feeds_change_no_structure() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    for text in hostile() {
        let feed = tag(&text, "x", 1);
        publisher.directory(&[root(), feed.clone()]).expect("a directory");
        publish(&mut publisher, &feed, &[full()]).expect("published");
        publish(&mut publisher, &root(), &[full()]).expect("published");
        for name in ["tag/x/rss.xml", "tag/x/atom.xml"] {
            elements(&read(output.path(), name));
        }
        let outlines = elements(&read(output.path(), "feeds.opml"));
        assert_eq!(
            outlines.iter().filter(|name| *name == "outline").count(),
            3,
            "{text:?}"
        );
        for name in ["tag/x/index.html", "index.html"] {
            let page = read(output.path(), name);
            assert!(
                !page.contains("<script") && !page.contains("<img src=x") && !page.contains('\0'),
                "{page}"
            );
            assert_eq!(page.matches("<article").count(), 1, "{page}");
            assert!(
                page.ends_with("</html>") && page.matches("</html>").count() == 1,
                "{page}"
            );
        }
    }
}
