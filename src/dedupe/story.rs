//! Whether an article belongs to a story that is running.

use super::duplicate::{Finding, TextComparison, is_same_form};
use super::features::{Features, Term};

/// The cosine of two articles' terms, from 0 to 1, less where an article is short.
pub(super) fn similarity(one: &Features, other: &Features) -> f32 {
    let shared = shared(&one.terms, &other.terms);
    if is_caseless(&one.terms) == is_caseless(&other.terms) {
        return shared;
    }
    // In two scripts only numbers and the names that the operator declared can meet, so those alone are compared, and as
    // they are few and common, they count for less than all words would.
    const ACROSS_SCRIPTS: f32 = 0.25;
    (ACROSS_SCRIPTS * shared / (length_in_any(&one.terms) * length_in_any(&other.terms))).min(1.0)
}

/// The sum of what is shared. One word alone makes no story: the largest product counts no more than all others together.
fn shared(one: &[Term], other: &[Term]) -> f32 {
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

/// Whether most is written in a script without capitals.
fn is_caseless(terms: &[Term]) -> bool {
    let weight = |script: u32| -> f32 {
        let of_script = terms.iter().filter(|term| term.is_in(script));
        of_script.map(|term| term.weight()).sum()
    };
    weight(Term::CASELESS) > weight(Term::CASED)
}

/// The length of the part of a vector that articles in any script may share; of one name or two it is taken for more.
fn length_in_any(terms: &[Term]) -> f32 {
    const SHORTEST: f32 = 0.3;
    let in_any = terms.iter().filter(|term| term.is_in(Term::ANY_SCRIPT));
    let squares: f32 = in_any.map(|term| term.weight() * term.weight()).sum();
    squares.sqrt().max(SHORTEST)
}

/// Whether an article under the title of another of its site is the next of a series: a column, a liveblog, a bulletin.
pub(super) fn is_next_of_series(one: &Features, other: &Features, texts: &TextComparison) -> bool {
    const APART: i64 = 12 * 3_600;
    let same_title = one.title != 0 && one.title == other.title;
    let gap = (one.published - other.published).abs();
    let is_series = one.host == other.host
        && (same_title || is_numbered(&one.title_words, &other.title_words))
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
