-- Copies of one article, and articles of one story. Item numbers are item.id.
ALTER TABLE item ADD COLUMN lead INTEGER;                     -- the copy that stands for it in merged feeds; NULL: it does itself
ALTER TABLE item ADD COLUMN text_of INTEGER;                  -- the copy whose text it shows; NULL: its own
ALTER TABLE item ADD COLUMN story INTEGER;                    -- the first item of its story; NULL: it is alone
ALTER TABLE item ADD COLUMN told INTEGER NOT NULL DEFAULT 0;  -- 1: feeds show it as part of its story; else it waits for that
ALTER TABLE item ADD COLUMN ruled INTEGER NOT NULL DEFAULT 0; -- 1: the operator said what it belongs to
CREATE INDEX item_lead ON item (lead) WHERE lead IS NOT NULL;
CREATE INDEX item_story ON item (story) WHERE story IS NOT NULL;

-- Items whose text was not yet compared with others. Of an older database, those of the last two weeks.
CREATE TABLE ungrouped (
    item  INTEGER PRIMARY KEY,
    fresh INTEGER NOT NULL            -- 1: never published; 0: its text changed
);
INSERT INTO ungrouped SELECT id, 0 FROM item WHERE first_seen >= (SELECT max(first_seen) FROM item) - 1209600;

-- Stories of two items and more, each under the number and the uuid of its first. In feeds they grow once an hour at most:
-- grown is when they did, 0 for not yet; waiting is 1 where items wait for it.
CREATE TABLE story (id INTEGER PRIMARY KEY, uuid BLOB NOT NULL, grown INTEGER NOT NULL, waiting INTEGER NOT NULL);
CREATE INDEX story_waiting ON story (id) WHERE waiting = 1;

-- What dedupe keeps of recent items, in its own encoding. filed: the newest items under a key, eight bytes each.
CREATE TABLE feature (item INTEGER PRIMARY KEY, published INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX feature_published ON feature (published);
CREATE TABLE filed (key INTEGER PRIMARY KEY, newest INTEGER NOT NULL, items BLOB NOT NULL);
CREATE TABLE line (host INTEGER PRIMARY KEY, data BLOB NOT NULL);

ALTER TABLE feed ADD COLUMN collapse INTEGER;                 -- 0 none, 1 duplicates, 2 stories; NULL: as the site does
