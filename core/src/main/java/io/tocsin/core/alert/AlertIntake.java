package io.tocsin.core.alert;

import io.tocsin.core.http.Metrics;
import io.tocsin.core.repository.Database;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Turns correlation hits into alerts. All hits of one rule with the same group key fill one alert while it is not
/// closed and younger than two weeks; the next one after that opens a new alert.
///
/// A hit may come any number of times, also after a restart: its identifier stands in the same transaction as its
/// effect, so it counts once. The identifier of an alert derives from its first hit. Corrections of hits, which late
/// events cause, change the alert that the hit went into, see [AlertCorrections].
///
/// Thread-safety: any thread; calls queue for the one writer of the database.
public final class AlertIntake {
    /// How long an alert takes further hits.
    static final Duration FILLING_TIME = Duration.ofDays(14);
    /// Correlation events and base events that one alert keeps.
    static final int MAX_EVENTS = 10_000;
    /// Entities, tactics and techniques that one alert lists of each.
    static final int MAX_LISTED = 100;

    private static final int MAX_TEXT = 1_000;
    private static final int MAX_FIELDS = 256 * 1024;

    /// What filling needs to know of an open alert.
    private record Open(
            String id,
            int priority,
            boolean priorityManual,
            int rulePriority,
            int keptEvents,
            String entities,
            String tactics,
            String techniques) {}

    private final Database database;
    private final JsonMapper mapper;
    private final InstantSource clock;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder corrected = new LongAdder();
    private final AlertCorrections corrections;
    private final RuleExceptions exceptions;
    private final LongAdder excepted = new LongAdder();

    AlertIntake(Database database, JsonMapper mapper, InstantSource clock, Metrics metrics, RuleExceptions exceptions) {
        this.database = database;
        this.mapper = mapper;
        this.clock = clock;
        this.exceptions = exceptions;
        this.corrections = new AlertCorrections(database, this);
        metrics.register(
                new Metrics.Family("tocsin_core_alert_hits", "counter", "Correlation hits that came in.", samples -> {
                    samples.add(accepted.sum(), "result", "accepted");
                    samples.add(repeated.sum(), "result", "repeated");
                    samples.add(corrected.sum(), "result", "corrected");
                    samples.add(excepted.sum(), "result", "excepted");
                }));
        metrics.register(new Metrics.Family(
                "tocsin_core_alerts_opened", "counter", "Alerts made.", samples -> samples.add(opened.sum())));
    }

    /// Takes `hits` in one transaction: when this returns they are durable, when it throws none of them is in. Hits
    /// that were taken before are recognised and change nothing.
    public void accept(List<CorrelationHit> hits) {
        long[] counts = database.transaction(() -> {
            long[] acceptedOpenedCorrected = new long[4];
            for (CorrelationHit hit : hits) {
                if (hit.noAlert()) {
                    continue;
                }
                if (hit.change() != CorrelationHit.Change.NEW) {
                    acceptedOpenedCorrected[2] += corrections.apply(hit, clock.millis()) ? 1 : 0;
                } else if (!isKnown(hit)) {
                    if (exceptions.keepsAway(hit, clock.millis())) {
                        acceptedOpenedCorrected[3]++;
                        continue;
                    }
                    acceptedOpenedCorrected[0]++;
                    acceptedOpenedCorrected[1] += take(hit) ? 1 : 0;
                }
            }
            return acceptedOpenedCorrected;
        });
        accepted.add(counts[0]);
        opened.add(counts[1]);
        corrected.add(counts[2]);
        excepted.add(counts[3]);
        repeated.add(hits.stream().filter(hit -> !hit.noAlert()).count() - counts[0] - counts[2] - counts[3]);
    }

