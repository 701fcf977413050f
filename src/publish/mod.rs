//! Feeds as files: RSS, Atom, JSON Feed, HTML and OPML, written only where bytes changed.
//!
//! What is written is a function of the site, the feed and its items alone: no clock, no counter, no order of a hash
//! map. An item is rendered once per format; the slice is then copied into every feed that shows the item.

mod address;
mod archive;
mod atom;
mod cache;
mod claim;
mod excerpt;
mod health;
mod html;
mod json;
mod legal;
mod opml;
mod output;
mod related;
mod rss;
mod shown;
mod site;
mod story;
#[cfg(test)]
mod tests;
mod topic;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use crate::model::{Alert, Feed, FeedKey, FeedKind, FileFormat, ItemId, PublishedItem, StoryEntry};

pub(crate) use address::is_page_name;
use address::{file_name, folder, kind_folder};
pub use archive::Page;
use cache::{Cache, Rendered};
pub use claim::{Claim, Mark, Owner, claim};
use output::{Output, Write};
use shown::{Head, Shown};
pub use site::{Site, SiteSource};
use topic::Topics;

/// Raised whenever the same site, feed and items would give other bytes than before.
const RENDERER: u32 = 3;

/// All formats, in the order in which pages name them.
const FORMATS: [FileFormat; 4] = [
    FileFormat::Rss,
    FileFormat::Atom,
    FileFormat::Json,
    FileFormat::Html,
];

/// Why files could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

/// Gives items by their ids; those that are gone are left out.
pub type Load<'a, E> = dyn FnMut(&[ItemId]) -> Result<Vec<PublishedItem>, E> + 'a;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// Files whose bytes changed.
    pub written: u64,
    /// Files that already held these bytes.
    pub unchanged: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// Writes one site's files. One pass: `directory` or `remember`, then `feed` for each feed that may have changed, then `finish`.
pub struct Publisher {
    /// What was done so far.
    pub report: Report,
    site: Site,
    output: Output,
    feeds: Vec<Feed>,
    folders: HashMap<FeedKey, String>,
    newest: archive::Newest,
    directory_changed: bool,
    topics: Topics,
    cache: Cache,
    document: Vec<u8>,
}

impl Publisher {
    /// A hash of all that rendering depends on besides feeds and items: the site and the version of the renderer.
    pub fn rendering(site: &Site) -> u64 {
        let mut formats = site.formats.clone();
        formats.sort();
        formats.dedup();
        let parts = (
            RENDERER,
            &site.title,
            site.url.as_str(),
            &site.language,
            formats,
            site.ttl_minutes,
        );
        // Only with a hub is it a part, so that nothing is rendered again for those who have none.
        let hub = site.hub.iter().map(Url::as_str).collect::<String>();
        xxh3_64(format!("{parts:?}{:?}{hub}", site.sorted_sources()).as_bytes())
    }

    /// Prepares the output folder: makes it, clears away what an interrupted run left, writes the style sheets.
    pub fn new(mut site: Site, output: PathBuf) -> Result<Self, Error> {
        legal::site(&mut site);
        let mut publisher = Self {
            report: Report::default(),
            output: Output::open(output)?,
            site,
            feeds: Vec::new(),
            folders: HashMap::new(),
            newest: archive::Newest::new(),
            directory_changed: false,
            topics: Topics::default(),
            cache: Cache::default(),
            document: Vec::new(),
        };
        publisher.style_sheets()?;
        Ok(publisher)
    }

    /// Whether all files of this feed exist and none is empty, as a power cut may leave one.
    pub fn is_complete(&self, feed: &Feed) -> bool {
        let Ok(folder) = folder(feed) else { return false };
        self.site
            .formats
            .iter()
            .all(|format| self.output.holds(&folder, file_name(*format)))
    }

    /// Writes the files of a feed that shows these items. `load` is asked, once, for those that are not rendered yet;
    /// what it does not return is left out.
    pub fn feed<E: From<Error>>(
        &mut self,
        feed: &Feed,
        ids: &[ItemId],
        load: &mut Load<'_, E>,
    ) -> Result<(), E> {
        // Sources come last, and few items are in two of them: what they alone show would only push out the rest.
        let keep = feed.key.kind != FeedKind::Source;
        let items: Vec<_> = self
            .rendered(ids, keep, load)?
            .into_iter()
            .map(|(_, item)| item)
            .collect();
        Ok(self.write_feed(feed, &items)?)
    }

