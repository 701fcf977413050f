//! Rendered items, kept as long as there is room: an item is in the feed of everything, its source's and its topics'.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::{FileFormat, ItemId};

/// Bytes of one of the two generations.
const GENERATION: usize = 14 << 20;

/// An item in each format that is published.
pub struct Rendered {
    /// Its last change.
    pub updated: DateTime<Utc>,
    /// The story it shares with others.
    pub story: Option<ItemId>,
    slices: [Box<str>; 4],
}

impl Rendered {
    pub fn new(updated: DateTime<Utc>, story: Option<ItemId>) -> Self {
        Self {
            updated,
            story,
            slices: Default::default(),
        }
    }

    pub fn set(&mut self, format: FileFormat, slice: Box<str>) {
        self.slices[format as usize] = slice;
    }

    pub fn get(&self, format: FileFormat) -> &str {
        &self.slices[format as usize]
    }

    fn weight(&self) -> usize {
        self.slices.iter().map(|slice| slice.len()).sum::<usize>() + size_of::<Self>()
    }
}

/// Two generations: when the young one is full it becomes the old one, and what nobody asked for since then is dropped.
#[derive(Default)]
pub struct Cache {
    young: HashMap<ItemId, Arc<Rendered>>,
    old: HashMap<ItemId, Arc<Rendered>>,
    weight: usize,
}

impl Cache {
    pub fn get(&mut self, id: &ItemId) -> Option<Arc<Rendered>> {
        if let Some(rendered) = self.young.get(id) {
            return Some(Arc::clone(rendered));
        }
        let rendered = self.old.remove(id)?;
        self.put(*id, Arc::clone(&rendered));
        Some(rendered)
    }

    pub fn put(&mut self, id: ItemId, rendered: Arc<Rendered>) {
        let weight = rendered.weight();
        if self.weight + weight > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        if let Some(replaced) = self.young.insert(id, rendered) {
            self.weight -= replaced.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CanonicalUrl;

    fn id(n: usize) -> ItemId {
        ItemId::of_url(&CanonicalUrl::already_canonical(format!("https://a.example/{n}")))
    }

    fn rendered(bytes: usize) -> Arc<Rendered> {
        let mut rendered = Rendered::new(DateTime::UNIX_EPOCH, None);
        rendered.set(FileFormat::Rss, "x".repeat(bytes).into_boxed_str());
        Arc::new(rendered)
    }

    #[test]
    fn what_is_used_stays_and_the_total_is_bounded() {
        let mut cache = Cache::default();
        cache.put(id(0), rendered(1 << 20));
        for n in 1..100 {
            cache.put(id(n), rendered(1 << 20));
            assert!(cache.get(&id(0)).is_some(), "asked for again and again");
            let held: usize = cache
                .young
                .values()
                .chain(cache.old.values())
                .map(|r| r.weight())
                .sum();
            assert!(held <= 2 * GENERATION, "{held}");
        }
        assert!(cache.get(&id(1)).is_none(), "not asked for");
    }
}
