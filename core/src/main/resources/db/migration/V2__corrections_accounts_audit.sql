-- Corrections of findings: what a hit contributes to its alert, and the last correction that was applied.
ALTER TABLE hit ADD COLUMN first_seen INTEGER;
ALTER TABLE hit ADD COLUMN last_seen INTEGER;
ALTER TABLE hit ADD COLUMN change_id TEXT;
ALTER TABLE hit ADD COLUMN retracted INTEGER NOT NULL DEFAULT 0 CHECK (retracted IN (0, 1));
-- When it came in: repeats and corrections come soon after, so old ones may go.
ALTER TABLE hit ADD COLUMN taken_at INTEGER NOT NULL DEFAULT 0;
UPDATE hit SET taken_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
CREATE INDEX hit_by_alert ON hit (alert_id);
CREATE INDEX hit_by_time ON hit (taken_at);
CREATE INDEX alert_by_closing ON alert (updated_at) WHERE status = 'closed';

ALTER TABLE account ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));
CREATE INDEX session_by_account ON session (account_id);

-- Who did what to accounts, sessions and tokens. Kept when the account is gone.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time     INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (time);
