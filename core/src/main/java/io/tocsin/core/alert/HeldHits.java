package io.tocsin.core.alert;

import io.tocsin.core.repository.Database;

/// Findings that exceptions and suppressions keep from alerts: remembered like those in alerts, so that one that comes
/// again, after a crash or when what held it has ended, changes nothing.
///
/// Thread-safety: the writer's.
final class HeldHits {
    private final Database database;

    HeldHits(Database database) {
        this.database = database;
    }

    boolean isKnown(CorrelationHit hit) {
        return database.writer()
                .sql("SELECT 1 FROM held_hit WHERE id = ?")
                .param(AlertIntake.key(hit.id()))
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    /// @param holder identifier of what holds it
    void add(CorrelationHit hit, String holder, long now) {
        database.writer()
                .sql("INSERT INTO held_hit (id, holder, taken_at) VALUES (?, ?, ?)")
                .params(AlertIntake.key(hit.id()), holder, now)
                .update();
    }

    /// Takes a finding that was withdrawn off the count of what held it; returns whether there is one.
    boolean retract(CorrelationHit hit) {
        String id = AlertIntake.key(hit.id());
        int changed = database.writer()
                .sql("UPDATE held_hit SET retracted = 1 WHERE id = ? AND retracted = 0")
                .param(id)
                .update();
        if (changed == 0) {
            return false;
        }
        for (String table : new String[] {"rule_exception", "suppression"}) {
            database.writer()
                    .sql("UPDATE " + table + " SET hits = max(0, hits - 1)"
                            + " WHERE id = (SELECT holder FROM held_hit WHERE id = ?)")
                    .param(id)
                    .update();
        }
        return true;
    }
}
