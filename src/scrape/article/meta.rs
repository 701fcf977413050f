//! `<meta>` elements: OpenGraph, `article:*`, Dublin Core, `citation_*`, Parse.ly, Sailthru and their like.

use dom_query::Document;

use super::text::{list, plain};

/// Elements of a page that are looked at.
const MOST: usize = 1_000;

/// Names in lower case and contents, in the page's order.
#[derive(Debug, Default)]
pub(super) struct Meta(Vec<(String, String)>);

impl Meta {
    pub(super) fn of(document: &Document) -> Self {
        let mut found = Vec::new();
        for node in document.select("meta[content]").nodes().iter().take(MOST) {
            let Some(name) = ["property", "name", "itemprop", "http-equiv"]
                .iter()
                .find_map(|key| node.attr(key))
            else {
                continue;
            };
            let content = node.attr_or("content", "");
            let content = content.trim();
            if !content.is_empty() {
                found.push((name.trim().to_lowercase(), content.to_owned()));
            }
        }
        Self(found)
    }

    /// The first content under the first of these names that has one, with that name.
    pub(super) fn first(&self, names: &[&'static str]) -> Option<(String, &'static str)> {
        names.iter().find_map(|name| {
            let content = self
                .contents(name)
                .map(plain)
                .find(|content| !content.is_empty())?;
            Some((content, *name))
        })
    }

    /// All contents under a name, as written.
    pub(super) fn contents<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, content)| content.as_str())
    }

    /// Lists under each name that ends in "keywords" or "tags", the site's general keywords last.
    pub(super) fn keywords(&self) -> Vec<(Vec<String>, &'static str)> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in &self.0 {
            let last = name
                .rsplit(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default();
            let holds = matches!(last, "keywords" | "keyword" | "tags" | "tag");
            if holds && name != "article:tag" && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names.sort_by_key(|name| *name == "keywords");
        let rule = |name| {
            if name == "keywords" {
                "meta keywords"
            } else {
                "meta of keywords"
            }
        };
        names
            .into_iter()
            .map(|name| (self.list(name), rule(name)))
            .collect()
    }

    /// Members of all lists under a name. Several elements are a list themselves, whose members may hold commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let contents: Vec<&str> = self.contents(name).collect();
        match contents.as_slice() {
            [] => Vec::new(),
            [one] => list(one),
            many => many
                .iter()
                .map(|content| plain(content))
                .filter(|name| !name.is_empty())
                .collect(),
        }
    }
}
