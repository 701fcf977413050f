//! Whether a source says the same about an item as before.

use xxhash_rust::xxh3::Xxh3;

use crate::model::{Body, Fingerprint, ParsedItem};

/// A hash of all that a source says about an item, and of the version of the rules that clean it. The same on
/// every run and machine, and no two items can be written differently and hash the same bytes: every part
/// tells its length.
pub fn fingerprint(item: &ParsedItem, version: u32) -> Fingerprint {
    // Destructured, so that a field added later cannot be forgotten.
    let ParsedItem {
        guid,
        guid_is_permalink,
        url,
        title,
        published,
        updated,
        authors,
        terms,
        summary,
        content,
        enclosures,
        image,
        language,
        origin,
        base,
    } = item;
    let mut parts = Parts(Xxh3::new());
    parts.number(u64::from(version));
    parts.text(guid.as_deref());
    parts.number(u64::from(*guid_is_permalink));
    parts.text(url.as_ref().map(AsRef::as_ref));
    parts.body(title.as_ref());
    for date in [published, updated] {
        parts.text(date.map(|date| date.to_rfc3339()).as_deref());
    }
    parts.count(authors.len());
    authors.iter().for_each(|author| parts.text(Some(author)));
    parts.count(terms.len());
    for term in terms {
        parts.text(Some(&term.name));
        parts.text(term.scheme.as_deref());
    }
    parts.body(summary.as_ref());
    parts.body(content.as_ref());
    parts.count(enclosures.len());
    for file in enclosures {
        parts.text(Some(file.url.as_str()));
        parts.text(file.media_type.as_deref());
        parts.text(file.length.map(|length| length.to_string()).as_deref());
    }
    parts.text(image.as_ref().map(AsRef::as_ref));
    parts.text(language.as_deref());
    parts.number(u64::from(origin.is_some()));
    if let Some(origin) = origin {
        parts.text(origin.title.as_deref());
        parts.text(origin.url.as_ref().map(AsRef::as_ref));
    }
    parts.text(base.as_ref().map(AsRef::as_ref));
    Fingerprint(parts.0.digest())
}

/// The fingerprint of an item that the page behind it completes.
pub fn with_article(shown: Fingerprint) -> Fingerprint {
    marked(shown, 1)
}

/// … while that page is still to be read: another one, so that the next poll tries again.
pub fn unread(complete: Fingerprint) -> Fingerprint {
    marked(complete, 2)
}

fn marked(fingerprint: Fingerprint, mark: u64) -> Fingerprint {
    let mut parts = Parts(Xxh3::new());
    parts.number(fingerprint.0);
    parts.number(mark);
    Fingerprint(parts.0.digest())
}

struct Parts(Xxh3);

impl Parts {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.count(text.len());
                self.0.update(text.as_bytes());
            }
            // No text is that long.
            None => self.number(u64::MAX),
        }
    }

    fn body(&mut self, body: Option<&Body>) {
        self.number(match body {
            None => 0,
            Some(Body::Plain(_)) => 1,
            Some(Body::Html(_)) => 2,
        });
        self.text(body.map(Body::as_str));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, ParsedEnclosure, Term};
    use chrono::DateTime;
    use std::collections::HashSet;
    use url::Url;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn any_change_is_noticed() {
        let url = || Url::parse("https://news.example/a").unwrap();
        let edits: [fn(&mut ParsedItem, Url); 16] = [
            |_, _| {},
            |item, _| item.guid = some("1"),
            |item, _| item.guid = some(""),
            |item, _| item.guid_is_permalink = true,
            |item, url| item.url = Some(url),
            |item, url| item.image = Some(url),
            |item, url| item.base = Some(url),
            |item, _| item.title = Some(Body::Plain("1".into())),
            |item, _| item.title = Some(Body::Html("1".into())),
            |item, _| item.summary = Some(Body::Html("1".into())),
            |item, _| item.content = Some(Body::Html("1".into())),
            |item, _| item.published = DateTime::from_timestamp(1, 0),
            |item, _| item.updated = DateTime::from_timestamp(1, 0),
            |item, _| item.language = some("1"),
            |item, _| {
                item.origin = Some(Origin {
                    title: None,
                    url: None,
                })
            },
            |item, url| {
                item.enclosures = vec![ParsedEnclosure {
                    url,
                    media_type: None,
                    length: Some(1),
                }]
            },
        ];
        let mut seen = HashSet::new();
        for edit in edits {
            let mut item = ParsedItem::default();
            edit(&mut item, url());
            assert!(seen.insert(fingerprint(&item, 1)));
        }
        assert!(seen.insert(fingerprint(&ParsedItem::default(), 2)));
    }

    #[test]
    fn text_that_moves_between_fields_is_a_change() {
        let authors = |names: &[&str]| ParsedItem {
            authors: names.iter().map(|name| (*name).to_owned()).collect(),
            ..ParsedItem::default()
        };
        let term = |name: &str, scheme: Option<&str>| ParsedItem {
            terms: vec![Term {
                name: name.to_owned(),
                scheme: scheme.map(str::to_owned),
            }],
            ..ParsedItem::default()
        };
        let items = [
            authors(&["ab"]),
            authors(&["a", "b"]),
            authors(&["", "ab"]),
            term("ab", None),
            term("a", Some("b")),
            term("", Some("ab")),
        ];
        let hashes: HashSet<_> = items.iter().map(|item| fingerprint(item, 1)).collect();
        assert_eq!(hashes.len(), items.len());
    }

    #[test]
    fn the_hash_is_the_same_on_every_machine() {
        let item = ParsedItem {
            guid: some("https://news.example/?p=1"),
            ..ParsedItem::default()
        };
        assert_eq!(fingerprint(&item, 1), Fingerprint(5_787_034_814_998_293_383));
    }
}
