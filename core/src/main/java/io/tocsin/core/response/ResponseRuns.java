package io.tocsin.core.response;

import io.tocsin.core.alert.AlertHistory;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import io.tocsin.core.repository.Database;
import io.tocsin.core.user.Audit;
import io.tocsin.core.user.CurrentUser;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The runs in the database. Each change of a run is durable before what it says happens, and each end stands in one
/// transaction with its entry in the audit trail.
///
/// Thread-safety: any thread.
final class ResponseRuns {
    /// How long runs that have ended are kept; as long as the identifiers of hits.
    static final Duration KEPT = Duration.ofDays(30);

    private static final int ROWS_PER_STEP = 500;
    private static final int ID_BYTES = 16;

    private static final String COLUMNS =
            "r.id, r.response, r.kind, r.finding_id, r.alert_id, r.rule_id, r.rule_name, r.actor, r.by_hand, r.state,"
                    + " r.attempts, r.created_at, r.due_at, r.started_at, r.ended_at, r.outcome, r.output";

    /// A run that waits.
    ///
    /// @param attempts made before
    /// @param fields the event as JSON
    record Waiting(String id, String response, String findingId, String alertId, int attempts, String fields) {}

    /// Which runs are wanted; null for any.
    record Selection(
            @Nullable String response,
            ResponseRun.@Nullable State state,
            @Nullable String alertId) {}

    /// What a person asks a response for.
    ///
    /// @param findingId as the alert spells it
    /// @param fields the correlation event as JSON
    record Subject(String alertId, String findingId, String ruleId, String ruleName, String fields) {}

    private final Database database;
    private final InstantSource clock;
    private final Audit audit;

    ResponseRuns(Database database, InstantSource clock, Audit audit) {
        this.database = database;
        this.clock = clock;
        this.audit = audit;
    }

    /// Spelling of identifiers of findings in the database.
    static String key(String findingId) {
        return findingId.replace("-", "").toLowerCase(Locale.ROOT);
    }

    /// Decides about a finding that fires a response, inside the transaction of the caller: it waits, or the limits of
    /// the response suppress it. A finding that was decided about before changes nothing.
    ///
    /// @return what became of it, null when it was decided about before
    ResponseRun.@Nullable State decide(ResponseRule rule, CorrelationHit hit, LazyEvent event) {
        long now = clock.millis();
        String finding = key(hit.id());
        boolean known = database.writer()
                .sql("SELECT 1 FROM response_run WHERE response = ? AND finding_id = ? AND by_hand = 0")
                .params(rule.name(), finding)
                .query(Integer.class)
                .optional()
                .isPresent();
        if (known) {
            return null;
        }
        String refused = overLimit(rule, now);
        boolean suppressed = !refused.isEmpty();
        ResponseRun.State state = suppressed ? ResponseRun.State.SUPPRESSED : ResponseRun.State.WAITING;
        database.writer()
                .sql("INSERT INTO response_run (id, response, kind, finding_id, alert_id, rule_id, rule_name, actor,"
                        + " state, created_at, due_at, ended_at, outcome, fields)"
                        + " VALUES (?, ?, ?, ?, (SELECT alert_id FROM hit WHERE id = ?), ?, ?, ?, ?, ?, ?,"
                        + " nullif(?, -1), ?, nullif(?, ''))")
                .params(
                        id(rule.name(), finding),
                        rule.name(),
                        rule.action().kind(),
                        finding,
                        finding,
                        hit.ruleId(),
                        Template.cut(hit.ruleName(), 255),
                        Audit.SYSTEM,
                        state.text(),
                        now,
                        now,
                        suppressed ? now : -1,
                        refused,
                        suppressed ? "" : event.kept())
                .update();
        return state;
    }

    /// Finds what a person asks a response for.
    ///
    /// @param findingId null for the newest finding of the alert
    @Nullable
    Subject subject(String alertId, @Nullable String findingId) {
        return database.reader()
                .sql(
                        "SELECT e.id, e.fields, a.rule_id, a.rule_name FROM alert a JOIN alert_event e ON e.alert_id = a.id"
                                + " WHERE a.id = ? AND (? = '' OR e.id = ?) ORDER BY e.time DESC, e.id DESC LIMIT 1")
                .params(alertId, findingId == null ? "" : findingId, findingId == null ? "" : findingId)
                .query((row, _) -> new Subject(
                        alertId,
                        row.getString("id"),
                        row.getString("rule_id"),
                        row.getString("rule_name"),
                        row.getString("fields")))
                .optional()
                .orElse(null);
    }

