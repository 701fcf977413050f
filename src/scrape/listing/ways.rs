//! Better ways to a page's articles than the page: the feeds, the WordPress API and the sitemaps that it names.

use url::Url;

use crate::scrape::page::Page;

/// A better way, as the page itself names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What is there.
    pub kind: WayKind,
    /// Where.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
}

/// What a better way leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WayKind {
    /// A feed of articles that the page declares (`rel=alternate`).
    Feed,
    /// A feed that the page only links to.
    LinkedFeed,
    /// The posts of WordPress' REST API, which tells categories from tags.
    WordPress,
    /// A sitemap.
    Sitemap,
}

/// Ways that are looked at.
const MOST: usize = 32;

/// The better ways that a page names, best first. Feeds of comments are none.
pub fn better_ways(page: &Page) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    let mut posts_of_page = None;
    for link in page.document.select("link[rel][href]").iter().take(400) {
        let (rel, href) = (link.attr_or("rel", "").to_lowercase(), link.attr_or("href", ""));
        let kind = link.attr_or("type", "").to_lowercase();
        let Ok(url) = page.base.join(href.trim()) else {
            continue;
        };
        let title = link
            .attr("title")
            .map(|title| crate::normalize::line(&title))
            .filter(|title| !title.is_empty());
        let rels: Vec<&str> = rel.split_ascii_whitespace().collect();
        if rels.contains(&"https://api.w.org/") {
            ways.extend(url.join("wp/v2/posts").ok().map(|url| Way {
                kind: WayKind::WordPress,
                url,
                title,
            }));
        } else if rels.contains(&"sitemap") {
            ways.push(Way {
                kind: WayKind::Sitemap,
                url,
                title,
            });
        } else if rels.contains(&"alternate") && kind == "application/json" {
            posts_of_page = posts_of_page.or_else(|| wordpress_posts(&url));
        } else if rels.contains(&"alternate")
            && is_feed_type(&kind)
            && !is_of_comments(&url, title.as_deref())
        {
            ways.push(Way {
                kind: WayKind::Feed,
                url,
                title,
            });
        }
    }
    if let (Some(posts), Some(way)) = (
        posts_of_page,
        ways.iter_mut().find(|way| way.kind == WayKind::WordPress),
    ) {
        way.url = posts;
    }
    ways.extend(linked(page));
    let web = |way: &Way| matches!(way.url.scheme(), "http" | "https");
    ways.retain(web);
    ways.sort_by_key(|way| way.kind);
    let mut seen = std::collections::HashSet::new();
    ways.retain(|way| seen.insert(way.url.clone()));
    ways.truncate(MOST);
    ways
}

fn is_feed_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or(kind).trim();
    matches!(
        kind,
        "application/rss+xml"
            | "application/atom+xml"
            | "application/feed+json"
            | "application/rdf+xml"
            | "text/xml"
            | "application/xml"
    )
}

fn is_of_comments(url: &Url, title: Option<&str>) -> bool {
    let title = title.unwrap_or_default().to_lowercase();
    let in_path = url
        .path_segments()
        .into_iter()
        .flatten()
        .any(|segment| segment == "comments");
    in_path
        || [
            "comments feed",
            "kommentar",
            "commentaires",
            "comentarios",
            "تعليقات",
        ]
        .iter()
        .any(|words| title.contains(words))
}

/// `…/wp-json/wp/v2/categories/7` is the page itself as data; its posts are `…/wp/v2/posts?categories=7`.
fn wordpress_posts(url: &Url) -> Option<Url> {
    let path = url.path().to_owned();
    let (root, rest) = path.split_once("/wp/v2/")?;
    let (taxonomy, id) = rest.trim_end_matches('/').split_once('/')?;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let parameter = match taxonomy {
        "categories" | "tags" => taxonomy,
        "users" => "author",
        _ => return None,
    };
    let mut posts = url.clone();
    posts.set_path(&format!("{root}/wp/v2/posts"));
    posts.set_query(Some(&format!("{parameter}={id}")));
    is_number.then_some(posts)
}

/// Links in the page whose address is that of a feed or a sitemap.
fn linked(page: &Page) -> Vec<Way> {
    let mut ways = Vec::new();
    for link in page.document.select("a[href]").iter().take(5_000) {
        let href = link.attr_or("href", "");
        let href = href.trim();
        // A look at the text first: resolving thousands of addresses is what costs.
        if !["rss", "feed", "atom", "sitemap"]
            .iter()
            .any(|word| href.to_ascii_lowercase().contains(word))
        {
            continue;
        }
        let Ok(url) = page.base.join(href) else { continue };
        let own_host = url.host_str() == page.url.host_str();
        let last = url
            .path_segments()
            .into_iter()
            .flatten()
            .rfind(|segment| !segment.is_empty());
        let last = last.unwrap_or_default().to_lowercase();
        let is_feed = matches!(
            last.as_str(),
            "rss"
                | "feed"
                | "atom"
                | "rss.xml"
                | "feed.xml"
                | "atom.xml"
                | "index.xml"
                | "index.rss"
                | "rss2"
                | "feed.json"
                | "rss.aspx"
                | "rss.php"
        );
        let is_sitemap = last.starts_with("sitemap") && (last.ends_with(".xml") || last.ends_with(".xml.gz"));
        let kind = match (is_feed, is_sitemap) {
            (true, _) => WayKind::LinkedFeed,
            (_, true) => WayKind::Sitemap,
            _ => continue,
        };
        if own_host && !is_of_comments(&url, None) {
            let title = Some(crate::normalize::line(&link.text())).filter(|title| !title.is_empty());
            ways.push(Way { kind, url, title });
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(html: &str) -> Vec<(WayKind, String)> {
        let page = super::super::tests::page(html, "https://news.example/category/libya/");
        better_ways(&page)
            .into_iter()
            .map(|way| (way.kind, way.url.into()))
            .collect()
    }

    #[test]
    fn what_the_head_names_is_found_and_comments_are_not() {
        let html = r#"<head>
            <link rel="alternate" type="application/rss+xml" title="News &raquo; Feed" href="/feed/">
            <link rel="alternate" type="application/rss+xml" title="News &raquo; Comments Feed" href="/comments/feed/">
            <link rel="Alternate" type="application/atom+xml; charset=utf-8" href="https://news.example/atom.xml">
            <link rel="alternate" hreflang="ar" href="/ar/">
            <link rel="https://api.w.org/" href="https://news.example/wp-json/">
            <link rel="alternate" type="application/json" href="https://news.example/wp-json/wp/v2/categories/7">
            <link rel="sitemap" type="application/xml" href="/sitemap_index.xml">
            <link rel="alternate" type="application/rss+xml" href="javascript:x">
        </head><body><a href="/rss.xml">RSS</a> <a href="/feedback">Feedback</a></body>"#;
        assert_eq!(
            ways(html),
            [
                (WayKind::Feed, "https://news.example/feed/".to_owned()),
                (WayKind::Feed, "https://news.example/atom.xml".to_owned()),
                (WayKind::LinkedFeed, "https://news.example/rss.xml".to_owned()),
                (
                    WayKind::WordPress,
                    "https://news.example/wp-json/wp/v2/posts?categories=7".to_owned()
                ),
                (
                    WayKind::Sitemap,
                    "https://news.example/sitemap_index.xml".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn a_page_that_names_nothing_has_no_better_way() {
        assert!(ways("<a href=/a>A</a><link rel=stylesheet href=/a.css>").is_empty());
    }
}
