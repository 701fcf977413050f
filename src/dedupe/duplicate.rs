//! Whether two articles are the same article.

use super::features::Features;
use super::headline;
use super::resolve::Settings;
use super::sample::{Sample, Share};

/// The part from which on two texts may fill one form.
const SAME_FORM: f32 = 0.4;
/// Shingles, and facts, that say enough about a long text.
const ENOUGH_SHINGLES: u16 = 16;
const ENOUGH_FACTS: u16 = 8;
/// A text of fewer words is judged by its title, too.
pub(super) const SHORTEST: u16 = 12;
/// A shorter text must have every number of the other, as bulletins differ in nothing else.
const SHORT: u16 = 120;
pub(super) const HOUR: i64 = 3_600;
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
    /// One headline, which its site sets over one article after another.
    Recurring,
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
    let pair = Pair::of(one, other, settings);
    let finding = match pair.finding(settings) {
        Finding::SameText if pair.is_denied() => Finding::OtherNumbers,
        finding => finding,
    };
    TextComparison {
        shingles: pair.shingles,
        numbers: pair.numbers,
        names: pair.names,
        finding,
    }
}

/// Two articles and what they share.
struct Pair<'a> {
    short: &'a Features,
    long: &'a Features,
    shingles: Share,
    numbers: Share,
    names: Share,
    /// Nearly all pairs: the rest was not looked at.
    is_other: bool,
    /// The shorter one is wholly in the longer one.
    is_cut: bool,
    /// … but for its first paragraph, which is its own.
    has_own_lead: bool,
    /// Words differ inside the text, each breaking all shingles that it is in; "read more" below a teaser breaks one a word.
    is_inside: bool,
    same_site: bool,
    same_title: bool,
}

impl<'a> Pair<'a> {
    fn of(one: &'a Features, other: &'a Features, settings: &Settings) -> Self {
        let (short, long) = if (one.words, one.shingles().len()) <= (other.words, other.shingles().len()) {
            (one, other)
        } else {
            (other, one)
        };
        let glance = short.shingles().glance(long.shingles());
        let shingles = match glance.found {
            0 if glance.of >= ENOUGH_SHINGLES => glance,
            _ => short.shingles().within(long.shingles(), ENOUGH_SHINGLES),
        };
        let ratio = shingles.ratio();
        let mut pair = Self {
            short,
            long,
            shingles,
            numbers: Share::default(),
            names: Share::default(),
            is_other: ratio < SAME_FORM.min(settings.strictness.same_text()) && short.words >= SHORTEST,
            is_cut: shingles.missing() == 0,
            has_own_lead: false,
            is_inside: false,
            same_site: short.host == long.host,
            same_title: short.title != 0 && short.title == long.title,
        };
        if !pair.is_other {
            pair.compare_facts();
        }
        pair
    }

    fn compare_facts(&mut self) {
        let (short, long) = (self.short, self.long);
        self.numbers = short.numbers().within(long.numbers(), ENOUGH_FACTS);
        self.names = names_within(short, long);
        self.has_own_lead = self.is_below_own_lead();
        if self.has_own_lead {
            let lead = short.lead;
            self.numbers = below(short.numbers(), lead.numbers.into(), long.numbers());
            self.names = names_below_lead(short, long);
            return;
        }
        self.is_inside = self.shingles.missing() > self.names.missing() + 1;
        // What is wholly in the longer one was cut from it, and what was cut has facts of its own. Else two notes of one
        // length must agree both ways, down to the words that begin their sentences.
        if !self.is_cut && long.words < SHORT && self.is_of_length() {
            let within =
                |one: &Features, other: &Features| names_within(one, other) + beginnings_within(one, other);
            self.numbers = worse(self.numbers, long.numbers().within(short.numbers(), ENOUGH_FACTS));
            self.names = worse(within(short, long), within(long, short));
        }
    }

