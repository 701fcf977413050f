//! Whom to trust: each field from the first place that has it.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use dom_query::Document;
use url::Url;

use super::json_ld::{self, Graph};
use super::markup::Markup;
use super::meta::Meta;
use super::paging::{self, Part};
use super::text::fold;
use super::{Article, Found, body, markup, people, tags, title};
use crate::normalize;
use crate::scrape::date;
use crate::scrape::page::Page;

/// What a page says, gathered once.
struct Sources<'a> {
    document: &'a Document,
    markup: Markup<'a>,
    state_tags: Vec<String>,
    base: &'a Url,
    url: &'a Url,
    meta: Meta,
    graph: &'a Graph,
    node: Option<json_ld::Article<'a>>,
    now: DateTime<Utc>,
}

/// The article of a page. `told` is given first one with all but the body, then the whole.
pub(super) fn article(page: &Page, part: &Part, now: DateTime<Utc>, told: impl Fn(&Article)) {
    let graph = Graph::of(&page.document);
    let state_tags = json_ld::state_tags(&page.document);
    // Scripts and styles are no text.
    page.document.select("script, style, template, svg").remove();
    let meta = Meta::of(&page.document);
    let declared = title::element(&page.document);
    let markup = Markup::of(&page.document);
    let headings = markup.headings();
    let canonical = canonical(page, &meta);
    let titles: Vec<&str> = declared
        .iter()
        .map(String::as_str)
        .chain(headings.iter().map(String::as_str))
        .collect();
    let node = graph.article(&[page.url.as_str(), canonical.value.as_str()], &titles);
    let sources = Sources {
        document: &page.document,
        markup,
        state_tags,
        base: &page.base,
        url: &page.url,
        meta,
        graph: &graph,
        node,
        now,
    };
    let site = title::Site::of(&sources.meta, &graph, &page.url);
    let title = title::title(
        sources.document,
        &sources.markup,
        &sources.meta,
        sources.node.as_ref(),
        &site,
    );
    let published = sources.published(canonical.value.as_str());
    let name = title.as_ref().map_or("", |title| &title.value);
    let summary = sources.node.and_then(|node| node.text("description"));
    let summary = sources
        .meta
        .first(&["og:description", "description", "twitter:description"])
        .map(|(text, _)| text)
        .or(summary);
    let mut article = Article {
        authors: people::authors(
            &sources.markup,
            &sources.meta,
            sources.graph,
            sources.node.as_ref(),
            &site,
        ),
        section: sources.section(name),
        tags: tags::tags(
            &sources.markup,
            &sources.meta,
            sources.node.as_ref(),
            &sources.state_tags,
        ),
        image: sources.image(),
        language: sources.language(),
        updated: sources.updated(published.as_ref().map(|found| found.value)),
        published,
        next: paging::next(page, part),
        text: String::new(),
        html: None,
        body_rule: "",
        url: canonical,
        title: title.clone(),
    };
    told(&article);
    // What the page itself calls its picture says more than what was taken for it.
    let image = [false, true].map(|is_guess| {
        let image = article.image.as_ref();
        let image = image.filter(|found| (found.rule == OVER_THE_TEXT) == is_guess);
        image.map(|found| &found.value)
    });
    let body = body::body(page, sources.node.as_ref(), name, summary.as_deref(), image);
    article.text = body.text;
    article.html = body.html;
    article.body_rule = body.rule;
    // Where nobody but the site is named, a text may still be signed.
    let is_anonymous = |authors: &Found<Vec<String>>| authors.value.iter().all(|name| site.is_called(name));
    if article.authors.as_ref().is_none_or(is_anonymous) {
        article.authors = article
            .html
            .as_ref()
            .and_then(people::signature)
            .or(article.authors);
    }
    told(&article);
}

/// The rule of a lead image that the page does not name.
const OVER_THE_TEXT: &str = "picture over the text";

