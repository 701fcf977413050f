//! One item for a whole story.

use crate::model::{PublishedItem, StoryEntry};

/// The best article under the story's identity, with the others. It was published when the first of them was, and changed
/// when the story grew.
pub fn whole(entry: &StoryEntry, mut best: PublishedItem) -> PublishedItem {
    let first = entry.all.iter().map(|(_, article)| article.published).min();
    best.others = entry
        .all
        .iter()
        .filter(|(id, _)| *id != best.id)
        .map(|(_, article)| article.clone())
        .collect();
    best.published = first.map_or(best.published, |first| first.min(best.published));
    best.updated = entry.grown.map_or(best.updated, |grown| grown.max(best.updated));
    best.id = entry.id;
    best.story = None;
    best
}
