//! Categories and tags of an item: names from sources, aliases, and words in the text.

use crate::model::{DeclaredTopic, Topic};

/// The operator's topics, ready to be matched.
pub struct Classifier {}

impl Classifier {
    /// Compiles the declared categories and tags.
    pub fn new(_categories: &[DeclaredTopic], _tags: &[DeclaredTopic]) -> Self {
        Self {}
    }

    /// A hash of all rules: while it is equal, the same input gives the same topics.
    pub fn rules(&self) -> u64 {
        0
    }

    /// The topics of an item: `terms` as its source named them, `categories` and `tags` that the operator gives to every
    /// item of the source, and tags that title or text names. Sorted, each once.
    pub fn topics(
        &self,
        _terms: &[String],
        _categories: &[String],
        _tags: &[String],
        _title: &str,
        _text: &str,
    ) -> Vec<Topic> {
        unimplemented!()
    }
}
