//! The REST API of WordPress, as far as readers of news need it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::template::{Document, escaped};
use super::{Article, SECTIONS, Site, body, seconds, slug};

const JSON: &str = "application/json; charset=UTF-8";
/// The path under which all posts are kept, embedded parts and all; [`answer`] chooses among them.
pub const POSTS: &str = "/wp-json/wp/v2/posts";

pub fn documents(site: &Site) -> Vec<Document> {
    let document = |path: String, value: &Value| Document {
        path,
        content_type: JSON,
        body: value.to_string().into_bytes(),
        modified: seconds(site.changed()),
    };
    let home = &site.home;
    let tags = Tags::of(&site.articles);
    let posts: Vec<Value> = site
        .articles
        .iter()
        .map(|article| post(site, &tags, article))
        .collect();
    let index = json!({
        "name": "Syrtis Review", "description": "A newspaper that does not exist", "url": home, "home": home,
        "gmt_offset": "0", "timezone_string": "", "namespaces": ["oembed/1.0", "yoast/v1", "wp/v2"],
        "routes": {"/wp/v2/posts": {"methods": ["GET"]}, "/wp/v2/categories": {"methods": ["GET"]}, "/wp/v2/tags": {"methods": ["GET"]}},
    });
    let categories: Vec<Value> = SECTIONS
        .iter()
        .map(|(name, id)| category(site, name, *id))
        .collect();
    let mut documents = vec![
        document("/wp-json/".into(), &index),
        document("/wp-json/wp/v2/categories".into(), &json!(categories)),
        document("/wp-json/wp/v2/tags".into(), &json!(tags.all(site))),
    ];
    for category in &categories {
        documents.push(document(
            format!("/wp-json/wp/v2/categories/{}", category["id"]),
            category,
        ));
    }
    for post in &posts {
        let mut post = post.clone();
        strip(&mut post, false, None);
        documents.push(document(format!("{POSTS}/{}", post["id"]), &post));
    }
    documents.push(document(POSTS.into(), &json!(posts)));
    documents
}

/// The tags of all articles with numbers.
struct Tags(Vec<String>);

impl Tags {
    fn of(articles: &[Article]) -> Self {
        let names: BTreeSet<&String> = articles.iter().flat_map(|article| &article.tags).collect();
        Self(names.into_iter().cloned().collect())
    }

    fn id(&self, name: &str) -> usize {
        20 + self
            .0
            .iter()
            .position(|known| known == name)
            .expect("the tags of all articles are known")
    }

    fn term(&self, site: &Site, name: &str) -> Value {
        let slug = slug(name);
        let link = format!("{}/tag/{slug}/", site.home);
        json!({"id": self.id(name), "link": link, "name": escaped(name), "slug": slug, "taxonomy": "post_tag"})
    }

    fn all(&self, site: &Site) -> Vec<Value> {
        self.0.iter().map(|name| self.term(site, name)).collect()
    }
}

fn category(site: &Site, name: &str, id: u64) -> Value {
    let slug = slug(name);
    let count = site.of_section(name).count();
    let link = format!("{}/category/{slug}/", site.home);
    json!({"id": id, "count": count, "description": "", "link": link, "name": name, "slug": slug, "taxonomy": "category", "parent": 0})
}

fn post(site: &Site, tags: &Tags, article: &Article) -> Value {
    let (home, id) = (&site.home, article.id);
    let time = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%S").to_string();
    let section = SECTIONS.iter().find(|(name, _)| *name == article.category);
    let section = section.map_or(0, |(_, id)| *id);
    let author = slug(&article.author);
    let terms: Vec<Value> = article.tags.iter().map(|tag| tags.term(site, tag)).collect();
    let picture = format!("{}.jpg", site.picture(article));
    json!({
        "id": id, "date": time(article.published), "date_gmt": time(article.published),
        "guid": {"rendered": format!("{home}/?p={id}")},
        "modified": time(article.modified()), "modified_gmt": time(article.modified()),
        "slug": article.slug, "status": "publish", "type": "post", "link": site.url(article),
        "title": {"rendered": escaped(&article.title)},
        "content": {"rendered": body(article, ""), "protected": false},
        "excerpt": {"rendered": format!("<p>{}</p>\n", article.excerpt(30, " [&hellip;]")), "protected": false},
        "author": 1, "featured_media": id + 1, "comment_status": "open", "sticky": false, "format": "standard",
        "categories": [section], "tags": article.tags.iter().map(|tag| tags.id(tag)).collect::<Vec<_>>(),
        "_links": {"self": [{"href": format!("{home}{POSTS}/{id}")}], "wp:term": [
            {"taxonomy": "category", "embeddable": true, "href": format!("{home}/wp-json/wp/v2/categories?post={id}")},
            {"taxonomy": "post_tag", "embeddable": true, "href": format!("{home}/wp-json/wp/v2/tags?post={id}")},
        ]},
        "_embedded": {
            "author": [{"id": 1, "name": article.author, "link": format!("{home}/author/{author}/"), "slug": author}],
            "wp:featuredmedia": [{"id": id + 1, "media_type": "image", "mime_type": "image/jpeg", "source_url": picture}],
            "wp:term": [[category(site, &article.category, section)], terms],
        },
    })
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
    Some((json!(shown).to_string().into_bytes(), total, pages))
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
