package io.tocsin.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Every text format, with the options that change how it reads.
final class TextFormatFuzzTest {
    private static final Map<String, Normalizing> NORMALIZERS = new HashMap<>();

    private static final List<String> EXPRESSIONS = List.of(
            "{ type: regexp, expressions: [ '^(?P<Name>\\S+) from (?P<address>[0-9a-f.:]+)(?: port (?P<number>\\d+))?',"
                    + " '(?i)(?P<time>\\d{4}-\\d\\d-\\d\\dT[0-9:]+Z?) (?P<rest>.*)$', '(a*)*(?P<n>b+)' ] }",
            "{ type: pattern, patterns: [ '{Name:word} from {address:ip} port {number:int} {S.rest}',"
                    + " '{time:word} {S.a:greedy}: {S.b}' ] }");

    private static void take(Function<String, Normalizing> open, String normalizer, byte[] text) {
        NORMALIZERS.computeIfAbsent(normalizer, open).take(text);
    }

    @FuzzTest
    void auditd(byte[] text) {
        take(Normalizing::format, "auditd", text);
    }

    @FuzzTest
    void auto(byte[] text) {
        take(Normalizing::builtIn, "auto", text);
    }

    @FuzzTest
    void cef(byte[] text) {
        take(Normalizing::builtIn, "cef", text);
        take(Normalizing::format, "{ type: cef }", text);
    }

    @FuzzTest
    void csv(byte[] text) {
        take(Normalizing::builtIn, "csv", text);
        take(
                Normalizing::format,
                "{ type: csv, delimiter: '||', quote: \"'\", trim: true, columns: [ a, Name ] }",
                text);
        take(Normalizing::format, "{ type: csv, delimiter: ' ', quote: '', header: directives }", text);
    }

    @FuzzTest
    void json(byte[] text) {
        take(Normalizing::builtIn, "json", text);
        take(Normalizing::format, "{ type: json, events: '*' }", text);
        take(Normalizing::format, "{ type: json, events: Records }", text);
    }

    @FuzzTest
    void kv(byte[] text) {
        take(Normalizing::builtIn, "kv", text);
        take(Normalizing::format, "{ type: kv, pairDelimiter: ', ', valueDelimiter: ': ' }", text);
    }

    @FuzzTest
    void leef(byte[] text) {
        take(Normalizing::builtIn, "leef", text);
    }

    @FuzzTest
    void pattern(byte[] text) {
        take(Normalizing::format, EXPRESSIONS.get(1), text);
    }

    @FuzzTest
    void regexp(byte[] text) {
        take(Normalizing::format, EXPRESSIONS.get(0), text);
    }

    /// What the shipped collectors use: all normalizers of the content behind one.
    @FuzzTest
    void shipped(byte[] text) {
        take(Normalizing::shipped, "auto", text);
    }

    @FuzzTest
    void sql(byte[] text) {
        take(Normalizing::builtIn, "sql", text);
    }

    @FuzzTest
    void syslog(byte[] text) {
        take(Normalizing::builtIn, "syslog", text);
    }

    @FuzzTest
    void tsv(byte[] text) {
        take(Normalizing::builtIn, "tsv", text);
        take(Normalizing::format, "{ type: tsv, header: first }", text);
    }

    @FuzzTest
    void xml(byte[] text) {
        take(Normalizing::builtIn, "xml", text);
        take(
                Normalizing::format,
                "{ type: xml, events: E.D, arrays: [ E.D ], keyAttributes: [ E.D.Name, D.Name ] }",
                text);
    }
}
