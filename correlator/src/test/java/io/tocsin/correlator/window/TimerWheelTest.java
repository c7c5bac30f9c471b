package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Compares the wheel with a queue by time.
class TimerWheelTest {
    private static final int ROUNDS = Math.min(300, 5 * Integer.getInteger("rounds", 300));
    private static final int STEPS = 400;
    private static final int KEYS = 60;

    private record Timer(long millis, int key) {}

    /// Keys come in this order at the same time.
    private static final Comparator<Timer> ORDER = Comparator.comparingLong(Timer::millis)
            .thenComparingLong(each -> high(each.key()))
            .thenComparingLong(each -> low(each.key()));

    private static long high(int key) {
        return key % 3 - 1L;
    }

    private static long low(int key) {
        return (key - KEYS / 2) * 0x9E37_79B9_7F4A_7C15L;
    }

    private static List<KeyWindow> keys() {
        List<KeyWindow> keys = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            keys.add(new KeyWindow(high(i), low(i), 0));
        }
        return keys;
    }

    @Test
    void takesKeysInTheOrderOfAQueueWhateverIsAddedAndRemoved() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("TimerWheelTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int late = 0;
        int together = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<KeyWindow> keys = keys();
            TimerWheel wheel = new TimerWheel();
            PriorityQueue<Timer> queue = new PriorityQueue<>(ORDER);
            Map<Integer, Timer> queued = new HashMap<>();
            long now = switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> Long.MIN_VALUE;
                case 2 -> Long.MAX_VALUE - 100_000;
                default -> 1_700_000_000_000L;
            };
            int magnitude = 1 + random.nextInt(45);
            for (int step = 0; step < STEPS; step++) {
                int key = random.nextInt(KEYS);
                switch (random.nextInt(8)) {
                    case 0, 1, 2, 3 -> {
                        Timer known = queued.remove(key);
                        queue.remove(known);
                        wheel.remove(keys.get(key));
                        long distance = random.nextLong(1L << random.nextInt(magnitude + 1));
                        boolean isLate = random.nextInt(8) == 0 && now > Long.MIN_VALUE + distance;
                        late += isLate ? 1 : 0;
                        long ahead = Math.min(distance, Math.max(0, Long.MAX_VALUE - 1 - Math.max(0, now)));
                        long at = isLate ? now - distance : now + ahead;
                        wheel.add(keys.get(key), at);
                        queued.put(key, new Timer(at, key));
                        queue.add(queued.get(key));
                    }
                    case 4, 5 -> {
                        queue.remove(queued.remove(key));
                        wheel.remove(keys.get(key));
                    }
                    default -> {
                        long distance = random.nextLong(1L << random.nextInt(magnitude + 1));
                        now = now + Math.min(distance, Math.max(0, Long.MAX_VALUE - 1 - Math.max(0, now)));
                        List<Timer> expected = new ArrayList<>();
                        while (!queue.isEmpty() && queue.peek().millis() <= now) {
                            expected.add(queue.remove());
                        }
                        expected.forEach(each -> queued.remove(each.key()));
                        List<Timer> taken = new ArrayList<>();
                        long before = Long.MIN_VALUE;
                        while (!wheel.isEmpty() && wheel.earliestMillis() <= now) {
                            long at = wheel.earliestMillis();
                            assertThat(at).isGreaterThanOrEqualTo(before);
                            before = at;
                            List<KeyWindow> moment = wheel.take();
                            together += moment.size() > 1 ? 1 : 0;
                            moment.forEach(each -> taken.add(new Timer(at, keys.indexOf(each))));
                            assertThat(moment).allMatch(each -> each.scheduledMillis() == Long.MAX_VALUE);
                        }
                        assertThat(taken)
                                .as("seed %d round %d step %d", seed, round, step)
                                .isEqualTo(expected);
                    }
                }
                assertThat(wheel.isEmpty()).isEqualTo(queue.isEmpty());
                if (!queue.isEmpty()) {
                    assertThat(wheel.earliestMillis())
                            .as("seed %d round %d step %d", seed, round, step)
                            .isLessThanOrEqualTo(queue.peek().millis());
                }
            }
        }
        assertThat(late).isGreaterThan(ROUNDS);
        assertThat(together).isGreaterThan(ROUNDS);
    }

    @Test
    void saysExactlyWhenTheNextKeyIsDueWhileNoneIsRemoved() {
        Random random = new Random(3);
        List<KeyWindow> keys = keys();
        TimerWheel wheel = new TimerWheel();
        long earliest = Long.MAX_VALUE;
        assertThat(wheel.earliestMillis()).isEqualTo(Long.MAX_VALUE);
        for (KeyWindow key : keys) {
            long at = random.nextLong(1L << random.nextInt(1, 62));
            wheel.add(key, at);
            earliest = Math.min(earliest, at);
            assertThat(wheel.earliestMillis()).isEqualTo(earliest);
        }
        while (!wheel.isEmpty()) {
            long at = wheel.earliestMillis();
            assertThat(wheel.take()).as("at %d", at).isNotEmpty();
            assertThat(wheel.earliestMillis()).isGreaterThan(at);
        }
    }

    @Test
    void takesWhatIsDueBeforeItsPresentFirst() {
        List<KeyWindow> keys = keys();
        TimerWheel wheel = new TimerWheel();
        wheel.add(keys.get(0), 1_000);
        assertThat(wheel.take()).containsExactly(keys.get(0));
        wheel.add(keys.get(1), 1_000);
        wheel.add(keys.get(2), 400);
        wheel.add(keys.get(3), 999);
        wheel.add(keys.get(4), 400);
        wheel.add(keys.get(5), 700);
        wheel.remove(keys.get(5));
        assertThat(wheel.earliestMillis()).isEqualTo(400);
        assertThat(wheel.take()).containsExactlyInAnyOrder(keys.get(2), keys.get(4));
        assertThat(wheel.take()).containsExactly(keys.get(3));
        assertThat(wheel.earliestMillis()).isEqualTo(1_000);
        assertThat(wheel.take()).containsExactly(keys.get(1));
        assertThat(wheel.take()).isEmpty();
    }

    @Test
    void holdsNothingOfAKeyThatWasRemovedOrAfterItWasCleared() {
        List<KeyWindow> keys = keys();
        TimerWheel wheel = new TimerWheel();
        for (int i = 0; i < 10; i++) {
            wheel.add(keys.get(i), 5_000_000_000L + i * 40L);
        }
        for (int i = 9; i >= 0; i--) {
            assertThat(wheel.isEmpty()).isFalse();
            wheel.remove(keys.get(i));
            wheel.remove(keys.get(i));
            assertThat(keys.get(i).timerAfter).isNull();
            assertThat(keys.get(i).timerBefore).isNull();
        }
        assertThat(wheel.isEmpty()).isTrue();
        wheel.add(keys.get(11), 7);
        wheel.take();
        wheel.add(keys.get(12), 3);
        wheel.add(keys.get(13), 9);
        wheel.clear();
        assertThat(wheel.isEmpty()).isTrue();
        assertThat(wheel.earliestMillis()).isEqualTo(Long.MAX_VALUE);
        wheel.add(keys.get(14), -5);
        assertThat(wheel.take()).containsExactly(keys.get(14));
    }
}
