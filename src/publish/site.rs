//! The site as far as rendered files tell of it.

use std::collections::HashMap;

use url::Url;

use crate::model::{FileFormat, SourceId};

/// Everything that rendered files depend on besides feeds and items.
#[derive(Clone, Debug)]
pub struct Site {
    /// `[site] title`
    pub title: String,
    /// Where the output is public, ending in `/`.
    pub url: Url,
    /// BCP 47 tag.
    pub language: String,
    /// The WebSub hub that tells of changes.
    pub hub: Option<Url>,
    /// Formats to write.
    pub formats: Vec<FileFormat>,
    /// `[fetch] every` in minutes, for `ttl`.
    pub ttl_minutes: u64,
    /// Sources by id.
    pub sources: HashMap<SourceId, SiteSource>,
}

impl Site {
    /// Whether files of this format are written.
    pub(super) fn publishes(&self, format: FileFormat) -> bool {
        self.formats.contains(&format)
    }

    /// The sources in an order that does not change.
    pub(super) fn sorted_sources(&self) -> Vec<(&SourceId, &SiteSource)> {
        let mut sources: Vec<_> = self.sources.iter().collect();
        sources.sort_by_key(|(id, _)| *id);
        sources
    }
}

/// A source as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSource {
    /// As the operator spelt it.
    pub name: String,
    /// Its feed, without secrets; a page or a sitemap is none.
    pub feed: Option<String>,
    /// Its site.
    pub link: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
}
