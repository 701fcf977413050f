//! What `dedupe` keeps of recent items, and its decisions.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{self, item_id, time};
use crate::model::{CleanHtml, ItemId, ItemKey};
use crate::store::{Error, Groups, ItemFacts, Standing, StoredFeatures, Ungrouped, Waiting};

/// Keys that lead to nothing recent are looked for once in so many seconds: it takes reading them all.
const SWEEP: i64 = 86_400;

impl SqliteBatch<'_> {
    fn list_ungrouped(&self) -> Result<Vec<Waiting>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT id, source, fresh FROM ungrouped CROSS JOIN item ON id = item ORDER BY published, uuid",
        )?;
        let mut rows = statement.query([])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            waiting.push(Waiting {
                key: item_key(row.get(0)?),
                source: self.sources().get(row.get(1)?)?.id.clone(),
                is_fresh: row.get(2)?,
            });
        }
        Ok(waiting)
    }

    fn read_ungrouped(&self, keys: &[ItemKey]) -> Result<Vec<Ungrouped>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT uuid, source, coalesce(link, url), title, coalesce(content, summary), published,
                    lead IS NOT NULL OR story IS NOT NULL OR ruled, origin_name, origin_url, ruled
             FROM item LEFT JOIN body ON body.item = item.id WHERE item.id = ?",
        )?;
        let mut items = Vec::with_capacity(keys.len());
        for key in keys.iter().map(|key| row(*key)) {
            let mut rows = statement.query([key])?;
            let row = rows
                .next()?
                .ok_or_else(|| Fault::damaged("an item to compare that does not exist"))?;
            items.push(Ungrouped {
                key: item_key(key),
                id: item_id(row.get(0)?),
                source: self.sources().get(row.get(1)?)?.id.clone(),
                link: row.get(2)?,
                title: row.get(3)?,
                html: row.get::<_, Option<String>>(4)?.map(CleanHtml::already_clean),
                published: time(row.get(5)?)?,
                origin: rows::origin(row.get(7)?, row.get(8)?),
                is_settled: row.get::<_, bool>(6)? || self.has_copies(key)?,
                is_ruled: row.get(9)?,
            });
        }
        Ok(items)
    }

    fn list_filed(&self, key: u64) -> Result<Vec<ItemKey>, Fault> {
        let mut statement = self.tx.prepare_cached("SELECT items FROM filed WHERE key = ?")?;
        let mut rows = statement.query([key as i64])?;
        let Some(row) = rows.next()? else {
            return Ok(Vec::new());
        };
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let items = bytes.chunks_exact(size_of::<u64>());
        Ok(items
            .map(|item| {
                ItemKey(u64::from_le_bytes(
                    item.try_into().expect("chunks of eight bytes"),
                ))
            })
            .collect())
    }

    fn read_features(&self, item: i64) -> Result<Option<StoredFeatures>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT data, coalesce(lead, id), coalesce(story, lead, id), source FROM feature JOIN item ON id = item
             WHERE item = ?",
        )?;
        let mut rows = statement.query([item])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(StoredFeatures {
            data: row.get(0)?,
            lead: item_key(row.get(1)?),
            story: item_key(row.get(2)?),
            source: self.sources().get(row.get(3)?)?.id.clone(),
        }))
    }

    fn list_members(&self, story: i64, most: usize) -> Result<Vec<ItemKey>, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT id FROM (SELECT id, published, uuid FROM item WHERE story = ?1
                             UNION SELECT id, published, uuid FROM item WHERE id = ?1 AND story IS NULL
                             UNION SELECT id, published, uuid FROM item WHERE lead = ?1 AND story IS NULL AND further = 0)
             ORDER BY published DESC, uuid LIMIT ?2",
        )?;
        let members =
            statement.query_map(params![story, rows::limit(most)], |row| row.get(0).map(item_key))?;
        Ok(members.collect::<Result<_, _>>()?)
    }

    fn read_standing(&self, item: i64) -> Result<Option<Standing>, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT coalesce(lead, id), story, ruled, source FROM item WHERE id = ?")?;
        let mut rows = statement.query([item])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Standing {
            lead: item_key(row.get(0)?),
            story: row.get::<_, Option<i64>>(1)?.map(item_key),
            is_ruled: row.get(2)?,
            source: self.sources().get(row.get(3)?)?.id.clone(),
        }))
    }

    fn list_copies(&self, lead: i64, most: usize) -> Result<Vec<ItemKey>, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE lead = ? ORDER BY published, uuid LIMIT ?")?;
        let copies = statement.query_map(params![lead, rows::limit(most)], |row| row.get(0).map(item_key))?;
        Ok(copies.collect::<Result<_, _>>()?)
    }

    fn drop_features(&self, before: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached("DELETE FROM feature WHERE published < ?")?
            .execute([before])?;
        let swept: Option<i64> = self
            .tx
            .prepare_cached("SELECT value FROM meta WHERE key = 'swept'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        // Whichever way the clock went.
        if swept.is_some_and(|swept| before.abs_diff(swept) < SWEEP.unsigned_abs()) {
            return Ok(());
        }
        self.tx.execute("DELETE FROM filed WHERE newest < ?", [before])?;
        self.tx.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('swept', ?)",
            [before],
        )?;
        Ok(())
    }

    fn write_filed(&self, key: u64, items: &[ItemKey], newest: i64) -> Result<(), Fault> {
        let bytes: Vec<u8> = items.iter().flat_map(|item| item.0.to_le_bytes()).collect();
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO filed (key, newest, items) VALUES (?, ?, ?)")?
            .execute(params![key as i64, newest, bytes])?;
        Ok(())
    }

    fn read_blob(&self, sql: &str, key: impl rusqlite::ToSql) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self
            .tx
            .prepare_cached(sql)?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    fn write_blob(&self, sql: &str, key: impl rusqlite::ToSql, data: &[u8]) -> Result<(), Fault> {
        self.tx.prepare_cached(sql)?.execute(params![key, data])?;
        Ok(())
    }
}

