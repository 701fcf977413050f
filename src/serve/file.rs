//! One published file: known by its name and times, read when it is first asked for, forgotten when memory is short.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use bytes::Bytes;

use super::body::{Body, Content};
use super::coding::Coding;
use super::condition;
use super::kind::Kind;
use super::memory::Memory;

/// A larger file is no feed, and is not served: a few of them would fill the memory.
pub const LARGEST: u64 = 32 << 20;
/// Versions of a feed that parts can be made against.
const VERSIONS: usize = 8;

/// Tells one state of a file on disk from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    /// Of this file.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            length: metadata.len(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
        }
    }
}

/// Where the bytes come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The output folder.
    Disk(PathBuf, Stamp),
    /// The server itself.
    Made(Bytes),
}

/// What is known of a version of a file once it was read; kept when its bytes are forgotten, since it answers most
/// requests.
#[derive(Debug)]
pub struct Facts {
    /// Of the bytes; entity tags are made of it, so they are the same after a restart and on other machines.
    pub hash: String,
    /// One for each coding.
    etags: [HeaderValue; 4],
    /// Seconds since 1970.
    pub modified: u64,
    /// The same as a date.
    pub last_modified: HeaderValue,
    /// Bytes in no coding.
    pub length: usize,
    /// Hashes of the items of a feed.
    items: Vec<u64>,
}

impl Facts {
    /// For `ETag`: RFC 9110 §8.8.3.3 wants one of its own for each coding.
    pub fn etag(&self, coding: Coding) -> &HeaderValue {
        &self.etags[coding as usize]
    }
}

/// A version of a file as far as it is in memory.
#[derive(Clone, Debug, Default)]
struct Slot {
    facts: Option<Arc<Facts>>,
    content: Option<Arc<Content>>,
}

/// A file of one state of the output.
#[derive(Debug)]
pub struct File {
    /// Its path in addresses, with a slash in front.
    pub key: Box<str>,
    /// By its name.
    pub kind: Kind,
    /// For `Link`.
    pub links: Option<HeaderValue>,
    origin: Origin,
    /// When its content last changed, as far as its mtime tells, in seconds since 1970.
    modified: u64,
    /// What this server said of it before it changed, the newest last.
    earlier: Vec<Arc<Facts>>,
    slot: RwLock<Slot>,
    /// Held while it is read or compressed, so that of many requests one does the work.
    pub work: tokio::sync::Mutex<()>,
    used: AtomicU64,
}

impl File {
    /// Whether it is the server's own, not one of the output folder.
    pub fn is_made(&self) -> bool {
        matches!(self.origin, Origin::Made(_))
    }

    /// A file that has not been read yet. `before` is the same file in the state of the output before this one.
    pub fn new(
        key: Box<str>,
        kind: Kind,
        origin: Origin,
        links: Option<HeaderValue>,
        before: Option<&Self>,
        now: SystemTime,
    ) -> Self {
        let written = match &origin {
            Origin::Disk(_, stamp) => u64::try_from(stamp.seconds).unwrap_or(0),
            Origin::Made(_) => 0,
        };
        let mut earlier = before.map(|before| before.earlier.clone()).unwrap_or_default();
        earlier.extend(before.and_then(|before| before.slot().facts));
        earlier.drain(..earlier.len().saturating_sub(VERSIONS));
        Self {
            key,
            kind,
            links,
            origin,
            modified: written.min(seconds(now)),
            earlier,
            slot: RwLock::default(),
            work: tokio::sync::Mutex::default(),
            used: AtomicU64::new(before.map_or(0, |before| before.used.load(Ordering::Relaxed))),
        }
    }

    /// Whether it would be the same if it were made anew from this.
    pub fn is_still(&self, stamp: Stamp, links: Option<&HeaderValue>) -> bool {
        matches!(&self.origin, Origin::Disk(_, known) if *known == stamp) && self.links.as_ref() == links
    }

    /// What is known of it, if it was ever read.
    pub fn facts(&self) -> Option<Arc<Facts>> {
        self.slot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .facts
            .clone()
    }

    /// What is in memory of it.
    pub fn content(&self) -> Option<(Arc<Facts>, Arc<Content>)> {
        let slot = self.slot();
        slot.facts.zip(slot.content)
    }

    /// Its content, read from disk if need be. The facts are always those of these bytes, also when the file was
    /// replaced a moment ago.
    pub fn read(&self, memory: &Memory) -> io::Result<(Arc<Facts>, Arc<Content>)> {
        if let Some(known) = self.content() {
            return Ok(known);
        }
        let (bytes, modified) = match &self.origin {
            Origin::Made(bytes) => (bytes.clone(), self.modified),
            Origin::Disk(path, stamp) => {
                let (bytes, found) = read(path)?;
                let replaced = found != *stamp;
                let modified = u64::try_from(found.seconds).unwrap_or(0);
                (bytes, if replaced { modified } else { self.modified })
            }
        };
        let content = Content::new(Body::new(bytes, memory), self.kind.subscribable());
        let facts = Arc::new(self.describe(&content, modified));
        let content = Arc::new(content);
        *self.slot.write().unwrap_or_else(PoisonError::into_inner) = Slot {
            facts: Some(facts.clone()),
            content: Some(content.clone()),
        };
        Ok((facts, content))
    }

    fn describe(&self, content: &Content, modified: u64) -> Facts {
        let plain = content.body.plain();
        let hash = blake3::hash(plain).to_hex()[..32].to_owned();
        let etag = |coding: Coding| {
            let tag = match coding {
                Coding::Identity => format!("\"{hash}\""),
                coding => format!("\"{hash}-{}\"", coding.name()),
            };
            HeaderValue::try_from(tag).expect("hex digits and a coding are plain ASCII")
        };
        // A file that was only touched has not changed. One that changed is younger than before, whatever the clock of
        // who wrote it says, or clients that know only the date would never hear of it.
        let modified = match self.earlier.last() {
            Some(before) if before.hash == hash => before.modified,
            Some(before) => modified.max(before.modified + 1),
            None => modified,
        };
        Facts {
            etags: [Coding::Identity, Coding::Brotli, Coding::Zstd, Coding::Gzip].map(etag),
            modified,
            last_modified: condition::written(modified),
            length: plain.len(),
            items: content.hashes().to_vec(),
            hash,
        }
    }

    /// The items of an earlier version of which a client has a tag, with its hash.
    pub fn earlier(&self, tag: &str) -> Option<(&str, &[u64])> {
        let versions = self.earlier.iter().rev();
        let mut known = versions.filter(|facts| condition::is_of(tag, &facts.hash));
        known
            .next()
            .map(|facts| (facts.hash.as_str(), facts.items.as_slice()))
    }

    /// Notes that it was asked for.
    pub fn touch(&self, now: u64) {
        if self.used.load(Ordering::Relaxed) != now {
            self.used.store(now, Ordering::Relaxed);
        }
    }

    /// When it was last asked for, in seconds since 1970.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Forgets its bytes.
    pub fn forget(&self) {
        self.slot.write().unwrap_or_else(PoisonError::into_inner).content = None;
    }

    fn slot(&self) -> Slot {
        self.slot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Seconds since 1970.
pub fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The bytes of a file and the state it was in when they were read.
fn read(path: &Path) -> io::Result<(Bytes, Stamp)> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST)).unwrap_or(0));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is too large to be served",
        ));
    }
    Ok((bytes.into(), Stamp::of(&metadata)))
}
