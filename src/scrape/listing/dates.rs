//! The dates that blocks show: where they are in a text, and which they are.

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::parse;

/// A date in an attribute or in data.
pub(super) fn machine(written: &str) -> Option<DateTime<Utc>> {
    // A bare number is a count more often than a second since 1970.
    let is_number = written.trim().bytes().all(|byte| byte.is_ascii_digit());
    if is_number && written.trim().len() < 10 {
        None
    } else {
        parse::date(written)
    }
}

/// The date that people read, perhaps with words around it: "Published: 14 August 2024, by Amal".
pub(super) fn human(text: &str, _now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let date = dates(cut(text)).into_iter().next()?;
    let whole = if text.len() <= LABEL {
        parse::date(text)
    } else {
        None
    };
    whole.or_else(|| parse::date(&text[date]))
}

/// Longer texts (bytes) are no labels but stories, in which a date counts only at the very beginning.
const LABEL: usize = 80;

/// Whether a text shows a date for its own sake.
pub(super) fn stands_out(text: &str) -> bool {
    const BEFORE: usize = 16;
    let first = dates(cut(text)).into_iter().next();
    first.is_some_and(|date| text.len() <= LABEL || date.start <= BEFORE)
}

/// As much of a text as a date is looked for in.
fn cut(text: &str) -> &str {
    const LOOKED_AT: usize = 200;
    let end = (0..=LOOKED_AT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// What in the text looks like a date: `27.05.2024`, `May 27, 2024`, `3 hours ago`.
pub(super) fn dates(text: &str) -> Vec<Range<usize>> {
    let words = tokens(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, token) in words.iter().enumerate() {
        if found.last().is_some_and(|last| token.at.start < last.end) {
            continue;
        }
        // "24 de agosto de 2024" is four words apart.
        let before = if token.kind == Token::Year { 4 } else { 2 };
        let near = at.saturating_sub(before)..(at + 3).min(words.len());
        // The token and those near it that make it a date.
        let with = |kinds: &[Token]| {
            let parts: Vec<usize> = near
                .clone()
                .filter(|near| *near == at || kinds.contains(&words[*near].kind))
                .collect();
            words[parts[0]].at.start..words[parts[parts.len() - 1]].at.end
        };
        let has = |kind: Token| near.clone().any(|near| words[near].kind == kind);
        let beside = |kind: Token| {
            [at.checked_sub(1), Some(at + 1)]
                .into_iter()
                .flatten()
                .any(|beside| words.get(beside).is_some_and(|word| word.kind == kind))
        };
        let date = match token.kind {
            Token::FullDate => Some(token.at.clone()),
            Token::Year if (has(Token::Month) || has(Token::Ago)) && has(Token::Small) => {
                Some(with(&[Token::Month, Token::Ago, Token::Small]))
            }
            Token::Month if beside(Token::Small) => Some(with(&[Token::Small, Token::Year])),
            Token::Unit if has(Token::Ago) && (has(Token::Small) || has(Token::Word)) => {
                Some(with(&[Token::Ago, Token::Small]))
            }
            _ => None,
        };
        found.extend(date);
    }
    found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    FullDate,
    Year,
    /// One or two digits.
    Small,
    Month,
    Unit,
    Ago,
    Word,
}

struct Placed {
    at: Range<usize>,
    kind: Token,
}

fn tokens(text: &str) -> Vec<Placed> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(|c: char| c.is_alphanumeric()).unwrap_or(rest.len());
        rest = &rest[start..];
        let numeric = rest.starts_with(|c: char| c.is_numeric());
        let ends = |c: char| {
            if numeric {
                !(c.is_numeric() || matches!(c, '.' | '/' | '-' | '年' | '月' | '日'))
            } else {
                !c.is_alphabetic()
            }
        };
        let end = rest.find(ends).unwrap_or(rest.len());
        if end > 0 {
            let at = text.len() - rest.len();
            tokens.push(Placed {
                at: at..at + end,
                kind: if numeric {
                    number(&rest[..end])
                } else {
                    word(&rest[..end])
                },
            });
        }
        let step = rest.chars().next().map_or(0, char::len_utf8);
        rest = &rest[end.max(step)..];
    }
    tokens
}

