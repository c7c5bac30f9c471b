package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class RuleLintTest {
    private static String simple(String name, String filter) {
        return "kind: rule\nname: " + name
                + "\nspec:\n  type: simple\n  description: A test.\n  selectors:\n    - filter: \"" + filter
                + "\"\n---\n";
    }

    private static List<LintFinding> lint(String text) {
        LoadedRules loaded = RuleLoader.read("rules.yaml", text, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return RuleLint.check(loaded.rules());
    }

    private static List<LintFinding.Kind> kinds(String filter) {
        return lint(simple("rule", filter)).stream().map(LintFinding::kind).toList();
    }

    @Test
    void findsConditionsThatNoEventCanFulfil() {
        assertThat(kinds("Name = 'a' and Name = 'b'")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("Name = 'abc' and Name startsWith 'x'")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("Name in ['a', 'b'] and Name in ['c', 'd']")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("Name = 'evil.exe' and not Name endsWith '.exe'"))
                .containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("Name = 'a' and not Name = 'a'")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("SourceAddress = '10.1.2.3' and SourceAddress inSubnet '192.168.0.0/16'"))
                .containsExactly(LintFinding.Kind.UNREACHABLE);
    }

    @Test
    void findsNumbersNetworksAndPresenceThatExcludeEachOther() {
        assertThat(kinds("DestinationPort > 10 and DestinationPort < 5")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("DestinationPort > 10 and not DestinationPort >= 10"))
                .containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("SourceAddress inSubnet '10.0.0.0/8' and SourceAddress inSubnet '192.168.0.0/16'"))
                .containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("SourceAddress inSubnet '10.1.0.0/16' and not SourceAddress inSubnet '10.0.0.0/8'"))
                .containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("Name is empty and Name = 'x'")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("Name exists and Name = ''")).containsExactly(LintFinding.Kind.UNREACHABLE);
        // Whatever value has the longer text has the shorter one, though there may be several values.
        assertThat(kinds("Extra.a contains 'abc' and not Extra.a contains 'b'"))
                .containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(kinds("not (DestinationPort > 10 and DestinationPort < 5)"))
                .containsExactly(LintFinding.Kind.ALWAYS_TRUE);
    }

    @Test
    void findsTimesThatAreNone() {
        assertThat(sigma("f|hour: 24")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(sigma("f|minute|gt: 59")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(sigma("f|month|lt: 1")).containsExactly(LintFinding.Kind.UNREACHABLE);
        assertThat(sigma("f|hour: 23")).isEmpty();
        assertThat(sigma("f|week|gte: 53")).isEmpty();
        assertThat(sigma("f|year: 2026")).isEmpty();
    }

    private static List<LintFinding.Kind> sigma(String line) {
        return lint("title: a\nid: a\nlogsource: {product: test}\ndetection:\n  sel: {" + line
                        + ", g: x}\n  condition: sel\n")
                .stream()
                .map(LintFinding::kind)
                .toList();
    }

    @Test
    void findsBoundsThatNoNumberFits() {
        String rules = """
                title: a
                id: a
                logsource: {product: test}
                detection:
                  sel: {f: 1}
                  condition: sel
                ---
                title: c
                id: c
                correlation:
                  type: TYPE
                  rules: [a]
                  timespan: 1m
                  condition: {field: g, BOUNDS}
                """;
        String[][] cases = {
            {"event_count", "lt: 1", "never"},
            {"event_count", "gt: 5, lt: 3", "never"},
            {"event_count", "gt: 5, lt: 6", "never"},
            {"event_count", "gt: 5, lte: 6", ""},
            {"event_count", "eq: 2.5", "never"},
            {"event_count", "lt: 2", ""},
            {"event_count", "gte: 10", ""},
            {"event_count", "neq: 1", ""},
            {"value_count", "eq: 0", "never"},
            {"value_sum", "lt: 0", ""},
            {"value_sum", "gt: 5, lt: 6", ""},
            {"value_sum", "gt: 6, lt: 5", "never"},
        };
        for (String[] each : cases) {
            List<LintFinding.Kind> found = lint(rules.replace("TYPE", each[0]).replace("BOUNDS", each[1])).stream()
                    .map(LintFinding::kind)
                    .toList();
            assertThat(found)
                    .as(each[0] + " " + each[1])
                    .isEqualTo(each[2].isEmpty() ? List.of() : List.of(LintFinding.Kind.UNREACHABLE));
        }
    }

    @Test
    void namesATacticAndATechniqueThatAreNone() {
        String rule = simple("rule", "Name = 'a'").replace("  type", "  tactics: [TACTIC]\n  type");
        assertThat(lint(rule.replace("TACTIC", "credential-access"))).isEmpty();
        assertThat(lint(rule.replace("TACTIC", "credentialaccess")))
                .singleElement()
                .satisfies(finding -> assertThat(finding.toString())
                        .contains("unknown-technique", "did you mean credential-access?"));
        String sigma = """
                title: a
                id: a
                tags: [attack.t99999, attack.execution, attack.g0001, cve.2020-1]
                logsource: {product: test}
                detection:
                  sel: {f: 1}
                  condition: sel
                """;
        assertThat(lint(sigma))
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("technique=T99999"));
    }

    /// Compared with each other, the names took half a minute.
    @Test
    @Timeout(10)
    void losesNoTimeWithRulesOfManyFields() {
        StringBuilder rule = new StringBuilder(
                "title: a\nid: a\nlogsource: {product: test}\ndetection:\n  condition: sel\n  sel:\n");
        for (int i = 0; i < 20_000; i++) {
            rule.append("  - field").append(i).append(": x\n");
        }
        assertThat(lint(rule.toString())).isEmpty();
    }

    @Test
    void leavesAloneWhatAnEventCanFulfil() {
        assertThat(kinds("Name = 'a' and DestinationPort > 5 and DestinationPort < 10"))
                .isEmpty();
        assertThat(kinds("Name = 'a' and DestinationPort >= 5 and not DestinationPort > 5"))
                .isEmpty();
        assertThat(kinds("SourceAddress inSubnet '10.0.0.0/8' and not SourceAddress inSubnet '10.1.0.0/16'"))
                .isEmpty();
        // One value may be small and another large.
        assertThat(kinds("Extra.a = 'x' and Extra.a = 'y'")).isEmpty();
        assertThat(kinds("Name = 'abc' and Name startsWith 'a'")).isEmpty();
        assertThat(kinds("Name in ['a', 'b'] and Name in ['b', 'c']")).isEmpty();
        assertThat(kinds("Name startsWith 'a' and not Name startsWith 'ab'")).isEmpty();
        assertThat(kinds("SourceAddress inSubnet '10.0.0.0/8' and SourceAddress = '10.1.2.3'"))
                .isEmpty();
        // A field with several values may have both.
        assertThat(kinds("BaseEventIDs = 'a' and BaseEventIDs = 'b'")).isEmpty();
    }

    @Test
    void findsConditionsThatEveryEventFulfilsAndThoseTriedAgainstEveryEvent() {
        assertThat(kinds("Name = 'a' or not Name = 'a'")).containsExactly(LintFinding.Kind.ALWAYS_TRUE);
        assertThat(kinds("not Name = 'a'")).containsExactly(LintFinding.Kind.EXPENSIVE);
    }

    @Test
    void findsAlternativesThatNeverHold() {
        assertThat(kinds("DeviceProduct = 'x' and (Name = 'a' or (Name = 'b' and Name = 'c'))"))
                .containsExactly(LintFinding.Kind.DEAD_PART);
    }

    @Test
    void findsNumbersThatCannotBeReached() {
        String rule = """
                kind: rule
                name: rule
                spec:
                  type: standard
                  description: A test.
                  window: 60s
                  selectors:
                    - filter: "DestinationUserName in ['a', 'b']"
                      threshold: 3
                      unique: [DestinationUserName]
                """;
        assertThat(lint(rule).getFirst().kind()).isEqualTo(LintFinding.Kind.UNREACHABLE);
        assertThat(lint(rule.replace("threshold: 3", "threshold: 2"))).isEmpty();
    }

    @Test
    void findsTheNameThatIsNearlyTheOneThatOthersUse() {
        String rules = simple("one", "Extra.CommandLine = 'a'")
                + simple("two", "Extra.CommandLine = 'b'")
                + simple("three", "Extra.CommandLine = 'c'")
                + simple("four", "Extra.ComandLine = 'd'")
                + simple("five", "Extra.Hash1 = 'd'");
        assertThat(lint(rules)).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(LintFinding.Kind.MISSPELT_FIELD);
            assertThat(finding.rule()).isEqualTo("four");
            assertThat(finding.message()).contains("did you mean CommandLine");
        });
    }

    @Test
    void findsTheNameThatIsNearlyOneOfTheMappings() {
        String rule = """
                title: a
                id: a
                logsource: {product: test}
                detection:
                  sel: {ComandLine: 1}
                  condition: sel
                """;
        SigmaTaxonomy taxonomy = SigmaTaxonomy.schema();
        List<Rule> rules = RuleLoader.read("rules.yaml", rule, taxonomy).rules();
        assertThat(RuleLint.check(rules, taxonomy.names()))
                .singleElement()
                .satisfies(
                        finding -> assertThat(finding.message()).contains("did you mean CommandLine, as the mappings"));
    }

    @Test
    void findsRulesWhoseFindingsAnotherRuleMakesAnyway() {
        String rules = simple("wide", "DeviceProduct = 'x' and Name = 'a'")
                + simple("narrow", "DeviceProduct = 'x' and Name = 'a' and Message = 'b'")
                + simple("same", "Name = 'a' and DeviceProduct = 'x'")
                + simple("other", "DeviceProduct = 'x' and Name = 'b'");
        assertThat(lint(rules)).allMatch(finding -> finding.kind() == LintFinding.Kind.SHADOWED);
        // Each is told once, whoever else finds what it finds.
        assertThat(lint(rules).stream().map(LintFinding::rule)).containsExactly("narrow", "same");
    }
}
