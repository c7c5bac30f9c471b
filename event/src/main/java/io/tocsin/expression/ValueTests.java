package io.tocsin.expression;

import io.tocsin.event.FieldType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Makes the test of each operator, the quickest that fits the values.
final class ValueTests {
    private static final int FEW = 3;

    private ValueTests() {}

    /// The test for the values that are not empty.
    ///
    /// @param type of the field's values
    static ValueTest of(Operator operator, List<String> values, boolean ignoreCase, FieldType type, Scratch scratch) {
        return switch (operator) {
            case EQUAL -> equal(values, ignoreCase, type, scratch);
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
                new Order(operator, values.getFirst(), type, scratch);
            case CONTAINS, STARTS_WITH, ENDS_WITH -> new Part(operator, bytes(values, ignoreCase), ignoreCase, scratch);
            case MATCH, SEARCH -> new Regex(operator == Operator.MATCH, values, ignoreCase, scratch);
            case IN_SUBNET -> new InSubnet(Subnets.of(values), scratch);
            case HAS_BIT -> new HasBit(values, scratch);
            case EXISTS -> new Exists(scratch);
        };
    }

    private static ValueTest equal(List<String> values, boolean ignoreCase, FieldType type, Scratch scratch) {
        return switch (type) {
            case STRING, STRING_ARRAY ->
                values.size() <= FEW
                        ? new EqualFew(bytes(values, ignoreCase), ignoreCase, scratch)
                        : new EqualMany(new ByteSet(bytes(values, ignoreCase), ignoreCase), ignoreCase, scratch);
            case INTEGER, TIMESTAMP, FLOAT -> new EqualNumber(values, type, scratch);
        };
    }

    private static byte[][] bytes(List<String> values, boolean ignoreCase) {
        byte[][] bytes = new byte[values.size()][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] =
                    ignoreCase ? CaseFolding.fold(values.get(i)) : values.get(i).getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }

    private static NumberText number(String value, FieldType type) {
        NumberText number = type == FieldType.TIMESTAMP ? NumberText.ofTime(value) : NumberText.of(value);
        if (number == null) {
            throw new IllegalArgumentException("not a number [value=" + value + "]");
        }
        return number;
    }

    /// Equal to one of few texts.
    private static final class EqualFew extends ValueTest {
        private final byte[][] values;
        private final boolean ignoreCase;

        EqualFew(byte[][] values, boolean ignoreCase, Scratch scratch) {
            super(scratch);
            this.values = values;
            this.ignoreCase = ignoreCase;
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            if (!ignoreCase) {
                return exact(bytes, offset, length);
            }
            if (CaseFolding.isAscii(bytes, offset, length)) {
                for (byte[] value : values) {
                    if (value.length == length && CaseFolding.equalsAscii(bytes, offset, value)) {
                        return true;
                    }
                }
                return false;
            }
            int folded = scratch.folding.fold(bytes, offset, length);
            return exact(scratch.folding.bytes(), 0, folded);
        }

