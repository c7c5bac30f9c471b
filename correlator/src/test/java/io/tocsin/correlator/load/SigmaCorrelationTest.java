package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.engine.Hit;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Sigma correlation rules: public cases with what must fire at each step, and what the specification
/// leaves to us.
class SigmaCorrelationTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    /// Runs rules over events and says how many new findings of correlation rules each event made.
    ///
    /// Thread-safety: one thread.
    private static final class Run {
        private final Engine engine;
        private final Set<String> correlations = new HashSet<>();
        private final Correlations out = new Correlations();
        private long number;

        Run(String rules) {
            LoadedRules loaded = RuleLoader.read("rules", rules, SigmaTaxonomy.raw());
            assertThat(loaded.failures()).isEmpty();
            loaded.rules().stream()
                    .filter(rule -> rule.kind() instanceof RuleKind.Sliding)
                    .forEach(rule -> correlations.add(rule.id()));
            engine = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
        }

        List<Hit> event(long seconds, String... namesAndValues) {
            EventBatch batch = new EventBatch();
            EventBuilder builder = batch.builder();
            builder.begin(ORIGIN, 7, number++, seconds * 1_000_000_000L, 0, new byte[0], 0, 0);
            for (int i = 0; i < namesAndValues.length; i += 2) {
                byte[] key = namesAndValues[i].getBytes(StandardCharsets.UTF_8);
                byte[] value = namesAndValues[i + 1].getBytes(StandardCharsets.UTF_8);
                int keyAt = builder.append(key, 0, key.length);
                int valueAt = builder.append(value, 0, value.length);
                builder.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, valueAt, value.length);
            }
            builder.commit();
            out.clear();
            engine.process(batch, out);
            return out.hits().stream()
                    .filter(hit -> hit.change() == Hit.Change.NEW && correlations.contains(hit.ruleId()))
                    .toList();
        }
    }

    private static Path cases() {
        Path folder = PublicRules.folder().resolve("correlation");
        assumeTrue(Files.isDirectory(folder), "no correlation cases below " + folder + "; set TOCSIN_TEST_DATA");
        return folder;
    }

    @Test
    void firesAtEachStepOfThePublicCasesAsTheySay() throws IOException {
        Path file = cases().resolve("rsigma-correlation-cases.json");
        ConfigNode all = YamlReader.readAll(file, new Problems()).getFirst();
        int steps = 0;
        int asserted = 0;
        List<String> wrong = new ArrayList<>();
        for (ConfigNode node : ((ConfigNode.Sequence) all).items()) {
            ConfigNode.Mapping each = (ConfigNode.Mapping) node;
            Run run = new Run(String.valueOf(each.text("rules_yaml")));
            int index = 0;
            for (ConfigNode stepNode :
                    ((ConfigNode.Sequence) java.util.Objects.requireNonNull(each.get("steps"))).items()) {
                ConfigNode.Mapping step = (ConfigNode.Mapping) stepNode;
                List<String> values = new ArrayList<>();
                ((ConfigNode.Mapping) java.util.Objects.requireNonNull(step.get("event")))
                        .entries()
                        .forEach(entry -> {
                            values.add(entry.name());
                            values.add(((ConfigNode.Scalar) entry.value()).text());
                        });
                List<Hit> hits =
                        run.event(Long.parseLong(String.valueOf(step.text("t"))), values.toArray(String[]::new));
                String expected = step.text("correlations");
                steps++;
                boolean fits = expected == null
                        || (expected.equals(">=1") ? !hits.isEmpty() : hits.size() == Integer.parseInt(expected));
                asserted += expected == null ? 0 : 1;
                String value = step.text("value");
                if (value != null) {
                    fits &= hits.getFirst().summary().contains(value);
                }
                if (!fits) {
                    wrong.add(each.text("case") + " step " + index + ": expected " + expected + ", found " + hits);
                }
                index++;
            }
        }
        System.out.println("correlation steps: " + steps + ", asserted: " + asserted + ", wrong: " + wrong);
        assertThat(wrong).isEmpty();
        assertThat(steps).isGreaterThanOrEqualTo(41);
    }

    @Test
    void chainedCorrelationFiresAsTheSpecificationSays() throws IOException {
        Path file = cases().resolve("rsigma-correlation-cases.json");
        ConfigNode all = YamlReader.readAll(file, new Problems()).getFirst();
        for (ConfigNode node : ((ConfigNode.Sequence) all).items()) {
            ConfigNode.Mapping each = (ConfigNode.Mapping) node;
            if ("chaining_event_count_to_temporal".equals(each.text("case"))) {
                Run run = new Run(String.valueOf(each.text("rules_yaml")));
                for (int t = 1000; t < 1003; t++) {
                    run.event(t, "EventType", "failed_login", "User", "victim");
                }
                List<Hit> hits = run.event(1030, "EventType", "success_login", "User", "victim");
                assertThat(hits).extracting(Hit::ruleName).containsExactly("Brute Force Followed by Login");
                assertThat(hits.getFirst().groupValues()).containsExactly("victim");
                return;
            }
        }
        throw new AssertionError("the case is gone");
    }

    @Test
    void readsEveryPublicCorrelationRule() throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.list(cases().resolve("rules-only"))) {
            files = walk.sorted().toList();
        }
        List<String> refused = new ArrayList<>();
        for (Path file : files) {
            RuleLoader.load(List.of(file), SigmaTaxonomy.raw()).failures().stream()
                    .filter(failure -> !failure.reason().startsWith("rule is not there")
                            && !failure.reason().startsWith("rule cannot be used itself")
                            && !failure.reason().startsWith("correlation rules speak of each other in a circle"))
                    .forEach(failure -> refused.add(failure.toString()));
        }
        assertThat(refused).isEmpty();
        assertThat(files).hasSize(33);
    }
}
