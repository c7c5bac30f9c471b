package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.detect.LintFinding;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupingCheckTest {
    private static final String RULE = """
            kind: rule
            name: first
            spec:
              type: simple
              description: A test.
              segmentation: %s
              propagated: [DeviceHostName]
              selectors: [ { filter: "Name = 'a'" } ]
            """;

    @TempDir
    private Path folder;

    private GroupingCheck check(String rule, String others) throws IOException {
        Files.writeString(folder.resolve("rule.yaml"), rule);
        Files.writeString(folder.resolve("others.yaml"), others);
        List<Path> paths = List.of(folder);
        return GroupingCheck.of(
                paths, RuleLoader.load(paths, SigmaTaxonomy.schema()).rules());
    }

    private static String segmentation(String name, String rest) {
        return "---\nkind: segmentation\nname: " + name + "\nspec: { description: x, " + rest + " }\n";
    }

    @Test
    void findsNothingInWhatFits() throws IOException {
        GroupingCheck checked = check(
                RULE.formatted("hosts"),
                segmentation("hosts", "filter: \"DeviceHostName = 'a'\", fields: [DeviceHostName, Priority]")
                        + segmentation("rest", "rules: [first], limit: 10, title: '{rule} on {DeviceHostName}'"));
        assertThat(checked.findings()).isEmpty();
        assertThat(checked.failures()).isEmpty();
    }

    @Test
    void namesFieldsThatARuleDoesNotCarryRulesThatAreNotThereAndWhatIsNeverAsked() throws IOException {
        GroupingCheck checked = check(
                RULE.formatted("hosts"),
                segmentation("hosts", "fields: [SourceAddress]")
                        + segmentation("late", "rules: [first, gone], fields: [DeviceHostName]"));
        assertThat(checked.findings())
                .extracting(LintFinding::message)
                .anyMatch(text -> text.contains("do not carry the field") && text.contains("field=SourceAddress"))
                .anyMatch(text -> text.contains("no rule here") && text.contains("rule=gone"))
                .anyMatch(text -> text.contains("never asked") && text.contains("before=hosts"))
                .hasSize(3);
    }

    @Test
    void namesASegmentationThatIsNotThere() throws IOException {
        assertThat(check(RULE.formatted("gone"), "").findings())
                .singleElement()
                .extracting(LintFinding::message)
                .asString()
                .contains("segmentation=gone");
    }

    @Test
    void refusesWhatCannotBeReadWithItsLine() throws IOException {
        GroupingCheck checked = check(
                RULE.formatted("default"),
                segmentation("a", "fields: [SourceAdress]")
                        + segmentation("b", "title: '{Nam}'")
                        + segmentation("default", "rules: [first]")
                        + "---\nkind: asset-category\nname: c\nspec: { description: x, weight: high, assets: [10.0.0.0/40] }\n");
        assertThat(checked.failures())
                .extracting(failure -> failure.line() > 0 ? failure.reason() : "no line: " + failure.reason())
                .anyMatch(text -> text.contains("unknown field [field=SourceAdress]") && text.contains("SourceAddress"))
                .anyMatch(text -> text.contains("field=Nam"))
                .anyMatch(text -> text.contains("whatever no other takes"))
                .anyMatch(text -> text.contains("asset=10.0.0.0/40"))
                .noneMatch(text -> text.startsWith("no line"))
                .hasSize(4);
    }
}
