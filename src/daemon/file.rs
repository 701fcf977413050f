//! Whether `feeds.toml` is another one than before. Editors write in place or put a new file there; both take moments in
//! which it is not whole.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

/// A file as it is at one moment, as far as the system tells without reading it; `None` where there is none.
type Stamp = Option<(u64, u64, i64, i64, i64, i64)>;

fn stamp(path: &Path) -> Stamp {
    let data = std::fs::metadata(path).ok()?;
    Some((
        data.ino(),
        data.len(),
        data.mtime(),
        data.mtime_nsec(),
        data.ctime(),
        data.ctime_nsec(),
    ))
}

/// What a file holds; `None` where there is none.
fn content(path: &Path) -> Option<u64> {
    std::fs::read(path).ok().map(|bytes| xxh3_64(&bytes))
}

/// A file that is being watched.
pub(super) struct Watched {
    path: PathBuf,
    stamp: Stamp,
    /// What was last taken notice of.
    content: Option<u64>,
    /// It was another one at the last look: it may not be whole yet.
    is_moving: bool,
}

impl Watched {
    /// Holds as known what is there now.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            stamp: stamp(&path),
            content: content(&path),
            is_moving: false,
            path,
        }
    }

    /// Whether it holds something else than what was last known, and did so at the last look already. Tells each change
    /// once.
    pub(super) fn has_changed(&mut self) -> bool {
        let now = stamp(&self.path);
        if now != self.stamp {
            self.stamp = now;
            self.is_moving = true;
            return false;
        }
        self.is_moving && self.is_other()
    }

    /// The same, whole or not: somebody who knows says so.
    pub(super) fn has_changed_now(&mut self) -> bool {
        let now = stamp(&self.path);
        let is_same = now == self.stamp && !self.is_moving;
        self.stamp = now;
        !is_same && self.is_other()
    }

    fn is_other(&mut self) -> bool {
        self.is_moving = false;
        let content = content(&self.path);
        std::mem::replace(&mut self.content, content) != content
    }

    /// Whether the next look should come soon.
    pub(super) fn is_moving(&self) -> bool {
        self.is_moving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_once_when_the_file_is_at_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        std::fs::write(&path, "one").unwrap();
        let mut watched = Watched::new(path.clone());
        assert!(!watched.has_changed() && !watched.has_changed());

        std::fs::write(&path, "one and a half").unwrap();
        assert!(!watched.has_changed(), "it may be half written");
        assert!(watched.is_moving());
        assert!(watched.has_changed() && !watched.has_changed());

        // An editor that saves what was there.
        std::fs::write(folder.path().join("new"), "one and a half").unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(!watched.has_changed() && !watched.has_changed() && !watched.is_moving());

        // One that takes it away for a moment.
        std::fs::remove_file(&path).unwrap();
        assert!(!watched.has_changed());
        std::fs::write(&path, "two").unwrap();
        assert!(!watched.has_changed() && watched.has_changed());

        std::fs::write(&path, "three").unwrap();
        assert!(watched.has_changed_now() && !watched.has_changed_now() && !watched.has_changed());
        std::fs::remove_file(&path).unwrap();
        assert!(!watched.has_changed() && watched.has_changed() && !watched.has_changed());
    }
}
