package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.util.List;
import org.junit.jupiter.api.Test;

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
    void leavesAloneWhatAnEventCanFulfil() {
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
    void findsRulesWhoseFindingsAnotherRuleMakesAnyway() {
        String rules = simple("wide", "DeviceProduct = 'x' and Name = 'a'")
                + simple("narrow", "DeviceProduct = 'x' and Name = 'a' and Message = 'b'")
                + simple("same", "Name = 'a' and DeviceProduct = 'x'")
                + simple("other", "DeviceProduct = 'x' and Name = 'b'");
        assertThat(lint(rules)).allMatch(finding -> finding.kind() == LintFinding.Kind.SHADOWED);
        assertThat(lint(rules).stream().map(LintFinding::rule).distinct().sorted())
                .containsExactly("narrow", "same");
    }
}
