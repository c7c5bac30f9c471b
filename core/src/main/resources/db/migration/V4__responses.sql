-- Runs of responses: decided, waiting, made. One for each response and finding, so that a finding that comes again
-- fires nothing twice. `fields` holds the correlation event, JSON, until the run has ended.
CREATE TABLE response_run (
    id         TEXT PRIMARY KEY,
    response   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    rule_id    TEXT NOT NULL,
    rule_name  TEXT NOT NULL,
    actor      TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'suppressed', 'cancelled')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER,
    outcome    TEXT NOT NULL DEFAULT '',
    output     TEXT NOT NULL DEFAULT '',
    fields     TEXT,
    UNIQUE (response, finding_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX response_run_by_time ON response_run (created_at DESC, id DESC);
CREATE INDEX response_run_by_response ON response_run (response, created_at DESC, id DESC);
CREATE INDEX response_run_waiting ON response_run (response, due_at) WHERE state = 'waiting';
CREATE INDEX response_run_running ON response_run (response) WHERE state = 'running';
CREATE INDEX response_run_limits ON response_run (response, created_at) WHERE state <> 'suppressed';
