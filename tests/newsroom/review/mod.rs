//! Syrtis Review: a site of the kind that many of our readers' sources are, WordPress with the JNews theme. The same
//! articles are in its pages, its feed, its API and its sitemaps; the pages can change to another theme.

mod api;
#[cfg(test)]
mod blocks;
mod data;
mod head;
mod jnews;

use chrono::{DateTime, Duration, Utc};

pub use self::api::{POSTS, answer};
use super::template::{Document, Value, escaped, tables, texturized};

const HTML: &str = "text/html; charset=UTF-8";

/// Categories with their numbers in WordPress.
const SECTIONS: [(&str, u64); 6] = [
    ("Libya", 2),
    ("Economy", 3),
    ("Politics", 4),
    ("Sport", 5),
    ("Entertainment", 6),
    ("Opinion", 7),
];
/// Articles on a page of a section.
const PER_PAGE: usize = 7;
/// Articles that are only in the archive and beside others.
const ARCHIVED: usize = 5;

/// How the pages of the site look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// The theme JNews.
    JNews,
    /// A theme made of blocks, as after a redesign: no class and no path of tags is the same, every address is.
    #[cfg(test)]
    Blocks,
}

/// An article as its editors wrote it.
#[derive(Clone, Debug)]
pub struct Article {
    /// In WordPress, and in the address.
    pub id: u64,
    pub slug: String,
    pub title: String,
    pub published: DateTime<Utc>,
    pub author: String,
    pub category: String,
    pub tags: Vec<String>,
    /// Whether its page has JSON-LD and OpenGraph.
    pub metadata: bool,
    /// Blocks of HTML.
    pub body: Vec<String>,
}

impl Article {
    fn modified(&self) -> DateTime<Utc> {
        self.published + Duration::minutes(12)
    }

    /// Of its address, without the host.
    pub fn path(&self) -> String {
        format!("/{}/{}/", self.id, self.slug)
    }

    /// The text of the body, a line per block.
    pub fn text(&self) -> Vec<String> {
        self.body.iter().map(|html| without_tags(html)).collect()
    }

    /// The first words, with `more` where words were left out.
    fn excerpt(&self, words: usize, more: &str) -> String {
        let text = self.text().join(" ");
        let mut first: Vec<&str> = text.split(' ').collect();
        if first.len() <= words {
            return escaped(&text);
        }
        first.truncate(words);
        escaped(&first.join(" ")) + more
    }
}

fn without_tags(html: &str) -> String {
    let texts = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    texts.collect()
}

/// All articles, newest first.
pub fn articles() -> Vec<Article> {
    tables(include_str!("articles.toml"), "article", |table| Article {
        id: table.number("id"),
        slug: table.text("slug"),
        title: table.text("title"),
        published: table.text("published").parse().expect("a time"),
        author: table.text("author"),
        category: table.text("category"),
        tags: table.texts("tags"),
        metadata: table.is("metadata"),
        body: table.texts("body"),
    })
}

/// All documents of the site. `home` is where it is served, without a slash at the end.
pub fn documents(home: &str, design: Design) -> Vec<Document> {
    let site = Site {
        home: home.to_owned(),
        articles: articles(),
    };
    let mut documents = site.pages(design);
    documents.extend(data::documents(&site));
    documents.extend(api::documents(&site));
    documents
}

struct Site {
    home: String,
    articles: Vec<Article>,
}

/// A page of a section's listing.
struct Listed<'a> {
    section: &'a str,
    articles: &'a [&'a Article],
    number: usize,
    is_last: bool,
}

impl Listed<'_> {
    fn path(&self, number: usize) -> String {
        let slug = slug(self.section);
        if number == 1 {
            format!("/category/{slug}/")
        } else {
            format!("/category/{slug}/page/{number}/")
        }
    }
}

