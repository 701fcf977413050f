//! What pages say in JSON-LD, however broken the JSON is.

use std::collections::HashMap;

use dom_query::Document;
use serde_json::{Map, Value};

use super::mend::values;
use super::text::{fold, plain};

/// Bytes of one script that are looked at.
const MOST_BYTES: usize = 1024 * 1024;

/// Objects of a page that are looked at.
const MOST_NODES: usize = 20_000;

type Node = Map<String, Value>;

/// The objects of a page, outermost first.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    /// Where the object with this `@id` is that says more than its `@id`.
    ids: HashMap<String, usize>,
}

impl Graph {
    pub(super) fn of(document: &Document) -> Self {
        let scripts = document.select("script[type*='ld+json' i]");
        let mut roots = Vec::new();
        for script in scripts.nodes() {
            let text = script.text();
            if text.len() <= MOST_BYTES {
                roots.extend(values(&text));
            }
        }
        Self::new(roots)
    }

    fn new(roots: Vec<Value>) -> Self {
        let mut graph = Self::default();
        let mut queue: std::collections::VecDeque<Value> = roots.into();
        while let Some(value) = queue.pop_front() {
            match value {
                Value::Array(values) => queue.extend(values),
                Value::Object(node) => {
                    if graph.nodes.len() >= MOST_NODES {
                        break;
                    }
                    // What a page links to is another page's.
                    let others = [
                        "itemListElement",
                        "hasPart",
                        "relatedLink",
                        "mentions",
                        "citation",
                        "isPartOf",
                    ];
                    queue.extend(
                        node.iter()
                            .filter(|(key, value)| {
                                !others.contains(&key.as_str()) && (value.is_array() || value.is_object())
                            })
                            .map(|(_, value)| value.clone()),
                    );
                    if let Some(id) = node.get("@id").and_then(Value::as_str)
                        && node.len() > 1
                    {
                        graph.ids.entry(id.to_owned()).or_insert(graph.nodes.len());
                    }
                    graph.nodes.push(node);
                }
                _ => {}
            }
        }
        graph
    }

    /// The object that describes this article: one with its address or its title, else the first of such a kind.
    pub(super) fn article(&self, addresses: &[&str], titles: &[&str]) -> Option<Article<'_>> {
        let addresses: Vec<&str> = addresses.iter().map(|url| same_page(url)).collect();
        let titles: Vec<String> = titles.iter().map(|title| fold(title)).collect();
        let score = |node: &Node| {
            let is_here = ["url", "@id", "mainEntityOfPage"].iter().any(|key| {
                node.get(*key)
                    .and_then(address)
                    .is_some_and(|url| addresses.contains(&same_page(url)))
            });
            let headline = node
                .get("headline")
                .or_else(|| node.get("name"))
                .and_then(Value::as_str)
                .map(fold);
            let is_titled = headline.is_some_and(|headline| {
                !headline.is_empty() && titles.iter().any(|title| title.contains(&headline))
            });
            let says = ["datePublished", "author", "articleBody", "headline", "keywords"]
                .iter()
                .filter(|key| node.contains_key(**key))
                .count();
            (usize::from(is_titled) * 4 + usize::from(is_here) * 2) * 4 + says
        };
        let mut best: Option<(usize, &Node)> = None;
        for node in self.nodes.iter().filter(|node| is_article(node)) {
            let score = score(node);
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, node));
            }
        }
        best.map(|(_, node)| Article { graph: self, node })
    }

    /// All objects for articles that go by the same title as this one.
    pub(super) fn same(&self, article: &Article) -> impl Iterator<Item = Article<'_>> {
        let title = article.text("headline").map(|title| fold(&title));
        self.nodes
            .iter()
            .filter(|node| is_article(node))
            .map(|node| Article { graph: self, node })
            .filter(move |other| title.is_some() && other.text("headline").map(|other| fold(&other)) == title)
    }

    /// The page itself, where it is described beside the article.
    pub(super) fn page(&self) -> Option<Article<'_>> {
        let node = self
            .nodes
            .iter()
            .find(|node| has_type(node, |kind| kind.ends_with("Page") || kind == "VideoObject"))?;
        Some(Article { graph: self, node })
    }

    /// The names in the first list of breadcrumbs, outermost first.
    pub(super) fn breadcrumbs(&self) -> Vec<String> {
        let Some(list) = self
            .nodes
            .iter()
            .find(|node| has_type(node, |kind| kind == "BreadcrumbList"))
        else {
            return Vec::new();
        };
        let mut elements: Vec<&Value> = each(list.get("itemListElement")).collect();
        elements.sort_by_key(|element| element.get("position").and_then(position));
        elements
            .into_iter()
            .filter_map(|element| name(element).or_else(|| name(element.get("item")?)))
            .collect()
    }

    /// The name of whoever publishes the page.
    pub(super) fn site(&self) -> Option<String> {
        let named = |wanted: &str| {
            let node = self
                .nodes
                .iter()
                .find(|node| has_type(node, |kind| kind == wanted))?;
            node.get("name").and_then(Value::as_str).map(plain)
        };
        named("WebSite")
            .or_else(|| named("NewsMediaOrganization"))
            .or_else(|| named("Organization"))
    }
}

