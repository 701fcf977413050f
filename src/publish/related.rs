//! What an item says of others: outlets that have the same article, and further articles of its story.

use std::borrow::Cow;

use chrono::{DateTime, SubsecRound, Utc};
use maud::{Markup, html};

use crate::model::{Lender, Related, SourceId};

use super::Site;
use super::address::web_address;

/// Another article, ready to be named.
pub struct Named<'a> {
    /// Its source.
    pub source: &'a str,
    /// Its title, else its source.
    pub title: &'a str,
    pub link: Cow<'a, str>,
    /// To the second.
    pub published: DateTime<Utc>,
}

/// Whose text an item shows, ready to be named.
pub struct Credit<'a> {
    pub source: &'a str,
    pub link: Option<Cow<'a, str>>,
}

/// The source that lends an item its text.
pub fn credit<'a>(lender: &'a Lender, site: &'a Site) -> Credit<'a> {
    Credit {
        source: name(&lender.source, site),
        link: lender.link.as_deref().and_then(web_address),
    }
}

fn name<'a>(source: &'a SourceId, site: &'a Site) -> &'a str {
    let known = site.sources.get(source);
    known.map_or(source.as_str(), |known| &known.name)
}

/// Those that have an address that can be written.
pub fn named<'a>(related: &'a [Related], site: &'a Site) -> Vec<Named<'a>> {
    let named = |related: &'a Related| {
        let source = name(&related.source, site);
        Some(Named {
            source,
            title: match related.title.trim() {
                "" => source,
                title => title,
            },
            link: web_address(&related.link)?,
            published: related.published.trunc_subsecs(0),
        })
    };
    related.iter().filter_map(named).collect()
}

/// How the two lists are introduced in an item's own language.
struct Words {
    also_in: &'static str,
    text: &'static str,
    story: &'static str,
    comma: &'static str,
}

fn words(language: Option<&str>) -> Words {
    let primary = language.and_then(|tag| tag.split('-').next()).unwrap_or_default();
    let (also_in, text, story, comma) = match primary {
        "ar" => ("أيضًا في", "النص", "المزيد عن هذا الخبر", "، "),
        "de" => ("Auch in", "Text", "Mehr dazu", ", "),
        "es" => ("También en", "Texto", "Más sobre esta noticia", ", "),
        "fr" => ("Aussi dans", "Texte", "À ce sujet", ", "),
        "it" => ("Anche su", "Testo", "Sullo stesso tema", ", "),
        "pt" => ("Também em", "Texto", "Mais sobre este assunto", ", "),
        "tr" => ("Ayrıca", "Metin", "Bu konuda", ", "),
        _ => ("Also in", "Text", "More on this story", ", "),
    };
    Words {
        also_in,
        text,
        story,
        comma,
    }
}

/// "Text: One", for people.
pub fn text_of(credit: &Credit<'_>, language: Option<&str>) -> Markup {
    html! {
        p {
            (words(language).text) ": "
            @match &credit.link {
                Some(link) => a href=(link) { (credit.source) },
                None => (credit.source),
            }
        }
    }
}

/// The same where there is no markup.
pub fn plain_text_of(credit: &Credit<'_>, language: Option<&str>) -> String {
    format!("({}: {})", words(language).text, credit.source)
}

/// "Also in: One, Two", for people. Nothing without copies.
pub fn also_in(copies: &[Named<'_>], language: Option<&str>) -> Markup {
    let words = words(language);
    html! {
        @if !copies.is_empty() {
            p {
                (words.also_in) ": "
                @for (n, copy) in copies.iter().enumerate() {
                    @if n > 0 { (words.comma) }
                    a href=(copy.link) { (copy.source) }
                }
            }
        }
    }
}

/// The other articles of a story, each with its source and time. Nothing without any.
pub fn story(others: &[Named<'_>], language: Option<&str>) -> Markup {
    html! {
        @if !others.is_empty() {
            p { (words(language).story) ":" }
            ul {
                @for other in others {
                    li {
                        a href=(other.link) { (other.title) }
                        " (" (other.source) ", " (other.published.format("%-d %b %Y, %H:%M UTC")) ")"
                    }
                }
            }
        }
    }
}
