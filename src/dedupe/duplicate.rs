//! Whether two articles are the same article.

use super::features::Features;
use super::sample::Share;

/// The part of the shorter text's shingles that the longer one must hold. One word in 25 changed leaves 0.88.
const SAME_TEXT: f32 = 0.66;
/// Shingles, and facts, that say enough about a long text.
const ENOUGH_SHINGLES: u16 = 16;
const ENOUGH_FACTS: u16 = 8;
/// A text of fewer words is judged by its title, too.
const SHORTEST: u16 = 12;
/// A shorter text must have every number of the other, as bulletins differ in nothing else.
const SHORT: u16 = 120;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How two articles compare as texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextComparison {
    /// Of the shorter article's shingles, those that the longer one has.
    pub shingles: Share,
    /// Of the shorter one's numbers, days and words that turn the meaning, those that the longer one has; if both are of one
    /// length, of whichever has more of its own.
    pub numbers: Share,
    /// The same of names.
    pub names: Share,
    /// What follows.
    pub finding: Finding,
}

/// What comes of a comparison of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// One page under two addresses.
    SamePage,
    /// One text, edited, cut or in full.
    SameText,
    /// One headline over next to nothing.
    SameHeadline,
    /// Published too far apart.
    FarApart,
    /// The text is another.
    OtherText,
    /// The text is the same but for its numbers, days, or a turn of its meaning.
    OtherNumbers,
    /// The text is the same but for its names.
    OtherNames,
    /// The longer one quotes the shorter one of the same site.
    Quoted,
    /// Too little text to say.
    TooShort,
}

impl Finding {
    /// Whether the two are one article.
    pub fn is_duplicate(self) -> bool {
        matches!(self, Self::SamePage | Self::SameText | Self::SameHeadline)
    }
}

/// Compares two articles; it does not matter which is which. `window` in seconds.
pub(super) fn compare(one: &Features, other: &Features, window: i64) -> TextComparison {
    let (short, long) = if (one.words, one.shingles.len()) <= (other.words, other.shingles.len()) {
        (one, other)
    } else {
        (other, one)
    };
    let shingles = short.shingles.within(&long.shingles, ENOUGH_SHINGLES);
    let mut numbers = short.numbers.within(&long.numbers, ENOUGH_FACTS);
    let mut names = short.names.within(&long.names, ENOUGH_FACTS);
    // A long text may be cut by a paragraph with names of its own; two notes of one length must agree both ways.
    if long.words < SHORT && f32::from(long.words) <= 1.25 * f32::from(short.words) {
        numbers = worse(numbers, long.numbers.within(&short.numbers, ENOUGH_FACTS));
        names = worse(names, long.names.within(&short.names, ENOUGH_FACTS));
    }
    let finding = finding(short, long, [shingles, numbers, names], window);
    TextComparison {
        shingles,
        numbers,
        names,
        finding,
    }
}

fn worse(one: Share, other: Share) -> Share {
    if one.missing() >= other.missing() {
        one
    } else {
        other
    }
}

fn finding(short: &Features, long: &Features, shares: [Share; 3], window: i64) -> Finding {
    let [shingles, numbers, names] = shares;
    let gap = (short.published - long.published).abs();
    let same_title = short.title != 0 && short.title == long.title;
    if gap > window {
        return Finding::FarApart;
    }
    let same_page = short.page != 0 && short.page == long.page;
    if same_page && (same_title || shingles.ratio() >= SAME_TEXT) {
        return Finding::SamePage;
    }
    if short.words < SHORTEST {
        return headline(short, long, same_title, gap, numbers);
    }
    if shingles.ratio() < SAME_TEXT {
        return Finding::OtherText;
    }
    if numbers.missing() > tolerated(short, numbers, 0.25) {
        return Finding::OtherNumbers;
    }
    if names.missing() > tolerated(short, names, 0.35).max(names.of / 10) {
        return Finding::OtherNames;
    }
    let same_site = short.host == long.host;
    if same_site && !same_title && f32::from(long.words) > 2.0 * f32::from(short.words) {
        return Finding::Quoted;
    }
    Finding::SameText
}

/// Differences that editing explains. In a short text no number may differ.
fn tolerated(short: &Features, facts: Share, part: f32) -> u16 {
    if short.words < SHORT {
        return 0;
    }
    1 + (f32::from(facts.of) * part) as u16
}

/// Feeds that show nothing but headlines.
fn headline(short: &Features, long: &Features, same_title: bool, gap: i64, numbers: Share) -> Finding {
    const FEWEST_WORDS: u8 = 6;
    let says_enough = short.title_words >= FEWEST_WORDS && numbers.missing() == 0;
    let close = if short.host == long.host {
        gap < HOUR
    } else {
        gap <= DAY
    };
    if same_title && says_enough && close {
        Finding::SameHeadline
    } else {
        Finding::TooShort
    }
}

/// Whether two articles of one site fill one form with other facts: yesterday's exchange rates and today's.
pub(super) fn is_same_form(one: &Features, other: &Features, texts: &TextComparison) -> bool {
    const SAME_FORM: f32 = 0.4;
    let missing = texts.numbers.missing() + texts.names.missing();
    let facts = texts.numbers.of + texts.names.of;
    one.host == other.host
        && texts.shingles.ratio() >= SAME_FORM
        && !texts.finding.is_duplicate()
        && missing >= 2
        && missing * 5 >= facts
}
