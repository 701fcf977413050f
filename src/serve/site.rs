//! The published site: what the output folder holds, in snapshots that are swapped as a whole.
//!
//! A snapshot knows names and times only. Bytes are read when they are first asked for and stay in memory, compressed
//! in each coding that was asked for, up to a limit; then the files that nobody asked for longest are forgotten, but not
//! their entity tags. So an output of 500 MB costs what its readers use, and most answers (304) cost no body at all.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tracing::warn;
use xxhash_rust::xxh3::xxh3_64;

use super::address::{Addresses, Folder, is_ours};
use super::body::{Body, Content};
use super::coding::Coding;
use super::file::{Facts, File, LARGEST, Origin, Stamp};
use super::inlet::Inlet;
use super::kind::Kind;
use super::links;
use super::memory::Memory;
use super::settings::{Fixed, Settings};
use super::traffic::Traffic;
use super::withdrawn::Withdrawn;

/// A file that can be subscribed to, as it is published now.
#[derive(Clone, Debug)]
pub struct Topic {
    /// What a GET gives.
    pub body: Bytes,
    /// `Content-Type` of that.
    pub media_type: &'static str,
    /// Another one for other bytes, the same after a restart.
    pub version: u64,
}

/// What is served at one moment.
pub struct Snapshot {
    pub addresses: Addresses<Arc<File>>,
    pub withdrawn: Arc<Withdrawn>,
}

/// What `Site::reload` found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files that are served.
    pub files: usize,
    /// Files that are new or differ from before.
    pub changed: usize,
    /// Files that are not served any more.
    pub removed: usize,
}

/// A site on its way to readers. Until the first `reload` every request gets a 503.
pub struct Site {
    pub(super) folder: PathBuf,
    pub(super) fixed: Fixed,
    pub(super) settings: Settings,
    /// What is told of the site, from the next look at the folder on.
    told: RwLock<Settings>,
    /// Numbers on what was answered.
    pub traffic: Traffic,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    withdrawn: RwLock<Arc<Withdrawn>>,
    pub(super) memory: Memory,
    /// One for each core, so that compressing never takes all threads.
    workers: Semaphore,
    pub(super) inlet: OnceLock<Arc<dyn Inlet>>,
}

