package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import org.junit.jupiter.api.Test;

/// What is wrong in an own rule is said with its line and with what to do.
final class RuleReaderTest {
    private static final String HEAD = """
            kind: active-list
            name: seen
            spec: { ttl: 1h }
            ---
            kind: context-table
            name: mails
            spec:
              fields:
                - { name: sender, key: true }
                - { name: count, type: integer }
            ---
            kind: rule
            name: tested
            spec:
              description: a rule with a mistake
            """;

    private static LoadedRules read(String spec) {
        return RuleLoader.read("rules.yaml", HEAD + spec.indent(2), SigmaTaxonomy.schema());
    }

    private static void refused(String spec, int line, String message) {
        LoadedRules loaded = read(spec);
        assertThat(loaded.failures())
                .as(spec)
                .anyMatch(failure ->
                        failure.line() == line + 15 && failure.reason().contains(message));
        assertThat(loaded.rules()).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithVariables() {
        refused("""
                type: simple
                variables:
                  user: to_lowr(SourceUserName)
                selectors: [{ filter: "$user = 'root'" }]
                """, 3, "did you mean to_lower?");
        refused("""
                type: simple
                selectors: [{ filter: "$user = 'root'" }]
                """, 2, "unknown variable [variable=$user]");
        refused("""
                type: simple
                variables: { known: "in_active_list('sen', SourceAddress)" }
                selectors: [{ filter: "$known = 'true'" }]
                """, 2, "no list, table or dictionary of this name [name=sen");
        refused("""
                type: simple
                variables: { known: "to_lower(Name)" }
                selectors:
                  - filter: dict('prots', DestinationPort) = 'ssh'
                """, 4, "no list, table or dictionary of this name [name=prots, call=dict('prots'");
        assertThat(read("type: simple\nvariables: { known: [a, b] }\nselectors: [{ filter: Name = 'a' }]\n")
                        .failures())
                .singleElement()
                .asString()
                .contains("one value is expected, found a list [key=variables.known]");
    }

    /// They gave nothing for every event, and nobody was told.
    @Test
    void refusesConstantsThatFunctionsOfTimeCannotTake() {
        String[][] wrong = {
            {"extract_from_timestamp(now(), 'zz')", "not a part [part=zz]"},
            {"extract_from_timestamp(now(), 'h', 'Mars/Base')", "not a zone [zone=Mars/Base]"},
            {"truncate_timestamp(now(), 'wd')", "not a part [part=wd]"},
            {"format_timestamp(now(), 'QQQQQQ')", "not a layout [layout=QQQQQQ]"},
            {"parse_timestamp('QQQQQQ', Name)", "not a layout [layout=QQQQQQ]"},
            {"parse_timestamp('', Name, 'Mars/Base')", "not a zone [zone=Mars/Base]"},
            {"time_diff(now(), now(), 'weeks')", "not a unit [unit=weeks]"},
        };
        for (String[] each : wrong) {
            refused(rule(each[0]), 2, each[1]);
        }
        for (String right : new String[] {
            "extract_from_timestamp(now(), Name, Message)",
            "extract_from_timestamp(now(), 'h', '+02:00')",
            "format_timestamp(now(), '', '')",
            "parse_timestamp('yyyy', Name, 'Europe/Berlin')",
            "time_diff(now(), now())",
        }) {
            assertThat(read(rule(right)).failures()).as(right).isEmpty();
        }
    }

    private static String rule(String expression) {
        return "type: simple\nvariables: { v: \"" + expression + "\" }\nselectors: [{ filter: \"$v = 'x'\" }]\n";
    }

    @Test
    void saysWhatDoesNotBelongToTheTypeOfTheRule() {
        refused("""
                type: absence
                window: 1m
                selectors: [{ filter: "Name = 'a'" }]
                """, 3, "say expected: true of a selector");
        refused("""
                type: standard
                window: 1m
                selectors: [{ filter: "Name = 'a'", recovery: true }]
                """, 3, "a rule needs a selector that counts");
        refused("""
                type: operational
                selectors: [{ filter: "Name = 'a'" }]
                """, 0, "an operational rule changes lists");
    }

    @Test
    void saysWhatIsWrongWithActions() {
        refused("""
                type: simple
                selectors: [{ filter: "Name = 'a'" }]
                actions:
                  onEveryEvent:
                    contextTables:
                      - table: mails
                        operation: sum
                        key: { sender: Name }
                        values: { cuont: 1 }
                """, 9, "no field of the table that can be written [field=cuont]");
        refused("""
                type: simple
                selectors: [{ filter: "Name = 'a'" }]
                actions:
                  onEveryEvent:
                    activeLists:
                      - { list: sene, operation: set, key: [Name] }
                """, 6, "did you mean seen?");
    }

    @Test
    void takesARuleThatIsRight() {
        LoadedRules loaded = read("""
                type: simple
                variables: { known: "in_active_list('seen', SourceAddress)" }
                selectors: [{ filter: "Name = 'a' AND $known = 'false'" }]
                actions:
                  onEveryEvent:
                    activeLists:
                      - { list: seen, operation: set, key: [SourceAddress], values: { at: now() } }
                """);
        assertThat(loaded.failures()).isEmpty();
        assertThat(loaded.rules().getFirst().own().isStrict()).isTrue();
    }
}
