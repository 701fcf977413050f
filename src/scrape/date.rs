//! Dates as pages write them: for machines in attributes and JSON-LD, for people in bylines.

mod ago;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

pub(crate) use self::ago::{is_ago, is_unit};
use crate::parse;

/// No visible date needs more words around it.
const MOST_CHARS: usize = 300;

/// Words that one date may take: "Wednesday , 14 de agosto de 2024 a las 10:15 pm".
const MOST_WORDS: usize = 11;

/// The years in which a page on the web can have been written.
const FIRST_YEAR: i32 = 1990;
const LAST_YEAR: i32 = 2100;

/// A date in an attribute or in data.
pub fn machine(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // A bare number is a count, a year or an id more often than a second since 1970.
    if text.len() < 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // JavaScript's own form ends in a zone's name in brackets, and some write the zone there alone.
    let text = text.split_once('[').map_or(text, |(before, _)| before);
    parse::date(text).or_else(|| day_first(text))
}

/// A moment that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When it is.
    pub at: DateTime<Utc>,
    /// It was counted back from now, as "3 hours ago" is: read again later, the same words give another moment.
    pub is_relative: bool,
}

impl Shown {
    /// A moment that stays the same whenever it is read.
    pub fn exact(at: DateTime<Utc>) -> Self {
        Self {
            at,
            is_relative: false,
        }
    }
}

/// The date that people read, perhaps with words around it: "Published: 14 August 2024, by Amal", "3 hours ago". `now` is
/// what "ago" counts from.
pub fn human(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    shown(text, now).map(|shown| shown.at)
}

