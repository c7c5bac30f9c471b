package io.tocsin.core.alert;

import io.tocsin.core.repository.Database;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Applies corrections of hits (`docs/decisions/correlator-time.md`) to the alerts that they went into, inside the
/// transaction of the caller.
///
/// - **Amended**: the hit's events, times and summary are replaced; the alert's first and last time follow.
/// - **Retracted**: the hit no longer counts and its event goes. An alert that has no hit left is closed when nobody
///   has taken it up; otherwise its history says what happened and the analyst decides.
///
/// A correction comes once, or again after a crash: the last one applied is remembered with the hit. A correction of
/// an unknown hit, for instance of one that is long gone, changes nothing.
///
/// Thread-safety: the writer's.
final class AlertCorrections {
    private final Database database;
    private final AlertIntake intake;

    private record Known(String alertId, @Nullable String changeId, boolean retracted) {}

    /// More findings than this are not gone through again: what they brought into the alert stays.
    private static final int MOST_RECOUNTED = 1_000;

    private record Corrected(
            String status,
            int keptEvents,
            long hits,
            String entities,
            @Nullable Long lastSeen,
            boolean timesKnown) {}

    private record Priorities(String ruleId, int priority, boolean manual, int rulePriority) {}

    /// What one finding brought into its alert.
    private record Brought(@Nullable String entities, int priority) {}

    AlertCorrections(Database database, AlertIntake intake) {
        this.database = database;
        this.intake = intake;
    }

    /// Returns whether anything changed.
    boolean apply(CorrelationHit hit, long now) {
        Optional<Known> found = database.writer()
                .sql("SELECT alert_id, change_id, retracted FROM hit WHERE id = ?")
                .param(AlertIntake.key(hit.id()))
                .query((row, _) -> new Known(row.getString(1), row.getString(2), row.getBoolean(3)))
                .optional();
        if (found.isEmpty()
                || found.get().retracted()
                || AlertIntake.key(hit.changeId()).equals(found.get().changeId())) {
            return false;
        }
        String alertId = found.get().alertId();
        int freed = database.writer()
                .sql("SELECT 1 + json_array_length(base_event_ids) FROM alert_event WHERE alert_id = ? AND id = ?")
                .params(alertId, hit.id())
                .query(Integer.class)
                .optional()
                .orElse(0);
        database.writer()
                .sql("DELETE FROM alert_event WHERE alert_id = ? AND id = ?")
                .params(alertId, hit.id())
                .update();
        database.writer()
                .sql(
                        "UPDATE alert SET kept_events = kept_events - ?, updated_at = ?, version = version + 1 WHERE id = ?")
                .params(freed, now, alertId)
                .update();
        boolean retracted = hit.change() == CorrelationHit.Change.RETRACTED;
        database.writer()
                .sql("UPDATE hit SET first_seen = ?, last_seen = ?, change_id = ?, retracted = ?,"
                        + " entities = CASE WHEN ? THEN entities ELSE ? END WHERE id = ?")
                .params(
                        hit.firstSeenMillis(),
                        hit.lastSeenMillis(),
                        AlertIntake.key(hit.changeId()),
                        retracted ? 1 : 0,
                        retracted ? 1 : 0,
                        intake.merged("[]", hit.entities()),
                        AlertIntake.key(hit.id()))
                .update();
        if (retracted) {
            retract(alertId, hit, now);
        } else {
            amend(alertId, hit, now);
        }
        return true;
    }

    private Corrected corrected(String alertId) {
        return database.writer()
                .sql("""
                        SELECT status, kept_events, hits, entities,
                            (SELECT max(last_seen) FROM hit WHERE alert_id = alert.id AND retracted = 0),
                            (SELECT count(*) FROM hit WHERE alert_id = alert.id AND retracted = 0
                                AND last_seen IS NOT NULL)
                        FROM alert WHERE id = ?""")
                .param(alertId)
                .query((row, _) -> {
                    long last = row.getLong(5);
                    Long lastSeen = row.wasNull() ? null : last;
                    // Hits of an earlier version, and those that were forgotten by age, have no times any more: what
                    // the alert says then stays.
                    return new Corrected(
                            row.getString(1),
                            row.getInt(2),
                            row.getLong(3),
                            row.getString(4),
                            lastSeen,
                            row.getLong(6) >= row.getLong(3));
                })
                .single();
    }

