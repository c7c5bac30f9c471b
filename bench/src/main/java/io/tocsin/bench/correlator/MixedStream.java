package io.tocsin.bench.correlator;

import io.tocsin.bench.correlator.MixedEvents.Kind;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// All public rules over one stream of Windows, auditd, Zeek, web, service and syslog events as the shipped
/// normalizers make them, on one core: each kind by itself, then the mix beside naive evaluation and Esper.
///
/// `MixedStream RULES SECONDS DATA CONTENT`.
public final class MixedStream {
    private MixedStream() {}

    public static void main(String[] arguments) throws IOException {
        RuleSet rules = RuleLoader.load(List.of(Path.of(arguments[0])), SigmaTaxonomy.schema())
                .ruleSet();
        double seconds = Double.parseDouble(arguments[1]);
        MixedEvents events = new MixedEvents(Path.of(arguments[2]), Path.of(arguments[3]));
        RulesBesidePeers.compare(rules, events.read(Arrays.asList(Kind.values())), seconds);
        for (Kind kind : Kind.values()) {
            int before = events.understood(kind);
            List<EventBatch> batches = events.read(List.of(kind));
            long count = batches.stream().mapToLong(EventBatch::count).sum();
            System.out.printf(
                    Locale.ROOT,
                    "%-10s %6d events, %6d understood, %,11.0f events a processor second%n",
                    kind,
                    count,
                    events.understood(kind) - before,
                    RulesBesidePeers.median(rules, batches, seconds));
        }
    }
}
