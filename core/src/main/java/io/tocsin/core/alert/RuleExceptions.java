package io.tocsin.core.alert;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.repository.Database;
import io.tocsin.core.user.Audit;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The exceptions of rules: kept with the alerts, so that an exception and what it keeps from
/// becoming an alert are one transaction. An expired one has no effect and stays in the list for a
/// while, for whoever asks what was kept away.
///
/// Thread-safety: any thread.
final class RuleExceptions {
    private static final int LISTED = 1_000;

    private final Database database;
    private final JsonMapper mapper;
    private final InstantSource clock;
    private final Audit audit;

    RuleExceptions(Database database, JsonMapper mapper, InstantSource clock, Audit audit) {
        this.database = database;
        this.mapper = mapper;
        this.clock = clock;
        this.audit = audit;
    }

    /// Those that are in force first, the ones that expire soonest before others.
    List<RuleException> list() {
        long now = clock.millis();
        return database.reader()
                .sql("SELECT * FROM rule_exception ORDER BY expires_at <= ?, expires_at, id LIMIT ?")
                .params(now, LISTED)
                .query((row, _) -> exception(row))
                .list();
    }

    RuleException add(String ruleId, Map<String, String> fields, String reason, long expiresAt, String login) {
        RuleException made = new RuleException(
                UUID.randomUUID().toString(), ruleId, fields, reason, login, clock.millis(), expiresAt, 0, null);
        return database.transaction(() -> {
            database.writer()
                    .sql("INSERT INTO rule_exception (id, rule_id, field_values, reason, created_by, created_at,"
                            + " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            made.id(),
                            ruleId,
                            mapper.writeValueAsString(fields),
                            reason,
                            login,
                            made.createdAt(),
                            expiresAt)
                    .update();
            audit.add(
                    login,
                    Audit.Action.EXCEPTION_ADDED,
                    ruleId,
                    fields + " until " + java.time.Instant.ofEpochMilli(expiresAt) + ": " + reason);
            return made;
        });
    }

    void remove(String id, String login) {
        Boolean removed = database.transaction(() -> {
            List<RuleException> known = database.writer()
                    .sql("SELECT * FROM rule_exception WHERE id = ?")
                    .param(id)
                    .query((row, _) -> exception(row))
                    .list();
            if (known.isEmpty()) {
                return false;
            }
            database.writer()
                    .sql("DELETE FROM rule_exception WHERE id = ?")
                    .param(id)
                    .update();
            audit.add(
                    login,
                    Audit.Action.EXCEPTION_REMOVED,
                    known.getFirst().ruleId(),
                    known.getFirst().fields() + ": " + known.getFirst().reason());
            return true;
        });
        if (!removed) {
            throw ApiException.notFound("exception");
        }
    }

    /// The identifier of the exception in force that keeps the hit from becoming an alert, null for none; it is counted
    /// then. Inside the transaction of the caller.
    @Nullable
    String keepingAway(CorrelationHit hit, long now) {
        List<RuleException> inForce = database.writer()
                .sql("SELECT * FROM rule_exception WHERE rule_id = ? AND expires_at > ?")
                .params(hit.ruleId(), now)
                .query((row, _) -> exception(row))
                .list();
        if (inForce.isEmpty()) {
            return null;
        }
        JsonNode fields = fields(hit);
        for (RuleException each : inForce) {
            boolean fits =
                    each.fields().entrySet().stream().allMatch(entry -> has(fields, entry.getKey(), entry.getValue()));
            if (fits) {
                database.writer()
                        .sql("UPDATE rule_exception SET hits = hits + 1, last_hit = ? WHERE id = ?")
                        .params(now, each.id())
                        .update();
                return each.id();
            }
        }
        return null;
    }

    private JsonNode fields(CorrelationHit hit) {
        try {
            return mapper.readTree(hit.fields());
        } catch (JacksonException unreadable) {
            return mapper.createObjectNode();
        }
    }

    private static boolean has(JsonNode fields, String name, String value) {
        int dot = name.indexOf('.');
        JsonNode found = dot < 0
                ? fields.path(name)
                : fields.path(name.substring(0, dot)).path(name.substring(dot + 1));
        if (found.isArray()) {
            return found.valueStream().anyMatch(each -> each.asString("").equals(value));
        }
        return found.isValueNode() && found.asString("").equals(value);
    }

    private RuleException exception(ResultSet row) throws SQLException {
        Map<String, String> fields = new LinkedHashMap<>();
        mapper.readTree(row.getString("field_values"))
                .properties()
                .forEach(field -> fields.put(field.getKey(), field.getValue().asString("")));
        long last = row.getLong("last_hit");
        boolean none = row.wasNull();
        return new RuleException(
                row.getString("id"),
                row.getString("rule_id"),
                fields,
                row.getString("reason"),
                row.getString("created_by"),
                row.getLong("created_at"),
                row.getLong("expires_at"),
                row.getLong("hits"),
                none ? null : last);
    }
}
