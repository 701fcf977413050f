//! Silence that is strange for a source.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::PollState;

/// Pauses that must be known before the longest of them says something.
const KNOWN: usize = 6;

/// A pause is strange when it is so many times the longest known one. Where items come by chance, the longest of 19
/// pauses is about 3.5 times the mean: three times that comes about by chance once in some 30,000 pauses. Sources that
/// sleep at night and at weekends have that in their longest pause, as soon as one is among the known ones.
const STRANGE: i32 = 3;

/// No shorter silence is strange: busy sources know 19 pauses of one day only, and a long weekend takes four.
const SHORTEST: TimeDelta = TimeDelta::days(4);

/// How long a source has been silent, beside how long it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its newest item.
    pub newest: DateTime<Utc>,
    /// For how long nothing came while it was watched, up to the last time that it was asked.
    pub lasted: TimeDelta,
    /// The longest of the pauses before.
    pub longest: TimeDelta,
    /// How many these are.
    pub pauses: usize,
}

impl Silence {
    /// How long it may be.
    pub fn allowed(&self) -> TimeDelta {
        SHORTEST.max(self.longest * STRANGE)
    }

    /// Whether it is longer than chance and habit explain.
    pub fn is_strange(&self) -> bool {
        self.lasted >= self.allowed()
    }
}

/// How long a source has been silent; `None` for one of which too little is known. What was silent before it was watched
/// counts from then on: who adds a source that publishes no more finds out, but not at once for a whole list of them.
pub fn silence(state: &PollState) -> Option<Silence> {
    let recent = &state.rhythm.recent;
    let newest = *recent.first()?;
    let pauses = || recent.windows(2).map(|pair| pair[0] - pair[1]);
    if pauses().len() < KNOWN {
        return None;
    }
    Some(Silence {
        newest,
        lasted: state.last_success? - newest.max(state.first_success?),
        longest: pauses().max()?,
        pauses: pauses().len(),
    })
}
