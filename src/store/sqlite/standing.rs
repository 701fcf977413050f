//! Whose categories and tags count for an article, and which of its copies stands for it in which feed.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::{ALL, json, kind_code};
use super::settle::{Head, Place, Topics};
use crate::model::{Claim, Collapse, SiteName};

/// What a configured source shows of an item.
pub(super) struct Shower {
    pub(super) source: i64,
    /// The feed of its items.
    pub(super) feed: i64,
    /// To the item's address.
    pub(super) claim: Claim,
    pub(super) first_seen: i64,
    /// The topics that it says.
    topics: Vec<i64>,
}

/// A copy of an article.
pub(super) struct Member {
    pub(super) head: Head,
    showers: Vec<Shower>,
    /// The topics that count for it, ascending.
    topics: Vec<i64>,
}

impl Member {
    pub(super) fn is_shown(&self) -> bool {
        !self.showers.is_empty()
    }
}

impl SqliteBatch<'_> {
    /// The configured sources that show an item, once for each of their guids. Nobody shows what was withdrawn.
    pub(super) fn showers(&self, head: &Head) -> Result<Vec<Shower>, Fault> {
        let mut statement = self
            .tx
            .prepare_cached(
                "SELECT sighting.source, sighting.first_seen, sighting.topics
                 FROM sighting JOIN item ON item.id = sighting.item WHERE sighting.item = ? AND withdrawn IS NULL",
            )?;
        let mut rows = statement.query([head.row])?;
        let mut showers = Vec::new();
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            let source = self.sources().get(number)?;
            if !source.live {
                continue;
            }
            let topics: Topics = json(&row.get::<_, String>(2)?)?;
            showers.push(Shower {
                source: number,
                feed: source.feed,
                claim: self.claim(number, head.url.as_deref()),
                first_seen: row.get(1)?,
                topics: topics.into_iter().map(|(feed, _)| feed).collect(),
            });
        }
        Ok(showers)
    }

    /// The topics that count for an item: of those that own it, else of the source that bears it and what the operator gives
    /// to items of others; of sources that the operator trusts; and those that independent sources agree on.
    pub(super) fn counted(&mut self, head: &Head, showers: &[Shower]) -> Result<Vec<i64>, Fault> {
        let mut topics = self.agreed(showers.iter())?;
        let own = own(head, showers);
        let is_owned = showers.iter().any(|shower| shower.claim.is_owner());
        for shower in showers {
            let is_trusted = self.sources().get(shower.source)?.home.is_trusted;
            for topic in &shower.topics {
                if is_trusted
                    || own.contains(&shower.source)
                    || (!is_owned && self.is_given(*topic, shower.source)?)
                {
                    topics.insert(*topic);
                }
            }
        }
        Ok(topics.into_iter().collect())
    }

    /// The topics that sources of several sites name.
    fn agreed<'a>(&self, showers: impl Iterator<Item = &'a Shower>) -> Result<BTreeSet<i64>, Fault> {
        let mut named: BTreeMap<i64, BTreeSet<&SiteName>> = BTreeMap::new();
        for shower in showers {
            let site = &self.sources().get(shower.source)?.home.configured;
            for topic in &shower.topics {
                named.entry(*topic).or_default().extend(site);
            }
        }
        named.retain(|_, sites| sites.len() > 1);
        Ok(named.into_keys().collect())
    }

    /// Whether the operator gives a topic to each item of a source.
    fn is_given(&mut self, topic: i64, source: i64) -> Result<bool, Fault> {
        if self.sources().get(source)?.given.is_empty() {
            return Ok(false);
        }
        let row = self.feeds.row(&self.tx, topic)?;
        let named = (kind_code(row.kind), row.key.clone());
        Ok(self.sources().get(source)?.given.contains(&named))
    }

    /// The topics of an article that stands for its copies: its own, and what the copies add that could also be said of it:
    /// by its own sources, by trusted ones, and by several independent ones.
    fn united(&self, members: &[Member]) -> Result<Vec<i64>, Fault> {
        let mut topics = self.agreed(members.iter().flat_map(|member| &member.showers))?;
        topics.extend(&members[0].topics);
        let own = own(&members[0].head, &members[0].showers);
        for member in &members[1..] {
            for shower in &member.showers {
                if own.contains(&shower.source) || self.sources().get(shower.source)?.home.is_trusted {
                    let counts = |topic: &&i64| member.topics.binary_search(topic).is_ok();
                    topics.extend(shower.topics.iter().filter(counts));
                }
            }
        }
        Ok(topics.into_iter().collect())
    }

    /// The lead and its copies, with what is said of them.
    fn members(&mut self, lead: i64) -> Result<Vec<Member>, Fault> {
        let mut members = Vec::new();
        for item in self.group(lead)? {
            let head = self.head(item)?;
            let showers = self.showers(&head)?;
            let topics = self.counted(&head, &showers)?;
            members.push(Member {
                head,
                showers,
                topics,
            });
        }
        Ok(members)
    }

    /// Works out which feeds hold the copies of an article. A merged feed holds one: the lead, or if that does not belong
    /// there, the best copy that does. A source's own feed holds the first that it shows. `before` is where one of them stood
    /// if that is not what is stored. True when a topic came or went.
    pub(super) fn settle_group(
        &mut self,
        lead: i64,
        before: Option<(i64, &Place)>,
        looks_new: bool,
    ) -> Result<bool, Fault> {
        let mut members = self.members(lead)?;
        if !members[0].is_shown() && members.iter().any(Member::is_shown) {
            // Nobody shows it any more, since its source was removed: another copy takes its place.
            let live: Vec<i64> = members
                .iter()
                .filter(|member| member.is_shown())
                .map(|member| member.head.row)
                .collect();
            let next = self.best(&live)?;
            for member in &members {
                self.tx
                    .prepare_cached("UPDATE item SET lead = nullif(?, id) WHERE id = ?")?
                    .execute([next, member.head.row])?;
            }
            self.follow(lead, next)?;
            return self.settle_group(next, before, true);
        }
        let looks_new = self.choose_text(&members)? || looks_new;
        members[0].topics = self.united(&members)?;
        let feeds = self.feeds_of(&members)?;
        let mut topics_changed = false;
        for (member, feeds) in members.into_iter().zip(feeds) {
            let head = member.head;
            let stood = before.filter(|(changed, _)| *changed == head.row);
            let stood = stood.map_or(&head.place, |(_, place)| place);
            topics_changed |= self.put(&head, stood, feeds, member.topics, looks_new)?;
        }
        Ok(topics_changed)
    }

    /// The feeds of each copy.
    fn feeds_of(&mut self, members: &[Member]) -> Result<Vec<Vec<i64>>, Fault> {
        let mut belong: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (n, member) in members.iter().enumerate().filter(|(_, member)| member.is_shown()) {
            for feed in member.topics.iter().chain([&ALL]) {
                belong.entry(*feed).or_default().push(n);
            }
        }
        let mut feeds: Vec<Vec<i64>> = vec![Vec::new(); members.len()];
        for (feed, belonging) in belong {
            if !self.shows_once(feed)? {
                for n in belonging {
                    feeds[n].push(feed);
                }
            } else if belonging.first() == Some(&0) {
                feeds[0].push(feed);
            } else {
                let items: Vec<i64> = belonging.iter().map(|n| members[*n].head.row).collect();
                let best = self.best(&items)?;
                let stands = belonging.into_iter().find(|n| members[*n].head.row == best);
                feeds[stands.expect("it is one of them")].push(feed);
            }
        }
        let mut claimed = BTreeSet::new();
        for (member, feeds) in members.iter().zip(&mut feeds) {
            for shower in &member.showers {
                if claimed.insert(shower.source) || self.shown.collapse == Collapse::None {
                    feeds.push(shower.feed);
                }
            }
        }
        Ok(feeds)
    }

    /// Whether a feed shows an article once.
    pub(super) fn shows_once(&mut self, feed: i64) -> Result<bool, Fault> {
        let collapse = self.feeds.row(&self.tx, feed)?.collapse(self.shown.collapse);
        Ok(collapse != Collapse::None)
    }

    /// Groups anew, as feeds show other things once than before.
    pub(super) fn settle_groups(&mut self) -> Result<(), Fault> {
        let leads: Vec<i64> = self
            .tx
            .prepare_cached("SELECT DISTINCT lead FROM item WHERE lead IS NOT NULL ORDER BY lead")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for lead in leads {
            self.settle_group(lead, None, false)?;
        }
        self.settle_all_further()
    }
}

/// The sources whose item it is: those with the best claim to it, and all that are on its site for certain; of an item that
/// nobody owns, the one that bears it.
fn own(head: &Head, showers: &[Shower]) -> BTreeSet<i64> {
    let best = showers
        .iter()
        .map(|shower| shower.claim)
        .max()
        .unwrap_or_default();
    let is_own = |shower: &&Shower| match best {
        Claim::None => shower.source == head.source,
        _ => shower.claim == best || shower.claim >= Claim::Served,
    };
    showers
        .iter()
        .filter(is_own)
        .map(|shower| shower.source)
        .collect()
}
