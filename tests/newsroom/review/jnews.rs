//! The pages in the theme JNews.

use super::super::template::{Value, fill};
use super::{Article, Listed, Site, body, head, slug};

const POST: &str = include_str!("jnews/post.html");
const HERO: &str = include_str!("jnews/hero.html");
const SMALL: &str = include_str!("jnews/small.html");

/// A hero of four, then three blocks: each current article once.
pub fn home(site: &Site) -> String {
    let (hero, rest) = site.current().split_at(4);
    let hero: Vec<&Article> = hero.iter().collect();
    let of = |sections: &[&str]| -> Vec<&Article> {
        let shown = rest
            .iter()
            .filter(|article| sections.contains(&article.category.as_str()));
        shown.collect()
    };
    let libya = of(&["Libya"]);
    let (big, small) = libya.split_at(1);
    let main = fill(
        include_str!("jnews/home.html"),
        &[
            ("site", site.home.clone()),
            ("hero", heroes(site, &hero)),
            ("libya_big", posts(site, big, "jeg_pl_md_1")),
            ("libya_small", smalls(site, small, "article")),
            (
                "middle",
                posts(site, &of(&["Economy", "Politics"]), "jeg_pl_md_1"),
            ),
            (
                "latest",
                posts(site, &of(&["Sport", "Entertainment", "Opinion"]), "jeg_pl_lg_2"),
            ),
            ("sidebar", sidebar(site)),
        ],
    );
    page(
        site,
        head::home(site),
        "home page-template wp-embed-responsive jeg_toggle_light jnews jsc_normal",
        main,
    )
}

pub fn section(site: &Site, listed: &Listed) -> String {
    let with_hero = listed.articles.len() > 5;
    let (hero, list) = listed.articles.split_at(if with_hero { 3 } else { 0 });
    let hero = if with_hero {
        let values = [("hero", heroes(site, hero))];
        fill(include_str!("jnews/section-hero.html"), &values)
    } else {
        String::new()
    };
    let main = fill(
        include_str!("jnews/section.html"),
        &[
            ("site", site.home.clone()),
            ("slug", slug(listed.section)),
            ("name", listed.section.to_owned()),
            ("hero", hero),
            ("list", posts(site, list, "jeg_pl_lg_2")),
            ("navigation", navigation(site, listed)),
            ("sidebar", sidebar(site)),
        ],
    );
    let class = format!(
        "archive category category-{} jeg_toggle_light jnews jsc_normal",
        slug(listed.section)
    );
    page(site, head::section(site, listed), &class, main)
}

fn navigation(site: &Site, listed: &Listed) -> String {
    let link = |number: usize, class: &str, text: &str| {
        let (home, path) = (&site.home, listed.path(number));
        format!("<a class=\"{class}\" href=\"{home}{path}\"><span class=\"navtext\">{text}</span></a>")
    };
    let here = format!("<span class=\"page_number active\">{}</span>", listed.number);
    match (listed.number, listed.is_last) {
        (1, true) => String::new(),
        (1, false) => here + &link(2, "page_number", "2") + &link(2, "page_nav next", "Next"),
        (number, _) => link(number - 1, "page_nav prev", "Previous") + &link(1, "page_number", "1") + &here,
    }
}

pub fn article(site: &Site, at: usize) -> String {
    let article = &site.articles[at];
    let newer = at.checked_sub(1).map(|newer| &site.articles[newer]);
    let older = site.articles.get(at + 1);
    let beside = |other: Option<&Article>, side: &str, caption: &str| {
        other.map_or_else(String::new, |other| {
            let mut values = site.values(other);
            values.extend([("side", side.to_owned()), ("caption", caption.to_owned())]);
            fill(include_str!("jnews/beside.html"), &values)
        })
    };
    let related: Vec<&Article> = site
        .of_section(&article.category)
        .filter(|other| other.id != article.id)
        .take(3)
        .collect();
    let popup = newer.or(older).map_or_else(String::new, |other| {
        fill(include_str!("jnews/popup.html"), &site.values(other))
    });
    let mut values = site.values(article);
    values.extend([
        ("body", body(article, &inline_related(site, at))),
        ("tags", site.tags(article, "")),
        ("previous", beside(older, "prev", "Previous Post")),
        ("next", beside(newer, "next", "Next Post")),
        ("related", posts(site, &related, "jeg_pl_md_1")),
        ("popup", popup),
        ("sidebar", sidebar(site)),
    ]);
    let main = fill(include_str!("jnews/article.html"), &values);
    let class = format!(
        "post-template-default single single-post postid-{} single-format-standard jeg_toggle_light jeg_single_tpl_1 jnews jsc_normal",
        article.id
    );
    page(site, head::article(site, article), &class, main)
}

/// Two other articles in a box between the paragraphs.
fn inline_related(site: &Site, at: usize) -> String {
    let others = (1..=2).map(|step| &site.articles[(at + 4 * step) % site.articles.len()]);
    let items = others.map(|other| fill(include_str!("jnews/inline-item.html"), &site.values(other)));
    fill(
        include_str!("jnews/inline-related.html"),
        &[("items", items.collect())],
    )
}

fn heroes(site: &Site, articles: &[&Article]) -> String {
    let items = articles.iter().enumerate().map(|(at, article)| {
        let place: Value = ("place", (at + 1).to_string());
        fill(HERO, &[site.values(article), vec![place]].concat())
    });
    items.collect()
}

fn posts(site: &Site, articles: &[&Article], kind: &str) -> String {
    let kind: Value = ("kind", kind.to_owned());
    let items = articles
        .iter()
        .map(|article| fill(POST, &[site.values(article), vec![kind.clone()]].concat()));
    items.collect()
}

fn smalls(site: &Site, articles: &[&Article], element: &str) -> String {
    let element: Value = ("element", element.to_owned());
    let items = articles
        .iter()
        .map(|article| fill(SMALL, &[site.values(article), vec![element.clone()]].concat()));
    items.collect()
}

fn sidebar(site: &Site) -> String {
    let archive: Vec<&Article> = site.articles[site.current().len()..].iter().collect();
    let (must_read, picks) = archive.split_at(3);
    fill(
        include_str!("jnews/sidebar.html"),
        &[
            ("site", site.home.clone()),
            ("must_read", smalls(site, must_read, "div")),
            ("editor_picks", smalls(site, picks, "div")),
        ],
    )
}

fn page(site: &Site, head: String, class: &str, main: String) -> String {
    let mega = site.of_section("Libya").take(3);
    let mega = mega.map(|article| fill(include_str!("jnews/mega-item.html"), &site.values(article)));
    fill(
        include_str!("jnews/page.html"),
        &[
            ("site", site.home.clone()),
            ("head", head),
            ("body_class", class.to_owned()),
            ("mega_menu", mega.collect()),
            ("main", main),
        ],
    )
}
