//! Categories and tags.

use serde::{Deserialize, Serialize};

use super::{Collapse, fold};

/// Broad section or fine subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TopicKind {
    /// A broad section, declared by the operator.
    Category,
    /// A fine subject, from sources, rules or aliases.
    Tag,
}

/// The folded name of a topic: two names are the same topic when their keys are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicKey(String);

impl TopicKey {
    /// The key of a name as a source or operator spelt it.
    pub fn of(name: &str) -> Self {
        Self(fold(name))
    }

    /// The folded name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One category or tag of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// Category or tag.
    pub kind: TopicKind,
    /// Identity.
    pub key: TopicKey,
    /// As it is shown: the declared spelling, else (before the store has settled the most used) as the source spelt it.
    pub name: String,
}

/// A `[[category]]` or `[[tag]]` of `feeds.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeclaredTopic {
    /// The spelling to show.
    pub name: String,
    /// Other names for the same thing.
    pub aliases: Vec<String>,
    /// Also given to items whose title or text names it (tags only).
    #[serde(rename = "match")]
    pub matches_text: bool,
    /// What its feed shows once, if not what the site's feeds do.
    pub collapse: Option<Collapse>,
}

impl DeclaredTopic {
    /// The spelling to show, then the others.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.aliases)
            .map(String::as_str)
    }
}
