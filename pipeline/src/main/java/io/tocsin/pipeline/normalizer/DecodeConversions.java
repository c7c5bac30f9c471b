package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ComponentSpec;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.Arrays;
import java.util.Base64;

/// Conversions that undo an encoding. A text that is not encoded so stays as it is.
final class DecodeConversions {
    static final ComponentSpec<Conversion> HEXADECIMAL =
            ComponentSpec.of("decodeHex", "Decodes hexadecimal text.", _ -> _ -> DecodeConversions::hexadecimal);

    static final ComponentSpec<Conversion> BASE64 = ComponentSpec.of(
            "decodeBase64",
            "Decodes Base64 text, of the alphabet for URLs as well.",
            _ -> _ -> DecodeConversions::base64);

    private DecodeConversions() {}

    private static long hexadecimal(EventBuilder event, long span) {
        int from = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        if ((length & 1) == 1) {
            return span;
        }
        int start = event.reserve(length / 2);
        byte[] arena = event.arena();
        for (int i = 0; i < length; i += 2) {
            int high = Character.digit(arena[from + i], 16);
            int low = Character.digit(arena[from + i + 1], 16);
            if ((high | low) < 0) {
                return span;
            }
            arena[start + i / 2] = (byte) (high << 4 | low);
        }
        event.advance(length / 2);
        return Conversion.span(start, length / 2);
    }

    private static long base64(EventBuilder event, long span) {
        int from = EventBatch.spanOffset(span);
        byte[] encoded = Arrays.copyOfRange(event.arena(), from, from + EventBatch.spanLength(span));
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '-') {
                encoded[i] = '+';
            } else if (encoded[i] == '_') {
                encoded[i] = '/';
            }
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(encoded);
            return Conversion.span(event.append(decoded, 0, decoded.length), decoded.length);
        } catch (IllegalArgumentException _) {
            return span;
        }
    }
}
