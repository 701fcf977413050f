//! The pages after the redesign: a theme made of blocks.

use super::super::template::fill;
use super::{Article, Listed, Site, body, head, slug};

pub fn home(site: &Site) -> String {
    let articles: Vec<&Article> = site.current().iter().collect();
    let main = listing(site, "Latest news", &articles, String::new());
    page(site, head::home(site), "home blog wp-embed-responsive", main)
}

pub fn section(site: &Site, listed: &Listed) -> String {
    let link = |number: usize, rel: &str, text: &str| {
        let (home, path) = (&site.home, listed.path(number));
        format!("<a href=\"{home}{path}\" class=\"wp-block-query-pagination-{rel}\">{text}</a>")
    };
    let mut links = String::new();
    if listed.number > 1 {
        links += &link(listed.number - 1, "previous", "Previous Page");
    }
    if !listed.is_last {
        links += &link(listed.number + 1, "next", "Next Page");
    }
    let navigation =
        format!("<nav class=\"wp-block-query-pagination\" aria-label=\"Pagination\">{links}</nav>");
    let main = listing(
        site,
        &format!("Category: {}", listed.section),
        listed.articles,
        navigation,
    );
    let class = format!(
        "archive category category-{} wp-embed-responsive",
        slug(listed.section)
    );
    page(site, head::section(site, listed), &class, main)
}

pub fn article(site: &Site, at: usize) -> String {
    let article = &site.articles[at];
    let beside = |other: Option<&Article>, side: &str, caption: &str| {
        other.map_or_else(String::new, |other| {
            let mut values = site.values(other);
            values.extend([("side", side.to_owned()), ("caption", caption.to_owned())]);
            fill(include_str!("blocks/beside.html"), &values)
        })
    };
    let newer = at.checked_sub(1).map(|newer| &site.articles[newer]);
    let mut values = site.values(article);
    values.extend([
        ("body", body(article, "")),
        (
            "tags",
            site.tags(
                article,
                "<span class=\"wp-block-post-terms__separator\">, </span>",
            ),
        ),
        (
            "previous",
            beside(site.articles.get(at + 1), "previous", "Previous"),
        ),
        ("next", beside(newer, "next", "Next")),
    ]);
    let main = fill(include_str!("blocks/article.html"), &values);
    let class = format!(
        "post-template-default single single-post postid-{} wp-embed-responsive",
        article.id
    );
    page(site, head::article(site, article), &class, main)
}

fn listing(site: &Site, name: &str, articles: &[&Article], navigation: String) -> String {
    let items = |template: &str, articles: &[&Article]| -> String {
        let items = articles
            .iter()
            .map(|article| fill(template, &site.values(article)));
        items.collect()
    };
    let archive: Vec<&Article> = site.articles[site.current().len()..].iter().collect();
    let (must_read, picks) = archive.split_at(3);
    let small = include_str!("blocks/small.html");
    let sidebar = fill(
        include_str!("blocks/sidebar.html"),
        &[
            ("site", site.home.clone()),
            ("must_read", items(small, must_read)),
            ("editor_picks", items(small, picks)),
        ],
    );
    fill(
        include_str!("blocks/listing.html"),
        &[
            ("name", name.to_owned()),
            ("list", items(include_str!("blocks/item.html"), articles)),
            ("navigation", navigation),
            ("sidebar", sidebar),
        ],
    )
}

fn page(site: &Site, head: String, class: &str, main: String) -> String {
    fill(
        include_str!("blocks/page.html"),
        &[
            ("site", site.home.clone()),
            ("head", head),
            ("body_class", class.to_owned()),
            ("main", main),
        ],
    )
}
