//! The store as one SQLite file: one connection that writes, any number that read.

mod alerts;
mod apply;
mod archive;
mod batch;
mod configure;
mod crowd;
mod dating;
mod facts;
mod fault;
mod feeds;
mod groups;
mod held;
mod homes;
mod known;
mod memberships;
mod missing;
mod open;
mod push;
mod reader;
mod redate;
mod retire;
mod rows;
mod settle;
mod shelf;
mod sightings;
mod sources;
mod standing;
mod texts;
mod window;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use self::batch::{Memory, Shown, SqliteBatch};
use self::fault::Fault;
use self::sources::Sources;
use super::{Batch, Error, Reader, Setup, Slugger, Store};
use crate::model::{HostPause, PollState, PushRecords, RobotsRecord, SourceId};

/// So many tags that nobody declared have a feed: sources could otherwise fill the disk with folders.
const TAG_FEEDS: usize = 5_000;

pub(super) use reader::SqliteReader;

/// The connection that writes.
pub(super) struct Database {
    connection: Connection,
    path: PathBuf,
    memory: Memory,
}

impl Database {
    /// See [`super::open`].
    pub(super) fn open(path: &Path, slugger: Slugger) -> Result<Self, Error> {
        Self::load(path, slugger).map_err(|fault| fault.at(path))
    }

    fn load(path: &Path, slugger: Slugger) -> Result<Self, Fault> {
        let connection = open::writer(path)?;
        let memory = Memory {
            sources: Sources::load(&connection)?,
            shown: Shown::load(&connection)?,
            slugger,
            tag_cap: TAG_FEEDS,
        };
        Ok(Self {
            connection,
            path: path.to_owned(),
            memory,
        })
    }

    fn learn(&mut self, setup: &Setup) -> Result<Vec<SourceId>, Fault> {
        if !configure::is_known(&self.connection, setup)? {
            let mut batch = SqliteBatch::begin(&mut self.connection, &self.path, &mut self.memory)?;
            batch.configure(setup)?;
            batch.finish()?;
        }
        // In the order of the configuration: tags that are new get their slugs in the order in which they are met.
        let sources = &self.memory.sources;
        let outdated = |id: &SourceId| {
            let row = sources.number(id).and_then(|number| sources.get(number).ok());
            row.is_some_and(|row| row.rules != row.classified)
        };
        Ok(setup
            .sources
            .iter()
            .map(|source| source.id.clone())
            .filter(outdated)
            .collect())
    }

    fn read_pauses(&self) -> Result<Vec<HostPause>, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT host, until FROM pause")?;
        let mut rows = statement.query([])?;
        let mut pauses = Vec::new();
        while let Some(row) = rows.next()? {
            pauses.push(HostPause {
                host: row.get(0)?,
                until: rows::time(row.get(1)?)?,
            });
        }
        Ok(pauses)
    }

    fn read_robots(&self) -> Result<Vec<RobotsRecord>, Fault> {
        let sql = "SELECT origin, fetched, rules FROM robots";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(RobotsRecord {
                origin: row.get(0)?,
                fetched: rows::time(row.get(1)?)?,
                robots: rows::json(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?,
            });
        }
        Ok(records)
    }
}

impl Store for Database {
    fn configure(&mut self, setup: &Setup) -> Result<Vec<SourceId>, Error> {
        self.learn(setup).map_err(|fault| fault.at(&self.path))
    }

    fn identity(&mut self) -> Result<String, Error> {
        rows::identity(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn polls(&self) -> Result<HashMap<SourceId, PollState>, Error> {
        rows::polls(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn pauses(&self) -> Result<Vec<HostPause>, Error> {
        self.read_pauses().map_err(|fault| fault.at(&self.path))
    }

    fn robots(&self) -> Result<Vec<RobotsRecord>, Error> {
        self.read_robots().map_err(|fault| fault.at(&self.path))
    }

    fn push(&self) -> Result<PushRecords, Error> {
        self.read_push().map_err(|fault| fault.at(&self.path))
    }

    fn reader(&self) -> Result<Box<dyn Reader>, Error> {
        Ok(Box::new(SqliteReader::open(self.path.clone())?))
    }

    fn begin(&mut self) -> Result<Box<dyn Batch + '_>, Error> {
        let batch = SqliteBatch::begin(&mut self.connection, &self.path, &mut self.memory)
            .map_err(|fault| fault.at(&self.path))?;
        Ok(Box::new(batch))
    }
}
