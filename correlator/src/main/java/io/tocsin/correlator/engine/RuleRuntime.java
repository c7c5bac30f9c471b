package io.tocsin.correlator.engine;

import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.rule.Summary;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.WindowSettings;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A rule made ready to run: its fields as numbers, its windows, its counters.
///
/// Thread-safety: one thread.
final class RuleRuntime {
    static final int MAXIMUM_KEYS = 100_000;

    /// Fields that name who and what took part, whatever the rule says.
    private static final List<Field> ENTITY_FIELDS = List.of(
            Field.SOURCE_USER_NAME,
            Field.DESTINATION_USER_NAME,
            Field.SOURCE_ADDRESS,
            Field.DESTINATION_ADDRESS,
            Field.SOURCE_HOST_NAME,
            Field.DESTINATION_HOST_NAME,
            Field.DEVICE_HOST_NAME);

    final Rule rule;
    final Summary summary;
    /// Which of the engine's timelines this rule lives by.
    final int timeline;

    /// Fields whose values are kept of each event that counts; the identical ones come first.
    final List<FieldReference> captured;

    final int[] capturedNumbers;
    private final int[][] uniqueNumbers;
    private final boolean hasUnique;
    private final Hash128 hash = new Hash128();
    final @Nullable RuleWindows windows;

    long hits;
    long lastHitMillis = Long.MIN_VALUE;
    long late;
    long settledEarly;

    RuleRuntime(Rule rule, FieldTable fields, int timeline, boolean history) {
        this.rule = rule;
        this.timeline = timeline;
        List<String> aliases = rule.selectors().stream().map(Selector::alias).toList();
        // What is wrong with the template was said when the rule was read.
        summary = Summary.parse(rule.summary(), aliases, new ArrayList<>());
        Set<FieldReference> wanted = new LinkedHashSet<>(rule.identical());
        wanted.addAll(rule.propagated());
        rule.selectors().forEach(selector -> wanted.addAll(selector.unique()));
        wanted.addAll(summary.fields());
        ENTITY_FIELDS.forEach(field -> wanted.add(FieldReference.of(field)));
        captured = List.copyOf(wanted);
        capturedNumbers = captured.stream().mapToInt(fields::numberOf).toArray();
        uniqueNumbers = rule.selectors().stream()
                .map(selector ->
                        selector.unique().stream().mapToInt(fields::numberOf).toArray())
                .toArray(int[][]::new);
        hasUnique = rule.selectors().stream()
                .anyMatch(selector -> !selector.unique().isEmpty());
        windows = switch (rule.kind()) {
            case RuleKind.Simple _ -> null;
            case RuleKind.Standard standard -> new RuleWindows(settings(rule, standard), history);
        };
    }

    static WindowSettings settings(Rule rule, RuleKind.Standard standard) {
        int[] thresholds =
                rule.selectors().stream().mapToInt(Selector::threshold).toArray();
        return new WindowSettings(
                standard.windowMillis(),
                standard.latenessMillis(),
                thresholds,
                standard.sequence(),
                standard.keep() == RuleKind.Keep.LAST,
                standard.keep().maximumEvents(),
                MAXIMUM_KEYS);
    }

    /// Hashes the values of the identical fields; read the result from the hash until the next call.
    Hash128 key(EventView view) {
        hash.reset();
        for (int i = 0; i < rule.identical().size(); i++) {
            addField(view, capturedNumbers[i]);
        }
        return hash;
    }

    Occurrence occurrence(EventView view, long timeMillis, long selectors) {
        long[] unique = null;
        if (hasUnique) {
            unique = new long[uniqueNumbers.length * 2];
            for (int i = 0; i < uniqueNumbers.length; i++) {
                if (uniqueNumbers[i].length > 0) {
                    hash.reset();
                    for (int field : uniqueNumbers[i]) {
                        addField(view, field);
                    }
                    unique[2 * i] = hash.high();
                    // (0, 0) means that the selector has no unique fields.
                    unique[2 * i + 1] = hash.low() | 1;
                }
            }
        }
        return new Occurrence(
                timeMillis,
                view.event().idHigh(),
                view.event().idLow(),
                selectors,
                unique,
                Captured.pack(view, capturedNumbers));
    }

    private void addField(EventView view, int field) {
        int cell = view.first(field);
        if (cell == EventView.NONE) {
            hash.addAbsent();
        }
        for (; cell != EventView.NONE; cell = view.next(cell)) {
            hash.add(view.array(cell), view.offset(cell), view.length(cell));
        }
    }
}
