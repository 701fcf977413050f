//! Which sightings are the same item (DESIGN, Identity). Near-duplicates and stories will live here, too.

mod alias;
mod boilerplate;
mod commonness;
mod decide;
mod duplicate;
mod features;
mod fingerprint;
mod frequency;
mod guids;
mod index;
mod owner;
mod page;
mod resolve;
mod sample;
mod stem;
mod story;
mod words;

pub use alias::Aliases;
pub use boilerplate::Lines;
pub use decide::decide;
pub use duplicate::{Finding, TextComparison};
pub use features::{Article, Draft, Features};
pub use fingerprint::{fingerprint, unread, with_article};
pub use frequency::Frequencies;
pub use guids::{guids, guids_changed};
pub use index::{Index, MOST_CANDIDATES, MOST_MEMBERS, MOST_UNDER_A_KEY};
pub use owner::owns;
pub use resolve::{
    Comparison, ItemKey, Neighbour, Resolution, Settings, StoryKey, compare, resolve, stories,
};
pub use sample::Share;

#[cfg(test)]
mod tests;
