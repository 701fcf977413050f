//! A source's document in its format, written as the usual programs write it.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::corpus::{CATEGORIES, Corpus, Item, Kind, Source, site};

impl Kind {
    pub fn content_type(self) -> &'static str {
        match self {
            Kind::Rss => "application/rss+xml; charset=UTF-8",
            Kind::Atom => "application/atom+xml",
            Kind::Rdf => "application/rdf+xml",
            Kind::Json => "application/feed+json",
        }
    }
}

impl Corpus {
    /// What a source would send now.
    pub fn document(&self, index: usize) -> String {
        let source = &self.sources[index];
        let mut out = String::with_capacity(256 << 10);
        let written = match source.kind {
            Kind::Rss => self.rss(source, &mut out),
            Kind::Atom => self.atom(source, &mut out),
            Kind::Rdf => self.rdf(source, &mut out),
            Kind::Json => {
                out = self.json(source);
                Ok(())
            }
        };
        written.expect("writing to memory succeeds");
        out
    }

    fn topics<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a str> {
        let categories = item.article.categories.iter().map(|index| CATEGORIES[*index]);
        categories.chain(item.article.tags.iter().map(|index| self.tags[*index].as_str()))
    }

    /// The article as a content management system gives it away: picture, paragraphs, links, a pixel that counts.
    fn html(&self, source: &Source, item: &Item) -> String {
        let (host, number) = (site(source.host), item.article.number);
        let mut out = String::with_capacity(4 << 10);
        let picture = format!("https://cdn.{host}/uploads/{}/{number}", number % 1_000);
        let candidates = if number.is_multiple_of(3) {
            format!(
                " srcset=\"{picture}-300x169.jpg 300w, {picture}-1024x576.jpg 1024w\" sizes=\"(max-width: 640px) 100vw\""
            )
        } else {
            String::new()
        };
        out += &format!(
            "<figure class=\"wp-block-image\"><img src=\"{picture}.jpg\"{candidates} alt=\"\" width=\"640\" height=\"360\" \
             loading=\"lazy\"/></figure>\n<p>{}</p>\n",
            escape(&item.lead)
        );
        for (place, paragraph) in item.body.iter().enumerate() {
            let text = escape(&self.paragraphs[*paragraph]);
            let mut spaces = text.match_indices(' ').map(|(place, _)| place);
            let middle = spaces.find(|place| *place >= text.len() / 2).unwrap_or(0);
            let (head, tail) = text.split_at(middle);
            match place % 4 {
                1 => {
                    let topic = escape(CATEGORIES[item.article.categories[0]]);
                    out += &format!(
                        "<p>{head} <a href=\"https://{host}/topic/{}?utm_source=rss\" rel=\"nofollow\">{topic}</a>{tail}</p>\n",
                        number % 97
                    );
                }
                2 => {
                    out += &format!("<h2>More &#8211; {number}</h2>\n<p>{head}<strong>{tail}</strong></p>\n")
                }
                3 => out += &format!("<ul><li>{head}</li><li><em>{tail}</em></li></ul>\n"),
                _ => out += &format!("<p class=\"has-text\">{text}</p>\n"),
            }
        }
        if number.is_multiple_of(5) {
            out += &format!(
                "<img src=\"https://pixel.example/count.gif?id={number}\" width=\"1\" height=\"1\" alt=\"\"/>\n"
            );
        }
        out
    }

