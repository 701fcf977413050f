//! Text for a terminal: foreign strings made harmless, columns, numbers for people.

use std::io::IsTerminal;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthChar;

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const WARN: Style = AnsiColor::Yellow.on_default();

/// Whether stderr is a terminal that wants colour.
pub fn stderr_has_colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// `text` without anything that moves a cursor, starts an escape or reorders what is read.
pub fn safe(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars()
        .map(|c| if is_harmful(c) { '\u{FFFD}' } else { c })
        .collect()
}

/// Like [`safe`] for text of several lines that feedmill itself laid out.
fn safe_lines(text: &str) -> String {
    text.lines().map(keep_colour).collect::<Vec<_>>().join("\n")
}

/// Colours that feedmill's own error renderer set stay; nothing else that is invisible does.
fn keep_colour(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        kept.push_str(&safe(&rest[..start]));
        let code = &rest[start + 2..];
        let length = code
            .find(|c: char| !c.is_ascii_digit() && c != ';')
            .unwrap_or(code.len());
        let is_colour = code[length..].starts_with('m');
        let end = start + 2 + length + usize::from(is_colour);
        if is_colour {
            kept.push_str(&rest[start..end]);
        }
        rest = &rest[end..];
    }
    kept + &safe(rest)
}

/// An error with its causes.
pub fn error(error: &anyhow::Error) -> String {
    let text = safe_lines(&format!("{error:#}"));
    if text.starts_with("error") || text.starts_with('\u{1b}') {
        return text;
    }
    format!("{BAD}error{BAD:#}: {text}")
}

/// Columns a string takes.
fn width(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// `text` padded or cut to so many columns.
pub fn column(text: &str, columns: usize) -> String {
    let text = safe(text);
    if width(&text) <= columns {
        return format!("{text}{}", " ".repeat(columns - width(&text)));
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    let cut: String = text.chars().take_while(fits).collect();
    let filled = width(&cut) + 1;
    format!("{cut}…{}", " ".repeat(columns.saturating_sub(filled)))
}

/// The columns that the longest of these takes, at most `limit`.
pub fn widest<'a>(texts: impl Iterator<Item = &'a str>, limit: usize) -> usize {
    texts.map(|text| width(&safe(text))).max().unwrap_or(0).min(limit)
}

/// `1 item`, `2 items`.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1.2 MB`, decimal as networks count.
pub fn bytes(number: u64) -> String {
    bytesize::ByteSize(number).display().si().to_string()
}

/// `350 ms`, `4.2 s`, `3 min`.
pub fn elapsed(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        millis @ 1_000..120_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        millis => format!("{} min", millis / 60_000),
    }
}

/// `in 12 min`, `3 h ago`, `now`.
pub fn relative(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (then - now).num_seconds();
    let span = match seconds.unsigned_abs() {
        0..60 => return "now".into(),
        seconds @ 60..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    };
    if seconds > 0 {
        format!("in {span}")
    } else {
        format!("{span} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        let hostile = "a\u{1b}]52;c;aGk=\u{7}b\u{9b}31mc\u{202e}d\r\ne";
        let shown = safe(hostile);
        assert!(
            !shown.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\r', '\n']),
            "{shown:?}"
        );
    }

    #[test]
    fn own_colours_survive_in_errors_but_no_other_escape() {
        assert_eq!(keep_colour("\u{1b}[31mred\u{1b}[0m"), "\u{1b}[31mred\u{1b}[0m");
        assert!(!keep_colour("\u{1b}[2Jx\u{1b}]0;t\u{7}").contains('\u{1b}'));
    }

    #[test]
    fn columns_count_what_is_seen() {
        assert_eq!(column("ab", 4), "ab  ");
        assert_eq!(column("abcdef", 4), "abc…");
        assert_eq!(width(&column("新闻新闻", 4)), 4);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(12), "12");
        assert_eq!(count(1, "item"), "1 item");
        assert_eq!(elapsed(Duration::from_millis(4_250)), "4.2 s");
    }
}
