-- Where a source says that an item is from: the name and the address in RSS and Atom's `source`.
ALTER TABLE item ADD COLUMN origin_name TEXT;
ALTER TABLE item ADD COLUMN origin_url TEXT;

-- 1: its source has so many copies of one article that this one only stands behind their lead: it lends nothing, is not named,
-- and costs those that come after it nothing.
ALTER TABLE item ADD COLUMN further INTEGER NOT NULL DEFAULT 0;
UPDATE item SET further = 1 WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY lead, source ORDER BY published, uuid) AS nth
        FROM item WHERE lead IS NOT NULL
    ) WHERE nth > 3
);
CREATE INDEX item_copy ON item (lead, source) WHERE lead IS NOT NULL AND further = 0;
