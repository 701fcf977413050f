//! In how many articles a word was seen lately.

use super::commonness::Commonness;

/// Counters; a power of two.
pub(super) const SLOTS: usize = 1 << 18;

/// Articles of a period; no counter of 16 bits can overflow.
pub(super) const PERIOD: u32 = 1 << 15;

/// Articles that a guess is worth: what a newsroom's first hundreds of articles have in common must soon be common.
const GUESSED: f32 = 300.0;

/// Document frequencies over the last 32,768 to 65,536 articles, in a megabyte whatever sources write.
///
/// A count-min sketch (Cormode and Muthukrishnan, 2005) with two rows: a count is never too low, and rarely too high.
/// What the period before counted still counts, so that the window slides by halves and no word is rare again of a
/// sudden. Periods end by articles, not by days: thirty sources need months to tell what is common, a thousand a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frequencies {
    /// Of the present period and the last.
    pub(super) articles: [u32; 2],
    /// Slots of the present and the last period, side by side.
    pub(super) counts: Vec<[u16; 2]>,
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
        if self.articles[0] == PERIOD {
            self.end_period();
        }
        self.articles[0] += 1;
        for word in words {
            for slot in slots(word) {
                let count = &mut self.counts[slot][0];
                *count = count.saturating_add(1);
            }
        }
    }

    /// Articles seen.
    pub fn articles(&self) -> u32 {
        self.articles[0] + self.articles[1]
    }

    /// Articles seen with this word, or a few more.
    pub fn of(&self, word: u64) -> u32 {
        let count = |slot: usize| self.counts[slot].iter().map(|count| u32::from(*count)).sum();
        let [one, other]: [u32; 2] = slots(word).map(count);
        one.min(other)
    }

    /// The inverse document frequency of a word, a logarithm; what was counted is added to what was guessed.
    pub(super) fn rarity(&self, word: u64, guess: Commonness) -> f32 {
        let seen = self.of(word) as f32 + f32::from(guess.0) * GUESSED / 1_000.0;
        ((self.articles() as f32 + GUESSED) / seen.max(1.0)).ln().max(0.0)
    }

    fn end_period(&mut self) {
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
        for (articles, expected) in [(PERIOD, 1), (PERIOD - 1, 1), (1, 0)] {
            for _ in 0..articles {
                frequencies.observe([]);
            }
            assert_eq!(frequencies.of(7), expected);
        }
        assert_eq!(frequencies.articles(), PERIOD + 1);
    }
}
