package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class StoredRangesTest {
    private record Range(int group, long from, long to) {}

    /// Never says that something is new which is not, however few ranges may be remembered.
    @Test
    void neverTakesAStoredRangeForNew() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int limit : new int[] {10, 100, 100_000}) {
            StoredRanges ranges = new StoredRanges(0, limit);
            List<Range> added = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                long from = 1L + random.nextInt(100_000);
                Range range = new Range(random.nextInt(5), from, from + random.nextInt(50));
                boolean touches = added.stream()
                        .anyMatch(other -> other.group() == range.group()
                                && other.from() <= range.to()
                                && other.to() >= range.from());
                boolean may = ranges.mayHold(range.group(), range.from(), range.to());
                if (touches) {
                    assertThat(may).as("seed %d", seed).isTrue();
                } else if (limit > 3000) {
                    assertThat(may).as("seed %d", seed).isFalse();
                }
                if (random.nextBoolean()) {
                    ranges.add(range.group(), range.from(), range.to());
                    added.add(range);
                }
            }
            assertThat(ranges.size()).isLessThanOrEqualTo(limit);
        }
    }

    @Test
    void takesEverythingBeforeItsStartForPossiblyStored() {
        StoredRanges ranges = new StoredRanges(1000);
        long high = 1000L << 16 | 0x7000;
        long low = 0x8000_0000_0000_0000L;
        assertThat(ranges.mayHold(0, StoredRanges.position(high, low, 0), StoredRanges.position(high, low, 0)))
                .isTrue();
        long later = StoredRanges.position(1001L << 16 | 0x7000, low, 0);
        assertThat(ranges.mayHold(0, later, later)).isFalse();
    }
}