impl Site {
    fn pages(&self, design: Design) -> Vec<Document> {
        let page = |path: String, html: String, modified: DateTime<Utc>| Document {
            path,
            content_type: HTML,
            body: html.into_bytes(),
            modified: seconds(modified),
        };
        let home = match design {
            Design::JNews => jnews::home(self),
            #[cfg(test)]
            Design::Blocks => blocks::home(self),
        };
        let mut pages = vec![page("/".into(), home, self.changed())];
        for (section, _) in SECTIONS {
            let listed: Vec<&Article> = self.of_section(section).collect();
            let parts: Vec<&[&Article]> = listed.chunks(PER_PAGE).collect();
            for (at, articles) in parts.iter().enumerate() {
                let listed = Listed {
                    section,
                    articles,
                    number: at + 1,
                    is_last: at + 1 == parts.len(),
                };
                let html = match design {
                    Design::JNews => jnews::section(self, &listed),
                    #[cfg(test)]
                    Design::Blocks => blocks::section(self, &listed),
                };
                pages.push(page(listed.path(listed.number), html, self.changed()));
            }
        }
        for (at, article) in self.articles.iter().enumerate() {
            let html = match design {
                Design::JNews => jnews::article(self, at),
                #[cfg(test)]
                Design::Blocks => blocks::article(self, at),
            };
            pages.push(page(article.path(), html, article.modified()));
        }
        pages
    }

    /// When the newest article was last changed.
    fn changed(&self) -> DateTime<Utc> {
        self.articles[0].modified()
    }

    fn current(&self) -> &[Article] {
        &self.articles[..self.articles.len() - ARCHIVED]
    }

    fn of_section<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Article> {
        self.articles
            .iter()
            .filter(move |article| article.category == section)
    }

    fn url(&self, article: &Article) -> String {
        format!("{}{}", self.home, article.path())
    }

    fn picture(&self, article: &Article) -> String {
        let folder = article.published.format("%Y/%m");
        format!("{}/wp-content/uploads/{folder}/{}", self.home, article.slug)
    }

    /// What stands for the names in a template that shows an article.
    fn values(&self, article: &Article) -> Vec<Value> {
        let url = self.url(article);
        let (section, author) = (slug(&article.category), slug(&article.author));
        vec![
            ("site", self.home.clone()),
            ("id", article.id.to_string()),
            (
                "escaped_url",
                url::form_urlencoded::byte_serialize(url.as_bytes()).collect(),
            ),
            ("url", url),
            ("title", escaped(&article.title)),
            ("picture", self.picture(article)),
            ("day", article.published.format("%B %-d, %Y").to_string()),
            ("published", time(article.published)),
            ("excerpt", article.excerpt(20, "...")),
            ("section", article.category.clone()),
            ("section_url", format!("{}/category/{section}/", self.home)),
            ("section_slug", section),
            ("author", article.author.clone()),
            ("author_url", format!("{}/author/{author}/", self.home)),
            ("author_slug", author),
        ]
    }

    /// The links of its tags, with this between two of them.
    fn tags(&self, article: &Article, between: &str) -> String {
        let links = article.tags.iter().map(|tag| {
            let (home, slug) = (&self.home, slug(tag));
            format!("<a href=\"{home}/tag/{slug}/\" rel=\"tag\">{}</a>", escaped(tag))
        });
        links.collect::<Vec<_>>().join(between)
    }
}

/// The body as WordPress writes it, with what a plugin puts after the second block.
fn body(article: &Article, after_second: &str) -> String {
    let mut html = String::new();
    for (at, block) in article.body.iter().enumerate() {
        html += &texturized(block);
        html.push('\n');
        if at == 1 {
            html += after_second;
        }
    }
    html
}

/// `Women’s league` is `womens-league`.
fn slug(name: &str) -> String {
    let kept = name.to_lowercase().replace('’', "");
    kept.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

fn seconds(time: DateTime<Utc>) -> u64 {
    time.timestamp().unsigned_abs()
}
