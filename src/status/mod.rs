//! How feedmill and its sources are. Pure: what is known comes in with the time, one [`Overview`] comes out.
//!
//! `feedmill status`, the page, its JSON and the metrics all show that one overview.

mod chart;
mod feeds;
mod live;
mod metrics;
mod overview;
mod page;
mod ready;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;

pub use live::{Came, Live, Reload, Warning};
pub use metrics::{MEDIA_TYPE, metrics};
pub use overview::{AlertSeen, FeedSeen, Overview, Running, SourceSeen, Totals};
pub use page::{STYLE, page};
pub use ready::Unready;

use std::collections::HashMap;

use chrono::{DateTime, Days, Utc};

use crate::model::{Alert, Brought, ClockTrouble, Feed, PollState, SourceId};
use crate::store::{Error, Reader};

/// Days that charts show, the present one included.
pub const DAYS: usize = 30;

/// What the store knows.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    polls: HashMap<SourceId, PollState>,
    feeds: Vec<Feed>,
    brought: Vec<Brought>,
    alerts: Vec<Alert>,
    items: u64,
    clock: Option<ClockTrouble>,
}

impl Stored {
    /// Reads it. What it costs grows with the number of sources and feeds, not with that of items.
    pub fn read(reader: &dyn Reader, now: DateTime<Utc>) -> Result<Self, Error> {
        let today = now.date_naive();
        let first = today
            .checked_sub_days(Days::new(DAYS as u64 - 1))
            .unwrap_or(today);
        Ok(Self {
            polls: reader.polls()?,
            feeds: reader.feeds()?,
            brought: reader.brought(first)?,
            alerts: reader.open_alerts()?,
            items: reader.item_count()?,
            clock: reader.clock()?.and_then(|record| record.trouble()),
        })
    }
}
