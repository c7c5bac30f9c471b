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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

/// Events per second from bytes to a filled event, copy into the batch included. One operation is one event. The
/// folder of shipped normalizers is `-Dtocsin.content=` (default `content/normalizers`).
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", "-XX:+UseSerialGC"})
public class NormalizerBenchmark {
    static final int LINES = 1024;
    private static final long RECEIVED_NANOS = 1_795_341_600_000_000_000L;

    /// Which lines, and the normalizer that takes them apart.
    public enum Kind {
        CEF_OVER_SYSLOG,
        JSON,
        JSON_WITHOUT_EXTRA,
        SSHD
    }

    @Param
    public Kind kind = Kind.CEF_OVER_SYSLOG;

    private final EventBatch batch = new EventBatch(LINES, LINES * 1024);
    private final EntryOrigin origin = EntryOrigin.local("bench", "bench", "");
    private List<byte[]> lines = List.of();
    private @Nullable Normalizer normalizer;

    @Setup
    public void prepare() throws IOException {
        Problems problems = new Problems();
        Map<String, ConfigNode> resources = new HashMap<>();
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("tocsin.content", "content/normalizers")))) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(".yaml") && !name.endsWith(".tests.yaml")) {
                    YamlReader.readAll(file, problems)
                            .forEach(node ->
                                    resources.put(String.valueOf(((ConfigNode.Mapping) node).text("name")), node));
                }
            }
        }
        resources.put(
                "lean",
                YamlReader.readAll(
                                "lean",
                                "{kind: normalizer, name: lean, spec: {format: json, keepExtra: false}}",
                                problems)
                        .getFirst());
        String name = switch (kind) {
            case CEF_OVER_SYSLOG, SSHD -> "syslog";
            case JSON -> "json";
            case JSON_WITHOUT_EXTRA -> "lean";
        };
        NormalizerPlan plan = new NormalizerLoader(ZoneOffset.UTC, resources::get).load(name, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new IllegalStateException("no plan and no problem");
        }
        normalizer = plan.create();
        lines = switch (kind) {
            case CEF_OVER_SYSLOG -> SampleLines.cef(LINES, 7);
            case JSON, JSON_WITHOUT_EXTRA -> SampleLines.json(LINES, 7);
            case SSHD -> SampleLines.sshd(LINES, 7);
        };
    }

    /// Average length of a line.
    double averageBytes() {
        return lines.stream().mapToLong(line -> line.length).average().orElse(0);
    }

    /// The normalizer, after [#prepare()].
    Normalizer normalizer() {
        return Objects.requireNonNull(normalizer);
    }

    @Benchmark
    @OperationsPerInvocation(LINES)
    public int normalize() {
        Normalizer current = normalizer;
        if (current == null) {
            throw new IllegalStateException("prepare was not called");
        }
        batch.clear();
        EventBuilder builder = batch.builder();
        int understood = 0;
        for (int i = 0; i < LINES; i++) {
            byte[] line = lines.get(i);
            builder.begin(origin, i, i, RECEIVED_NANOS, i, line, 0, line.length);
            if (current.normalize(builder)) {
                understood++;
            }
            builder.commit();
        }
        if (understood != LINES) {
            throw new IllegalStateException("not every line was understood [understood=" + understood + "]");
        }
        return batch.arenaLength();
    }
}
