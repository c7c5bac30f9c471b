package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.core.service.ServiceState;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import io.tocsin.pipeline.destination.DestinationFigures;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A destination that is taken out of the resources while events wait for it.
final class RemovedDestinationTest {
    private static final int EVENTS = 200;

    @TempDir
    private Path folder;

    private DestinationSet start(DurableLog log, String... files) throws IOException {
        Path own = Files.createTempDirectory(folder, "own");
        for (String file : files) {
            Files.writeString(own.resolve("destinations.yaml"), file);
        }
        Problems problems = new Problems();
        Resources resources = Resources.load(Files.createTempDirectory(folder, "content"), own, _ -> null, problems);
        DestinationSet set = DestinationSet.read(resources, problems);
        problems.throwIfAny();
        set.start(log, _ -> true, _ -> new RecordRouting(_ -> true, true), folder.resolve("dead-letters"), "secret");
        return set;
    }

    private DurableLog open() {
        return DurableLog.open(
                folder.resolve("log"),
                LogOptions.defaults()
                        .withReserveBytes(0)
                        .withMaxRecordBytes(16 << 10)
                        .withSizes(64 << 10, 64 << 20),
                SystemClock.process());
    }

    /// Writes records of an event each that cannot be made shorter.
    private static void append(DurableLog log, int records) throws InterruptedException {
        BatchEncoder encoder = new BatchEncoder();
        EntryOrigin origin = EntryOrigin.local("syslog", "tcp", "");
        byte[] raw = new byte[1024];
        RandomGenerator random = new SplittableRandom(1);
        for (int i = 1; i <= records; i++) {
            random.nextBytes(raw);
            EventBatch batch = new EventBatch();
            EventBuilder event = batch.builder();
            event.begin(origin, 1, i, 1_800_000_000_000_000_000L, i, raw, 0, raw.length);
            event.setText(Field.MESSAGE, HexFormat.of().formatHex(raw));
            event.commit();
            int length = encoder.encode(batch, "syslog");
            log.append(encoder.buffer(), 0, length, 1, Duration.ofSeconds(10));
        }
    }

    private static boolean holds(DurableLog log, String text) throws InterruptedException {
        try (LogReader reader = log.reader(log.start())) {
            for (LogRecord found : reader.poll(10_000, 64 << 20, Duration.ZERO)) {
                EventBatch batch = new EventBatch();
                new BatchDecoder().decode(found.payload(), 0, found.payload().length, batch);
                Event event = new Event();
                event.moveTo(batch, 0);
                if (new EventJson().toText(event).contains(text)) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    void keepsItsPlaceLoudlyUntilItIsForgotten() throws Exception {
        try (DurableLog log = open()) {
            try (DestinationSet set = start(log, """
                    kind: destination
                    name: siem
                    spec: { type: tcp, urls: [ "127.0.0.1:1" ] }
                    """)) {
                append(log, EVENTS);
                assertThat(set.figures())
                        .singleElement()
                        .extracting(DestinationFigures::name)
                        .isEqualTo("siem");
            }
            long before = log.start().recordIndex();
            try (DestinationSet set = start(log);
                    LogConsumer other = log.consumer("other")) {
                await().until(() -> holds(log, "destination-removed"));
                other.commit(log.end());
                assertThat(log.start().recordIndex()).as("nothing is let go").isEqualTo(before);
                List<DestinationFigures> figures = set.figures();
                assertThat(figures).singleElement().satisfies(siem -> {
                    assertThat(siem.name()).isEqualTo("siem");
                    assertThat(siem.backlogEvents()).isGreaterThanOrEqualTo(EVENTS);
                    assertThat(siem.backlogBytes()).isPositive();
                });
                ServiceState state = DestinationSet.state(figures.getFirst(), 0, "test");
                assertThat(state.status()).isEqualTo(ServiceState.Status.DOWN);
                assertThat(state.detail()).contains("log forget", "destination.siem");
                assertThat(set.metrics()).contains("tocsin_destination_backlog_bytes{destination=\"siem\"}");
            }
            log.forget("destination.siem");
            assertThat(log.start().recordIndex())
                    .as("what only it held is free")
                    .isGreaterThan(before);
            try (DestinationSet set = start(log)) {
                assertThat(set.figures()).isEmpty();
            }
        }
    }

    @Test
    void goesOnWhereItWasWhenItIsBroughtBack() throws Exception {
        String resource = """
                kind: destination
                name: archive
                spec: { type: file, path: "%s", temporary: "%s", fileAge: 1s }
                """.formatted(folder.resolve("archive"), folder.resolve("unfinished"));
        try (DurableLog log = open()) {
            start(log, resource.replace("fileAge", "enabled: true, fileAge")).close();
            append(log, 1);
            start(log).close();
            try (DestinationSet set = start(log, resource)) {
                await().until(() -> set.figures().getFirst().deliveredEvents() >= 1);
                assertThat(set.figures().getFirst().lostEvents()).isZero();
            }
        }
    }
}
