package io.tocsin.app.up;

import io.tocsin.core.ledger.LedgerAlarm;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.pipeline.kafka.KafkaAlarm;
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.kafka.KafkaWatch;
import io.tocsin.pipeline.kafka.TopicSettings;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LostEvents;
import io.tocsin.time.SystemClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Events about this installation itself (`Type` 5). They go into the node log as if a collector named `monitoring`
/// had received them: stored, looked at by rules, and counted by the ledger.
///
/// Thread-safety: any thread; one at a time works.
final class MonitoringEvents implements LedgerAlarm, KafkaAlarm {
    static final String ROUTE = "monitoring";

    private static final System.Logger LOGGER = System.getLogger(MonitoringEvents.class.getName());
    private static final int TYPE = 5;
    private static final int CRITICAL = 4;
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final EntryOrigin ORIGIN = new EntryOrigin("", ROUTE, "ledger", "", -1, "", -1, "");
    private static final EntryOrigin OF_DESTINATIONS = new EntryOrigin("", ROUTE, "destinations", "", -1, "", -1, "");
    private static final EntryOrigin OF_LOGS = new EntryOrigin("", ROUTE, "log", "", -1, "", -1, "");
    private static final int HIGH = 3;
    private static final int LOW = 1;
    private static final EntryOrigin RULES = new EntryOrigin("", ROUTE, "correlator", "", -1, "", -1, "");
    private static final EntryOrigin COLLECTORS = new EntryOrigin("", ROUTE, "collectors", "", -1, "", -1, "");
    private static final EntryOrigin KAFKA = new EntryOrigin("", ROUTE, "kafka", "", -1, "", -1, "");
    private static final EntryOrigin CLOCK = new EntryOrigin("", ROUTE, "clock", "", -1, "", -1, "");
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final byte[] NO_RAW = {};
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final DurableLog log;
    private final SystemClock clock;
    private final EventIds ids;
    private final BatchEncoder encoder = new BatchEncoder();
    /// The minute of the last event about a destination and a reason.
    private final Map<String, Long> lostTold = new HashMap<>();

    MonitoringEvents(DurableLog log, SystemClock clock) {
        this.log = log;
        this.clock = clock;
        this.ids = new EventIds(clock);
    }

