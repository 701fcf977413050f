//! What several items of one document have in common, so that it identifies none of them (rule 7 of identity).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::model::CanonicalUrl;

/// What a document says of an item, as far as that may identify it.
#[derive(Clone, Copy, Debug)]
pub struct Signs<'a> {
    /// The document's own id for it.
    pub guid: Option<&'a str>,
    /// Where it leads.
    pub link: Option<&'a CanonicalUrl>,
    /// Plain and folded; may be empty.
    pub title: &'a str,
    /// As the document says.
    pub published: Option<DateTime<Utc>>,
}

/// Which of an item's signs other items of its document have, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Its link leads to a page of all of them: the home page, one of many notes, a show. Titles and ids tell them apart.
    pub link: bool,
    /// Its title and date: those of a daily notice, dated by the day or not at all.
    pub title: bool,
}

/// For each item what is repeated of it.
pub fn repeats(items: &[Signs<'_>]) -> Vec<Repeats> {
    let mut by_link: HashMap<&CanonicalUrl, Vec<&Signs>> = HashMap::new();
    let mut by_title: HashMap<(&str, Option<DateTime<Utc>>), Vec<&Signs>> = HashMap::new();
    for item in items {
        if let Some(link) = item.link {
            by_link.entry(link).or_default().push(item);
        }
        if !item.title.is_empty() {
            by_title
                .entry((item.title, item.published))
                .or_default()
                .push(item);
        }
    }
    let is_shared = |items: &Vec<&Signs>| {
        let guids: HashSet<_> = items.iter().map(|item| item.guid).collect();
        let titles: HashSet<_> = items.iter().map(|item| item.title).collect();
        titles.len() > 1 && (guids.len() > 1 || guids.contains(&None))
    };
    let is_recurring = |items: &Vec<&Signs>| {
        let apart: HashSet<_> = items.iter().map(|item| (item.guid, item.link)).collect();
        apart.len() > 1
    };
    let links: HashSet<_> = by_link
        .iter()
        .filter(|(_, items)| is_shared(items))
        .map(|(link, _)| *link)
        .collect();
    let titles: HashSet<_> = by_title
        .iter()
        .filter(|(_, items)| is_recurring(items))
        .map(|(title, _)| *title)
        .collect();
    let of = |item: &Signs| Repeats {
        link: item.link.is_some_and(|link| links.contains(link)),
        title: titles.contains(&(item.title, item.published)),
    };
    items.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> CanonicalUrl {
        CanonicalUrl::already_canonical(format!("https://news.example/{path}"))
    }

    #[test]
    fn what_several_items_have_identifies_none_of_them() {
        let (home, own) = (url(""), url("own"));
        let day = DateTime::from_timestamp(1_700_000_000, 0);
        let signs = |guid: Option<&'static str>, link, title| Signs {
            guid,
            link,
            title,
            published: day,
        };
        let of = |items: &[Signs]| {
            let repeats: Vec<_> = repeats(items)
                .into_iter()
                .map(|one| (one.link, one.title))
                .collect();
            repeats
        };
        let (no, link, title) = ((false, false), (true, false), (false, true));
        // Episodes that lead to the home page, with ids and without.
        let shows = [
            signs(Some("1"), Some(&home), "one"),
            signs(Some("2"), Some(&home), "two"),
            signs(Some("3"), Some(&own), "own"),
        ];
        assert_eq!(of(&shows), [link, link, no]);
        assert_eq!(
            of(&[signs(None, Some(&home), "one"), signs(None, Some(&home), "two")]),
            [link; 2]
        );
        // One article twice: under one title, or under one id.
        let twice = of(&[
            signs(Some("1"), Some(&own), "one"),
            signs(Some("2"), Some(&own), "one"),
        ]);
        assert!(!twice[0].0);
        assert_eq!(
            of(&[
                signs(Some("1"), Some(&own), "one"),
                signs(Some("1"), Some(&own), "two")
            ]),
            [no; 2]
        );
        // A daily notice, dated by the day.
        let other = url("other");
        assert_eq!(
            of(&[
                signs(Some("1"), Some(&own), "notice"),
                signs(Some("2"), Some(&other), "notice")
            ]),
            [title; 2]
        );
        assert_eq!(
            of(&[
                signs(Some("1"), Some(&own), "notice"),
                signs(Some("1"), Some(&own), "notice")
            ]),
            [no; 2]
        );
        assert_eq!(
            of(&[
                signs(Some("1"), Some(&own), ""),
                signs(Some("2"), Some(&other), "")
            ]),
            [no; 2]
        );
    }
}
