package io.tocsin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigValuesTest {
    @ParameterizedTest
    @CsvSource({"512B,512", "64KiB,65536", "10MB,10000000", "1 gib,1073741824", "0B,0", "2TiB,2199023255552"})
    void readsSizes(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(new ByteSize(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "KB", "-1B", "1.5MB", "1XB", "99999999999TB", "1234567890123456789B"})
    void refusesWhatIsNoSize(String text) {
        assertThat(ByteSize.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"250ms,250", "30s,30000", "1h30m,5400000", "7d,604800000", "0,0", "1500us,1"})
    void readsDurations(String text, long millis) {
        assertThat(Objects.requireNonNull(Durations.parse(text)).toMillis()).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "1.5s", "-1s", "1x", "1s2", "PT5S", "9999999999s"})
    void refusesWhatIsNoDuration(String text) {
        assertThat(Durations.parse(text)).isNull();
    }

    @Test
    void readsBackWhatItPrints() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 10_000; i++) {
            Duration duration = Duration.ofNanos(random.nextLong(1L << random.nextInt(1, 62)));
            assertThat(Durations.parse(Durations.text(duration))).isEqualTo(duration);
            ByteSize size = new ByteSize(random.nextLong(1L << random.nextInt(1, 49)) << random.nextInt(10));
            assertThat(ByteSize.parse(size.toString())).isEqualTo(size);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:514,127.0.0.1,514",
        "[2001:db8::1]:0,2001:db8::1,0",
        ":514,0.0.0.0,514",
        "*:514,0.0.0.0,514",
        "log.example.org:65535,log.example.org,65535"
    })
    void readsAddresses(String text, String host, int port) {
        Address address = new Address(host, port);
        assertThat(Address.parse(text)).isEqualTo(address);
        assertThat(Address.parse(address.toString())).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "host:", "host:x", "host:65536", "::1:514", "a b:1", "http://x:1", "host:-1"})
    void refusesWhatIsNoAddress(String text) {
        assertThat(Address.parse(text)).isNull();
    }

    @Test
    void followsReferencesOfSecrets(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("secret");
        Files.writeString(file, "from file\n");

        assertThat(Secret.of("literal").reveal()).isEqualTo("literal");
        assertThat(Secret.of("env:X").reveal(Map.of("X", "from env")::get)).isEqualTo("from env");
        assertThat(Secret.of("file:" + file).reveal()).isEqualTo("from file");
        assertThat(Secret.of("literal")).hasToString("****");
        assertThat(Secret.of("env:X")).hasToString("env:X");
        assertThatThrownBy(() -> Secret.of("env:X").reveal(Map.<String, String>of()::get))
                .isInstanceOfSatisfying(
                        TocsinException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_SECRET));
        assertThatThrownBy(() -> Secret.of("file:" + folder.resolve("none")).reveal())
                .isInstanceOf(TocsinException.class);
    }

    @ParameterizedTest
    @CsvSource({"listne,listen", "Listen,listen", "maxConection,maxConnections"})
    void suggestsTheNearestName(String wrong, String expected) {
        assertThat(Suggestions.nearest(wrong, List.of("listen", "maxConnections", "framing")))
                .isEqualTo(expected);
    }
}