fn number(text: &str) -> Token {
    let mut parts = text
        .split(|c: char| !c.is_numeric())
        .filter(|part| !part.is_empty());
    let lengths =
        [parts.next(), parts.next(), parts.next()].map(|part| part.map_or(0, |part| part.chars().count()));
    match lengths {
        [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4] => Token::FullDate,
        [4, 0, 0] => Token::Year,
        [1..=2, 0, 0] => Token::Small,
        _ => Token::Word,
    }
}

fn word(text: &str) -> Token {
    if text.len() > 24 {
        return Token::Word;
    }
    let lower = text.to_lowercase();
    // Before the months: "ago" is August in Spanish and Italian.
    if ["ago", "vor", "hace", "fa", "önce", "منذ", "قبل", "il", "há"].contains(&lower.as_str()) {
        Token::Ago
    } else if is_month(&lower) {
        Token::Month
    } else if is_unit(&lower) {
        Token::Unit
    } else {
        Token::Word
    }
}

fn is_unit(word: &str) -> bool {
    const STEMS: [&str; 31] = [
        "sec", "min", "hour", "day", "week", "month", "year", "stunde", "tag", "woche", "monat", "jahr",
        "heure", "jour", "semaine", "mois", "hora", "día", "dia", "semana", "mes", "ora", "ore", "giorn",
        "settiman", "saat", "gün", "ساع", "يوم", "أيام", "دقيق",
    ];
    STEMS.iter().any(|stem| word.starts_with(stem))
}

/// Months in the languages whose news we read most; abbreviations too.
fn is_month(word: &str) -> bool {
    const WHOLE: [&str; 50] = [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mai",
        "mär",
        "okt",
        "dez",
        "juin",
        "août",
        "ene",
        "abr",
        "ago",
        "dic",
        "gen",
        "mag",
        "giu",
        "lug",
        "set",
        "ott",
        "mayıs",
        "ocak",
        "şubat",
        "mart",
        "nisan",
        "haziran",
        "temmuz",
        "ağustos",
        "eylül",
        "ekim",
        "kasım",
        "aralık",
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
    ];
    const MORE: [&str; 18] = [
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
        "كانون",
        "شباط",
        "آذار",
        "نيسان",
        "أيار",
        "حزيران",
        "تموز",
        "آب",
        "أيلول",
        "تشرين",
        "جانفي",
        "فيفري",
        "أفريل",
        "جوان",
        "جويلية",
    ];
    const STEMS: [&str; 26] = [
        "january", "february", "march", "april", "june", "july", "august", "septemb", "octob", "novemb",
        "decemb", "januar", "februar", "märz", "juni", "juli", "oktob", "dezemb", "janvier", "févri",
        "avril", "juillet", "enero", "febre", "gennai", "dicembre",
    ];
    WHOLE.contains(&word)
        || MORE.contains(&word)
        || STEMS.iter().any(|stem| word.starts_with(stem))
        || [
            "marzo",
            "mayo",
            "maggio",
            "junio",
            "julio",
            "giugno",
            "luglio",
            "agosto",
            "abril",
            "aprile",
            "settembre",
            "ottobre",
            "diciembre",
        ]
        .contains(&word)
        || [
            "mars",
            "décembre",
            "dezembro",
            "maio",
            "março",
            "outubro",
            "setembro",
        ]
        .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seen_in_running_text() {
        for text in [
            "27.05.2024",
            "2024-05-27",
            "May 27, 2024",
            "27 Mai 2024",
            "3 hours ago",
            "٢٧ مايو ٢٠٢٤",
            "vor 3 Stunden",
            "2024年5月27日",
            "منذ 3 ساعات",
            "Aug 3",
        ] {
            assert_eq!(dates(text).len().min(1), 1, "{text}");
        }
        for text in [
            "12 killed in Derna",
            "Budget 2024 approved",
            "We may go",
            "version 3.1",
        ] {
            assert!(dates(text).is_empty(), "{text}");
        }
    }
}
