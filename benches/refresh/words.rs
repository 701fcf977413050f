//! Invented text with the frequencies of real text, the same for the same seed on every machine.

/// SplitMix64: small, and good enough to invent news.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// So often out of one.
    pub fn one_in(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// In `low..=high`.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.unit() * (high - low + 1) as f64) as usize
    }

    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.between(0, list.len() - 1)]
    }

    /// Few large numbers, many small ones; its logarithm is near a bell.
    pub fn skewed(&mut self, middle: f64, spread: f64) -> f64 {
        let bell: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        (middle + spread * bell).exp()
    }
}

/// Ranks that are drawn with a probability of 1 / rank^s.
pub struct Zipf(Vec<f64>);

impl Zipf {
    pub fn new(ranks: usize, s: f64) -> Self {
        let mut sum = 0.0;
        let cumulated = (1..=ranks).map(|rank| {
            sum += (rank as f64).powf(-s);
            sum
        });
        Self(cumulated.collect())
    }

    pub fn draw(&self, chance: &mut Chance) -> usize {
        let all = self.0.last().copied().unwrap_or_default();
        let drawn = chance.unit() * all;
        self.0.partition_point(|sum| *sum < drawn).min(self.0.len() - 1)
    }
}

const COMMON: &str = "the of and to in a is that for it as was with be by on not he his but at are this have from or had \
    an they which one you were all her she there would their we him been has when who will no more if out so up said";
const FOREIGN: [&str; 12] = [
    "ليبيا",
    "طرابلس",
    "بنغازي",
    "مصراتة",
    "réunion",
    "sécurité",
    "élection",
    "Москва",
    "новости",
    "東京",
    "會議",
    "café",
];
const ONSETS: [&str; 19] = [
    "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch", "pr", "",
];
const VOWELS: [&str; 7] = ["a", "e", "i", "o", "u", "ea", "ou"];
const CODAS: [&str; 7] = ["", "n", "r", "s", "t", "l", "ng"];

/// A language: 20,000 words, the common ones short.
pub struct Words {
    words: Vec<String>,
    ranks: Zipf,
}

impl Words {
    pub fn invent(chance: &mut Chance) -> Self {
        const COUNT: usize = 20_000;
        let mut words: Vec<String> = COMMON.split(' ').map(str::to_owned).collect();
        while words.len() < COUNT {
            let syllables = if words.len() < 2_000 { 2 } else { 3 };
            let word: String = (0..syllables)
                .flat_map(|_| [*chance.of(&ONSETS), *chance.of(&VOWELS), *chance.of(&CODAS)])
                .collect();
            words.push(word);
        }
        for (index, word) in FOREIGN.iter().enumerate() {
            words.insert(300 + 37 * index, (*word).to_owned());
        }
        let ranks = Zipf::new(words.len(), 1.05);
        Self { words, ranks }
    }

    pub fn word(&self, chance: &mut Chance) -> &str {
        &self.words[self.ranks.draw(chance)]
    }

    /// So many words, the first with a capital, without a full stop.
    pub fn sentence(&self, chance: &mut Chance, words: usize) -> String {
        let mut sentence = String::new();
        for _ in 0..words {
            if !sentence.is_empty() {
                sentence.push(' ');
            }
            sentence += self.word(chance);
        }
        capital(&sentence)
    }

    pub fn paragraph(&self, chance: &mut Chance, words: usize) -> String {
        let mut paragraph = String::new();
        let mut left = words;
        while left > 0 {
            let length = chance.between(7, 22).min(left).max(3);
            paragraph += &self.sentence(chance, length);
            paragraph += if chance.one_in(0.1) { "? " } else { ". " };
            left = left.saturating_sub(length);
        }
        paragraph.truncate(paragraph.trim_end().len());
        paragraph
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
