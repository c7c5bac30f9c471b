package io.tocsin.core.response;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A text with places for values of a correlation event: `{FIELD}`, `{FIELD:-otherwise}` for a field that may be empty,
/// and `{run}`, `{response}`, `{alert}`, `{priority}`, `{event}`. `{{` stands for a brace. A field without a value
/// leaves nothing. Values are cut at [#LONGEST_VALUE] characters, but for `{event}`.
///
/// A value is only ever put in as it is: whoever uses the text quotes, encodes or passes it on its own.
///
/// Immutable.
public final class Template {
    /// Characters of one value that are shown.
    static final int LONGEST_VALUE = 4_096;

    private static final int LONGEST_TEMPLATE = 64 * 1024;

    /// A template in configuration.
    static final ValueType<Template> TYPE = ValueType.of(
            "template",
            ConfigNode.mapping().put("type", "string").put("x-type", "template").build(),
            Template::read,
            Template::source);

    private final String source;
    private final List<Part> parts;

    private sealed interface Part {
        record Text(String text) implements Part {}

        record Value(FieldReference field, String otherwise) implements Part {}

        record About(Place place) implements Part {}
    }

    /// What there is to say of a run besides fields.
    private enum Place {
        /// Identifier of the run, the same in every attempt.
        RUN,
        /// Name of the response.
        RESPONSE,
        /// Identifier of the alert; empty when there is none.
        ALERT,
        /// `low`, `medium`, `high` or `critical`.
        PRIORITY,
        /// The whole correlation event as a JSON object.
        EVENT
    }

    private Template(String source, List<Part> parts) {
        this.source = source;
        this.parts = List.copyOf(parts);
    }

    private static @Nullable Template read(String name, ConfigNode node, Problems problems) {
        if (!(node instanceof ConfigNode.Scalar scalar)) {
            problems.add(node.position(), "a text is expected, found a " + node.shape() + " [key=" + name + "]");
            return null;
        }
        List<String> complaints = new ArrayList<>();
        Template template = parse(scalar.text(), complaints);
        complaints.forEach(complaint -> problems.add(node.position(), complaint));
        return complaints.isEmpty() ? template : null;
    }

    /// Reads a template.
    ///
    /// @param complaints takes what is wrong with it
    static Template parse(String source, List<String> complaints) {
        if (source.length() > LONGEST_TEMPLATE) {
            complaints.add("template is too long [maximum=" + LONGEST_TEMPLATE + "]");
            return new Template("", List.of());
        }
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < source.length()) {
            char c = source.charAt(at);
            int close = c == '{' ? source.indexOf('}', at) : -1;
            if (c == '{' && at + 1 < source.length() && source.charAt(at + 1) == '{') {
                text.append('{');
                at += 2;
            } else if (close < 0) {
                text.append(c);
                at++;
            } else {
                if (!text.isEmpty()) {
                    parts.add(new Part.Text(text.toString()));
                    text.setLength(0);
                }
                parts.add(place(source.substring(at + 1, close), complaints));
                at = close + 1;
            }
        }
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text.toString()));
        }
        return new Template(source, parts);
    }

    private static Part place(String inner, List<String> complaints) {
        int split = inner.indexOf(":-");
        String name = (split < 0 ? inner : inner.substring(0, split)).strip();
        for (Place place : Place.values()) {
            if (place.name().toLowerCase(Locale.ROOT).equals(name)) {
                return new Part.About(place);
            }
        }
        FieldReference field = FieldReference.byName(name);
        if (field == null || field instanceof FieldReference.AnyField) {
            complaints.add("placeholder means nothing [placeholder={" + inner + "}]: use {FIELD}, {FIELD:-otherwise},"
                    + " {run}, {response}, {alert}, {priority} or {event}, and {{ for a brace"
                    + FieldReference.hint(name));
            return new Part.Text("");
        }
        return new Part.Value(field, split < 0 ? "" : inner.substring(split + 2));
    }

    /// As it is written.
    String source() {
        return source;
    }

    /// True when the first character may come from an event.
    boolean beginsWithValue() {
        return !parts.isEmpty() && !(parts.getFirst() instanceof Part.Text);
    }

    /// True when it has no places.
    boolean isFixed() {
        return parts.stream().allMatch(part -> part instanceof Part.Text);
    }

    /// The field when the whole template is one field and nothing else, or null.
    @Nullable
    FieldReference onlyField() {
        return parts.size() == 1
                        && parts.getFirst() instanceof Part.Value value
                        && value.otherwise().isEmpty()
                ? value.field()
                : null;
    }

    /// True when the template is `{event}` and nothing else.
    boolean isWholeEvent() {
        return parts.size() == 1 && parts.getFirst() instanceof Part.About about && about.place() == Place.EVENT;
    }

    /// The text for an event.
    String text(FiredEvent event) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Part.Text literal -> text.append(literal.text());
                case Part.Value value -> {
                    String found = event.text(value.field());
                    text.append(found.isEmpty() ? value.otherwise() : cut(found, LONGEST_VALUE));
                }
                case Part.About about -> text.append(about(about.place(), event));
            }
        }
        return text.toString();
    }

    private static String about(Place place, FiredEvent event) {
        return switch (place) {
            case RUN -> event.run();
            case RESPONSE -> event.response();
            case ALERT -> event.alert();
            case PRIORITY -> event.priorityText();
            case EVENT -> event.fields().toString();
        };
    }

    /// The first characters of a text, and a mark where something is missing.
    static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + "…";
    }
}
