//! When a source publishes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How often a source publishes, by hour of the week, and when it last did. Small enough to be stored with every poll.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// Items for each of the 168 hours of the week, from Monday 00:00 UTC on; older ones count less. Empty: none yet.
    pub hours: Vec<f32>,
    /// From when on all its items are known.
    pub since: Option<DateTime<Utc>>,
    /// As of when the older items count less.
    pub weighed: Option<DateTime<Utc>>,
    /// When the newest items were published, newest first: at most 20, each to the minute and none twice.
    pub recent: Vec<DateTime<Utc>>,
    /// When the items of its document and one more came, newest first, in minutes since 1970; at most 61.
    pub listed: Vec<i64>,
    /// The fastest that its document turned over, in seconds an item, for each of the last weeks; these are counted
    /// since 1970.
    pub paces: Vec<(i64, f32)>,
}
