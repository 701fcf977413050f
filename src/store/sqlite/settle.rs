//! Which feeds hold an item, and which of them show the difference.

use std::cmp::Reverse;

use rusqlite::{OptionalExtension, params};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::homes::is_at;
use super::rows::{ALL, json};
use super::standing::Shower;
use crate::model::{FeedKey, Topic};
use crate::store::PROMPT;

/// Categories and tags of a sighting as stored: the feed of each, and how this source spells it.
pub(super) type Topics = Vec<(i64, String)>;

/// Where an item stands in the feeds that hold it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) uuid: [u8; 16],
    pub(super) published: i64,
    /// When it came as news, if that was late after `published`: feeds show it for a while from then on.
    pub(super) arrived: Option<i64>,
    /// Ascending.
    pub(super) feeds: Vec<i64>,
}

impl Place {
    /// `arrived`, of any item that is news.
    pub(super) fn new(uuid: [u8; 16], published: i64, arrived: Option<i64>, feeds: Vec<i64>) -> Self {
        Self {
            uuid,
            published,
            arrived: arrived.filter(|arrived| arrived.saturating_sub(published) > PROMPT.num_seconds()),
            feeds,
        }
    }

    /// The same item in no feed.
    pub(super) fn nowhere(&self) -> Self {
        Self {
            feeds: Vec::new(),
            ..*self
        }
    }

    /// From when on feeds count the time for which they show it.
    pub(super) fn came(&self) -> i64 {
        self.arrived.unwrap_or(self.published)
    }
}

/// What feeds need to know of an item.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) row: i64,
    pub(super) place: Place,
    /// The topics that it shows, ascending.
    pub(super) topics: Vec<i64>,
    /// Its address, unless its source says that it is from another site: to that nobody has a claim.
    pub(super) url: Option<String>,
    /// Its source says that it is from another site.
    pub(super) points_elsewhere: bool,
    /// Whose text it bears.
    pub(super) source: i64,
    /// That source owns it.
    pub(super) owned: bool,
    /// The copy that stands for it, if it does not itself.
    pub(super) lead: Option<i64>,
    /// Its story, if it is not alone.
    pub(super) story: Option<i64>,
    /// It only stands behind its lead.
    pub(super) is_further: bool,
}

