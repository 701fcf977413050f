//! `[source.select]`: where a page's articles are, as CSS selectors.

use chrono::format::{Item, StrftimeItems};

use super::problem::Problems;
use super::table::{Placed, Table};
use crate::model::Selectors;
use crate::scrape::listing::Selector;

/// The selectors of a source, if it has any. Each that is no CSS is a problem with the place where it stops being it.
pub(super) fn select(source: &Table<'_>, problems: &mut Problems) -> Option<Selectors> {
    let table = source.table("select", "[source.select]", problems)?;
    const SELECTORS: [&str; 10] = [
        "item", "title", "link", "date", "summary", "image", "author", "category", "tags", "next",
    ];
    let known: Vec<&str> = SELECTORS.into_iter().chain(["date_format"]).collect();
    table.check_keys(&known, &[], problems);
    let mut read = |key: &str| {
        let written = table.text(key, "a CSS selector such as \"article h2 a\"", problems)?;
        if let Err(error) = Selector::parse(&written.value) {
            let place = place(&written, error.column);
            problems.advise(
                place,
                format!("`{key}` in [source.select] is no CSS selector: {}", error.message),
                format!("character {} of it", error.column),
            );
        }
        Some(written.value)
    };
    let mut selectors = Selectors {
        item: read("item"),
        title: read("title"),
        link: read("link"),
        date: read("date"),
        date_format: None,
        summary: read("summary"),
        image: read("image"),
        author: read("author"),
        category: read("category"),
        tags: read("tags"),
        next: read("next"),
    };
    if let Some(format) = table.text("date_format", "\"%d.%m.%Y\"", problems) {
        if StrftimeItems::new(&format.value).any(|item| matches!(item, Item::Error)) {
            problems.advise(
                format.span.clone(),
                "`date_format` in [source.select] is no format of a date",
                "write it as strftime has it, such as \"%d.%m.%Y\"",
            );
        }
        selectors.date_format = Some(format.value);
    }
    (selectors != Selectors::default()).then_some(selectors)
}

/// The character of a selector at `column`, where the file shows it; all of it when the string has escapes, which
/// move its characters.
fn place(written: &Placed<String>, column: usize) -> std::ops::Range<usize> {
    const QUOTES: usize = 2;
    let span = &written.span;
    if span.len() != written.value.len() + QUOTES {
        return span.clone();
    }
    let mut characters = written.value.char_indices().skip(column.saturating_sub(1));
    let (start, length) = characters
        .next()
        .map_or((written.value.len(), 1), |(start, c)| (start, c.len_utf8()));
    let start = span.start + 1 + start;
    start..start + length
}
