package io.tocsin.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.pipeline.enrich.geo.DamagedDatabaseException;
import io.tocsin.pipeline.enrich.geo.GeoPath;
import io.tocsin.pipeline.enrich.geo.MaxMindDatabase;
import java.time.Instant;

/// Geo databases: what was accepted answers for every address.
final class GeoFuzzTest {
    private static final GeoPath[] PATHS = {
        GeoPath.parse("country.iso_code"), GeoPath.parse("city.names.en"), GeoPath.parse("location.latitude")
    };

    @FuzzTest
    void database(byte[] input) {
        Effort effort = new Effort();
        MaxMindDatabase database;
        try {
            database = MaxMindDatabase.of(input);
        } catch (DamagedDatabaseException _) {
            return;
        }
        assertThat(database.languages().size()).isLessThanOrEqualTo(input.length);
        assertThat(database.builtAt()).isBetween(Instant.EPOCH, Instant.MAX);
        for (int i = 0; i < 32; i++) {
            long bits = i == 31 ? -1L : 0x9E3779B97F4A7C15L * i;
            lookUp(database, bits, -bits, false);
            lookUp(database, 0, bits & 0xffff_ffffL, true);
        }
        effort.check();
    }

    private static void lookUp(MaxMindDatabase database, long high, long low, boolean ipv4) {
        int record = database.find(high, low, ipv4);
        if (record >= 0) {
            assertThat(database.record(record)).isNotNull();
            for (GeoPath path : PATHS) {
                Object value = path.read(database, record); // null where the record has no such value
                assertThat(value == null || !value.toString().isEmpty() || value instanceof String)
                        .isTrue();
            }
        }
    }
}
