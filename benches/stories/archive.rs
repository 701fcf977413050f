//! A shelf in memory that keeps bytes, as a store would, and counts how often it is asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use feedmill::dedupe::{
    Changes, Features, Frequencies, ItemKey, Known, Lines, MOST_MEMBERS, Shelf, StoryKey,
};

/// Look-ups, by kind.
#[derive(Clone, Copy, Default)]
pub struct Asked {
    pub under: usize,
    pub known: usize,
    pub members: usize,
    pub lines: usize,
}

/// Articles are numbered from 0 without a gap.
#[derive(Default)]
pub struct Archive {
    under: HashMap<u64, Box<[u32]>>,
    known: Vec<(Box<[u8]>, u32, u32)>,
    members: HashMap<StoryKey, Vec<(i64, ItemKey)>>,
    lines: HashMap<u64, Vec<u8>>,
    frequencies: Option<Vec<u8>>,
    pub asked: Asked,
}

impl Archive {
    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn put(&mut self, changes: Changes) {
        for (key, items) in changes.under {
            self.under
                .insert(key, items.iter().map(|item| item.0 as u32).collect());
        }
        for (item, known) in changes.known {
            assert_eq!(
                item.0,
                self.known.len() as u64,
                "each article comes once, in order"
            );
            let members = self.members.entry(known.story).or_default();
            members.push((known.features.published(), item));
            members.sort_unstable();
            members.drain(..members.len().saturating_sub(MOST_MEMBERS));
            let bytes = known.features.encode().into_boxed_slice();
            self.known
                .push((bytes, known.original.0 as u32, known.story.0 as u32));
        }
        let lines = changes.lines.into_iter();
        self.lines
            .extend(lines.map(|(host, lines)| (host, lines.encode())));
    }

    pub fn count(&mut self, frequencies: &Frequencies) {
        self.frequencies = Some(frequencies.encode());
    }

    /// What an article takes, in bytes, and how many keys have a list.
    pub fn size(&self) -> (usize, usize) {
        let bytes: usize = self.known.iter().map(|(bytes, ..)| bytes.len()).sum();
        (bytes / self.known.len().max(1), self.under.len())
    }
}

impl Shelf for Archive {
    type Error = Infallible;

    fn under(&mut self, key: u64) -> Result<Vec<ItemKey>, Infallible> {
        self.asked.under += 1;
        let items = self.under.get(&key).map_or(&[][..], |items| items);
        Ok(items.iter().map(|item| ItemKey(u64::from(*item))).collect())
    }

    fn known(&mut self, item: ItemKey) -> Result<Option<Known>, Infallible> {
        self.asked.known += 1;
        let Some((bytes, original, story)) = self.known.get(item.0 as usize) else {
            return Ok(None);
        };
        Ok(Features::decode(bytes).map(|features| Known {
            features: Arc::new(features),
            original: ItemKey(u64::from(*original)),
            story: ItemKey(u64::from(*story)),
            strictness: None,
        }))
    }

    fn members(&mut self, story: StoryKey, most: usize) -> Result<Vec<ItemKey>, Infallible> {
        self.asked.members += 1;
        let members = self.members.get(&story).map_or(&[][..], Vec::as_slice);
        Ok(members.iter().rev().take(most).map(|(_, item)| *item).collect())
    }

    fn lines(&mut self, host: u64) -> Result<Option<Lines>, Infallible> {
        self.asked.lines += 1;
        Ok(self.lines.get(&host).and_then(|bytes| Lines::decode(bytes)))
    }

    fn frequencies(&mut self) -> Result<Option<Frequencies>, Infallible> {
        Ok(self.frequencies.as_deref().and_then(Frequencies::decode))
    }
}
