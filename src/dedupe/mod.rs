//! Which sightings are the same item, which items are the same article, and which articles are one story (DESIGN, Identity).
//!
//! # Sightings
//!
//! [`decide`] says by guids, addresses and fingerprints what becomes of a sighting.
//!
//! # Near-duplicates
//!
//! Of each article a few hundred hashes are kept instead of its text ([`Features`], 1.4 kilobytes as bytes), made in these
//! steps:
//!
//! 1. The text becomes words that compare across outlets and scripts: lower case, no accents or vowel marks, one form of
//!    Arabic letters, ASCII digits; in scripts without spaces, pairs of characters (`words`, `stem`).
//! 2. Sentences that a host wrote at the edges of articles under three titles are boilerplate and dropped
//!    ([`Lines`]).
//! 3. Every three words in a row are a shingle. The first 80 are kept in full, because teasers and quotations come from
//!    there, and of the rest the 112 smallest hashes (`sample`): a bottom-k sketch, which tells how much of one text is in
//!    another. It is containment that is asked for, not resemblance: a cut copy resembles its original little, but is
//!    wholly in it (Broder, "On the resemblance and containment of documents", 1997).
//! 4. Numbers, in words too, days and words that turn the meaning ("not", "denies", "rises") are kept apart, and so are
//!    names and what may be names, as it begins a sentence (`commonness`). In a language whose denials and days are not
//!    known here, or are written into other words, any word may be one.
//!
//! Two articles within 14 days are one if 0.66 of the shorter one's shingles are in the longer one *and* its facts are, too:
//! of one site, or under 120 words, every number and day, and nearly all names; of other sites, three in four
//! numbers and two in three names, as editors change some. What the headline takes from its text must be there in any
//! case, a word that was replaced inside a short text must not be a name, and neither text may have a kind of denial ("not",
//! "denied") that the other, in full, has not. This is what keeps bulletins of one form apart, whose texts agree in all but
//! the facts. A text that is only quoted, further down in a longer one, is no copy of it. Two addresses of one page (AMP,
//! mobile, print) are one with far less text in common. Another site's copy may have a first paragraph of its own, of up to 60
//! words: if all below it is in the other text, its facts and denials do not count, unless the headline is about them. Under
//! 12 words only a headline of six words or more can be the same, within hours. When in doubt, two items stay two: a wrong merge hides news. [`Finding`] names the reason either way;
//! [`Strictness`] moves how much of the text is asked for, never the facts.
//!
//! Aggregators show a headline without a text, behind a link of their own, and whose article it is: in `source` or behind the
//! title ([`Publishers`]). Without that name, a headline of four words or more is the article that its publisher set it over,
//! if it was shown from 6 hours before to 20 hours after; nobody else's. Where the publisher has set it over several articles,
//! it must be four times nearer to one of them than they are to each other (`headline`).
//!
//! # Stories
//!
//! Single-pass clustering, as in topic detection and tracking (Allan, ed., "Topic Detection and Tracking", 2002; Yang,
//! Pierce and Carbonell, "A study of retrospective and on-line event detection", 1998): each new article joins the
//! running story that it resembles most, or begins one; nothing that was said is taken back. The subject of an article
//! are up to 60 words of its title (fourfold) and its first 260 words, weighted by their logarithmic frequency and by
//! their rarity among the last 32,768 to 65,536 articles (inverse document frequency: Spärck Jones, 1972), counted in bounded
//! memory ([`Frequencies`]) and starting from a guess, so that the first refresh is no worse than the hundredth
//! (`commonness`). The guess is worth 300 articles: where all sources write about one country or one club, its name must
//! be common within days. A story is joined at a mean cosine of 0.12, and 0.003 more for each day since, to its 16 newest
//! articles, within seven days of them and 21 of the first of them. A short article's vector stays shorter than one (pivoted normalisation: Singhal, Buckley and
//! Mitra, "Pivoted document length normalization", 1996): two notes of thirty words that share a person and a place have a
//! high cosine and little in common, so they need more of it than long articles. One shared word alone never joins, and
//! neither does the next of a series: another text under the same title on the same site, or under one that differs in a word
//! or two ("Tide table, Monday"), or one form with other facts.
//!
//! Each name that the operator's aliases ([`Aliases`]) find is one word, whatever its number of words. What is declared as a
//! tag is common in the newsroom that declares it: it is guessed so, counted like any word, and weighs no more in a title
//! than in a text. Articles in two scripts can share nothing but numbers and such names, so only those are compared: two
//! of them at least, and for a quarter of what words of one script count.
//!
//! # Cost
//!
//! An article is found under at most 23 keys ([`Features::keys`]): its page, its text as a whole, its headline with whose it is,
//! 4 shingles of its opening and 4 of all, its 12 heaviest words. A text that is known word by word takes one comparison, with
//! the last that had it, and is filed under the first three alone. Of any other, only the 48 newest under a key are looked up, and of those within the windows the 12 that share
//! most compared, with up to 16 articles of each of 4 stories, so what a new article costs does not grow with the archive. An [`Index`] keeps what it has read of a
//! [`Shelf`] at hand within bounds, and says what has to be put there ([`Changes`]). Numbers that a store gives to
//! articles decide nothing: they follow the order in which sources answered, and groups must not.
//!
//! `cargo bench --bench stories` measures it on one core among 40,000 known articles and among a million, beside plain
//! shingling of the same texts. It also counts what articles take that all have something in common, and fails where the last
//! of 20,000 take more than the first ([`Work`]).
//!
//! # Reached
//!
//! On the two public sets of the project, one configuration for both, items taken in by the hour: duplicates pair F1
//! 0.992 at a precision of 1.000 (TF-IDF cosine: 0.784), events BCubed F1 0.976 (TF-IDF that sees the whole set at once:
//! 0.950), and 0.969 in the mean of random parts of the events. Of ten kinds of edited copies made of 713 other articles,
//! 0.988 are known. On five invented newsrooms of one subject each (`tests/stories_sets`), the half that the method was not
//! tuned on, though its totals were seen meanwhile: precision 0.986, recall 0.875.

mod alias;
mod blob;
mod boilerplate;
mod cache;
mod commonness;
mod decide;
mod draft;
mod duplicate;
mod features;
mod fingerprint;
mod frequency;
mod guids;
mod headline;
mod index;
mod lead;
mod lists;
mod page;
mod repeats;
mod resolve;
mod sample;
mod shelf;
mod signed;
mod stem;
mod story;
mod words;

pub use alias::Aliases;
pub use boilerplate::Lines;
pub use decide::decide;
pub use draft::Article;
pub use duplicate::{Finding, TextComparison};
pub use features::Features;
pub use fingerprint::{fingerprint, unread, with_article};
pub use frequency::Frequencies;
pub use guids::{guids, guids_changed};
pub use index::{Index, MOST_CANDIDATES, MOST_MEMBERS, MOST_UNDER_A_KEY, Work};
pub use repeats::{Repeats, Signs, repeats};
pub use resolve::{Comparison, ItemKey, Resolution, Settings, StoryKey, Strictness};
pub use sample::Share;
pub use shelf::{Changes, EmptyShelf, Known, Shelf};
pub use signed::{Publishers, Signed};

#[cfg(test)]
mod tests;
