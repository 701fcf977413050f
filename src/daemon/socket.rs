//! The socket beside the database, through which other commands ask the daemon that holds the lock.
//!
//! Both sides write lines of JSON: one line asks for a refresh or tells a ruling, then lines tell what happens, and
//! the last one holds the summary or says why there is none. Only the owner of the daemon may open it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::{Handle, Standing};
use crate::refresh::{Event, Listener, Options, Ruling, Summary};

/// What one may ask with: the names of all sources fit in.
const LONGEST: u64 = 4 << 20;
/// How long somebody may take for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who asked is told what is waited for when nothing happens for so long.
const SILENT: Duration = Duration::from_secs(1);
/// Who may ask at once.
const MOST: usize = 16;

/// What one may ask for, in a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Question {
    Refresh(Options),
    Rule(Ruling),
    Standing,
}

/// A line of the answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Event(Event),
    /// What it waits for, when that is nothing that is being done.
    Waits(String),
    Summary(Box<Summary>),
    Standing(Box<Standing>),
    /// Not done, and why.
    Error(String),
    /// Not done, because the daemon ends.
    Stopping,
}

/// Where the daemon of this database listens.
pub(super) fn path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".sock");
    PathBuf::from(name)
}

/// A socket that is gone from the folder when this is.
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Whoever opens the database next replaces it anyway.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Socket {
    /// Makes the socket. Who calls this holds the lock: a socket that is there is left over from one that was killed.
    pub(super) fn bind(database: &Path) -> io::Result<Self> {
        let path = path(database);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        let socket = Self { listener, path };
        std::fs::set_permissions(&socket.path, std::fs::Permissions::from_mode(0o600))?;
        Ok(socket)
    }

    /// Hears those who ask, for ever.
    pub(super) async fn serve(self, handle: Handle) {
        let room = Arc::new(Semaphore::new(MOST));
        let mut talks = JoinSet::new();
        loop {
            let permit = room.clone().acquire_owned().await.expect("it is never closed");
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    warn!(%error, "cannot accept connections to {}", self.path.display());
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            let handle = handle.clone();
            talks.spawn(async move {
                if let Err(error) = talk(stream, &handle).await {
                    debug!(%error, "a talk on the socket ended early");
                }
                drop(permit);
            });
            while talks.try_join_next().is_some() {}
        }
    }
}

async fn talk(mut stream: UnixStream, handle: &Handle) -> io::Result<()> {
    let (reading, mut writing) = stream.split();
    let mut line = String::new();
    let mut reading = BufReader::new(reading.take(LONGEST));
    tokio::time::timeout(PATIENCE, reading.read_line(&mut line)).await??;
    let question = match serde_json::from_str(&line) {
        Ok(question) => question,
        Err(error) => {
            let words = format!(
                "the daemon does not understand what it is asked for ({error}); is it another version?"
            );
            return write(&mut writing, &Line::Error(words)).await;
        }
    };
    let (progress, mut events) = mpsc::unbounded_channel();
    let done = async {
        match question {
            Question::Refresh(options) => handle.refresh(options, progress).await.map(Done::Summary),
            Question::Rule(ruling) => handle.rule(ruling).await.map(Done::Summary),
            Question::Standing => Ok(Done::Standing(handle.standing())),
        }
    };
    tokio::pin!(done);
    let mut told = None;
    let answer = loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => write(&mut writing, &Line::Event(event)).await?,
            answer = &mut done => break answer,
            () = tokio::time::sleep(SILENT) => {
                let words = waits(&handle.standing());
                if let Some(words) = words.filter(|words| told.as_ref() != Some(words)) {
                    write(&mut writing, &Line::Waits(words.clone())).await?;
                    told = Some(words);
                }
            }
        }
    };
    let last = match answer {
        Ok(Done::Summary(summary)) => Line::Summary(Box::new(summary)),
        Ok(Done::Standing(standing)) => Line::Standing(Box::new(standing)),
        Err(super::Refused::Stopping) => Line::Stopping,
        Err(refused) => Line::Error(refused.to_string()),
    };
    write(&mut writing, &last).await
}

/// What was asked for.
enum Done {
    Summary(Summary),
    Standing(Standing),
}

