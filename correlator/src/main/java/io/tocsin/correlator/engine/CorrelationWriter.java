package io.tocsin.correlator.engine;

import io.tocsin.correlator.engine.Hit.Entity;
import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.function.TableReader;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.rule.Summary;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Writes findings as correlation events.
///
/// Identifiers derive from the rule, the key, the start of the window and the number of the trigger in it, so that
/// the same finding has the same identifier whenever and wherever it is computed. They have the layout of a UUID
/// version 7 whose time is the start of the window.
///
/// Thread-safety: one thread.
final class CorrelationWriter {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("correlator", "correlator", "");
    private static final byte[] NO_RAW = {};
    private static final int MAXIMUM_ENTITIES_OF_A_KIND = 20;
    private static final int MAXIMUM_DISTINCT = 10_000;
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private static final Map<Field, String> ENTITY_KINDS = new LinkedHashMap<>();

    static {
        ENTITY_KINDS.put(Field.SOURCE_USER_NAME, "user");
        ENTITY_KINDS.put(Field.DESTINATION_USER_NAME, "user");
        ENTITY_KINDS.put(Field.SOURCE_HOST_NAME, "host");
        ENTITY_KINDS.put(Field.DESTINATION_HOST_NAME, "host");
        ENTITY_KINDS.put(Field.DEVICE_HOST_NAME, "host");
        ENTITY_KINDS.put(Field.SOURCE_ADDRESS, "address");
        ENTITY_KINDS.put(Field.DESTINATION_ADDRESS, "address");
    }

    private final TableReader tables;

    /// @param tables what expressions of actions read
    CorrelationWriter(TableReader tables) {
        this.tables = tables;
    }

    /// What expressions of actions see of a hit.
    Scope scope(RuleRuntime runtime, Trigger trigger) {
        return new CapturedScope(values(runtime, trigger), tables, trigger.lastMillis());
    }

