package io.tocsin.correlator.rule;

import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// A one-line text with placeholders: `{count}` events that took part, `{count:ALIAS}` those of a selector,
/// `{window}` the length of the window, `{distinct:FIELD}` the number of different values among the kept
/// events, `{FIELD}` the values themselves, three at most. `{{` stands for a brace.
///
/// Thread-safety: immutable.
public final class Summary {
    private static final int SHOWN_VALUES = 3;
    private static final int MAXIMUM_VALUE_LENGTH = 120;
    private static final int MAXIMUM_LENGTH = 1000;

    private final List<Part> parts;

    private sealed interface Part {
        record Text(String text) implements Part {}

        record Count(int selector) implements Part {}

        record Window() implements Part {}

        record Values(FieldReference field, boolean distinct) implements Part {}
    }

    /// Where the values come from.
    public interface Source {
        int count(int selector);

        long windowMillis();

        SequencedSet<String> values(FieldReference field);
    }

    private Summary(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /// Reads a template.
    ///
    /// @param aliases names of the selectors in order
    /// @param complaints takes what is wrong with the template
    public static Summary parse(String template, List<String> aliases, List<String> complaints) {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int i = 0;
        while (i < template.length()) {
            char c = template.charAt(i);
            if (c == '{' && i + 1 < template.length() && template.charAt(i + 1) == '{') {
                text.append('{');
                i += 2;
                continue;
            }
            int close = c == '{' ? template.indexOf('}', i) : -1;
            if (close < 0) {
                text.append(c);
                i++;
                continue;
            }
            Part part = placeholder(template.substring(i + 1, close).strip(), aliases);
            if (part == null) {
                complaints.add("placeholder means nothing [placeholder=" + template.substring(i, close + 1)
                        + "]: use {count}, {count:ALIAS}, {window}, {distinct:FIELD} or {FIELD}");
            } else {
                parts.add(new Part.Text(text.toString()));
                text.setLength(0);
                parts.add(part);
            }
            i = close + 1;
        }
        parts.add(new Part.Text(text.toString()));
        return new Summary(parts);
    }

    private static @Nullable Part placeholder(String name, List<String> aliases) {
        if (name.equals("count")) {
            return new Part.Count(-1);
        }
        if (name.equals("window")) {
            return new Part.Window();
        }
        if (name.startsWith("count:")) {
            int selector = aliases.indexOf(name.substring(6));
            return selector < 0 ? null : new Part.Count(selector);
        }
        boolean distinct = name.startsWith("distinct:");
        FieldReference field = FieldReference.byName(distinct ? name.substring(9) : name);
        return field == null ? null : new Part.Values(field, distinct);
    }

    /// The fields that the template shows.
    public List<FieldReference> fields() {
        List<FieldReference> fields = new ArrayList<>();
        for (Part part : parts) {
            if (part instanceof Part.Values values) {
                fields.add(values.field());
            }
        }
        return fields;
    }

    /// The text with these values.
    public String text(Source source) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Part.Text literal -> text.append(literal.text());
                case Part.Count count -> text.append(source.count(count.selector()));
                case Part.Window _ -> text.append(duration(source.windowMillis()));
                case Part.Values values -> {
                    SequencedSet<String> found = source.values(values.field());
                    text.append(values.distinct() ? Integer.toString(found.size()) : shown(found));
                }
            }
        }
        return text.length() > MAXIMUM_LENGTH ? text.substring(0, MAXIMUM_LENGTH) + "…" : text.toString();
    }

    private static String shown(SequencedSet<String> values) {
        if (values.isEmpty()) {
            return "?";
        }
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (String value : values) {
            if (shown == SHOWN_VALUES) {
                return text.append(" and ")
                        .append(values.size() - shown)
                        .append(" more")
                        .toString();
            }
            text.append(shown == 0 ? "" : ", ")
                    .append(
                            value.length() > MAXIMUM_VALUE_LENGTH
                                    ? value.substring(0, MAXIMUM_VALUE_LENGTH) + "…"
                                    : value);
            shown++;
        }
        return text.toString();
    }

    static String duration(long millis) {
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + " h";
        }
        if (millis % 60_000 == 0 && millis > 120_000) {
            return millis / 60_000 + " min";
        }
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }
}
