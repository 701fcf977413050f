//! Under which id a source shows an item.

use std::collections::HashMap;

use crate::model::{CanonicalUrl, Guid, ParsedItem};

/// Longer guids are hashed.
const LONGEST: usize = 512;
/// How guids begin that we made ourselves; one that a source wrote so gets `guid:` before it.
const OWN: [&str; 4] = ["guid:", "hash:", "link:", "title:"];

/// The guid each item of a document is filed under, in order; unique within the document except for items
/// that are the same thing twice. Guids that repeat are not believed (rule 7): there, and where there is
/// none, the canonical link, else title and date, tell items apart.
pub fn guids(items: &[ParsedItem], links: &[Option<CanonicalUrl>]) -> Vec<Guid> {
    let identities: Vec<String> = items
        .iter()
        .enumerate()
        .map(|(index, item)| identity(item, links.get(index).and_then(Option::as_ref)))
        .collect();
    let written: Vec<Option<String>> = items.iter().map(|item| written(item.guid.as_deref()?)).collect();

    // A guid is believed while all items that bear it are one and the same.
    let mut bearers: HashMap<&str, Option<&str>> = HashMap::new();
    for (guid, identity) in written.iter().zip(&identities) {
        let Some(guid) = guid else { continue };
        let bearer = bearers.entry(guid).or_insert(Some(identity));
        if *bearer != Some(identity) {
            *bearer = None;
        }
    }
    let believed = |guid: &&String| bearers.get(guid.as_str()).is_some_and(Option::is_some);
    let chosen = written.iter().zip(&identities).map(|(written, identity)| {
        let guid = written.as_ref().filter(believed).unwrap_or(identity);
        Guid::new(guid.as_str())
    });
    chosen.collect()
}

/// The guid as the source wrote it, as far as it can be one.
fn written(guid: &str) -> Option<String> {
    let guid: String = guid.trim().chars().filter(|c| !c.is_control()).collect();
    if guid.is_empty() {
        return None;
    }
    if guid.len() > LONGEST {
        return Some(hashed(&[&guid]));
    }
    let looks_own = OWN.iter().any(|prefix| guid.starts_with(prefix));
    Some(if looks_own { format!("guid:{guid}") } else { guid })
}

/// What tells an item apart without its guid.
fn identity(item: &ParsedItem, link: Option<&CanonicalUrl>) -> String {
    if let Some(link) = link {
        let link = link.as_str();
        return if link.len() > LONGEST {
            hashed(&[link])
        } else {
            format!("link:{link}")
        };
    }
    let text =
        |body: &Option<crate::model::Body>| body.as_ref().map_or("", |body| body.as_str().trim()).to_owned();
    let title = text(&item.title);
    let date = item.published.map(|date| date.to_rfc3339()).unwrap_or_default();
    // Microblogs have no titles; there the text is the title.
    let body = if title.is_empty() {
        text(&item.content) + &text(&item.summary)
    } else {
        String::new()
    };
    format!("title:{}", hashed(&[&title, &date, &body]))
}

fn hashed(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("hash:{}", &hasher.finalize().to_hex()[..32])
}

