package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/// Zeek writes each log as lines with tabs or as JSON: both must give the same event.
final class ZeekSamplesTest {
    @Test
    void givesTheSameEventForBothFormsOfEveryRecord() throws IOException {
        Path folder = TestData.folder().resolve("zeek");
        assumeThat(folder).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        int records = 0;
        List<String> differences = new ArrayList<>();
        try (Stream<Path> logs = Files.list(folder.resolve("tsv"))) {
            for (Path log : logs.sorted().toList()) {
                String name = log.getFileName().toString().replace(".log.gz", "");
                List<Map<String, String>> lines = events(log, Normalized.builtIn("tsv"));
                List<Map<String, String>> twins =
                        events(folder.resolve("json").resolve(name + ".json.gz"), Normalized.builtIn("json"));
                assertThat(lines).as(name).hasSameSizeAs(twins);
                records += lines.size();
                for (int i = 0; i < lines.size(); i++) {
                    compare(name + ":" + i, lines.get(i), twins.get(i), differences);
                }
            }
        }
        assertThat(records).isGreaterThan(11_000);
        assertThat(differences).isEmpty();
    }

    private static List<Map<String, String>> events(Path log, Normalizer normalizer) throws IOException {
        List<Map<String, String>> events = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(new GZIPInputStream(Files.newInputStream(log)), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                for (Normalized event : Normalized.all(normalizer, line, log.toString())) {
                    Map<String, String> fields = new TreeMap<>(event.fields());
                    fields.keySet().removeAll(List.of("NormalizerName", "Extra._write_ts"));
                    events.add(fields);
                }
            }
        }
        return events;
    }

    private static void compare(
            String place, Map<String, String> line, Map<String, String> twin, List<String> differences) {
        if (!line.keySet().equals(twin.keySet())) {
            differences.add(place + ": " + line + " against " + twin);
            return;
        }
        line.forEach((field, value) -> {
            String other = twin.getOrDefault(field, "");
            if (!value.equals(other) && !sameNumber(value, other) && !sameTime(value, other)) {
                differences.add(place + ": " + field + " is " + value + " against " + other);
            }
        });
    }

    /// Lines hold six digits of fractions, JSON all of them.
    private static boolean sameNumber(String value, String other) {
        try {
            double first = Double.parseDouble(value);
            return Math.abs(first - Double.parseDouble(other)) <= 1e-6 * Math.max(1, Math.abs(first));
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private static boolean sameTime(String value, String other) {
        try {
            Instant time =
                    Instant.EPOCH.plus(new BigDecimal(value).movePointRight(6).longValueExact(), ChronoUnit.MICROS);
            return time.equals(Instant.parse(other));
        } catch (RuntimeException _) {
            return false;
        }
    }
}
