package io.tocsin.pipeline.normalizer;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Reads numbers that are more than a run of digits.
final class Numbers {
    private static final double[] POWERS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    private static final long EXACT = 1L << 53;
    private static final int LONGEST = 64;

    private static final KeyTable<Integer> DIRECTIONS = new KeyTable<>(Map.ofEntries(
            Map.entry("0", 0),
            Map.entry("in", 0),
            Map.entry("inbound", 0),
            Map.entry("incoming", 0),
            Map.entry("ingress", 0),
            Map.entry("Inbound", 0),
            Map.entry("INBOUND", 0),
            Map.entry("IN", 0),
            Map.entry("1", 1),
            Map.entry("out", 1),
            Map.entry("outbound", 1),
            Map.entry("outgoing", 1),
            Map.entry("egress", 1),
            Map.entry("Outbound", 1),
            Map.entry("OUTBOUND", 1),
            Map.entry("OUT", 1)));

    private Numbers() {}

    /// A number with fraction or exponent, or NaN when the range holds none. Decimal numbers of up to fifteen digits
    /// are read without an object.
    static double fraction(byte[] bytes, int from, int to) {
        if (to - from > LONGEST || from == to) {
            return Double.NaN;
        }
        int i = from;
        boolean negative = bytes[i] == '-';
        if (negative || bytes[i] == '+') {
            i++;
        }
        long mantissa = 0;
        int digits = 0;
        int decimals = -1;
        for (; i < to; i++) {
            byte next = bytes[i];
            if (next == '.' && decimals < 0) {
                decimals = digits;
            } else if (ByteScan.isDigit(next) && digits < 18) {
                mantissa = mantissa * 10 + next - '0';
                digits++;
            } else {
                return general(bytes, from, to);
            }
        }
        int power = decimals < 0 ? 0 : digits - decimals;
        if (digits == 0 || mantissa > EXACT || power >= POWERS.length) {
            return general(bytes, from, to);
        }
        double value = mantissa / POWERS[power];
        return negative ? -value : value;
    }

    private static double general(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte next = bytes[i];
            boolean part = ByteScan.isDigit(next) || next == '.' || next == '-' || next == '+' || (next | 0x20) == 'e';
            if (!part) {
                return Double.NaN;
            }
        }
        try {
            double value = Double.parseDouble(new String(bytes, from, to - from, StandardCharsets.US_ASCII));
            return Double.isFinite(value) ? value : Double.NaN;
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
    }

    /// A whole number written with surrounding spaces, as a fraction (`12.0`), with an exponent (`1e3`) or as
    /// hexadecimal (`0x1F`); [ByteScan#NO_NUMBER] for anything else.
    static long whole(byte[] bytes, int from, int to) {
        int start = ByteScan.skipSpaces(bytes, from, to);
        int end = ByteScan.trimEnd(bytes, start, to);
        if (start > from || end < to) {
            long value = ByteScan.integer(bytes, start, end);
            if (value != ByteScan.NO_NUMBER) {
                return value;
            }
        }
        if (end - start > 2 && end - start <= 17 && bytes[start] == '0' && (bytes[start + 1] | 0x20) == 'x') {
            return hexadecimal(bytes, start + 2, end);
        }
        double value = fraction(bytes, start, end);
        return value == Math.rint(value) && Math.abs(value) <= EXACT ? (long) value : ByteScan.NO_NUMBER;
    }

    private static long hexadecimal(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0) {
                return ByteScan.NO_NUMBER;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /// 0 for inbound, 1 for outbound in the words that sources use; -1 for anything else.
    static int direction(byte[] bytes, int from, int to) {
        Integer known = DIRECTIONS.find(bytes, from, to - from);
        return known == null ? -1 : known;
    }
}
