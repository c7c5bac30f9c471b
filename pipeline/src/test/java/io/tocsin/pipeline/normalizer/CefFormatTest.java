package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class CefFormatTest {
    private final Normalizer cef = Normalized.builtIn("cef");

    private Map<String, String> parse(String text) {
        Normalized event = Normalized.of(cef, text);
        assertThat(event.understood()).as(text).isTrue();
        return event.fields();
    }

    @Test
    void mapsHeaderAndDictionary() {
        assertThat(parse("CEF:0|Acme|Wall|7.1|42|port probe|8|src=192.0.2.9 spt=4111 dst=198.51.100.1 dpt=22 proto=TCP "
                        + "act=blocked in=120 cs1=edge rule cs1Label=rule name cfp1=1.5 cfp1Label=score "
                        + "deviceDirection=outbound rt=1795341600000 msg=one two three"))
                .containsEntry("DeviceVendor", "Acme")
                .containsEntry("DeviceProduct", "Wall")
                .containsEntry("DeviceVersion", "7.1")
                .containsEntry("DeviceEventClassID", "42")
                .containsEntry("Name", "port probe")
                .containsEntry("Severity", "8")
                .containsEntry("SourceAddress", "192.0.2.9")
                .containsEntry("SourcePort", "4111")
                .containsEntry("DestinationAddress", "198.51.100.1")
                .containsEntry("DestinationPort", "22")
                .containsEntry("TransportProtocol", "TCP")
                .containsEntry("DeviceAction", "blocked")
                .containsEntry("BytesIn", "120")
                .containsEntry("DeviceCustomString1", "edge rule")
                .containsEntry("DeviceCustomString1Label", "rule name")
                .containsEntry("DeviceCustomFloatingPoint1", "1.5")
                .containsEntry("DeviceDirection", "1")
                .containsEntry("DeviceReceiptTime", "2026-11-22T10:00:00Z")
                .containsEntry("Message", "one two three")
                .doesNotContainKey("ParseError");
    }

    @Test
    void decodesEscapes() {
        assertThat(parse("CEF:0|A\\|B|c\\\\d|1|i|n|1|msg=a\\=b\\nc\\\\d\\qe request=http://x/?k=v&l=w suser=last\\\\"))
                .containsEntry("DeviceVendor", "A|B")
                .containsEntry("DeviceProduct", "c\\d")
                .containsEntry("Message", "a=b\nc\\d\\qe")
                .containsEntry("RequestUrl", "http://x/?k=v&l=w")
                .containsEntry("SourceUserName", "last\\");
    }

    /// A key is expected where the text before had it; these differ from the expected one only at their end, or only
    /// in their middle.
    @Test
    void takesNoKeyForTheOneThatStoodThereBefore() {
        String head = "CEF:0|a|b|c|d|e|1|";
        assertThat(parse(head + "destinationPort=1 destinationZoneA=x vendorsField-one-value=p"))
                .containsEntry("DestinationPort", "1")
                .containsEntry("Extra.destinationZoneA", "x")
                .containsEntry("Extra.vendorsField-one-value", "p");
        assertThat(parse(head + "destinationPost=1 destinationZoneB=y vendorsField-two-value=q"))
                .doesNotContainKey("DestinationPort")
                .containsEntry("Extra.destinationPost", "1")
                .containsEntry("Extra.destinationZoneB", "y")
                .containsEntry("Extra.vendorsField-two-value", "q");
    }

    @Test
    void keepsUnknownKeysInExtra() {
        assertThat(parse("CEF:0|a|b|c|d|e|1|ad.field[0]=x y  cn9=7 cnt=3 act= dpt=1"))
                .containsEntry("Extra.ad.field[0]", "x y")
                .containsEntry("Extra.cn9", "7")
                .containsEntry("Extra.cnt", "3")
                .containsEntry("DestinationPort", "1")
                .doesNotContainKey("DeviceAction");
    }

    @Test
    void keepsValuesOfTheWrongTypeWhole() {
        String host = "h".repeat(150);
        Map<String, String> fields = parse("CEF:0|a|b|c|d|e|1|spt=http rt=yesterday dvchost=" + host + " dpt=443");
        assertThat(fields)
                .containsEntry("Extra.SourcePort", "http")
                .containsEntry("Extra.DeviceReceiptTime", "yesterday")
                .containsEntry("Extra.DeviceHostName", host)
                .containsEntry("DeviceHostName", host.substring(0, 100))
                .containsEntry("DestinationPort", "443")
                .doesNotContainKeys("SourcePort", "DeviceReceiptTime");
        assertThat(fields.get("ParseError"))
                .contains("SourcePort: not a whole number, kept in Extra [value=http]")
                .contains("DeviceReceiptTime: not a time, kept in Extra [value=yesterday]")
                .contains("DeviceHostName: cut [characters=150, limit=100], whole in Extra");
        assertThat(cef.counters().unconverted()).isEqualTo(2);
        assertThat(cef.counters().cut()).isEqualTo(1);
        assertThat(cef.counters().noted()).isEqualTo(1);
    }

    @Test
    void readsTheSyslogHeaderBeforeIt() {
        assertThat(parse("<134>Nov 22 09:58:01 192.0.2.77 CEF:0|a|b|c|d|e|9|src=192.0.2.1"))
                .containsEntry("DeviceHostName", "192.0.2.77")
                .containsEntry("DeviceAddress", "192.0.2.77")
                .containsEntry("DeviceReceiptTime", "2026-11-22T09:58:01Z")
                .containsEntry("DeviceFacility", "local0")
                .containsEntry("Severity", "9");
    }

    @Test
    void callsCustomValuesByTheirLabelsOnRequest() {
        Normalizer folding = Normalized.normalizer("""
                kind: normalizer
                name: c
                spec:
                  format: { type: cef, foldLabels: true }
                  mapping: [ { from: badge holder, to: SourceUserName } ]
                """);
        assertThat(Normalized.of(
                                folding,
                                "CEF:0|a|b|c|d|e|1|cs1Label=badge holder cs1=Ada cn2=7 cn2Label=doors cs3=alone cs4Label=empty src=192.0.2.1 deviceCustomString5=x\\=y deviceCustomString5Label=long")
                        .fields())
                .containsEntry("SourceUserName", "Ada")
                .containsEntry("Extra.doors", "7")
                .containsEntry("DeviceCustomString3", "alone")
                .containsEntry("DeviceCustomString4Label", "empty")
                .containsEntry("Extra.long", "x=y")
                .containsEntry("SourceAddress", "192.0.2.1")
                .doesNotContainKeys("DeviceCustomString1", "DeviceCustomString1Label", "DeviceCustomNumber2");
    }

    @Test
    void notesDamage() {
        assertThat(parse("CEF:0|a|b|c|d")).containsEntry("ParseError", "cef: the header ends after 5 of 7 parts");
        assertThat(parse("CEF:0|a|b|c|d|e|1|no pairs here").get("ParseError")).contains("holds no key=value");
        assertThat(Normalized.of(cef, "a|b|c").understood()).isFalse();
        assertThat(Normalized.of(cef, "CEF:").understood()).isFalse();
    }
}
