package io.tocsin.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Puts environment variables into the values of a tree: `${NAME}`, or `${NAME:-default}` when it may be missing or
/// empty. `$${` stands for `${` itself. Only names of letters, digits and `_` that begin with no digit are
/// variables; `${1}` stays as it is. Names of keys are not touched.
public final class Substitution {
    private final Function<String, @Nullable String> variables;
    private final Problems problems;

    private Substitution(Function<String, @Nullable String> variables, Problems problems) {
        this.variables = variables;
        this.problems = problems;
    }

    /// The tree with all variables replaced; positions stay.
    ///
    /// @param variables value of a variable, or null when it is not set; normally `System::getenv`
    public static ConfigNode apply(ConfigNode node, Function<String, @Nullable String> variables, Problems problems) {
        return new Substitution(variables, problems).node(node);
    }

    private ConfigNode node(ConfigNode node) {
        return switch (node) {
            case ConfigNode.Scalar scalar ->
                scalar.text().contains("${")
                        ? new ConfigNode.Scalar(scalar.position(), replaced(scalar), scalar.quoted())
                        : scalar;
            case ConfigNode.Sequence sequence -> {
                List<ConfigNode> items = new ArrayList<>();
                sequence.items().forEach(item -> items.add(node(item)));
                yield new ConfigNode.Sequence(sequence.position(), items);
            }
            case ConfigNode.Mapping mapping -> {
                List<ConfigNode.Entry> entries = new ArrayList<>();
                for (ConfigNode.Entry entry : mapping.entries()) {
                    entries.add(new ConfigNode.Entry(entry.position(), entry.name(), node(entry.value())));
                }
                yield new ConfigNode.Mapping(mapping.position(), entries);
            }
        };
    }

    private String replaced(ConfigNode.Scalar scalar) {
        String text = scalar.text();
        StringBuilder out = new StringBuilder(text.length());
        int done = 0;
        while (true) {
            int open = text.indexOf("${", done);
            if (open < 0) {
                return out.append(text, done, text.length()).toString();
            }
            out.append(text, done, open);
            int nameEnd = nameEnd(text, open + 2);
            if (open > 0 && text.charAt(open - 1) == '$') {
                // The first dollar sign is already in the output; it takes the place of the second one.
                out.append('{');
                done = open + 2;
            } else if (nameEnd == open + 2) {
                out.append("${");
                done = open + 2;
            } else if (text.startsWith("}", nameEnd)) {
                out.append(required(text.substring(open + 2, nameEnd), scalar.position()));
                done = nameEnd + 1;
            } else if (text.startsWith(":-", nameEnd) && text.indexOf('}', nameEnd) > 0) {
                int close = text.indexOf('}', nameEnd);
                String value = variables.apply(text.substring(open + 2, nameEnd));
                out.append(value == null || value.isEmpty() ? text.substring(nameEnd + 2, close) : value);
                done = close + 1;
            } else {
                problems.add(
                        scalar.position(),
                        "variable is not closed: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves"
                                + " [value=" + text + "]");
                return text;
            }
        }
    }

    private String required(String name, Position position) {
        String value = variables.apply(name);
        if (value == null) {
            problems.add(
                    position,
                    "environment variable is not set [name=" + name + "]: set it, or give a default with ${" + name
                            + ":-default}");
            return "";
        }
        return value;
    }

    private static int nameEnd(String text, int start) {
        int i = start;
        while (i < text.length() && isNameCharacter(text.charAt(i), i > start)) {
            i++;
        }
        return i;
    }

    private static boolean isNameCharacter(char c, boolean digitAllowed) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (digitAllowed && c >= '0' && c <= '9');
    }
}
