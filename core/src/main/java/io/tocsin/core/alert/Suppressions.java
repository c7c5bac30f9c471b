package io.tocsin.core.alert;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.repository.Database;
import io.tocsin.core.user.Audit;
import io.tocsin.core.user.CurrentUser;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is held back for a time: kept with the alerts, so that a suppression and what it holds back are one
/// transaction.
///
/// Thread-safety: any thread.
final class Suppressions {
    private static final int LISTED = 1_000;

    private final Database database;
    private final InstantSource clock;
    private final Audit audit;

    private record Group(String ruleId, String ruleName, String segmentation, String key) {}

    Suppressions(Database database, InstantSource clock, Audit audit) {
        this.database = database;
        this.clock = clock;
        this.audit = audit;
    }

    /// Those in force first, the ones that expire soonest before others.
    List<Suppression> list() {
        return database.reader()
                .sql("SELECT * FROM suppression"
                        + " ORDER BY ended_at IS NOT NULL OR expires_at <= ?, expires_at, id LIMIT ?")
                .params(clock.millis(), LISTED)
                .query((row, _) -> suppression(row))
                .list();
    }

    /// The one in force for the group of an alert, or null.
    @Nullable
    Suppression ofAlert(String alertId) {
        return database.reader()
                .sql("""
                        SELECT suppression.* FROM suppression JOIN alert USING (rule_id, segmentation, group_key)
                        WHERE alert.id = ? AND suppression.expires_at > ? AND suppression.ended_at IS NULL
                        ORDER BY suppression.expires_at DESC LIMIT 1""")
                .params(alertId, clock.millis())
                .query((row, _) -> suppression(row))
                .optional()
                .orElse(null);
    }

    /// Holds back what belongs to the group of an alert. One that was in force for the group ends.
    Suppression add(String alertId, String reason, long expiresAt, CurrentUser user) {
        return database.transaction(() -> {
            Group group = database.writer()
                    .sql("SELECT rule_id, rule_name, segmentation, group_key FROM alert WHERE id = ?")
                    .param(alertId)
                    .query((row, _) ->
                            new Group(row.getString(1), row.getString(2), row.getString(3), row.getString(4)))
                    .optional()
                    .orElseThrow(() -> ApiException.notFound("alert"));
            long now = clock.millis();
            database.writer()
                    .sql("UPDATE suppression SET ended_at = ? WHERE rule_id = ? AND segmentation = ?"
                            + " AND group_key = ? AND expires_at > ? AND ended_at IS NULL")
                    .params(now, group.ruleId(), group.segmentation(), group.key(), now)
                    .update();
            Suppression made = new Suppression(
                    UUID.randomUUID().toString(),
                    group.ruleId(),
                    group.ruleName(),
                    group.segmentation(),
                    group.key(),
                    alertId,
                    reason,
                    user.login(),
                    now,
                    expiresAt,
                    null,
                    0,
                    null);
            database.writer()
                    .sql("INSERT INTO suppression (id, rule_id, rule_name, segmentation, group_key, alert_id, reason,"
                            + " created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            made.id(),
                            made.ruleId(),
                            made.ruleName(),
                            made.segmentation(),
                            made.group(),
                            alertId,
                            reason,
                            user.login(),
                            now,
                            expiresAt)
                    .update();
            String until = Instant.ofEpochMilli(expiresAt).toString();
            AlertHistory.add(database.writer(), alertId, now, user.id(), "suppressed", null, until + ": " + reason);
            audit.add(
                    user.login(),
                    Audit.Action.SUPPRESSION_ADDED,
                    group.ruleId(),
                    shown(group.key()) + " until " + until + ": " + reason);
            return made;
        });
    }

    /// Ends one that is in force.
    void end(String id, CurrentUser user) {
        database.transaction(() -> {
            long now = clock.millis();
            Suppression ended = database.writer()
                    .sql("SELECT * FROM suppression WHERE id = ? AND ended_at IS NULL AND expires_at > ?")
                    .params(id, now)
                    .query((row, _) -> suppression(row))
                    .optional()
                    .orElseThrow(() -> ApiException.notFound("suppression in force"));
            database.writer()
                    .sql("UPDATE suppression SET ended_at = ? WHERE id = ?")
                    .params(now, id)
                    .update();
            boolean isThere = database.writer()
                    .sql("SELECT 1 FROM alert WHERE id = ?")
                    .param(ended.alertId())
                    .query(Integer.class)
                    .optional()
                    .isPresent();
            if (isThere) {
                AlertHistory.add(
                        database.writer(), ended.alertId(), now, user.id(), "suppression-ended", null, ended.reason());
            }
            audit.add(
                    user.login(),
                    Audit.Action.SUPPRESSION_ENDED,
                    ended.ruleId(),
                    shown(ended.group()) + ": " + ended.reason());
            return ended;
        });
    }

    /// The identifier of the one that holds the finding back, null for none; it is counted then. Inside the
    /// transaction of the caller.
    @Nullable
    String holding(CorrelationHit hit, long now) {
        String id = database.writer()
                .sql("SELECT id FROM suppression WHERE rule_id = ? AND segmentation = ? AND group_key = ?"
                        + " AND expires_at > ? AND ended_at IS NULL LIMIT 1")
                .params(hit.ruleId(), hit.segment().segmentation(), hit.groupKey(), now)
                .query(String.class)
                .optional()
                .orElse(null);
        if (id != null) {
            database.writer()
                    .sql("UPDATE suppression SET hits = hits + 1, last_hit = ? WHERE id = ?")
                    .params(now, id)
                    .update();
        }
        return id;
    }

    private static String shown(String group) {
        return group.isEmpty() ? "all" : group.strip().replace("\n", ", ");
    }

    private static Suppression suppression(ResultSet row) throws SQLException {
        return new Suppression(
                row.getString("id"),
                row.getString("rule_id"),
                row.getString("rule_name"),
                row.getString("segmentation"),
                row.getString("group_key").strip(),
                row.getString("alert_id"),
                row.getString("reason"),
                row.getString("created_by"),
                row.getLong("created_at"),
                row.getLong("expires_at"),
                nullable(row, "ended_at"),
                row.getLong("hits"),
                nullable(row, "last_hit"));
    }

    private static @Nullable Long nullable(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
