//! The tags that the visible page shows: links that say so, blocks of them, links after the word "Tags".

use dom_query::NodeRef;

use super::labels::LABELS;
use super::markup::{Markup, is_category, is_too_large, label, links, names, text_of};
use super::text::fold;

/// Tags of one article; longer lists are a site's index.
const MOST_TAGS: usize = 20;

/// Elements that hold what is called tags or lead there.
const CALLED_TAGS: &str = "[class*=tag i], [class*=topic i], [class*=keyword i]";

/// Last words of classes and ids of a block of tags.
const BLOCKS: [&str; 7] = [
    "tags",
    "topics",
    "keywords",
    "taglist",
    "topiclist",
    "themen",
    "tagged",
];

/// Parts of addresses that lead to tags.
const PATHS: [&str; 14] = [
    "tag",
    "tags",
    "topic",
    "topics",
    "thema",
    "themen",
    "thematique",
    "tema",
    "temas",
    "temi",
    "keyword",
    "keywords",
    "etiket",
    "subject",
];

impl<'a> Markup<'a> {
    /// Elements of a selector, those after the page's heading first: above it stands the site's own.
    fn heading_first(&self, selector: &str) -> Vec<NodeRef<'a>> {
        const MOST: usize = 400;
        let found = self.document.select(&format!("h1, {selector}"));
        let nodes = found.nodes();
        let heading = nodes.iter().position(|node| node.has_name("h1")).unwrap_or(0);
        let (before, after) = nodes.split_at(heading);
        after
            .iter()
            .chain(before)
            .filter(|node| !node.has_name("h1"))
            .take(MOST)
            .copied()
            .collect()
    }

    /// Links that say `rel=tag`. WordPress says `rel="category tag"` of categories.
    pub(super) fn rel_tags(&self) -> Vec<String> {
        let links = self.some("a[rel~=tag]");
        names(
            links
                .iter()
                .filter(|node| !is_category(node) && !self.is_beside(node)),
        )
    }

    /// Links in what its class calls the article's tags.
    pub(super) fn tag_blocks(&self) -> Vec<String> {
        let selector = "[class*=tag i], [class*=topic i], [class*=keyword i], [id*=tags i], [itemprop=keywords], \
                        [class*=thema i], [class*=themen i], [data-testid*=tag i], [data-testid*=topic i], \
                        [data-component*=tag i]";
        let is_block = |block: &NodeRef| {
            let label = label(block);
            let is_called = label
                .split(|c: char| !c.is_alphanumeric())
                .any(|part| BLOCKS.iter().any(|word| part.ends_with(word)));
            let is_attributed = ["itemprop", "data-testid", "data-component"]
                .iter()
                .any(|name| block.has_attr(name));
            (is_called || is_attributed) && !block.has_name("body") && !label.contains("cloud")
        };
        self.heading_first(selector)
            .iter()
            .filter(|block| is_block(block) && !self.is_beside(block) && !is_too_large(block))
            .map(|block| names(links(block).iter()))
            .find(|tags| !tags.is_empty() && tags.len() <= MOST_TAGS)
            .unwrap_or_default()
    }

    /// Links that are each called a tag and whose address says so too.
    pub(super) fn named_tag_links(&self) -> Vec<String> {
        self.few(CALLED_TAGS, |node| {
            is_called_tag(node) && node.attr("href").is_some_and(|href| leads_to_tag(&href))
        })
    }

    /// Links that are each called a tag.
    pub(super) fn single_tags(&self) -> Vec<String> {
        self.few(CALLED_TAGS, |node| {
            let is_linked = node.has_name("a") || node.parent().is_some_and(|parent| parent.has_name("a"));
            is_linked && is_called_tag(node)
        })
    }

    /// Links whose address has a part for tags.
    pub(super) fn tag_links(&self) -> Vec<String> {
        const FEW: usize = 15;
        let tags = self.few("a[href]", |link| {
            link.attr("href").is_some_and(|href| leads_to_tag(&href))
        });
        if tags.len() <= FEW { tags } else { Vec::new() }
    }

    /// Names of the elements of a selector that are tags outside of sentences, unless they are too many.
    fn few(&self, selector: &str, is_tag: impl Fn(&NodeRef) -> bool) -> Vec<String> {
        let nodes = self.heading_first(selector);
        let tags = names(
            nodes
                .iter()
                .filter(|node| is_tag(node) && !is_in_sentence(node) && !self.is_beside(node)),
        );
        if tags.len() <= MOST_TAGS { tags } else { Vec::new() }
    }

    /// Links after the word "Tags:".
    pub(super) fn labelled_tags(&self) -> Vec<String> {
        const LONGEST_LABEL: usize = 80;
        const MOST_LABELS: usize = 40;
        let root = self.document.root();
        // Above the heading stands the site's own menu.
        let heading = self.document.select("h1").nodes().first().map(|node| node.id);
        let from = root
            .descendants_it()
            .skip_while(|node| heading.is_some_and(|heading| node.id != heading));
        let labels = from.filter(|node| {
            node.is_text() && {
                let text = node.text();
                let text = text.trim();
                !text.is_empty() && text.len() <= LONGEST_LABEL && LABELS.contains(&fold(text).as_str())
            }
        });
        labels
            .take(MOST_LABELS)
            .filter(|label| !self.is_beside(label))
            .find_map(|label| labelled(&label))
            .unwrap_or_default()
    }
}

