-- Documents that hubs pushed and that were acknowledged, until what is in them is stored.
CREATE TABLE pushed (
    id           INTEGER PRIMARY KEY,
    source       TEXT NOT NULL,
    content_type TEXT,
    body         BLOB NOT NULL
);
-- What a callback has not confirmed is not stored any more.
DELETE FROM subscriber WHERE json_valid(state) AND state ->> '$.until' IS NULL;
