//! Names that are one name: `Haftar`, `Hifter`, `حفتر`.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::words::{Word, words};

/// The operator's names, ready to be found in words.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    /// By the first word: the other words, and the name that all aliases stand for.
    by_first: HashMap<u64, Vec<(Vec<u64>, u64)>>,
}

impl Aliases {
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

    /// What the words name, once for each time.
    pub(super) fn find<'a>(&'a self, words: &'a [Word]) -> impl Iterator<Item = u64> + 'a {
        words.iter().enumerate().flat_map(move |(at, word)| {
            let names = self.by_first.get(&word.term).map_or(&[][..], Vec::as_slice);
            let following = &words[at + 1..];
            names
                .iter()
                .filter(move |(others, _)| starts_with(following, others))
                .map(|(_, named)| *named)
        })
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
        let found = |text: &str| -> Vec<u64> { aliases.find(&words(text)).collect() };
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
}
