//! In how many articles a word was seen lately.

/// Counters; a power of two.
const SLOTS: usize = 1 << 18;

/// Document frequencies over the last one to two periods, in bounded memory whatever sources write.
///
/// A count-min sketch (Cormode and Muthukrishnan, 2005) with two rows: a count is never too low, and rarely too high. The
/// caller ends a period when it is over (say, each week); what the period before counted still counts, so that the
/// window slides by halves and no word is rare again of a sudden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frequencies {
    articles: [u32; 2],
    /// Slots of the present and the last period, side by side.
    counts: Vec<[u16; 2]>,
}

impl Default for Frequencies {
    fn default() -> Self {
        Self {
            articles: [0; 2],
            counts: vec![[0; 2]; SLOTS],
        }
    }
}

impl Frequencies {
    /// Counts one article that has these words, each once.
    pub fn observe(&mut self, words: impl IntoIterator<Item = u64>) {
        self.articles[0] = self.articles[0].saturating_add(1);
        for word in words {
            for slot in slots(word) {
                let count = &mut self.counts[slot][0];
                *count = count.saturating_add(1);
            }
        }
    }

    /// Articles seen.
    pub fn articles(&self) -> u32 {
        self.articles[0].saturating_add(self.articles[1])
    }

    /// Articles seen with this word, or a few more.
    pub fn of(&self, word: u64) -> u32 {
        let count = |slot: usize| self.counts[slot].iter().map(|count| u32::from(*count)).sum();
        let [one, other]: [u32; 2] = slots(word).map(count);
        one.min(other)
    }

    /// Ends a period: what the last one counted is forgotten, what this one did is kept until the next end.
    pub fn end_period(&mut self) {
        self.articles = [0, self.articles[0]];
        for count in &mut self.counts {
            *count = [0, count[0]];
        }
    }
}

fn slots(word: u64) -> [usize; 2] {
    // Each row has its half of the slots and its own bits of the hash.
    let half = SLOTS / 2;
    [word as usize % half, half + (word >> 40) as usize % half]
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn hash(number: u64) -> u64 {
        xxh3_64(&number.to_le_bytes())
    }

    #[test]
    fn counts_are_never_too_low_and_seldom_too_high() {
        let mut frequencies = Frequencies::default();
        for article in 0..2_000u64 {
            let words = (0..60).map(|word| hash(article % 50 * 1_000 + word));
            frequencies.observe(words.chain([hash(u64::MAX)]));
        }
        assert_eq!(frequencies.articles(), 2_000);
        assert_eq!(frequencies.of(hash(u64::MAX)), 2_000);
        let counts: Vec<u32> = (0..50)
            .map(|article| frequencies.of(hash(article * 1_000)))
            .collect();
        assert!(counts.iter().all(|count| *count >= 40));
        assert!(counts.iter().filter(|count| **count == 40).count() > 45);
    }

    #[test]
    fn a_word_is_forgotten_after_two_periods() {
        let mut frequencies = Frequencies::default();
        frequencies.observe([7]);
        frequencies.end_period();
        frequencies.observe([7]);
        assert_eq!((frequencies.articles(), frequencies.of(7)), (2, 2));
        frequencies.end_period();
        assert_eq!((frequencies.articles(), frequencies.of(7)), (1, 1));
        frequencies.end_period();
        assert_eq!((frequencies.articles(), frequencies.of(7)), (0, 0));
    }
}
