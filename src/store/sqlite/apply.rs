//! What becomes of a sighting.

use rusqlite::{OptionalExtension, params};

use super::batch::SqliteBatch;
use super::dating::{Dates, is_rewritten};
use super::fault::Fault;
use super::homes::claimable;
use super::rows::{ALL, StoredItem, guid_key, json, load_item};
use super::settle::{Place, Topics};
use super::sightings::Filed;
use crate::model::{CleanHtml, Guid, Item, ItemId, Sighting, SourceId, Topic};
use crate::store::Change;

impl SqliteBatch<'_> {
    pub(super) fn create(&mut self, sighting: &Sighting, id: ItemId, now: i64) -> Result<Change, Fault> {
        if self.row_of(&id)?.is_some() {
            // A guid that named an article without address before, and was given to another since.
            return self.join(sighting, id, false, now);
        }
        let topics = self.topics(&sighting.topics)?;
        let (source, row) = self.source(&sighting.source)?;
        let (mut feeds, mut shown) = (Vec::new(), Vec::new());
        if row.live {
            shown.extend(topics.iter().map(|(feed, _)| *feed));
            feeds.clone_from(&shown);
            feeds.extend([ALL, row.feed]);
            feeds.sort_unstable();
        }
        let seen = self.seen_before(source, &sighting.guid)?.unwrap_or(now);
        let dates = Dates::first(seconds(sighting.item.published), sighting.arrival, seen);
        let place = Place::new(*id.as_bytes(), dates.published, dates.arrived, feeds);
        let item = self.insert(sighting, source, (&place, &shown), &dates)?;
        self.note_uncertain(item, &sighting.uncertain)?;
        if sighting.item.url.as_ref().map(ItemId::of_url) != Some(id) {
            self.note_address(sighting, item)?;
        }
        self.note(sighting, source, item, topics, now)?;
        self.brought(source, now, true);
        self.place(&place.nowhere(), &place, false)?;
        self.tx
            .prepare_cached("INSERT INTO ungrouped (item, fresh) VALUES (?, 1)")?
            .execute([item])?;
        self.items += 1;
        Ok(Change::New)
    }

    pub(super) fn join(
        &mut self,
        sighting: &Sighting,
        id: ItemId,
        replace: bool,
        now: i64,
    ) -> Result<Change, Fault> {
        let item = self.row_of(&id)?;
        let item = item.ok_or_else(|| Fault(format!("item {id} is not stored, so nothing can join it")))?;
        let topics = self.topics(&sighting.topics)?;
        let (source, _) = self.source(&sighting.source)?;
        self.note_address(sighting, item)?;
        if self.note(sighting, source, item, topics, now)? {
            self.brought(source, now, false);
        }
        self.take_back(item)?;
        let before = self.head(item)?.place;
        let looks_new = if replace {
            let looks_new = self.replace(sighting, source, &id, now)?;
            if looks_new {
                self.text_changed(&self.head(item)?)?;
            }
            looks_new
        } else {
            self.date(sighting, item, now)?
        };
        let topics_changed = self.settle(&self.head(item)?, &before, looks_new)?;
        Ok(if looks_new || topics_changed {
            Change::Changed
        } else {
            Change::Noted
        })
    }

    /// Remembers the fingerprint, so that the next poll need not ask again.
    pub(super) fn bury(&mut self, sighting: &Sighting, now: i64) -> Result<Change, Fault> {
        let (source, _) = self.source(&sighting.source)?;
        let filed = Filed {
            source,
            key: guid_key(&sighting.guid),
        };
        let shown = self
            .tx
            .prepare_cached("SELECT item IS NOT NULL FROM sighting WHERE source = ? AND key = ?")?
            .query_row([filed.source, filed.key], |row| row.get::<_, bool>(0))
            .optional()?;
        if shown == Some(true) {
            // The guid names a living article as well; that one stays.
            return Ok(Change::Noted);
        }
        self.tx
            .prepare_cached(
                "INSERT INTO sighting (source, key, fingerprint, first_seen, guid, topics, terms)
                 VALUES (?, ?, ?, ?, '', '[]', '[]')
                 ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, gone = NULL",
            )?
            .execute(params![
                filed.source,
                filed.key,
                sighting.fingerprint.0 as i64,
                now
            ])?;
        let address = match &sighting.item.url {
            Some(url) => ItemId::of_url(url),
            None => ItemId::of_guid(&sighting.source, &sighting.guid),
        };
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO tombstone (uuid, source, key) VALUES (?, ?, ?)")?
            .execute(params![address.as_bytes(), filed.source, filed.key])?;
        self.mark_seen(source)?;
        Ok(Change::Noted)
    }

    pub(super) fn give_topics(
        &mut self,
        source: &SourceId,
        guid: &Guid,
        topics: &[Topic],
    ) -> Result<(), Fault> {
        let (source, _) = self.source(source)?;
        let key = guid_key(guid);
        let found: Option<(Option<i64>, String)> = self
            .tx
            .prepare_cached("SELECT item, topics FROM sighting WHERE source = ? AND key = ?")?
            .query_row([source, key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((Some(item), stored)) = found else {
            return Ok(());
        };
        let stored: Topics = json(&stored)?;
        let topics = self.topics(topics)?;
        if stored == topics {
            return Ok(());
        }
        self.tx
            .prepare_cached("UPDATE sighting SET topics = ? WHERE source = ? AND key = ?")?
            .execute(params![serde_json::to_string(&topics)?, source, key])?;
        self.count_spellings(topics, stored);
        let head = self.head(item)?;
        self.settle(&head, &head.place, false)?;
        Ok(())
    }

    /// When a source first showed what was dropped and may come back.
    fn seen_before(&self, source: i64, guid: &Guid) -> Result<Option<i64>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT first_seen FROM sighting WHERE source = ?1 AND key = ?2 AND item IS NULL
                 AND NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.source = ?1 AND tombstone.key = ?2)",
        )?;
        Ok(statement
            .query_row([source, guid_key(guid)], |row| row.get(0))
            .optional()?)
    }

    /// Whether a source has any claim to what it shows.
    fn owns(&self, source: i64, item: &Item) -> bool {
        self.claim(source, claimable(item)).is_owner()
    }

    fn row_of(&self, id: &ItemId) -> Result<Option<i64>, Fault> {
        let mut statement = self.tx.prepare_cached("SELECT id FROM item WHERE uuid = ?")?;
        Ok(statement
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    /// Dates an item that had no date by a sighting that does not replace it, but is the owner's, or as good as any other.
    /// True when readers see a difference.
    fn date(&mut self, sighting: &Sighting, item: i64, now: i64) -> Result<bool, Fault> {
        let dates = Dates::load(&self.tx, item)?;
        let (None, Some(claim)) = (dates.claimed, seconds(sighting.item.published)) else {
            return Ok(false);
        };
        let (source, _) = self.source(&sighting.source)?;
        if dates.owned && !self.owns(source, &sighting.item) {
            return Ok(false);
        }
        let dated = dates.with(claim, false, || false, now);
        self.tx
            .prepare_cached(
                "UPDATE item SET published = ?1, updated = max(coalesce(revised, ?1), ?1), claimed = ?2 WHERE id = ?3",
            )?
            .execute(params![dated.published, claim, item])?;
        Ok(dated.published != dates.published)
    }

    fn insert(
        &mut self,
        sighting: &Sighting,
        source: i64,
        (place, topics): (&Place, &[i64]),
        dates: &Dates,
    ) -> Result<i64, Fault> {
        let item = &sighting.item;
        let revised = seconds(item.updated);
        self.tx
            .prepare_cached(
                "INSERT INTO item (uuid, first_seen, aged, published, updated, claimed, revised, source, owned, feeds,
                                   topics, language, url, link, image, title, authors, enclosures, arrived,
                                   origin_name, origin_url)
                 VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?
            .execute(params![
                place.uuid,
                dates.first_seen,
                dates.published,
                revised.unwrap_or(dates.published).max(dates.published),
                dates.claimed,
                revised,
                source,
                self.owns(source, item),
                serde_json::to_string(&place.feeds)?,
                serde_json::to_string(topics)?,
                item.language,
                item.url.as_ref().map(|url| url.as_str()),
                item.link,
                item.image,
                item.title,
                serde_json::to_string(&item.authors)?,
                serde_json::to_string(&item.enclosures)?,
                dates.arrived,
                origin_name(item),
                origin_url(item),
            ])?;
        let row = self.tx.last_insert_rowid();
        self.tx
            .prepare_cached("INSERT INTO body (item, summary, content) VALUES (?, ?, ?)")?
            .execute(params![
                row,
                item.summary.as_ref().map(CleanHtml::as_str),
                item.content.as_ref().map(CleanHtml::as_str)
            ])?;
        Ok(row)
    }

    /// Gives an item the text and dates of this sighting. True when readers see a difference.
    fn replace(&mut self, sighting: &Sighting, source: i64, id: &ItemId, now: i64) -> Result<bool, Fault> {
        let stored = load_item(&self.tx, id)?;
        let StoredItem {
            row,
            published,
            updated,
            source: bearer,
            owned,
            item: old,
            ..
        } = stored.ok_or_else(|| Fault::damaged("an item vanished"))?;
        let mut new = whole_seconds(sighting.item.clone());
        // A sighting that has no address, or no date, has nothing better to offer.
        new.url = new.url.or_else(|| old.url.clone());
        new.link = new.link.or_else(|| old.link.clone());
        new.published = new.published.or(old.published);
        let owns = self.owns(source, &new);
        // A fuller text of who does not own the item does not move what is known of its date.
        let moves = bearer == source || owns || old.published.is_none();
        if !moves {
            new.published = old.published;
        }
        let dates = Dates::load(&self.tx, row)?;
        let dated = match seconds(sighting.item.published).filter(|_| moves) {
            Some(claim) => dates.with(claim, bearer != source, || is_rewritten(&old, &new), now),
            None => dates,
        };
        let shown = dated.published;
        let alike = Item {
            published: old.published,
            updated: old.updated,
            ..new.clone()
        };
        let looks_new = alike != old || shown != published || bearer != source;
        if !looks_new && new == old && owned == owns {
            return Ok(false);
        }
        // A source that says "updated" and shows the same does not make readers look again. A date that does not count as
        // one of publication is one of a change.
        let revised = new.updated.or(new.published);
        let revised = seconds(revised).unwrap_or(shown).max(shown);
        let updated = if looks_new { revised } else { updated };
        self.update_item(row, source, owns, updated, &dated, &new)?;
        if (&new.summary, &new.content) != (&old.summary, &old.content) {
            self.tx
                .prepare_cached("UPDATE body SET summary = ?, content = ? WHERE item = ?")?
                .execute(params![
                    new.summary.as_ref().map(CleanHtml::as_str),
                    new.content.as_ref().map(CleanHtml::as_str),
                    row
                ])?;
        }
        Ok(looks_new)
    }

    fn update_item(
        &self,
        row: i64,
        source: i64,
        owned: bool,
        updated: i64,
        dated: &Dates,
        item: &Item,
    ) -> Result<(), Fault> {
        self.tx
            .prepare_cached(
                "UPDATE item SET published = ?, arrived = ?, updated = ?, claimed = ?, revised = ?, source = ?, owned = ?,
                                 language = ?, url = ?, link = ?, image = ?, title = ?, authors = ?, enclosures = ?,
                                 origin_name = ?, origin_url = ?
                 WHERE id = ?",
            )?
            .execute(params![
                dated.published,
                dated.arrived,
                updated,
                seconds(item.published),
                seconds(item.updated),
                source,
                owned,
                item.language,
                item.url.as_ref().map(|url| url.as_str()),
                item.link,
                item.image,
                item.title,
                serde_json::to_string(&item.authors)?,
                serde_json::to_string(&item.enclosures)?,
                origin_name(item),
                origin_url(item),
                row,
            ])?;
        Ok(())
    }
}

fn origin_name(item: &Item) -> Option<&str> {
    item.origin.as_ref()?.title.as_deref()
}

fn origin_url(item: &Item) -> Option<&str> {
    item.origin.as_ref()?.url.as_ref().map(AsRef::as_ref)
}

fn seconds(date: Option<chrono::DateTime<chrono::Utc>>) -> Option<i64> {
    date.map(|date| date.timestamp())
}

/// As it will be read back.
fn whole_seconds(mut item: Item) -> Item {
    let whole = |date: chrono::DateTime<chrono::Utc>| chrono::DateTime::from_timestamp(date.timestamp(), 0);
    item.published = item.published.and_then(whole);
    item.updated = item.updated.and_then(whole);
    item
}
