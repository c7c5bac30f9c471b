package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.window.WindowSamples.Collected;
import io.tocsin.correlator.window.WindowSamples.MortalWindows;
import io.tocsin.correlator.window.WindowSamples.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Keys for which hundreds of events wait for late ones: what was counted is kept in between, so that a late event
/// does not mean counting all anew, and the answer is that of counting all in order of time.
class CrowdedKeyPermutationTest {
    private static final int ROUNDS = Math.min(120, 6 * Integer.getInteger("rounds", 120));

    @Test
    void findsTheSameInEveryOrderOfManyThatWaitAndAcrossRestarts() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("CrowdedKeyPermutationTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int found = 0;
        int corrected = 0;
        for (int round = 0; round < ROUNDS; round++) {
            WindowSettings settings = settings(random);
            List<Sample> samples = samples(random, settings);
            long end = samples.getLast().occurrence().timeMillis();
            Collected expected =
                    WindowSamples.deferred(random, settings, samples, end, CrowdedKeyPermutationTest::text);
            Collected actual = streamed(random, settings, samples, end);
            assertThat(actual.found)
                    .as("seed %d round %d %s", seed, round, settings)
                    .isEqualTo(expected.found);
            found += expected.found.size();
            corrected += actual.corrections;
        }
        assertThat(found).isGreaterThan(ROUNDS);
        assertThat(corrected).isGreaterThan(ROUNDS);
    }

    private static WindowSettings settings(Random random) {
        int kind = random.nextInt(3);
        SlidingSettings sliding = new SlidingSettings(
                Measure.DISTINCT,
                List.of(new Bound(Bound.Relation.AT_LEAST, 3)),
                null,
                0,
                SlidingSettings.Form.SLIDING,
                0);
        return new WindowSettings(
                20 + random.nextInt(200),
                150 + random.nextInt(300),
                kind == 2 ? new int[] {1, 1} : new int[] {1 + random.nextInt(4), 1 + random.nextInt(2)},
                random.nextBoolean(),
                random.nextBoolean(),
                1 + random.nextInt(6),
                1_000,
                kind == 1 ? sliding : null,
                0,
                kind == 0 && random.nextBoolean(),
                kind == 2 ? 2 : 0);
    }

    private static List<Sample> samples(Random random, WindowSettings settings) {
        List<Sample> samples = new ArrayList<>();
        long time = 0;
        for (int i = 0; i < 350; i++) {
            time += random.nextInt(3);
            long[] value = settings.sliding() == null ? null : new long[] {random.nextInt(5), 1};
            long selectors = random.nextInt(10) == 0 ? 2 : 1;
            samples.add(new Sample(0, new Occurrence(time, 7, i, selectors, value, new byte[0])));
        }
        return samples;
    }

    private static String text(Trigger trigger) {
        StringBuilder text = new StringBuilder()
                .append(trigger.total())
                .append(' ')
                .append(trigger.firstMillis())
                .append("..")
                .append(trigger.lastMillis());
        trigger.kept().forEach(each -> text.append(" #").append(each.idLow()));
        return text.toString();
    }

    private static Collected streamed(Random random, WindowSettings settings, List<Sample> samples, long end) {
        Collected collected = new Collected(CrowdedKeyPermutationTest::text);
        MortalWindows process = new MortalWindows(random, settings);
        for (Sample sample : WindowSamples.delayed(random, settings, samples)) {
            process.timelines.advance(9, sample.occurrence().timeMillis(), 0);
            long watermark = process.timelines.watermark(0, settings.latenessMillis());
            process.windows.expire(watermark, collected);
            process.windows.add(sample.windowKey(), sample.occurrence(), watermark, watermark, 0, collected);
            if (random.nextInt(20) == 0) {
                process.live();
            }
        }
        process.windows.finish(end, collected);
        return collected;
    }
}
