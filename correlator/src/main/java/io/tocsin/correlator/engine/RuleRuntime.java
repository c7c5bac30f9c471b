package io.tocsin.correlator.engine;

import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.Numbers;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.rule.Summary;
import io.tocsin.correlator.rule.TableOperation;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.WindowSettings;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.Arrays;
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
    /// Null for rules without windows; replaced by [#takeOver].
    @Nullable
    RuleWindows windows;
    /// How a sliding rule reads its selectors; null for other rules.
    final @Nullable SlidingInputs sliding;
    /// Rules that this one feeds.
    final List<Feed> feeds = new ArrayList<>();
    /// Rules that feed this one.
    final List<RuleRuntime> sources = new ArrayList<>();
    /// Until the watermark has passed this time, nothing of this rule is to be settled.
    long oldestPendingMillis = Long.MIN_VALUE;
    /// True while its windows are at work: what they find may come back to this rule.
    boolean busy;

    /// @param selector of `target` that takes the findings
    /// @param places where its captured fields stand among those of the feeding rule, -1 for nowhere
    /// @param keyPlaces the same for its key fields
    /// @param valuePlaces the same for the fields that it computes with
    @SuppressWarnings("ArrayRecordComponent")
    record Feed(RuleRuntime target, int selector, int[] places, int[] keyPlaces, int[] valuePlaces) {}

    long hits;
    long lastHitMillis = Long.MIN_VALUE;
    long late;
    long settledEarly;
    /// Correlation events that were not shown to other rules because there were too many.
    long unlooped;
    /// What it took for the events that were measured.
    long sampledNanos;

    /// What it tells for a second at most.
    final RateLimit rateLimit;
    /// Number of the field by which events of the same time are ordered, -1 for none.
    private final int orderNumber;

    RuleRuntime(Rule rule, FieldTable fields, int timeline, boolean history) {
        this.rule = rule;
        rateLimit = new RateLimit(rule.own().rateLimit());
        rule.own().variables().forEach(fields::define);
        FieldReference order = rule.own().orderBy();
        orderNumber = order == null ? -1 : fields.numberOf(order);
        this.timeline = timeline;
        List<String> aliases = rule.selectors().stream().map(Selector::alias).toList();
        // What is wrong with the template was said when the rule was read.
        summary = Summary.parse(rule.summary(), aliases, new ArrayList<>());
        Set<FieldReference> wanted = new LinkedHashSet<>(rule.identical());
        wanted.addAll(rule.propagated());
        rule.selectors().forEach(selector -> wanted.addAll(selector.unique()));
        wanted.addAll(summary.fields());
        if (rule.kind() instanceof RuleKind.Sliding kind) {
            kind.inputs().forEach(input -> wanted.addAll(input.values()));
        }
        rule.kind().actions().forEach(action -> addUsed(action, wanted));
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
            case RuleKind.Simple _, RuleKind.Operational _ -> null;
            case RuleKind.Standard standard -> new RuleWindows(settings(rule, standard), history);
            case RuleKind.Absence absence -> new RuleWindows(settings(rule, absence), history);
            case RuleKind.Sliding sliding -> new RuleWindows(settings(rule, sliding), history);
        };
        sliding = rule.kind() instanceof RuleKind.Sliding kind ? new SlidingInputs(rule, kind, captured, fields) : null;
    }

    RuleWindows requiredWindows() {
        RuleWindows known = windows;
        if (known == null) {
            throw new IllegalStateException("BUG: a rule of this kind has windows [rule=" + rule.id() + "]");
        }
        return known;
    }

    /// Takes over windows and counters of a rule that says the same, which is not used any more.
    void takeOver(RuleRuntime before) {
        windows = before.windows;
        hits = before.hits;
        lastHitMillis = before.lastHitMillis;
        late = before.late;
        settledEarly = before.settledEarly;
        unlooped = before.unlooped;
    }

    /// Adds what the same rule has seen elsewhere of a history.
    void absorb(RuleRuntime other) {
        RuleWindows known = windows;
        if (known != null) {
            known.absorb(other.requiredWindows());
        }
        hits += other.hits;
        lastHitMillis = Math.max(lastHitMillis, other.lastHitMillis);
        late += other.late;
        unlooped += other.unlooped;
    }

    private static void addUsed(RuleAction action, Set<FieldReference> wanted) {
        action.enrichment().forEach(each -> wanted.addAll(each.value().fields()));
        for (TableOperation operation : action.tables()) {
            operation.key().forEach(each -> wanted.addAll(each.fields()));
            operation.values().values().forEach(each -> wanted.addAll(each.fields()));
        }
        action.categories().forEach(each -> wanted.add(each.asset()));
    }

    private static long selectors(Rule rule, Selector.Role role) {
        long selectors = 0;
        for (int i = 0; i < rule.selectors().size(); i++) {
            selectors |= rule.selectors().get(i).role() == role ? 1L << i : 0;
        }
        return selectors;
    }

    static WindowSettings settings(Rule rule, RuleKind.Absence absence) {
        int[] thresholds = new int[rule.selectors().size()];
        Arrays.fill(thresholds, 1);
        return new WindowSettings(
                absence.windowMillis(),
                absence.latenessMillis(),
                thresholds,
                false,
                false,
                RuleKind.Keep.FIRST.maximumEvents(),
                MAXIMUM_KEYS,
                null,
                0,
                false,
                selectors(rule, Selector.Role.EXPECTED));
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
                MAXIMUM_KEYS,
                null,
                selectors(rule, Selector.Role.RECOVERY),
                standard.onTimeout() != null,
                0);
    }

    static WindowSettings settings(Rule rule, RuleKind.Sliding sliding) {
        return new WindowSettings(
                sliding.timespanMillis(),
                sliding.latenessMillis(),
                new int[rule.selectors().size()],
                false,
                true,
                sliding.keep().maximumEvents(),
                MAXIMUM_KEYS,
                sliding.settings());
    }

    /// Goes on with the counters of the same rule in another engine; some of them are part of its state already.
    void keepCounting(RuleRuntime before) {
        hits = Math.max(hits, before.hits);
        lastHitMillis = Math.max(lastHitMillis, before.lastHitMillis);
        late = Math.max(late, before.late);
        settledEarly = Math.max(settledEarly, before.settledEarly);
        unlooped = Math.max(unlooped, before.unlooped);
        sampledNanos = Math.max(sampledNanos, before.sampledNanos);
    }

    /// Hashes the values of the identical fields; read the result from the hash until the next call.
    Hash128 key(EventView view) {
        hash.reset();
        for (int i = 0; i < rule.identical().size(); i++) {
            addField(hash, view, capturedNumbers[i]);
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
                        addField(hash, view, field);
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
                Captured.pack(view, capturedNumbers),
                order(view));
    }

    /// Numbers in their order; what is no number comes first.
    long order(EventView view) {
        int cell = orderNumber < 0 ? EventView.NONE : view.first(orderNumber);
        if (cell == EventView.NONE) {
            return 0;
        }
        double number = Numbers.parse(view.array(cell), view.offset(cell), view.length(cell));
        return Double.isNaN(number) ? 0 : orderOf(number);
    }

    /// A number above 0 for each number, in the order of the numbers.
    private static long orderOf(double number) {
        long bits = Double.doubleToLongBits(number);
        long ordered = bits < 0 ? ~bits : bits | Long.MIN_VALUE;
        return (ordered >>> 1) + 1;
    }

    static void addField(Hash128 hash, EventView view, int field) {
        int cell = view.first(field);
        if (cell == EventView.NONE) {
            hash.addAbsent();
        }
        for (; cell != EventView.NONE; cell = view.next(cell)) {
            hash.add(view.array(cell), view.offset(cell), view.length(cell));
        }
    }
}
