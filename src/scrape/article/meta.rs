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

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(html: &str) -> Meta {
        Meta::of(&Document::from(html))
    }

    #[test]
    fn the_first_name_with_a_content_is_taken() {
        for (html, expected) in [
            (
                "<meta property=og:title content='Ships arrive'>",
                Some("Ships arrive"),
            ),
            (
                "<meta name=OG:Title content=' Ships&amp;boats '>",
                Some("Ships&boats"),
            ),
            (
                "<meta name=og:title content=''><meta name=og:title content=b>",
                Some("b"),
            ),
            (
                "<meta name=twitter:title content=a><meta name=og:title content=b>",
                Some("b"),
            ),
            (
                "<meta itemprop=og:title content='&lt;b&gt;Ships&lt;/b&gt;'>",
                Some("Ships"),
            ),
            ("<meta name=og:title>", None),
            ("<meta content=a>", None),
            ("", None),
        ] {
            let found = meta(html).first(&["og:title", "twitter:title"]);
            assert_eq!(found.map(|(content, _)| content).as_deref(), expected, "{html}");
        }
    }

    #[test]
    fn a_list_is_one_element_with_commas_or_many_elements() {
        for (html, expected) in [
            ("<meta name=t content='oil, gas'>", vec!["oil", "gas"]),
            ("<meta name=t content='oil; gas'>", vec!["oil", "gas"]),
            ("<meta name=t content='نفط، غاز'>", vec!["نفط", "غاز"]),
            (
                "<meta name=t content='oil'><meta name=t content='Tripoli, Libya'>",
                vec!["oil", "Tripoli, Libya"],
            ),
            ("", vec![]),
        ] {
            assert_eq!(meta(html).list("t"), expected, "{html}");
        }
    }

    #[test]
    fn the_general_keywords_come_after_all_others() {
        let meta = meta(
            "<meta name=keywords content=news><meta name=news_keywords content=oil><meta name=parsely-tags content=gas>\
             <meta property=article:tag content=ports><meta name=description content=none><meta name=advantage content=none>",
        );
        let found: Vec<_> = meta
            .keywords()
            .into_iter()
            .map(|(names, _)| names.join(","))
            .collect();
        assert_eq!(found, ["oil", "gas", "news"]);
    }

    #[test]
    fn a_page_of_many_elements_is_read_to_a_limit() {
        let many: String = (0..50_000)
            .map(|n| format!("<meta name=n{n} content=x>"))
            .collect();
        assert_eq!(meta(&many).0.len(), MOST);
    }
}
