//! What a poll brings to the writer.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::{Guid, HostPause, PollState, Sighting, Source};
use crate::store::{Doubt, Looked};

/// A poll on its way to the writer.
pub(crate) struct Polled {
    pub source: Source,
    pub at: DateTime<Utc>,
    /// From the first request to the last word read.
    pub took: Duration,
    /// When it was polled before.
    pub before: Option<DateTime<Utc>>,
    /// Failures in a row before it.
    pub failures: u32,
    /// What is remembered from now on; `None`: what was before, for nobody was asked.
    pub state: Option<PollState>,
    pub pause: Option<HostPause>,
    /// New and changed ones only.
    pub sightings: Vec<Sighting>,
    /// All that the source shows now; `None`: that was not learned.
    pub held: Option<Vec<Guid>>,
    /// What it should show and does not.
    pub doubts: Vec<Doubt>,
    /// An item whose page was asked for, and what came of it.
    pub looked: Option<(Guid, Looked)>,
    pub came: Came,
    /// Pages of articles that were fetched.
    pub articles: usize,
    pub bytes: u64,
    /// The kept document that it stands for: it is kept no longer when this is stored.
    pub delivery: Option<i64>,
}

impl Polled {
    /// One that took nothing and leaves everything as it was.
    pub(super) fn of(source: Source, at: DateTime<Utc>, came: Came) -> Self {
        Self {
            source,
            at,
            took: Duration::ZERO,
            before: None,
            failures: 0,
            state: None,
            pause: None,
            sightings: Vec::new(),
            held: None,
            doubts: Vec::new(),
            looked: None,
            came,
            articles: 0,
            bytes: 0,
            delivery: None,
        }
    }
}

/// What came of it.
pub(crate) enum Came {
    NotModified,
    /// With warnings.
    Read(Vec<String>),
    Failed(String),
    /// Its host asked for patience: it was not asked.
    Paused,
    /// This machine seems to be offline: it is not the source's failure.
    Offline(String),
    /// A failure before was not the source's either.
    TakenBack,
}

/// How a source is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// The operator asks: also where nobody answered lately.
    pub force: bool,
    /// Without validators.
    pub unconditional: bool,
}