/// The same, and whether it was counted back from `now`.
pub fn shown(text: &str, now: DateTime<Utc>) -> Option<Shown> {
    if text.chars().nth(MOST_CHARS).is_some() {
        return None;
    }
    let text: String = text
        .chars()
        .map(|c| {
            if matches!(c, '|' | '•' | '·' | '(' | ')' | '–' | '—') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let words = once(text.split_whitespace());
    let of = |is_relative| move |at| Shown { at, is_relative };
    absolute(&words)
        .map(of(false))
        .or_else(|| ago::ago(&words, now).map(of(true)))
}

/// Words without the second of two names for a month: "12 حزيران/ يونيو 2024".
fn once<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut repeats = false;
    for word in words {
        if std::mem::take(&mut repeats) && is_month(&trimmed(word).to_lowercase()) {
            continue;
        }
        let word = match word.split_once('/') {
            Some((name, second)) if !name.is_empty() && !name.contains(char::is_numeric) => {
                repeats = second.is_empty();
                let is_twice = repeats || is_month(&trimmed(second).to_lowercase());
                if is_twice { name } else { word }
            }
            _ => word,
        };
        kept.push(word);
    }
    kept
}

/// Whether a text names a day.
pub(crate) fn is_absolute(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(2 * MOST_WORDS).collect();
    absolute(&words).is_some()
}

/// The first run of words that is a date with a day, with the time after it.
fn absolute(words: &[&str]) -> Option<DateTime<Utc>> {
    for start in (0..words.len()).filter(|start| could_start(words[*start])) {
        let most = words.len().min(start + MOST_WORDS);
        let read = |end: usize| {
            let text = words[start..end].join(" ");
            let text = text.trim_matches(|c: char| !c.is_alphanumeric());
            let date = parse::date(text).or_else(|| day_first(text))?;
            (FIRST_YEAR..=LAST_YEAR).contains(&date.year()).then_some(date)
        };
        let Some(day) =
            (start + 1..=most).find(|end| names_a_day(&words[start..*end]) && read(*end).is_some())
        else {
            continue;
        };
        // "2" of "2 min read" is no hour.
        let may_be_time =
            |word: &&&str| !word.chars().any(char::is_numeric) || word.contains([':', 'h', '.', '+']);
        let end = day + words[day..most].iter().take_while(may_be_time).count();
        return (day..=end).rev().find_map(read);
    }
    None
}

fn could_start(word: &str) -> bool {
    word.chars().any(char::is_numeric) || is_month(&trimmed(word).to_lowercase())
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Two numbers and a month's name, or three numbers; one of them a year in four digits.
fn names_a_day(run: &[&str]) -> bool {
    let (mut numbers, mut year, mut month) = (0, false, false);
    for word in run {
        for number in word
            .split(|c: char| !c.is_numeric())
            .filter(|part| !part.is_empty())
        {
            numbers += 1;
            year |= number.chars().count() == 4;
        }
        // 26.04.24, 26/04/24
        year |= word
            .split(['.', '/'])
            .filter(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .count()
            == 3;
        month |= is_month(&trimmed(word).to_lowercase());
    }
    year && numbers + usize::from(month) >= 3
}

/// `03/04/2026` and `03.04.2026`, which all countries but one write with the day first.
fn day_first(text: &str) -> Option<DateTime<Utc>> {
    let date = text.split_whitespace().next()?;
    let parts: Vec<u32> = date
        .trim_end_matches([',', '.'])
        .split(['/', '.', '-'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [day, month, year] = *parts.as_slice() else {
        return None;
    };
    let year = if year < 50 { year + 2000 } else { year };
    let year = i32::try_from(year).ok().filter(|year| *year >= FIRST_YEAR)?;
    let day = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// Whether a word, in lower case, names a month or, as two of them in the Levant, begins one.
pub(crate) fn is_month(word: &str) -> bool {
    matches!(word, "كانون" | "تشرين") || parse::month(word).is_some()
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-15T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn dates_that_people_read() {
        for (text, expected) in [
            ("August 27, 2024", "2024-08-27T00:00:00Z"),
            ("by Amal Ali - August 27, 2024 2 min read", "2024-08-27T00:00:00Z"),
            (
                "Published: 14 August 2024 at 10:15, Tripoli",
                "2024-08-14T10:15:00Z",
            ),
            ("٢٧ آب ٢٠٢٤", "2024-08-27T00:00:00Z"),
            ("الثلاثاء 27 أغسطس 2024 - 10:15", "2024-08-27T10:15:00Z"),
            ("نشر في 27 أوت 2024", "2024-08-27T00:00:00Z"),
            ("Publié le 27 août 2024 à 14h30", "2024-08-27T14:30:00Z"),
            ("27 de agosto de 2024", "2024-08-27T00:00:00Z"),
            ("27 agosto 2024 | di Anna", "2024-08-27T00:00:00Z"),
            ("Stand: 03.04.2024, 08:00 Uhr", "2024-04-03T00:00:00Z"),
            ("Do 25.04.24 | 14:07 Uhr | Von", "2024-04-25T14:07:00Z"),
            ("24/08/24", "2024-08-24T00:00:00Z"),
            ("27 Ağustos 2024", "2024-08-27T00:00:00Z"),
            ("3 hours ago", "2026-11-15T09:00:00Z"),
            ("منذ ٣ ساعات", "2026-11-15T09:00:00Z"),
            ("منذ ساعتين", "2026-11-15T10:00:00Z"),
            ("il y a 3 heures", "2026-11-15T09:00:00Z"),
            ("3 ore fa", "2026-11-15T09:00:00Z"),
            ("hace 3 horas", "2026-11-15T09:00:00Z"),
            ("vor 2 Tagen", "2026-11-13T12:00:00Z"),
            ("3 saat önce", "2026-11-15T09:00:00Z"),
            ("gestern", "2026-11-14T12:00:00Z"),
            ("3h ago", "2026-11-15T09:00:00Z"),
            ("45min ago", "2026-11-15T11:15:00Z"),
            ("il y a 2 j", "2026-11-13T12:00:00Z"),
            ("il y a une heure", "2026-11-15T11:00:00Z"),
            ("hace dos meses", "2026-10-16T12:00:00Z"),
            ("2 mesi fa", "2026-09-16T12:00:00Z"),
            ("5 dk önce", "2026-11-15T11:55:00Z"),
            ("vor einer Stunde", "2026-11-15T11:00:00Z"),
            ("منذ شهرين", "2026-09-16T12:00:00Z"),
            ("قبل ٥ دقائق", "2026-11-15T11:55:00Z"),
            ("12 جويلية 2024", "2024-07-12T00:00:00Z"),
            ("12 جانفي 2024", "2024-01-12T00:00:00Z"),
            ("12 غشت 2024", "2024-08-12T00:00:00Z"),
            ("12 شتنبر 2024", "2024-09-12T00:00:00Z"),
            ("12 تشرين الثاني 2024", "2024-11-12T00:00:00Z"),
            ("١٢ كانون الأول ٢٠٢٤", "2024-12-12T00:00:00Z"),
            ("12 حزيران/يونيو 2024", "2024-06-12T00:00:00Z"),
            ("27 تشرين الثاني/ نوفمبر 2024", "2024-11-27T00:00:00Z"),
            ("12 luglio 2024", "2024-07-12T00:00:00Z"),
            ("12 temmuz 2024", "2024-07-12T00:00:00Z"),
            ("1er février 2024", "2024-02-01T00:00:00Z"),
            ("1. März 2024", "2024-03-01T00:00:00Z"),
        ] {
            let found = human(text, now()).map(|date| date.to_rfc3339_opts(SecondsFormat::Secs, true));
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn moments_counted_back_from_now_are_told_from_dates() {
        for (text, is_relative) in [
            ("3 hours ago", true),
            ("منذ ٣ ساعات", true),
            ("hier", true),
            ("27 agosto 2024", false),
            ("Updated 3 hours ago on 27 August 2024", false),
        ] {
            let found = shown(text, now()).map(|shown| shown.is_relative);
            assert_eq!(found, Some(is_relative), "{text}");
        }
    }

    #[test]
    fn what_names_no_day_is_none() {
        for text in [
            "",
            "2 min read",
            "Copyright 2024",
            "Chapter 12 of 2024 pages",
            "May the 4th",
        ] {
            assert_eq!(human(text, now()), None, "{text}");
        }
        assert_eq!(machine("2024"), None);
        assert_eq!(machine("1234567"), None);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,60}", count in "[0-9]{1,30} (hours|weeks) ago") {
            human(&text, now());
            human(&count, now());
            machine(&text);
        }
    }
}
