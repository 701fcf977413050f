-- New items whose dates may have to be found anew: first seen while the clock was in doubt, or dated by their source in a
-- future that may come. Their dates stand in `item` as far as they were believed.
CREATE TABLE uncertain (
    item    INTEGER PRIMARY KEY,
    seen    INTEGER NOT NULL,         -- 1: first seen while the clock was in doubt
    claimed INTEGER,                  -- published, as the source says, which was not believed
    revised INTEGER                   -- updated, likewise
);
CREATE TRIGGER item_uncertain AFTER DELETE ON item BEGIN DELETE FROM uncertain WHERE item = old.id; END;
-- What was first seen before there was a feedmill was so by a clock that had not been set. Their sources' dates were not
-- kept: the next document is read as if it had changed.
INSERT INTO uncertain (item, seen) SELECT id, 1 FROM item WHERE first_seen < 1577836800;
UPDATE sighting SET fingerprint = ~fingerprint WHERE item IN (SELECT item FROM uncertain);
