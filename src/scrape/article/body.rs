//! The text of an article.
//!
//! Two methods look for it: `dom_smoothie`, which is Readability, and [`region`], the smallest element that holds nearly
//! all prose of the page. What the page's data gives as the article's body judges between them, where it is there; else
//! the region wins only where Readability took a part of it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use dom_query::{Document, NodeId, NodeRef};
use dom_smoothie::{Config, Readability, TextMode};
use url::Url;

use super::json_ld;
use super::{clean, markup, pictures, text};
use crate::model::entity;
use crate::model::{Body, CleanHtml, ParsedItem};
use crate::normalize;
use crate::scrape::page::Page;

/// Runs of words that an article has more of, unless its page was not understood.
const FEW: usize = 80;

/// Percent of prose in a region that holds hardly anything else.
const PURE: usize = 90;

/// The HTML of a body without the boxes around all of it, which say nothing to a reader.
fn unwrapped(fragment: &Document) -> String {
    const BOXES: [&str; 5] = ["html", "body", "div", "section", "article"];
    let mut holder = fragment.root();
    loop {
        let is_blank =
            |node: &NodeRef| node.is_comment() || (node.is_text() && node.text().trim().is_empty());
        let mut inner = holder.children_it(false).filter(|node| !is_blank(node));
        match (inner.next(), inner.next()) {
            (Some(only), None) if BOXES.iter().any(|name| only.has_name(name)) => holder = only,
            _ => return holder.inner_html().to_string(),
        }
    }
}

/// The body and the method that found it.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) html: Option<CleanHtml>,
    pub(super) rule: &'static str,
}

/// What one method found, cleaned.
struct Candidate {
    fragment: Document,
    text: String,
    runs: HashSet<u64>,
    rule: &'static str,
}

impl Candidate {
    fn new(html: &str, title: &str, rule: &'static str) -> Self {
        let fragment = Document::fragment(html);
        clean::after(&fragment, title);
        let text = text::blocks(&fragment.root());
        let runs = runs(&text);
        Self {
            fragment,
            text,
            runs,
            rule,
        }
    }

    fn into_found(self, page: &Page, image: [Option<&Url>; 2]) -> Found {
        pictures::put_back(&self.fragment, page, image);
        let html = Body::Html(unwrapped(&self.fragment));
        let html = normalize::body(&html, &ParsedItem::default(), &page.base);
        Found {
            text: self.text,
            html,
            rule: self.rule,
        }
    }
}

pub(super) fn body(
    page: &Page,
    node: Option<&json_ld::Article>,
    title: &str,
    summary: Option<&str>,
    image: [Option<&Url>; 2],
) -> Found {
    let document = page.document.clone();
    let lead = summary.and_then(|summary| lead(&document, summary));
    clean::before(&document);
    let region = region(&document).map(|(node, purity)| (node.inner_html().to_string(), purity));
    let named = named(&document).map(|html| Candidate::new(&html, title, "what is called the text"));
    let mut readable = Candidate::new(&readability(document), title, "readability");
    // Of a few sentences no method can tell that they are the article; their name can.
    if let Some(named) = named
        .filter(|_| readable.runs.len() < FEW)
        .filter(|named| !named.runs.is_empty())
    {
        readable = named;
    } else if readable.runs.len() < FEW {
        let whole = Candidate::new(
            &readability(page.document.clone()),
            title,
            "readability of the whole page",
        );
        if whole.runs.len() > 2 * readable.runs.len() {
            readable = whole;
        }
    }
    let region = region.map(|(html, purity)| (Candidate::new(&html, title, "region of prose"), purity));
    let declared = node
        .and_then(|node| node.raw("articleBody"))
        .and_then(|body| declared(body, title));
    let mut chosen = choose(readable, region, declared);
    if let Some(lead) = lead.filter(|lead| !is_in(lead, &chosen.text)) {
        chosen
            .fragment
            .root()
            .prepend_html(format!("<p>{}</p>", escaped(&lead)));
        chosen.text.insert_str(0, &format!("{lead}\n"));
    }
    chosen.into_found(page, image)
}

fn choose(readable: Candidate, region: Option<(Candidate, usize)>, declared: Option<Candidate>) -> Candidate {
    let Some((region, purity)) = region else {
        return declared
            .filter(|declared| declared.runs.len() > 2 * readable.runs.len())
            .unwrap_or(readable);
    };
    if let Some(declared) = declared {
        let best = if overlap(&region.runs, &declared.runs) > overlap(&readable.runs, &declared.runs) {
            region
        } else {
            readable
        };
        // The page may show less than it says, for those who pay; or it was not understood.
        let covered = declared.runs.intersection(&best.runs).count();
        return if covered * 2 < declared.runs.len() {
            declared
        } else {
            best
        };
    }
    let shared = readable.runs.intersection(&region.runs).count();
    // The purer the region, the less must be missing.
    let enough = if purity >= PURE { 95 } else { 80 };
    let is_part =
        readable.runs.len() * 100 < region.runs.len() * enough && shared * 4 > readable.runs.len() * 3;
    if is_part || readable.runs.is_empty() {
        region
    } else {
        readable
    }
}

