//! Dropping items for age.

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{self, json};
use super::settle::{Place, Topics};

impl SqliteBatch<'_> {
    pub(super) fn drop_items(&mut self, before: i64, limit: usize) -> Result<usize, Fault> {
        let old: Vec<i64> = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE first_seen < ? ORDER BY first_seen, id LIMIT ?")?
            .query_map(params![before, rows::limit(limit)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for item in &old {
            // With an article go its copies: alone, they would come up again as news.
            let Some(lead) = self.lead_of(*item)? else {
                continue;
            };
            let (story, _) = self.story_of(*item)?;
            for copy in self.group(*item)?.into_iter().rev() {
                self.drop_item(copy)?;
            }
            if lead != *item {
                self.choose_text(lead)?;
                self.settle_group(lead, None, true)?;
            }
            if let Some(story) = story {
                self.review_story(story)?;
            }
        }
        Ok(old.len())
    }

    fn drop_item(&mut self, item: i64) -> Result<(), Fault> {
        let place = self.head(item)?.place;
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO tombstone (uuid) VALUES (?)")?
            .execute([place.uuid])?;
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO tombstone (uuid) SELECT uuid FROM address WHERE item = ?")?
            .execute([item])?;
        // The sightings stay as stubs: their fingerprints spare work, and they are the tombstones of what has no address.
        let topics: Vec<String> = self
            .tx
            .prepare_cached("SELECT topics FROM sighting WHERE item = ?")?
            .query_map([item], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for topics in topics {
            self.count_spellings(Topics::new(), json(&topics)?);
        }
        for statement in [
            "UPDATE sighting SET item = NULL, title = NULL, guid = '', topics = '[]', terms = '[]' WHERE item = ?",
            "DELETE FROM address WHERE item = ?",
            "DELETE FROM body WHERE item = ?",
            "DELETE FROM feature WHERE item = ?",
            "DELETE FROM ungrouped WHERE item = ?",
            "DELETE FROM item WHERE id = ?",
        ] {
            self.tx.prepare_cached(statement)?.execute([item])?;
        }
        let nowhere = Place {
            uuid: place.uuid,
            published: place.published,
            feeds: Vec::new(),
        };
        self.place(&place, &nowhere, false)?;
        self.items -= 1;
        Ok(())
    }
}
