package io.tocsin.core.alert;

import io.tocsin.core.http.Metrics;
import io.tocsin.core.repository.Database;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Turns correlation hits into alerts. All hits of one rule and [Segment] fill one alert while it is not closed, has
/// room and is young enough; the next one after that opens a new alert.
///
/// A hit may come any number of times, also after a restart: its identifier stands in the same transaction as its
/// effect, so it counts once. The identifier of an alert derives from rule, segmentation, key and the alert before it
/// in the same segment, not from the order in which hits came. Corrections of hits, which late
/// events cause, change the alert that the hit went into, see [AlertCorrections]. An alert that lost its last hit
/// by one, and that nobody has taken up, is taken again by the next hit of its segment.
///
/// Thread-safety: any thread; calls queue for the one writer of the database.
public final class AlertIntake {
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

    private record Latest(String id, boolean withdrawn, long createdAt) {}

    private final Database database;
    private final JsonMapper mapper;
    private final InstantSource clock;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder corrected = new LongAdder();
    private final AlertCorrections corrections;
    private final RuleExceptions exceptions;
    private final Suppressions suppressions;
    private final HeldHits held;
    private final HitListener listener;
    private final LongAdder excepted = new LongAdder();
    private final LongAdder suppressed = new LongAdder();
    private volatile List<AssetCategory> categories = List.of();

    AlertIntake(
            Database database,
            JsonMapper mapper,
            InstantSource clock,
            Metrics metrics,
            RuleExceptions exceptions,
            Suppressions suppressions,
            HitListener listener) {
        this.database = database;
        this.mapper = mapper;
        this.clock = clock;
        this.exceptions = exceptions;
        this.suppressions = suppressions;
        this.held = new HeldHits(database);
        this.listener = listener;
        this.corrections = new AlertCorrections(database, this);
        metrics.register(
                new Metrics.Family("tocsin_core_alert_hits", "counter", "Correlation hits that came in.", samples -> {
                    samples.add(accepted.sum(), "result", "accepted");
                    samples.add(repeated.sum(), "result", "repeated");
                    samples.add(corrected.sum(), "result", "corrected");
                    samples.add(excepted.sum(), "result", "excepted");
                    samples.add(suppressed.sum(), "result", "suppressed");
                }));
        metrics.register(new Metrics.Family(
                "tocsin_core_alerts_opened", "counter", "Alerts made.", samples -> samples.add(opened.sum())));
    }

    /// Takes other categories into use: for alerts that are made or take a finding from now on.
    public void categories(List<AssetCategory> others) {
        categories = List.copyOf(others);
    }

    private enum Result {
        REPEATED,
        ACCEPTED,
        OPENED,
        CORRECTED,
        EXCEPTED,
        SUPPRESSED
    }

    /// Takes `hits` in one transaction: when this returns they are durable, when it throws none of them is in. Hits
    /// that were taken before are recognised and change nothing.
    public void accept(List<CorrelationHit> hits) {
        int[] counts = database.transaction(() -> {
            int[] byResult = new int[Result.values().length];
            for (CorrelationHit hit : hits) {
                if (hit.change() == CorrelationHit.Change.RETRACTED) {
                    listener.retracted(hit);
                }
                if (hit.noAlert()) {
                    listener.found(hit);
                } else {
                    byResult[acceptOne(hit).ordinal()]++;
                }
            }
            return byResult;
        });
        listener.committed();
        accepted.add(counts[Result.ACCEPTED.ordinal()] + (long) counts[Result.OPENED.ordinal()]);
        opened.add(counts[Result.OPENED.ordinal()]);
        corrected.add(counts[Result.CORRECTED.ordinal()]);
        excepted.add(counts[Result.EXCEPTED.ordinal()]);
        suppressed.add(counts[Result.SUPPRESSED.ordinal()]);
        repeated.add(counts[Result.REPEATED.ordinal()]);
    }

