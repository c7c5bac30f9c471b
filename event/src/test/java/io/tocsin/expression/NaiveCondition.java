package io.tocsin.expression;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/// The meaning of conditions, written for clarity: the model that compiled conditions are compared with. An event
/// is a map from the name of a field to its values: `String`, `Long` or `Double`.
final class NaiveCondition {
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");

    private final Map<String, List<Object>> event;

    NaiveCondition(Map<String, List<Object>> event) {
        this.event = event;
    }

    boolean holds(Condition condition) {
        return switch (condition) {
            case Condition.And and -> and.parts().stream().allMatch(this::holds);
            case Condition.Or or -> or.parts().stream().anyMatch(this::holds);
            case Condition.Not not -> !holds(not.part());
            case Condition.Test test -> holds(test);
            case Condition.Relation relation ->
                values(relation.left()).stream()
                        .anyMatch(left ->
                                values(relation.right()).stream().anyMatch(right -> holds(relation, left, right)));
        };
    }

    private List<Object> values(FieldReference field) {
        List<Object> values = new ArrayList<>();
        if (field instanceof FieldReference.AnyField) {
            event.forEach((name, found) -> {
                if (isSearched(name)) {
                    values.addAll(found);
                }
            });
        } else {
            values.addAll(event.getOrDefault(key(field), List.of()));
        }
        values.removeIf(value -> value.equals(""));
        return values;
    }

    static String key(FieldReference field) {
        return field instanceof FieldReference.Dynamic(DynamicKind kind, String key)
                ? kind.prefix() + "." + key
                : field.name();
    }

    private static boolean isSearched(String name) {
        Field field = io.tocsin.event.Fields.byName(name);
        if (field == null) {
            return name.startsWith("Extra.") || name.startsWith("S.") || name.startsWith("SA.");
        }
        boolean text = field.type() == FieldType.STRING || field.type() == FieldType.STRING_ARRAY;
        return text && (field == Field.RAW || field.group() != FieldGroup.SERVICE);
    }

    private boolean holds(Condition.Test test) {
        List<Object> values = values(test.field());
        if (test.operator() == Operator.EXISTS) {
            return !values.isEmpty();
        }
        if (test.operator() == Operator.EQUAL
                && values.isEmpty()
                && test.values().contains("")) {
            return true;
        }
        return values.stream()
                .anyMatch(value -> test.values().stream()
                        .anyMatch(constant -> !constant.isEmpty() && holds(test, value, constant)));
    }

    private static boolean holds(Condition.Test test, Object value, String constant) {
        boolean text = test.field().valueType() == FieldType.STRING;
        return switch (test.operator()) {
            case EQUAL ->
                text
                        ? folded(value, test.ignoreCase()).equals(folded(constant, test.ignoreCase()))
                        : compare(value, number(test, constant)) == 0;
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> order(test, value, constant, text);
            case CONTAINS, STARTS_WITH, ENDS_WITH ->
                part(test.operator()).test(folded(value, test.ignoreCase()), folded(constant, test.ignoreCase()));
            case MATCH -> pattern(test, constant).matcher(value.toString()).matches();
            case SEARCH -> pattern(test, constant).matcher(value.toString()).find();
            case IN_SUBNET -> inSubnet(value.toString(), constant);
            case HAS_BIT ->
                isInteger(value.toString()) && new BigInteger(value.toString()).testBit(Integer.parseInt(constant));
            case EXISTS -> throw new IllegalStateException();
        };
    }

    private static boolean order(Condition.Test test, Object value, String constant, boolean text) {
        if (!text) {
            return ValueTests.holds(test.operator(), compare(value, number(test, constant)));
        }
        if (NUMBER.matcher(constant).matches()) {
            return NUMBER.matcher(value.toString()).matches()
                    && ValueTests.holds(test.operator(), compare(number(value.toString()), number(constant)));
        }
        return ValueTests.holds(test.operator(), codePoints(value.toString(), constant));
    }

