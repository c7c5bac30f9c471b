package io.tocsin.expression;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A set of networks that answers in logarithmic time whether an address, given as text, lies in one of them. IPv4
/// addresses are taken as IPv4-mapped IPv6 addresses, so both forms of an address are equal.
///
/// Thread-safety: one thread.
final class Subnets {
    /// First and last address of a network, 128 bits each, unsigned.
    record Range(long firstHigh, long firstLow, long lastHigh, long lastLow) {}

    private final long[] firstHigh;
    private final long[] firstLow;
    private final long[] lastHigh;
    private final long[] lastLow;
    private final AddressText address = new AddressText();

    private Subnets(List<Range> ranges) {
        firstHigh = ranges.stream().mapToLong(Range::firstHigh).toArray();
        firstLow = ranges.stream().mapToLong(Range::firstLow).toArray();
        lastHigh = ranges.stream().mapToLong(Range::lastHigh).toArray();
        lastLow = ranges.stream().mapToLong(Range::lastLow).toArray();
    }

    /// @param networks texts that [#parse] takes
    static Subnets of(List<String> networks) {
        List<Range> ranges = new ArrayList<>();
        for (String network : networks) {
            Range range = parse(network);
            if (range == null) {
                throw new IllegalArgumentException("not a network [value=" + network + "]");
            }
            ranges.add(range);
        }
        ranges.sort(Comparator.comparing((Range range) -> range, Subnets::compareFirst));
        List<Range> merged = new ArrayList<>();
        for (Range range : ranges) {
            Range last = merged.isEmpty() ? null : merged.getLast();
            if (last == null || compare(range.firstHigh, range.firstLow, last.lastHigh, last.lastLow) > 0) {
                merged.add(range);
            } else if (compare(range.lastHigh, range.lastLow, last.lastHigh, last.lastLow) > 0) {
                merged.set(merged.size() - 1, new Range(last.firstHigh, last.firstLow, range.lastHigh, range.lastLow));
            }
        }
        return new Subnets(merged);
    }

    /// The network that the text means, `10.0.0.0/8` or a single address, or null. Bits behind the prefix are
    /// ignored.
    static @Nullable Range parse(String text) {
        int slash = text.indexOf('/');
        byte[] bytes = (slash < 0 ? text : text.substring(0, slash)).getBytes(StandardCharsets.UTF_8);
        AddressText address = new AddressText();
        if (!address.read(bytes, 0, bytes.length)) {
            return null;
        }
        int width = address.isIpv4() ? 32 : 128;
        int prefix = width;
        if (slash >= 0) {
            String digits = text.substring(slash + 1);
            if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return null;
            }
            prefix = Integer.parseInt(digits);
            if (prefix > width) {
                return null;
            }
        }
        int kept = 128 - width + prefix;
        long maskHigh = kept == 0 ? 0 : kept >= 64 ? -1L : -1L << (64 - kept);
        long maskLow = kept <= 64 ? 0 : -1L << (128 - kept);
        return new Range(
                address.high() & maskHigh,
                address.low() & maskLow,
                address.high() | ~maskHigh,
                address.low() | ~maskLow);
    }

    /// True when the text is an address in one of the networks.
    boolean contains(byte[] bytes, int offset, int length) {
        if (!address.read(bytes, offset, length)) {
            return false;
        }
        long high = address.high();
        long low = address.low();
        int left = 0;
        int right = firstHigh.length - 1;
        while (left <= right) {
            int middle = (left + right) >>> 1;
            if (compare(high, low, firstHigh[middle], firstLow[middle]) < 0) {
                right = middle - 1;
            } else if (compare(high, low, lastHigh[middle], lastLow[middle]) > 0) {
                left = middle + 1;
            } else {
                return true;
            }
        }
        return false;
    }

    private static int compareFirst(Range left, Range right) {
        return compare(left.firstHigh, left.firstLow, right.firstHigh, right.firstLow);
    }

    private static int compare(long leftHigh, long leftLow, long rightHigh, long rightLow) {
        int high = Long.compareUnsigned(leftHigh, rightHigh);
        return high != 0 ? high : Long.compareUnsigned(leftLow, rightLow);
    }
}
