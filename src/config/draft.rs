//! A `feeds.toml` that is about to get one more source.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::append::{NewSource, with_source};
use super::names::undeclared;
use super::{Config, Errors, load, parse};
use crate::model::{SourceId, TopicKey};

/// What a file that does not exist yet begins with.
const STARTER: &str = "\
# The README of feedmill explains every key.

[site]
title = \"My feeds\"
url = \"http://localhost:8080/\"   # where output/ is public: set it before others subscribe

[fetch]
# contact = \"https://example.org/about-our-bot\"   # tells publishers who asks
";

/// The file as it was read, or what a new one begins with.
pub struct Draft {
    path: PathBuf,
    config: Config,
    is_new: bool,
}

/// Why a source was not written. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Unsaved {
    /// Its sources are no `[[source]]` tables.
    #[error("{} has its sources in one list, `source = […]`; write them as [[source]] tables, or add this by hand:\n{block}", .path.display())]
    Inline {
        /// The file.
        path: PathBuf,
        /// What was to be added.
        block: String,
    },
    /// With the source the file would not be right.
    #[error("{0}")]
    Wrong(Errors),
    /// The disk.
    #[error("cannot write {}: {source}; it is as it was", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// From the system.
        source: io::Error,
    },
}

impl Draft {
    /// Reads and checks a file. Unlike for a refresh, it may have no source yet, or not be there at all.
    pub fn open(path: &Path) -> Result<Self, Errors> {
        let read = super::string(path);
        let is_new = matches!(&read, Err(error) if error.kind() == io::ErrorKind::NotFound);
        let config = match read {
            Ok(text) => checked(&text, path)?,
            Err(_) if is_new => checked(STARTER, path)?,
            // What else can be wrong with a file is told as for any other command.
            Err(_) => load(path)?,
        };
        Ok(Self {
            path: path.to_owned(),
            config,
            is_new,
        })
    }

    /// What the file says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// There is no file yet: saving makes one.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The declared category that this name or alias stands for, as it is spelt there.
    ///
    /// # Errors
    /// In words, with the nearest name, when there is none.
    pub fn category(&self, name: &str) -> Result<String, String> {
        let key = TopicKey::of(name);
        let names_it = |name: &&String| TopicKey::of(name) == key;
        let declared = &self.config.categories;
        let found = declared.iter().find(|topic| {
            std::iter::once(&topic.name)
                .chain(&topic.aliases)
                .any(|name| names_it(&name))
        });
        let all = || {
            let names = declared
                .iter()
                .flat_map(|topic| std::iter::once(&topic.name).chain(&topic.aliases));
            names.map(String::as_str)
        };
        found.map(|topic| topic.name.clone()).ok_or_else(|| {
            let (message, advice) = undeclared(name, all());
            format!("{message}; {advice}")
        })
    }

    /// Whether a source has this name.
    pub fn is_taken(&self, name: &str) -> bool {
        let id = SourceId::of(name);
        self.config.sources.iter().any(|source| source.id == id)
    }

    /// This name, told apart from those taken by the first of these additions that helps, else by a number.
    pub fn free_name(&self, wanted: &str, additions: &[String]) -> String {
        let with = |addition: &String| format!("{wanted} ({addition})");
        let numbers = (2_u32..).map(|number| number.to_string());
        std::iter::once(wanted.to_owned())
            .chain(additions.iter().map(with))
            .chain(numbers.map(|number| with(&number)))
            .find(|name| !self.is_taken(name))
            .expect("there are more numbers than sources")
    }

