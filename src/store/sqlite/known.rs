//! What decisions need of items that are stored.

use std::collections::BTreeSet;

use rusqlite::OptionalExtension;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::homes::is_at;
use super::rows::{item_id, time};
use crate::model::{CanonicalUrl, Known};

impl SqliteBatch<'_> {
    /// What decisions need of an item that a source shows.
    pub(super) fn known(&self, item: Option<i64>, asking: i64) -> Result<Option<Known>, Fault> {
        let Some(item) = item else { return Ok(None) };
        let mut statement = self
            .tx
            .prepare_cached("SELECT uuid, url, source, claimed, origin_url FROM item WHERE id = ?")?;
        let mut rows = statement.query([item])?;
        let row = rows
            .next()?
            .ok_or_else(|| Fault::damaged("a sighting of an item that does not exist"))?;
        let url: Option<String> = row.get(1)?;
        let bearer = row.get(2)?;
        let showing = self.showing(item)?;
        let others = showing.iter().filter(|source| **source != asking);
        let origin: Option<String> = row.get(4)?;
        let claimed = url.as_deref().filter(|url| is_at(url, origin.as_deref()));
        let claim = self.claim(bearer, claimed);
        Ok(Some(Known {
            id: item_id(row.get(0)?),
            source: self.sources().get(bearer)?.id.clone(),
            is_borne: showing.contains(&bearer),
            claim,
            rival: others
                .map(|source| self.claim(*source, claimed))
                .max()
                .unwrap_or_default(),
            length: match claim.is_owner() {
                true => 0,
                false => self.text_length(item)?,
            },
            claimed: row.get::<_, Option<i64>>(3)?.map(time).transpose()?,
            url: url.map(CanonicalUrl::already_canonical),
        }))
    }

    fn text_length(&self, item: i64) -> Result<usize, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT coalesce(length(coalesce(content, summary)), 0) FROM body WHERE item = ?",
        )?;
        let length: Option<i64> = statement.query_row([item], |row| row.get(0)).optional()?;
        Ok(usize::try_from(length.unwrap_or_default()).unwrap_or_default())
    }

    /// The configured sources that show an item.
    fn showing(&self, item: i64) -> Result<BTreeSet<i64>, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT source FROM sighting WHERE item = ?")?;
        let mut rows = statement.query([item])?;
        let mut showing = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let source = row.get(0)?;
            if self.sources().get(source)?.live {
                showing.insert(source);
            }
        }
        Ok(showing)
    }
}
