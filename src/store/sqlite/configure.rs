//! Bringing the store in line with `feeds.toml`.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::batch::{Shown, SqliteBatch};
use super::fault::Fault;
use super::feeds::Declared;
use super::rows::{ALL, kind_code};
use super::sources::SourceRow;
use crate::model::{DeclaredTopic, FeedKey, FeedKind, Home, SiteName, SourceId, TopicKey};
use crate::store::{Setup, SetupSource};

/// Sightings read at a time when a source comes or goes.
const PAGE: i64 = 1_000;

/// A hash of the whole configuration, as far as the store knows it.
fn fingerprint(setup: &Setup) -> Result<[u8; 32], Fault> {
    let sources: Vec<_> = setup
        .sources
        .iter()
        .map(|s| (&s.id, &s.name, &s.feed, s.rules, &s.given, s.trust))
        .collect();
    let shown = (setup.shown_items, setup.shown_span.num_seconds(), setup.archive);
    let all = (
        sources,
        &setup.categories,
        &setup.tags,
        shown,
        setup.collapse,
        setup.rendering,
    );
    Ok(*blake3::hash(&serde_json::to_vec(&all)?).as_bytes())
}

/// Whether this very configuration is already known: then nothing needs doing.
pub(super) fn is_known(connection: &Connection, setup: &Setup) -> Result<bool, Fault> {
    let known: Option<[u8; 32]> = connection
        .prepare_cached(
            "SELECT value FROM meta WHERE key = 'setup' AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'resettle')",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(known == Some(fingerprint(setup)?))
}

/// The topics that the operator gives to each item of a source.
fn given(source: &SetupSource) -> BTreeSet<(i64, String)> {
    let keys = source
        .given
        .iter()
        .map(|topic| FeedKey::topic(topic.kind, &topic.key));
    keys.map(|key| (kind_code(key.kind), key.key)).collect()
}

/// What is different about declared categories and tags.
#[derive(Default)]
struct TopicsChanged {
    /// One is spelt otherwise.
    respelt: bool,
    /// One shows other things once.
    collapses: bool,
}

impl SqliteBatch<'_> {
    pub(super) fn configure(&mut self, setup: &Setup) -> Result<(), Fault> {
        let turned = self.configure_sources(&setup.sources)?;
        let changed = self.configure_topics(setup)?;
        let shown = Shown {
            items: setup.shown_items,
            seconds: setup.shown_span.num_seconds(),
            collapse: setup.collapse,
            archive: setup.archive,
        };
        let collapses = changed.collapses || shown.collapse != self.shown.collapse;
        let shows_more = shown != self.shown;
        if self.shown.archive && !shown.archive {
            self.drop_pages(None)?;
        }
        self.shown = shown;
        self.settle_sources(&turned)?;
        if collapses {
            self.settle_groups()?;
        }
        self.settle_anew()?;
        let rerendered = self.remember("rendering", setup.rendering as i64)?;
        if changed.respelt || collapses || rerendered || shows_more {
            self.dirty_all()?;
        }
        self.remember("shown", serde_json::to_string(&shown)?)?;
        self.remember("setup", fingerprint(setup)?)?;
        Ok(())
    }

    /// True when the value is new.
    fn remember(&self, key: &str, value: impl rusqlite::ToSql) -> Result<bool, Fault> {
        let changed = self.tx.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
            params![key, value],
        )?;
        Ok(changed > 0)
    }

    /// Returns the sources whose sightings begin or cease to count, or count for something else.
    fn configure_sources(&mut self, wanted: &[SetupSource]) -> Result<BTreeSet<i64>, Fault> {
        let mut sources = self.sources().clone();
        let named: HashSet<&SourceId> = wanted.iter().map(|source| &source.id).collect();
        let mut vanished: Vec<i64> = sources
            .iter()
            .filter(|(_, row)| !named.contains(&row.id))
            .map(|(number, _)| number)
            .collect();
        vanished.sort_unstable();
        // With the sites that they were, or are, at home on.
        let mut turned: Vec<(i64, Vec<SiteName>)> = Vec::new();
        for source in wanted {
            let renamed = |number: &&i64| sources.get(**number).is_ok_and(|row| row.address == source.feed);
            let number = match sources.number(&source.id) {
                Some(number) => number,
                None => match vanished.iter().find(renamed).copied() {
                    Some(number) => {
                        vanished.retain(|other| *other != number);
                        number
                    }
                    None => {
                        let (number, row) = self.add_source(source)?;
                        turned.push((number, row.home.sites().cloned().collect()));
                        sources.put(number, row);
                        continue;
                    }
                },
            };
            let old = sources.get(number)?.clone();
            if !old.live {
                self.revive(number)?;
            }
            let row = self.update_source(number, &old, source)?;
            if !old.live || row.home != old.home || row.given != old.given {
                let sites = old.home.sites().chain(row.home.sites());
                turned.push((number, sites.cloned().collect()));
            }
            sources.put(number, row);
        }
        for number in vanished {
            let mut row = sources.get(number)?.clone();
            if row.live {
                row.live = false;
                turned.push((number, row.home.sites().cloned().collect()));
                self.tx
                    .execute("UPDATE source SET live = 0 WHERE id = ?", [number])?;
                self.feeds.row(&self.tx, row.feed)?.remove();
                sources.put(number, row);
            }
        }
        let concerned = turned
            .iter()
            .flat_map(|(number, sites)| sources.concerned(*number, sites))
            .collect();
        self.sources = Some(sources);
        Ok(concerned)
    }

    fn add_source(&mut self, source: &SetupSource) -> Result<(i64, SourceRow), Fault> {
        let feed = self.feeds.add(
            &self.tx,
            FeedKind::Source,
            source.id.as_str(),
            &source.name,
            Declared::Now,
        )?;
        let row = SourceRow {
            id: source.id.clone(),
            address: source.feed.clone(),
            live: true,
            feed,
            rules: source.rules,
            classified: source.rules,
            seen: false,
            home: Home {
                configured: SiteName::of_address(&source.feed),
                is_trusted: source.trust,
                ..Home::default()
            },
            given: given(source),
        };
        self.tx
            .prepare_cached(
                "INSERT INTO source (key, address, live, feed, rules, classified, seen, trusted, given)
                 VALUES (?, ?, 1, ?, ?, ?, 0, ?, ?)",
            )?
            .execute(params![
                row.id.as_str(),
                row.address,
                row.feed,
                row.rules as i64,
                row.classified as i64,
                row.home.is_trusted,
                serde_json::to_string(&row.given)?,
            ])?;
        Ok((self.tx.last_insert_rowid(), row))
    }

    fn update_source(
        &mut self,
        number: i64,
        old: &SourceRow,
        source: &SetupSource,
    ) -> Result<SourceRow, Fault> {
        let new = SourceRow {
            id: source.id.clone(),
            address: source.feed.clone(),
            live: true,
            rules: source.rules,
            home: Home {
                is_trusted: source.trust,
                ..match source.feed == old.address {
                    true => old.home.clone(),
                    // What is at another address says anew where it is at home.
                    false => Home {
                        configured: SiteName::of_address(&source.feed),
                        ..Home::default()
                    },
                }
            },
            given: given(source),
            // Without sightings there is nothing to classify again.
            classified: if old.seen { old.classified } else { source.rules },
            ..old.clone()
        };
        if new != *old {
            self.tx
                .prepare_cached(
                    "UPDATE source SET key = ?, address = ?, live = 1, rules = ?, classified = ?, trusted = ?, given = ?,
                                       served = ?, declared = ?, declared_since = ? WHERE id = ?",
                )?
                .execute(params![
                    new.id.as_str(),
                    new.address,
                    new.rules as i64,
                    new.classified as i64,
                    new.home.is_trusted,
                    serde_json::to_string(&new.given)?,
                    new.home.served.as_ref().map(SiteName::as_str),
                    new.home.declared.as_ref().map(SiteName::as_str),
                    new.home.declared_since,
                    number
                ])?;
        }
        let feed = self.feeds.row(&self.tx, new.feed)?;
        if !old.live {
            feed.publish();
        }
        feed.key = new.id.as_str().to_owned();
        if feed.name != source.name {
            feed.name = source.name.clone();
            feed.touch_all();
        }
        Ok(new)
    }

    fn configure_topics(&mut self, setup: &Setup) -> Result<TopicsChanged, Fault> {
        let mut formerly: BTreeSet<i64> = self
            .tx
            .prepare("SELECT id FROM feed WHERE declared = 1 AND kind IN (1, 2)")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut all = TopicsChanged::default();
        for (kind, topics) in [
            (FeedKind::Category, &setup.categories),
            (FeedKind::Tag, &setup.tags),
        ] {
            for topic in topics {
                let (id, changed) = self.declare(kind, topic)?;
                formerly.remove(&id);
                all.respelt |= changed.respelt;
                all.collapses |= changed.collapses;
            }
        }
        for id in formerly {
            let row = self.feeds.row(&self.tx, id)?;
            row.declared = Declared::Formerly;
            all.collapses |= row.collapse.take().is_some();
        }
        Ok(all)
    }

    fn declare(&mut self, kind: FeedKind, topic: &DeclaredTopic) -> Result<(i64, TopicsChanged), Fault> {
        let key = TopicKey::of(&topic.name);
        let Some(id) = self.feeds.find(&self.tx, kind, key.as_str())? else {
            let id = self
                .feeds
                .add(&self.tx, kind, key.as_str(), &topic.name, Declared::Now)?;
            self.feeds.row(&self.tx, id)?.collapse = topic.collapse;
            return Ok((id, TopicsChanged::default()));
        };
        let row = self.feeds.row(&self.tx, id)?;
        row.declared = Declared::Now;
        let changed = TopicsChanged {
            respelt: row.name != topic.name,
            collapses: row.collapse != topic.collapse,
        };
        row.collapse = topic.collapse;
        row.name.clone_from(&topic.name);
        // Not only at the end: slugs are allotted in the order of the configuration.
        self.feeds.review(&self.tx, id)?;
        Ok((id, changed))
    }

    /// Puts the items of a source into the feeds they now belong to, or takes them out.
    pub(super) fn settle_source(&mut self, source: i64) -> Result<(), Fault> {
        let mut cursor = 0;
        loop {
            let page: Vec<(i64, i64)> = self
                .tx
                .prepare_cached(
                    "SELECT key, item FROM sighting WHERE source = ? AND key > ? AND item IS NOT NULL
                     ORDER BY key LIMIT ?",
                )?
                .query_map(params![source, cursor, PAGE], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<Result<_, _>>()?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            cursor = *last;
            for (_, item) in page {
                let head = self.head(item)?;
                // Others that name it do so no longer, or again.
                let is_named = head.story.is_some();
                self.settle(&head, &head.place, is_named)?;
                self.await_owner(item)?;
            }
        }
    }

    /// Every published feed is to be written anew.
    fn dirty_all(&mut self) -> Result<(), Fault> {
        let feeds: Vec<i64> = self
            .tx
            .prepare("SELECT id FROM feed WHERE state = 1 OR id = ?")?
            .query_map([ALL], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for feed in feeds {
            self.feeds.row(&self.tx, feed)?.touch_all();
        }
        Ok(())
    }
}
