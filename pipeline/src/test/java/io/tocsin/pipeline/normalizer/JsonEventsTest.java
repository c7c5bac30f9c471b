package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class JsonEventsTest {
    private static Normalizer json(String events) {
        return Normalized.normalizer(
                "{kind: normalizer, name: j, spec: {format: {type: json, events: '" + events + "'}}}");
    }

    @Test
    void givesAnEventForEachObjectOfTheArray() {
        List<Normalized> events = Normalized.all(
                json("Records"),
                "{\"owner\":\"me\",\"Records\":[{\"Name\":\"a\",\"x\":[1]}, {\"Name\":\"b]\"}],\"n\":{\"m\":1}}",
                "");
        assertThat(events).extracting(event -> event.get("Name")).containsExactly("a", "b]");
        assertThat(events.getFirst().fields())
                .containsEntry("Extra.outer.owner", "me")
                .containsEntry("Extra.outer.n.m", "1")
                .containsEntry("Extra.x", "[1]");
    }

    @Test
    void takesValuesOneAfterAnotherAndArraysOfTheWholeText() {
        assertThat(Normalized.all(json("*"), "[{\"Name\":\"a\"},\n{\"Name\":\"b\"}]\n{\"Name\":\"c\"}", ""))
                .extracting(event -> event.get("Name"))
                .containsExactly("a", "b", "c");
        assertThat(Normalized.all(json("a.b"), "{\"a\":{\"b\":[{\"Name\":\"x\"}]}}{\"a\":{\"c\":1}}", ""))
                .extracting(event -> event.get("Name"))
                .containsExactly("x", "");
    }

    @Test
    void losesNothingThatIsDamagedOrEmpty() {
        List<Normalized> events = Normalized.all(json("*"), "[{\"Name\":\"a\"},7,{\"Name\":\"b\"", "");
        assertThat(events).hasSize(3);
        assertThat(events.get(1).understood()).isFalse();
        assertThat(events.get(2).get("Name")).isEqualTo("b");
        assertThat(events.get(2).get("ParseError")).contains("the text ends inside the object");
        assertThat(Normalized.all(json("Records"), "{\"Records\":[],\"Name\":\"n\"}", ""))
                .extracting(event -> event.get("Name"))
                .containsExactly("n");
        assertThat(Normalized.all(json("*"), "[]", "")).hasSize(1);
        assertThat(Normalized.all(json("*"), "no json", "")).hasSize(1);
    }

    @Test
    void readsRowsOfDatabasesWhateverTheCaseOfTheirColumns() {
        Normalizer sql = Normalized.normalizer("""
                kind: normalizer
                name: s
                spec:
                  format: sql
                  mapping:
                    - { from: LoginName, to: SourceUserName }
                """);
        List<Normalized> rows = Normalized.all(
                sql,
                "{\"LOGINNAME\":\"Eve\",\"SOURCEPORT\":7,\"EMPTY\":null,\"Last Login\":\"2026\"}\n{\"loginname\":\"Bob\"}",
                "");
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).fields())
                .containsEntry("SourceUserName", "Eve")
                .containsEntry("SourcePort", "7")
                .containsEntry("Extra.last login", "2026")
                .doesNotContainKey("Extra.empty");
        assertThat(rows.get(1).get("SourceUserName")).isEqualTo("Bob");
    }
}
