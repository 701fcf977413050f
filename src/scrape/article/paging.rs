//! The further parts of an article that its site spreads over several pages.

use dom_query::NodeRef;
use url::Url;

use crate::scrape::page::Page;

/// A page that is one of several with the same article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The address of the first.
    pub first: Url,
    /// 1 for the first.
    pub number: u32,
}

impl Part {
    /// The page that its own address stands for.
    pub fn first(url: &Url) -> Self {
        Self {
            first: url.clone(),
            number: 1,
        }
    }
}

/// Parameters that number the parts of an article; others with such names number its comments.
const PARAMETERS: [&str; 4] = ["page", "pagenum", "pg", "p"];

/// Links of a page that are looked at.
const MOST_LINKS: usize = 5_000;

/// The address of the next part, if the page links to it: the article's own address with the next number, after a slash
/// or as a parameter. A link that merely says "next" may lead to another article.
pub(super) fn next(page: &Page, part: &Part) -> Option<Url> {
    let number = (part.number + 1).to_string();
    let links = page.document.select("link[rel~=next][href], a[href]");
    links.nodes().iter().take(MOST_LINKS).find_map(|link| {
        let href = link.attr("href")?;
        // A look at the text first: resolving thousands of addresses is what costs.
        if !href.contains(&number) {
            return None;
        }
        let url = page.base.join(href.trim()).ok()?;
        let is_next = is_below(&url, &part.first, &number)
            || (is_numbered(&url, &part.first, &number) && !is_about_comments(link));
        is_next.then(|| {
            let mut url = url;
            url.set_fragment(None);
            url
        })
    })
}

/// `…/article/2/` of `…/article/`.
fn is_below(url: &Url, first: &Url, number: &str) -> bool {
    let path = url.path().trim_end_matches('/');
    url.origin() == first.origin()
        && url.query() == first.query()
        && path
            .strip_suffix(number)
            .and_then(|stem| stem.strip_suffix('/'))
            .is_some_and(|stem| !stem.is_empty() && stem == first.path().trim_end_matches('/'))
}

/// `…/article?page=2` of `…/article`.
fn is_numbered(url: &Url, first: &Url, number: &str) -> bool {
    let others = |url: &Url| -> Vec<(String, String)> {
        let pairs = url.query_pairs().into_owned();
        pairs
            .filter(|(name, _)| !PARAMETERS.contains(&name.as_str()))
            .collect()
    };
    let numbers = url
        .query_pairs()
        .any(|(name, value)| PARAMETERS.contains(&&*name) && value == number);
    url.origin() == first.origin() && url.path() == first.path() && numbers && others(url) == others(first)
}

/// Comments have pages of their own.
fn is_about_comments(link: &NodeRef) -> bool {
    std::iter::once(*link)
        .chain(link.ancestors_it(Some(12)))
        .any(|around| {
            let names = ["class", "id"].map(|name| around.attr(name));
            names
                .iter()
                .flatten()
                .any(|names| names.to_ascii_lowercase().contains("comment"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://news.example/2024/08/a-long-read/";

    fn next_of(html: &str, url: &str, number: u32) -> Option<String> {
        let url = Url::parse(url).unwrap();
        let page = Page::read(html.as_bytes(), Some("text/html"), &url).unwrap();
        let part = Part { first: url, number };
        next(&page, &part).map(String::from)
    }

    #[test]
    fn the_next_part_has_the_articles_address_and_the_next_number() {
        for (html, number, expected) in [
            (
                r#"<p class=page-links>1 <a href="2/">2</a> <a href="3/">3</a>"#,
                1,
                Some("https://news.example/2024/08/a-long-read/2/"),
            ),
            (
                r#"<p class=page-links><a href="./">1</a> <a href="2/">2</a> <a href="3/#top">3</a>"#,
                2,
                Some("https://news.example/2024/08/a-long-read/3/"),
            ),
            (
                r#"<link rel=next href="/2024/08/a-long-read/?page=2"><body>"#,
                1,
                Some("https://news.example/2024/08/a-long-read/?page=2"),
            ),
            (r#"<a href="2/">2</a>"#, 2, None),
            (
                r#"<a rel=next href="/2024/08/another-article/">Next post</a>"#,
                1,
                None,
            ),
            (
                r#"<a href="/2024/08/a-long-read-2/">A long read, part 2</a>"#,
                1,
                None,
            ),
            (
                r#"<a href="https://other.example/2024/08/a-long-read/2/">2</a>"#,
                1,
                None,
            ),
            (r#"<a href="?page=2&replytocom=7">2</a>"#, 1, None),
            (
                r#"<nav id="comments-nav"><a href="?page=2">Older</a></nav>"#,
                1,
                None,
            ),
            (r#"<a href="/2">2</a>"#, 1, None),
        ] {
            assert_eq!(next_of(html, URL, number).as_deref(), expected, "{html}");
        }
        // The next number after that of an article is another article.
        assert_eq!(
            next_of(
                r#"<a href="/news/48">Next</a>"#,
                "https://news.example/news/47",
                1
            ),
            None
        );
        assert_eq!(next_of(r#"<a href="/2">2</a>"#, "https://news.example/", 1), None);
    }
}
