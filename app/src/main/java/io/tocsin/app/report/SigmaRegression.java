package io.tocsin.app.report;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.InputFormat;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Events that must make a rule fire, as their authors say: taken as they are, or made into ours by the shipped
/// normalizer first.
///
/// Thread-safety: one thread.
final class SigmaRegression implements DataSet {
    private final String name;
    private final String suffix;
    private final @Nullable String normalizer;
    private final SigmaRules rules;
    /// Other rules that fired, by the rule that should: for whoever reviews them.
    private final SortedMap<String, SortedSet<String>> others = new TreeMap<>();

    /// How many events of a file its rule does not fire on, by the rule: what was recorded with what it is about.
    private final SortedMap<String, Integer> silent = new TreeMap<>();
    private int events;

    /// @param suffix of the files with events, `.json` or `.xml`
    /// @param normalizer that makes our events of them; null to take Sigma's own field names
    SigmaRegression(String name, String suffix, @Nullable String normalizer, SigmaRules rules) {
        this.name = name;
        this.suffix = suffix;
        this.normalizer = normalizer;
        this.rules = rules;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String folder() {
        return "sigma/regression";
    }

    @Override
    public String passes() {
        return (normalizer == null ? "an event" : "an event, normalized,")
                + " makes the rule fire that it was recorded for";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    /// Identifiers of other rules that fired on the events of a rule, after [#run].
    SortedMap<String, SortedSet<String>> others() {
        return others;
    }

    /// Number of events of each rule on which it does not fire, after [#run]; rules that fire on all are left out.
    SortedMap<String, Integer> silent() {
        return silent;
    }

    /// Number of all events, after [#run].
    int events() {
        return events;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        Run run = new Run(folder.resolveSibling("rules"), normalization);
        for (Path info : DataFiles.below(folder)) {
            if (!info.endsWith("info.yml")) {
                continue;
            }
            ConfigNode.Mapping said = (ConfigNode.Mapping)
                    YamlReader.readAll(info, new Problems()).getFirst();
            String rule = said.get("rule_metadata") instanceof ConfigNode.Sequence list
                    ? String.valueOf(((ConfigNode.Mapping) list.items().getFirst()).text("id"))
                    : "";
            int expected = expected(said);
            run.begin(rule);
            for (Path file : DataFiles.below(info.resolveSibling(""))) {
                if (file.toString().endsWith(suffix)) {
                    run.reader.read(file);
                }
            }
            // Without a number every event of the file must be found, where the file holds nothing else.
            int wanted = expected > 0 ? expected : Math.max(1, run.fired);
            List<String> missing = run.fired >= wanted
                    ? List.of()
                    : List.of("events found: " + run.fired + " of " + wanted + " among " + run.events);
            tally.add(
                    folder.relativize(info.getParent()) + " " + rule, wanted, Math.max(0, wanted - run.fired), missing);
            events += run.events;
            if (run.events > run.fired) {
                silent.put(rule, run.events - run.fired);
            }
            others.computeIfAbsent(rule, absent -> new TreeSet<>()).addAll(run.others);
        }
    }

    private static int expected(ConfigNode.Mapping said) {
        int expected = 0;
        if (said.get("regression_tests_info") instanceof ConfigNode.Sequence tests) {
            for (ConfigNode test : tests.items()) {
                String count = test instanceof ConfigNode.Mapping mapping ? mapping.text("match_count") : null;
                expected += count == null ? 0 : Integer.parseInt(count);
            }
        }
        return expected;
    }

    /// Thread-safety: one thread.
    private final class Run implements EventFiles.Receiver {
        private final EventFiles reader = new EventFiles(InputFormat.winevent, this);
        private final List<Detection> found = new ArrayList<>();
        private final Detector detector;
        private final EventBatch batch = new EventBatch();
        private final EventBatch unused = new EventBatch();
        private final Normalization.@Nullable Stream stream;
        private final Set<String> others = new TreeSet<>();
        private String rule = "";
        private byte[] raw = {};
        private int events;
        private int fired;

        Run(Path folder, Normalization normalization) throws IOException {
            detector = rules.detector(folder, normalizer == null, found::add);
            stream = normalizer == null ? null : normalization.freshStream(normalizer);
        }

        void begin(String wanted) {
            rule = wanted;
            events = 0;
            fired = 0;
            others.clear();
        }

        @Override
        public EventBatch begin(String file, int line, long timeMillis, byte[] text) {
            raw = text;
            events++;
            if (stream != null) {
                unused.clear();
                detector.begin(unused, EventFiles.origin(file), Math.max(0, timeMillis), text, 0, 0);
                return unused;
            }
            batch.clear();
            detector.begin(batch, EventFiles.origin(file), Math.max(0, timeMillis), text, 0, text.length);
            return batch;
        }

        @Override
        public void end() {
            found.clear();
            Normalization.Stream normalizing = stream;
            if (normalizing == null) {
                batch.builder().commit();
                detector.process(batch);
            } else {
                unused.builder().discard();
                normalizing.batches("regression", raw, detector::process);
            }
            boolean hit = false;
            for (Detection detection : found) {
                if (detection.rule().equals(rule)) {
                    hit = true;
                } else {
                    others.add(detection.rule());
                }
            }
            fired += hit ? 1 : 0;
        }

        @Override
        public void unreadable(String file, int line, String reason) {
            events++;
        }
    }
}
