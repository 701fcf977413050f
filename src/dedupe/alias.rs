//! Names that are one name: `Haftar`, `Hifter`, `حفتر`.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::commonness::Commonness;
use super::words::{Word, words};
use crate::model::DeclaredTopic;

/// The operator's names, ready to be found in words.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    /// By the first word: the other words, and the name that all aliases stand for.
    by_first: HashMap<u64, Vec<(Vec<u64>, u64)>>,
}

impl Aliases {
    /// The names of one category or tag are one name.
    pub fn declared<'a>(topics: impl IntoIterator<Item = &'a DeclaredTopic>) -> Self {
        Self::new(topics.into_iter().map(DeclaredTopic::names))
    }

    /// Each group holds the names of one thing, in any script.
    pub fn new<'a, Names>(groups: impl IntoIterator<Item = Names>) -> Self
    where
        Names: IntoIterator<Item = &'a str>,
    {
        let mut by_first: HashMap<u64, Vec<(Vec<u64>, u64)>> = HashMap::new();
        for group in groups {
            let names: Vec<Vec<u64>> = group
                .into_iter()
                .map(|name| words(name).iter().map(|word| word.term).collect())
                .collect();
            let Some(named) = names.first().map(|first| name(first)) else {
                continue;
            };
            for alias in names {
                if let Some((first, others)) = alias.split_first() {
                    by_first.entry(*first).or_default().push((others.to_vec(), named));
                }
            }
        }
        Self { by_first }
    }

    /// Makes one word of each name, the longest where several begin: the first word gets the term that all aliases share,
    /// and the others say nothing more. So a name of three words weighs no more than one of one, and is counted as words
    /// are.
    pub(super) fn mark(&self, words: &mut [Word]) {
        let mut rest = words;
        while let Some((word, following)) = rest.split_first_mut() {
            let names = self.by_first.get(&word.term).map_or(&[][..], Vec::as_slice);
            let found = names.iter().filter(|(others, _)| starts_with(following, others));
            let longest = found.max_by_key(|(others, _)| others.len());
            let others = longest.map_or(0, |(others, _)| others.len());
            if let Some((_, named)) = longest {
                word.term = *named;
                word.commonness = Commonness::DECLARED;
            }
            let (covered, behind) = following.split_at_mut(others);
            for word in covered {
                word.commonness = Commonness::STOP;
            }
            rest = behind;
        }
    }
}

fn starts_with(words: &[Word], terms: &[u64]) -> bool {
    words.len() >= terms.len() && words.iter().zip(terms).all(|(word, term)| word.term == *term)
}

/// A hash that no word has.
fn name(terms: &[u64]) -> u64 {
    let bytes: Vec<u8> = terms.iter().flat_map(|term| term.to_le_bytes()).collect();
    xxh3_64(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_in_any_script_name_the_same() {
        let aliases = Aliases::new([
            vec!["AFRICOM", "U.S. Africa Command", "US Africa Command", "أفريكوم"],
            vec!["Khalifa Haftar", "Hifter", "حفتر"],
        ]);
        let found = |text: &str| -> Vec<u64> {
            let mut words = words(text);
            aliases.mark(&mut words);
            let named = words
                .iter()
                .filter(|word| word.commonness == Commonness::DECLARED);
            named.map(|word| word.term).collect()
        };
        let africom = found("AFRICOM");
        assert_eq!(africom.len(), 1);
        for text in ["the US Africa Command's chief", "قائد الأفريكوم", "Africom said"] {
            assert_eq!(found(text), africom, "{text}");
        }
        let haftar = found("وحفتر");
        assert_eq!(found("General Hifter"), haftar);
        assert_ne!(haftar, africom);
        for text in ["", "Africa Command", "the US", "Khalifa"] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert_eq!(found("AFRICOM met Hifter").len(), 2);
    }

    #[test]
    fn the_longest_name_is_found_and_its_words_say_nothing_more() {
        let aliases = Aliases::new([vec!["Central Bank", "Central Bank of Libya"], vec!["Libya"]]);
        let mut marked = words("the Central Bank of Libya in Libya");
        aliases.mark(&mut marked);
        let kept: Vec<bool> = marked
            .iter()
            .map(|word| word.commonness == Commonness::DECLARED)
            .collect();
        assert_eq!(kept, [false, true, false, false, false, false, true]);
        assert!(
            marked[2..5]
                .iter()
                .all(|word| word.commonness == Commonness::STOP)
        );
        assert_ne!(marked[1].term, marked[6].term);
    }
}
