-- What a rule finds and makes no alert of, for a time and a reason. Values: JSON object of field and value of the
-- correlation event; empty for everything that the rule finds.
CREATE TABLE rule_exception (
    id         TEXT PRIMARY KEY,
    rule_id    TEXT NOT NULL,
    field_values TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    hits       INTEGER NOT NULL DEFAULT 0,
    last_hit   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_exception_by_rule ON rule_exception (rule_id, expires_at);
