package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CsvFormatTest {
    private static Normalizer csv(String options) {
        return Normalized.normalizer("{kind: normalizer, name: c, spec: {format: {type: csv" + options + "}}}");
    }

    @Test
    void readsQuotesAsTheStandardSays() {
        Normalizer csv = csv(", columns: [ Name, Message, a, b, c ]");
        Normalized event = Normalized.of(csv, "plain,\"with , comma\",\"say \"\"hi\"\"\",,\"two\r\nlines\"");
        assertThat(event.fields())
                .containsEntry("Name", "plain")
                .containsEntry("Message", "with , comma")
                .containsEntry("Extra.a", "say \"hi\"")
                .containsEntry("Extra.c", "two\r\nlines")
                .doesNotContainKeys("Extra.b", "ParseError");
    }

    @Test
    void namesValuesByNumberWhereNothingNamesThem() {
        assertThat(Normalized.of(csv(""), "a,b").fields())
                .containsEntry("Extra.1", "a")
                .containsEntry("Extra.2", "b");
        assertThat(Normalized.of(csv(", columns: [ Name ]"), "a,b").fields())
                .containsEntry("Name", "a")
                .containsEntry("Extra.2", "b");
    }

    @Test
    void takesAnyDelimiterAndQuote() {
        Normalizer csv = csv(", delimiter: \"||\", quote: \"'\", trim: true, columns: [ Name, Message ]");
        assertThat(Normalized.of(csv, " a  ||  'x || y' ").fields())
                .containsEntry("Name", "a")
                .containsEntry("Message", "x || y");
    }

    @Test
    void keepsWhatStandsBehindAQuoteThatIsNotClosed() {
        Normalized event = Normalized.of(csv(", columns: [ Name, Message ]"), "a,\"open, b");
        assertThat(event.get("Message")).isEqualTo("open, b");
        assertThat(event.get("ParseError")).contains("a quote is not closed");
        assertThat(Normalized.of(csv(", columns: [ Name ]"), "\"a\"b").get("Name"))
                .isEqualTo("ab");
    }

    @Test
    void takesTheFirstRecordOfEachStreamForItsHeader() {
        Normalizer csv = csv(", header: first");
        assertThat(Normalized.all(csv, "Name,x y\n", "/a")).isEmpty();
        assertThat(csv.skipReason()).isEqualTo("header");
        assertThat(Normalized.all(csv, "\uFEFFMessage,\"Name\"", "/b")).isEmpty();
        assertThat(Normalized.all(csv, "one,1\n", "/a").getFirst().fields())
                .containsEntry("Name", "one")
                .containsEntry("Extra.x y", "1");
        assertThat(Normalized.all(csv, "two,2", "/b").getFirst().get("Message")).isEqualTo("two");
        // the file was rotated and begins with its header again
        assertThat(Normalized.all(csv, "Name,x y\n", "/a")).isEmpty();
        Normalized odd = Normalized.all(csv, "a,b,c", "/a").getFirst();
        assertThat(odd.get("ParseError")).contains("3 values, its header 2");
        assertThat(odd.get("Extra.3")).isEqualTo("c");
    }

    @Test
    void givesAnEventForEachRecordOfAWholeFile() {
        List<Normalized> events =
                Normalized.all(csv(", header: first"), "Name,Message\r\na,\"x\ny\"\r\n\r\nb,\"\"\"q\"\"\"\r\n", "/f");
        assertThat(events).hasSize(2);
        assertThat(events.get(0).get("Message")).isEqualTo("x\ny");
        assertThat(events.get(1).fields()).containsEntry("Name", "b").containsEntry("Message", "\"q\"");
    }

    @Test
    void remembersTheHeaderOfAFileOverARestart() {
        Normalizer before = csv(", header: first");
        NormalizerPlan first =
                Normalized.plan("{kind: normalizer, name: c, spec: {format: {type: csv, header: first}}}");
        NormalizerPlan second =
                Normalized.plan("{kind: normalizer, name: c, spec: {format: {type: csv, header: first}}}");
        assertThat(Normalized.all(first.create(), "Name,Message", "/f")).isEmpty();
        assertThat(second.memory().restore(first.memory().toBytes())).isTrue();
        assertThat(Normalized.all(second.create(), "a,b", "/f").getFirst().get("Message"))
                .isEqualTo("b");
        assertThat(second.memory().restore(new byte[] {1, 2, 3})).isFalse();
        byte[] damaged = first.memory().toBytes();
        damaged[damaged.length - 1] ^= 1;
        assertThat(second.memory().restore(damaged)).isFalse();
        assertThat(before.splits()).isTrue();
    }

    @Test
    void readsZeekLogs() {
        Normalizer zeek = Normalized.normalizer("""
                kind: normalizer
                name: z
                spec:
                  format: { type: tsv, header: directives }
                  mapping:
                    - { from: ts, to: DeviceReceiptTime }
                    - { from: id.orig_h, to: SourceAddress }
                    - { from: tags, to: SA.tags }
                    - { from: _path, to: DeviceEventCategory }
                """);
        List<Normalized> events = Normalized.all(zeek, """
                #separator \\x09
                #set_separator	,
                #empty_field	(empty)
                #unset_field	-
                #path	conn
                #open	2026-11-22-10-00-00
                #fields	ts	id.orig_h	tags	ok	note	more	nothing
                #types	time	addr	set[string]	bool	string	vector[count]	string
                1795341600.250000	192.0.2.1	a,b\\x2cc	T	x\\x09y\\\\z	1,2	(empty)
                1795341601.000000	-	(empty)	F	-	-	-
                #close	2026-11-22-11-00-00
                """, "/z");
        assertThat(events).hasSize(2);
        assertThat(events.get(0).fields())
                .containsEntry("DeviceReceiptTime", "2026-11-22T10:00:00.250Z")
                .containsEntry("SourceAddress", "192.0.2.1")
                .containsEntry("SA.tags", "a,b,c")
                .containsEntry("Extra.ok", "true")
                .containsEntry("Extra.note", "x\ty\\z")
                .containsEntry("Extra.more", "[1,2]")
                .containsEntry("DeviceEventCategory", "conn")
                .doesNotContainKeys("Extra.nothing", "ParseError");
        assertThat(events.get(1).fields())
                .containsEntry("Extra.ok", "false")
                .doesNotContainKeys("SourceAddress", "SA.tags", "Extra.note", "Extra.more");
    }

    @Test
    void readsExtendedLogsOfWebServers() {
        Normalizer web = Normalized.normalizer("""
                kind: normalizer
                name: w
                spec:
                  format: { type: csv, delimiter: " ", quote: "", header: directives }
                  mapping: [ { from: c-ip, to: SourceAddress } ]
                """);
        List<Normalized> events = Normalized.all(web, """
                #Software: Server 10
                #Fields: date time c-ip cs(User-Agent) sc-status
                2026-11-22 10:00:00 192.0.2.7 Agent/1+(x) 200
                #Fields: c-ip sc-status
                192.0.2.8 -
                """, "/w");
        assertThat(events).hasSize(2);
        assertThat(events.get(0).fields())
                .containsEntry("SourceAddress", "192.0.2.7")
                .containsEntry("Extra.cs(User-Agent)", "Agent/1+(x)");
        assertThat(events.get(1).fields())
                .containsEntry("SourceAddress", "192.0.2.8")
                .doesNotContainKeys("Extra.sc-status", "ParseError");
    }

    @Test
    void leavesRecordsOfOtherLengthAndOtherHeadsToOthers() {
        Normalizer mixed = Normalized.normalizer("""
                kind: normalizer
                name: m
                spec:
                  format: text
                  requireNested: true
                  nested:
                    - name: zeek
                      normalizer: { format: { type: tsv, header: zeek, exact: true } }
                    - name: w3c
                      normalizer: { format: { type: csv, delimiter: " ", header: w3c, exact: true } }
                    - name: rest
                      normalizer: { format: text, mapping: [ { from: text, to: Message } ] }
                """);
        List<Map<String, String>> events = new ArrayList<>();
        for (String line : List.of(
                "#separator \\x09",
                "#path\tconn",
                "#fields\ta\tb",
                "#Software: Server 10",
                "#Fields: c d e",
                "1\t2",
                "3 4 5",
                "6 7",
                "8\t9\t10")) {
            for (Normalized event : Normalized.all(mixed, line, "/mixed")) {
                events.add(event.fields());
            }
        }
        assertThat(events).hasSize(4);
        assertThat(events.get(0)).containsEntry("Extra._path", "conn").containsEntry("Extra.b", "2");
        assertThat(events.get(1)).containsEntry("Extra._path", "Server 10").containsEntry("Extra.e", "5");
        assertThat(events.get(2)).containsEntry("Message", "6 7");
        assertThat(events.get(3)).containsEntry("Extra.e", "10"); // tabs between values, spaces between names
    }

    @Test
    void takesNoOtherLineForAHead() {
        Normalizer tsv = Normalized.builtIn("tsv");
        for (String line : new String[] {"#hashtag\tx", "#fieldsX\ta", "#Note: a\tb", "#"}) {
            assertThat(Normalized.all(tsv, line, "/t")).as(line).hasSize(1);
        }
    }

    @Test
    void understandsNothingBeforeTheHeadIsKnown() {
        assertThat(Normalized.of(Normalized.builtIn("tsv"), "a\tb").understood())
                .isFalse();
        assertThat(Normalized.of(csv(", atLeast: 3"), "a,b").understood()).isFalse();
    }
}
