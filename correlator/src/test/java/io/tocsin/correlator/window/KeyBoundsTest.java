package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// How many keys a rule holds, which of them goes first, and what their memory is said to be.
class KeyBoundsTest {
    private static final long WINDOW = 1_000;
    private static final long LATENESS = 100;
    private static final long SILENCE = WINDOW + LATENESS + RuleWindows.IDLE_MILLIS;

    private final Told told = new Told();

    private static WindowSettings settings(int threshold, int maximumKeys) {
        return new WindowSettings(WINDOW, LATENESS, new int[] {threshold}, false, false, 5, maximumKeys);
    }

    private static Occurrence occurrence(long time, long id) {
        return new Occurrence(time, 1, id, 1, null, new byte[0]);
    }

    private static WindowKey key(long number) {
        return new WindowKey(1, number, 0);
    }

    /// An event of the common timeline that is the latest so far.
    private void add(RuleWindows windows, long key, String tenant, long time) {
        long watermark = time - LATENESS;
        windows.add(key(key), tenant, occurrence(time, time), watermark, watermark, time, told);
    }

    /// An event of a source whose clock is apart.
    private void addApart(RuleWindows windows, long key, String tenant, long received) {
        windows.add(new WindowKey(1, key, 7), tenant, occurrence(-5_000, received), -6_000, -50_000, received, told);
    }

    private static List<Long> keys(RuleWindows windows) {
        return windows.progress().keySet().stream().map(WindowKey::low).sorted().toList();
    }

    @Test
    void forgetsTheKeyThatWasTouchedLongestAgoWhenThereAreTooMany() {
        RuleWindows windows = new RuleWindows(settings(3, 3));
        add(windows, 1, "", 0);
        add(windows, 2, "", 1);
        add(windows, 3, "", 2);
        add(windows, 1, "", 3);
        assertThat(windows.evicted()).isZero();
        add(windows, 4, "", 4);
        assertThat(keys(windows)).containsExactly(1L, 3L, 4L);
        add(windows, 5, "", 5);
        assertThat(keys(windows)).containsExactly(1L, 4L, 5L);
        assertThat(windows.evicted()).isEqualTo(2);
        assertThat(windows.size()).isEqualTo(3);
    }

    @Test
    void letsTheTenantPayThatHasMostKeysAndTheFirstOfEqualOnes() {
        RuleWindows windows = new RuleWindows(settings(3, 5));
        LongStream.of(1, 2).forEach(key -> add(windows, key, "modest", key));
        LongStream.of(3, 4, 5).forEach(key -> add(windows, key, "greedy", key));
        add(windows, 6, "modest", 6);
        assertThat(keys(windows)).containsExactly(1L, 2L, 4L, 5L, 6L);
        assertThat(windows.tenantOf(key(6))).isEqualTo("modest");
        assertThat(windows.tenantOf(key(4))).isEqualTo("greedy");
        assertThat(windows.tenantOf(key(3))).isEmpty();
        RuleWindows equal = new RuleWindows(settings(3, 4));
        LongStream.of(1, 2).forEach(key -> add(equal, key, "first", key));
        LongStream.of(3, 4).forEach(key -> add(equal, key, "second", key));
        add(equal, 5, "third", 5);
        assertThat(keys(equal)).containsExactly(2L, 3L, 4L, 5L);
    }

    @Test
    void countsKeysOfSourcesApartAmongThoseOfTheirTenant() {
        RuleWindows windows = new RuleWindows(settings(3, 5));
        LongStream.of(1, 2).forEach(key -> add(windows, key, "one", key));
        LongStream.of(3, 4, 5).forEach(key -> addApart(windows, key, "other", key));
        assertThat(windows.size()).isEqualTo(5);
        assertThat(windows.tenantOf(new WindowKey(1, 3, 7))).isEqualTo("other");
        addApart(windows, 6, "one", 6);
        assertThat(keys(windows)).containsExactly(1L, 2L, 4L, 5L, 6L);
    }