/// The names in the first list of tags or topics in the state that pages carry for their own scripts.
pub(super) fn state_tags(document: &Document) -> Vec<String> {
    const LISTS: [&str; 3] = ["\"tags\":[", "\"topics\":[", "\"keywords\":["];
    const MOST_LOOKED_AT: usize = 20;
    const MOST_TAGS: usize = 20;
    const LONGEST: usize = 16 * 1024;
    for script in document.select("script:not([src])").nodes() {
        let text = script.text();
        for list in LISTS {
            for (at, _) in text.match_indices(list).take(MOST_LOOKED_AT) {
                let from = &text[at + list.len() - 1..];
                let end = (0..=LONGEST.min(from.len()))
                    .rev()
                    .find(|end| from.is_char_boundary(*end));
                let from = &from[..end.unwrap_or(0)];
                let Some(Ok(Value::Array(values))) = serde_json::Deserializer::from_str(from)
                    .into_iter::<Value>()
                    .next()
                else {
                    continue;
                };
                let names: Vec<String> = values.iter().filter_map(any_name).collect();
                if !names.is_empty() && names.len() == values.len() && names.len() <= MOST_TAGS {
                    return names;
                }
            }
        }
    }
    Vec::new()
}

fn any_name(value: &Value) -> Option<String> {
    name(value).or_else(|| {
        let text = ["title", "label", "text"]
            .iter()
            .find_map(|key| value.get(*key)?.as_str())?;
        Some(plain(text)).filter(|text| !text.is_empty())
    })
}

fn position(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// An object of the kind that articles are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Article<'a> {
    graph: &'a Graph,
    node: &'a Node,
}

impl Article<'_> {
    /// A text, plain.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let value = each(self.node.get(key)).next()?;
        let text = value.as_str().or_else(|| value.get("@value")?.as_str())?;
        let text = plain(text);
        (!text.is_empty()).then_some(text)
    }

    /// A text as written, which may hold markup.
    pub(super) fn raw(&self, key: &str) -> Option<&str> {
        self.node.get(key)?.as_str()
    }

    /// Names of what is text or an object with a name.
    pub(super) fn names(&self, key: &str) -> Vec<String> {
        each(self.node.get(key))
            .filter_map(|value| {
                name(value).or_else(|| self.graph.resolve(value)?.get("name")?.as_str().map(plain))
            })
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// All of these are organizations.
    pub(super) fn are_organizations(&self, key: &str) -> bool {
        each(self.node.get(key)).all(|value| {
            let node = self.graph.resolve(value).or_else(|| value.as_object());
            node.is_some_and(|node| has_type(node, |kind| kind.ends_with("Organization")))
        })
    }

    /// An address, of text or of an object with one.
    pub(super) fn address(&self, key: &str) -> Option<String> {
        let value = each(self.node.get(key)).next()?;
        let url = match self.graph.resolve(value) {
            Some(node) => each(node.get("url").or_else(|| node.get("contentUrl")))
                .next()?
                .as_str(),
            None => address(value),
        };
        url.map(str::trim)
            .filter(|url| !url.is_empty())
            .map(str::to_owned)
    }

    /// Texts of a list that may also be one text with commas.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let values: Vec<&Value> = each(self.node.get(key)).collect();
        match values.as_slice() {
            [Value::String(all)] => super::text::list(all),
            _ => self.names(key),
        }
    }
}

impl Graph {
    /// The object that says more about one with only an `@id`.
    fn resolve(&self, value: &Value) -> Option<&Node> {
        let id = value.get("@id")?.as_str()?;
        self.ids.get(id).map(|at| &self.nodes[*at])
    }
}

/// The members of an array, or the one value.
fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter()
}

fn name(value: &Value) -> Option<String> {
    let name = match value {
        Value::String(name) => name,
        Value::Object(node) => match each(node.get("name")).next().and_then(Value::as_str) {
            Some(name) => name,
            None => return full_name(node),
        },
        _ => return None,
    };
    Some(plain(name)).filter(|name| !name.is_empty())
}

fn full_name(node: &Node) -> Option<String> {
    let part = |key: &str| node.get(key).and_then(Value::as_str).map(plain);
    let parts: Vec<String> = [part("givenName"), part("familyName")]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn address(value: &Value) -> Option<&str> {
    match value {
        Value::String(url) => Some(url),
        Value::Object(node) => ["url", "contentUrl", "@id"]
            .iter()
            .find_map(|key| node.get(*key)?.as_str()),
        _ => None,
    }
}

/// An address without what does not tell pages apart.
fn same_page(url: &str) -> &str {
    let url = url.split(['#', '?']).next().unwrap_or(url);
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    url.strip_prefix("www.").unwrap_or(url).trim_end_matches('/')
}

fn has_type(node: &Node, wanted: impl Fn(&str) -> bool) -> bool {
    each(node.get("@type"))
        .filter_map(Value::as_str)
        .any(|kind| wanted(kind.rsplit(['/', ':']).next().unwrap_or(kind)))
}

fn is_article(node: &Node) -> bool {
    has_type(node, |kind| {
        kind.ends_with("Article")
            || kind.ends_with("Posting") && kind != "JobPosting"
            || kind == "Report"
            || kind == "Review"
    })
}

#[cfg(test)]
mod tests;
