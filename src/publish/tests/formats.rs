//! Each format holds all that is known of an item, and nothing else changes it.

use feed_rs::model::{Entry, Feed as Read};
use tempfile::tempdir;

use crate::model::Feed;
use crate::publish::Page;

use super::sample::{
    arabic, bare, category, feeds, full, items, publish, publisher, read, root, source, tag, time,
};

fn published(feed: &Feed, items: &[crate::model::PublishedItem]) -> tempfile::TempDir {
    let output = tempdir().expect("a folder");
    publish(&mut publisher(output.path()), feed, items).expect("published");
    output
}

fn parsed(text: &str) -> Read {
    feed_rs::parser::parse(text.as_bytes()).expect("a feed")
}

#[test]
fn rendered_files_stay_as_they_are() {
    let output = published(&root(), &items());
    for name in [
        "rss.xml",
        "atom.xml",
        "feed.json",
        "index.html",
        "feeds.opml",
        "sources.opml",
    ] {
        insta::assert_snapshot!(name, read(output.path(), name));
    }
    let output = published(&category("Libya", "libya"), &[full()]);
    insta::assert_snapshot!("category page", read(output.path(), "category/libya/index.html"));
}

#[test]
fn pages_of_old_items_say_whose_they_are_and_go_with_their_feed() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    let libya = category("Libya", "libya");
    let all = items();
    let ids: Vec<_> = all.iter().map(|item| item.id).collect();
    let mut place = |until, before, after| {
        let place = Page { until, before, after };
        let mut load = |_: &[_]| Ok::<_, super::super::Error>(all.clone());
        publisher.page(&libya, place, &ids, &mut load).expect("a page");
    };
    place(1_700_000_000, None, Some(1_800_000_000));
    place(1_800_000_000, Some(1_700_000_000), None);
    publisher.archive(&libya, Some(1_800_000_000)).expect("noted");
    publish(&mut publisher, &libya, &all).expect("published");
    let page = read(output.path(), "category/libya/archive/1800000000.xml");
    assert_eq!(parsed(&page).entries.len(), all.len());
    insta::assert_snapshot!("page of old items", page.split("<entry>").next().expect("a head"));
    let oldest = read(output.path(), "category/libya/archive/1700000000.xml");
    assert!(!oldest.contains("prev-archive") && oldest.contains("<fh:archive>"));
    for rel in ["next-archive", "previous"] {
        let link =
            format!("href=\"https://feeds.example.org/category/libya/archive/1800000000.xml\" rel=\"{rel}\"");
        assert!(oldest.contains(&link), "{oldest}");
    }
    let feed = read(output.path(), "category/libya/atom.xml");
    let link = "href=\"https://feeds.example.org/category/libya/archive/1800000000.xml\"";
    assert!(feed.contains(&format!("{link} rel=\"prev-archive\"")), "{feed}");
    publisher.remove_page(&libya, 1_700_000_000).expect("removed");
    assert!(
        !output
            .path()
            .join("category/libya/archive/1700000000.xml")
            .exists()
    );
    std::fs::write(output.path().join("category/libya/archive/notes.txt"), "mine").expect("written");
    publisher.remove(&libya).expect("removed");
    let left: Vec<_> = std::fs::read_dir(output.path().join("category/libya/archive"))
        .expect("a folder that somebody else uses")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    assert_eq!(left, ["notes.txt"]);
}

#[test]
fn an_empty_feed_is_a_valid_feed() {
    let output = published(&tag("AFRICOM", "africom", 0), &[]);
    for name in ["rss.xml", "atom.xml", "feed.json"] {
        let text = read(output.path(), &format!("tag/africom/{name}"));
        assert!(parsed(&text).entries.is_empty(), "{text}");
        insta::assert_snapshot!(format!("empty {name}"), text);
    }
    assert!(read(output.path(), "tag/africom/index.html").contains("Nothing here yet"));
}

#[test]
fn every_format_names_the_hub_if_there_is_one_and_nothing_else_changes() {
    let plain = published(&root(), &items());
    let output = tempdir().expect("a folder");
    let hub = "https://hub.example/?a=1&b=2";
    let site = super::sample::site();
    let site = super::super::Site {
        hub: Some(hub.parse().expect("an address")),
        ..site
    };
    let mut publisher = super::super::Publisher::new(site, output.path().to_owned()).expect("an output");
    publisher.directory(&feeds()).expect("a directory");
    publish(&mut publisher, &root(), &items()).expect("published");
    for (name, line) in [
        (
            "rss.xml",
            "<atom:link href=\"https://hub.example/?a=1&amp;b=2\" rel=\"hub\"/>",
        ),
        (
            "atom.xml",
            "<link href=\"https://hub.example/?a=1&amp;b=2\" rel=\"hub\"/>",
        ),
        (
            "feed.json",
            "\"hubs\":[{\"type\":\"WebSub\",\"url\":\"https://hub.example/?a=1&b=2\"}],",
        ),
    ] {
        let text = read(output.path(), name);
        assert_eq!(text.matches(line).count(), 1, "{text}");
        assert_eq!(text.replace(line, ""), read(plain.path(), name), "{name}");
        // And it is understood.
        let base = "https://feeds.example.org/".parse().expect("an address");
        let feed = crate::parse::feed(text.as_bytes(), None, &base).expect("a feed");
        let itself = format!("https://feeds.example.org/{name}");
        assert_eq!(
            (&feed.offer.hubs[..], feed.offer.topic),
            (&[hub.to_owned()][..], Some(itself))
        );
    }
}

