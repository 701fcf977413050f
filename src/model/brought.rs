//! What a source brought.

use chrono::NaiveDate;

use super::SourceId;

/// What a source brought on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Which source.
    pub source: SourceId,
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Items that nobody had brought before.
    pub items: u64,
    /// Items that were there already, from another source or under another guid.
    pub merged: u64,
}
