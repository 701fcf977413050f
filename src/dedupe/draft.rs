//! An article's words on their way to [`Features`].

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::xxh3_64;

use super::alias::Aliases;
use super::boilerplate::Lines;
use super::cache::Mix;
use super::commonness::{Commonness, denial, languages};
use super::features::{Features, Term, top};
use super::frequency::Frequencies;
use super::lead::{self, Lead};
use super::lists::Packer;
use super::page;
use super::resolve::Strictness;
use super::sample::{Drawn, only_in};
use super::signed::site;
use super::words::{Kind, Word, words};

/// Words that make a shingle.
const SHINGLE: usize = 3;
/// Words of the opening, which is kept in full; a feed's teaser is seldom longer.
const OPENING: usize = 80;
/// Words that tell what an article is about: its opening and a little more, with the title four times.
const SUBJECT: usize = 260;
const TITLE_WEIGHT: f32 = 4.0;
const MOST_TITLE_WORDS: usize = 24;
/// Shingles kept of what follows the opening.
const MOST_SHINGLES: usize = 112;
/// The length of an article's vector is taken for something between its own and this, that of most articles of 200 words
/// and more, if it is shorter: a note of thirty words says too little to be sure, so its vector stays short of one
/// (pivoted normalisation: Singhal, Buckley and Mitra, 1996).
const FULL_LENGTH: f32 = 40.0;
const OWN_LENGTH: f32 = 0.2;
/// Terms kept.
const MOST_TERMS: usize = 60;
/// Room for what most articles have in lists.
const MOST_NUMBERS: usize = 440;
/// Sentences looked at for boilerplate, from the front and from the end.
const FIRST_SENTENCES: usize = 3;
const LAST_SENTENCES: usize = 16;
/// Words from which on a text says enough to be known by all of them together.
pub(super) const SHORTEST_TEXT: usize = 12;
/// A shorter sentence is no boilerplate, and one at the beginning is a dateline.
const SHORTEST_SENTENCE: usize = 4;

/// An article as `dedupe` sees it.
#[derive(Clone, Copy, Debug)]
pub struct Article<'a> {
    /// The host that shows it: of the source's site, in lower case, without `www.`.
    pub host: &'a str,
    /// Its address, if it has one.
    pub url: Option<&'a str>,
    /// The site whose article it only names ([`Signed`](super::Signed)); `None` for an article of its own.
    pub publisher: Option<&'a str>,
    /// Plain text, without the name of who published it.
    pub title: &'a str,
    /// Plain text, lines as paragraphs. Title and text may be empty.
    pub text: &'a str,
    /// When it was published, or first seen.
    pub published: DateTime<Utc>,
    /// How alike it must be to what is known, if not as the [`Index`](super::Index) was told.
    pub strictness: Option<Strictness>,
}

/// An article on its way to [`Features`]: its words.
pub struct Draft {
    host: u64,
    page: u64,
    domain: u64,
    publisher: u64,
    title: Vec<Word>,
    text: Vec<Word>,
    /// The first sentence behind the first paragraph.
    below: u32,
    /// The first and the last sentences of the text, by number, hashed.
    edges: Vec<(u32, u32)>,
    /// Hashes of what the site's name may be made of.
    site: Vec<u64>,
    published: i64,
}

impl Draft {
    /// Reads the words of an article.
    pub fn of(article: &Article, aliases: &Aliases) -> Self {
        let mut title = words(article.title);
        let mut text = words(article.text);
        // Some feeds set the title over the text again.
        let repeats = text.len() >= title.len()
            && !title.is_empty()
            && title
                .iter()
                .zip(&text)
                .all(|(one, other)| one.exact == other.exact)
            && text.get(title.len()).is_none_or(|next| next.sentence > 0);
        if repeats {
            text.drain(..title.len());
        }
        let below = text
            .first()
            .map_or(0, |first| lead::end(article.text, first.sentence));
        aliases.mark(&mut title);
        aliases.mark(&mut text);
        Self {
            host: xxh3_64(article.host.as_bytes()),
            page: article.url.map_or(0, page::key),
            domain: site_key(&site(article.host)),
            publisher: article.publisher.map_or(0, site_key),
            below,
            site: site_words(article.host),
            edges: edges(&text),
            title,
            text,
            published: article.published.timestamp(),
        }
    }

    /// The host, as a key for what [`Lines`] are kept by.
    pub fn host(&self) -> u64 {
        self.host
    }

    /// Lets the host's lines know this article's.
    pub fn observe_lines(&self, lines: &mut Lines) {
        let sentences: Vec<u32> = self.edges.iter().map(|(_, hash)| *hash).collect();
        let day = u32::try_from(self.published.div_euclid(86_400)).unwrap_or(0);
        lines.observe(top(hash_of(&self.title)), day, &sentences);
    }

    /// Takes out what the host repeats under its articles.
    pub fn drop_boilerplate(&mut self, lines: &Lines) {
        let dropped: Vec<u32> = self
            .edges
            .iter()
            .filter(|(_, hash)| lines.is_boilerplate(*hash))
            .map(|(sentence, _)| *sentence)
            .collect();
        if !dropped.is_empty() {
            self.text
                .retain(|word| dropped.binary_search(&word.sentence).is_err());
        }
    }

