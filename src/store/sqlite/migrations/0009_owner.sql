-- Where sources are at home, and whose words count for an article.
ALTER TABLE source ADD COLUMN trusted INTEGER NOT NULL DEFAULT 0; -- 1: its topics count for articles of other sites, too
ALTER TABLE source ADD COLUMN given TEXT NOT NULL DEFAULT '[]';   -- JSON: [[kind, key], …] of the topics that the operator gives to its items
ALTER TABLE source ADD COLUMN served TEXT;                        -- the site that served its last document
ALTER TABLE source ADD COLUMN declared TEXT;                      -- the site that it says is its home
ALTER TABLE source ADD COLUMN declared_since INTEGER NOT NULL DEFAULT 0; -- 0: since its first document
-- Follows from the above.
ALTER TABLE sighting DROP COLUMN owns;
-- The topics it shows, as feeds has its feeds. A copy shows its own also where another one leads.
ALTER TABLE item ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
UPDATE item SET topics = feeds;
-- All that several sources show has to be worked out anew, with the next configuration.
INSERT INTO meta VALUES ('resettle', 1);
-- A copy was not compared again when it changed.
INSERT OR IGNORE INTO ungrouped
    SELECT id, 0 FROM item WHERE lead IN (SELECT item FROM feature) AND id IN (SELECT item FROM feature);
