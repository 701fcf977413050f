//! The first paragraph of a text, which may be the copier's own.

use super::words::{Word, words};

/// Words of a first paragraph that may be no more than a few set above a text, and the part of the text that it may be.
const LONGEST_LEAD: usize = 60;
const MOST_OF_TEXT: usize = 3;

/// What stands in the first paragraph of a text and nowhere below, if that paragraph is short: who takes over an article may
/// set a few words of its own over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lead {
    /// Its words; 0 where it is too long to be more than that.
    pub(super) words: u16,
    /// A bit for each hash of the openings, in their order.
    pub(super) shingles: u128,
    pub(super) numbers: u32,
    pub(super) names: u64,
    /// Kinds of denials.
    pub(super) denials: u32,
}

/// Words of the first paragraph, which ends before the sentence `end`, or of the first sentence, if it is so short that a
/// copier may have set it above; else 0.
pub(super) fn words_of(text: &[Word], end: u32) -> usize {
    let first = text.first().map_or(0, |word| word.sentence);
    let most = LONGEST_LEAD.min(text.len() / MOST_OF_TEXT);
    let words_before = |sentence: u32| text.partition_point(|word| word.sentence < sentence);
    let lengths = [end, first + 1].map(words_before);
    lengths.into_iter().find(|words| *words <= most).unwrap_or(0)
}

/// The sentence behind the paragraph, a line of the text, in which the sentence `first` stands; behind that sentence alone
/// where the paragraph is long.
pub(super) fn end(text: &str, first: u32) -> u32 {
    const LINES: usize = 8;
    const LONGEST_LINE: usize = 12 * LONGEST_LEAD;
    let mut sentences = 0;
    for line in text.lines().take(LINES) {
        if line.len() > LONGEST_LINE {
            break;
        }
        sentences += words(line).last().map_or(0, |word| word.sentence + 1);
        if sentences > first {
            return sentences;
        }
    }
    first + 1
}
