//! What is the same: `[dedupe]`, and `collapse` and `dedupe` where other tables have them.

use std::time::Duration;

use super::Dedupe;
use super::problem::{Problems, nearest};
use super::read::{DAY, HOUR};
use super::table::Table;
use crate::model::{Collapse, Strictness};

const COLLAPSE: [(&str, Collapse); 3] = [
    ("none", Collapse::None),
    ("duplicates", Collapse::Duplicates),
    ("stories", Collapse::Stories),
];

const STRICTNESS: [(&str, Strictness); 4] = [
    ("off", Strictness::Off),
    ("strict", Strictness::Strict),
    ("normal", Strictness::Normal),
    ("loose", Strictness::Loose),
];

/// `[dedupe]`
pub(super) fn dedupe(table: &Table<'_>, problems: &mut Problems) -> Dedupe {
    table.check_keys(&["strictness", "window", "story_window"], &[], problems);
    let window = HOUR..=DAY * 60;
    let mut duration =
        |key, default: Duration| table.duration(key, window.clone(), problems).unwrap_or(default);
    let (window, story_window) = (duration("window", DAY * 14), duration("story_window", DAY * 7));
    Dedupe {
        strictness: choice(table, "strictness", &STRICTNESS, problems).unwrap_or_default(),
        window,
        story_window,
    }
}

/// `collapse`, where it is given.
pub(super) fn collapse(table: &Table<'_>, problems: &mut Problems) -> Option<Collapse> {
    choice(table, "collapse", &COLLAPSE, problems)
}

/// `dedupe` of a source, where it is given.
pub(super) fn strictness(table: &Table<'_>, problems: &mut Problems) -> Option<Strictness> {
    choice(table, "dedupe", &STRICTNESS, problems)
}

/// One of several words.
fn choice<T: Copy>(
    table: &Table<'_>,
    key: &str,
    known: &[(&'static str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    let given = table.text(key, &format!("\"{}\"", words.join("\", \"")), problems)?;
    let found = known.iter().find(|(word, _)| *word == given.value);
    if found.is_none() {
        let advice = nearest(&given.value, words.iter().copied()).map_or_else(
            || format!("write one of {}", words.join(", ")),
            |right| format!("did you mean \"{right}\"? There are {}", words.join(", ")),
        );
        problems.advise(given.span, format!("`{key}` cannot be `{}`", given.value), advice);
    }
    found.map(|(_, value)| *value)
}
