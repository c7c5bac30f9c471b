package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonFormatTest {
    private final Normalizer json = Normalized.builtIn("json");
    private final Normalizer mapped = Normalized.normalizer("""
            kind: normalizer
            name: test
            spec:
              format: json
              mapping:
                - { from: a.b.c, to: DeviceCustomString1, label: deep }
                - { from: list.1.name, to: DeviceCustomString2, label: second }
                - { from: numbers, to: NA.numbers }
                - { from: words, to: SA.words }
                - { from: size, to: N.size }
                - { from: ratio, to: F.ratio }
                - { from: whole, to: Message }
                - { from: whole.port, to: SourcePort }
            """);

    private static Map<String, String> parse(Normalizer normalizer, String text) {
        Normalized event = Normalized.of(normalizer, text);
        assertThat(event.understood()).as(text).isTrue();
        return event.fields();
    }

    @Test
    void mapsSchemaNamesAndCommonNamesByDefault() {
        assertThat(parse(json, """
                        {"SourceAddress":"192.0.2.1","destination":{"ip":"192.0.2.2","port":443},"user.name":"u",
                         "@timestamp":"2026-11-22T11:00:00+01:00","message":"hello"}
                        """))
                .containsEntry("SourceAddress", "192.0.2.1")
                .containsEntry("DestinationAddress", "192.0.2.2")
                .containsEntry("DestinationPort", "443")
                .containsEntry("DeviceReceiptTime", "2026-11-22T10:00:00Z")
                .containsEntry("Message", "hello")
                .containsEntry("Extra.user.name", "u");
    }

    @Test
    void reachesNestedPathsAndArrayElements() {
        assertThat(parse(mapped, """
                        {"a":{"b":{"c":"x","d":1}},"list":[{"name":"one"},{"name":"two","n":0}],"numbers":[1,2,3],
                         "words":["p","q"],"size":12,"ratio":1.25,"whole":{"port":80, "x":[1]}}
                        """))
                .containsEntry("DeviceCustomString1", "x")
                .containsEntry("DeviceCustomString1Label", "deep")
                .containsEntry("DeviceCustomString2", "two")
                .containsEntry("NA.numbers", "1,2,3")
                .containsEntry("SA.words", "p,q")
                .containsEntry("N.size", "12")
                .containsEntry("F.ratio", "1.25")
                .containsEntry("Message", "{\"port\":80, \"x\":[1]}")
                .containsEntry("SourcePort", "80")
                .containsEntry("Extra.a.b.d", "1");
    }

    @Test
    void decodesStrings() {
        assertThat(
                        parse(
                                json,
                                "{\"message\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00 \\ud800x \\\"\\\\\\/\\b\\f\\n\\r\\t\\q\",\"k\\u0031\":\"v\"}"))
                .containsEntry("Message", "Aé€😀 \uFFFDx \"\\/\b\f\n\r\t\\q")
                .containsEntry("Extra.k1", "v");
    }

    @Test
    void losesNoDigits() {
        Map<String, String> fields = parse(
                json,
                "{\"big\":12345678901234567890123,\"SourcePort\":99999999999999999999,\"DestinationPort\":4.43e2}");
        assertThat(fields)
                .containsEntry("Extra.big", "12345678901234567890123")
                .containsEntry("Extra.SourcePort", "99999999999999999999")
                .containsEntry("DestinationPort", "443");
        assertThat(fields.get("ParseError")).startsWith("SourcePort: not a whole number");
    }

    @Test
    void keepsArraysAsTextAndSkipsNull() {
        assertThat(parse(json, "{\"tags\":[\"a\",{\"b\":\"]\"}],\"none\":null,\"empty\":\"\",\"o\":{},\"t\":true}"))
                .containsEntry("Extra.tags", "[\"a\",{\"b\":\"]\"}]")
                .containsEntry("Extra.t", "true")
                .doesNotContainKeys("Extra.none", "Extra.empty", "Extra.o");
    }

    @Test
    void keepsWhatStandsBeforeTheDamage() {
        assertThat(parse(json, "{\"message\":\"m\",\"x\":"))
                .containsEntry("Message", "m")
                .containsEntry("ParseError", "json: the text ends inside the object [byte=19]");
        assertThat(parse(json, "{\"a\":1 \"b\":2}")).containsEntry("ParseError", "json: a comma is expected [byte=7]");
        assertThat(parse(json, "{\"a\":1} trailing"))
                .containsEntry("Extra.a", "1")
                .containsEntry("ParseError", "json: text follows the object [byte=8]");
        assertThat(Normalized.of(json, "[1]").understood()).isFalse();
    }

    @Test
    void endsAtTheDepthLimit() {
        String deep = "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000);
        Map<String, String> fields = parse(json, deep);
        assertThat(fields).doesNotContainKey("ParseError");
        String key = "Extra." + String.join(".", java.util.Collections.nCopies(JsonFormat.MAXIMUM_DEPTH, "a"));
        assertThat(fields.get(key)).startsWith("{\"a\":{\"a\":");
    }

    @Test
    void keepsABoundedNumberOfExtras() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < 3000; i++) {
            text.append("\"k").append(i).append("\":").append(i).append(',');
        }
        Normalized event =
                Normalized.of(json, text.append("\"message\":\"end\"}").toString());
        assertThat(event.fields().keySet().stream().filter(key -> key.startsWith("Extra.")))
                .hasSize(FieldWriter.MAXIMUM_EXTRA);
        assertThat(event.get("Message")).isEqualTo("end");
        assertThat(event.get("ParseError")).contains("the rest is in Raw only");
        assertThat(event.keepsRaw()).isTrue();
    }
}
