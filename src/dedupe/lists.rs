//! The lists of hashes of one article.

use super::features::Term;
use super::sample::{Drawn, Sample};

/// Which list or sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    TitleWords,
    Shingles,
    Numbers,
    Names,
    Beginnings,
}

impl List {
    /// Where it is packed. A sample is two lists, one after the other.
    fn place(self) -> usize {
        match self {
            Self::TitleWords => 0,
            Self::Shingles => 1,
            Self::Numbers => 3,
            Self::Names => 5,
            Self::Beginnings => 7,
        }
    }
}

const WEIGHTS: usize = 9;
const TERMS: usize = 10;
const LISTS: usize = 11;

/// All lists in one piece of memory: a dozen articles are read for each new one, and a dozen pieces for each of them took
/// more time than comparing them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lists {
    numbers: Vec<u32>,
    /// Where each list ends.
    ends: [u32; LISTS],
    limits: [u32; 4],
    /// Of the weights of terms: whether most is that of words in scripts without capitals.
    is_caseless: bool,
    /// … and the squares of those that articles in any script may share, summed.
    any_script: u64,
}

impl Lists {
    pub(super) fn is_caseless(&self) -> bool {
        self.is_caseless
    }

    pub(super) fn any_script(&self) -> u64 {
        self.any_script
    }

    pub(super) fn get(&self, list: List) -> &[u32] {
        self.at(list.place())
    }

    pub(super) fn sample(&self, list: List) -> Sample<'_> {
        let place = list.place();
        Sample {
            opening: self.at(place),
            rest: self.at(place + 1),
            limit: self.limits[(place - 1) / 2],
        }
    }

    /// Ascending by hash.
    pub(super) fn terms(&self) -> impl ExactSizeIterator<Item = Term> + '_ {
        let weights = self.at(WEIGHTS).iter();
        self.at(TERMS).iter().zip(weights).map(|(hash, weight)| Term {
            hash: *hash,
            weight: *weight as u16,
        })
    }

    fn at(&self, place: usize) -> &[u32] {
        let begin = match place.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        &self.numbers[begin as usize..self.ends[place] as usize]
    }
}

/// Puts lists together: title words, samples, terms.
pub(super) struct Packer {
    lists: Lists,
    /// How many lists are packed.
    packed: usize,
}

impl Packer {
    /// With room for so many numbers.
    pub(super) fn with_capacity(numbers: usize) -> Self {
        Self {
            lists: Lists {
                numbers: Vec::with_capacity(numbers),
                ends: [0; LISTS],
                limits: [0; 4],
                is_caseless: false,
                any_script: 0,
            },
            packed: 0,
        }
    }

    /// The next list, and how it looks.
    pub(super) fn push(&mut self, numbers: impl IntoIterator<Item = u32>) -> &[u32] {
        let begin = self.lists.numbers.len();
        self.lists.numbers.extend(numbers);
        // No article has four thousand million of anything: what is read from a store is bounded by what it holds.
        self.lists.ends[self.packed] = self.lists.numbers.len() as u32;
        self.packed += 1;
        &self.lists.numbers[begin..]
    }

    /// Of the sample whose two lists were pushed last.
    pub(super) fn push_limit(&mut self, limit: u32) {
        self.lists.limits[self.packed / 2 - 1] = limit;
    }

    pub(super) fn push_sample(&mut self, sample: Drawn) {
        self.push(sample.opening);
        self.push(sample.rest);
        self.push_limit(sample.limit);
    }

    /// The last two lists; their hashes.
    pub(super) fn push_terms(&mut self, terms: impl Iterator<Item = Term> + Clone) -> &[u32] {
        let (mut cased, mut caseless) = (0u64, 0u64);
        for term in terms.clone() {
            let weight = u64::from(term.weight);
            if term.is_in(Term::CASED) {
                cased += weight;
            } else if term.is_in(Term::CASELESS) {
                caseless += weight;
            } else {
                self.lists.any_script += weight * weight;
            }
        }
        self.lists.is_caseless = caseless > cased;
        self.push(terms.clone().map(|term| u32::from(term.weight)));
        self.push(terms.map(|term| term.hash))
    }

    /// All lists.
    pub(super) fn finish(self) -> Lists {
        debug_assert_eq!(self.packed, LISTS, "lists are packed all");
        self.lists
    }
}
