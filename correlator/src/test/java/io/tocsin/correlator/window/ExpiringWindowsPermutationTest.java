package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Compares windows with recovery and timeout, and waits for what does not come, with models written for clarity, under
/// random order, restarts and settings.
final class ExpiringWindowsPermutationTest {
    private static final int ROUNDS = 2_500;
    private static final int KEYS = 3;

    private record Sample(int key, Occurrence occurrence) {}

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
            List<Sample> samples = samples(random, settings);
            long end = samples.stream()
                    .mapToLong(each -> each.occurrence().timeMillis())
                    .max()
                    .orElse(0);
            Map<String, String> expected = new TreeMap<>();
            for (int key = 0; key < KEYS; key++) {
                if (absence) {
                    naiveWaits(settings, of(samples, key), end, key, expected);
                } else {
                    naiveBuckets(settings, of(samples, key), end, key, expected);
                }
            }
            assertThat(stream(random, settings, samples, end).found)
                    .as("seed %d round %d %s", seed, round, settings)
                    .isEqualTo(expected);
            assertThat(deferred(random, settings, samples, end).found)
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

    private static List<Sample> samples(Random random, WindowSettings settings) {
        List<Sample> samples = new ArrayList<>();
        int selectors = settings.thresholds().length;
        boolean ordered = random.nextBoolean();
        long time = -50;
        int count = random.nextInt(100);
        for (int i = 0; i < count; i++) {
            time += random.nextInt(8) == 0 ? random.nextInt(80) : random.nextInt(6);
            long mask = 1L + random.nextInt((1 << selectors) - 1);
            samples.add(new Sample(
                    random.nextInt(KEYS),
                    new Occurrence(time, 7, i, mask, null, new byte[0], ordered ? random.nextInt(3) : 0)));
        }
        return samples;
    }

    private static List<Occurrence> of(List<Sample> samples, int key) {
        return samples.stream()
                .filter(sample -> sample.key() == key)
                .map(Sample::occurrence)
                .sorted(Comparator.comparingLong(Occurrence::timeMillis)
                        .thenComparingLong(Occurrence::order)
                        .thenComparingLong(Occurrence::idLow))
                .toList();
    }

    private static final class Collected implements WindowListener {
        final Map<String, String> found = new TreeMap<>();

        @Override
        public void triggered(WindowKey key, Trigger trigger, boolean amended) {
            String name = key.low() + "/" + trigger.windowStartMillis() + "/" + trigger.number();
            if (!amended) {
                assertThat(found).doesNotContainKey(name);
            }
            found.put(name, text(trigger.total(), trigger.firstMillis(), trigger.lastMillis(), trigger.kept()));
        }

        @Override
        public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {
            assertThat(found.remove(key.low() + "/" + windowStartMillis + "/" + number))
                    .isNotNull();
        }

        @Override
        public void settledEarly() {
            throw new AssertionError("too few events for that");
        }
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

    private static Collected deferred(Random random, WindowSettings settings, List<Sample> samples, long end) {
        List<Sample> order = new ArrayList<>(samples);
        Collections.shuffle(order, random);
        Collected collected = new Collected();
        RuleWindows windows = new RuleWindows(settings, true);
        for (Sample sample : order) {
            windows.add(new WindowKey(0, sample.key(), 0), sample.occurrence(), 0, 0, 0, collected);
        }
        windows.finish(end, collected);
        return collected;
    }

    private static Collected stream(Random random, WindowSettings settings, List<Sample> samples, long end) {
        IdentityHashMap<Sample, Long> arrival = new IdentityHashMap<>();
        samples.forEach(sample ->
                arrival.put(sample, sample.occurrence().timeMillis() + random.nextLong(settings.latenessMillis() + 1)));
        List<Sample> order = new ArrayList<>(samples);
        Collections.shuffle(order, random);
        order.sort(Comparator.comparing(arrival::get));
        Collected collected = new Collected();
        Timelines timelines = new Timelines(false);
        RuleWindows windows = new RuleWindows(settings);
        for (Sample sample : order) {
            long time = sample.occurrence().timeMillis();
            timelines.advance(9, time, 0);
            long watermark = timelines.watermark(0, settings.latenessMillis());
            windows.expire(watermark, collected);
            windows.add(new WindowKey(0, sample.key(), 0), sample.occurrence(), watermark, watermark, 0, collected);
            if (random.nextInt(15) == 0) {
                StateWriter state = new StateWriter();
                windows.write(state);
                StateReader reader = new StateReader(state.toBytes());
                windows = new RuleWindows(settings);
                windows.restore(reader);
                assertThat(reader.isExhausted()).isTrue();
            }
        }
        windows.finish(end, collected);
        return collected;
    }

    /// Each start that no expected event followed in time, and the number it has among the waits that hang together.
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
