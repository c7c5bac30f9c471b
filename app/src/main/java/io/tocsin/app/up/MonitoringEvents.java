package io.tocsin.app.up;

import io.tocsin.app.up.MonitoringEvent.Kind;
import io.tocsin.app.up.MonitoringEvent.Severity;
import io.tocsin.core.ledger.LedgerAlarm;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
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

/// Events about this installation itself (`Type` 5). They go into the node log as if a collector named `monitoring`
/// had received them: stored, looked at by rules, and counted by the ledger.
///
/// Thread-safety: any thread; one at a time works.
final class MonitoringEvents implements LedgerAlarm, KafkaAlarm {
    static final String ROUTE = "monitoring";

    private static final System.Logger LOGGER = System.getLogger(MonitoringEvents.class.getName());
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final EntryOrigin LEDGER = origin("ledger");
    private static final EntryOrigin DESTINATIONS = origin("destinations");
    private static final EntryOrigin LOGS = origin("log");
    private static final EntryOrigin RULES = origin("correlator");
    private static final EntryOrigin COLLECTORS = origin("collectors");
    private static final EntryOrigin KAFKA = origin("kafka");
    private static final EntryOrigin CLOCK = origin("clock");
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MILLISECOND = 1_000_000L;
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
        Kind kind = new Kind(LEDGER, "Core", "ledger-gap", "Ledger does not balance", Severity.CRITICAL);
        // The same for the same line: told twice, after a restart, it is stored once.
        write(begin(kind, minuteMillis, collector + '\u0000' + source, message)
                .with(Field.START_TIME, Instant.ofEpochMilli(minuteMillis))
                .with(Field.END_TIME, Instant.ofEpochMilli(minuteMillis + MINUTE_MILLIS))
                .text("collector", collector)
                .text("source", source)
                .number("balance", balance));
    }

    /// The log keeps everything for a destination that is not in the resources any more.
    ///
    /// @param events that wait for it
    /// @param bytes that the log cannot free because of it
    synchronized void keptForRemoved(String destination, long events, long bytes, String whatToDo) {
        Kind kind = new Kind(
                DESTINATIONS,
                "Collector",
                "destination-removed",
                "Log keeps events for a destination that was removed",
                Severity.HIGH);
        String message = events + " events wait for it and " + bytes + " bytes cannot be freed [destination="
                + destination + "]: " + whatToDo;
        write(begin(kind, message)
                .text("destination", destination)
                .number("events", events)
                .number("bytes", bytes));
    }

    /// Makes known that a destination will never get some events. Told very often, about the same destination and
    /// for the same reason, it makes one event a minute, which tells of the first ones; the ledger counts all.
    synchronized void lost(LostEvents lost) {
        long now = clock.epochNanos();
        long minute = Math.floorDiv(now, NANOS_PER_MILLISECOND * MINUTE_MILLIS);
        Long told = lostTold.put(lost.consumer() + ' ' + lost.reason(), minute);
        if (told != null && told == minute) {
            return;
        }
        String name = switch (lost.reason()) {
            case DAMAGED -> "Disk has destroyed events";
            case DEAD_LETTER -> "Delivery was refused for good";
            case UNAVAILABLE -> "Receiver lacks events that are not there any more";
        };
        Kind kind = new Kind(LOGS, "Collector", "events-lost", name, Severity.CRITICAL);
        MonitoringEvent event = begin(
                        kind,
                        "up to " + lost.events() + " events will not reach " + lost.consumer() + " " + lost.detail())
                .with(Field.REASON, lost.reason().text())
                .text("destination", lost.consumer())
                .number("events", lost.events());
        if (lost.aboutMillis() > 0) {
            event.with(Field.START_TIME, Instant.ofEpochMilli(lost.aboutMillis()));
        }
        write(event);
    }

    /// Makes known that a rule is stopped because it cost too much.
    ///
    /// @return true when the event is durable
    synchronized boolean ruleStopped(String rule, String reason) {
        Kind kind = new Kind(
                RULES, "Correlator", "rule-quarantined", "Rule stopped because it cost too much", Severity.HIGH);
        String message = "rule " + rule + " " + reason + "; it finds nothing until it is released or changed";
        return write(begin(kind, nowMillis(), rule, message).text("rule", rule));
    }

    /// Collectors of one name are configured differently in several processes.
    ///
    /// @param sites where they are
    /// @param differing keys and resources that are not the same
    synchronized void configuredDifferently(String collector, Collection<String> sites, Collection<String> differing) {
        String different = String.join(", ", differing);
        aboutConfigurations(
                new Kind(
                        COLLECTORS,
                        "Collector",
                        "collector-mismatch",
                        "Collectors are configured differently",
                        Severity.HIGH),
                collector,
                sites,
                different,
                "collectors of one name should be alike and differ in " + different);
    }

    /// The end of [#configuredDifferently].
    synchronized void configuredAlike(String collector, Collection<String> sites) {
        aboutConfigurations(
                new Kind(
                        COLLECTORS,
                        "Collector",
                        "collector-match",
                        "Collectors are configured alike again",
                        Severity.LOW),
                collector,
                sites,
                "",
                "collectors of one name are alike again");
    }

    private void aboutConfigurations(
            Kind kind, String collector, Collection<String> sites, String different, String what) {
        String places = String.join(", ", sites);
        String message = what + " [collector=" + collector + ", at=" + places + "]";
        LOGGER.log(
                kind.severity() == Severity.HIGH ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                "{0}",
                message);
        MonitoringEvent event =
                begin(kind, message).text("collector", collector).text("at", places);
        if (!different.isEmpty()) {
            event.text("different", different);
        }
        write(event);
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
        Kind kind = new Kind(CLOCK, "Collector", "clock-step", "Clock of the machine was set", Severity.HIGH);
        write(begin(kind, message)
                .number("milliseconds", stepNanos / NANOS_PER_MILLISECOND)
                .number("milliseconds ahead", aheadNanos / NANOS_PER_MILLISECOND));
    }

    @Override
    public synchronized boolean topicUnsafe(KafkaUse.Role role, String name, TopicSettings topic, String message) {
        Kind kind = new Kind(KAFKA, "Collector", "kafka-topic-unsafe", "Kafka topic may lose events", Severity.HIGH);
        MonitoringEvent event = aboutTopic(kind, role, name, topic, message).number("replicas", topic.replicas());
        if (topic.minInSync() > 0) {
            event.number("min.insync.replicas", topic.minInSync());
        }
        return write(event);
    }

    @Override
    public synchronized boolean unreadNearDeletion(
            String collector, TopicSettings topic, long records, double share, String message) {
        Kind kind = new Kind(
                KAFKA,
                "Collector",
                "kafka-unread-near-deletion",
                "Kafka will delete unread events",
                share >= KafkaWatch.VERY_NEAR ? Severity.CRITICAL : Severity.HIGH);
        return write(aboutTopic(kind, KafkaUse.Role.COLLECTOR, collector, topic, message)
                .number("records", records)
                .number("percent", Math.round(share * 100)));
    }

    private MonitoringEvent aboutTopic(
            Kind kind, KafkaUse.Role role, String name, TopicSettings topic, String message) {
        String subject = kind.classId() + ' ' + role + ' ' + name + ' ' + topic.name();
        return begin(kind, nowMillis(), subject, message)
                .text(role.text(), name)
                .text("topic", topic.name());
    }

    /// Makes known that the correlator has ended by an error, so that no rule looks at events any more.
    synchronized void correlatorEnded(String reason) {
        Kind kind = new Kind(RULES, "Correlator", "correlator-ended", "No rule looks at events", Severity.CRITICAL);
        String message = "the correlator ended by an error; events wait in the log until the next start: " + reason;
        write(begin(kind, nowMillis(), "ended", message).with(Field.REASON, reason));
    }

    /// Makes known that the correlator could not write a checkpoint. Told once until one could be written.
    synchronized void checkpointFailed(String reason) {
        Kind kind = new Kind(RULES, "Correlator", "checkpoint-failed", "State of rules cannot be saved", Severity.HIGH);
        String message = "the correlator could not write a checkpoint and tries again every few seconds; until it can,"
                + " the log keeps the events since the last one, and grows: " + reason;
        write(begin(kind, nowMillis(), "checkpoint", message).with(Field.REASON, reason));
    }

    /// Makes known that a rule may have missed something because it was too much. All numbers are those since this was
    /// last told of the rule.
    ///
    /// @param keys that it forgot before their time
    /// @param early how often events were taken before their time because too many waited
    /// @param unlooped findings that were not shown to other rules
    synchronized void ruleShed(String rule, long keys, long early, long unlooped) {
        Kind kind = new Kind(RULES, "Correlator", "rule-shed", "Rule may have missed something", Severity.HIGH);
        String message = "rule " + rule + " forgot " + keys + " keys before their time, took events early " + early
                + " times and did not show " + unlooped + " findings to other rules; give the correlator more memory,"
                + " let the rule count fewer keys, or let rules not feed each other";
        write(begin(kind, nowMillis(), "shed " + rule, message)
                .with(Field.DEVICE_EXTERNAL_ID, rule)
                .text("rule", rule)
                .number("keys", keys)
                .number("early", early)
                .number("unlooped", unlooped));
    }

    /// Makes known that a list has lost records because it was full, or memory was short.
    ///
    /// @param lost records since this was last told of the list
    /// @param maximum records that it may hold
    /// @param bytes about how much memory its records take
    synchronized void tableFull(String table, long lost, long records, long maximum, long bytes) {
        Kind kind = new Kind(RULES, "Correlator", "table-full", "List is full and lost records", Severity.HIGH);
        String message = "list " + table + " lost the " + lost + " records that were written longest ago: "
                + (records < maximum
                        ? "memory was short; give the correlator more, or shorten ttl"
                        : "it holds at most " + maximum + "; raise maximumRecords or shorten ttl");
        write(begin(kind, nowMillis(), "full " + table, message)
                .with(Field.DEVICE_EXTERNAL_ID, table)
                .text("list", table)
                .number("lost", lost)
                .number("records", records)
                .number("bytes", bytes));
    }

    private static EntryOrigin origin(String connector) {
        return new EntryOrigin("", ROUTE, connector, "", -1, "", -1, "");
    }

    private long nowMillis() {
        return Math.floorDiv(clock.epochNanos(), NANOS_PER_MILLISECOND);
    }

    /// Begins an event that is told once.
    private MonitoringEvent begin(Kind kind, String message) {
        long now = clock.epochNanos();
        ids.next(Math.floorDiv(now, NANOS_PER_MILLISECOND));
        return new MonitoringEvent(kind, ids, now, message);
    }

    /// Begins an event with the id that its time and subject have.
    private MonitoringEvent begin(Kind kind, long millis, String subject, String message) {
        long hash = hash(subject);
        ids.ofPlace(millis, hash & 0xFFFF_FFFFL, hash * GOLDEN);
        return new MonitoringEvent(kind, ids, clock.epochNanos(), message);
    }

    /// @return true when the event is durable
    private boolean write(MonitoringEvent event) {
        EventBatch batch = event.batch();
        batch.ledger().add(event.receivedNanos(), event.origin(), BatchLedger.Counter.RECEIVED, "", 1);
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
