//! Whether an article belongs to a story that is running.

use super::duplicate::{Finding, TextComparison, is_same_form};
use super::features::{Features, Term};

/// The cosine of two articles' terms, from 0 to 1, less where an article is short.
pub(super) fn similarity(one: &Features, other: &Features) -> f32 {
    let shared = shared(one, other);
    if one.is_caseless() == other.is_caseless() {
        return shared;
    }
    // In two scripts only numbers and the names that the operator declared can meet, so those alone are compared, and as
    // they are few and common, they count for less than all words would.
    const ACROSS_SCRIPTS: f32 = 0.25;
    // The part that articles in any script may share is taken for more if it is one name or two.
    const SHORTEST: f32 = 0.3;
    let length = |of: &Features| of.length_in_any_script().max(SHORTEST);
    (ACROSS_SCRIPTS * shared / (length(one) * length(other))).min(1.0)
}

/// The sum of what is shared. One word alone makes no story: the largest product counts no more than all others together.
fn shared(one: &Features, other: &Features) -> f32 {
    let (mut sum, mut largest) = (0u64, 0u64);
    let mut others = other.terms().peekable();
    for term in one.terms() {
        while others.next_if(|other| other.hash < term.hash).is_some() {}
        if let Some(other) = others.next_if(|other| other.hash == term.hash) {
            let product = u64::from(term.weight) * u64::from(other.weight);
            sum += product;
            largest = largest.max(product);
        }
    }
    sum.min(2 * (sum - largest)) as f32 / (Term::UNITS * Term::UNITS)
}

/// Whether an article under the title of another of its site is the next of a series: a column, a liveblog, a bulletin.
pub(super) fn is_next_of_series(one: &Features, other: &Features, texts: &TextComparison) -> bool {
    const APART: i64 = 12 * 3_600;
    let same_title = one.title != 0 && one.title == other.title;
    let gap = (one.published - other.published).abs();
    let is_series = one.host == other.host
        && (same_title || is_numbered(one.title_words(), other.title_words()))
        && gap >= APART
        && texts.finding == Finding::OtherText;
    is_series || is_same_form(one, other, texts)
}

/// Whether two titles are one but for what each has of its own in its place: "Tide table, Monday" and "Tide table, Tuesday".
fn is_numbered(one: &[u32], other: &[u32]) -> bool {
    let common = one.iter().filter(|word| other.contains(word)).count();
    let other_common = other.iter().filter(|word| one.contains(word)).count();
    common * 3 >= one.len().max(other.len()) * 2 && common < one.len() && other_common < other.len()
}
