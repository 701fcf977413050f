//! Reading again only the folders in which something changed: what that costs does not grow with all that is published.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::address::Addresses;
use super::site::{Changes, Depth, Listed, Site, collect};

/// Pages of what the feed of everything shows no more.
const ARCHIVE: &str = "archive/";

impl Site {
    /// Does what `reload` does, but looks only into these folders, named from the output folder on and ending in `/`;
    /// the empty name is the output folder itself. What changed elsewhere is not noticed.
    pub fn reload_folders(&self, folders: &BTreeSet<String>, now: SystemTime) -> io::Result<Changes> {
        let Some(before) = self.snapshot() else {
            return self.reload(now);
        };
        let old = &before.addresses;
        let parts: BTreeSet<&str> = folders.iter().map(|folder| part(folder)).collect();
        let mut found = Listed::new();
        for part in &parts {
            self.list(part, &mut found)?;
        }
        let is_same = |key: &str| !parts.contains(part_of(key));
        let mut addresses = Addresses {
            files: old.files.clone(),
            folders: old.folders.clone(),
        };
        // What the server made up itself it makes up again.
        addresses
            .files
            .retain(|key, file| is_same(key) && !file.is_made());
        addresses.folders.retain(|key, _| is_same(key));
        let changed = self.add_found(&found, &old.files, &mut addresses, now);
        let mut changes = Changes {
            files: addresses.files.len(),
            changed,
            removed: 0,
        };
        self.add_own(&mut addresses, now);
        changes.removed = old
            .files
            .keys()
            .filter(|key| !addresses.files.contains_key(*key))
            .count();
        self.show(addresses);
        Ok(changes)
    }

    fn list(&self, part: &str, found: &mut Listed) -> io::Result<()> {
        if part.is_empty() {
            collect(&self.folder, "/", Depth::One, found)?;
            return self.list_below(ARCHIVE, found);
        }
        self.list_below(part, found)
    }

    /// Lists a folder that may have gone, and what is below it.
    fn list_below(&self, folder: &str, found: &mut Listed) -> io::Result<()> {
        if !is_real(&self.folder, folder) {
            return Ok(());
        }
        let mut there = BTreeMap::new();
        match collect(
            &self.folder.join(folder),
            &format!("/{folder}"),
            Depth::All,
            &mut there,
        ) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            collected => {
                collected?;
                found.append(&mut there);
            }
        }
        Ok(())
    }
}

/// Whether no part of the way to a folder is a link, as none is followed by `reload`.
fn is_real(root: &Path, folder: &str) -> bool {
    let mut path = root.to_owned();
    folder.split_terminator('/').all(|name| {
        path.push(name);
        path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
    })
}

/// The folder of the feed whose files, with its pages, are in this folder: they lead to each other and to nothing
/// elsewhere, so together they are what has to be read again.
fn part(folder: &str) -> &str {
    if folder == ARCHIVE {
        return "";
    }
    let mut slashes = folder.match_indices('/').map(|(at, _)| at + 1);
    let end = slashes.nth(1).unwrap_or(folder.len());
    &folder[..end]
}

/// The part that a file belongs to, by its address.
fn part_of(key: &str) -> &str {
    let path = key.strip_prefix('/').unwrap_or(key);
    part(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_feed_with_its_pages() {
        for (folder, expected) in [
            ("", ""),
            ("archive/", ""),
            ("category/libya/", "category/libya/"),
            ("category/libya/archive/", "category/libya/"),
            ("tag/archive/", "tag/archive/"),
            ("tag/archive/archive/", "tag/archive/"),
            ("feedmill/health/", "feedmill/health/"),
            (".well-known/", ".well-known/"),
        ] {
            assert_eq!(part(folder), expected, "{folder}");
            assert_eq!(part_of(&format!("/{folder}feed.json")), expected, "{folder}");
        }
    }
}
