//! What a feed shows: its newest items by date, and all that are dated, or came as news, within a span before the last of
//! them. Sorted by date, whatever brought them here.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use super::rows::{item_id, limit};
use crate::model::ItemId;

/// A feed shows no more, however many items the span holds: those that came last.
const MOST: usize = 1_000;

/// What is visible of a feed.
pub(super) struct Window {
    /// Newest first, ties by id.
    pub(super) items: Vec<ItemId>,
    /// Nothing that is dated, and came, before this second is visible, nor would be if it were added.
    pub(super) from: i64,
}

/// What is asked of a feed.
struct Asked {
    feed: i64,
    /// So many places are taken, whatever their dates.
    places: usize,
    span: TimeDelta,
    /// What is later is visible in any case.
    sealed: Option<i64>,
}

/// A visible row of `membership`.
struct Visible<T> {
    published: i64,
    /// See `settle::Place::came`.
    came: i64,
    uuid: [u8; 16],
    rest: T,
}

impl<T> Visible<T> {
    /// The order of a feed.
    fn rank(&self) -> (Reverse<i64>, [u8; 16]) {
        (Reverse(self.published), self.uuid)
    }

    /// By what is left out last where not all can be shown.
    fn age(&self) -> (Reverse<i64>, (Reverse<i64>, [u8; 16])) {
        (Reverse(self.came), self.rank())
    }
}

/// Reads what is visible, in order, and `Window::from`: a range of dates, then a range of late arrivals, however large the
/// feed. Both statements select published, arrived and uuid first; `by_date` is given the feed, `late` also since when and
/// how many. `read` takes the rest of a row, and says whether it takes a place.
fn visible<T>(
    connection: &Connection,
    (by_date, late): (&str, &str),
    asked: &Asked,
    mut read: impl FnMut(&Row<'_>) -> Result<(T, bool), Fault>,
) -> Result<(Vec<Visible<T>>, i64), Fault> {
    let most = asked.places.max(MOST);
    let is_sealed = |published: i64| asked.sealed.is_none_or(|sealed| published <= sealed);
    let mut read = |row: &Row<'_>| -> Result<(Visible<T>, bool), Fault> {
        let (rest, takes_place) = read(row)?;
        let published = row.get(0)?;
        let visible = Visible {
            published,
            came: row.get::<_, Option<i64>>(1)?.unwrap_or(published),
            uuid: row.get(2)?,
            rest,
        };
        Ok((visible, takes_place))
    };
    let mut found: Vec<Visible<T>> = Vec::new();
    let mut is_full = false;
    let newest_late = newest_late(connection, asked.feed)?;
    let (mut floor, mut from, mut places, mut certain) = (i64::MIN, i64::MIN, 0, 0);
    let on_pages = asked.sealed.map_or(i64::MAX, |sealed| sealed.saturating_add(1));
    let mut statement = connection.prepare_cached(by_date)?;
    let mut rows = statement.query([asked.feed])?;
    while let Some(row) = rows.next()? {
        let published: i64 = row.get(0)?;
        if found.is_empty() {
            let newest = newest_late.map_or(published, |late| late.max(published));
            floor = newest.saturating_sub(asked.span.num_seconds());
        }
        let is_over = found.len() >= most || places >= asked.places && published < floor;
        if is_over && is_sealed(published) {
            let last = found.last().map_or(i64::MAX, |last| last.published);
            from = last.min(floor).min(on_pages);
            is_full = found.len() >= most;
            break;
        }
        let is_certain = places < asked.places || !is_sealed(published);
        let (row, takes_place) = read(row)?;
        places += usize::from(takes_place);
        found.push(row);
        if is_certain {
            certain = found.len();
        }
    }
    let Some(last) = found.last().map(Visible::rank).filter(|_| from > i64::MIN) else {
        return Ok((found, from));
    };
    let mut statement = connection.prepare_cached(late)?;
    let mut rows = statement.query(params![asked.feed, floor, limit(most)])?;
    while let Some(row) = rows.next()? {
        if (Reverse(row.get::<_, i64>(0)?), row.get(2)?) > last {
            found.push(read(row)?.0);
        }
    }
    if is_full || found.len() > most {
        found[certain..].sort_unstable_by_key(Visible::age);
        found.truncate(certain.max(most));
        let left = found[certain..].last().map_or(i64::MAX, |left| left.came);
        from = found[certain - 1].published.min(left).min(on_pages);
    }
    found.sort_unstable_by_key(Visible::rank);
    Ok((found, from))
}