    /// Counts the words of the article's subject.
    pub fn observe_words(&self, frequencies: &mut Frequencies) {
        let mut words: Vec<u64> = self.subject().map(|(word, _)| word.term).collect();
        words.sort_unstable();
        words.dedup();
        frequencies.observe(words);
    }

    /// The words that tell what it is about, each with its weight.
    fn subject(&self) -> impl Iterator<Item = (&Word, f32)> {
        // "Libya launches a satellite - ABC News" is not about abcnews.example.
        let is_subject = |word: &&Word| self.site.binary_search(&word.exact).is_err();
        let title = self
            .title
            .iter()
            .filter(is_subject)
            .map(|word| (word, title_weight(word)));
        let text = self.text.iter().take(SUBJECT).map(|word| (word, 1.0));
        title
            .chain(text)
            .filter(|(word, _)| word.commonness != Commonness::STOP)
    }

    /// What is kept of the article, given how common its words are.
    pub fn features(&self, frequencies: &Frequencies) -> Features {
        let lead_words = lead::words_of(&self.text, self.below);
        let (shingles, shingles_of_lead) = self.shingles(lead_words);
        let ([numbers, names, beginnings], facts_of_lead) = self.facts(lead_words);
        let lead = Lead {
            words: lead_words as u16,
            shingles: shingles.bits(&shingles_of_lead),
            numbers: numbers.bits(&facts_of_lead) as u32,
            names: names.bits(&facts_of_lead) as u64,
            // What the headline denies is no aside.
            denials: denials(&self.text[..lead_words])
                & !denials(&self.text[lead_words..])
                & !denials(&self.title),
        };
        let mut lists = Packer::with_capacity(MOST_NUMBERS);
        lists.push(
            self.title
                .iter()
                .take(MOST_TITLE_WORDS)
                .map(|word| top(word.term)),
        );
        for sample in [shingles, numbers, names, beginnings] {
            lists.push_sample(sample);
        }
        lists.push_terms(self.terms(frequencies).iter().copied());
        let hash_if = |is_enough: bool, words: &[Word]| if is_enough { hash_of(words) } else { 0 };
        Features {
            host: self.host,
            site: self.domain,
            publisher: self.publisher,
            page: self.page,
            title: hash_if(!self.title.is_empty(), &self.title),
            words: self.text.len().min(usize::from(u16::MAX)) as u16,
            text: hash_if(self.text.len() >= SHORTEST_TEXT, &self.text),
            published: self.published,
            denials: denials(&self.text),
            lead,
            lists: lists.finish(),
        }
    }

    /// The shingles, and those that only the first paragraph has.
    fn shingles(&self, lead_words: usize) -> (Drawn, Vec<u32>) {
        let mut all: Vec<u32> = self
            .text
            .windows(SHINGLE)
            .map(|words| top(hash_of(words)))
            .collect();
        let (lead, below) = all.split_at(lead_words.min(all.len()));
        let of_lead = only_in(lead, below);
        let rest = all.split_off(OPENING.min(all.len()));
        (Drawn::of(all, rest, OPENING, MOST_SHINGLES), of_lead)
    }

    /// Numbers and turns, names, and what may be names; and all words that only the first paragraph has.
    fn facts(&self, lead_words: usize) -> ([Drawn; 3], Vec<u32>) {
        let text = &self.text[self.dateline()..];
        let (opening, rest) = text.split_at(OPENING.min(text.len()));
        let sample = |is: fn(&Word) -> bool, most, most_rest| {
            let facts = |words: &[Word]| -> Vec<u32> {
                let facts = words.iter().filter(|word| is(word));
                facts.map(|word| top(word.term)).collect()
            };
            Drawn::of(facts(opening), facts(rest), most, most_rest)
        };
        let is_name: fn(&Word) -> bool = if is_familiar(opening) {
            |word| matches!(word.kind, Kind::Name | Kind::Caseless)
        } else {
            // Any word may be the one that makes the news.
            |word| {
                matches!(word.kind, Kind::Name | Kind::Caseless | Kind::Plain)
                    && word.commonness != Commonness::STOP
            }
        };
        let samples = [
            sample(|word| matches!(word.kind, Kind::Number | Kind::Turn), 24, 24),
            sample(is_name, 40, 40),
            sample(|word| word.capital && word.kind == Kind::Plain, 24, 24),
        ];
        let terms = |words: &[Word]| words.iter().map(|word| top(word.term)).collect::<Vec<u32>>();
        let (lead, below) = self.text.split_at(lead_words);
        (samples, only_in(&terms(lead), &terms(below)))
    }

    /// Words before the first real sentence: `TRIPOLI, March 3 (Agency) -`.
    fn dateline(&self) -> usize {
        let mut length = 0;
        for sentence in self.text.chunk_by(|one, next| one.sentence == next.sentence) {
            if sentence.len() >= SHORTEST_SENTENCE || length > 12 {
                return length;
            }
            length += sentence.len();
        }
        0
    }

