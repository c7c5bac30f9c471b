package io.tocsin.bench.correlator;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.FileDetection;
import io.tocsin.app.detect.InputFormat;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/// Whether `detect` uses the cores that it is given: the same files with one lane and with two, in turn in one process.
/// Of each the time by the clock, the processor time of the process and how many cores that were. On a machine that
/// others use, the cores it got say more than the clock.
///
/// `DetectLanes RULES ROUNDS EVENTS…`
public final class DetectLanes {
    private static final int WARM_ROUNDS = Integer.getInteger("warm", 2);
    /// Each file is read so many times, so that making the rules ready is not most of it.
    private static final int REPEATED = Integer.getInteger("repeated", 20);

    /// @param clockSeconds by the clock
    /// @param processorSeconds of all threads
    private record Run(double clockSeconds, double processorSeconds, long events, long found) {
        double cores() {
            return processorSeconds / clockSeconds;
        }
    }

    private DetectLanes() {}

    public static void main(String[] arguments) throws IOException {
        RuleSet rules = RuleLoader.load(List.of(Path.of(arguments[0])), SigmaTaxonomy.raw())
                .ruleSet();
        int rounds = Integer.parseInt(arguments[1]);
        List<Path> given =
                EventFiles.expand(Arrays.stream(arguments).skip(2).map(Path::of).toList());
        List<Path> files = Collections.nCopies(REPEATED, given).stream()
                .flatMap(List::stream)
                .toList();
        List<Run> one = new ArrayList<>();
        List<Run> two = new ArrayList<>();
        for (int i = 0; i < WARM_ROUNDS + rounds; i++) {
            one.add(run(rules, files, 1));
            two.add(run(rules, files, 2));
        }
        one.subList(0, WARM_ROUNDS).clear();
        two.subList(0, WARM_ROUNDS).clear();
        show("1 lane", one);
        show("2 lanes", two);
        System.out.printf(
                Locale.ROOT,
                "2 lanes take %.2f of the clock time of 1 lane and %.2f of its processor time%n",
                median(two.stream().map(Run::clockSeconds).toList())
                        / median(one.stream().map(Run::clockSeconds).toList()),
                median(two.stream().map(Run::processorSeconds).toList())
                        / median(one.stream().map(Run::processorSeconds).toList()));
    }

    private static Run run(RuleSet rules, List<Path> files, int lanes) throws IOException {
        AtomicLong found = new AtomicLong();
        long processor = processorNanos();
        long clock = System.nanoTime();
        FileDetection.Totals totals = FileDetection.run(
                rules,
                files,
                InputStream.nullInputStream(),
                InputFormat.auto,
                lanes,
                each -> found.incrementAndGet(),
                unreadable -> {});
        return new Run(
                (System.nanoTime() - clock) / 1e9, (processorNanos() - processor) / 1e9, totals.events(), found.get());
    }

    private static long processorNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    private static void show(String name, List<Run> runs) {
        System.out.printf(
                Locale.ROOT,
                "%s: %,d events, %,d findings; clock %.2f s, processor %.2f s, %.2f cores (median of %d)%n",
                name,
                runs.getFirst().events(),
                runs.getFirst().found(),
                median(runs.stream().map(Run::clockSeconds).toList()),
                median(runs.stream().map(Run::processorSeconds).toList()),
                median(runs.stream().map(Run::cores).toList()),
                runs.size());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
