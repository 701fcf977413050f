//! A bounded sample of a set of hashes that still answers how much of one set is in another.
//!
//! Bottom-k sampling keeps the smallest hashes of a set, so two samples agree on what they keep and the share of one set
//! in the other can be estimated from them (Broder, "On the resemblance and containment of documents", 1997; with a limit
//! that follows the size of the set, as in FracMinHash: Irber et al., 2022). Such a sample knows too little of one
//! sentence of a long article; but the sentences that others take over are mostly the first ones. So what an
//! article opens with is kept in full.

use std::ops::Add;

/// The opening in full, and a sample of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample<'a> {
    /// Ascending, each once.
    pub(super) opening: &'a [u32],
    /// Ascending, each once, none of the opening.
    pub(super) rest: &'a [u32],
    /// All hashes of the set up to this one are kept; `u32::MAX` when nothing was left out.
    pub(super) limit: u32,
}

/// A [`Sample`] when it was drawn.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) opening: Vec<u32>,
    pub(super) rest: Vec<u32>,
    pub(super) limit: u32,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Found in the other set.
    pub found: u16,
    /// Looked for.
    pub of: u16,
}

impl Share {
    /// Not found in the other set.
    pub fn missing(self) -> u16 {
        self.of - self.found
    }

    /// From 0 to 1; of nothing, all is found.
    pub fn ratio(self) -> f32 {
        if self.of == 0 {
            1.0
        } else {
            f32::from(self.found) / f32::from(self.of)
        }
    }
}

impl Add for Share {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            of: self.of + other.of,
        }
    }
}

impl Drawn {
    /// Keeps up to `most` hashes of the opening and `most_rest` of what follows.
    pub(super) fn of(mut opening: Vec<u32>, mut rest: Vec<u32>, most: usize, most_rest: usize) -> Self {
        opening.sort_unstable();
        opening.dedup();
        rest.extend(opening.drain(most.min(opening.len())..));
        rest.sort_unstable();
        rest.dedup();
        rest.retain(|hash| opening.binary_search(hash).is_err());
        let limit = match rest.get(most_rest) {
            Some(first_left_out) => first_left_out.saturating_sub(1),
            None => u32::MAX,
        };
        rest.truncate(most_rest);
        Self { opening, rest, limit }
    }

    /// A bit for each hash of the opening that is one of `only`, which ascend.
    pub(super) fn bits(&self, only: &[u32]) -> u128 {
        let is_only = |(_, hash): &(usize, &u32)| only.binary_search(hash).is_ok();
        let opening = self.opening.iter().enumerate().take(128);
        opening.filter(is_only).fold(0, |bits, (at, _)| bits | 1 << at)
    }
}

/// The hashes of `lead` that are not in `below`, ascending.
pub(super) fn only_in(lead: &[u32], below: &[u32]) -> Vec<u32> {
    let mut lead = lead.to_vec();
    lead.sort_unstable();
    lead.dedup();
    let mut is_below = vec![false; lead.len()];
    for at in below.iter().filter_map(|hash| lead.binary_search(hash).ok()) {
        is_below[at] = true;
    }
    let mut is_below = is_below.into_iter();
    lead.retain(|_| is_below.next() == Some(false));
    lead
}

impl Sample<'_> {
    /// The hashes of the opening without those that have a bit.
    pub(super) fn opening_without(self, bits: u128) -> Vec<u32> {
        let kept = self.opening.iter().enumerate();
        kept.filter(|(at, _)| bits.checked_shr(*at as u32).unwrap_or(0) & 1 == 0)
            .map(|(_, hash)| *hash)
            .collect()
    }

    /// Whether all of this set, which must be an opening without a rest, opens the other one, too.
    pub(super) fn opens(self, other: Self) -> bool {
        self.rest.is_empty() && share(self.opening, u32::MAX, &[other.opening]).missing() == 0
    }

    pub(super) fn len(self) -> usize {
        self.opening.len() + self.rest.len()
    }

    /// The smallest hashes of the whole set that are known to be so.
    pub(super) fn smallest(self, most: usize) -> Vec<u32> {
        let all = self.opening.iter().chain(self.rest).copied();
        let mut all: Vec<u32> = all.filter(|hash| *hash <= self.limit).collect();
        all.sort_unstable();
        all.truncate(most);
        all
    }

    /// How much of this set is in `other`. `fewest` hashes that the other would hold wherever they stand are enough to say;
    /// else the opening decides, and must be found in the other's opening.
    pub(super) fn within(self, other: Self, fewest: u16) -> Share {
        let lists = [other.opening, other.rest];
        self.within_lists(&lists, other.limit, fewest)
    }

    /// The same of two samples together.
    pub(super) fn within_either(self, one: Self, other: Self, fewest: u16) -> Share {
        let lists = [one.opening, one.rest, other.opening, other.rest];
        self.within_lists(&lists, one.limit.min(other.limit), fewest)
    }

    /// How much of this opening is in `other`: wherever, if `fewest` hashes tell; else in its opening.
    pub(super) fn opening_within(self, other: Self, fewest: u16) -> Share {
        let lists = [other.opening, other.rest];
        let fair = share(self.opening, other.limit, &lists);
        let opening = share(self.opening, u32::MAX, &lists);
        if fair.of >= fewest && fair.ratio() >= opening.ratio() {
            fair
        } else {
            opening
        }
    }

    /// The first few hashes of this opening, looked for everywhere: nearly all pairs have none in common, and need no closer
    /// look.
    pub(super) fn glance(self, other: Self) -> Share {
        let few = &self.opening[..self.opening.len().min(16)];
        share(few, u32::MAX, &[other.opening, other.rest])
    }

    /// How much of this opening is in the other's.
    pub(super) fn opening_in_opening(self, other: Self) -> Share {
        share(self.opening, u32::MAX, &[other.opening])
    }

    pub(super) fn contains(self, hash: u32) -> bool {
        self.opening.binary_search(&hash).is_ok() || self.rest.binary_search(&hash).is_ok()
    }

    fn within_lists(self, lists: &[&[u32]], limit: u32, fewest: u16) -> Share {
        let limit = self.limit.min(limit);
        let opening = share(self.opening, limit, lists);
        let rest = share(self.rest, limit, lists);
        let fair = opening + rest;
        if fair.of >= fewest || limit == u32::MAX {
            return fair;
        }
        let opening = share(self.opening, u32::MAX, lists);
        if self.rest.is_empty() || fair.ratio() >= opening.ratio() {
            opening
        } else {
            fair
        }
    }
}

/// How many of `hashes` up to the limit are in one of `lists`, of which there are four at most; all ascend.
fn share(hashes: &[u32], limit: u32, lists: &[&[u32]]) -> Share {
    let mut share = Share::default();
    let mut rests = [&[][..]; 4];
    for (rest, list) in rests.iter_mut().zip(lists) {
        *rest = list;
    }
    for hash in hashes.iter().take_while(|hash| **hash <= limit) {
        let mut is_found = false;
        for rest in rests.iter_mut().take(lists.len()) {
            while let [first, after @ ..] = *rest
                && first < hash
            {
                *rest = after;
            }
            is_found |= rest.first() == Some(hash);
        }
        share.of += 1;
        share.found += u16::from(is_found);
    }
    share
}
