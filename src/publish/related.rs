//! What an item says of others: outlets that have the same article, and further articles of its story.

use std::borrow::Cow;

use chrono::{DateTime, SubsecRound, Utc};
use maud::{Markup, html};

use crate::model::Related;

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

/// Those that have an address that can be written.
pub fn named<'a>(related: &'a [Related], site: &'a Site) -> Vec<Named<'a>> {
    let name = |related: &'a Related| {
        let source = site.sources.get(&related.source);
        let source = source.map_or(related.source.as_str(), |source| &source.name);
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
    related.iter().filter_map(name).collect()
}

/// How the two lists are introduced in an item's own language.
struct Words {
    also_in: &'static str,
    story: &'static str,
    comma: &'static str,
}

fn words(language: Option<&str>) -> Words {
    let primary = language.and_then(|tag| tag.split('-').next()).unwrap_or_default();
    let (also_in, story, comma) = match primary {
        "ar" => ("أيضًا في", "المزيد عن هذا الخبر", "، "),
        "de" => ("Auch in", "Mehr dazu", ", "),
        "es" => ("También en", "Más sobre esta noticia", ", "),
        "fr" => ("Aussi dans", "À ce sujet", ", "),
        "it" => ("Anche su", "Sullo stesso tema", ", "),
        "pt" => ("Também em", "Mais sobre este assunto", ", "),
        "tr" => ("Ayrıca", "Bu konuda", ", "),
        _ => ("Also in", "More on this story", ", "),
    };
    Words {
        also_in,
        story,
        comma,
    }
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