/// The names of the links that follow a label in the smallest block that holds both, if they are all short.
fn labelled(label: &NodeRef) -> Option<Vec<String>> {
    const LEVELS: usize = 6;
    const MOST_WORDS: usize = 5;
    const MOST_CHARS: usize = 40;
    let mut branch = *label;
    let mut linked: Vec<NodeRef> = Vec::new();
    for block in label.ancestors_it(Some(LEVELS)) {
        if block.has_name("body") || block.has_name("nav") || is_too_large(&block) {
            break;
        }
        linked = after(&branch);
        if !linked.is_empty() {
            break;
        }
        branch = block;
    }
    let tags = names(linked.iter());
    let is_short =
        |name: &String| name.split_whitespace().count() <= MOST_WORDS && name.chars().count() <= MOST_CHARS;
    let are_tags = tags.len() <= MOST_TAGS && tags.iter().all(is_short);
    (are_tags && !tags.is_empty()).then_some(tags)
}

/// The links right after an element: those of the first sibling that has any, or of a run of siblings with one each.
fn after<'a>(branch: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
    let of = |node: &NodeRef<'a>| {
        if node.has_name("a") {
            vec![*node]
        } else {
            links(node)
        }
    };
    let mut run = Vec::new();
    let mut next = branch.next_sibling();
    while let Some(sibling) = next {
        next = sibling.next_sibling();
        let found = of(&sibling);
        match (found.len(), run.is_empty()) {
            (0, false) if sibling.is_element() => break,
            (0, _) => {}
            (1, _) => run.extend(found),
            (_, true) => return found,
            (_, false) => break,
        }
    }
    run
}

/// A word of an element's class or id is "tag": `tag--comp`, `topicLink_x81`.
fn is_called_tag(node: &NodeRef) -> bool {
    let value = [node.attr_or("class", ""), node.attr_or("id", "")];
    value.iter().any(|value| {
        value
            .split(|c: char| !c.is_alphabetic())
            .flat_map(camel_words)
            .any(|word| matches!(&*word.to_lowercase(), "tag" | "topic" | "keyword"))
    })
}

