//! What an address means: a file, a folder that has a feed, another name for one of them, or nothing.
//!
//! A request only ever picks something from tables that were made from the output folder: no part of it becomes a path.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::model::FileFormat;

use super::accept::FEEDS;
use super::withdrawn::Withdrawn;

/// The files of one feed, in the order RSS, Atom, JSON, page.
#[derive(Clone, Debug)]
pub struct Folder<F> {
    files: [Option<F>; 4],
}

impl<F> Default for Folder<F> {
    fn default() -> Self {
        Self {
            files: [None, None, None, None],
        }
    }
}

impl<F> Folder<F> {
    /// Its file in this format.
    pub fn get(&self, format: FileFormat) -> Option<&F> {
        self.files[format as usize].as_ref()
    }

    /// Adds a file.
    pub fn set(&mut self, format: FileFormat, file: F) {
        self.files[format as usize] = Some(file);
    }

    /// The file that a reader gets who asks for a feed and does not say which.
    fn any_feed(&self) -> Option<&F> {
        FEEDS.into_iter().find_map(|format| self.get(format))
    }
}

/// All addresses.
#[derive(Debug)]
pub struct Addresses<F> {
    /// By path: `/category/libya/rss.xml`.
    pub files: HashMap<Box<str>, F>,
    /// By path: `/category/libya/`.
    pub folders: HashMap<Box<str>, Folder<F>>,
}

/// What an address means.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a, F> {
    /// A file by its own address.
    File(&'a F),
    /// A file by another address that readers guess: served as it is, since some follow no redirect.
    Alias(&'a F),
    /// A folder: the client's wishes decide.
    Folder(&'a str),
    /// The one right way to write this address, or where a feed is now.
    Moved(String),
    /// A feed that was removed.
    Gone,
    /// Nothing.
    Nothing,
}

impl<F> Addresses<F> {
    /// What this path of a request means.
    pub fn find<'a>(&'a self, path: &str, withdrawn: &Withdrawn) -> Found<'a, F> {
        match self.exactly(path) {
            Found::Nothing => {}
            found => return found,
        }
        let Some(plain) = plain(path) else {
            return Found::Nothing;
        };
        if let Some(right) = self.right(&plain) {
            return Found::Moved(right.to_owned());
        }
        if plain != path && !matches!(self.exactly(&plain), Found::Nothing) {
            return Found::Moved(plain.into_owned());
        }
        self.formerly(&plain, withdrawn)
    }

    fn exactly(&self, path: &str) -> Found<'_, F> {
        if let Some(file) = self.files.get(path) {
            return Found::File(file);
        }
        if let Some((path, _)) = self.folders.get_key_value(path) {
            return Found::Folder(path);
        }
        // A slash too many or too few is no alias but a slip.
        if self.right(path).is_some() {
            return Found::Nothing;
        }
        self.alias(path).map_or(Found::Nothing, Found::Alias)
    }

    /// The address of a file or folder that was written with a slash too many or too few.
    fn right(&self, plain: &str) -> Option<&str> {
        let file = self.files.get_key_value(plain.trim_end_matches('/'));
        if let Some((key, _)) = file {
            return Some(key);
        }
        let slashed = format!("{}/", plain.trim_end_matches('/'));
        let (key, _) = self.folders.get_key_value(slashed.as_str())?;
        (**key != *plain || file.is_some())
            .then_some(key)
            .map(|key| &**key)
    }

    /// A file by words that WordPress and others use, behind the address of a folder or of a file in it:
    /// `/category/libya/feed/atom/`, `/feed.xml`.
    fn alias(&self, path: &str) -> Option<&F> {
        const MOST: usize = 3;
        let (mut folder, mut wanted) = (path.trim_end_matches('/'), None);
        for _ in 0..MOST {
            let (before, word) = folder.rsplit_once('/')?;
            let format = alias_format(word)?;
            // A page is never answered with a feed.
            if word == "index.html" && before.len() + 1 + word.len() == path.len() {
                return None;
            }
            // The last word that names a format decides.
            wanted = wanted.or(format);
            folder = before;
            if let Some(found) = self.folders.get(&path[..folder.len() + 1]) {
                return match wanted {
                    Some(format) => found.get(format),
                    None => found.any_feed(),
                };
            }
        }
        None
    }

    /// What stood under an address.
    fn formerly(&self, plain: &str, withdrawn: &Withdrawn) -> Found<'_, F> {
        let mut parts = plain.trim_start_matches('/').splitn(3, '/');
        let (Some(kind), Some(slug)) = (parts.next(), parts.next()) else {
            return Found::Nothing;
        };
        let (folder, rest) = (format!("{kind}/{slug}"), parts.next().unwrap_or(""));
        if let Some(now) = withdrawn.moved.get(&folder) {
            let root = format!("/{now}/");
            let same = format!("{root}{rest}");
            if self.folders.contains_key(root.as_str()) {
                let known = !matches!(self.exactly(&same), Found::Nothing);
                return Found::Moved(if known { same } else { root });
            }
        }
        if withdrawn.gone.contains(&folder) || withdrawn.moved.contains_key(&folder) {
            return Found::Gone;
        }
        Found::Nothing
    }
}

/// The format that a word at the end of an address means: `Some(None)` for one that means any feed.
fn alias_format(word: &str) -> Option<Option<FileFormat>> {
    Some(match word {
        "feed" | "feeds" | "feed.xml" | "index.xml" | "index.html" => None,
        "rss" | "rss2" | "rdf" | "rss.xml" | "rss2.xml" | "feed.rss" | "index.rss" | "index.rdf" => {
            Some(FileFormat::Rss)
        }
        "atom" | "atom.xml" | "feed.atom" | "index.atom" => Some(FileFormat::Atom),
        "json" | "feed.json" | "index.json" => Some(FileFormat::Json),
        _ => return None,
    })
}

