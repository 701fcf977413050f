//! What the visible page says: headings, bylines, dates, tags, breadcrumbs, microdata.

use std::collections::HashSet;

use dom_query::{Document, NodeId, NodeRef};

use super::text::{fold, plain};
use crate::normalize;

/// Elements of one kind that are looked at.
const MOST: usize = 400;

/// Characters of a tag or name.
const LONGEST_NAME: usize = 80;

/// Parts of classes and ids of what stands beside the article.
const BESIDE: [&str; 22] = [
    "related",
    "sidebar",
    "widget",
    "footer",
    "menu",
    "navbar",
    "nav-",
    "recommend",
    "popular",
    "trending",
    "most-read",
    "mostread",
    "read-more",
    "more-from",
    "also-like",
    "next-post",
    "prevnext",
    "comment",
    "newsletter",
    "promo",
    "teaser",
    "carousel",
];

/// What themes call the end of an article.
const OWN_FOOTERS: [&str; 8] = [
    "entry-footer",
    "entry__footer",
    "post-footer",
    "post__footer",
    "article-footer",
    "article__footer",
    "story-footer",
    "story__footer",
];

/// The text of an element on one line.
pub(super) fn text_of(node: &NodeRef) -> String {
    const LONGEST: usize = 4_000;
    let mut text = String::new();
    for inner in node.descendants_it().filter(|inner| inner.is_text()) {
        text.push_str(&inner.text());
        if text.len() > LONGEST {
            break;
        }
    }
    if node.is_text() {
        text.push_str(&node.text());
    }
    normalize::line(&text)
}

/// Class and id in lower case.
pub(super) fn label(node: &NodeRef) -> String {
    let mut label = node.attr_or("class", "").to_lowercase();
    label.push(' ');
    label.push_str(&node.attr_or("id", "").to_lowercase());
    label
}

pub(super) fn words(node: &NodeRef, attribute: &str) -> impl Iterator<Item = String> {
    let value = node.attr_or(attribute, "").to_lowercase();
    value
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Distinct short texts, in order.
pub(super) fn names<'a, 'b: 'a>(nodes: impl Iterator<Item = &'a NodeRef<'b>>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for node in nodes {
        let name = text_of(node);
        let name = name
            .trim_matches(|c: char| matches!(c, ',' | '،' | ';' | '|' | '•'))
            .trim();
        if !name.is_empty()
            && name.chars().count() <= LONGEST_NAME
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// A block of tags holds little but their names.
pub(super) fn is_too_large(block: &NodeRef) -> bool {
    const MOST_ELEMENTS: usize = 200;
    block.descendants_it().take(MOST_ELEMENTS + 1).count() > MOST_ELEMENTS
}

pub(super) fn links<'a>(block: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
    block
        .descendants_it()
        .filter(|node| node.has_name("a"))
        .take(MOST)
        .collect()
}

/// Breadcrumbs without home and the article itself.
pub(super) fn without_home(mut names: Vec<String>, title: &str) -> Vec<String> {
    const HOME: [&str; 16] = [
        "home",
        "homepage",
        "startseite",
        "start",
        "accueil",
        "inicio",
        "início",
        "anasayfa",
        "ana sayfa",
        "الرئيسية",
        "الصفحة الرئيسية",
        "front page",
        "главная",
        "hjem",
        "hem",
        "home page",
    ];
    let title = fold(title);
    names.retain(|name| {
        let folded = fold(name);
        !folded.is_empty() && !HOME.contains(&folded.as_str()) && (title.is_empty() || folded != title)
    });
    names
}

/// The name inside a microdata object, else all of its text.
fn inner_name(node: &NodeRef) -> String {
    let name = node.descendants_it().find(|inner| {
        inner
            .attr("itemprop")
            .is_some_and(|property| &*property == "name")
    });
    name.map_or_else(
        || text_of(node),
        |name| {
            name.attr("content")
                .map_or_else(|| text_of(&name), |content| plain(&content))
        },
    )
}

fn is_name(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (1..=5).contains(&words) && !text.contains(['@', '/', '.']) && !text.chars().any(char::is_numeric)
}

/// The visible page.
pub(super) struct Markup<'a> {
    pub(super) document: &'a Document,
    /// What holds the page's heading.
    around_heading: HashSet<NodeId>,
}

/// WordPress says `rel=tag` of all terms; its addresses tell which is a category.
pub(super) fn is_category(link: &NodeRef) -> bool {
    let address = link.attr("href").unwrap_or_default();
    words(link, "rel").any(|word| word == "category")
        || address.split(['/', '?']).any(|part| part == "category")
}

