package io.tocsin.bench.normalizer;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.diagnostics.ParseDiagnostics;
import io.tocsin.pipeline.diagnostics.ParseRecorder;
import io.tocsin.pipeline.normalizer.Normalizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What it costs to note how each event was understood: processor time an event of normalizing CEF lines into batches
/// of 4,096, with and without the notes, in alternating rounds; and the bytes allocated for an event.
///
/// ```
/// java -cp … io.tocsin.bench.normalizer.ParseRecorderCpuTime
/// ```
public final class ParseRecorderCpuTime {
    private static final int ROUNDS = 21;
    private static final int BATCH = 4096;
    private static final int BATCHES_PER_ROUND = 24;
    private static final int WARM_UP_ROUNDS = 12;
    private static final long RECEIVED_NANOS = 1_795_341_600_000_000_000L;

    private final EventBatch batch = new EventBatch(BATCH, BATCH * 1024);
    private final List<byte[]> lines = SampleLines.cef(BATCH, 7);
    private final EntryOrigin[] origins = new EntryOrigin[BATCH];
    private final Normalizer normalizer;
    private final ParseRecorder recorder = new ParseDiagnostics().recorder();

    private ParseRecorderCpuTime(Normalizer normalizer, int sources) {
        this.normalizer = normalizer;
        EntryOrigin[] peers = new EntryOrigin[sources];
        for (int i = 0; i < sources; i++) {
            peers[i] = new EntryOrigin("", "bench", "udp", "10.0.0." + i, 514, "", 514, "");
        }
        for (int i = 0; i < BATCH; i++) {
            origins[i] = peers[i % sources];
        }
    }

    public static void main(String[] arguments) throws IOException {
        for (int sources : new int[] {1, 16}) {
            NormalizerBenchmark benchmark = new NormalizerBenchmark();
            benchmark.kind = NormalizerBenchmark.Kind.CEF_OVER_SYSLOG;
            benchmark.prepare();
            new ParseRecorderCpuTime(benchmark.normalizer(), sources).measure(sources);
        }
    }

    private void measure(int sources) {
        for (int i = 0; i < WARM_UP_ROUNDS; i++) {
            round(i % 2 == 0);
        }
        double[] without = new double[ROUNDS];
        double[] with = new double[ROUNDS];
        double[] difference = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            without[i] = round(false);
            with[i] = round(true);
            difference[i] = with[i] - without[i];
        }
        com.sun.management.ThreadMXBean memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        round(true);
        double allocated =
                (double) (memory.getCurrentThreadAllocatedBytes() - before) / ((double) BATCH * BATCHES_PER_ROUND);
        System.out.println(String.format(
                Locale.ROOT,
                "%2d sources: without %7.1f ns, with %7.1f ns, difference %5.1f ns (median of %d), %.2f bytes/event",
                sources,
                median(without),
                median(with),
                median(difference),
                ROUNDS,
                allocated));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// Nanoseconds of processor time an event.
    private double round(boolean notes) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < BATCHES_PER_ROUND; i++) {
            fill(notes);
        }
        return (double) (threads.getCurrentThreadCpuTime() - start) / ((double) BATCH * BATCHES_PER_ROUND);
    }

    private void fill(boolean notes) {
        batch.clear();
        EventBuilder builder = batch.builder();
        for (int i = 0; i < BATCH; i++) {
            byte[] line = lines.get(i);
            builder.begin(origins[i], i, i, RECEIVED_NANOS, i, line, 0, line.length);
            boolean understood = normalizer.normalize(builder);
            if (notes) {
                recorder.record(builder, line.length, normalizer, understood, null);
            }
            builder.commit();
        }
        if (notes) {
            recorder.publish();
        }
    }
}
