//! The sources, kept in memory: there are few, and every sighting names one.

use std::collections::{BTreeSet, HashMap};

use rusqlite::Connection;

use super::fault::Fault;
use super::rows::json;
use crate::model::{self, Claim, Home, SiteName, SourceId};

/// A row of `source`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceRow {
    pub(super) id: SourceId,
    pub(super) address: String,
    pub(super) live: bool,
    pub(super) feed: i64,
    pub(super) rules: u64,
    pub(super) classified: u64,
    pub(super) seen: bool,
    pub(super) home: Home,
    /// The topics that the operator gives to each of its items: kind, key.
    pub(super) given: BTreeSet<(i64, String)>,
}

/// All sources that were ever configured.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    rows: HashMap<i64, SourceRow>,
    by_id: HashMap<SourceId, i64>,
    /// Those that have to do with a site.
    by_site: HashMap<SiteName, Vec<i64>>,
}

impl Sources {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let mut statement = connection.prepare_cached(
            "SELECT id, key, address, live, feed, rules, classified, seen, trusted, given, served, declared,
                    declared_since
             FROM source",
        )?;
        let mut rows = statement.query([])?;
        let mut sources = Self::default();
        while let Some(row) = rows.next()? {
            let site = |column| Ok::<_, Fault>(row.get::<_, Option<String>>(column)?.map(SiteName::stored));
            let address: String = row.get(2)?;
            let home = Home {
                configured: SiteName::of_address(&address),
                served: site(10)?,
                declared: site(11)?,
                declared_since: row.get(12)?,
                is_trusted: row.get(8)?,
            };
            let source = SourceRow {
                id: SourceId::of(&row.get::<_, String>(1)?),
                address,
                live: row.get(3)?,
                feed: row.get(4)?,
                rules: row.get::<_, i64>(5)? as u64,
                classified: row.get::<_, i64>(6)? as u64,
                seen: row.get(7)?,
                home,
                given: json(&row.get::<_, String>(9)?)?,
            };
            sources.put(row.get(0)?, source);
        }
        Ok(sources)
    }

    /// Adds or replaces a row.
    pub(super) fn put(&mut self, number: i64, source: SourceRow) {
        if let Some(old) = self.rows.get(&number) {
            self.by_id.remove(&old.id);
            for site in old.home.sites() {
                if let Some(neighbours) = self.by_site.get_mut(site) {
                    neighbours.retain(|other| *other != number);
                }
            }
        }
        self.by_id.insert(source.id.clone(), number);
        for site in source.home.sites() {
            let neighbours = self.by_site.entry(site.clone()).or_default();
            if !neighbours.contains(&number) {
                neighbours.push(number);
            }
        }
        self.rows.insert(number, source);
    }

    pub(super) fn number(&self, id: &SourceId) -> Option<i64> {
        self.by_id.get(id).copied()
    }

    pub(super) fn get(&self, number: i64) -> Result<&SourceRow, Fault> {
        self.rows
            .get(&number)
            .ok_or_else(|| Fault::damaged("an item of an unknown source"))
    }

    /// The claim of a source to what is on a site; one that is no longer configured has none.
    pub(super) fn claim(&self, number: i64, site: Option<&SiteName>) -> Claim {
        let row = self.rows.get(&number).filter(|row| row.live);
        let (Some(site), Some(row)) = (site, row) else {
            return Claim::None;
        };
        let neighbours = self.at(site).iter().filter_map(|other| {
            let row = self.rows.get(other).filter(|row| row.live)?;
            Some((*other, &row.home))
        });
        model::claim((number, &row.home), site, neighbours)
    }

    fn at(&self, site: &SiteName) -> &[i64] {
        self.by_site.get(site).map_or(&[], Vec::as_slice)
    }

    /// The sources whose claims may be others when what is known of one's home on these sites changes: its own, and those
    /// that rest on nothing but what is declared.
    pub(super) fn concerned<'a>(
        &self,
        number: i64,
        sites: impl IntoIterator<Item = &'a SiteName>,
    ) -> BTreeSet<i64> {
        let mut concerned = BTreeSet::from([number]);
        for site in sites {
            let declares = |other: &i64| {
                let row = self.rows.get(other);
                row.is_some_and(|row| row.home.declared.as_ref() == Some(site))
            };
            concerned.extend(self.at(site).iter().copied().filter(declares));
        }
        concerned
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &SourceRow)> {
        self.rows.iter().map(|(number, row)| (*number, row))
    }

    /// Something of it is stored from now on.
    pub(super) fn mark_seen(&mut self, number: i64) {
        if let Some(row) = self.rows.get_mut(&number) {
            row.seen = true;
        }
    }

    /// Its sightings bear the topics of these rules.
    pub(super) fn mark_classified(&mut self, number: i64, rules: u64) {
        if let Some(row) = self.rows.get_mut(&number) {
            row.classified = rules;
        }
    }
}