#[test]
fn what_is_written_is_read_back_the_same() {
    let output = published(&root(), &items());
    for name in ["rss.xml", "atom.xml", "feed.json"] {
        let feed = parsed(&read(output.path(), name));
        assert_eq!(
            feed.title.as_ref().map(|title| &*title.content),
            Some("Maghreb Wire"),
            "{name}"
        );
        assert_eq!(feed.language.as_deref(), Some("en"), "{name}");
        for (entry, item) in feed.entries.iter().zip(items()) {
            same(name, entry, &item);
        }
        assert_eq!(feed.entries.len(), 3, "{name}");
    }
}

fn same(name: &str, entry: &Entry, item: &crate::model::PublishedItem) {
    assert_eq!(entry.id, item.id.to_string(), "{name}");
    assert_eq!(
        entry.title.as_ref().map(|title| &*title.content),
        Some(&*item.item.title),
        "{name}"
    );
    assert_eq!(entry.published, Some(item.published), "{name}");
    let links: Vec<_> = entry
        .links
        .iter()
        .filter(|link| link.rel.as_deref() != Some("enclosure"))
        .collect();
    let link = item
        .item
        .link
        .as_deref()
        .map(|link| url::Url::parse(link).expect("a URL").to_string());
    assert_eq!(links.first().map(|link| link.href.clone()), link, "{name}");
    let mut terms: Vec<_> = entry.categories.iter().map(|category| &*category.term).collect();
    terms.sort_unstable();
    let mut names: Vec<_> = item.topics.iter().map(|topic| &*topic.name).collect();
    names.sort_unstable();
    assert_eq!(terms, names, "{name}");
    if let Some(content) = &item.item.content {
        let body = entry.content.as_ref().and_then(|content| content.body.as_deref());
        assert_eq!(body, Some(content.as_str()), "{name}");
    }
    if !item.item.authors.is_empty() {
        let authors: Vec<_> = entry
            .authors
            .iter()
            .filter_map(|author| author.name.clone())
            .collect();
        assert_eq!(authors, item.item.authors, "{name}");
    }
}

