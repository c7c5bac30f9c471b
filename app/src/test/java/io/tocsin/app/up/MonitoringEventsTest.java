package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.Tables;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.kafka.TopicSettings;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MonitoringEventsTest {
    private static final long MINUTE = 1_800_000_000_000L;

    @TempDir
    private Path folder;

    @Test
    void aGapIsAnEventOfTypeFiveThatIsCountedAndHasTheSameIdentifierWhenToldAgain() throws Exception {
        List<String> ids = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            new MonitoringEvents(log, SystemClock.process()).gap(MINUTE, "syslog", "10.0.0.1", 3);
            new MonitoringEvents(log, SystemClock.process()).gap(MINUTE, "syslog", "10.0.0.1", 3);
            new MonitoringEvents(log, SystemClock.process()).gap(MINUTE, "syslog", "10.0.0.2", -1);
            log.awaitSynced(log.end(), Duration.ofSeconds(10));
            assertThat(log.end().sequence()).isEqualTo(3);
            try (LogReader reader = log.reader(log.start())) {
                for (LogRecord logged : reader.poll(10, 1 << 20, Duration.ofSeconds(10))) {
                    BatchHeader header = BatchHeader.read(logged.payload(), 0, logged.payload().length);
                    assertThat(header.route()).isEqualTo("monitoring");
                    assertThat(header.ledger()).singleElement().satisfies(entry -> {
                        assertThat(entry.counter()).isEqualTo(BatchLedger.Counter.RECEIVED);
                        assertThat(entry.value()).isEqualTo(1);
                    });
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(logged.payload(), 0, logged.payload().length, batch);
                    Event event = new Event();
                    event.moveTo(batch, 0);
                    ids.add(event.idHigh() + " " + event.idLow());
                    texts.add(new EventJson().toText(event));
                }
            }
        }
        assertThat(ids).hasSize(3);
        assertThat(ids.get(1)).isEqualTo(ids.getFirst()).isNotEqualTo(ids.getLast());
        assertThat(texts.getFirst())
                .contains("\"Type\":5", "ledger-gap", "10.0.0.1")
                .contains("3 events that were received are neither stored nor accounted for");
        assertThat(texts.getLast()).contains("1 events are stored that were not received");
    }

    @Test
    void aStepOfTheClockIsAnEventThatSaysHowFar() throws Exception {
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            new MonitoringEvents(log, SystemClock.process())
                    .clockStepped(-3_600_000_000_000L, Duration.ofMinutes(59).toNanos());
            try (LogReader reader = log.reader(log.start())) {
                LogRecord logged =
                        reader.poll(1, 1 << 20, Duration.ofSeconds(10)).getFirst();
                EventBatch batch = new EventBatch();
                new BatchDecoder().decode(logged.payload(), 0, logged.payload().length, batch);
                Event event = new Event();
                event.moveTo(batch, 0);
                assertThat(new EventJson().toText(event))
                        .contains("\"Type\":5", "clock-step", "back by 3600.0 s", "3540.0 s ahead")
                        .contains("\"DeviceCustomNumber1\":-3600000");
            }
        }
    }

    @Test
    void aListThatLosesRecordsRaisesTheAlarmOnceInTenMinutesWithWhatWasLostSince() throws Exception {
        TableDefinition list = new TableDefinition("seen", TableDefinition.Kind.ACTIVE_LIST, "", 0, 100, List.of());
        AtomicLong now = new AtomicLong(MINUTE);
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            FullTableAlarm alarm = new FullTableAlarm(
                    new MonitoringEvents(log, SystemClock.process()), () -> Instant.ofEpochMilli(now.get()));
            alarm.accept(List.of(new Tables.Figures(list, 100, 30_000, 5, 0, 0, null)));
            Awaitility.await().until(() -> log.end().sequence() == 1);
            now.addAndGet(60_000);
            alarm.accept(List.of(new Tables.Figures(list, 100, 30_000, 9, 0, 0, null)));
            now.addAndGet(600_000);
            alarm.accept(List.of(new Tables.Figures(list, 100, 30_000, 12, 0, 0, null)));
            Awaitility.await().until(() -> log.end().sequence() == 2);
            log.awaitSynced(log.end(), Duration.ofSeconds(10));
            List<String> texts = new ArrayList<>();
            try (LogReader reader = log.reader(log.start())) {
                for (LogRecord logged : reader.poll(10, 1 << 20, Duration.ofSeconds(10))) {
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(logged.payload(), 0, logged.payload().length, batch);
                    texts.add(new EventJson().toText(new Event().moveTo(batch, 0)));
                }
            }
            assertThat(texts).hasSize(2).allMatch(text -> text.contains("\"Type\":5") && text.contains("table-full"));
            assertThat(texts.getFirst()).contains("list seen lost the 5 records", "raise maximumRecords");
            assertThat(texts.getLast()).contains("list seen lost the 7 records");
        }
    }

    private static RuleStatistics shedding(long evictedKeys, long settledEarly, long unlooped) {
        return new RuleStatistics("brute-force", 3, MINUTE, 100, 30_000, evictedKeys, 8, settledEarly, 2, unlooped, 0);
    }

    @Test
    void aRuleThatShedsRaisesTheAlarmOnceInTenMinutesWithWhatItShedSince() throws Exception {
        AtomicLong now = new AtomicLong(MINUTE);
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            SheddingAlarm alarm = new SheddingAlarm(
                    new MonitoringEvents(log, SystemClock.process()), () -> Instant.ofEpochMilli(now.get()));
            alarm.accept(List.of(shedding(5, 0, 0)));
            Awaitility.await().until(() -> log.end().sequence() == 1);
            now.addAndGet(60_000);
            alarm.accept(List.of(shedding(9, 1, 0)));
            now.addAndGet(600_000);
            alarm.accept(List.of(shedding(12, 2, 40)));
            Awaitility.await().until(() -> log.end().sequence() == 2);
            log.awaitSynced(log.end(), Duration.ofSeconds(10));
            List<String> texts = new ArrayList<>();
            try (LogReader reader = log.reader(log.start())) {
                for (LogRecord logged : reader.poll(10, 1 << 20, Duration.ofSeconds(10))) {
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(logged.payload(), 0, logged.payload().length, batch);
                    texts.add(new EventJson().toText(new Event().moveTo(batch, 0)));
                }
            }
            assertThat(texts).hasSize(2).allMatch(text -> text.contains("\"Type\":5") && text.contains("rule-shed"));
            assertThat(texts.getFirst()).contains("brute-force forgot 5 keys", "early 0 times", "not show 0 findings");
            assertThat(texts.getLast()).contains("brute-force forgot 7 keys", "early 2 times", "not show 40 findings");
        }
    }

    @Test
    void whatRulesShedIsAddedUpAmongTheMetrics() {
        String text = new RuleCounters(List.of(shedding(5, 1, 0), shedding(7, 0, 40)), false, 3).text();
        assertThat(text)
                .contains("tocsin_correlator_up 0\n")
                .contains("tocsin_correlator_failed_checkpoints_total 3\n")
                .contains("tocsin_correlator_keys 200\n")
                .contains("tocsin_correlator_held_bytes 60000\n")
                .contains("tocsin_correlator_evicted_keys_total 12\n")
                .contains("tocsin_correlator_settled_early_total 1\n")
                .contains("tocsin_correlator_late_events_total 16\n")
                .contains("tocsin_correlator_rate_limited_total 4\n")
                .contains("tocsin_correlator_unlooped_total 40\n");
    }

    @Test
    void aTopicThatMayLoseEventsAndUnreadRecordsNearDeletionAreEventsThatSayWhatToDo() throws Exception {
        TopicSettings topic = new TopicSettings("site", 3, 1, false, 3_600_000, 0);
        List<String> texts = new ArrayList<>();
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            MonitoringEvents events = new MonitoringEvents(log, SystemClock.process());
            assertThat(events.topicUnsafe(KafkaUse.Role.DESTINATION, "out", topic, "set it to 2"))
                    .isTrue();
            assertThat(events.unreadNearDeletion("forwarder", topic, 1234, 0.71, "soon"))
                    .isTrue();
            assertThat(events.unreadNearDeletion("forwarder", topic, 5678, 0.93, "very soon"))
                    .isTrue();
            try (LogReader reader = log.reader(log.start())) {
                for (LogRecord logged : reader.poll(10, 1 << 20, Duration.ofSeconds(10))) {
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(logged.payload(), 0, logged.payload().length, batch);
                    texts.add(new EventJson().toText(new Event().moveTo(batch, 0)));
                }
            }
        }
        assertThat(texts)
                .hasSize(3)
                .allMatch(text -> text.contains("\"Type\":5") && text.contains("\"DeviceCustomString2\":\"site\""));
        assertThat(texts.getFirst()).contains("kafka-topic-unsafe", "\"Priority\":3", "set it to 2");
        assertThat(texts.get(1))
                .contains("kafka-unread-near-deletion", "\"Priority\":3", "\"soon\"", "\"DeviceCustomNumber2\":71");
        assertThat(texts.getLast()).contains("kafka-unread-near-deletion", "\"Priority\":4", "very soon", "5678");
    }
}
