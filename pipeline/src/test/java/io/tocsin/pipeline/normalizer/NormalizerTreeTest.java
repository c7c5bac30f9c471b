package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NormalizerTreeTest {
    @Test
    void mapsConvertsLabelsAndSetsConstants() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: shop
                spec:
                  format: json
                  keepExtra: false
                  times: [ "dd.MM.yy HH'h'mm" ]
                  set: { DeviceVendor: Acme, DeviceProduct: Shop, N.version: 3 }
                  mapping:
                    - { from: who, to: SourceUserName, convert: [ trim, lower, { append: "@shop" } ] }
                    - { from: who, to: DeviceCustomString1, label: as written }
                    - { from: at, to: DeviceReceiptTime }
                    - { from: second, to: SourceUserName, ifEmpty: true }
                    - { from: second, to: S.second }
                """);
        Normalized event = Normalized.of(
                normalizer, "{\"who\":\" EVE \",\"at\":\"22.11.26 07h05\",\"second\":\"bob\",\"other\":1}");
        assertThat(event.fields())
                .containsEntry("SourceUserName", "eve@shop")
                .containsEntry("DeviceCustomString1", " EVE ")
                .containsEntry("DeviceCustomString1Label", "as written")
                .containsEntry("DeviceReceiptTime", "2026-11-22T07:05:00Z")
                .containsEntry("S.second", "bob")
                .containsEntry("N.version", "3")
                .containsEntry("DeviceVendor", "Acme")
                .doesNotContainKeys("Extra.other", "ParseError");
        assertThat(Normalized.of(normalizer, "{\"second\":\"bob\"}").get("SourceUserName"))
                .isEqualTo("bob");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    lower                                            | Straße ÀB | straße àb
                    upper                                            | abcé      | ABCÉ
                    trim: "[]"                                       | [[x]      | x
                    substring: { start: 1, end: 3 }                  | äöüß      | öü
                    substring: { start: -2 }                         | äöüß      | üß
                    substring: { end: -1 }                           | abc       | ab
                    replace: { chars: aa, with: b }                  | aaaaac    | bbac
                    append: "-z"                                     | a         | a-z
                    prepend: "z-"                                    | a         | z-a
                    regexp: "user=(\\\\w+)"                          | x user=eve y | eve
                    regexp: "[0-9]+"                                 | ab12cd    | 12
                    replaceRegexp: { expression: "(\\\\w)-(\\\\w)", with: "$2$1$$" } | a-b c-d | ba$ dc$
                    decodeHex                                        | 68c3a9    | hé
                    decodeBase64                                     | aMOp      | hé
                    dropIf: "-"                                      | x-        | x-
                    """)
    void converts(String conversion, String text, String expected) {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: t
                spec:
                  format: text
                  mapping:
                    - from: text
                      to: Message
                      convert:
                        - %s
                """.formatted(conversion));
        assertThat(Normalized.of(normalizer, text).get("Message")).isEqualTo(expected);
    }

    @Test
    void conversionsMayLeaveNoValue() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: t
                spec:
                  format: text
                  mapping:
                    - { from: text, to: Message, convert: { dropIf: "-" } }
                    - { from: text, to: Reason, convert: { regexp: "[0-9]+" } }
                    - { from: text, to: Name, convert: { substring: { start: 5 } } }
                """);
        assertThat(Normalized.of(normalizer, "-").fields()).containsOnlyKeys("NormalizerName");
    }

    @Test
    void choosesNestedNormalizersByConditions() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: root
                spec:
                  format: kv
                  mapping: [ { from: type, to: DeviceEventCategory } ]
                  nested:
                    - when: [ { source: type, is: [ a, b ] }, { source: body, startsWith: x, not: true } ]
                      source: body
                      name: first
                      convert: [ { replace: { chars: "+", with: " " } } ]
                      normalizer: { format: kv, set: { Name: first } }
                    - if: "DeviceEventCategory = 'c'"
                      name: second
                      normalizer: { format: text, set: { Name: second } }
                    - when: { matches: "type=[d-f] " }
                      name: third
                      continue: true
                      normalizer: { format: text, set: { Name: third } }
                    - when: { source: raw, contains: "body=z" }
                      name: fourth
                      normalizer: { format: text, set: { Reason: fourth } }
                """);
        assertThat(Normalized.of(normalizer, "type=a body=\"SourcePort=7+Message=m\"")
                        .fields())
                .containsEntry("Name", "first")
                .containsEntry("SourcePort", "7")
                .containsEntry("Message", "m")
                .containsEntry("NormalizerName", "root/first");
        assertThat(Normalized.of(normalizer, "type=a body=xx").fields())
                .doesNotContainKey("Name")
                .containsEntry("NormalizerName", "root");
        assertThat(Normalized.of(normalizer, "type=c body=a").get("Name")).isEqualTo("second");
        assertThat(Normalized.of(normalizer, "type=e body=z").fields())
                .containsEntry("Name", "third")
                .containsEntry("Reason", "fourth")
                .containsEntry("NormalizerName", "root/fourth");
    }

    @Test
    void triesTheNextWhenANestedNormalizerDoesNotUnderstand() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: root
                spec:
                  format: text
                  requireNested: true
                  set: { Name: fallback, Reason: kept }
                  nested:
                    - { normalizer: json }
                    - { normalizer: { format: { type: pattern, patterns: [ "only {SourceUserName:word}" ] }, set: { Name: own } } }
                """);
        assertThat(Normalized.of(normalizer, "only eve").fields())
                .containsEntry("SourceUserName", "eve")
                .containsEntry("Name", "own")
                .containsEntry("Reason", "kept")
                .containsEntry("NormalizerName", "root/pattern");
        assertThat(Normalized.of(normalizer, "only two words").understood()).isFalse();
    }

    @Test
    void matchesRegularExpressionsInOrderAndMapsGroupsByName() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: r
                spec:
                  format:
                    type: regexp
                    expressions:
                      - "^login (?P<SourceUserName>\\\\w+) from (?P<ip>[0-9.]+)(?: port (?P<SourcePort>\\\\d+))?$"
                      - match: "^logout (?P<SourceUserName>\\\\w+)"
                        set: { DeviceAction: logout }
                  mapping: [ { from: ip, to: SourceAddress } ]
                """);
        assertThat(Normalized.of(normalizer, "login eve from 192.0.2.1").fields())
                .containsEntry("SourceUserName", "eve")
                .containsEntry("SourceAddress", "192.0.2.1")
                .doesNotContainKeys("SourcePort", "DeviceAction");
        assertThat(Normalized.of(normalizer, "logout eve now").get("DeviceAction"))
                .isEqualTo("logout");
        assertThat(Normalized.of(normalizer, "nothing").understood()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"never,false,false", "error,false,true", "always,true,true"})
    void keepsTheSourceTextAsToldAndAlwaysWhenNothingUnderstandsIt(String keepRaw, boolean fine, boolean noted) {
        Normalizer normalizer =
                Normalized.normalizer("{kind: normalizer, name: t, spec: {format: json, keepRaw: " + keepRaw + "}}");
        assertThat(Normalized.of(normalizer, "{\"SourcePort\":1}").keepsRaw()).isEqualTo(fine);
        assertThat(Normalized.of(normalizer, "{\"SourcePort\":\"x\"}").keepsRaw())
                .isEqualTo(noted);
        assertThat(Normalized.of(normalizer, "no json").keepsRaw()).isTrue();
    }

    @Test
    void undoesThePartThatANestedNormalizerConsumed() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: s
                spec:
                  format: syslog
                  nested: [ { source: msg, consumes: true, normalizer: json } ]
                """);
        assertThat(Normalized.of(normalizer, "<13>Nov 22 09:58:01 h {\"SourcePort\":1}")
                        .fields())
                .containsEntry("SourcePort", "1")
                .doesNotContainKey("Message");
        assertThat(Normalized.of(normalizer, "<13>Nov 22 09:58:01 h text").get("Message"))
                .isEqualTo("text");
    }

    @Test
    void picksByContent() {
        Normalizer auto = Normalized.builtIn("auto");
        assertThat(Normalized.of(auto, "{\"message\":\"m\"}").get("NormalizerName"))
                .isEqualTo("auto/json");
        assertThat(Normalized.of(auto, "CEF:0|a|b|c|d|e|1|src=1.2.3.4").get("SourceAddress"))
                .isEqualTo("1.2.3.4");
        assertThat(Normalized.of(auto, "<13>Nov 22 09:58:01 h CEF:0|a|b|c|d|e|1|src=1.2.3.4")
                        .fields())
                .containsEntry("SourceAddress", "1.2.3.4")
                .containsEntry("DeviceHostName", "h");
        assertThat(Normalized.of(auto, "<13>Nov 22 09:58:01 h a: m").get("Message"))
                .isEqualTo("m");
        assertThat(Normalized.of(auto, "SourcePort=7 x=y").get("SourcePort")).isEqualTo("7");
        assertThat(Normalized.of(auto, "???").understood()).isFalse();
    }
}
