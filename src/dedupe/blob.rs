//! Features, lines and frequencies as bytes, for a store: little-endian numbers, lists after their lengths.

use super::boilerplate::{Line, Lines, MOST_LINES};
use super::features::{Features, Term};
use super::frequency::{Frequencies, PERIOD, SLOTS};
use super::lead::Lead;
use super::lists::Packer;

/// Of the format and of all that hashes depend on: words, stems, shingles. What was written under another one is not
/// read, and its article is known no more, which joins and hides nothing.
const VERSION: u8 = 3;

/// The version before, in which what is known of sites, whole texts and first paragraphs was missing.
const BEFORE: u8 = 2;

impl Features {
    /// The bytes to store.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(1_536);
        to.push(VERSION);
        for number in [self.host, self.page, self.title, self.published as u64] {
            to.extend(number.to_le_bytes());
        }
        to.extend(self.words.to_le_bytes());
        to.extend(self.denials.to_le_bytes());
        for number in [self.site, self.publisher, self.text, self.lead.names] {
            to.extend(number.to_le_bytes());
        }
        to.extend(self.lead.shingles.to_le_bytes());
        to.extend(self.lead.words.to_le_bytes());
        to.extend(self.lead.numbers.to_le_bytes());
        to.extend(self.lead.denials.to_le_bytes());
        push_list(self.title_words(), &mut to);
        for sample in [self.shingles(), self.numbers(), self.names(), self.beginnings()] {
            push_list(sample.opening, &mut to);
            push_list(sample.rest, &mut to);
            to.extend(sample.limit.to_le_bytes());
        }
        push_length(self.terms().len(), &mut to);
        for term in self.terms() {
            to.extend(term.hash.to_le_bytes());
            to.extend(term.weight.to_le_bytes());
        }
        to
    }

    /// What [`Features::encode`] wrote; nothing for any other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::of(bytes)?;
        let (host, page, title, published) = (from.long()?, from.long()?, from.long()?, from.long()?);
        let (words, denials) = (from.short()?, from.word()?);
        let (mut site, mut publisher, mut text) = (0, 0, 0);
        let mut lead = Lead::default();
        if bytes.first() != Some(&BEFORE) {
            (site, publisher, text, lead.names) = (from.long()?, from.long()?, from.long()?, from.long()?);
            lead.shingles = from.take().map(u128::from_le_bytes)?;
            lead.words = from.short()?;
            (lead.numbers, lead.denials) = (from.word()?, from.word()?);
        }
        // A term takes six bytes here and two numbers there.
        let mut lists = Packer::with_capacity(bytes.len() / 3);
        lists.push(from.list()?);
        for _ in 0..4 {
            for _ in 0..2 {
                let list = lists.push(from.list()?);
                // Hashes are searched for in it.
                if !list.is_sorted_by(|one, next| one < next) {
                    return None;
                }
            }
            lists.push_limit(from.word()?);
        }
        let hashes = lists.push_terms(from.terms()?);
        if !hashes.is_sorted_by(|one, next| one < next) || !from.0.is_empty() {
            return None;
        }
        Some(Self {
            host,
            site,
            publisher,
            page,
            title,
            words,
            text,
            published: published as i64,
            denials,
            lead,
            lists: lists.finish(),
        })
    }
}

impl Lines {
    /// The bytes to store.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(1 + 13 * self.lines.len());
        to.push(VERSION);
        for line in &self.lines {
            for number in [line.hash, line.title, line.last] {
                to.extend(number.to_le_bytes());
            }
            to.push(line.titles);
        }
        to
    }

    /// What [`Lines::encode`] wrote; nothing for any other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::of(bytes)?;
        if from.0.len() > 13 * MOST_LINES {
            return None;
        }
        let mut lines = Vec::with_capacity(from.0.len() / 13);
        while !from.0.is_empty() {
            lines.push(Line {
                hash: from.word()?,
                title: from.word()?,
                last: from.word()?,
                titles: from.byte()?,
            });
        }
        lines
            .is_sorted_by(|one, next| one.hash < next.hash)
            .then_some(Self { lines })
    }
}

impl Frequencies {
    /// The bytes to store: a megabyte at most, and less while few words are known. Zeros are written as how many there are.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = vec![VERSION];
        to.extend(self.articles.iter().flat_map(|articles| articles.to_le_bytes()));
        let mut zeros = 0u16;
        for count in self.counts.as_flattened() {
            if *count == 0 && zeros < u16::MAX {
                zeros += 1;
                continue;
            }
            push_zeros(&mut zeros, &mut to);
            match *count {
                0 => zeros = 1,
                count => to.extend(count.to_le_bytes()),
            }
        }
        push_zeros(&mut zeros, &mut to);
        to
    }

    /// What [`Frequencies::encode`] wrote; nothing for any other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::of(bytes)?;
        let articles = [from.word()?, from.word()?];
        if articles.iter().any(|articles| *articles > PERIOD) {
            return None;
        }
        let mut counts = vec![[0; 2]; SLOTS];
        let mut slots = counts.as_flattened_mut();
        while !from.0.is_empty() {
            let count = from.short()?;
            let filled = if count == 0 { usize::from(from.short()?) } else { 1 };
            let (head, tail) = slots.split_at_mut_checked(filled)?;
            head.fill(count);
            slots = tail;
        }
        slots.is_empty().then_some(Self { articles, counts })
    }
}

/// A zero, and how many zeros it stands for.
fn push_zeros(zeros: &mut u16, to: &mut Vec<u8>) {
    if *zeros > 0 {
        to.extend([0; 2]);
        to.extend(std::mem::take(zeros).to_le_bytes());
    }
}