fn canonical(page: &Page, meta: &Meta) -> Found<Url> {
    let link = page.document.select_single("link[rel~=canonical]").attr("href");
    let candidates = [
        (link.map(|href| href.to_string()), "link rel=canonical"),
        (meta.contents("og:url").next().map(str::to_owned), "og:url"),
    ];
    for (written, rule) in candidates {
        let Some(url) = written.and_then(|written| page.base.join(written.trim()).ok()) else {
            continue;
        };
        // Some sites call the home page the canonical form of all pages.
        let is_home = url.path() == "/" && url.query().is_none();
        if matches!(url.scheme(), "http" | "https") && (!is_home || page.url.path() == "/") {
            return Found { value: url, rule };
        }
    }
    Found {
        value: page.url.clone(),
        rule: "address",
    }
}

impl Sources<'_> {
    fn published(&self, canonical: &str) -> Option<Found<DateTime<Utc>>> {
        let found = |value: Option<DateTime<Utc>>, rule| {
            value
                .filter(|date| self.is_believable(*date))
                .map(|value| Found { value, rule })
        };
        let in_node = |key: &str| date::machine(&self.node?.text(key)?);
        let in_meta = |names: &[&'static str]| {
            let (content, rule) = self.meta.first(names)?;
            found(
                date::machine(&content).or_else(|| date::human(&content, self.now)),
                rule,
            )
        };
        found(in_node("datePublished"), "JSON-LD datePublished")
            .or_else(|| {
                in_meta(&[
                    "article:published_time",
                    "og:article:published_time",
                    "og:published_time",
                ])
            })
            .or_else(|| {
                in_meta(&[
                    "article:published",
                    "parsely-pub-date",
                    "sailthru.date",
                    "datepublished",
                    "cxenseparse:recs:publishtime",
                ])
            })
            .or_else(|| {
                let page = self.graph.page()?;
                found(
                    date::machine(&page.text("datePublished")?),
                    "JSON-LD page datePublished",
                )
            })
            .or_else(|| found(self.property_date("datePublished"), "itemprop=datePublished"))
            .or_else(|| {
                in_meta(&[
                    "dcterms.created",
                    "dc.date.issued",
                    "dcterms.date",
                    "dc.date",
                    "dcterms.issued",
                ])
            })
            .or_else(|| {
                in_meta(&[
                    "citation_publication_date",
                    "citation_date",
                    "pubdate",
                    "publish-date",
                    "publish_date",
                    "publication_date",
                    "publishdate",
                    "date",
                    "article.published",
                    "originalpublicationdate",
                    "article_date_original",
                    "date_published",
                    "rnews:datepublished",
                ])
            })
            .or_else(|| {
                let (time, _) = self
                    .markup
                    .times()
                    .into_iter()
                    .find(|(_, is_update)| !is_update)?;
                found(Some(time), "time datetime")
            })
            .or_else(|| found(self.markup.shown_date(self.now), "shown date"))
            .or_else(|| {
                found(
                    in_address(self.url.path()).or_else(|| in_address(canonical)),
                    "date in the address",
                )
            })
            .or_else(|| {
                found(
                    in_node("dateCreated").or_else(|| in_node("uploadDate")),
                    "JSON-LD dateCreated",
                )
            })
            .or_else(|| in_meta(&["article:modified_time", "og:updated_time"]))
    }

    fn property_date(&self, name: &str) -> Option<DateTime<Utc>> {
        let property = self.markup.property(name);
        property
            .iter()
            .find_map(|text| date::machine(text).or_else(|| date::human(text, self.now)))
    }

    fn is_believable(&self, date: DateTime<Utc>) -> bool {
        const FIRST: i64 = 631_152_000; // 1990
        date.timestamp() >= FIRST && date <= self.now + Duration::days(2)
    }

    fn updated(&self, published: Option<DateTime<Utc>>) -> Option<Found<DateTime<Utc>>> {
        let node = self
            .node
            .and_then(|node| node.text("dateModified"))
            .map(|text| (text, "JSON-LD dateModified"));
        let meta = || {
            self.meta.first(&[
                "article:modified_time",
                "og:updated_time",
                "dcterms.modified",
                "last-modified",
                "datemodified",
            ])
        };
        let (text, rule) = node.or_else(meta)?;
        let value = date::machine(&text)?;
        let follows = published.is_none_or(|published| value >= published);
        (follows && self.is_believable(value)).then_some(Found { value, rule })
    }

    fn section(&self, title: &str) -> Option<Found<String>> {
        let found = |value: Option<String>, rule| {
            value
                .filter(|value| !value.is_empty())
                .map(|value| Found { value, rule })
        };
        let node = || {
            self.node
                .and_then(|node| node.list("articleSection").into_iter().next())
        };
        // A post is shown in some of its categories; a path that leads elsewhere is the reader's, not the post's.
        let categories = self.markup.rel_categories();
        let is_own =
            |name: &String| categories.is_empty() || categories.iter().any(|own| fold(own) == fold(name));
        found(self.markup.breadcrumbs(title).pop().filter(is_own), "breadcrumb")
            .or_else(|| found(categories.first().cloned(), "rel=category"))
            .or_else(|| {
                found(
                    markup::without_home(self.graph.breadcrumbs(), title).pop(),
                    "JSON-LD breadcrumb",
                )
            })
            .or_else(|| {
                found(
                    self.meta.first(&["article:section"]).map(|(section, _)| section),
                    "article:section",
                )
            })
            .or_else(|| found(node(), "JSON-LD articleSection"))
            .or_else(|| {
                found(
                    self.markup.property("articleSection").into_iter().next(),
                    "itemprop=articleSection",
                )
            })
            .or_else(|| {
                let (section, rule) = self.meta.first(&[
                    "parsely-section",
                    "section",
                    "dc.subject",
                    "cxenseparse:section",
                    "category",
                ])?;
                Some(Found { value: section, rule })
            })
    }

    fn image(&self) -> Option<Found<Url>> {
        let meta = self
            .meta
            .first(&["og:image", "og:image:url", "og:image:secure_url"]);
        let node = || Some((self.node?.address("image")?, "JSON-LD image"));
        let other = || {
            self.meta.first(&[
                "twitter:image",
                "twitter:image:src",
                "thumbnail",
                "parsely-image-url",
                "sailthru.image.full",
                "image",
            ])
        };
        let stated = meta.or_else(node).or_else(other).and_then(|(written, rule)| {
            let value = self.base.join(written.trim()).ok()?;
            matches!(value.scheme(), "http" | "https").then_some(Found { value, rule })
        });
        let shown = || {
            self.markup.lead_image(self.base).map(|value| Found {
                value,
                rule: OVER_THE_TEXT,
            })
        };
        stated.or_else(shown)
    }

    fn language(&self) -> Option<Found<String>> {
        let root = self.document.select_single("html");
        let root = ["lang", "xml:lang"]
            .iter()
            .find_map(|key| root.attr(key))
            .map(|tag| (tag.to_string(), "html lang"));
        let node = || Some((self.node?.text("inLanguage")?, "JSON-LD inLanguage"));
        let meta = || {
            self.meta.first(&[
                "og:locale",
                "content-language",
                "dc.language",
                "language",
                "dcterms.language",
            ])
        };
        [root, node(), meta()]
            .into_iter()
            .flatten()
            .find_map(|(tag, rule)| {
                let value = normalize::language(&tag.replace('_', "-"))?;
                Some(Found { value, rule })
            })
    }
}

/// `/2024/08/27/` or `/2024-08-27` in an address.
fn in_address(path: &str) -> Option<DateTime<Utc>> {
    let numbers: Vec<&str> = path.split(['/', '-', '_', '.']).collect();
    numbers.windows(3).find_map(|window| {
        let [year, month, day] = window else { return None };
        if year.len() != 4 || !(1..=2).contains(&month.len()) || !(1..=2).contains(&day.len()) {
            return None;
        }
        let year = year.parse().ok().filter(|year| (1990..2100).contains(year))?;
        let day = NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)?;
        Some(day.and_time(NaiveTime::MIN).and_utc())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_addresses_are_read() {
        let shown = |path| in_address(path).map(|date| date.format("%Y-%m-%d").to_string());
        assert_eq!(shown("/2024/08/27/story").as_deref(), Some("2024-08-27"));
        assert_eq!(shown("/news/2024-08-27-story").as_deref(), Some("2024-08-27"));
        assert_eq!(shown("/news/2024/13/27/"), None);
        assert_eq!(shown("/47710/story"), None);
    }
}
