package io.tocsin.bench.enrich;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.pipeline.enrich.indicator.Indicator;
import io.tocsin.pipeline.enrich.indicator.IndicatorBuilder;
import io.tocsin.pipeline.enrich.indicator.IndicatorIndex;
import io.tocsin.pipeline.enrich.indicator.IndicatorMatcher;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

/// Looking up one event of a proxy (two addresses, a host name of four labels, a URL, a digest) in a million
/// indicators, a quarter of each kind; about one event in a hundred matches. One operation is one event.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-XX:+UseSerialGC"})
public class IndicatorBenchmark {
    static final int EVENTS = 4096;
    private static final long NOW = 1_795_341_600_000L;

    @Param({"1000", "1000000"})
    public int indicators = 1_000_000;

    private final IndicatorMatcher matcher = new IndicatorMatcher();
    private final byte[][][] events = new byte[EVENTS][][];
    private IndicatorIndex index = IndicatorIndex.EMPTY;

    @Setup
    public void prepare() {
        Random random = new Random(7);
        IndicatorBuilder builder = new IndicatorBuilder();
        for (int i = 0; i < indicators; i++) {
            String value = switch (i % 4) {
                case 0 -> address(random);
                case 1 -> "host" + i + ".evil" + random.nextInt(50_000) + ".example";
                case 2 -> "http://evil" + i + ".example/path/" + random.nextInt();
                default -> digest(random);
            };
            builder.add(new Indicator(null, value, "bench", "c2", -1, Long.MAX_VALUE, ""));
        }
        index = builder.build();
        for (int i = 0; i < EVENTS; i++) {
            String host = i % 100 == 0
                    ? "www." + index.value(indicators / 2 + 1 - (indicators / 2) % 4)
                    : "www.shop" + random.nextInt() + ".market.example";
            String[] texts = {
                address(random), address(random), host, "https://" + host + "/list?page=" + i, digest(random)
            };
            events[i] = new byte[texts.length][];
            for (int field = 0; field < texts.length; field++) {
                events[i][field] = texts[field].getBytes(UTF_8);
            }
        }
    }

    private static String address(Random random) {
        return (1 + random.nextInt(223)) + "." + random.nextInt(256) + "." + random.nextInt(256) + "."
                + random.nextInt(256);
    }

    private static String digest(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            text.append(String.format("%016x", random.nextLong()));
        }
        return text.toString();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public int match() {
        int matches = 0;
        for (byte[][] event : events) {
            matcher.begin(index, NOW, 0);
            for (byte[] text : event) {
                matcher.any(text, 0, text.length);
            }
            matches += matcher.count();
        }
        return matches;
    }
}