    fn terms(&self, frequencies: &Frequencies) -> Vec<Term> {
        let mut counted: HashMap<u64, Counted, Mix> = HashMap::default();
        for (word, weight) in self.subject() {
            let counted = counted.entry(word.term).or_default();
            counted.weight += weight;
            counted.commonness = counted.commonness.max(word.commonness.0);
            counted.script = script(word);
        }
        let mut weights: Vec<(u64, f32)> = counted
            .iter()
            .map(|(hash, counted)| (*hash, counted.weight(*hash, frequencies)))
            .collect();
        weights.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        weights.truncate(MOST_TERMS);
        let squares: f32 = weights.iter().map(|(_, weight)| weight * weight).sum();
        let length = squares.sqrt();
        let length = length.max(OWN_LENGTH * length + (1.0 - OWN_LENGTH) * FULL_LENGTH);
        let mut terms: Vec<Term> = weights
            .into_iter()
            .map(|(hash, weight)| Term {
                hash: Term::marked(top(hash), counted[&hash].script),
                weight: (weight / length * Term::UNITS).round() as u16,
            })
            .collect();
        terms.sort_unstable_by_key(|term| (term.hash, Reverse(term.weight)));
        terms.dedup_by_key(|term| term.hash);
        terms
    }
}

/// A word of the subject, counted.
#[derive(Default)]
struct Counted {
    weight: f32,
    commonness: u16,
    script: u32,
}

impl Counted {
    /// Log-weighted frequency times inverse document frequency.
    fn weight(&self, hash: u64, frequencies: &Frequencies) -> f32 {
        (1.0 + self.weight.ln()) * frequencies.rarity(hash, Commonness(self.commonness))
    }
}

/// Which denials these words have, a bit for each kind.
fn denials(words: &[Word]) -> u32 {
    let turns = words.iter().filter(|word| word.kind == Kind::Turn);
    turns.fold(0, |all, word| all | denial(word.exact))
}

/// A site, as a key.
fn site_key(site: &str) -> u64 {
    xxh3_64(site.as_bytes())
}

fn edges(text: &[Word]) -> Vec<(u32, u32)> {
    let sentences: Vec<&[Word]> = text.chunk_by(|one, next| one.sentence == next.sentence).collect();
    let last = sentences.len().saturating_sub(LAST_SENTENCES);
    let edges = sentences
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at < FIRST_SENTENCES || *at >= last)
        .map(|(_, sentence)| sentence)
        .filter(|sentence| sentence.len() >= SHORTEST_SENTENCE);
    edges
        .map(|sentence| (sentence[0].sentence, top(hash_of(sentence))))
        .collect()
}

/// Whether a text is in a language whose words for denials, days and numbers are known: enough of it are words that build
/// sentences in that language.
fn is_familiar(text: &[Word]) -> bool {
    /// One in so many.
    const ENOUGH: usize = 6;
    let mut counts = [0; 16];
    for word in text.iter().filter(|word| word.commonness == Commonness::STOP) {
        let languages = languages(word.exact);
        for (bit, count) in counts.iter_mut().enumerate() {
            *count += usize::from(languages >> bit & 1);
        }
    }
    counts.iter().any(|count| count * ENOUGH >= text.len())
}

/// What an operator declares as a tag stands in many titles, so a title says no more by it than a text.
fn title_weight(word: &Word) -> f32 {
    if word.commonness == Commonness::DECLARED {
        1.0
    } else {
        TITLE_WEIGHT
    }
}

/// Which articles may have the word.
fn script(word: &Word) -> u32 {
    match word.kind {
        Kind::Number => Term::ANY_SCRIPT,
        Kind::Turn | Kind::Name | Kind::Caseless | Kind::Plain => {
            if word.commonness == Commonness::DECLARED {
                Term::ANY_SCRIPT
            } else if word.is_cased {
                Term::CASED
            } else {
                Term::CASELESS
            }
        }
    }
}

/// One hash of a row of words.
fn hash_of(words: &[Word]) -> u64 {
    words.iter().fold(0x9E37_79B9_7F4A_7C15, |hash, word| {
        (hash.rotate_left(23) ^ word.exact).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    })
}

/// Hashes of all beginnings and ends of a host's labels, as sites sign their titles: `abc` of `abcnews.example`.
fn site_words(host: &str) -> Vec<u64> {
    const LONGEST_LABEL: usize = 63;
    let mut labels: Vec<&str> = host.split('.').collect();
    // The last one is the top-level domain.
    labels.pop();
    let mut words: Vec<u64> = labels
        .into_iter()
        .filter(|label| label.len() <= LONGEST_LABEL)
        .flat_map(|label| {
            let cuts = label.char_indices().map(|(at, _)| at).chain([label.len()]);
            cuts.flat_map(move |at| [&label[..at], &label[at..]])
        })
        .filter(|part| part.len() > 1)
        .map(|part| xxh3_64(part.as_bytes()))
        .collect();
    words.sort_unstable();
    words
}
