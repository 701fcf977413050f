-- Subscriptions of ours at other hubs, by the path of the callback, and of others at our hub. state: JSON.
CREATE TABLE subscription (path TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE subscriber (
    topic    TEXT NOT NULL,
    callback TEXT NOT NULL,
    state    TEXT NOT NULL,
    PRIMARY KEY (topic, callback)
) WITHOUT ROWID;
