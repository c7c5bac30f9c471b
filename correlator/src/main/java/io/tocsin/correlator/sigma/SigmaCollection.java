package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.sigma.pipeline.RuleDraft;
import io.tocsin.correlator.sigma.pipeline.SigmaLogsource;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Seen;
import io.tocsin.correlator.window.SlidingSettings;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Sigma documents that belong together: add them all, then [#link()] puts correlation rules and filters together
/// with the rules they speak of.
///
/// Thread-safety: one thread.
public final class SigmaCollection {
    /// Names for all rules of a log source.
    private static final Set<String> EVERY_RULE = Set.of("any", "all", "*");
    private static final String REASON = ", reason=";
    /// Correlations of correlations of …
    private static final int MAXIMUM_CHAIN = 32;
    /// Rules that a correlation may build on, in the end, for conditions of pipelines.
    private static final int MAXIMUM_BASES = 1_000;

    private final SigmaTaxonomy taxonomy;
    private final List<SigmaDocument> documents = new ArrayList<>();
    private final List<SigmaDocument.Narrowing> narrowings = new ArrayList<>();
    private final Map<String, SigmaDocument> byName = new HashMap<>();
    private final IdentityHashMap<SigmaDocument, Outcome> outcomes = new IdentityHashMap<>();
    private final Set<SigmaDocument> linking = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<String> silent = new HashSet<>();
    private final Set<String> generated = new HashSet<>();
    private final Map<String, List<FieldReference>> wantedOf = new HashMap<>();
    private final Problems notes = new Problems();

    /// What became of a document.
    ///
    /// @param id of the rule
    /// @param rule null when there is none: after problems, or for a filter
    /// @param problems what is wrong with it, empty when nothing
    public record Outcome(
            String id, Position position, @Nullable Rule rule, Problems problems) {}

    /// @param taxonomy how rules name fields and log sources
    public SigmaCollection(SigmaTaxonomy taxonomy) {
        this.taxonomy = taxonomy;
    }

    /// True when the document looks like a Sigma rule of any kind.
    public static boolean isSigma(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping
                && !mapping.names().contains("kind")
                && (mapping.names().contains("detection")
                        || mapping.names().contains("correlation")
                        || mapping.names().contains("filter")
                        || mapping.names().contains("logsource"));
    }

    /// Adds a document. What is wrong with it is told by [#link()], unless it is given back at once.
    ///
    /// @return what is wrong with it, null when it was taken
    public @Nullable Outcome add(ConfigNode document) {
        Problems problems = new Problems();
        String id = "";
        SigmaDocument read = null;
        if (document instanceof ConfigNode.Mapping mapping) {
            id = SigmaYaml.text(mapping, "id", SigmaYaml.text(mapping, "title", ""));
            String action = mapping.text("action");
            if (action != null) {
                boolean known = action.equals("global") || action.equals("repeat");
                problems.add(
                        mapping.position(),
                        known
                                ? "document to be laid under others is too large [maximumEntries="
                                        + SigmaActions.MAXIMUM_GLOBAL_NODES + "]"
                                : "action is not known: use global, repeat or reset [action=" + action + "]");
            } else if (mapping.get("correlation") != null) {
                read = SigmaCorrelationReader.read(mapping, taxonomy, problems);
            } else if (mapping.get("filter") != null) {
                read = narrowing(mapping, problems);
            } else {
                read = SigmaReader.detection(mapping, taxonomy, problems, notes);
            }
        }
        if (read == null) {
            return new Outcome(id, document.position(), null, problems);
        }
        documents.add(read);
        if (read instanceof SigmaDocument.Narrowing narrowing) {
            narrowings.add(narrowing);
        }
        if (!(read instanceof SigmaDocument.Narrowing)) {
            byName.putIfAbsent(read.header().id(), read);
        }
        return null;
    }

    private SigmaDocument.@Nullable Narrowing narrowing(ConfigNode.Mapping mapping, Problems problems) {
        SigmaHeader header = SigmaHeader.read(mapping, taxonomy);
        SigmaLogsource logsource =
                mapping.get("logsource") == null ? SigmaLogsource.ANY : SigmaReader.logsource(mapping, problems);
        if (!(mapping.get("filter") instanceof ConfigNode.Mapping body)) {
            problems.add(mapping.position(), "a filter is a mapping [key=filter]");
            return null;
        }
        List<String> rules = SigmaYaml.texts(body, "rules");
        if (body.get("rules") == null) {
            problems.add(body.position(), "filter says not which rules it narrows: name them, or 'any' [key=rules]");
        }
        boolean all = rules.isEmpty()
                || (rules.size() == 1 && EVERY_RULE.contains(rules.getFirst().toLowerCase(Locale.ROOT)));
        if (all && logsource.equals(SigmaLogsource.ANY)) {
            problems.add(
                    mapping.position(),
                    "filter of every rule of every source would silence unknown ones"
                            + " [key=logsource]: say of which source the rules are");
        }
        Filter checked = SigmaReader.narrowing(mapping, body, taxonomy, logsource, problems, notes);
        if (checked == null || !problems.isEmpty()) {
            return null;
        }
        return new SigmaDocument.Narrowing(header, logsource, all ? List.of() : rules, body);
    }

    /// What is worth knowing about rules that can be used.
    public Problems notes() {
        return notes;
    }

    /// Puts the documents together.
    ///
    /// @return one outcome for each document, in their order
    public List<Outcome> link() {
        for (SigmaDocument document : documents) {
            if (document instanceof SigmaDocument.Detection detection) {
                for (String name :
                        List.of(detection.header().name(), detection.header().title())) {
                    byName.putIfAbsent(name, detection);
                }
            } else if (document instanceof SigmaDocument.Correlation correlation) {
                for (String name : List.of(
                        correlation.header().name(), correlation.header().title())) {
                    byName.putIfAbsent(name, correlation);
                }
            }
        }
        for (SigmaDocument document : documents) {
            if (document instanceof SigmaDocument.Detection detection) {
                outcomes.put(detection, detection(detection));
            }
        }
        documents.forEach(this::outcome);
        List<Outcome> finished = new ArrayList<>();
        for (SigmaDocument document : documents) {
            finished.add(finish(outcome(document)));
        }
        return finished;
    }

    /// Rules that only serve correlations find nothing on their own; fields that others need are
    /// copied.
    private Outcome finish(Outcome outcome) {
        Rule rule = outcome.rule();
        if (rule == null) {
            return outcome;
        }
        if (rule.kind() instanceof RuleKind.Simple && silent.contains(rule.id()) && !generated.contains(rule.id())) {
            rule = rule.withKind(new RuleKind.Simple(RuleAction.NONE));
        }
        rule = rule.withPropagated(wantedOf.getOrDefault(rule.id(), List.of()));
        return new Outcome(outcome.id(), outcome.position(), rule, outcome.problems());
    }

    private Outcome outcome(SigmaDocument document) {
        Outcome known = outcomes.get(document);
        if (known != null) {
            return known;
        }
        Outcome made = switch (document) {
            case SigmaDocument.Detection detection -> detection(detection);
            case SigmaDocument.Correlation correlation -> correlation(correlation);
            case SigmaDocument.Narrowing narrowing -> {
                for (String rule : narrowing.rules()) {
                    String idle = idle(narrowing, rule, byName.get(rule));
                    if (!idle.isEmpty()) {
                        notes.add(narrowing.header().position(), idle);
                    }
                }
                yield new Outcome(narrowing.header().id(), narrowing.header().position(), null, new Problems());
            }
        };
        outcomes.put(document, made);
        return made;
    }

    /// Why a filter does nothing to a rule that it names; empty when it narrows it.
    private String idle(SigmaDocument.Narrowing narrowing, String rule, @Nullable SigmaDocument named) {
        return switch (named) {
            case null ->
                "filter speaks of a rule that is not there [rule=" + rule + "]"
                        + Suggestions.hint(rule, byName.keySet());
            case SigmaDocument.Detection detection when narrowing.logsource().covers(detection.logsource()) -> "";
            case SigmaDocument.Detection _ ->
                "filter does nothing to a rule of another log source than its own [rule=" + rule + "]";
            case SigmaDocument.Correlation _ ->
                "filter does nothing to a correlation rule: name the rules that it speaks of [rule=" + rule + "]";
            case SigmaDocument.Narrowing _ -> "filter does nothing to another filter [rule=" + rule + "]";
        };
    }

    /// The rule with all filters that are meant for it.
    private Outcome detection(SigmaDocument.Detection detection) {
        Problems problems = new Problems();
        List<Filter> filters = new ArrayList<>();
        Hash128 hash = new Hash128().add(detection.header().hash());
        for (SigmaDocument.Narrowing narrowing : narrowings) {
            if (narrowing.logsource().covers(detection.logsource())
                    && (narrowing.rules().isEmpty()
                            || narrowing.rules().stream().anyMatch(detection.header()::isCalled))) {
                Filter filter = SigmaReader.narrowing(narrowing.body(), detection, taxonomy, problems);
                if (filter != null) {
                    filters.add(filter);
                    hash.add(narrowing.header().hash());
                }
            }
        }
        Rule rule = detection.rule();
        if (!filters.isEmpty()) {
            rule = rule.withContentHash(hash.low())
                    .withSelectors(rule.selectors().stream()
                            .map(selector -> {
                                List<Filter> parts = new ArrayList<>();
                                parts.add(selector.filter());
                                parts.addAll(filters);
                                return new Selector(
                                        selector.alias(), Filter.all(parts), selector.threshold(), selector.unique());
                            })
                            .toList());
        }
        return new Outcome(detection.header().id(), detection.header().position(), rule, problems);
    }

    private Outcome correlation(SigmaDocument.Correlation correlation) {
        Problems problems = new Problems();
        SigmaHeader header = correlation.header();
        RuleDraft names = piped(correlation, problems);
        if (linking.size() >= MAXIMUM_CHAIN) {
            problems.add(
                    correlation.position(),
                    "correlation rules build on each other too deeply [maximum=" + MAXIMUM_CHAIN + "]");
            return new Outcome(header.id(), header.position(), null, problems);
        }
        if (!linking.add(correlation)) {
            problems.add(correlation.position(), "correlation rules speak of each other in a circle");
            return new Outcome(header.id(), header.position(), null, problems);
        }
        List<Selector> selectors = new ArrayList<>();
        List<RuleKind.Input> inputs = new ArrayList<>();
        Map<String, Seen> seen = new LinkedHashMap<>();
        long lateness = SigmaReader.LATENESS_MILLIS;
        List<String> serving = new ArrayList<>();
        // What the rules it speaks of say is part of what it says.
        Hash128 hash = new Hash128().add(header.hash());
        for (String name : correlation.rules()) {
            SigmaDocument base = byName.get(name);
            Outcome outcome = base == null ? null : outcome(base);
            if (base == null || outcome == null || outcome.rule() == null) {
                problems.add(
                        correlation.position(),
                        base == null || outcome == null
                                ? "rule is not there [rule=" + name + "]" + Suggestions.hint(name, byName.keySet())
                                : "rule cannot be used itself [rule=" + name + reason(outcome) + "]");
                continue;
            }
            Rule rule = outcome.rule();
            hash.add(rule.contentHash());
            SigmaLogsource logsource = logsource(base);
            SigmaContext context = new SigmaContext(taxonomy, logsource, names.given(), problems, notes);
            List<FieldReference> key = names.groupBy().stream()
                    .map(field ->
                            context.field(field(names.aliases(), field, name, base.header()), correlation.position()))
                    .toList();
            List<FieldReference> values = names.values().stream()
                    .map(field -> context.field(field, correlation.position()))
                    .toList();
            boolean fed = rule.kind() instanceof RuleKind.Sliding;
            if (rule.kind() instanceof RuleKind.Sliding sliding) {
                lateness = Math.max(lateness, sliding.latenessMillis() + RuleKind.FEED_LATENESS_MILLIS);
                List<FieldReference> wanted = new ArrayList<>(key);
                wanted.addAll(values);
                wantedOf.computeIfAbsent(rule.id(), absent -> new ArrayList<>()).addAll(wanted);
            } else {
                serving.add(rule.id());
            }
            Seen.Selector selector = new Seen.Selector(selectors.size());
            for (String called : List.of(
                    name,
                    base.header().id(),
                    base.header().name(),
                    base.header().title())) {
                seen.putIfAbsent(called, selector);
            }
            inputs.add(new RuleKind.Input(fed ? rule.id() : null, key, values));
            selectors.add(new Selector(
                    name, fed ? Filter.FALSE : rule.selectors().getFirst().filter(), 1, List.of()));
        }
        linking.remove(correlation);
        aliasesAreOfItsRules(correlation, problems);
        SlidingSettings settings = SigmaCorrelationReader.settings(correlation, seen, problems);
        if (settings == null || !problems.isEmpty() || selectors.isEmpty()) {
            return new Outcome(header.id(), header.position(), null, problems);
        }
        RuleKind.Sliding kind = SigmaReader.sliding(header, correlation.timespanMillis(), settings, inputs);
        RuleKind patient = new RuleKind.Sliding(
                kind.timespanMillis(), lateness, settings, inputs, kind.keep(), kind.onFirst(), kind.onSubsequent());
        // A correlation that cannot be used silences nobody.
        (correlation.generate() ? generated : silent).addAll(serving);
        List<FieldReference> identical = inputs.getFirst().key();
        return new Outcome(
                header.id(),
                header.position(),
                header.rule(patient, selectors, identical, List.of()).withContentHash(hash.low()),
                problems);
    }

    /// What is wrong with the first of those that build on each other.
    private static String reason(Outcome outcome) {
        if (outcome.problems().isEmpty()) {
            return "";
        }
        String message = outcome.problems().list().getFirst().message();
        int inner = message.indexOf(REASON);
        return REASON + (inner < 0 ? message : message.substring(inner + REASON.length(), message.length() - 1));
    }

    /// An alias for a rule that the correlation does not speak of is a slip of the pen.
    private void aliasesAreOfItsRules(SigmaDocument.Correlation correlation, Problems problems) {
        correlation
                .aliases()
                .forEach((alias, fields) -> fields.keySet().forEach(rule -> {
                    boolean its = correlation.rules().contains(rule)
                            || correlation.rules().stream()
                                    .map(byName::get)
                                    .anyMatch(base ->
                                            base != null && base.header().isCalled(rule));
                    if (!its) {
                        problems.add(
                                correlation.position(),
                                "alias is for a rule that the correlation does not speak of [alias=" + alias + ", rule="
                                        + rule + "]" + Suggestions.hint(rule, correlation.rules()));
                    }
                }));
    }

    /// The field that a name of `group-by` means for a rule.
    private static String field(
            Map<String, Map<String, String>> aliases, String name, String rule, SigmaHeader header) {
        Map<String, String> alias = aliases.get(name);
        if (alias == null) {
            return name;
        }
        for (Map.Entry<String, String> entry : alias.entrySet()) {
            if (entry.getKey().equals(rule) || header.isCalled(entry.getKey())) {
                return entry.getValue();
            }
        }
        return name;
    }

    /// The names of fields in a correlation, as pipelines leave them.
    private RuleDraft piped(SigmaDocument.Correlation correlation, Problems problems) {
        List<SigmaLogsource> logsources = new ArrayList<>();
        if (!taxonomy.pipelines().isEmpty()) {
            logsources(correlation, logsources, Collections.newSetFromMap(new IdentityHashMap<>()));
        }
        RuleDraft draft = RuleDraft.correlation(
                correlation.written(),
                logsources,
                correlation.groupBy(),
                correlation.aliases(),
                correlation.values(),
                problems);
        taxonomy.pipelines().apply(draft);
        return draft;
    }

    /// Collects the log sources of the detection rules that a correlation builds on, in the end.
    private void logsources(
            SigmaDocument.Correlation correlation, List<SigmaLogsource> logsources, Set<SigmaDocument> seen) {
        for (String name : correlation.rules()) {
            SigmaDocument base = byName.get(name);
            if (base == null || !seen.add(base)) {
                continue;
            }
            switch (base) {
                case SigmaDocument.Detection detection -> logsources.add(detection.mapped());
                case SigmaDocument.Correlation other -> {
                    // What builds on each other more deeply is refused.
                    if (seen.size() < MAXIMUM_BASES) {
                        logsources(other, logsources, seen);
                    }
                }
                case SigmaDocument.Narrowing _ -> {}
            }
        }
    }

    private SigmaLogsource logsource(SigmaDocument document) {
        return switch (document) {
            case SigmaDocument.Detection detection -> detection.mapped();
            case SigmaDocument.Narrowing narrowing -> narrowing.logsource();
            case SigmaDocument.Correlation correlation -> {
                SigmaDocument first = byName.get(correlation.rules().getFirst());
                // A circle was told before.
                yield first == null || first instanceof SigmaDocument.Correlation
                        ? SigmaLogsource.ANY
                        : logsource(first);
            }
        };
    }
}