pub(super) fn item_key(row: i64) -> ItemKey {
    ItemKey(row as u64)
}

fn row(item: ItemKey) -> i64 {
    item.0 as i64
}

impl Groups for SqliteBatch<'_> {
    fn ungrouped(&self) -> Result<Vec<Waiting>, Error> {
        self.list_ungrouped().map_err(|fault| fault.at(self.path))
    }

    fn postpone(&mut self, items: &[ItemKey]) -> Result<(), Error> {
        let postpone = |item: &ItemKey| -> Result<(), Fault> {
            self.tx
                .prepare_cached("UPDATE ungrouped SET fresh = 0 WHERE item = ?")?
                .execute([row(*item)])?;
            Ok(())
        };
        items
            .iter()
            .try_for_each(postpone)
            .map_err(|fault| fault.at(self.path))
    }

    fn to_compare(&self, items: &[ItemKey]) -> Result<Vec<Ungrouped>, Error> {
        self.read_ungrouped(items).map_err(|fault| fault.at(self.path))
    }

    fn grouped(&mut self, items: &[ItemKey]) -> Result<(), Error> {
        let delete = |item: &ItemKey| -> Result<(), Fault> {
            self.tx
                .prepare_cached("DELETE FROM ungrouped WHERE item = ?")?
                .execute([row(*item)])?;
            Ok(())
        };
        items
            .iter()
            .try_for_each(delete)
            .map_err(|fault| fault.at(self.path))
    }

    fn filed(&self, key: u64) -> Result<Vec<ItemKey>, Error> {
        self.list_filed(key).map_err(|fault| fault.at(self.path))
    }

    fn features(&self, item: ItemKey) -> Result<Option<StoredFeatures>, Error> {
        self.read_features(row(item)).map_err(|fault| fault.at(self.path))
    }

    fn members(&self, story: ItemKey, most: usize) -> Result<Vec<ItemKey>, Error> {
        self.list_members(row(story), most)
            .map_err(|fault| fault.at(self.path))
    }

    fn lines(&self, host: u64) -> Result<Option<Vec<u8>>, Error> {
        self.read_blob("SELECT data FROM line WHERE host = ?", host as i64)
            .map_err(|fault| fault.at(self.path))
    }

    fn frequencies(&self) -> Result<Option<Vec<u8>>, Error> {
        self.read_blob("SELECT value FROM meta WHERE key = ?", "frequencies")
            .map_err(|fault| fault.at(self.path))
    }

    fn file(&mut self, key: u64, items: &[ItemKey], newest: DateTime<Utc>) -> Result<(), Error> {
        self.write_filed(key, items, newest.timestamp())
            .map_err(|fault| fault.at(self.path))
    }

    fn keep_features(&mut self, item: ItemKey, published: DateTime<Utc>, data: &[u8]) -> Result<(), Error> {
        let write = || -> Result<(), Fault> {
            self.tx
                .prepare_cached("INSERT OR REPLACE INTO feature (item, published, data) VALUES (?, ?, ?)")?
                .execute(params![row(item), published.timestamp(), data])?;
            Ok(())
        };
        write().map_err(|fault| fault.at(self.path))
    }

    fn keep_lines(&mut self, host: u64, data: &[u8]) -> Result<(), Error> {
        self.write_blob(
            "INSERT OR REPLACE INTO line (host, data) VALUES (?, ?)",
            host as i64,
            data,
        )
        .map_err(|fault| fault.at(self.path))
    }

    fn keep_frequencies(&mut self, data: &[u8]) -> Result<(), Error> {
        self.write_blob(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
            "frequencies",
            data,
        )
        .map_err(|fault| fault.at(self.path))
    }

    fn forget(&mut self, before: DateTime<Utc>) -> Result<(), Error> {
        self.drop_features(before.timestamp())
            .map_err(|fault| fault.at(self.path))
    }

    fn join_copy(&mut self, item: ItemKey, of: ItemKey) -> Result<bool, Error> {
        let joined = SqliteBatch::join_copy(self, row(item), row(of)).and_then(|joined| {
            if joined {
                self.copied(row(item))?;
            }
            Ok(joined)
        });
        joined.map_err(|fault| fault.at(self.path))
    }

    fn join_story(&mut self, item: ItemKey, of: ItemKey) -> Result<bool, Error> {
        SqliteBatch::join_story(self, row(item), row(of)).map_err(|fault| fault.at(self.path))
    }

    fn standing(&self, item: ItemKey) -> Result<Option<Standing>, Error> {
        self.read_standing(row(item)).map_err(|fault| fault.at(self.path))
    }

    fn copies(&self, lead: ItemKey, most: usize) -> Result<Vec<ItemKey>, Error> {
        self.list_copies(row(lead), most)
            .map_err(|fault| fault.at(self.path))
    }

    fn leave(&mut self, item: ItemKey) -> Result<bool, Error> {
        SqliteBatch::leave(self, row(item)).map_err(|fault| fault.at(self.path))
    }

    fn leave_story(&mut self, item: ItemKey) -> Result<bool, Error> {
        SqliteBatch::leave_story(self, row(item)).map_err(|fault| fault.at(self.path))
    }

    fn part(&mut self, item: ItemKey) -> Result<bool, Error> {
        SqliteBatch::part(self, row(item)).map_err(|fault| fault.at(self.path))
    }

    fn rule(&mut self, item: ItemKey) -> Result<(), Error> {
        let write = || -> Result<(), Fault> {
            self.tx
                .prepare_cached("UPDATE item SET ruled = 1 WHERE id = ?")?
                .execute([row(item)])?;
            Ok(())
        };
        write().map_err(|fault| fault.at(self.path))
    }

    fn grow_stories(&mut self, now: DateTime<Utc>) -> Result<usize, Error> {
        SqliteBatch::grow_stories(self, now.timestamp()).map_err(|fault| fault.at(self.path))
    }

    fn facts(&self, item: ItemKey) -> Result<Option<ItemFacts>, Error> {
        self.read_facts(row(item)).map_err(|fault| fault.at(self.path))
    }

    fn find(&self, address: &ItemId) -> Result<Option<ItemKey>, Error> {
        let found = self.item_at(address).map_err(|fault| fault.at(self.path))?;
        Ok(found.map(item_key))
    }
}
