//! What is at hand of a shelf: each thing is read once, and kept while it is in use.

use super::{Index, MOST_MEMBERS};
use crate::dedupe::frequency::Frequencies;
use crate::dedupe::resolve::{ItemKey, Neighbour, StoryKey, sort};
use crate::dedupe::shelf::{Known, Shelf};

impl Index {
    pub(super) fn frequencies<S: Shelf>(&mut self, shelf: &mut S) -> Result<&mut Frequencies, S::Error> {
        let frequencies = match self.frequencies.take() {
            Some(frequencies) => frequencies,
            None => shelf.frequencies()?.unwrap_or_default(),
        };
        Ok(self.frequencies.insert(frequencies))
    }

    /// Those that are known.
    pub(super) fn neighbours<S: Shelf>(
        &mut self,
        shelf: &mut S,
        items: impl Iterator<Item = ItemKey>,
    ) -> Result<Vec<Neighbour>, S::Error> {
        let mut neighbours = Vec::with_capacity(items.size_hint().0);
        for key in items {
            if let Some(known) = self.known(shelf, key)? {
                let known = known.clone();
                neighbours.push(Neighbour { key, known });
            }
        }
        Ok(neighbours)
    }

    pub(super) fn put_members(&mut self, story: StoryKey, members: impl Iterator<Item = Neighbour>) {
        self.members
            .insert(story, members.map(|member| member.key).collect());
    }

    /// A known article.
    pub(super) fn known<S: Shelf>(
        &mut self,
        shelf: &mut S,
        item: ItemKey,
    ) -> Result<Option<&Known>, S::Error> {
        let held = self.known.held_if(item, || shelf.known(item))?;
        Ok(held.map(|known| &*known))
    }

    pub(super) fn list<S: Shelf>(&mut self, shelf: &mut S, key: u64) -> Result<&mut Vec<ItemKey>, S::Error> {
        self.under.held(key, || shelf.under(key))
    }

    /// The newest articles of a story, ascending by their ranks.
    pub(super) fn members<S: Shelf>(
        &mut self,
        shelf: &mut S,
        story: StoryKey,
    ) -> Result<Vec<Neighbour>, S::Error> {
        let mut is_new = false;
        let keys = self.members.held(story, || {
            is_new = true;
            shelf.members(story, MOST_MEMBERS)
        })?;
        let keys = keys.clone();
        let mut members = self.neighbours(shelf, keys.into_iter())?;
        if is_new {
            members.retain(|member| member.known.story == story);
            sort(&mut members);
            self.put_members(story, members.iter().cloned());
        }
        Ok(members)
    }
}
