package io.tocsin.correlator.index;

/// Reads numbers from texts without making an object.
public final class Numbers {
    private static final int MAXIMUM_LENGTH = 32;

    private Numbers() {}

    /// The number of a text such as `-12`, `3.5` or `0x1f`, or NaN when it is none. Surrounding blanks are not part
    /// of a number.
    public static double parse(byte[] bytes, int offset, int length) {
        if (length == 0 || length > MAXIMUM_LENGTH) {
            return Double.NaN;
        }
        int end = offset + length;
        int at = offset;
        boolean negative = bytes[at] == '-';
        if (negative || bytes[at] == '+') {
            at++;
        }
        if (end - at > 2 && bytes[at] == '0' && (bytes[at + 1] | 0x20) == 'x') {
            double value = 0;
            for (int i = at + 2; i < end; i++) {
                int digit = Character.digit(bytes[i], 16);
                if (digit < 0) {
                    return Double.NaN;
                }
                value = value * 16 + digit;
            }
            return negative ? -value : value;
        }
        double value = 0;
        double scale = 0;
        boolean any = false;
        for (; at < end; at++) {
            byte each = bytes[at];
            if (each == '.' && scale == 0) {
                scale = 1;
            } else if (each >= '0' && each <= '9') {
                value = value * 10 + (each - '0');
                scale *= 10;
                any = true;
            } else {
                return Double.NaN;
            }
        }
        if (!any) {
            return Double.NaN;
        }
        double result = scale > 1 ? value / scale : value;
        return negative ? -result : result;
    }
}
