package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Runs Sigma rules over one event with Sigma's own names.
final class SigmaFiring {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    private SigmaFiring() {}

    /// A rule for events of any source.
    static String rule(String id, String detection) {
        return "title: " + id + "\nid: " + id + "\nlogsource: {category: test}\ndetection:\n" + detection.indent(2);
    }

    /// A rule with one line, in a selection.
    static String line(String line) {
        return rule("one", "selection:\n  " + line + "\ncondition: selection\n");
    }

    /// Ids of the rules that an event with these fields fires.
    static List<String> fire(String rules, String... namesAndValues) {
        LoadedRules loaded = RuleLoader.read("rules", rules, SigmaTaxonomy.raw());
        assertThat(loaded.failures()).as(rules).isEmpty();
        List<Detection> found = new ArrayList<>();
        Detector detector = new Detector(loaded.ruleSet(), found::add);
        EventBatch batch = new EventBatch();
        detector.begin(batch, ORIGIN, 1_000, new byte[0], 0, 0);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            extra(batch.builder(), namesAndValues[i], namesAndValues[i + 1]);
        }
        batch.builder().commit();
        detector.process(batch);
        detector.finish();
        return found.stream().map(Detection::rule).toList();
    }

    private static void extra(EventBuilder event, String name, String text) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(key, 0, key.length);
        event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, event.append(value, 0, value.length), value.length);
    }

    /// Reasons of the failures, each with its line before it.
    static List<String> refusals(String rules) {
        return RuleLoader.read("rules", rules, SigmaTaxonomy.raw()).failures().stream()
                .map(failure -> failure.line() + ": " + failure.reason())
                .toList();
    }
}
