package io.tocsin.pipeline.normalizer;

import java.util.List;

/// Beginnings of texts. Whether any of them can stand at the beginning of a text is seen from its first byte, so
/// that a text for which none is meant costs one look. Immutable.
final class PrefixSet {
    private final byte[][] prefixes;
    private final boolean[] firstBytes = new boolean[256];
    private final boolean takesAll;

    /// @param prefixes an empty one stands before every text
    PrefixSet(List<byte[]> prefixes) {
        this.prefixes = prefixes.toArray(byte[][]::new);
        boolean all = false;
        for (byte[] prefix : this.prefixes) {
            if (prefix.length == 0) {
                all = true;
            } else {
                firstBytes[prefix[0] & 0xFF] = true;
            }
        }
        takesAll = all;
    }

    /// True when one of the prefixes stands at `from`.
    boolean begins(byte[] text, int from, int to) {
        if (takesAll) {
            return true;
        }
        if (from >= to || !firstBytes[text[from] & 0xFF]) {
            return false;
        }
        for (byte[] prefix : prefixes) {
            if (ByteScan.startsWith(text, from, to, prefix)) {
                return true;
            }
        }
        return false;
    }
}
