//! `feeds.toml` to [`Config`]: read, check, explain.

mod append;
mod draft;
mod expand;
mod names;
mod operate;
mod problem;
mod read;
mod same;
mod select;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use toml::de::DeTable;
use url::Url;

use crate::model::{Collapse, DeclaredTopic, FileFormat, Secret, Source, Strictness};

pub use append::NewSource;
pub use draft::{Draft, Unsaved};
pub use operate::log_format;
pub use problem::{Errors, Problem};
pub(crate) use source::MAX_AGE;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[site]`
    pub site: Site,
    /// `[fetch]`
    pub fetch: Fetch,
    /// `[publish]`
    pub publish: Publish,
    /// `[dedupe]`
    pub dedupe: Dedupe,
    /// `[serve]`
    pub serve: Serve,
    /// `[log]`
    pub log: Log,
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
    /// Default for a whole request.
    pub timeout: Duration,
    /// Default for bytes of a body after decompression.
    pub max_body: u64,
    /// Requests in flight.
    pub concurrency: usize,
    /// Requests in flight to one host.
    pub per_host: usize,
    /// Pause between requests to one host.
    pub host_gap: Duration,
    /// Default for pages of articles fetched in one poll of a source.
    pub articles: usize,
    /// Default for what becomes of items that sources take back: they stay in the feeds.
    pub keeps_withdrawn: bool,
    /// May poll loopback and private addresses.
    pub allow_private_hosts: bool,
    /// `feedmill run` lets hubs push: the site's address leads to it.
    pub push: bool,
    /// Pushed documents may be signed with SHA-1.
    pub push_sha1: bool,
}

/// `[publish]`
#[derive(Clone, Debug)]
pub struct Publish {
    /// At least one, each once.
    pub formats: Vec<FileFormat>,
    /// A feed shows at least so many items.
    pub items: usize,
    /// Items that their sources stopped showing longer ago are dropped.
    pub keep: Duration,
    /// What feeds show once.
    pub collapse: Collapse,
    /// Tell the operator of sources that fail or have gone silent.
    pub alerts: bool,
    /// What feeds show no more stays on pages of its own, as Atom.
    pub archive: bool,
    /// Who tells subscribers of changes.
    pub hub: Option<Hub>,
}

/// `[dedupe]`
#[derive(Clone, Copy, Debug)]
pub struct Dedupe {
    /// How alike copies of an article and articles of a story must be.
    pub strictness: Strictness,
    /// The longest time between two copies of an article.
    pub window: Duration,
    /// The longest time without a new article in a story.
    pub story_window: Duration,
}

/// `[serve]`
#[derive(Clone, Debug)]
pub struct Serve {
    /// Where the daemon serves readers.
    pub listen: SocketAddr,
    /// Where the operator's pages are, on a listener of their own.
    pub admin: Option<SocketAddr>,
    /// Who sends this may see them on the public listener, too.
    pub token: Option<Secret>,
}

/// `[log]`
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    /// How lines are written, unless the command line or the environment says otherwise.
    pub format: LogFormat,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Who tells the subscribers of our feeds of changes (WebSub).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hub {
    /// `feedmill run` itself.
    Own,
    /// One that is told that something changed, and fetches it.
    Other(Url),
}

/// The path of our own hub below the site's address. No feed's folder is called so.
pub const HUB_PATH: &str = "websub/hub";

impl Config {
    /// The address of the hub that our feeds name.
    pub fn hub(&self) -> Option<Url> {
        match self.publish.hub.as_ref()? {
            // The site's address ends in a slash, and the path is a plain one.
            Hub::Own => self.site.url.join(HUB_PATH).ok(),
            Hub::Other(hub) => Some(hub.clone()),
        }
    }
}

/// Checks the text of a `feeds.toml`. `path` is named in errors; its folder anchors relative paths. `env` looks up
/// `${NAME}`.
pub fn parse(text: &str, path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Errors> {
    let (root, syntax) = DeTable::parse_recoverable(text);
    let mut problems = problem::Problems::default();
    for error in syntax {
        problems.add(error.span().unwrap_or(0..0), error.message());
    }
    // After a syntax error the rest of the table is guesswork: complaints about it would mislead.
    let config = if problems.0.is_empty() {
        read::config(root.get_ref(), path, env, &mut problems)
    } else {
        None
    };
    match config {
        Some(config) if problems.0.is_empty() => Ok(config),
        _ => {
            problems.0.sort_by_key(|problem| problem.span.start);
            Err(Errors {
                path: path.display().to_string(),
                text: text.to_owned(),
                problems: problems.0,
            })
        }
    }
}

/// Reads and checks a file, with the environment of this process.
pub fn load(path: &Path) -> Result<Config, Errors> {
    parse(&text(path)?, path, &environment)
}

/// What can be read of a file that `load` refuses, to look at what is stored by it: nothing is polled or written with it.
pub fn salvage(path: &Path) -> Option<Config> {
    let text = text(path).ok()?;
    let (root, _) = DeTable::parse_recoverable(&text);
    read::config(
        root.get_ref(),
        path,
        &environment,
        &mut problem::Problems::default(),
    )
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The bytes of a file that is one: a pipe may never end, or never begin.
///
/// # Errors
/// From the system, or when something else has this name.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    const LARGEST: u64 = 64 << 20;
    // Opening a pipe would wait for somebody to write.
    let at_once = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(at_once).open(path)?;
    if !file.metadata()?.is_file() {
        let words = "it is a pipe, a folder or a device, not a file";
        return Err(io::Error::new(ErrorKind::InvalidInput, words));
    }
    let mut bytes = Vec::new();
    if file.take(LARGEST + 1).read_to_end(&mut bytes)? as u64 > LARGEST {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it has more than 64 MiB"));
    }
    Ok(bytes)
}

/// As [`bytes`], in UTF-8.
fn string(path: &Path) -> io::Result<String> {
    let not_text = |_| io::Error::new(ErrorKind::InvalidData, "it is not in UTF-8");
    String::from_utf8(bytes(path)?).map_err(not_text)
}

fn text(path: &Path) -> Result<String, Errors> {
    string(path).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::NotFound => "write one (the README shows how), or name another with --config",
            _ => "check that it is a readable text file in UTF-8",
        };
        let message = format!("cannot read {}: {error}", path.display());
        let problem = Problem {
            span: 0..0,
            message,
            advice: Some(advice.to_owned()),
        };
        Errors {
            path: path.display().to_string(),
            text: String::new(),
            problems: vec![problem],
        }
    })
}
