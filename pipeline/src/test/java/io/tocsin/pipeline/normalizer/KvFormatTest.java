package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class KvFormatTest {
    private static Map<String, String> parse(String options, String text) {
        Normalizer normalizer =
                Normalized.normalizer("{kind: normalizer, name: t, spec: {format: {type: kv" + options + "}}}");
        Normalized event = Normalized.of(normalizer, text);
        assertThat(event.understood()).as(text).isTrue();
        return event.fields();
    }

    @Test
    void readsQuotesEscapesAndFlags() {
        assertThat(parse(
                        "",
                        "SourceAddress=192.0.2.1  user=\"A \\\"b\\\" c\" DF path=C:\\temp x='q r' empty= gap=a\\ b"))
                .containsEntry("SourceAddress", "192.0.2.1")
                .containsEntry("Extra.user", "A \"b\" c")
                .containsEntry("Extra.path", "C:\\temp")
                .containsEntry("Extra.x", "q r")
                .containsEntry("Extra.gap", "a b")
                .doesNotContainKeys("Extra.DF", "Extra.empty");
    }

    @Test
    void takesAnyDelimiters() {
        assertThat(parse(", pairDelimiter: '|', valueDelimiter: ':'", "a: one two |b:x|\"c\":\"p|q\""))
                .containsEntry("Extra.a", "one two")
                .containsEntry("Extra.b", "x")
                .containsEntry("Extra.c", "p|q");
        assertThat(parse(", pairDelimiter: '; ', valueDelimiter: ' => '", "a => 1; b => 2"))
                .containsEntry("Extra.a", "1")
                .containsEntry("Extra.b", "2");
    }

    @Test
    void survivesAQuoteThatIsNotClosed() {
        assertThat(parse("", "a=\"open b=2")).containsEntry("Extra.a", "\"open").containsEntry("Extra.b", "2");
    }

    @Test
    void refusesTextWithoutPairs() {
        assertThat(Normalized.of(Normalized.builtIn("kv"), "no pairs at all").understood())
                .isFalse();
    }
}
