package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SyslogFormatTest {
    private final Normalizer syslog = Normalized.builtIn("syslog");

    private Map<String, String> parse(String text) {
        Normalized event = Normalized.of(syslog, text);
        assertThat(event.understood()).as(text).isTrue();
        return event.fields();
    }

    @Test
    void readsPlainLine() {
        assertThat(parse("<86>Nov 22 09:58:01 gate-7 sshd[4021]: Connection closed by 198.51.100.7"))
                .containsEntry("DeviceFacility", "authpriv")
                .containsEntry("Severity", "info")
                .containsEntry("DeviceReceiptTime", "2026-11-22T09:58:01Z")
                .containsEntry("DeviceHostName", "gate-7")
                .containsEntry("DeviceProcessName", "sshd")
                .containsEntry("DeviceProcessID", "4021")
                .containsEntry("Message", "Connection closed by 198.51.100.7")
                .doesNotContainKeys("DeviceAddress", "ParseError");
    }

    @Test
    void inventsNoPriorityForLinesWithoutOne() {
        assertThat(parse("Nov 22 09:58:01 gate-7 cron[1]: job"))
                .containsEntry("DeviceProcessName", "cron")
                .doesNotContainKeys("DeviceFacility", "Severity");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    <13>Nov  2 09:58:01 h a: m           | 2026-11-02T09:58:01Z
                    <13>Nov 2 09:58:01 h a: m            | 2026-11-02T09:58:01Z
                    <13>Nov 22 09:58:01.250 h a: m       | 2026-11-22T09:58:01.250Z
                    <13>Nov 22 2025 09:58:01 h a: m      | 2025-11-22T09:58:01Z
                    <13>Nov 22 09:58:01 2025 h a: m      | 2025-11-22T09:58:01Z
                    <13>Nov 22 09:58:01 CET h a: m       | 2026-11-22T08:58:01Z
                    <13>Nov 22 09:58:01 +0300 h a: m     | 2026-11-22T06:58:01Z
                    <13>2026-11-22T09:58:01Z h a: m      | 2026-11-22T09:58:01Z
                    <13>2026-11-22T09:58:01.123456+05:45 h a: m | 2026-11-22T04:13:01.123Z
                    <13>2026-11-22 09:58:01 h a: m       | 2026-11-22T09:58:01Z
                    <13>2026-11-22 09:58:01,5 h a: m     | 2026-11-22T09:58:01.500Z
                    <13>NOV 22 09:58:01 h a: m           | 2026-11-22T09:58:01Z
                    <13>2026 Nov 22 09:58:01 UTC h a: m  | 2026-11-22T09:58:01Z
                    <13>17: *Nov 22 09:58:01.046: h a: m | 2026-11-22T09:58:01.046Z
                    """)
    void readsEveryKindOfTime(String line, String expected) {
        assertThat(parse(line))
                .containsEntry("DeviceReceiptTime", expected)
                .containsEntry("DeviceHostName", "h")
                .containsEntry("DeviceProcessName", "a")
                .containsEntry("Message", "m");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-12-31T23:59:58Z, Jan  1 00:00:03, 2027-01-01T00:00:03Z",
        "2027-01-01T00:00:02Z, Dec 31 23:59:58, 2026-12-31T23:59:58Z",
        "2027-03-01T00:00:00Z, Feb 29 10:00:00, 2028-02-29T10:00:00Z",
        "2028-03-01T00:00:00Z, Feb 29 10:00:00, 2028-02-29T10:00:00Z",
        "2026-06-15T00:00:00Z, Jun 14 10:00:00, 2026-06-14T10:00:00Z"
    })
    void choosesTheYearNearestToReception(String received, String stamp, String expected) {
        Normalized event = Normalized.of(syslog, "<13>" + stamp + " host app: text", Instant.parse(received));
        assertThat(event.get("DeviceReceiptTime")).isEqualTo(expected);
    }

    @Test
    void takesTimesWithoutZoneAsTheSitesWallClock() {
        Normalizer berlin = Normalized.normalizer(
                "{kind: normalizer, name: s, spec: {format: syslog}}", ZoneId.of("Europe/Berlin"));
        assertThat(Normalized.of(berlin, "<13>Jul  1 12:00:00 h a: m").get("DeviceReceiptTime"))
                .isEqualTo("2026-07-01T10:00:00Z");
        assertThat(Normalized.of(berlin, "<13>Dec  1 12:00:00 h a: m").get("DeviceReceiptTime"))
                .isEqualTo("2026-12-01T11:00:00Z");
        assertThat(Normalized.of(berlin, "<13>Jul  1 12:00:00 UTC h a: m").get("DeviceReceiptTime"))
                .isEqualTo("2026-07-01T12:00:00Z");
    }

    @Test
    void tellsHostTagAndTextApart() {
        assertThat(parse("<13>Nov 22 09:58:01 su: no host here"))
                .containsEntry("DeviceProcessName", "su")
                .doesNotContainKey("DeviceHostName");
        assertThat(parse("<13>Nov 22 09:58:01 10.1.2.3 plain text without a tag"))
                .containsEntry("DeviceHostName", "10.1.2.3")
                .containsEntry("DeviceAddress", "10.1.2.3")
                .containsEntry("Message", "plain text without a tag")
                .doesNotContainKey("DeviceProcessName");
        assertThat(parse("<13>Nov 22 09:58:01 2001:db8::17 ntpd[9]: synced"))
                .containsEntry("DeviceHostName", "2001:db8::17")
                .containsEntry("DeviceAddress", "2001:db8::17")
                .containsEntry("DeviceProcessName", "ntpd");
        assertThat(parse("<13>only text, no time: nothing else"))
                .containsEntry("Message", "only text, no time: nothing else")
                .doesNotContainKeys("DeviceHostName", "DeviceProcessName");
        assertThat(parse("<13>box-3 dhcpd: DHCPACK"))
                .containsEntry("DeviceHostName", "box-3")
                .containsEntry("DeviceProcessName", "dhcpd");
        assertThat(parse("<13>Nov 22 09:58:01 box last message repeated 3 times"))
                .containsEntry("DeviceHostName", "box")
                .containsEntry("Message", "last message repeated 3 times");
        assertThat(parse("<13>Nov 22 09:58:01 last message repeated 3 times"))
                .containsEntry("Message", "last message repeated 3 times")
                .doesNotContainKey("DeviceHostName");
        assertThat(parse("<13>Nov 22 09:58:01 box syslogd 1.5.0: restart."))
                .containsEntry("DeviceProcessName", "syslogd")
                .containsEntry("Message", "restart.");
        assertThat(parse("<13>Nov 22 09:58:01 box postfix/smtpd[77]: connect"))
                .containsEntry("DeviceProcessName", "postfix/smtpd")
                .containsEntry("DeviceProcessID", "77");
        assertThat(parse("<13>Nov 22 09:58:01 box CEF:0|a|b|c|d|e|1|"))
                .containsEntry("Message", "CEF:0|a|b|c|d|e|1|")
                .doesNotContainKey("DeviceProcessName");
        assertThat(parse("<13>Nov 22 09:58:01 box {\"a\":1}")).containsEntry("Message", "{\"a\":1}");
    }

    @Test
    void readsCiscoLines() {
        assertThat(parse("<166>Nov 22 2026 09:58:01 fw-1 : %ASA-6-302013: Built outbound TCP connection 5"))
                .containsEntry("DeviceHostName", "fw-1")
                .containsEntry("DeviceProcessName", "%ASA-6-302013")
                .containsEntry("DeviceEventClassID", "ASA-6-302013")
                .containsEntry("Message", "Built outbound TCP connection 5");
        assertThat(parse("<189>29: *Nov 22 09:58:01.483: %SYS-5-CONFIG_I: Configured from console"))
                .containsEntry("DeviceEventClassID", "SYS-5-CONFIG_I")
                .containsEntry("DeviceReceiptTime", "2026-11-22T09:58:01.483Z")
                .doesNotContainKey("DeviceHostName");
    }

    @Test
    void readsStructuredData() {
        assertThat(parse("<165>1 2026-11-22T09:58:01.003Z db.example.org billing 711 TX9 "
                        + "[a@1 k=\"v\" q=\"say \\\"hi\\\" \\\\ \\] \\n\"][empty][b@2 c=\"\" k=\"x]y\"] \uFEFFdone"))
                .containsEntry("DeviceFacility", "local4")
                .containsEntry("Severity", "notice")
                .containsEntry("DeviceHostName", "db.example.org")
                .containsEntry("DeviceProcessName", "billing")
                .containsEntry("DeviceProcessID", "711")
                .containsEntry("DeviceEventClassID", "TX9")
                .containsEntry("Extra.a@1.k", "v")
                .containsEntry("Extra.a@1.q", "say \"hi\" \\ ] \\n")
                .containsEntry("Extra.empty", "true")
                .containsEntry("Extra.b@2.k", "x]y")
                .containsEntry("Message", "done")
                .doesNotContainKeys("ParseError", "Extra.b@2.c");
    }

    @Test
    void acceptsNilValuesAndMissingStructuredData() {
        assertThat(parse("<165>1 - - - - - -")).containsOnlyKeys("DeviceFacility", "Severity", "NormalizerName");
        assertThat(parse("<165>1 2026-11-22T09:58:01Z h app - - plain text"))
                .containsEntry("Message", "plain text")
                .doesNotContainKeys("ParseError", "DeviceProcessID");
        assertThat(parse("<165>1 2026-11-22T09:58:01Z h app worker-3 - - text"))
                .containsEntry("Extra.pid", "worker-3")
                .doesNotContainKeys("ParseError", "DeviceProcessID");
    }

    @Test
    void keepsWhatADamagedHeaderGives() {
        assertThat(parse("<165>1 2026-11-22T09:58:01Z host"))
                .containsEntry("DeviceHostName", "host")
                .containsEntry("ParseError", "syslog: the header ends after the host");
        assertThat(parse("<165>1 2026-11-22T09:58:01Z host app - - [broken x=1] text"))
                .containsEntry("Message", "[broken x=1] text")
                .containsEntry("ParseError", "syslog: structured data is damaged [value=[broken x=1] text]");
        assertThat(parse("<999>Nov 22 09:58:01 h a: m"))
                .containsEntry("DeviceFacility", "124")
                .containsEntry("ParseError", "syslog: the priority is above 191 [priority=999]");
    }

    @Test
    void keepsRawTextWhenNothingIsUnderstood() {
        Normalized event = Normalized.of(syslog, "neither priority nor time");
        assertThat(event.understood()).isFalse();
        assertThat(event.failed()).isTrue();
        assertThat(event.keepsRaw()).isTrue();
        assertThat(event.get("ParseError")).isEqualTo("syslog: no normalizer understands the text");
    }
}