/// `topicLink` is topic and Link.
fn camel_words(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let mut was_lower = false;
        let end = rest.char_indices().find_map(|(at, c)| {
            let starts = c.is_uppercase() && was_lower;
            was_lower = c.is_lowercase();
            starts.then_some(at)
        });
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// `/tag/oil`, `/news/topics/oil`.
fn leads_to_tag(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or(href);
    let mut parts = path.split('/');
    parts.any(|part| PATHS.contains(&part)) && parts.any(|part| !part.is_empty())
}

/// A link in a sentence is no tag.
fn is_in_sentence(link: &NodeRef) -> bool {
    link.parent()
        .is_some_and(|parent| parent.has_name("p") && text_of(&parent) != text_of(link))
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::*;

    fn read(html: &str, what: impl Fn(&Markup) -> Vec<String>) -> Vec<String> {
        let document = Document::from(html);
        what(&Markup::of(&document))
    }

    #[test]
    fn links_after_a_label_are_tags_in_any_of_its_languages() {
        for (html, expected) in [
            (
                "<p>Tags: <a href=1>Oil</a>, <a href=2>Ports</a></p>",
                vec!["Oil", "Ports"],
            ),
            ("<div><b>Schlagworte:</b> <a href=1>Öl</a></div>", vec!["Öl"]),
            (
                "<section><div><div><h4>Mehr lesen über</h4></div></div><ul><li><a href=1>Öl</a></li><li><a href=2>Häfen</a></li></ul></section>",
                vec!["Öl", "Häfen"],
            ),
            ("<div><span>الوسوم</span><a href=1>نفط</a></div>", vec!["نفط"]),
            (
                "<div><span>Topics</span><ul><li><a href=1>Oil</a></li><li><a href=2>Ports</a></li></ul><ul><li><a href=3>Share this</a></li><li><a href=4>Print</a></li></ul></div>",
                vec!["Oil", "Ports"],
            ),
            // Other articles, not tags.
            (
                "<div><b>More on this topic</b><a href=1>Ships arrive in Derna after the flood</a></div>",
                vec![],
            ),
            ("<nav><span>Topics</span><a href=1>Oil</a></nav>", vec![]),
            ("<p>Topics</p>", vec![]),
            ("<p>Our topics are <a href=1>oil</a></p>", vec![]),
        ] {
            let html = format!("<h1>Ships</h1>{html}");
            assert_eq!(read(&html, |markup| markup.labelled_tags()), expected, "{html}");
        }
        let above = "<div><span>Topics</span><a href=1>Oil</a></div><h1>Ships</h1>";
        assert!(read(above, |markup| markup.labelled_tags()).is_empty());
    }

    #[test]
    fn a_block_after_the_heading_is_the_articles() {
        let bar = "<div class=tags><a href=1>Horoscope</a></div>";
        let own = "<div class=post-tags><a href=2>Oil</a></div>";
        for (html, expected) in [
            (format!("{bar}<h1>Ships</h1>{own}"), vec!["Oil"]),
            (format!("{bar}<h1>Ships</h1>"), vec!["Horoscope"]),
            (format!("<h1>Ships</h1><aside>{own}</aside>"), vec![]),
            (format!("<h1>Ships</h1><footer class=site>{own}</footer>"), vec![]),
            (
                format!("<article><h1>Ships</h1><footer>{own}</footer></article>"),
                vec!["Oil"],
            ),
            (
                format!("<h1>Ships</h1><footer class=entry-footer>{own}</footer>"),
                vec!["Oil"],
            ),
            (
                format!("<h1>Ships</h1><div class=entry-footer__list>{own}</div>"),
                vec!["Oil"],
            ),
        ] {
            assert_eq!(read(&html, |markup| markup.tag_blocks()), expected, "{html}");
        }
    }

    #[test]
    fn links_called_tags_are_told_from_words_in_sentences() {
        for (link, expected) in [
            ("<a class=tag--comp href=/tag/12-oil>Oil</a>", true),
            (
                "<a class='nav-link tag-name' href='https://news.example/topics/oil'>Oil</a>",
                true,
            ),
            ("<a class=topicLink_x81 href=/topic/oil?from=1>Oil</a>", true),
            ("<a class=stage href=/tag/oil>Oil</a>", false),
            ("<a class=tag href=/2024/oil>Oil</a>", false),
            ("<a class=tag href=/tag/>All tags</a>", false),
            ("<p>Prices of <a class=tag href=/tag/oil>oil</a> rise.</p>", false),
        ] {
            let html = format!("<h1>Ships</h1>{link}");
            assert_eq!(
                !read(&html, |markup| markup.named_tag_links()).is_empty(),
                expected,
                "{link}"
            );
        }
    }
}
