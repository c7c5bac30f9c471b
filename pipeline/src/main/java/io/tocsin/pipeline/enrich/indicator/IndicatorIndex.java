package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// All indicators of some lists, found in one probe each. Held in a few arrays, so that a million of them takes tens
/// of megabytes and no work of the garbage collector.
///
/// Addresses, names, URLs and digests stand in one open-addressing table. Its hash runs from the last byte to the
/// first, so that one pass over a name gives the hash of every parent domain. A slot holds 32 bits of the hash beside
/// the number of the entry: what is not in the index costs one look into memory. The hash is seeded anew for each
/// index; texts of events cannot be made to collide.
///
/// Networks are sorted by their first address; as they only nest, the innermost one is found by binary search and the
/// others over it by links.
///
/// Immutable; any thread.
public final class IndicatorIndex {
    /// An index without indicators.
    public static final IndicatorIndex EMPTY = new IndicatorBuilder().build();

    private final long multiplier;
    private final long[] slots;
    private final byte[] values;
    private final int[] valueAt;
    private final byte[] kinds;
    private final byte[] confidences;
    private final int[] expiryMinutes;
    private final int[] attributes;
    private final int[] references;
    private final byte[] referenceTexts;
    private final List<Attributes> attributeList;
    private final long[] firstHigh;
    private final long[] firstLow;
    private final long[] lastHigh;
    private final long[] lastLow;
    private final int[] networkEntry;
    private final int[] networkParent;

    /// What many indicators share.
    record Attributes(String list, String category) {}

    IndicatorIndex(IndicatorBuilder from) {
        multiplier = from.multiplier;
        slots = from.slots;
        values = Arrays.copyOf(from.values, from.valueLength);
        valueAt = Arrays.copyOf(from.valueAt, from.size + 1);
        kinds = Arrays.copyOf(from.kinds, from.size);
        confidences = Arrays.copyOf(from.confidences, from.size);
        expiryMinutes = Arrays.copyOf(from.expiryMinutes, from.size);
        attributes = Arrays.copyOf(from.attributes, from.size);
        references = Arrays.copyOf(from.references, from.size);
        referenceTexts = Arrays.copyOf(from.referenceTexts, from.referenceLength);
        attributeList = List.copyOf(from.attributeList);
        NetworkOrder networks = NetworkOrder.of(from);
        firstHigh = networks.firstHigh();
        firstLow = networks.firstLow();
        lastHigh = networks.lastHigh();
        lastLow = networks.lastLow();
        networkEntry = networks.entry();
        networkParent = networks.parent();
    }

    /// Number of indicators.
    public int size() {
        return kinds.length;
    }

    /// Bytes of memory that the index takes.
    public long bytes() {
        return slots.length * 8L
                + values.length
                + valueAt.length * 4L
                + kinds.length * 2L
                + expiryMinutes.length * 12L
                + referenceTexts.length
                + firstHigh.length * 40L;
    }

    /// Hash of bytes from the last to the first, continued from the hash of what is behind them.
    static long hash(long behind, byte[] bytes, int from, int to, long multiplier) {
        long hash = behind;
        for (int i = to - 1; i >= from; i--) {
            hash = (hash + (bytes[i] & 0xff) + 1) * multiplier;
        }
        return hash;
    }

    static long finish(long hash, IndicatorKind kind) {
        long mixed = (hash ^ (hash >>> 32)) * 0x9e3779b97f4a7c15L + kind.ordinal();
        return mixed ^ (mixed >>> 29);
    }

    long multiplier() {
        return multiplier;
    }

    /// Slot where a search for a finished hash begins.
    static int slot(long finished, int mask) {
        return (int) (finished >>> 32) & mask;
    }

    /// What a slot of an entry holds.
    static long packed(long finished, int entry) {
        return (finished & 0xffff_ffffL) << 32 | (entry + 1);
    }

    /// Next entry with this key, or -1; `state` is -1 at first and moves on.
    ///
    /// @param finished hash of kind and key
    /// @param position slot to begin with: that of the hash, later one behind the last
    int probe(long finished, int position, IndicatorKind kind, byte[] bytes, int from, int to, Probe probe) {
        int mask = slots.length - 1;
        int at = position & mask;
        long tag = finished & 0xffff_ffffL;
        while (true) {
            long slot = slots[at];
            if (slot == 0) {
                return -1;
            }
            if (slot >>> 32 == tag) {
                int entry = (int) slot - 1;
                if (kinds[entry] == kind.ordinal()
                        && Arrays.equals(values, valueAt[entry], valueAt[entry + 1], bytes, from, to)) {
                    probe.next = at + 1;
                    return entry;
                }
            }
            at = (at + 1) & mask;
        }
    }

    int firstSlot(long finished) {
        return slot(finished, slots.length - 1);
    }

    /// Where a search goes on.
    ///
    /// Thread-safety: one thread.
    static final class Probe {
        int next;
    }

    /// The innermost network that may hold an address, as a number of [#networkHolds]; -1 when there is none.
    int networkBefore(long high, long low) {
        int left = 0;
        int right = firstHigh.length - 1;
        while (left <= right) {
            int middle = (left + right) >>> 1;
            if (compare(firstHigh[middle], firstLow[middle], high, low) <= 0) {
                left = middle + 1;
            } else {
                right = middle - 1;
            }
        }
        return right;
    }

    boolean networkHolds(int network, long high, long low) {
        return compare(high, low, lastHigh[network], lastLow[network]) <= 0;
    }

    /// The network around this one, or -1.
    int networkAround(int network) {
        return networkParent[network];
    }

    int networkEntry(int network) {
        return networkEntry[network];
    }

    static int compare(long leftHigh, long leftLow, long rightHigh, long rightLow) {
        int high = Long.compareUnsigned(leftHigh, rightHigh);
        return high != 0 ? high : Long.compareUnsigned(leftLow, rightLow);
    }

    public IndicatorKind kind(int entry) {
        return IndicatorBuilder.KINDS[kinds[entry]];
    }

    /// 0 to 100, or -1 when the list does not say.
    public int confidence(int entry) {
        return confidences[entry];
    }

    /// Minutes since the epoch, `Integer.MAX_VALUE` for never.
    public int expiryMinutes(int entry) {
        return expiryMinutes[entry];
    }

    public String list(int entry) {
        return attributeList.get(attributes[entry]).list();
    }

    /// What the indicator stands for; may be empty.
    public String category(int entry) {
        return attributeList.get(attributes[entry]).category();
    }

    /// Identifier or name of the indicator in its list; may be empty.
    public String reference(int entry) {
        int at = references[entry];
        if (at < 0) {
            return "";
        }
        int length = (referenceTexts[at] & 0xff) << 8 | (referenceTexts[at + 1] & 0xff);
        return new String(referenceTexts, at + 2, length, UTF_8);
    }

    /// The indicator as text. Allocates.
    public String value(int entry) {
        int from = valueAt[entry];
        int to = valueAt[entry + 1];
        return switch (kind(entry)) {
            case HASH -> HexFormat.of().formatHex(values, from, to);
            case ADDRESS -> {
                try {
                    yield InetAddress.getByAddress(Arrays.copyOfRange(values, from, to))
                            .getHostAddress();
                } catch (UnknownHostException e) {
                    throw new IllegalStateException("an address has a wrong length [bytes=" + (to - from) + "]", e);
                }
            }
            case NETWORK, DOMAIN, URL -> new String(values, from, to - from, UTF_8);
        };
    }
}
