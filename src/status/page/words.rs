//! Times and numbers as people read them.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use maud::{Markup, html};

pub(super) fn or_never(then: Option<DateTime<Utc>>, now: DateTime<Utc>, never: &str) -> Markup {
    html! {
        @match then {
            Some(then) => (ago(then, now)),
            None => span.soft { (never) },
        }
    }
}

pub(super) fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    let words = match now - then {
        passed if passed < TimeDelta::zero() => format!("in {}", span(-passed)),
        passed => format!("{} ago", span(passed)),
    };
    time(then, &words)
}

pub(super) fn clock(then: DateTime<Utc>) -> Markup {
    time(then, &then.format("%-d %b %Y, %H:%M UTC").to_string())
}

pub(super) fn time(then: DateTime<Utc>, words: &str) -> Markup {
    let exact = then.to_rfc3339_opts(SecondsFormat::Secs, true);
    html! { time datetime=(exact) title=(exact) { (words) } }
}

pub(super) fn span(span: TimeDelta) -> String {
    let units = [
        (span.num_days(), "days"),
        (span.num_hours(), "hours"),
        (span.num_minutes(), "min"),
    ];
    let unit = units.into_iter().find(|(number, _)| *number > 1);
    unit.map_or_else(
        || format!("{} s", span.num_seconds().max(0)),
        |(number, unit)| format!("{number} {unit}"),
    )
}

pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
