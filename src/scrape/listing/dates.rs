//! The dates that blocks show: where they are in a text, and which they are.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

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

/// The date that people read, perhaps with words around it: "Published: 14 August 2024, by Amal", "3 hours ago".
pub(super) fn human(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let date = dates(cut(text)).into_iter().next()?;
    let date = &text[date];
    let ago = || {
        if text.len() <= LABEL {
            ago(text, now)
        } else {
            ago(date, now)
        }
    };
    let whole = if text.len() <= LABEL {
        parse::date(text)
    } else {
        None
    };
    whole.or_else(|| parse::date(date)).or_else(ago)
}

/// The moment that "3 hours ago" means.
fn ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let words = tokens(text);
    let is_past = words.iter().any(|token| token.kind == Token::Ago);
    let unit = words
        .iter()
        .position(|token| token.kind == Token::Unit)
        .filter(|_| is_past)?;
    let seconds = seconds_of(&text[words[unit].at.clone()].to_lowercase())?;
    // "An hour ago" has no number.
    let number = words[unit.saturating_sub(1)..]
        .iter()
        .take(2)
        .find(|token| token.kind == Token::Small);
    let count = number.map_or(Some(1), |token| {
        text[token.at.clone()]
            .chars()
            .try_fold(0, |sum, c| Some(sum * 10 + i64::from(digit(c)?)))
    })?;
    now.checked_sub_signed(TimeDelta::try_seconds(count * seconds)?)
}

/// A decimal digit of Latin or Arabic script.
fn digit(c: char) -> Option<u32> {
    let arabic = [u32::from('\u{660}'), u32::from('\u{6f0}')].into_iter();
    c.to_digit(10).or_else(|| {
        arabic
            .filter_map(|zero| u32::from(c).checked_sub(zero))
            .find(|digit| *digit < 10)
    })
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
        // "24 de agosto de 2024" and "il y a 5 minutes" are four words apart.
        let before = if matches!(token.kind, Token::Year | Token::Unit) {
            4
        } else {
            2
        };
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
    seconds_of(word).is_some()
}

/// How long a unit of time is; months and years roughly.
fn seconds_of(unit: &str) -> Option<i64> {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const STEMS: [(&str, i64); 41] = [
        ("sec", 1),
        ("sek", 1),
        ("seg", 1),
        ("saniye", 1),
        ("ثاني", 1),
        ("ثوان", 1),
        ("min", MINUTE),
        ("dakika", MINUTE),
        ("دقيق", MINUTE),
        ("دقائق", MINUTE),
        ("hour", HOUR),
        ("stunde", HOUR),
        ("heure", HOUR),
        ("hora", HOUR),
        ("ora", HOUR),
        ("ore", HOUR),
        ("saat", HOUR),
        ("ساع", HOUR),
        ("day", DAY),
        ("tag", DAY),
        ("jour", DAY),
        ("día", DAY),
        ("dia", DAY),
        ("giorn", DAY),
        ("gün", DAY),
        ("يوم", DAY),
        ("أيام", DAY),
        ("week", 7 * DAY),
        ("woche", 7 * DAY),
        ("semaine", 7 * DAY),
        ("semana", 7 * DAY),
        ("settiman", 7 * DAY),
        ("hafta", 7 * DAY),
        ("أسب", 7 * DAY),
        ("أساب", 7 * DAY),
        ("month", 30 * DAY),
        ("monat", 30 * DAY),
        ("mois", 30 * DAY),
        ("mes", 30 * DAY),
        ("year", 365 * DAY),
        ("jahr", 365 * DAY),
    ];
    STEMS
        .iter()
        .find(|(stem, _)| unit.starts_with(stem))
        .map(|(_, seconds)| *seconds)
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
    fn dates_are_read_with_the_words_around_them() {
        let now = parse::date("2024-08-28T12:00:00Z").unwrap();
        for (text, expected) in [
            ("Published: 14 August 2024, by Amal", Some("2024-08-14T00:00:00Z")),
            ("by Amal on August 14, 2024", Some("2024-08-14T00:00:00Z")),
            ("14 de agosto de 2024", Some("2024-08-14T00:00:00Z")),
            ("نُشر في ١٤ أغسطس ٢٠٢٤", Some("2024-08-14T00:00:00Z")),
            ("3 hours ago by Amal", Some("2024-08-28T09:00:00Z")),
            ("an hour ago", Some("2024-08-28T11:00:00Z")),
            ("vor 2 Tagen", Some("2024-08-26T12:00:00Z")),
            ("il y a 5 minutes", Some("2024-08-28T11:55:00Z")),
            ("hace 3 semanas", Some("2024-08-07T12:00:00Z")),
            ("منذ ٣ ساعات", Some("2024-08-28T09:00:00Z")),
            ("3 hours of rain", None),
            ("Budget 2024", None),
        ] {
            let expected = expected.and_then(parse::date);
            assert_eq!(human(text, now), expected, "{text}");
        }
    }

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
