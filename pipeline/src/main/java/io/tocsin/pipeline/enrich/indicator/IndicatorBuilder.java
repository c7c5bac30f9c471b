package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Collects the indicators of an [IndicatorIndex]. What stands in several lists is held for each of them.
///
/// Thread-safety: one thread.
public final class IndicatorBuilder {
    static final IndicatorKind[] KINDS = IndicatorKind.values();
    private static final int LONGEST_VALUE = 8192;
    private static final int LONGEST_REFERENCE = 1000;

    /// Odd and seeded; see [IndicatorIndex].
    final long multiplier = ThreadLocalRandom.current().nextLong() | 1 | 1L << 62;

    long[] slots = new long[64];
    byte[] values = new byte[1024];
    int valueLength;
    int[] valueAt = new int[33];
    byte[] kinds = new byte[32];
    byte[] confidences = new byte[32];
    int[] expiryMinutes = new int[32];
    int[] attributes = new int[32];
    int[] references = new int[32];
    byte[] referenceTexts = new byte[256];
    int referenceLength;
    int size;
    final List<IndicatorIndex.Attributes> attributeList = new ArrayList<>();
    private final Map<IndicatorIndex.Attributes, Integer> attributeNumbers = new HashMap<>();

    long[] networkHigh = new long[8];
    long[] networkLow = new long[8];
    int[] networkBits = new int[8];
    int[] networkEntry = new int[8];
    int networks;

    private final IndicatorText text = new IndicatorText();
    private int inTable;
    private long refused;

    /// Indicators so far.
    public int size() {
        return size;
    }

    /// Rows whose value is none of the kinds.
    public long refused() {
        return refused;
    }

    /// Adds an indicator; false when its value is not of its kind.
    public boolean add(Indicator indicator) {
        String value = refanged(indicator.value().strip());
        byte[] bytes = value.getBytes(UTF_8);
        if (bytes.length == 0 || bytes.length > LONGEST_VALUE || !add(indicator, value, bytes)) {
            refused++;
            return false;
        }
        return true;
    }

    private boolean add(Indicator indicator, String value, byte[] bytes) {
        IndicatorKind kind = indicator.kind() == null ? kindOf(value, bytes) : indicator.kind();
        if (kind == null) {
            return false;
        }
        return switch (kind) {
            case ADDRESS, NETWORK ->
                value.indexOf('/') >= 0
                        ? network(indicator, value)
                        : text.address(bytes, 0, bytes.length) && single(indicator, IndicatorKind.ADDRESS);
            case DOMAIN -> {
                // What looks up a text takes it for what it looks like, so that a name like these would never be found.
                if (text.address(bytes, 0, bytes.length)) {
                    yield single(indicator, IndicatorKind.ADDRESS);
                }
                if (text.hash(bytes, 0, bytes.length)) {
                    yield false;
                }
                int from = value.startsWith("*.") ? 2 : value.startsWith(".") ? 1 : 0;
                yield text.domain(bytes, from, bytes.length - from) && single(indicator, kind);
            }
            case URL -> text.url(bytes, 0, bytes.length) && single(indicator, kind);
            case HASH -> text.hash(bytes, 0, bytes.length) && single(indicator, kind);
        };
    }

    private @Nullable IndicatorKind kindOf(String value, byte[] bytes) {
        if (text.address(bytes, 0, bytes.length)) {
            return IndicatorKind.ADDRESS;
        }
        if (text.hash(bytes, 0, bytes.length)) {
            return IndicatorKind.HASH;
        }
        int slash = value.indexOf('/');
        if (slash > 0
                && text.address(bytes, 0, value.substring(0, slash).getBytes(UTF_8).length)
                && value.substring(slash + 1).chars().allMatch(Character::isDigit)) {
            return IndicatorKind.NETWORK;
        }
        if (slash >= 0) {
            return IndicatorKind.URL;
        }
        return value.indexOf('.') > 0 || value.startsWith("*.") ? IndicatorKind.DOMAIN : null;
    }

    private static String refanged(String value) {
        if (value.indexOf('[') < 0 && value.indexOf('(') < 0 && !value.regionMatches(true, 0, "hxxp", 0, 4)) {
            return value;
        }
        String plain = value.replace("[.]", ".")
                .replace("(.)", ".")
                .replace("[:]", ":")
                .replace("[://]", "://");
        return plain.regionMatches(true, 0, "hxxp", 0, 4) ? "http" + plain.substring(4) : plain;
    }

