//! What was asked for and the callback has not confirmed. It is nowhere but here: whoever asks in another's name leaves
//! nothing behind.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use url::Url;

use super::Key;
use crate::websub::room::{Limits, Room};

/// A callback is asked back within this.
const PATIENCE: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// What a request weighs beside its topic and callback, each of which is there twice; with the task that asks back.
const SHELL: usize = 4 << 10;

/// To subscribe, or to leave.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wish {
    pub key: Key,
    pub leaves: bool,
}

impl Wish {
    fn weight(&self) -> usize {
        SHELL + 2 * (self.key.0.len() + self.key.1.len())
    }
}

/// What was asked for.
#[derive(Clone)]
pub(super) struct Asked {
    pub url: Url,
    /// Whose the callback is.
    pub site: String,
    /// The block of the address that asked, unless that is a server in front of us.
    pub block: Option<String>,
    /// For how long, in seconds.
    pub lease: i64,
    /// What deliveries are to be signed with.
    pub secret: Option<String>,
    /// When it came.
    pub since: DateTime<Utc>,
    /// How often the callback was asked back.
    pub attempts: u32,
    /// When it is asked back.
    pub next: DateTime<Utc>,
    pub is_flying: bool,
    /// It was asked for once more while the callback was being asked back.
    pub is_renewed: bool,
}

pub(super) struct Waiting {
    asked: HashMap<Wish, Asked>,
    sites: Room<String>,
    blocks: Room<String>,
}

impl Waiting {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            asked: HashMap::new(),
            sites: Room::new(limits),
            blocks: Room::new(limits),
        }
    }

    /// Waits to be asked back; false without room. Asking again changes what is asked for, and not when.
    pub(super) fn insert(&mut self, wish: Wish, asked: Asked) -> bool {
        if let Some(known) = self.asked.get_mut(&wish) {
            known.is_renewed = known.is_flying;
            (known.lease, known.secret) = (asked.lease, asked.secret);
            return true;
        }
        while !self.has_room(&wish, &asked) {
            if !self.has_share(&wish, &asked) || !self.evict(&asked.site) {
                return false;
            }
        }
        let weight = wish.weight();
        self.sites.take(&asked.site, weight);
        if let Some(block) = &asked.block {
            self.blocks.take(block, weight);
        }
        self.asked.insert(wish, asked);
        true
    }

    fn has_room(&self, wish: &Wish, asked: &Asked) -> bool {
        let weight = wish.weight();
        let mut block = asked.block.iter();
        self.sites.has_fairly(&asked.site, weight) && block.all(|block| self.blocks.has_fairly(block, weight))
    }

    fn has_share(&self, wish: &Wish, asked: &Asked) -> bool {
        let weight = wish.weight();
        let mut block = asked.block.iter();
        self.sites.has_share(&asked.site, weight) && block.all(|block| self.blocks.has_share(block, weight))
    }

    /// Whose callback did not answer gives way to whose was not asked yet, at first of the same site.
    fn evict(&mut self, site: &str) -> bool {
        let silent = self.asked.iter();
        let silent = silent.filter(|(_, asked)| asked.attempts > 0 && !asked.is_flying);
        let first = silent.max_by_key(|(_, asked)| asked.site == site);
        let first = first.map(|(wish, _)| wish.clone());
        first.is_some_and(|first| self.remove(&first).is_some())
    }

    pub(super) fn get_mut(&mut self, wish: &Wish) -> Option<&mut Asked> {
        self.asked.get_mut(wish)
    }

    pub(super) fn remove(&mut self, wish: &Wish) -> Option<Asked> {
        let asked = self.asked.remove(wish)?;
        let weight = wish.weight();
        self.sites.give_back(&asked.site, weight);
        if let Some(block) = &asked.block {
            self.blocks.give_back(block, weight);
        }
        Some(asked)
    }

    /// Those whose callback is to be asked back now; they are in flight from here on.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Vec<(Wish, Asked)> {
        let due = self.asked.iter_mut();
        due.filter(|(_, asked)| asked.next <= now && !asked.is_flying)
            .map(|(wish, asked)| {
                asked.is_flying = true;
                asked.attempts += 1;
                (wish.clone(), asked.clone())
            })
            .collect()
    }

    /// Whoever asked so long ago has asked again, or does not expect anything any more.
    pub(super) fn give_up(&mut self, now: DateTime<Utc>) {
        let is_old = |asked: &Asked| now - asked.since > PATIENCE && !asked.is_flying;
        let old = self.asked.iter().filter(|(_, asked)| is_old(asked));
        let old: Vec<Wish> = old.map(|(wish, _)| wish.clone()).collect();
        for wish in &old {
            self.remove(wish);
        }
    }

    pub(super) fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.asked.values().map(|asked| asked.next);
        next.filter(|next| *next > now).min()
    }
}