    @Test
    void shedsOneKeyOfSixtyFourAndAtLeastOne() {
        RuleWindows windows = new RuleWindows(settings(3, 1_000));
        for (int i = 0; i < 200; i++) {
            add(windows, i, i % 2 == 0 ? "even" : "odd", i);
        }
        assertThat(windows.shed("nobody")).isZero();
        assertThat(windows.shed("even")).isEqualTo(2);
        assertThat(windows.evicted()).isEqualTo(2);
        assertThat(keys(windows)).startsWith(1L, 3L, 4L, 5L).hasSize(198);
        assertThat(windows.bytes("even")).isEqualTo(windows.bytes("odd") / 100 * 98);
        assertThat(windows.bytes()).isEqualTo(windows.bytes("even") + windows.bytes("odd"));
        while (windows.bytes("odd") > 0) {
            assertThat(windows.shed("odd")).isPositive();
        }
        assertThat(windows.shed("odd")).isZero();
        assertThat(windows.size()).isEqualTo(98);
    }

    @Test
    void shedsWhereTheTenantHasMostKeys() {
        RuleWindows windows = new RuleWindows(settings(3, 1_000));
        LongStream.of(1, 2, 3).forEach(key -> add(windows, key, "tenant", key));
        LongStream.of(11, 12, 13, 14).forEach(key -> addApart(windows, key, "tenant", key));
        assertThat(windows.bytes("tenant")).isEqualTo(windows.bytes());
        assertThat(windows.shed("tenant")).isEqualTo(1);
        assertThat(keys(windows)).containsExactly(1L, 2L, 3L, 12L, 13L, 14L);
        assertThat(windows.shed("tenant")).isEqualTo(1);
        assertThat(keys(windows)).containsExactly(2L, 3L, 12L, 13L, 14L);
        windows.shed("tenant");
        windows.shed("tenant");
        assertThat(keys(windows)).hasSize(3);
        windows.shed("tenant");
        windows.shed("tenant");
        assertThat(windows.shed("tenant")).isEqualTo(1);
        assertThat(windows.shed("tenant")).isZero();
        assertThat(windows.bytes()).isZero();
    }

    @Test
    void forgetsAFewKeysThatAreOverWithEachEvent() {
        RuleWindows windows = new RuleWindows(settings(3, 1_000));
        for (int i = 0; i < 12; i++) {
            add(windows, i, "", i);
        }
        add(windows, 100, "", WINDOW + LATENESS - 1);
        assertThat(windows.size()).isEqualTo(13);
        add(windows, 101, "", WINDOW + LATENESS);
        assertThat(keys(windows)).doesNotContain(0L).contains(1L).hasSize(13);
        add(windows, 102, "", 1_900);
        assertThat(keys(windows))
                .contains(5L, 100L)
                .doesNotContain(1L, 2L, 3L, 4L)
                .hasSize(10);
        add(windows, 103, "", 1_901);
        add(windows, 104, "", 1_902);
        assertThat(keys(windows)).containsExactly(100L, 101L, 102L, 103L, 104L);
        assertThat(windows.evicted()).isZero();
        assertThat(windows.bytes("")).isEqualTo(windows.bytes());
    }

    @Test
    void forgetsKeysOfASourceThatHasGoneSilent() {
        RuleWindows windows = new RuleWindows(settings(3, 1_000));
        addApart(windows, 1, "", 50);
        addApart(windows, 2, "", 60);
        add(windows, 3, "", 50 + SILENCE);
        assertThat(keys(windows)).contains(1L, 2L);
        add(windows, 4, "", 50 + SILENCE + 1);
        assertThat(keys(windows)).doesNotContain(1L).contains(2L);
        add(windows, 5, "", 60 + SILENCE + 1);
        assertThat(keys(windows)).doesNotContain(2L);
        assertThat(windows.evicted()).isZero();
    }

    @Test
    void forgetsKeysForWhichNothingWasReceivedThoughTimeStandsStill() {
        RuleWindows windows = new RuleWindows(settings(1, 1_000));
        windows.add(key(1), occurrence(10, 1), -90, -90, 1_000, told);
        windows.add(key(2), occurrence(11, 2), -90, -90, 1_000 + SILENCE, told);
        assertThat(keys(windows)).containsExactly(1L, 2L);
        windows.add(key(3), occurrence(12, 3), -90, -90, 1_000 + SILENCE + 1, told);
        assertThat(keys(windows)).containsExactly(2L, 3L);
        assertThat(told.lines).hasSize(3);
    }

    @Test
    void waitsOnForWhatTimeHasNotComeTo() {
        WindowSettings absence =
                new WindowSettings(WINDOW, LATENESS, new int[] {1, 1}, false, false, 1, 100, null, 0, false, 2);
        RuleWindows windows = new RuleWindows(absence);
        windows.add(key(1), occurrence(10, 1), -90, -90, 1_000, told);
        windows.add(key(2), occurrence(11, 2), -90, -90, 1_001 + SILENCE, told);
        assertThat(keys(windows)).containsExactly(1L, 2L);
        assertThat(windows.dueMillis()).isEqualTo(1_010);
        windows.expire(1_009, told);
        assertThat(told.lines).isEmpty();
        windows.expire(1_010, told);
        assertThat(told.lines).containsExactly("told 1 from 10 number 1 of 1 until 1010");
        assertThat(windows.dueMillis()).isEqualTo(1_011);
    }

