-- The second of the first document in which a source no longer showed an item; NULL: it shows it, as far as is known.
ALTER TABLE sighting ADD COLUMN gone INTEGER;
CREATE INDEX sighting_shown ON sighting (source, item) WHERE gone IS NULL;
CREATE INDEX sighting_stub ON sighting (gone, source) WHERE item IS NULL;

ALTER TABLE item ADD COLUMN aged INTEGER NOT NULL DEFAULT 0;  -- its age counts from here at the earliest
ALTER TABLE item ADD COLUMN withdrawn INTEGER;                -- since then its page is gone, and no feed holds it
UPDATE item SET aged = first_seen;
CREATE INDEX item_aged ON item (aged);
DROP INDEX item_first_seen;

-- Items that their source should still show and does not: their pages are to be asked for. weight: how much speaks for
-- it; asked: how often that led nowhere.
CREATE TABLE doubt (
    source INTEGER NOT NULL,
    key    INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    asked  INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;

-- Addresses (ItemId) of items that were dropped for age, each with the sighting that tells when it can be forgotten.
DROP TABLE tombstone;
CREATE TABLE tombstone (
    uuid   BLOB NOT NULL,
    source INTEGER NOT NULL,
    key    INTEGER NOT NULL,
    PRIMARY KEY (uuid, source, key)
) WITHOUT ROWID;
CREATE INDEX tombstone_sighting ON tombstone (source, key);

-- What was dropped until now may be shown still: sources are read as if it were new to them, and all of them anew.
UPDATE poll SET state = json_remove(state, '$.validators')
    WHERE source IN (SELECT source FROM sighting WHERE item IS NULL);
UPDATE sighting SET fingerprint = ~fingerprint WHERE item IS NULL;