    /// Whether another site's copy has a first paragraph of its own, of which nothing is in the longer text, and nothing else
    /// that is not there.
    fn is_below_own_lead(&self) -> bool {
        let (short, long) = (self.short, self.long);
        if self.same_site || self.is_cut || short.words < SHORT || short.lead.shingles == 0 {
            return false;
        }
        let opening = short.shingles().opening_without(short.lead.shingles);
        let text = Sample {
            opening: &opening,
            ..short.shingles()
        };
        let share = text.within(long.shingles(), ENOUGH_SHINGLES);
        if share.of < ENOUGH_SHINGLES || share.missing() > 0 {
            return false;
        }
        // A sentence that was changed is no other one.
        const MOST: u16 = 4;
        let lead = short.shingles().opening_without(!short.lead.shingles);
        let known = Sample {
            opening: &lead,
            rest: &[],
            limit: u32::MAX,
        }
        .within(long.shingles(), 0);
        known.found * MOST <= known.of
    }

    /// Whether the longer text is no longer than an edited copy of the shorter one.
    fn is_of_length(&self) -> bool {
        f32::from(self.long.words) <= 1.25 * f32::from(self.short.words)
    }

    fn finding(&self, settings: &Settings) -> Finding {
        let (short, long) = (self.short, self.long);
        let gap = (short.published - long.published).abs();
        if gap > settings.duplicate_window {
            return Finding::FarApart;
        }
        let same_text = self.shingles.ratio() >= settings.strictness.same_text();
        let same_page = short.page != 0 && short.page == long.page;
        if same_page && (self.same_title || same_text) {
            return Finding::SamePage;
        }
        if headline::is_bare(short) || headline::is_bare(long) {
            return headline::announced(short, long, self.is_close());
        }
        if short.words < SHORTEST {
            return self.headline();
        }
        if !same_text {
            return Finding::OtherText;
        }
        // What opens another text word by word has its facts, too.
        let is_teaser = !self.same_site && short.shingles().opens(long.shingles());
        if !is_teaser && self.numbers.missing() > self.numbers_tolerated() {
            return Finding::OtherNumbers;
        }
        if !is_teaser && self.names.missing() > self.names_tolerated() {
            return Finding::OtherNames;
        }
        if !self.is_cut && !self.is_headline_in() {
            return Finding::OtherTitle;
        }
        if long.words < SHORT && is_same_form_of_title(short, long) {
            return Finding::OtherTitle;
        }
        if self.same_site && !self.is_cut && are_other_subjects(short, long) {
            return Finding::OtherTitle;
        }
        if !self.same_title && self.is_quoted() {
            return Finding::Quoted;
        }
        Finding::SameText
    }

    /// A site posts a text again as it was, and a bulletin in the same form.
    fn is_strict(&self) -> bool {
        self.same_site || self.short.words < SHORT
    }

    fn numbers_tolerated(&self) -> u16 {
        if self.is_strict() {
            0
        } else {
            tolerated(self.numbers, 0.25)
        }
    }

    fn names_tolerated(&self) -> u16 {
        const BELOW_A_TEASER: u16 = 3;
        let few = self.names.of / 8;
        if !self.is_strict() {
            tolerated(self.names, 0.35)
        } else if self.short.words >= SHORT {
            few
        } else if self.is_inside {
            // It may be the name of the town.
            0
        } else if self.is_of_length() {
            few
        } else {
            few.max(BELOW_A_TEASER)
        }
    }

    /// Whether one text has a denial and the other has none of its kind. Editing moves and drops denials where there are
    /// several, so only the kinds are compared. What was cut off may deny what it likes.
    fn is_denied(&self) -> bool {
        /// Longer by a sentence that says "denied", which a sample may miss.
        const A_SENTENCE: u16 = 12;
        let (short, long) = (self.short, self.long);
        let (mut in_short, mut words) = (short.denials, short.words);
        if self.has_own_lead {
            in_short &= !short.lead.denials;
            words -= short.lead.words.min(words);
        }
        let in_short_alone = in_short & !long.denials != 0;
        let in_long_alone = long.denials & !short.denials != 0;
        let is_whole = if self.is_cut || self.has_own_lead {
            long.words - words <= A_SENTENCE
        } else {
            self.is_of_length()
        };
        in_short_alone || (is_whole && in_long_alone)
    }

