package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
}