/// The innermost of the elements that are called the text of an article, if they are one in another.
fn named(document: &Document) -> Option<String> {
    const NAMES: &str = "[itemprop~=articleBody], .entry-content, .post-content, .article-content, .article-body, \
                         .article__body, .post-body, .story-body, .content-inner";
    let found = document.select(NAMES);
    let last = found.nodes().last()?;
    let is_around = |node: &NodeRef| last.ancestors_it(None).any(|ancestor| ancestor.id == node.id);
    let others = found.nodes().iter().filter(|node| node.id != last.id);
    others
        .into_iter()
        .all(is_around)
        .then(|| last.inner_html().to_string())
}

/// The sentences between title and text that the page also gives as its summary.
fn lead(document: &Document, summary: &str) -> Option<String> {
    const LEAST: usize = 50;
    let wanted = text::fold(summary.trim_end_matches(['…', '.']));
    if wanted.chars().count() < LEAST {
        return None;
    }
    let title = document.select("h1").nodes().first().copied()?;
    let root = document.root();
    let after = root.descendants_it().skip_while(move |node| node.id != title.id);
    let mut blocks = after.filter(|node| text::is_block(node) || node.has_name("span"));
    blocks.find_map(|block| {
        let length = block.normalized_char_count();
        if length < LEAST || length > summary.len() + 200 {
            return None;
        }
        let text = markup::text_of(&block);
        text::fold(&text).starts_with(&wanted).then_some(text)
    })
}

/// Whether most of a lead's words stand at the beginning of a text already.
fn is_in(lead: &str, text: &str) -> bool {
    let (lead, text) = (runs(lead), runs(text));
    lead.is_empty() || lead.intersection(&text).count() * 2 > lead.len()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// How alike two texts are, from 0 to 1.
fn overlap(one: &HashSet<u64>, other: &HashSet<u64>) -> f64 {
    let shared = one.intersection(other).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
    let ratio = 2.0 * shared as f64 / (one.len() + other.len()).max(1) as f64;
    ratio
}

/// Runs of four words.
fn runs(text: &str) -> HashSet<u64> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let hash = |run: &[&str]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    words.windows(4).map(hash).collect()
}

/// What the page's data gives as the body, if it is more than a teaser.
fn declared(body: &str, title: &str) -> Option<Candidate> {
    const LEAST: usize = 80;
    let body = entity::resolve_all(body, false);
    let html = if body.contains("</p>") || body.contains("<br") || body.contains("</div>") {
        body.into_owned()
    } else {
        let paragraph = |line: &str| format!("<p>{}</p>", line.trim());
        body.split('\n')
            .filter(|line| !line.trim().is_empty())
            .map(paragraph)
            .collect()
    };
    let candidate = Candidate::new(&html, title, "JSON-LD articleBody");
    (candidate.runs.len() >= LEAST && !candidate.text.ends_with('…') && !candidate.text.ends_with("..."))
        .then_some(candidate)
}

fn readability(document: Document) -> String {
    let config = Config {
        keep_classes: true,
        disable_json_ld: true,
        text_mode: TextMode::Raw,
        ..Config::default()
    };
    let Ok(mut readability) = Readability::with_document(document, None, Some(config)) else {
        return String::new();
    };
    readability
        .parse()
        .map(|article| article.content.to_string())
        .unwrap_or_default()
}

/// The smallest element that holds nearly all prose of the page, and how much of it is prose, in percent.
fn region(document: &Document) -> Option<(NodeRef<'_>, usize)> {
    const LEAST: usize = 400;
    let body = document.body()?;
    let mut amounts: HashMap<NodeId, usize> = HashMap::new();
    for node in body.descendants_it().filter(is_prose) {
        let amount = node.normalized_char_count();
        for ancestor in node.ancestors_it(None) {
            *amounts.entry(ancestor.id).or_default() += amount;
        }
    }
    let all = amounts.get(&body.id).copied().unwrap_or(0);
    if all < LEAST {
        return None;
    }
    let mut region = body;
    while let Some(child) = region.children_it(false).find(|child| {
        amounts
            .get(&child.id)
            .is_some_and(|amount| amount * 20 >= all * 17)
    }) {
        region = child;
    }
    // Lists of other articles hold little prose for their length.
    let length = region.normalized_char_count().max(1);
    (all * 4 >= length * 3).then_some((region, all * 100 / length))
}

/// A paragraph of sentences.
fn is_prose(node: &NodeRef) -> bool {
    const LEAST: usize = 60;
    if !node.has_name("p") {
        return false;
    }
    let length = node.normalized_char_count();
    let linked: usize = node
        .descendants_it()
        .filter(|inner| inner.has_name("a"))
        .map(|link| link.normalized_char_count())
        .sum();
    length >= LEAST && linked * 2 < length
}
