//! Categories and tags of an item: names from sources, aliases, and words in the text.

mod matcher;
mod name;

use std::collections::{BTreeMap, HashMap};

use xxhash_rust::xxh3::Xxh3;

use crate::model::{DeclaredTopic, Topic, TopicKey, TopicKind};

use matcher::Matcher;

/// Topics of one item; a source that names more is not sorting, it is shouting.
const MOST_TOPICS: usize = 64;

/// The operator's topics, ready to be matched.
pub struct Classifier {
    /// Every declared name and alias.
    declared: HashMap<TopicKey, Topic>,
    matcher: Matcher,
    rules: u64,
}

impl Classifier {
    /// Compiles the declared categories and tags. A name that is both is the category.
    pub fn new(categories: &[DeclaredTopic], tags: &[DeclaredTopic]) -> Self {
        let mut declared = HashMap::new();
        for (kind, topics) in [(TopicKind::Category, categories), (TopicKind::Tag, tags)] {
            for topic in topics {
                let shown = Topic {
                    kind,
                    key: TopicKey::of(&topic.name),
                    name: topic.name.clone(),
                };
                for name in topic.names() {
                    declared
                        .entry(TopicKey::of(name))
                        .or_insert_with(|| shown.clone());
                }
            }
        }
        let matched = tags.iter().filter(|tag| tag.matches_text).flat_map(|tag| {
            let topic = Topic {
                kind: TopicKind::Tag,
                key: TopicKey::of(&tag.name),
                name: tag.name.clone(),
            };
            tag.names().map(move |name| (name, topic.clone()))
        });
        let matcher = Matcher::new(matched);
        Self {
            declared,
            matcher,
            rules: rules(categories, tags),
        }
    }

    /// A hash of all rules: while it is equal, the same input gives the same topics.
    pub fn rules(&self) -> u64 {
        self.rules
    }

    /// The topics of an item: `terms` as its source named them, `categories` and `tags` that the operator gives to every
    /// item of the source, and tags that title or text names. Sorted, each once.
    pub fn topics(
        &self,
        terms: &[String],
        categories: &[String],
        tags: &[String],
        title: &str,
        text: &str,
    ) -> Vec<Topic> {
        let mut topics: BTreeMap<(TopicKind, TopicKey), Topic> = BTreeMap::new();
        let mut add = |topic: Topic| {
            let identity = (topic.kind, topic.key.clone());
            if topics.len() < MOST_TOPICS {
                topics.entry(identity).or_insert(topic);
            }
        };
        // What the operator says comes first, so that a source that names too much cannot push it out.
        self.named_by_operator(categories, tags).for_each(&mut add);
        self.matcher
            .find([title, text])
            .into_iter()
            .cloned()
            .for_each(&mut add);
        terms
            .iter()
            .filter_map(|name| self.named(name, TopicKind::Tag))
            .for_each(&mut add);
        topics.into_values().collect()
    }

    /// The topics that the operator gives to every item of a source.
    pub fn given(&self, categories: &[String], tags: &[String]) -> Vec<Topic> {
        self.named_by_operator(categories, tags).collect()
    }

    fn named_by_operator<'a>(
        &'a self,
        categories: &'a [String],
        tags: &'a [String],
    ) -> impl Iterator<Item = Topic> + 'a {
        let categories = categories.iter().map(|name| (name, TopicKind::Category));
        let tags = tags.iter().map(|name| (name, TopicKind::Tag));
        categories
            .chain(tags)
            .filter_map(|(name, kind)| self.named(name, kind))
    }

    /// Why an item bears a topic; the arguments are those of [`Classifier::topics`]. Empty: it does not, under these rules.
    pub fn reasons(
        &self,
        topic: &Topic,
        terms: &[String],
        given: [&[String]; 2],
        title: &str,
        text: &str,
    ) -> Vec<Reason> {
        let names = |kind: TopicKind| {
            move |name: &&String| {
                let named = self.named(name, kind);
                named.is_some_and(|named| (named.kind, &named.key) == (topic.kind, &topic.key))
            }
        };
        let [categories, tags] = given;
        let is_given = categories.iter().any(|name| names(TopicKind::Category)(&name))
            || tags.iter().any(|name| names(TopicKind::Tag)(&name));
        let told = terms.iter().filter(names(TopicKind::Tag)).cloned();
        let is_named = self.matcher.find([title, text]).contains(topic);
        is_given
            .then_some(Reason::Source)
            .into_iter()
            .chain(told.map(Reason::Term))
            .chain(is_named.then_some(Reason::Text))
            .collect()
    }

    /// The topic of a name: as declared, else a new one of this kind.
    fn named(&self, name: &str, otherwise: TopicKind) -> Option<Topic> {
        let name = name::cleaned(name)?;
        let key = TopicKey::of(&name);
        match self.declared.get(&key) {
            Some(topic) => Some(topic.clone()),
            None => Some(Topic {
                kind: otherwise,
                key,
                name,
            }),
        }
    }
}

/// Why an item bears a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The operator gives it to every item of the source.
    Source,
    /// The source says so, in these words.
    Term(String),
    /// Its title or text names it.
    Text,
}

/// Raised when the same declarations would give other topics than before.
const VERSION: u8 = 1;