/// What keeps the daemon from being done; `None` when it is at work.
fn waits(standing: &Standing) -> Option<String> {
    let troubles = [
        ("store", &standing.database_error),
        ("publish", &standing.output_error),
    ];
    let trouble = troubles.into_iter().find_map(|(what, error)| {
        let error = error.as_ref()?;
        Some(format!(
            "the daemon cannot {what} at the moment: {error}; it tries again by itself, and this waits for it"
        ))
    });
    let slow = || {
        let words =
            "the daemon waits for its database: another program is writing to it, or the disk is slow";
        standing.storing.map(|_| words.to_owned())
    };
    trouble.or_else(slow)
}

async fn write(to: &mut (impl AsyncWriteExt + Unpin), line: &Line) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    to.write_all(&bytes).await
}

/// Why a daemon was not asked, or did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// No daemon listens: the lock is held by another refresh.
    #[error("no daemon answers")]
    Nobody,
    /// It ended before it was done.
    #[error("the daemon is stopping and did not finish this; run it again")]
    Stopping,
    /// It said why.
    #[error("{0}")]
    Refused(String),
}

/// Hears what the daemon waits for.
pub type Waiting<'w> = &'w (dyn Fn(&str) + Sync);

/// Asks the daemon that holds this database for a refresh.
///
/// # Errors
/// When none answers, or it cannot do it.
pub async fn ask(
    database: &Path,
    options: &Options,
    listener: &Listener,
    waiting: Waiting<'_>,
) -> Result<Summary, Unasked> {
    summary(database, &Question::Refresh(options.clone()), listener, waiting).await
}

/// Tells the daemon that holds this database what the operator decided about copies and stories. It publishes what follows.
///
/// # Errors
/// When none answers, or there is nothing to decide.
pub async fn rule(database: &Path, ruling: &Ruling, waiting: Waiting<'_>) -> Result<Summary, Unasked> {
    let listener: Listener = Arc::new(|_| {});
    summary(database, &Question::Rule(ruling.clone()), &listener, waiting).await
}

/// Asks the daemon that holds this database how it is.
///
/// # Errors
/// When none answers soon.
pub async fn standing(database: &Path) -> Result<Standing, Unasked> {
    const SOON: Duration = Duration::from_secs(2);
    let (listener, waiting): (Listener, Waiting<'_>) = (Arc::new(|_| {}), &|_| {});
    let asked = question(database, &Question::Standing, &listener, waiting);
    match tokio::time::timeout(SOON, asked).await {
        Ok(Ok(Done::Standing(standing))) => Ok(standing),
        Ok(Ok(Done::Summary(_))) => Err(strange(&"a summary")),
        Ok(Err(unasked)) => Err(unasked),
        Err(_) => Err(Unasked::Nobody),
    }
}

async fn summary(
    database: &Path,
    asked: &Question,
    listener: &Listener,
    waiting: Waiting<'_>,
) -> Result<Summary, Unasked> {
    match question(database, asked, listener, waiting).await? {
        Done::Summary(summary) => Ok(summary),
        Done::Standing(_) => Err(strange(&"how it is")),
    }
}

fn strange(what: &dyn std::fmt::Display) -> Unasked {
    Unasked::Refused(format!(
        "the daemon answers what is not understood ({what}); is it another version?"
    ))
}

async fn question(
    database: &Path,
    question: &Question,
    listener: &Listener,
    waiting: Waiting<'_>,
) -> Result<Done, Unasked> {
    let nobody = |error: io::Error| {
        debug!(%error, "the daemon cannot be asked");
        Unasked::Nobody
    };
    let mut stream = UnixStream::connect(path(database)).await.map_err(nobody)?;
    let mut line = serde_json::to_vec(question).map_err(|error| nobody(error.into()))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(nobody)?;
    let mut lines = BufReader::new(stream).lines();
    // From here on it has heard: when it says nothing more, it has ended.
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Line::Event(event)) => listener(event),
            Ok(Line::Waits(words)) => waiting(&words),
            Ok(Line::Summary(summary)) => return Ok(Done::Summary(*summary)),
            Ok(Line::Standing(standing)) => return Ok(Done::Standing(*standing)),
            Ok(Line::Stopping) => break,
            Ok(Line::Error(words)) => return Err(Unasked::Refused(words)),
            Err(error) => return Err(strange(&error)),
        }
    }
    Err(Unasked::Stopping)
}
