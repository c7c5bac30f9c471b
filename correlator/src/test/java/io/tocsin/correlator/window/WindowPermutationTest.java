package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Compares the windows with a model that sorts everything and counts once, under random order, restarts and
/// settings.
class WindowPermutationTest {
    private static final int ROUNDS = 3_000;

    private record Sample(int key, Occurrence occurrence) {}

    @Test
    void findsTheSameInEveryOrderWithinTheLatenessAndAcrossRestarts() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("WindowPermutationTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int found = 0;
        int corrected = 0;
        for (int round = 0; round < ROUNDS; round++) {
            WindowSettings settings = settings(random);
            List<Sample> samples = samples(random, settings);
            Map<String, String> expected = naive(settings, samples);
            Collected actual = run(random, settings, samples);
            assertThat(defer(random, settings, samples).found)
                    .as("deferred, seed %d round %d", seed, round)
                    .isEqualTo(expected);
            assertThat(actual.found)
                    .as("seed %d round %d %s", seed, round, settings)
                    .isEqualTo(expected);
            found += expected.size();
            corrected += actual.corrections;
        }
        // The test means nothing when nothing is found or nothing had to be corrected.
        assertThat(found).isGreaterThan(ROUNDS);
        assertThat(corrected).isGreaterThan(ROUNDS / 20);
    }

    private static WindowSettings settings(Random random) {
        int[] thresholds = new int[1 + random.nextInt(3)];
        for (int i = 0; i < thresholds.length; i++) {
            thresholds[i] = 1 + random.nextInt(4);
        }
        return new WindowSettings(
                1 + random.nextInt(100),
                random.nextInt(60),
                thresholds,
                random.nextBoolean(),
                random.nextBoolean(),
                1 + random.nextInt(6),
                1_000);
    }

    private static List<Sample> samples(Random random, WindowSettings settings) {
        List<Sample> samples = new ArrayList<>();
        int selectors = settings.thresholds().length;
        boolean unique = random.nextBoolean();
        long time = -50;
        int count = random.nextInt(120);
        for (int i = 0; i < count; i++) {
            time += random.nextInt(8) == 0 ? random.nextInt(80) : random.nextInt(6);
            long[] values = null;
            if (unique) {
                values = new long[selectors * 2];
                for (int s = 0; s < selectors; s++) {
                    values[2 * s + 1] = random.nextInt(6);
                }
            }
            long mask = 1L + random.nextInt((1 << selectors) - 1);
            samples.add(new Sample(
                    random.nextInt(3), new Occurrence(time, 7, i, mask, values, new byte[random.nextInt(3)])));
        }
        return samples;
    }

    private static final class Collected implements WindowListener {
        final Map<String, String> found = new TreeMap<>();
        int corrections;

        @Override
        public void triggered(WindowKey key, Trigger trigger, boolean amended) {
            String name = key.low() + "/" + trigger.windowStartMillis() + "/" + trigger.number();
            if (!amended) {
                assertThat(found).doesNotContainKey(name);
            } else {
                corrections++;
            }
            found.put(name, text(trigger));
        }

        @Override
        public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {
            corrections++;
            assertThat(found.remove(key.low() + "/" + windowStartMillis + "/" + number))
                    .isNotNull();
        }

        @Override
        public void settledEarly() {
            throw new AssertionError("too few events for that");
        }
    }

    private static Collected defer(Random random, WindowSettings settings, List<Sample> samples) {
        List<Sample> order = new ArrayList<>(samples);
        java.util.Collections.shuffle(order, random);
        Collected collected = new Collected();
        RuleWindows windows = new RuleWindows(settings, true);
        for (Sample sample : order) {
            windows.add(new WindowKey(0, sample.key(), 0), sample.occurrence(), 0, 0, 0, collected);
        }
        windows.finish(collected);
        return collected;
    }

