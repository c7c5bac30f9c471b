-- Runs that people ask for: any number for the same finding. Runs know their alert, also when the identifiers of its
-- findings are forgotten.
CREATE TABLE response_run_next (
    id         TEXT PRIMARY KEY,
    response   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    alert_id   TEXT,
    rule_id    TEXT NOT NULL,
    rule_name  TEXT NOT NULL,
    actor      TEXT NOT NULL,
    by_hand    INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)),
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'suppressed', 'cancelled')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER,
    outcome    TEXT NOT NULL DEFAULT '',
    output     TEXT NOT NULL DEFAULT '',
    fields     TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO response_run_next (id, response, kind, finding_id, alert_id, rule_id, rule_name, actor, state, attempts,
        created_at, due_at, started_at, ended_at, outcome, output, fields)
    SELECT id, response, kind, finding_id, (SELECT alert_id FROM hit WHERE hit.id = finding_id), rule_id, rule_name,
        actor, state, attempts, created_at, due_at, started_at, ended_at, outcome, output, fields
    FROM response_run;
DROP TABLE response_run;
ALTER TABLE response_run_next RENAME TO response_run;

-- By itself a response is made once for a finding.
CREATE UNIQUE INDEX response_run_once ON response_run (response, finding_id) WHERE by_hand = 0;
CREATE INDEX response_run_by_finding ON response_run (finding_id) WHERE state = 'waiting';
CREATE INDEX response_run_by_time ON response_run (created_at DESC, id DESC);
CREATE INDEX response_run_by_response ON response_run (response, created_at DESC, id DESC);
CREATE INDEX response_run_by_alert ON response_run (alert_id, created_at DESC, id DESC) WHERE alert_id IS NOT NULL;
CREATE INDEX response_run_waiting ON response_run (response, due_at) WHERE state = 'waiting';
CREATE INDEX response_run_running ON response_run (response) WHERE state = 'running';
CREATE INDEX response_run_limits ON response_run (response, created_at) WHERE state <> 'suppressed' AND by_hand = 0;
