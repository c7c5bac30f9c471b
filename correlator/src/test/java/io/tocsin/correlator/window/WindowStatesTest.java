package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.window.SlidingSettings.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What single keys promise at their bounds, and of what they say about themselves.
class WindowStatesTest {
    private static Occurrence occurrence(long time, long id) {
        return new Occurrence(time, 1, id, 1, null, new byte[] {(byte) id});
    }

    private static Occurrence valued(long time, long id, long value) {
        return new Occurrence(time, 1, id, 1, new long[] {value, 1}, new byte[0]);
    }

    private static WindowSettings sliding(long window, Measure measure, double atLeast, Form form, long gap) {
        Bound bound = new Bound(Bound.Relation.AT_LEAST, atLeast);
        return new WindowSettings(
                window,
                0,
                new int[] {1},
                false,
                true,
                3,
                10,
                new SlidingSettings(measure, List.of(bound), null, 0, form, gap));
    }

    private static WindowSettings buckets(int threshold, int kept) {
        return new WindowSettings(100, 0, new int[] {threshold}, false, false, kept, 10, null, 0, true, 0);
    }

    private static WindowSettings waits() {
        return new WindowSettings(100, 0, new int[] {1, 1}, false, false, 1, 10, null, 0, false, 2);
    }

    private static KeyState again(KeyState state, WindowSettings settings) {
        StateWriter out = new StateWriter();
        state.write(out);
        StateReader in = new StateReader(out.toBytes());
        KeyState read = KeyState.read(in, settings);
        assertThat(in.isExhausted()).isTrue();
        assertThat(read.progress()).isEqualTo(state.progress());
        assertThat(read.bytes()).isEqualTo(state.bytes());
        return read;
    }

    private static List<Integer> numbers(@Nullable Trigger... triggers) {
        List<Integer> numbers = new ArrayList<>();
        for (Trigger trigger : triggers) {
            numbers.add(trigger == null ? -1 : trigger.number());
        }
        return numbers;
    }

