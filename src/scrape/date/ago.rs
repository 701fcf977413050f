//! Moments counted back from now: "3 hours ago", "منذ ساعتين", "gestern".

use chrono::{DateTime, Duration, Utc};

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
const UNITS: [(&str, i64); 71] = [
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
    ("mesi", 2_592_000),
    ("mes", 2_592_000),
    ("mês", 2_592_000),
    ("شهرين", 5_184_000),
    ("شهر", 2_592_000),
    ("أشهر", 2_592_000),
    ("اشهر", 2_592_000),
    ("year", 31_536_000),
    ("jahr", 31_536_000),
    ("année", 31_536_000),
    ("anno", 31_536_000),
    ("anni", 31_536_000),
    ("año", 31_536_000),
    ("yıl", 31_536_000),
    ("سنتين", 63_072_000),
    ("سنة", 31_536_000),
    ("سنوات", 31_536_000),
];

/// Whole units that are too short to be beginnings.
const SHORT_UNITS: [(&str, i64); 9] = [
    ("h", 3600),
    ("m", 60),
    ("dk", 60),
    ("sa", 3600),
    ("d", 86400),
    ("j", 86400),
    ("w", 604_800),
    ("ay", 2_592_000),
    ("ans", 31_536_000),
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

/// The seconds of the unit that a word, in lower case, names.
fn unit(word: &str) -> Option<i64> {
    let short = || SHORT_UNITS.iter().find(|(unit, _)| word == *unit);
    UNITS
        .iter()
        .find(|(start, _)| word.starts_with(start))
        .or_else(short)
        .map(|(_, seconds)| *seconds)
}

/// "3 hours ago", "منذ ساعتين", "gestern".
pub(super) fn ago(words: &[&str], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const MOST: usize = 8;
    if words.len() > MOST {
        return None;
    }
    let lower: Vec<String> = words
        .iter()
        .map(|word| super::trimmed(word).to_lowercase())
        .collect();
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
    // "3h" is both the number and the unit.
    let parts = lower.iter().map(|word| {
        let unit = word.trim_start_matches(char::is_numeric);
        word.split_at(word.len() - unit.len())
    });
    let parts: Vec<(&str, &str)> = parts.collect();
    let (at, unit) = parts
        .iter()
        .enumerate()
        .find_map(|(at, (_, word))| Some((at, unit(word)?)))?;
    let count = parts[..=at]
        .iter()
        .rev()
        .find_map(|(count, _)| number(count))
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
