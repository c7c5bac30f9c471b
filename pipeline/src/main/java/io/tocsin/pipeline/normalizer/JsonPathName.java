package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;
import java.util.Arrays;

/// The path of the object being read, as bytes with a dot behind each step.
///
/// Thread-safety: one thread.
final class JsonPathName {
    private byte[] bytes = new byte[256];
    private int length;

    void clear() {
        length = 0;
    }

    boolean isEmpty() {
        return length == 0;
    }

    int length() {
        return length;
    }

    /// The steps, each with a dot behind it; only the first [#length()] bytes have a meaning.
    byte[] bytes() {
        return bytes;
    }

    /// Adds a step and a dot; returns what [#pop] wants.
    int push(byte[] source, int offset, int stepLength) {
        int mark = length;
        if (length + stepLength + 1 > bytes.length) {
            bytes = Arrays.copyOf(bytes, (length + stepLength + 1) * 2);
        }
        System.arraycopy(source, offset, bytes, length, stepLength);
        length += stepLength;
        bytes[length++] = '.';
        return mark;
    }

    void pop(int mark) {
        length = mark;
    }

    /// Appends path and key to the arena; returns where they begin. Their length is [#length()] + `keyLength`.
    int append(EventBuilder event, int key, int keyLength) {
        int start = event.reserve(length + keyLength);
        byte[] arena = event.arena();
        System.arraycopy(bytes, 0, arena, start, length);
        System.arraycopy(arena, key, arena, start + length, keyLength);
        event.advance(length + keyLength);
        return start;
    }
}