impl Site {
    /// A site that is about to be read from this folder.
    pub fn new(folder: PathBuf, settings: Settings) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            folder,
            fixed: Fixed::new(&settings),
            told: RwLock::new(settings.clone()),
            settings,
            traffic: Traffic::default(),
            snapshot: RwLock::default(),
            withdrawn: RwLock::default(),
            memory: Memory::default(),
            workers: Semaphore::new(cores),
            inlet: OnceLock::new(),
        }
    }

    /// Takes over `url`, `hub` and `contact`: the next `reload` tells them.
    pub fn tell(&self, settings: Settings) {
        *self.told.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    fn told(&self) -> Settings {
        self.told.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks through the output folder and serves from now on what is there. Files that did not change are not read
    /// again. Blocks for about a microsecond per file. After an error everything is served as before.
    pub fn reload(&self, now: SystemTime) -> io::Result<Changes> {
        let mut found = BTreeMap::new();
        collect(&self.folder, "/", Depth::All, &mut found)?;
        let before = self.snapshot();
        let empty = HashMap::new();
        let old = before.as_ref().map_or(&empty, |before| &before.addresses.files);
        let mut addresses = Addresses {
            files: HashMap::with_capacity(found.len() + 3),
            folders: HashMap::new(),
        };
        let changed = self.add_found(&found, old, &mut addresses, now);
        let mut changes = Changes {
            changed,
            ..Changes::default()
        };
        changes.files = addresses.files.len();
        changes.removed = old
            .keys()
            .filter(|key| !addresses.files.contains_key(*key))
            .count();
        for key in self.add_own(&mut addresses, now) {
            changes.removed -= usize::from(old.contains_key(key));
        }
        self.show(addresses);
        Ok(changes)
    }

    /// Adds these files; those that are as they were stay the same. How many are not.
    pub(super) fn add_found(
        &self,
        found: &Listed,
        old: &HashMap<Box<str>, Arc<File>>,
        addresses: &mut Addresses<Arc<File>>,
        now: SystemTime,
    ) -> usize {
        let told = self.told();
        let mut changed = 0;
        for (key, (path, kind, stamp)) in found {
            let links = links::of(&told, key, *kind, found);
            let known = old.get(key.as_str());
            let file = match known.filter(|file| file.is_still(*stamp, links.as_ref())) {
                Some(same) => same.clone(),
                None => {
                    changed += 1;
                    let origin = Origin::Disk(path.clone(), *stamp);
                    let before = known.map(|file| &**file);
                    Arc::new(File::new(key.as_str().into(), *kind, origin, links, before, now))
                }
            };
            add(addresses, file);
        }
        changed
    }

    /// Adds the files that are made up where the operator has none; which.
    pub(super) fn add_own(&self, addresses: &mut Addresses<Arc<File>>, now: SystemTime) -> Vec<&'static str> {
        let mut added = Vec::new();
        for (key, text) in self.told().own_files(now) {
            if !addresses.files.contains_key(key) {
                let origin = Origin::Made(Bytes::from(text));
                let kind = Kind::Other("text/plain; charset=utf-8", true);
                add(
                    addresses,
                    Arc::new(File::new(key.into(), kind, origin, None, None, now)),
                );
                added.push(key);
            }
        }
        added
    }

    /// Serves these from now on.
    pub(super) fn show(&self, addresses: Addresses<Arc<File>>) {
        let withdrawn = self
            .withdrawn
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.swap(Snapshot { addresses, withdrawn });
    }

    /// Says which feeds there were once. They are told apart from what never was: readers unsubscribe at a 410.
    pub fn withdraw(&self, withdrawn: Withdrawn) {
        let withdrawn = Arc::new(withdrawn);
        *self.withdrawn.write().unwrap_or_else(PoisonError::into_inner) = withdrawn.clone();
        if let Some(now) = self.snapshot() {
            let addresses = Addresses {
                files: now.addresses.files.clone(),
                folders: now.addresses.folders.clone(),
            };
            self.swap(Snapshot { addresses, withdrawn });
        }
    }

    /// Hands requests that are for no file to this, from now on. There is one for a site: a second one is left out.
    pub fn hand_on(&self, inlet: Arc<dyn Inlet>) {
        let _ = self.inlet.set(inlet);
    }

    /// A file that names the hub: what a GET of this very path gives. An error until there is an output.
    pub async fn topic(&self, path: &str) -> io::Result<Option<Topic>> {
        let Some(file) = self.topic_file(path)? else {
            return Ok(None);
        };
        let (facts, content) = self.content(&file).await?;
        let body = self
            .coded(&file, Coding::Identity, BodyOf::Whole(content))
            .await?;
        Ok(Some(Topic {
            body,
            media_type: file.kind.media_type(),
            version: xxh3_64(facts.hash.as_bytes()),
        }))
    }

    /// The version of such a file: another one for other bytes. Its bytes are read only if nobody asked for them before.
    pub async fn topic_version(&self, path: &str) -> io::Result<Option<u64>> {
        let Some(file) = self.topic_file(path)? else {
            return Ok(None);
        };
        let facts = match file.facts() {
            Some(facts) => facts,
            None => self.content(&file).await?.0,
        };
        Ok(Some(xxh3_64(facts.hash.as_bytes())))
    }

    fn topic_file(&self, path: &str) -> io::Result<Option<Arc<File>>> {
        let snapshot = self.snapshot();
        let snapshot = snapshot.ok_or_else(|| io::Error::other("nothing is published yet"))?;
        let file = snapshot.addresses.files.get(path);
        Ok(file.filter(|file| links::names_hub(file.kind)).cloned())
    }

    /// Whether there is something to serve.
    pub fn is_ready(&self) -> bool {
        self.snapshot()
            .is_some_and(|snapshot| !snapshot.addresses.folders.is_empty())
    }

    /// Bytes of bodies in memory.
    pub fn memory(&self) -> usize {
        self.memory.held()
    }

    pub(super) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn swap(&self, snapshot: Snapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
    }

    /// The content of a file, which is read if it is not in memory.
    pub(super) async fn content(&self, file: &Arc<File>) -> io::Result<(Arc<Facts>, Arc<Content>)> {
        if let Some(known) = file.content() {
            return Ok(known);
        }
        let _alone = file.work.lock().await;
        let (job, memory) = (file.clone(), self.memory.clone());
        let read = self.work(move || job.read(&memory)).await;
        self.make_room(file);
        read
    }

    /// A body in a coding, which is made if it was not.
    pub(super) async fn coded(&self, file: &Arc<File>, coding: Coding, body: BodyOf) -> io::Result<Bytes> {
        if let Some(made) = body.body().get(coding) {
            return Ok(made);
        }
        let _alone = file.work.lock().await;
        let made = self.work(move || body.body().make(coding)).await;
        self.make_room(file);
        made
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let _worker = self.workers.acquire().await.map_err(io::Error::other)?;
        tokio::task::spawn_blocking(job).await.map_err(io::Error::other)?
    }

    /// Forgets what nobody asked for longest, until there is room again; never what is about to be sent.
    fn make_room(&self, but: &Arc<File>) {
        let limit = self.settings.memory;
        if self.memory.held() <= limit {
            return;
        }
        let Some(snapshot) = self.snapshot() else { return };
        let mut files: Vec<_> = snapshot.addresses.files.values().collect();
        files.sort_by_key(|file| file.used());
        for file in files {
            // Some more than needed, so that not every file that is read has to look for room.
            if self.memory.held() <= limit / 10 * 9 {
                break;
            }
            if !Arc::ptr_eq(file, but) {
                file.forget();
            }
        }
    }
}

