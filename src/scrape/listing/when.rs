//! The dates that blocks show.

use chrono::{DateTime, Utc};

use super::words;
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
    const LONGEST: usize = 200;
    if text.len() > LONGEST {
        return None;
    }
    let date = words::dates(text).into_iter().next()?;
    parse::date(text).or_else(|| parse::date(&text[date]))
}