    /// @param additions values of further fields; they win
    void write(
            RuleRuntime runtime,
            WindowKey key,
            Trigger trigger,
            Hit.Change change,
            boolean alert,
            Map<FieldReference, String> additions,
            long receivedNanos,
            Correlations out) {
        Rule rule = runtime.rule;
        Map<FieldReference, SequencedSet<String>> values = values(runtime, trigger);
        Hash128 hash = hash(rule, key, trigger.windowStartMillis(), trigger.number());
        long high = idHigh(trigger.windowStartMillis(), hash);
        long low = VARIANT | hash.low() >>> 2;
        String id = EventIds.text(high, low);
        if (change != Hit.Change.NEW) {
            // An amendment is an event of its own; its finding keeps its identifier.
            hash.add(change.ordinal()).add(trigger.lastMillis()).add(trigger.total());
            high = idHigh(trigger.windowStartMillis(), hash);
            low = VARIANT | hash.low() >>> 2;
        }
        String message = additions.get(FieldReference.of(Field.MESSAGE));
        String summary = message == null ? summary(runtime, trigger, change, values) : message;
        List<Entity> entities = entities(values);
        List<String> baseEventIds = trigger.kept().stream()
                .map(kept -> EventIds.text(kept.idHigh(), kept.idLow()))
                .toList();
        List<String> groupValues =
                rule.identical().stream().map(field -> first(values, field)).toList();

        EventBuilder event = out.events().builder();
        event.begin(ORIGIN, high, low, receivedNanos, 0, NO_RAW, 0, 0);
        copied(rule).forEach(field -> set(event, Variable.target(field), first(values, field)));
        event.setInteger(Field.TYPE, 3);
        event.setText(Field.NAME, rule.title());
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, change.classId());
        event.setText(Field.DEVICE_ACTION, alert ? "alert" : "no-alert");
        event.setText(Field.EXTERNAL_ID, id);
        event.setText(Field.CORRELATION_RULE_ID, rule.id());
        event.setText(Field.CORRELATION_RULE_NAME, rule.title());
        event.setText(Field.SEVERITY, rule.level());
        event.setInteger(Field.PRIORITY, rule.priority().number());
        event.setInteger(Field.START_TIME, trigger.firstMillis());
        event.setInteger(Field.END_TIME, trigger.lastMillis());
        event.setInteger(Field.BASE_EVENT_COUNT, trigger.total());
        event.setText(Field.MESSAGE, summary);
        if (!rule.tactics().isEmpty()) {
            event.setText(Field.TACTIC, String.join(",", rule.tactics()));
        }
        if (!rule.techniques().isEmpty()) {
            event.setText(Field.TECHNIQUE, String.join(",", rule.techniques()));
        }
        if (change != Hit.Change.RETRACTED) {
            addExtra(event, "CorrelationSelectors", selectors(rule, trigger));
            addExtra(event, "CorrelationWindow", window(rule, trigger));
        }
        rule.identical().forEach(field -> event.addText(Field.GROUPED_BY, Variable.shown(field)));
        baseEventIds.forEach(each -> event.addText(Field.BASE_EVENT_IDS, each));
        entities.forEach(each -> event.addText(Field.AFFECTED_ASSETS, each.toString()));
        additions.forEach((field, value) -> set(event, field, value));
        event.commit();
        out.add(new Hit(
                id,
                change,
                rule.id(),
                rule.title(),
                rule.origin().text(),
                rule.level(),
                rule.priority().number(),
                alert,
                trigger.firstMillis(),
                trigger.lastMillis(),
                entities,
                rule.tactics(),
                rule.techniques(),
                Engine.names(rule.identical()),
                groupValues,
                baseEventIds,
                trigger.total(),
                summary));
    }

    /// What each selector counted, and what it had to.
    private static String selectors(Rule rule, Trigger trigger) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(trigger.counts().length, rule.selectors().size()); i++) {
            Selector selector = rule.selectors().get(i);
            text.append(text.isEmpty() ? "" : ", ")
                    .append(selector.alias())
                    .append(' ')
                    .append(trigger.counts()[i]);
            if (selector.threshold() > 1) {
                text.append(" of ").append(selector.threshold());
            }
        }
        return text.toString();
    }

    /// Length and begin of the window; empty for a rule without one.
    private static String window(Rule rule, Trigger trigger) {
        return switch (rule.kind()) {
            case RuleKind.Simple _, RuleKind.Operational _ -> "";
            case RuleKind.Absence absence ->
                Duration.ofMillis(absence.windowMillis()) + " from "
                        + Instant.ofEpochMilli(trigger.windowStartMillis());
            case RuleKind.Standard standard ->
                Duration.ofMillis(standard.windowMillis()) + " from "
                        + Instant.ofEpochMilli(trigger.windowStartMillis());
            case RuleKind.Sliding sliding ->
                Duration.ofMillis(sliding.timespanMillis()) + " up to " + Instant.ofEpochMilli(trigger.lastMillis());
        };
    }

    private static void addExtra(EventBuilder event, String name, String value) {
        if (!value.isEmpty()) {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            byte[] text = value.getBytes(StandardCharsets.UTF_8);
            int keyAt = event.append(key, 0, key.length);
            int textAt = event.append(text, 0, text.length);
            event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, textAt, text.length);
        }
    }

    /// Hash from which the identifier of a finding is made.
    private static Hash128 hash(Rule rule, WindowKey key, long windowStartMillis, int number) {
        return new Hash128()
                .add(rule.id())
                .add(key.high())
                .add(key.low())
                .add(key.timeline())
                .add(windowStartMillis)
                .add(number);
    }

    /// Identifier of a finding, upper half and lower half.
    static long[] findingId(Rule rule, WindowKey key, long windowStartMillis, int number) {
        Hash128 hash = hash(rule, key, windowStartMillis, number);
        return new long[] {idHigh(windowStartMillis, hash), VARIANT | hash.low() >>> 2};
    }

    private static long idHigh(long millis, Hash128 hash) {
        return (millis & 0xFFFF_FFFF_FFFFL) << 16 | VERSION | (hash.high() & 0xFFF);
    }

    /// Different values of each captured field in the order of the kept events.
    private static Map<FieldReference, SequencedSet<String>> values(RuleRuntime runtime, Trigger trigger) {
        Map<FieldReference, SequencedSet<String>> values = new HashMap<>();
        for (Occurrence occurrence : trigger.kept()) {
            String[] unpacked = Captured.unpack(occurrence.captured(), runtime.captured.size());
            for (int i = 0; i < unpacked.length; i++) {
                if (!unpacked[i].isEmpty()) {
                    SequencedSet<String> known =
                            values.computeIfAbsent(runtime.captured.get(i), absent -> new LinkedHashSet<>());
                    if (known.size() < MAXIMUM_DISTINCT) {
                        known.add(unpacked[i]);
                    }
                }
            }
        }
        return values;
    }

    private static List<FieldReference> copied(Rule rule) {
        SequencedSet<FieldReference> fields = new LinkedHashSet<>(rule.identical());
        fields.addAll(rule.propagated());
        return List.copyOf(fields);
    }

    private static String first(Map<FieldReference, SequencedSet<String>> values, FieldReference field) {
        SequencedSet<String> known = values.get(field);
        return known == null ? "" : known.getFirst();
    }

    static void set(EventBuilder event, FieldReference reference, String value) {
        if (value.isEmpty()) {
            return;
        }
        switch (reference) {
            case FieldReference.AnyField _ -> {}
            case FieldReference.Fixed fixed -> setFixed(event, fixed.field(), value);
            case FieldReference.Dynamic dynamic -> {
                byte[] key = dynamic.key().getBytes(StandardCharsets.UTF_8);
                byte[] text = value.getBytes(StandardCharsets.UTF_8);
                int keyAt = event.append(key, 0, key.length);
                int textAt = event.append(text, 0, text.length);
                // Numbers of dynamic fields travel as text: the correlation event shows them, nobody computes with
                // them.
                event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, textAt, text.length);
            }
        }
    }

    private static void setFixed(EventBuilder event, Field field, String value) {
        if (field.group() == FieldGroup.SERVICE || field.type() == FieldType.STRING_ARRAY) {
            return;
        }
        try {
            switch (field.type()) {
                case STRING -> event.setText(field, value);
                case INTEGER, TIMESTAMP -> event.setInteger(field, Long.parseLong(value));
                case FLOAT -> event.setFloat(field, Double.parseDouble(value));
                case STRING_ARRAY -> {}
            }
        } catch (NumberFormatException notANumber) {
            // A rule may put a text into a field of numbers: the field stays empty.
            event.remove(field);
        }
    }

    private static List<Entity> entities(Map<FieldReference, SequencedSet<String>> values) {
        SequencedSet<Entity> entities = new LinkedHashSet<>();
        Map<String, Integer> perKind = new HashMap<>();
        ENTITY_KINDS.forEach((field, kind) -> {
            SequencedSet<String> known = values.get(FieldReference.of(field));
            if (known != null) {
                for (String value : known) {
                    if (perKind.getOrDefault(kind, 0) < MAXIMUM_ENTITIES_OF_A_KIND
                            && entities.add(new Entity(kind, value))) {
                        perKind.merge(kind, 1, Integer::sum);
                    }
                }
            }
        });
        return new ArrayList<>(entities);
    }

    /// What was measured, in words.
    private static String measured(RuleKind.Sliding sliding, Trigger trigger) {
        BigDecimal value = Double.isFinite(trigger.value())
                ? new BigDecimal(trigger.value()).round(MathContext.DECIMAL32).stripTrailingZeros()
                : BigDecimal.ZERO;
        String number = value.toPlainString();
        String events = trigger.total() + (trigger.total() == 1 ? " event" : " events");
        return switch (sliding.settings().measure()) {
            case EVENTS -> events;
            case DISTINCT -> number + " different values in " + events;
            case SUM -> "sum " + number + " of " + events;
            case AVERAGE -> "average " + number + " of " + events;
            case PERCENTILE -> "percentile " + number + " of " + events;
            case SHARE -> number + " % of " + events;
            case SELECTORS -> number + " rules, " + events;
            case SELECTORS_IN_ORDER -> number + " rules in order, " + events;
        };
    }

    private static String summary(
            RuleRuntime runtime, Trigger trigger, Hit.Change change, Map<FieldReference, SequencedSet<String>> values) {
        Rule rule = runtime.rule;
        if (change == Hit.Change.RETRACTED) {
            return rule.title() + ": withdrawn, a late event showed that its window began earlier";
        }
        if (rule.summary().isEmpty()) {
            StringBuilder text = new StringBuilder(rule.title());
            for (FieldReference field : copied(rule)) {
                String value = first(values, field);
                if (!value.isEmpty()) {
                    text.append(text.length() == rule.title().length() ? ": " : ", ")
                            .append(Variable.shown(field))
                            .append('=')
                            .append(value.length() > 200 ? value.substring(0, 200) + "…" : value);
                }
            }
            if (rule.kind() instanceof RuleKind.Sliding sliding) {
                text.append(" (").append(measured(sliding, trigger)).append(')');
            } else if (trigger.total() > 1) {
                text.append(" (").append(trigger.total()).append(" events)");
            }
            return text.toString();
        }
        return runtime.summary.text(new Summary.Source() {
            @Override
            public int count(int selector) {
                return selector < 0 ? trigger.total() : trigger.counts()[selector];
            }

            @Override
            public long windowMillis() {
                return rule.kind().windowLength();
            }

            @Override
            public SequencedSet<String> values(FieldReference field) {
                return values.getOrDefault(field, new LinkedHashSet<>());
            }
        });
    }
}
