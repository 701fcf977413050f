//! OPML 2.0: all that is published, and all that is polled.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::model::{Feed, FeedKind, FileFormat};

use super::address::web_address;
use super::shown::Head;
use super::{Error, Site, unwritable};

/// `feeds.opml`: the feed of everything, then categories, tags and sources.
pub fn feeds(site: &Site, feeds: &[Feed]) -> Result<String, Error> {
    let mut opml = Opml::new(&format!("{}: all feeds", site.title))?;
    let of_kind = |opml: &mut Opml, kind| -> Result<(), Error> {
        for feed in feeds.iter().filter(|feed| feed.key.kind == kind) {
            opml.feed(&Head::new(site, feed, None)?)?;
        }
        Ok(())
    };
    of_kind(&mut opml, FeedKind::All)?;
    for (kind, name) in [
        (FeedKind::Category, "Categories"),
        (FeedKind::Tag, "Tags"),
        (FeedKind::Source, "Sources"),
    ] {
        if feeds.iter().any(|feed| feed.key.kind == kind) {
            opml.open(name)?;
            of_kind(&mut opml, kind)?;
            opml.close()?;
        }
    }
    opml.finish()
}

/// `sources.opml`: what another reader needs to poll the same.
pub fn sources(site: &Site) -> Result<String, Error> {
    let mut opml = Opml::new(&format!("{}: all sources", site.title))?;
    opml.open("Sources")?;
    for (_, source) in site.sorted_sources() {
        let feed = source.feed.as_deref().and_then(web_address);
        let home = source.link.as_deref().and_then(web_address);
        match (feed, home) {
            (Some(feed), home) => {
                opml.rss(&source.name, &feed, home.as_deref(), source.language.as_deref())?;
            }
            // Other readers can poll no page; they show it as what it is.
            (None, Some(page)) => {
                opml.outline(&[("text", &source.name), ("type", "link"), ("url", &page)])?;
            }
            (None, None) => {}
        }
    }
    opml.close()?;
    opml.finish()
}

/// A document in the making.
struct Opml {
    writer: Writer<Vec<u8>>,
}

impl Opml {
    fn new(title: &str) -> Result<Self, Error> {
        let mut opml = Self {
            writer: Writer::new(Vec::with_capacity(4096)),
        };
        opml.event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        opml.line()?;
        opml.event(Event::Start(
            BytesStart::new("opml").with_attributes([("version", "2.0")]),
        ))?;
        opml.event(Event::Start(BytesStart::new("head")))?;
        opml.event(Event::Start(BytesStart::new("title")))?;
        opml.event(Event::Text(BytesText::new(title)))?;
        opml.event(Event::End(BytesEnd::new("title")))?;
        opml.event(Event::End(BytesEnd::new("head")))?;
        opml.event(Event::Start(BytesStart::new("body")))?;
        Ok(opml)
    }

    /// A published feed in the first of its formats.
    fn feed(&mut self, head: &Head<'_>) -> Result<(), Error> {
        let name = if head.is_root() {
            &head.site.title
        } else {
            &head.feed.name
        };
        let format = [FileFormat::Rss, FileFormat::Atom, FileFormat::Json]
            .into_iter()
            .find(|format| head.site.publishes(*format));
        match format {
            Some(format) => self.rss(name, &head.url(format), Some(&head.page()), Some(head.language)),
            None => self.outline(&[("text", name), ("type", "link"), ("url", &head.page())]),
        }
    }

    fn rss(
        &mut self,
        name: &str,
        feed: &str,
        home: Option<&str>,
        language: Option<&str>,
    ) -> Result<(), Error> {
        let mut attributes = vec![("text", name), ("title", name), ("type", "rss"), ("xmlUrl", feed)];
        attributes.extend(home.map(|home| ("htmlUrl", home)));
        attributes.extend(language.map(|language| ("language", language)));
        self.outline(&attributes)
    }

    fn outline(&mut self, attributes: &[(&str, &str)]) -> Result<(), Error> {
        self.line()?;
        let outline = BytesStart::new("outline").with_attributes(attributes.iter().copied());
        self.event(Event::Empty(outline))
    }

    fn open(&mut self, name: &str) -> Result<(), Error> {
        self.line()?;
        self.event(Event::Start(
            BytesStart::new("outline").with_attributes([("text", name)]),
        ))
    }

    fn close(&mut self) -> Result<(), Error> {
        self.line()?;
        self.event(Event::End(BytesEnd::new("outline")))
    }

    fn finish(mut self) -> Result<String, Error> {
        self.line()?;
        self.event(Event::End(BytesEnd::new("body")))?;
        self.event(Event::End(BytesEnd::new("opml")))?;
        String::from_utf8(self.writer.into_inner()).map_err(|error| unwritable("OPML", &error))
    }

    fn line(&mut self) -> Result<(), Error> {
        self.event(Event::Text(BytesText::new("\n")))
    }

    fn event(&mut self, event: Event<'_>) -> Result<(), Error> {
        self.writer
            .write_event(event)
            .map_err(|error| unwritable("OPML", &error))
    }
}
