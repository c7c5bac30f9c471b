package io.tocsin.correlator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is full while a checkpoint is written costs nothing but the checkpoint: the correlator goes on, says so,
/// and makes one as soon as there is room. The full disk is `/dev/full`.
final class FullDiskTest {
    private static final Path FULL = Path.of("/dev/full");
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final String RULES = """
            kind: rule
            name: twice
            spec:
              type: standard
              description: x
              window: 1h
              selectors: [{ filter: "Name = 'x'", threshold: 2 }]
              identical: [SourceAddress]
              actions: { onEveryThreshold: { alert: true } }
            """;

    @TempDir
    Path folder;

    private final List<String> found = new ArrayList<>();
    private final Input input = new Input();
    private Instant now = Instant.ofEpochSecond(1_700_000_000);

    /// One event a record: two of each address.
    private static final class Input implements CorrelatorInput {
        private int length;
        private int next;
        private int released;

        @Override
        public void seek(byte @Nullable [] position) {
            next = position == null ? 0 : ByteBuffer.wrap(position).getInt();
            assertThat(next).as("what is read again is still there").isGreaterThanOrEqualTo(released);
        }

        @Override
        public byte @Nullable [] next(EventBatch into, Duration wait) {
            if (next == length) {
                return null;
            }
            byte[] raw = {};
            EventBuilder event = into.builder();
            long millis = 1_700_000_000_000L + next * 100L;
            event.begin(EntryOrigin.local("t", "t", ""), 7, next, millis * 1_000_000, next, raw, 0, 0);
            event.setText(Field.SOURCE_ADDRESS, "10.0.0." + next++ / 2);
            event.setText(Field.NAME, "x");
            event.commit();
            return ByteBuffer.allocate(4).putInt(next).array();
        }

        @Override
        public void release(byte[] position) {
            released = ByteBuffer.wrap(position).getInt();
        }
    }

    private final class Output implements CorrelatorOutput {
        private final Event event = new Event();

        @Override
        public long nextSequence() {
            return found.size();
        }

        @Override
        public void append(EventBatch events) {
            for (int i = 0; i < events.count(); i++) {
                found.add(event.moveTo(events, i).text(Field.SOURCE_ADDRESS));
            }
        }

        @Override
        public void sync() {
            // It stays in memory.
        }

        @Override
        public void readIds(long fromSequence, IdConsumer consumer) {
            // The rules are the same all the time.
        }
    }

    @BeforeEach
    void needsADeviceThatIsFull() {
        Assumptions.assumeTrue(Files.isWritable(FULL), "skipped: there is no /dev/full here");
    }

    private CorrelatorRunner process() throws IOException {
        return new CorrelatorRunner(
                RuleLoader.read("rules", RULES, SigmaTaxonomy.schema()).ruleSet(),
                folder,
                input,
                new Output(),
                () -> now,
                INTERVAL,
                Runnable::run);
    }

    /// Takes one more event, when the next checkpoint is due.
    private void event(CorrelatorRunner runner) throws IOException, InterruptedException {
        input.length++;
        now = now.plus(INTERVAL);
        assertThat(runner.step(Duration.ZERO)).isTrue();
        runner.step(Duration.ZERO);
    }

    private void fillDisk(String file) throws IOException {
        Files.createSymbolicLink(folder.resolve(file), FULL);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(each -> String.valueOf(each.getFileName())).sorted().toList();
        }
    }

    private void goesOnWhen(String file) throws IOException, InterruptedException {
        CorrelatorRunner runner = process();
        event(runner);
        event(runner);
        event(runner);
        assertThat(runner.checkpointTrouble()).isNull();
        List<String> before = files();
        int released = input.released;

        fillDisk(file);
        event(runner);

        assertThat(runner.checkpointTrouble()).isNotNull().hasMessageContaining("No space left");
        assertThat(runner.failedCheckpoints()).isEqualTo(1);
        assertThat(found).containsExactly("10.0.0.0", "10.0.0.1");
        assertThat(input.released).as("what the last checkpoint needs").isEqualTo(released);
        Files.deleteIfExists(folder.resolve(file));
        assertThat(files()).as("nothing is left that takes room").isEqualTo(before);

        // It dies with the disk full: what came since is read again, and nothing is told twice.
        CorrelatorRunner second = process();
        event(second);
        assertThat(second.checkpointTrouble()).isNull();
        event(second);
        event(process());
        event(process());
        assertThat(found).containsExactly("10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3");
    }

    @Test
    void goesOnWhenThereIsNoRoomForTheState() throws IOException, InterruptedException {
        goesOnWhen("state-0000000000000004");
    }

    @Test
    void goesOnWhenThereIsNoRoomForTheSmallFile() throws IOException, InterruptedException {
        goesOnWhen("checkpoint.new");
    }

    @Test
    void writesEverythingAgainAsSoonAsThereIsRoom() throws IOException, InterruptedException {
        CorrelatorRunner runner = process();
        event(runner);
        event(runner);
        event(runner);
        fillDisk("checkpoint.new");
        event(runner);
        event(runner);
        assertThat(runner.failedCheckpoints()).isEqualTo(2);
        assertThatThrownBy(runner::checkpoint)
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("no checkpoint could be written", "No space left");
        Files.delete(folder.resolve("checkpoint.new"));

        now = now.plus(INTERVAL);
        runner.step(Duration.ZERO);
        runner.step(Duration.ZERO);

        assertThat(runner.checkpointTrouble()).isNull();
        assertThat(process().step(Duration.ZERO))
                .as("everything is in the checkpoint")
                .isFalse();
        event(process());
        assertThat(found).containsExactly("10.0.0.0", "10.0.0.1", "10.0.0.2");
    }
}
