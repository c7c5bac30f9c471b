package io.tocsin.bench.correlator;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/// Our engine beside naive evaluation of the same rules and beside Esper on those of every fifth rule that Esper can
/// express, in one run, each on one core.
///
/// `RulesBesidePeers RULES SECONDS EVENTS…`; prints the median of rounds in turn, in events a processor second of
/// the one thread, and the resident memory of the process before the peers begin. Making the events ready for a
/// peer (maps, small letters) is not counted as its time.
public final class RulesBesidePeers {
    private static final int ROUNDS = 7;
    /// Esper takes long to make statements: one rule in so many.
    private static final int ONE_IN = Integer.getInteger("one.in", 5);

    private RulesBesidePeers() {}

    /// @param events a second in each round
    private record Runner(String name, int rules, LongSupplier round, List<Double> events) {}

    public static void main(String[] arguments) throws IOException {
        RuleSet rules = RuleLoader.load(List.of(Path.of(arguments[0])), SigmaTaxonomy.raw())
                .ruleSet();
        double seconds = Double.parseDouble(arguments[1]);
        List<Path> files = Arrays.stream(arguments).skip(2).map(Path::of).toList();
        compare(rules, RulesCpuTime.batches(files), seconds);
    }

    /// Events a processor second of our engine: the median of rounds.
    static double median(RuleSet rules, List<EventBatch> batches, double seconds) {
        Runner runner = engine("", rules, batches);
        for (int i = 0; i < ROUNDS; i++) {
            measure(runner, seconds);
        }
        List<Double> sorted = runner.events().stream().skip(1).sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    static void compare(RuleSet rules, List<EventBatch> batches, double seconds) throws IOException {
        List<Filter> filters = new ArrayList<>();
        NaiveRules naive = new NaiveRules();
        EsperRules esper = new EsperRules();
        List<Rule> expressed = new ArrayList<>();
        for (Rule rule : rules.rules()) {
            if (rule.kind() instanceof RuleKind.Simple) {
                Filter filter = rule.selectors().getFirst().filter();
                filters.add(filter);
                naive.add(filter);
                if (filters.size() % ONE_IN == 0 && esper.add(filter)) {
                    expressed.add(rule);
                }
            }
        }
        List<Runner> runners = new ArrayList<>();
        runners.add(engine("tocsin, all rules", rules, batches));
        measure(runners.getFirst(), seconds);
        Runtime.getRuntime().gc();
        System.out.printf(Locale.ROOT, "resident memory with all rules and events: %d MB%n", residentMegabytes());
        runners.add(engine("tocsin, rules of Esper", new RuleSet(expressed), batches));
        List<Map<FieldReference, List<String>>> maps = maps(filters, batches);
        List<Map<String, Object>> sent = maps.stream().map(esper::event).toList();
        int[] at = new int[1];
        runners.add(new Runner("naive", naive.size(), () -> naiveRound(naive, maps, at), new ArrayList<>()));
        long begin = System.nanoTime();
        esper.start();
        System.out.printf(
                Locale.ROOT, "Esper: %d statements made in %.0f s%n", esper.size(), (System.nanoTime() - begin) / 1e9);
        runners.add(new Runner(
                "esper",
                esper.size(),
                () -> {
                    sent.forEach(esper::send);
                    return sent.size();
                },
                new ArrayList<>()));
        for (int i = 0; i < ROUNDS; i++) {
            runners.forEach(runner -> measure(runner, seconds));
        }
        for (Runner runner : runners) {
            // The first round of each warmed it up.
            List<Double> sorted = runner.events().stream().skip(1).sorted().toList();
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %5d rules  median %,11.0f events/s  (%,.0f to %,.0f)%n",
                    runner.name(),
                    runner.rules(),
                    sorted.get(sorted.size() / 2),
                    sorted.getFirst(),
                    sorted.getLast());
        }
        System.out.println("rules fulfilled by each event once, naive: "
                + maps.stream().mapToLong(naive::matches).sum());
    }

    private static long naiveRound(NaiveRules naive, List<Map<FieldReference, List<String>>> maps, int[] at) {
        // A round over all events would take too long: a stretch at a time.
        int count = Math.min(200, maps.size());
        long matches = 0;
        for (int i = 0; i < count; i++) {
            matches += naive.matches(maps.get(at[0]++ % maps.size()));
        }
        return matches < 0 ? 0 : count;
    }

    private static Runner engine(String name, RuleSet rules, List<EventBatch> batches) {
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        Correlations out = new Correlations();
        StateWriter empty = new StateWriter();
        engine.write(empty);
        byte[] fresh = empty.toBytes();
        return new Runner(
                name,
                rules.rules().size(),
                () -> {
                    engine.read(new StateReader(fresh));
                    long events = 0;
                    for (EventBatch batch : batches) {
                        engine.process(batch, out);
                        out.clear();
                        events += batch.count();
                    }
                    return events;
                },
                new ArrayList<>());
    }

    private static void measure(Runner runner, double seconds) {
        long events = 0;
        long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long now = begin;
        while (now - begin < seconds * 1e9) {
            events += runner.round().getAsLong();
            now = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        }
        runner.events().add(events / ((now - begin) / 1e9));
    }

    private static List<Map<FieldReference, List<String>>> maps(List<Filter> filters, List<EventBatch> batches) {
        FieldTable fields = new FieldTable();
        RoutedIndex index = new RoutedIndex(fields);
        filters.forEach(index::add);
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        EventView view = evaluation.view();
        List<Map<FieldReference, List<String>>> maps = new ArrayList<>();
        for (EventBatch batch : batches) {
            for (int i = 0; i < batch.count(); i++) {
                evaluation.moveTo(batch, i);
                Map<FieldReference, List<String>> map = new HashMap<>();
                for (int field = 0; field < fields.size(); field++) {
                    List<String> values = new ArrayList<>();
                    for (int cell = view.first(field); cell != EventView.NONE; cell = view.next(cell)) {
                        values.add(NaiveRules.lower(view.text(cell)));
                    }
                    if (!values.isEmpty()) {
                        map.put(fields.field(field), values);
                    }
                }
                maps.add(map);
            }
        }
        return maps;
    }

    static long residentMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
            }
        }
        return -1;
    }
}