    @Override
    public synchronized void gap(long minuteMillis, String collector, String source, long balance) {
        String what = balance > 0
                ? balance + " events that were received are neither stored nor accounted for"
                : -balance + " events are stored that were not received";
        String message = what + " [collector=" + collector + ", source=" + source + ", minute="
                + Instant.ofEpochMilli(minuteMillis) + "]";
        LOGGER.log(System.Logger.Level.ERROR, "the ledger does not balance: {0}", message);
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        // The same for the same line: told twice, after a restart, it is stored once.
        long hash = hash(collector + '\u0000' + source);
        ids.ofPlace(minuteMillis, hash & 0xFFFF_FFFFL, hash * GOLDEN);
        long now = clock.epochNanos();
        event.begin(ORIGIN, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, "Ledger does not balance");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Core");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "ledger-gap");
        event.setInteger(Field.PRIORITY, CRITICAL);
        event.setText(Field.SEVERITY, "critical");
        event.setText(Field.MESSAGE, message);
        event.setInteger(Field.START_TIME, minuteMillis);
        event.setInteger(Field.END_TIME, minuteMillis + MINUTE_MILLIS);
        event.setText(Field.DEVICE_CUSTOM_STRING_1, collector);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "collector");
        event.setText(Field.DEVICE_CUSTOM_STRING_2, source);
        event.setText(Field.DEVICE_CUSTOM_STRING_2_LABEL, "source");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, balance);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "balance");
        event.commit();
        write(batch, now, ORIGIN);
    }

    /// The log keeps everything for a destination that is not in the resources any more.
    ///
    /// @param events that wait for it
    /// @param bytes that the log cannot free because of it
    synchronized void keptForRemoved(String destination, long events, long bytes, String whatToDo) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        long now = clock.epochNanos();
        ids.next(Math.floorDiv(now, 1_000_000L));
        event.begin(OF_DESTINATIONS, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, "Log keeps events for a destination that was removed");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Collector");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "destination-removed");
        event.setInteger(Field.PRIORITY, HIGH);
        event.setText(Field.SEVERITY, "high");
        event.setText(
                Field.MESSAGE,
                events + " events wait for it and " + bytes + " bytes cannot be freed [destination=" + destination
                        + "]: " + whatToDo);
        event.setText(Field.DEVICE_CUSTOM_STRING_1, destination);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "destination");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, events);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "events");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_2, bytes);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_2_LABEL, "bytes");
        event.commit();
        write(batch, now, OF_DESTINATIONS);
    }

    /// Makes known that a destination will never get some events. Told very often, about the same destination and
    /// for the same reason, it makes one event a minute, which tells of the first ones; the ledger counts all.
    synchronized void lost(LostEvents lost) {
        long now = clock.epochNanos();
        long minute = Math.floorDiv(now, 1_000_000L * MINUTE_MILLIS);
        Long told = lostTold.put(lost.consumer() + ' ' + lost.reason(), minute);
        if (told != null && told == minute) {
            return;
        }
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        ids.next(Math.floorDiv(now, 1_000_000L));
        event.begin(OF_LOGS, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(
                Field.NAME,
                switch (lost.reason()) {
                    case DAMAGED -> "Disk has destroyed events";
                    case DEAD_LETTER -> "Delivery was refused for good";
                    case UNAVAILABLE -> "Receiver lacks events that are not there any more";
                });
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Collector");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "events-lost");
        event.setInteger(Field.PRIORITY, CRITICAL);
        event.setText(Field.SEVERITY, "critical");
        event.setText(Field.REASON, lost.reason().text());
        event.setText(
                Field.MESSAGE,
                "up to " + lost.events() + " events will not reach " + lost.consumer() + " " + lost.detail());
        if (lost.aboutMillis() > 0) {
            event.setInteger(Field.START_TIME, lost.aboutMillis());
        }
        event.setText(Field.DEVICE_CUSTOM_STRING_1, lost.consumer());
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "destination");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, lost.events());
        event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "events");
        event.commit();
        write(batch, now, OF_LOGS);
    }

    /// Makes known that a rule is stopped because it cost too much.
    ///
    /// @return true when the event is durable
    synchronized boolean ruleStopped(String rule, String reason) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        long now = clock.epochNanos();
        long hash = hash(rule);
        ids.ofPlace(Math.floorDiv(now, 1_000_000L), hash & 0xFFFF_FFFFL, hash * GOLDEN);
        event.begin(RULES, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, "Rule stopped because it cost too much");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "rule-quarantined");
        event.setInteger(Field.PRIORITY, HIGH);
        event.setText(Field.SEVERITY, "high");
        event.setText(
                Field.MESSAGE, "rule " + rule + " " + reason + "; it finds nothing until it is released or changed");
        event.setText(Field.DEVICE_CUSTOM_STRING_1, rule);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "rule");
        event.commit();
        return write(batch, now, RULES);
    }

    /// Collectors of one name are configured differently in several processes.
    ///
    /// @param sites where they are
    /// @param differing keys and resources that are not the same
    synchronized void configuredDifferently(String collector, Collection<String> sites, Collection<String> differing) {
        aboutConfigurations(
                collector,
                sites,
                differing,
                "Collectors are configured differently",
                "collector-mismatch",
                HIGH,
                "collectors of one name should be alike and differ in " + String.join(", ", differing));
    }

    /// The end of [#configuredDifferently].
    synchronized void configuredAlike(String collector, Collection<String> sites) {
        aboutConfigurations(
                collector,
                sites,
                Set.of(),
                "Collectors are configured alike again",
                "collector-match",
                LOW,
                "collectors of one name are alike again");
    }

    private void aboutConfigurations(
            String collector,
            Collection<String> sites,
            Collection<String> differing,
            String name,
            String classId,
            int priority,
            String message) {
        String places = String.join(", ", sites);
        LOGGER.log(
                priority == HIGH ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                "{0} [collector={1}, at={2}]",
                message,
                collector,
                places);
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        long now = clock.epochNanos();
        ids.next(Math.floorDiv(now, 1_000_000L));
        event.begin(COLLECTORS, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, name);
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Collector");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, classId);
        event.setInteger(Field.PRIORITY, priority);
        event.setText(Field.SEVERITY, priority == HIGH ? "high" : "low");
        event.setText(Field.MESSAGE, message + " [collector=" + collector + ", at=" + places + "]");
        event.setText(Field.DEVICE_CUSTOM_STRING_1, collector);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "collector");
        event.setText(Field.DEVICE_CUSTOM_STRING_2, places);
        event.setText(Field.DEVICE_CUSTOM_STRING_2_LABEL, "at");
        if (!differing.isEmpty()) {
            event.setText(Field.DEVICE_CUSTOM_STRING_3, String.join(", ", differing));
            event.setText(Field.DEVICE_CUSTOM_STRING_3_LABEL, "different");
        }
        event.commit();
        write(batch, now, COLLECTORS);
    }

    /// The clock of the machine was set.
    ///
    /// @param stepNanos by how much, negative: back
    /// @param aheadNanos how far times of reception are ahead of it now
    synchronized void clockStepped(long stepNanos, long aheadNanos) {
        double step = stepNanos / 1e9;
        double ahead = aheadNanos / 1e9;
        String message = String.format(
                Locale.ROOT,
                "the clock of this machine was set %s by %.1f s%s; look after its time synchronisation",
                stepNanos < 0 ? "back" : "forward",
                Math.abs(step),
                aheadNanos < NANOS_PER_SECOND
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", and times of reception are %.1f s ahead of it until it has caught up",
                                ahead));
        LOGGER.log(System.Logger.Level.WARNING, "{0}", message);
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        long now = clock.epochNanos();
        ids.next(Math.floorDiv(now, 1_000_000L));
        event.begin(CLOCK, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, "Clock of the machine was set");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Collector");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "clock-step");
        event.setInteger(Field.PRIORITY, HIGH);
        event.setText(Field.SEVERITY, "high");
        event.setText(Field.MESSAGE, message);
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, stepNanos / 1_000_000);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "milliseconds");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_2, aheadNanos / 1_000_000);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_2_LABEL, "milliseconds ahead");
        event.commit();
        write(batch, now, CLOCK);
    }

    @Override
    public synchronized boolean topicUnsafe(KafkaUse.Role role, String name, TopicSettings topic, String message) {
        return kafka(
                "Kafka topic may lose events", "kafka-topic-unsafe", HIGH, message, name, role, topic.name(), event -> {
                    event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, topic.replicas());
                    event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "replicas");
                    if (topic.minInSync() > 0) {
                        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_2, topic.minInSync());
                        event.setText(Field.DEVICE_CUSTOM_NUMBER_2_LABEL, "min.insync.replicas");
                    }
                });
    }

    @Override
    public synchronized boolean unreadNearDeletion(
            String collector, TopicSettings topic, long records, double share, String message) {
        return kafka(
                "Kafka will delete unread events",
                "kafka-unread-near-deletion",
                share >= KafkaWatch.VERY_NEAR ? CRITICAL : HIGH,
                message,
                collector,
                KafkaUse.Role.COLLECTOR,
                topic.name(),
                event -> {
                    event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, records);
                    event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "records");
                    event.setInteger(Field.DEVICE_CUSTOM_NUMBER_2, Math.round(share * 100));
                    event.setText(Field.DEVICE_CUSTOM_NUMBER_2_LABEL, "percent");
                });
    }

    private boolean kafka(
            String title,
            String classId,
            int priority,
            String message,
            String name,
            KafkaUse.Role role,
            String topic,
            Consumer<EventBuilder> figures) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        long now = clock.epochNanos();
        long hash = hash(classId + ' ' + role + ' ' + name + ' ' + topic);
        ids.ofPlace(Math.floorDiv(now, 1_000_000L), hash & 0xFFFF_FFFFL, hash * GOLDEN);
        event.begin(KAFKA, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, title);
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Collector");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, classId);
        event.setInteger(Field.PRIORITY, priority);
        event.setText(Field.SEVERITY, priority == CRITICAL ? "critical" : "high");
        event.setText(Field.MESSAGE, message);
        event.setText(Field.DEVICE_CUSTOM_STRING_1, name);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, role.text());
        event.setText(Field.DEVICE_CUSTOM_STRING_2, topic);
        event.setText(Field.DEVICE_CUSTOM_STRING_2_LABEL, "topic");
        figures.accept(event);
        event.commit();
        return write(batch, now, KAFKA);
    }

    /// Makes known that a list has lost records because it was full, or memory was short.
    ///
    /// @param lost records since this was last told of the list
    /// @param maximum records that it may hold
    /// @param bytes about how much memory its records take
    synchronized void tableFull(String table, long lost, long records, long maximum, long bytes) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        long now = clock.epochNanos();
        long hash = hash("full " + table);
        ids.ofPlace(Math.floorDiv(now, 1_000_000L), hash & 0xFFFF_FFFFL, hash * GOLDEN);
        event.begin(RULES, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, "List is full and lost records");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "table-full");
        event.setInteger(Field.PRIORITY, HIGH);
        event.setText(Field.SEVERITY, "high");
        event.setText(
                Field.MESSAGE,
                "list " + table + " lost the " + lost + " records that were written longest ago: "
                        + (records < maximum
                                ? "memory was short; give the correlator more, or shorten ttl"
                                : "it holds at most " + maximum + "; raise maximumRecords or shorten ttl"));
        event.setText(Field.DEVICE_EXTERNAL_ID, table);
        event.setText(Field.DEVICE_CUSTOM_STRING_1, table);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "list");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, lost);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "lost");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_2, records);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_2_LABEL, "records");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_3, bytes);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_3_LABEL, "bytes");
        event.commit();
        write(batch, now, RULES);
    }

    private boolean write(EventBatch batch, long now, EntryOrigin origin) {
        batch.ledger().add(now, origin, BatchLedger.Counter.RECEIVED, "", 1);
        batch.enteredAt(ROUTE, HexFormat.of().toHexDigits(log.producer()));
        int length = encoder.encode(batch, ROUTE);
        try {
            log.append(encoder.buffer(), 0, length, 1, LIMIT);
            log.awaitSynced(log.end(), LIMIT);
            return true;
        } catch (LogException e) {
            LOGGER.log(System.Logger.Level.ERROR, "an event about this installation was not logged", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /// FNV-1a.
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
