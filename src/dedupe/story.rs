//! Whether an article belongs to a story that is running.

use super::duplicate::{Finding, TextComparison, is_same_form};
use super::features::{Features, Term};

/// The cosine of two articles' terms, from 0 to 1.
pub(super) fn similarity(one: &Features, other: &Features) -> f32 {
    cosine(&one.terms, &other.terms)
}

/// One word alone makes no story: the largest product counts no more than all others together.
fn cosine(one: &[Term], other: &[Term]) -> f32 {
    let (mut sum, mut largest) = (0.0f32, 0.0f32);
    let mut others = other.iter().peekable();
    for term in one {
        while others.next_if(|other| other.hash < term.hash).is_some() {}
        if let Some(other) = others.next_if(|other| other.hash == term.hash) {
            let product = term.weight() * other.weight();
            sum += product;
            largest = largest.max(product);
        }
    }
    sum.min(2.0 * (sum - largest))
}

/// Whether an article under the title of another of its site is the next of a series: a column, a liveblog, a bulletin.
pub(super) fn is_next_of_series(one: &Features, other: &Features, texts: &TextComparison) -> bool {
    const APART: i64 = 12 * 3_600;
    let same_title = one.title != 0 && one.title == other.title;
    let gap = (one.published - other.published).abs();
    let is_series =
        one.host == other.host && same_title && gap >= APART && texts.finding == Finding::OtherText;
    is_series || is_same_form(one, other, texts)
}
