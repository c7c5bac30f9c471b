package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Calls of functions where a field may stand in the condition of a rule.
final class ConditionCallsTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");
    private static final String TABLES = """
            kind: active-list
            name: seen
            spec: { ttl: 1h }
            ---
            kind: context-table
            name: users
            spec: { fields: [ { name: user, key: true }, { name: level, type: integer } ] }
            ---
            kind: dictionary
            name: ports
            spec: { entries: { "22": ssh, "80": http } }
            ---
            kind: table
            name: hosts
            spec: { key: [address], rows: [ { address: 10.0.0.1, owner: eve } ] }
            ---
            """;

    private static LoadedRules load(String selector) {
        return RuleLoader.read("rules.yaml", TABLES + """
                kind: rule
                name: tested
                spec:
                  type: simple
                  description: tested
                  lateness: 0s
                  variables: { known: "to_lower(SourceUserName)" }
                  selectors:
                """ + "    - " + selector + "\n", SigmaTaxonomy.schema());
    }

    /// One event from 10.0.0.1 as user Eve to port 22; `seen` holds 10.0.0.1, `users` eve with level 3.
    private static boolean fires(String selector) {
        LoadedRules loaded = load(selector);
        assertThat(loaded.failures()).as(selector).isEmpty();
        Engine engine = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
        EventBatch batch = new EventBatch();
        new TableChange(
                        "seen",
                        TableChange.Operation.PUT,
                        List.of(new TableChange.Row(List.of("10.0.0.1"), Map.of("n", List.of("7")))),
                        1_000,
                        0,
                        "test")
                .addTo(batch, ORIGIN, 1, 1, 0);
        new TableChange(
                        "users",
                        TableChange.Operation.PUT,
                        List.of(new TableChange.Row(List.of("eve"), Map.of("level", List.of("3")))),
                        1_000,
                        0,
                        "test")
                .addTo(batch, ORIGIN, 1, 2, 0);
        EventBuilder event = batch.builder();
        event.begin(ORIGIN, 1, 3, 2_000_000_000L, 0, new byte[0], 0, 0);
        event.setInteger(Field.TYPE, 1);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, 2_000);
        event.setText(Field.SOURCE_ADDRESS, "10.0.0.1");
        event.setText(Field.SOURCE_USER_NAME, "Eve");
        event.setInteger(Field.DESTINATION_PORT, 22);
        event.commit();
        Correlations found = new Correlations();
        engine.process(batch, found);
        engine.finish(found);
        return !found.hits().isEmpty();
    }

    @Test
    void asksListsTablesAndDictionaries() {
        Map<String, Boolean> cases = Map.ofEntries(
                Map.entry("inActiveList('seen', SourceAddress)", true),
                Map.entry("NOT inActiveList('seen', SourceAddress)", false),
                Map.entry("NOT (inActiveList ( 'seen' , SourceUserName ) OR never)", true),
                Map.entry("inContextTable('users', 'user', $known) AND SourceUserName = 'Eve'", true),
                Map.entry("inContextTable('users', 'user', SourceUserName)", false),
                Map.entry("inDictionary('ports', DestinationPort) # a comment with (", true),
                Map.entry("indictionary('hosts', SourceAddress)", true),
                Map.entry("inDictionary('ports', '(') OR inDictionary('ports', ')')", false),
                Map.entry("active_list('seen', 'n', SourceAddress) >= 7", true),
                Map.entry("active_list('seen', 'n', SourceAddress) > 7", false),
                Map.entry("context_table('users', 'level', 'user', $known) = 3", true),
                Map.entry("dict('ports', DestinationPort) = ['ssh', 'telnet']", true),
                Map.entry("dict('ports', DestinationPort) startsWith ignoreCase 'SS'", true),
                Map.entry("table_dict('hosts', 'owner', SourceAddress) != $known", false),
                Map.entry("concat('10.0.', len('a'), '.1') inSubnet '10.0.0.0/16'", true),
                Map.entry("SourceUserName = 'inActiveList(1)'", false));
        cases.forEach(
                (condition, expected) -> assertThat(fires("{ filter: \"" + condition.replace("#", "\\n#") + "\" }"))
                        .as(condition)
                        .isEqualTo(expected));
        assertThat(fires("{ filter: { and: [ \"inActiveList('seen', SourceAddress)\", { field: \"dict('ports',"
                        + " DestinationPort)\", op: '=', value: ssh } ] } }"))
                .isTrue();
    }

    @Test
    void makesRulesThatReadListsStrictAndOthersNot() {
        assertThat(load("{ filter: \"inActiveList('seen', SourceAddress)\" }")
                        .rules()
                        .getFirst()
                        .own()
                        .isStrict())
                .isTrue();
        assertThat(load("{ filter: \"inDictionary('ports', DestinationPort)\" }")
                        .rules()
                        .getFirst()
                        .own()
                        .isStrict())
                .isFalse();
    }

    @Test
    void saysWhatIsWrongWithACall() {
        Map<String, String> cases = Map.of(
                "inActiveList('sen', SourceAddress)", "name=sen",
                "inDictionary('port', SourceAddress)", "name=port",
                "inActiveList('seen')", "wrong number of arguments",
                "inActiveList('seen', SourceAddres)", "did you mean SourceAddress?",
                "inActiveList('seen', SourceAddress", "a ) is missing",
                "inActiveLst('seen', SourceAddress)", "inActiveLst");
        cases.forEach((condition, message) -> assertThat(
                        load("{ filter: \"" + condition + "\" }").failures())
                .as(condition)
                .anyMatch(failure -> failure.reason().contains(message) && failure.line() > 1));
    }
}
