//! A small site for the tests: two sources, one of them Arabic, and items with everything or nothing.

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use url::Url;

use crate::model::{
    CanonicalUrl, CleanHtml, Enclosure, Feed, FeedKey, FileFormat, Guid, Item, ItemId, PublishedItem, Slug,
    SourceId, Topic, TopicKey, TopicKind,
};
use crate::publish::{Error, Publisher, Site, SiteSource};

pub const ALL_FORMATS: [FileFormat; 4] = [
    FileFormat::Rss,
    FileFormat::Atom,
    FileFormat::Json,
    FileFormat::Html,
];

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a date")
}

pub fn html(text: &str) -> Option<CleanHtml> {
    Some(CleanHtml::already_clean(text.to_owned()))
}

pub fn site() -> Site {
    let wire = SiteSource {
        name: "Coast & Desert Wire".into(),
        feed: Some("https://wire.example/feed/?a=1&b=2".into()),
        link: Some("https://wire.example/".into()),
        language: Some("en-GB".into()),
    };
    let arabic = SiteSource {
        name: "صحيفة الميناء".into(),
        feed: Some("https://port.example/rss".into()),
        link: None,
        language: Some("ar".into()),
    };
    Site {
        hub: None,
        title: "Maghreb Wire".into(),
        url: Url::parse("https://feeds.example.org/").expect("a URL"),
        language: "en".into(),
        formats: ALL_FORMATS.to_vec(),
        ttl_minutes: 60,
        sources: HashMap::from([
            (SourceId::of(&wire.name), wire),
            (SourceId::of(&arabic.name), arabic),
        ]),
    }
}

pub fn topic(kind: TopicKind, name: &str) -> Topic {
    Topic {
        kind,
        key: TopicKey::of(name),
        name: name.into(),
    }
}

pub fn feed(key: FeedKey, name: &str, slug: &str, size: u64) -> Feed {
    Feed {
        key,
        name: name.into(),
        slug: Slug::parse(slug),
        size,
        collapse: Default::default(),
    }
}

pub fn root() -> Feed {
    Feed {
        key: FeedKey::all(),
        name: String::new(),
        slug: None,
        size: 3,
        collapse: Default::default(),
    }
}

pub fn category(name: &str, slug: &str) -> Feed {
    feed(
        FeedKey::topic(TopicKind::Category, &TopicKey::of(name)),
        name,
        slug,
        2,
    )
}

pub fn tag(name: &str, slug: &str, size: u64) -> Feed {
    feed(
        FeedKey::topic(TopicKind::Tag, &TopicKey::of(name)),
        name,
        slug,
        size,
    )
}

pub fn source(name: &str, slug: &str) -> Feed {
    feed(FeedKey::source(&SourceId::of(name)), name, slug, 2)
}

/// All feeds of the sample site; the tag `oil & gas` has none.
pub fn feeds() -> Vec<Feed> {
    vec![
        root(),
        category("Libya", "libya"),
        category("الاقتصاد", "alaqtsad"),
        tag("AFRICOM", "africom", 2),
        tag("khalifa haftar", "khalifa-haftar", 7),
        source("Coast & Desert Wire", "coast-desert-wire"),
        source("صحيفة الميناء", "shyft-almynaa"),
    ]
}

/// An item with no more than it must have.
pub fn bare(n: u32) -> PublishedItem {
    let source = SourceId::of("Coast & Desert Wire");
    PublishedItem {
        id: ItemId::of_guid(&source, &Guid::new(n.to_string())),
        item: Item {
            url: None,
            link: None,
            title: format!("Item {n}"),
            published: None,
            updated: None,
            authors: Vec::new(),
            summary: None,
            content: None,
            image: None,
            enclosures: Vec::new(),
            language: None,
            origin: None,
        },
        published: time("2026-03-12T09:00:00Z"),
        updated: time("2026-03-12T09:00:00Z"),
        source,
        topics: Vec::new(),
        lender: None,
        copies: Vec::new(),
        story: None,
        others: Vec::new(),
    }
}

/// An item with everything an item can have.
pub fn full() -> PublishedItem {
    let url = "https://wire.example/2026/03/talks?a=1&b=2";
    PublishedItem {
        id: ItemId::of_url(&CanonicalUrl::already_canonical(url.into())),
        item: Item {
            url: Some(CanonicalUrl::already_canonical(url.into())),
            link: Some(url.into()),
            title: "Commander & field marshal <met> in Benghazi".into(),
            published: Some(time("2026-03-12T14:05:09Z")),
            updated: None,
            authors: vec!["Amal Q. Writer".into(), "R & D desk".into()],
            summary: html("<p>They spoke about <b>training</b> &amp; borders.</p>"),
            content: html(
                r#"<p>They spoke about <a href="https://wire.example/x?a=1&amp;b=2">training</a>.</p>"#,
            ),
            image: Some("https://img.wire.example/talks.jpg?w=600&h=400".into()),
            enclosures: vec![
                Enclosure {
                    url: "https://audio.wire.example/talks.mp3".into(),
                    media_type: Some("audio/mpeg".into()),
                    length: Some(1234),
                },
                Enclosure {
                    url: "https://wire.example/talks.pdf".into(),
                    media_type: None,
                    length: None,
                },
            ],
            language: None,
            origin: None,
        },
        published: time("2026-03-12T14:05:09Z"),
        updated: time("2026-03-12T15:00:00Z"),
        source: SourceId::of("Coast & Desert Wire"),
        topics: vec![
            topic(TopicKind::Category, "Libya"),
            topic(TopicKind::Tag, "AFRICOM"),
            topic(TopicKind::Tag, "khalifa haftar"),
            topic(TopicKind::Tag, "oil & gas"),
        ],
        lender: None,
        copies: Vec::new(),
        story: None,
        others: Vec::new(),
    }
}

/// An Arabic item without a title of its own text format: summary only.
pub fn arabic() -> PublishedItem {
    let source = SourceId::of("صحيفة الميناء");
    PublishedItem {
        id: ItemId::of_guid(&source, &Guid::new("7")),
        item: Item {
            link: Some("https://port.example/اخبار/7".into()),
            title: "الميناء يستقبل أول سفينة هذا العام".into(),
            summary: html("<p>وصلت السفينة فجر اليوم، وقال المدير إن العمل عاد إلى طبيعته.</p>"),
            ..bare(0).item
        },
        published: time("2026-03-03T05:00:00Z"),
        updated: time("2026-03-03T05:00:00Z"),
        source,
        topics: vec![topic(TopicKind::Category, "الاقتصاد")],
        lender: None,
        copies: Vec::new(),
        story: None,
        others: Vec::new(),
    }
}

/// The sample items, newest first.
pub fn items() -> Vec<PublishedItem> {
    vec![full(), bare(1), arabic()]
}

/// A publisher that knows the sample feeds.
pub fn publisher(output: &Path) -> Publisher {
    let mut publisher = Publisher::new(site(), output.to_owned()).expect("an output");
    publisher.directory(&feeds()).expect("a directory");
    publisher
}

/// Publishes `items` in `feed`.
pub fn publish(publisher: &mut Publisher, feed: &Feed, items: &[PublishedItem]) -> Result<(), Error> {
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    publisher.feed(feed, &ids, &mut |wanted| {
        Ok::<_, Error>(
            items
                .iter()
                .filter(|item| wanted.contains(&item.id))
                .cloned()
                .collect(),
        )
    })
}

/// The bytes of a file under the output.
pub fn read(output: &Path, name: &str) -> String {
    std::fs::read_to_string(output.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
