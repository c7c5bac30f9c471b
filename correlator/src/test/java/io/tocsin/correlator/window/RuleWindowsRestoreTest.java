package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What comes back from pieces is, byte for byte, what was there.
class RuleWindowsRestoreTest {
    private static final int ROUNDS = Math.min(250, 5 * Integer.getInteger("rounds", 250));

    private static final WindowListener NOBODY = new WindowListener() {
        @Override
        public void triggered(WindowKey key, Trigger trigger, boolean amended) {}

        @Override
        public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {}

        @Override
        public void settledEarly() {}
    };

    private static byte[] whole(RuleWindows windows) {
        StateWriter out = new StateWriter();
        windows.write(out);
        return out.toBytes();
    }

    private static byte[] changes(RuleWindows windows) {
        StateWriter out = new StateWriter();
        windows.writeChanges(out);
        return out.toBytes();
    }

    private static WindowSettings settings(Random random) {
        int kind = random.nextInt(3);
        int[] thresholds = {1 + random.nextInt(3)};
        SlidingSettings sliding = new SlidingSettings(
                Measure.EVENTS,
                List.of(new Bound(Bound.Relation.AT_LEAST, 3)),
                null,
                0,
                SlidingSettings.Form.SLIDING,
                0);
        return new WindowSettings(
                200 + random.nextInt(2_000),
                random.nextInt(300),
                kind == 0 ? new int[] {1} : thresholds,
                false,
                false,
                1 + random.nextInt(3),
                5 + random.nextInt(60),
                kind == 1 ? sliding : null,
                0,
                kind == 2 && random.nextBoolean(),
                kind == 0 ? 1 : 0);
    }

    private static void feed(RuleWindows windows, Timelines timelines, long time, int number, Random random) {
        WindowSettings settings = windows.settings();
        int tenant = random.nextInt(4);
        int source = random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 9;
        long at = source == 9 ? time - random.nextLong(settings.latenessMillis() + 1) : time - 50_000;
        timelines.advance(source, at, time);
        long line = timelines.timelineOf(source, at, time, settings.latenessMillis());
        long watermark = timelines.watermark(line, settings.latenessMillis());
        long common = timelines.watermark(0, settings.latenessMillis());
        windows.expire(common, NOBODY);
        if (at < watermark) {
            return;
        }
        WindowKey key = new WindowKey(tenant, random.nextInt(40), line);
        byte[] captured = {(byte) number};
        windows.add(
                key,
                "tenant-" + tenant,
                new Occurrence(at, 1, number, 1, null, captured),
                watermark,
                common,
                timelines.receivedMillis(),
                NOBODY);
        if (random.nextInt(20) == 0) {
            windows.shed("tenant-" + random.nextInt(4));
        }
        if (random.nextInt(10) == 0) {
            windows.withdraw(1, number - random.nextInt(4), NOBODY);
        }
        if (random.nextInt(30) == 0) {
            windows.settle(common, NOBODY);
        }
    }

    @Test
    void makesTheSameOfPiecesAsWasThere() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("RuleWindowsRestoreTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int most = 0;
        long evicted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            WindowSettings settings = settings(random);
            RuleWindows live = new RuleWindows(settings);
            Timelines timelines = new Timelines(true);
            List<byte[]> pieces = new ArrayList<>();
            long time = 1_000_000;
            for (int number = 0; number < 400; number++) {
                time += random.nextInt(random.nextInt(40) == 0 ? 2_000 : 30);
                feed(live, timelines, time, number, random);
                if (random.nextInt(25) > 0) {
                    continue;
                }
                if (live.knowsChanges() && random.nextInt(8) > 0) {
                    pieces.add(changes(live));
                } else {
                    pieces.clear();
                    pieces.add(whole(live));
                }
                live.saved();
                most = Math.max(most, pieces.size());
                RuleWindows restored = new RuleWindows(settings);
                restored.restore(
                        new WindowSamples.Saved(pieces),
                        piece -> assertThat(piece.isExhausted()).isTrue());
                restored.saved();
                String name = "seed %d round %d event %d %s".formatted(seed, round, number, settings);
                assertThat(restored.isUnchanged()).as(name).isTrue();
                assertThat(whole(restored)).as(name).isEqualTo(whole(live));
                assertThat(restored.size()).as(name).isEqualTo(live.size());
                assertThat(restored.bytes()).as(name).isEqualTo(live.bytes());
                assertThat(restored.evicted()).as(name).isEqualTo(live.evicted());
                assertThat(restored.progress()).as(name).isEqualTo(live.progress());
                for (int tenant = 0; tenant < 4; tenant++) {
                    assertThat(restored.bytes("tenant-" + tenant)).as(name).isEqualTo(live.bytes("tenant-" + tenant));
                }
                if (random.nextBoolean()) {
                    live = restored;
                }
            }
            evicted += live.evicted();
        }
        assertThat(most).isGreaterThan(8);
        assertThat(evicted).isGreaterThan(ROUNDS);
    }

    /// Wherever a piece ends too early or says nonsense, that is told, and nothing else is thrown.
    @Test
    void tellsThatPiecesAreDamaged() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("RuleWindowsRestoreTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        WindowSettings settings = new WindowSettings(1_000, 100, new int[] {2}, false, false, 2, 100, null, 0, true, 0);
        RuleWindows live = new RuleWindows(settings);
        Timelines timelines = new Timelines(true);
        List<byte[]> pieces = new ArrayList<>();
        for (int number = 0; number < 120; number++) {
            feed(live, timelines, 1_000_000 + number * 9L, number, random);
            if (number % 40 == 39) {
                pieces.add(pieces.isEmpty() ? whole(live) : changes(live));
                live.saved();
            }
        }
        int refused = 0;
        for (int i = 0; i < 3_000; i++) {
            List<byte[]> broken = new ArrayList<>(pieces);
            int which = random.nextInt(broken.size());
            byte[] bytes = broken.get(which).clone();
            if (random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            broken.set(which, bytes);
            try {
                new RuleWindows(settings).restore(new WindowSamples.Saved(broken), piece -> {});
            } catch (DamagedStateException expected) {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isGreaterThan(1_000);
    }

    @Test
    void refusesChangesOfAKeyThatIsNotThere() {
        WindowSettings settings = new WindowSettings(1_000, 100, new int[] {2}, false, false, 2, 100);
        RuleWindows live = new RuleWindows(settings);
        byte[] empty = whole(live);
        byte[] captured = {};
        live.add(new WindowKey(1, 2, 0), new Occurrence(500, 1, 1, 1, null, captured), 400, 400, 0, NOBODY);
        live.saved();
        live.withdraw(1, 1, NOBODY);
        byte[] changed = changes(live);
        RuleWindows restored = new RuleWindows(settings);
        assertThatThrownBy(() -> restored.restore(new WindowSamples.Saved(List.of(empty, changed)), piece -> {}))
                .isInstanceOf(DamagedStateException.class)
                .hasMessageContaining("not there");
    }
}
