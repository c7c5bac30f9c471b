package io.tocsin.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.InputFormat;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.detect.RuleCoverage;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.event.EventBatch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The shipped mappings of Sigma's fields and log sources meet what the shipped normalizers make of real events.
final class SigmaSourcesTest {
    private static final Path CONTENT = Path.of("..", "content");

    private static Map<String, String> logsources = Map.of();

    /// Their log sources are read once for both tests.
    private static LoadedRules rules() throws IOException {
        LoadedRules loaded = PublicRules.loaded(false);
        if (logsources.isEmpty()) {
            logsources = logsources(loaded.rules());
        }
        return loaded;
    }

    @AfterAll
    static void forget() {
        logsources = Map.of();
    }

    /// `product/category/service` of a rule's log source, by its id.
    private static Map<String, String> logsources(List<Rule> rules) {
        Map<String, String> logsources = new TreeMap<>();
        for (Rule rule : rules) {
            for (ConfigNode node : YamlReader.readAll(Path.of(rule.position().source()), new Problems())) {
                if (node instanceof ConfigNode.Mapping document
                        && rule.id().equals(document.text("id"))
                        && document.get("logsource") instanceof ConfigNode.Mapping said) {
                    logsources.put(
                            rule.id(),
                            Objects.toString(said.text("product"), "") + "/"
                                    + Objects.toString(said.text("category"), "") + "/"
                                    + Objects.toString(said.text("service"), ""));
                }
            }
        }
        return logsources;
    }

    /// An attack is found as Sigma's own names tell of it and as our normalizers do, by the same rules.
    @Test
    void findsTheSameInNormalizedEventsAsInRawOnes() throws IOException {
        LoadedRules ruleSet = rules();
        LoadedRules rawRules = PublicRules.loaded(true);
        Normalization normalization = Normalization.of(CONTENT);
        List<String> wrong = new ArrayList<>();
        Set<String> normalized = new LinkedHashSet<>();
        Detector ours = new Detector(ruleSet.ruleSet(), found -> normalized.add(found.rule()));
        Set<String> raw = new LinkedHashSet<>();
        Detector theirs = new Detector(rawRules.ruleSet(), found -> raw.add(found.rule()));
        for (SigmaAttack attack : SigmaAttack.all()) {
            normalized.clear();
            raw.clear();
            new SigmaSamples(PublicRules.data(), normalization, ours::process).attack(attack);
            theirs.process(raw(attack));
            normalized.removeIf(rule -> !attack.logsource().equals(logsources.get(rule)));
            raw.removeIf(rule -> !attack.logsource().equals(logsources.get(rule)));
            Set<String> wanted = new TreeSet<>(attack.fires());
            wanted.removeAll(normalized);
            Set<String> onlyNormalized = new TreeSet<>(normalized);
            onlyNormalized.removeAll(raw);
            onlyNormalized.removeAll(attack.normalizedOnly());
            Set<String> onlyRaw = new TreeSet<>(raw);
            onlyRaw.removeAll(normalized);
            if (!wanted.isEmpty() || !onlyNormalized.isEmpty() || !onlyRaw.isEmpty() || normalized.isEmpty()) {
                wrong.add(attack.name() + ": missing " + wanted + ", only normalized " + onlyNormalized + ", only raw "
                        + onlyRaw + ", both " + normalized);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static EventBatch raw(SigmaAttack attack) throws IOException {
        EventBatch batch = new EventBatch();
        EventFiles reader = new EventFiles(InputFormat.raw_json, new EventFiles.Receiver() {
            @Override
            public EventBatch begin(String file, int line, long timeMillis, byte[] raw) {
                Detector.begin(batch, line, EventFiles.origin(file), Math.max(0, timeMillis), raw, 0, raw.length);
                return batch;
            }

            @Override
            public void end() {
                batch.builder().commit();
            }

            @Override
            public void unreadable(String file, int line, String reason) {
                throw new AssertionError(attack.name() + ": " + reason);
            }
        });
        String text = attack.raw().isEmpty() ? attack.text() : Normalization.JSON.writeValueAsString(attack.raw());
        reader.read(attack.name(), new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        return batch;
    }

    /// Of each log source: how many of its rules can fire on what was recorded or written for this test, and what the
    /// others lack. Those that lack something are listed with the reason, and only those.
    @Test
    void rulesThatCannotFireOnNormalizedEventsAreListedWithTheReason() throws IOException {
        LoadedRules loaded = rules();
        RuleCoverage coverage = new RuleCoverage(loaded.rules());
        SigmaSamples samples = new SigmaSamples(PublicRules.data(), Normalization.of(CONTENT), coverage::observe);
        samples.recorded();
        SigmaAttack.all().forEach(samples::attack);
        SortedMap<String, Integer> lacking = new TreeMap<>();
        SortedMap<String, int[]> counts = new TreeMap<>();
        for (RuleCoverage.Row row : coverage.rows()) {
            String logsource = logsources.getOrDefault(row.rule().id(), "//");
            counts.computeIfAbsent(logsource, absent -> new int[3])[row.state().ordinal()]++;
            if (row.state() != RuleCoverage.State.CAN_FIRE) {
                String state = row.state().text() + " " + String.join(", ", row.missing());
                lacking.merge(logsource + "\t" + state.strip(), 1, Integer::sum);
            }
        }
        System.out.println("rules that can fire, are starved, have a silent source:");
        counts.forEach((logsource, count) ->
                System.out.printf("%-50s %5d %5d %5d%n", logsource, count[0], count[1], count[2]));
        List<String> found = new ArrayList<>();
        lacking.forEach((state, number) -> found.add(state + "\t" + number));
        assertThat(found).containsExactlyInAnyOrderElementsOf(reviewed());
    }

    /// The lines of the reviewed list, without the reasons.
    private static List<String> reviewed() throws IOException {
        try (var in = Objects.requireNonNull(SigmaSourcesTest.class.getResourceAsStream("sigma-starved-rules.tsv"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.substring(0, line.lastIndexOf('\t')))
                    .toList();
        }
    }
}
