package io.tocsin.expression;

import io.tocsin.event.Event;
import java.nio.charset.StandardCharsets;

/// Buffers that the parts of one compiled condition share while they look at one value.
///
/// Thread-safety: one thread.
final class Scratch {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LOWEST = "-9223372036854775808".getBytes(StandardCharsets.US_ASCII);

    final CaseFolding folding = new CaseFolding();
    final CaseFolding otherFolding = new CaseFolding();
    final NumberText number = new NumberText();
    private final byte[] text = new byte[40];

    /// The bytes of the last text that was written here.
    byte[] text() {
        return text;
    }

    /// Writes a number in decimal to the end of [#text()] and returns where it begins; it ends with the buffer.
    int decimal(long value) {
        int at = text.length;
        if (value == Long.MIN_VALUE) {
            at -= LOWEST.length;
            System.arraycopy(LOWEST, 0, text, at, LOWEST.length);
            return at;
        }
        long rest = Math.abs(value);
        do {
            text[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        if (value < 0) {
            text[--at] = '-';
        }
        return at;
    }

    /// Writes the identifier of an event, 36 characters, to the start of [#text()].
    void identifier(Event event) {
        int at = 0;
        for (int i = 0; i < 32; i++) {
            if (i == 8 || i == 12 || i == 16 || i == 20) {
                text[at++] = '-';
            }
            long half = i < 16 ? event.idHigh() : event.idLow();
            text[at++] = HEX[(int) (half >>> (60 - 4 * (i & 15))) & 15];
        }
    }
}
