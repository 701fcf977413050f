//! The feeds that a transaction touches: read once, changed in memory, written at its end.

use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::archive;
use super::batch::Shown;
use super::fault::Fault;
use super::rows::{collapse, collapse_code, count, kind, kind_code};
use crate::model::{Collapse, Feed, FeedKey, FeedKind, Slug};
use crate::store::Slugger;

/// Whether the operator named it in `feeds.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Never = 0,
    Now = 1,
    /// It goes when its last item goes; others stay, empty.
    Formerly = 2,
}

/// Where its files stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A tag beyond the cap.
    Unlisted = 0,
    Published = 1,
    /// Its files are still there.
    Removed = 2,
    Deleted = 3,
}

/// A row of `feed`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeedRow {
    pub(super) kind: FeedKind,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) slug: Option<Slug>,
    pub(super) declared: Declared,
    pub(super) state: State,
    pub(super) size: i64,
    pub(super) dirty: bool,
    /// Items that are dated and came before this second were not shown when it was last written.
    pub(super) shown_from: i64,
    /// `None`: what the site shows once.
    pub(super) collapse: Option<Collapse>,
    /// Up to here it has pages of old items.
    pub(super) sealed: Option<i64>,
    /// Dates of items on those pages that look different now.
    pub(super) old: BTreeSet<i64>,
}

impl FeedRow {
    /// Its items bear it as a category or tag.
    pub(super) fn is_topic(&self) -> bool {
        matches!(self.kind, FeedKind::Category | FeedKind::Tag)
    }

    /// Everything in it looks different now.
    pub(super) fn touch_all(&mut self) {
        self.touch(i64::MAX, i64::MAX);
    }

    /// An item of this date, which the feed held, holds or will hold, looks different now; see [`super::settle::Place`].
    pub(super) fn touch(&mut self, published: i64, came: i64) {
        if self.state != State::Published {
            return;
        }
        self.dirty |= came >= self.shown_from;
        if self
            .sealed
            .is_some_and(|sealed| published <= sealed || published == i64::MAX)
        {
            self.old.insert(published);
        }
    }

    /// Its files are to be written, all of them.
    pub(super) fn publish(&mut self) {
        self.state = State::Published;
        self.dirty = true;
    }

    /// Its files are to be deleted.
    pub(super) fn remove(&mut self) {
        if self.state == State::Published {
            self.state = State::Removed;
            self.dirty = false;
        }
    }

    /// What it shows once, where the site's feeds show `site` once. A source's own feed shows all its articles.
    pub(super) fn collapse(&self, site: Collapse) -> Collapse {
        shown_once(self.kind, self.collapse.unwrap_or(site))
    }

    /// Tags that sources invent are bounded in number; everything else is the operator's.
    fn is_capped(&self) -> bool {
        self.kind == FeedKind::Tag && self.declared != Declared::Now
    }
}

/// How many more undeclared tags may have a feed.
struct Room {
    left: usize,
    /// Tags without items, the oldest last: they give way when no room is left.
    empty: Vec<i64>,
}

/// The feeds of one transaction.
pub(super) struct Feeds {
    slugger: Slugger,
    tag_cap: usize,
    room: Option<Room>,
    /// As it will be, and as it is stored.
    rows: BTreeMap<i64, (FeedRow, FeedRow)>,
    ids: [HashMap<String, i64>; 4],
}

impl Feeds {
    pub(super) fn new(slugger: Slugger, tag_cap: usize) -> Self {
        Self {
            slugger,
            tag_cap,
            room: None,
            rows: BTreeMap::new(),
            ids: Default::default(),
        }
    }

    pub(super) fn row(&mut self, connection: &Connection, id: i64) -> Result<&mut FeedRow, Fault> {
        let (row, _) = match self.rows.entry(id) {
            Entry::Occupied(loaded) => loaded.into_mut(),
            Entry::Vacant(unread) => {
                let row = load(connection, id)?;
                unread.insert((row.clone(), row))
            }
        };
        Ok(row)
    }

    /// Ids of the rows that were read, ascending.
    pub(super) fn loaded(&self) -> Vec<i64> {
        self.rows.keys().copied().collect()
    }