#[test]
fn dates_are_written_as_each_format_demands() {
    let output = published(&root(), &[arabic()]);
    assert!(read(output.path(), "rss.xml").contains("<pubDate>Tue, 03 Mar 2026 05:00:00 GMT</pubDate>"));
    assert!(read(output.path(), "atom.xml").contains("<published>2026-03-03T05:00:00+00:00</published>"));
    assert!(read(output.path(), "feed.json").contains(r#""date_published":"2026-03-03T05:00:00Z""#));
    assert!(read(output.path(), "index.html").contains(">3 Mar 2026, 05:00 UTC<"));
}

#[test]
fn entries_of_one_second_differ_in_their_update_and_feeds_in_nothing_else() {
    let output = published(&root(), &[bare(1), bare(2)]);
    let feed = parsed(&read(output.path(), "atom.xml"));
    let updated: Vec<_> = feed
        .entries
        .iter()
        .map(|entry| entry.updated.expect("a date"))
        .collect();
    assert_ne!(updated[0], updated[1]);
    let second = time("2026-03-12T09:00:00Z");
    assert!(
        updated
            .iter()
            .all(|at| (*at - second).num_milliseconds() < 1000 && *at >= second),
        "{updated:?}"
    );
    assert_eq!(feed.updated, updated.iter().copied().max());
}

#[test]
fn the_date_of_a_feed_is_its_newest_change() {
    let output = published(&root(), &items());
    assert!(
        read(output.path(), "rss.xml")
            .contains("<lastBuildDate>Thu, 12 Mar 2026 15:00:00 GMT</lastBuildDate>")
    );
}

#[test]
fn every_item_says_where_it_is_from() {
    let output = published(&root(), &[full()]);
    for (name, expected) in [
        (
            "rss.xml",
            r#"<source url="https://wire.example/feed/?a=1&amp;b=2">Coast &amp; Desert Wire</source>"#,
        ),
        (
            "atom.xml",
            "<source><title>Coast &amp; Desert Wire</title><id>https://wire.example/feed/?a=1&amp;b=2</id>",
        ),
        (
            "feed.json",
            r#""_source":{"name":"Coast & Desert Wire","url":"https://wire.example/feed/?a=1&b=2""#,
        ),
        (
            "index.html",
            r#"href="source/coast-desert-wire/index.html">Coast &amp; Desert Wire</a>"#,
        ),
    ] {
        let text = read(output.path(), name);
        assert!(text.contains(expected), "{name}: {text}");
    }
}

#[test]
fn an_item_of_a_source_that_was_removed_is_still_published() {
    let mut orphan = full();
    orphan.source = crate::model::SourceId::of("Gone / gazette");
    let output = published(&root(), &[orphan]);
    for name in ["rss.xml", "atom.xml", "feed.json"] {
        assert_eq!(parsed(&read(output.path(), name)).entries.len(), 1, "{name}");
    }
    assert!(read(output.path(), "index.html").contains(">gone / gazette</span>"));
}

#[test]
fn titles_are_safe_for_readers_that_take_them_for_html() {
    let output = published(&root(), &[full()]);
    let rss = read(output.path(), "rss.xml");
    assert!(
        rss.contains("<title>Commander &#x26; field marshal &#x3C;met&gt; in Benghazi</title>"),
        "{rss}"
    );
}

#[test]
fn topics_lead_to_their_feeds_from_every_folder() {
    let output = published(&root(), &[full()]);
    publish(
        &mut publisher(output.path()),
        &category("Libya", "libya"),
        &[full()],
    )
    .expect("published");
    for (name, way) in [("index.html", ""), ("category/libya/index.html", "../../")] {
        let page = read(output.path(), name);
        assert!(
            page.contains(&format!(r#"href="{way}tag/africom/index.html">AFRICOM</a>"#)),
            "{page}"
        );
        assert!(
            page.contains(">oil &amp; gas</span>"),
            "a topic without a feed is no link: {page}"
        );
        assert!(page.contains(&format!(r#"href="{way}style.css""#)), "{page}");
        assert!(!page.contains('\0'));
    }
}

#[test]
fn an_item_is_the_same_in_every_feed_and_whatever_the_sizes() {
    let (one, other) = (
        published(&root(), &[full()]),
        tempfile::tempdir().expect("a folder"),
    );
    let mut grown = feeds();
    grown.iter_mut().for_each(|feed| feed.size += 10);
    let mut publisher = publisher(other.path());
    publisher.directory(&grown).expect("a directory");
    publish(&mut publisher, &tag("AFRICOM", "africom", 9), &[full()]).expect("published");
    let item = |text: &str, from: &str, to: &str| {
        text[text.find(from).expect(from)..text.rfind(to).expect(to)].to_owned()
    };
    for (name, from, to) in [
        ("rss.xml", "<item>", "</item>"),
        ("atom.xml", "<entry>", "</entry>"),
        ("feed.json", "\"items\"", "]}"),
    ] {
        let here = item(&read(one.path(), name), from, to);
        assert_eq!(
            here,
            item(&read(other.path(), &format!("tag/africom/{name}")), from, to),
            "{name}"
        );
    }
}

#[test]
fn a_feed_in_one_language_says_so() {
    let output = published(&source("صحيفة الميناء", "shyft-almynaa"), &[arabic()]);
    let folder = "source/shyft-almynaa";
    assert!(read(output.path(), &format!("{folder}/rss.xml")).contains("<language>ar</language>"));
    assert!(read(output.path(), &format!("{folder}/atom.xml")).contains(r#"xml:lang="ar""#));
    let page = read(output.path(), &format!("{folder}/index.html"));
    assert!(
        page.contains(r#"<article class="item" dir="auto" lang="ar">"#),
        "{page}"
    );
}

#[test]
fn pages_name_their_feeds_before_the_sites_and_run_nothing() {
    let output = published(&category("Libya", "libya"), &items());
    let page = read(output.path(), "category/libya/index.html");
    let feeds: Vec<_> = page
        .split("<link rel=\"alternate\"")
        .skip(1)
        .filter_map(|link| link.split("href=\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(
        feeds,
        [
            "rss.xml",
            "atom.xml",
            "feed.json",
            "../../rss.xml",
            "../../atom.xml",
            "../../feed.json"
        ]
    );
    assert!(page.contains("default-src 'none'; style-src 'self'; img-src https: http:; base-uri 'none'"));
    assert!(!page.contains("<script") && !page.contains(" style=") && !page.contains(" onload"));
    assert!(
        page.contains("https://feeds.example.org/category/libya/rss.xml</code>"),
        "the address to copy"
    );
}

#[test]
fn the_index_lists_tags_by_size() {
    let output = published(&root(), &[]);
    let page = read(output.path(), "index.html");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
    assert!(at("tag/khalifa-haftar/") < at("tag/africom/"), "7 items before 2");
    assert!(
        page.contains("category/libya/index.html") && page.contains("source/coast-desert-wire/index.html")
    );
}

#[test]
fn a_story_indents_its_articles_where_the_page_begins_and_not_where_each_of_them_does() {
    let style = crate::publish::html::STYLE;
    let rule = |selector: &str| {
        let mut rules = style.lines().filter_map(|line| line.strip_prefix(selector));
        rules
            .find(|rest| rest.starts_with(" {"))
            .unwrap_or_else(|| panic!("no rule for {selector}"))
    };
    assert!(rule("details.story").contains("padding-inline-start"));
    let article = rule("details.story .item");
    assert!(
        !article.contains("inline"),
        "an Arabic article starts at the right: {article}"
    );
}
