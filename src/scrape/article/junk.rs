//! The names and words of what surrounds and interrupts articles.

use dom_query::NodeRef;

use super::words::{AROUND_PICTURES, ENDS, NOTICES, PAIRS, WORDS};

/// Whether an element's own names say that it is no part of an article.
pub(super) fn is_junk(node: &NodeRef) -> bool {
    let name = node.node_name().unwrap_or_default();
    match &*name {
        "body" | "html" | "article" | "main" => return false,
        "aside" | "form" => return true,
        "p" | "h1" | "h2" | "h3" | "a" | "em" | "strong" | "i" | "b" | "img" | "picture" | "table" | "tr"
        | "td" | "tbody" => {
            return has_name(
                node,
                &[
                    "caption",
                    "credit",
                    "credits",
                    "byline",
                    "advert",
                    "advertisement",
                    "related",
                    "readmore",
                    "timestamp",
                    "dateline",
                    "author",
                    "authors",
                    "pubdate",
                ],
            );
        }
        _ => {}
    }
    if node.attr("aria-hidden").is_some_and(|hidden| &*hidden == "true") {
        return true;
    }
    if node
        .attr("style")
        .is_some_and(|style| style.replace(' ', "").contains("display:none"))
    {
        return true;
    }
    has_junk_words(node, |_| false)
}

/// Whether a box around a picture says that the picture is no part of an article. Themes show and describe pictures in
/// boxes whose names would say so of a text.
pub(super) fn is_beside_pictures(node: &NodeRef) -> bool {
    let is_hidden = node.attr("aria-hidden").is_some_and(|hidden| &*hidden == "true");
    is_hidden || has_junk_words(node, |word| AROUND_PICTURES.contains(&word))
}

fn has_junk_words(node: &NodeRef, is_allowed: impl Fn(&str) -> bool) -> bool {
    let words = names(node);
    let is_denied = |at: usize| at > 0 && words[at - 1] == "no";
    words
        .iter()
        .enumerate()
        .any(|(at, word)| WORDS.contains(&word.as_str()) && !is_denied(at) && !is_allowed(word))
        || words.windows(2).any(|pair| {
            PAIRS.iter().any(|(one, other)| {
                pair[0] == *one && pair[1] == *other && !matches!(*one, "photo" | "image")
            })
        })
}

fn has_name(node: &NodeRef, wanted: &[&str]) -> bool {
    names(node).iter().any(|word| wanted.contains(&word.as_str()))
}

/// The words in class, id and a few other attributes: `c-ShareBar__item` is c, share, bar, item.
pub(super) fn names(node: &NodeRef) -> Vec<String> {
    const MOST: usize = 60;
    let mut words = Vec::new();
    for attribute in [
        "class",
        "id",
        "data-component",
        "data-testid",
        "data-module",
        "role",
    ] {
        let Some(value) = node.attr(attribute) else {
            continue;
        };
        let mut word = String::new();
        let mut was_lower = false;
        for c in value.chars() {
            let starts = c.is_uppercase() && was_lower;
            if (!c.is_alphabetic() || starts) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphabetic() {
                word.extend(c.to_lowercase());
            }
            was_lower = c.is_lowercase();
        }
        if !word.is_empty() {
            words.push(word);
        }
        if words.len() > MOST {
            break;
        }
    }
    words
}

/// A short line that is about the page, not of the article: an ad's mark, a date, a byline, a credit, a call to subscribe.
pub(super) fn is_notice(text: &str) -> bool {
    const MOST_WORDS: usize = 22;
    const MOST_BYLINE: usize = 12;
    let words = text.split_whitespace().count();
    if words == 0 {
        return text.trim().is_empty();
    }
    if words > MOST_WORDS {
        return false;
    }
    let lower = lower(text.trim());
    if NOTICES.iter().any(|notice| starts_with_words(&lower, notice))
        && (words <= 8 || !lower.ends_with(['.', '!', '؟', '?']))
    {
        return true;
    }
    if words <= MOST_BYLINE && (is_byline(text) || is_date(text)) {
        return true;
    }
    is_credited(&lower) || text.chars().all(|c| !c.is_alphanumeric())
}

/// A caption: a line that ends in whose picture it is.
pub(super) fn is_credited(lower: &str) -> bool {
    const CREDITS: [&str; 14] = [
        "©",
        "foto:",
        "fotos:",
        "photo:",
        "photos:",
        "bild:",
        "bilder:",
        "quelle:",
        "credit:",
        "image:",
        "picture:",
        "photograph:",
        "photographs:",
        "(c)",
    ];
    const MOST_AFTER: usize = 60;
    CREDITS.iter().any(|credit| {
        lower
            .rfind(credit)
            .is_some_and(|at| lower.len() - at <= MOST_AFTER && !lower.ends_with('.'))
    })
}

