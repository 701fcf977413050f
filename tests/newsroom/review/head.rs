//! What pages say in their heads: what WordPress itself writes, and what the search plugin Yoast adds.

use super::super::template::{escaped, fill, json};
use super::{Article, Listed, SECTIONS, Site, slug, time};

const NAME: &str = "Syrtis Review";

pub fn home(site: &Site) -> String {
    format!(
        "<title>{NAME} &#8211; A newspaper that does not exist</title>\n<meta property=\"og:type\" content=\"website\">\n\
         <meta property=\"og:title\" content=\"{NAME}\">\n<meta property=\"og:url\" content=\"{}/\">\n",
        site.home
    )
}

pub fn section(site: &Site, listed: &Listed) -> String {
    let (home, name, slug) = (&site.home, listed.section, slug(listed.section));
    let id = SECTIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(0, |(_, id)| *id);
    format!(
        "<title>{name} &#8211; {NAME}</title>\n\
         <link rel=\"alternate\" type=\"application/rss+xml\" title=\"{NAME} &raquo; {name} Category Feed\" href=\"{home}/category/{slug}/feed/\">\n\
         <link rel=\"alternate\" title=\"JSON\" type=\"application/json\" href=\"{home}/wp-json/wp/v2/categories/{id}\">\n"
    )
}

pub fn article(site: &Site, article: &Article) -> String {
    let (home, id, url) = (&site.home, article.id, site.url(article));
    let title = escaped(&article.title);
    let separator = if article.metadata { "-" } else { "&#8211;" };
    let metadata = if article.metadata {
        metadata(site, article)
    } else {
        String::new()
    };
    format!(
        "<title>{title} {separator} {NAME}</title>\n<link rel=\"canonical\" href=\"{url}\">\n{metadata}\
         <link rel=\"shortlink\" href=\"{home}/?p={id}\">\n\
         <link rel=\"alternate\" title=\"JSON\" type=\"application/json\" href=\"{home}/wp-json/wp/v2/posts/{id}\">\n\
         <link rel=\"alternate\" type=\"application/rss+xml\" title=\"{NAME} &raquo; {title} Comments Feed\" href=\"{url}feed/\">\n"
    )
}

/// OpenGraph, `article:`, Twitter and one JSON-LD graph.
fn metadata(site: &Site, article: &Article) -> String {
    let (published, modified) = (time(article.published), time(article.modified()));
    let description = article.excerpt(26, "");
    let mut head = format!("<meta name=\"description\" content=\"{description}\">\n");
    for (property, content) in [
        ("og:locale", "en_US".to_owned()),
        ("og:type", "article".into()),
        ("og:title", escaped(&article.title)),
        ("og:description", description.clone()),
        ("og:url", site.url(article)),
        ("og:site_name", NAME.into()),
        ("article:published_time", published),
        ("article:modified_time", modified),
        ("og:image", format!("{}.jpg", site.picture(article))),
        ("og:image:width", "1536".into()),
        ("og:image:height", "1024".into()),
    ] {
        head += &format!("<meta property=\"{property}\" content=\"{content}\">\n");
    }
    for (name, content) in [
        ("author", article.author.as_str()),
        ("twitter:card", "summary_large_image"),
        ("twitter:label1", "Written by"),
        ("twitter:data1", &article.author),
        ("twitter:label2", "Est. reading time"),
        ("twitter:data2", "2 minutes"),
    ] {
        head += &format!("<meta name=\"{name}\" content=\"{content}\">\n");
    }
    let graph = graph(site, article);
    head + &format!("<script type=\"application/ld+json\" class=\"yoast-schema-graph\">{graph}</script>\n")
}

fn graph(site: &Site, article: &Article) -> String {
    let words: usize = article.text().iter().map(|text| text.split(' ').count()).sum();
    let tags: Vec<String> = article.tags.iter().map(|tag| json(tag)).collect();
    let mut values = site.values(article);
    values.extend([
        ("words", words.to_string()),
        ("modified", time(article.modified())),
        ("title_json", json(&article.title)),
        ("page_title_json", json(&format!("{} - {NAME}", article.title))),
        ("author_json", json(&article.author)),
        ("tags_json", format!("[{}]", tags.join(","))),
    ]);
    fill(include_str!("yoast.json"), &values)
}
