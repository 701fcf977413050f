//! What was used lately, in bounded memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

/// A map in two halves. What is used moves to the young half; when that is full, it becomes the old one, and what was
/// old and not used since is forgotten. So nothing is kept in order, and all that is in use stays.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    young: HashMap<K, V, Mix>,
    old: HashMap<K, V, Mix>,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
        }
    }
}

/// A hasher of single numbers, hashes mostly, with a seed of the process: what writes articles cannot choose where they
/// fall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mix(u64);

impl Default for Mix {
    fn default() -> Self {
        static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
        Self(*SEED)
    }
}

impl BuildHasher for Mix {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl<K: Eq + Hash + Copy, V> Cache<K, V> {
    /// A value, which is in the young half from now on; if none is held, what is read.
    pub(super) fn held<E>(&mut self, key: K, read: impl FnOnce() -> Result<V, E>) -> Result<&mut V, E> {
        let place = match self.young.entry(key) {
            Entry::Occupied(held) => return Ok(held.into_mut()),
            Entry::Vacant(place) => place,
        };
        let value = self.old.remove(&key).map_or_else(read, Ok)?;
        Ok(place.insert(value))
    }

    /// As [`Cache::held`], of what may not be there.
    pub(super) fn held_if<E>(
        &mut self,
        key: K,
        read: impl FnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<&mut V>, E> {
        let place = match self.young.entry(key) {
            Entry::Occupied(held) => return Ok(Some(held.into_mut())),
            Entry::Vacant(place) => place,
        };
        let value = self.old.remove(&key).map_or_else(read, |value| Ok(Some(value)))?;
        Ok(value.map(|value| place.insert(value)))
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// A value that was held or inserted since the last [`Cache::trim`].
    pub(super) fn get(&self, key: K) -> Option<&V> {
        self.young.get(&key)
    }

    /// Forgets, if more than `most` values are held in a half.
    pub(super) fn trim(&mut self, most: usize) {
        if self.young.len() > most {
            std::mem::swap(&mut self.old, &mut self.young);
            self.young.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Whether it holds the value.
    fn holds(cache: &mut Cache<u64, u64>, key: u64) -> bool {
        let Ok(held) = cache.held_if::<Infallible>(key, || Ok(None));
        held.is_some()
    }

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten() {
        let mut cache: Cache<u64, u64> = Cache::default();
        for number in 0..1_000 {
            assert!(!holds(&mut cache, number));
            let Ok(read) = cache.held::<Infallible>(number, || Ok(number));
            assert_eq!(*read, number);
            assert!(holds(&mut cache, 7) == (number >= 7));
            cache.trim(10);
            assert!(cache.young.len() + cache.old.len() <= 22);
        }
        assert_eq!(cache.get(7), Some(&7));
        assert!(!holds(&mut cache, 8));
    }

    #[test]
    fn nothing_is_forgotten_without_a_trim() {
        let mut cache: Cache<u64, u64> = Cache::default();
        (0..1_000).for_each(|number| cache.insert(number, number));
        assert!((0..1_000).all(|number| cache.get(number) == Some(&number)));
    }

    #[test]
    fn what_cannot_be_read_is_not_held() {
        let mut cache: Cache<u64, u64> = Cache::default();
        assert_eq!(cache.held(1, || Err("gone")), Err("gone"));
        assert!(!holds(&mut cache, 1));
    }
}
