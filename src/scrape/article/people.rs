//! Who wrote an article.

use super::Found;
use super::json_ld::{Article, Graph};
use super::markup::Markup;
use super::meta::Meta;
use super::text::fold;
use super::title::Site;
use crate::model::CleanHtml;

/// Words before a name in a byline.
const BEFORE: [&str; 26] = [
    "by",
    "von",
    "par",
    "por",
    "di",
    "da",
    "de",
    "door",
    "av",
    "af",
    "text",
    "autor",
    "author",
    "auteur",
    "written by",
    "posted by",
    "reported by",
    "story by",
    "words by",
    "publié par",
    "a cura di",
    "بقلم",
    "كتب",
    "كتبت",
    "ein beitrag von",
    "yazan",
];

/// Between names. A comma alone may also stand before an office.
const BETWEEN: [&str; 9] = [" and ", " und ", " et ", " & ", "; ", " | ", " y ", " / ", " og "];

pub(super) fn authors(
    markup: &Markup,
    meta: &Meta,
    graph: &Graph,
    node: Option<&Article>,
    site: &Site,
) -> Option<Found<Vec<String>>> {
    let found = |names: Vec<String>, rule| {
        let value = clean(names);
        (!value.is_empty()).then_some(Found { value, rule })
    };
    let in_data = found(
        node.map(|node| node.names("author")).unwrap_or_default(),
        "JSON-LD author",
    );
    let in_page = graph
        .page()
        .and_then(|page| found(page.names("author"), "JSON-LD page author"));
    let mut places: Vec<Found<Vec<String>>> = in_data.into_iter().collect();
    places.extend(
        METAS
            .iter()
            .filter_map(|name| found(meta.contents(name).map(str::to_owned).collect(), name)),
    );
    places.extend(found(markup.rel_authors(), "rel=author"));
    places.extend(found(markup.property("author"), "itemprop=author"));
    places.extend(in_page);
    places.extend(found(markup.bylines(), "byline"));
    // A person before the site, wherever it stands.
    let names_site = |authors: &Found<Vec<String>>| {
        let is_organization =
            authors.rule == "JSON-LD author" && node.is_some_and(|node| node.are_organizations("author"));
        is_organization || authors.value.iter().all(|name| site.is_called(name))
    };
    let is_person = |authors: &Found<Vec<String>>| authors.value.iter().all(|name| is_person(name));
    // Where the data names no person, only what looks like one is better.
    let person = places
        .iter()
        .enumerate()
        .position(|(at, authors)| !names_site(authors) && (at == 0 || is_person(authors)));
    let chosen = person.unwrap_or(0);
    (chosen < places.len()).then(|| places.swap_remove(chosen))
}

/// Names of `<meta>` that hold authors.
const METAS: [&str; 12] = [
    "parsely-author",
    "sailthru.author",
    "author",
    "article:author",
    "article:author_name",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "byl",
    "cxenseparse:author",
    "dc.contributor",
];

/// Names apart, without what stands around them in bylines.
fn clean(names: Vec<String>) -> Vec<String> {
    const MOST: usize = 20;
    let mut authors: Vec<String> = Vec::new();
    for written in names {
        for name in apart(&written) {
            let name = without_prefix(name.trim());
            let is_name = !name.is_empty()
                && name.chars().count() <= 100
                && !name.contains("://")
                && !name.contains('@')
                && name.chars().any(char::is_alphabetic);
            if is_name && authors.len() < MOST && !authors.iter().any(|known| fold(known) == fold(&name)) {
                authors.push(name);
            }
        }
    }
    authors
}

