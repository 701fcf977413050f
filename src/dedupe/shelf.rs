//! Where known articles are kept beyond one process.

use std::convert::Infallible;
use std::sync::Arc;

use super::boilerplate::Lines;
use super::features::Features;
use super::frequency::Frequencies;
use super::resolve::{ItemKey, StoryKey, Strictness};

/// A known article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What is kept of it.
    pub features: Arc<Features>,
    /// The item it is a duplicate of; itself if it is none.
    pub original: ItemKey,
    /// Its story; itself if it began one, or is in none.
    pub story: StoryKey,
    /// How alike others must be to it, if not as the [`Index`](super::Index) was told.
    pub strictness: Option<Strictness>,
}

/// What is kept of known articles beyond this process; a store does it with tables.
///
/// It answers with what [`Changes`] told it, whole and unchanged. Articles that nothing can join any more may be missing:
/// a number of a deleted article is passed over.
pub trait Shelf {
    /// Why it could not be read.
    type Error;

    /// The list that was last put under this key, as it was.
    fn under(&mut self, key: u64) -> Result<Vec<ItemKey>, Self::Error>;

    /// A known article.
    fn known(&mut self, item: ItemKey) -> Result<Option<Known>, Self::Error>;

    /// The newest members of a story by the dates of their features, at most `most`, in any order. Which of two that were
    /// published in one second is the newer must not depend on their numbers, as these follow the order in which
    /// sources answered.
    fn members(&mut self, story: StoryKey, most: usize) -> Result<Vec<ItemKey>, Self::Error>;

    /// What a host repeats under its articles.
    fn lines(&mut self, host: u64) -> Result<Option<Lines>, Self::Error>;

    /// How common words are; asked once.
    fn frequencies(&mut self) -> Result<Option<Frequencies>, Self::Error>;
}

/// No memory beyond the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyShelf;

impl Shelf for EmptyShelf {
    type Error = Infallible;

    fn under(&mut self, _key: u64) -> Result<Vec<ItemKey>, Infallible> {
        Ok(Vec::new())
    }

    fn known(&mut self, _item: ItemKey) -> Result<Option<Known>, Infallible> {
        Ok(None)
    }

    fn members(&mut self, _story: StoryKey, _most: usize) -> Result<Vec<ItemKey>, Infallible> {
        Ok(Vec::new())
    }

    fn lines(&mut self, _host: u64) -> Result<Option<Lines>, Infallible> {
        Ok(None)
    }

    fn frequencies(&mut self) -> Result<Option<Frequencies>, Infallible> {
        Ok(None)
    }
}

/// What has to be put on the shelf. Each part replaces what the shelf had under the same number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes<'a> {
    /// Lists of articles under their keys, whole, ascending by key. An empty list can be taken off.
    pub under: Vec<(u64, &'a [ItemKey])>,
    /// Articles, ascending by number.
    pub known: Vec<(ItemKey, &'a Known)>,
    /// Lines of hosts, ascending by host.
    pub lines: Vec<(u64, &'a Lines)>,
}

impl Changes<'_> {
    /// Whether there is nothing to be put.
    pub fn is_empty(&self) -> bool {
        self.under.is_empty() && self.known.is_empty() && self.lines.is_empty()
    }
}
