//! Only the items that a reader does not have (RFC 3229 with the manipulation `feed`).
//!
//! The way a feed is cut into items is the same for every version, so items are compared by the hash of their bytes:
//! one that was edited is sent again, one that is gone is not mentioned, as readers expect.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::model::FileFormat;

/// The items of one version of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    places: Vec<Range<usize>>,
    /// In the order of `places`.
    pub hashes: Vec<u64>,
}

const A_IM: HeaderName = HeaderName::from_static("a-im");

/// Whether a client can take a part of a feed.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(A_IM).iter();
    let mut names = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    names.any(|name| {
        let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
        name.trim().eq_ignore_ascii_case("feed") && parameters.trim() != "q=0"
    })
}

impl Items {
    /// The items of a document; none when it cannot be read.
    pub fn of(format: FileFormat, document: &[u8]) -> Self {
        let places = match format {
            FileFormat::Rss => elements(document, "item", 2),
            FileFormat::Atom => elements(document, "entry", 1),
            FileFormat::Json => lines(document),
            FileFormat::Html => None,
        };
        let places = places.unwrap_or_default();
        let hash = |place: &Range<usize>| {
            let hash = blake3::hash(&document[place.clone()]);
            let first = hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
            u64::from_le_bytes(*first)
        };
        Self {
            hashes: places.iter().map(hash).collect(),
            places,
        }
    }

    /// The document with only the items that are not `known`; `None` when it would hold all of them, or when there are
    /// no items to leave out.
    pub fn without(&self, known: &[u64], format: FileFormat, document: &[u8]) -> Option<Vec<u8>> {
        let (first, last) = (self.places.first()?, self.places.last()?);
        let fresh: Vec<_> = self
            .places
            .iter()
            .zip(&self.hashes)
            .filter(|(_, hash)| !known.contains(hash))
            .map(|(place, _)| place)
            .collect();
        if fresh.len() == self.places.len() {
            return None;
        }
        let between: &[u8] = if format == FileFormat::Json { b",\n" } else { b"\n" };
        let mut part = document[..first.start].to_vec();
        for (n, place) in fresh.into_iter().enumerate() {
            if n > 0 {
                part.extend_from_slice(between);
            }
            part.extend_from_slice(&document[place.clone()]);
        }
        part.extend_from_slice(&document[last.end..]);
        Some(part)
    }
}

/// Where the elements of this name are that have `depth` elements around them.
fn elements(document: &[u8], name: &str, depth: usize) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader::from_reader(document);
    let (mut open, mut start, mut places) = (0, None, Vec::new());
    loop {
        let before = usize::try_from(reader.buffer_position()).ok()?;
        match reader.read_event().ok()? {
            Event::Start(element) => {
                if open == depth && element.name().as_ref() == name {
                    start = Some(before);
                }
                open += 1;
            }
            Event::End(_) => {
                open = open.checked_sub(1)?;
                if open == depth
                    && let Some(start) = start.take()
                {
                    places.push(start..usize::try_from(reader.buffer_position()).ok()?);
                }
            }
            Event::Eof => return Some(places),
            _ => {}
        }
    }
}

/// Each item of our JSON stands on a line of its own: JSON written without spaces has no line breaks inside.
fn lines(document: &[u8]) -> Option<Vec<Range<usize>>> {
    let opening = b"\"items\":[\n";
    let start = memchr::memmem::find(document, opening)? + opening.len();
    let end = document.len() - document.strip_suffix(b"\n]}").map(|_| 3)?;
    let mut places = Vec::new();
    let mut at = start;
    for line in document.get(start..end)?.split(|byte| *byte == b'\n') {
        let item = line.strip_suffix(b",").unwrap_or(line);
        places.push(at..at + item.len());
        at += line.len() + 1;
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RSS: &str = "<rss><channel><title>t</title><image><item>no</item></image>\n<item>a</item>\n<item><![CDATA[</item>]]>b</item>\n</channel></rss>";

    #[test]
    fn items_are_elements_at_their_place() {
        let items = Items::of(FileFormat::Rss, RSS.as_bytes());
        let texts: Vec<_> = items.places.iter().map(|place| &RSS[place.clone()]).collect();
        assert_eq!(texts, ["<item>a</item>", "<item><![CDATA[</item>]]>b</item>"]);
    }

    #[test]
    fn only_unknown_items_are_left() {
        let items = Items::of(FileFormat::Rss, RSS.as_bytes());
        let part = items.without(&items.hashes[1..], FileFormat::Rss, RSS.as_bytes());
        let part = String::from_utf8(part.unwrap()).unwrap();
        assert!(part.contains("<item>a</item>") && !part.contains('b'), "{part}");
        assert!(part.ends_with("\n</channel></rss>"));
        assert_eq!(items.without(&[], FileFormat::Rss, RSS.as_bytes()), None);
    }

    #[test]
    fn json_is_cut_by_lines() {
        let json = "{\"version\":\"1\",\"items\":[\n{\"id\":\"a\"},\n{\"id\":\"b\"}\n]}";
        let items = Items::of(FileFormat::Json, json.as_bytes());
        assert_eq!(items.hashes.len(), 2);
        for (known, left) in [(&items.hashes[..1], "b"), (&items.hashes[1..], "a")] {
            let part = items.without(known, FileFormat::Json, json.as_bytes()).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&part).unwrap();
            assert_eq!(value["items"].as_array().unwrap().len(), 1);
            assert_eq!(value["items"][0]["id"], left);
        }
        let nothing = items
            .without(&items.hashes, FileFormat::Json, json.as_bytes())
            .unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(&nothing).is_ok());
    }

    proptest! {
        #[test]
        fn no_document_makes_it_panic(document in "[<>/a-e!\\[\\]\\n\"{},:items]{0,80}", known in any::<u64>()) {
            for format in [FileFormat::Rss, FileFormat::Atom, FileFormat::Json, FileFormat::Html] {
                let items = Items::of(format, document.as_bytes());
                let _ = items.without(&[known], format, document.as_bytes());
            }
        }
    }
}
