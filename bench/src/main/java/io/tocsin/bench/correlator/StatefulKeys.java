package io.tocsin.bench.correlator;

import io.tocsin.correlator.checkpoint.Checkpoint;
import io.tocsin.correlator.checkpoint.CheckpointStore;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/// Two hundred rules that count by address, and as many keys as asked for: memory, events a second
/// while keys are made and while they are met again, and how long a checkpoint takes to be written and
/// to be restored.
///
/// `StatefulKeys MILLION_KEYS FOLDER`; every event is for ten of the rules.
public final class StatefulKeys {
    private static final int RULES = 200;
    private static final int KINDS = 20;
    private static final int EVENTS_PER_BATCH = 512;
    private static final long BEGIN = 1_700_000_000_000L;

    private StatefulKeys() {}

    private static RuleSet rules() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < RULES; i++) {
            text.append("""
                ---
                kind: rule
                name: rule-%d
                spec:
                  type: standard
                  description: counts events by address
                  selectors: [{ filter: "DeviceEventClassID = 'kind-%d'", threshold: %d }]
                  window: 1h
                  identical: [SourceAddress]
                """.formatted(i, i % KINDS, 5 + i / KINDS));
        }
        return RuleLoader.read("rules", text.substring(4), SigmaTaxonomy.schema())
                .ruleSet();
    }

    public static void main(String[] arguments) throws IOException {
        long keys = (long) (Double.parseDouble(arguments[0]) * 1_000_000);
        RuleSet rules = rules();
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        long events = keys * KINDS / RULES;
        report("before", engine);
        double made = feed(engine, 0, events, events);
        System.out.printf(Locale.ROOT, "keys made: %,.0f events/s, %,.0f keys/s%n", made, made * RULES / KINDS);
        report("with all keys", engine);
        double met = feed(engine, events, Math.min(events, 200_000), events);
        System.out.printf(Locale.ROOT, "keys met again: %,.0f events/s%n", met);
        report("after", engine);
        CheckpointStore store = new CheckpointStore(Path.of(arguments[1]));
        save("everything", engine, store);
        long next = events + Math.min(events, 200_000);
        for (int i = 0; i < 20; i++) {
            // A second of a busy correlator between two checkpoints.
            feed(engine, next, 20_000, events);
            next += 20_000;
            save("after 20,000 events", engine, store);
        }
        for (int lanes = 1; lanes <= Runtime.getRuntime().availableProcessors(); lanes++) {
            engine = new Engine(rules, Engine.Mode.STREAM);
            Runtime.getRuntime().gc();
            long begin = System.nanoTime();
            long cpu = processCpuNanos();
            Checkpoint found = store.readAll().getFirst();
            CheckpointStore.Restored restored = store.restore(found, engine.parts(), lanes);
            engine.restored();
            long bytes =
                    found.chains().stream().mapToLong(Checkpoint.Chain::bytes).sum();
            System.out.printf(
                    Locale.ROOT,
                    "restored %,d MB by %d threads in %.1f s, %.1f s of processor time, damaged: %s%n",
                    bytes >> 20,
                    lanes,
                    seconds(begin),
                    (processCpuNanos() - cpu) / 1e9,
                    restored.damaged());
        }
        report("restored", engine);
    }

    private static void save(String what, Engine engine, CheckpointStore store) throws IOException {
        long begin = System.nanoTime();
        CheckpointStore.Taken taken = store.take(new byte[8], 0, 0, new StateWriter(), engine.parts());
        double pause = seconds(begin);
        taken.store();
        CheckpointStore.Written written = taken.written();
        System.out.printf(
                Locale.ROOT,
                "checkpoint, %s: %,d KB of changes and %,d KB of whole parts of %,d MB, events held up for %.3f s,"
                        + " durable after %.3f s%n",
                what,
                written.changedBytes() >> 10,
                written.wholeBytes() >> 10,
                written.stateBytes() >> 20,
                pause,
                seconds(begin));
    }

    /// Processor time of all threads, those of the garbage collector among them.
    private static long processCpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    private static double seconds(long beginNanos) {
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    private static void report(String when, Engine engine) throws IOException {
        Runtime.getRuntime().gc();
        long keys = engine.statistics().stream().mapToLong(each -> each.keys()).sum();
        long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        System.out.printf(
                Locale.ROOT,
                "%s: %,d keys, heap in use %,d MB (%,d bytes a key), resident %,d MB%n",
                when,
                keys,
                used >> 20,
                keys == 0 ? 0 : used / keys,
                RulesBesidePeers.residentMegabytes());
    }

    /// @return events a second of processor time
    private static double feed(Engine engine, long from, long count, long period) {
        Correlations out = new Correlations();
        EventBatch batch = new EventBatch();
        EntryOrigin origin = EntryOrigin.local("bench", "bench", "");
        byte[] raw = {};
        long took = 0;
        for (long i = from; i < from + count; i++) {
            EventBuilder event = batch.builder();
            long millis = BEGIN + i / 20;
            event.begin(origin, millis << 16, i, millis * 1_000_000, i, raw, 0, 0);
            event.setText(Field.DEVICE_EVENT_CLASS_ID, "kind-" + i % KINDS);
            long address = i % period / KINDS;
            event.setText(
                    Field.SOURCE_ADDRESS,
                    "10." + (address >> 16 & 0xFF) + "." + (address >> 8 & 0xFF) + "." + (address & 0xFF));
            event.commit();
            if (batch.count() == EVENTS_PER_BATCH || i + 1 == from + count) {
                long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                engine.process(batch, out);
                took += ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
                batch.clear();
                out.clear();
            }
        }
        return count / (took / 1e9);
    }
}
