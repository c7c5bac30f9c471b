package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.pipeline.topology.BufferConfig;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.SyncMode;
import io.tocsin.pipeline.transport.log.WhenFull;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BuffersTest {
    @TempDir
    private Path folder;

    private Path own = Path.of("");
    private Path shipped = Path.of("");

    @BeforeEach
    void makeFolders() throws IOException {
        own = Files.createDirectory(folder.resolve("own"));
        shipped = Files.createDirectory(folder.resolve("shipped"));
    }

    private void write(String spec, int second) throws IOException {
        Path file = own.resolve("buffers.yaml");
        Files.writeString(file, "kind: buffer\nname: events\nspec: " + spec + "\n");
        // Two writes within the resolution of the clock of files would look like one.
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_800_000_000L + second)));
    }

    private Buffers read(Problems problems) {
        Resources resources = Resources.load(shipped, own, _ -> null, problems);
        return Buffers.read(resources, 4096, EventIntake.MAX_RECORD_BYTES, problems);
    }

    @Test
    void readsSettingsAndKeepsDefaultsForTheRest() throws IOException {
        write("{ durability: each, maxAge: 3d, whenFull: { tcp: drop-oldest } }", 0);
        Problems problems = new Problems();
        Buffers buffers = read(problems);
        problems.throwIfAny();
        BufferConfig config = buffers.config(Buffers.EVENTS);
        assertThat(config.options().sync()).isEqualTo(SyncMode.EACH);
        assertThat(config.options().maxAge()).isEqualTo(Duration.ofDays(3));
        assertThat(config.options().maxBytes()).isEqualTo(10L << 30);
        assertThat(config.options().reserveBytes()).isEqualTo(4096);
        assertThat(config.policy("any", "tcp")).isEqualTo(WhenFull.DROP_OLDEST);
        assertThat(buffers.config(Buffers.CORRELATIONS).options().sync()).isEqualTo(SyncMode.GROUP);
    }

    @Test
    void namesWhatIsWrong() throws IOException {
        write("{ durability: sometimes }", 0);
        Files.writeString(
                own.resolve("other.yaml"), "kind: buffer\nname: evnts\nspec: { maxSize: 1MiB, segmentSize: 1GiB }\n");
        Problems problems = new Problems();
        Buffers ignored = read(problems);
        assertThat(problems.toString()).contains("sometimes", "evnts", "hold two segments");
    }

    @Test
    void changesTakeEffectWithoutARestartAndWrongOnesDoNot() throws Exception {
        write("{ maxSize: 1GiB }", 0);
        Problems problems = new Problems();
        Buffers buffers = read(problems);
        problems.throwIfAny();
        try (DurableLog log = DurableLog.open(
                        folder.resolve("log"), buffers.config(Buffers.EVENTS).options(), SystemClock.process());
                ResourceWatch _ = ResourceWatch.start(
                        own,
                        problem -> Resources.load(shipped, own, _ -> null, problem),
                        List.of(buffers),
                        Duration.ofMillis(250))) {
            buffers.follow(Buffers.EVENTS, log, List::of);
            write("{ maxSize: 2GiB, durability: os }", 1);
            await().atMost(Duration.ofSeconds(20)).until(() -> log.options().maxBytes() == 2L << 30);
            assertThat(log.options().sync()).isEqualTo(SyncMode.OS);
            write("{ maxSize: 3GiB, durability: never }", 2);
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> log.options().maxBytes() == 2L << 30);
            write("{ maxSize: 4GiB }", 3);
            await().atMost(Duration.ofSeconds(20)).until(() -> log.options().maxBytes() == 4L << 30);
            assertThat(log.options().sync()).isEqualTo(SyncMode.GROUP);
        }
    }
}
