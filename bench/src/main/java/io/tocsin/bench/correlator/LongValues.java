package io.tocsin.bench.correlator;

import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/// What rules cost that look inside of long values: 400 rules of keywords, texts and hostile regular expressions over
/// values of 1 KB, 8 KB and 64 KB, in nanoseconds a byte, which is the same for all lengths when the scan is linear.
public final class LongValues {
    private static final int[] LENGTHS = {1 << 10, 1 << 13, 1 << 16};
    private static final int ROUNDS = 9;
    private static final int BYTES_PER_ROUND = 1 << 24;

    private LongValues() {}

    public static void main(String[] arguments) {
        RuleSet rules = RuleLoader.read("long", rules(), SigmaTaxonomy.raw()).ruleSet();
        for (int length : LENGTHS) {
            double[] perByte = new double[ROUNDS];
            EventBatch batch = batch(length);
            for (int round = 0; round < ROUNDS; round++) {
                Engine engine = new Engine(rules, Engine.Mode.STREAM);
                Correlations out = new Correlations();
                engine.process(batch, out);
                long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                int events = 0;
                for (; (long) events * length < BYTES_PER_ROUND; events += batch.count()) {
                    engine.process(batch, out);
                    out.clear();
                }
                long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
                perByte[round] = (double) took / ((long) events * length);
            }
            Arrays.sort(perByte);
            System.out.printf(
                    Locale.ROOT,
                    "%d rules, values of %,6d bytes: median %.3f ns a byte (%.3f to %.3f)%n",
                    rules.rules().size(),
                    length,
                    perByte[ROUNDS / 2],
                    perByte[0],
                    perByte[ROUNDS - 1]);
        }
    }

    private static String rules() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            String detection = switch (i % 4) {
                case 0 -> "keywords: ['needle-" + i + "-in', 'invoke-thing" + i + "']";
                case 1 -> "keywords: {Text|contains: ['payload" + i + "', 'stage-" + i + "-two']}";
                // Exponential where a machine goes back.
                case 2 -> "keywords: {Text|re: 'begin" + i + "(a+)+(b|a)*x$'}";
                default -> "keywords: {Text|contains|all: ['common', 'rare" + i + "']}";
            };
            rules.append("title: r" + i + "\nid: r" + i + "\nlogsource: {product: test}\ndetection: {" + detection
                    + ", condition: keywords}\n---\n");
        }
        return rules.toString();
    }

    private static EventBatch batch(int length) {
        Random random = new Random(1);
        EventBatch batch = new EventBatch();
        for (int i = 0; i < Math.max(2, (1 << 18) / length); i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < length) {
                text.append(random.nextInt(20) == 0 ? " common" : " word" + random.nextInt(10_000));
                text.append(random.nextInt(50) == 0 ? " aaaaaaaaaaaaaaaa" : "");
            }
            text.setLength(length);
            byte[] key = "Text".getBytes(StandardCharsets.UTF_8);
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            EventBuilder event = batch.builder();
            event.begin(EntryOrigin.local("bench", "bench", ""), 1, i, 1_000_000_000L + i, i, new byte[0], 0, 0);
            int keyAt = event.append(key, 0, key.length);
            event.addDynamicSpan(
                    DynamicKind.EXTRA, keyAt, key.length, event.append(bytes, 0, bytes.length), bytes.length);
            event.commit();
        }
        return batch;
    }
}
