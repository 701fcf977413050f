//! The real binary in a folder of its own, and a look at what it leaves there.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file that includes this uses its own part of it, and what fails here fails the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a `feeds.toml`, an output and a database.
pub struct Program {
    folder: TempDir,
}

impl Program {
    /// A folder whose `feeds.toml` holds this text.
    pub fn new(toml: &str) -> Self {
        let program = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        program.configure(toml);
        program
    }

    /// A folder whose `feeds.toml` is made for it.
    pub fn with(toml: impl FnOnce(&Path, &Path) -> String) -> Self {
        let program = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        program.configure(&toml(&program.output(), &program.database()));
        program
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

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("RUST_LOG");
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

    /// The titles of a published feed, in order.
    pub fn titles(&self, folder: &str) -> Vec<String> {
        let feed = self.json_feed(folder);
        let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
        feed["items"].as_array().unwrap().iter().map(title).collect()
    }

    /// Every file of the output with its bytes and the time it was written.
    pub fn files(&self) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
        let mut files = BTreeMap::new();
        collect(&self.output(), "", &mut files);
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, (Vec<u8>, SystemTime)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            let written = entry.metadata().unwrap().modified().unwrap();
            files.insert(name, (std::fs::read(entry.path()).unwrap(), written));
        }
    }
}