    /// Whether the longer text has all the facts that the title of the shorter one takes from its text. A form may be filled
    /// with another town, which the title names; what editing changes in names is not what the headline is about.
    fn is_headline_in(&self) -> bool {
        let (short, long) = (self.short, self.long);
        let is_whole = [long.names(), long.numbers(), long.beginnings()]
            .iter()
            .all(|facts| facts.limit == u32::MAX);
        let is_fact = |of: &Features, word: u32| of.names().contains(word) || of.numbers().contains(word);
        let mut words = short.title_words().iter().copied();
        !is_whole
            || words
                .all(|word| !is_fact(short, word) || is_fact(long, word) || long.beginnings().contains(word))
    }

    /// Whether the longer text only quotes the shorter one: a site's own article about its own, or a text that begins with
    /// something else. A copy may have a lead, but not one as long as an opening.
    fn is_quoted(&self) -> bool {
        const MOST: f32 = 0.5;
        let (short, long) = (self.short.shingles(), self.long.shingles());
        if f32::from(self.long.words) > 2.0 * f32::from(self.short.words) {
            return self.same_site || short.opening_in_opening(long).ratio() < MOST;
        }
        short.opening_within(long, ENOUGH_FACTS).ratio() < MOST
    }

    fn is_close(&self) -> bool {
        let gap = (self.short.published - self.long.published).abs();
        if self.same_site { gap < HOUR } else { gap <= DAY }
    }

    /// Feeds that show nothing but headlines.
    fn headline(&self) -> Finding {
        const FEWEST_WORDS: usize = 6;
        let says_enough = self.short.title_words().len() >= FEWEST_WORDS && self.numbers.missing() == 0;
        if self.same_title && says_enough && self.is_close() {
            Finding::SameHeadline
        } else {
            Finding::TooShort
        }
    }
}

/// How much of the facts below a lead is in another text.
fn below(facts: Sample<'_>, lead: u128, other: Sample<'_>) -> Share {
    let opening = facts.opening_without(lead);
    Sample {
        opening: &opening,
        ..facts
    }
    .within(other, ENOUGH_FACTS)
}

fn names_below_lead(short: &Features, long: &Features) -> Share {
    let opening = short.names().opening_without(short.lead.names.into());
    Sample {
        opening: &opening,
        ..short.names()
    }
    .within_either(long.names(), long.beginnings(), ENOUGH_FACTS)
}

fn names_within(one: &Features, other: &Features) -> Share {
    one.names()
        .within_either(other.names(), other.beginnings(), ENOUGH_FACTS)
}

fn beginnings_within(one: &Features, other: &Features) -> Share {
    one.beginnings()
        .within_either(other.names(), other.beginnings(), ENOUGH_FACTS)
}

fn worse(one: Share, other: Share) -> Share {
    if one.missing() >= other.missing() {
        one
    } else {
        other
    }
}

/// Whether each title is about what the other text does not mention: one site's releases that fill one form. A text that
/// is posted again under another headline still speaks of what the first one named.
fn are_other_subjects(one: &Features, other: &Features) -> bool {
    const ENOUGH: usize = 2;
    let is_only_of = |one: &Features, other: &Features| {
        let own: Vec<u32> = one
            .title_words()
            .iter()
            .copied()
            .filter(|word| one.is_about(*word) && !other.title_words().contains(word))
            .collect();
        own.len() >= ENOUGH && !own.iter().any(|word| other.is_about(*word))
    };
    is_only_of(one, other) && is_only_of(other, one)
}

/// Differences that editing explains.
fn tolerated(facts: Share, part: f32) -> u16 {
    ((f32::from(facts.of) * part) as u16).max(1)
}

/// Whether two titles have most words in common, and each a word of its own: "Weather for Tuesday", "Weather for Wednesday".
fn is_same_form_of_title(one: &Features, other: &Features) -> bool {
    let (one, other) = (one.title_words(), other.title_words());
    let common = one.iter().filter(|word| other.contains(word)).count();
    let longest = one.len().max(other.len());
    common * 2 >= longest && common < one.len() && common < other.len()
}

/// Whether two articles of one site fill one form with other facts: yesterday's exchange rates and today's.
pub(super) fn is_same_form(one: &Features, other: &Features, texts: &TextComparison) -> bool {
    let missing = texts.numbers.missing() + texts.names.missing();
    let facts = texts.numbers.of + texts.names.of;
    one.host == other.host
        && texts.shingles.ratio() >= SAME_FORM
        && !texts.finding.is_duplicate()
        && missing >= 2
        && missing * 5 >= facts
}
