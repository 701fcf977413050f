//! Whose an output folder is.
//!
//! A file in it names the database whose feeds it holds. feedmill writes and deletes only where this is its own database,
//! where there was nothing before, or where the operator says so.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::Error;
use super::address::folder;
use super::output::{Output, refusal};
use crate::model::Feed;

/// Hidden, so that no server of files gives it to readers.
const MARK: &str = ".feedmill";

/// Who publishes.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Of the database; stays when it is moved.
    pub identity: &'a str,
    /// Where the database is, for people.
    pub database: &'a Path,
    /// The title of the site.
    pub site: &'a str,
}

/// What a folder's mark says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Of the database.
    pub identity: String,
    /// Where the database was.
    pub database: PathBuf,
    /// The title of the site.
    pub site: String,
}

impl Mark {
    /// The mark of a folder, if it has one.
    pub fn of(output: &Path) -> Option<Self> {
        const LARGEST: u64 = 16 << 10;
        let path = output.join(MARK);
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut text = String::new();
        let file = fs::File::open(path).ok()?;
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        let mut mark = Self::default();
        for line in text.lines() {
            match line.split_once(": ") {
                Some(("identity", identity)) => mark.identity = identity.to_owned(),
                Some(("database", database)) => mark.database = database.into(),
                Some(("site", site)) => mark.site = site.to_owned(),
                _ => {}
            }
        }
        Some(mark)
    }
}

impl Owner<'_> {
    fn mark(&self) -> String {
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        format!(
            "feedmill writes, replaces and deletes files in this folder. It is the output of:\nidentity: {}\ndatabase: {}\nsite: {}\n",
            self.identity,
            line(&self.database.display().to_string()),
            line(self.site)
        )
    }
}

/// Takes an output folder, and makes it if it is not there. `published` are the feeds that the database published before:
/// a folder without a mark that holds them is its own, from the time before there were marks.
///
/// # Errors
/// In words, whose it is, or what the disk refuses.
pub fn claim(output: &Path, owner: &Owner<'_>, published: &[Feed], adopt: bool) -> Result<Claim, Error> {
    let refuse = |error| refusal("make the output folder", output, &error);
    fs::create_dir_all(output).map_err(refuse)?;
    let mark = Mark::of(output);
    let is_own = match &mark {
        Some(mark) if mark.identity == owner.identity => true,
        // Whose database is gone has nothing to lose here, but what it left may still not be ours.
        Some(mark) if mark.database.exists() => false,
        Some(_) => is_free(output)? || holds(output, published),
        None => is_free(output)? || holds(output, published),
    };
    if !is_own && !adopt {
        return Ok(Claim::Refused(words(output, mark.as_ref())));
    }
    Output::open(output.to_owned())?.write("", MARK, owner.mark().as_bytes())?;
    Ok(Claim::Taken)
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The folder is the owner's.
    Taken,
    /// It is somebody else's, in words.
    Refused(String),
}

fn words(output: &Path, mark: Option<&Mark>) -> String {
    let whose = match mark {
        Some(mark) => format!(
            "holds the feeds of another database, {} (\"{}\")",
            mark.database.display(),
            mark.site
        ),
        None => "holds files that feedmill did not write".to_owned(),
    };
    format!(
        "the output folder {} {whose}; set [site] output to another folder, or let feedmill write over them with --adopt",
        output.display()
    )
}

/// Whether nothing is there but what operators put into an output beforehand: `robots.txt`, an icon, a note, hidden files.
fn is_free(output: &Path) -> Result<bool, Error> {
    let refuse = |error| refusal("look through", output, &error);
    for entry in fs::read_dir(output).map_err(refuse)? {
        let name = entry.map_err(refuse)?.file_name();
        let name = name.to_string_lossy().to_lowercase();
        let is_harmless = name.starts_with(['.'])
            || name.starts_with("readme")
            || name.starts_with("favicon.")
            || name.ends_with(".txt")
            || name == "lost+found";
        if !is_harmless {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether most of these feeds have a file there, and what lists them.
fn holds(output: &Path, published: &[Feed]) -> bool {
    /// Feeds that are looked for.
    const MOST: usize = 100;
    const FILES: [&str; 4] = ["rss.xml", "atom.xml", "feed.json", "index.html"];
    let looked_for: Vec<&Feed> = published.iter().take(MOST).collect();
    let found = looked_for.iter().filter(|feed| {
        folder(feed).is_ok_and(|folder| {
            FILES
                .iter()
                .any(|file| is_there(&output.join(&folder).join(file)))
        })
    });
    is_there(&output.join("feeds.opml")) && found.count() * 2 > looked_for.len()
}

fn is_there(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(metadata) => metadata.is_file(),
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_that_is_free_or_ones_own_or_given() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output");
        let database = folder.path().join("one.db");
        fs::write(&database, "").unwrap();
        let one = Owner {
            identity: "1",
            database: &database,
            site: "One\nidentity: 2",
        };
        let other = folder.path().join("two.db");
        let two = Owner {
            identity: "2",
            database: &other,
            site: "Two",
        };
        let is_taken = |owner: &Owner, adopt| claim(&output, owner, &[], adopt).unwrap() == Claim::Taken;
        assert!(is_taken(&one, false), "it is not there");
        assert!(is_taken(&one, false), "it is its own");
        assert_eq!(Mark::of(&output).unwrap().identity, "1");
        match claim(&output, &two, &[], false).unwrap() {
            Claim::Refused(words) => {
                assert!(words.contains("one.db") && words.contains("--adopt"), "{words}")
            }
            Claim::Taken => panic!("it is another's"),
        }
        fs::remove_file(&database).unwrap();
        assert!(is_taken(&two, false), "nothing is left of the other but its mark");
        fs::write(&database, "").unwrap();
        fs::write(&other, "").unwrap();
        assert!(is_taken(&two, true) && is_taken(&two, false) && !is_taken(&one, false));
        fs::remove_file(output.join(MARK)).unwrap();
        for harmless in ["README.md", "robots.txt", ".htaccess", "favicon.ico"] {
            fs::write(output.join(harmless), "x").unwrap();
        }
        assert!(is_taken(&one, false), "nothing of it would be written over");
        fs::remove_file(output.join(MARK)).unwrap();
        fs::write(output.join("index.html"), "mine").unwrap();
        assert!(!is_taken(&one, false));
        std::os::unix::fs::symlink(&database, output.join(MARK)).unwrap();
        assert!(!is_taken(&one, false), "a link is no mark");
    }
}
