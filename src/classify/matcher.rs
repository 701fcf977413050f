//! Names in running text, as whole words in any script, thousands of them in one pass.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::model::{Topic, fold};

/// What Arabic writes onto the front of a word: and, so, by, for, like, the, and their combinations.
const ARABIC_PREFIXES: [&str; 18] = [
    "و", "ف", "ب", "ل", "ك", "ال", "وال", "فال", "بال", "كال", "لل", "ول", "وب", "وك", "ولل", "وبال", "فل",
    "فب",
];

/// With more names than this, memory counts for more than speed.
const MOST_FOR_DFA: usize = 1_000;

/// Finds names in text.
pub(super) struct Matcher {
    /// `None` when there is nothing to find.
    automaton: Option<AhoCorasick>,
    /// By pattern.
    topics: Vec<Topic>,
}

impl Matcher {
    /// Compiles names; each leads to its topic.
    pub(super) fn new<'a>(names: impl Iterator<Item = (&'a str, Topic)>) -> Self {
        let mut patterns = Vec::new();
        let mut topics = Vec::new();
        for (name, topic) in names {
            let folded = fold(name);
            // "النفط" is found in "للنفط" only without its article, which the prefix لل has swallowed.
            let bare = folded
                .strip_prefix("ال")
                .filter(|bare| bare.chars().count() > 2)
                .map(str::to_owned);
            for pattern in bare.into_iter().chain([folded]) {
                if !pattern.is_empty() {
                    patterns.push(pattern);
                    topics.push(topic.clone());
                }
            }
        }
        // A DFA reads four times faster, and a few hundred kilobytes buy it for as many names as most operators declare.
        let kind = (patterns.len() <= MOST_FOR_DFA).then_some(AhoCorasickKind::DFA);
        let automaton = (!patterns.is_empty()).then(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(kind)
                // Looking ahead for rare letters costs more than it skips: names are made of common ones.
                .prefilter(false)
                .build(&patterns)
        });
        // Building fails only beyond 2^31 states: then nothing is found, and the operator's names still work as names.
        Self {
            automaton: automaton.and_then(Result::ok),
            topics,
        }
    }

    /// The topics that any of these texts names.
    pub(super) fn find(&self, texts: [&str; 2]) -> BTreeSet<&Topic> {
        let mut found = BTreeSet::new();
        let Some(automaton) = &self.automaton else {
            return found;
        };
        for text in texts {
            let folded = fold(text);
            for hit in automaton.find_overlapping_iter(&folded) {
                let topic = &self.topics[hit.pattern().as_usize()];
                if !found.contains(topic) && is_word(&folded, hit.start(), hit.end()) {
                    found.insert(topic);
                }
            }
        }
        found
    }
}

/// Whether `start..end` is a word, or words, of its own.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let (before, word, after) = (&text[..start], &text[start..end], &text[end..]);
    let (first, last) = (word.chars().next(), word.chars().next_back());
    ends_apart(last, after.chars().next())
        && (ends_apart(first, before.chars().next_back()) || has_prefix(before, first))
}

/// Whether a word may end between these two characters.
fn ends_apart(inside: Option<char>, outside: Option<char>) -> bool {
    let (Some(inside), Some(outside)) = (inside, outside) else {
        return true;
    };
    // A name that ends in punctuation ("U.S.") needs no gap; scripts without spaces have none.
    !inside.is_alphanumeric() || !continues_word(outside) || (is_spaceless(inside) && is_spaceless(outside))
}

fn continues_word(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || c == '_'
}

/// Han, kana, Thai, Lao, Khmer and Burmese set no spaces between words.
fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether what is written onto the front of an Arabic word is only a prefix.
fn has_prefix(before: &str, first: Option<char>) -> bool {
    if !first.is_some_and(|c| matches!(c, '\u{0620}'..='\u{064A}')) {
        return false;
    }
    let word_start = before
        .char_indices()
        .rev()
        .take_while(|(_, c)| continues_word(*c))
        .last()
        .map_or(0, |(at, _)| at);
    ARABIC_PREFIXES.contains(&&before[word_start..])
}
