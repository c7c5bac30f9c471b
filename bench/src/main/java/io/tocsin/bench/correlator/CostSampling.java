package io.tocsin.bench.correlator;

import io.tocsin.app.detect.EventFiles;
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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What it costs to measure what rules cost: processor time of one thread without and with it, in turn, each over all
/// events.
///
/// A cost of less than one in a hundred hides behind the noise of a machine that others use. So the same is measured
/// [#AMPLIFIED] times as often, too: what that adds, divided by as much, is what measuring as in the product adds.
///
/// `CostSampling RULES ROUNDS EVENTS…`
public final class CostSampling {
    private static final int WARM_ROUNDS = Integer.getInteger("warm", 8);
    private static final int AMPLIFIED = 16;

    private final List<EventBatch> batches;
    private final long events;

    private CostSampling(List<EventBatch> batches) {
        this.batches = batches;
        events = batches.stream().mapToLong(EventBatch::count).sum();
    }

    /// Thread-safety: one thread.
    private final class Runner {
        private final Engine engine;
        private final byte[] fresh;
        private final Correlations out = new Correlations();
        private final List<Double> times = new ArrayList<>();

        /// @param interval events between two that are measured; 0 for none
        Runner(RuleSet rules, int interval) {
            engine = new Engine(rules, Engine.Mode.STREAM);
            if (interval > 0) {
                engine.measureCosts(System::nanoTime, interval);
            }
            StateWriter empty = new StateWriter();
            engine.write(empty);
            fresh = empty.toBytes();
        }

        /// Each round is a new day: without this the events would be late, or come twice.
        double round() {
            engine.read(new StateReader(fresh));
            long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (EventBatch batch : batches) {
                engine.process(batch, out);
                out.clear();
            }
            return (double) (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin) / events;
        }
    }

    public static void main(String[] arguments) throws IOException {
        RuleSet rules = RuleLoader.load(List.of(Path.of(arguments[0])), SigmaTaxonomy.raw())
                .ruleSet();
        int rounds = Integer.parseInt(arguments[1]);
        List<Path> files = Arrays.stream(arguments).skip(2).map(Path::of).toList();
        new CostSampling(RulesCpuTime.batches(EventFiles.expand(files))).run(rules, rounds);
    }

    private void run(RuleSet rules, int rounds) {
        Runner without = new Runner(rules, 0);
        Runner usual = new Runner(rules, Engine.COST_INTERVAL);
        Runner often = new Runner(rules, Engine.COST_INTERVAL / AMPLIFIED);
        List<Runner> runners = List.of(without, usual, often);
        for (int i = 0; i < WARM_ROUNDS; i++) {
            runners.forEach(Runner::round);
        }
        for (int i = 0; i < rounds; i++) {
            // Each one is first, in the middle and last as often as the others.
            for (int j = 0; j < runners.size(); j++) {
                Runner runner = runners.get((i + j) % runners.size());
                runner.times.add(runner.round());
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%,d rules, %,d events, %d rounds; nanoseconds of processor an event, median (least to most)%n",
                rules.rules().size(),
                events,
                rounds);
        print("without", without);
        print("1 of " + Engine.COST_INTERVAL + " measured", usual);
        print("1 of " + Engine.COST_INTERVAL / AMPLIFIED + " measured", often);
        System.out.printf(
                Locale.ROOT,
                "adds %.2f %% as measured (middle half of the rounds: %.2f to %.2f %%), %.2f %% by the amplified one%n",
                quantile(without, usual, 0.5),
                quantile(without, usual, 0.25),
                quantile(without, usual, 0.75),
                quantile(without, often, 0.5) / AMPLIFIED);
    }

    private static void print(String name, Runner runner) {
        List<Double> sorted = runner.times.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "%-20s %8.0f (%.0f to %.0f)%n",
                name,
                sorted.get(sorted.size() / 2),
                sorted.getFirst(),
                sorted.getLast());
    }

    /// What a runner takes more than another one in the same round, percent.
    private static double quantile(Runner base, Runner other, double share) {
        List<Double> more = new ArrayList<>();
        for (int i = 0; i < base.times.size(); i++) {
            more.add((other.times.get(i) / base.times.get(i) - 1) * 100);
        }
        List<Double> sorted = more.stream().sorted().toList();
        return sorted.get((int) (share * (sorted.size() - 1)));
    }
}
