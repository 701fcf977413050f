//! Text as a row of words that can be compared across outlets and scripts.

use unicode_normalization::char::decompose_compatible;
use xxhash_rust::xxh3::xxh3_64;

use super::commonness::{Commonness, judge};
use super::stem::stem;
use crate::model::is_ignored;

/// Words of one text that are looked at: more than the longest news article has.
pub(super) const MOST_WORDS: usize = 6_000;

/// Bytes of one word that are looked at; what is longer is no word.
const LONGEST_WORD: usize = 96;

/// What a word can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Starts with a digit: `12`, `7.582`, `2-1`.
    Number,
    /// Turns what is said around or says when: not, falls, Tuesday. Articles that differ in one of them differ.
    Turn,
    /// Written with a capital where others are not.
    Name,
    /// Has a meaning of its own in a script without capitals, so it may be a name.
    Caseless,
    /// Anything else.
    Plain,
}

/// One word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Word {
    /// Of the folded word as it stands.
    pub(super) exact: u64,
    /// Of the word without its inflection.
    pub(super) term: u64,
    pub(super) kind: Kind,
    /// Starts with a capital, if only because its sentence does.
    pub(super) capital: bool,
    pub(super) commonness: Commonness,
    /// Counts up through the text.
    pub(super) sentence: u32,
    /// Whether its script has capitals.
    pub(super) is_cased: bool,
}

/// The words of a text, at most [`MOST_WORDS`].
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader {
        words: Vec::with_capacity(text.len().min(8 * MOST_WORDS) / 6),
        ..Reader::default()
    };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        reader.push(c, next);
        if reader.words.len() >= MOST_WORDS || at > 40 * MOST_WORDS {
            break;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    words: Vec<Word>,
    /// The word being read, folded.
    folded: String,
    capital: bool,
    cased: bool,
    /// The last character of a script without spaces: it pairs with the next.
    single: Option<char>,
    sentence: u32,
    /// Where the present sentence begins in `words`, and how many of its words have capitals.
    begins: usize,
    capitals: usize,
}

impl Reader {
    fn push(&mut self, c: char, next: Option<char>) {
        if c.is_ascii_alphanumeric() {
            self.letter(c);
        } else if is_ignored(c) || (!c.is_ascii() && unicode_normalization::char::is_combining_mark(c)) {
            // Inside a word, and no part of it, though Unicode may call it a letter (tatweel).
        } else if !c.is_ascii() && c.is_alphanumeric() {
            self.letter(c);
        } else if matches!(c, '\'' | '’') && self.folded.len() > 2 && !starts_number(&self.folded) {
            // "don't" is one word, and so is "Libya's", which loses its ending with its inflection; but "l'armée" is two.
        } else if self.joins(c, next) {
            self.folded
                .push(if matches!(c, '-' | ':' | '–') { '-' } else { '.' });
        } else {
            self.end_word();
            if ends_sentence(c, next) {
                self.end_sentence();
            }
        }
    }

    fn letter(&mut self, c: char) {
        if is_spaceless(c) {
            self.end_letters();
            if let Some(before) = self.single.replace(c) {
                self.folded.extend([before, c]);
                self.end_letters();
            }
            return;
        }
        self.single = None;
        if self.folded.is_empty() {
            self.capital = c.is_uppercase();
            self.cased = self.capital || c.is_lowercase();
        } else if self.folded.len() >= LONGEST_WORD {
            return;
        } else if starts_number(&self.folded) && !c.is_numeric() {
            // `2.5million`, `27th`: the number stands for itself.
            self.end_letters();
            self.cased = true;
        }
        push_folded(c, &mut self.folded);
    }

    /// Whether `c` holds two digits together: `7.582`, `1,000`, `2-1`, `10:30`.
    fn joins(&self, c: char, next: Option<char>) -> bool {
        matches!(c, '.' | ',' | '-' | ':' | '–' | '٫' | '٬')
            && starts_number(&self.folded)
            && self.folded.len() < LONGEST_WORD
            && next.is_some_and(char::is_numeric)
    }

    fn end_word(&mut self) {
        self.end_letters();
        self.single = None;
    }

    fn end_letters(&mut self) {
        if self.folded.is_empty() {
            return;
        }
        let term = stem(&self.folded);
        let number = starts_number(&self.folded);
        let first = self.words.len() == self.begins;
        let exact = xxh3_64(self.folded.as_bytes());
        let term = if term.len() == self.folded.len() {
            exact
        } else {
            xxh3_64(term.as_bytes())
        };
        let (commonness, is_turn) = judge(exact, term, &self.folded, self.capital && !first);
        let kind = if number {
            Kind::Number
        } else if is_turn {
            Kind::Turn
        } else if commonness == Commonness::STOP {
            Kind::Plain
        } else if !self.cased {
            Kind::Caseless
        } else if self.capital && !first {
            Kind::Name
        } else {
            Kind::Plain
        };
        self.capitals += usize::from(self.capital);
        self.words.push(Word {
            exact,
            term,
            kind,
            capital: self.capital,
            commonness,
            sentence: self.sentence,
            is_cased: self.cased,
        });
        self.folded.clear();
        self.capital = false;
        self.cased = false;
    }

    fn end_sentence(&mut self) {
        let sentence = &mut self.words[self.begins..];
        if sentence.is_empty() {
            return;
        }
        // Where Most Words Have Capitals, as in headlines, they name nothing.
        if self.capitals * 2 > sentence.len() {
            for word in sentence.iter_mut().filter(|word| word.kind == Kind::Name) {
                word.kind = Kind::Plain;
            }
        }
        self.begins = self.words.len();
        self.capitals = 0;
        self.sentence += 1;
    }

    fn finish(mut self) -> Vec<Word> {
        self.end_word();
        self.end_sentence();
        self.words
    }
}

fn starts_number(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// A line ends a sentence, and so does a full stop with white space after it; quotes and brackets begin what may
/// start with a capital.
fn ends_sentence(c: char, next: Option<char>) -> bool {
    match c {
        '\n' | '!' | '?' | '؟' | '。' | '！' | '？' | '“' | '„' | '«' | '»' | '"' | '(' | '[' | '•' | '|' => {
            true
        }
        '.' | ':' | '…' => next.is_none_or(char::is_whitespace),
        _ => false,
    }
}

/// Appends a letter in the form that is compared: lower case, without accents, Arabic letters that are written
/// for each other made one, digits as ASCII.
fn push_folded(c: char, out: &mut String) {
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        'أ' | 'إ' | 'آ' | 'ٱ' => out.push('ا'),
        'ى' => out.push('ي'),
        'ة' => out.push('ه'),
        '\u{0620}'..='\u{064A}' => out.push(c),
        '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}' => {
            // The last four bits of both rows of digits are their value.
            out.push(char::from(b'0' + (u32::from(c) & 0xF) as u8));
        }
        '\u{0400}'..='\u{04FF}' => out.extend(c.to_lowercase()),
        '\u{1100}'..='\u{F8FF}' => out.push(c),
        _ => decompose_compatible(c, |part| {
            if !unicode_normalization::char::is_combining_mark(part) && !is_ignored(part) {
                match part {
                    'ı' => out.push('i'),
                    _ => out.extend(part.to_lowercase().filter(|c| c.is_alphanumeric())),
                }
            }
        }),
    }
}

/// Scripts that set no spaces between words; there, each pair of characters is a word.
fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}
