package io.tocsin.app.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileDetectionTest {
    private static final String RULES = """
            kind: rule
            name: each
            spec:
              type: simple
              description: A test.
              selectors:
                - filter: "Name = 'failed' and DestinationUserName = 'user7'"
            ---
            kind: rule
            name: many
            spec:
              type: standard
              description: A test.
              window: 10m
              identical: [SourceAddress]
              selectors:
                - filter: "Name = 'failed'"
                  threshold: 900
            ---
            kind: active-list
            name: counted
            spec: { ttl: 10h }
            ---
            kind: rule
            name: count
            spec:
              type: operational
              description: A test.
              selectors:
                - filter: "DestinationUserName = 'user8'"
              actions:
                onEveryEvent:
                  activeLists:
                    - { list: counted, operation: sum, key: [SourceAddress], values: { number: 1 } }
            ---
            kind: rule
            name: listed
            spec:
              type: simple
              description: A test.
              variables: { number: "active_list('counted', 'number', SourceAddress)" }
              selectors:
                - filter: "DestinationUserName = 'user8' and $number > 30"
            ---
            kind: rule
            name: silent
            spec:
              type: absence
              description: A test.
              window: 25s
              identical: [SourceAddress]
              selectors:
                - { alias: begins, filter: "DestinationUserName = 'user9'" }
                - { alias: follows, filter: "DestinationUserName = 'nobody'", expected: true }
            """;

    @TempDir
    private Path folder;

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (int file = 0; file < 5; file++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 700; i++) {
                long millis = 1_767_600_000_000L + file * 100_000L + i * 100L;
                text.append("{\"DeviceReceiptTime\":").append(millis).append(",\"Name\":\"failed\"");
                text.append(",\"SourceAddress\":\"10.0.0.").append(i % 2).append("\",\"DestinationUserName\":\"user");
                text.append(i % 100).append("\"}\n");
            }
            text.append("not an event\n");
            files.add(Files.writeString(folder.resolve("events" + file + ".ndjson"), text.toString()));
        }
        return files;
    }

    private static List<String> run(RuleSet rules, List<Path> files, int lanes) throws IOException {
        List<String> found = new ArrayList<>();
        FileDetection.Totals totals = FileDetection.run(
                rules,
                files,
                InputStream.nullInputStream(),
                InputFormat.events,
                lanes,
                each -> found.add(
                        each.detection().rule() + " " + each.detection().timeMillis() + " " + each.places()),
                place -> found.add(place.file() + ":" + place.line()));
        assertThat(totals).isEqualTo(new FileDetection.Totals(3_500, 5, 0));
        return found;
    }

    @Test
    void findsTheSameInTheSameOrderHoweverManyLanesThereAre() throws IOException {
        RuleSet rules =
                RuleLoader.read("rules.yaml", RULES, SigmaTaxonomy.schema()).ruleSet();
        List<Path> files = files();
        List<String> one = run(rules, files, 1);
        assertThat(one.stream().filter(text -> text.startsWith("each "))).hasSize(35);
        // The window of a key spans files, and so do its events.
        assertThat(one.stream().filter(text -> text.startsWith("many ")))
                .isNotEmpty()
                .allMatch(text -> text.contains("events0.ndjson") && text.contains("events1.ndjson"));
        // Lists are changed in the order of time, whoever read the events.
        assertThat(one.stream().filter(text -> text.startsWith("listed "))).hasSize(4);
        assertThat(one.stream().filter(text -> text.startsWith("silent "))).hasSize(5);
        assertThat(run(rules, files, 2)).isEqualTo(one);
        assertThat(run(rules, files, 5)).isEqualTo(one);
        assertThat(run(rules, files, 12)).isEqualTo(one);
    }
}
