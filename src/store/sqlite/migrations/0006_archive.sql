-- Pages of old items, each with those after the page before it up to and including the second `until`.
CREATE TABLE archive (
    feed  INTEGER NOT NULL,
    until INTEGER NOT NULL,
    dirty INTEGER NOT NULL,           -- 1: its file may differ from the store
    PRIMARY KEY (feed, until)
) WITHOUT ROWID;
CREATE INDEX archive_dirty ON archive (until) WHERE dirty = 1;
ALTER TABLE feed ADD COLUMN sealed INTEGER;                   -- what is later is in no page, and so is shown; NULL: no pages
