package io.tocsin.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class RuleReportTest {
    private static final Path CONTENT = Path.of("..", "content");

    private static Path data() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        return configured == null || configured.isBlank() ? Path.of("../../shared/data") : Path.of(configured);
    }

    @Test
    void publicRulesAndCorrelationsKeepTheirBars() {
        assumeThat(data()).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        Set<String> sets = Set.of("rules", "correlation-steps", "correlation-rules", "specification");
        List<FormatReport.Row> rows = FormatReport.runRules(data(), sets, Normalization.of(CONTENT));
        assertThat(rows).hasSize(sets.size());
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.reached())
                        .as("%s: %s", row.name(), row.tally().failures())
                        .isTrue());
    }

    /// As JSON and as XML, taken as it is and made into our events by the shipped normalizers.
    @Test
    void everyRecordedEventFiresItsRuleInEveryForm() throws IOException {
        assumeThat(data()).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        SigmaRules rules = new SigmaRules();
        Map<String, Set<String>> reviewed = reviewed();
        for (SigmaRegression set : List.of(
                new SigmaRegression("json", ".json", null, rules),
                new SigmaRegression("xml", ".xml", null, rules),
                new SigmaRegression("normalized json", ".json", "windows", rules),
                new SigmaRegression("normalized xml", ".xml", "windows-xml", rules))) {
            Tally tally = new Tally();
            set.run(data().resolve(set.folder()), Normalization.of(CONTENT), tally);
            assertThat(tally.failures()).as(set.name()).isEmpty();
            assertThat(tally.passed()).as(set.name()).isGreaterThan(100);
            List<String> unseen = new ArrayList<>();
            set.others()
                    .forEach((rule, others) -> others.stream()
                            .filter(other ->
                                    !reviewed.getOrDefault(rule, Set.of()).contains(other))
                            .forEach(other -> unseen.add(rule + " " + other)));
            assertThat(unseen)
                    .as("%s: other rules that nobody has reviewed", set.name())
                    .isEmpty();
        }
    }

    private static Map<String, Set<String>> reviewed() throws IOException {
        Map<String, Set<String>> reviewed = new TreeMap<>();
        try (var in = Objects.requireNonNull(RuleReportTest.class.getResourceAsStream("sigma-other-rules.tsv"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t"))
                    .forEach(columns -> reviewed.computeIfAbsent(columns[0], absent -> new TreeSet<>())
                            .add(columns[1]));
        }
        return reviewed;
    }
}