    private boolean isKnown(CorrelationHit hit) {
        return database.writer()
                .sql("SELECT 1 FROM hit WHERE id = ?")
                .param(key(hit.id()))
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    /// Returns whether the hit opened a new alert.
    private boolean take(CorrelationHit hit) {
        long now = clock.millis();
        Optional<Open> found = findOpen(hit, now);
        String alertId = found.map(Open::id).orElseGet(() -> alertId(hit));
        int kept = found.map(Open::keptEvents).orElse(0);
        boolean overflow = MAX_EVENTS - kept < 1 + hit.baseEventIds().size();
        int keptNow = keptOf(hit, kept);
        if (found.isPresent()) {
            fill(found.get(), hit, kept + keptNow, overflow, now);
        } else {
            open(alertId, hit, keptNow, overflow, now);
        }
        database.writer()
                .sql("INSERT INTO hit (id, alert_id, first_seen, last_seen, change_id, taken_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?)")
                .params(key(hit.id()), alertId, hit.firstSeenMillis(), hit.lastSeenMillis(), key(hit.changeId()), now)
                .update();
        keep(alertId, hit, keptNow);
        return found.isEmpty();
    }

    /// How many events of a hit, itself and its base events, an alert keeps that has kept `kept`.
    static int keptOf(CorrelationHit hit, int kept) {
        return Math.clamp((long) MAX_EVENTS - kept, 0, 1 + hit.baseEventIds().size());
    }

    /// Keeps the first `count` events of a hit with its alert.
    void keep(String alertId, CorrelationHit hit, int count) {
        if (count > 0) {
            database.writer()
                    .sql("INSERT INTO alert_event (alert_id, time, id, summary, fields, base_event_ids)"
                            + " VALUES (?, ?, ?, ?, ?, ?)")
                    .params(
                            alertId,
                            hit.timeMillis(),
                            hit.id(),
                            cut(hit.summary()),
                            fields(hit),
                            json(hit.baseEventIds().subList(0, count - 1)))
                    .update();
        }
    }

    private Optional<Open> findOpen(CorrelationHit hit, long now) {
        return database.writer()
                .sql("""
                        SELECT id, priority, priority_manual, rule_priority, kept_events, entities, tactics, techniques
                        FROM alert
                        WHERE rule_id = ? AND group_key = ? AND created_at > ? AND status IN ('new', 'assigned')
                        ORDER BY created_at DESC, id LIMIT 1""")
                .params(hit.ruleId(), hit.groupKey(), now - FILLING_TIME.toMillis())
                .query((row, _) -> new Open(
                        row.getString("id"),
                        row.getInt("priority"),
                        row.getBoolean("priority_manual"),
                        row.getInt("rule_priority"),
                        row.getInt("kept_events"),
                        row.getString("entities"),
                        row.getString("tactics"),
                        row.getString("techniques")))
                .optional();
    }

    private void open(String alertId, CorrelationHit hit, int keptEvents, boolean overflow, long now) {
        database.writer()
                .sql("""
                        INSERT INTO alert (id, name, rule_id, rule_name, group_key, status, priority, priority_manual,
                            rule_priority, first_seen, last_seen, created_at, updated_at, hits, kept_events, overflow,
                            entities, tactics, techniques, summary, version)
                        VALUES (?, ?, ?, ?, ?, 'new', ?, 0, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, 1)""")
                .params(
                        alertId,
                        cut(hit.ruleName()),
                        hit.ruleId(),
                        cut(hit.ruleName()),
                        hit.groupKey(),
                        hit.priority(),
                        hit.priority(),
                        hit.firstSeenMillis(),
                        hit.lastSeenMillis(),
                        now,
                        now,
                        keptEvents,
                        overflow ? 1 : 0,
                        merged("[]", hit.entities()),
                        merged("[]", hit.tactics()),
                        merged("[]", hit.techniques()),
                        cut(hit.summary()))
                .update();
        AlertHistory.add(database.writer(), alertId, now, null, "created", null, null);
    }

    private void fill(Open alert, CorrelationHit hit, int keptEvents, boolean overflow, long now) {
        int rulePriority = Math.max(alert.rulePriority(), hit.priority());
        int priority = alert.priorityManual() ? alert.priority() : Math.max(alert.priority(), rulePriority);
        // The summary follows the latest hit, a late one does not bring back an old sentence.
        database.writer()
                .sql("""
                        UPDATE alert SET
                            summary = CASE WHEN ? >= last_seen THEN ? ELSE summary END,
                            first_seen = min(first_seen, ?), last_seen = max(last_seen, ?), updated_at = ?,
                            hits = hits + 1, kept_events = ?, overflow = max(overflow, ?), priority = ?,
                            rule_priority = ?, entities = ?, tactics = ?, techniques = ?, version = version + 1
                        WHERE id = ?""")
                .params(
                        hit.lastSeenMillis(),
                        cut(hit.summary()),
                        hit.firstSeenMillis(),
                        hit.lastSeenMillis(),
                        now,
                        keptEvents,
                        overflow ? 1 : 0,
                        priority,
                        rulePriority,
                        merged(alert.entities(), hit.entities()),
                        merged(alert.tactics(), hit.tactics()),
                        merged(alert.techniques(), hit.techniques()),
                        alert.id())
                .update();
        if (priority != alert.priority()) {
            AlertHistory.add(
                    database.writer(),
                    alert.id(),
                    now,
                    null,
                    "priority",
                    Integer.toString(alert.priority()),
                    Integer.toString(priority));
        }
    }

    /// Adds `more` to a JSON array, without repetitions and up to [#MAX_LISTED].
    String merged(String array, List<?> more) {
        if (more.isEmpty()) {
            return array;
        }
        SequencedSet<JsonNode> all = new LinkedHashSet<>();
        mapper.readTree(array).forEach(all::add);
        for (Object value : more) {
            if (all.size() >= MAX_LISTED) {
                break;
            }
            all.add(mapper.valueToTree(value));
        }
        return mapper.writeValueAsString(new ArrayList<>(all));
    }

    private String json(List<String> values) {
        return mapper.writeValueAsString(values);
    }

    /// The fields as stored: what is no JSON object is kept as text under one name, so that answers stay
    /// well-formed.
    private String fields(CorrelationHit hit) {
        if (hit.fields().length() <= MAX_FIELDS) {
            try {
                JsonNode node = mapper.readTree(hit.fields());
                if (node.isObject()) {
                    return node.toString();
                }
            } catch (JacksonException _) {
                // Kept as text below.
            }
        }
        return mapper.createObjectNode().put("Unreadable", cut(hit.fields())).toString();
    }

    static String cut(String text) {
        if (text.length() <= MAX_TEXT) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT;
        return text.substring(0, end) + "…";
    }

    /// One spelling for hex and UUID text.
    static String key(String hitId) {
        return hitId.replace("-", "").toLowerCase(Locale.ROOT);
    }

    /// Derives the identifier of an alert from its first hit, as a UUID of version 8 (RFC 9562: custom).
    private static String alertId(CorrelationHit hit) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(("alert:" + key(hit.id())).getBytes(StandardCharsets.UTF_8));
            hash[6] = (byte) ((hash[6] & 0x0F) | 0x80);
            hash[8] = (byte) ((hash[8] & 0x3F) | 0x80);
            ByteBuffer bits = ByteBuffer.wrap(hash);
            return new UUID(bits.getLong(), bits.getLong()).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
