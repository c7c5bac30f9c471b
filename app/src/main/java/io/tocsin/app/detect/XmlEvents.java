package io.tocsin.app.detect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a file into its `<Event …>…</Event>` elements, whatever stands around and between them: one root element,
/// none, declarations. Each element is then parsed alone, so a broken one costs no other.
///
/// Thread-safety: one thread.
final class XmlEvents {
    private static final byte[] START = "<Event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "</Event>".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST = 16 << 20;

    private final InputStream in;
    private byte[] element = new byte[8192];
    private int length;
    private int line = 1;
    private int startLine = 1;

    XmlEvents(InputStream in) {
        this.in = in;
    }

    /// The bytes of the next element, or null when there is none.
    byte @Nullable [] next() throws IOException {
        length = 0;
        boolean inside = false;
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (c == '\n') {
                line++;
            }
            if (inside) {
                put(c);
                if (c == '>' && endsWith(END)) {
                    return Arrays.copyOf(element, length);
                }
                if (length > LONGEST) {
                    inside = false;
                    length = 0;
                }
            } else if (length < START.length) {
                length = c == START[length] ? keep(c) : c == START[0] ? keepFirst(c) : 0;
            } else {
                // <Events> is not <Event>.
                inside = c == '>' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
                if (inside) {
                    startLine = line;
                    put(c);
                } else {
                    length = 0;
                }
            }
        }
        return null;
    }

    /// Line on which the last element began, from 1.
    int startLine() {
        return startLine;
    }

    private int keep(int c) {
        put(c);
        return length;
    }

    private int keepFirst(int c) {
        length = 0;
        return keep(c);
    }

    private void put(int c) {
        if (length == element.length) {
            element = Arrays.copyOf(element, length * 2);
        }
        element[length++] = (byte) c;
    }

    private boolean endsWith(byte[] end) {
        return length >= end.length && Arrays.equals(element, length - end.length, length, end, 0, end.length);
    }
}
