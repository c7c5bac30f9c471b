package io.tocsin.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FormatReportTest {
    /// The data sets whose bar was reached once: it stays reached.
    private static final Set<String> REACHED = Set.of(
            "auditd-ausearch",
            "auditd-coalesce",
            "auditd-laurel",
            "cef",
            "geoip",
            "netflow",
            "services",
            "services-fields",
            "syslog-3164",
            "syslog-5424",
            "vendor-events",
            "vendors-sc4s",
            "vendors-wazuh",
            "windows-events",
            "windows-fields",
            "zeek");

    private static final Path CONTENT = Path.of("..", "content");

    private static Path data() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        return configured == null || configured.isBlank() ? Path.of("../../shared/data") : Path.of(configured);
    }

    @Test
    void keepsTheBarsThatWereReached() {
        assumeThat(data()).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        for (FormatReport.Row row : FormatReport.run(data(), REACHED, Normalization.of(CONTENT))) {
            assertThat(row.reached())
                    .as(
                            "%s: %.2f %%, failures: %s",
                            row.name(), row.tally().percent(), row.tally().failures())
                    .isTrue();
        }
    }

    @Test
    void namesEachDataSetOnce() {
        List<String> names = FormatReport.names();
        assertThat(new HashSet<>(names)).hasSameSizeAs(names).containsAll(REACHED);
        assertThat(DataSets.ALL).allMatch(set -> set.barPercent() > 0 && set.barPercent() <= 100);
    }

    @Test
    void findsValuesAsEventsWriteThem() {
        EventValues values = new EventValues(Normalization.JSON.readTree("""
                {"SourceAddress": "192.0.2.1", "StartTime": 1511348400000, "N": {"ttl": 64},
                 "Message": "user anna logged in", "Raw": "secret text"}"""));
        assertThat(values.has("192.0.2.1")).isTrue();
        assertThat(values.has("2017-11-22T11:00:00.000Z")).isTrue();
        assertThat(values.has("64")).isTrue();
        assertThat(values.has("anna")).isTrue();
        assertThat(values.has("ann")).isFalse();
        assertThat(values.has("secret")).isFalse();
        assertThat(values.of("ttl")).containsExactly("64");
    }

    @Test
    void takesAValueWithAMeaningInItsOwnFieldOnly() {
        EventValues event = new EventValues(
                Normalization.JSON.readTree("{\"SourceAddress\": \"192.0.2.1\", \"Message\": \"from 192.0.2.2\"}"));
        assertThat(FieldMeanings.ELASTIC.isIn(event, "source.ip", "192.0.2.1")).isTrue();
        assertThat(FieldMeanings.ELASTIC.isIn(event, "source.ip", "192.0.2.2")).isFalse();
        assertThat(FieldMeanings.ELASTIC.isIn(event, "destination.ip", "192.0.2.1"))
                .isFalse();
        assertThat(FieldMeanings.ELASTIC.covers("mysql.thread_id")).isFalse();
        assertThat(FieldMeanings.ANYWHERE.covers("mysql.thread_id")).isTrue();
        assertThat(FieldMeanings.ANYWHERE.isIn(event, "source.ip", "192.0.2.2")).isTrue();
    }
}