    private static String text(Trigger trigger) {
        StringBuilder text = new StringBuilder()
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

    private static Collected run(Random random, WindowSettings settings, List<Sample> samples) {
        // Each event is delayed by at most the lateness.
        java.util.IdentityHashMap<Sample, Long> arrival = new java.util.IdentityHashMap<>();
        samples.forEach(sample ->
                arrival.put(sample, sample.occurrence().timeMillis() + random.nextLong(settings.latenessMillis() + 1)));
        List<Sample> order = new ArrayList<>(samples);
        java.util.Collections.shuffle(order, random);
        order.sort(Comparator.comparing(arrival::get));
        Collected collected = new Collected();
        Timelines timelines = new Timelines(false);
        RuleWindows windows = new RuleWindows(settings);
        for (Sample sample : order) {
            long time = sample.occurrence().timeMillis();
            timelines.advance(9, time, 0);
            long timeline = timelines.timelineOf(9, time, settings.latenessMillis());
            assertThat(timeline).isZero();
            long watermark = timelines.watermark(timeline, settings.latenessMillis());
            windows.add(
                    new WindowKey(0, sample.key(), timeline),
                    sample.occurrence(),
                    watermark,
                    watermark,
                    timelines.receivedMillis(),
                    collected);
            if (random.nextInt(20) == 0) {
                StateWriter state = new StateWriter();
                timelines.write(state);
                windows.write(state);
                StateReader reader = new StateReader(state.toBytes());
                timelines = Timelines.read(reader, false);
                windows = new RuleWindows(settings);
                windows.restore(reader);
                assertThat(reader.isExhausted()).isTrue();
            }
        }
        windows.finish(collected);
        return collected;
    }

    /// The rule of the window, written for clarity.
    private static Map<String, String> naive(WindowSettings settings, List<Sample> samples) {
        Map<String, String> found = new TreeMap<>();
        for (int key = 0; key < 3; key++) {
            int wanted = key;
            List<Occurrence> sorted = new ArrayList<>(samples.stream()
                    .filter(sample -> sample.key() == wanted)
                    .map(Sample::occurrence)
                    .sorted(Comparator.comparingLong(Occurrence::timeMillis).thenComparingLong(Occurrence::idLow))
                    .toList());
            long start = Long.MIN_VALUE;
            int number = 0;
            List<Occurrence> members = new ArrayList<>();
            int[] counts = new int[settings.thresholds().length];
            List<Set<Long>> seen = new ArrayList<>();
            for (int ignored : counts) {
                seen.add(new HashSet<>());
            }
            for (Occurrence each : sorted) {
                if (start != Long.MIN_VALUE && each.timeMillis() >= start + settings.windowMillis()) {
                    start = Long.MIN_VALUE;
                    members.clear();
                    java.util.Arrays.fill(counts, 0);
                    seen.forEach(Set::clear);
                }
                int[] before = counts.clone();
                boolean counted = false;
                for (int s = 0; s < counts.length; s++) {
                    boolean wants = (each.selectors() >> s & 1) == 1;
                    for (int earlier = 0; earlier < s && settings.sequence(); earlier++) {
                        wants &= before[earlier] >= settings.thresholds()[earlier];
                    }
                    long[] unique = each.unique();
                    if (wants && unique != null && unique[2 * s + 1] != 0) {
                        wants = seen.get(s).add(unique[2 * s + 1]);
                    }
                    if (wants) {
                        counts[s]++;
                        counted = true;
                    }
                }
                if (!counted) {
                    continue;
                }
                if (start == Long.MIN_VALUE) {
                    start = each.timeMillis();
                    number = 0;
                }
                members.add(each);
                boolean full = true;
                for (int s = 0; s < counts.length; s++) {
                    full &= counts[s] >= settings.thresholds()[s];
                }
                if (full) {
                    number++;
                    int from = settings.keepLast() ? Math.max(0, members.size() - settings.keptEvents()) : 0;
                    List<Occurrence> kept =
                            members.subList(from, Math.min(members.size(), from + settings.keptEvents()));
                    found.put(
                            key + "/" + start + "/" + number,
                            text(new Trigger(
                                    start,
                                    number,
                                    members.getFirst().timeMillis(),
                                    each.timeMillis(),
                                    members.size(),
                                    counts.clone(),
                                    List.copyOf(kept))));
                    members.clear();
                    java.util.Arrays.fill(counts, 0);
                    seen.forEach(Set::clear);
                }
            }
        }
        return found;
    }
}