/// A body that something else keeps.
pub(super) enum BodyOf {
    /// That of a file.
    Whole(Arc<Content>),
    /// A part of a feed.
    Part(Arc<Body>),
}

impl BodyOf {
    fn body(&self) -> &Body {
        match self {
            Self::Whole(content) => &content.body,
            Self::Part(body) => body,
        }
    }
}

fn add(addresses: &mut Addresses<Arc<File>>, file: Arc<File>) {
    if let Kind::Feed(format) = file.kind {
        let (folder, name) = file
            .key
            .split_at(file.key.rfind('/').map_or(0, |slash| slash + 1));
        // Other pages that an operator adds are no folder's page.
        if name != "index.html" && file.kind.is_page() {
            addresses.files.insert(file.key.clone(), file);
            return;
        }
        let files: &mut Folder<_> = addresses.folders.entry(folder.into()).or_default();
        files.set(format, file.clone());
    }
    addresses.files.insert(file.key.clone(), file);
}

/// By address.
pub(super) type Listed = BTreeMap<String, (PathBuf, Kind, Stamp)>;

/// How far down files are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// In the folder itself.
    One,
    /// In those below it, too.
    All,
}

/// All files below a folder that are meant for readers, by address. Links, dot files and strange names are left out.
pub(super) fn collect(folder: &Path, address: &str, depth: Depth, found: &mut Listed) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name
            .to_str()
            .filter(|name| name.bytes().all(is_ours) && (!name.starts_with('.') || *name == ".well-known"))
        else {
            continue;
        };
        let key = format!("{address}{name}");
        // Somebody may remove a feed meanwhile: what is not there any more is not served.
        let metadata = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        if metadata.is_dir() {
            if depth == Depth::One {
                continue;
            }
            match collect(&entry.path(), &format!("{key}/"), depth, found) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                collected => collected?,
            }
        } else if metadata.is_file()
            && let Some(kind) = Kind::at(&key)
        {
            if metadata.len() > LARGEST {
                warn!(file = %entry.path().display(), "too large to be served");
                continue;
            }
            found.insert(key, (entry.path(), kind, Stamp::of(&metadata)));
        }
    }
    Ok(())
}
