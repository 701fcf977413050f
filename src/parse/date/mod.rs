//! Dates in all the forms that feeds use.
//!
//! RFC 3339 and RFC 2822 first, which nearly all are; then what was meant to be one of them, ISO 8601 in its other
//! forms, `asctime`, seconds since 1970, and dates in words of a dozen languages.

mod words;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, Timelike, Utc};

use words::Word;
pub(crate) use words::month;

/// No date is longer: what is may be an attack on whoever reads it.
const LONGEST: usize = 128;

/// The moment a text names; `None` when it names none. A time without a zone is taken as UTC, a day without a time as its
/// first moment.
pub(crate) fn read(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if text.as_bytes()[0].is_ascii_digit()
        && let Ok(date) = DateTime::parse_from_rfc3339(text)
    {
        return without_leap(date.to_utc());
    }
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return without_leap(date.to_utc());
    }
    let pieces = pieces(text);
    epoch(&pieces).or_else(|| Reading::of(&pieces)?.date())
}

/// A leap second is the last second of its minute here, and parts of a second say nothing about news.
fn without_leap(date: DateTime<Utc>) -> Option<DateTime<Utc>> {
    date.with_nanosecond(0)
}

/// A run of digits, a run of letters or another character.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Number { value: u64, digits: usize },
    Word(String),
    Mark(char),
    Gap,
}

/// Digits of all scripts count as digits.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for c in text.chars() {
        match (digit(c), pieces.last_mut()) {
            (Some(digit), Some(Piece::Number { value, digits })) => {
                *value = value.saturating_mul(10).saturating_add(digit);
                *digits += 1;
            }
            (Some(value), _) => pieces.push(Piece::Number { value, digits: 1 }),
            (None, last) if c.is_alphabetic() || is_mark_on_letter(c) => match last {
                Some(Piece::Word(word)) => word.extend(c.to_lowercase()),
                _ => pieces.push(Piece::Word(c.to_lowercase().collect())),
            },
            (None, Some(Piece::Gap)) if c.is_whitespace() => {}
            (None, _) if c.is_whitespace() => pieces.push(Piece::Gap),
            // Marks of direction are invisible, and so meaningless here.
            (None, _) if matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}') => {}
            (None, _) => pieces.push(Piece::Mark(c)),
        }
    }
    pieces
}

fn is_mark_on_letter(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}')
}

fn digit(c: char) -> Option<u64> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some(u64::from(u32::from(c) - u32::from(zero)))
}

/// Seconds or milliseconds since 1970.
fn epoch(pieces: &[Piece]) -> Option<DateTime<Utc>> {
    match pieces {
        [
            Piece::Number {
                value,
                digits: 9..=10,
            },
        ] => DateTime::from_timestamp(i64::try_from(*value).ok()?, 0),
        [Piece::Number { value, digits: 13 }] => DateTime::from_timestamp_millis(i64::try_from(*value).ok()?),
        _ => None,
    }
}

/// What was found so far.
#[derive(Debug, Default)]
struct Reading {
    /// Numbers of the date, in order, with their digits.
    numbers: Vec<(u32, usize)>,
    /// How many numbers stood before the month's name.
    before_month: usize,
    month: Option<u32>,
    time: Option<NaiveTime>,
    /// 24:00 is the next day's beginning.
    is_midnight_after: bool,
    afternoon: Option<bool>,
    zone: Option<FixedOffset>,
}

impl Reading {
    fn of(pieces: &[Piece]) -> Option<Self> {
        let mut reading = Self::default();
        let mut at = 0;
        while at < pieces.len() {
            at += reading.take(&pieces[at..], at.checked_sub(1).map(|before| &pieces[before]))?;
        }
        Some(reading)
    }