    pub(super) fn find(
        &mut self,
        connection: &Connection,
        kind: FeedKind,
        key: &str,
    ) -> Result<Option<i64>, Fault> {
        let known = &mut self.ids[kind_code(kind) as usize];
        if let Some(id) = known.get(key) {
            return Ok(Some(*id));
        }
        let mut statement = connection.prepare_cached("SELECT id FROM feed WHERE kind = ? AND key = ?")?;
        let found: Option<i64> = statement
            .query_row(params![kind_code(kind), key], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            known.insert(key.to_owned(), id);
        }
        Ok(found)
    }

    /// A new row, published if there is room for it.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        kind: FeedKind,
        key: &str,
        name: &str,
        declared: Declared,
    ) -> Result<i64, Fault> {
        let mut row = FeedRow {
            kind,
            key: key.to_owned(),
            name: name.to_owned(),
            slug: None,
            declared,
            state: State::Unlisted,
            size: 0,
            dirty: false,
            shown_from: i64::MIN,
            collapse: None,
            sealed: None,
            old: BTreeSet::new(),
        };
        let mut statement = connection.prepare_cached(
            "INSERT INTO feed (kind, key, name, declared, state, size, dirty, shown_from)
             VALUES (?, ?, ?, ?, 0, 0, 0, ?)",
        )?;
        statement.execute(params![kind_code(kind), key, name, declared as i64, i64::MIN])?;
        let id = connection.last_insert_rowid();
        self.rows.insert(id, (row.clone(), row.clone()));
        self.ids[kind_code(kind) as usize].insert(key.to_owned(), id);
        if !row.is_capped() || self.makes_room(connection)? {
            row.slug = Some(self.slug(connection, id, &row)?);
            row.publish();
        }
        self.rows.get_mut(&id).expect("it was inserted above").0 = row;
        Ok(id)
    }

    /// Brings what is published in line with what is declared and held.
    pub(super) fn review(&mut self, connection: &Connection, id: i64) -> Result<(), Fault> {
        let mut row = self.row(connection, id)?.clone();
        if !row.is_topic() {
            return Ok(());
        }
        let wanted = row.declared == Declared::Now || row.size > 0;
        if row.state == State::Published {
            if !wanted && row.declared == Declared::Formerly {
                row.remove();
            }
        } else if wanted && (!row.is_capped() || self.makes_room(connection)?) {
            if row.slug.is_none() {
                row.slug = Some(self.slug(connection, id, &row)?);
            }
            row.publish();
        }
        *self.row(connection, id)? = row;
        Ok(())
    }

    /// Whether one more undeclared tag may have a feed; at the cap, one without items gives way.
    fn makes_room(&mut self, connection: &Connection) -> Result<bool, Fault> {
        let mut room = match self.room.take() {
            Some(room) => room,
            None => self.count_room(connection)?,
        };
        let mut made = room.left > 0;
        room.left = room.left.saturating_sub(1);
        while !made && let Some(id) = room.empty.pop() {
            let row = self.row(connection, id)?;
            if row.size == 0 && row.state == State::Published && row.is_capped() {
                row.remove();
                made = true;
            }
        }
        self.room = Some(room);
        Ok(made)
    }

    fn count_room(&self, connection: &Connection) -> Result<Room, Fault> {
        let mut statement = connection.prepare_cached(
            "SELECT id, size FROM feed WHERE state = 1 AND kind = 2 AND declared <> 1 ORDER BY id DESC",
        )?;
        let tags: Vec<(i64, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Room {
            left: self.tag_cap.saturating_sub(tags.len()),
            empty: tags
                .iter()
                .filter(|(_, size)| *size == 0)
                .map(|(id, _)| *id)
                .collect(),
        })
    }

    /// Allots a slug; stored at once, so that the next one is chosen knowing it.
    fn slug(&self, connection: &Connection, id: i64, row: &FeedRow) -> Result<Slug, Fault> {
        let failed = RefCell::new(None);
        let taken = |slug: &Slug| {
            is_taken(connection, row.kind, slug).unwrap_or_else(|fault| {
                failed.replace(Some(fault));
                false
            })
        };
        let slug = (self.slugger)(&row.name, &row.key, &taken);
        if let Some(fault) = failed.take() {
            return Err(fault);
        }
        let mut statement = connection.prepare_cached("UPDATE feed SET slug = ? WHERE id = ?")?;
        statement.execute(params![slug.as_str(), id])?;
        Ok(slug)
    }

    /// Writes the rows that changed.
    pub(super) fn save(&mut self, connection: &Connection) -> Result<(), Fault> {
        // Most rows only gain items, and what names a feed is indexed: naming it would touch the indexes for nothing.
        let mut count = connection.prepare_cached("UPDATE feed SET size = ?, shown_from = ? WHERE id = ?")?;
        let mut save = connection.prepare_cached(
            "UPDATE feed SET key = ?, name = ?, slug = ?, declared = ?, state = ?, size = ?, dirty = ?, shown_from = ?,
                 collapse = ?
             WHERE id = ?",
        )?;
        for (id, (row, stored)) in &mut self.rows {
            for published in std::mem::take(&mut row.old) {
                archive::dirty(connection, *id, published)?;
            }
            let counted = FeedRow {
                size: row.size,
                shown_from: row.shown_from,
                // Written where it changes.
                sealed: row.sealed,
                ..stored.clone()
            };
            if row == stored {
                continue;
            }
            if *row == counted {
                count.execute(params![row.size, row.shown_from, id])?;
                continue;
            }
            save.execute(params![
                row.key,
                row.name,
                row.slug.as_ref().map(Slug::as_str),
                row.declared as i64,
                row.state as i64,
                row.size,
                row.dirty,
                row.shown_from,
                row.collapse.map(collapse_code),
                id
            ])?;
        }
        Ok(())
    }
}

