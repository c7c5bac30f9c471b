package io.tocsin.core.alert;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Problem;
import io.tocsin.core.repository.Database;
import io.tocsin.core.user.CurrentUser;
import io.tocsin.core.user.UserReference;
import io.tocsin.error.ErrorCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/// Reads and changes alerts.
///
/// Thread-safety: any thread.
final class Alerts {
    private static final String SELECT = """
            SELECT alert.*, account.login AS assignee_login, account.name AS assignee_name
            FROM alert LEFT JOIN account ON account.id = alert.assignee_id
            """;

    /// One page of the queue with how many alerts there are of each status.
    record Queue(List<Alert> items, @Nullable String next, Map<String, Long> counts) {}

    private final Database database;
    private final JsonMapper mapper;
    private final InstantSource clock;
    private final Suppressions suppressions;

    Alerts(Database database, JsonMapper mapper, InstantSource clock, Suppressions suppressions) {
        this.suppressions = suppressions;
        this.database = database;
        this.mapper = mapper;
        this.clock = clock;
    }

    Queue list(AlertFilter filter, @Nullable Cursor after, int limit) {
        List<Object> parameters = new ArrayList<>(filter.parameters());
        String from = "";
        if (after != null) {
            from = " AND (last_seen, alert.id) < (?, ?)";
            parameters.add(after.time());
            parameters.add(after.id());
        }
        parameters.add(limit + 1);
        List<Alert> found = database.reader()
                .sql(SELECT + " WHERE " + filter.sql() + from + " ORDER BY last_seen DESC, alert.id DESC LIMIT ?")
                .params(parameters)
                .query((row, _) -> alert(row))
                .list();
        List<Alert> page = found.size() > limit ? found.subList(0, limit) : found;
        String next = found.size() > limit
                ? new Cursor(page.getLast().lastSeen(), page.getLast().id()).text()
                : null;
        return new Queue(page, next, counts(filter));
    }

    private Map<String, Long> counts(AlertFilter filter) {
        Map<String, Long> counts = new LinkedHashMap<>();
        Arrays.stream(AlertStatus.values()).forEach(status -> counts.put(status.toString(), 0L));
        database.reader()
                .sql("SELECT status, count(*) AS alerts FROM alert WHERE " + filter.sqlWithoutStatus()
                        + " GROUP BY status")
                .params(filter.parametersWithoutStatus())
                .query(row -> {
                    counts.put(row.getString("status"), row.getLong("alerts"));
                });
        return counts;
    }

    AlertDetail detail(String id, @Nullable Cursor after, int limit) {
        Alert alert = find(database.reader(), id);
        List<AlertDetail.HitEvent> events = database.reader()
                .sql("""
                        SELECT id, time, summary, fields, base_event_ids FROM alert_event
                        WHERE alert_id = ? AND (time, id) < (?, ?) ORDER BY time DESC, id DESC LIMIT ?""")
                .params(id, after == null ? Long.MAX_VALUE : after.time(), after == null ? "" : after.id(), limit + 1)
                .query((row, _) -> new AlertDetail.HitEvent(
                        row.getString("id"),
                        row.getLong("time"),
                        row.getString("summary"),
                        row.getString("fields"),
                        texts(row.getString("base_event_ids"))))
                .list();
        List<AlertDetail.HitEvent> page = events.size() > limit ? events.subList(0, limit) : events;
        String next = events.size() > limit
                ? new Cursor(page.getLast().time(), page.getLast().id()).text()
                : null;
        List<AlertDetail.Change> history = history(id);
        return new AlertDetail(
                alert,
                group(id),
                explanation(alert, history),
                suppressions.ofAlert(id),
                page,
                next,
                comments(id),
                history);
    }

    private String group(String id) {
        return database.reader()
                .sql("SELECT group_key FROM alert WHERE id = ?")
                .param(id)
                .query(String.class)
                .single()
                .strip();
    }

    private AlertDetail.PriorityExplanation explanation(Alert alert, List<AlertDetail.Change> history) {
        List<AlertPriority.Factor> factors = new ArrayList<>(List.of(mapper.readValue(
                database.reader()
                        .sql("SELECT priority_factors FROM alert WHERE id = ?")
                        .param(alert.id())
                        .query(String.class)
                        .single(),
                AlertPriority.Factor[].class)));
        if (factors.isEmpty()) {
            // Made by a version that wrote nothing down.
            factors.add(new AlertPriority.Factor(
                    "rule", alert.ruleId(), alert.rulePriority(), null, "priority of the rule"));
        }
        if (alert.priorityManual()) {
            String person = history.reversed().stream()
                    .filter(change -> change.change().equals("priority") && change.user() != null)
                    .findFirst()
                    .map(change -> Objects.requireNonNull(change.user()).login())
                    .orElse("");
            factors.add(new AlertPriority.Factor(
                    "person", person, alert.priority(), null, "set by a person, which decides"));
        }
        return new AlertDetail.PriorityExplanation(alert.priority(), AlertPriority.FORMULA, factors);
    }

    private List<AlertDetail.Comment> comments(String id) {
        return database.reader()
                .sql("""
                        SELECT alert_comment.id AS comment_id, text, alert_comment.created_at AS written_at,
                            account.id, login, name
                        FROM alert_comment JOIN account ON account.id = account_id
                        WHERE alert_id = ? ORDER BY alert_comment.created_at, alert_comment.rowid""")
                .param(id)
                .query((row, _) -> new AlertDetail.Comment(
                        row.getString("comment_id"),
                        new UserReference(row.getString("id"), row.getString("login"), row.getString("name")),
                        row.getString("text"),
                        row.getLong("written_at")))
                .list();
    }

