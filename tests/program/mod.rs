//! The real binary in a folder of its own, and a look at what it leaves there.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file that includes this uses its own part of it, and what fails here fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use super::newsroom::Newsroom;

/// A folder with a `feeds.toml`, an output and a database.
pub struct Program {
    folder: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

/// The files of an output with their bytes and the times they were written.
pub type Files = BTreeMap<String, (Vec<u8>, SystemTime)>;

impl Program {
    /// A folder whose `feeds.toml` holds this text.
    pub fn new(toml: &str) -> Self {
        Self::with(|_, _| toml.to_owned())
    }

    /// A folder whose `feeds.toml` is made for it.
    pub fn with(toml: impl FnOnce(&Path, &Path) -> String) -> Self {
        let program = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        };
        program.configure(&toml(&program.output(), &program.database()));
        program
    }

    /// A folder whose `feeds.toml` polls this newsroom.
    pub fn polling(newsroom: &Newsroom) -> Self {
        Self::with(|output, database| newsroom.config(output, database))
    }

    /// A folder whose `feeds.toml` has the category Libya and these `[[source]]` tables, on this machine.
    pub fn reading(sources: &str) -> Self {
        Self::with(|output, database| {
            format!(
                "[site]\ntitle = \"Wire\"\nurl = \"https://feeds.example/\"\noutput = '{}'\ndatabase = '{}'\n\
                 [fetch]\nallow_private_hosts = true\nhost_gap = \"0s\"\n[[category]]\nname = \"Libya\"\n{sources}",
                output.display(),
                database.display()
            )
        })
    }

    /// The notes of a summary, a line each or more.
    pub fn notes(summary: &Value) -> String {
        let notes = summary["warnings"].as_array().unwrap().iter();
        let messages: Vec<&str> = notes.map(|note| note["message"].as_str().unwrap()).collect();
        messages.join("\n")
    }

    /// Sets a variable of the environment for all that is run from now on.
    pub fn variable(&mut self, name: &'static str, value: &'static str) {
        self.variables.push((name, value));
    }

    /// What stands in `feeds.toml`.
    pub fn configuration(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("feeds.toml")).unwrap()
    }

    /// Replaces a part of the configuration. Panics when the part is not there, which would test nothing.
    pub fn reconfigure(&self, part: &str, by: &str) {
        let toml = self.configuration();
        assert!(toml.contains(part), "{toml}");
        self.configure(&toml.replace(part, by));
    }

    /// Replaces the configuration.
    pub fn configure(&self, toml: &str) {
        std::fs::write(self.folder.path().join("feeds.toml"), toml).unwrap();
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("feedmill.db")
    }

    /// The program, ready to be run.
    pub fn prepare(&self, arguments: &[&str]) -> Command {
        self.command(arguments)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("RUST_LOG")
            .envs(self.variables.iter().copied());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts and returns at once.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// A refresh that must end with this exit code; its `--json` summary.
    pub fn refresh(&self, arguments: &[&str], code: i32) -> Value {
        let all: Vec<&str> = ["refresh", "--json"].iter().chain(arguments).copied().collect();
        let output = self.run(&all);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{errors}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
    }

    /// A published file.
    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.output().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// A published JSON Feed.
    pub fn json_feed(&self, folder: &str) -> Value {
        serde_json::from_str(&self.read(&format!("{folder}feed.json"))).unwrap()
    }

    /// The item of a published JSON Feed with this title, which is there once.
    pub fn item(&self, folder: &str, title: &str) -> Value {
        let feed = self.json_feed(folder);
        let mut found = feed["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["title"] == title);
        let item = found
            .next()
            .unwrap_or_else(|| panic!("{folder} has no {title:?}"));
        assert!(found.next().is_none(), "{folder} has {title:?} twice");
        item.clone()
    }

    /// The titles of a published feed, in order.
    pub fn titles(&self, folder: &str) -> Vec<String> {
        let feed = self.json_feed(folder);
        let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
        feed["items"].as_array().unwrap().iter().map(title).collect()
    }

    /// Every file of the folder, database and all, with its bytes.
    pub fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.folder(), "", &mut files);
        files
            .into_iter()
            .map(|(name, (bytes, _))| (name, bytes))
            .collect()
    }

    /// Every file of the output with its bytes and the time it was written.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        collect(&self.output(), "", &mut files);
        files
    }
}

/// The names of files that came, went or were written, even with the same bytes.
pub fn touched(before: &Files, after: &Files) -> BTreeSet<String> {
    let names = before.keys().chain(after.keys());
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

/// The four files of each of these folders.
pub fn all_files_of(folders: &[&str]) -> BTreeSet<String> {
    let files = |folder: &&str| FILES.map(|file| format!("{folder}{file}"));
    folders.iter().flat_map(files).collect()
}

/// What every feed's folder holds.
pub const FILES: [&str; 4] = ["atom.xml", "feed.json", "index.html", "rss.xml"];

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if name == ".feedmill" {
            // It says whose folder this is, to nobody who reads.
        } else if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            let read = || io::Result::Ok((std::fs::read(entry.path())?, entry.metadata()?.modified()?));
            match read() {
                Ok(file) => {
                    files.insert(name, file);
                }
                // A daemon at work replaces files by others, which bear other names until they are whole.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
}