    fn rss(&self, source: &Source, out: &mut String) -> std::fmt::Result {
        let (name, host) = (escape(&source.name), site(source.host));
        write!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
             xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n\
             \t<title>{name}</title>\n\t<atom:link href=\"https://{host}/feed\" rel=\"self\" type=\"application/rss+xml\"/>\n\
             \t<link>https://{host}/</link>\n\t<description>{name} news</description>\n\
             \t<lastBuildDate>{}</lastBuildDate>\n\t<language>en</language>\n",
            source.built.to_rfc2822()
        )?;
        for item in &source.items {
            write!(
                out,
                "\t<item>\n\t\t<title>{}</title>\n\t\t<link>{}</link>\n\t\t<dc:creator><![CDATA[{}]]></dc:creator>\n\
                 \t\t<pubDate>{}</pubDate>\n",
                escape(&item.title),
                escape(&item.link),
                item.article.author,
                item.published.to_rfc2822()
            )?;
            for topic in self.topics(item) {
                writeln!(out, "\t\t<category><![CDATA[{topic}]]></category>")?;
            }
            let (guid, is_link) = (escape(&item.guid), item.guid.starts_with("http"));
            writeln!(out, "\t\t<guid isPermaLink=\"{is_link}\">{guid}</guid>")?;
            self.rss_text(source, item, out)?;
            write!(
                out,
                "\t\t<media:content url=\"https://cdn.{host}/uploads/{0}.jpg\" medium=\"image\" width=\"640\" height=\"360\"/>\n\
                 \t</item>\n",
                item.article.number
            )?;
        }
        out.write_str("</channel>\n</rss>\n")
    }

    fn rss_text(&self, source: &Source, item: &Item, out: &mut String) -> std::fmt::Result {
        let (lead, html) = (escape(&item.lead), self.html(source, item));
        match (source.escaped, source.full) {
            (true, true) => writeln!(out, "\t\t<description>{}</description>", escape(&html)),
            (true, false) => writeln!(out, "\t\t<description>{lead}</description>"),
            (false, true) => writeln!(
                out,
                "\t\t<description><![CDATA[{lead} [&#8230;]]]></description>\n\
                 \t\t<content:encoded><![CDATA[{html}]]></content:encoded>"
            ),
            (false, false) => writeln!(out, "\t\t<description><![CDATA[<p>{lead}</p>]]></description>"),
        }
    }

    fn atom(&self, source: &Source, out: &mut String) -> std::fmt::Result {
        let (name, host) = (escape(&source.name), site(source.host));
        write!(
            out,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n\
             \x20 <title>{name}</title>\n  <link href=\"https://{host}/atom.xml\" rel=\"self\"/>\n  <link href=\"https://{host}/\"/>\n\
             \x20 <updated>{}</updated>\n  <id>https://{host}/</id>\n  <generator uri=\"https://jekyllrb.com/\">Jekyll</generator>\n",
            stamp(source.built)
        )?;
        for item in &source.items {
            let (link, published) = (escape(&item.link), stamp(item.published));
            write!(
                out,
                "  <entry>\n    <title type=\"html\">{}</title>\n    <link href=\"{link}\" rel=\"alternate\" type=\"text/html\"/>\n\
                 \x20   <published>{published}</published>\n    <updated>{published}</updated>\n    <id>{}</id>\n\
                 \x20   <author><name>{}</name></author>\n",
                escape(&item.title),
                escape(&item.guid),
                escape(&item.article.author)
            )?;
            for topic in self.topics(item) {
                writeln!(out, "    <category term=\"{}\"/>", escape(topic))?;
            }
            writeln!(out, "    <summary type=\"html\">{}</summary>", escape(&item.lead))?;
            if source.full {
                let html = escape(&self.html(source, item));
                writeln!(
                    out,
                    "    <content type=\"html\" xml:base=\"{link}\">{html}</content>"
                )?;
            }
            out.write_str("  </entry>\n")?;
        }
        out.write_str("</feed>\n")
    }

    fn rdf(&self, source: &Source, out: &mut String) -> std::fmt::Result {
        let (name, host) = (escape(&source.name), site(source.host));
        write!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" \
             xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel rdf:about=\"https://{host}/index.rdf\">\n\
             <title>{name}</title>\n<link>https://{host}/</link>\n<description>{name}</description>\n<dc:date>{}</dc:date>\n\
             <items><rdf:Seq>\n",
            stamp(source.built)
        )?;
        for item in &source.items {
            writeln!(out, "<rdf:li rdf:resource=\"{}\"/>", escape(&item.link))?;
        }
        out.write_str("</rdf:Seq></items>\n</channel>\n")?;
        for item in &source.items {
            let link = escape(&item.link);
            write!(
                out,
                "<item rdf:about=\"{link}\">\n<title>{}</title>\n<link>{link}</link>\n<description>{}</description>\n\
                 <dc:date>{}</dc:date>\n<dc:creator>{}</dc:creator>\n",
                escape(&item.title),
                escape(&item.lead),
                stamp(item.published),
                escape(&item.article.author)
            )?;
            for topic in self.topics(item) {
                writeln!(out, "<dc:subject>{}</dc:subject>", escape(topic))?;
            }
            if source.full {
                let html = self.html(source, item);
                writeln!(out, "<content:encoded><![CDATA[{html}]]></content:encoded>")?;
            }
            out.write_str("</item>\n")?;
        }
        out.write_str("</rdf:RDF>\n")
    }

    fn json(&self, source: &Source) -> String {
        let host = site(source.host);
        let items: Vec<_> = source
            .items
            .iter()
            .map(|item| {
                let html = if source.full {
                    self.html(source, item)
                } else {
                    escape(&item.lead)
                };
                json!({
                    "id": item.guid,
                    "url": item.link,
                    "title": item.title,
                    "content_html": html,
                    "summary": item.lead,
                    "date_published": stamp(item.published),
                    "authors": [{"name": item.article.author}],
                    "tags": self.topics(item).collect::<Vec<_>>(),
                })
            })
            .collect();
        let feed = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": source.name,
            "home_page_url": format!("https://{host}/"),
            "feed_url": format!("https://{host}/feed.json"),
            "items": items,
        });
        format!("{feed:#}")
    }
}

fn stamp(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            c => escaped.push(c),
        }
    }
    escaped
}
