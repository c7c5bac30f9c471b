package io.tocsin.pipeline.aggregate;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The values of the identical fields of an event one behind the other, as the key of its group.
///
/// Thread-safety: one thread; a copy does not change.
final class KeyBytes {
    private byte[] bytes = new byte[64];
    private int length;

    void clear() {
        length = 0;
    }

    void add(byte[] source, int offset, int size) {
        addNumber(size);
        reserve(size);
        System.arraycopy(source, offset, bytes, length, size);
        length += size;
    }

    void addNumber(long number) {
        reserve(Long.BYTES);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (number >>> shift);
        }
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    KeyBytes copy() {
        return of(Arrays.copyOf(bytes, length));
    }

    static KeyBytes of(byte[] bytes) {
        KeyBytes key = new KeyBytes();
        key.bytes = bytes;
        key.length = bytes.length;
        return key;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyBytes key && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }
}
