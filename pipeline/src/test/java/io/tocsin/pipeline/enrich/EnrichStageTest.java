package io.tocsin.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EnrichStageTest {
    private static final Path DATA = Path.of(System.getenv().getOrDefault("TOCSIN_TEST_DATA", "../../shared/data"))
            .resolve("geoip");

    @TempDir
    private Path folder;

    private static String run(String rule, String... fields) {
        try (StageRun run = StageRun.of(EnrichConfig.SPEC, "rules: [" + rule + "]")) {
            return run.one(fields);
        }
    }

    @Test
    void setsConstantsAndClearsFieldsByEmptyOnes() {
        assertThat(run(
                        "{ type: constant, set: { DeviceVendor: Acme, DestinationPort: '22', S.site: north, Message: '' } }",
                        "Message",
                        "old"))
                .isEqualTo("{\"DestinationPort\":22,\"DeviceVendor\":\"Acme\",\"S\":{\"site\":\"north\"}}");
    }

    @Test
    void keepsWhatDoesNotFitInExtra() {
        assertThat(run("{ type: constant, set: { DestinationPort: many, TransportProtocol: " + "x".repeat(40) + " } }"))
                .isEqualTo("{\"TransportProtocol\":\"" + "x".repeat(31)
                        + "\",\"Extra\":{\"DestinationPort\":\"many\",\"TransportProtocol\":\"" + "x".repeat(40)
                        + "\"}}");
    }

    @Test
    void leavesFilledFieldsAloneWhenAskedAndPassesOverOtherEvents() {
        String rule =
                "{ type: constant, overwrite: false, when: \"DeviceProduct = 'p'\", set: { DeviceVendor: Acme } }";
        assertThat(run(rule, "DeviceVendor", "Own", "DeviceProduct", "p")).contains("\"DeviceVendor\":\"Own\"");
        assertThat(run(rule, "DeviceProduct", "p")).contains("\"DeviceVendor\":\"Acme\"");
        assertThat(run(rule, "DeviceProduct", "q")).doesNotContain("Acme");
    }

    @Test
    void looksUpDictionariesByNameAndInPlace() {
        String shared = "{ kind: dictionary, name: ports, spec: { entries: { '22': ssh } } }";
        try (StageRun run = StageRun.of(
                EnrichConfig.SPEC,
                "rules: [ { type: dictionary, dictionary: ports, key: DestinationPort, to: ApplicationProtocol, default: other } ]",
                shared)) {
            assertThat(run.one("DestinationPort", "22")).contains("\"ApplicationProtocol\":\"ssh\"");
            assertThat(run.one("DestinationPort", "23")).contains("\"ApplicationProtocol\":\"other\"");
            assertThat(run.one("SourcePort", "23")).doesNotContain("ApplicationProtocol");
            assertThat(run.count("dictionary.hits")).isOne();
            assertThat(run.count("dictionary.misses")).isEqualTo(2);
        }
        assertThat(run(
                        "{ type: dictionary, dictionary: { entries: { anna: '7' } }, key: SourceUserName, convert: [lower, { regexp: '^[^@]+' }], to: N.grade }",
                        "SourceUserName",
                        "ANNA@corp"))
                .contains("\"N\":{\"grade\":7}");
    }

    @Test
    void fillsSeveralFieldsFromTheRowOfATable() {
        String table =
                "{ kind: table, name: hosts, spec: { key: [address, port], rows: [ { address: 10.0.0.1, port: '80',"
                        + " owner: anna, site: HQ }, { address: 10.0.0.2, port: '', owner: bert } ] } }";
        try (StageRun run = StageRun.of(
                EnrichConfig.SPEC,
                "rules: [ { type: table, table: hosts, key: [DestinationAddress, DestinationPort], set: { S.owner: owner, DestinationCity: site } } ]",
                table)) {
            assertThat(run.one("DestinationAddress", "10.0.0.1", "DestinationPort", "80"))
                    .contains("\"DestinationCity\":\"HQ\"", "\"S\":{\"owner\":\"anna\"}");
            assertThat(run.one("DestinationAddress", "10.0.0.2")).contains("\"S\":{\"owner\":\"bert\"}");
            assertThat(run.one("DestinationAddress", "10.0.0.1")).doesNotContain("owner");
        }
    }

    @Test
    void copiesAndComputesFromOtherFields() {
        assertThat(run(
                        "{ type: event, from: [Message, SourceHostName], convert: upper, to: DestinationHostName }",
                        "SourceHostName",
                        "gate"))
                .contains("\"DestinationHostName\":\"GATE\"");
        assertThat(run("{ type: event, sum: [BytesIn, BytesOut], to: N.bytes }", "BytesIn", "5", "BytesOut", "7"))
                .contains("\"N\":{\"bytes\":12}");
        assertThat(run(
                        "{ type: event, difference: [EndTime, StartTime], to: N.millis }",
                        "StartTime",
                        "1000",
                        "EndTime",
                        "3500"))
                .contains("\"N\":{\"millis\":2500}");
        assertThat(run("{ type: event, difference: [EndTime, StartTime], to: N.millis }", "StartTime", "1"))
                .doesNotContain("millis");
    }

    @Test
    void fillsTemplates() {
        String rule =
                "{ type: template, template: '{{.SourceUserName}} from {{ S.url }}:{{.SourcePort}}', to: Message }";
        assertThat(run(rule, "SourceUserName", "anna", "S.url", "u", "SourcePort", "7"))
                .contains("\"Message\":\"anna from u:7\"");
        assertThat(run(rule, "DestinationPort", "7")).doesNotContain("Message");
    }

    @Test
    void putsLocalTimesRight() {
        // 2026-07-01 12:00 in Berlin is 10:00 UTC.
        assertThat(run(
                        "{ type: timezone, zone: Europe/Berlin, shift: DeviceReceiptTime }",
                        "DeviceReceiptTime",
                        "1782907200000"))
                .contains("\"DeviceReceiptTime\":1782900000000", "\"DeviceTimeZone\":\"+02:00\"");
        assertThat(run("{ type: timezone, from: S.zone }", "S.zone", "+03:00"))
                .contains("\"DeviceTimeZone\":\"+03:00\"");
        assertThat(run("{ type: timezone, from: S.zone }", "S.zone", "Nowhere"))
                .contains("\"enrichmentError\":\"timezone: no such time zone\"");
    }

    @Test
    void runsSharedEnrichmentsInOrderUnderTheirNames() {
        try (StageRun run = StageRun.of(
                EnrichConfig.SPEC,
                "rules: [ first, { type: template, template: '{{.DeviceVendor}}!', to: Message } ]",
                "{ kind: enrichment, name: first, spec: { type: constant, set: { DeviceVendor: Acme } } }")) {
            assertThat(run.one()).contains("\"Message\":\"Acme!\"");
            assertThat(run.count("first.hits")).isOne();
        }
    }

    @Test
    void saysEverythingThatIsWrongAtOnce() {
        Problems problems = new Problems();
        StageRun.plan(EnrichConfig.SPEC, """
                rules:
                  - nobody
                  - { type: dictionary, dictionary: none, key: SourcePort, to: Message }
                  - { type: table, table: { key: [a, b], rows: [ { a: x, b: y, c: z } ] }, key: SourcePort, set: { S.x: c } }
                """, problems);
        assertThat(problems.list()).hasSize(3);
        Problems more = new Problems();
        StageRun.plan(EnrichConfig.SPEC, """
                rules:
                  - { type: constant, set: { Timestamp: x, SorceAddress: y } }
                  - { type: event, from: SourcePort, sum: SourcePort, to: Message }
                  - { type: template, template: '{{.Nothing}}', to: Message }
                  - { type: timezone, zone: Mars }
                  - { type: geo, database: x, addresses: S.peer }
                """, more);
        assertThat(more.list()).hasSize(6);
    }

    @Test
    void fillsPlacesOfAddressesAndTakesANewDatabase() throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(DATA), "test data is absent: set TOCSIN_TEST_DATA");
        Path file = folder.resolve("geo.mmdb");
        Files.copy(DATA.resolve("GeoLite2-City-Test.mmdb"), file);
        try (StageRun run =
                StageRun.of(EnrichConfig.SPEC, "refresh: 20ms\nrules: [ { type: geo, database: " + file + " } ]")) {
            assertThat(run.one("SourceAddress", "2.125.160.216", "DestinationAddress", "10.0.0.1"))
                    .isEqualTo(
                            "{\"SourceAddress\":\"2.125.160.216\",\"SourceCity\":\"Boxford\",\"SourceCountry\":\"United Kingdom\","
                                    + "\"SourceLatitude\":51.75,\"SourceLongitude\":-1.25,\"SourceRegion\":\"England\","
                                    + "\"DestinationAddress\":\"10.0.0.1\",\"S\":{\"SourceCountryCode\":\"GB\"}}");
            assertThat(run.one("SourceAddress", "::ffff:2.125.160.217")).contains("Boxford");
            assertThat(run.one("SourceAddress", "no address")).doesNotContain("Country");
            assertThat(run.count("geo.hits")).isEqualTo(2);
            assertThat(run.count("geo.misses")).isOne();

            Files.write(file, Files.readAllBytes(DATA.resolve("GeoLite2-ASN-Test.mmdb")));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(run.one("SourceAddress", "1.128.0.0"))
                            .contains("\"SourceAsNumber\":1221", "\"SourceAsOrganization\":\"Telstra Pty Ltd\""));
        }
    }
}
