//! Alerts as a feed: what the operator subscribes to.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use maud::html;

use crate::model::{Alert, CleanHtml, Feed, FeedKey, FeedKind, Item, PublishedItem, Slug, Told};

use super::Site;

/// So many items are shown, each of which was news once.
pub const SHOWN: usize = 100;

/// `feedmill/health`: neither the index nor `feeds.opml` lists it, for it is of no use to readers.
pub fn feed() -> Feed {
    Feed {
        key: FeedKey {
            kind: FeedKind::Health,
            key: "health".into(),
        },
        name: "Health of the sources".into(),
        slug: Slug::parse("health"),
        size: 0,
        collapse: Default::default(),
    }
}

/// One item for each alert that was raised and one for each that ended, newest first.
pub fn items(alerts: &[Alert], site: &Site) -> Vec<PublishedItem> {
    let mut told: Vec<(DateTime<Utc>, Told, &Alert)> = Vec::new();
    for alert in alerts {
        told.push((alert.raised, Told::Raised, alert));
        told.extend(alert.ended.as_ref().map(|ended| (ended.at, Told::Ended, alert)));
    }
    told.sort_by_key(|(at, told, alert)| (Reverse((*at, *told)), alert.item(*told)));
    told.truncate(SHOWN);
    let item = |(at, told, alert): (DateTime<Utc>, Told, &Alert)| item(alert, told, at, site);
    told.into_iter().map(item).collect()
}

fn item(alert: &Alert, told: Told, at: DateTime<Utc>, site: &Site) -> PublishedItem {
    let words = match (&alert.ended, told) {
        (Some(ended), Told::Ended) => &ended.words,
        _ => &alert.words,
    };
    let html = html! { @for line in words.lines() { p { (line) } } };
    let source = site.sources.get(&alert.source);
    PublishedItem {
        id: alert.item(told),
        item: Item {
            url: None,
            link: source.and_then(|source| source.link.clone()),
            title: alert.headline(told),
            published: Some(at),
            updated: None,
            authors: Vec::new(),
            summary: None,
            content: Some(CleanHtml::already_clean(html.into_string())),
            image: None,
            enclosures: Vec::new(),
            language: Some("en".into()),
            origin: None,
        },
        published: at,
        updated: at,
        source: alert.source.clone(),
        topics: Vec::new(),
        lender: None,
        copies: Vec::new(),
        story: None,
        others: Vec::new(),
    }
}