/// Whether a document that the source gave before now bears new guids nearly throughout (rule 6): `known`
/// tells of each item whether its guid was seen before.
pub fn guids_changed(known: &[bool], source_has_history: bool) -> bool {
    const FEWEST: usize = 3;
    let new = known.iter().filter(|known| !**known).count();
    source_has_history && known.len() >= FEWEST && new * 5 > known.len() * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Body;
    use crate::normalize::canonical;
    use chrono::DateTime;
    use proptest::prelude::*;
    use url::Url;

    fn item(guid: Option<&str>, title: &str, date: Option<i64>) -> ParsedItem {
        ParsedItem {
            guid: guid.map(str::to_owned),
            title: Some(Body::Plain(title.to_owned())),
            published: date.and_then(|date| DateTime::from_timestamp(date, 0)),
            ..ParsedItem::default()
        }
    }

    fn link(path: &str) -> Option<CanonicalUrl> {
        canonical(&Url::parse("https://news.example/").unwrap().join(path).unwrap())
    }

    fn texts(items: &[ParsedItem], links: &[Option<CanonicalUrl>]) -> Vec<String> {
        guids(items, links)
            .iter()
            .map(|guid| guid.as_str().to_owned())
            .collect()
    }

    #[test]
    fn guids_that_do_not_repeat_are_believed() {
        let items = [item(Some(" a "), "T", None), item(Some("b"), "T", None)];
        assert_eq!(texts(&items, &[link("/1"), link("/2")]), ["a", "b"]);
    }

    #[test]
    fn a_guid_on_different_articles_is_not_believed() {
        let items = [
            item(Some("x"), "T", None),
            item(Some("x"), "T", None),
            item(Some("y"), "T", None),
        ];
        let found = texts(&items, &[link("/1"), link("/2"), link("/3")]);
        assert_eq!(
            found,
            ["link:https://news.example/1", "link:https://news.example/2", "y"]
        );
        let items = [
            item(Some("x"), "One", Some(9)),
            item(Some("x"), "Two", Some(9)),
            item(Some("x"), "Two", Some(8)),
        ];
        let found = texts(&items, &[None, None, None]);
        assert!(found[0] != found[1] && found[1] != found[2] && found[0] != found[2]);
    }

    #[test]
    fn the_same_item_twice_keeps_its_guid() {
        let twice = [
            item(Some("x"), "Title", None),
            item(Some("x"), "Title, corrected", None),
        ];
        assert_eq!(
            texts(&twice, &[link("/1"), link("/1?utm_source=rss")]),
            ["x", "x"]
        );
        let twice = [
            item(Some("x"), "Title", Some(1)),
            item(Some("x"), "Title", Some(1)),
        ];
        assert_eq!(texts(&twice, &[None, None]), ["x", "x"]);
    }

    #[test]
    fn items_without_guid_are_told_apart_by_link_else_title_and_date() {
        let items = [
            item(None, "T", None),
            item(Some(" "), "T", None),
            item(None, "T", Some(1)),
            item(None, "T", Some(2)),
        ];
        let found = texts(&items, &[link("/1"), link("/2"), None, None]);
        assert_eq!(
            found[..2],
            ["link:https://news.example/1", "link:https://news.example/2"]
        );
        assert_ne!(found[2], found[3]);
        assert!(found[2].starts_with("title:"));
        let untitled = |text: &str| ParsedItem {
            summary: Some(Body::Html(text.to_owned())),
            ..ParsedItem::default()
        };
        let found = texts(&[untitled("one"), untitled("two")], &[None, None]);
        assert_ne!(found[0], found[1]);
    }

    #[test]
    fn a_written_guid_cannot_pass_for_a_made_one() {
        let items = [
            item(Some("link:https://news.example/1"), "T", None),
            item(None, "T", None),
        ];
        let found = texts(&items, &[link("/2"), link("/1")]);
        assert_eq!(
            found,
            ["guid:link:https://news.example/1", "link:https://news.example/1"]
        );
        let long = texts(&[item(Some(&"g".repeat(100_000)), "T", None)], &[None]);
        assert!(long[0].len() < 64);
    }

    #[test]
    fn guids_changed_needs_history_and_nearly_all_new() {
        for (known, history, changed) in [
            (&[false, false, false][..], true, true),
            (&[false, false, false], false, false),
            (&[false, false], true, false),
            (&[true, false, false, false, false], true, false),
            (&[true, false, false, false, false, false], true, true),
            (&[true, true, true], true, false),
            (&[], true, false),
        ] {
            assert_eq!(guids_changed(known, history), changed, "{known:?}");
        }
    }

    proptest! {
        #[test]
        fn equal_guids_mean_equal_items(
            rows in prop::collection::vec((prop::option::of("[ab]|link:https://news.example/1"), 0u8..3, "[TU]?"), 0..8),
        ) {
            let items: Vec<_> = rows.iter().map(|(guid, _, title)| item(guid.as_deref(), title, None)).collect();
            let links: Vec<_> =
                rows.iter().map(|(_, path, _)| if *path == 0 { None } else { link(&format!("/{path}")) }).collect();
            let found = guids(&items, &links);
            for a in 0..rows.len() {
                for b in 0..a {
                    if found[a] == found[b] {
                        prop_assert_eq!(&links[a], &links[b]);
                        prop_assert!(links[a].is_some() || rows[a].2 == rows[b].2);
                    }
                }
            }
        }
    }
}
