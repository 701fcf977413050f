//! The program under test, its folder and its sources, and what must be true after each refresh.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use crate::corpus::{CATEGORIES, Corpus, tags};
use crate::measure::{self, Cost};
use crate::server::{Counted, Server, address};

/// Requests in flight to one host at a time.
pub const PER_HOST: u64 = 4;

/// One refresh.
pub struct Pass {
    pub cost: Cost,
    pub summary: Summary,
    pub counted: Counted,
}

/// What `feedmill refresh --json` prints.
#[derive(Debug, Deserialize)]
pub struct Summary {
    pub sources: Sources,
    pub items: Items,
    pub feeds: u64,
    pub files: Files,
}

#[derive(Debug, Deserialize)]
pub struct Sources {
    pub polled: u64,
    pub not_modified: u64,
    pub failed: u64,
}

#[derive(Debug, Deserialize)]
pub struct Items {
    pub new: u64,
    pub changed: u64,
    pub duplicates: u64,
    pub stored: u64,
}

#[derive(Debug, Deserialize)]
pub struct Files {
    pub written: u64,
    pub bytes: u64,
}

/// An empty database, an empty output, and sources that the corpus here and the one in the server tell the same of.
pub struct Mill {
    folder: TempDir,
    server: Server,
    pub corpus: Corpus,
    /// Put before the command, to profile it.
    under: Vec<OsString>,
}

impl Mill {
    pub fn new(sources: usize, keep: bool, under: &[OsString]) -> anyhow::Result<Self> {
        let mut folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        folder.disable_cleanup(keep);
        let mut mill = Self {
            folder,
            server: Server::start(sources)?,
            corpus: Corpus::new(sources),
            under: under.to_vec(),
        };
        fs::write(mill.config(), mill.feeds_toml()?)?;
        mill.fill()?;
        Ok(mill)
    }

    /// Ends the sources. Whoever holds the folder decides when it is deleted: for a minute after thousands of files are
    /// deleted, ext4 makes new ones slowly.
    pub fn close(self) -> TempDir {
        self.folder
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("feeds.toml")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    fn feeds_toml(&self) -> anyhow::Result<String> {
        let mut toml = format!(
            "[site]\ntitle = \"Benchmark\"\nurl = \"https://feeds.example.org/\"\n\n[fetch]\nconcurrency = 64\n\
             per_host = {PER_HOST}\nhost_gap = \"0s\"\nallow_private_hosts = true\n"
        );
        for category in CATEGORIES {
            writeln!(
                toml,
                "\n[[category]]\nname = \"{category}\"\naliases = [\"{category} news\"]"
            )?;
        }
        for tag in tags().iter().step_by(10) {
            writeln!(
                toml,
                "\n[[tag]]\nname = \"{tag}\"\naliases = [\"The {tag}\"]\nmatch = true"
            )?;
        }
        for (index, source) in self.corpus.sources.iter().enumerate() {
            let (host, port) = (address(source.host), self.server.port);
            writeln!(toml, "\n[[source]]\nname = \"{}\"", source.name)?;
            writeln!(toml, "feed = \"http://{host}:{port}/feed/{index}\"")?;
            writeln!(toml, "category = \"{}\"", CATEGORIES[source.category])?;
        }
        Ok(toml)
    }

    /// All sources show new items only.
    pub fn fill(&mut self) -> anyhow::Result<()> {
        self.corpus.fill();
        self.server.tell("fill")
    }

    pub fn latency(&mut self, milliseconds: u64) -> anyhow::Result<()> {
        self.server.tell(&format!("latency {milliseconds}"))
    }

    /// A refresh while every source has something new; nothing of it is stored yet.
    pub fn cold(&mut self) -> anyhow::Result<Pass> {
        let told = self.corpus.told;
        let pass = self.full()?;
        let Items { new, duplicates, .. } = pass.summary.items;
        ensure!(
            new + duplicates == told.items,
            "{} items are shown, but {new} are new and {duplicates} known",
            told.items
        );
        ensure!(
            (told.addresses - told.edited..=told.addresses).contains(&new),
            "{new} new items, but {} articles and {} edited copies are shown",
            told.addresses - told.edited,
            told.edited
        );
        ensure!(
            pass.summary.items.stored == new,
            "what is new is not what is stored"
        );
        Ok(pass)
    }

    /// A refresh while every source has something new.
    pub fn full(&mut self) -> anyhow::Result<Pass> {
        let pass = self.refresh()?;
        ensure!(
            pass.summary.sources.not_modified == 0,
            "every source has new items"
        );
        ensure!(
            pass.summary.files.written > pass.summary.feeds,
            "every feed has new items"
        );
        Ok(pass)
    }

    /// A refresh while nothing has changed.
    pub fn warm(&mut self) -> anyhow::Result<Pass> {
        let before = files(&self.output())?;
        let pass = self.refresh()?;
        let Summary {
            sources,
            items,
            files: written,
            ..
        } = &pass.summary;
        ensure!(
            sources.not_modified == sources.polled && items.new + items.changed + items.duplicates == 0,
            "nothing changed, and yet: {:?}",
            pass.summary
        );
        ensure!(
            written.written == 0 && files(&self.output())? == before,
            "a file was touched"
        );
        Ok(pass)
    }

    /// A refresh after one source in twenty has changed.
    pub fn changed(&mut self) -> anyhow::Result<Pass> {
        let before = self.corpus.told.items;
        let changed = self.corpus.change().len() as u64;
        ensure!(
            self.server.tell::<u64>("change")? == changed,
            "two corpora of one seed differ"
        );
        let pass = self.refresh()?;
        let Summary { sources, items, .. } = &pass.summary;
        ensure!(
            sources.polled - sources.not_modified == changed,
            "{changed} sources changed, but {} of {} did not",
            sources.not_modified,
            sources.polled
        );
        ensure!(
            items.new + items.duplicates == self.corpus.told.items - before,
            "other items than the sources added: {items:?}"
        );
        Ok(pass)
    }

    fn refresh(&mut self) -> anyhow::Result<Pass> {
        self.server.tell::<Counted>("count")?;
        let mut command = self.under.clone();
        command.push(env!("CARGO_BIN_EXE_feedmill").into());
        command.extend(["refresh", "--force", "--json", "--config"].map(OsString::from));
        command.push(self.config().into());
        let cost = measure::run(command)?;
        let counted: Counted = self.server.tell("count")?;
        ensure!(
            cost.code == Some(0),
            "the refresh ended with {:?}: {}",
            cost.code,
            cost.stdout
        );
        let summary: Summary = serde_json::from_str(&cost.stdout).context("no summary")?;
        let sources = self.corpus.sources.len() as u64;
        ensure!(
            summary.sources.polled == sources && summary.sources.failed == 0 && counted.requests == sources,
            "{sources} sources, but: {summary:?}, {counted:?}"
        );
        ensure!(
            counted.per_host <= PER_HOST,
            "{} requests at one host at once",
            counted.per_host
        );
        Ok(Pass {
            cost,
            summary,
            counted,
        })
    }
}

/// Every file under a folder, with what changes when it is written or replaced.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, (u64, i64, i64)>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(
                    entry.path(),
                    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec()),
                );
            }
        }
    }
    Ok(found)
}
