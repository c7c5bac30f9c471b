package io.tocsin.pipeline.normalizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Finds and reads things in byte arrays, eight bytes at a time where it pays. A range is `from` (inclusive) to `to`
/// (exclusive).
final class ByteScan {
    /// What [#integer] answers for text that is no 64-bit number.
    static final long NO_NUMBER = Long.MIN_VALUE;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;

    private ByteScan() {}

    /// The eight bytes at `offset`, the first one lowest. The caller has checked the bounds.
    static long eight(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset);
    }

    /// Up to eight bytes at `offset`, the first one lowest, the rest zero.
    static long upToEight(byte[] bytes, int offset, int length) {
        if (offset + 8 <= bytes.length) {
            return length >= 8 ? eight(bytes, offset) : eight(bytes, offset) & (1L << (length << 3)) - 1;
        }
        long value = 0;
        for (int i = Math.min(length, 8) - 1; i >= 0; i--) {
            value = value << 8 | (bytes[offset + i] & 0xFF);
        }
        return value;
    }

    /// A word with the high bit of each byte set where `word` has a zero byte; exact up to the lowest one.
    static long zeroBytes(long word) {
        return (word - ONES) & ~word & HIGHS;
    }

    /// Eight copies of one byte.
    static long repeat(int value) {
        return (value & 0xFF) * ONES;
    }

    /// First position of `wanted`, or `to`.
    static int indexOf(byte[] bytes, int from, int to, int wanted) {
        long pattern = repeat(wanted);
        int i = from;
        for (int last = to - 8; i <= last; i += 8) {
            long found = zeroBytes(eight(bytes, i) ^ pattern);
            if (found != 0) {
                return i + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        for (; i < to; i++) {
            if (bytes[i] == (byte) wanted) {
                return i;
            }
        }
        return to;
    }

    /// Last position of `wanted`, or `from - 1`.
    static int lastIndexOf(byte[] bytes, int from, int to, int wanted) {
        long pattern = repeat(wanted);
        int i = to;
        for (int first = from + 8; i >= first; i -= 8) {
            long found = everyZeroByte(eight(bytes, i - 8) ^ pattern);
            if (found != 0) {
                return i - 1 - (Long.numberOfLeadingZeros(found) >>> 3);
            }
        }
        while (i > from) {
            i--;
            if (bytes[i] == (byte) wanted) {
                return i;
            }
        }
        return from - 1;
    }

    /// First position of either byte, or `to`.
    static int indexOfEither(byte[] bytes, int from, int to, int one, int other) {
        long firstPattern = repeat(one);
        long secondPattern = repeat(other);
        int i = from;
        for (int last = to - 8; i <= last; i += 8) {
            long word = eight(bytes, i);
            long found = zeroBytes(word ^ firstPattern) | zeroBytes(word ^ secondPattern);
            if (found != 0) {
                return i + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        for (; i < to; i++) {
            if (bytes[i] == (byte) one || bytes[i] == (byte) other) {
                return i;
            }
        }
        return to;
    }

    /// A word with the high bit of each byte set where `word` has a zero byte.
    private static long everyZeroByte(long word) {
        return ~(((word & ~HIGHS) + ~HIGHS) | word | ~HIGHS);
    }

    /// First position of `needle`, or -1. An empty needle is found at `from`.
    static int indexOf(byte[] bytes, int from, int to, byte[] needle) {
        if (needle.length == 0) {
            return from;
        }
        int last = to - needle.length;
        for (int i = from; i <= last; i++) {
            i = indexOf(bytes, i, last + 1, needle[0]);
            if (i > last) {
                return -1;
            }
            if (Arrays.equals(bytes, i, i + needle.length, needle, 0, needle.length)) {
                return i;
            }
        }
        return -1;
    }

    /// Last position of `needle` at or before `start`, not before `from`, or -1.
    static int lastIndexOf(byte[] bytes, int from, int start, byte[] needle) {
        for (int i = start; i >= from; i--) {
            if (Arrays.equals(bytes, i, i + needle.length, needle, 0, needle.length)) {
                return i;
            }
        }
        return -1;
    }

    static boolean startsWith(byte[] bytes, int from, int to, byte[] prefix) {
        return to - from >= prefix.length && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
    }

    static boolean endsWith(byte[] bytes, int from, int to, byte[] suffix) {
        return to - from >= suffix.length && Arrays.equals(bytes, to - suffix.length, to, suffix, 0, suffix.length);
    }

    static boolean equal(byte[] bytes, int from, int to, byte[] other) {
        return Arrays.equals(bytes, from, to, other, 0, other.length);
    }

    /// Puts one byte in the place of another in the range.
    static void replace(byte[] bytes, int from, int to, byte wanted, byte replacement) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                bytes[i] = replacement;
            }
        }
    }

    static boolean isDigit(byte value) {
        return value >= '0' && value <= '9';
    }

    static boolean isLetter(byte value) {
        int lower = value | 0x20;
        return lower >= 'a' && lower <= 'z';
    }

    /// True for space, tab, carriage return and line feed.
    static boolean isSpace(byte value) {
        return value == ' ' || value == '\t' || value == '\r' || value == '\n';
    }

    static int skipSpaces(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && isSpace(bytes[i])) {
            i++;
        }
        return i;
    }

    /// End of the range without trailing spaces.
    static int trimEnd(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && isSpace(bytes[end - 1])) {
            end--;
        }
        return end;
    }

    /// A decimal number with an optional sign that fills the range, or [#NO_NUMBER].
    static long integer(byte[] bytes, int from, int to) {
        int i = from;
        boolean negative = false;
        if (i < to && (bytes[i] == '-' || bytes[i] == '+')) {
            negative = bytes[i] == '-';
            i++;
        }
        int digits = to - i;
        if (digits <= 0) {
            return NO_NUMBER;
        }
        if (digits > 18) {
            return longInteger(bytes, i, to, negative);
        }
        long value = 0;
        for (; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return NO_NUMBER;
            }
            value = value * 10 + digit;
        }
        return negative ? -value : value;
    }

    private static long longInteger(byte[] bytes, int from, int to, boolean negative) {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || value > Long.MAX_VALUE / 10) {
                return NO_NUMBER;
            }
            value = value * 10 + digit;
            if (value < 0) {
                return NO_NUMBER;
            }
        }
        return negative ? -value : value;
    }

    /// Up to `maximum` digits at `from` as a number; -1 when there is none. See [#digits].
    static int number(byte[] bytes, int from, int to, int maximum) {
        int end = Math.min(to, from + maximum);
        int value = 0;
        int i = from;
        while (i < end && isDigit(bytes[i])) {
            value = value * 10 + bytes[i++] - '0';
        }
        return i == from ? -1 : value;
    }

    /// Number of digits at `from`, at most `maximum`.
    static int digits(byte[] bytes, int from, int to, int maximum) {
        int end = Math.min(to, from + maximum);
        int i = from;
        while (i < end && isDigit(bytes[i])) {
            i++;
        }
        return i - from;
    }

    /// True when the range is an IPv4 address in dotted form or an IPv6 address.
    static boolean isAddress(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length < 2 || length > 45) {
            return false;
        }
        return indexOf(bytes, from, to, ':') < to ? isVersion6(bytes, from, to) : isVersion4(bytes, from, to);
    }

    private static boolean isVersion4(byte[] bytes, int from, int to) {
        int parts = 0;
        int i = from;
        while (true) {
            int digits = digits(bytes, i, to, 3);
            if (digits == 0 || number(bytes, i, to, 3) > 255) {
                return false;
            }
            i += digits;
            parts++;
            if (i == to) {
                return parts == 4;
            }
            if (parts == 4 || bytes[i++] != '.') {
                return false;
            }
        }
    }

    private static boolean isVersion6(byte[] bytes, int from, int end) {
        int to = indexOf(bytes, from, end, '%'); // a zone may follow
        int groups = 0;
        boolean compressed = false;
        int i = from;
        if (to - i >= 2 && bytes[i] == ':' && bytes[i + 1] == ':') {
            compressed = true;
            i += 2;
        }
        while (i < to) {
            int start = i;
            while (i < to && i - start < 5 && isHex(bytes[i])) {
                i++;
            }
            if (i < to && bytes[i] == '.') {
                groups += 2;
                return isVersion4(bytes, start, to) && (compressed ? groups < 8 : groups == 8);
            }
            if (i == start || i - start > 4) {
                return false;
            }
            groups++;
            if (i == to) {
                break;
            }
            if (bytes[i++] != ':') {
                return false;
            }
            if (i < to && bytes[i] == ':') {
                if (compressed) {
                    return false;
                }
                compressed = true;
                i++;
            } else if (i == to) {
                return false;
            }
        }
        return compressed ? groups < 8 : groups == 8;
    }

    private static boolean isHex(byte value) {
        int lower = value | 0x20;
        return isDigit(value) || (lower >= 'a' && lower <= 'f');
    }

    /// Number of code points in UTF-8 text; every byte that begins none counts for nothing.
    static int characters(byte[] bytes, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                count++;
            }
        }
        return count;
    }

    /// End of the first `count` characters of UTF-8 text.
    static int afterCharacters(byte[] bytes, int from, int to, int count) {
        int seen = 0;
        for (int i = from; i < to; i++) {
            if ((bytes[i] & 0xC0) != 0x80 && ++seen > count) {
                return i;
            }
        }
        return to;
    }
}
