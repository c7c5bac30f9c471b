package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.window.WindowSamples.Collected;
import io.tocsin.correlator.window.WindowSamples.MortalWindows;
import io.tocsin.correlator.window.WindowSamples.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Compares windows with recovery and timeout, and waits for what does not come, with models written
/// for clarity, under random order, restarts and settings.
final class ExpiringWindowsPermutationTest {
    private static final int ROUNDS = Math.min(2_500, 30 * Integer.getInteger("rounds", 2_500));

    @Test
    void tellsTheSameTimeoutsInEveryOrderWithinTheLatenessAndAcrossRestarts() {
        compare(false);
    }

    @Test
    void missesTheSameEventsInEveryOrderWithinTheLatenessAndAcrossRestarts() {
        compare(true);
    }

    private static void compare(boolean absence) {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("ExpiringWindowsPermutationTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int found = 0;
        int timeouts = 0;
        for (int round = 0; round < ROUNDS; round++) {
            WindowSettings settings = absence ? waits(random) : buckets(random);
            List<Sample> samples = samples(random, settings, !absence);
            long end = samples.stream()
                    .mapToLong(each -> each.occurrence().timeMillis())
                    .max()
                    .orElse(0);
            Map<String, String> expected = new TreeMap<>();
            for (int key = 0; key < WindowSamples.KEYS; key++) {
                if (absence) {
                    naiveWaits(settings, WindowSamples.of(samples, key), end, key, expected);
                } else {
                    naiveBuckets(settings, WindowSamples.of(samples, key), end, key, expected);
                }
            }
            assertThat(stream(random, settings, samples, end).found)
                    .as("seed %d round %d %s", seed, round, settings)
                    .isEqualTo(expected);
            assertThat(inOrder(random, settings, samples, end).found)
                    .as("in order, seed %d round %d", seed, round)
                    .isEqualTo(expected);
            assertThat(WindowSamples.deferred(random, settings, samples, end, ExpiringWindowsPermutationTest::text)
                            .found)
                    .as("deferred, seed %d round %d", seed, round)
                    .isEqualTo(expected);
            found += expected.size();
            timeouts += (int) expected.keySet().stream()
                    .filter(name -> name.endsWith("/0"))
                    .count();
        }
        assertThat(found).isGreaterThan(ROUNDS);
        if (!absence) {
            assertThat(timeouts).isGreaterThan(ROUNDS / 4);
        }
    }

    private static WindowSettings buckets(Random random) {
        int selectors = 1 + random.nextInt(3);
        int[] thresholds = new int[selectors];
        for (int i = 0; i < selectors; i++) {
            thresholds[i] = 1 + random.nextInt(3);
        }
        long recovery = random.nextInt(4) == 0 || selectors == 1 ? 0 : 1L << (1 + random.nextInt(selectors - 1));
        return new WindowSettings(
                1 + random.nextInt(80),
                random.nextInt(50),
                thresholds,
                random.nextBoolean(),
                random.nextBoolean(),
                1 + random.nextInt(6),
                1_000,
                null,
                recovery,
                random.nextInt(4) > 0,
                0);
    }

    private static WindowSettings waits(Random random) {
        int selectors = 1 + random.nextInt(3);
        int[] thresholds = new int[selectors];
        Arrays.fill(thresholds, 1);
        return new WindowSettings(
                1 + random.nextInt(60),
                random.nextInt(40),
                thresholds,
                false,
                false,
                100,
                1_000,
                null,
                0,
                false,
                1L << random.nextInt(selectors));
    }

    private static List<Sample> samples(Random random, WindowSettings settings, boolean unique) {
        int selectors = settings.thresholds().length;
        boolean ordered = random.nextBoolean();
        boolean different = unique && random.nextBoolean();
        return WindowSamples.make(random, settings, 100, (time, number, mask) -> {
            long[] values = different ? new long[selectors * 2] : null;
            for (int s = 0; s < selectors && values != null; s++) {
                values[2 * s + 1] = random.nextInt(6);
            }
            return new Occurrence(time, 7, number, mask, values, new byte[0], ordered ? random.nextInt(3) : 0);
        });
    }

    private static String text(Trigger trigger) {
        return text(trigger.total(), trigger.firstMillis(), trigger.lastMillis(), trigger.kept());
    }

    private static String text(int total, long first, long last, List<Occurrence> kept) {
        StringBuilder text = new StringBuilder()
                .append(total)
                .append(' ')
                .append(first)
                .append("..")
                .append(last);
        kept.forEach(each -> text.append(" #").append(each.idLow()));
        return text.toString();
    }

    private static Collected stream(Random random, WindowSettings settings, List<Sample> samples, long end) {
        Collected collected = new Collected(ExpiringWindowsPermutationTest::text);
        MortalWindows process = new MortalWindows(random, settings);
        for (Sample sample : WindowSamples.delayed(random, settings, samples)) {
            process.timelines.advance(9, sample.occurrence().timeMillis(), 0);
            long watermark = process.timelines.watermark(0, settings.latenessMillis());
            process.windows.expire(watermark, collected);
            process.windows.add(sample.windowKey(), sample.occurrence(), watermark, watermark, 0, collected);
            process.live();
        }
        process.windows.finish(end, collected);
        return collected;
    }

    /// All samples in the order in which they count, as rules see them that wait for it: nothing is
    /// ever corrected.
    private static Collected inOrder(Random random, WindowSettings settings, List<Sample> samples, long end) {
        Collected collected = new Collected(ExpiringWindowsPermutationTest::text);
        MortalWindows process = new MortalWindows(random, settings);
        List<Sample> sorted = samples.stream()
                .sorted((one, other) -> one.occurrence().compare(other.occurrence()))
                .toList();
        for (Sample sample : sorted) {
            long time = sample.occurrence().timeMillis();
            while (process.windows.dueMillis() <= time) {
                process.windows.expire(process.windows.dueMillis(), collected);
            }
            process.windows.addInOrder(sample.windowKey(), "", sample.occurrence(), collected);
            process.live();
        }
        process.windows.finish(end, collected);
        assertThat(collected.corrections).isZero();
        return collected;
    }

    /// Each start that no expected event followed in time, and the number it has among the waits that
    /// hang together.
    private static void naiveWaits(
            WindowSettings settings, List<Occurrence> sorted, long end, int key, Map<String, String> found) {
        long window = settings.windowMillis();
        boolean heartbeat = Long.bitCount(settings.expected()) == settings.thresholds().length;
        int number = 0;
        long reach = Long.MIN_VALUE;
        for (int i = 0; i < sorted.size(); i++) {
            Occurrence start = sorted.get(i);
            boolean expected = (start.selectors() & settings.expected()) != 0;
            boolean starts = heartbeat ? expected : (start.selectors() & ~settings.expected()) != 0;
            if (expected) {
                // It ends every wait before it.
                reach = Long.MIN_VALUE;
            }
            if (!starts) {
                continue;
            }
            if (reach == Long.MIN_VALUE || start.timeMillis() >= reach) {
                number = 0;
            }
            reach = start.timeMillis() + window;
            boolean answered = false;
            for (int k = i + 1; k < sorted.size(); k++) {
                Occurrence later = sorted.get(k);
                answered |= (later.selectors() & settings.expected()) != 0
                        && later.timeMillis() < start.timeMillis() + window;
            }
            if (!answered && start.timeMillis() + window <= end) {
                number++;
                found.put(
                        key + "/" + start.timeMillis() + "/" + number,
                        text(1, start.timeMillis(), start.timeMillis() + window, List.of(start)));
            }
        }
    }

    private static void naiveBuckets(
            WindowSettings settings, List<Occurrence> sorted, long end, int key, Map<String, String> found) {
        int selectors = settings.thresholds().length;
        int at = 0;
        while (at < sorted.size()) {
            // A window begins with the first event that counts.
            long start = Long.MIN_VALUE;
            int triggers = 0;
            int[] counts = new int[selectors];
            Set<List<Long>> seen = new HashSet<>();
            List<Occurrence> members = new ArrayList<>();
            List<Occurrence> standing = new ArrayList<>();
            int standingTotal = 0;
            long standingFirst = 0;
            while (at < sorted.size()
                    && (start == Long.MIN_VALUE || sorted.get(at).timeMillis() < start + settings.windowMillis())) {
                Occurrence each = sorted.get(at++);
                long recovering = each.selectors() & settings.recovery();
                if (recovering != 0) {
                    boolean recovered = false;
                    for (int s = 0; s < selectors && !recovered; s++) {
                        if ((recovering >> s & 1) == 1 && (!members.isEmpty() || standingTotal > 0)) {
                            counts[s]++;
                            recovered = counts[s] >= settings.thresholds()[s];
                        }
                    }
                    if (recovered) {
                        counts = new int[selectors];
                        seen.clear();
                        members.clear();
                        standing.clear();
                        standingTotal = 0;
                    }
                    continue;
                }
                int[] before = counts.clone();
                boolean counted = false;
                for (int s = 0; s < selectors; s++) {
                    boolean wants = (each.selectors() >> s & 1) == 1;
                    for (int earlier = 0; earlier < s && settings.sequence(); earlier++) {
                        wants &= before[earlier] >= settings.thresholds()[earlier]
                                || (settings.recovery() >> earlier & 1) == 1;
                    }
                    long[] values = each.unique();
                    if (wants && values != null && values[2 * s + 1] != 0) {
                        wants = seen.add(List.of((long) s, values[2 * s + 1]));
                    }
                    if (wants) {
                        counts[s]++;
                        counted = true;
                    }
                }
                if (!counted) {
                    continue;
                }
                start = start == Long.MIN_VALUE ? each.timeMillis() : start;
                members.add(each);
                boolean full = true;
                for (int s = 0; s < selectors; s++) {
                    full &= counts[s] >= settings.thresholds()[s] || (settings.recovery() >> s & 1) == 1;
                }
                if (full) {
                    triggers++;
                    List<Occurrence> kept = kept(settings, members);
                    found.put(
                            key + "/" + start + "/" + triggers,
                            text(members.size(), members.getFirst().timeMillis(), each.timeMillis(), kept));
                    if (settings.timeout()) {
                        standingFirst = standingTotal == 0 ? members.getFirst().timeMillis() : standingFirst;
                        standingTotal += members.size();
                        standing.addAll(kept);
                    }
                    for (int s = 0; s < selectors; s++) {
                        boolean stays = settings.timeout() && (settings.recovery() >> s & 1) == 1;
                        counts[s] = stays ? counts[s] : 0;
                    }
                    seen.clear();
                    members.clear();
                }
            }
            if (start != Long.MIN_VALUE && standingTotal > 0 && start + settings.windowMillis() <= end) {
                found.put(
                        key + "/" + start + "/0",
                        text(standingTotal, standingFirst, start + settings.windowMillis(), kept(settings, standing)));
            }
        }
    }

    private static List<Occurrence> kept(WindowSettings settings, List<Occurrence> members) {
        int from = settings.keepLast() ? Math.max(0, members.size() - settings.keptEvents()) : 0;
        return List.copyOf(members.subList(from, Math.min(members.size(), from + settings.keptEvents())));
    }
}
