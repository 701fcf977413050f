//! What an article is about, in the words of its site.

use super::Found;
use super::json_ld::Article;
use super::markup::Markup;
use super::meta::Meta;
use super::text::{fold, list};

/// The tags of all trustworthy places.
pub(super) fn tags(
    markup: &Markup,
    meta: &Meta,
    node: Option<&Article>,
    in_state: &[String],
) -> Option<Found<Vec<String>>> {
    const MOST: usize = 60;
    const LONGEST: usize = 100;
    let keywords = node.map(|node| node.list("keywords")).unwrap_or_default();
    let mut places = vec![
        (markup.rel_tags(), "rel=tag"),
        (meta.list("article:tag"), "article:tag"),
        (keywords, "JSON-LD keywords"),
    ];
    places.extend(meta.keywords());
    places.push((markup.tag_blocks(), "block of tags"));
    places.push((markup.labelled_tags(), "links after a label"));
    places.push((markup.named_tag_links(), "links called tags that lead to tags"));
    // What is less certain counts where nothing else does.
    let sections = || {
        let sections = node.map(|node| node.list("articleSection")).unwrap_or_default();
        if sections.len() > 1 { sections } else { Vec::new() }
    };
    let uncertain: [(&dyn Fn() -> Vec<String>, &'static str); 4] = [
        (&|| markup.single_tags(), "links called tags"),
        (&|| markup.tag_links(), "links to tags"),
        (&|| in_state.to_vec(), "tags in the page's state"),
        // One section is the article's place; several say what it is about.
        (&sections, "JSON-LD articleSection"),
    ];
    for (place, rule) in uncertain {
        if places.iter().all(|(names, _)| names.is_empty()) {
            places.push((place(), rule));
        }
    }
    let mut tags: Vec<String> = Vec::new();
    let mut folded: Vec<String> = Vec::new();
    let mut first = None;
    for (names, rule) in places {
        let has_kinds = are_of_kinds(&names);
        for name in names {
            let name = match name.split_once(": ") {
                Some((_, name)) if has_kinds => name.to_owned(),
                _ => name,
            };
            let Some(name) = tag(&name) else { continue };
            let key = fold(&name);
            if !key.is_empty()
                && name.chars().count() <= LONGEST
                && tags.len() < MOST
                && !folded.contains(&key)
            {
                first = first.or(Some(rule));
                folded.push(key);
                tags.push(name);
            }
        }
    }
    // Some write all tags in one element, and then each in one.
    let is_whole = |name: &String| {
        let members = list(name);
        members.len() > 1 && members.iter().all(|member| folded.contains(&fold(member)))
    };
    tags.retain(|name| !is_whole(name));
    first.map(|rule| Found { value: tags, rule })
}

/// Whether a list names the kind of each of its tags, "Place: Tripoli", in words of its own.
fn are_of_kinds(names: &[String]) -> bool {
    let kinds = names.iter().filter(|name| name.contains(": ")).count();
    kinds >= 3 && kinds * 2 > names.len()
}

/// A tag without the marks of the system that keeps it; `None` for what only that system needs.
fn tag(written: &str) -> Option<String> {
    const KINDS: [&str; 16] = [
        "category",
        "categories",
        "tag",
        "tags",
        "topic",
        "topics",
        "subject",
        "section",
        "sections",
        "keyword",
        "person",
        "organization",
        "place",
        "location",
        "thema",
        "tema",
    ];
    let tag = written.trim_start_matches('#').trim();
    let is_id = tag.len() >= 16 && tag.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_id {
        return None;
    }
    // `webType:story`
    let is_machine_tag = tag.split_once(':').is_some_and(|(key, value)| {
        !key.contains(' ')
            && key.is_ascii()
            && !value.starts_with(' ')
            && !KINDS.contains(&key.to_lowercase().as_str())
    });
    if is_machine_tag {
        return None;
    }
    let tag = match tag.split_once([':', '/']) {
        Some((kind, name)) if KINDS.contains(&kind.trim().to_lowercase().as_str()) => name.trim(),
        _ => tag,
    };
    (!tag.is_empty()).then(|| tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_lose_the_marks_of_their_system() {
        for (written, expected) in [
            ("#libya", Some("libya")),
            ("Category: Public Service", Some("Public Service")),
            ("topic/misshandel & överfall", Some("misshandel & överfall")),
            ("AC/DC", Some("AC/DC")),
            ("Libya: the war", Some("Libya: the war")),
            ("webType:story", None),
            ("98be933f-38cf-4fba-b6c6-ad438e82010a", None),
            ("#", None),
        ] {
            assert_eq!(tag(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn a_list_that_names_kinds_is_told_from_titles() {
        let list =
            |names: &[&str]| are_of_kinds(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert!(list(&["Category: Travel", "Entity: Leptis", "Score: high", "b1"]));
        assert!(!list(&["Libya: the war", "oil", "gas"]));
    }
}