fn is_taken(connection: &Connection, kind: FeedKind, slug: &Slug) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM feed WHERE kind = ? AND slug = ?")?;
    Ok(statement.exists(params![kind_code(kind), slug.as_str()])?)
}

fn load(connection: &Connection, id: i64) -> Result<FeedRow, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, key, name, slug, declared, state, size, dirty, shown_from, collapse, sealed
         FROM feed WHERE id = ?",
    )?;
    let mut rows = statement.query([id])?;
    let row = rows
        .next()?
        .ok_or_else(|| Fault::damaged("an item is in a feed that does not exist"))?;
    Ok(FeedRow {
        kind: kind(row.get(0)?)?,
        key: row.get(1)?,
        name: row.get(2)?,
        slug: slug(row.get(3)?)?,
        declared: match row.get(4)? {
            1 => Declared::Now,
            2 => Declared::Formerly,
            _ => Declared::Never,
        },
        state: match row.get(5)? {
            1 => State::Published,
            2 => State::Removed,
            3 => State::Deleted,
            _ => State::Unlisted,
        },
        size: row.get(6)?,
        dirty: row.get(7)?,
        shown_from: row.get(8)?,
        collapse: row.get::<_, Option<i64>>(9)?.map(collapse).transpose()?,
        sealed: row.get(10)?,
        old: BTreeSet::new(),
    })
}

fn shown_once(kind: FeedKind, collapse: Collapse) -> Collapse {
    match (kind, collapse) {
        (FeedKind::Source, Collapse::Stories) => Collapse::Duplicates,
        (_, collapse) => collapse,
    }
}

/// The feeds a statement selects by `kind, key, name, slug, size, collapse`.
pub(super) fn list(connection: &Connection, sql: &str, given: impl Params) -> Result<Vec<Feed>, Fault> {
    let site = Shown::load(connection)?.collapse;
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(given)?;
    let mut feeds = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = kind(row.get(0)?)?;
        let own = row.get::<_, Option<i64>>(5)?.map(collapse).transpose()?;
        feeds.push(Feed {
            key: FeedKey {
                kind,
                key: row.get(1)?,
            },
            name: row.get(2)?,
            slug: slug(row.get(3)?)?,
            size: count(row.get(4)?)?,
            collapse: shown_once(kind, own.unwrap_or(site)),
        });
    }
    Ok(feeds)
}

fn slug(column: Option<String>) -> Result<Option<Slug>, Fault> {
    let parse = |text: String| Slug::parse(&text).ok_or_else(|| Fault::damaged("a slug that is none"));
    column.map(parse).transpose()
}