    /// Writes the file with this source, as it stands on the disk now. What comes of it is checked before, and the file
    /// is replaced as a whole: at any moment there is the old one or the new one.
    pub fn save(&self, source: &NewSource) -> Result<(), Unsaved> {
        let io = |source| Unsaved::Io {
            path: self.path.clone(),
            source,
        };
        // A link stays one: what it leads to is replaced.
        let (target, before) = match fs::canonicalize(&self.path) {
            Ok(target) => {
                let text = super::string(&target).map_err(io)?;
                (target, text)
            }
            Err(error) if self.is_new && error.kind() == io::ErrorKind::NotFound => {
                (self.path.clone(), STARTER.to_owned())
            }
            Err(error) => return Err(io(error)),
        };
        let after = with_source(&before, source).ok_or_else(|| Unsaved::Inline {
            path: self.path.clone(),
            block: source.to_toml(),
        })?;
        parse(&after, &self.path, &|name| std::env::var(name).ok()).map_err(Unsaved::Wrong)?;
        replace(&target, &after).map_err(io)
    }
}

/// Checks a file that may have no source yet.
fn checked(text: &str, path: &Path) -> Result<Config, Errors> {
    let env = |name: &str| std::env::var(name).ok();
    let first = parse(text, path, &env);
    let Err(errors) = first else { return first };
    // With a source in it, the same text is right, or the real errors show.
    let with_one = format!("{text}\n[[source]]\nname = \"x\"\nfeed = \"https://example.invalid/\"\n");
    match parse(&with_one, path, &env) {
        Ok(mut config) => {
            config.sources.clear();
            Ok(config)
        }
        Err(_) => Err(errors),
    }
}

/// Gives a file new text at once, with its permissions and, where that is allowed, its owner.
fn replace(target: &Path, text: &str) -> io::Result<()> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".feedmill-unfinished-");
    let known = fs::metadata(target).ok();
    #[cfg(unix)]
    if known.is_none() {
        // As any new file, less what the umask takes.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    let Some(known) = known else {
        file.as_file().sync_all()?;
        // Another program may have made one meanwhile.
        file.persist_noclobber(target)?;
        return Ok(());
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Only root may give files away; for anyone else the owner is the same already, or the file becomes theirs.
        let _ = std::os::unix::fs::chown(file.path(), Some(known.uid()), Some(known.gid()));
    }
    file.as_file().set_permissions(known.permissions())?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> (tempfile::TempDir, Draft) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        fs::write(&path, text).unwrap();
        let draft = Draft::open(&path).unwrap();
        (folder, draft)
    }

    const FILE: &str = "[site]\ntitle = \"x\"\nurl = \"https://x.example/\"\n[[category]]\nname = \"Libya\"\naliases = [\"Libye\"]\n";

    #[test]
    fn a_file_without_sources_is_a_beginning_and_a_wrong_one_is_not() {
        let (_folder, draft) = draft(FILE);
        assert!(draft.config().sources.is_empty() && !draft.is_new());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        assert!(Draft::open(&path).unwrap().is_new());
        for wrong in ["[sit]\n", "[site]\ntitle = \"x\"\n", "source = 3\n", "[site\n"] {
            fs::write(&path, wrong).unwrap();
            assert!(Draft::open(&path).is_err(), "{wrong}");
        }
    }

    #[test]
    fn categories_are_those_of_the_file() {
        let (_folder, draft) = draft(FILE);
        assert_eq!(draft.category("libye"), Ok("Libya".into()));
        assert_eq!(
            draft.category("Lybia"),
            Err("no [[category]] is called `Lybia`; did you mean `Libya`?".into())
        );
    }

    #[test]
    fn a_taken_name_gets_an_addition() {
        let source = |name: &str| format!("[[source]]\nname = \"{name}\"\nfeed = \"https://a.example/\"\n");
        let (_folder, draft) = draft(&format!("{FILE}{}{}", source("A"), source("B (economy)")));
        let additions = ["economy".to_owned()];
        assert_eq!(draft.free_name("C", &additions), "C");
        assert_eq!(draft.free_name(" a", &additions), " a (economy)");
        assert_eq!(draft.free_name("B", &additions), "B");
        assert_eq!(draft.free_name("A", &[]), "A (2)");
    }
}