fn apart(written: &str) -> Vec<String> {
    let mut text = super::text::plain(written);
    for between in BETWEEN {
        text = text.replace(between, "\n");
    }
    let mut names = Vec::new();
    for part in text.split('\n') {
        let parts: Vec<&str> = part
            .split([',', '،', '、'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        // Two words and more on each side of a comma are two names.
        if parts.len() > 1 && parts.iter().all(|part| part.split_whitespace().count() >= 2) {
            names.extend(parts.into_iter().map(str::to_owned));
        } else {
            names.push(part.to_owned());
        }
    }
    names
}

fn without_prefix(name: &str) -> String {
    let mut name = name
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .trim_end_matches([',', '|', '•', '·', '-', ' ', ':']);
    loop {
        let stripped = BEFORE.iter().find_map(|word| {
            let start = name.get(..word.len())?;
            let rest = &name[word.len()..];
            let ends = rest.starts_with([' ', ':', '\u{a0}']);
            (ends && start.to_lowercase() == **word).then(|| rest.trim_start_matches([' ', ':', '\u{a0}']))
        });
        // "Da Silva" and "De Luca" are names.
        match stripped {
            Some(rest)
                if rest.split_whitespace().count() >= 1
                    && !(is_particle(name) && rest.split_whitespace().count() < 2) =>
            {
                name = rest
            }
            _ => return name.to_owned(),
        }
    }
}

fn is_particle(name: &str) -> bool {
    let first = name.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "da" | "de" | "di" | "von" | "af" | "av")
}

/// The name that a text begins or ends with: a line of its own, in bold, that looks like nothing but a name.
pub(super) fn signature(html: &CleanHtml) -> Option<Found<Vec<String>>> {
    let html = html.as_str().trim();
    let bold = |text: &str| -> Option<String> {
        ["strong", "b", "em", "i"].iter().find_map(|tag| {
            let inner = text.strip_prefix(&format!("<p><{tag}>"))?;
            let inner = inner.strip_suffix(&format!("</{tag}></p>"))?;
            (!inner.contains('<')).then(|| super::text::plain(inner))
        })
    };
    let first = html.find("</p>").map(|end| &html[..end + 4]);
    let last = html.rfind("<p>").map(|start| &html[start..]);
    let name = [last, first]
        .into_iter()
        .flatten()
        .find_map(|text| bold(text).filter(|name| is_full_name(name)))?;
    Some(Found {
        value: vec![name],
        rule: "signature",
    })
}

/// Two to four words that all begin as names do in scripts that have capitals.
fn is_full_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| {
        let is_plain = word
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'));
        is_plain && word.chars().next().is_some_and(char::is_uppercase)
    };
    (2..=4).contains(&words.len()) && text.chars().count() <= 40 && words.iter().all(is_word)
}

/// Two words and more, or a name in Chinese characters, which takes no space.
fn is_person(name: &str) -> bool {
    let is_han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    let is_short_han = name.chars().all(is_han) && (2..=4).contains(&name.chars().count());
    (name.split_whitespace().count() > 1 || is_short_han) && !name.contains([':', '/', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_signed_with_nothing_but_a_name() {
        for (html, expected) in [
            ("<p>Long.</p><p><strong>Lê Phương</strong></p>", Some("Lê Phương")),
            ("<p><b>Amal bin Ali</b></p><p>Long.</p>", None),
            ("<p><b>Amal Ali</b></p><p>Long.</p>", Some("Amal Ali")),
            ("<p>Long.</p><p><strong>What happened next?</strong></p>", None),
            ("<p>Long.</p><p><strong>Read More</strong> here</p>", None),
            ("<p>Long.</p>", None),
            ("", None),
        ] {
            let html = CleanHtml::already_clean(html.to_owned());
            let found = signature(&html).map(|found| found.value);
            assert_eq!(found, expected.map(|name| vec![name.to_owned()]), "{html:?}");
        }
    }

    #[test]
    fn names_are_taken_out_of_bylines() {
        for (written, expected) in [
            ("By Amal Ali", vec!["Amal Ali"]),
            ("Von Max Muster und Anna Berg", vec!["Max Muster", "Anna Berg"]),
            ("Amal Ali, Omar Fathi", vec!["Amal Ali", "Omar Fathi"]),
            ("Amal Ali, Tripoli", vec!["Amal Ali, Tripoli"]),
            ("Da Silva", vec!["Da Silva"]),
            ("بقلم: أمل علي", vec!["أمل علي"]),
            ("牛镛、岳弘彬", vec!["牛镛、岳弘彬"]),
            ("https://www.facebook.com/news", vec![]),
            ("105092", vec![]),
            ("a.ali@news.example", vec![]),
        ] {
            assert_eq!(clean(vec![written.to_owned()]), expected, "{written}");
        }
    }
}
