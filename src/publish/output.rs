//! The output folder: whole files, replaced at once, untouched when nothing changed, and never outside.
//!
//! Files are written beside the old ones and renamed over them, so a reader or a kill at any moment finds the old or
//! the new file. They are not synced one by one: thousands of syncs would cost more than the whole refresh, and the
//! files can always be made again from the database. What a power cut may leave instead of a new file is an empty one;
//! `Output::holds` does not count it, so the next pass writes it again.

use std::collections::BTreeSet;
use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Error;
use super::address::is_page_name;

/// Unfinished files, in the output folder itself: one place to clear after a kill.
const UNFINISHED: &str = ".feedmill-unfinished-";

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// It holds new bytes.
    Changed,
    /// It held these bytes and was not touched.
    Unchanged,
}

/// The folder that everything is published in. Folders inside it are named by their path, ending in `/`.
pub struct Output {
    root: PathBuf,
    touched: BTreeSet<String>,
}

impl Output {
    /// Makes the folder if it is not there and clears away unfinished files.
    pub fn open(root: PathBuf) -> Result<Self, Error> {
        let refuse = |error| refusal("make the output folder", &root, &error);
        fs::create_dir_all(&root).map_err(refuse)?;
        for entry in fs::read_dir(&root).map_err(refuse)? {
            let entry = entry.map_err(refuse)?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(|error| refusal("delete", &entry.path(), &error))?;
            }
        }
        Ok(Self {
            root,
            touched: BTreeSet::new(),
        })
    }

    /// Takes the folders in which files came, changed or went.
    pub fn take_touched(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.touched)
    }

    /// Whether a file is there and not empty.
    pub fn holds(&self, folder: &str, name: &str) -> bool {
        let path = self.root.join(folder).join(name);
        path.symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
    }

    /// Makes a folder and those above it. A symbolic link is not one: it may lead anywhere.
    pub fn make_folder(&self, folder: &str) -> Result<(), Error> {
        let mut path = self.root.clone();
        for name in folder.split_terminator('/') {
            path.push(name);
            match path.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) => return Err(not_a_folder(&path, &metadata)),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    fs::create_dir(&path).map_err(|error| refusal("make", &path, &error))?;
                }
                Err(error) => return Err(refusal("look at", &path, &error)),
            }
        }
        Ok(())
    }

    /// Gives a file in a folder that was made these bytes.
    pub fn write(&mut self, folder: &str, name: &str, bytes: &[u8]) -> Result<Write, Error> {
        let path = self.root.join(folder).join(name);
        if is_already(&path, bytes) {
            return Ok(Write::Unchanged);
        }
        let written = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(&self.root)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.persist(&path).map_err(|error| error.error)
            });
        written.map_err(|error| refusal("write", &path, &error))?;
        self.touched.insert(folder.to_owned());
        Ok(Write::Changed)
    }

    /// Deletes a file if it is there.
    pub fn delete(&mut self, folder: &str, name: &str) -> Result<(), Error> {
        if !self.is_real(folder) {
            return Ok(());
        }
        let path = self.root.join(folder).join(name);
        match fs::remove_file(&path) {
            Ok(()) => {
                self.touched.insert(folder.to_owned());
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(refusal("delete", &path, &error)),
        }
    }

    /// Deletes a folder unless somebody else keeps something in it.
    pub fn delete_folder(&self, folder: &str) -> Result<(), Error> {
        if folder.is_empty() || !self.is_real(folder) {
            return Ok(());
        }
        let path = self.root.join(folder.trim_end_matches('/'));
        match fs::remove_dir(&path) {
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
                Err(refusal("delete", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Deletes all pages in a folder of pages, and the folder unless somebody else keeps something in it.
    pub fn delete_pages(&mut self, folder: &str) -> Result<(), Error> {
        if !self.is_real(folder) {
            return Ok(());
        }
        let path = self.root.join(folder);
        let refuse = |error| refusal("look through", &path, &error);
        for entry in fs::read_dir(&path).map_err(refuse)? {
            let name = entry.map_err(refuse)?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_page_name(name)) {
                self.delete(folder, name)?;
            }
        }
        self.delete_folder(folder)
    }

    /// Whether no part of the way to a folder is a link.
    fn is_real(&self, folder: &str) -> bool {
        let mut path = self.root.clone();
        folder.split_terminator('/').all(|name| {
            path.push(name);
            path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
        })
    }
}

/// Whether the file itself, not one it links to, holds exactly these bytes.
fn is_already(path: &Path, bytes: &[u8]) -> bool {
    let same_length = |metadata: Metadata| metadata.is_file() && metadata.len() == bytes.len() as u64;
    path.symlink_metadata().is_ok_and(same_length) && fs::read(path).is_ok_and(|old| old == bytes)
}

fn not_a_folder(path: &Path, metadata: &Metadata) -> Error {
    let what = if metadata.is_symlink() {
        "a symbolic link"
    } else {
        "not a folder"
    };
    Error(format!(
        "{} is {what}; feedmill writes only into folders of its own: remove it, or set [site] output to another folder",
        path.display()
    ))
}

pub(super) fn refusal(action: &str, path: &Path, error: &io::Error) -> Error {
    let advice = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space; the old files are whole",
        ErrorKind::PermissionDenied => {
            "give this user write permission, or set [site] output to another folder"
        }
        ErrorKind::ReadOnlyFilesystem => "set [site] output to a folder that can be written",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists | ErrorKind::IsADirectory => {
            "something else has this name: move it away"
        }
        ErrorKind::NotFound => "it was moved or deleted during this run: run again",
        _ => "the old files are whole; run again when this is mended",
    };
    Error(format!("cannot {action} {}: {error}; {advice}", path.display()))
}
