-- Times are whole seconds since 1970 in UTC. Hashes and ids are 16 bytes where they cross sources, 63 or 64 bits inside one.

-- 'setup': hash of the last configuration; 'shown': what a feed shows; 'rendering'; 'items': how many are stored.
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('items', 0);

CREATE TABLE source (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    address    TEXT NOT NULL,
    live       INTEGER NOT NULL,      -- 0: no longer configured
    feed       INTEGER NOT NULL,      -- the feed of its items
    rules      INTEGER NOT NULL,      -- that are in force
    classified INTEGER NOT NULL,      -- that its stored sightings were classified with
    seen       INTEGER NOT NULL       -- 1: something of it was stored once
);
-- Apart from source, so that a poll rewrites nothing else.
CREATE TABLE poll (source INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE pause (host TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;

-- Feeds, and with them all categories and tags, also those that have no feed. Rows stay for good: a slug is never given twice.
CREATE TABLE feed (
    id         INTEGER PRIMARY KEY,
    kind       INTEGER NOT NULL,      -- 0 everything, 1 category, 2 tag, 3 source
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    slug       TEXT,
    declared   INTEGER NOT NULL,      -- 0 never, 1 now, 2 formerly
    state      INTEGER NOT NULL,      -- 0 without a feed, 1 published, 2 to be deleted, 3 deleted
    size       INTEGER NOT NULL,
    dirty      INTEGER NOT NULL,
    shown_from INTEGER NOT NULL,      -- items before this were not shown when the feed was last written
    UNIQUE (kind, key)
);
CREATE UNIQUE INDEX feed_slug ON feed (kind, slug) WHERE slug IS NOT NULL;
CREATE INDEX feed_state ON feed (state, kind, slug, declared);
CREATE INDEX feed_dirty ON feed (kind, slug) WHERE dirty = 1;
INSERT INTO feed VALUES (1, 0, '', '', NULL, 1, 1, 0, 1, -9223372036854775808);

-- How often sightings spell a category or tag so.
CREATE TABLE spelling (feed INTEGER NOT NULL, name TEXT NOT NULL, uses INTEGER NOT NULL, PRIMARY KEY (feed, name)) WITHOUT ROWID;

CREATE TABLE item (
    id         INTEGER PRIMARY KEY,
    uuid       BLOB NOT NULL UNIQUE,
    first_seen INTEGER NOT NULL,
    published  INTEGER NOT NULL,      -- sorted by and shown
    updated    INTEGER NOT NULL,      -- shown
    claimed    INTEGER,               -- published, as the source says
    revised    INTEGER,               -- updated, as the source says
    source     INTEGER NOT NULL,      -- whose text it bears
    owned      INTEGER NOT NULL,      -- by that source
    feeds      TEXT NOT NULL,         -- JSON: ids of the feeds that hold it, ascending
    language   TEXT,
    url        TEXT,
    link       TEXT,
    image      TEXT,
    title      TEXT NOT NULL,
    authors    TEXT NOT NULL,         -- JSON
    enclosures TEXT NOT NULL          -- JSON
);
CREATE INDEX item_first_seen ON item (first_seen);
-- Apart from item, so that a new sighting or tag does not rewrite the text.
CREATE TABLE body (item INTEGER PRIMARY KEY, summary TEXT, content TEXT);

-- Further addresses of items: an item's first one is its uuid (ItemId::of_url).
CREATE TABLE address (uuid BLOB PRIMARY KEY, item INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX address_item ON address (item);

CREATE TABLE sighting (
    source      INTEGER NOT NULL,
    key         INTEGER NOT NULL,     -- hash of the guid
    item        INTEGER,              -- NULL: dropped for age
    title       INTEGER,              -- hash of the folded title
    fingerprint INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    owns        INTEGER NOT NULL,
    guid        TEXT NOT NULL,
    topics      TEXT NOT NULL,        -- JSON: [[feed, spelling], …]
    terms       TEXT NOT NULL,        -- JSON
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX sighting_item ON sighting (item) WHERE item IS NOT NULL;
CREATE INDEX sighting_title ON sighting (source, title, item) WHERE title IS NOT NULL;

-- In the order in which a feed shows them, so that the newest are one range.
CREATE TABLE membership (
    feed      INTEGER NOT NULL,
    published INTEGER NOT NULL,
    uuid      BLOB NOT NULL,
    PRIMARY KEY (feed, published DESC, uuid)
) WITHOUT ROWID;

-- Addresses (ItemId::of_url) of items that were dropped for age.
CREATE TABLE tombstone (uuid BLOB PRIMARY KEY) WITHOUT ROWID;