/// A path in the one way that addresses are written here: decoded, in small letters, with single slashes. `None` for
/// what could not be an address of ours.
fn plain(path: &str) -> Option<Cow<'_, str>> {
    let mut written = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        };
        let byte = byte.to_ascii_lowercase();
        if !is_ours(byte) {
            return None;
        }
        if byte != b'/' || !written.ends_with('/') {
            written.push(char::from(byte));
        }
    }
    let dots = written
        .split('/')
        .any(|part| part.starts_with('.') && part != ".well-known");
    (written.starts_with('/') && !dots).then_some(match written == path {
        true => Cow::Borrowed(path),
        false => Cow::Owned(written),
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// The characters that names under the output are made of, and the slash between them.
pub fn is_ours(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn addresses() -> Addresses<String> {
        let mut addresses = Addresses {
            files: HashMap::new(),
            folders: HashMap::new(),
        };
        for folder in ["/", "/category/libya/", "/feed/atom/"] {
            let mut files = Folder::default();
            for (format, name) in [
                (FileFormat::Rss, "rss.xml"),
                (FileFormat::Atom, "atom.xml"),
                (FileFormat::Json, "feed.json"),
                (FileFormat::Html, "index.html"),
            ] {
                let path = format!("{folder}{name}");
                addresses.files.insert(path.clone().into(), path.clone());
                files.set(format, path);
            }
            addresses.folders.insert(folder.into(), files);
        }
        addresses
    }

    fn withdrawn() -> Withdrawn {
        Withdrawn {
            gone: HashSet::from(["tag/oil".to_owned()]),
            moved: HashMap::from([
                ("category/libye".to_owned(), "category/libya".to_owned()),
                ("tag/lost".to_owned(), "tag/nowhere".to_owned()),
            ]),
        }
    }

    fn found(path: &str) -> String {
        match addresses().find(path, &withdrawn()) {
            Found::File(file) => format!("file {file}"),
            Found::Alias(file) => format!("alias {file}"),
            Found::Folder(folder) => format!("folder {folder}"),
            Found::Moved(to) => format!("moved {to}"),
            Found::Gone => "gone".to_owned(),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn addresses_have_one_right_form_and_many_that_lead_to_it() {
        for (path, expected) in [
            ("/", "folder /"),
            ("/rss.xml", "file /rss.xml"),
            ("/category/libya/", "folder /category/libya/"),
            ("/category/libya/index.html", "file /category/libya/index.html"),
            ("/category/libya", "moved /category/libya/"),
            ("/category/libya/rss.xml/", "moved /category/libya/rss.xml"),
            ("/Category/LIBYA/Rss.xml", "moved /category/libya/rss.xml"),
            ("/category/%6Cibya/rss.xml", "moved /category/libya/rss.xml"),
            ("//category//libya//", "moved /category/libya/"),
            ("//evil.example/rss.xml", "nothing"),
            ("/category/libya/feed/", "alias /category/libya/rss.xml"),
            ("/category/libya/feed", "alias /category/libya/rss.xml"),
            ("/category/libya/feed/atom/", "alias /category/libya/atom.xml"),
            ("/category/libya/feed/rss2", "alias /category/libya/rss.xml"),
            (
                "/category/libya/rss.xml/atom.xml",
                "alias /category/libya/atom.xml",
            ),
            (
                "/category/libya/index.html/feed.json",
                "alias /category/libya/feed.json",
            ),
            ("/Category/Libya/Feed/", "moved /category/libya/feed/"),
            ("/feed", "alias /rss.xml"),
            ("/feed.xml", "alias /rss.xml"),
            ("/index.xml", "alias /rss.xml"),
            ("/rss", "alias /rss.xml"),
            ("/atom", "alias /atom.xml"),
            ("/json", "alias /feed.json"),
            ("/feed/atom/", "folder /feed/atom/"),
            ("/feed/atom", "moved /feed/atom/"),
            ("/feed/rss/", "alias /rss.xml"),
            ("/tag/oil/", "gone"),
            ("/tag/oil/rss.xml", "gone"),
            ("/Tag/Oil", "gone"),
            ("/category/libye/", "moved /category/libya/"),
            ("/category/libye/feed/atom/", "moved /category/libya/feed/atom/"),
            ("/category/libye/other", "moved /category/libya/"),
            ("/tag/lost/", "gone"),
            ("/tag/none/", "nothing"),
            ("/category/", "nothing"),
            ("/category/feed/", "nothing"),
            ("/a/b/c/d/e/feed/", "nothing"),
            ("/category/../rss.xml", "nothing"),
            ("/category/libya/%2e%2e/rss.xml", "nothing"),
            ("/..%2frss.xml", "nothing"),
            ("/rss.xml%00", "nothing"),
            ("/%", "nothing"),
            ("", "nothing"),
            ("*", "nothing"),
            ("rss.xml", "nothing"),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_a_move_leads_to_what_is_there(path in "[/a-z.%0-9A-F]{0,40}|(/|category|libya|Feed|rss.xml|%2e|\\.\\.|oil|tag|libye){0,8}") {
            let addresses = addresses();
            if let Found::Moved(to) = addresses.find(&path, &withdrawn()) {
                let at_last = addresses.find(&to, &withdrawn());
                prop_assert!(matches!(at_last, Found::File(_) | Found::Folder(_) | Found::Alias(_)), "{} to {}", path, to);
                prop_assert!(to.starts_with('/') && !to.starts_with("//"));
            }
        }
    }
}
