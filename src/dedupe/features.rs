//! What is kept of an article to know it again: a few hundred hashes instead of its text.

use std::cmp::Reverse;

use super::lead::Lead;
use super::lists::{List, Lists};
use super::sample::Sample;

/// Shingles of the opening under which an article is found, and of the whole text.
const SHINGLES: usize = 4;
/// Words under which it is found.
const WORDS: usize = 12;

/// A word and how much it says about its article; `weight` is part of a vector of length one, or less of a short article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub(super) hash: u32,
    /// In [`Term::UNITS`], so that what is read back from a store decides as before.
    pub(super) weight: u16,
}

impl Term {
    /// Of weight, in a term that is all of its article.
    pub(super) const UNITS: f32 = 65_535.0;

    /// The last bits of a hash: of a word in a script with capitals, of one in a script without, of a number or a name
    /// that the operator's aliases found.
    pub(super) const CASED: u32 = 0;
    pub(super) const CASELESS: u32 = 1;
    pub(super) const ANY_SCRIPT: u32 = 2;

    pub(super) fn marked(hash: u32, script: u32) -> u32 {
        hash & !3 | script
    }

    pub(super) fn is_in(self, script: u32) -> bool {
        self.hash & 3 == script
    }
}

/// What is kept of an article: about 1.4 kilobytes and never above 3, whatever its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    pub(super) host: u64,
    /// Of the host's registrable domain.
    pub(super) site: u64,
    /// Of the site whose article it only names; 0 for an article of its own.
    pub(super) publisher: u64,
    /// Of its address without what marks AMP, mobile and print pages; 0 without an address.
    pub(super) page: u64,
    /// Of the folded title; 0 without one.
    pub(super) title: u64,
    /// Words of the text, without boilerplate.
    pub(super) words: u16,
    /// Of all words of the text; 0 for too few to say anything.
    pub(super) text: u64,
    /// Unix seconds.
    pub(super) published: i64,
    /// Which denials the text has, a bit for each kind.
    pub(super) denials: u32,
    /// What the text has only in its first paragraph.
    pub(super) lead: Lead,
    pub(super) lists: Lists,
}

impl Features {
    /// The words of the title; of a very long one, the first.
    pub(super) fn title_words(&self) -> &[u32] {
        self.lists.get(List::TitleWords)
    }

    pub(super) fn shingles(&self) -> Sample<'_> {
        self.lists.sample(List::Shingles)
    }

    /// Numbers, days and words that turn the meaning.
    pub(super) fn numbers(&self) -> Sample<'_> {
        self.lists.sample(List::Numbers)
    }

    pub(super) fn names(&self) -> Sample<'_> {
        self.lists.sample(List::Names)
    }

    /// Words that may be names, as they begin a sentence; where lines are joined, they stand inside one.
    pub(super) fn beginnings(&self) -> Sample<'_> {
        self.lists.sample(List::Beginnings)
    }

    /// Ascending by hash.
    pub(super) fn terms(&self) -> impl ExactSizeIterator<Item = Term> + '_ {
        self.lists.terms()
    }

    /// Whether most of it is written in a script without capitals.
    pub(super) fn is_caseless(&self) -> bool {
        self.lists.is_caseless()
    }

    /// The length of the part of the vector of terms that articles in any script may share.
    pub(super) fn length_in_any_script(&self) -> f32 {
        (self.lists.any_script() as f32).sqrt() / Term::UNITS
    }

    /// When it was published, in Unix seconds.
    pub fn published(&self) -> i64 {
        self.published
    }

    /// What orders articles whichever numbers a store gave them: by date, then by what they say. Equal only where nothing
    /// tells two articles apart.
    pub(super) fn rank(&self) -> impl Ord + '_ {
        (
            self.published,
            self.page,
            self.host,
            self.title,
            self.words,
            self.publisher,
            &self.lists,
        )
    }

    /// Whose article it is: that of the site which it names, else that of its own.
    pub(super) fn whose(&self) -> u64 {
        if self.publisher == 0 {
            self.site
        } else {
            self.publisher
        }
    }

    /// Whether a key of [`Features::keys`] is a word, which says less than a shingle or a page.
    pub(super) fn is_word(key: u64) -> bool {
        key >> 32 == 2
    }

    /// Whether a word is among those that tell what the article is about.
    pub(super) fn is_about(&self, word: u32) -> bool {
        self.terms().any(|term| term.hash & !3 == word & !3)
    }

    /// Under what the very same text is found, if it is long enough to say anything.
    pub(super) fn text_key(&self) -> Option<u64> {
        (self.text != 0).then(|| key(4, top(self.text)))
    }

    /// Under what it is found by what names it: its page, its text as a whole, its headline on the site whose it is.
    pub(super) fn own_keys(&self) -> Vec<u64> {
        let page = Some(self.page).filter(|page| *page != 0);
        let headline = (self.title != 0).then(|| key(3, top(self.title ^ self.whose().rotate_left(32))));
        let keys = [page, self.text_key(), headline];
        keys.into_iter().flatten().collect()
    }

    /// Under what it is found: what names it, and rare words of its text and of its subject; at most 23, the same for
    /// everybody.
    pub fn keys(&self) -> Vec<u64> {
        let mut keys = self.own_keys();
        let shingles = self.shingles();
        let opening = shingles.opening.iter().take(SHINGLES).copied();
        keys.extend(
            opening
                .chain(shingles.smallest(SHINGLES))
                .map(|hash| key(1, hash)),
        );
        let mut terms: Vec<Term> = self.terms().collect();
        if terms.len() > WORDS {
            terms.select_nth_unstable_by_key(WORDS, |term| (Reverse(term.weight), term.hash));
            terms.truncate(WORDS);
        }
        keys.extend(terms.iter().map(|term| key(2, term.hash)));
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn key(kind: u64, hash: u32) -> u64 {
    kind << 32 | u64::from(hash)
}

/// The better half of a hash.
pub(super) fn top(hash: u64) -> u32 {
    (hash >> 32) as u32
}
