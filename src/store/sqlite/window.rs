//! What a feed shows.

use std::cmp::Reverse;
use std::collections::HashMap;

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

/// One range read, however large the feed. What is later than `sealed` is visible in any case.
pub(super) fn window(
    connection: &Connection,
    feed: i64,
    items: usize,
    span: TimeDelta,
    sealed: Option<i64>,
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
        if sealed.is_none_or(|sealed| published <= sealed) {
            let on_pages = sealed.map_or(i64::MAX, |sealed| sealed.saturating_add(1));
            if shown.items.len() >= most {
                shown.from = last.min(on_pages);
                break;
            }
            if shown.items.len() >= items && published < floor {
                shown.from = last.min(floor).min(on_pages);
                break;
            }
        }
        shown.items.push(item_id(row.get(1)?));
        last = published;
    }
    Ok(shown)
}

/// A story as a feed shows it.
pub(super) struct ShownStory {
    /// Of its first item.
    pub(super) id: ItemId,
    /// `None`: an item that is alone.
    pub(super) story: Option<i64>,
    /// Its articles in the feed, the best first.
    pub(super) items: Vec<ItemId>,
    pub(super) grown: Option<i64>,
}

/// What is visible of a feed that shows stories once.
pub(super) struct StoryWindow {
    /// Those with the newest article first.
    pub(super) entries: Vec<ShownStory>,
    /// See [`Window`].
    pub(super) from: i64,
}

/// The best article of a story is the greatest: the owner's, else the fullest, else the first.
type Worth = (bool, i64, Reverse<i64>, ItemId);

/// One range read, in which articles of stories that already have a place take none.
pub(super) fn story_window(
    connection: &Connection,
    feed: i64,
    entries: usize,
    span: TimeDelta,
    sealed: Option<i64>,
) -> Result<StoryWindow, Fault> {
    let most = entries.max(MOST);
    let mut statement = connection.prepare_cached(
        "SELECT membership.published, membership.uuid, item.id, item.story, story.uuid, told, grown, owned,
                coalesce(length(coalesce(content, summary)), 0)
         FROM membership JOIN item ON item.uuid = membership.uuid LEFT JOIN story ON story.id = item.story
              LEFT JOIN body ON body.item = item.id
         WHERE feed = ? ORDER BY membership.published DESC, membership.uuid",
    )?;
    let mut rows = statement.query([feed])?;
    let mut shown = StoryWindow {
        entries: Vec::new(),
        from: i64::MIN,
    };
    let mut articles: Vec<Vec<Worth>> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    let (mut floor, mut last, mut read) = (i64::MIN, i64::MAX, 0);
    while let Some(row) = rows.next()? {
        let published: i64 = row.get(0)?;
        if shown.entries.is_empty() {
            floor = published.saturating_sub(span.num_seconds());
        }
        if sealed.is_none_or(|sealed| published <= sealed) {
            let on_pages = sealed.map_or(i64::MAX, |sealed| sealed.saturating_add(1));
            if read >= most {
                shown.from = last.min(on_pages);
                break;
            }
            if shown.entries.len() >= entries && published < floor {
                shown.from = last.min(floor).min(on_pages);
                break;
            }
        }
        read += 1;
        last = published;
        let story: Option<i64> = row.get(3)?;
        let is_first = story == Some(row.get(2)?);
        // What waits for its story to grow is no item of its own meanwhile.
        if story.is_some() && !is_first && !row.get::<_, bool>(5)? {
            continue;
        }
        let id = item_id(row.get(1)?);
        let place = match story.and_then(|story| places.get(&story)) {
            Some(place) => *place,
            None => {
                let first = row.get::<_, Option<[u8; 16]>>(4)?.map(item_id);
                shown.entries.push(ShownStory {
                    id: first.unwrap_or(id),
                    story: story.filter(|_| row.get(5).unwrap_or_default()),
                    items: Vec::new(),
                    grown: row.get::<_, Option<i64>>(6)?.filter(|grown| *grown != 0),
                });
                articles.push(Vec::new());
                shown.entries.len() - 1
            }
        };
        if let Some(story) = story {
            places.insert(story, place);
        }
        articles[place].push((row.get(7)?, row.get(8)?, Reverse(published), id));
    }
    for (entry, mut articles) in shown.entries.iter_mut().zip(articles) {
        articles.sort_unstable_by(|one, other| other.cmp(one));
        entry.items = articles.into_iter().map(|(.., id)| id).collect();
    }
    Ok(shown)
}