    @Test
    void tellsWhatASourceApartDidNotSendWhenItHasGoneSilent() {
        WindowSettings absence =
                new WindowSettings(WINDOW, LATENESS, new int[] {1, 1}, false, false, 1, 100, null, 0, false, 2);
        RuleWindows windows = new RuleWindows(absence);
        addApart(windows, 1, "", 50);
        windows.add(key(2), occurrence(-40_000, 2), -50_000, -50_000, 50 + SILENCE, told);
        assertThat(told.lines).isEmpty();
        windows.add(key(2), occurrence(-39_999, 3), -50_000, -50_000, 51 + SILENCE, told);
        assertThat(told.lines).containsExactly("told 1 from -5000 number 1 of 1 until -4000");
        assertThat(keys(windows)).containsExactly(2L);
    }

    @Test
    void settlesHalfOfWhatWaitsWhenItIsTooMuch() {
        WindowSettings patient = new WindowSettings(WINDOW, 1_000_000, new int[] {3}, false, false, 1, 10);
        RuleWindows windows = new RuleWindows(patient);
        for (int i = 0; i < KeyWindow.MAXIMUM_PENDING; i++) {
            windows.add(key(1), occurrence(i, i), -1_000_000, -1_000_000, 0, told);
        }
        assertThat(told.settledEarly).isZero();
        windows.add(
                key(1),
                occurrence(KeyWindow.MAXIMUM_PENDING, KeyWindow.MAXIMUM_PENDING),
                -1_000_000,
                -1_000_000,
                0,
                told);
        assertThat(told.settledEarly).isEqualTo(1);
        int half = KeyWindow.MAXIMUM_PENDING / 2;
        assertThat(windows.withdraw(1, half, told)).isFalse();
        assertThat(windows.withdraw(1, half + 1, told)).isTrue();
        assertThat(windows.withdraw(1, half + 1, told)).isFalse();
        assertThat(windows.withdraw(2, half + 2, told)).isFalse();
    }

    @Test
    void saysHowFarASettlingHasCome() {
        RuleWindows windows = new RuleWindows(settings(3, 10));
        assertThat(windows.settle(5, told)).isEqualTo(Long.MAX_VALUE);
        windows.add(key(1), occurrence(10, 1), -90, -90, 0, told);
        windows.add(key(2), occurrence(20, 2), -90, -90, 0, told);
        assertThat(windows.settle(10, told)).isEqualTo(10);
        assertThat(windows.settle(11, told)).isEqualTo(20);
        assertThat(windows.settle(21, told)).isEqualTo(Long.MAX_VALUE);
        assertThat(windows.size()).isEqualTo(2);
        windows.settle(1_009, told);
        assertThat(windows.size()).isEqualTo(2);
        windows.settle(1_010, told);
        assertThat(keys(windows)).containsExactly(2L);
        windows.settle(1_020, told);
        assertThat(windows.size()).isZero();
        assertThat(windows.bytes()).isZero();
    }

    @Test
    void waitsForAMatchThatMayStillBeTakenBack() {
        RuleWindows windows = new RuleWindows(settings(2, 10));
        windows.add(key(1), occurrence(10, 1), -90, -90, 0, told);
        windows.add(key(1), occurrence(30, 2), -90, -90, 0, told);
        assertThat(windows.withdraw(1, 1, told)).isTrue();
        assertThat(windows.withdraw(1, 2, told)).isTrue();
        assertThat(windows.settle(20, told)).isEqualTo(30);
        assertThat(windows.size()).isEqualTo(1);
        assertThat(windows.settle(31, told)).isEqualTo(Long.MAX_VALUE);
        assertThat(told.lines)
                .containsExactly("told 1 from 10 number 1 of 2 until 30", "retracted 1 from 10 number 1 of 2 until 30");
        assertThat(windows.size()).isZero();
    }

