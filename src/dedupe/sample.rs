//! A bounded sample of a set of hashes that still answers how much of one set is in another.
//!
//! Bottom-k sampling keeps the smallest hashes of a set, so two samples agree on what they keep and the share of one set
//! in the other can be estimated from them (Broder, "On the resemblance and containment of documents", 1997; with a limit
//! that follows the size of the set, as in FracMinHash: Irber et al., 2022). Such a sample knows too little of one
//! sentence of a long article; but the sentences that others take over are mostly the first ones. So what an
//! article opens with is kept in full.

/// The opening in full, and a sample of the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// Ascending, each once.
    pub(super) opening: Vec<u32>,
    /// Ascending, each once, none of the opening.
    pub(super) rest: Vec<u32>,
    /// All hashes of the set up to this one are kept; `u32::MAX` when nothing was left out.
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

impl Sample {
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

    pub(super) fn contains(&self, hash: u32) -> bool {
        self.opening.binary_search(&hash).is_ok() || self.rest.binary_search(&hash).is_ok()
    }

    pub(super) fn len(&self) -> usize {
        self.opening.len() + self.rest.len()
    }

    /// The smallest hashes of the whole set that are known to be so.
    pub(super) fn smallest(&self, most: usize) -> Vec<u32> {
        let mut all: Vec<u32> = self.all().filter(|hash| *hash <= self.limit).collect();
        all.sort_unstable();
        all.truncate(most);
        all
    }

    fn all(&self) -> impl Iterator<Item = u32> + '_ {
        self.opening.iter().chain(&self.rest).copied()
    }

    /// How much of this set is in `other`. `fewest` hashes that the other would hold wherever they stand are enough to say;
    /// else the opening decides, and must be found in the other's opening.
    pub(super) fn within(&self, other: &Self, fewest: u16) -> Share {
        let limit = self.limit.min(other.limit);
        let fair = share(self.all().filter(|hash| *hash <= limit), other);
        if fair.of >= fewest || limit == u32::MAX {
            return fair;
        }
        let opening = share(self.opening.iter().copied(), other);
        if self.rest.is_empty() || fair.ratio() >= opening.ratio() {
            opening
        } else {
            fair
        }
    }
}

fn share(hashes: impl Iterator<Item = u32>, other: &Sample) -> Share {
    let mut share = Share::default();
    for hash in hashes {
        share.of += 1;
        share.found += u16::from(other.contains(hash));
    }
    share
}
