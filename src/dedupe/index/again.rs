//! Whether a known article, which has changed, is still what it was found to be.

use super::Index;
use crate::dedupe::duplicate;
use crate::dedupe::resolve::{ItemKey, Neighbour, StoryKey, weigh};
use crate::dedupe::shelf::{Known, Shelf};

/// An article leaves its story when it is less near to it than this part of what is asked for to join: words weigh more or
/// less from day to day, and stories should not flicker.
const FAR: f32 = 0.75;

impl Index {
    /// Whether two known articles are one as they are now. False also if one of them is not kept any more.
    pub fn are_one<S: Shelf>(
        &mut self,
        shelf: &mut S,
        one: ItemKey,
        other: ItemKey,
    ) -> Result<bool, S::Error> {
        let one = self.known(shelf, one)?.cloned();
        let other = self.known(shelf, other)?.cloned();
        let (Some(one), Some(other)) = (one, other) else {
            return Ok(false);
        };
        let strictness = |known: &Known| self.settings.of(known.strictness).strictness;
        let stricter = strictness(&one).min(strictness(&other));
        let settings = self.settings.of(Some(stricter));
        let compared = duplicate::compare(&one.features, &other.features, &settings);
        Ok(compared.finding.is_duplicate())
    }

    /// Whether a known article is still near to the other articles of its story. Copies of it say nothing of that.
    pub fn is_of_story<S: Shelf>(
        &mut self,
        shelf: &mut S,
        key: ItemKey,
        story: StoryKey,
    ) -> Result<bool, S::Error> {
        let Some(known) = self.known(shelf, key)?.cloned() else {
            return Ok(false);
        };
        let members = self.members(shelf, story)?;
        let is_other = |member: &&Neighbour| member.key != key && member.known.original != known.original;
        let others: Vec<&Neighbour> = members.iter().filter(is_other).collect();
        let settings = self.settings.of(known.strictness);
        let weighed = weigh(&known.features, &others, &settings);
        Ok(weighed.is_some_and(|found| found.asked.is_some_and(|asked| found.similarity >= FAR * asked)))
    }

    /// What is one with what was changed on the shelf since.
    pub fn regrouped(&mut self) {
        self.known = super::Cache::default();
        self.members = super::Cache::default();
    }
}