        private boolean exact(byte[] bytes, int offset, int length) {
            for (byte[] value : values) {
                if (ByteSearch.equal(bytes, offset, length, value)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        int cost() {
            return ignoreCase ? 10 : 5;
        }
    }

    /// Equal to one of many texts.
    private static final class EqualMany extends ValueTest {
        private final ByteSet values;
        private final boolean ignoreCase;

        EqualMany(ByteSet values, boolean ignoreCase, Scratch scratch) {
            super(scratch);
            this.values = values;
            this.ignoreCase = ignoreCase;
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            if (!ignoreCase || CaseFolding.isAscii(bytes, offset, length)) {
                return values.contains(bytes, offset, length);
            }
            int folded = scratch.folding.fold(bytes, offset, length);
            return values.contains(scratch.folding.bytes(), 0, folded);
        }

        @Override
        int cost() {
            return ignoreCase ? 20 : 15;
        }
    }

    /// Equal to one of the numbers, compared by value.
    private static final class EqualNumber extends ValueTest {
        private final long[] integers;
        private final double[] reals;

        EqualNumber(List<String> values, FieldType type, Scratch scratch) {
            super(scratch);
            List<NumberText> numbers =
                    values.stream().map(value -> number(value, type)).toList();
            integers = numbers.stream()
                    .filter(NumberText::isInteger)
                    .mapToLong(NumberText::integerValue)
                    .sorted()
                    .toArray();
            reals = numbers.stream()
                    .filter(number -> type == FieldType.FLOAT || !number.isInteger())
                    .mapToDouble(number -> number.realValue() + 0.0)
                    .sorted()
                    .toArray();
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            return false;
        }

        @Override
        boolean integer(long value) {
            return Arrays.binarySearch(integers, value) >= 0
                    || (reals.length > 0 && Arrays.binarySearch(reals, (double) value) >= 0);
        }

        @Override
        boolean real(double value) {
            // Adding zero turns -0.0 into 0.0, which the search takes for another number.
            return Arrays.binarySearch(reals, value + 0.0) >= 0;
        }

        @Override
        int cost() {
            return 3;
        }
    }

    /// Less or greater than a value: by number when the value is one, else by the order of UTF-8 bytes.
    private static final class Order extends ValueTest {
        private final Operator operator;
        private final boolean numeric;
        private final NumberText number;
        private final byte[] bytes;

        Order(Operator operator, String value, FieldType type, Scratch scratch) {
            super(scratch);
            this.operator = operator;
            this.bytes = value.getBytes(StandardCharsets.UTF_8);
            boolean text = type == FieldType.STRING || type == FieldType.STRING_ARRAY;
            this.numeric = !text || NumberText.of(value) != null;
            this.number = numeric ? number(value, type) : new NumberText();
        }

        @Override
        boolean text(byte[] value, int offset, int length) {
            if (numeric) {
                return scratch.number.read(value, offset, length) && holds(operator, scratch.number.compareTo(number));
            }
            return holds(operator, Arrays.compareUnsigned(value, offset, offset + length, bytes, 0, bytes.length));
        }

        @Override
        boolean integer(long value) {
            scratch.number.set(value);
            return holds(operator, scratch.number.compareTo(number));
        }

        @Override
        boolean real(double value) {
            if (Double.isNaN(value)) {
                return false;
            }
            scratch.number.set(value);
            return holds(operator, scratch.number.compareTo(number));
        }

        @Override
        int cost() {
            return 8;
        }
    }

    static boolean holds(Operator operator, int comparison) {
        return switch (operator) {
            case EQUAL -> comparison == 0;
            case LESS -> comparison < 0;
            case LESS_OR_EQUAL -> comparison <= 0;
            case GREATER -> comparison > 0;
            case GREATER_OR_EQUAL -> comparison >= 0;
            case CONTAINS, STARTS_WITH, ENDS_WITH, MATCH, SEARCH, IN_SUBNET, HAS_BIT, EXISTS -> false;
        };
    }

    /// True when the text has the other one in the place that the operator asks for.
    static boolean hasPart(Operator operator, byte[] bytes, int offset, int length, byte[] part) {
        return switch (operator) {
            case CONTAINS -> ByteSearch.contains(bytes, offset, length, part);
            case STARTS_WITH -> ByteSearch.startsWith(bytes, offset, length, part);
            case ENDS_WITH -> ByteSearch.endsWith(bytes, offset, length, part);
            case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> false;
            case MATCH, SEARCH, IN_SUBNET, HAS_BIT, EXISTS -> false;
        };
    }

    /// Contains, starts or ends with one of the texts.
    private static final class Part extends ValueTest {
        private final Operator operator;
        private final byte[][] parts;
        private final boolean ignoreCase;

        Part(Operator operator, byte[][] parts, boolean ignoreCase, Scratch scratch) {
            super(scratch);
            this.operator = operator;
            this.parts = parts;
            this.ignoreCase = ignoreCase;
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            if (!ignoreCase) {
                return exact(bytes, offset, length);
            }
            if (!CaseFolding.isAscii(bytes, offset, length)) {
                int folded = scratch.folding.fold(bytes, offset, length);
                return exact(scratch.folding.bytes(), 0, folded);
            }
            for (byte[] part : parts) {
                if (part.length <= length && ascii(bytes, offset, length, part)) {
                    return true;
                }
            }
            return false;
        }

        private boolean ascii(byte[] bytes, int offset, int length, byte[] part) {
            return switch (operator) {
                case STARTS_WITH -> CaseFolding.equalsAscii(bytes, offset, part);
                case ENDS_WITH -> CaseFolding.equalsAscii(bytes, offset + length - part.length, part);
                default -> CaseFolding.containsAscii(bytes, offset, length, part);
            };
        }

        private boolean exact(byte[] bytes, int offset, int length) {
            for (byte[] part : parts) {
                if (hasPart(operator, bytes, offset, length, part)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        int cost() {
            int one = operator == Operator.CONTAINS ? 40 : 5;
            return Math.min(100_000, (ignoreCase ? 2 : 1) * one * parts.length);
        }
    }

    private static final class Regex extends ValueTest {
        private final boolean whole;
        private final BoundedRegex[] expressions;

        Regex(boolean whole, List<String> values, boolean ignoreCase, Scratch scratch) {
            super(scratch);
            this.whole = whole;
            this.expressions = values.stream()
                    .map(value -> BoundedRegex.compile(value, ignoreCase))
                    .toArray(BoundedRegex[]::new);
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            for (BoundedRegex expression : expressions) {
                if (whole ? expression.matches(bytes, offset, length) : expression.find(bytes, offset, length)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        int cost() {
            return Math.min(1_000_000, 1_000 * expressions.length);
        }
    }

    private static final class InSubnet extends ValueTest {
        private final Subnets subnets;

        InSubnet(Subnets subnets, Scratch scratch) {
            super(scratch);
            this.subnets = subnets;
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            return subnets.contains(bytes, offset, length);
        }

        @Override
        int cost() {
            return 30;
        }
    }

    private static final class HasBit extends ValueTest {
        private final long mask;

        HasBit(List<String> bits, Scratch scratch) {
            super(scratch);
            long sum = 0;
            for (String bit : bits) {
                sum |= 1L << ConditionChecks.bit(bit);
            }
            mask = sum;
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            return scratch.number.read(bytes, offset, length)
                    && scratch.number.isInteger()
                    && integer(scratch.number.integerValue());
        }

        @Override
        boolean integer(long value) {
            return (value & mask) != 0;
        }

        @Override
        boolean real(double value) {
            return false;
        }

        @Override
        int cost() {
            return 6;
        }
    }

    private static final class Exists extends ValueTest {
        Exists(Scratch scratch) {
            super(scratch);
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            return true;
        }

        @Override
        boolean integer(long value) {
            return true;
        }

        @Override
        boolean real(double value) {
            return true;
        }

        @Override
        int cost() {
            return 2;
        }
    }
}
