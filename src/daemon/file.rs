//! Whether `feeds.toml` is another one than before. Editors write in place or put a new file there; both take moments in
//! which it is not whole.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use crate::config;

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

/// What a file holds; `None` where there is none that can be read.
fn content(path: &Path) -> Option<u64> {
    config::bytes(path).ok().map(|bytes| xxh3_64(&bytes))
}

/// How a file is looked at; what asks for more comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// A change counts when the file is the same at the next look: it may not be whole yet.
    AtRest,
    /// What is there is known already, whatever it is.
    Known,
    /// A change counts at once: somebody who knows says so.
    AtOnce,
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

    /// Whether it holds something else than what was last known. Tells each change once.
    pub(super) fn has_changed(&mut self, look: Look) -> bool {
        let now = stamp(&self.path);
        let is_same = now == self.stamp;
        self.stamp = now;
        match look {
            Look::AtRest if !is_same => {
                self.is_moving = true;
                false
            }
            Look::AtRest => self.is_moving && self.is_other(),
            Look::Known | Look::AtOnce => {
                (!is_same || self.is_moving) && self.is_other() && look == Look::AtOnce
            }
        }
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

    impl Watched {
        fn at_rest(&mut self) -> bool {
            self.has_changed(Look::AtRest)
        }

        fn at_once(&mut self) -> bool {
            self.has_changed(Look::AtOnce)
        }
    }

    #[test]
    fn each_change_is_told_once_when_the_file_is_at_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        std::fs::write(&path, "one").unwrap();
        let mut watched = Watched::new(path.clone());
        assert!(!watched.at_rest() && !watched.at_rest());

        std::fs::write(&path, "one and a half").unwrap();
        assert!(!watched.at_rest(), "it may be half written");
        assert!(watched.is_moving());
        assert!(watched.at_rest() && !watched.at_rest());

        // An editor that saves what was there.
        std::fs::write(folder.path().join("new"), "one and a half").unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(!watched.at_rest() && !watched.at_rest() && !watched.is_moving());

        // One that takes it away for a moment.
        std::fs::remove_file(&path).unwrap();
        assert!(!watched.at_rest());
        std::fs::write(&path, "two").unwrap();
        assert!(!watched.at_rest() && watched.at_rest());

        std::fs::write(&path, "three").unwrap();
        assert!(watched.at_once() && !watched.at_once() && !watched.at_rest());
        std::fs::remove_file(&path).unwrap();
        assert!(!watched.at_rest() && watched.at_rest() && !watched.at_rest());
    }
}