    boolean isAlert(String id) {
        return database.reader()
                .sql("SELECT 1 FROM alert WHERE id = ?")
                .param(id)
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    /// Lets a run wait that a person asks for, with what they did in the history of the alert and the audit trail.
    ///
    /// @return the run, or null when as many wait as may
    @Nullable
    ResponseRun ask(ResponseRule rule, Subject subject, LazyEvent event, CurrentUser user) {
        return database.transaction(() -> {
            if (waiting(rule) >= rule.limits().waiting()) {
                return null;
            }
            long now = clock.millis();
            String run = UUID.randomUUID().toString().replace("-", "");
            String finding = key(subject.findingId());
            database.writer()
                    .sql(
                            "INSERT INTO response_run (id, response, kind, finding_id, alert_id, rule_id, rule_name, actor,"
                                    + " by_hand, state, created_at, due_at, fields)"
                                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 'waiting', ?, ?, ?)")
                    .params(
                            run,
                            rule.name(),
                            rule.action().kind(),
                            finding,
                            subject.alertId(),
                            subject.ruleId(),
                            subject.ruleName(),
                            user.login(),
                            now,
                            now,
                            event.kept())
                    .update();
            AlertHistory.add(
                    database.writer(), subject.alertId(), now, user.id(), AlertHistory.RESPONSE, null, rule.name());
            audit.add(
                    user.login(),
                    Audit.Action.RESPONSE_REQUESTED,
                    rule.name(),
                    "[kind=" + rule.action().kind() + ", alert=" + subject.alertId() + ", finding=" + finding + ", run="
                            + run + "]");
            return find(run);
        });
    }

    private ResponseRun find(String run) {
        return database.writer()
                .sql("SELECT " + COLUMNS + " FROM response_run r WHERE r.id = ?")
                .param(run)
                .query((row, _) -> run(row))
                .single();
    }

    private String overLimit(ResponseRule rule, long now) {
        ResponseRule.Limits limits = rule.limits();
        long since = now - limits.within().toMillis();
        long recent = count(
                "SELECT count(*) FROM response_run WHERE response = ? AND created_at > ? AND state <> 'suppressed'"
                        + " AND by_hand = 0",
                rule.name(),
                since);
        if (recent >= limits.mostRuns()) {
            return "suppressed: more than " + limits.mostRuns() + " runs within "
                    + limits.within().toSeconds() + " s";
        }
        long waiting = waiting(rule);
        return waiting >= limits.waiting() ? "suppressed: " + waiting + " runs wait already" : "";
    }

    private long waiting(ResponseRule rule) {
        return count("SELECT count(*) FROM response_run WHERE response = ? AND state = 'waiting'", rule.name());
    }

    private long count(String sql, Object... parameters) {
        return database.writer().sql(sql).params(parameters).query(Long.class).single();
    }

    /// Derived, so that the same decision has the same identifier wherever it is made.
    private static String id(String response, String finding) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(("response:" + response + "\n" + finding).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Ends what waits for a finding that was retracted, inside the transaction of the caller.
    void retract(CorrelationHit hit) {
        cancel("finding_id = ?", List.of(key(hit.id())), "not made: the finding was retracted");
    }

    /// Ends what waits for responses that are not there.
    void cancelOthers(List<String> names) {
        String places = String.join(",", names.stream().map(_ -> "?").toList());
        database.transaction(() -> {
            cancel("response NOT IN (" + places + ")", names, "not made: the response is gone or not enabled");
            return null;
        });
    }

    private void cancel(String where, List<String> parameters, String outcome) {
        List<String> runs = database.writer()
                .sql("SELECT id FROM response_run WHERE state = 'waiting' AND " + where)
                .params(List.copyOf(parameters))
                .query((row, _) -> row.getString(1))
                .list();
        for (String run : runs) {
            end(run, ResponseRun.State.CANCELLED, outcome, "");
        }
    }

    /// Runs that were being made when the process died.
    List<Waiting> interrupted() {
        return waiting("SELECT id, response, finding_id, alert_id, attempts, fields FROM response_run"
                + " WHERE state = 'running'");
    }

    /// The runs of a response that are due, those due longest first.
    List<Waiting> due(String response, int most) {
        return waiting(
                "SELECT id, response, finding_id, alert_id, attempts, fields FROM response_run"
                        + " WHERE response = ? AND state = 'waiting' AND due_at <= ?"
                        + " ORDER BY due_at, created_at, id LIMIT ?",
                response,
                clock.millis(),
                most);
    }

    private List<Waiting> waiting(String sql, Object... parameters) {
        return database.reader()
                .sql(sql)
                .params(parameters)
                .query((row, _) -> {
                    String alert = row.getString("alert_id");
                    String fields = row.getString("fields");
                    return new Waiting(
                            row.getString("id"),
                            row.getString("response"),
                            row.getString("finding_id"),
                            alert == null ? "" : alert,
                            row.getInt("attempts"),
                            fields == null ? "{}" : fields);
                })
                .list();
    }

    /// Says that an attempt begins; durable when this returns.
    ///
    /// @return false when the run does not wait any more
    boolean begin(String run) {
        return database.transaction(() -> database.writer()
                        .sql("UPDATE response_run SET state = 'running', started_at = ?, attempts = attempts + 1"
                                + " WHERE id = ? AND state = 'waiting'")
                        .params(clock.millis(), run)
                        .update())
                == 1;
    }

    /// Lets a run wait for another attempt.
    void again(String run, Duration pause, String outcome) {
        database.transaction(() -> database.writer()
                .sql("UPDATE response_run SET state = 'waiting', due_at = ?, outcome = ? WHERE id = ?")
                .params(clock.millis() + pause.toMillis(), outcome, run)
                .update());
    }

    /// Ends a run, in a transaction of its own or that of the caller.
    void end(String run, ResponseRun.State state, String outcome, String output) {
        database.transaction(() -> {
            long now = clock.millis();
            database.writer()
                    .sql("UPDATE response_run SET state = ?, ended_at = ?, outcome = ?, output = ?, fields = NULL"
                            + " WHERE id = ?")
                    .params(state.text(), now, outcome, output, run)
                    .update();
            ResponseRun ended = find(run);
            Long started = ended.startedAt();
            audit.add(
                    ended.actor(),
                    Audit.Action.RESPONSE_RUN,
                    ended.response(),
                    state.text() + ": " + outcome + " [kind=" + ended.kind() + ", rule=" + ended.ruleId() + ", finding="
                            + ended.findingId() + ", run=" + run + ", attempts=" + ended.attempts()
                            + (started == null ? "" : ", millis=" + (now - started)) + "]");
            return null;
        });
    }

    /// Runs, newest first.
    Page<ResponseRun> list(Selection wanted, @Nullable Cursor after, int limit) {
        StringBuilder where = new StringBuilder("(r.created_at, r.id) < (?, ?)");
        List<Object> parameters =
                new ArrayList<>(after == null ? List.of(Long.MAX_VALUE, "") : List.of(after.time(), after.id()));
        if (wanted.response() != null) {
            where.append(" AND r.response = ?");
            parameters.add(wanted.response());
        }
        if (wanted.alertId() != null) {
            where.append(" AND r.alert_id = ?");
            parameters.add(wanted.alertId());
        }
        ResponseRun.State state = wanted.state();
        if (state != null) {
            where.append(" AND r.state = ?");
            parameters.add(state.text());
        }
        parameters.add(limit + 1);
        List<ResponseRun> found = database.reader()
                .sql("SELECT " + COLUMNS + " FROM response_run r WHERE " + where
                        + " ORDER BY r.created_at DESC, r.id DESC LIMIT ?")
                .params(parameters)
                .query((row, _) -> run(row))
                .list();
        if (found.size() <= limit) {
            return Page.whole(found);
        }
        List<ResponseRun> page = found.subList(0, limit);
        ResponseRun last = page.getLast();
        return new Page<>(page, new Cursor(last.createdAt(), last.id()).text());
    }

    /// Number of runs of a response by state.
    Map<String, Long> counts(String response) {
        Map<String, Long> counts = new TreeMap<>();
        database.reader()
                .sql("SELECT state, count(*) FROM response_run WHERE response = ? GROUP BY state")
                .param(response)
                .query(row -> {
                    counts.put(row.getString(1), row.getLong(2));
                });
        return counts;
    }

    /// Removes runs that ended long ago.
    void removeOld() {
        int removed;
        do {
            removed = database.transaction(() -> database.writer()
                    .sql("DELETE FROM response_run WHERE id IN (SELECT id FROM response_run WHERE created_at < ?"
                            + " AND state NOT IN ('waiting', 'running') LIMIT ?)")
                    .params(clock.millis() - KEPT.toMillis(), ROWS_PER_STEP)
                    .update());
        } while (removed == ROWS_PER_STEP);
    }

    private static ResponseRun run(ResultSet row) throws SQLException {
        return new ResponseRun(
                row.getString("id"),
                row.getString("response"),
                row.getString("kind"),
                row.getString("finding_id"),
                row.getString("alert_id"),
                row.getString("rule_id"),
                row.getString("rule_name"),
                row.getString("actor"),
                row.getBoolean("by_hand"),
                ResponseRun.State.of(row.getString("state")),
                row.getInt("attempts"),
                row.getLong("created_at"),
                row.getLong("due_at"),
                number(row, "started_at"),
                number(row, "ended_at"),
                row.getString("outcome"),
                row.getString("output"));
    }

    private static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
