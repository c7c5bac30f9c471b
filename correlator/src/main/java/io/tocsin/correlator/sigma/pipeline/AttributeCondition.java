package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a rule says under a key: texts are equal or different, numbers, dates, levels and statuses have an order, lists
/// hold a value or do not. Without the key it does not hold. Immutable.
record AttributeCondition(String attribute, String value, String operator) implements RuleCondition {
    private static final List<String> OPERATORS = List.of("eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in");
    private static final List<String> LEVELS = List.of("informational", "low", "medium", "high", "critical");
    private static final List<String> STATUSES = List.of("unsupported", "deprecated", "experimental", "test", "stable");
    private static final List<String> DATES = List.of("date", "modified");

    static AttributeCondition read(Settings settings) {
        String attribute = settings.text("attribute");
        String value = settings.text("value");
        String operator = settings.word("op", "eq", OPERATORS);
        List<String> order = order(attribute);
        if (!order.isEmpty() && !order.contains(value.toLowerCase(Locale.ROOT))) {
            settings.refuse(
                    "not a " + attribute + " of a rule [value=" + value + "]: use one of " + String.join(", ", order));
        }
        if (DATES.contains(attribute) && date(value) == null) {
            settings.refuse("not a date such as 2026-01-31 [value=" + value + "]");
        }
        return new AttributeCondition(attribute, value, operator);
    }

    private static List<String> order(String attribute) {
        return switch (attribute) {
            case "level" -> LEVELS;
            case "status" -> STATUSES;
            default -> List.of();
        };
    }

    @Override
    public boolean holds(RuleDraft draft) {
        return switch (draft.attribute(attribute)) {
            case null -> false;
            case ConfigNode.Mapping _ -> false;
            case ConfigNode.Sequence list -> {
                boolean contained = list.items().stream()
                        .anyMatch(each -> each instanceof ConfigNode.Scalar scalar
                                && scalar.text().equals(value));
                yield switch (operator) {
                    case "in" -> contained;
                    case "not_in" -> !contained;
                    default -> operator.equals("ne");
                };
            }
            case ConfigNode.Scalar scalar -> holds(scalar, draft);
        };
    }

    private boolean holds(ConfigNode.Scalar scalar, RuleDraft draft) {
        String text = scalar.text();
        if (operator.equals("in") || operator.equals("not_in")) {
            return incomparable(draft);
        }
        Comparison comparison = Comparison.of(operator);
        List<String> order = order(attribute);
        if (!order.isEmpty()) {
            int own = order.indexOf(text.toLowerCase(Locale.ROOT));
            return own >= 0 && comparison.holds(Integer.compare(own, order.indexOf(value.toLowerCase(Locale.ROOT))));
        }
        if (DATES.contains(attribute)) {
            LocalDate own = date(text);
            LocalDate other = date(value);
            return own != null && other != null && comparison.holds(own.compareTo(other));
        }
        if (!scalar.quoted() && DetectionItem.isNumber(text) && DetectionItem.isNumber(value)) {
            return comparison.holds(Double.compare(Double.parseDouble(text), Double.parseDouble(value)));
        }
        return switch (comparison) {
            case EQUAL -> text.equals(value);
            case DIFFERENT -> !text.equals(value);
            case AT_LEAST, GREATER, AT_MOST, LESS -> incomparable(draft);
        };
    }

    private boolean incomparable(RuleDraft draft) {
        draft.refuse("a pipeline compares what has no order, or is no list [attribute=" + attribute + ", op=" + operator
                + "]: use eq or ne");
        return false;
    }

    private static @Nullable LocalDate date(String text) {
        try {
            return LocalDate.parse(text.replace('/', '-'));
        } catch (DateTimeParseException notADate) {
            return null;
        }
    }
}
