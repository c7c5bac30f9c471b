package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.expression.BoundedRegex;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `replace_string`: another text for each part of a value that an expression describes. The text may name groups, as
/// `\1` or `\g<name>`.
///
/// @param expression shared, so it is copied before each use
/// @param parts what is put there: texts, and numbers of groups
/// @param skipSpecial true when only what stands between wildcards is looked at
/// @param interpretSpecial true when a `*` that is put there then is a wildcard
record ReplaceString(BoundedRegex expression, List<Part> parts, boolean skipSpecial, boolean interpretSpecial)
        implements ValueTransformation {
    /// Longest value that may come out.
    private static final int MAXIMUM_CHARACTERS = 65_536;

    /// @param text put there as it is
    /// @param group whose text is put there; -1 for none
    record Part(String text, int group) {}

    static ReplaceString read(Settings settings) {
        BoundedRegex expression = settings.regex(settings.text("regex"), "", "");
        List<Part> parts = parts(settings.text("replacement"), expression, settings);
        return new ReplaceString(expression, parts, settings.flag("skip_special"), settings.flag("interpret_special"));
    }

    private static List<Part> parts(String replacement, BoundedRegex expression, Settings settings) {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < replacement.length(); i++) {
            char c = replacement.charAt(i);
            if (c != '\\' || i + 1 == replacement.length()) {
                text.append(c);
                continue;
            }
            char next = replacement.charAt(++i);
            int group = -1;
            if (Character.isDigit(next)) {
                group = next - '0';
                if (i + 1 < replacement.length() && Character.isDigit(replacement.charAt(i + 1))) {
                    group = group * 10 + replacement.charAt(++i) - '0';
                }
            } else if (next == 'g' && replacement.indexOf('>', i) > 0 && replacement.startsWith("<", i + 1)) {
                int end = replacement.indexOf('>', i);
                String name = replacement.substring(i + 2, end);
                group = name.matches("\\d{1,4}") ? Integer.parseInt(name) : expression.group(name);
                if (group < 0) {
                    settings.refuse("expression has no such group [group=" + name + "]");
                }
                i = end;
            } else {
                switch (next) {
                    case 'n' -> text.append('\n');
                    case 't' -> text.append('\t');
                    case '\\' -> text.append('\\');
                    default -> text.append('\\').append(next);
                }
            }
            if (group > expression.groupCount()) {
                settings.refuse("expression has no such group [group=" + group + "]");
            } else if (group >= 0) {
                parts.add(new Part(text.toString(), group));
                text.setLength(0);
            }
        }
        parts.add(new Part(text.toString(), -1));
        return parts;
    }

    @Override
    public @Nullable List<ValueText> texts(
            ConfigNode.Scalar written, ValueText text, DetectionItem line, RuleDraft draft) {
        if (!DetectionItem.isText(written) && !DetectionItem.isNumber(written.text())) {
            return null;
        }
        BoundedRegex own = expression.copy();
        ValueText replaced;
        if (skipSpecial) {
            replaced = text.literals(part -> replaced(part, own, line, draft), interpretSpecial);
        } else {
            replaced = ValueText.parseShown(replaced(text.shown(), own, line, draft));
        }
        return replaced.equals(text) ? null : List.of(replaced);
    }

    private String replaced(String text, BoundedRegex own, DetectionItem line, RuleDraft draft) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!own.find(bytes, 0, bytes.length)) {
            return text;
        }
        StringBuilder replaced = new StringBuilder();
        int from = 0;
        do {
            replaced.append(new String(bytes, from, own.start(0) - from, StandardCharsets.UTF_8));
            for (Part part : parts) {
                replaced.append(part.text);
                if (part.group >= 0) {
                    replaced.append(own.text(part.group));
                }
            }
            from = own.end(0);
            if (replaced.length() > MAXIMUM_CHARACTERS) {
                draft.refuse(
                        line.position(),
                        "a pipeline makes the value too long [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
                return text;
            }
        } while (own.findNext());
        return replaced.append(new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8))
                .toString();
    }
}
