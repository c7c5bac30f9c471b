package io.tocsin.app.report;

import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.engine.Hit;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Sigma correlation rules with timed events: how many correlations fire at each step.
final class SigmaCorrelations implements DataSet {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("report", "file", "correlation");

    @Override
    public String name() {
        return "correlation-steps";
    }

    @Override
    public String folder() {
        return "sigma/correlation";
    }

    @Override
    public String passes() {
        return "a step fires as many correlations as it must";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (JsonNode each : DataFiles.json(folder.resolve("rsigma-correlation-cases.json"))) {
            String name = each.path("case").asString();
            LoadedRules loaded = RuleLoader.read(name, each.path("rules_yaml").asString(), SigmaTaxonomy.raw());
            Set<String> correlations = new HashSet<>();
            loaded.rules().stream()
                    .filter(rule -> rule.kind() instanceof RuleKind.Sliding)
                    .forEach(rule -> correlations.add(rule.id()));
            Engine engine = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
            int number = 0;
            for (JsonNode step : each.path("steps")) {
                Correlations out = new Correlations();
                engine.process(event(step, number++), out);
                long fired = out.hits().stream()
                        .filter(hit -> hit.change() == Hit.Change.NEW && correlations.contains(hit.ruleId()))
                        .count();
                JsonNode wanted = step.path("correlations");
                boolean fits = loaded.failures().isEmpty()
                        && (wanted.isNull()
                                || (wanted.isNumber()
                                        ? fired == wanted.asLong()
                                        : fired
                                                >= Long.parseLong(
                                                        wanted.asString().replace(">=", ""))));
                List<String> missing = new ArrayList<>();
                if (!fits) {
                    missing.add("correlations fired: " + fired + " instead of " + wanted);
                }
                tally.add(name + " step " + number, missing);
            }
        }
    }

    private static EventBatch event(JsonNode step, int number) {
        EventBatch batch = new EventBatch();
        EventBuilder builder = batch.builder();
        builder.begin(ORIGIN, 0, number, step.path("t").asLong() * 1_000_000_000L, number, new byte[0], 0, 0);
        for (Map.Entry<String, JsonNode> field : step.path("event").properties()) {
            byte[] key = field.getKey().getBytes(StandardCharsets.UTF_8);
            byte[] value = field.getValue().asString().getBytes(StandardCharsets.UTF_8);
            int keyAt = builder.append(key, 0, key.length);
            int valueAt = builder.append(value, 0, value.length);
            builder.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, valueAt, value.length);
        }
        builder.commit();
        return batch;
    }
}