    private List<AlertDetail.Change> history(String id) {
        return database.reader()
                .sql("""
                        SELECT time, change, old_value, new_value, account.id, login, name
                        FROM alert_history LEFT JOIN account ON account.id = account_id
                        WHERE alert_id = ? ORDER BY sequence""")
                .param(id)
                .query((row, _) -> {
                    String accountId = row.getString("id");
                    return new AlertDetail.Change(
                            row.getLong("time"),
                            accountId == null
                                    ? null
                                    : new UserReference(accountId, row.getString("login"), row.getString("name")),
                            row.getString("change"),
                            row.getString("old_value"),
                            row.getString("new_value"));
                })
                .list();
    }

    /// Applies `patch` when the alert still has the version that the patch was made for.
    Alert change(String id, AlertPatch patch, CurrentUser user) {
        return database.transaction(() -> {
            Alert old = find(database.writer(), id);
            if (old.version() != patch.version()) {
                throw new ApiException(Problem.of(
                        409,
                        ErrorCode.CONFLICT,
                        "the alert has changed meanwhile, load it again [version=" + old.version() + "]"));
            }
            AlertPatch.Outcome outcome = patch.apply(old, user.id(), this::isAccount);
            if (!outcome.isChange(old)) {
                return old;
            }
            long now = clock.millis();
            database.writer()
                    .sql("UPDATE alert SET status = ?, assignee_id = ?, priority = ?, priority_manual = ?,"
                            + " closing_reason = ?, withdrawn = 0, updated_at = ?, version = version + 1 WHERE id = ?")
                    .param(outcome.status().toString())
                    .param(outcome.assigneeId())
                    .param(outcome.priority())
                    .param(outcome.priorityManual() ? 1 : 0)
                    .param(
                            outcome.closingReason() == null
                                    ? null
                                    : outcome.closingReason().toString())
                    .param(now)
                    .param(id)
                    .update();
            Alert changed = find(database.writer(), id);
            record(old, changed, user, now);
            return changed;
        });
    }

    private void record(Alert old, Alert changed, CurrentUser user, long now) {
        UserReference oldAssignee = old.assignee();
        UserReference newAssignee = changed.assignee();
        recordOne(
                changed,
                user,
                now,
                "assignee",
                oldAssignee == null ? null : oldAssignee.login(),
                newAssignee == null ? null : newAssignee.login());
        recordOne(changed, user, now, "status", statusText(old), statusText(changed));
        recordOne(
                changed, user, now, "priority", Integer.toString(old.priority()), Integer.toString(changed.priority()));
    }

    private void recordOne(
            Alert alert, CurrentUser user, long now, String change, @Nullable String from, @Nullable String to) {
        if (!Objects.equals(from, to)) {
            AlertHistory.add(database.writer(), alert.id(), now, user.id(), change, from, to);
        }
    }

    private static String statusText(Alert alert) {
        ClosingReason reason = alert.closingReason();
        return reason == null ? alert.status().toString() : alert.status() + ": " + reason;
    }

    AlertDetail.Comment comment(String id, String text, CurrentUser user) {
        return database.transaction(() -> {
            find(database.writer(), id);
            AlertDetail.Comment comment = new AlertDetail.Comment(
                    UUID.randomUUID().toString(),
                    new UserReference(user.id(), user.login(), user.name()),
                    text,
                    clock.millis());
            database.writer()
                    .sql(
                            "INSERT INTO alert_comment (id, alert_id, account_id, text, created_at) VALUES (?, ?, ?, ?, ?)")
                    .params(comment.id(), id, user.id(), text, comment.createdAt())
                    .update();
            AlertHistory.add(database.writer(), id, comment.createdAt(), user.id(), "comment", null, comment.id());
            return comment;
        });
    }

    private boolean isAccount(String id) {
        return database.writer()
                .sql("SELECT 1 FROM account WHERE id = ? AND disabled = 0")
                .param(id)
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    private Alert find(JdbcClient client, String id) {
        Optional<Alert> found = client.sql(SELECT + " WHERE alert.id = ?")
                .param(id)
                .query((row, _) -> alert(row))
                .optional();
        return found.orElseThrow(() -> ApiException.notFound("alert"));
    }

    private Alert alert(ResultSet row) throws SQLException {
        String assigneeId = row.getString("assignee_id");
        String closingReason = row.getString("closing_reason");
        return new Alert(
                row.getString("id"),
                row.getString("name"),
                row.getString("rule_id"),
                row.getString("rule_name"),
                row.getString("segmentation"),
                AlertStatus.of(row.getString("status")),
                row.getInt("priority"),
                row.getBoolean("priority_manual"),
                row.getInt("rule_priority"),
                row.getLong("first_seen"),
                row.getLong("last_seen"),
                row.getLong("created_at"),
                row.getLong("updated_at"),
                assigneeId == null
                        ? null
                        : new UserReference(
                                assigneeId, row.getString("assignee_login"), row.getString("assignee_name")),
                closingReason == null ? null : ClosingReason.of(closingReason),
                row.getLong("hits"),
                row.getBoolean("overflow"),
                List.of(mapper.readValue(row.getString("entities"), Entity[].class)),
                texts(row.getString("tactics")),
                texts(row.getString("techniques")),
                row.getString("summary"),
                row.getLong("version"));
    }

    private List<String> texts(String json) {
        return List.of(mapper.readValue(json, String[].class));
    }
}
