package io.tocsin.expression;

/// Reads IPv4 and IPv6 addresses from text into 128 bits; IPv4 becomes IPv4-mapped IPv6. A zone behind `%` is
/// ignored.
///
/// Thread-safety: one thread; a reader is reused.
public final class AddressText {
    private static final long MAPPED = 0xffff_0000_0000L;
    private static final int LONGEST = 45 + 17;

    private final int[] groups = new int[8];
    private long high;
    private long low;
    private boolean ipv4;

    /// Reads an address; returns false and leaves the value undefined when the text is none.
    public boolean read(byte[] bytes, int offset, int length) {
        if (length < 2 || length > LONGEST) {
            return false;
        }
        int end = offset + length;
        boolean colon = false;
        for (int i = offset; i < end; i++) {
            if (bytes[i] == ':') {
                colon = true;
            } else if (bytes[i] == '%' && colon) {
                end = i;
            }
        }
        ipv4 = !colon;
        if (ipv4) {
            long value = ipv4(bytes, offset, end);
            high = 0;
            low = MAPPED | value;
            return value >= 0;
        }
        return ipv6(bytes, offset, end);
    }

    /// Upper half of the address.
    public long high() {
        return high;
    }

    /// Lower half of the address.
    public long low() {
        return low;
    }

    /// True when the text had the form of an IPv4 address.
    public boolean isIpv4() {
        return ipv4;
    }

    /// The address, or -1. A part with a leading zero is refused: some read it as octal.
    private static long ipv4(byte[] bytes, int start, int end) {
        long value = 0;
        int parts = 0;
        int i = start;
        while (parts < 4) {
            int first = i;
            int part = 0;
            while (i < end && i - first < 3 && bytes[i] >= '0' && bytes[i] <= '9') {
                part = part * 10 + bytes[i] - '0';
                i++;
            }
            if (i == first || part > 255 || (bytes[first] == '0' && i - first > 1)) {
                return -1;
            }
            value = value << 8 | part;
            parts++;
            if (parts < 4 && (i >= end || bytes[i++] != '.')) {
                return -1;
            }
        }
        return i == end ? value : -1;
    }

    private boolean ipv6(byte[] bytes, int start, int end) {
        int count = 0;
        int gap = -1;
        int i = start;
        if (end - start >= 2 && bytes[i] == ':' && bytes[i + 1] == ':') {
            gap = 0;
            i += 2;
        }
        while (i < end) {
            if (count == 8) {
                return false;
            }
            int first = i;
            int value = 0;
            while (i < end && i - first < 4 && Character.digit(bytes[i], 16) >= 0) {
                value = value << 4 | Character.digit(bytes[i], 16);
                i++;
            }
            if (i < end && bytes[i] == '.') {
                long tail = count <= 6 ? ipv4(bytes, first, end) : -1;
                if (tail < 0) {
                    return false;
                }
                groups[count++] = (int) (tail >>> 16);
                groups[count++] = (int) (tail & 0xffff);
                i = end;
                break;
            }
            if (i == first) {
                return false;
            }
            groups[count++] = value;
            if (i == end) {
                break;
            }
            if (bytes[i++] != ':' || i == end) {
                return false;
            }
            if (bytes[i] == ':') {
                if (gap >= 0) {
                    return false;
                }
                gap = count;
                i++;
            }
        }
        if (gap < 0 ? count != 8 : count > 7) {
            return false;
        }
        long upper = 0;
        long lower = 0;
        for (int group = 0; group < 8; group++) {
            int value = group(group, count, gap);
            if (group < 4) {
                upper = upper << 16 | value;
            } else {
                lower = lower << 16 | value;
            }
        }
        high = upper;
        low = lower;
        return true;
    }

    private int group(int position, int count, int gap) {
        if (gap < 0 || position < gap) {
            return groups[position];
        }
        int skipped = 8 - count;
        return position < gap + skipped ? 0 : groups[position - skipped];
    }
}
