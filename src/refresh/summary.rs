//! What a refresh did.

use serde::{Deserialize, Serialize};

use crate::model::ClockTrouble;
use crate::publish::Report;

/// What a refresh did, for people and for `--json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Sources that were asked.
    pub polled: usize,
    /// Of these, how many had nothing new to send (304).
    pub not_modified: usize,
    /// Sources that are not due yet, or whose host asked for patience.
    pub skipped: usize,
    /// Sources that could not be asked, because this machine seems to be offline.
    #[serde(default)]
    pub unreached: usize,
    /// Articles never seen before.
    pub new_items: usize,
    /// Known articles whose text or topics changed.
    pub changed_items: usize,
    /// Sightings of articles that another source or guid had brought already.
    pub duplicates: usize,
    /// New items that are copies of articles which other items stand for.
    pub copies: usize,
    /// Pages of articles that were fetched.
    pub articles: usize,
    /// Bytes received, before decompression.
    pub bytes: u64,
    /// Feeds that are published.
    pub feeds: usize,
    /// Files of the output.
    pub files: Report,
    /// Items in the store.
    pub stored_items: u64,
    /// Sources that failed, by name.
    pub failed: Vec<Trouble>,
    /// Sources that were read with something mended or left out.
    pub warnings: Vec<Trouble>,
    /// The machine's clock leapt, or sources contradict it.
    #[serde(default)]
    pub clock: Option<ClockTrouble>,
    /// Sources whose failure was not theirs, by name.
    #[serde(skip)]
    pub(crate) taken_back: Vec<String>,
}

/// A source and what is the matter with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Trouble {
    /// Its name.
    pub source: String,
    /// What happened and what to do.
    pub message: String,
}

impl Summary {
    /// Adds what the writer counted of further polls.
    pub(crate) fn absorb(&mut self, written: Summary) {
        self.polled += written.polled;
        self.not_modified += written.not_modified;
        self.skipped += written.skipped;
        self.unreached += written.unreached;
        self.new_items += written.new_items;
        self.changed_items += written.changed_items;
        self.duplicates += written.duplicates;
        self.articles += written.articles;
        self.bytes += written.bytes;
        self.failed.extend(written.failed);
        for name in written.taken_back {
            let failed = self.failed.len();
            self.failed.retain(|trouble| trouble.source != name);
            self.polled -= failed - self.failed.len();
            self.unreached += failed - self.failed.len();
        }
        self.warnings.extend(written.warnings);
    }

    /// Puts what happened to sources into the order in which it is told.
    pub(crate) fn sort(&mut self) {
        self.failed.sort();
        self.warnings.sort();
    }
}
