package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventJson;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.Stage;
import io.tocsin.pipeline.stage.StageConfig;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StagePlan;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.time.SystemClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Runs one stage, written as YAML, over events the way a collector does: all events of a batch, one wait, then
/// those that waited.
public final class StageRun implements AutoCloseable {
    private final OpenStage open;
    private final Stage stage;

    private StageRun(OpenStage open) {
        this.open = open;
        this.stage = open.create();
    }

    public static StageRun of(ComponentSpec<? extends StageConfig> spec, String yaml, String... resources) {
        return of(spec, Path.of(System.getProperty("java.io.tmpdir")), yaml, resources);
    }

    public static StageRun of(
            ComponentSpec<? extends StageConfig> spec, Path folder, String yaml, String... resources) {
        Problems problems = new Problems();
        StagePlan plan = plan(spec, yaml, problems, resources);
        problems.throwIfAny();
        return new StageRun(Objects.requireNonNull(plan).open(new StageContext("test", SystemClock.process(), folder)));
    }

    public static @Nullable StagePlan plan(
            ComponentSpec<? extends StageConfig> spec, String yaml, Problems problems, String... resources) {
        Map<String, Map<String, ConfigNode>> byKind = new HashMap<>();
        for (String resource : resources) {
            ConfigNode.Mapping document =
                    (ConfigNode.Mapping) Objects.requireNonNull(YamlReader.read("resource", resource, problems));
            byKind.computeIfAbsent(String.valueOf(document.text("kind")), _ -> new HashMap<>())
                    .put(String.valueOf(document.text("name")), document);
        }
        ConfigNode node = YamlReader.read("stage", yaml, problems);
        StageConfig config = node instanceof ConfigNode.Mapping mapping ? spec.read(mapping, problems) : null;
        return config == null ? null : config.plan(StageResources.of(byKind), Position.NONE, problems);
    }

    /// Runs one event; fields as name, value, name, value, ….
    public String one(String... fields) {
        return all(List.of(List.of(fields))).getFirst();
    }

    /// Runs a batch of events; returns them as JSON without what the origin says.
    public List<String> all(List<List<String>> events) {
        EventBatch batch = new EventBatch();
        OpenEvent event = new OpenEvent();
        List<Integer> waiting = new ArrayList<>();
        for (List<String> fields : events) {
            byte[] raw = "raw".getBytes(StandardCharsets.UTF_8);
            batch.builder().begin(EntryOrigin.local("test", "file", ""), 1, 2, 3_000_000, batch.count() + 1, raw, 0, 3);
            for (int i = 0; i < fields.size(); i += 2) {
                set(batch.builder(), fields.get(i), fields.get(i + 1));
            }
            if (stage.process(event.on(batch.builder())).kind() == Outcome.Kind.WAITING) {
                waiting.add(batch.count());
            }
            batch.builder().commit();
        }
        if (!waiting.isEmpty()) {
            try {
                stage.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            for (int index : waiting) {
                batch.builder().reopen(index);
                stage.finish(event.on(batch.builder()));
                batch.builder().commit();
            }
        }
        List<String> results = new ArrayList<>();
        for (int i = 0; i < batch.count(); i++) {
            results.add(new EventJson()
                    .toText(new Event().moveTo(batch, i))
                    .replaceFirst("^.*?\"EntrySequence\":[0-9]+,?", "{"));
        }
        return results;
    }

    private static void set(EventBuilder builder, String name, String value) {
        FieldReference reference = Objects.requireNonNull(FieldReference.byName(name), name);
        switch (reference) {
            case FieldReference.Fixed(var field) -> {
                switch (field.type()) {
                    case STRING -> builder.setText(field, value);
                    case STRING_ARRAY -> builder.addText(field, value);
                    case INTEGER, TIMESTAMP -> builder.setInteger(field, Long.parseLong(value));
                    case FLOAT -> builder.setFloat(field, Double.parseDouble(value));
                }
            }
            case FieldReference.Dynamic(DynamicKind kind, String key) -> {
                byte[] text = value.getBytes(StandardCharsets.UTF_8);
                byte[] name8 = key.getBytes(StandardCharsets.UTF_8);
                builder.addDynamicSpan(
                        kind,
                        builder.append(name8, 0, name8.length),
                        name8.length,
                        builder.append(text, 0, text.length),
                        text.length);
            }
            case FieldReference.AnyField _ -> throw new AssertionError(name);
        }
    }

    public long count(String name) {
        return Objects.requireNonNull(open.counts().get(name), () -> name + " of " + open.counts());
    }

    public OpenStage open() {
        return open;
    }

    @Override
    public void close() {
        open.close();
    }
}
