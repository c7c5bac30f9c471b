-- Times are epoch milliseconds (UTC). Lists and maps are JSON text. Secrets are kept as SHA-256 only.

CREATE TABLE account (
    id            TEXT PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'analyst', 'viewer')),
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    secret_hash  TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    csrf         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    id           TEXT PRIMARY KEY,
    secret_hash  TEXT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_account ON token (account_id, created_at, id);

CREATE TABLE alert (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    rule_id         TEXT NOT NULL,
    rule_name       TEXT NOT NULL,
    group_key       TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('new', 'assigned', 'closed')),
    priority        INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 4),
    priority_manual INTEGER NOT NULL CHECK (priority_manual IN (0, 1)),
    rule_priority   INTEGER NOT NULL CHECK (rule_priority BETWEEN 1 AND 4),
    first_seen      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    assignee_id     TEXT REFERENCES account (id),
    closing_reason  TEXT CHECK (closing_reason IN ('responded', 'incorrect-data', 'incorrect-rule')),
    hits            INTEGER NOT NULL,
    kept_events     INTEGER NOT NULL,
    overflow        INTEGER NOT NULL CHECK (overflow IN (0, 1)),
    entities        TEXT NOT NULL,
    tactics         TEXT NOT NULL,
    techniques      TEXT NOT NULL,
    summary         TEXT NOT NULL,
    version         INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_by_last_seen ON alert (last_seen DESC, id DESC);
CREATE INDEX alert_by_group ON alert (rule_id, group_key, created_at DESC);
CREATE INDEX alert_by_status ON alert (status, last_seen DESC, id DESC);

-- Every correlation hit ever accepted: repeats are recognised by the primary key.
CREATE TABLE hit (
    id             TEXT PRIMARY KEY,
    alert_id       TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The events of an alert that are kept, at most 10,000 with their base events.
CREATE TABLE alert_event (
    alert_id       TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    time           INTEGER NOT NULL,
    id             TEXT NOT NULL,
    summary        TEXT NOT NULL,
    fields         TEXT NOT NULL,
    base_event_ids TEXT NOT NULL,
    PRIMARY KEY (alert_id, time, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_comment (
    id         TEXT PRIMARY KEY,
    alert_id   TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES account (id),
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_comment_by_alert ON alert_comment (alert_id, created_at);

CREATE TABLE alert_history (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id   TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    time       INTEGER NOT NULL,
    account_id TEXT REFERENCES account (id),
    change     TEXT NOT NULL,
    old_value  TEXT,
    new_value  TEXT
) STRICT;
CREATE INDEX alert_history_by_alert ON alert_history (alert_id, sequence);
