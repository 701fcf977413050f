//! Room that many share, in things and in bytes. Pure.

use std::collections::HashMap;
use std::hash::Hash;

/// What is taken up, or may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Things.
    pub count: usize,
    /// What they weigh.
    pub bytes: usize,
}

impl Held {
    fn and(self, bytes: usize) -> Self {
        Self {
            count: self.count + 1,
            bytes: self.bytes.saturating_add(bytes),
        }
    }

    fn without(self, bytes: usize) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            bytes: self.bytes.saturating_sub(bytes),
        }
    }

    fn is_within(self, most: Self) -> bool {
        self.count <= most.count && self.bytes <= most.bytes
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one.
    pub each: Held,
    /// For all together.
    pub all: Held,
}

/// Who holds how much of it.
#[derive(Debug)]
pub(super) struct Room<K> {
    limits: Limits,
    all: Held,
    holders: HashMap<K, Held>,
}

impl<K: Eq + Hash + Clone> Room<K> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            all: Held::default(),
            holders: HashMap::new(),
        }
    }

    /// What all hold.
    pub(super) fn held(&self) -> Held {
        self.all
    }

    /// Whether there is room for one more thing.
    pub(super) fn has(&self, who: &K, bytes: usize) -> bool {
        let Limits { each, all } = self.limits;
        self.of(who).and(bytes).is_within(each) && self.all.and(bytes).is_within(all)
    }

    /// Whether one more thing is within the share of one, whatever the others hold.
    pub(super) fn has_share(&self, who: &K, bytes: usize) -> bool {
        self.of(who).and(bytes).is_within(self.limits.each)
    }

    /// Whether there is room for one more thing, with some left for those who hold less: nobody takes more than half of what the others leave. The
    /// first thing of one may weigh more than its share, and the first of all whatever it does.
    pub(super) fn has_fairly(&self, who: &K, bytes: usize) -> bool {
        let (of, all) = (self.of(who), self.limits.all);
        let others = Held {
            count: self.all.count - of.count,
            bytes: self.all.bytes - of.bytes,
        };
        let fair = Held {
            count: all.count.saturating_sub(others.count).div_ceil(2),
            bytes: all.bytes.saturating_sub(others.bytes) / 2,
        };
        let is_first = of == Held::default();
        let is_within =
            (is_first || of.and(bytes).is_within(self.limits.each)) && of.and(bytes).is_within(fair);
        self.all == Held::default() || (is_within && self.all.and(bytes).is_within(all))
    }

    pub(super) fn take(&mut self, who: &K, bytes: usize) {
        let held = self.of(who).and(bytes);
        self.holders.insert(who.clone(), held);
        self.all = self.all.and(bytes);
    }

    /// Gives back one thing that was taken with these bytes.
    pub(super) fn give_back(&mut self, who: &K, bytes: usize) {
        let left = self.of(who).without(bytes);
        match left.count {
            0 => self.holders.remove(who),
            _ => self.holders.insert(who.clone(), left),
        };
        self.all = self.all.without(bytes);
    }

    /// It weighs less than it was taken for.
    pub(super) fn lighten(&mut self, who: &K, bytes: usize) {
        self.all.bytes = self.all.bytes.saturating_sub(bytes);
        if let Some(held) = self.holders.get_mut(who) {
            held.bytes = held.bytes.saturating_sub(bytes);
        }
    }

    fn of(&self, who: &K) -> Held {
        self.holders.get(who).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        each: Held {
            count: 16,
            bytes: 1_000,
        },
        all: Held {
            count: 128,
            bytes: 4_000,
        },
    };

    fn fill(room: &mut Room<u32>, who: u32, bytes: usize) -> usize {
        (0..1_000)
            .take_while(|_| {
                let has = room.has_fairly(&who, bytes);
                if has {
                    room.take(&who, bytes);
                }
                has
            })
            .count()
    }

    #[test]
    fn whoever_floods_there_is_room_for_another() {
        for bytes in [0, 10, 100] {
            let mut room = Room::new(LIMITS);
            assert_eq!(fill(&mut room, 0, bytes), if bytes == 100 { 10 } else { 16 });
            for flood in 1..6 {
                assert!(fill(&mut room, flood, bytes) > 0, "{flood} with {bytes}");
            }
            assert!(room.has_fairly(&99, bytes), "{bytes}: {room:?}");
            assert!(room.held().is_within(LIMITS.all));
        }
    }

    #[test]
    fn what_is_given_back_is_free_again() {
        let mut room = Room::new(LIMITS);
        assert!(room.has_fairly(&1, 1_000_000), "the first one is of any weight");
        for _ in 0..3 {
            room.take(&1, 300);
        }
        assert!(!room.has(&1, 300) && room.has(&2, 300));
        room.lighten(&1, 250);
        assert!(room.has(&1, 300));
        for bytes in [50, 300, 300] {
            room.give_back(&1, bytes);
        }
        assert_eq!((room.held(), room.holders.len()), (Held::default(), 0));
    }
}
