//! What a feed shows.

use chrono::TimeDelta;
use rusqlite::Connection;

use super::fault::Fault;
use super::rows::item_id;
use crate::model::ItemId;

/// A feed shows no more, however many items the span holds.
const MOST: usize = 1_000;

/// What is visible of a feed.
pub(super) struct Window {
    /// Newest first, ties by id.
    pub(super) items: Vec<ItemId>,
    /// Nothing before this second is visible, nor would be if it were added.
    pub(super) from: i64,
}

/// One range read, however large the feed.
pub(super) fn window(
    connection: &Connection,
    feed: i64,
    items: usize,
    span: TimeDelta,
) -> Result<Window, Fault> {
    let most = items.max(MOST);
    let mut statement = connection.prepare_cached(
        "SELECT published, uuid FROM membership WHERE feed = ? ORDER BY published DESC, uuid",
    )?;
    let mut rows = statement.query([feed])?;
    let mut shown = Window {
        items: Vec::new(),
        from: i64::MIN,
    };
    let (mut floor, mut last) = (i64::MIN, i64::MAX);
    while let Some(row) = rows.next()? {
        let published: i64 = row.get(0)?;
        if shown.items.is_empty() {
            floor = published.saturating_sub(span.num_seconds());
        }
        if shown.items.len() >= most {
            shown.from = last;
            break;
        }
        if shown.items.len() >= items && published < floor {
            shown.from = last.min(floor);
            break;
        }
        shown.items.push(item_id(row.get(1)?));
        last = published;
    }
    Ok(shown)
}
