-- How findings are divided into alerts, where the priority of an alert comes from, and what is held back for a time.
ALTER TABLE alert ADD COLUMN segmentation TEXT NOT NULL DEFAULT 'default';
-- JSON array of the factors; empty for alerts of an earlier version.
ALTER TABLE alert ADD COLUMN priority_factors TEXT NOT NULL DEFAULT '[]';
-- Closed because its last finding was withdrawn: the next one of its group goes on with it.
ALTER TABLE alert ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));
DROP INDEX alert_by_group;
CREATE INDEX alert_by_group ON alert (rule_id, segmentation, group_key);

-- What a finding brought into its alert, to take it out again; null for those of an earlier version.
ALTER TABLE hit ADD COLUMN priority INTEGER;
ALTER TABLE hit ADD COLUMN entities TEXT;

-- Findings that belong to these alerts are held back. Kept when it has ended, for whoever asks what was held back.
CREATE TABLE suppression (
    id           TEXT PRIMARY KEY,
    rule_id      TEXT NOT NULL,
    rule_name    TEXT NOT NULL,
    segmentation TEXT NOT NULL,
    group_key    TEXT NOT NULL,
    alert_id     TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    hits         INTEGER NOT NULL DEFAULT 0,
    last_hit     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX suppression_by_group ON suppression (rule_id, segmentation, group_key, expires_at);

-- Findings that made no alert: repeats are recognised, so that each is counted once. Holder: an exception or a
-- suppression.
CREATE TABLE held_hit (
    id        TEXT PRIMARY KEY,
    holder    TEXT NOT NULL,
    retracted INTEGER NOT NULL DEFAULT 0 CHECK (retracted IN (0, 1)),
    taken_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX held_hit_by_time ON held_hit (taken_at);
