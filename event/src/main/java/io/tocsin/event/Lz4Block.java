package io.tocsin.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The LZ4 block format (lz4_Block_format.md, version 1.6): greedy compressor with one hash table, and a
/// decompressor that trusts nothing.
///
/// Pitfalls: the last five bytes of a block are always literals and the last match begins at least twelve bytes
/// before the end; other decoders rely on it.
///
/// Thread-safety: one thread (the hash table is reused).
final class Lz4Block {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int HASH_BITS = 13;
    private static final int MINIMUM_MATCH = 4;
    private static final int LAST_LITERALS = 5;
    private static final int MATCH_LIMIT = 12;
    private static final int MAXIMUM_DISTANCE = 65_535;
    /// After 2^6 misses in a row the search begins to skip bytes, so that incompressible data costs little.
    private static final int SKIP_TRIGGER = 6;

    private final int[] table = new int[1 << HASH_BITS];

    /// The most bytes that compressing `length` bytes can give.
    static int maximumCompressedLength(int length) {
        return length + length / 255 + 16;
    }

    /// Compresses and returns the compressed length. `target` must have room for [#maximumCompressedLength].
    int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
        int end = offset + length;
        int anchor = offset;
        int out = targetOffset;
        if (length > MATCH_LIMIT) {
            Arrays.fill(table, Integer.MIN_VALUE / 2);
            int lastMatchStart = end - MATCH_LIMIT;
            int position = offset;
            table[hash((int) INT.get(source, position))] = position;
            position++;
            int misses = 1 << SKIP_TRIGGER;
            while (position <= lastMatchStart) {
                int sequence = (int) INT.get(source, position);
                int slot = hash(sequence);
                int candidate = table[slot];
                table[slot] = position;
                if (position - candidate > MAXIMUM_DISTANCE
                        || candidate < offset
                        || (int) INT.get(source, candidate) != sequence) {
                    position += misses++ >>> SKIP_TRIGGER;
                    continue;
                }
                misses = 1 << SKIP_TRIGGER;
                while (position > anchor && candidate > offset && source[position - 1] == source[candidate - 1]) {
                    position--;
                    candidate--;
                }
                int matchLength = MINIMUM_MATCH
                        + commonLength(
                                source, candidate + MINIMUM_MATCH, position + MINIMUM_MATCH, end - LAST_LITERALS);
                out = writeSequence(source, anchor, position - anchor, position - candidate, matchLength, target, out);
                position += matchLength;
                anchor = position;
                if (position <= lastMatchStart) {
                    table[hash((int) INT.get(source, position - 2))] = position - 2;
                }
            }
        }
        return writeLastLiterals(source, anchor, end - anchor, target, out) - targetOffset;
    }

    private static int hash(int sequence) {
        return (sequence * -1640531535) >>> (32 - HASH_BITS);
    }

    private static int commonLength(byte[] source, int left, int right, int limit) {
        int start = right;
        while (right + 8 <= limit) {
            long difference = (long) LONG.get(source, left) ^ (long) LONG.get(source, right);
            if (difference != 0) {
                return right - start + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
            left += 8;
            right += 8;
        }
        while (right < limit && source[left] == source[right]) {
            left++;
            right++;
        }
        return right - start;
    }

    private static int writeSequence(
            byte[] source, int literals, int literalLength, int distance, int matchLength, byte[] target, int out) {
        int extra = matchLength - MINIMUM_MATCH;
        int token = out++;
        target[token] = (byte) (Math.min(literalLength, 15) << 4 | Math.min(extra, 15));
        out = writeLength(literalLength, target, out);
        System.arraycopy(source, literals, target, out, literalLength);
        out += literalLength;
        target[out++] = (byte) distance;
        target[out++] = (byte) (distance >>> 8);
        return writeLength(extra, target, out);
    }

    private static int writeLastLiterals(byte[] source, int literals, int length, byte[] target, int out) {
        target[out++] = (byte) (Math.min(length, 15) << 4);
        out = writeLength(length, target, out);
        System.arraycopy(source, literals, target, out, length);
        return out + length;
    }

    private static int writeLength(int length, byte[] target, int out) {
        if (length >= 15) {
            int rest = length - 15;
            while (rest >= 255) {
                target[out++] = (byte) 255;
                rest -= 255;
            }
            target[out++] = (byte) rest;
        }
        return out;
    }

    /// Decompresses exactly `targetLength` bytes.
    ///
    /// @return false when the block is damaged; the target's content is then undefined, but nothing
    ///     outside its range was written
    static boolean decompress(
            byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength) {
        int in = offset;
        int inEnd = offset + length;
        int out = targetOffset;
        int outEnd = targetOffset + targetLength;
        while (in < inEnd) {
            int token = source[in++] & 0xFF;
            int literalLength = token >>> 4;
            if (literalLength == 15) {
                int next;
                do {
                    if (in >= inEnd) {
                        return false;
                    }
                    next = source[in++] & 0xFF;
                    literalLength += next;
                } while (next == 255 && literalLength <= targetLength);
            }
            if (literalLength > inEnd - in || literalLength > outEnd - out) {
                return false;
            }
            System.arraycopy(source, in, target, out, literalLength);
            in += literalLength;
            out += literalLength;
            if (in == inEnd) {
                return out == outEnd;
            }
            if (inEnd - in < 2) {
                return false;
            }
            int distance = (source[in] & 0xFF) | ((source[in + 1] & 0xFF) << 8);
            in += 2;
            int matchLength = (token & 15) + MINIMUM_MATCH;
            if ((token & 15) == 15) {
                int next;
                do {
                    if (in >= inEnd) {
                        return false;
                    }
                    next = source[in++] & 0xFF;
                    matchLength += next;
                } while (next == 255 && matchLength <= targetLength);
            }
            if (distance == 0 || distance > out - targetOffset || matchLength > outEnd - out) {
                return false;
            }
            copyMatch(target, out - distance, out, matchLength, outEnd);
            out += matchLength;
        }
        return false;
    }

    private static void copyMatch(byte[] target, int from, int to, int length, int limit) {
        if (to - from >= 8 && to + length + 8 <= limit) {
            // Eight bytes at a time; may write up to seven bytes past the match, which are overwritten later.
            for (int i = 0; i < length; i += 8) {
                LONG.set(target, to + i, (long) LONG.get(target, from + i));
            }
        } else if (to - from >= length) {
            System.arraycopy(target, from, target, to, length);
        } else {
            for (int i = 0; i < length; i++) {
                target[to + i] = target[from + i];
            }
        }
    }
}
