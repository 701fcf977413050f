//! Names that must be there once, and names that must be there.

use std::collections::HashMap;

use super::problem::{Problems, nearest};
use super::table::Placed;
use crate::model::{SourceId, TopicKey};

/// All names declared so far.
#[derive(Default)]
pub(super) struct Names {
    sources: HashMap<SourceId, String>,
    /// By folded name: the kind it was declared as, and its spelling.
    topics: HashMap<TopicKey, (&'static str, String)>,
}

impl Names {
    /// A name or alias of a `category` or `tag`: whichever it is, a name means one thing.
    pub(super) fn declare(&mut self, kind: &'static str, name: &Placed<String>, problems: &mut Problems) {
        let key = TopicKey::of(&name.value);
        if !name.value.chars().any(char::is_alphanumeric) {
            problems.add(
                name.span.clone(),
                format!("a {kind} name needs a letter or digit"),
            );
            return;
        }
        if let Some((other, spelt)) = self.topics.get(&key) {
            let message = format!("`{}` is declared already, as a name of a {other}", name.value);
            problems.advise(
                name.span.clone(),
                message,
                format!("`{spelt}` is the same name: keep one of them"),
            );
            return;
        }
        self.topics.insert(key, (kind, name.value.clone()));
    }

    pub(super) fn source(&mut self, name: &Placed<String>, problems: &mut Problems) {
        let id = SourceId::of(&name.value);
        if let Some(spelt) = self.sources.get(&id) {
            let message = format!("a second source named `{}`", name.value);
            problems.advise(
                name.span.clone(),
                message,
                format!("`{spelt}` has that name already"),
            );
            return;
        }
        self.sources.insert(id, name.value.clone());
    }

    /// A category that a source gives to its items.
    pub(super) fn category(&self, name: &Placed<String>, problems: &mut Problems) {
        let declared = self.topics.get(&TopicKey::of(&name.value));
        if declared.is_some_and(|(kind, _)| *kind == "category") {
            return;
        }
        let categories = self.topics.values().filter(|(kind, _)| *kind == "category");
        let (message, advice) = undeclared(&name.value, categories.map(|(_, spelt)| spelt.as_str()));
        problems.advise(name.span.clone(), message, advice);
    }
}

/// What is said of a category that is none of the declared ones, and what to do.
pub(super) fn undeclared<'a>(name: &str, categories: impl Iterator<Item = &'a str>) -> (String, String) {
    let advice = match nearest(name, categories) {
        Some(right) => format!("did you mean `{right}`?"),
        None => format!("declare it: [[category]] name = \"{name}\"; or use tags = […]"),
    };
    (format!("no [[category]] is called `{name}`"), advice)
}
