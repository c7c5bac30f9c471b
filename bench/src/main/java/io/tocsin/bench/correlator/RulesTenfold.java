package io.tocsin.bench.correlator;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
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

/// What ten times as many different rules cost, twice: a tenth of a corpus against the whole of it, and the whole
/// of it against ten times as many ([DerivedRules]). Which tenth it is matters, so each rule is in one of ten
/// tenths, and the time of a tenth is the mean of all. Rounds are in turn, each over all events; medians of them
/// are compared. Of each time is said what it went into ([CostSplit]).
///
/// `RulesTenfold RULES ROUNDS EVENTS…`; processor time of one thread.
public final class RulesTenfold {
    private static final int TIMES = 10;
    private static final int WARM_ROUNDS = Integer.getInteger("warm", 8);

    private final List<EventBatch> batches;
    private final long events;

    private RulesTenfold(List<EventBatch> batches) {
        this.batches = batches;
        events = batches.stream().mapToLong(EventBatch::count).sum();
    }

    /// An engine and its times in nanoseconds an event.
    ///
    /// Thread-safety: one thread.
    private final class Runner {
        private final int rules;
        private final Engine engine;
        private final byte[] fresh;
        private final Correlations out = new Correlations();
        private final List<Double> times = new ArrayList<>();
        private final CostSplit split;
        private long hits;

        Runner(List<Rule> set) {
            rules = set.size();
            engine = new Engine(new RuleSet(set), Engine.Mode.STREAM);
            StateWriter empty = new StateWriter();
            engine.write(empty);
            fresh = empty.toBytes();
            split = new CostSplit(set, engine.index(), batches);
        }

        /// Each round is a new day: without this the events would be late, or come twice.
        double round() {
            engine.read(new StateReader(fresh));
            hits = 0;
            long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (EventBatch batch : batches) {
                engine.process(batch, out);
                hits += out.hits().size();
                out.clear();
            }
            return (double) (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin) / events;
        }

        double median() {
            List<Double> sorted = times.stream().sorted().toList();
            return sorted.get(sorted.size() / 2);
        }

        double hitsPerEvent() {
            return (double) hits / events;
        }
    }

    public static void main(String[] arguments) throws IOException {
        List<Rule> rules = RuleLoader.load(List.of(Path.of(arguments[0])), SigmaTaxonomy.raw())
                .ruleSet()
                .rules();
        int rounds = Integer.parseInt(arguments[1]);
        List<Path> files = Arrays.stream(arguments).skip(2).map(Path::of).toList();
        new RulesTenfold(RulesCpuTime.batches(EventFiles.expand(files))).run(rules, rounds);
    }

    private void run(List<Rule> rules, int rounds) {
        List<Runner> runners = new ArrayList<>();
        for (int tenth = 0; tenth < TIMES; tenth++) {
            int wanted = tenth;
            runners.add(new Runner(rules.stream()
                    .filter(rule -> Math.floorMod(rule.id().hashCode(), TIMES) == wanted)
                    .toList()));
        }
        Runner whole = new Runner(rules);
        runners.add(whole);
        Runner tenfold = new Runner(new DerivedRules(rules).times(TIMES));
        runners.add(tenfold);
        for (int i = 0; i < WARM_ROUNDS; i++) {
            runners.forEach(Runner::round);
            runners.forEach(runner -> runner.split.round());
        }
        runners.forEach(runner -> runner.split.forget());
        for (int i = 0; i < rounds; i++) {
            runners.forEach(runner -> {
                runner.times.add(runner.round());
                runner.split.round();
            });
        }
        for (Runner runner : runners) {
            System.out.printf(
                    Locale.ROOT,
                    "%6d rules: median %6.0f ns an event = %,9.0f events/s (%.0f to %.0f ns), %.3f hits an event; %s%n",
                    runner.rules,
                    runner.median(),
                    1e9 / runner.median(),
                    runner.times.stream().min(Double::compare).orElse(0.0),
                    runner.times.stream().max(Double::compare).orElse(0.0),
                    runner.hitsPerEvent(),
                    runner.split.shown());
        }
        double tenth = runners.subList(0, TIMES).stream()
                .mapToDouble(Runner::median)
                .average()
                .orElse(0);
        System.out.println("a tenth, mean of ten: "
                + CostSplit.shownMean(runners.subList(0, TIMES).stream()
                        .map(runner -> runner.split)
                        .toList()));
        System.out.printf(
                Locale.ROOT,
                "a tenth %.0f ns; the whole %.2f times that; ten times as many %.2f times the whole%n",
                tenth,
                whole.median() / tenth,
                tenfold.median() / whole.median());
    }
}
