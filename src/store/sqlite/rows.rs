//! Values as they stand in columns.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::de::DeserializeOwned;
use url::Url;

use super::fault::Fault;
use crate::model::{
    CanonicalUrl, CleanHtml, Collapse, FeedKind, Guid, Item, ItemId, Origin, PollState, SourceId, fold,
};

/// The row of the feed of everything.
pub(super) const ALL: i64 = 1;

/// The kind as a column, in the order in which feeds are listed.
pub(super) fn kind_code(kind: FeedKind) -> i64 {
    match kind {
        FeedKind::All => 0,
        FeedKind::Category => 1,
        FeedKind::Tag => 2,
        FeedKind::Source => 3,
        // No row has it: it is made of alerts.
        FeedKind::Health => 4,
    }
}

/// Reads `kind_code`.
pub(super) fn kind(code: i64) -> Result<FeedKind, Fault> {
    match code {
        0 => Ok(FeedKind::All),
        1 => Ok(FeedKind::Category),
        2 => Ok(FeedKind::Tag),
        3 => Ok(FeedKind::Source),
        _ => Err(Fault::damaged("a feed of unknown kind")),
    }
}

/// What is shown once, as a column.
pub(super) fn collapse_code(collapse: Collapse) -> i64 {
    match collapse {
        Collapse::None => 0,
        Collapse::Duplicates => 1,
        Collapse::Stories => 2,
    }
}

/// Reads `collapse_code`.
pub(super) fn collapse(code: i64) -> Result<Collapse, Fault> {
    match code {
        0 => Ok(Collapse::None),
        1 => Ok(Collapse::Duplicates),
        2 => Ok(Collapse::Stories),
        _ => Err(Fault::damaged("a feed that shows something unknown once")),
    }
}

/// Reads whole seconds since 1970.
pub(super) fn time(seconds: i64) -> Result<DateTime<Utc>, Fault> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| Fault::damaged("a date out of range"))
}

/// Reads a JSON column.
pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    Ok(serde_json::from_str(text)?)
}

/// Reads a number of things.
pub(super) fn count(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::damaged("a negative count"))
}

/// A number of rows to read at most.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// An `ItemId` column.
pub(super) fn item_id(bytes: [u8; 16]) -> ItemId {
    ItemId::from_bytes(bytes)
}

/// What a guid is filed under within its source: 63 bits, above 0, so that it also serves as a cursor.
pub(super) fn guid_key(guid: &Guid) -> i64 {
    (hash(guid.as_str()) >> 1).max(1) as i64
}

/// What a title is found by within a source; `None` when it says nothing.
pub(super) fn title_key(title: &str) -> Option<i64> {
    let folded = fold(title);
    (!folded.is_empty()).then(|| hash(&folded) as i64)
}

fn hash(text: &str) -> u64 {
    let digest = blake3::hash(text.as_bytes());
    u64::from_le_bytes(*digest.as_bytes().first_chunk().expect("a digest has 32 bytes"))
}

/// What names the database for good. Made up when it is first asked for.
pub(super) fn identity(connection: &Connection) -> Result<String, Fault> {
    let find = || {
        let sql = "SELECT value FROM meta WHERE key = 'identity'";
        connection.query_row(sql, [], |row| row.get(0)).optional()
    };
    if let Some(identity) = find()? {
        return Ok(identity);
    }
    let sql = "INSERT OR IGNORE INTO meta (key, value) VALUES ('identity', lower(hex(randomblob(16))))";
    connection.execute(sql, [])?;
    Ok(find()?.unwrap_or_default())
}

/// What is remembered about polling, for all sources.
pub(super) fn polls(connection: &Connection) -> Result<HashMap<SourceId, PollState>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT source.key, state FROM poll JOIN source ON source.id = poll.source")?;
    let mut rows = statement.query([])?;
    let mut polls = HashMap::new();
    while let Some(row) = rows.next()? {
        let id = SourceId::of(&row.get::<_, String>(0)?);
        polls.insert(
            id,
            json(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
        );
    }
    Ok(polls)
}

/// An item with what the store adds.
pub(super) struct StoredItem {
    pub(super) row: i64,
    pub(super) published: i64,
    pub(super) updated: i64,
    pub(super) source: i64,
    pub(super) owned: bool,
    /// Its topics, as the feeds of them.
    pub(super) topics: Vec<i64>,
    /// The copy whose text it shows, if it is another's.
    pub(super) text_of: Option<i64>,
    /// The first item of the story that it is shown as a part of.
    pub(super) story: Option<i64>,
    pub(super) item: Item,
}

/// What an item's source says of where it is from.
pub(super) fn origin(name: Option<String>, url: Option<String>) -> Option<Origin> {
    let url = url.and_then(|url| Url::parse(&url).ok());
    (name.is_some() || url.is_some()).then_some(Origin { title: name, url })
}

/// Reads an item with its text.
pub(super) fn load_item(connection: &Connection, id: &ItemId) -> Result<Option<StoredItem>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, published, updated, claimed, revised, source, owned, topics, language, url, link, image,
                title, authors, enclosures, summary, content, text_of, iif(told, story, NULL), origin_name, origin_url
         FROM item LEFT JOIN body ON item = id WHERE uuid = ?",
    )?;
    statement
        .query_row([id.as_bytes()], |row| Ok(read_item(row)))
        .optional()?
        .transpose()
}

/// Gives an item the text of a copy, and its picture and authors where it has none.
pub(super) fn borrow_text(connection: &Connection, copy: i64, item: &mut Item) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT summary, content, image, authors FROM item JOIN body ON item = id WHERE id = ?",
    )?;
    let mut rows = statement.query([copy])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let html = |column| {
        Ok::<_, Fault>(
            row.get::<_, Option<String>>(column)?
                .map(CleanHtml::already_clean),
        )
    };
    (item.summary, item.content) = (html(0)?, html(1)?);
    if item.image.is_none() {
        item.image = row.get(2)?;
    }
    if item.authors.is_empty() {
        item.authors = json(&row.get::<_, String>(3)?)?;
    }
    Ok(())
}

fn read_item(row: &Row) -> Result<StoredItem, Fault> {
    let date = |column| row.get::<_, Option<i64>>(column)?.map(time).transpose();
    let html = |column| {
        Ok::<_, Fault>(
            row.get::<_, Option<String>>(column)?
                .map(CleanHtml::already_clean),
        )
    };
    Ok(StoredItem {
        row: row.get(0)?,
        published: row.get(1)?,
        updated: row.get(2)?,
        source: row.get(5)?,
        owned: row.get(6)?,
        topics: json(row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?)?,
        text_of: row.get(17)?,
        story: row.get(18)?,
        item: Item {
            published: date(3)?,
            updated: date(4)?,
            language: row.get(8)?,
            url: row
                .get::<_, Option<String>>(9)?
                .map(CanonicalUrl::already_canonical),
            link: row.get(10)?,
            image: row.get(11)?,
            title: row.get(12)?,
            authors: json(row.get_ref(13)?.as_str().map_err(rusqlite::Error::from)?)?,
            enclosures: json(row.get_ref(14)?.as_str().map_err(rusqlite::Error::from)?)?,
            summary: html(15)?,
            content: html(16)?,
            origin: origin(row.get(19)?, row.get(20)?),
        },
    })
}
