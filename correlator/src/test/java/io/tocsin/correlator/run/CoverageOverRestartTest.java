package io.tocsin.correlator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.detect.RuleCoverage;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whether rules can fire, as it is known over the life of processes.
final class CoverageOverRestartTest {
    private static final String RULES = """
            kind: rule
            name: works
            spec: { type: simple, description: x, selectors: [{ filter: "DeviceProduct = 'sshd' and Name = 'a'" }] }
            ---
            kind: rule
            name: starved
            spec: { type: simple, description: x, selectors: [{ filter: "DeviceProduct = 'sshd' and FileHash = 'a'" }] }
            ---
            kind: rule
            name: silent
            spec: { type: simple, description: x, selectors: [{ filter: "DeviceProduct = 'nginx' and Name = 'a'" }] }
            """;
    private static final Duration NEVER = Duration.ofDays(1);

    /// One event a record, in memory; each process reads from where its checkpoint says.
    private static final class Input implements CorrelatorInput {
        private final List<String> products = new ArrayList<>();
        private int next;

        @Override
        public void seek(byte @Nullable [] position) {
            next = position == null ? 0 : ByteBuffer.wrap(position).getInt();
        }

        @Override
        public byte @Nullable [] next(EventBatch into, Duration wait) {
            if (next == products.size()) {
                return null;
            }
            byte[] raw = {};
            EventBuilder event = into.builder();
            event.begin(EntryOrigin.local("t", "t", ""), 7, next, 1_000_000_000L * (next + 1), next, raw, 0, 0);
            event.setText(Field.DEVICE_PRODUCT, products.get(next++));
            event.setText(Field.NAME, "x");
            event.commit();
            return ByteBuffer.allocate(4).putInt(next).array();
        }

        @Override
        public void release(byte[] position) {
            // All of it stays.
        }
    }

    private static final class Output implements CorrelatorOutput {
        @Override
        public long nextSequence() {
            return 0;
        }

        @Override
        public void append(EventBatch events) {
            throw new AssertionError("nothing is found here");
        }

        @Override
        public void sync() {
            // Nothing is held back.
        }

        @Override
        public void readIds(long fromSequence, IdConsumer consumer) {
            // Nothing was ever found.
        }
    }

    private final Input input = new Input();

    private CorrelatorRunner process(Path folder, String rules) throws IOException {
        RuleSet read =
                RuleLoader.read("rules.yaml", rules, SigmaTaxonomy.schema()).ruleSet();
        return new CorrelatorRunner(read, folder, input, new Output(), InstantSource.system(), NEVER);
    }

    private static void work(CorrelatorRunner runner) throws IOException, InterruptedException {
        while (runner.step(Duration.ZERO)) {
            // Until everything is read.
        }
    }

    private static List<String> states(CorrelatorRunner runner) {
        return runner.coverage().rows().stream()
                .map(row -> row.rule().id() + ": " + row.state().text() + ", " + row.sourceEvents())
                .toList();
    }

    @Test
    void survivesTheEndOfTheProcessAndItsDeath(@TempDir Path folder) throws IOException, InterruptedException {
        CorrelatorRunner first = process(folder, RULES);
        assertThat(states(first)).allMatch(state -> state.contains("source silent, 0"));
        input.products.addAll(List.of("sshd", "other", "sshd"));
        work(first);
        first.checkpoint();
        assertThat(states(process(folder, RULES)))
                .containsExactly("works: can fire, 2", "starved: starved, 2", "silent: source silent, 0");

        // What it read after its last checkpoint is read, and looked at, again.
        input.products.addAll(List.of("sshd", "nginx"));
        work(first);
        CorrelatorRunner second = process(folder, RULES);
        work(second);
        second.checkpoint();
        CorrelatorRunner.Coverage seen = process(folder, RULES).coverage();
        assertThat(seen.rows()).extracting(RuleCoverage.Row::sourceEvents).containsExactly(3L, 3L, 1L);
        assertThat(seen.observedEvents()).isEqualTo(5);
        assertThat(seen.events()).isEqualTo(5);
        assertThat(seen.rows().getFirst().lastSourceMillis()).isEqualTo(4_000);
    }

    @Test
    void survivesAChangeOfOtherRulesMeanwhile(@TempDir Path folder) throws IOException, InterruptedException {
        CorrelatorRunner first = process(folder, RULES);
        input.products.addAll(List.of("sshd", "nginx"));
        work(first);
        first.checkpoint();
        CorrelatorRunner next = process(folder, RULES.replace("DeviceProduct = 'nginx'", "DeviceProduct = 'apache'"));
        assertThat(states(next))
                .containsExactly("works: can fire, 1", "starved: starved, 1", "silent: source silent, 0");
        input.products.add("sshd");
        work(next);
        next.checkpoint();
        assertThat(states(process(folder, RULES)))
                .containsExactly("works: can fire, 2", "starved: starved, 2", "silent: source silent, 0");
    }

    @Test
    void beginsAfreshAndWorksWhenEverythingSavedIsGone(@TempDir Path folder) throws IOException, InterruptedException {
        CorrelatorRunner first = process(folder, RULES);
        input.products.add("sshd");
        work(first);
        first.checkpoint();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        CorrelatorRunner next = process(folder, RULES);
        assertThat(states(next)).allMatch(state -> state.contains("source silent, 0"));
        work(next);
        next.checkpoint();
        assertThat(states(process(folder, RULES))).first().isEqualTo("works: can fire, 1");
    }
}