    private static boolean holds(Condition.Relation relation, Object left, Object right) {
        boolean texts = left instanceof String && right instanceof String;
        return switch (relation.operator()) {
            case CONTAINS, STARTS_WITH, ENDS_WITH ->
                part(relation.operator())
                        .test(folded(left, relation.ignoreCase()), folded(right, relation.ignoreCase()));
            case EQUAL ->
                texts
                        ? folded(left, relation.ignoreCase()).equals(folded(right, relation.ignoreCase()))
                        : isNumber(left) && isNumber(right) && compare(number(left), number(right)) == 0;
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {
                if (isNumber(left) && isNumber(right)) {
                    yield ValueTests.holds(relation.operator(), compare(number(left), number(right)));
                }
                yield texts && ValueTests.holds(relation.operator(), codePoints(left.toString(), right.toString()));
            }
            case MATCH, SEARCH, IN_SUBNET, HAS_BIT, EXISTS -> throw new IllegalStateException();
        };
    }

    private static BiPredicate<String, String> part(Operator operator) {
        return switch (operator) {
            case CONTAINS -> String::contains;
            case STARTS_WITH -> String::startsWith;
            case ENDS_WITH -> String::endsWith;
            default -> throw new IllegalStateException();
        };
    }

    private static String folded(Object value, boolean ignoreCase) {
        if (!ignoreCase) {
            return value.toString();
        }
        StringBuilder out = new StringBuilder();
        value.toString()
                .codePoints()
                .forEach(c -> out.appendCodePoint(Character.toLowerCase(Character.toUpperCase(c))));
        return out.toString();
    }

    private static Pattern pattern(Condition.Test test, String constant) {
        return Pattern.compile(constant, Pattern.UNICODE_CASE | (test.ignoreCase() ? Pattern.CASE_INSENSITIVE : 0));
    }

    private static boolean isInteger(String text) {
        return NUMBER.matcher(text).matches()
                && text.indexOf('.') < 0
                && text.replace("-", "").length() <= 18;
    }

    private static boolean isNumber(Object value) {
        return !(value instanceof String text) || NUMBER.matcher(text).matches();
    }

    private static Object number(Condition.Test test, String constant) {
        if (test.field().valueType() == FieldType.TIMESTAMP && constant.contains("T")) {
            return java.time.Instant.parse(constant).toEpochMilli();
        }
        return number(constant);
    }

    private static Object number(Object value) {
        if (!(value instanceof String text)) {
            return value;
        }
        // Not a conditional expression: that would turn both into fractions.
        if (isInteger(text)) {
            return Long.valueOf(text);
        }
        return Double.valueOf(text);
    }

    private static int compare(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            return Long.compare(a, b);
        }
        double a = ((Number) left).doubleValue();
        double b = ((Number) right).doubleValue();
        return a < b ? -1 : a > b ? 1 : 0;
    }

    private static int codePoints(String left, String right) {
        return Arrays.compare(left.codePoints().toArray(), right.codePoints().toArray());
    }

    private static boolean inSubnet(String text, String network) {
        int slash = network.indexOf('/');
        byte[] base = address(slash < 0 ? network : network.substring(0, slash));
        byte[] address = address(text);
        if (address.length == 0) {
            return false;
        }
        int width = network.contains(":") ? 128 : 32;
        int prefix = slash < 0 ? width : Integer.parseInt(network.substring(slash + 1));
        int ignored = width - prefix;
        return new BigInteger(1, base).shiftRight(ignored).equals(new BigInteger(1, address).shiftRight(ignored));
    }

    /// 16 bytes, or none when the text is no address.
    private static byte[] address(String text) {
        String literal = text.contains(":") ? text.replaceFirst("%.*", "") : text;
        if (!literal.matches("[0-9a-fA-F:.]+") || !literal.matches(".*:.*|(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*)){3}")) {
            return new byte[0];
        }
        try {
            byte[] bytes = InetAddress.getByName(literal).getAddress();
            if (bytes.length == 16) {
                return bytes;
            }
            byte[] mapped = new byte[16];
            mapped[10] = (byte) 0xff;
            mapped[11] = (byte) 0xff;
            System.arraycopy(bytes, 0, mapped, 12, 4);
            return mapped;
        } catch (UnknownHostException e) {
            return new byte[0];
        }
    }

    @Override
    public String toString() {
        return Objects.toString(event);
    }
}
