package io.tocsin.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the public rules, their recorded events and the correlation cases show, to the last one.
final class RuleReportTest {
    private static final Path CONTENT = Path.of("..", "content");

    /// All but those listed can be used; each of these lacks what its author never wrote.
    @Test
    void everyPublicRuleCanBeUsedOrIsRefusedWithTheReason() throws IOException {
        Path rules = PublicRules.data().resolve("sigma/rules");
        LoadedRules loaded = PublicRules.loaded(false);
        // Of 2,732 files one holds two rules.
        assertThat(DataFiles.below(rules)).hasSize(2_732);
        assertThat(loaded.total()).isEqualTo(2_733);
        assertThat(loaded.rules()).hasSize(2_728);
        assertThat(loaded.failures().stream()
                        .map(failure -> rules.relativize(Path.of(failure.file())) + ":" + failure.line() + ": "
                                + failure.reason())
                        .toList())
                .containsExactlyInAnyOrderElementsOf(lines("sigma-refused-rules.txt"));
    }

    @Test
    void everyCorrelationCaseAndEveryRuleOfTheSpecificationPasses() throws IOException {
        Path data = PublicRules.data();
        assertThat(DataFiles.json(data.resolve("sigma/correlation/rsigma-correlation-cases.json")))
                .hasSize(10);
        Map<String, Long> cases = Map.of("correlation-steps", 41L, "correlation-rules", 33L, "specification", 12L);
        List<FormatReport.Row> rows = FormatReport.runRules(data, cases.keySet(), Normalization.of(CONTENT));
        assertThat(rows).hasSize(cases.size());
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.tally().failures()).as(row.name()).isEmpty();
            assertThat(row.tally().cases()).as(row.name()).isEqualTo(cases.get(row.name()));
            assertThat(row.tally().passed()).as(row.name()).isEqualTo(cases.get(row.name()));
        });
    }

    /// As JSON and as XML, taken as it is and made into our events by the shipped normalizers.
    @Test
    void everyRecordedEventFiresItsRuleInEveryForm() throws IOException {
        Path data = PublicRules.data();
        SigmaRules rules = PublicRules.sets();
        Map<String, Integer> silent = lines("sigma-silent-events.tsv").stream()
                .map(line -> line.split("\t"))
                .collect(Collectors.toMap(columns -> columns[0], columns -> Integer.parseInt(columns[1])));
        Map<String, Set<String>> seen = new TreeMap<>();
        for (SigmaRegression set : List.of(
                new SigmaRegression("json", ".json", null, rules),
                new SigmaRegression("xml", ".xml", null, rules),
                new SigmaRegression("normalized json", ".json", "windows", rules),
                new SigmaRegression("normalized xml", ".xml", "windows-xml", rules))) {
            Tally tally = new Tally();
            set.run(data.resolve(set.folder()), Normalization.of(CONTENT), tally);
            assertThat(tally.failures()).as(set.name()).isEmpty();
            assertThat(tally.passed()).as(set.name()).isEqualTo(141);
            assertThat(set.events()).as(set.name()).isEqualTo(160);
            assertThat(set.silent())
                    .as("%s: events on which their rule does not fire: each was looked at", set.name())
                    .isEqualTo(silent);
            set.others()
                    .forEach((rule, others) ->
                            seen.computeIfAbsent(rule, _ -> new TreeSet<>()).addAll(others));
        }
        seen.values().removeIf(Set::isEmpty);
        assertThat(seen)
                .as("other rules that fire: each was looked at, and none that is listed fires no more")
                .isEqualTo(reviewed());
    }

    private static Map<String, Set<String>> reviewed() throws IOException {
        return lines("sigma-other-rules.tsv").stream()
                .map(line -> line.split("\t"))
                .collect(Collectors.groupingBy(
                        columns -> columns[0],
                        TreeMap::new,
                        Collectors.mapping(columns -> columns[1], Collectors.toCollection(TreeSet::new))));
    }

    private static List<String> lines(String resource) throws IOException {
        try (var in = Objects.requireNonNull(RuleReportTest.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }
}
