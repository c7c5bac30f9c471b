package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;

/// What the tests have in common that hold windows against rules written for clarity: samples in every
/// order within the lateness, restarts from whole states and from changes, and what was told.
final class WindowSamples {
    static final int KEYS = 3;

    private WindowSamples() {}

    record Sample(int key, Occurrence occurrence) {
        WindowKey windowKey() {
            return new WindowKey(0, key, 0);
        }
    }

    /// Makes the occurrence of a sample.
    @FunctionalInterface
    interface Making {
        Occurrence make(long timeMillis, int number, long selectors);
    }

    /// At most `most` samples in order of time, with crowds and gaps.
    static List<Sample> make(Random random, WindowSettings settings, int most, Making making) {
        List<Sample> samples = new ArrayList<>();
        int selectors = settings.thresholds().length;
        long time = -50;
        int count = random.nextInt(most);
        for (int i = 0; i < count; i++) {
            time += random.nextInt(8) == 0 ? random.nextInt(80) : random.nextInt(6);
            long mask = 1L + random.nextInt((1 << selectors) - 1);
            samples.add(new Sample(random.nextInt(KEYS), making.make(time, i, mask)));
        }
        return samples;
    }

    static List<Sample> shuffled(Random random, List<Sample> samples) {
        List<Sample> order = new ArrayList<>(samples);
        Collections.shuffle(order, random);
        return order;
    }

    /// An order of arrival in which each is delayed by at most the lateness.
    static List<Sample> delayed(Random random, WindowSettings settings, List<Sample> samples) {
        IdentityHashMap<Sample, Long> arrival = new IdentityHashMap<>();
        samples.forEach(sample ->
                arrival.put(sample, sample.occurrence().timeMillis() + random.nextLong(settings.latenessMillis() + 1)));
        List<Sample> order = shuffled(random, samples);
        order.sort(Comparator.comparing(arrival::get));
        return order;
    }

    /// The occurrences of a key in the order in which they count.
    static List<Occurrence> of(List<Sample> samples, int key) {
        return samples.stream()
                .filter(sample -> sample.key() == key)
                .map(Sample::occurrence)
                .sorted(Comparator.comparingLong(Occurrence::timeMillis)
                        .thenComparingLong(Occurrence::order)
                        .thenComparingLong(Occurrence::idLow))
                .toList();
    }

    /// What was told and not taken back, by key, window and number.
    static final class Collected implements WindowListener {
        final Map<String, String> found = new TreeMap<>();
        int corrections;
        private final Function<Trigger, String> text;

        Collected(Function<Trigger, String> text) {
            this.text = text;
        }

        @Override
        public void triggered(WindowKey key, Trigger trigger, boolean amended) {
            String name = key.low() + "/" + trigger.windowStartMillis() + "/" + trigger.number();
            if (amended) {
                corrections++;
            } else {
                assertThat(found).doesNotContainKey(name);
            }
            found.put(name, text.apply(trigger));
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

    /// All samples in any order, settled at the end.
    static Collected deferred(
            Random random,
            WindowSettings settings,
            List<Sample> samples,
            long endMillis,
            Function<Trigger, String> text) {
        Collected collected = new Collected(text);
        RuleWindows windows = new RuleWindows(settings, true);
        for (Sample sample : shuffled(random, samples)) {
            windows.add(sample.windowKey(), sample.occurrence(), 0, 0, 0, collected);
        }
        windows.finish(endMillis, collected);
        return collected;
    }

    /// Pieces in memory.
    record Saved(List<byte[]> pieces) implements SavedPieces {
        @Override
        public int count() {
            return pieces.size();
        }

        @Override
        public StateReader piece(int number) {
            return new StateReader(pieces.get(number));
        }
    }

    /// Windows and their timelines that are saved now and then, whole or by what has changed, and that
    /// die.
    static final class MortalWindows {
        private final Random random;
        private final WindowSettings settings;
        Timelines timelines = new Timelines(false);
        RuleWindows windows;
        private final List<byte[]> saved = new ArrayList<>();
        private byte[] savedTimelines = {};

        MortalWindows(Random random, WindowSettings settings) {
            this.random = random;
            this.settings = settings;
            windows = new RuleWindows(settings);
        }

        /// Saves and dies, each by chance.
        void live() {
            if (random.nextInt(8) > 0) {
                return;
            }
            save();
            if (random.nextBoolean()) {
                StateReader reader = new StateReader(savedTimelines);
                timelines = Timelines.read(reader, false);
                windows = new RuleWindows(settings);
                windows.restore(
                        new Saved(List.copyOf(saved)),
                        piece -> assertThat(piece.isExhausted()).isTrue());
                windows.saved();
            }
        }

        private void save() {
            StateWriter times = new StateWriter();
            timelines.write(times);
            savedTimelines = times.toBytes();
            StateWriter state = new StateWriter();
            if (windows.knowsChanges() && random.nextInt(5) > 0) {
                assertThat(saved).isNotEmpty();
                windows.writeChanges(state);
            } else {
                windows.write(state);
                saved.clear();
            }
            saved.add(state.toBytes());
            windows.saved();
        }
    }
}
