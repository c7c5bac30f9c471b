package io.tocsin.expression;

import io.tocsin.event.Event;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Compares the values of two fields of one event: for each value of the left one, the values of the right one.
///
/// Numbers compare by value; a number and a text compare by value when the text is a number, else not at all; two
/// texts compare by order as numbers when both are, else by their bytes.
///
/// Thread-safety: one thread.
final class RelationTest extends ValueTest {
    private enum Kind {
        TEXT,
        INTEGER,
        REAL
    }

    private final Operator operator;
    private final boolean ignoreCase;
    private final FieldAccess right;
    private final Right rightTest;

    private Event event = new Event();
    private Kind leftKind = Kind.TEXT;
    private byte[] leftBytes = {};
    private int leftOffset;
    private int leftLength;
    private final NumberText leftNumber = new NumberText();
    private final Scratch leftScratch = new Scratch();

    RelationTest(Operator operator, boolean ignoreCase, FieldAccess right, Scratch scratch) {
        super(scratch);
        this.operator = operator;
        this.ignoreCase = ignoreCase;
        this.right = right;
        this.rightTest = new Right(scratch);
    }

    boolean holds(Event current, FieldAccess left) {
        event = current;
        return left.any(current, this);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // The question is whether it is the shared buffer itself.
    boolean text(byte[] bytes, int offset, int length) {
        leftKind = Kind.TEXT;
        if (bytes == scratch.text()) {
            // The right value may need the buffer for itself.
            leftBytes = leftScratch.text();
            System.arraycopy(bytes, offset, leftBytes, 0, length);
            leftOffset = 0;
        } else {
            leftBytes = bytes;
            leftOffset = offset;
        }
        leftLength = length;
        return right.any(event, rightTest);
    }

    @Override
    boolean integer(long value) {
        leftKind = Kind.INTEGER;
        leftNumber.set(value);
        return right.any(event, rightTest);
    }

    @Override
    boolean real(double value) {
        leftKind = Kind.REAL;
        leftNumber.set(value);
        return !Double.isNaN(value) && right.any(event, rightTest);
    }

    @Override
    int cost() {
        return 60;
    }

    private final class Right extends ValueTest {
        Right(Scratch scratch) {
            super(scratch);
        }

        @Override
        boolean text(byte[] bytes, int offset, int length) {
            if (isPart()) {
                return part(bytes, offset, length);
            }
            if (leftKind != Kind.TEXT) {
                return scratch.number.read(bytes, offset, length)
                        && ValueTests.holds(operator, leftNumber.compareTo(scratch.number));
            }
            if (operator == Operator.EQUAL) {
                return equal(bytes, offset, length);
            }
            if (leftNumber.read(leftBytes, leftOffset, leftLength) && scratch.number.read(bytes, offset, length)) {
                return ValueTests.holds(operator, leftNumber.compareTo(scratch.number));
            }
            return ValueTests.holds(
                    operator,
                    Arrays.compareUnsigned(
                            leftBytes, leftOffset, leftOffset + leftLength, bytes, offset, offset + length));
        }

        @Override
        boolean integer(long value) {
            if (isPart()) {
                return super.integer(value);
            }
            if (leftKind == Kind.TEXT && !leftNumber.read(leftBytes, leftOffset, leftLength)) {
                return false;
            }
            scratch.number.set(value);
            return ValueTests.holds(operator, leftNumber.compareTo(scratch.number));
        }

        @Override
        boolean real(double value) {
            if (isPart()) {
                return super.real(value);
            }
            if (Double.isNaN(value) || (leftKind == Kind.TEXT && !leftNumber.read(leftBytes, leftOffset, leftLength))) {
                return false;
            }
            scratch.number.set(value);
            return ValueTests.holds(operator, leftNumber.compareTo(scratch.number));
        }

        @Override
        int cost() {
            return 1;
        }

        private boolean isPart() {
            return operator == Operator.CONTAINS || operator == Operator.STARTS_WITH || operator == Operator.ENDS_WITH;
        }

        private boolean equal(byte[] bytes, int offset, int length) {
            if (!ignoreCase) {
                return leftLength == length
                        && Arrays.equals(leftBytes, leftOffset, leftOffset + length, bytes, offset, offset + length);
            }
            int left = scratch.folding.fold(leftBytes, leftOffset, leftLength);
            int other = scratch.otherFolding.fold(bytes, offset, length);
            return left == other
                    && Arrays.equals(scratch.folding.bytes(), 0, left, scratch.otherFolding.bytes(), 0, other);
        }

        private boolean part(byte[] bytes, int offset, int length) {
            leftAsText();
            if (!ignoreCase) {
                return within(leftBytes, leftOffset, leftLength, bytes, offset, length);
            }
            int left = scratch.folding.fold(leftBytes, leftOffset, leftLength);
            int other = scratch.otherFolding.fold(bytes, offset, length);
            return within(scratch.folding.bytes(), 0, left, scratch.otherFolding.bytes(), 0, other);
        }

        private void leftAsText() {
            switch (leftKind) {
                case TEXT -> {}
                case INTEGER -> {
                    // The right number may already stand in the shared buffer, so the left one has its own.
                    leftOffset = leftScratch.decimal(leftNumber.integerValue());
                    leftBytes = leftScratch.text();
                    leftLength = leftBytes.length - leftOffset;
                }
                case REAL -> {
                    leftBytes = Double.toString(leftNumber.realValue()).getBytes(StandardCharsets.ISO_8859_1);
                    leftOffset = 0;
                    leftLength = leftBytes.length;
                }
            }
        }

        private boolean within(byte[] left, int leftStart, int leftSize, byte[] bytes, int offset, int length) {
            if (length > leftSize) {
                return false;
            }
            int end = leftStart + leftSize;
            return switch (operator) {
                case STARTS_WITH -> Arrays.equals(left, leftStart, leftStart + length, bytes, offset, offset + length);
                case ENDS_WITH -> Arrays.equals(left, end - length, end, bytes, offset, offset + length);
                default -> {
                    boolean found = false;
                    for (int i = leftStart; i <= end - length && !found; i++) {
                        found = left[i] == bytes[offset]
                                && Arrays.equals(left, i, i + length, bytes, offset, offset + length);
                    }
                    yield found;
                }
            };
        }
    }
}