    private boolean network(Indicator indicator, String value) {
        int slash = value.indexOf('/');
        byte[] base = value.substring(0, slash).getBytes(UTF_8);
        String digits = value.substring(slash + 1);
        if (!text.address(base, 0, base.length)
                || digits.isEmpty()
                || digits.length() > 3
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return false;
        }
        int prefix = Integer.parseInt(digits);
        int width = value.indexOf(':') < 0 ? 32 : 128;
        if (prefix > width) {
            return false;
        }
        int bits = 128 - width + prefix;
        if (bits == 128) {
            return single(indicator, IndicatorKind.ADDRESS);
        }
        if (networks == networkBits.length) {
            networkHigh = Arrays.copyOf(networkHigh, networks * 2);
            networkLow = Arrays.copyOf(networkLow, networks * 2);
            networkBits = Arrays.copyOf(networkBits, networks * 2);
            networkEntry = Arrays.copyOf(networkEntry, networks * 2);
        }
        networkHigh[networks] = text.addressHigh() & NetworkOrder.maskHigh(bits);
        networkLow[networks] = text.addressLow() & NetworkOrder.maskLow(bits);
        networkBits[networks] = bits;
        byte[] written = value.getBytes(UTF_8);
        networkEntry[networks] = entry(indicator, IndicatorKind.NETWORK, written, written.length);
        networks++;
        return true;
    }

    private boolean single(Indicator indicator, IndicatorKind kind) {
        int entry = entry(indicator, kind, text.bytes(), text.length());
        if (++inTable * 3L > slots.length * 2L) {
            grow();
        }
        insert(slots, entry);
        return true;
    }

    private int entry(Indicator indicator, IndicatorKind kind, byte[] value, int length) {
        if (size == kinds.length) {
            int capacity = size * 2;
            valueAt = Arrays.copyOf(valueAt, capacity + 1);
            kinds = Arrays.copyOf(kinds, capacity);
            confidences = Arrays.copyOf(confidences, capacity);
            expiryMinutes = Arrays.copyOf(expiryMinutes, capacity);
            attributes = Arrays.copyOf(attributes, capacity);
            references = Arrays.copyOf(references, capacity);
        }
        if (valueLength + length > values.length) {
            values = Arrays.copyOf(values, Math.max(Math.addExact(valueLength, length), grown(values.length)));
        }
        System.arraycopy(value, 0, values, valueLength, length);
        valueLength += length;
        valueAt[size + 1] = valueLength;
        kinds[size] = (byte) kind.ordinal();
        confidences[size] = (byte) Math.clamp(indicator.confidence(), -1, 100);
        expiryMinutes[size] = (int) Math.min(Integer.MAX_VALUE, Math.max(0, indicator.expiresAtMillis()) / 60_000);
        attributes[size] = attributes(indicator);
        references[size] = reference(indicator.reference());
        return size++;
    }

    private static int grown(int length) {
        return (int) Math.min(Integer.MAX_VALUE - 64, length * 2L);
    }

    private int attributes(Indicator indicator) {
        IndicatorIndex.Attributes shared = new IndicatorIndex.Attributes(indicator.list(), indicator.category());
        return attributeNumbers.computeIfAbsent(shared, one -> {
            attributeList.add(one);
            return attributeList.size() - 1;
        });
    }

    private int reference(String reference) {
        if (reference.isEmpty()) {
            return -1;
        }
        byte[] bytes = (reference.length() > LONGEST_REFERENCE ? reference.substring(0, LONGEST_REFERENCE) : reference)
                .getBytes(UTF_8);
        int needed = Math.addExact(referenceLength, bytes.length + 2);
        if (needed > referenceTexts.length) {
            referenceTexts = Arrays.copyOf(referenceTexts, Math.max(needed, grown(referenceTexts.length)));
        }
        int at = referenceLength;
        referenceTexts[at] = (byte) (bytes.length >>> 8);
        referenceTexts[at + 1] = (byte) bytes.length;
        System.arraycopy(bytes, 0, referenceTexts, at + 2, bytes.length);
        referenceLength = needed;
        return at;
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        for (int entry = 0; entry < size - 1; entry++) {
            if (kinds[entry] != IndicatorKind.NETWORK.ordinal()) {
                insert(larger, entry);
            }
        }
        slots = larger;
    }

    private void insert(long[] table, int entry) {
        int mask = table.length - 1;
        long finished = IndicatorIndex.finish(
                IndicatorIndex.hash(0, values, valueAt[entry], valueAt[entry + 1], multiplier), KINDS[kinds[entry]]);
        int slot = IndicatorIndex.slot(finished, mask);
        while (table[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        table[slot] = IndicatorIndex.packed(finished, entry);
    }

    /// The index; the builder must not be used any more.
    public IndicatorIndex build() {
        return new IndicatorIndex(this);
    }
}
