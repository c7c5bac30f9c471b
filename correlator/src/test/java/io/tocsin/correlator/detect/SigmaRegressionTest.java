package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.load.PublicRules;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Public rules against the events that their authors say they must find; and how fast all of them run.
class SigmaRegressionTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    private record Case(String ruleId, List<ConfigNode> events) {}

    private static List<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        List<Path> infos;
        try (Stream<Path> walk = Files.walk(PublicRules.folder().resolve("regression"))) {
            infos = walk.filter(file -> file.endsWith("info.yml")).sorted().toList();
        }
        for (Path info : infos) {
            ConfigNode node = YamlReader.readAll(info, new Problems()).getFirst();
            String id = ((ConfigNode.Mapping) node).get("rule_metadata") instanceof ConfigNode.Sequence rules
                    ? ((ConfigNode.Mapping) rules.items().getFirst()).text("id")
                    : "";
            List<ConfigNode> events = new ArrayList<>();
            try (Stream<Path> files = Files.list(info.getParent())) {
                for (Path file : files.filter(each -> each.toString().endsWith(".json"))
                        .sorted()
                        .toList()) {
                    for (String line : records(Files.readString(file))) {
                        events.addAll(YamlReader.readAll(file.toString(), line, new Problems()));
                    }
                }
            }
            cases.add(new Case(String.valueOf(id), events));
        }
        return cases;
    }

    /// A file holds events one after another, each over many lines or on one.
    private static List<String> records(String text) {
        List<String> records = new ArrayList<>();
        StringBuilder record = new StringBuilder();
        for (String line : text.lines().toList()) {
            record.append(line).append('\n');
            if (line.equals("}") || (line.startsWith("{") && line.endsWith("}"))) {
                records.add(record.toString());
                record.setLength(0);
            }
        }
        if (!record.toString().isBlank()) {
            records.add(record.toString());
        }
        return records;
    }

    private static void add(EventBatch batch, Detector detector, ConfigNode event) {
        detector.begin(batch, ORIGIN, 1_000, new byte[0], 0, 0);
        flatten(batch, ((ConfigNode.Mapping) event).get("Event"), "");
        batch.builder().commit();
    }

    private static void flatten(EventBatch batch, @org.jspecify.annotations.Nullable ConfigNode node, String name) {
        switch (node) {
            case null -> {}
            case ConfigNode.Scalar scalar -> {
                if (!scalar.isNull()) {
                    String wrong = EventText.set(batch.builder(), "Extra." + name, scalar.text());
                    assertThat(wrong).isNull();
                }
            }
            case ConfigNode.Sequence list -> list.items().forEach(item -> flatten(batch, item, name));
            case ConfigNode.Mapping mapping -> {
                for (ConfigNode.Entry entry : mapping.entries()) {
                    boolean isName = entry.name().equals("#attributes");
                    if (isName && entry.value() instanceof ConfigNode.Mapping attributes) {
                        attributes.entries().forEach(each -> flatten(batch, each.value(), name + "_" + each.name()));
                    } else {
                        // Names of Windows event data may hold blanks, which Sigma leaves out.
                        String inner = entry.name().equals("#text")
                                ? name
                                : entry.name().replace(" ", "");
                        flatten(batch, entry.value(), inner);
                    }
                }
            }
        }
    }

    @Test
    void findsWhatTheAuthorsOfTheRulesSayTheyFind() throws IOException {
        RuleSet rules = PublicRules.loaded(SigmaTaxonomy.raw()).ruleSet();
        List<Case> cases = cases();
        List<String> missed = new ArrayList<>();
        List<Detection> all = new ArrayList<>();
        Detector detector = new Detector(rules, all::add);
        EventBatch batch = new EventBatch();
        int known = 0;
        for (Case each : cases) {
            if (rules.rules().stream().noneMatch(rule -> rule.id().equals(each.ruleId()))) {
                continue;
            }
            known++;
            all.clear();
            batch.clear();
            each.events().forEach(event -> add(batch, detector, event));
            detector.process(batch);
            if (all.stream().noneMatch(detection -> detection.rule().equals(each.ruleId()))) {
                missed.add(each.ruleId());
            }
        }
        System.out.println("Sigma regression: " + (known - missed.size()) + " of " + known
                + " rules find their events, of " + cases.size() + " cases; missed " + missed);
        assertThat(cases).hasSize(138);
        assertThat(known).isEqualTo(138);
        assertThat(missed).isEmpty();
    }

    @Test
    void costsLittleHoweverManyRulesThereAre() throws IOException {
        RuleSet rules = PublicRules.loaded(SigmaTaxonomy.raw()).ruleSet();
        RuleSet tenth = new RuleSet(rules.rules().stream()
                .filter(rule -> rule.id().hashCode() % 10 == 0)
                .toList());
        double all = eventsPerSecond(rules);
        double few = eventsPerSecond(tenth);
        System.out.printf(
                "events/s on one core: %,.0f with %d rules, %,.0f with %d rules%n",
                all, rules.rules().size(), few, tenth.rules().size());
        // Far below what is measured on a quiet machine: only a collapse fails here.
        assertThat(all).isGreaterThan(5_000);
    }

    /// Time that this thread had a processor: other processes of the machine do not count.
    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double eventsPerSecond(RuleSet rules) throws IOException {
        List<Detection> found = new ArrayList<>();
        Detector detector = new Detector(rules, found::add);
        EventBatch batch = new EventBatch();
        cases().forEach(each -> each.events().forEach(event -> add(batch, detector, event)));
        for (int warm = 0; warm < 20; warm++) {
            detector.process(batch);
        }
        found.clear();
        long begin = processorNanos();
        int rounds = 0;
        while (processorNanos() - begin < 1_500_000_000L) {
            detector.process(batch);
            rounds++;
        }
        double seconds = (processorNanos() - begin) / 1e9;
        System.out.printf(
                "  %.2f detections an event, %d bytes an event%n",
                found.size() / (double) rounds / batch.count(), batch.arenaLength() / batch.count());
        return rounds * (double) batch.count() / seconds;
    }
}
