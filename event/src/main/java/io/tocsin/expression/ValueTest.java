package io.tocsin.expression;

import java.nio.charset.StandardCharsets;

/// Decides about one value that is not empty. Numbers go as text unless a test knows better.
///
/// Thread-safety: one thread, because of the buffers.
abstract class ValueTest {
    final Scratch scratch;

    ValueTest(Scratch scratch) {
        this.scratch = scratch;
    }

    /// @param length from 1
    abstract boolean text(byte[] bytes, int offset, int length);

    boolean integer(long value) {
        int start = scratch.decimal(value);
        return text(scratch.text(), start, scratch.text().length - start);
    }

    boolean real(double value) {
        byte[] text = Double.toString(value).getBytes(StandardCharsets.ISO_8859_1);
        return text(text, 0, text.length);
    }

    /// Rough nanoseconds for one value; only the order matters.
    abstract int cost();
}
