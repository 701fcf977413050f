//! Names of categories and tags as sources write them.

/// Longer ones are sentences.
const LONGEST: usize = 100;

/// The name on one line, or `None` if it names nothing.
pub(super) fn cleaned(name: &str) -> Option<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let names_something = name.chars().any(char::is_alphanumeric) && name.chars().count() <= LONGEST;
    names_something.then_some(name)
}
