package io.tocsin.pipeline.enrich;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A text with fields in it: `{{.SourceUserName}} from {{ .SourceAddress }}`; the dot may be left out. A field that
/// is empty gives nothing.
///
/// Thread-safety: one thread; [#forThread()] makes another.
final class TemplateText {
    private static final int MAXIMUM_CHARACTERS = 10_000;

    private final String text;
    private final byte[][] literals;
    private final FieldInput[] fields;
    private byte[] buffer = new byte[256];
    private int length;

    private TemplateText(String text, byte[][] literals, FieldInput[] fields) {
        this.text = text;
        this.literals = literals;
        this.fields = fields;
    }

    /// @throws IllegalArgumentException when a field is unknown or braces do not close
    static TemplateText parse(String text) {
        if (text.length() > MAXIMUM_CHARACTERS) {
            throw new IllegalArgumentException("template is too long [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
        }
        List<byte[]> literals = new ArrayList<>();
        List<FieldInput> fields = new ArrayList<>();
        int at = 0;
        while (true) {
            int open = text.indexOf("{{", at);
            if (open < 0) {
                literals.add(text.substring(at).getBytes(UTF_8));
                return new TemplateText(text, literals.toArray(byte[][]::new), fields.toArray(FieldInput[]::new));
            }
            int close = text.indexOf("}}", open);
            if (close < 0) {
                throw new IllegalArgumentException("braces are not closed [template=" + text + "]");
            }
            literals.add(text.substring(at, open).getBytes(UTF_8));
            fields.add(new FieldInput(field(text.substring(open + 2, close).strip())));
            at = close + 2;
        }
    }

    private static FieldReference field(String written) {
        String name = written.startsWith(".") ? written.substring(1) : written;
        FieldReference field = FieldReference.byName(name);
        if (field == null || field instanceof FieldReference.AnyField) {
            throw new IllegalArgumentException(
                    "no such field in a template [field=" + name + "]" + FieldReference.hint(name));
        }
        return field;
    }

    /// Fills the template; returns how many of its fields had a value.
    int fill(OpenEvent event) {
        length = 0;
        int filled = 0;
        append(literals[0], 0, literals[0].length);
        for (int i = 0; i < fields.length; i++) {
            if (fields[i].read(event)) {
                append(fields[i].bytes(), fields[i].offset(), fields[i].length());
                filled++;
            }
            append(literals[i + 1], 0, literals[i + 1].length);
        }
        return filled;
    }

    private void append(byte[] source, int offset, int count) {
        if (length + count > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length + count, buffer.length * 2));
        }
        System.arraycopy(source, offset, buffer, length, count);
        length += count;
    }

    /// Number of fields in it.
    int fieldCount() {
        return fields.length;
    }

    byte[] bytes() {
        return buffer;
    }

    int length() {
        return length;
    }

    TemplateText forThread() {
        return parse(text);
    }
}
