package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.pipeline.enrich.indicator.IndicatorIndex.Probe;
import java.util.Arrays;

/// Asks an index about texts and collects what matched. Finds out itself whether a text is an address, a digest, a
/// URL or a name; of a URL its host is looked up as well, of a name every parent domain with at least two labels.
///
/// Thread-safety: one thread.
public final class IndicatorMatcher {
    /// Most matches that are kept of one event.
    public static final int MAXIMUM_MATCHES = 64;

    private final IndicatorText text = new IndicatorText();
    private final IndicatorText host = new IndicatorText();
    private final Probe probe = new Probe();
    private final int[] matches = new int[MAXIMUM_MATCHES];
    private int count;
    private IndicatorIndex index = IndicatorIndex.EMPTY;
    private int nowMinutes;
    private int minimumConfidence;

    /// Forgets the matches and uses an index from now on.
    ///
    /// @param nowMillis indicators that have expired by then do not count
    /// @param confidence indicators of a lower one do not count; those without one do
    public void begin(IndicatorIndex now, long nowMillis, int confidence) {
        index = now;
        nowMinutes = (int) Math.min(Integer.MAX_VALUE, nowMillis / 60_000);
        minimumConfidence = confidence;
        count = 0;
    }

    public int count() {
        return count;
    }

    /// Entry of the index that matched.
    public int match(int number) {
        return matches[number];
    }

    /// Looks a text up, whatever it is.
    public void any(byte[] bytes, int offset, int length) {
        if (length < 3 || index.size() == 0) {
            return;
        }
        if (text.address(bytes, offset, length)) {
            address(text);
        } else if (text.hash(bytes, offset, length)) {
            single(IndicatorKind.HASH, text.bytes(), 0, text.length());
        } else if (hasDigests(bytes, offset, length)) {
            digests(bytes, offset, length);
        } else if (indexOf(bytes, offset, length, '/') >= 0) {
            url(bytes, offset, length);
        } else if (text.domain(bytes, offset, length)) {
            domain(text.bytes(), text.length());
        }
    }

    private void address(IndicatorText read) {
        single(IndicatorKind.ADDRESS, read.bytes(), 0, 16);
        long high = read.addressHigh();
        long low = read.addressLow();
        for (int network = index.networkBefore(high, low); network >= 0; network = index.networkAround(network)) {
            if (index.networkHolds(network, high, low)) {
                keep(index.networkEntry(network));
            }
        }
    }

    private void url(byte[] bytes, int offset, int length) {
        if ((bytes[offset] == '/' && bytes[offset + 1] != '/') || !text.url(bytes, offset, length)) {
            return;
        }
        single(IndicatorKind.URL, text.bytes(), 0, text.length());
        if (text.queryAt() >= 0) {
            single(IndicatorKind.URL, text.bytes(), 0, text.queryAt());
        }
        if (host.address(text.bytes(), 0, text.hostLength())) {
            address(host);
        } else {
            domain(text.bytes(), text.hostLength());
        }
    }

    /// Looks up a name and its parent domains; one pass from the end gives all hashes.
    private void domain(byte[] bytes, int length) {
        long hash = 0;
        int labels = 1;
        for (int i = length - 1; i >= 0; i--) {
            if (bytes[i] == '.') {
                if (labels > 1) {
                    found(IndicatorKind.DOMAIN, hash, bytes, i + 1, length);
                }
                labels++;
            }
            hash = (hash + (bytes[i] & 0xff) + 1) * index.multiplier();
        }
        found(IndicatorKind.DOMAIN, hash, bytes, 0, length);
    }

    /// True for texts such as `MD5=…,SHA256=…`.
    private static boolean hasDigests(byte[] bytes, int offset, int length) {
        return length > 34
                && (indexOf(bytes, offset, Math.min(length, 12), '=') > 0
                        || indexOf(bytes, offset, Math.min(length, 12), ':') > 0);
    }

    private void digests(byte[] bytes, int offset, int length) {
        int start = offset;
        boolean found = false;
        for (int i = offset; i <= offset + length; i++) {
            if (i == offset + length || Character.digit(bytes[i], 16) < 0) {
                if (text.hash(bytes, start, i - start)) {
                    found = true;
                    single(IndicatorKind.HASH, text.bytes(), 0, text.length());
                }
                start = i + 1;
            }
        }
        if (!found) {
            if (indexOf(bytes, offset, length, '/') >= 0) {
                url(bytes, offset, length);
            } else if (text.domain(bytes, offset, length)) {
                domain(text.bytes(), text.length());
            }
        }
    }

    private void single(IndicatorKind kind, byte[] bytes, int from, int to) {
        found(kind, IndicatorIndex.hash(0, bytes, from, to, index.multiplier()), bytes, from, to);
    }

    private void found(IndicatorKind kind, long hash, byte[] bytes, int from, int to) {
        long finished = IndicatorIndex.finish(hash, kind);
        int entry = index.probe(finished, index.firstSlot(finished), kind, bytes, from, to, probe);
        while (entry >= 0) {
            keep(entry);
            entry = index.probe(finished, probe.next, kind, bytes, from, to, probe);
        }
    }

    private void keep(int entry) {
        int confidence = index.confidence(entry);
        if (index.expiryMinutes(entry) <= nowMinutes
                || (confidence >= 0 && confidence < minimumConfidence)
                || count == MAXIMUM_MATCHES
                || Arrays.stream(matches, 0, count).anyMatch(known -> known == entry)) {
            return;
        }
        matches[count++] = entry;
    }

    private static int indexOf(byte[] bytes, int offset, int length, char wanted) {
        for (int i = 0; i < length; i++) {
            if (bytes[offset + i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
