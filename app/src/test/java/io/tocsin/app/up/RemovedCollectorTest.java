package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Collectors that come and go between two starts over the same data folder.
final class RemovedCollectorTest {
    @TempDir
    Path folder;

    private DurableLog log() {
        return DurableLog.open(folder.resolve("log"), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
    }

    private CollectorSet collectors(String... resources) throws IOException {
        Path shipped = Files.createTempDirectory(folder, "content");
        Files.writeString(shipped.resolve("all.yaml"), String.join("\n---\n", resources));
        Problems problems = new Problems();
        CollectorSet collectors = CollectorSet.read(Resources.load(shipped, null, _ -> null, problems), problems);
        problems.throwIfAny();
        return collectors;
    }

    private String folding(String name) {
        return """
                kind: collector
                name: %s
                spec:
                  connector: { type: file, path: "%s/in.log", pollInterval: 10ms }
                  normalizer: kv
                  destinations: [ storage ]
                  stages:
                    - { type: aggregate, threshold: 1000, lifetime: 1h, identical: [ SourceUserName ] }
                """.formatted(name, folder);
    }

    @Test
    void renamedCollectorLeavesNothingInTheLog() throws Exception {
        Files.writeString(folder.resolve("in.log"), "SourceUserName=a\nSourceUserName=a\nSourceUserName=b\n");
        try (DurableLog log = log();
                CollectorSet first = collectors(folding("first"))) {
            first.open(log, folder.resolve("positions"), SystemClock.process(), _ -> {});
            first.start();
            await().until(() ->
                    first.figures().getFirst().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) == 3);
            first.drain();
            assertThat(log.consumerNames()).containsExactly("held.first");
        }
        try (DurableLog log = log();
                CollectorSet second = collectors(folding("second"))) {
            second.open(log, folder.resolve("positions"), SystemClock.process(), _ -> {});
            assertThat(second.removed()).hasSize(1);
            second.start();
            await().until(() -> !log.consumerNames().contains("held.first"));
            second.drain();
            assertThat(log.consumerNames()).containsExactly("held.second");
        }
        try (DurableLog log = log();
                CollectorSet third = collectors(folding("second"))) {
            third.open(log, folder.resolve("positions"), SystemClock.process(), _ -> {});
            assertThat(third.removed()).isEmpty();
        }
    }

    @Test
    void eventsOfARemovedCollectorGoWhereEventsGoByDefault() throws IOException {
        try (CollectorSet collectors = collectors(folding("known"))) {
            assertThat(collectors.routesTo(CollectorSet.STORAGE)).accepts("known", "removed");
            assertThat(collectors.routesTo(CollectorSet.CORRELATOR))
                    .accepts("removed")
                    .rejects("known");
        }
    }
}