    private void amend(String alertId, CorrelationHit hit, long now) {
        Corrected alert = corrected(alertId);
        int keptNow = AlertIntake.keptOf(hit, alert.keptEvents());
        intake.keep(alertId, hit, keptNow);
        Long lastSeen = alert.lastSeen();
        boolean latest = lastSeen == null || hit.lastSeenMillis() >= lastSeen;
        database.writer()
                .sql("""
                        UPDATE alert SET kept_events = kept_events + ?, entities = ?,
                            summary = CASE WHEN ? THEN ? ELSE summary END
                        WHERE id = ?""")
                .params(
                        keptNow,
                        intake.merged(alert.entities(), hit.entities()),
                        latest ? 1 : 0,
                        AlertIntake.cut(hit.summary()),
                        alertId)
                .update();
        recount(alertId, alert, now);
        AlertHistory.add(database.writer(), alertId, now, null, "amended", null, AlertIntake.cut(hit.summary()));
    }

    private void retract(String alertId, CorrelationHit hit, long now) {
        database.writer()
                .sql("UPDATE alert SET hits = max(0, hits - 1) WHERE id = ?")
                .param(alertId)
                .update();
        Corrected alert = corrected(alertId);
        AlertHistory.add(database.writer(), alertId, now, null, "retracted", null, AlertIntake.cut(hit.summary()));
        if (alert.hits() > 0) {
            recount(alertId, alert, now);
        } else if (alert.status().equals(AlertStatus.NEW.toString())) {
            database.writer()
                    .sql("UPDATE alert SET status = 'closed', closing_reason = 'incorrect-data', withdrawn = 1"
                            + " WHERE id = ?")
                    .param(alertId)
                    .update();
            AlertHistory.add(
                    database.writer(), alertId, now, null, "status", "new", "closed: " + ClosingReason.INCORRECT_DATA);
        }
    }

    /// Takes from the hits that still count what the alert says.
    private void recount(String alertId, Corrected alert, long now) {
        if (alert.timesKnown()) {
            database.writer().sql("""
                            UPDATE alert SET
                                first_seen = (SELECT min(first_seen) FROM hit WHERE alert_id = alert.id AND retracted = 0),
                                last_seen = (SELECT max(last_seen) FROM hit WHERE alert_id = alert.id AND retracted = 0)
                            WHERE id = ?""").param(alertId).update();
        }
        List<Brought> brought = database.writer()
                .sql("SELECT entities, priority FROM hit WHERE alert_id = ? AND retracted = 0"
                        + " ORDER BY first_seen, id LIMIT ?")
                .params(alertId, MOST_RECOUNTED + 1)
                .query((row, _) -> new Brought(row.getString(1), row.getInt(2)))
                .list();
        if (brought.size() <= MOST_RECOUNTED
                && brought.size() == alert.hits()
                && brought.stream().allMatch(each -> each.entities() != null)) {
            reassess(alertId, brought, now);
        }
    }

    private void reassess(String alertId, List<Brought> brought, long now) {
        String entities = "[]";
        int rulePriority = 1;
        for (Brought each : brought) {
            entities = intake.mergedArrays(entities, String.valueOf(each.entities()));
            rulePriority = Math.max(rulePriority, each.priority());
        }
        Priorities before = database.writer()
                .sql("SELECT rule_id, priority, priority_manual, rule_priority FROM alert WHERE id = ?")
                .param(alertId)
                .query((row, _) -> new Priorities(row.getString(1), row.getInt(2), row.getBoolean(3), row.getInt(4)))
                .single();
        AlertPriority automatic = intake.priority(before.ruleId(), rulePriority, entities);
        int priority = before.manual() ? before.priority() : automatic.value();
        database.writer()
                .sql(
                        "UPDATE alert SET entities = ?, rule_priority = ?, priority = ?, priority_factors = ? WHERE id = ?")
                .params(entities, rulePriority, priority, intake.factors(automatic), alertId)
                .update();
        intake.recordPriority(alertId, before.priority(), priority, now);
    }
}