impl<'a> Markup<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let headings = document.select("h1");
        let around_heading = headings
            .nodes()
            .iter()
            .take(MOST)
            .flat_map(|heading| heading.ancestors_it(None).map(|node| node.id))
            .collect();
        Self {
            document,
            around_heading,
        }
    }

    /// Whether an element stands in something that is not the article. What holds the page's heading is not beside it, whatever
    /// its class says; and an article has a footer of its own, which names its tags and authors.
    pub(super) fn is_beside(&self, node: &NodeRef) -> bool {
        node.ancestors_it(None).any(|ancestor| {
            let name = ancestor.node_name().unwrap_or_default();
            match &*name {
                "footer" if self.is_own_footer(&ancestor) => return false,
                "nav" | "aside" | "footer" => return true,
                "body" | "html" | "main" | "article" => return false,
                _ => {}
            }
            let mut label = label(&ancestor);
            if label.contains("footer") {
                for own in OWN_FOOTERS {
                    label = label.replace(own, "");
                }
            }
            BESIDE.iter().any(|part| label.contains(part)) && !self.around_heading.contains(&ancestor.id)
        })
    }

    fn is_own_footer(&self, footer: &NodeRef) -> bool {
        let in_article = || {
            let article = footer
                .ancestors_it(None)
                .find(|ancestor| ancestor.has_name("article"));
            article.is_some_and(|article| self.around_heading.contains(&article.id))
        };
        let label = label(footer);
        OWN_FOOTERS.iter().any(|own| label.contains(own)) || in_article()
    }

    pub(super) fn some(&self, selector: &str) -> Vec<NodeRef<'a>> {
        let mut nodes = self.document.select(selector).nodes().to_vec();
        nodes.truncate(MOST);
        nodes
    }

    /// First-level headings of the page, else what stands for them.
    pub(super) fn headings(&self) -> Vec<String> {
        let texts = |selector| -> Vec<String> {
            let nodes = self.some(selector);
            nodes
                .iter()
                .map(text_of)
                .filter(|heading| !heading.is_empty())
                .collect()
        };
        let first = texts("h1");
        // Old sites begin with the second level, or the third: then the only one of its level is the title.
        let others = ["h2", "h3"].into_iter().map(texts);
        match first.is_empty() {
            true => others
                .into_iter()
                .find(|headings| headings.len() == 1)
                .unwrap_or_default(),
            false => first,
        }
    }

    /// A heading that its class or microdata calls the article's title.
    pub(super) fn named_heading(&self) -> Option<String> {
        let selector = "h1[itemprop~=headline], h1[class*=title], h1[class*=headline], h1[class*=heading], article h1, main h1";
        self.some(selector)
            .iter()
            .map(text_of)
            .find(|title| !title.is_empty())
    }

    /// Links that say `rel=category`, or `rel=tag` and lead to a category.
    pub(super) fn rel_categories(&self) -> Vec<String> {
        let links = self.some("a[rel~=category], a[rel~=tag]");
        names(
            links
                .iter()
                .filter(|node| is_category(node) && !self.is_beside(node)),
        )
    }

    /// The names on the path from the home page to the article, outermost first, without home and the article itself.
    pub(super) fn breadcrumbs(&self, title: &str) -> Vec<String> {
        let selector = "[class*=breadcrumb i], [id*=breadcrumb i], [itemtype*=BreadcrumbList], [aria-label*=breadcrumb i], \
                    [class*=bread-crumb i], [class*=ariane i]";
        for trail in self.some(selector) {
            if is_too_large(&trail) {
                continue;
            }
            let names = without_home(names(links(&trail).iter()), title);
            if !names.is_empty() {
                return names;
            }
        }
        Vec::new()
    }

    /// Texts of elements with this microdata property, outside of others' objects.
    pub(super) fn property(&self, name: &str) -> Vec<String> {
        self.some(&format!("[itemprop~={name}]"))
            .iter()
            .filter(|node| !self.is_beside(node))
            .filter_map(|node| {
                let attribute = ["content", "datetime"].iter().find_map(|key| node.attr(key));
                let text = attribute.map_or_else(|| inner_name(node), |content| plain(&content));
                (!text.is_empty()).then_some(text)
            })
            .collect()
    }

    /// Names of links that say `rel=author`.
    pub(super) fn rel_authors(&self) -> Vec<String> {
        names(
            self.some("[rel~=author]")
                .iter()
                .filter(|node| node.has_name("a") && !self.is_beside(node)),
        )
    }

    /// Names in what its class calls a byline, those that are links first.
    pub(super) fn bylines(&self) -> Vec<String> {
        let selector = "[class*=author i], [class*=byline i], [class*=autor i], [class*=auteur i], [class*=autore i], \
                    [data-testid*=author i], [data-testid*=byline i], address";
        for block in self.some(selector) {
            if self.is_beside(&block) || is_too_large(&block) || label(&block).contains("bio") {
                continue;
            }
            let linked: Vec<String> = names(links(&block).iter())
                .into_iter()
                .filter(|name| is_name(name))
                .collect();
            if !linked.is_empty() {
                return linked;
            }
            let text = text_of(&block);
            // What goes on in sentences tells about the author.
            let is_line = text.chars().count() <= LONGEST_NAME && !text.contains(['!', '?', '…']);
            if !text.is_empty() && is_line {
                return vec![text];
            }
        }
        Vec::new()
    }
}
