-- When an item came as news; NULL: with what its source had before, so that its date alone says where it belongs.
ALTER TABLE item ADD COLUMN arrived INTEGER;
-- The same, where that was late after its date (store::PROMPT); NULL: its date says it.
ALTER TABLE membership ADD COLUMN arrived INTEGER;
CREATE INDEX membership_late ON membership (feed, arrived) WHERE arrived IS NOT NULL;
-- Of an older database: what came in the last two days, after the first poll of its source and not from an archive.
WITH source_first AS (SELECT source AS number, min(first_seen) AS poll FROM item GROUP BY source)
UPDATE item SET arrived = first_seen FROM source_first
    WHERE number = item.source AND first_seen > poll + 3600 AND item.published >= poll - 172800
      AND item.published >= first_seen - 604800 AND first_seen > (SELECT max(first_seen) FROM item) - 172800;
UPDATE membership SET arrived = (SELECT arrived FROM item WHERE item.uuid = membership.uuid)
    WHERE uuid IN (SELECT uuid FROM item WHERE arrived - published > 5400);
UPDATE feed SET dirty = 1 WHERE state = 1 AND id IN (SELECT feed FROM membership WHERE arrived IS NOT NULL);
