package io.tocsin.pipeline.enrich.geo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.reference.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GeoSourceTest {
    private static final Path DATA = Path.of(System.getenv().getOrDefault("TOCSIN_TEST_DATA", "../../shared/data"))
            .resolve("geoip");

    @TempDir
    Path folder;

    private Path database = DATA;

    @BeforeEach
    void copyADatabase() throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(DATA), "test data is absent [path=" + DATA.toAbsolutePath() + "]");
        database = folder.resolve("places.mmdb");
        try (var files = Files.walk(DATA)) {
            Files.copy(
                    files.filter(file -> file.toString().endsWith(".mmdb"))
                            .sorted()
                            .findFirst()
                            .orElseThrow(),
                    database);
        }
    }

    @Test
    void isReadOnceForAllWhoNameTheSameFile() {
        try (Shared.Lease<GeoSource> first = GeoSource.share(database);
                Shared.Lease<GeoSource> second = GeoSource.share(folder.resolve("x/../places.mmdb"))) {
            assertThat(second.get()).isSameAs(first.get());
            assertThat(second.get().current()).isSameAs(first.get().current());
        }
    }

    @Test
    void isReadAnewByWhoeverComesAfterTheLastOneLeft() {
        GeoSource before;
        try (Shared.Lease<GeoSource> first = GeoSource.share(database)) {
            before = first.get();
            try (Shared.Lease<GeoSource> second = GeoSource.share(database)) {
                assertThat(second.get()).isSameAs(before);
            }
            try (Shared.Lease<GeoSource> third = GeoSource.share(database)) {
                assertThat(third.get()).isSameAs(before);
            }
        }
        try (Shared.Lease<GeoSource> later = GeoSource.share(database)) {
            assertThat(later.get()).isNotSameAs(before);
        }
    }

    @Test
    void aNewFileIsSeenByAllAndADamagedOneLeavesWhatWasThere() throws IOException {
        try (Shared.Lease<GeoSource> first = GeoSource.share(database)) {
            MaxMindDatabase before = first.get().current();
            touch();
            try (Shared.Lease<GeoSource> second = GeoSource.share(database)) {
                assertThat(second.get().current()).isNotSameAs(before);
                assertThat(first.get().current()).isSameAs(second.get().current());
                before = first.get().current();
                Files.writeString(database, "damaged");
                assertThat(second.get().refresh()).isFalse();
                assertThat(second.get().failures()).isOne();
                assertThat(first.get().current()).isSameAs(before);
            }
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsSharedWithNobody() throws IOException {
        Path other = Files.writeString(folder.resolve("other.mmdb"), "no database");
        assertThatThrownBy(() -> GeoSource.share(other)).isInstanceOf(TocsinException.class);
        Files.copy(database, other, StandardCopyOption.REPLACE_EXISTING);
        try (Shared.Lease<GeoSource> lease = GeoSource.share(other)) {
            assertThat(lease.get().current()).isNotNull();
        }
    }

    private void touch() throws IOException {
        Files.setLastModifiedTime(
                database,
                FileTime.from(Files.getLastModifiedTime(database).toInstant().plusSeconds(5)));
    }
}
