-- What the operator was told of. kind: 0 failing, 1 silent.
CREATE TABLE alert (
    source  INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    raised  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    since   INTEGER NOT NULL,
    words   TEXT NOT NULL,
    ended   INTEGER,                  -- NULL: it goes on
    ending  TEXT,
    changed INTEGER NOT NULL,         -- the later of raised and ended
    PRIMARY KEY (source, kind, raised)
) WITHOUT ROWID;
CREATE INDEX alert_changed ON alert (changed);
CREATE INDEX alert_open ON alert (raised) WHERE ended IS NULL;

-- What a source brought on each day since 1970: new items, and those that were there already.
CREATE TABLE day (
    day    INTEGER NOT NULL,
    source INTEGER NOT NULL,
    items  INTEGER NOT NULL,
    merged INTEGER NOT NULL,
    PRIMARY KEY (day, source)
) WITHOUT ROWID;
-- What was merged before is not known any more.
INSERT INTO day SELECT first_seen / 86400, source, count(*), 0 FROM item
    WHERE first_seen > (SELECT max(first_seen) FROM item) - 40 * 86400 GROUP BY 1, 2;
