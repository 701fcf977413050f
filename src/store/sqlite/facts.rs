//! All that is stored of one item, for those who ask why it is where it is.

use rusqlite::params;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::feeds;
use super::groups::GROWTH;
use super::rows::{item_id, json, time};
use super::shelf::item_key;
use crate::model::{CleanHtml, Feed, ItemKey};
use crate::store::{ItemFacts, SightingFacts};

impl SqliteBatch<'_> {
    pub(super) fn read_facts(&self, item: i64) -> Result<Option<ItemFacts>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT uuid, title, coalesce(link, url), source, owned, coalesce(content, summary), published, first_seen,
                    coalesce(lead, id), text_of, story, ruled, feeds,
                    (SELECT grown + ?2 FROM story WHERE story.id = item.story AND NOT item.told AND item.lead IS NULL),
                    withdrawn
             FROM item LEFT JOIN body ON body.item = item.id WHERE id = ?1",
        )?;
        let mut rows = statement.query([item, GROWTH])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let lead: i64 = row.get(8)?;
        let copies = self.group(lead)?;
        let story = match row.get::<_, Option<i64>>(10)? {
            Some(story) => self.leads_of_story(story)?,
            None => Vec::new(),
        };
        Ok(Some(ItemFacts {
            key: item_key(item),
            id: item_id(row.get(0)?),
            title: row.get(1)?,
            link: row.get(2)?,
            source: self.sources().get(row.get(3)?)?.id.clone(),
            is_owned: row.get(4)?,
            html: row.get::<_, Option<String>>(5)?.map(CleanHtml::already_clean),
            published: time(row.get(6)?)?,
            first_seen: time(row.get(7)?)?,
            lead: item_key(lead),
            copies: copies[1..].iter().copied().map(item_key).collect(),
            text_of: row.get::<_, Option<i64>>(9)?.map(item_key),
            story,
            waits_until: row.get::<_, Option<i64>>(13)?.map(time).transpose()?,
            is_ruled: row.get(11)?,
            withdrawn: row.get::<_, Option<i64>>(14)?.map(time).transpose()?,
            feeds: self.feeds_named(&json::<Vec<i64>>(&row.get::<_, String>(12)?)?)?,
            sightings: self.sightings_of(item)?,
        }))
    }

    fn leads_of_story(&self, story: i64) -> Result<Vec<ItemKey>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT id FROM item WHERE story = ? AND lead IS NULL ORDER BY published, uuid",
        )?;
        let leads = statement.query_map([story], |row| row.get(0).map(item_key))?;
        Ok(leads.collect::<Result<_, _>>()?)
    }

    fn feeds_named(&self, ids: &[i64]) -> Result<Vec<Feed>, Fault> {
        let ids = serde_json::to_string(ids)?;
        feeds::list(
            &self.tx,
            "SELECT kind, key, name, slug, size, collapse FROM feed
             WHERE id IN (SELECT value FROM json_each(?)) ORDER BY kind, slug",
            params![ids],
        )
    }

    fn sightings_of(&self, item: i64) -> Result<Vec<SightingFacts>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT source, first_seen, terms, gone FROM sighting WHERE item = ? ORDER BY first_seen, source",
        )?;
        let mut rows = statement.query([item])?;
        let mut sightings = Vec::new();
        while let Some(row) = rows.next()? {
            let source = self.sources().get(row.get(0)?)?;
            if source.live {
                sightings.push(SightingFacts {
                    source: source.id.clone(),
                    first_seen: time(row.get(1)?)?,
                    terms: json(&row.get::<_, String>(2)?)?,
                    gone: row.get::<_, Option<i64>>(3)?.map(time).transpose()?,
                });
            }
        }
        Ok(sightings)
    }
}
