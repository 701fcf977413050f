//! `feeds.toml` to [`Config`]: read, check, explain.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::model::{DeclaredTopic, FileFormat, Source};

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[site]`
    pub site: Site,
    /// `[fetch]`
    pub fetch: Fetch,
    /// `[publish]`
    pub publish: Publish,
    /// `[[source]]`, in order.
    pub sources: Vec<Source>,
    /// `[[category]]`, in order.
    pub categories: Vec<DeclaredTopic>,
    /// `[[tag]]`, in order.
    pub tags: Vec<DeclaredTopic>,
}

/// `[site]`; relative paths are resolved against the folder of `feeds.toml`.
#[derive(Clone, Debug)]
pub struct Site {
    /// Shown on every page.
    pub title: String,
    /// Where `output` is public; ends in `/`.
    pub url: Url,
    /// The output folder.
    pub output: PathBuf,
    /// The SQLite file.
    pub database: PathBuf,
    /// BCP 47 tag of the site.
    pub language: String,
}

/// `[fetch]`
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Default floor between two polls.
    pub every: Duration,
    /// Web or mail address of the operator.
    pub contact: Option<String>,
    /// Requests in flight.
    pub concurrency: usize,
    /// Requests in flight to one host.
    pub per_host: usize,
    /// Pause between requests to one host.
    pub host_gap: Duration,
    /// May poll loopback and private addresses.
    pub allow_private_hosts: bool,
}

/// `[publish]`
#[derive(Clone, Debug)]
pub struct Publish {
    /// `rss`, `atom`, `json`, `html`; at least one, each once.
    pub formats: Vec<FileFormat>,
    /// A feed shows at least so many items.
    pub items: usize,
    /// Items first seen longer ago are dropped once their sources no longer show them.
    pub keep: Duration,
}

/// All that is wrong with a file, rendered for a terminal: one block per error with line, column, text and advice.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Errors(pub String);

/// Checks the text of a `feeds.toml`. `path` is named in errors; its folder anchors relative paths. `env` looks up `${NAME}`.
pub fn parse(
    _text: &str,
    _path: &std::path::Path,
    _env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Errors> {
    unimplemented!()
}