fn rules(categories: &[DeclaredTopic], tags: &[DeclaredTopic]) -> u64 {
    let mut hash = Xxh3::new();
    for (kind, topics) in [(b'c', categories), (b't', tags)] {
        for topic in topics {
            hash.update(&[0, VERSION, kind, u8::from(topic.matches_text)]);
            for name in topic.names() {
                hash.update(&[1]);
                hash.update(name.as_bytes());
            }
        }
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, aliases: &[&str], matches_text: bool) -> DeclaredTopic {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        DeclaredTopic {
            name: name.to_owned(),
            aliases,
            matches_text,
            collapse: None,
        }
    }

    fn classifier() -> Classifier {
        let categories = [
            declared("Libya", &["Libye", "ليبيا"], false),
            declared("Economy", &["Business"], false),
        ];
        let tags = [
            declared(
                "AFRICOM",
                &["U.S. Africa Command", "US Africa Command", "أفريكوم"],
                true,
            ),
            declared("Khalifa Haftar", &["Hifter", "حفتر"], true),
            declared("LNA", &["Libyan National Army"], true),
            declared("Army", &[], true),
            declared("oil", &["النفط"], true),
            declared("Quiet", &[], false),
            declared("国民军", &[], true),
        ];
        Classifier::new(&categories, &tags)
    }

    fn shown(topics: &[Topic]) -> Vec<String> {
        topics
            .iter()
            .map(|topic| format!("{:?} {}", topic.kind, topic.name))
            .collect()
    }

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn one_flat_list_holds_sections_and_tags_alike() {
        let terms = strings(&[
            "AFRICOM",
            "Joint Military Cooperation",
            "khalifa haftar",
            "libya",
            "LNA",
            "BUSINESS",
        ]);
        let topics = classifier().topics(&terms, &[], &[], "", "");
        assert_eq!(
            shown(&topics),
            [
                "Category Economy",
                "Category Libya",
                "Tag AFRICOM",
                "Tag Joint Military Cooperation",
                "Tag Khalifa Haftar",
                "Tag LNA"
            ]
        );
    }

    #[test]
    fn names_that_name_nothing_are_dropped() {
        let long = "x".repeat(200);
        let terms = strings(&["", "  ", "…!?", "--", &long, "2026", "evil\n name "]);
        let topics = classifier().topics(&terms, &[], &[], "", "");
        assert_eq!(shown(&topics), ["Tag 2026", "Tag evil name"]);
    }

    #[test]
    fn the_operators_topics_are_given_to_every_item() {
        let topics = classifier().topics(
            &[],
            &strings(&["ليبيا", "Undeclared"]),
            &strings(&["economy", "Wire"]),
            "",
            "",
        );
        assert_eq!(
            shown(&topics),
            [
                "Category Economy",
                "Category Libya",
                "Category Undeclared",
                "Tag Wire"
            ]
        );
    }

    #[test]
    fn tags_are_found_as_whole_words_in_any_script() {
        for (text, found) in [
            ("The U.S. Africa Command said", &["AFRICOM"][..]),
            ("africom's chief", &["AFRICOM"]),
            ("AFRICOMs", &[]),
            ("turmoil and boiling", &[]),
            ("Oil, at last", &["oil"]),
            ("oil-rich", &["oil"]),
            ("Libyan   National\nArmy", &["Army", "LNA"]),
            ("قال حفتر اليوم", &["Khalifa Haftar"]),
            ("وحفتر", &["Khalifa Haftar"]),
            ("لِحَفْتَر", &["Khalifa Haftar"]),
            ("بحفتر", &["Khalifa Haftar"]),
            ("والأفريكوم", &["AFRICOM"]),
            ("محفتر", &[]),
            ("حفترية", &[]),
            ("للنفط", &["oil"]),
            ("والنفط", &["oil"]),
            ("利比亚国民军表示", &["国民军"]),
            ("quiet", &[]),
            ("", &[]),
        ] {
            let topics = classifier().topics(&[], &[], &[], "", text);
            let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
            assert_eq!(names, found, "{text}");
            let topics = classifier().topics(&[], &[], &[], text, "");
            let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
            assert_eq!(names, found, "title {text}");
        }
    }

    #[test]
    fn a_name_does_not_reach_from_the_title_into_the_text() {
        assert_eq!(classifier().topics(&[], &[], &[], "US Africa", "Command"), []);
    }

    #[test]
    fn thousands_of_aliases_are_found_in_one_pass() {
        let aliases: Vec<String> = (0..5_000)
            .map(|number| format!("alias number {number}"))
            .collect();
        let tag = DeclaredTopic {
            name: "Many".into(),
            aliases,
            matches_text: true,
            collapse: None,
        };
        let topics = Classifier::new(&[], &[tag]).topics(&[], &[], &[], "", "an Alias Number 4321 is here");
        assert_eq!(shown(&topics), ["Tag Many"]);
    }

    #[test]
    fn rules_change_with_what_is_declared_and_only_then() {
        let base = |aliases: &[&str], text| Classifier::new(&[], &[declared("A", aliases, text)]).rules();
        assert_eq!(base(&["B"], true), base(&["B"], true));
        assert_ne!(base(&["B"], true), base(&["B"], false));
        assert_ne!(base(&["B"], true), base(&["C"], true));
        let as_category = Classifier::new(&[declared("A", &["B"], true)], &[]).rules();
        assert_ne!(base(&["B"], true), as_category);
    }

    #[test]
    fn a_source_that_names_too_much_is_cut_short_after_what_the_operator_gave() {
        let terms: Vec<String> = (0..1_000).map(|number| format!("a{number}")).collect();
        let topics = classifier().topics(&terms, &strings(&["Libya"]), &[], "Haftar and Hifter", "");
        assert_eq!(topics.len(), MOST_TOPICS);
        assert!(shown(&topics).contains(&"Category Libya".to_owned()));
        assert!(shown(&topics).contains(&"Tag Khalifa Haftar".to_owned()));
    }
}
