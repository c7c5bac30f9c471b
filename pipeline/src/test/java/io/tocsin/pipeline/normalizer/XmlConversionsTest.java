package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class XmlConversionsTest {
    private final Normalizer normalizer = Normalized.normalizer("""
            kind: normalizer
            name: sample
            spec:
              format: text
              defaults: false
              mapping: [ { from: text, to: Extra.json, convert: xmlToJson } ]
            """);

    private String json(String xml) {
        return String.valueOf(Normalized.of(normalizer, xml).fields().get("Extra.json"));
    }

    @Test
    void callsElementsByTheirNameOrTheAttributeName() {
        assertThat(json("<Data Name=\"a\">1</Data><Data Name='b' Type=\"x\">2</Data><n:c> 3 </n:c>"))
                .isEqualTo("{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}");
    }

    @Test
    void leavesElementsWithoutAValueOut() {
        assertThat(json("<a/><b></b><c> </c><d>x</d><!-- <e>y</e> -->")).isEqualTo("{\"d\":\"x\"}");
        assertThat(json("<a/>")).isEqualTo("{}");
    }

    @Test
    void numbersElementsOfOneNameThatFollowEachOther() {
        assertThat(json("<Data>a</Data><Data>b</Data><x>c</x><Data>d</Data>"))
                .isEqualTo("{\"Data\":\"a\",\"Data.1\":\"b\",\"x\":\"c\",\"Data\":\"d\"}");
    }

    @Test
    void makesObjectsOfElementsInside() {
        assertThat(json("<Cleared xmlns='urn:x'><User>admin</User><Ids><Id>7</Id></Ids></Cleared>"))
                .isEqualTo("{\"Cleared\":{\"User\":\"admin\",\"Ids\":{\"Id\":\"7\"}}}");
    }

    @Test
    void decodesEntitiesAndSectionsAndEscapesForJson() {
        assertThat(json("<a>&quot;C:\\x&quot;&#10;&lt;b&gt;</a><c><![CDATA[<d>&amp;\"]]></c>"))
                .isEqualTo("{\"a\":\"\\\"C:\\\\x\\\"\\n<b>\",\"c\":\"<d>&amp;\\\"\"}");
    }

    @Test
    void keepsATextWithoutElements() {
        assertThat(json("a < b && c > d")).isEqualTo("a < b && c > d");
    }

    @Test
    void keepsWhatDamagedElementsHold() {
        assertThat(json("<a>x</a><b>y")).isEqualTo("{\"a\":\"x\",\"b\":\"y\"}");
    }

    @Test
    void alwaysWritesSoundJson() {
        long seed = 20261122;
        Random random = new Random(seed);
        String[] pieces = {
            "<",
            ">",
            "/",
            "a",
            "Data",
            " Name=",
            "\"",
            "'",
            "&",
            "amp;",
            "&#1;",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "\\",
            "</Data>",
            "<Data>",
            "\n",
            "ä",
            " "
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder("<Data>");
            for (int k = random.nextInt(24); k > 0; k--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            String json = json(text.toString());
            byte[] bytes = json.getBytes(UTF_8);
            assertThat(end(bytes, 0))
                    .as("seed " + seed + ": " + text + " gives " + json)
                    .isEqualTo(bytes.length);
        }
    }

    /// Where the value that begins at `from` ends when it is an object of strings and objects; fails when it is not.
    private static int end(byte[] json, int from) {
        if (json[from] == '"') {
            int at = from + 1;
            while (json[at] != '"') {
                assertThat(json[at]).as("a control character in a string").matches(value -> value < 0 || value >= ' ');
                at += json[at] == '\\' ? 2 : 1;
            }
            return at + 1;
        }
        assertThat((char) json[from]).isEqualTo('{');
        int at = from + 1;
        while (json[at] != '}') {
            at = end(json, at);
            assertThat((char) json[at]).isEqualTo(':');
            at = end(json, at + 1);
            if (json[at] == ',') {
                at++;
            }
        }
        return at + 1;
    }
}
