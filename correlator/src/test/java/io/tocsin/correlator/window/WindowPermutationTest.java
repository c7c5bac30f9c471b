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

/// Compares the windows with a model that sorts everything and counts once, under random order,
/// restarts and settings.
class WindowPermutationTest {
    private static final int ROUNDS = Math.min(3_000, 30 * Integer.getInteger("rounds", 3_000));

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
            assertThat(WindowSamples.deferred(random, settings, samples, Long.MAX_VALUE, WindowPermutationTest::text)
                            .found)
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
        int selectors = settings.thresholds().length;
        boolean unique = random.nextBoolean();
        boolean ordered = random.nextBoolean();
        return WindowSamples.make(random, settings, 120, (time, number, mask) -> {
            long[] values = null;
            if (unique) {
                values = new long[selectors * 2];
                for (int s = 0; s < selectors; s++) {
                    values[2 * s + 1] = random.nextInt(6);
                }
            }
            byte[] captured = new byte[random.nextInt(3)];
            return new Occurrence(time, 7, number, mask, values, captured, ordered ? random.nextInt(3) : 0);
        });
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
        Collected collected = new Collected(WindowPermutationTest::text);
        MortalWindows process = new MortalWindows(random, settings);
        for (Sample sample : WindowSamples.delayed(random, settings, samples)) {
            long time = sample.occurrence().timeMillis();
            process.timelines.advance(9, time, 0);
            long timeline = process.timelines.timelineOf(9, time, time, settings.latenessMillis());
            assertThat(timeline).isZero();
            long watermark = process.timelines.watermark(timeline, settings.latenessMillis());
            process.windows.add(
                    sample.windowKey(),
                    sample.occurrence(),
                    watermark,
                    watermark,
                    process.timelines.receivedMillis(),
                    collected);
            process.live();
        }
        process.windows.finish(collected);
        return collected;
    }

    /// The rule of the window, written for clarity.
    private static Map<String, String> naive(WindowSettings settings, List<Sample> samples) {
        Map<String, String> found = new TreeMap<>();
        for (int key = 0; key < 3; key++) {
            List<Occurrence> sorted = WindowSamples.of(samples, key);
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