/// No list is longer than a few hundred.
fn push_length(length: usize, to: &mut Vec<u8>) {
    to.extend((length as u16).to_le_bytes());
}

fn push_list(list: &[u32], to: &mut Vec<u8>) {
    push_length(list.len(), to);
    to.extend(list.iter().flat_map(|number| number.to_le_bytes()));
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Behind the version, if it is ours.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Self(bytes);
        matches!(reader.byte()?, VERSION | BEFORE).then_some(reader)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn short(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn word(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn list(&mut self) -> Option<impl Iterator<Item = u32> + 'a> {
        let length = usize::from(self.short()?);
        let (bytes, rest) = self.0.split_at_checked(4 * length)?;
        self.0 = rest;
        let (numbers, _) = bytes.as_chunks();
        Some(numbers.iter().map(|number| u32::from_le_bytes(*number)))
    }

    fn terms(&mut self) -> Option<impl Iterator<Item = Term> + Clone + 'a> {
        let length = usize::from(self.short()?);
        let (bytes, rest) = self.0.split_at_checked(6 * length)?;
        self.0 = rest;
        let (terms, _) = bytes.as_chunks();
        Some(terms.iter().map(|[a, b, c, d, low, high]| Term {
            hash: u32::from_le_bytes([*a, *b, *c, *d]),
            weight: u16::from_le_bytes([*low, *high]),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Drawn;
    use super::*;
    use proptest::prelude::*;

    fn list() -> impl Strategy<Value = Vec<u32>> {
        proptest::collection::vec(any::<u32>(), 0..90)
    }

    fn sample() -> impl Strategy<Value = Drawn> {
        (list(), list()).prop_map(|(opening, rest)| Drawn::of(opening, rest, 20, 20))
    }

    prop_compose! {
        fn features()(
            numbers in any::<[u64; 6]>(),
            lead in (any::<u16>(), any::<u128>(), any::<u32>(), any::<u64>(), any::<u32>()),
            published in any::<i64>(),
            words in any::<u16>(),
            denials in any::<u32>(),
            title_words in list(),
            samples in [sample(), sample(), sample(), sample()],
            terms in proptest::collection::btree_map(any::<u32>(), any::<u16>(), 0..60),
        ) -> Features {
            let [host, page, title, site, publisher, text] = numbers;
            let (lead_words, shingles, numbers, names, lead_denials) = lead;
            let lead = Lead { words: lead_words, shingles, numbers, names, denials: lead_denials };
            let mut lists = Packer::with_capacity(0);
            lists.push(title_words);
            samples.into_iter().for_each(|sample| lists.push_sample(sample));
            lists.push_terms(terms.iter().map(|(hash, weight)| Term { hash: *hash, weight: *weight }));
            let lists = lists.finish();
            Features { host, site, publisher, page, title, words, text, published, denials, lead, lists }
        }
    }

    proptest! {
        #[test]
        fn features_are_read_back_as_they_were(features in features()) {
            prop_assert_eq!(Features::decode(&features.encode()), Some(features));
        }

        #[test]
        fn cut_bytes_are_not_features(features in features(), cut in any::<prop::sample::Index>()) {
            let bytes = features.encode();
            prop_assert_eq!(Features::decode(&bytes[..cut.index(bytes.len())]), None);
        }

        #[test]
        fn damaged_bytes_are_read_without_panic(
            features in features(),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut bytes = features.encode();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Some(read) = Features::decode(&bytes).filter(|_| bytes[0] == VERSION) {
                prop_assert_eq!(read.encode(), bytes);
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for version in [VERSION, 0xFF] {
                let _ = Features::decode(&bytes);
                let _ = Lines::decode(&bytes);
                let _ = Frequencies::decode(&bytes);
                if let Some(first) = bytes.first_mut() {
                    *first = version;
                }
            }
        }

        #[test]
        fn lines_are_read_back_as_they_were(seen in proptest::collection::vec((0..9_u32, 0..40_u32), 0..200)) {
            let mut lines = Lines::default();
            for (title, hash) in seen {
                lines.observe(title, title, &[hash]);
            }
            prop_assert_eq!(Lines::decode(&lines.encode()), Some(lines));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn frequencies_are_read_back_as_they_were(
            articles in [0..=PERIOD, 0..=PERIOD],
            counts in proptest::collection::btree_map(0..SLOTS, any::<[u16; 2]>(), 0..2_000),
        ) {
            let mut frequencies = Frequencies { articles, ..Frequencies::default() };
            for (slot, count) in &counts {
                frequencies.counts[*slot] = *count;
            }
            let bytes = frequencies.encode();
            // A count needs its bytes, and a row of zeros four.
            prop_assert!(bytes.len() <= 100 + 12 * counts.len());
            prop_assert!(Frequencies::decode(&bytes[..bytes.len() - 1]).is_none());
            prop_assert!(Frequencies::decode(&bytes) == Some(frequencies));
        }
    }

    #[test]
    fn frequencies_that_cannot_be_are_not_read() {
        for bytes in [
            &[][..],
            &[VERSION],
            &[VERSION, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0xFF; 4_000],
        ] {
            assert!(Frequencies::decode(bytes).is_none());
        }
        let full = Frequencies {
            articles: [PERIOD; 2],
            counts: vec![[9; 2]; SLOTS],
        };
        let mut bytes = full.encode();
        assert_eq!(bytes.len(), 9 + 4 * SLOTS);
        assert!(Frequencies::decode(&bytes).as_ref() == Some(&full));
        bytes.extend([1, 0]);
        assert!(Frequencies::decode(&bytes).is_none());
    }
}
