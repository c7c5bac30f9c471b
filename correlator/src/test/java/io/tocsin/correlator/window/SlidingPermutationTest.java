package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.window.WindowSamples.Collected;
import io.tocsin.correlator.window.WindowSamples.MortalWindows;
import io.tocsin.correlator.window.WindowSamples.Sample;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Windows that look back: the answer is that of a rule written for clarity, in every order of arrival
/// within the lateness, across restarts, and when occurrences are taken back.
class SlidingPermutationTest {
    private static final int ROUNDS = Math.min(600, 30 * Integer.getInteger("rounds", 600));

    @Test
    void findsTheSameInEveryOrderWithinTheLatenessAndAcrossRestarts() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("SlidingPermutationTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            WindowSettings settings = settings(random);
            List<Sample> samples = samples(random, settings);
            Map<String, String> expected = naive(settings, samples);
            assertThat(WindowSamples.deferred(random, settings, samples, Long.MAX_VALUE, SlidingPermutationTest::text)
                            .found)
                    .as("deferred, seed %d round %d %s", seed, round, settings.sliding())
                    .isEqualTo(expected);
            assertThat(streamed(random, settings, samples))
                    .as("seed %d round %d %s", seed, round, settings.sliding())
                    .isEqualTo(expected);
            found += expected.size();
        }
        assertThat(found).isGreaterThan(ROUNDS);
    }

    private static WindowSettings settings(Random random) {
        int selectors = 1 + random.nextInt(4);
        Measure measure = Measure.values()[random.nextInt(Measure.values().length)];
        boolean seen = measure == Measure.SELECTORS && random.nextBoolean();
        Bound.Relation relation = Bound.Relation.values()[random.nextInt(Bound.Relation.values().length)];
        List<Bound> bounds = new ArrayList<>();
        if (!seen) {
            bounds.add(new Bound(relation, 1 + random.nextInt(measure == Measure.SHARE ? 100 : 5)));
        }
        if (!seen && random.nextInt(4) == 0) {
            bounds.add(new Bound(Bound.Relation.AT_MOST, 2 + random.nextInt(8)));
        }
        SlidingSettings.Form form = SlidingSettings.Form.values()[random.nextInt(3)];
        SlidingSettings sliding = new SlidingSettings(
                measure,
                bounds,
                seen
                        ? new Seen.All(List.of(
                                new Seen.Selector(0),
                                new Seen.Not(new Seen.Selector(selectors - 1 == 0 ? 1 : selectors - 1))))
                        : null,
                measure == Measure.PERCENTILE ? random.nextInt(101) : 0,
                form,
                form == SlidingSettings.Form.SESSION ? 1 + random.nextInt(30) : 0);
        return new WindowSettings(
                1 + random.nextInt(100),
                random.nextInt(60),
                new int[selectors],
                false,
                true,
                1 + random.nextInt(6),
                1_000,
                sliding);
    }

    private static List<Sample> samples(Random random, WindowSettings settings) {
        SlidingSettings sliding = java.util.Objects.requireNonNull(settings.sliding());
        return WindowSamples.make(random, settings, 100, (time, number, mask) -> {
            long[] value = new long[2];
            if (random.nextInt(6) > 0) {
                value = sliding.measure().isNumeric()
                        ? new long[] {Double.doubleToRawLongBits(random.nextInt(80) / 8.0), 1}
                        : new long[] {random.nextInt(5), 1};
            }
            return new Occurrence(time, 7, number, mask, value, new byte[0]);
        });
    }

    private static String text(Trigger trigger) {
        StringBuilder text = new StringBuilder()
                .append(trigger.value())
                .append(' ')
                .append(trigger.total())
                .append(' ')
                .append(trigger.firstMillis())
                .append("..")
                .append(trigger.lastMillis());
        for (int count : trigger.counts()) {
            text.append(' ').append(count);
        }
        trigger.kept().forEach(kept -> text.append(" #").append(kept.idLow()));
        return text.toString();
    }

    private static Map<String, String> streamed(Random random, WindowSettings settings, List<Sample> samples) {
        Collected collected = new Collected(SlidingPermutationTest::text);
        MortalWindows process = new MortalWindows(random, settings);
        long intruders = 0;
        for (Sample sample : WindowSamples.delayed(random, settings, samples)) {
            long time = sample.occurrence().timeMillis();
            process.timelines.advance(9, time, 0);
            long watermark = process.timelines.watermark(0, settings.latenessMillis());
            long received = process.timelines.receivedMillis();
            WindowKey key = sample.windowKey();
            process.windows.add(key, sample.occurrence(), watermark, watermark, received, collected);
            if (random.nextInt(6) == 0) {
                // One that comes and is taken back before it is settled leaves no trace.
                intruders++;
                Occurrence intruder = new Occurrence(time, 8, intruders, 1, new long[] {3, 1}, new byte[0]);
                process.windows.add(key, intruder, watermark, watermark, received, collected);
                process.live();
                assertThat(process.windows.withdraw(8, intruders, collected)).isTrue();
            }
            if (random.nextInt(10) == 0) {
                process.windows.settle(watermark, collected);
            }
            process.live();
        }
        process.windows.finish(collected);
        return collected.found;
    }

    /// The rule of the window, written for clarity.
    private static Map<String, String> naive(WindowSettings settings, List<Sample> samples) {
        SlidingSettings sliding = java.util.Objects.requireNonNull(settings.sliding());
        Map<String, String> found = new TreeMap<>();
        for (int key = 0; key < WindowSamples.KEYS; key++) {
            List<Occurrence> sorted = WindowSamples.of(samples, key);
            long session = 0;
            boolean holding = false;
            long lastHold = 0;
            long episode = 0;
            int number = 0;
            for (int i = 0; i < sorted.size(); i++) {
                Occurrence now = sorted.get(i);
                long begin = now.timeMillis() - settings.windowMillis();
                if (sliding.form() == SlidingSettings.Form.TUMBLING) {
                    begin = Math.floorDiv(now.timeMillis(), settings.windowMillis()) * settings.windowMillis();
                } else if (sliding.form() == SlidingSettings.Form.SESSION) {
                    if (i == 0
                            || now.timeMillis() - sorted.get(i - 1).timeMillis() > sliding.gapMillis()
                            || now.timeMillis() - session > settings.windowMillis()) {
                        session = now.timeMillis();
                    }
                    begin = session;
                }
                long from = begin;
                List<Occurrence> inside = sorted.subList(0, i + 1).stream()
                        .filter(each -> each.timeMillis() >= from)
                        .toList();
                double value = measure(sliding, inside, settings.thresholds().length);
                long seen = inside.stream().mapToLong(Occurrence::selectors).reduce(0, (a, b) -> a | b);
                Seen asked = sliding.seen();
                boolean holds = (asked == null || asked.holds(seen))
                        && sliding.bounds().stream().allMatch(bound -> bound.holds(value));
                if (!holds) {
                    holding = false;
                    continue;
                }
                if (!holding || now.timeMillis() - lastHold > settings.windowMillis()) {
                    episode = now.timeMillis();
                    number = 0;
                }
                holding = true;
                lastHold = now.timeMillis();
                number++;
                int[] counts = new int[settings.thresholds().length];
                for (Occurrence each : inside) {
                    for (int s = 0; s < counts.length; s++) {
                        counts[s] += (int) (each.selectors() >> s & 1);
                    }
                }
                found.put(
                        key + "/" + episode + "/" + number,
                        text(new Trigger(
                                episode,
                                number,
                                inside.getFirst().timeMillis(),
                                now.timeMillis(),
                                inside.size(),
                                counts,
                                inside.subList(Math.max(0, inside.size() - settings.keptEvents()), inside.size()),
                                value)));
            }
        }
        return found;
    }

    private static double measure(SlidingSettings sliding, List<Occurrence> inside, int selectors) {
        List<long[]> values = inside.stream()
                .map(each -> java.util.Objects.requireNonNull(each.unique()))
                .filter(value -> value[0] != 0 || value[1] != 0)
                .toList();
        double[] numbers = values.stream()
                .mapToDouble(value -> Double.longBitsToDouble(value[0]))
                .sorted()
                .toArray();
        return switch (sliding.measure()) {
            case EVENTS -> inside.size();
            case DISTINCT -> {
                Set<Long> different = new HashSet<>();
                values.forEach(value -> different.add(value[0]));
                yield different.size();
            }
            case SUM -> java.util.Arrays.stream(numbers).sum();
            case AVERAGE ->
                numbers.length == 0
                        ? Double.NaN
                        : java.util.Arrays.stream(numbers).sum() / numbers.length;
            case PERCENTILE -> {
                if (numbers.length == 0) {
                    yield Double.NaN;
                }
                double place = sliding.percentile() / 100 * (numbers.length - 1);
                int below = (int) place;
                double part = place - below;
                yield part == 0 ? numbers[below] : numbers[below] + part * (numbers[below + 1] - numbers[below]);
            }
            case SHARE -> {
                long[] last = java.util.Objects.requireNonNull(inside.getLast().unique());
                long same = values.stream().filter(value -> value[0] == last[0]).count();
                yield last[1] == 0 ? Double.NaN : 100.0 * same / inside.size();
            }
            case SELECTORS ->
                Long.bitCount(inside.stream().mapToLong(Occurrence::selectors).reduce(0, (a, b) -> a | b));
            case SELECTORS_IN_ORDER -> longest(inside, 0, -1, selectors);
        };
    }

    /// Longest run of occurrences from `at` on whose selectors ascend, beyond `above`.
    private static int longest(List<Occurrence> inside, int at, int above, int selectors) {
        // best[s]: longest run so far that ends with selector s.
        int[] best = new int[selectors];
        for (Occurrence each : inside.subList(at, inside.size())) {
            int[] before = best.clone();
            for (int s = above + 1; s < selectors; s++) {
                if ((each.selectors() >> s & 1) == 1) {
                    int longest = 0;
                    for (int earlier = 0; earlier < s; earlier++) {
                        longest = Math.max(longest, before[earlier]);
                    }
                    best[s] = Math.max(best[s], longest + 1);
                }
            }
        }
        return java.util.Arrays.stream(best).max().orElse(0);
    }
}