    /// The same for a feed that shows each story once.
    pub fn stories<E: From<Error>>(
        &mut self,
        feed: &Feed,
        entries: &[StoryEntry],
        load: &mut Load<'_, E>,
    ) -> Result<(), E> {
        let lead = |entry: &StoryEntry| entry.items.first().copied();
        let (running, alone): (Vec<&StoryEntry>, Vec<&StoryEntry>) =
            entries.iter().partition(|entry| entry.grown.is_some());
        let alone: Vec<ItemId> = alone.into_iter().filter_map(lead).collect();
        let mut rendered: HashMap<_, _> = self.rendered(&alone, true, load)?.into_iter().collect();
        let leads: Vec<ItemId> = running.iter().copied().filter_map(lead).collect();
        let mut loaded: HashMap<ItemId, PublishedItem> =
            load(&leads)?.into_iter().map(|item| (item.id, item)).collect();
        for entry in running {
            if let Some(item) = lead(entry).and_then(|lead| loaded.remove(&lead)) {
                let mut whole = story::whole(entry, item);
                legal::item(&mut whole);
                rendered.insert(entry.id, Arc::new(self.render(&whole)?));
            }
        }
        let shown: Vec<_> = entries
            .iter()
            .filter_map(|entry| rendered.remove(&entry.id))
            .collect();
        Ok(self.write_feed(feed, &shown)?)
    }

    /// Writes the feed of what the operator was told; `None`: there is none, and its files are deleted. Call it after
    /// `directory`.
    pub fn health(&mut self, alerts: Option<&[Alert]>) -> Result<(), Error> {
        let feed = health::feed();
        let Some(alerts) = alerts else {
            self.remove(&feed)?;
            return self.output.delete_folder(kind_folder(feed.key.kind));
        };
        let items = health::items(alerts, &self.site);
        let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
        self.feed(&feed, &ids, &mut |missing| -> Result<_, Error> {
            let is_missing = |item: &&PublishedItem| missing.contains(&item.id);
            Ok(items.iter().filter(is_missing).cloned().collect())
        })
    }

    /// So many alerts are enough for `health`.
    pub const ALERTS: usize = health::SHOWN;

    /// Deletes the files of a feed that is no longer published.
    pub fn remove(&mut self, feed: &Feed) -> Result<(), Error> {
        self.archive(feed, None)?;
        let folder = folder(feed)?;
        for format in FORMATS {
            self.output.delete(&folder, file_name(format))?;
        }
        self.output.delete_folder(&folder)
    }

    /// Writes `feeds.opml` and `sources.opml`, and does what `remember` does.
    pub fn directory(&mut self, feeds: &[Feed]) -> Result<(), Error> {
        self.remember(feeds)?;
        let before = self.report.written;
        let feeds = opml::feeds(&self.site, &self.feeds)?;
        self.write("", "feeds.opml", feeds.as_bytes())?;
        let sources = opml::sources(&self.site)?;
        self.write("", "sources.opml", sources.as_bytes())?;
        self.directory_changed = self.report.written > before;
        Ok(())
    }