impl SqliteBatch<'_> {
    /// The feeds of these categories and tags, made where they are new.
    pub(super) fn topics(&mut self, topics: &[Topic]) -> Result<Topics, Fault> {
        use super::feeds::Declared::Never;
        let mut filed = Topics::with_capacity(topics.len());
        for topic in topics {
            let FeedKey { kind, key } = FeedKey::topic(topic.kind, &topic.key);
            let id = match self.feeds.find(&self.tx, kind, &key)? {
                Some(id) => id,
                None => self.feeds.add(&self.tx, kind, &key, &topic.name, Never)?,
            };
            filed.push((id, topic.name.clone()));
        }
        filed.sort();
        filed.dedup_by_key(|(id, _)| *id);
        Ok(filed)
    }

    pub(super) fn head(&self, row: i64) -> Result<Head, Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT uuid, published, source, feeds, lead, story, arrived, topics, url, owned, further, origin_url
             FROM item WHERE id = ?",
        )?;
        let mut rows = statement.query([row])?;
        let found = rows
            .next()?
            .ok_or_else(|| Fault::damaged("a sighting of an item that does not exist"))?;
        let (url, origin): (Option<String>, Option<String>) = (found.get(8)?, found.get(11)?);
        Ok(Head {
            row,
            place: Place::new(
                found.get(0)?,
                found.get(1)?,
                found.get(6)?,
                json(&found.get::<_, String>(3)?)?,
            ),
            topics: json(&found.get::<_, String>(7)?)?,
            points_elsewhere: url.as_ref().is_some_and(|url| !is_at(url, origin.as_deref())),
            url: url.filter(|url| is_at(url, origin.as_deref())),
            source: found.get(2)?,
            owned: found.get(9)?,
            lead: found.get(4)?,
            story: found.get(5)?,
            is_further: found.get(10)?,
        })
    }

    /// Works out anew from its sightings in configured sources which feeds hold an item and who is named as its source.
    /// `before` is where it stood, `looks_new` that its text or date changed. True when its topics changed.
    pub(super) fn settle(&mut self, head: &Head, before: &Place, looks_new: bool) -> Result<bool, Fault> {
        let showers = self.showers(head)?;
        let named = self.keep_source(head, &showers)?;
        let looks_new = looks_new || named != head.source;
        if let Some(story) = head.story.filter(|_| looks_new) {
            // Its other articles name this one.
            self.grown.insert(story);
        }
        if !head.is_further && (head.lead.is_some() || self.has_copies(head.row)?) {
            let lead = head.lead.unwrap_or(head.row);
            // The lead names its copies.
            return self.settle_group(lead, Some((head.row, before)), true);
        }
        let head = &Head {
            source: named,
            ..head.clone()
        };
        if head.is_further {
            return self.settle_further(head, before, looks_new);
        }
        let topics = self.counted(head, &showers)?;
        let mut feeds = topics.clone();
        feeds.extend(showers.iter().map(|shower| shower.feed));
        feeds.extend(showers.first().map(|_| ALL));
        self.put(head, before, feeds, topics, looks_new)
    }

    /// The source that is named for an item: another one if its own no longer shows it. Notes whether it owns the item.
    fn keep_source(&self, head: &Head, showers: &[Shower]) -> Result<i64, Fault> {
        let bearer = showers.iter().find(|shower| shower.source == head.source);
        let best = || {
            showers
                .iter()
                .min_by_key(|s| (Reverse(s.claim), s.first_seen, s.source))
        };
        let Some(named) = bearer.or_else(best) else {
            return Ok(head.source);
        };
        let owned = named.claim.is_owner();
        if (named.source, owned) != (head.source, head.owned) {
            self.tx
                .prepare_cached("UPDATE item SET source = ?, owned = ? WHERE id = ?")?
                .execute(params![named.source, owned, head.row])?;
        }
        if named.source != head.source {
            self.ask_again(head.row, named.source)?;
        }
        Ok(named.source)
    }

    /// An item may bear the words of another than its owner, as it was not known then who that is.
    pub(super) fn await_owner(&self, item: i64) -> Result<(), Fault> {
        let head = self.head(item)?;
        let showers = self.showers(&head)?;
        let borne = self.claim(head.source, head.url.as_deref());
        let best = showers
            .iter()
            .map(|shower| shower.claim)
            .max()
            .unwrap_or_default();
        for shower in showers.iter().filter(|s| s.claim == best && best > borne) {
            self.ask_again(item, shower.source)?;
        }
        Ok(())
    }

    /// The words of a source that does not bear an item are not stored. When it shows the item next, that is as if it had
    /// changed.
    fn ask_again(&self, item: i64, source: i64) -> Result<(), Fault> {
        self.tx
            .prepare_cached("UPDATE sighting SET fingerprint = 0 WHERE item = ? AND source = ?")?
            .execute([item, source])?;
        Ok(())
    }

    /// An item is in these feeds and shows these topics from now on. True when its topics changed.
    pub(super) fn put(
        &mut self,
        head: &Head,
        before: &Place,
        mut feeds: Vec<i64>,
        topics: Vec<i64>,
        looks_new: bool,
    ) -> Result<bool, Fault> {
        feeds.sort_unstable();
        feeds.dedup();
        let topics_changed = topics != head.topics;
        if feeds != before.feeds || topics_changed {
            self.tx
                .prepare_cached("UPDATE item SET feeds = ?, topics = ? WHERE id = ?")?
                .execute(params![
                    serde_json::to_string(&feeds)?,
                    serde_json::to_string(&topics)?,
                    head.row
                ])?;
        }
        let after = Place { feeds, ..head.place };
        let moved = self.place(before, &after, looks_new || topics_changed)?;
        Ok(moved || topics_changed)
    }

    /// Moves an item between feeds; those whose visible part differs become dirty. True when its topics changed.
    pub(super) fn place(&mut self, before: &Place, after: &Place, looks_new: bool) -> Result<bool, Fault> {
        let moved = (before.published, before.arrived) != (after.published, after.arrived);
        let mut topics_changed = false;
        for feed in &before.feeds {
            let leaves = after.feeds.binary_search(feed).is_err();
            if leaves || moved {
                self.memberships.leave(*feed, before);
                let row = self.feeds.row(&self.tx, *feed)?;
                row.touch(before.published, before.came());
                row.size = row.size.saturating_sub(i64::from(leaves));
                topics_changed |= leaves && row.is_topic();
            }
        }
        for feed in &after.feeds {
            let enters = before.feeds.binary_search(feed).is_err();
            if enters || moved {
                self.memberships.enter(*feed, after);
                let row = self.feeds.row(&self.tx, *feed)?;
                row.touch(after.published, after.came());
                row.size = row.size.saturating_add(i64::from(enters));
                topics_changed |= enters && row.is_topic();
            }
        }
        if looks_new || topics_changed {
            for feed in &after.feeds {
                let row = self.feeds.row(&self.tx, *feed)?;
                row.touch(after.published, after.came());
            }
        }
        Ok(topics_changed)
    }

    /// Sightings spell their topics so now, and no longer so.
    pub(super) fn count_spellings(&mut self, gained: Topics, lost: Topics) {
        for (key, uses) in gained
            .into_iter()
            .map(|t| (t, 1))
            .chain(lost.into_iter().map(|t| (t, -1)))
        {
            *self.spellings.entry(key).or_default() += uses;
        }
    }

    /// Writes how often each spelling is used, and gives undeclared topics the one that clearly prevails.
    pub(super) fn settle_spellings(&mut self) -> Result<(), Fault> {
        let mut gained: Vec<_> = std::mem::take(&mut self.spellings).into_iter().collect();
        gained.retain(|(_, uses)| *uses != 0);
        gained.sort();
        for ((feed, name), uses) in &gained {
            self.tx
                .prepare_cached(
                    "INSERT INTO spelling (feed, name, uses) VALUES (?, ?, ?)
                     ON CONFLICT DO UPDATE SET uses = uses + excluded.uses",
                )?
                .execute(params![feed, name, uses])?;
            if *uses < 0 {
                self.tx
                    .prepare_cached("DELETE FROM spelling WHERE feed = ? AND name = ? AND uses <= 0")?
                    .execute(params![feed, name])?;
            }
        }
        gained.dedup_by_key(|((feed, _), _)| *feed);
        for ((feed, _), _) in gained {
            self.settle_name(feed)?;
        }
        Ok(())
    }

    /// A name flips only to one used at least twice as often, so that feeds do not flicker between equals.
    fn settle_name(&mut self, feed: i64) -> Result<(), Fault> {
        let row = self.feeds.row(&self.tx, feed)?;
        if row.declared == super::feeds::Declared::Now {
            return Ok(());
        }
        let uses: Option<i64> = self
            .tx
            .prepare_cached("SELECT uses FROM spelling WHERE feed = ? AND name = ?")?
            .query_row(params![feed, row.name], |found| found.get(0))
            .optional()?;
        let most: Option<(String, i64)> = self
            .tx
            .prepare_cached(
                "SELECT name, uses FROM spelling WHERE feed = ? ORDER BY uses DESC, name LIMIT 1",
            )?
            .query_row([feed], |found| Ok((found.get(0)?, found.get(1)?)))
            .optional()?;
        let Some((name, most)) = most else { return Ok(()) };
        if name == row.name || most < uses.unwrap_or(0).saturating_mul(2) {
            return Ok(());
        }
        row.name = name;
        row.touch_all();
        self.touch_items(feed)
    }

    /// Every feed that shows an item of this feed shows the difference. Uses must double for each flip, so reading
    /// all its items costs little per item over time.
    fn touch_items(&mut self, feed: i64) -> Result<(), Fault> {
        let mut statement = self.tx.prepare_cached(
            "SELECT item.published, coalesce(membership.arrived, item.published), feeds
             FROM membership JOIN item USING (uuid) WHERE feed = ?",
        )?;
        let mut rows = statement.query([feed])?;
        while let Some(row) = rows.next()? {
            let (published, came) = (row.get(0)?, row.get(1)?);
            for other in json::<Vec<i64>>(&row.get::<_, String>(2)?)? {
                self.feeds.row(&self.tx, other)?.touch(published, came);
            }
        }
        Ok(())
    }
}
