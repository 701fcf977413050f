//! The REST API of WordPress, as far as readers of news need it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::template::{Document, escaped, fill, json};
use super::{Article, SECTIONS, Site, body, seconds, slug, time};

const JSON: &str = "application/json; charset=UTF-8";
/// The path under which all posts are kept, embedded parts and all; [`answer`] chooses among them.
pub const POSTS: &str = "/wp-json/wp/v2/posts";

pub fn documents(site: &Site) -> Vec<Document> {
    let document = |path: String, body: String| Document {
        path,
        content_type: JSON,
        body: body.into_bytes(),
        modified: seconds(site.changed()),
    };
    let tags = Tags::of(&site.articles);
    let categories = SECTIONS.map(|(name, id)| (id, category(site, name, id)));
    let list = |values: Vec<String>| format!("[{}]", values.join(","));
    let terms = tags.0.iter().map(|name| tags.term(site, name)).collect();
    let index = fill(include_str!("api/index.json"), &[("site", site.home.clone())]);
    let mut documents = vec![
        document("/wp-json/".into(), index),
        document("/wp-json/wp/v2/tags".into(), list(terms)),
        document(
            "/wp-json/wp/v2/categories".into(),
            list(categories.iter().map(|(_, category)| category.clone()).collect()),
        ),
    ];
    for (id, category) in categories {
        documents.push(document(format!("/wp-json/wp/v2/categories/{id}"), category));
    }
    let posts: Vec<String> = site
        .articles
        .iter()
        .map(|article| post(site, &tags, article))
        .collect();
    for (article, post) in site.articles.iter().zip(&posts) {
        let mut post: Value = serde_json::from_str(post).expect("the post is JSON");
        strip(&mut post, false, None);
        documents.push(document(format!("{POSTS}/{}", article.id), post.to_string()));
    }
    documents.push(document(POSTS.into(), list(posts)));
    documents
}

/// The tags of all articles with numbers.
struct Tags(Vec<String>);

impl Tags {
    fn of(articles: &[Article]) -> Self {
        let names: BTreeSet<&String> = articles.iter().flat_map(|article| &article.tags).collect();
        Self(names.into_iter().cloned().collect())
    }

    fn id(&self, name: &str) -> u64 {
        let numbered = (20..).zip(&self.0).find(|(_, known)| *known == name);
        numbered.expect("the tags of all articles are known").0
    }

    fn term(&self, site: &Site, name: &str) -> String {
        let count = site
            .articles
            .iter()
            .filter(|article| article.tags.iter().any(|tag| tag == name))
            .count();
        term(site, ["post_tag", "tag"], name, self.id(name), count)
    }
}

fn category(site: &Site, name: &str, id: u64) -> String {
    term(
        site,
        ["category", "category"],
        name,
        id,
        site.of_section(name).count(),
    )
}

/// A category or a tag; its taxonomy is called otherwise in addresses.
fn term(site: &Site, [taxonomy, base]: [&str; 2], name: &str, id: u64, count: usize) -> String {
    let values = [
        ("site", site.home.clone()),
        ("id", id.to_string()),
        ("count", count.to_string()),
        ("taxonomy", taxonomy.to_owned()),
        ("base", base.to_owned()),
        ("slug", slug(name)),
        ("name", json(&escaped(name))),
    ];
    fill(include_str!("api/term.json"), &values)
}

fn post(site: &Site, tags: &Tags, article: &Article) -> String {
    let section = SECTIONS.iter().find(|(name, _)| *name == article.category);
    let section = section.map_or(0, |(_, id)| *id);
    let ids: Vec<String> = article.tags.iter().map(|tag| tags.id(tag).to_string()).collect();
    let terms: Vec<String> = article.tags.iter().map(|tag| tags.term(site, tag)).collect();
    let without_zone = |written: String| written.trim_end_matches("+00:00").to_owned();
    let excerpt = format!("<p>{}</p>\n", article.excerpt(30, " [&hellip;]"));
    let mut values = site.values(article);
    values.extend([
        ("local", without_zone(time(article.published))),
        ("local_modified", without_zone(time(article.modified()))),
        ("slug", article.slug.clone()),
        ("media", (article.id + 1).to_string()),
        ("category_id", section.to_string()),
        ("category", category(site, &article.category, section)),
        ("tag_ids", ids.join(",")),
        ("terms", terms.join(",")),
        ("author_json", json(&article.author)),
        ("rendered_title", json(&escaped(&article.title))),
        ("rendered_content", json(&body(article, ""))),
        ("rendered_excerpt", json(&excerpt)),
    ]);
    fill(include_str!("api/post.json"), &values)
}

/// What WordPress answers to a query for posts, and how many posts and pages there are. `posts` is what is kept under
/// [`POSTS`]; `None` is a page after the last.
pub fn answer(posts: &[u8], query: &str) -> Option<(Vec<u8>, usize, usize)> {
    let asked: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let value = |name: &str| {
        asked
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let number =
        |name: &str, default: usize| value(name).and_then(|n| n.parse().ok()).unwrap_or(default).max(1);
    let mut posts: Vec<Value> = serde_json::from_slice(posts).unwrap_or_default();
    for name in ["categories", "tags"] {
        let Some(wanted) = value(name) else { continue };
        let wanted: Vec<u64> = wanted.split(',').filter_map(|id| id.parse().ok()).collect();
        posts.retain(|post| {
            let ids = post[name].as_array().into_iter().flatten();
            ids.filter_map(Value::as_u64).any(|id| wanted.contains(&id))
        });
    }
    if let Some(after) = value("after") {
        posts.retain(|post| post["date"].as_str().is_some_and(|date| date > after));
    }
    let (per_page, page) = (number("per_page", 10).min(100), number("page", 1));
    let (total, pages) = (posts.len(), posts.len().div_ceil(per_page));
    if page > pages.max(1) {
        return None;
    }
    let mut shown: Vec<Value> = posts
        .into_iter()
        .skip((page - 1) * per_page)
        .take(per_page)
        .collect();
    for post in &mut shown {
        strip(post, value("_embed").is_some(), value("_fields"));
    }
    Some((Value::Array(shown).to_string().into_bytes(), total, pages))
}

/// Leaves out what was not asked for.
fn strip(post: &mut Value, embedded: bool, fields: Option<&str>) {
    let Some(post) = post.as_object_mut() else { return };
    post.retain(|name, _| {
        let is_asked = fields.is_none_or(|fields| {
            fields
                .split(',')
                .any(|field| field.split('.').next() == Some(name))
        });
        is_asked && (embedded || name != "_embedded")
    });
}
