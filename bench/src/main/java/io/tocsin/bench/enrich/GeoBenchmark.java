package io.tocsin.bench.enrich;

import io.tocsin.pipeline.enrich.geo.GeoPath;
import io.tocsin.pipeline.enrich.geo.MaxMindDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// Looking addresses up in the database `-Dtocsin.geo=FILE`. One operation is one address; half of them are known.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class GeoBenchmark {
    static final int ADDRESSES = 4096;
    /// Networks that the test databases know.
    private static final long[] KNOWN = {0x027D_A0D8L, 0x5102_4569L, 0xD0C0_0100L, 0x4AD1_1881L};

    private final long[] addresses = new long[ADDRESSES];
    private final List<GeoPath> paths = Stream.of(
                    "country.names.en",
                    "subdivisions.0.names.en",
                    "city.names.en",
                    "location.latitude",
                    "location.longitude")
            .map(GeoPath::parse)
            .toList();
    private final MaxMindDatabase database = open();

    private static MaxMindDatabase open() {
        return MaxMindDatabase.open(
                Path.of(System.getProperty("tocsin.geo", "../../shared/data/geoip/GeoLite2-City-Test.mmdb")));
    }

    @Setup
    public void prepare() {
        Random random = new Random(7);
        for (int i = 0; i < ADDRESSES; i++) {
            addresses[i] = i % 2 == 0 ? random.nextInt() & 0xffff_ffffL : KNOWN[random.nextInt(KNOWN.length)];
        }
    }

    /// Finding the record.
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public int find() {
        int found = 0;
        for (long address : addresses) {
            found += database.find(0, address, true) >= 0 ? 1 : 0;
        }
        return found;
    }

    /// Finding the record and reading five values of it, without the cache of the enrichment.
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public void findAndRead(Blackhole into) {
        for (long address : addresses) {
            int record = database.find(0, address, true);
            if (record >= 0) {
                for (GeoPath path : paths) {
                    into.consume(path.read(database, record));
                }
            }
        }
    }
}
