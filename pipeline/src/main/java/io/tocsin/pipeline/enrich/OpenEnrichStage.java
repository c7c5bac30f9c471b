package io.tocsin.pipeline.enrich;

import io.tocsin.pipeline.enrich.EnrichStage.OpenRule;
import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.Stage;
import io.tocsin.pipeline.stage.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The enrichments of one collector: opened once, used by all lanes; looks every few seconds whether their files
/// have changed.
///
/// Thread-safety: any thread.
final class OpenEnrichStage implements OpenStage {
    private static final System.Logger LOGGER = System.getLogger(OpenEnrichStage.class.getName());

    private final List<OpenRule> rules;
    private final long limitNanos;
    private final Thread refresher;

    private OpenEnrichStage(List<OpenRule> rules, long limitNanos, Duration refresh) {
        this.rules = rules;
        this.limitNanos = limitNanos;
        this.refresher = Thread.ofVirtual().name("enrich-refresh").start(() -> refresh(refresh));
    }

    /// Opens all enrichments; those that were opened are closed again when one fails.
    static OpenEnrichStage open(EnrichPlan plan, StageContext context) {
        List<OpenRule> open = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean done = false;
        try {
            for (Enrichment enrichment : plan.enrichments()) {
                String name = enrichment.head().name();
                for (int number = 2; !names.add(name); number++) {
                    name = enrichment.head().name() + "-" + number;
                }
                EnrichmentCounters counters = new EnrichmentCounters(name);
                open.add(new OpenRule(
                        enrichment.open(context, counters), enrichment.head().when(), counters));
            }
            done = true;
            return new OpenEnrichStage(List.copyOf(open), plan.timeLimit().toNanos(), plan.refresh());
        } finally {
            if (!done) {
                open.forEach(rule -> rule.open().close());
            }
        }
    }

    private void refresh(Duration pause) {
        try {
            while (true) {
                Thread.sleep(pause);
                for (OpenRule rule : rules) {
                    refresh(rule);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refresh(OpenRule rule) {
        try {
            rule.open().refresh();
        } catch (RuntimeException e) {
            rule.counters().error();
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "cannot look for changes [enrichment=" + rule.counters().name() + "]",
                    e);
        }
    }

    @Override
    public Stage create() {
        return new EnrichStage(rules, limitNanos);
    }

    /// Counts of all enrichments: `<name>.hits` and so on.
    @Override
    public Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        for (OpenRule rule : rules) {
            rule.counters()
                    .totals(rule.open().counts())
                    .forEach((what, value) -> counts.put(rule.counters().name() + "." + what, value));
        }
        return counts;
    }

    @Override
    public void close() {
        refresher.interrupt();
        rules.forEach(rule -> rule.open().close());
    }
}