    /// Remembers the feeds for the index and for the links from topics to their folders: call it before `feed`.
    pub fn remember(&mut self, feeds: &[Feed]) -> Result<(), Error> {
        self.feeds = feeds.to_vec();
        self.feeds.sort_by(|a, b| a.key.cmp(&b.key));
        self.feeds.iter_mut().for_each(legal::feed);
        self.folders = HashMap::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            self.folders.insert(feed.key.clone(), folder(feed)?);
        }
        self.directory_changed = false;
        self.finish();
        Ok(())
    }

    /// Takes the folders, as `folder` names them, in which files came, changed or went.
    pub fn take_touched(&mut self) -> BTreeSet<String> {
        self.output.take_touched()
    }

    /// Whether the last `directory` changed what is listed, so that the index has to be written again: feeds came,
    /// went or got another name. Sizes are not part of it: they change only with items, and so with the root feed.
    pub fn directory_changed(&self) -> bool {
        self.directory_changed
    }

    /// Ends a pass: rendered items are forgotten, since the store may change before the next one.
    pub fn finish(&mut self) {
        self.topics = Topics::default();
        self.cache = Cache::default();
    }

    fn style_sheets(&mut self) -> Result<(), Error> {
        if self.site.publishes(FileFormat::Html) {
            self.write("", "style.css", html::STYLE.as_bytes())?;
        } else {
            self.output.delete("", "style.css")?;
        }
        if self.site.publishes(FileFormat::Rss) || self.site.publishes(FileFormat::Atom) {
            self.write("", "feed.css", FEED_STYLE.as_bytes())
        } else {
            self.output.delete("", "feed.css")
        }
    }

    fn rendered<E: From<Error>>(
        &mut self,
        ids: &[ItemId],
        keep: bool,
        load: &mut Load<'_, E>,
    ) -> Result<Vec<(ItemId, Arc<Rendered>)>, E> {
        let known: Vec<_> = ids.iter().map(|id| self.cache.get(id)).collect();
        let missing: Vec<_> = ids
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .map(|(id, _)| *id)
            .collect();
        let mut fresh = HashMap::with_capacity(missing.len());
        if !missing.is_empty() {
            for mut item in load(&missing)? {
                legal::item(&mut item);
                let rendered = Arc::new(self.render(&item)?);
                if keep {
                    self.cache.put(item.id, Arc::clone(&rendered));
                }
                fresh.insert(item.id, rendered);
            }
        }
        let shown = ids
            .iter()
            .zip(known)
            .filter_map(|(id, known)| Some((*id, known.or_else(|| fresh.get(id).cloned())?)));
        Ok(shown.collect())
    }

    fn render(&mut self, item: &PublishedItem) -> Result<Rendered, Error> {
        let topics = self.topics.written(&item.topics, &self.site, &self.folders)?;
        let shown = Shown::new(item, &topics, &self.site, &self.folders);
        let mut rendered = Rendered::new(shown.stamp(), item.story);
        for format in &self.site.formats {
            let slice = match format {
                FileFormat::Rss => rss::item(&shown, &mut self.document)?,
                FileFormat::Atom => atom::entry(&shown, &mut self.document)?,
                FileFormat::Json => json::item(&shown, &mut self.document)?,
                FileFormat::Html => html::item(&shown),
            };
            rendered.set(*format, slice);
        }
        Ok(rendered)
    }

    fn write_feed(&mut self, feed: &Feed, items: &[Arc<Rendered>]) -> Result<(), Error> {
        let mut feed = feed.clone();
        legal::feed(&mut feed);
        let updated: Option<DateTime<Utc>> = items.iter().map(|item| item.updated).max();
        let head = Head {
            before: self.newest.get(&feed.key).copied(),
            ..Head::new(&self.site, &feed, updated)?
        };
        self.output.make_folder(&head.folder)?;
        let mut document = std::mem::take(&mut self.document);
        for format in FORMATS {
            if !head.site.publishes(format) {
                self.output.delete(&head.folder, file_name(format))?;
                continue;
            }
            let slices = items.iter().map(|item| item.get(format));
            let stories = items.iter().map(|item| item.story);
            document.clear();
            match format {
                FileFormat::Rss => rss::document(&head, slices, &mut document)?,
                FileFormat::Atom => atom::document(&head, slices, &mut document)?,
                FileFormat::Json => json::document(&head, slices, &mut document)?,
                FileFormat::Html => html::document(&head, &self.feeds, slices.zip(stories), &mut document),
            }
            let wrote = self.output.write(&head.folder, file_name(format), &document)?;
            self.report.count(wrote, document.len());
        }
        self.document = document;
        Ok(())
    }

    fn write(&mut self, folder: &str, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let wrote = self.output.write(folder, name, bytes)?;
        self.report.count(wrote, bytes.len());
        Ok(())
    }
}

impl Report {
    fn count(&mut self, wrote: Write, length: usize) {
        match wrote {
            Write::Changed => {
                self.written += 1;
                self.bytes += length as u64;
            }
            Write::Unchanged => self.unchanged += 1,
        }
    }
}

/// For browsers that are given a feed by a static host and show XML; ours sends them to the page instead.
const FEED_STYLE: &str = include_str!("feed.css");

/// What RSS and Atom documents begin with.
fn xml_opening(head: &Head<'_>) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?xml-stylesheet type=\"text/css\" href=\"{}feed.css\"?>\n",
        head.way_to_root()
    )
}

/// Writing into memory fails only for a bug, which must not take the process down.
fn unwritable(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error(format!(
        "{what} could not be rendered: {error}; please report this"
    ))
}

/// What was written to a buffer, from the first `from` to the last `to`, both included.
fn between<'b>(buffer: &'b [u8], from: &str, to: &str) -> Result<&'b str, Error> {
    let text = std::str::from_utf8(buffer).map_err(|error| unwritable("text", &error))?;
    let bounds = text.find(from).zip(text.rfind(to));
    let (start, end) = bounds.ok_or_else(|| unwritable("text", &format!("no {from} … {to}")))?;
    Ok(&text[start..end + to.len()])
}
