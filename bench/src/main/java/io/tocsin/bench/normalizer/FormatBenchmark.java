package io.tocsin.bench.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Every format from bytes to filled events, copy into the batch included. One operation is one input: a line, or a
/// packet of several records. Run with `-prof gc` for the allocation; [FormatTable] prints a table of all.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", "-XX:+UseSerialGC"})
public class FormatBenchmark {
    static final int INPUTS = 256;
    private static final long RECEIVED_NANOS = 1_795_341_600_000_000_000L;

    /// Name of a constant of the sample inputs.
    @Param({
        "AUDITD",
        "CEF",
        "CSV",
        "IPFIX",
        "JSON",
        "KV",
        "LEEF",
        "NETFLOW5",
        "NETFLOW9",
        "PATTERN",
        "REGEXP",
        "SFLOW5",
        "SQL",
        "SYSLOG_3164",
        "SYSLOG_5424",
        "TSV",
        "XML"
    })
    public String format = "CEF";

    private final EventBatch batch = new EventBatch(INPUTS * FormatSamples.RECORDS, INPUTS * 4096);
    private final EntryOrigin origin = EntryOrigin.local("bench", "bench", "");
    private List<byte[]> inputs = List.of();
    private int eventsPerInput;
    private @Nullable Normalizer normalizer;

    @Setup
    public void prepare() {
        FormatSamples samples = FormatSamples.valueOf(format);
        Problems problems = new Problems();
        NormalizerLoader loader = new NormalizerLoader(ZoneOffset.UTC);
        NormalizerPlan plan;
        if (samples.normalizer().contains(":")) {
            ConfigNode document =
                    YamlReader.readAll("sample", samples.normalizer(), problems).getFirst();
            plan = loader.load(document, problems);
        } else {
            plan = loader.load(samples.normalizer(), problems);
        }
        problems.throwIfAny();
        if (plan == null) {
            throw new IllegalStateException("no plan and no problem");
        }
        Normalizer made = plan.create();
        normalizer = made;
        inputs = samples.inputs(INPUTS);
        eventsPerInput = samples.eventsPerInput();
        for (byte[] input : samples.before()) {
            take(made, input);
        }
    }

    /// Average length of an input.
    double averageBytes() {
        return inputs.stream().mapToLong(input -> input.length).average().orElse(0);
    }

    int eventsPerInput() {
        return eventsPerInput;
    }

    @Benchmark
    @OperationsPerInvocation(INPUTS)
    public int normalize() {
        Normalizer current = normalizer;
        if (current == null) {
            throw new IllegalStateException("prepare was not called");
        }
        batch.clear();
        int understood = 0;
        for (int i = 0; i < INPUTS; i++) {
            understood += take(current, inputs.get(i));
        }
        if (understood != INPUTS * eventsPerInput) {
            throw new IllegalStateException("not everything was understood [understood=" + understood + "]");
        }
        return batch.arenaLength();
    }

    /// How many events of an input were understood.
    private int take(Normalizer current, byte[] input) {
        if (!current.splits()) {
            return event(current, input, 0, input.length);
        }
        int understood = 0;
        current.at(RECEIVED_NANOS);
        current.open(origin, input, 0, input.length);
        while (current.next()) {
            byte[] text = current.pieceText();
            understood += event(current, text == null ? input : text, current.pieceOffset(), current.pieceLength());
        }
        return understood;
    }

    private int event(Normalizer current, byte[] text, int offset, int length) {
        EventBuilder builder = batch.builder();
        builder.begin(origin, 1, 2, RECEIVED_NANOS, 1, text, offset, length);
        boolean understood = current.normalize(builder);
        if (current.skipReason() != null) {
            builder.discard();
            return 0;
        }
        builder.commit();
        return understood ? 1 : 0;
    }
}