    /// Takes the next piece or pieces, and says how many.
    fn take(&mut self, pieces: &[Piece], before: Option<&Piece>) -> Option<usize> {
        match pieces {
            [
                Piece::Number { value, digits },
                Piece::Mark(':' | '٫'),
                Piece::Number { .. },
                ..,
            ] if self.time.is_none() && *digits <= 2 => self
                .clock(u32::try_from(*value).ok()?, &pieces[2..])
                .map(|taken| taken + 2),
            // 14h30, 14 h 30
            [Piece::Number { value, .. }, Piece::Word(h), rest @ ..] if self.time.is_none() && h == "h" => {
                let minute = match rest {
                    [Piece::Number { value, .. }, ..] => u32::try_from(*value).ok()?,
                    _ => 0,
                };
                self.time = NaiveTime::from_hms_opt(u32::try_from(*value).ok()?, minute, 0);
                self.time
                    .map(|_| 2 + usize::from(matches!(rest, [Piece::Number { .. }, ..])))
            }
            [
                Piece::Mark(sign @ ('+' | '-' | '−')),
                Piece::Number { value, digits },
                rest @ ..,
            ] if self.time.is_some() && self.zone.is_none_or(|zone| zone.local_minus_utc() == 0) => {
                self.offset(*sign == '+', u32::try_from(*value).ok()?, *digits, rest)
            }
            [Piece::Number { value, digits }, ..] => self
                .number(u32::try_from(*value).unwrap_or(u32::MAX), *value, *digits)
                .then_some(1),
            [Piece::Word(first), Piece::Gap, Piece::Word(second), ..]
                if words::month_of_two(first, second).is_some() =>
            {
                self.month = words::month_of_two(first, second);
                self.before_month = self.numbers.len();
                Some(3)
            }
            [Piece::Word(word), ..] => self.word(word, before).then_some(1),
            [Piece::Mark(_) | Piece::Gap, ..] => Some(1),
            [] => None,
        }
    }

    /// What follows `hour:`.
    fn clock(&mut self, hour: u32, pieces: &[Piece]) -> Option<usize> {
        let number = |piece: &Piece| match piece {
            Piece::Number { value, .. } => u32::try_from(*value).ok(),
            _ => None,
        };
        let minute = number(pieces.first()?)?;
        let (second, mut taken) = match &pieces[1..] {
            [Piece::Mark(':'), second @ Piece::Number { .. }, ..] => (number(second)?, 3),
            _ => (0, 1),
        };
        // Parts of a second say nothing about news.
        if let [Piece::Mark('.' | ','), Piece::Number { .. }, ..] = pieces[taken..] {
            taken += 2;
        }
        self.is_midnight_after = hour == 24 && minute == 0;
        // A leap second is the last one of its minute here.
        self.time = NaiveTime::from_hms_opt(hour % 24, minute, second.min(59));
        (hour <= 24 && second <= 60).then_some(())?;
        self.time.map(|_| taken)
    }

    /// `+hh`, `+hmm`, `+hhmm`, `+hh:mm`
    fn offset(&mut self, is_east: bool, value: u32, digits: usize, rest: &[Piece]) -> Option<usize> {
        let (minutes, taken) = match (digits, rest) {
            (1 | 2, [Piece::Mark(':'), Piece::Number { value: minutes, .. }, ..]) => {
                (value * 60 + u32::try_from(*minutes).ok()?, 4)
            }
            (1 | 2, _) => (value * 60, 2),
            (3 | 4, _) => (value / 100 * 60 + value % 100, 2),
            _ => return None,
        };
        let seconds = i32::try_from(minutes).ok()?.checked_mul(60)?;
        self.zone = FixedOffset::east_opt(if is_east { seconds } else { -seconds });
        self.zone.map(|_| taken)
    }

    fn number(&mut self, value: u32, full: u64, digits: usize) -> bool {
        match digits {
            // 20261115, 20261115101500
            8 | 14 if self.numbers.is_empty() => {
                let (date, time) = if digits == 8 {
                    (full, None)
                } else {
                    (full / 1_000_000, Some(full % 1_000_000))
                };
                let part = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
                self.numbers = vec![
                    (part(date / 10_000), 4),
                    (part(date / 100 % 100), 2),
                    (part(date % 100), 2),
                ];
                self.time = time.and_then(|t| {
                    NaiveTime::from_hms_opt(part(t / 10_000), part(t / 100 % 100), part(t % 100))
                });
                true
            }
            // T101500 after a compact date
            4 | 6 if self.numbers.len() == 3 && self.time.is_none() => {
                let (hour, minute, second) = match digits {
                    4 => (value / 100, value % 100, 0),
                    _ => (value / 10_000, value / 100 % 100, value % 100),
                };
                self.time = NaiveTime::from_hms_opt(hour, minute, second);
                self.time.is_some()
            }
            // 3 pm
            1..=2 if self.numbers.len() + usize::from(self.month.is_some()) >= 3 && self.time.is_none() => {
                self.time = NaiveTime::from_hms_opt(value, 0, 0);
                self.time.is_some()
            }
            1..=4 if self.numbers.len() < 3 => {
                self.numbers.push((value, digits));
                true
            }
            _ => false,
        }
    }

