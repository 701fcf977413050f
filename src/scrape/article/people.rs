//! Who wrote an article.

use super::Found;
use super::json_ld::{Article, Graph};
use super::markup::Markup;
use super::meta::Meta;
use super::text::fold;
use super::title::Site;
use crate::model::CleanHtml;

/// Authors of one article.
const MOST: usize = 20;

/// Words before a name in a byline.
const BEFORE: [&str; 32] = [
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
    "yazar",
    "haber",
    "текст",
    "автор",
    "tekst",
    "auteure",
];

/// Between names. A comma alone may also stand before an office.
const BETWEEN: [&str; 9] = [" and ", " und ", " et ", " & ", "; ", " | ", " y ", " / ", " og "];

/// Words after a name with which its line goes on to the date.
const DATED: [&str; 8] = [
    " Published ",
    " Updated ",
    " Posted ",
    " published ",
    " posted ",
    " Publié ",
    " Veröffentlicht ",
    " Publicado ",
];

/// What may follow a name after a comma and is part of it.
const AFTER: [&str; 8] = ["jr", "sr", "ii", "iii", "phd", "ph.d", "md", "mba"];

/// Beginnings of words for what somebody is, not is called.
const OFFICES: [&str; 34] = [
    "correspond",
    "korrespond",
    "corrispond",
    "reporter",
    "reportaje",
    "editor",
    "editeur",
    "éditeur",
    "writer",
    "journalist",
    "giornalist",
    "periodista",
    "jornalista",
    "gazeteci",
    "staff",
    "chief",
    "chef",
    "director",
    "direct",
    "redakt",
    "redact",
    "rédact",
    "redacc",
    "redazione",
    "bureau",
    "analyst",
    "columnist",
    "professor",
    "universit",
    "fotograf",
    "photograph",
    "muhabir",
    "مراسل",
    "محرر",
];

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
        node.map(|node| data_authors(graph, node)).unwrap_or_default(),
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

/// The authors of an article's object. Where several objects describe the article, as where two plugins of a site do, one
/// may know of authors that another leaves out.
fn data_authors(graph: &Graph, node: &Article) -> Vec<String> {
    let of = |article: &Article| {
        let mut names = article.names("author");
        names.truncate(MOST);
        names
    };
    let authors = of(node);
    let has_all = |more: &Vec<String>| authors.iter().all(|author| more.contains(author));
    graph
        .same(node)
        .map(|twin| of(&twin))
        .filter(has_all)
        .max_by_key(Vec::len)
        .filter(|more| more.len() > authors.len())
        .unwrap_or(authors)
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
    // "Amal Ali Published 2:16 PM"
    let dated = DATED.iter().filter_map(|word| text.find(word)).min();
    text.truncate(dated.unwrap_or(text.len()));
    for between in BETWEEN {
        text = text.replace(between, "\n");
    }
    text.split('\n').flat_map(by_commas).collect()
}

/// The names in a text that may go on, after a comma, with another name, an office or a place.
fn by_commas(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text
        .split([',', '،', '、'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let Some((first, others)) = parts.split_first() else {
        return Vec::new();
    };
    let is_list = text.contains('、') || parts.len() > 2 && parts.iter().all(|part| !part.contains(' '));
    if is_list {
        return parts.iter().map(|part| (*part).to_owned()).collect();
    }
    // "Ali, Amal" is one name, and "Amal Ali, Jr." too.
    let is_part_of_name = |part: &&str| AFTER.contains(&part.trim_end_matches('.').to_lowercase().as_str());
    if first.split_whitespace().count() < 2 || others.iter().all(is_part_of_name) {
        return vec![text.trim().to_owned()];
    }
    let others = others
        .iter()
        .filter(|part| part.split_whitespace().count() >= 2 && may_be_name(part));
    std::iter::once(first)
        .chain(others)
        .map(|part| (*part).to_owned())
        .collect()
}

/// Few words, all of which begin as names do, and none of which is an office.
fn may_be_name(text: &str) -> bool {
    const MOST_WORDS: usize = 5;
    let words: Vec<&str> = without_by(text).split_whitespace().collect();
    let is_capital = |word: &&&str| !word.chars().next().is_some_and(char::is_lowercase);
    let capitals = words.iter().filter(is_capital).count();
    // "Staffan" is no staff.
    let is_office = |word: &&str| {
        let word = word.to_lowercase();
        OFFICES
            .iter()
            .any(|office| word == *office || office.chars().count() > 5 && word.starts_with(office))
    };
    // "Lea van der Berg" has two words in lower case.
    words.len() <= MOST_WORDS && capitals >= 2 && words.len() - capitals <= 2 && !words.iter().any(is_office)
}

fn without_by(text: &str) -> &str {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    if BEFORE.contains(&first.to_lowercase().as_str()) && !is_particle(first) {
        rest
    } else {
        text
    }
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
    let from = |start: usize| {
        let end = html[start..].find("</p>")?;
        Some(&html[start..start + end + 4])
    };
    let first = html.find("<p>").and_then(from);
    let last = html.rfind("<p>").and_then(from);
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
mod tests;
