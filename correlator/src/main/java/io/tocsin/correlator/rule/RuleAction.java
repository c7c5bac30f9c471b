package io.tocsin.correlator.rule;

import java.util.List;

/// What happens when a rule triggers. Immutable.
///
/// @param output a correlation event is written
/// @param alert the correlation event makes or joins an alert
/// @param loop the correlation event is shown to the rules that ask for correlation events
/// @param enrichment what is added to the correlation event, in order
/// @param tables what is done with active lists and context tables, in order, before the correlation event is written
/// @param categories assets that are put into categories or taken out of them
public record RuleAction(
        boolean output,
        boolean alert,
        boolean loop,
        List<ActionEnrichment> enrichment,
        List<TableOperation> tables,
        List<Categorization> categories) {
    /// Nothing happens.
    public static final RuleAction NONE = new RuleAction(false, false);

    /// A correlation event and an alert.
    public static final RuleAction ALERT = new RuleAction(true, true);

    public RuleAction {
        enrichment = List.copyOf(enrichment);
        tables = List.copyOf(tables);
        categories = List.copyOf(categories);
    }

    /// A correlation event as it is, or nothing.
    public RuleAction(boolean output, boolean alert) {
        this(output, alert, false, List.of(), List.of(), List.of());
    }

    /// True when nothing at all happens.
    public boolean isNothing() {
        return !output && tables.isEmpty();
    }

    /// True when it must happen in the order of time: it reads or changes what other rules read, or is read by them.
    public boolean needsOrder() {
        return loop
                || !tables.isEmpty()
                || enrichment.stream().anyMatch(each -> each.value().readsTables());
    }
}
