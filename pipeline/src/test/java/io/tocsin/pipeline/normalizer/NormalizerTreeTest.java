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
                    replaceRegexp: { expression: "^a" }              | aab       | ab
                    decodeHex                                        | 68c3a9    | hé
                    decodeBase64                                     | aMOp      | hé
                    decodeBase64Url                                  | aMOp      | hé
                    decodeUrl                                        | a%20b+c%zz%C3%A9 | a b c%zzé
                    decodeUrl: { plus: false }                       | a+b%2Bc   | a+b+c
                    join: " "                                        | ["a","b\\"",3] | a b" 3
                    map: { values: { "6": tcp }, otherwise: other }  | 6         | tcp
                    map: { values: { "6": tcp }, otherwise: other }  | 7         | other
                    map: { values: { "6": tcp } }                    | 7         | 7
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
    void splitsOneValueIntoSeveralAndConvertsEach() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: t
                spec:
                  format: text
                  mapping:
                    - { from: text, to: SA.names, convert: [ upper, split: ";", trim, { dropIf: "-" }, { append: "!" } ] }
                    - { from: text, to: NA.numbers, convert: [ { regexp: "[0-9]+;[0-9]+" }, { split: ";" } ] }
                """);
        assertThat(Normalized.of(normalizer, "a; b;-;;c 1;2").fields())
                .containsEntry("SA.names", "A!,B!,C 1!,2!")
                .containsEntry("NA.numbers", "1,2");
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
    void fillsFieldsFromOthersAfterTheNestedNormalizers() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: e
                spec:
                  format: kv
                  nested: [ { source: body, normalizer: { format: json, mapping: [ { from: who, to: SourceUserName } ] } } ]
                  enrich:
                    - { template: "{{.SourceUserName}} on {{SourcePort}} ({{N.n}})", to: Name }
                    - { field: SourceUserName, convert: { map: { values: { eve: intruder }, otherwise: guest } }, to: S.role }
                    - { constant: high, to: DeviceAction, if: "SourcePort > 5" }
                    - { constant: low, to: DeviceAction, if: "SourcePort < 5" }
                    - { field: Reason, to: Message }
                    - { constant: fallback, to: SourceUserName, ifEmpty: true }
                    - { constant: "7", to: DeviceCustomNumber1, label: lucky }
                """);
        assertThat(Normalized.of(normalizer, "SourcePort=9 N.n=4 body='{\"who\":\"eve\"}'")
                        .fields())
                .containsEntry("Name", "eve on 9 ()")
                .containsEntry("S.role", "intruder")
                .containsEntry("DeviceAction", "high")
                .containsEntry("DeviceCustomNumber1", "7")
                .containsEntry("DeviceCustomNumber1Label", "lucky")
                .doesNotContainKeys("Message", "ParseError");
        assertThat(Normalized.of(normalizer, "SourcePort=3 x=y").fields())
                .containsEntry("Name", " on 3 ()")
                .containsEntry("SourceUserName", "fallback")
                .containsEntry("DeviceAction", "low")
                .doesNotContainKey("S.role");
    }

    @Test
    void readsTheTimeOfARowByItsOwnLayoutAndZone() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: t
                spec:
                  format: json
                  timeZone: UTC
                  mapping:
                    - { from: a, to: DeviceReceiptTime, times: [ "dd/MM/yyyy HH:mm" ], timeZone: Europe/Berlin }
                    - { from: b, to: StartTime }
                    - { from: c, to: EndTime, timeZone: "+03:00" }
                """);
        Normalized event = Normalized.of(
                normalizer, "{\"a\":\"03/07/2026 12:00\",\"b\":\"2026-07-03 12:00:00\",\"c\":\"1965-07-03 12:00:00\"}");
        assertThat(event.fields())
                .containsEntry("DeviceReceiptTime", "2026-07-03T10:00:00Z")
                .containsEntry("StartTime", "2026-07-03T12:00:00Z")
                .containsEntry("EndTime", "1965-07-03T09:00:00Z");
        assertThat(Normalized.of(normalizer, "{\"a\":\"soon\"}").get("ParseError"))
                .isEqualTo("DeviceReceiptTime: not a time, kept in Extra [value=soon]");
        assertThat(normalizer.counters().unreadableTimes()).isEqualTo(1);
    }

    @Test
    void convertsATextBeforeItIsTested() {
        Normalizer normalizer = Normalized.normalizer("""
                kind: normalizer
                name: t
                spec:
                  format: kv
                  nested:
                    - when: { source: kind, convert: [ lower, { regexp: "^[a-z]+" } ], is: alpha }
                      normalizer: { format: text, set: { Name: matched } }
                """);
        assertThat(Normalized.of(normalizer, "kind=ALPHA7").get("Name")).isEqualTo("matched");
        assertThat(Normalized.of(normalizer, "kind=beta").get("Name")).isEmpty();
        assertThat(Normalized.of(normalizer, "other=beta").get("Name")).isEmpty();
    }

    @Test
    void keepsTheFirstOfListsWithoutEnd() {
        Normalizer normalizer = Normalized.normalizer(
                "{kind: normalizer, name: j, spec: {format: json, keepRaw: never, mapping: [{from: a, to: NA.a}]}}");
        Normalized event = Normalized.of(normalizer, "{\"a\":[" + "1,".repeat(30_000) + "2]}");
        assertThat(event.get("NA.a").split(",")).hasSize(FieldWriter.MAXIMUM_ELEMENTS);
        assertThat(event.get("ParseError")).contains("NA.a: more than 10000 values in lists");
        assertThat(event.keepsRaw()).isTrue();
    }

    @Test
    void takesEventsOfFourMegabytes() {
        String text = "x ".repeat(2 << 20).substring(8);
        Normalizer json = Normalized.builtIn("json");
        Normalized event = Normalized.of(json, "{\"SourcePort\":7,\"big\":\"" + text.substring(40) + "\"}");
        assertThat(event.get("SourcePort")).isEqualTo("7");
        assertThat(event.get("Extra.big")).hasSize(text.length() - 40);
        Normalizer regexp = Normalized.normalizer("""
                kind: normalizer
                name: r
                spec: { format: { type: regexp, expressions: [ "(?P<Name>[a-z]+) (?:x|y|[a-f]{2,40} )*(?P<Reason>q)", "^(?P<Name>x) x" ] } }
                """);
        Normalized matched = Normalized.of(regexp, text);
        assertThat(matched.get("Name")).isEqualTo("x");
        assertThat(matched.get("ParseError")).contains("the text is too long for the expression");
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