    @Test
    void accountsForWhatAKeyHolds() {
        RuleWindows windows = new RuleWindows(settings(9, 10));
        windows.add(key(1), occurrence(10, 1), -90, -90, 0, told);
        long one = windows.bytes();
        windows.add(key(1), occurrence(11, 2), -90, -90, 0, told);
        assertThat(windows.bytes()).isEqualTo(one + Occurrence.BYTES);
        windows.add(key(1), occurrence(12, 3), -90, -90, 0, told);
        // From here on there is a live bucket besides.
        assertThat(windows.bytes()).isGreaterThan(one + 2 * Occurrence.BYTES + 100);
        long three = windows.bytes();
        windows.add(key(2), occurrence(12, 4), -90, -90, 0, told);
        assertThat(windows.bytes()).isEqualTo(three + one);
        windows.withdraw(1, 3, told);
        assertThat(windows.bytes()).isEqualTo(2 * one + Occurrence.BYTES);
        windows.withdraw(1, 1, told);
        windows.withdraw(1, 2, told);
        assertThat(windows.bytes()).isEqualTo(2 * one - Occurrence.BYTES);
        windows.finish(told);
        assertThat(windows.bytes()).isZero();
        assertThat(windows.size()).isZero();
    }

    @Test
    void knowsWhatHasChangedAsLongAsThatIsLessThanTheWhole() {
        RuleWindows windows = new RuleWindows(settings(3, 10_000));
        assertThat(windows.knowsChanges()).isFalse();
        for (int i = 0; i < 3_000; i++) {
            windows.add(key(i), occurrence(i, i), -90, -90, 0, told);
        }
        windows.saved();
        assertThat(windows.isUnchanged()).isTrue();
        assertThat(windows.knowsChanges()).isTrue();
        assertThat(windows.withdraw(1, 5, told)).isTrue();
        assertThat(windows.isUnchanged()).isFalse();
        windows.saved();
        windows.shed("");
        assertThat(windows.isUnchanged()).isFalse();
        windows.saved();
        windows.add(key(5_000), occurrence(5_000, 5_000), -90, -90, 0, told);
        assertThat(windows.isUnchanged()).isFalse();
        windows.saved();
        long before = windows.evicted();
        int size = windows.size();
        while (windows.knowsChanges()) {
            windows.shed("");
        }
        long gone = windows.evicted() - before;
        assertThat(gone).isBetween(size / 2L, size / 2L + 64);
        assertThat(windows.isUnchanged()).isFalse();
        windows.saved();
        assertThat(windows.knowsChanges()).isTrue();
    }

    @Test
    void remembersAThousandChangesOfASmallTable() {
        RuleWindows windows = new RuleWindows(settings(3, 10_000));
        for (int i = 0; i < 1_025; i++) {
            windows.add(key(i), occurrence(i, i), -90, -90, 0, told);
        }
        windows.saved();
        IntStream.range(0, 1_024)
                .forEach(i -> assertThat(windows.withdraw(1, i, told)).isTrue());
        assertThat(windows.knowsChanges()).isTrue();
        windows.withdraw(1, 1_024, told);
        // As many as there are keys, not more.
        assertThat(windows.knowsChanges()).isTrue();
        while (windows.size() > 2 && windows.knowsChanges()) {
            windows.shed("");
        }
        assertThat(windows.knowsChanges()).isFalse();
    }

    @Test
    void findsTheSameWhenHistoriesArePutTogether() {
        WindowSettings three = settings(3, 2);
        RuleWindows whole = new RuleWindows(three, true);
        RuleWindows one = new RuleWindows(three, true);
        RuleWindows other = new RuleWindows(three, true);
        for (int i = 0; i < 40; i++) {
            RuleWindows half = i % 3 == 0 ? one : other;
            whole.add(key(i % 4), "t" + i % 4, occurrence(i * 37 % 1_000, i), 0, 0, 0, told);
            half.add(key(i % 4), "t" + i % 4, occurrence(i * 37 % 1_000, i), 0, 0, 0, told);
        }
        other.add(key(9), "only", occurrence(1, 99), 0, 0, 0, told);
        whole.add(key(9), "only", occurrence(1, 99), 0, 0, 0, told);
        one.absorb(other);
        assertThat(one.size()).isEqualTo(whole.size()).isEqualTo(5);
        assertThat(one.tenantOf(key(9))).isEqualTo("only");
        assertThat(told.lines).isEmpty();
        Told ofWhole = new Told();
        whole.finish(ofWhole);
        one.finish(told);
        assertThat(told.lines).hasSize(12).containsExactlyInAnyOrderElementsOf(ofWhole.lines);
    }
}
