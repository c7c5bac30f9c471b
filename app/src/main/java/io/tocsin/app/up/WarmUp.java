package io.tocsin.app.up;

import io.tocsin.app.demo.DemoScenario;
import io.tocsin.config.Problems;
import io.tocsin.core.CoreOptions;
import io.tocsin.core.CorePorts;
import io.tocsin.core.CoreServer;
import io.tocsin.core.rule.RuleList;
import io.tocsin.core.table.TableStore;
import io.tocsin.core.table.TableStores;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/// Loads what a start of `up` loads, without storage and without listening for events, so that the classes can be
/// recorded.
public final class WarmUp {
    private static final int EVENTS_PER_BATCH = 1024;

    private WarmUp() {}

    /// Starts the core in an empty folder, sends lines through normalizer, encoder and correlator, and stops.
    public static void run(Path data, Path content, List<DemoScenario.Line> lines) throws IOException {
        Problems problems = new Problems();
        Resources resources = Resources.load(content, null, _ -> null, problems);
        Engine engine = new Engine(RuleFolders.load(resources, problems).rules(), Engine.Mode.STREAM);
        NormalizerLoader loader = new NormalizerLoader(ZoneOffset.UTC, name -> {
            Resources.Resource resource = resources.find("normalizer", name);
            return resource == null ? null : resource.document();
        });
        NormalizerPlan plan = loader.load("syslog", problems);
        problems.throwIfAny();
        try (DataFolder folder = DataFolder.open(data);
                CoreServer core = CoreServer.start(
                        new CoreOptions(folder.root(), "127.0.0.1:0", folder.secret(), Version.text()),
                        new CorePorts(
                                () -> URI.create("http://127.0.0.1:1"),
                                List::of,
                                new LocalCollectors(List::of, Map::of),
                                (from, to) -> List.of(),
                                (minute, collector, source, balance) -> {},
                                RuleList.NONE,
                                new TableStores(TableStore.NONE, List.of()),
                                (condition, receiver) -> () -> {},
                                () -> ""))) {
            if (plan != null) {
                normalize(plan.create(), engine, lines);
            }
            core.address();
        }
    }

    private static void normalize(Normalizer normalizer, Engine engine, List<DemoScenario.Line> lines) {
        EntryOrigin origin = EntryOrigin.local("warm-up", "file", "");
        SystemClock clock = SystemClock.process();
        EventIds ids = new EventIds(clock);
        EventBatch batch = new EventBatch();
        BatchEncoder encoder = new BatchEncoder();
        Correlations found = new Correlations();
        long sequence = 0;
        for (DemoScenario.Line line : lines) {
            byte[] text = line.text().getBytes(StandardCharsets.UTF_8);
            ids.next();
            EventBuilder builder = batch.builder();
            builder.begin(origin, ids.high(), ids.low(), clock.epochNanos(), sequence++, text, 0, text.length);
            normalizer.normalize(builder);
            builder.commit();
            if (batch.count() == EVENTS_PER_BATCH) {
                encoder.encode(batch, "warm-up");
                engine.process(batch, found);
                found.clear();
                batch.clear();
            }
        }
    }
}
