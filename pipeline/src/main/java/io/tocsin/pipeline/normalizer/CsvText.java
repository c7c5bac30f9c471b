package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBuilder;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// Values as Zeek writes them: `\x09` and `\\` as escapes, sets and vectors.
final class CsvText {
    static final byte[] TRUE = "true".getBytes(US_ASCII);
    static final byte[] FALSE = "false".getBytes(US_ASCII);
    private static final byte[] NULL = "null".getBytes(US_ASCII);

    private CsvText() {}

    /// Decodes `\xHH` and `\\`; control characters and a backslash before anything else stay as they are written.
    /// Never longer than before.
    ///
    /// @return number of bytes written to `target` from `at` on
    static int unescape(byte[] text, int from, int to, byte[] target, int at) {
        int out = at;
        int i = from;
        while (i < to) {
            byte next = text[i];
            if (next == '\\' && i + 1 < to) {
                if (text[i + 1] == '\\') {
                    target[out++] = '\\';
                    i += 2;
                    continue;
                }
                if (text[i + 1] == 'x' && i + 3 < to) {
                    int high = Character.digit(text[i + 2], 16);
                    int low = Character.digit(text[i + 3], 16);
                    int code = high << 4 | low;
                    boolean shown = code >= ' ' || code == '\t' || code == '\n' || code == '\r';
                    if ((high | low) >= 0 && shown) {
                        target[out++] = (byte) code;
                        i += 4;
                        continue;
                    }
                }
            }
            target[out++] = next;
            i++;
        }
        return out - at;
    }

    /// A number with an exponent written without it; null when it has none.
    static byte @Nullable [] withoutExponent(byte[] text, int offset, int length) {
        if (length > 64 || ByteScan.indexOf(text, offset, offset + length, 'e') >= offset + length) {
            return null;
        }
        double value = Numbers.fraction(text, offset, offset + length);
        return Double.isNaN(value) || Math.abs(value) > 1e15
                ? null
                : BigDecimal.valueOf(value).toPlainString().getBytes(US_ASCII);
    }

    /// Appends the elements of a set or vector as a JSON array.
    ///
    /// @return span of the arena
    static long array(EventBuilder event, int offset, int length, byte delimiter, CsvColumns.Kind kind, byte[] unset) {
        int to = offset + length;
        // a control character grows sixfold, an element by quotes and a comma, one that is empty to null
        int room = Math.addExact(Math.multiplyExact(length, 12), 16);
        int start = event.reserve(room);
        byte[] arena = event.arena();
        int out = start;
        arena[out++] = '[';
        int at = offset;
        while (at <= to) {
            int end = ByteScan.indexOf(arena, at, to, delimiter);
            if (out > start + 1) {
                arena[out++] = ',';
            }
            if (ByteScan.equal(arena, at, end, unset)) {
                out = word(arena, out, NULL);
            } else if (kind == CsvColumns.Kind.FLAGS && end - at == 1) {
                out = word(arena, out, arena[at] == 'T' ? TRUE : FALSE);
            } else if (kind == CsvColumns.Kind.NUMBERS) {
                System.arraycopy(arena, at, arena, out, end - at);
                out += end - at;
            } else {
                arena[out++] = '"';
                out = string(arena, at, end, out);
                arena[out++] = '"';
            }
            at = end + 1;
        }
        arena[out++] = ']';
        event.advance(out - start);
        return Conversion.span(start, out - start);
    }

    private static int word(byte[] arena, int at, byte[] word) {
        System.arraycopy(word, 0, arena, at, word.length);
        return at + word.length;
    }

    private static int string(byte[] arena, int from, int to, int at) {
        // decoded behind the place where the text is written, then escaped forwards
        int decoded = at;
        int size = unescape(arena, from, to, arena, decoded);
        int extra = 0;
        for (int i = decoded; i < decoded + size; i++) {
            extra += JsonText.escapedLength(arena[i]) - 1;
        }
        int out = decoded + size + extra;
        int end = out;
        for (int i = decoded + size - 1; i >= decoded; i--) {
            out = JsonText.escapeBackwards(arena, out, arena[i]);
        }
        return end;
    }
}
