//! What the site has for machines: feeds, sitemaps and robots.txt.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::super::template::{Document, escaped, fill};
use super::{Article, SECTIONS, Site, seconds, slug, time};

const RSS: &str = "application/rss+xml; charset=UTF-8";
const XML: &str = "text/xml; charset=UTF-8";
const GZIP: &str = "application/x-gzip";
/// Articles in a feed.
const IN_FEED: usize = 10;
/// Articles in the news sitemap: those of the last two days.
const IN_NEWS: usize = 5;

pub fn documents(site: &Site) -> Vec<Document> {
    let document = |path: &str, content_type: &'static str, body: Vec<u8>| Document {
        path: path.to_owned(),
        content_type,
        body,
        modified: seconds(site.changed()),
    };
    let (current, archive) = site.articles.split_at(site.current().len());
    let robots = fill(include_str!("robots.txt"), &[("site", site.home.clone())]);
    let mut documents = vec![
        document("/robots.txt", "text/plain; charset=utf-8", robots.into()),
        document("/feed/", RSS, feed(site, &mut site.articles.iter()).into()),
        document("/sitemap_index.xml", XML, index(site).into()),
        document("/post-sitemap.xml", XML, sitemap(site, current).into()),
        document("/post-sitemap2.xml.gz", GZIP, zipped(&sitemap(site, archive))),
        document("/category-sitemap.xml", XML, sections(site).into()),
        document("/news-sitemap.xml", XML, news(site, &current[..IN_NEWS]).into()),
    ];
    for (section, _) in SECTIONS {
        let feed = feed(site, &mut site.of_section(section));
        documents.push(document(
            &format!("/category/{}/feed/", slug(section)),
            RSS,
            feed.into(),
        ));
    }
    documents
}

/// With summaries, as where the editors chose to show no whole texts in feeds.
fn feed(site: &Site, articles: &mut dyn Iterator<Item = &Article>) -> String {
    let items = articles.take(IN_FEED).map(|article| {
        let names = std::iter::once(&article.category).chain(&article.tags);
        let categories = names.map(|name| format!("\t\t<category><![CDATA[{name}]]></category>\n"));
        let mut values = site.values(article);
        values.retain(|(name, _)| *name != "excerpt");
        values.extend([
            ("sent", article.published.to_rfc2822()),
            ("categories", categories.collect()),
            ("excerpt", article.excerpt(30, " [&#8230;]")),
        ]);
        fill(include_str!("feed-item.xml"), &values)
    });
    let items = items.collect();
    fill(
        include_str!("feed.xml"),
        &[
            ("site", site.home.clone()),
            ("built", site.changed().to_rfc2822()),
            ("items", items),
        ],
    )
}

fn index(site: &Site) -> String {
    let archive = site.articles[site.current().len()].modified();
    let maps = [
        ("post-sitemap.xml", site.changed()),
        ("post-sitemap2.xml.gz", archive),
        ("category-sitemap.xml", site.changed()),
    ];
    let maps = maps.map(|(name, changed)| {
        let (home, changed) = (&site.home, time(changed));
        format!("\t<sitemap>\n\t\t<loc>{home}/{name}</loc>\n\t\t<lastmod>{changed}</lastmod>\n\t</sitemap>\n")
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <?xml-stylesheet type=\"text/xsl\" href=\"{}/wp-content/plugins/wordpress-seo/css/main-sitemap.xsl\"?>\n\
         <sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{}</sitemapindex>\n",
        site.home,
        maps.concat()
    )
}

fn set(namespaces: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" {namespaces}>\n{entries}</urlset>\n"
    )
}

fn sitemap(site: &Site, articles: &[Article]) -> String {
    let entries = articles.iter().map(|article| {
        let (url, changed, picture) = (site.url(article), time(article.modified()), site.picture(article));
        format!(
            "\t<url>\n\t\t<loc>{url}</loc>\n\t\t<lastmod>{changed}</lastmod>\n\
             \t\t<image:image>\n\t\t\t<image:loc>{picture}.jpg</image:loc>\n\t\t</image:image>\n\t</url>\n"
        )
    });
    set(
        "xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\"",
        &entries.collect::<String>(),
    )
}

fn sections(site: &Site) -> String {
    let entries = SECTIONS.map(|(section, _)| {
        let (home, slug) = (&site.home, slug(section));
        format!("\t<url>\n\t\t<loc>{home}/category/{slug}/</loc>\n\t</url>\n")
    });
    set("", &entries.concat())
}

fn news(site: &Site, articles: &[Article]) -> String {
    let entries = articles.iter().map(|article| {
        let (url, published, title) = (site.url(article), time(article.published), escaped(&article.title));
        let keywords = escaped(&article.tags.join(", "));
        format!(
            "\t<url>\n\t\t<loc>{url}</loc>\n\t\t<news:news>\n\
             \t\t\t<news:publication><news:name>Syrtis Review</news:name><news:language>en</news:language></news:publication>\n\
             \t\t\t<news:publication_date>{published}</news:publication_date>\n\
             \t\t\t<news:title>{title}</news:title>\n\t\t\t<news:keywords>{keywords}</news:keywords>\n\
             \t\t</news:news>\n\t</url>\n"
        )
    });
    set(
        "xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\"",
        &entries.collect::<String>(),
    )
}

fn zipped(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes())
        .expect("writing to memory succeeds");
    gzip.finish().expect("writing to memory succeeds")
}