/// When the last of the items came that are late.
fn newest_late(connection: &Connection, feed: i64) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT arrived FROM membership WHERE feed = ? AND arrived IS NOT NULL ORDER BY arrived DESC LIMIT 1",
    )?;
    Ok(statement.query_row([feed], |row| row.get(0)).optional()?)
}

/// What a feed shows of its items.
pub(super) fn window(
    connection: &Connection,
    feed: i64,
    items: usize,
    span: TimeDelta,
    sealed: Option<i64>,
) -> Result<Window, Fault> {
    let statements = (
        "SELECT published, arrived, uuid FROM membership WHERE feed = ? ORDER BY published DESC, uuid",
        "SELECT published, arrived, uuid FROM membership WHERE feed = ? AND arrived >= ? ORDER BY arrived DESC LIMIT ?",
    );
    let asked = Asked {
        feed,
        places: items,
        span,
        sealed,
    };
    let (found, from) = visible(connection, statements, &asked, |_| Ok(((), true)))?;
    Ok(Window {
        items: found.into_iter().map(|row| item_id(row.uuid)).collect(),
        from,
    })
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

/// What a feed of stories needs to know of an article.
struct Article {
    story: Option<i64>,
    /// It waits for its story to grow.
    waits: bool,
    /// The first item of its story.
    first: Option<ItemId>,
    is_told: bool,
    grown: Option<i64>,
    owned: bool,
    length: i64,
}

const ARTICLES: &str =
    "SELECT membership.published, membership.arrived, membership.uuid, item.id, item.story, story.uuid,
        told, grown, owned, coalesce(length(coalesce(content, summary)), 0)
    FROM membership JOIN item ON item.uuid = membership.uuid LEFT JOIN story ON story.id = item.story
         LEFT JOIN body ON body.item = item.id
    WHERE feed = ?";

fn article(row: &Row<'_>) -> Result<Article, Fault> {
    let story: Option<i64> = row.get(4)?;
    let is_first = story == Some(row.get(3)?);
    let is_told: bool = row.get(6)?;
    Ok(Article {
        story,
        // What waits for its story to grow is no item of its own meanwhile.
        waits: story.is_some() && !is_first && !is_told,
        first: row.get::<_, Option<[u8; 16]>>(5)?.map(item_id),
        is_told,
        grown: row.get::<_, Option<i64>>(7)?.filter(|grown| *grown != 0),
        owned: row.get(8)?,
        length: row.get(9)?,
    })
}

/// What a feed shows of its stories: articles of stories that already have a place take none.
pub(super) fn story_window(
    connection: &Connection,
    feed: i64,
    entries: usize,
    span: TimeDelta,
    sealed: Option<i64>,
) -> Result<StoryWindow, Fault> {
    let by_date = format!("{ARTICLES} ORDER BY membership.published DESC, membership.uuid");
    let late = format!("{ARTICLES} AND membership.arrived >= ? ORDER BY membership.arrived DESC LIMIT ?");
    let asked = Asked {
        feed,
        places: entries,
        span,
        sealed,
    };
    let mut met: HashSet<i64> = HashSet::new();
    let (found, from) = visible(connection, (&by_date, &late), &asked, |row| {
        let article = article(row)?;
        let takes_place = !article.waits && article.story.is_none_or(|story| met.insert(story));
        Ok((article, takes_place))
    })?;
    Ok(StoryWindow {
        entries: stories(found),
        from,
    })
}

/// Articles as stories, those with the newest article first.
fn stories(found: Vec<Visible<Article>>) -> Vec<ShownStory> {
    let mut entries: Vec<ShownStory> = Vec::new();
    let mut articles: Vec<Vec<Worth>> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    for row in found.into_iter().filter(|row| !row.rest.waits) {
        let (id, article) = (item_id(row.uuid), row.rest);
        let place = match article.story.and_then(|story| places.get(&story)) {
            Some(place) => *place,
            None => {
                entries.push(ShownStory {
                    id: article.first.unwrap_or(id),
                    story: article.story.filter(|_| article.is_told),
                    items: Vec::new(),
                    grown: article.grown,
                });
                articles.push(Vec::new());
                entries.len() - 1
            }
        };
        if let Some(story) = article.story {
            places.insert(story, place);
        }
        articles[place].push((article.owned, article.length, Reverse(row.published), id));
    }
    for (entry, mut articles) in entries.iter_mut().zip(articles) {
        articles.sort_unstable_by(|one, other| other.cmp(one));
        entry.items = articles.into_iter().map(|(.., id)| id).collect();
    }
    entries
}
