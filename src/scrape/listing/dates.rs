//! The dates that blocks show: where they are in a text, and which they are.

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::scrape::date::{self, Shown};

/// The date that people read, perhaps with words around it: "Published: 14 August 2024, by Amal", "3 hours ago".
pub(super) fn human(text: &str, now: DateTime<Utc>) -> Option<Shown> {
    let date = dates(cut(text)).into_iter().next()?;
    let whole = (text.len() <= LABEL).then(|| date::shown(text, now)).flatten();
    whole.or_else(|| date::shown(&text[date], now))
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
    if date::is_ago(&lower) || lower == "il" {
        Token::Ago
    } else if date::is_month(&lower) {
        Token::Month
    } else if date::is_unit(&lower) {
        Token::Unit
    } else {
        Token::Word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

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
            assert_eq!(human(text, now).map(|shown| shown.at), expected, "{text}");
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
