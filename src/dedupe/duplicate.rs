//! Whether two articles are the same article.

use super::features::Features;
use super::resolve::Settings;
use super::sample::Share;

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
    /// The text is the same, and the title but for a word on each side.
    OtherTitle,
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

/// Compares two articles; it does not matter which is which.
pub(super) fn compare(one: &Features, other: &Features, settings: &Settings) -> TextComparison {
    let (short, long) = if (one.words, one.shingles.len()) <= (other.words, other.shingles.len()) {
        (one, other)
    } else {
        (other, one)
    };
    let shingles = short.shingles.within(&long.shingles, ENOUGH_SHINGLES);
    let mut numbers = short.numbers.within(&long.numbers, ENOUGH_FACTS);
    let mut names = short.names.within(&long.names, ENOUGH_FACTS);
    // What is wholly in the longer one was cut from it, and what was cut has facts of its own. Else two notes of one length
    // must agree both ways.
    let is_cut = shingles.missing() == 0;
    if !is_cut && long.words < SHORT && f32::from(long.words) <= 1.25 * f32::from(short.words) {
        numbers = worse(numbers, long.numbers.within(&short.numbers, ENOUGH_FACTS));
        names = worse(names, long.names.within(&short.names, ENOUGH_FACTS));
    }
    let mut finding = finding(short, long, [shingles, numbers, names], settings);
    if finding == Finding::SameText && is_denied(short, long, is_cut) {
        finding = Finding::OtherNumbers;
    }
    TextComparison {
        shingles,
        numbers,
        names,
        finding,
    }
}

/// Whether one text has a denial and the other has none of its kind. Editing moves and drops denials where there are several,
/// so only the kinds are compared. What was cut off may deny what it likes.
fn is_denied(short: &Features, long: &Features, is_cut: bool) -> bool {
    /// Longer by a sentence that says "denied", which a sample may miss.
    const A_SENTENCE: u16 = 12;
    let in_short_alone = short.denials & !long.denials != 0;
    let in_long_alone = long.denials & !short.denials != 0;
    let is_whole = if is_cut {
        long.words - short.words <= A_SENTENCE
    } else {
        f32::from(long.words) <= 1.25 * f32::from(short.words)
    };
    in_short_alone || (is_whole && in_long_alone)
}

fn worse(one: Share, other: Share) -> Share {
    if one.missing() >= other.missing() {
        one
    } else {
        other
    }
}

fn finding(short: &Features, long: &Features, shares: [Share; 3], settings: &Settings) -> Finding {
    let [shingles, numbers, names] = shares;
    let gap = (short.published - long.published).abs();
    let same_title = short.title != 0 && short.title == long.title;
    if gap > settings.duplicate_window {
        return Finding::FarApart;
    }
    let same_page = short.page != 0 && short.page == long.page;
    let same_text = shingles.ratio() >= settings.strictness.same_text();
    if same_page && (same_title || same_text) {
        return Finding::SamePage;
    }
    if short.words < SHORTEST {
        return headline(short, long, same_title, gap, numbers);
    }
    if !same_text {
        return Finding::OtherText;
    }
    let same_site = short.host == long.host;
    // A site posts a text again as it was, and a bulletin in the same form.
    let is_strict = same_site || short.words < SHORT;
    if numbers.missing() > if is_strict { 0 } else { tolerated(numbers, 0.25) } {
        return Finding::OtherNumbers;
    }
    if names.missing()
        > if is_strict {
            names.of / 8
        } else {
            tolerated(names, 0.35)
        }
    {
        return Finding::OtherNames;
    }
    if long.words < SHORT && is_same_form_of_title(short, long) {
        return Finding::OtherTitle;
    }
    if same_site && !same_title && f32::from(long.words) > 2.0 * f32::from(short.words) {
        return Finding::Quoted;
    }
    Finding::SameText
}

/// Differences that editing explains.
fn tolerated(facts: Share, part: f32) -> u16 {
    ((f32::from(facts.of) * part) as u16).max(1)
}

/// Whether two titles have most words in common, and each a word of its own: "Weather for Tuesday", "Weather for Wednesday".
fn is_same_form_of_title(one: &Features, other: &Features) -> bool {
    let (one, other) = (&one.title_words, &other.title_words);
    let common = one.iter().filter(|word| other.contains(word)).count();
    let longest = one.len().max(other.len());
    common * 2 >= longest && common < one.len() && common < other.len()
}

/// Feeds that show nothing but headlines.
fn headline(short: &Features, long: &Features, same_title: bool, gap: i64, numbers: Share) -> Finding {
    const FEWEST_WORDS: usize = 6;
    let says_enough = short.title_words.len() >= FEWEST_WORDS && numbers.missing() == 0;
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
