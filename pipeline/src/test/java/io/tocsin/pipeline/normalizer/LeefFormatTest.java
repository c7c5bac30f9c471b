package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LeefFormatTest {
    private final Normalizer leef = Normalized.builtIn("leef");

    @Test
    void readsTheFirstVersionWithTabs() {
        Normalized event = Normalized.of(
                leef,
                "<13>Nov 22 09:58:01 gate LEEF:1.0|Acme|Door\\|s|4.1|opened|src=192.0.2.1\tdstPort=443\tusrName=eve\todd=a=b\tmsg=two words");
        assertThat(event.fields())
                .containsEntry("DeviceVendor", "Acme")
                .containsEntry("DeviceProduct", "Door|s")
                .containsEntry("DeviceVersion", "4.1")
                .containsEntry("DeviceEventClassID", "opened")
                .containsEntry("SourceAddress", "192.0.2.1")
                .containsEntry("DestinationPort", "443")
                .containsEntry("SourceUserName", "eve")
                .containsEntry("Extra.odd", "a=b")
                .containsEntry("Message", "two words")
                .containsEntry("DeviceHostName", "gate")
                .doesNotContainKey("ParseError");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LEEF:2.0|A|B|1|e|^|src=192.0.2.1^proto=tcp",
                "LEEF:2.0|A|B|1|e|x5E|src=192.0.2.1^proto=tcp",
                "LEEF:2.0|A|B|1|e|0x5e|src=192.0.2.1^proto=tcp",
                "LEEF:2.0|A|B|1|e|\\x5e|src=192.0.2.1^proto=tcp",
                "LEEF:2.0|A|B|1|e|x09|src=192.0.2.1\tproto=tcp",
                "LEEF:2.0|A|B|1|e||src=192.0.2.1\tproto=tcp",
                "LEEF:2.0|A|B|1|e|src=192.0.2.1\tproto=tcp",
                "LEEF:1.0|A|B|1|e|src=192.0.2.1 proto=tcp"
            })
    void findsTheDelimiterHoweverItIsWritten(String text) {
        assertThat(Normalized.of(leef, text).fields())
                .containsEntry("SourceAddress", "192.0.2.1")
                .containsEntry("TransportProtocol", "tcp")
                .doesNotContainKey("ParseError");
    }

    @Test
    void readsTimesAsTheEventSaysTheyAreWritten() {
        assertThat(Normalized.of(leef, "LEEF:1.0|A|B|1|e|devTime=22/11/26 07.05\tdevTimeFormat=dd/MM/yy HH.mm\tsev=5")
                        .get("DeviceReceiptTime"))
                .isEqualTo("2026-11-22T07:05:00Z");
        assertThat(Normalized.of(leef, "LEEF:1.0|A|B|1|e|devTime=Nov 22 2026 07:05:00\tdevTimeFormat=qqq")
                        .get("DeviceReceiptTime"))
                .isEqualTo("2026-11-22T07:05:00Z");
        assertThat(Normalized.of(leef, "LEEF:1.0|A|B|1|e|devTime=yesterday").get("ParseError"))
                .contains("DeviceReceiptTime: not a time");
    }

    @Test
    void keepsDelimitersInsideValues() {
        assertThat(Normalized.of(leef, "LEEF:2.0|A|B|1|e|^|msg=a^b^src=192.0.2.1")
                        .fields())
                .containsEntry("Message", "a^b")
                .containsEntry("SourceAddress", "192.0.2.1");
    }

    @Test
    void notesWhatIsMissing() {
        assertThat(Normalized.of(leef, "LEEF:1.0|A|B").get("ParseError"))
                .contains("the header ends after 3 of 5 parts");
        assertThat(Normalized.of(leef, "LEEF:1.0|A|B|1|e|no pairs").get("ParseError"))
                .contains("no key=value");
        assertThat(Normalized.of(leef, "LEEF of a book").understood()).isFalse();
    }
}
