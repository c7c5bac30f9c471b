package io.tocsin.bench.correlator;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.InputFormat;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Events a second of one thread for all rules of a folder over the events of others, and for a tenth
/// of the rules.
///
/// `RulesCpuTime RULES SECONDS EVENTS…`; prints events a processor second, bytes and hits an event, allocation, and
/// what of the memory is resident in the end, the events among it. With `-Dtimes=10` the rules are ten times as many
/// ([DerivedRules]), with `-Dtimes=0.1` a tenth; both, and `-Dall=true`, leave out the tenth beside them.
public final class RulesCpuTime {
    private static final int EVENTS_PER_BATCH = 512;
    private static final int WARM_ROUNDS = Integer.getInteger("warm", 12);

    private RulesCpuTime() {}

    public static void main(String[] arguments) throws IOException {
        RuleSet rules = RuleLoader.load(List.of(Path.of(arguments[0])), SigmaTaxonomy.raw())
                .ruleSet();
        double seconds = Double.parseDouble(arguments[1]);
        List<Path> files = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            files.add(Path.of(arguments[i]));
        }
        List<EventBatch> batches = batches(EventFiles.expand(files));
        RuleSet tenth = new RuleSet(rules.rules().stream()
                .filter(rule -> Math.floorMod(rule.id().hashCode(), 10) == 0)
                .toList());
        double times = Double.parseDouble(System.getProperty("times", "1"));
        if (times != 1 || Boolean.getBoolean("all")) {
            RuleSet set = times < 1 ? tenth : new RuleSet(new DerivedRules(rules.rules()).times((int) times));
            measure(set, batches, seconds);
        } else {
            double few = measure(tenth, batches, seconds);
            double all = measure(rules, batches, seconds);
            System.out.printf(
                    Locale.ROOT,
                    "%d rules take %.2f times the time of %d rules%n",
                    rules.rules().size(),
                    few / all,
                    tenth.rules().size());
        }
        Runtime.getRuntime().gc();
        System.out.printf(
                Locale.ROOT,
                "heap in use: %d MB; resident: %d MB%n",
                (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20,
                RulesBesidePeers.residentMegabytes());
    }

    static List<EventBatch> batches(List<Path> files) throws IOException {
        List<EventBatch> batches = new ArrayList<>();
        batches.add(new EventBatch());
        EventFiles reader = new EventFiles(InputFormat.auto, new EventFiles.Receiver() {
            private long number;

            @Override
            public EventBatch begin(String file, int line, long timeMillis, byte[] raw) {
                if (batches.getLast().count() == EVENTS_PER_BATCH) {
                    batches.add(new EventBatch());
                }
                batches.getLast()
                        .builder()
                        .begin(EventFiles.origin(file), 0, number, timeMillis * 1_000_000, number++, raw, 0, 0);
                return batches.getLast();
            }

            @Override
            public void end() {
                batches.getLast().builder().commit();
            }

            @Override
            public void unreadable(String file, int line, String reason) {
                System.err.println(file + ":" + line + ": " + reason);
            }
        });
        for (Path file : files) {
            reader.read(file);
        }
        return batches;
    }

    private static double measure(RuleSet rules, List<EventBatch> batches, double seconds) {
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        Correlations out = new Correlations();
        StateWriter empty = new StateWriter();
        engine.write(empty);
        byte[] fresh = empty.toBytes();
        for (int i = 0; i < WARM_ROUNDS; i++) {
            round(engine, fresh, batches, out);
        }
        long events = 0;
        long hits = 0;
        long bytes = 0;
        long perRound = batches.stream().mapToLong(EventBatch::count).sum();
        for (EventBatch batch : batches) {
            bytes += batch.arenaLength();
        }
        System.out.println(engine.index().routingFields() + " " + engine.index().indexCount() + " indexes");
        long allocated = allocated();
        long begin = nanos();
        while (nanos() - begin < seconds * 1e9) {
            hits += round(engine, fresh, batches, out);
            events += perRound;
        }
        double took = (nanos() - begin) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%,9.0f events/s, %d rules, %d tests, %d without cover; %.1f MB/s, %d bytes, %.3f hits and %.0f bytes"
                        + " of garbage an event%n",
                events / took,
                rules.rules().size(),
                engine.index().testCount(),
                engine.index().alwaysCount(),
                events / took * bytes / perRound / 1e6,
                bytes / perRound,
                (double) hits / events,
                (double) (allocated() - allocated) / events);
        return events / took;
    }

    private static long round(Engine engine, byte[] fresh, List<EventBatch> batches, Correlations out) {
        long hits = 0;
        // Each round is a new day: without this the events would be late, or come twice.
        engine.read(new StateReader(fresh));
        for (EventBatch batch : batches) {
            engine.process(batch, out);
            hits += out.hits().size();
            out.clear();
        }
        return hits;
    }

    private static long nanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
                ? threads.getCurrentThreadAllocatedBytes()
                : 0;
    }
}
