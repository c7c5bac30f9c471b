package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.Arrays;

/// The arguments of a program that was started, from `a0=`, `a1_len=`, `a1[0]=`, `a1[1]=` … of one or several records.
/// Values stay where they are in the arena of the event.
///
/// Thread-safety: one thread.
final class AuditdArguments {
    /// The arguments that one `execve` may have.
    private static final int MAXIMUM_ARGUMENTS = 65_536;
    /// Digits of the number of an argument, and of one with the letter before it.
    private static final int LONGEST_INDEX = 5;
    /// Characters of `[1234]`.
    private static final int LONGEST_PIECE = 6;
    private static final byte[] LENGTH = {'_', 'l', 'e', 'n'};
    private static final long EMPTY = 0;
    private static final int FIRST_CAPACITY = 64;

    /// Number of the argument, of its piece, and of the entry, so that sorting brings them in order and the entry that
    /// came last behind those it replaces. A length is piece 0, the first piece is 1.
    private long[] order = new long[FIRST_CAPACITY];
    /// The value of an entry: a span, or a length.
    private long[] entries = new long[FIRST_CAPACITY];
    /// The entry was not between quotes and holds hexadecimal digits only.
    private boolean[] hexadecimal = new boolean[FIRST_CAPACITY];

    private int size;
    private boolean sorted;
    private int announced;
    private long[] values = new long[FIRST_CAPACITY];
    private int count;
    private final StringBuilder missing = new StringBuilder();

    void clear() {
        size = 0;
        sorted = true;
        announced = -1;
        count = 0;
        missing.setLength(0);
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// Takes a pair of an EXECVE record; false when it is no argument.
    boolean add(byte[] text, int key, int keyEnd, int from, int to, boolean quoted) {
        if (text[key] != 'a') {
            return false;
        }
        if (keyEnd - key == 4 && text[key + 1] == 'r' && text[key + 2] == 'g' && text[key + 3] == 'c') {
            int end = Math.min(to, from + LONGEST_INDEX + 1);
            announced = ByteScan.digits(text, from, end, LONGEST_INDEX + 1) == end - from
                    ? ByteScan.number(text, from, end, LONGEST_INDEX + 1)
                    : -1;
            return false;
        }
        int digits = ByteScan.digits(text, key + 1, keyEnd, LONGEST_INDEX + 1);
        if (digits == 0 || digits > LONGEST_INDEX) {
            return false;
        }
        int index = ByteScan.number(text, key + 1, keyEnd, LONGEST_INDEX);
        int rest = key + 1 + digits;
        boolean isLength = ByteScan.equal(text, rest, keyEnd, LENGTH);
        int piece = 0;
        if (!isLength && rest < keyEnd) {
            if (text[rest] != '[' || text[keyEnd - 1] != ']' || keyEnd - rest > LONGEST_PIECE) {
                return false;
            }
            piece = (int) number(text, rest + 1, keyEnd - 1);
        }
        if (index >= MAXIMUM_ARGUMENTS) {
            return true;
        }
        if (isLength) {
            add(index, 0, number(text, from, Math.min(to, from + 9)), false);
        } else {
            add(index, piece + 1, Conversion.span(from, to - from), !quoted && AuditdText.isHex(text, from, to));
        }
        return true;
    }

    private void add(int index, int piece, long value, boolean hex) {
        if (size == order.length) {
            order = Arrays.copyOf(order, size * 2);
            entries = Arrays.copyOf(entries, size * 2);
            hexadecimal = Arrays.copyOf(hexadecimal, size * 2);
        }
        long place = (long) index << 46 | (long) piece << 32 | size;
        sorted &= size == 0 || order[size - 1] < place;
        order[size] = place;
        entries[size] = value;
        hexadecimal[size++] = hex;
    }

    /// A number of digits only, else 0.
    private static long number(byte[] text, int from, int to) {
        return ByteScan.digits(text, from, to, to - from) == to - from
                ? Math.max(0, ByteScan.number(text, from, to, to - from))
                : 0;
    }

    /// Puts the arguments together: [#values()] and [#count()], and what is [#missing()], which are empty ones.
    void join(EventBuilder event) {
        if (!sorted) {
            Arrays.sort(order, 0, size);
            sorted = true;
        }
        int at = 0;
        while (at < size) {
            int index = index(at);
            while (count < index) {
                missing(count, -1);
                value(EMPTY);
            }
            int end = at + 1;
            while (end < size && index(end) == index) {
                end++;
            }
            value(argument(event, index, at, end));
            at = end;
        }
        if (count < Math.min(MAXIMUM_ARGUMENTS, announced)) {
            missing(count, -1);
        }
    }

    private int index(int at) {
        return (int) (order[at] >>> 46);
    }

    private int piece(int at) {
        return (int) (order[at] >>> 32 & 0x3FFF) - 1;
    }

    /// Puts one argument together from its entries in [#order].
    private long argument(EventBuilder event, int index, int from, int to) {
        int expected = 0;
        long length = -1;
        boolean hex = false;
        int pieces = 0;
        long joined = EMPTY;
        for (int at = from; at < to; at++) {
            int entry = (int) order[at];
            if (at + 1 < to && piece(at + 1) == piece(at)) {
                hex |= hexadecimal[entry];
                continue;
            }
            if (piece(at) < 0) {
                length = entries[entry];
                continue;
            }
            if (piece(at) != expected) {
                missing(index, expected);
            }
            expected = piece(at) + 1;
            hex |= hexadecimal[entry];
            joined = pieces++ == 0 ? entries[entry] : joined(event, joined, entries[entry], pieces == 2);
        }
        int offset = EventBatch.spanOffset(joined);
        int end = offset + EventBatch.spanLength(joined);
        if (length > end - offset) {
            missing(index, expected);
        }
        long decoded = hex ? AuditdText.decodeHex(event, offset, end) : AuditdText.NOT_HEX;
        if (decoded != AuditdText.NOT_HEX) {
            offset = EventBatch.spanOffset(decoded);
            end = offset + EventBatch.spanLength(decoded);
        }
        return AuditdText.printable(event, offset, end);
    }

    /// Writes a piece behind those that were joined, which are copied to the end of the arena before the first one.
    private static long joined(EventBuilder event, long before, long piece, boolean first) {
        int length = EventBatch.spanLength(before);
        int start = first
                ? event.append(event.arena(), EventBatch.spanOffset(before), length)
                : EventBatch.spanOffset(before);
        event.append(event.arena(), EventBatch.spanOffset(piece), EventBatch.spanLength(piece));
        return Conversion.span(start, length + EventBatch.spanLength(piece));
    }

    private void value(long span) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = span;
    }

    /// @param piece -1 when the whole argument is missing
    private void missing(int index, int piece) {
        if (!missing.isEmpty()) {
            missing.append(',');
        }
        missing.append(index);
        if (piece >= 0) {
            missing.append('[').append(piece).append(']');
        }
    }

    /// Spans of the arguments in order, the first [#count()] of them.
    long[] values() {
        return values;
    }

    int count() {
        return count;
    }

    /// Places of missing arguments and pieces, with commas.
    String missing() {
        return missing.toString();
    }
}
