//! Dates as pages write them: for machines in attributes and JSON-LD, for people in bylines.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};

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

/// The date that people read, perhaps with words around it: "Published: 14 August 2024, by Amal", "3 hours ago". `now` is
/// what "ago" counts from.
pub fn human(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
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
    let words: Vec<&str> = text.split_whitespace().collect();
    absolute(&words).or_else(|| ago(&words, now))
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
    word.chars().any(char::is_numeric) || parse::month(&trimmed(word).to_lowercase()).is_some()
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
        month |= parse::month(&trimmed(word).to_lowercase()).is_some();
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

/// Words that make a time one before now.
const AGO: [&str; 13] = [
    "ago",
    "vor",
    "il y a",
    "fa",
    "hace",
    "há",
    "önce",
    "once",
    "منذ",
    "قبل",
    "geleden",
    "назад",
    "sedan",
];

/// Beginnings of units, with the seconds of one; Arabic has forms for two of a thing.
const UNITS: [(&str, i64); 58] = [
    ("sec", 1),
    ("sek", 1),
    ("san", 1),
    ("ثاني", 1),
    ("ثوان", 1),
    ("сек", 1),
    ("min", 60),
    ("dak", 60),
    ("دقيقتين", 120),
    ("دقيق", 60),
    ("دقائق", 60),
    ("мин", 60),
    ("hour", 3600),
    ("hr", 3600),
    ("stund", 3600),
    ("std", 3600),
    ("heure", 3600),
    ("ore", 3600),
    ("ora", 3600),
    ("hora", 3600),
    ("saat", 3600),
    ("uur", 3600),
    ("ساعتين", 7200),
    ("ساعة", 3600),
    ("ساعات", 3600),
    ("час", 3600),
    ("day", 86400),
    ("tag", 86400),
    ("jour", 86400),
    ("giorn", 86400),
    ("día", 86400),
    ("dia", 86400),
    ("gün", 86400),
    ("dag", 86400),
    ("يومين", 172_800),
    ("يوم", 86400),
    ("أيام", 86400),
    ("ايام", 86400),
    ("дн", 86400),
    ("week", 604_800),
    ("woche", 604_800),
    ("semaine", 604_800),
    ("settiman", 604_800),
    ("seman", 604_800),
    ("hafta", 604_800),
    ("أسبوعين", 1_209_600),
    ("أسبوع", 604_800),
    ("أسابيع", 604_800),
    ("اسبوع", 604_800),
    ("недел", 604_800),
    ("month", 2_592_000),
    ("monat", 2_592_000),
    ("mois", 2_592_000),
    ("mese", 2_592_000),
    ("شهر", 2_592_000),
    ("أشهر", 2_592_000),
    ("year", 31_536_000),
    ("jahr", 31_536_000),
];

/// Days, and how many they lie back.
const DAYS: [(&str, i64); 14] = [
    ("today", 0),
    ("heute", 0),
    ("aujourd'hui", 0),
    ("oggi", 0),
    ("hoy", 0),
    ("bugün", 0),
    ("اليوم", 0),
    ("yesterday", 1),
    ("gestern", 1),
    ("hier", 1),
    ("ieri", 1),
    ("ayer", 1),
    ("dün", 1),
    ("أمس", 1),
];

/// Whether a word, in lower case, makes a time one before now.
pub(crate) fn is_ago(word: &str) -> bool {
    AGO.contains(&word)
}

/// Whether a word, in lower case, names a length of time.
pub(crate) fn is_unit(word: &str) -> bool {
    UNITS.iter().any(|(start, _)| word.starts_with(start))
}

/// "3 hours ago", "منذ ساعتين", "gestern".
fn ago(words: &[&str], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const MOST: usize = 8;
    if words.len() > MOST {
        return None;
    }
    let lower: Vec<String> = words.iter().map(|word| trimmed(word).to_lowercase()).collect();
    let all = lower.join(" ");
    let says_ago = AGO.iter().any(|word| {
        if word.contains(' ') {
            all.contains(word)
        } else {
            lower.iter().any(|w| w == word)
        }
    });
    if !says_ago {
        let (_, back) = DAYS
            .iter()
            .find(|(day, _)| lower.iter().any(|word| word == day))?;
        return now.checked_sub_signed(Duration::days(*back));
    }
    let (at, unit) = lower.iter().enumerate().find_map(|(at, word)| {
        let word = if at > 0 {
            word.as_str()
        } else {
            word.trim_start_matches(char::is_numeric)
        };
        UNITS
            .iter()
            .find(|(start, _)| word.starts_with(start))
            .map(|(_, seconds)| (at, *seconds))
    })?;
    let count = lower[..at]
        .iter()
        .rev()
        .find_map(|word| number(word))
        .unwrap_or(1);
    now.checked_sub_signed(Duration::try_seconds(count.checked_mul(unit)?)?)
}

fn number(word: &str) -> Option<i64> {
    let ascii: Option<String> = word
        .chars()
        .map(|c| match c {
            '0'..='9' => Some(c),
            '\u{660}'..='\u{669}' => char::from_digit(u32::from(c) - 0x660, 10),
            _ => None,
        })
        .collect();
    ascii?.parse().ok().filter(|number| *number < 10_000)
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
        ] {
            let found = human(text, now()).map(|date| date.to_rfc3339_opts(SecondsFormat::Secs, true));
            assert_eq!(found.as_deref(), Some(expected), "{text}");
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
