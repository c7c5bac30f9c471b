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

    static final ComponentSpec<Conversion> BASE64_URL = ComponentSpec.of(
            "decodeBase64Url",
            "Decodes Base64 text of the alphabet for URLs, of the usual one as well.",
            _ -> _ -> DecodeConversions::base64);

    static final ComponentSpec<Conversion> URL = ComponentSpec.of("decodeUrl", "Decodes %20 and its like.", keys -> {
        var plus = keys.flag("plus", "A plus sign stands for a space, as in forms.")
                .defaultTo(true);
        return values -> {
            boolean spaces = values.get(plus);
            return (event, span) -> url(event, span, spaces);
        };
    });

    private DecodeConversions() {}

    /// A percent sign before anything but two digits stays.
    private static long url(EventBuilder event, long span, boolean plus) {
        int from = EventBatch.spanOffset(span);
        int to = from + EventBatch.spanLength(span);
        byte[] arena = event.arena();
        boolean encoded =
                ByteScan.indexOf(arena, from, to, '%') < to || (plus && ByteScan.indexOf(arena, from, to, '+') < to);
        if (!encoded) {
            return span;
        }
        int start = event.reserve(to - from);
        arena = event.arena();
        int out = start;
        for (int i = from; i < to; i++) {
            byte next = arena[i];
            if (next == '%' && i + 2 < to) {
                int high = Character.digit(arena[i + 1], 16);
                int low = Character.digit(arena[i + 2], 16);
                if ((high | low) >= 0) {
                    next = (byte) (high << 4 | low);
                    i += 2;
                }
            } else if (next == '+' && plus) {
                next = ' ';
            }
            arena[out++] = next;
        }
        event.advance(out - start);
        return Conversion.span(start, out - start);
    }

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