    private Result acceptOne(CorrelationHit hit) {
        long now = clock.millis();
        if (hit.change() != CorrelationHit.Change.NEW) {
            boolean isCorrected = corrections.apply(hit, now)
                    || (hit.change() == CorrelationHit.Change.RETRACTED && held.retract(hit));
            return isCorrected ? Result.CORRECTED : Result.REPEATED;
        }
        if (isKnown(hit) || held.isKnown(hit)) {
            return Result.REPEATED;
        }
        String exception = exceptions.keepingAway(hit, now);
        String holder = exception != null ? exception : suppressions.holding(hit, now);
        if (holder != null) {
            held.add(hit, holder, now);
            return exception != null ? Result.EXCEPTED : Result.SUPPRESSED;
        }
        boolean isOpened = take(hit);
        listener.found(hit);
        return isOpened ? Result.OPENED : Result.ACCEPTED;
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
        Latest latest = found.isPresent() ? null : latest(hit);
        boolean again = latest != null
                && latest.withdrawn()
                && latest.createdAt() > now - hit.segment().openMillis();
        if (latest != null && again) {
            found = Optional.of(reopen(latest.id(), hit, now));
        }
        String alertId = found.map(Open::id).orElseGet(() -> alertId(hit, latest == null ? "" : latest.id()));
        int kept = found.map(Open::keptEvents).orElse(0);
        boolean overflow = MAX_EVENTS - kept < 1 + hit.baseEventIds().size();
        int keptNow = keptOf(hit, kept);
        if (found.isPresent()) {
            fill(found.get(), hit, kept + keptNow, overflow, now);
        } else {
            open(alertId, hit, keptNow, overflow, now);
        }
        database.writer()
                .sql("INSERT INTO hit (id, alert_id, first_seen, last_seen, change_id, taken_at, priority, entities)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                .params(
                        key(hit.id()),
                        alertId,
                        hit.firstSeenMillis(),
                        hit.lastSeenMillis(),
                        key(hit.changeId()),
                        now,
                        hit.priority(),
                        mapper.writeValueAsString(hit.entities()))
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
                        WHERE rule_id = ? AND segmentation = ? AND group_key = ? AND created_at > ?
                            AND status IN ('new', 'assigned') AND (? = 0 OR hits < ?)
                        ORDER BY rowid DESC LIMIT 1""")
                .params(
                        hit.ruleId(),
                        hit.segment().segmentation(),
                        hit.groupKey(),
                        now - hit.segment().openMillis(),
                        hit.segment().limit(),
                        hit.segment().limit())
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

    /// The alert that was made last in the segment of a finding.
    private @Nullable Latest latest(CorrelationHit hit) {
        return database.writer()
                .sql("SELECT id, withdrawn, created_at FROM alert"
                        + " WHERE rule_id = ? AND segmentation = ? AND group_key = ? ORDER BY rowid DESC LIMIT 1")
                .params(hit.ruleId(), hit.segment().segmentation(), hit.groupKey())
                .query((row, _) -> new Latest(row.getString(1), row.getBoolean(2), row.getLong(3)))
                .optional()
                .orElse(null);
    }

    /// Empties an alert whose findings were all withdrawn, for a new one.
    private Open reopen(String alertId, CorrelationHit hit, long now) {
        database.writer()
                .sql("""
                        UPDATE alert SET status = 'new', closing_reason = NULL, withdrawn = 0, hits = 0, overflow = 0,
                            first_seen = ?, last_seen = ?, entities = '[]', tactics = '[]', techniques = '[]',
                            rule_priority = ?, priority = CASE WHEN priority_manual THEN priority ELSE ? END
                        WHERE id = ?""")
                .params(hit.firstSeenMillis(), hit.lastSeenMillis(), hit.priority(), hit.priority(), alertId)
                .update();
        AlertHistory.add(database.writer(), alertId, now, null, "status", "closed: incorrect-data", "new");
        return database.writer()
                .sql("SELECT priority, priority_manual, rule_priority, kept_events FROM alert WHERE id = ?")
                .param(alertId)
                .query((row, _) -> new Open(
                        alertId, row.getInt(1), row.getBoolean(2), row.getInt(3), row.getInt(4), "[]", "[]", "[]"))
                .single();
    }

    private void open(String alertId, CorrelationHit hit, int keptEvents, boolean overflow, long now) {
        String entities = merged("[]", hit.entities());
        AlertPriority priority = priority(hit.ruleId(), hit.priority(), entities);
        String title = hit.segment().title();
        database.writer()
                .sql("""
                        INSERT INTO alert (id, name, rule_id, rule_name, segmentation, group_key, status, priority,
                            priority_manual, rule_priority, priority_factors, first_seen, last_seen, created_at,
                            updated_at, hits, kept_events, overflow, entities, tactics, techniques, summary, version)
                        VALUES (?, ?, ?, ?, ?, ?, 'new', ?, 0, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, 1)""")
                .params(
                        alertId,
                        cut(title.isEmpty() ? hit.ruleName() : title),
                        hit.ruleId(),
                        cut(hit.ruleName()),
                        hit.segment().segmentation(),
                        hit.groupKey(),
                        priority.value(),
                        hit.priority(),
                        factors(priority),
                        hit.firstSeenMillis(),
                        hit.lastSeenMillis(),
                        now,
                        now,
                        keptEvents,
                        overflow ? 1 : 0,
                        entities,
                        merged("[]", hit.tactics()),
                        merged("[]", hit.techniques()),
                        cut(hit.summary()))
                .update();
        AlertHistory.add(database.writer(), alertId, now, null, "created", null, null);
    }

    private void fill(Open alert, CorrelationHit hit, int keptEvents, boolean overflow, long now) {
        int rulePriority = Math.max(alert.rulePriority(), hit.priority());
        String entities = merged(alert.entities(), hit.entities());
        AlertPriority automatic = priority(hit.ruleId(), rulePriority, entities);
        int priority = alert.priorityManual() ? alert.priority() : automatic.value();
        // The summary follows the latest hit, a late one does not bring back an old sentence.
        database.writer()
                .sql("""
                        UPDATE alert SET
                            summary = CASE WHEN ? >= last_seen THEN ? ELSE summary END,
                            first_seen = min(first_seen, ?), last_seen = max(last_seen, ?), updated_at = ?,
                            hits = hits + 1, kept_events = ?, overflow = max(overflow, ?), priority = ?,
                            rule_priority = ?, priority_factors = ?, entities = ?, tactics = ?, techniques = ?,
                            version = version + 1
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
                        factors(automatic),
                        entities,
                        merged(alert.tactics(), hit.tactics()),
                        merged(alert.techniques(), hit.techniques()),
                        alert.id())
                .update();
        recordPriority(alert.id(), alert.priority(), priority, now);
    }

    /// Writes a change of the priority into the history of an alert.
    void recordPriority(String alertId, int before, int after, long now) {
        if (before != after) {
            AlertHistory.add(
                    database.writer(),
                    alertId,
                    now,
                    null,
                    "priority",
                    Integer.toString(before),
                    Integer.toString(after));
        }
    }

    /// @param entities JSON array
    AlertPriority priority(String ruleId, int rulePriority, String entities) {
        List<AssetCategory> known = categories;
        return AlertPriority.of(
                ruleId,
                rulePriority,
                known.isEmpty() ? List.of() : List.of(mapper.readValue(entities, Entity[].class)),
                known);
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

    /// Both JSON arrays, without repetitions and up to [#MAX_LISTED].
    String mergedArrays(String array, String more) {
        return merged(array, List.of(mapper.readTree(more).valueStream().toArray()));
    }

    String factors(AlertPriority priority) {
        return mapper.writeValueAsString(priority.factors());
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

    /// Derives the identifier of an alert from what distinguishes it, as a UUID of version 8 (RFC 9562: custom).
    ///
    /// @param before identifier of the alert before it in its segment, empty for the first
    private static String alertId(CorrelationHit hit, String before) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : List.of("alert", hit.ruleId(), hit.segment().segmentation(), hit.groupKey(), before)) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            byte[] hash = digest.digest();
            hash[6] = (byte) ((hash[6] & 0x0F) | 0x80);
            hash[8] = (byte) ((hash[8] & 0x3F) | 0x80);
            ByteBuffer bits = ByteBuffer.wrap(hash);
            return new UUID(bits.getLong(), bits.getLong()).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
