//! Many copies of one article from one source, and stories of many articles: what they cost stays bounded.

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::ALL;
use super::settle::{Head, Place};
use crate::model::Collapse;

/// Copies of one article that one source may have in its group. Further ones only stand behind the lead.
pub(super) const MOST_OF_A_SOURCE: i64 = 3;

/// Items of a story. What would be a further one is alone.
const MOST_OF_A_STORY: i64 = 500;

impl SqliteBatch<'_> {
    /// Whether a group has as many copies of an item's source as it may.
    pub(super) fn is_crowded(&self, lead: i64, item: i64) -> Result<bool, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT (SELECT count(*) FROM item WHERE lead = ?1 AND source = mine.source AND further = 0)
                    + (SELECT source = mine.source FROM item WHERE id = ?1)
             FROM item AS mine WHERE id = ?2",
        )?;
        let copies: i64 = statement.query_row([lead, item], |row| row.get(0))?;
        Ok(copies >= MOST_OF_A_SOURCE)
    }

    /// A further copy stands behind a lead, in whose story it is.
    pub(super) fn stand_behind(&mut self, lead: i64, item: i64) -> Result<(), Fault> {
        let (story, _) = self.story_of(item)?;
        self.tx
            .prepare_cached(
                "UPDATE item SET lead = ?, further = 1, text_of = NULL, story = NULL, told = 0 WHERE id = ?",
            )?
            .execute([lead, item])?;
        let head = self.head(item)?;
        self.settle_further(&head, &head.place, true)?;
        if let Some(story) = story {
            self.review_story(story)?;
        }
        Ok(())
    }

    /// The further copies of an article have another lead.
    pub(super) fn follow(&self, old: i64, new: i64) -> Result<(), Fault> {
        if old != new {
            self.tx
                .prepare_cached("UPDATE item SET lead = ? WHERE lead = ? AND further = 1")?
                .execute([new, old])?;
        }
        Ok(())
    }

    /// An item has left its group: a further copy of its source takes its place.
    pub(super) fn fill_place(&self, lead: i64, left: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached(
                "UPDATE item SET further = 0 WHERE id = (
                     SELECT id FROM item WHERE lead = ?1 AND further = 1
                         AND source = (SELECT source FROM item WHERE id = ?2 AND further = 0)
                     ORDER BY published, uuid LIMIT 1)",
            )?
            .execute([lead, left])?;
        Ok(())
    }

    /// Works out which feeds hold a further copy: those that show every copy, and that of a source which shows no other.
    pub(super) fn settle_further(
        &mut self,
        head: &Head,
        before: &Place,
        looks_new: bool,
    ) -> Result<bool, Fault> {
        let showers = self.showers(head)?;
        let topics = self.counted(head, &showers)?;
        let mut feeds = Vec::new();
        if !showers.is_empty() {
            for feed in topics.iter().chain([&ALL]) {
                if !self.shows_once(*feed)? {
                    feeds.push(*feed);
                }
            }
        }
        for shower in showers {
            if self.shown.collapse == Collapse::None || !self.is_shown_by(head.lead, shower.source)? {
                feeds.push(shower.feed);
            }
        }
        self.put(head, before, feeds, topics, looks_new)
    }

    /// Whether a source shows one of a group.
    fn is_shown_by(&self, lead: Option<i64>, source: i64) -> Result<bool, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT 1 FROM sighting WHERE item = ?1 AND source = ?2
             UNION ALL
             SELECT 1 FROM item CROSS JOIN sighting ON sighting.item = item.id
             WHERE lead = ?1 AND further = 0 AND sighting.source = ?2
             LIMIT 1",
        )?;
        Ok(statement.exists(params![lead, source])?)
    }

    /// All further copies, as feeds show other things once than before.
    pub(super) fn settle_all_further(&mut self) -> Result<(), Fault> {
        let further: Vec<i64> = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE further = 1 ORDER BY id")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for item in further {
            let head = self.head(item)?;
            self.settle_further(&head, &head.place, false)?;
        }
        Ok(())
    }

    /// A lead and all its copies, the further ones, too.
    pub(super) fn whole_group(&self, lead: i64) -> Result<Vec<i64>, Fault> {
        let mut group = self.group(lead)?;
        let mut statement = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE lead = ? AND further = 1 ORDER BY published, uuid")?;
        for further in statement.query_map([lead], |row| row.get(0))? {
            group.push(further?);
        }
        Ok(group)
    }

    /// Whether a story takes no more.
    pub(super) fn is_full(&self, story: i64) -> Result<bool, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM item WHERE story = ? LIMIT ?)")?;
        let items: i64 = statement.query_row([story, MOST_OF_A_STORY], |row| row.get(0))?;
        Ok(items >= MOST_OF_A_STORY)
    }

    /// Every feed that shows an article of one of the stories that changed shows the difference. A story that many articles
    /// joined is looked at once.
    pub(super) fn touch_stories(&mut self) -> Result<(), Fault> {
        for story in std::mem::take(&mut self.grown) {
            self.touch_story(story)?;
        }
        Ok(())
    }
}
