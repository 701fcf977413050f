//! The store's tables as `dedupe` sees them.

use std::collections::HashSet;
use std::sync::Arc;

use super::sources::{Sources, measure};
use crate::dedupe::{Features, Frequencies, Known, Lines, Shelf};
use crate::model::ItemKey;
use crate::store::{self, Groups};

/// The store's tables as `dedupe` sees them. What an older version encoded is not known any more.
pub(in crate::refresh) struct Tables<'a> {
    pub(in crate::refresh) groups: &'a mut dyn Groups,
    pub(super) sources: &'a Sources<'a>,
    /// Items that are in no story yet: nobody else is in theirs, so the store need not be asked.
    pub(super) alone: HashSet<ItemKey>,
}

impl Shelf for Tables<'_> {
    type Error = store::Error;

    fn under(&mut self, key: u64) -> Result<Vec<ItemKey>, store::Error> {
        self.groups.filed(key)
    }

    fn known(&mut self, item: ItemKey) -> Result<Option<Known>, store::Error> {
        let known = self.groups.features(item)?.and_then(|stored| {
            // The operator may have said since that it is to be left alone.
            let strictness = measure(self.sources.strictness(&stored.source))?;
            Some(Known {
                features: Arc::new(Features::decode(&stored.data)?),
                original: stored.lead,
                story: stored.story,
                strictness: Some(strictness),
            })
        });
        Ok(known)
    }

    fn members(&mut self, story: ItemKey, most: usize) -> Result<Vec<ItemKey>, store::Error> {
        if self.alone.contains(&story) {
            return Ok(Vec::new());
        }
        self.groups.members(story, most)
    }

    fn lines(&mut self, host: u64) -> Result<Option<Lines>, store::Error> {
        Ok(self.groups.lines(host)?.and_then(|data| Lines::decode(&data)))
    }

    fn frequencies(&mut self) -> Result<Option<Frequencies>, store::Error> {
        let data = self.groups.frequencies()?;
        Ok(data.and_then(|data| Frequencies::decode(&data)))
    }
}
