//! What stood under the output once. Readers unsubscribe at a 410 and follow a 301; at a 404 they ask for ever.

use std::collections::{HashMap, HashSet};

use crate::model::{DeclaredTopic, Feed, FeedKey, FeedKind, TopicKey, TopicKind};

/// Folders without `/` at either end, such as `tag/oil`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Feeds that were removed: 410.
    pub gone: HashSet<String>,
    /// Feeds that are now in another folder: 301.
    pub moved: HashMap<String, String>,
}

impl Withdrawn {
    /// What became of the feeds that are published no longer: a topic that is an alias of another now, or that changed
    /// from tag to category or back, has moved; everything else is gone. `declared` are the topics of `feeds.toml`.
    pub fn of<'a>(
        withdrawn: &[Feed],
        published: &[Feed],
        declared: impl IntoIterator<Item = (TopicKind, &'a DeclaredTopic)>,
    ) -> Self {
        let folders: HashMap<&FeedKey, String> =
            published.iter().map(|feed| (&feed.key, feed.folder())).collect();
        let mut names = HashMap::new();
        for (kind, topic) in declared {
            let feed = FeedKey::topic(kind, &TopicKey::of(&topic.name));
            for alias in &topic.aliases {
                names.insert(TopicKey::of(alias).as_str().to_owned(), feed.clone());
            }
        }
        let successor = |feed: &Feed| {
            let other = match feed.key.kind {
                FeedKind::Category => FeedKind::Tag,
                FeedKind::Tag => FeedKind::Category,
                FeedKind::All | FeedKind::Source | FeedKind::Health => return None,
            };
            let other = FeedKey {
                kind: other,
                key: feed.key.key.clone(),
            };
            let by_name = names.get(&feed.key.key).and_then(|named| folders.get(named));
            by_name.or_else(|| folders.get(&other)).cloned()
        };
        let mut all = Self::default();
        for feed in withdrawn.iter().filter(|feed| feed.slug.is_some()) {
            match successor(feed) {
                Some(folder) => drop(all.moved.insert(feed.folder(), folder)),
                None => drop(all.gone.insert(feed.folder())),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Slug, SourceId};

    fn feed(kind: TopicKind, name: &str, slug: &str) -> Feed {
        Feed {
            key: FeedKey::topic(kind, &TopicKey::of(name)),
            name: name.to_owned(),
            slug: Slug::parse(slug),
            size: 0,
            collapse: Default::default(),
        }
    }

    #[test]
    fn a_topic_that_got_another_name_has_moved_and_others_are_gone() {
        let withdrawn = [
            feed(TopicKind::Category, "Libye", "libye"),
            feed(TopicKind::Tag, "Crude", "crude"),
            feed(TopicKind::Tag, "Sport", "sport"),
            feed(TopicKind::Tag, "Lost", "lost"),
            Feed {
                key: FeedKey::source(&SourceId::of("Old Wire")),
                name: "Old Wire".to_owned(),
                slug: Slug::parse("old-wire"),
                size: 0,
                collapse: Default::default(),
            },
        ];
        let published = [
            feed(TopicKind::Category, "Libya", "libya"),
            feed(TopicKind::Category, "Sport", "sport"),
            feed(TopicKind::Tag, "Oil", "oil"),
        ];
        let topic = |name: &str, alias: &str| DeclaredTopic {
            name: name.to_owned(),
            aliases: vec![alias.to_owned()],
            matches_text: false,
            collapse: None,
        };
        let (libya, oil, none) = (
            topic("Libya", "LIBYE"),
            topic("Oil", "crude"),
            topic("None", "lost"),
        );
        let declared = [
            (TopicKind::Category, &libya),
            (TopicKind::Tag, &oil),
            (TopicKind::Tag, &none),
        ];
        let all = Withdrawn::of(&withdrawn, &published, declared);
        let expected = [
            ("category/libye", "category/libya"),
            ("tag/crude", "tag/oil"),
            ("tag/sport", "category/sport"),
        ];
        let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(all.moved, HashMap::from(expected));
        assert_eq!(
            all.gone,
            HashSet::from(["tag/lost", "source/old-wire"].map(str::to_owned))
        );
    }
}
