//! Feeds as files: RSS, Atom, JSON Feed, HTML and OPML, written only where bytes changed.

use std::collections::HashMap;
use std::path::PathBuf;

use url::Url;

use crate::model::{Feed, FileFormat, ItemId, PublishedItem, SourceId};

/// Why files could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

/// Everything that rendered files depend on besides feeds and items.
#[derive(Clone, Debug)]
pub struct Site {
    /// `[site] title`
    pub title: String,
    /// Where the output is public, ending in `/`.
    pub url: Url,
    /// BCP 47 tag.
    pub language: String,
    /// Formats to write.
    pub formats: Vec<FileFormat>,
    /// `[fetch] every` in minutes, for `ttl`.
    pub ttl_minutes: u64,
    /// Sources by id.
    pub sources: HashMap<SourceId, SiteSource>,
}

/// A source as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSource {
    /// As the operator spelt it.
    pub name: String,
    /// Its feed, without secrets.
    pub feed: String,
    /// Its site.
    pub link: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files whose bytes changed.
    pub written: u64,
    /// Files that already held these bytes.
    pub unchanged: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// Writes one site's files.
pub struct Publisher {
    /// What was done so far.
    pub report: Report,
}

impl Publisher {
    /// A hash of all that rendering depends on besides feeds and items: the site and the version of the renderer.
    pub fn rendering(_site: &Site) -> u64 {
        0
    }

    /// Prepares the output folder.
    pub fn new(_site: Site, _output: PathBuf) -> Result<Self, Error> {
        Ok(Self {
            report: Report::default(),
        })
    }

    /// Whether all files of this feed exist.
    pub fn is_complete(&self, _feed: &Feed) -> bool {
        false
    }

    /// Writes the files of a feed that shows these items. `load` is asked, once, for those that are not rendered yet.
    /// `feeds` are all published feeds (for the links from topics to their folders).
    pub fn feed<E: From<Error>>(
        &mut self,
        _feed: &Feed,
        _ids: &[ItemId],
        _load: &mut dyn FnMut(&[ItemId]) -> Result<Vec<PublishedItem>, E>,
    ) -> Result<(), E> {
        unimplemented!()
    }

    /// Deletes the files of a feed that is no longer published.
    pub fn remove(&mut self, _feed: &Feed) -> Result<(), Error> {
        unimplemented!()
    }

    /// Writes `feeds.opml`, `sources.opml` and what the index says about all feeds.
    pub fn directory(&mut self, _feeds: &[Feed]) -> Result<(), Error> {
        unimplemented!()
    }
}