    @Test
    void tellsTheFirstHundredOfAnEpisodeAndThenPowersOfTwo() {
        WindowSettings settings = sliding(1_000, Measure.EVENTS, 1, Form.SLIDING, 0);
        KeyState state = KeyState.of(settings);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Trigger trigger = state.add(settings, occurrence(i, i));
            if (trigger != null) {
                numbers.add(trigger.number());
                assertThat(trigger.windowStartMillis()).isZero();
            }
        }
        List<Integer> expected = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            expected.add(i);
        }
        expected.addAll(List.of(128, 256));
        assertThat(numbers).isEqualTo(expected);
        assertThat(state.progress()).isEqualTo(new WindowProgress(true, 0, 300, List.of(300), 300));
        // Silence of the length of the window does not end an episode, a longer one does.
        assertThat(numbers(again(state, settings).add(settings, occurrence(1_299, 300))))
                .containsExactly(-1);
        assertThat(numbers(state.copy().add(settings, occurrence(1_300, 300)))).containsExactly(1);
        assertThat(state.isOver(settings, 1_299)).isFalse();
        assertThat(state.isOver(settings, 1_300)).isTrue();
    }

    @Test
    void endsAnEpisodeWhenItsBoundsDoNotHold() {
        WindowSettings settings = sliding(10, Measure.EVENTS, 2, Form.SLIDING, 0);
        KeyState state = KeyState.of(settings);
        assertThat(state.isOver(settings, 0)).isTrue();
        assertThat(state.progress()).isEqualTo(new WindowProgress(false, 0, 0, List.of(0), 0));
        assertThat(numbers(
                        state.add(settings, occurrence(0, 1)),
                        state.add(settings, occurrence(10, 2)),
                        state.add(settings, occurrence(11, 3)),
                        state.add(settings, occurrence(30, 4)),
                        state.add(settings, occurrence(31, 5))))
                .containsExactly(-1, 1, 2, -1, 1);
        assertThat(state.progress()).isEqualTo(new WindowProgress(true, 31, 1, List.of(2), 2));
        assertThat(state.add(settings, occurrence(50, 6))).isNull();
        assertThat(state.progress()).isEqualTo(new WindowProgress(true, 50, 0, List.of(1), 1));
    }

    @Test
    void remembersSoManyEventsOfAWindowAndTheLatestOfThem() {
        WindowSettings settings =
                sliding(Long.MAX_VALUE / 4, Measure.EVENTS, SlidingState.MAXIMUM_ENTRIES, Form.SLIDING, 0);
        KeyState state = KeyState.of(settings);
        for (int i = 1; i < SlidingState.MAXIMUM_ENTRIES; i++) {
            assertThat(state.add(settings, occurrence(i, i))).isNull();
        }
        Trigger full = state.add(settings, occurrence(2_000_000, 1));
        Trigger more = state.add(settings, occurrence(2_000_001, 2));
        assertThat(numbers(full, more)).containsExactly(1, 2);
        assertThat(full).isNotNull().extracting(Trigger::total).isEqualTo(SlidingState.MAXIMUM_ENTRIES);
        assertThat(full).isNotNull().extracting(Trigger::firstMillis).isEqualTo(1L);
        assertThat(more).isNotNull().extracting(Trigger::total).isEqualTo(SlidingState.MAXIMUM_ENTRIES);
        assertThat(more).isNotNull().extracting(Trigger::firstMillis).isEqualTo(2L);
    }

    @Test
    void accountsForEachEventOfAWindow() {
        WindowSettings settings = sliding(1_000, Measure.DISTINCT, 99, Form.SLIDING, 0);
        KeyState state = KeyState.of(settings);
        long empty = state.bytes();
        assertThat(empty).isPositive();
        state.add(settings, valued(1, 1, 1));
        long each = state.bytes() - empty;
        assertThat(each).isGreaterThan(Occurrence.BYTES);
        state.add(settings, valued(2, 2, 1));
        assertThat(state.bytes()).isEqualTo(empty + 2 * each);
        for (int i = 3; i < 40; i++) {
            state.add(settings, valued(i, i, i));
        }
        // Three are kept for what is told.
        assertThat(state.bytes()).isEqualTo(empty + 39 * (each - Occurrence.BYTES) + 3 * Occurrence.BYTES);
        assertThat(again(state, settings).bytes()).isEqualTo(state.copy().bytes());
    }

    @Test
    void accountsForWhatABucketKeepsAndWhatStands() {
        WindowSettings settings = buckets(2, 3);
        KeyState state = KeyState.of(settings);
        long empty = state.bytes();
        assertThat(empty).isPositive();
        state.add(settings, occurrence(1, 1));
        assertThat(state.bytes()).isEqualTo(empty + Occurrence.BYTES);
        state.add(settings, occurrence(2, 2));
        long standing = state.bytes();
        assertThat(standing).isGreaterThan(empty + 2 * Occurrence.BYTES);
        state.add(settings, occurrence(3, 3));
        state.add(settings, occurrence(4, 4));
        assertThat(state.bytes()).isEqualTo(standing + Occurrence.BYTES);
        assertThat(state.dueMillis(settings)).isEqualTo(101);
        assertThat(state.expire(settings, 100)).isNull();
        assertThat(state.isOver(settings, 101)).isFalse();
        Trigger timeout = again(state, settings).expire(settings, 101);
        Objects.requireNonNull(timeout);
        assertThat(timeout.kept()).extracting(Occurrence::idLow).containsExactly(1L, 2L, 3L);
        assertThat(timeout.total()).isEqualTo(4);
        state.expire(settings, 101);
        assertThat(state.bytes()).isEqualTo(empty);
        assertThat(state.isOver(settings, 101)).isTrue();
        KeyState unique = KeyState.of(settings);
        unique.add(settings, new Occurrence(1, 1, 1, 1, new long[] {3, 4}, new byte[0]));
        assertThat(unique.bytes()).isGreaterThan(empty + Occurrence.BYTES + 16);
        assertThat(again(unique, settings).add(settings, new Occurrence(2, 1, 2, 1, new long[] {3, 4}, new byte[0])))
                .isNull();
    }

    @Test
    void countsWaitsBeyondAThousandWithTheLatest() {
        WindowSettings settings = waits();
        KeyState state = KeyState.of(settings);
        long empty = state.bytes();
        for (int i = 0; i < Waits.MAXIMUM + 3; i++) {
            assertThat(state.add(settings, occurrence(i / 20, i))).isNull();
        }
        assertThat(state.bytes()).isEqualTo(empty + (long) Waits.MAXIMUM * Occurrence.BYTES);
        assertThat(state.progress()).isEqualTo(new WindowProgress(true, 0, 0, List.of(), Waits.MAXIMUM + 3));
        KeyState copy = again(state, settings).copy();
        List<Integer> totals = new ArrayList<>();
        for (Trigger each = copy.expire(settings, 1_000); each != null; each = copy.expire(settings, 1_000)) {
            totals.add(each.total());
            assertThat(each.number()).isEqualTo(totals.size());
            assertThat(each.counts()).containsExactly(1, 0);
        }
        assertThat(totals).hasSize(Waits.MAXIMUM).startsWith(1, 1).endsWith(1, 4);
        assertThat(copy.isOver(settings, 0)).isTrue();
        assertThat(copy.dueMillis(settings)).isEqualTo(Long.MAX_VALUE);
        assertThat(copy.progress()).isEqualTo(new WindowProgress(false, 0, Waits.MAXIMUM, List.of(), 0));
        // An answer ends the uncounted ones as well.
        state.add(settings, new Occurrence(95, 1, 5_000, 2, null, new byte[0]));
        assertThat(state.progress().total()).isZero();
        state.add(settings, occurrence(96, 6_000));
        Trigger next = state.expire(settings, 196);
        Objects.requireNonNull(next);
        assertThat(next.total()).isEqualTo(1);
        assertThat(next.number()).isEqualTo(1);
    }

    private static void assertDamaged(WindowSettings settings, String message, Consumer<StateWriter> written) {
        StateWriter out = new StateWriter();
        written.accept(out);
        out.raw(new byte[5_000]);
        assertThatThrownBy(() -> KeyState.read(new StateReader(out.toBytes()), settings))
                .isInstanceOf(DamagedStateException.class)
                .hasMessageContaining(message);
    }

    private static void bucket(StateWriter out, int total, int kept) {
        out.flag(true);
        out.number(0);
        out.count(0);
        out.count(1);
        out.flag(false);
        out.count(total);
        out.number(0);
        out.count(kept);
    }

    private static void entries(StateWriter out, int count, long selectors) {
        out.count(count);
        for (int i = 0; i < count; i++) {
            out.number(i);
            out.bits(selectors);
            out.bits(0);
            out.bits(0);
        }
    }

    @Test
    void refusesStatesThatCannotBe() {
        WindowSettings bucket = buckets(2, 3);
        assertDamaged(bucket, "more kept events", out -> bucket(out, 2, 3));
        assertDamaged(bucket, "more kept events", out -> {
            bucket(out, 0, 0);
            out.flag(true);
            out.count(1);
            out.count(2);
            out.number(0);
            out.count(3);
        });
        WindowSettings window = sliding(100, Measure.EVENTS, 2, Form.SLIDING, 0);
        assertDamaged(window, "a selector that is not there", out -> entries(out, 2, 2));
        assertDamaged(window, "more kept events", out -> {
            entries(out, 2, 1);
            out.count(4);
        });
        assertDamaged(waits(), "more waits", out -> out.count(Waits.MAXIMUM + 1));
        assertThatThrownBy(() -> {
                    StateWriter out = new StateWriter();
                    out.count(SlidingState.MAXIMUM_ENTRIES + 1);
                    out.raw(new byte[SlidingState.MAXIMUM_ENTRIES + 1]);
                    KeyState.read(new StateReader(out.toBytes()), window);
                })
                .isInstanceOf(DamagedStateException.class)
                .hasMessageContaining("remembered");
    }

    @Test
    void ordersEventsOfOneTimeByTheirOrderAndThenTheirIdentifier() {
        byte[] none = {};
        Occurrence first = new Occurrence(5, 1, 1, 1, null, none, 0);
        Occurrence ordered = new Occurrence(5, 0, 0, 1, null, none, 1);
        Occurrence high = new Occurrence(5, -1, 0, 1, null, none, 0);
        Occurrence low = new Occurrence(5, 1, -1, 1, null, none, 0);
        Occurrence later = new Occurrence(6, 0, 0, 1, null, none, -9);
        List<Occurrence> sorted = new ArrayList<>(List.of(later, ordered, high, low, first));
        sorted.sort(Occurrence::compare);
        assertThat(sorted).containsExactly(first, low, high, ordered, later);
        assertThat(first.compare(new Occurrence(5, 1, 1, 2, null, none))).isZero();
    }

    @Test
    void passesOverExactlyWhatItWrote() {
        StateWriter out = new StateWriter();
        new Occurrence(5, 6, 7, 8, new long[] {1, 2, 3}, new byte[] {4, 5}, 9).write(out);
        new Occurrence(-5, 6, 7, 8, null, new byte[0], -9).write(out);
        occurrence(77, 42).write(out);
        StateReader in = new StateReader(out.toBytes());
        Occurrence.passOver(in);
        Occurrence.passOver(in);
        assertThat(Occurrence.read(in).idLow()).isEqualTo(42);
        assertThat(in.isExhausted()).isTrue();
        Occurrence read = Occurrence.read(new StateReader(out.toBytes()));
        assertThat(read.unique()).containsExactly(1, 2, 3);
        assertThat(read.captured()).containsExactly(4, 5);
        assertThat(read.order()).isEqualTo(9);
    }

    private static Trigger trigger(
            long start, int number, long first, long last, int total, int[] counts, double value, long... ids) {
        return new Trigger(
                start,
                number,
                first,
                last,
                total,
                counts,
                Arrays.stream(ids).mapToObj(id -> occurrence(1, id)).toList(),
                value);
    }

    @Test
    void tellsMatchesApartByAllThatMakesThem() {
        List<Trigger> different = List.of(
                trigger(1, 2, 3, 4, 5, new int[] {6}, 7, 8),
                trigger(9, 2, 3, 4, 5, new int[] {6}, 7, 8),
                trigger(1, 9, 3, 4, 5, new int[] {6}, 7, 8),
                trigger(1, 2, 9, 4, 5, new int[] {6}, 7, 8),
                trigger(1, 2, 3, 9, 5, new int[] {6}, 7, 8),
                trigger(1, 2, 3, 4, 9, new int[] {6}, 7, 8),
                trigger(1, 2, 3, 4, 5, new int[] {9}, 7, 8),
                trigger(1, 2, 3, 4, 5, new int[] {6, 0}, 7, 8),
                trigger(1, 2, 3, 4, 5, new int[] {6}, 9, 8),
                trigger(1, 2, 3, 4, 5, new int[] {6}, Double.NaN, 8),
                trigger(1, 2, 3, 4, 5, new int[] {6}, 7, 9),
                trigger(1, 2, 3, 4, 5, new int[] {6}, 7, 8, 9),
                trigger(1, 2, 3, 4, 5, new int[] {6}, 7, 9, 8));
        assertThat(different.stream().map(Trigger::digest).distinct()).hasSize(different.size());
        assertThat(trigger(1, 2, 3, 4, 5, new int[] {6}, 7, 8).digest())
                .isEqualTo(different.getFirst().digest());
    }

    @Test
    void asksWhichSelectorsWereSeen() {
        Seen zero = new Seen.Selector(0);
        Seen one = new Seen.Selector(1);
        Seen both = new Seen.All(List.of(zero, one));
        Seen either = new Seen.Any(List.of(zero, one));
        Seen neither = new Seen.Not(either);
        List<List<Boolean>> expected = List.of(
                List.of(false, false, true),
                List.of(false, true, false),
                List.of(false, true, false),
                List.of(true, true, false));
        for (int seen = 0; seen < 4; seen++) {
            assertThat(List.of(both.holds(seen), either.holds(seen), neither.holds(seen)))
                    .isEqualTo(expected.get(seen));
        }
        for (Seen each : List.of(both, either, neither)) {
            assertThat(List.of(each.asks(0), each.asks(1), each.asks(2))).containsExactly(true, true, false);
            Seen moved = each.renumbered(Map.of(0, 5));
            assertThat(List.of(moved.asks(0), moved.asks(1), moved.asks(5))).containsExactly(false, true, true);
            assertThat(moved.holds(1 << 5)).isEqualTo(each.holds(1));
        }
    }

    private static WindowSettings ranged(long window, long lateness, int selectors, int kept, int keys) {
        return new WindowSettings(window, lateness, new int[selectors], false, false, kept, keys);
    }

    @Test
    void refusesSettingsOutOfRange() {
        assertThat(ranged(1, 0, 1, 1, 1).expires()).isFalse();
        assertThat(ranged(1, 0, 64, 1, 1).thresholds()).hasSize(64);
        assertThat(waits().expires()).isTrue();
        assertThat(buckets(1, 1).expires()).isTrue();
        List<Runnable> wrong = List.of(
                () -> ranged(0, 0, 1, 1, 1),
                () -> ranged(1, -1, 1, 1, 1),
                () -> ranged(1, 0, 0, 1, 1),
                () -> ranged(1, 0, 65, 1, 1),
                () -> ranged(1, 0, 1, 0, 1),
                () -> ranged(1, 0, 1, 1, 0),
                () -> new SlidingSettings(Measure.PERCENTILE, List.of(), null, -0.1, Form.SLIDING, 0),
                () -> new SlidingSettings(Measure.PERCENTILE, List.of(), null, 100.1, Form.SLIDING, 0),
                () -> new SlidingSettings(Measure.EVENTS, List.of(), null, 0, Form.SESSION, -1));
        for (Runnable each : wrong) {
            assertThatThrownBy(each::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("out of range");
        }
        assertThat(new SlidingSettings(Measure.PERCENTILE, List.of(), null, 100, Form.SLIDING, 0).percentile())
                .isEqualTo(100);
        assertThat(new SlidingSettings(Measure.PERCENTILE, List.of(), null, 0, Form.SLIDING, 0).percentile())
                .isZero();
    }
}
