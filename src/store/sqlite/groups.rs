//! Copies of one article, and articles of one story: which item leads, which feeds hold it, when a story grows.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::time;

/// A story grows in feeds no more often.
pub(super) const GROWTH: i64 = 3_600;

/// When the first story may grow that has something to show. Items that wait to be compared make it as many seconds after
/// 1970 as there are, so that it is due, and due again when fewer are left.
pub(super) fn next_growth(connection: &Connection) -> Result<Option<DateTime<Utc>>, Fault> {
    let waiting: i64 = connection
        .prepare_cached("SELECT count(*) FROM ungrouped")?
        .query_row([], |row| row.get(0))?;
    if waiting > 0 {
        return Ok(Some(time(waiting)?));
    }
    let grown: Option<i64> = connection
        .prepare_cached("SELECT min(grown) FROM story WHERE waiting = 1")?
        .query_row([], |row| row.get(0))?;
    grown.map(|grown| time(grown.saturating_add(GROWTH))).transpose()
}

impl SqliteBatch<'_> {
    /// Where an item stands that is part of a group: `lead` is itself if nothing stands for it.
    pub(super) fn lead_of(&self, item: i64) -> Result<Option<i64>, Fault> {
        Ok(self
            .tx
            .prepare_cached("SELECT coalesce(lead, id) FROM item WHERE id = ?")?
            .query_row([item], |row| row.get(0))
            .optional()?)
    }

    pub(super) fn has_copies(&self, item: i64) -> Result<bool, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT 1 FROM item WHERE lead = ? LIMIT 1")?;
        Ok(statement.exists([item])?)
    }

    /// The lead and its copies, without further ones.
    pub(super) fn group(&self, lead: i64) -> Result<Vec<i64>, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE lead = ? AND further = 0 ORDER BY published, uuid")?;
        let copies = statement.query_map([lead], |row| row.get(0))?;
        std::iter::once(Ok(lead))
            .chain(copies)
            .collect::<Result<_, _>>()
            .map_err(Fault::from)
    }

    /// Two items are one article. One that readers know already leads, else the best. False if that was known.
    pub(super) fn join_copy(&mut self, item: i64, of: i64) -> Result<bool, Fault> {
        let (Some(mine), Some(theirs)) = (self.lead_of(item)?, self.lead_of(of)?) else {
            return Ok(false);
        };
        if mine == theirs {
            return Ok(false);
        }
        if mine == item && self.is_crowded(theirs, item)? && !self.has_copies(item)? {
            self.stand_behind(theirs, item)?;
            return Ok(true);
        }
        let mut members = self.group(theirs)?;
        members.extend(self.group(mine)?);
        let lead = if self.is_known_to_readers(theirs)? {
            theirs
        } else if self.is_known_to_readers(mine)? {
            mine
        } else {
            self.best(&members)?
        };
        let (own, other) = (self.story_of(theirs)?, self.story_of(mine)?);
        let story = own.0.map_or(other, |_| own);
        for member in &members {
            self.tx
                .prepare_cached("UPDATE item SET lead = nullif(?, id), story = ?, told = ? WHERE id = ?")?
                .execute(params![lead, story.0, story.1, member])?;
        }
        self.follow(theirs, lead)?;
        self.follow(mine, lead)?;
        let before = self.head(lead)?.place;
        self.let_arrive(lead)?;
        self.settle_group(lead, Some((lead, &before)), true)?;
        // First the one that is left: the other may now go by the name that it had.
        for left in [other.0, own.0].into_iter().flatten() {
            self.review_story(left)?;
        }
        Ok(true)
    }

    /// An article that was no news when its lead was first seen, and of which readers saw nothing, is news with the first
    /// copy that is.
    fn let_arrive(&self, lead: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached(
                "UPDATE item SET arrived = (SELECT max(copy.arrived) FROM item AS copy WHERE copy.lead = item.id)
                 WHERE id = ? AND arrived IS NULL AND first_seen - published > ?",
            )?
            .execute([lead, self.shown.seconds])?;
        Ok(())
    }

    /// An item belongs to the story of another one. False if that was known.
    pub(super) fn join_story(&mut self, item: i64, of: i64) -> Result<bool, Fault> {
        let (Some(mine), Some(theirs)) = (self.lead_of(item)?, self.lead_of(of)?) else {
            return Ok(false);
        };
        let ((old, _), (running, _)) = (self.story_of(mine)?, self.story_of(theirs)?);
        // Readers know a story that runs by its first item; of two, the one that began first goes on.
        let joined = [running, old].into_iter().flatten().min().unwrap_or(theirs);
        if mine == theirs || (old.is_some() && old == running) {
            return Ok(false);
        }
        for story in [running, old].into_iter().flatten() {
            if self.is_full(story)? {
                return Ok(false);
            }
        }
        for lead in [theirs, mine] {
            for member in self.group(lead)? {
                self.tx
                    .prepare_cached("UPDATE item SET story = ? WHERE id = ?")?
                    .execute([joined, member])?;
            }
        }
        for old in [running, old]
            .into_iter()
            .flatten()
            .filter(|story| *story != joined)
        {
            self.tx
                .prepare_cached("UPDATE item SET story = ? WHERE story = ?")?
                .execute([joined, old])?;
            self.tx
                .prepare_cached("DELETE FROM story WHERE id = ?")?
                .execute([old])?;
        }
        self.tx
            .prepare_cached(
                "INSERT INTO story (id, uuid, grown, waiting) SELECT id, uuid, 0, 1 FROM item WHERE id = ?
                 ON CONFLICT DO UPDATE SET waiting = 1",
            )?
            .execute([joined])?;
        self.grown.insert(joined);
        Ok(true)
    }

    /// The story of an item, and whether feeds show it as a part of that.
    pub(super) fn story_of(&self, item: i64) -> Result<(Option<i64>, bool), Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT story, told FROM item WHERE id = ?")?;
        Ok(statement.query_row([item], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Takes an item out of whatever it was counted to. False if it was alone.
    pub(super) fn part(&mut self, item: i64) -> Result<bool, Fault> {
        let left = self.leave(item)?;
        Ok(self.leave_story(item)? || left)
    }

    /// Takes an item away from its copies; both stay in their story. False if there are none.
    pub(super) fn leave(&mut self, item: i64) -> Result<bool, Fault> {
        let Some(lead) = self.lead_of(item)? else {
            return Ok(false);
        };
        self.fill_place(lead, item)?;
        let others: Vec<i64> = self
            .group(lead)?
            .into_iter()
            .filter(|member| *member != item)
            .collect();
        if others.is_empty() {
            return Ok(false);
        }
        self.tx
            .prepare_cached("UPDATE item SET lead = NULL, further = 0, text_of = NULL WHERE id = ?")?
            .execute([item])?;
        let next = if lead == item { self.best(&others)? } else { lead };
        for member in &others {
            self.tx
                .prepare_cached("UPDATE item SET lead = nullif(?, id) WHERE id = ?")?
                .execute([next, *member])?;
        }
        self.follow(lead, next)?;
        self.settle_group(next, None, true)?;
        let head = self.head(item)?;
        self.settle(&head, &head.place, true)?;
        if let Some(story) = head.story {
            self.review_story(story)?;
        }
        Ok(true)
    }

    /// Takes an item and its copies out of its story. False if it is in none.
    pub(super) fn leave_story(&mut self, item: i64) -> Result<bool, Fault> {
        let Some(lead) = self.lead_of(item)? else {
            return Ok(false);
        };
        let (Some(story), _) = self.story_of(lead)? else {
            return Ok(false);
        };
        for member in self.group(lead)? {
            self.tx
                .prepare_cached("UPDATE item SET story = NULL, told = 0 WHERE id = ?")?
                .execute([member])?;
        }
        let head = self.head(lead)?;
        self.settle(&head, &head.place, true)?;
        self.review_story(story)?;
        Ok(true)
    }

    /// A story may have lost an item: with one article left it is none, and it goes by its first one's name.
    pub(super) fn review_story(&mut self, story: i64) -> Result<(), Fault> {
        let leads: Vec<i64> = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE story = ? AND lead IS NULL ORDER BY id LIMIT 2")?
            .query_map([story], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let first = leads.first().copied();
        let next = first.filter(|_| leads.len() > 1);
        if next == Some(story) {
            self.grown.insert(story);
            return Ok(());
        }
        self.touch_story(story)?;
        self.tx
            .prepare_cached("UPDATE item SET story = ?1, told = told AND ?1 IS NOT NULL WHERE story = ?2")?
            .execute(params![next, story])?;
        match next {
            Some(next) => self
                .tx
                .prepare_cached(
                    "UPDATE story SET id = ?1, uuid = (SELECT uuid FROM item WHERE id = ?1) WHERE id = ?2",
                )?
                .execute([next, story])?,
            None => self
                .tx
                .prepare_cached("DELETE FROM story WHERE id = ?")?
                .execute([story])?,
        };
        Ok(())
    }

    /// Stories that have new articles show them, if they did not grow within the last hour. What a clock that was wrong
    /// says of the future does not count.
    pub(super) fn grow_stories(&mut self, now: i64) -> Result<usize, Fault> {
        let due: Vec<i64> = self
            .tx
            .prepare_cached(
                "SELECT id FROM story WHERE waiting = 1 AND (grown <= ? OR grown > ?) ORDER BY id",
            )?
            .query_map([now - GROWTH, now], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for story in &due {
            self.tx
                .prepare_cached("UPDATE story SET grown = ?, waiting = 0 WHERE id = ?")?
                .execute([now, *story])?;
            self.tx
                .prepare_cached("UPDATE item SET told = 1 WHERE story = ?")?
                .execute([*story])?;
            self.touch_story(*story)?;
        }
        Ok(due.len())
    }

    /// Every feed that shows an article of a story shows the difference.
    pub(super) fn touch_story(&mut self, story: i64) -> Result<(), Fault> {
        let members: Vec<i64> = self
            .tx
            .prepare_cached("SELECT id FROM item WHERE story = ?")?
            .query_map([story], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for member in members {
            let place = self.head(member)?.place;
            let came = place.came();
            for feed in place.feeds {
                self.feeds.row(&self.tx, feed)?.touch(place.published, came);
            }
        }
        Ok(())
    }

    /// What was compared once was published.
    fn is_known_to_readers(&self, item: i64) -> Result<bool, Fault> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT 1 FROM ungrouped WHERE item = ? AND fresh = 1")?;
        Ok(!statement.exists([item])?)
    }
}
