package io.tocsin.pipeline.diagnostics;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/// Makes the beginning of a text of a source readable without a chance to do harm: bytes that are not UTF-8 become
/// `\xFF`, characters that cannot be seen (controls, marks that turn the direction of text, private ones) `\x{202E}`.
/// Line ends and tabs stay.
final class SampleText {
    /// Bytes of a text that are kept.
    static final int MAXIMUM_BYTES = 1024;

    private static final HexFormat UPPER = HexFormat.of().withUpperCase();

    private SampleText() {}

    /// @param cut the bytes are the beginning of a longer text: half a character at the end is left out
    static String of(byte[] bytes, boolean cut) {
        StringBuilder text = new StringBuilder(bytes.length + 16);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        while (true) {
            CoderResult result = decoder.decode(in, out, !cut);
            visible(out.flip(), text);
            out.clear();
            if (!result.isError()) {
                return text.toString();
            }
            for (int i = 0; i < result.length(); i++) {
                text.append("\\x").append(UPPER.toHexDigits(in.get()));
            }
            decoder.reset();
        }
    }

    private static void visible(CharSequence from, StringBuilder to) {
        from.codePoints().forEach(character -> {
            if (isVisible(character)) {
                to.appendCodePoint(character);
            } else {
                to.append("\\x{")
                        .append(Integer.toHexString(character).toUpperCase(Locale.ROOT))
                        .append('}');
            }
        });
    }

    private static boolean isVisible(int character) {
        if (character == '\n' || character == '\t') {
            return true;
        }
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