    /// Words that are not known end the reading only where they could be a month.
    fn word(&mut self, word: &str, before: Option<&Piece>) -> bool {
        match words::meaning(word) {
            // French `mar.` and Dutch `maandag` begin like March, but a weekday comes before all numbers.
            Some(Word::Month(month))
                if self.month.is_none() || (self.before_month == 0 && !self.numbers.is_empty()) =>
            {
                self.month = Some(month);
                self.before_month = self.numbers.len();
            }
            Some(Word::Zone(seconds)) if self.time.is_some() => {
                self.zone = self.zone.or_else(|| FixedOffset::east_opt(seconds));
            }
            Some(Word::Afternoon(is_afternoon)) => self.afternoon = Some(is_afternoon),
            Some(_) => {}
            // The name of a place after an offset, a weekday in a language not known here, `de`, `at`, `T`.
            None => return !matches!(before, Some(Piece::Mark('/' | '-' | '.'))),
        }
        true
    }

    fn date(&self) -> Option<DateTime<Utc>> {
        let day = self.day()?;
        let time = self.clock_time()?;
        let local = day
            .and_time(time)
            .and_local_timezone(self.zone.unwrap_or(FixedOffset::east_opt(0)?));
        let date = local.single()?.to_utc();
        if self.is_midnight_after {
            date.checked_add_signed(Duration::days(1))
        } else {
            Some(date)
        }
    }

    fn clock_time(&self) -> Option<NaiveTime> {
        let time = self.time.unwrap_or_default();
        match (self.afternoon, time.hour()) {
            (Some(true), 1..=11) => time.with_hour(time.hour() + 12),
            (Some(false), 12) => time.with_hour(0),
            _ => Some(time),
        }
    }

    fn day(&self) -> Option<NaiveDate> {
        if let Some(month) = self.month {
            return self.day_of_named_month(month);
        }
        match *self.numbers.as_slice() {
            [(year, 4)] => NaiveDate::from_ymd_opt(signed(year)?, 1, 1),
            // 2026-319, the day of the year
            [(year, 4), (day, 3), ..] => NaiveDate::from_yo_opt(signed(year)?, day),
            [(year, 4), (month, _)] => NaiveDate::from_ymd_opt(signed(year)?, month, 1),
            [(year, 4), (month, _), (day, _)] => NaiveDate::from_ymd_opt(signed(year)?, month, day),
            // Which of two small numbers is the month is known only when the other cannot be one.
            [(a, 1..=2), (b, 1..=2), (year, digits @ (2 | 4))] => {
                let year = full_year(year, digits)?;
                match (a, b) {
                    _ if a == b => NaiveDate::from_ymd_opt(year, a, a),
                    (13.., _) => NaiveDate::from_ymd_opt(year, b, a),
                    (_, 13..) => NaiveDate::from_ymd_opt(year, a, b),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn day_of_named_month(&self, month: u32) -> Option<NaiveDate> {
        let (year, day) = match *self.numbers.as_slice() {
            [(year, 4)] => ((year, 4), 1),
            [(year, 4), (day, _)] => ((year, 4), day),
            [(day, 1..=2), year] => (year, day),
            // A third number is an hour that `number` did not see as one, or junk.
            [(day, 1..=2), year, _] if self.before_month <= 1 => (year, day),
            _ => return None,
        };
        NaiveDate::from_ymd_opt(full_year(year.0, year.1)?, month, day)
    }
}

fn signed(year: u32) -> Option<i32> {
    i32::try_from(year).ok()
}

/// RFC 2822 §4.3: two digits below 50 are of this century, three count from 1900.
fn full_year(year: u32, digits: usize) -> Option<i32> {
    signed(match digits {
        4 => year,
        3 => year + 1_900,
        2 if year < 50 => year + 2_000,
        2 => year + 1_900,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