/// Whether a line introduces what comes after articles: other articles, comments, the author.
pub(super) fn ends_article(text: &str) -> bool {
    const MOST_WORDS: usize = 7;
    let lower = lower(text.trim().trim_end_matches([':', '：', '.', '…', '!']));
    ENDS.contains(&lower.as_str())
        || (lower.split_whitespace().count() <= MOST_WORDS
            && ["more from ", "mehr von ", "mehr aus ", "more on "]
                .iter()
                .any(|start| lower.starts_with(start)))
}

/// In lower case, where the Turkish capital of "i" leaves no dot of its own.
fn lower(text: &str) -> String {
    let mut lower = text.to_lowercase();
    lower.retain(|c| c != '\u{307}');
    lower
}

fn starts_with_words(text: &str, start: &str) -> bool {
    text.strip_prefix(start)
        .is_some_and(|rest| !rest.starts_with(char::is_alphabetic) || !start.ends_with(char::is_alphabetic))
}

/// "By Amal Ali", "Von Max Muster".
fn is_byline(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words
        .next()
        .unwrap_or_default()
        .trim_end_matches(':')
        .to_lowercase();
    let starts = matches!(
        first.as_str(),
        "by" | "von" | "par" | "por" | "di" | "door" | "av" | "af" | "بقلم" | "كتب"
    );
    let rest: Vec<&str> = words.collect();
    starts
        && !rest.is_empty()
        && rest.len() <= 6
        && !text.ends_with(['.', '!', '?', ':'])
        && rest
            .iter()
            .all(|word| word.chars().next().is_some_and(|c| !c.is_lowercase()) || word.len() <= 3)
}

/// A line that is a date with few words around it.
fn is_date(text: &str) -> bool {
    let numbers = text
        .split(|c: char| !c.is_numeric())
        .filter(|part| !part.is_empty())
        .count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    numbers >= 2 && letters < 60 && !text.trim_end().ends_with('.') && crate::scrape::date::is_absolute(text)
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::*;

    #[test]
    fn elements_are_junk_by_their_names() {
        for (html, expected) in [
            ("<div class=related>", true),
            ("<div class=c-ShareBar__item>", true),
            ("<div id=newsletterSignup>", true),
            ("<div class='article-body'>", false),
            ("<div class='advantage'>", false),
            ("<div class='no-sidebar'>", false),
            ("<div class='read-more'>", true),
            ("<div class='read more-or-less'>", true),
            ("<div class='more-read'>", false),
            ("<div style='color: red; display : none'>", true),
            ("<div aria-hidden=true>", true),
            ("<div aria-hidden=false>", false),
            ("<aside>", true),
            ("<form>", true),
            ("<article class=related>", false),
            // A paragraph's class says less than a box's.
            ("<p class=social>", false),
            ("<p class=byline>", true),
            ("<div>", false),
        ] {
            let document = Document::fragment(format!("<section>{html}x"));
            let node = *document.select("section > *").nodes().first().unwrap();
            assert_eq!(is_junk(&node), expected, "{html}");
        }
    }

    #[test]
    fn lines_about_the_page_are_told_from_the_story() {
        for (line, expected) in [
            ("Advertisement", true),
            ("اقرأ أيضا: ميناء درنة", true),
            ("Read more: ships arrive", true),
            ("Lesen Sie auch: Schiffe kommen an", true),
            ("By Amal Ali", true),
            ("Von Max Muster und Anna Berg", true),
            ("By the river the ships lay still.", false),
            ("27 August 2024, 14:30", true),
            ("On 27 August 2024 the port opened again.", false),
            ("Ships in the port. © A Paper", true),
            ("***", true),
            ("", true),
            ("Photographs show ships that nobody had seen before.", false),
            (
                "Comments from the ministry were not to be had, it was said on Monday in the capital, where ships lay.",
                false,
            ),
        ] {
            assert_eq!(is_notice(line), expected, "{line}");
        }
    }

    #[test]
    fn what_comes_after_articles_is_introduced() {
        for (line, expected) in [
            ("Related articles", true),
            ("You may also like…", true),
            ("More from the port", true),
            ("Mehr zum Thema:", true),
            ("مواضيع ذات صلة", true),
            ("İlgili Haberler", true),
            ("Comments were sparse", false),
            ("More from the port came in the night, and nobody knew why", false),
        ] {
            assert_eq!(ends_article(line), expected, "{line}");
        }
    }
}
